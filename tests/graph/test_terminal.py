"""The tree in the terminal: complete, aligned, no wider than asked, harmless."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest

from lawful.codegen.diagram import Format, render
from lawful.codegen.report import width as columns

from .examples import hostile, worker

GOLDEN = Path(__file__).resolve().parent / "golden"
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


def tree(width: int = 100, **options: bool) -> str:
    return render(worker(), Format.terminal, width=width, **options).decode()


def test_a_machine_of_fifty_pairs_looks_like_this() -> None:
    assert tree() == (GOLDEN / "worker.txt").read_text(encoding="utf-8")


def test_every_state_heads_its_own_transitions() -> None:
    diagram = worker()
    lines = tree().split("\n")
    heads = [line for line in lines if re.match(r"[├└]─ ", line)]
    assert [re.split(r"[ \[(]", head[3:])[0] for head in heads] == [
        node.label for node in diagram.nodes
    ]
    below = [line for line in lines if re.match(r"[│ ]  [├└]─ ", line)]
    assert len(below) == len(diagram.edges)


@pytest.mark.parametrize("width", [40, 60, 80, 100, 200])
def test_no_line_is_wider_than_the_window(width: int) -> None:
    assert max(columns(line) for line in tree(width).split("\n")) <= width


@pytest.mark.parametrize("width", [40, 60, 200])
def test_a_narrow_window_loses_no_word(width: int) -> None:
    def words(text: str) -> list[str]:
        return sorted(re.sub(r"[├└│─]", " ", text).split())

    assert words(tree(width)) == words(tree(100))


def test_a_pipe_gets_no_colours_and_a_terminal_the_same_words() -> None:
    assert "\x1b" not in tree()
    coloured = tree(color=True)
    assert "\x1b[" in coloured
    assert ESCAPE.sub("", coloured).split() == tree().split()


def test_an_output_without_line_drawing_gets_ascii() -> None:
    text = tree(ascii=True)
    assert text.isascii()
    assert "|- released (begins here)" in text
    assert "?" not in text


@pytest.mark.parametrize("color", [False, True])
def test_hostile_texts_move_no_cursor_and_turn_no_letters(color: bool) -> None:
    text = render(hostile("both"), Format.terminal, color=color).decode()
    bare = ESCAPE.sub("", text) if color else text
    unsafe = {c for c in bare if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp")}
    assert unsafe == {"\n"}
    assert "\\x1b[31m" in bare
    assert "\\u202e" in bare
    assert not any(line.lstrip(" ").startswith("::error") for line in bare.split("\n"))
