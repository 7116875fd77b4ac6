"""Small changes of a snippet: a statement less, an argument that is another one, a condition turned round.

Works on the syntax of Python only; whether the result is a snippet that makes sense, the checker says.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_CALLS = ("emit", "recommend")


@dataclass(frozen=True)
class Changed:
    """A changed snippet. ``operator`` is the kind of change, ``about`` the piece that was changed, and ``at``
    where that begins in the old text, as an offset."""

    operator: str
    about: str
    at: int
    text: str


def statements(text: str) -> Iterator[Changed]:
    """Each way to change the statements of a snippet."""
    tree = _statements(text)
    if tree is None:
        return
    nodes = list(ast.walk(tree))
    for index, node in enumerate(nodes):
        for block in ("body", "orelse"):
            held = getattr(node, block, None)
            if not isinstance(held, list):  # of a conditional expression, these are expressions
                continue
            for number, statement in enumerate(held):
                if not isinstance(statement, ast.Pass):
                    yield _made(
                        text, tree, index, _without(block, number), _operator(statement), statement
                    )
        if isinstance(node, ast.If | ast.While):
            yield _made(text, tree, index, _negate_test, "negate a condition", node.test)
        elif isinstance(node, ast.Call):
            yield from _arguments(text, tree, index, node)


def expression(text: str) -> Iterator[Changed]:
    """Each way to change the arguments of the calls in an expression, such as that of ``emit``."""
    tree = _expression(text)
    if tree is None:
        return
    for index, node in enumerate(ast.walk(tree)):
        if isinstance(node, ast.Call):
            yield from _arguments(text, tree, index, node)


def conjuncts(text: str) -> Iterator[Changed]:
    """An expression with one of the parts of its topmost ``and`` left out."""
    tree = _expression(text)
    if tree is None:
        return
    top = tree.body
    if isinstance(top, ast.BoolOp) and isinstance(top.op, ast.And):
        for number, value in enumerate(top.values):
            rest = [one for n, one in enumerate(top.values) if n != number]
            new = rest[0] if len(rest) == 1 else ast.BoolOp(ast.And(), rest)
            yield Changed(
                "weaken an invariant", ast.unparse(value), _offset(text, value), ast.unparse(new)
            )


def negated(text: str) -> str:
    """The opposite of a condition."""
    return f"not ({text.strip()})"


def _statements(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError):
        return None  # the checker has said so


def _expression(text: str) -> ast.Expression | None:
    try:
        return ast.parse(text, mode="eval")
    except (SyntaxError, ValueError):
        return None


def _operator(statement: ast.stmt) -> str:
    call = statement.value if isinstance(statement, ast.Expr) else None
    if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in _CALLS:
        return f"drop a {call.func.id}" if call.func.id == "recommend" else "drop an emit"
    if isinstance(statement, ast.Assert):
        return "drop an assert"
    return "drop a statement"


def _made(
    text: str,
    tree: ast.AST,
    index: int,
    change: Callable[[ast.AST], None],
    operator: str,
    piece: ast.AST,
) -> Changed:
    new = copy.deepcopy(tree)
    change(list(ast.walk(new))[index])
    about = ast.get_source_segment(text, piece) or ast.unparse(piece)
    return Changed(operator, about.split("\n")[0], _offset(text, piece), ast.unparse(new))


def _without(block: str, number: int) -> Callable[[ast.AST], None]:
    def change(node: ast.AST) -> None:
        held = getattr(node, block)
        del held[number]
        if not held and block == "body":
            held.append(ast.Pass())

    return change


def _negate_test(node: ast.AST) -> None:
    assert isinstance(node, ast.If | ast.While)
    node.test = ast.UnaryOp(ast.Not(), node.test)


def _arguments(text: str, tree: ast.AST, index: int, call: ast.Call) -> Iterator[Changed]:
    """Of ``emit(…)``, ``recommend(…)`` and the messages in them: a constant is another one, and two arguments
    that stand side by side change places."""
    if not isinstance(call.func, ast.Name):
        return
    message = call.func.id[:1].isupper()
    if not message and call.func.id not in _CALLS:
        return
    values = [*call.args, *(k.value for k in call.keywords)]
    for number, value in enumerate(values):
        if isinstance(value, ast.Constant) and isinstance(value.value, bool | int | float):
            yield _made(text, tree, index, _another(number), "change an argument", value)
    if message:
        for number in range(len(values) - 1):
            if ast.dump(values[number]) != ast.dump(values[number + 1]):
                yield _made(text, tree, index, _swap(number), "change an argument", values[number])


def _at(call: ast.Call, number: int) -> ast.expr:
    return [*call.args, *(k.value for k in call.keywords)][number]


def _put(call: ast.Call, number: int, value: ast.expr) -> None:
    if number < len(call.args):
        call.args[number] = value
    else:
        call.keywords[number - len(call.args)].value = value


def _another(number: int) -> Callable[[ast.AST], None]:
    def change(call: ast.AST) -> None:
        assert isinstance(call, ast.Call)
        old = _at(call, number)
        assert isinstance(old, ast.Constant)
        assert isinstance(old.value, bool | int | float)
        new = not old.value if isinstance(old.value, bool) else old.value + 1
        _put(call, number, ast.Constant(new))

    return change


def _swap(number: int) -> Callable[[ast.AST], None]:
    def change(call: ast.AST) -> None:
        assert isinstance(call, ast.Call)
        one, other = _at(call, number), _at(call, number + 1)
        _put(call, number, other)
        _put(call, number + 1, one)

    return change


def _offset(text: str, node: ast.AST) -> int:
    """Where a piece begins, counted in characters (Python counts bytes)."""
    lines = text.split("\n")
    line, column = node.lineno - 1, node.col_offset  # type: ignore[attr-defined]
    before = sum(len(one) + 1 for one in lines[:line])
    return before + len(lines[line].encode()[:column].decode(errors="ignore"))
