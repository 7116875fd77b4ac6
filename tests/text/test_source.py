"""A file is text, or an error that says why not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lawful.codegen.diagnostics import Diagnostics
from lawful.codegen.reading import find_specs, read
from lawful.codegen.source import MAX_BYTES, MAX_REPORTED, Source, Unreadable, load


def loaded(path: Path, data: bytes) -> tuple[Source | None, Diagnostics]:
    path.write_bytes(data)
    diagnostics = Diagnostics()
    return load(path, diagnostics), diagnostics


def codes(diagnostics: Diagnostics) -> list[str]:
    return [found.code for found in diagnostics]


def test_a_byte_order_mark_is_tolerated_and_does_not_count(tmp_path: Path) -> None:
    source, diagnostics = loaded(tmp_path / "a.yaml", b"\xef\xbb\xbflawful: 2\nmachine: A\n")
    assert source is not None
    assert source.text.startswith("lawful")
    read(tmp_path / "a.yaml", diagnostics)
    (found,) = diagnostics
    assert (found.code, found.span.column) == ("LF054", 9)


def test_bytes_that_are_no_text_are_located(tmp_path: Path) -> None:
    source, diagnostics = loaded(tmp_path / "a.yaml", "a: é\nb: ".encode() + b"\xff")
    assert source is None
    (found,) = diagnostics
    assert (found.code, found.span.line, found.span.column) == ("LF005", 2, 4)


@pytest.mark.parametrize(
    "character", "\0\x1b\x07\x7f\x85\x9b\u200b\u202e\u2028\u2066\ufeff\U000e0041"
)
def test_a_character_that_draws_nothing_is_refused_and_replaced(
    tmp_path: Path, character: str
) -> None:
    source, diagnostics = loaded(tmp_path / "a.yaml", f"doc: a{character}b\n".encode())
    assert source is not None
    assert source.text == "doc: a\ufffdb\n"
    (found,) = diagnostics
    assert (found.code, found.span.column) == ("LF006", 7)
    assert f"U+{ord(character):04X}" in found.message


@pytest.mark.parametrize("text", ["家族", "👩‍👩‍👧", "naïve", "می‌خواهم", "a\tb", "\u0301"])
def test_scripts_and_emoji_are_welcome(tmp_path: Path, text: str) -> None:
    source, diagnostics = loaded(tmp_path / "a.yaml", text.encode())
    assert source is not None
    assert source.text == text
    assert not len(diagnostics)


def test_a_binary_file_is_a_few_mistakes(tmp_path: Path) -> None:
    _, diagnostics = loaded(tmp_path / "a.yaml", b"\0" * 100_000)
    assert codes(diagnostics) == ["LF006"] * (MAX_REPORTED + 1)


def test_a_file_of_more_than_5_mb_is_refused(tmp_path: Path) -> None:
    source, diagnostics = loaded(
        tmp_path / "a.yaml", b"lawful: 1\nmachine: A\ndoc: " + b"a" * MAX_BYTES
    )
    assert source is None
    assert codes(diagnostics) == ["LF004"]


def test_a_file_of_5_mb_is_read(tmp_path: Path) -> None:
    start = b"lawful: 1\nmachine: A\ndoc: "
    source, diagnostics = loaded(tmp_path / "a.yaml", start + b"a" * (MAX_BYTES - len(start)))
    assert source is not None
    assert not len(diagnostics)


def refusal(path: Path) -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        load(path, Diagnostics())
    return caught.value


def test_a_missing_file_names_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "tutorial.yaml").touch()
    error = refusal(tmp_path / "tutoral.yaml")
    assert error.code == "LF001"
    assert error.hint == f'Did you mean "{(tmp_path / "tutorial.yaml").as_posix()}"?'


def test_a_file_below_a_file_is_missing(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").touch()
    assert refusal(tmp_path / "a.yaml" / "b.yaml").code == "LF001"


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert refusal(tmp_path).code == "LF002"


def test_a_pipe_that_nobody_writes_to_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.yaml")
    assert refusal(tmp_path / "a.yaml").code == "LF003"


def test_a_device_is_refused() -> None:
    assert refusal(Path("/dev/zero")).code == "LF003"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.touch(mode=0o200)
    assert refusal(path).code == "LF003"


@pytest.mark.parametrize("name", ["a\0b.yaml", "x" * 300, "\udcff.yaml"])
def test_a_name_that_no_file_can_have_is_refused(tmp_path: Path, name: str) -> None:
    assert refusal(tmp_path / name).code in ("LF001", "LF003")
    assert find_specs(tmp_path / name, Diagnostics()) == []


def test_a_link_in_a_circle_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").symlink_to(tmp_path / "a.yaml")
    assert refusal(tmp_path / "a.yaml").code == "LF003"
    diagnostics = Diagnostics()
    assert read(tmp_path / "a.yaml", diagnostics) is None
    assert codes(diagnostics) == ["LF003"]


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_bytes(data)
    diagnostics = Diagnostics()
    assert read(path, diagnostics) is None
    assert diagnostics.has_errors


def test_offsets_and_places_are_inverse() -> None:
    source = Source("a.yaml", "ab\r\ncd\re\n\nf")
    for offset in range(len(source.text) + 1):
        assert source.offset(*source.place(offset)) == offset
    assert source.place(4) == (2, 1)
    assert source.place(11) == (5, 2)


# Finding specs


def found(path: Path) -> tuple[list[str], list[str]]:
    diagnostics = Diagnostics()
    return [p.relative_to(path).as_posix() for p in find_specs(path, diagnostics)], codes(
        diagnostics
    )


def test_a_folder_with_a_root_file_is_one_machine(tmp_path: Path) -> None:
    for name in ("machine.yaml", "events.yaml"):
        (tmp_path / name).touch()
    assert found(tmp_path) == (["machine.yaml"], [])


def test_any_other_folder_holds_specs(tmp_path: Path) -> None:
    for name in (
        "b.yaml",
        "a.yml",
        "notes.txt",
        "worker/machine.yaml",
        "worker/x.yaml",
        "odd/y.yaml",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert found(tmp_path) == (["a.yml", "b.yaml", "worker/machine.yaml"], [])


def test_a_folder_without_a_spec_is_an_error(tmp_path: Path) -> None:
    assert found(tmp_path) == ([], ["LF002"])


def test_a_file_stands_for_itself(tmp_path: Path) -> None:
    path = tmp_path / "spec.txt"
    path.touch()
    assert find_specs(path, Diagnostics()) == [path]
