"""Texts of a spec end up as texts: none becomes code, leaves its comment, or gives orders to a tool."""

from __future__ import annotations

import ast
import inspect
import io
import tokenize
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import yaml

from lawful.codegen.generate.texts import comment, docstring, quoted
from lawful.runtime import IllegalEvent

from .building import build, files

HOSTILE = [
    '"""\nimport os; os.mkdir("broken-out")\n"""',
    "'''; raise SystemExit('broken out')",
    'ends with a quote"',
    '"begins with one',
    '""""',
    "back\\slash \\",
    "\\N{BULLET} \\x41 \\u202e \\\n",
    "line\nimport os\nos.mkdir('broken-out')",
    "a\rimport os",
    "para\u2028import os\u2029import os",
    "next\x85line",
    "form\x0cfeed and \x0b",
    "right \u202e to \u2066 left",
    "zero\u200bwidth\ufeff",
    "bell \x1b[31m red",
    "%s {0} {{ jinja }} {% raise %} {# #} ${x} {event}",
    "type: ignore",
    "noqa: F401",
    "fmt: off",
    "pyright: basic",
    "ruff: noqa",
    "mypy: ignore-errors",
    "x # type: ignore # noqa",
    "coding: latin-1",
    "-*- coding: utf-7 -*-",
    "!/usr/bin/env python",
    "::error file=a::b",
    "emoji \U0001f600 and äöü 漢字",
    "    indented\n        more\n    back",
    "tab\tand trailing   \n  ",
    "a" * 5000,
]

# What can't be seen is refused by the reader already.
SHOWN = [t for t in HOSTILE if all(part.isprintable() for part in t.split("\n"))]


def spec(text: str) -> dict[str, Any]:
    """A machine with the text wherever the language takes a text."""
    return {
        "lawful": "1",
        "machine": "Box",
        "doc": text,
        "types": {"Value": {"opaque": "true", "doc": text}},
        "config": {"label": {"type": "str", "default": text, "doc": text}},
        "entities": {
            "Ball": {
                "doc": text,
                "registry": "balls",
                "key": {"name": {"type": "str", "doc": text}},
                "states": {"idle": {"initial": "true", "doc": text}, "red": {"doc": text}},
                "requests": {"gone": {"deletes": "true", "doc": text}},
                "fields": {"note": {"type": "str", "default": text, "doc": text, "reset": "all"}},
                "relations": {"friends": {"to": "Ball", "inverse": "fans", "doc": text}},
            }
        },
        "context": {"label_seen": {"type": "str", "default": text, "doc": text}},
        "instructions": {
            "Tell": {
                "doc": text,
                "fields": {"text": {"type": "str", "default": text, "doc": text}},
                "runs": "send",
                "message": text,
                "extra": {"extra": text},
            }
        },
        "events": {
            "Put": {
                "doc": text,
                "fields": {"name": {"type": "str", "doc": text}, "value": "Value | None"},
                "redact": {"name": text},
            }
        },
        "handlers": {
            "Put": {
                "subject": {"get_or_create": "Ball", "key": "event.name"},
                "cells": {
                    "new": {"ignore": text},
                    "idle": [
                        {"when": f"ball.note != {text!r}", "impossible": text},
                        {"recommend": "red"},
                    ],
                    "red": {"impossible": text},
                },
            }
        },
        "transitions": {
            "idle -> red": [
                {"when": "ball.name == 'stay'", "internal": text},
                {"becomes": "red", "do": f"log({text!r})", "emit": f"Tell(text={text!r})"},
            ],
            "red -> idle": {"impossible": text},
            "undeclared": {"impossible": text},
        },
        "procedures": {"nothing()": {"do": "pass", "doc": text}},
        "completion": {"go on": "nothing()"},
        "invariants": {"fine": {"holds": "label == label_seen", "doc": text}},
        "deviations": {"odd": {"off": "true", "because": text}},
        "host": {"size": {"args": {"ball": "Ball"}, "returns": "int", "pure": "true", "doc": text}},
    }


def dumped(data: dict[str, Any]) -> str:
    return yaml.safe_dump(
        data, sort_keys=False, allow_unicode=True, width=10_000, default_style='"'
    )


@pytest.mark.parametrize("text", SHOWN, ids=range(len(SHOWN)))
def test_a_hostile_text_is_inert_wherever_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.chdir(tmp_path)
    box = build(tmp_path, dumped(spec(text)))
    assert not (tmp_path / "broken-out").exists()
    wanted = "\n".join(line.rstrip() for line in inspect.cleandoc(text).split("\n")).strip()
    for documented in (box.Box, box.Ball, box.Tell, box.Put):
        assert inspect.cleandoc(documented.__doc__).strip() == wanted

    class Host:
        def size(self, ball: Any, /) -> int:
            return 0

    it = box.Box(host=Host(), validate=True)
    assert it.label == it.label_seen == text
    it.handle(box.Put("a", None))
    assert it.balls["a"].note == text
    (told,) = it.handle(box.Put("a", None))
    assert told.text == text
    message = told.to_message()
    assert message["op"] == message["extra"] == text
    assert it.log[0][0] == text
    assert it.history[0].event.name == text
    with pytest.raises(IllegalEvent) as caught:
        it.handle(box.Put("a", None))
    assert caught.value.reason == text.strip()


def test_no_text_changes_the_code_around_it(tmp_path: Path) -> None:
    """The syntax tree without its strings is the same whatever the texts are."""

    def shape(found: dict[PurePosixPath, str]) -> dict[str, str]:
        shapes = {}
        for path, source in found.items():
            if path.suffix == ".py":
                tree = ast.parse(source)
                for node in ast.walk(tree):
                    if isinstance(node, ast.Constant) and isinstance(node.value, str):
                        node.value = ""
                shapes[path.name] = ast.dump(tree)
        return shapes

    plain = shape(files(tmp_path, dumped(spec("harmless"))))
    for text in SHOWN:
        assert shape(files(tmp_path, dumped(spec(text)))) == plain, text


def test_comments_give_no_orders(tmp_path: Path) -> None:
    orders = ("type:", "pyright:", "mypy:", "fmt:", "ruff:", "noqa", "-*-", "!")
    for text in SHOWN:
        for path, source in files(tmp_path, dumped(spec(text))).items():
            if path.suffix != ".py":
                continue
            for token in tokenize.generate_tokens(io.StringIO(source).readline):
                if token.type == tokenize.COMMENT:
                    for part in token.string.split("#")[1:]:
                        assert not part.strip().lower().startswith(orders), token.string


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_each_way_of_writing_a_text_keeps_it(text: str) -> None:
    assert ast.literal_eval(quoted(text)) == text
    assert quoted(text).isprintable()
    written = comment(text)
    assert written.isprintable() or not written
    source = "\n".join(["def f():", *docstring(text, "    "), "    # " + written])
    tree = ast.parse(source)
    function = tree.body[0]
    assert isinstance(function, ast.FunctionDef)
    assert len(tree.body) == len(function.body) == 1
    kept = ast.get_docstring(function, clean=False)
    assert kept is not None
    wanted = "\n".join(line.rstrip() for line in text.strip().split("\n"))
    assert inspect.cleandoc(kept).strip() == inspect.cleandoc(wanted).strip()


def test_a_spec_can_not_lead_out_by_its_own_name(tmp_path: Path) -> None:
    from lawful.codegen.generate import render

    from .building import checked

    found = checked(tmp_path, dumped(spec("harmless")))
    for name in ("a\nimport os", "x.yaml # type: ignore", 'a"""b.yaml', "coding: utf-7.yaml"):
        for path, source in render(found, name).items():
            if path.suffix == ".py":
                tree = ast.parse(source)
                assert not [n for n in ast.walk(tree) if isinstance(n, ast.Import)]
                assert all("coding" not in line for line in source.splitlines()[:2])
