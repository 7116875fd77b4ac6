"""Small machines with a mistake planted in them, and what the tests do with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lawful.codegen.checked import CheckedSpec
from lawful.codegen.checking import check
from lawful.codegen.explorer.exploring import Explored, explore
from lawful.codegen.explorer.verdicts import Finding

ROOT = Path(__file__).resolve().parents[2]
TUTORIAL = (ROOT / "spec/tutorial.yaml").read_text(encoding="utf-8")


def changed(text: str, *changes: tuple[str, str]) -> str:
    """A text with each of these parts, which must be there, in place of another."""
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


def checked(folder: Path, text: str) -> CheckedSpec:
    path = folder / "spec.yaml"
    path.write_text(text, encoding="utf-8")
    spec, found = check(path, allow_bind=True)
    assert spec is not None, [f"{d.span}: {d.message}" for d in found]
    return spec


def explored(folder: Path, text: str, environment: str | None = None, **options: Any) -> Explored:
    """What exploring the only environment, or the one of this name, shows."""
    spec = checked(folder, text)
    return explore(spec, environment or next(iter(spec.environments)), **options)


def finding(found: Explored, name: str) -> Finding:
    return next(f for f in found.result.findings if f.name == name)


def lamp(
    *,
    toggle: str = "lit = not lit",
    events: str = "",
    handlers: str = "",
    instructions: str = "",
    context: str = "",
    promises: str = "",
    environment: str = "",
    sends: str = "Toggle: {}",
) -> str:
    """A lamp that is toggled: a machine without entities. ``promises`` are sections of the spec,
    ``environment`` keys of its only environment; ``sends`` are its events."""
    return f"""\
lawful: 1
machine: Lamp
context:
  lit: {{type: bool, default: "False"}}
{context}
instructions:
  Tell: {{fields: {{lit: bool}}, runs: send}}
{instructions}
events:
  Toggle: {{}}
{events}
handlers:
  Toggle:
    cases:
      - do: |
          {toggle}
        emit: Tell(lit=lit)
{handlers}
{promises}
environments:
  a room:
    events:
      {sends}
{environment}
"""
