"""Imports of a generated module: exactly the names that its body uses, in the order that linters ask.

Knows Python's syntax tree; knows nothing of specs.
"""

from __future__ import annotations

import ast
import gc
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

STANDARD = {
    "Any": "typing",
    "ClassVar": "typing",
    "Literal": "typing",
    "Never": "typing",
    "Protocol": "typing",
    "TYPE_CHECKING": "typing",
    "TypeAlias": "typing",
    "Unpack": "typing",
    "assert_never": "typing",
    "Callable": "collections.abc",
    "Collection": "collections.abc",
    "Iterable": "collections.abc",
    "Mapping": "collections.abc",
    "dataclass": "dataclasses",
    "field": "dataclasses",
    "attrgetter": "operator",
    "partial": "functools",
}
"""Names of the standard library that generated modules may use."""

RUNTIME = dict.fromkeys(
    (
        "Contract DefaultMap EMPTY EMPTY_LIST EMPTY_MAP Entity Heap HostFailure Machine MachineOptions OrderedSet UniqueRequests"
        " maker recommend"
    ).split(),
    "lawful.runtime",
) | {"coverage": "lawful.runtime", "runtime": "lawful"}
"""Names of the runtime that generated modules may use."""


def used_names(body: str) -> frozenset[str]:
    """Every name that a module reads. ``SyntaxError`` if the body isn't Python, which would be ours."""
    # The tree is large, lives for a moment and has no cycles: the collector would only walk it over
    # and over, and take longer than the parser.
    collecting = gc.isenabled()
    gc.disable()
    try:
        return frozenset(
            node.id
            for node in ast.walk(ast.parse(body))
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
        )
    finally:
        if collecting:
            gc.enable()


def import_lines(
    used: Iterable[str], available: Mapping[str, str], taken: Mapping[str, str] = {}
) -> list[str]:
    """The import statements for the names in ``used``. ``available`` maps a name to its module; ``taken``
    maps a name to ``module:Class`` for classes that exist elsewhere and are imported in any case."""
    modules: dict[str, set[str]] = {}
    for name in used:
        module = available.get(name)
        if module is not None and name not in taken:
            modules.setdefault(module, set()).add(name)
    lines: list[tuple[int, tuple[Any, ...], str]] = []
    for module, names in modules.items():
        inner = ", ".join(sorted(names, key=member_key))
        lines.append((_section(module), _module(module), f"from {module} import {inner}"))
    lines += [(3, key, line) for key, line in _bound(taken)]
    result: list[str] = []
    for section in (1, 2, 3, 4):
        found = sorted((key, line) for s, key, line in lines if s == section)
        if found and result:
            result.append("")
        result += [line for _, line in found]
    return result


def bound_import_lines(taken: Mapping[str, str]) -> list[str]:
    """The import statements of classes that exist elsewhere, in order; ``taken`` as above."""
    return [line for _, line in sorted(_bound(taken))]


def _bound(taken: Mapping[str, str]) -> Iterator[tuple[tuple[Any, ...], str]]:
    for name, bind in taken.items():
        module, _, original = bind.partition(":")
        yield (*_module(module), member_key(original)), f"from {module} import {original} as {name}"


def _section(module: str) -> int:
    if module.startswith("."):
        return 4
    return 3 if module == "lawful" or module.startswith("lawful.") else 1


def natural(text: str) -> tuple[tuple[int, int | str], ...]:
    """A key that sorts ``a2`` before ``a10``."""
    parts = re.findall(r"[0-9]+|[^0-9]+", text)
    return tuple((0, int(p)) if p.isdigit() else (1, p) for p in parts)


def _module(module: str) -> tuple[Any, ...]:
    return (natural(module.lower()),)


def member_key(name: str) -> tuple[Any, ...]:
    """Constants, classes, variables; each in natural order."""
    kind = 0 if len(name) > 1 and name.isupper() else 1 if name[:1].isupper() else 2
    return kind, natural(name.lower()), name


def export_key(name: str) -> tuple[Any, ...]:
    """The order of ``__all__``: as that of imports, but capitals come first."""
    return member_key(name)[0], natural(name)
