"""Mistakes planted into a generated machine, one at a time, and its generated tests run over each.

A mistake is a statement of a handler, a transition, a completion or a procedure that is left out, or a
test that is turned round. The tests are run in this process, for there are hundreds of mistakes.
"""

from __future__ import annotations

import ast
import copy
import importlib
import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

from lawful.runtime.testing import Suite, read_walks

ROOT = Path(__file__).resolve().parents[2]


def mistakes(machine: str) -> Iterator[tuple[str, ast.Module]]:
    """Each mistake in words, and the machine's module with it."""
    source = (ROOT / f"generated/{machine}/machine.py").read_text(encoding="utf-8")
    tree = ast.parse(source)
    (cls,) = (node for node in tree.body if isinstance(node, ast.ClassDef))
    for method in cls.body:
        if (
            not isinstance(method, ast.FunctionDef)
            or "check" in method.name
            or method.name[1] == "_"
        ):
            continue
        for at, node in enumerate(ast.walk(method)):
            changed = _changed(node)
            if changed is None:
                continue
            whole = copy.deepcopy(tree)
            (new_cls,) = (node for node in whole.body if isinstance(node, ast.ClassDef))
            new_method = new_cls.body[cls.body.index(method)]
            _put(list(ast.walk(new_method))[at], changed)
            yield (
                f"{method.name}: {ast.unparse(node).splitlines()[0]}",
                ast.fix_missing_locations(whole),
            )


def _changed(node: ast.AST) -> dict[str, Any] | None:
    """What to make of a statement."""
    match node:
        case ast.If(test=ast.Attribute(attr="validate")):
            return None  # what is remembered for the checks alone
        case ast.If(test=test):
            return {"test": ast.UnaryOp(ast.Not(), test)}
        case ast.Assign(targets=[ast.Attribute(attr=name) as target]):
            # The value stays where it was.
            read = ast.Attribute(target.value, name, ast.Load())
            return {"value": read}
        case ast.AugAssign(op=ast.Add() | ast.Sub()):
            return {"op": ast.Mult() if isinstance(node.value, ast.Name) else _other(node.op)}
        case ast.Return(value=ast.Tuple(elts=[ast.Dict() as asked, ast.List() as emitted])) if (
            asked.keys or emitted.elts
        ):
            return {"value": ast.Tuple([ast.Dict([], []), ast.List([], ast.Load())], ast.Load())}
    return None


def _other(op: ast.operator) -> ast.operator:
    return ast.Sub() if isinstance(op, ast.Add) else ast.Add()


def _put(node: Any, changed: dict[str, Any]) -> None:
    for name, value in changed.items():
        setattr(node, name, value)


def package_with(machine: str, module: ast.Module) -> Any:
    """The package of the machine with this module in place of its own."""
    package = importlib.import_module(f"lawful.generated.{machine}")
    made = ModuleType(f"lawful.generated.{machine}.machine")
    made.__package__ = f"lawful.generated.{machine}"
    exec(compile(module, f"<{machine} with a mistake>", "exec"), vars(made))
    names = {name: getattr(made, name, getattr(package, name)) for name in package.__all__}
    return SimpleNamespace(**names)


def tests_of(machine: str) -> tuple[Path, Any, list[Any]]:
    """The folder, the ``conftest`` and the test functions that take nothing but the suite."""
    folder = ROOT / "tests/generated" / machine
    conftest = _load(folder / "conftest.py", f"{machine}_conftest")
    functions = [
        function
        for path in sorted(folder.glob("test_*.py"))
        if not path.stem.endswith(("_pairs", "_random"))
        for name, function in vars(_load(path, f"{machine}_{path.stem}")).items()
        if name.startswith("test_")
    ]
    return folder, conftest, functions


def _load(path: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Runner:
    """Runs the tests of one machine over any package."""

    def __init__(self, machine: str) -> None:
        self.folder, self.conftest, self.functions = tests_of(machine)
        self.walks = read_walks(self.folder)

    def failure(self, package: Any) -> str | None:
        """What the first test that fails says; None if all pass."""
        c = self.conftest
        suite = Suite.read(self.folder, package, c.SHAPE, c.STAGES, c.SITUATIONS)
        for function in self.functions:
            try:
                function(suite)
            except AssertionError as error:
                return str(error)
        for walk in self.walks:
            try:
                suite.walk(walk)
            except AssertionError as error:
                return str(error)
        return None
