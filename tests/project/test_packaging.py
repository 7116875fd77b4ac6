"""What is built and installed holds what it must and nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("codegen", "generated", "runtime")

# One worker builds for all of them.
pytestmark = pytest.mark.xdist_group("packaging")


def run(*command: str | Path, cwd: Path) -> str:
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@dataclass(frozen=True)
class Built:
    source: Path
    sdist: Path
    wheel: Path


def files_of(folder: Path) -> set[str]:
    """Every file below, relative and posix, caches left out."""
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The source distribution, and the wheel that is built from it alone."""
    source = tmp_path_factory.mktemp("source") / "lawful"
    skip = shutil.ignore_patterns(".venv", ".git", "__pycache__", ".*_cache", ".hypothesis")
    shutil.copytree(ROOT, source, symlinks=True, ignore=skip)
    out = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", out, source, cwd=out)
    (sdist,) = out.glob("*.tar.gz")
    (wheel,) = out.glob("*.whl")
    return Built(source, sdist, wheel)


@pytest.fixture(scope="module")
def in_wheel(built: Built) -> set[str]:
    with zipfile.ZipFile(built.wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_holds_every_file_of_the_three_packages(in_wheel: set[str]) -> None:
    for package in PACKAGES:
        found = {n.removeprefix(f"lawful/{package}/") for n in in_wheel if f"/{package}/" in n}
        assert found == files_of(ROOT / package)


def test_the_wheel_holds_nothing_else(in_wheel: set[str]) -> None:
    assert {tuple(n.split("/")[:2]) for n in in_wheel if "dist-info" not in n} == {
        ("lawful", package) for package in PACKAGES
    }
    code = [n for n in in_wheel if n.endswith(".py")]
    assert not [n for n in code if "/test_" in n or "conftest" in n]


def test_the_wheel_holds_what_is_not_python(in_wheel: set[str]) -> None:
    for package in PACKAGES:
        assert f"lawful/{package}/py.typed" in in_wheel
    assert "lawful/codegen/schema/spec.schema.json" in in_wheel
    assert any(n.startswith("lawful/codegen/templates/") for n in in_wheel)
    assert any(n.startswith("lawful/codegen/codes/") for n in in_wheel)
    assert any(n.endswith("dist-info/licenses/LICENSE") for n in in_wheel)


def test_every_generated_machine_is_marked_as_typed(in_wheel: set[str]) -> None:
    machines = {
        n.split("/")[2] for n in in_wheel if n.startswith("lawful/generated/") and n.count("/") > 2
    }
    assert machines
    for machine in machines:
        assert f"lawful/generated/{machine}/py.typed" in in_wheel


def test_the_source_distribution_can_run_the_tests(built: Built) -> None:
    with tarfile.open(built.sdist) as archive:
        names = {n.split("/", 1)[1] for n in archive.getnames() if "/" in n}
    for needed in ("pyproject.toml", "README.md", "LICENSE", "spec/tutorial.yaml", "Makefile"):
        assert needed in names
    assert "tests/project/test_packaging.py" in names
    assert ".dev/lawful/runtime" in names or ".dev/lawful/runtime/__init__.py" in names


def new_venv(folder: Path) -> Path:
    """A virtual environment without pip that sees what is installed here, this project excepted: a
    path file adds the folder, and path files inside that folder (an editable install) are not read."""
    venv.create(folder, with_pip=False, symlinks=True)
    packages = sysconfig.get_path("purelib")
    site = Path(
        run(
            folder / "bin/python",
            "-c",
            "import sysconfig; print(sysconfig.get_path('purelib'))",
            cwd=folder,
        ).strip()
    )
    (site / "outside.pth").write_text(packages + "\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize("what", ["wheel", "folder", "editable"])
def test_an_install_has_a_command_that_works(what: str, built: Built, tmp_path: Path) -> None:
    environment = new_venv(tmp_path / "venv")
    wanted = {
        "wheel": [str(built.wheel)],
        "folder": [str(built.source)],
        "editable": ["--editable", str(built.source)],
    }[what]
    pip = (sys.executable, "-m", "pip", "--python", environment / "bin/python", "install")
    options = ("--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--ignore-installed")
    run(*pip, *options, *wanted, cwd=tmp_path)

    lawful = environment / "bin/lawful"
    spec = tmp_path / "tutorial.yaml"
    shutil.copy(ROOT / "spec/tutorial.yaml", spec)
    assert run(lawful, "--version", cwd=tmp_path).split()[-1] == "0.1.0"
    run(lawful, "check", spec, cwd=tmp_path)
    where = run(
        environment / "bin/python",
        "-c",
        "import lawful.codegen, lawful.runtime, lawful.generated.tutorial as t; print(t.__file__)",
        cwd=tmp_path,
    )
    inside = built.source if what == "editable" else environment
    assert Path(where.strip()).resolve().is_relative_to(inside.resolve())
