"""Snippet text to Python's syntax tree, with everything refused that isn't part of the language.

Nothing is ever executed: the tree is only walked. Knows Python's ``ast`` and the allow-list; knows
nothing of names and types.
"""

from __future__ import annotations

import ast
import keyword
import re
import warnings
from dataclasses import dataclass
from functools import cached_property

from ..diagnostics import Diagnostics, Span
from ..part import Text
from .screen import screen

MAX_DEPTH = 80  # levels of the tree; the checks walk it recursively

_STATEMENTS = (
    ast.Assign,
    ast.AugAssign,
    ast.If,
    ast.For,
    ast.While,
    ast.Break,
    ast.Continue,
    ast.Pass,
    ast.Return,
    ast.Assert,
    ast.Delete,
    ast.Expr,
)
_EXPRESSIONS = (
    ast.Name,
    ast.Attribute,
    ast.Constant,
    ast.Compare,
    ast.BoolOp,
    ast.BinOp,
    ast.UnaryOp,
    ast.IfExp,
    ast.Call,
    ast.Subscript,
    ast.Tuple,
    ast.List,
    ast.Set,
    ast.Dict,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
)
_HELPERS = (
    ast.expr_context,
    ast.boolop,
    ast.cmpop,
    ast.comprehension,
    ast.keyword,
    ast.Add,
    ast.Sub,
    ast.Mult,
    ast.Div,
    ast.FloorDiv,
    ast.Mod,
    ast.BitOr,
    ast.BitAnd,
    ast.Not,
    ast.USub,
)
_REFUSED_STATEMENTS: dict[str, str] = {
    "Import": "A snippet can't import anything; what it may call from outside is declared under `host`",
    "ImportFrom": "A snippet can't import anything; what it may call from outside is declared under `host`",
    "FunctionDef": "Functions are declared under `procedures`, not inside a snippet",
    "AsyncFunctionDef": "Functions are declared under `procedures`, and none is asynchronous",
    "ClassDef": "Classes aren't part of the language",
    "With": "`with` isn't part of the language",
    "AsyncWith": "`async` isn't part of the language: a step never waits",
    "AsyncFor": "`async` isn't part of the language: a step never waits",
    "Try": "`try` isn't part of the language; a host function that can fail is called with `attempt`",
    "TryStar": "`try` isn't part of the language; a host function that can fail is called with `attempt`",
    "Raise": "`raise` isn't part of the language; claim with `assert`, or say `impossible` in the spec",
    "Global": "`global` isn't needed: the context's names can be assigned as they are",
    "Nonlocal": "`nonlocal` isn't part of the language",
    "AnnAssign": "A local has no annotation; its type follows from what it is given",
    "Match": "`match` isn't part of the language; use `if` and `elif`",
}
_ANY_STATEMENT = "This statement isn't part of the language"
_TYPE_ALIAS = re.compile(r"\s*type\s+[A-Za-z]\w*\s*(\[.*\])?\s*=")
_REFUSED_EXPRESSIONS: dict[str, str] = {
    "Lambda": "`lambda` isn't part of the language; declare a procedure",
    "NamedExpr": "`:=` isn't part of the language; assign in a statement of its own",
    "JoinedStr": "f-strings aren't part of the language; values are passed on as they are",
    "Await": "`await` isn't part of the language: a step never waits",
    "Yield": "`yield` isn't part of the language",
    "YieldFrom": "`yield` isn't part of the language",
    "Slice": "Slices aren't part of the language; `first(n)` gives the first elements",
}
_REFUSED_OPERATORS: dict[str, str] = {
    "Pow": "`**` isn't part of the language: its results can be of any size",
    "LShift": "`<<` isn't part of the language: its results can be of any size",
    "RShift": "`>>` isn't part of the language; use `//`",
    "BitXor": "`^` isn't part of the language",
    "MatMult": "`@` isn't part of the language",
    "Invert": "`~` isn't part of the language; use `not`",
    "UAdd": "A leading `+` does nothing and isn't part of the language",
}


@dataclass(frozen=True)
class Snippet:
    """A parsed snippet: its text, and how many characters were put before it for the parser."""

    text: Text
    shift: int = 0

    @cached_property
    def _lines(self) -> list[tuple[int, str]]:
        lines = []
        at = 0
        for line in self.text.split("\n"):
            lines.append((at, line))
            at += len(line) + 1
        return lines

    def offset(self, line: int, column: int) -> int:
        """The character at ``line`` (from 1) and ``column`` (bytes of UTF-8, from 0)."""
        if line > len(self._lines):
            return len(self.text)
        start, content = self._lines[line - 1]
        if line == 1:
            column = max(0, column - self.shift)
        if not content.isascii():
            column = len(content.encode("utf-8", "replace")[:column].decode("utf-8", "ignore"))
        return start + min(column, len(content))

    def span(self, node: ast.AST) -> Span:
        """Where a node of the tree stands in the spec; the whole text for a node without a place."""
        line = getattr(node, "lineno", None)
        if line is None:
            return self.text.locate(0, len(self.text))
        start = self.offset(line, node.col_offset)  # type: ignore[attr-defined]
        end_line = getattr(node, "end_lineno", None) or line
        end_column = getattr(node, "end_col_offset", None)
        end = start + 1 if end_column is None else self.offset(end_line, end_column)
        if end_line != line:  # a caret marks one line: the head of a compound statement is enough
            first, content = self._lines[line - 1]
            end = min(end, first + len(content.rstrip()))
        return self.text.locate(start, max(end, start + 1))


def parse_block(text: Text, diagnostics: Diagnostics) -> tuple[Snippet, list[ast.stmt]] | None:
    """The statements of a snippet, or None if it is refused."""
    snippet = Snippet(text)
    tree = _parse(snippet, str(text), diagnostics)
    return None if tree is None else (snippet, tree.body)


def parse_expression(text: Text, diagnostics: Diagnostics) -> tuple[Snippet, ast.expr] | None:
    """The expression that a snippet is, over any number of lines, or None if it is refused."""
    snippet = Snippet(text, shift=1)
    tree = _parse(snippet, f"({text}\n)", diagnostics)
    if tree is None:
        return None
    only = tree.body[0]
    if len(tree.body) != 1 or not isinstance(only, ast.Expr):
        diagnostics.error("LF313", snippet.span(only), "An expression is expected here.")
        return None
    return snippet, only.value


def parse_arguments(text: Text, diagnostics: Diagnostics) -> tuple[Snippet, ast.Call] | None:
    """The arguments of a call without the call: ``value, run_id=3``, or None if they are refused."""
    snippet = Snippet(text, shift=2)
    tree = _parse(snippet, f"f({text}\n)", diagnostics)
    if tree is None:
        return None
    only = tree.body[0]
    if (
        len(tree.body) != 1
        or not isinstance(only, ast.Expr)
        or not isinstance(only.value, ast.Call)
    ):
        diagnostics.error("LF313", snippet.span(only), "Arguments are expected here.")
        return None
    return snippet, only.value


def _parse(snippet: Snippet, source: str, diagnostics: Diagnostics) -> ast.Module | None:
    if not screen(snippet.text, diagnostics):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what Python warns of is refused or judged here
            tree = ast.parse(source)
    except SyntaxError as mistake:
        _report(snippet, mistake, diagnostics)
        return None
    except (ValueError, MemoryError, RecursionError):
        span = snippet.text.locate(0, 1)
        diagnostics.error("LF301", span, "This snippet is too large or too deeply nested.")
        return None
    refusals = _Refusals(snippet, diagnostics)
    return tree if refusals.allow(tree) else None


def _report(snippet: Snippet, mistake: SyntaxError, diagnostics: Diagnostics) -> None:
    line = mistake.lineno or 1
    shift = snippet.shift if line == 1 else 0
    lines = snippet.text.split("\n")
    if line > len(lines):
        line = len(lines)
        column = len(lines[-1])
    else:
        column = max(0, (mistake.offset or 1) - 1 - shift)
    start = sum(len(before) + 1 for before in lines[: line - 1]) + min(column, len(lines[line - 1]))
    if _TYPE_ALIAS.match(lines[line - 1]):  # older Pythons can't read what newer ones can
        diagnostics.error("LF307", snippet.text.locate(start - column, start), f"{_ANY_STATEMENT}.")
        return
    word = _keyword_as_name(lines[line - 1])
    if word is not None:
        at = start - min(column, len(lines[line - 1])) + word.start()
        diagnostics.error(
            "LF300",
            snippet.text.locate(at, at + len(word.group())),
            f'"{word.group()}" is a word of Python, and can\'t be a name.',
        )
        return
    message, hint = _explain(mistake.msg or "invalid syntax", lines[line - 1], snippet.shift > 0)
    diagnostics.error("LF300", snippet.text.locate(start, start + 1), message, hint)


def _keyword_as_name(line: str) -> re.Match[str] | None:
    """The first keyword that stands where only a name can."""
    for word in re.finditer(r"\b[A-Za-z]+\b", line):
        before, after = line[: word.start()].rstrip(), line[word.end() :].lstrip()
        assigned = after.startswith("=") and not after.startswith("==")
        if keyword.iskeyword(word.group()) and (before.endswith(".") or assigned):
            return word
    return None


def _explain(message: str, line: str, expression: bool) -> tuple[str, str]:
    if "&&" in line or "||" in line:
        return "This can't be read.", "Write `and` and `or`."
    if "++" in line or "--" in line:
        return "This can't be read.", "Write `+= 1` or `-= 1`."
    if "Maybe you meant '=='" in message or "cannot assign to" in message:
        if expression:
            return "An assignment has no place in an expression.", "Compare with `==`."
        return "This can't be assigned to.", "Compare with `==`; assign to a name or a field."
    if isinstance(message, str) and message.startswith("expected an indented block"):
        return "An indented block is expected after this line.", ""
    if "unindent" in message or "unexpected indent" in message:
        return "The indentation of this line fits no block.", ""
    first = line.split()[0] if line.split() else ""
    if expression and first in ("if", "for", "while", "return", "assert", "del", "import", "from"):
        return "An expression is expected here, not a statement.", ""
    if message.startswith("expected ':'"):
        return "A `:` is missing.", ""
    if message.startswith(("invalid syntax", "f-string", "invalid character")):
        return "This can't be read.", ""
    return f"This can't be read: {message[:200]}.", ""


class _Refusals:
    """Walks a tree without recursion and reports each node that isn't on the allow-list."""

    def __init__(self, snippet: Snippet, diagnostics: Diagnostics) -> None:
        self.snippet = snippet
        self.diagnostics = diagnostics
        self.ok = True

    def allow(self, tree: ast.Module) -> bool:
        todo: list[tuple[ast.AST, ast.AST, int]] = [(node, tree, 1) for node in tree.body]
        while todo:
            node, parent, depth = todo.pop()
            if depth > MAX_DEPTH:
                self.refuse("LF301", parent, "This is nested too deeply")
                return False
            if self._check(node, parent):
                todo.extend((child, node, depth + 1) for child in ast.iter_child_nodes(node))
        return self.ok

    def refuse(self, code: str, node: ast.AST, message: str) -> None:
        self.ok = False
        self.diagnostics.error(code, self.snippet.span(node), f"{message}.")

    def _check(self, node: ast.AST, parent: ast.AST) -> bool:
        """Report what is wrong with the node itself; whether its children are worth a look."""
        kind = type(node).__name__
        if isinstance(node, ast.stmt):
            if not isinstance(node, _STATEMENTS):
                message = _REFUSED_STATEMENTS.get(kind, _ANY_STATEMENT)
                self.refuse("LF307", node, message)
                return False
            return self._statement(node)
        if isinstance(node, ast.expr):
            if isinstance(node, ast.Starred):
                if isinstance(parent, ast.Call):
                    return True  # ``*failure``; whether the call takes it is judged with the call
                self.refuse("LF310", node, "`*` has no place here")
                return False
            if not isinstance(node, _EXPRESSIONS):
                message = _REFUSED_EXPRESSIONS.get(kind, "This isn't part of the language")
                self.refuse("LF308", node, message)
                return False
            return self._expression(node, parent)
        if isinstance(node, (ast.operator, ast.unaryop)) and not isinstance(node, _HELPERS):
            self.refuse(
                "LF309", parent, _REFUSED_OPERATORS.get(kind, "This operator isn't allowed")
            )
            return False
        if not isinstance(node, (*_HELPERS, ast.operator, ast.unaryop)):
            self.refuse("LF308", parent, "This isn't part of the language")
            return False
        if isinstance(node, ast.comprehension) and node.is_async:
            self.refuse("LF308", parent, "`async` isn't part of the language: a step never waits")
        if isinstance(node, ast.keyword) and node.arg is None:
            self.refuse("LF310", node.value, "`**` in a call isn't part of the language")
            return False
        return True

    def _statement(self, node: ast.stmt) -> bool:
        if isinstance(node, (ast.For, ast.While)) and node.orelse:
            self.refuse("LF307", node.orelse[0], "A loop has no `else` here")
            return False
        if isinstance(node, ast.Assert) and node.msg is not None:
            self.refuse("LF307", node.msg, "`assert` has no message here: the story tells it")
            return False
        if isinstance(node, ast.Assign) and len(node.targets) > 1:
            self.refuse("LF307", node, "One assignment at a time")
            return False
        if isinstance(node, ast.Delete):
            target = node.targets[0]
            if len(node.targets) > 1 or not isinstance(target, ast.Subscript):
                self.refuse("LF307", node, "`del` removes one item of a map: `del sizes[key]`")
                return False
        return True

    def _expression(self, node: ast.expr, parent: ast.AST) -> bool:
        if isinstance(node, ast.Constant):
            if not isinstance(node.value, bool | int | float | str | None):
                self.refuse("LF308", node, "`...` and bytes aren't part of the language")
        elif isinstance(node, ast.Dict) and None in node.keys:
            self.refuse("LF310", node, "`**` in a display isn't part of the language")
            return False
        elif isinstance(node, ast.GeneratorExp):
            alone = isinstance(parent, ast.Call) and parent.args == [node] and not parent.keywords
            if not alone:
                self.refuse(
                    "LF308",
                    node,
                    "A generator expression stands alone in a call such as `any(…)`; "
                    "put brackets around it for a list",
                )
        elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
            self.refuse("LF308", node, _REFUSED_EXPRESSIONS["Slice"])
            return False
        return True
