"""A new project around a spec: which files it consists of, in memory.

Knows the project templates under ``templates/new`` and how names follow from the project's; writes nothing.
"""

from __future__ import annotations

import json
import keyword
import re
import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path, PurePosixPath

import jinja2

from .generate.formatting import format_python
from .naming import package_name, words

_TEMPLATES = Path(__file__).resolve().parent / "templates" / "new"
_NAME = re.compile(r"[A-Za-z](?:[A-Za-z0-9]|[-_](?=[A-Za-z0-9]))*")
_DOTTED = {"gitignore": ".gitignore", "pre-commit-config.yaml": ".pre-commit-config.yaml"}
_MOVED = {
    "ci.yaml": ".github/workflows/ci.yaml"
}  # a folder that begins with a dot is easily overlooked
_TAKEN = frozenset({"lawful", "generated", "spec", "tests", "test"})
_LONGEST = 50  # characters of a name


# What a project begins with, by the name of its template: what it is about, and words for its command line.
_ABOUT = {
    "minimal": "Runs jobs, a few at a time.",
    "worker": "Runs tasks that need each other, in threads, the most urgent first.",
}
_EXAMPLE = {
    "minimal": "one two three",
    "worker": "README.md pyproject.toml  # files end in any order, the total last",
}


def problem_with(name: str) -> str | None:
    """Why a project can't be called that, and what to do; None if it can."""
    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        return (
            f"{name!r} can't be the name of a project: it begins with a letter, goes on with letters, "
            f"digits and single dashes, and has at most {_LONGEST} characters"
        )
    package = _package(name)
    if keyword.iskeyword(package) or package in _TAKEN or package in sys.stdlib_module_names:
        return (
            f"{name!r} can't be the name of a project: Python or lawful has a {package!r} already"
        )
    return None


def _package(name: str) -> str:
    return re.sub("[-_]+", "_", name).lower()


def files(name: str, template: str) -> dict[PurePosixPath, str]:
    """All files of the project but the generated code: paths relative to its folder, and their text.

    ``name`` is one that ``problem_with`` has nothing against; ``template`` is "minimal" or "worker".
    """
    package = _package(name)
    machine = "".join(word.capitalize() for word in words(package))
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    values = {
        "name": name,
        "package": package,
        "machine": machine,
        "module": package_name(machine),
        "about": _ABOUT[template],
        "example": _EXAMPLE[template],
        "requirement": requirement(),
    }
    found = {}
    for part in ("common", template):
        for path in sorted((_TEMPLATES / part).rglob("*.j2")):
            source = path.relative_to(_TEMPLATES).as_posix()
            place = path.relative_to(_TEMPLATES / part).as_posix().removesuffix(".j2")
            place = _DOTTED.get(place, _MOVED.get(place, place)).replace("PACKAGE", package)
            found[PurePosixPath(place)] = environment.get_template(source).render(values)
    # How long a line is, and where a name is sorted, depends on the name.
    return format_python(found, first_party=package)


def requirement() -> str:
    """The requirement that installs this lawful again: its version, or where it was installed from if that
    is not an index (PEP 610)."""
    try:
        installed = distribution("lawful")
    except PackageNotFoundError:
        return "lawful"
    address = _address(installed)
    return f"lawful @ {address}" if address else f"lawful=={installed.version}"


def _address(installed: Distribution) -> str | None:
    try:
        origin = json.loads(installed.read_text("direct_url.json") or "{}")
        address = origin.get("url")
        version = origin.get("vcs_info")
        if address and version:
            return f"{version['vcs']}+{address}@{version['commit_id']}"
    except (ValueError, AttributeError, KeyError, TypeError):
        return None
    return address if isinstance(address, str) else None
