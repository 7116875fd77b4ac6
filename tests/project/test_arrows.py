"""Who may import whom: codegen and generated import runtime, tests import all, and no other arrow."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# The parts of runtime that need more than the standard library: each belongs to an extra, and only
# these may import a generated machine.
DRIVERS = {"downloader": "demo", "demo": "demo", "dask": "dask"}

# Machines whose messages are bound to classes that exist elsewhere, and the extra that has these.
BOUND = {"worker": "dask"}

# Where the name to import differs from the name to install.
IMPORT_NAMES = {"pyyaml": "yaml"}


def modules(package: str) -> list[Path]:
    return sorted(p for p in (ROOT / package).rglob("*.py"))


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Line and absolute dotted name of everything that a module imports, at the top or inside."""
    package = path.relative_to(ROOT).parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            if node.level == 0 and node.module == "lawful":
                for alias in node.names:
                    yield node.lineno, f"lawful.{alias.name}"
            elif node.level == 0:
                yield node.lineno, node.module or ""
            else:
                base = ("lawful", *package)[: len(package) + 2 - node.level]
                yield node.lineno, ".".join((*base, node.module or "")).strip(".")


def driver_of(path: Path) -> str | None:
    """The extra that a module of runtime belongs to."""
    return DRIVERS.get(path.relative_to(ROOT / "runtime").parts[0].removesuffix(".py"))


def distributions(extra: str | None) -> set[str]:
    """The top-level names that the project's dependencies, or those of an extra, are imported by."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    listed = project["dependencies"] if extra is None else project["optional-dependencies"][extra]
    names = (re.match(r"[\w.-]+", line) for line in listed)
    plain = [n.group().lower().replace("-", "_") for n in names if n]
    return {IMPORT_NAMES.get(n, n) for n in plain}


def test_codegen_imports_itself_runtime_and_its_dependencies() -> None:
    allowed = (
        distributions(None) | distributions("viz") | {"pydantic_core", "typer", "click", "pytest"}
    )
    wrong = []
    for path in modules("codegen"):
        for line, name in imports(path):
            top = name.split(".")[0]
            ours = name.startswith(("lawful.codegen", "lawful.runtime"))
            if not (ours or top in allowed or top in sys.stdlib_module_names):
                wrong.append(f"{path}:{line} imports {name}")
    assert not wrong


def test_generated_imports_runtime_and_the_standard_library() -> None:
    wrong = []
    for path in modules("generated"):
        machine = path.relative_to(ROOT / "generated").parts[0]
        bound = distributions(BOUND[machine]) if machine in BOUND else set()
        for line, name in imports(path):
            ours = name.startswith(("lawful.runtime", f"lawful.generated.{machine}"))
            if not (ours or name.split(".")[0] in sys.stdlib_module_names | bound):
                wrong.append(f"{path}:{line} imports {name}")
    assert not wrong


def test_runtime_imports_itself_and_only_a_driver_more() -> None:
    wrong = []
    for path in modules("runtime"):
        extra = driver_of(path)
        allowed = set() if extra is None else distributions(extra) | distributions(None)
        for line, name in imports(path):
            parts = name.split(".")
            if parts[0] == "lawful":
                inside = parts[1] == "runtime" and (extra or not set(parts[2:3]) & set(DRIVERS))
                machine = extra is not None and parts[1] == "generated"
                good = inside or machine
            else:
                good = parts[0] in sys.stdlib_module_names or parts[0] in allowed
            if not good:
                wrong.append(f"{path}:{line} imports {name}")
    assert not wrong


def test_across_packages_the_full_name_is_used() -> None:
    plain = re.compile(r"^(codegen|generated|runtime)(\.|$)")
    wrong = [
        f"{path}:{line} imports {name}"
        for package in ("codegen", "generated", "runtime", "tests")
        for path in modules(package)
        for line, name in imports(path)
        if plain.match(name)
    ]
    assert not wrong


def imported_by(statement: str) -> set[str]:
    """The top-level modules that a fresh interpreter holds after the statement."""
    program = (
        f"import sys; sys.path.insert(0, {str(ROOT / '.dev')!r}); before = set(sys.modules)\n"
        f"{statement}\nprint(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True
    )
    return {name.split(".")[0] for name in done.stdout.split()}


@pytest.mark.parametrize(
    "statement",
    ["import lawful.runtime", "import lawful.generated.tutorial"],
)
def test_in_production_nothing_but_the_standard_library_is_loaded(statement: str) -> None:
    assert imported_by(statement) - set(sys.stdlib_module_names) == {"lawful"}


def test_every_core_module_of_runtime_loads_nothing_but_the_standard_library() -> None:
    names = [
        ".".join(("lawful", *p.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__")
        for p in modules("runtime")
        if driver_of(p) is None
    ]
    loaded = imported_by("import " + ", ".join(names))
    assert loaded - set(sys.stdlib_module_names) == {"lawful"}


def test_production_never_loads_codegen() -> None:
    program = "import lawful.generated.tutorial, lawful.generated.downloader"
    code = f"import sys; sys.path.insert(0, {str(ROOT / '.dev')!r})\n{program}\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True
    )
    assert not [name for name in done.stdout.split() if name.startswith("lawful.codegen")]
