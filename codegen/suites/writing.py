"""The tests of a machine, made and compared with what is there.

Finding them takes much longer than writing the machine, so ``rules.txt`` holds the hashes of all that they
are made from and of what was written; while these are right, nothing is found again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath

from ..checked import CheckedSpec
from ..digest import spec_hash
from ..naming import package_name

RULES = "rules.txt"


@dataclass(frozen=True)
class Tests:
    """The files of the tests of a machine, below the folder of tests; how many items there are, which
    the tests don't reach, and in a sentence how they take the pairs of transitions."""

    files: Mapping[PurePosixPath, str]
    items: int
    unreached: tuple[str, ...]
    pairs: str


def make(
    spec: CheckedSpec,
    spec_name: str,
    package: str,
    tell: Callable[[str], None] = lambda _: None,
) -> Tests | None:
    """Find and write the tests of a machine; None if it has no environment that tests can play in.
    ``package`` is what its package is imported as."""
    from .collect import collect
    from .render import Names, header, pairs_told, render, rules
    from .scout import Bounds

    collected = collect(spec, spec_name, Bounds(), tell)
    if collected is None:
        return None
    names = Names(spec_name, package)
    files = dict(render(collected, names))
    folder = PurePosixPath(package_name(spec.machine))
    body = rules(collected, names)
    head = [
        header(names),
        *_inputs(spec, spec_name, package),
        _written(files.values(), body),
        "# Each item, the place of its rule, and what stands there.",
    ]
    files[folder / RULES] = "\n".join(head) + "\n" + body
    unreached = tuple(collected.unreached)
    return Tests(files, len(collected.items), unreached, pairs_told(collected))


def is_current(spec: CheckedSpec, spec_name: str, package: str, root: Path) -> bool:
    """Whether the tests below ``root`` are those that ``make`` would write, going by their hashes."""
    folder = root / package_name(spec.machine)
    try:
        text = (folder / RULES).read_text(encoding="utf-8")
        others = {
            path.name: path.read_text(encoding="utf-8")
            for path in sorted(folder.iterdir())
            if path.suffix in (".py", ".txt") and path.name != RULES
        }
    except (OSError, UnicodeDecodeError):
        return False
    lines = text.splitlines(keepends=True)
    head = {line.rstrip("\n") for line in lines if line.startswith("#")}
    body = "".join(line for line in lines if not line.startswith("#"))
    wanted = {*_inputs(spec, spec_name, package), _written(others.values(), body)}
    return wanted <= head


def _inputs(spec: CheckedSpec, spec_name: str, package: str) -> tuple[str, ...]:
    return (
        f"# SHA-256 of the spec: {spec_hash(spec.sources, spec_name)}",
        f"# SHA-256 of how tests are made: {_how(package)}",
    )


def _written(files: Iterable[str], body: str) -> str:
    return f"# SHA-256 of what was written: {_digest([*sorted(files), body])}"


@cache
def _how(package: str) -> str:
    """What makes the tests, apart from the spec: this package and the interpreter. The rest of lawful
    changes them seldom; a full comparison (``--fresh``) notices that."""
    here = Path(__file__).resolve().parent
    sources = sorted([*here.glob("*.py"), *here.parent.glob("interpreter/*.py")])
    return _digest([package, *(path.read_text(encoding="utf-8") for path in sources)])


def _digest(parts: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()
