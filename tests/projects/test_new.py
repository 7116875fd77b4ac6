"""``lawful new``: a project that its author can run, check and test at once."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from lawful.codegen import cli
from lawful.codegen.commands.new import Template
from lawful.codegen.projects import problem_with, requirement
from tests.project.documents import blocks

ROOT = Path(__file__).resolve().parents[2]
NAME = "Word-Counter"
PACKAGE = "word_counter"

Run = Callable[..., str]

# One worker makes the projects for all of them.
pytestmark = pytest.mark.xdist_group("projects")


def run(folder: Path, *command: str, code: int = 0) -> str:
    """Run a Python module's command in the project, with nothing of this repository's but lawful."""
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONPATH" and not k.startswith("PYTEST")}
    paths = {"PYTHONPATH": str(ROOT / ".dev"), "MYPYPATH": str(ROOT / ".dev")}
    command = (sys.executable, "-m", *command)
    done = subprocess.run(command, cwd=folder, env=kept | paths, capture_output=True, text=True)
    assert done.returncode == code, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module", params=list(Template))
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a project that was made from each template."""
    folder = tmp_path_factory.mktemp(request.param)
    assert cli.main(["new", NAME, "--template", request.param, "--in", str(folder)]) == 0
    return folder / NAME


def test_its_spec_is_fine_and_its_code_is_that_of_the_spec(project: Path) -> None:
    assert run(project, "lawful.codegen", "check", "spec").endswith("is fine\n")
    assert run(project, "lawful.codegen", "generate", "spec", "--check") == ""


def test_its_code_has_its_place_wherever_one_stands(project: Path) -> None:
    assert run(project / "tests", "lawful.codegen", "generate", "../spec", "--check") == ""


def test_its_generated_code_tells_how_to_write_it_again(project: Path) -> None:
    generated = project / PACKAGE / "generated"
    machine = generated / PACKAGE / "machine.py"
    before = machine.read_text()
    (line,) = [x for x in before.splitlines() if x.startswith("# Command: lawful ")]
    machine.unlink()
    run(project, "lawful.codegen", *line.removeprefix("# Command: lawful ").split())
    assert machine.read_text() == before


def test_the_readme_shows_how_its_workflow_begins(project: Path) -> None:
    workflow = yaml.safe_load((project / ".github/workflows/ci.yaml").read_text())
    (block,) = [block for block in blocks("README.md") if block.language == "yml"]
    shown = yaml.safe_load(block.text)["steps"]
    assert shown == workflow["jobs"]["test"]["steps"][: len(shown)]


def test_its_world_is_proved(project: Path) -> None:
    told = run(project, "lawful.codegen", "explore", f"spec/{PACKAGE}.yaml")
    assert told.endswith("\nproved\n")


def test_its_tests_pass_and_cover_the_whole_spec(project: Path) -> None:
    told = run(project, "pytest", "-q", "--lawful-cov-fail-under=100", "-p", "no:cacheprovider")
    assert " covered, 100 %" in told


def test_it_runs(project: Path) -> None:
    told = run(project, PACKAGE, "README.md", "pyproject.toml")
    files = told.splitlines()[:2]
    # Threads end in any order.
    assert sorted(files) == ["README.md done", "pyproject.toml done"]


@pytest.mark.parametrize(
    "command",
    [
        ("mypy", PACKAGE, "tests", "--cache-dir", os.devnull),
        ("ruff", "check", "--no-cache", "--select", "E,F,W,I,B,UP", "."),
        ("ruff", "format", "--no-cache", "--check", "."),
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_its_code_is_clean(project: Path, command: tuple[str, ...]) -> None:
    run(project, *command)


def test_its_ci_does_what_its_readme_says(project: Path) -> None:
    """Every command of the workflow that needs nothing of GitHub is run here, as it stands there."""
    workflow = yaml.safe_load((project / ".github/workflows/ci.yaml").read_text())
    commands = [step["run"] for step in workflow["jobs"]["test"]["steps"] if "run" in step]
    assert commands[0] == "pip install -e '.[test]'"
    for command in commands[1:]:
        program, *rest = command.split()
        run(project, "lawful.codegen" if program == "lawful" else program, *rest)


def test_its_hooks_pass_on_its_first_commit_and_stop_a_mistake(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(project, copy, ignore=shutil.ignore_patterns("__pycache__", ".*_cache"))
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PRE_COMMIT_HOME", str(tmp_path / "hooks"))
    for arguments in (("init", "-q"), ("add", "-A")):
        subprocess.run(("git", *arguments), cwd=copy, check=True)
    run(copy, "pre_commit", "run", "--all-files")
    spec = copy / "spec" / f"{PACKAGE}.yaml"
    spec.write_text(spec.read_text().replace("slots - active", "slots - actve"))
    told = run(copy, "pre_commit", "run", "--all-files", code=1)
    assert "actve" in told


def test_the_hooks_of_this_repository_are_well_formed() -> None:
    run(ROOT, "pre_commit", "validate-manifest", ".pre-commit-hooks.yaml")


def test_it_asks_for_the_lawful_that_made_it(project: Path) -> None:
    wanted = tomllib.loads((project / "pyproject.toml").read_text())["project"]["dependencies"]
    assert wanted == [requirement()]


@pytest.mark.parametrize(
    "name",
    ["", "1st", "a b", "a/b", "../up", "a--b", "-x", "x-", "class", "json", "Tests", "ünï", "a" * 51, "a.b", "a\n"],
)  # fmt: skip
def test_a_name_that_cant_be_used_is_refused_and_nothing_is_written(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["new", "--", name]) == 2
    assert not list(tmp_path.iterdir())
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "name" in said


@pytest.mark.parametrize("name", ["a", "A1", "my-worker", "my_worker", "HTTPServer", "x" * 50])
def test_a_name_that_can_be_used_makes_a_project_whose_machine_can_be_imported(
    name: str, tmp_path: Path
) -> None:
    assert problem_with(name) is None
    assert cli.main(["new", name, "--in", str(tmp_path)]) == 0
    run(tmp_path / name, name.lower().replace("-", "_"), "one")


def test_what_is_there_already_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "kept").write_text("kept")
    assert cli.main(["new", "mine", "--in", str(tmp_path)]) == 2
    assert "is there already" in capsys.readouterr().err
    assert [p.name for p in (tmp_path / "mine").iterdir()] == ["kept"]
    assert [p.name for p in tmp_path.iterdir()] == ["mine"]


def test_a_folder_that_cant_be_written_is_an_error_of_the_call(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert cli.main(["new", "mine", "--in", str(tmp_path / "file")]) == 2
    assert "can't write" in capsys.readouterr().err
