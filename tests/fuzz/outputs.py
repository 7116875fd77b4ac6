"""What comes of a spec that checks clean: code and pictures, whatever its texts say."""

from __future__ import annotations

import ast
import unicodedata

from lawful.codegen.checked import CheckedSpec
from lawful.codegen.diagram import Format, extract, render
from lawful.codegen.generate.modules import render_modules
from lawful.codegen.generate.plan import Plan

STANDARD = {
    "__future__",
    "collections",
    "collections.abc",
    "dataclasses",
    "functools",
    "operator",
    "typing",
}
IMPORTS = STANDARD | {"lawful"}
NEVER_CALLED = {"exec", "eval", "compile", "__import__", "open", "getattr", "globals", "vars"}
JOINERS = "\u200c\u200d"  # spelling of some languages, and of some emoji, needs them
TEXTS = (Format.terminal, Format.mermaid, Format.dot, Format.markdown, Format.json)


def judge(checked: CheckedSpec) -> None:
    """The generated code is Python that imports and calls nothing unknown, and no picture commands a
    terminal. The spec must bind nothing."""
    for name, text in render_modules(Plan(checked, "spec.yaml")).items():
        if name.endswith(".py"):
            _judge_code(ast.parse(text), text)
    for format_ in TEXTS:
        drawn = render(extract(checked, "both", None), format_, width=100).decode("utf-8")
        odd = {
            c
            for c in drawn
            if unicodedata.category(c) in ("Cc", "Cf") and c not in f"\n\t{JOINERS}"
        }
        assert not odd, (format_, odd)


def _judge_code(tree: ast.Module, text: str) -> None:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                assert {n.name for n in names} <= IMPORTS, text
            case ast.ImportFrom(module=module, level=level):
                known = module in IMPORTS or (module or "").startswith("lawful.runtime")
                assert level or known, text
            case ast.Call(func=ast.Name(id=name)):
                assert name not in NEVER_CALLED, text
            case ast.Attribute(attr=name):
                assert not (name.startswith("__") and name != "__init__"), text
            case ast.Name(id=name):
                assert not name.startswith("__") or name in ("__all__", "__slots__"), text
            case _:
                pass
