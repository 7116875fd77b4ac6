"""Machines that the tests make pages of: the house's, one with a mistake, one whose texts are hostile."""

from __future__ import annotations

from pathlib import Path

from lawful.codegen.checked import CheckedSpec
from lawful.codegen.checking import check
from lawful.codegen.explorer.exploring import explore
from lawful.codegen.explorer.telling import Traces, traces
from lawful.codegen.explorer.words import report
from lawful.runtime.coverage import CoverageData, Item

ROOT = Path(__file__).resolve().parents[2]
TUTORIAL = (ROOT / "spec" / "tutorial.yaml").read_text(encoding="utf-8")
BROKEN = TUTORIAL.replace("slots - len(active)", "slots + 1 - len(active)")

ATTACKS = (
    "<script>document.title='taken'</script>",
    "</script><script>document.title='taken'</script>",
    "<img src=x onerror=document.title='taken'>",
    "<!--<script>",
    "'\\\" onmouseover=document.title='taken' x='",
    "]]><svg onload=document.title='taken'>",
    "{{ 7 * 7 }} {% raw %} ${7*7} &lt;b&gt;",
    "javascript:document.title='taken'",
)


def hostile() -> str:
    """A machine whose docs, states, reasons and texts in snippets hold markup and scripts."""
    attack = " ".join(ATTACKS).replace("'", "''")
    quoted = f"'{attack}'"
    return f"""lawful: 1
machine: Hostile
doc: {quoted}
entities:
  Thing:
    doc: {quoted}
    registry: things
    key: {{name: str}}
    states:
      calm: {{initial: true, doc: {quoted}}}
      mad: {{doc: {quoted}}}
    fields:
      said: {{type: str, default: "", doc: {quoted}}}
instructions:
  Shout:
    doc: {quoted}
    fields: {{name: str}}
    runs: send
events:
  Poke: {{doc: {quoted}, fields: {{name: str}}}}
handlers:
  Poke:
    subject: {{get_or_create: Thing, key: event.name}}
    cells:
      new, calm:
        - {{when: 'event.name == "</script><script>alert(1)</script>"', recommend: mad}}
        - {{ignore: {quoted}}}
      mad: {{impossible: {quoted}}}
transitions:
  calm -> mad:
    becomes: mad
    do: thing.said = "<img src=x onerror=alert(1)></script>"
    emit: Shout(name=thing.name)
  undeclared: {{impossible: {quoted}}}
invariants:
  {quoted}: len(things) < 1
environments:
  {quoted}:
    values: {{name: ["<img src=x onerror=alert(2)>"]}}
    events: {{Poke: {{at_most: "2"}}}}
"""


def checked(text: str, folder: Path) -> CheckedSpec:
    """The machine of a spec that is written to ``folder``/machine.yaml."""
    path = folder / "machine.yaml"
    path.write_text(text, encoding="utf-8")
    spec, found = check(path, allow_bind=True)
    assert spec is not None, [one.message for one in found]
    return spec


def worker() -> CheckedSpec:
    spec, found = check(ROOT / "spec" / "worker" / "machine.yaml", allow_bind=True)
    assert spec is not None, list(found)
    return spec


def explored(spec: CheckedSpec) -> Traces:
    """What exploring all environments of a machine tells."""
    done = [explore(spec, name, every=True) for name in spec.environments]
    return traces({"worlds": [report(one.result, one.stories).data for one in done]})


def measured() -> CoverageData:
    """Coverage of the tutorial, as ``checked`` writes it: all but one cell and one transition."""
    from lawful.generated.tutorial import instrumented

    items = [
        Item(item.kind, item.name, item.place.replace("spec/tutorial", "machine"))
        for item in instrumented.ITEMS
    ]
    missed = {"FetchFailed in running, case 2", "File running -> failed"}
    return CoverageData(
        "spec/tutorial.yaml", "0", items, [int(i.name not in missed) for i in items]
    )
