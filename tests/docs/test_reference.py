"""``lawful docs``: everything declared is told, where it stands, and no text becomes markup."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from lawful.codegen.checked import CheckedSpec
from lawful.codegen.checking import check
from lawful.codegen.cli import main
from lawful.codegen.docs import reference

ROOT = Path(__file__).resolve().parents[2]
SPECS = (
    "spec/tutorial.yaml",
    "spec/downloader/machine.yaml",
    "spec/worker/machine.yaml",
    "tests/checking/data/tasks.yaml",
)
BY_NAME = ("Field", "State", "Type", "Name", "Request", "Relation", "Function", "Procedure")
BY_TEXT = ("Promise", "Deviation", "Completion")


def checked(path: str | Path) -> CheckedSpec:
    spec, found = check(ROOT / path, allow_bind=True)
    assert spec is not None, [str(d.span) + d.message for d in found]
    return spec


def tables(text: str) -> list[list[list[str]]]:
    """The tables as a reader's program sees them: rows of the text of cells."""
    found: list[list[list[str]]] = []
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        if token.type == "table_open":
            found.append([])
        elif token.type == "tr_open":
            found[-1].append([])
        elif token.type == "inline" and token.level > 3 and found:
            found[-1][-1].append("".join(c.content or " " for c in token.children or ()))
    return found


def column(text: str, *heads: str) -> list[str]:
    """The first cells of all tables whose first column has one of the heads."""
    return [row[0] for t in tables(text) if t[0][0] in heads for row in t[1:]]


@pytest.mark.parametrize("path", SPECS)
def test_everything_that_a_spec_declares_is_told(path: str) -> None:
    spec = checked(path)
    text = reference(spec)
    named = {
        *spec.config,
        *spec.types,
        *spec.context,
        *(state for entity in spec.entities.values() for state in entity.states),
        *(field for entity in spec.entities.values() for field in entity.fields),
        *(relation for entity in spec.entities.values() for relation in entity.relations),
        *(field for event in spec.events.values() for field in event.fields),
        *(field for instruction in spec.instructions.values() for field in instruction.fields),
    }
    assert named <= set(column(text, *BY_NAME))
    said = column(text, *BY_TEXT)
    for part in (spec.invariants, spec.at_quiescence, spec.completions, spec.deviations.values()):
        assert {thing.name for thing in part} <= set(said)
    signatures = {cell.split("(")[0] for cell in column(text, "Function", "Procedure")}
    assert {*spec.host, *spec.procedures} <= signatures
    headings = set(re.findall(r"^#+ (.+)$", text, re.MULTILINE))
    assert {*spec.entities, *spec.events, *spec.instructions} <= headings
    pairs = {(row[0], row[1]) for t in tables(text) if t[0][0] == "From" for row in t[1:]}
    claimed = {
        (start.strip(), row[2])
        for t in tables(text)
        if t[0][:2] == ["Entity", "From"]
        for row in t[1:]
        for start in row[1].split(",")
    }
    declared = {(start, request) for _, start, request in (*spec.transitions, *spec.routes)}
    assert declared <= pairs | claimed


@pytest.mark.parametrize("path", SPECS)
def test_what_is_told_stands_where_the_reference_says(path: str) -> None:
    spec = checked(path)
    lines = {name: text.splitlines() for name, text in spec.sources.items()}
    seen = 0
    for table in tables(reference(spec)):
        if table[0][0] in (*BY_NAME, *BY_TEXT) and table[0][-1] == "Place":
            for row in table[1:]:
                file, line = row[-1].rsplit(":", 1)
                name = row[0].split("(")[0]
                seen += 1
                assert name in lines[file][int(line) - 1] or row[0] in spec.sources[file]
    assert seen > 5


def test_the_matrix_and_the_transitions_show_guards() -> None:
    text = reference(checked("spec/tutorial.yaml"))
    assert "| `FetchFailed` | `running` | `file.attempts < 2` |" in text
    assert "| `Fetched` |  | impossible (3) | impossible (3) | asks `done` |" in text
    assert "only the pairs above are ever asked for" in text


def test_an_environment_tells_what_may_happen_in_it() -> None:
    text = reference(checked("spec/tutorial.yaml"))
    assert '| `Add` comes | `url: "a", "b", "c"` | at most 4 |' in text
    assert "| symmetric | `url` |" in text


def test_the_reference_is_the_same_from_everywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = (
        "import sys; from pathlib import Path; from lawful.codegen.checking import check\n"
        "from lawful.codegen.docs import reference\n"
        "spec, _ = check(Path(sys.argv[1]), allow_bind=True)\n"
        "sys.stdout.buffer.write(reference(spec).encode())"
    )
    path = ROOT / "spec" / "worker" / "machine.yaml"
    written = {
        subprocess.run(
            [sys.executable, "-c", script, os.path.relpath(path, folder) if seed else str(path)],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT / ".dev"), "PYTHONHASHSEED": str(seed)},
            check=True,
            capture_output=True,
        ).stdout
        for seed, folder in enumerate((ROOT, ROOT / "spec", tmp_path))
    }
    assert len(written) == 1
    assert str(ROOT).encode() not in next(iter(written))


EVIL = (
    "- <script>alert(1)</script> | `x` ![i](https://evil.example/x) [l](javascript:x) "
    "</td> &lt; *b* _i_ # h www.evil.example a@evil.example --> $x$ <!-- "
)


def test_texts_of_a_stranger_stay_texts(tmp_path: Path) -> None:
    quoted = "'" + EVIL.replace("'", "''") + "'"
    text = (ROOT / "spec" / "tutorial.yaml").read_text(encoding="utf-8")
    text = re.sub(r"(?<=doc: )([^{}\n]+)(?=[}\n])", lambda _: quoted, text)
    text = re.sub(r"(?<=ignore: |ssible: )([^{}\n]+)(?=\})", lambda _: quoted, text)
    for name in ("slots are respected", "nothing waits", "fill the slots", "three files"):
        text = text.replace(f"{name}:", f"{quoted}:" if name[0] != "f" else f"{quoted[:-1]}2':")
    spec = tmp_path / "evil.yaml"
    spec.write_text(text, encoding="utf-8")
    written = reference(checked(spec))
    assert written.count("script") > 10
    html = MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(written)
    tags = set(re.findall(r"<(\w+)", html))
    assert tags <= {*"h1 h2 h3 p ol li table thead tbody tr th td code br".split()}
    # What GitHub would make a link by itself is no address any more, but in code, where it makes none.
    assert not re.search(r"www\.|://|\w@", re.sub(r"(`+).*?\1", "", written))
    for table in tables(written):
        assert {len(row) for row in table} == {len(table[0])}


def test_it_is_written_to_a_file_whole(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "tutorial.md"
    assert main(["docs", str(ROOT / "spec/tutorial.yaml"), "-o", str(file)]) == 0
    assert capfd.readouterr() == ("", "")
    assert file.read_text(encoding="utf-8") == reference(checked("spec/tutorial.yaml"))
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["nowhere.yaml"], 2, "nowhere.yaml"),
        ([str(ROOT / "spec")], 2, "holds several machines; name one of: "),
        ([str(ROOT / "spec/tutorial.yaml"), "-o", "no/such/file.md"], 2, "can't write no/such"),
    ],
)
def test_a_wrong_call_is_one_sentence(
    capfd: pytest.CaptureFixture[str], arguments: list[str], code: int, sentence: str
) -> None:
    assert main(["docs", *arguments]) == code
    out, err = capfd.readouterr()
    assert out == ""
    assert sentence in err


def test_a_spec_with_mistakes_has_no_reference(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    spec = tmp_path / "bad.yaml"
    spec.write_text("lawful: 1\nmachine: Bad\ncolour: red\n", encoding="utf-8")
    assert main(["docs", str(spec), "-o", str(tmp_path / "bad.md")]) == 1
    assert "bad.yaml:3:1" in capfd.readouterr().err
    assert not (tmp_path / "bad.md").exists()
