"""The stages of tests: the outside of a machine as an environment describes it, as a class.

Knows the functions that the explorer writes of an environment; the same text is used for the tests and
for their expectations.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from lawful.runtime import DefaultMap, HostFailure, OrderedSet
from lawful.runtime.testing import Outside

from ..explorer.universe import Universe
from ..generate.texts import comment
from ..world import Environment, Host


def can_be_played(universe: Universe) -> bool:
    """Whether the outside answers by itself. One that looks into the machine is for the explorer only."""
    environment = universe.environment
    own = {"self", *environment.ghosts, *environment.host}
    return not any(
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
        and node.attr not in own
        for function in ast.parse(universe.text).body
        if isinstance(function, ast.FunctionDef) and function.name.startswith("host_")
        for node in ast.walk(function)
    )


def host_text(universe: Universe, name: str) -> str | None:
    """The class of the outside; None for a machine that calls nothing."""
    environment = universe.environment
    if not environment.host:
        return None
    functions = {
        node.name: node
        for node in ast.parse(universe.text).body
        if isinstance(node, ast.FunctionDef)
    }
    lines = [f"class {name}(Outside):", *_doc(environment), *_ghosts(universe)]
    for host in environment.host.values():
        lines += ["", *_method(universe, host, functions)]
    return "\n".join(lines)


def _doc(environment: Environment) -> Iterator[str]:
    yield f"    # {comment(environment.name)}"


def _ghosts(universe: Universe) -> Iterator[str]:
    """What the outside remembers."""
    ghosts = universe.environment.ghosts
    if not ghosts:
        return
    yield ""
    yield "    def __init__(self) -> None:"
    yield "        super().__init__()"
    for ghost in ghosts.values():
        first = universe.functions[f"first_{ghost.name}"]()
        yield f"        self.{ghost.name}: Any = {first!r}"


def _method(universe: Universe, host: Host, functions: dict[str, ast.FunctionDef]) -> Iterator[str]:
    parameters = [p.name for p in universe.spec.host[host.function].parameters]
    head = ", ".join(["self", *(f"{name}: Any" for name in parameters)])
    yield f"    def {host.function}({head}) -> Any:"
    if len(host.answers) == 1:
        yield from _indented(_answer(host, 0, functions), 8)
        return
    yield f"        match self.which({host.function!r}):"
    numbers = list(range(len(host.answers)))
    for n in numbers:
        yield f"            case {'_' if n == numbers[-1] else n}:"
        yield from _indented(_answer(host, n, functions), 16)


def _answer(host: Host, n: int, functions: dict[str, ast.FunctionDef]) -> list[str]:
    prefix = f"host_{host.function}_{n}"
    answer = host.answers[n]
    lines: list[str] = []
    if answer.fails is not None:
        lines.append(f"raise {_failure(_value(functions[f'{prefix}_fails']))}")
    elif answer.gives is not None:
        lines.append(f"return {ast.unparse(_value(functions[f'{prefix}_gives']))}")
    if answer.do:
        # The answer is read before anything changes.
        if answer.fails is not None:
            lines = [f"failure = {lines[0].removeprefix('raise ')}", "raise failure"]
        elif answer.gives is not None:
            lines = [f"result = {lines[0].removeprefix('return ')}", "return result"]
        at = max(len(lines) - 1, 0)
        lines[at:at] = [ast.unparse(one) for one in functions[f"{prefix}_do"].body]
    return lines or ["return None"]


def _value(function: ast.FunctionDef) -> ast.expr:
    statement = function.body[-1]
    assert isinstance(statement, ast.Return)
    assert statement.value is not None
    return statement.value


def _failure(value: ast.expr) -> str:
    spread = "*" if isinstance(value, ast.Tuple) else ""
    return f"HostFailure({spread}{ast.unparse(value)})"


def _indented(lines: list[str], depth: int) -> Iterator[str]:
    for line in "\n".join(lines).split("\n"):
        yield " " * depth + line


def made(text: str | None, name: str) -> Any:
    """The class of such a text."""
    if text is None:
        return None
    names: dict[str, Any] = {
        "Any": Any,
        "DefaultMap": DefaultMap,
        "HostFailure": HostFailure,
        "OrderedSet": OrderedSet,
        "Outside": Outside,
    }
    exec(compile(text, f"<{name}>", "exec"), names)
    return names[name]
