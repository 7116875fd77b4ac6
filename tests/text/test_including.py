"""A spec may be split over files of its own folder, and only of that."""

from __future__ import annotations

from pathlib import Path

import pytest

from lawful.codegen.diagnostics import Diagnostics
from lawful.codegen.reading import read
from lawful.codegen.source import MAX_BYTES
from lawful.codegen.spec import MachineSpec

ROOT = "lawful: 1\nmachine: Parts\n"
ENTITY = """
entities:
  File:
    registry: files
    key: {url: str}
    states: {open: {initial: true}, shut: }
"""


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / (name.replace("__", "/") + ".yaml")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return folder / "machine.yaml"


def spec(folder: Path, **files: str) -> MachineSpec:
    diagnostics = Diagnostics()
    made = read(write(folder, **files), diagnostics)
    assert made is not None, list(diagnostics)
    assert not len(diagnostics)
    return made


def mistakes(folder: Path, **files: str) -> list[tuple[str, str, int]]:
    diagnostics = Diagnostics()
    read(write(folder, **files), diagnostics)
    return [
        (d.code, Path(d.span.path).relative_to(folder).as_posix(), d.span.line) for d in diagnostics
    ]


def test_sections_of_all_files_are_merged_in_the_order_of_reading(tmp_path: Path) -> None:
    made = spec(
        tmp_path,
        machine=ROOT
        + "include: [a.yaml, deep/b.yaml]\nevents: {First: }\nobservers: [transition]\n",
        a="events: {Second: }\ninclude: [c.yaml]\n",
        c="events: {Third: }\n",
        deep__b="events: {Fourth: }\nobservers: [other]\n",
    )
    assert [*made.events] == ["First", "Second", "Third", "Fourth"]
    assert made.observers == ["transition", "other"]


def test_the_text_of_every_file_is_kept_root_first(tmp_path: Path) -> None:
    made = spec(tmp_path, machine=ROOT + "include: [deep/b.yaml]\n", deep__b="events: {Add: }\n")
    assert [*made.sources] == ["machine.yaml", "deep/b.yaml"]
    assert made.sources["deep/b.yaml"] == "events: {Add: }\n"


def test_a_place_in_an_included_file_is_in_that_file(tmp_path: Path) -> None:
    made = spec(tmp_path, machine=ROOT + "include: [a.yaml]\n", a="\nevents:\n  Add: {doc: x}\n")
    (name,) = made.events
    assert (name.span.path, name.span.line) == ((tmp_path / "a.yaml").as_posix(), 3)
    assert made.events[name].span.line == 3


def test_a_relative_path_stays_relative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, machine=ROOT + "include: [a.yaml]\n", a="evnts: {}\n")
    monkeypatch.chdir(tmp_path)
    diagnostics = Diagnostics()
    read(Path("machine.yaml"), diagnostics)
    assert [d.span.path for d in diagnostics] == ["a.yaml"]


def test_a_duplicate_over_two_files_shows_both(tmp_path: Path) -> None:
    diagnostics = Diagnostics()
    read(
        write(
            tmp_path,
            machine=ROOT + "include: [a.yaml]\nevents:\n  Add: {}\n",
            a="events:\n  Add: {}\n",
        ),
        diagnostics,
    )
    (found,) = diagnostics
    assert Path(found.span.path).name == "a.yaml"
    (related,) = found.related
    assert (Path(related.span.path).name, related.span.line) == ("machine.yaml", 5)


def test_pairs_of_the_only_entity_may_stand_in_several_files(tmp_path: Path) -> None:
    made = spec(
        tmp_path,
        machine=ROOT + "include: [a.yaml, b.yaml]\n" + ENTITY,
        a="transitions:\n  open -> shut: {becomes: shut}\n",
        b="transitions:\n  shut -> open: {becomes: open}\n",
    )
    assert {str(e): [*pairs] for e, pairs in made.transitions.items()} == {
        "File": ["open -> shut", "shut -> open"]
    }


def test_pairs_of_one_of_several_entities_may_stand_in_several_files(tmp_path: Path) -> None:
    page = ENTITY.replace("File", "Page").replace("files", "pages")
    made = spec(
        tmp_path,
        machine=ROOT + "include: [a.yaml, b.yaml]\n" + ENTITY,
        a=page + "transitions:\n  File:\n    open -> shut: {becomes: shut}\n",
        b="transitions:\n  File:\n    shut -> open: {becomes: open}\n  Page:\n",
    )
    assert {str(e): [*pairs] for e, pairs in made.transitions.items()} == {
        "File": ["open -> shut", "shut -> open"],
        "Page": [],
    }


def test_the_same_pair_in_two_files_is_a_duplicate(tmp_path: Path) -> None:
    pair = "transitions:\n  File:\n    open -> shut: {becomes: shut}\n"
    assert mistakes(
        tmp_path, machine=ROOT + "include: [a.yaml, b.yaml]\n" + ENTITY, a=pair, b=pair
    ) == [("LF010", "b.yaml", 3)]


def test_a_section_of_another_kind_can_not_be_merged(tmp_path: Path) -> None:
    assert mistakes(
        tmp_path, machine=ROOT + "include: [a.yaml]\nevents: {Add: }\n", a="events: [Drop]\n"
    ) == [("LF010", "a.yaml", 1)]


def test_mistakes_of_all_files_are_found_at_once(tmp_path: Path) -> None:
    assert mistakes(
        tmp_path,
        machine=ROOT + "include: [a.yaml, b.yaml, no.yaml]\nevnts: {}\n",
        a="events:\n\tx: y\nhots: {}\n",
        b="- a\n",
    ) == [
        ("LF009", "a.yaml", 2),
        ("LF050", "a.yaml", 3),
        ("LF019", "b.yaml", 1),
        ("LF025", "machine.yaml", 3),
        ("LF050", "machine.yaml", 4),
    ]


def test_a_link_out_of_the_folder_is_refused_and_not_read(tmp_path: Path) -> None:
    folder = tmp_path / "spec"
    folder.mkdir()
    secret = tmp_path / "secret.yaml"
    secret.write_text("events: {Secret: }\n")
    (folder / "a.yaml").symlink_to(secret)
    (folder / "up").symlink_to(tmp_path)
    diagnostics = Diagnostics()
    root = write(folder, machine=ROOT + "include: [a.yaml, up/secret.yaml]\n")
    assert read(root, diagnostics) is None
    assert [d.code for d in diagnostics] == ["LF021", "LF021"]
    assert [*diagnostics.sources] == [root.as_posix()]


def test_a_link_within_the_folder_is_followed(tmp_path: Path) -> None:
    write(tmp_path, real="events: {Add: }\n")
    (tmp_path / "a.yaml").symlink_to("real.yaml")
    assert [*spec(tmp_path, machine=ROOT + "include: [a.yaml]\n").events] == ["Add"]


def test_a_file_under_two_names_is_included_once(tmp_path: Path) -> None:
    write(tmp_path, real="events: {Add: }\n")
    (tmp_path / "a.yaml").symlink_to("real.yaml")
    assert mistakes(tmp_path, machine=ROOT + "include: [a.yaml, real.yaml]\n") == [
        ("LF023", "machine.yaml", 3)
    ]


def test_a_link_in_a_circle_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").symlink_to("a.yaml")
    assert mistakes(tmp_path, machine=ROOT + "include: [a.yaml]\n") == [
        ("LF025", "machine.yaml", 3)
    ]


def test_a_root_file_reached_through_a_link_has_its_real_folder(tmp_path: Path) -> None:
    folder = tmp_path / "real"
    folder.mkdir()
    write(folder, machine=ROOT + "include: [a.yaml]\n", a="events: {Add: }\n")
    (tmp_path / "linked").symlink_to(folder)
    made = read(tmp_path / "linked" / "machine.yaml", Diagnostics())
    assert made is not None
    assert [*made.events] == ["Add"]


def test_cycles_are_told_from_doubles(tmp_path: Path) -> None:
    assert mistakes(
        tmp_path,
        machine=ROOT + "include: [a.yaml, b.yaml]\n",
        a="include: [b.yaml]\n",
        b="include: [a.yaml, machine.yaml]\n",
    ) == [
        ("LF022", "b.yaml", 1),
        ("LF022", "b.yaml", 1),
        ("LF023", "machine.yaml", 3),
    ]


def test_a_long_chain_of_files_is_read(tmp_path: Path) -> None:
    for n in range(1500):
        (tmp_path / f"f{n}.yaml").write_text(f"include: [f{n + 1}.yaml]\n")
    (tmp_path / "f1500.yaml").write_text("events: {Last: }\n")
    assert [*spec(tmp_path, machine=ROOT + "include: [f0.yaml]\n").events] == ["Last"]


def test_all_files_together_may_have_5_mb(tmp_path: Path) -> None:
    part = "# " + "x" * (MAX_BYTES // 3) + "\n"
    assert mistakes(
        tmp_path, machine=ROOT + "include: [a.yaml, b.yaml, c.yaml]\n", a=part, b=part, c=part
    ) == [("LF007", "a.yaml", 1), ("LF007", "b.yaml", 1), ("LF004", "c.yaml", 1)]


@pytest.mark.timeout(300)
def test_fifteen_thousand_duplicates_over_two_files_do_not_take_long(tmp_path: Path) -> None:
    events = "events:\n" + "".join(f"  E{n}: {{}}\n" for n in range(15_000))
    found = mistakes(tmp_path, machine=ROOT + "include: [a.yaml]\n" + events, a=events)
    assert len(found) == 15_000
