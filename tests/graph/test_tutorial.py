"""The tutorial's machine in every format, as kept beside the tests, and the picture in ``spec``.

When one of these fails because the spec or a renderer was meant to change:
``python -m tests.graph.test_tutorial`` writes them anew; then look at the difference.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from lawful.codegen.checking import check
from lawful.codegen.diagram import Diagram, Format, UnknownEntity, View, extract, render
from lawful.codegen.diagram.image import drawn_from

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = Path(__file__).resolve().parent / "golden"
PICTURE = ROOT / "spec" / "tutorial.svg"
KEPT: dict[str, tuple[Format, View]] = {
    "tutorial.txt": (Format.terminal, "both"),
    "tutorial.mmd": (Format.mermaid, "life-cycle"),
    "tutorial-flow.mmd": (Format.mermaid, "flow"),
    "tutorial.dot": (Format.dot, "both"),
    "tutorial.md": (Format.markdown, "both"),
    "tutorial.json": (Format.json, "both"),
}


def tutorial(view: View = "both", entity: str | None = None) -> Diagram:
    spec, diagnostics = check(ROOT / "spec" / "tutorial.yaml")
    assert spec is not None, list(diagnostics)
    return extract(spec, view, entity)


def drawn(name: str) -> bytes:
    format, view = KEPT[name]
    # The place of the checkout is in the paths of the spec, and in no picture.
    return render(tutorial(view), format).replace(f"{ROOT.as_posix()}/".encode(), b"")


@pytest.mark.parametrize("name", KEPT)
def test_the_tutorial_is_drawn_as_kept(name: str) -> None:
    assert drawn(name).decode() == (GOLDEN / name).read_text(encoding="utf-8")


def test_nothing_is_kept_that_nobody_draws() -> None:
    assert {file.name for file in GOLDEN.iterdir()} == {*KEPT, "worker.txt"}


def test_the_picture_beside_the_tutorial_is_of_the_tutorial() -> None:
    source = render(tutorial("life-cycle"), Format.dot).decode()
    assert drawn_from(source) in PICTURE.read_text(encoding="utf-8"), (
        "draw it again: lawful graph spec/tutorial.yaml --output spec/tutorial.svg"
    )


def test_the_picture_beside_the_worker_is_of_the_worker() -> None:
    spec, diagnostics = check(ROOT / "spec" / "worker" / "machine.yaml", allow_bind=True)
    assert spec is not None, list(diagnostics)
    source = render(extract(spec, "life-cycle"), Format.dot).decode()
    picture = ROOT / "spec" / "worker" / "worker.svg"
    assert drawn_from(source) in picture.read_text(encoding="utf-8"), (
        "draw it again: lawful graph spec/worker --output spec/worker/worker.svg"
    )


def test_a_state_that_nothing_leads_away_from_is_final() -> None:
    final = [node.label for node in tutorial().nodes if node.final]
    assert final == ["done"]


def test_the_flow_goes_from_event_to_handler_to_instruction_to_outcome() -> None:
    edges = [(e.source, e.kind, e.target, e.when) for e in tutorial("flow").edges]
    assert edges == [
        ("event:Add", "asks", "request:File:queued", ("failed",)),
        ("event:Fetched", "asks", "request:File:done", ("running",)),
        ("event:FetchFailed", "asks", "request:File:queued", ("running",)),
        ("event:FetchFailed", "asks", "request:File:failed", ("running",)),
        ("request:File:running", "emits", "instruction:Fetch", ("queued",)),
        ("completion:fill the slots", "asks", "request:File:running", ()),
        ("instruction:Fetch", "outcome", "event:Fetched", ()),
        ("instruction:Fetch", "outcome", "event:FetchFailed", ()),
    ]


def test_every_cell_says_where_it_stands() -> None:
    lines = (ROOT / "spec" / "tutorial.yaml").read_text(encoding="utf-8").split("\n")
    for row in tutorial().events:
        for cell in row.cells:
            line = lines[cell.place.line - 1]
            assert any(word in line for word in ("recommend", "ignore", "impossible"))


def test_an_entity_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(UnknownEntity, match='no entity "Fiel" in the machine'):
        tutorial(entity="Fiel")


if __name__ == "__main__":
    for kept in KEPT:
        (GOLDEN / kept).write_bytes(drawn(kept))
