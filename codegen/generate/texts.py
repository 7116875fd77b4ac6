"""Text of a spec made part of Python source, so that it can't become anything but text.

Pure functions over strings. Knows nothing of specs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..checked import Literalish
from ..plain import one_line

_DIRECTIVE = re.compile(
    r"#*\s*(?=(?:type|pyright|mypy|fmt|ruff|isort|yapf|pylint|flake8|nosec|pragma)\s*:|noqa\b|nosec\b|region\b"
    r"|endregion\b|!|-\*-)",
    re.IGNORECASE,
)


def comment(text: str) -> str:
    """``text`` as the rest of a comment: one line, nothing invisible, no order to a tool.

    A text that begins like an order (``type: ignore``, ``noqa``) is put behind a bar, and a hash
    inside a text loses its meaning to tools that look for a second comment.
    """
    line = one_line(" ".join(text.split()))
    line = re.sub(r"#(?=\s*[^\s\d])", "#.", line)  # a number after it is an issue
    return f"| {line}" if _DIRECTIVE.match(line) else line


def literal(value: Literalish) -> str:
    """A default as a Python expression: immutable literals as they are, a list as ``[…]``."""
    match value:
        case bool() | int() | None:
            return repr(value)
        case float():
            text = repr(value)
            return text if text[-1].isdigit() else f'float("{text}")'
        case str():
            return quoted(value)
        case tuple():
            inner = ", ".join(map(literal, value))
            return f"({inner},)" if len(value) == 1 else f"({inner})"
        case list():
            return f"[{', '.join(map(literal, value))}]"


def quoted(text: str) -> str:
    """A string literal in double quotes where that needs no more escapes, on one line."""
    shown = repr(text)
    if shown[0] == "'" and '"' not in shown and "\\'" not in shown:
        return f'"{shown[1:-1]}"'
    return shown


def docstring(text: str, indent: str) -> list[str]:
    """Lines of a docstring whose value, dedented, is ``text`` without blank ends."""
    raw = [line.rstrip() for line in text.strip().split("\n")]
    # A quote at either end would become one with those around the docstring.
    begins, ends = raw[0].startswith('"'), raw[-1].endswith('"') and raw != ['"']
    raw[0] = raw[0][begins:]
    raw[-1] = raw[-1][:-1] if ends else raw[-1]
    lines = [_inside_docstring(line) for line in raw]
    lines[0] = f'\\"{lines[0]}' if begins else lines[0]
    lines[-1] = f'{lines[-1]}\\"' if ends else lines[-1]
    if len(lines) == 1:
        return [f'{indent}"""{lines[0]}"""']
    return [
        f'{indent}"""{lines[0]}',
        *(indent + line if line else "" for line in lines[1:]),
        f'{indent}"""',
    ]


def _inside_docstring(line: str) -> str:
    line = line.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return one_line(line)


def literal_type(values: Iterable[str]) -> str:
    """``Literal["a", "b"]``; ``Never`` without a value."""
    inner = ", ".join(map(quoted, values))
    return f"Literal[{inner}]" if inner else "Never"
