"""``pytest --lawful-cov``: what it counts, how it reports, how it fails, and that it is quiet when off.

On the tutorial's machine as it is generated, in projects that a user might have.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from .conftest import ROOT, TUTORIAL, Run

COV = f"--lawful-cov={TUTORIAL}"

ONE_TEST = """
    from lawful.generated.tutorial import Add, Tutorial

    def test_add():
        assert Tutorial().handle(Add(url="a"))
"""
ANOTHER_TEST = """
    from lawful.generated.tutorial.machine import Tutorial
    from lawful.generated.tutorial import Add, Fetched

    def test_fetched():
        machine = Tutorial()
        machine.handle(Add(url="a"))
        machine.handle(Fetched(url="a", size=1))
"""


def report(pytester: pytest.Pytester) -> dict[str, int]:
    """The items of the file ``cov.json``: name -> runs that took it."""
    data: Any = json.loads((pytester.path / "cov.json").read_text(encoding="utf-8"))
    assert data["spec"] == "spec/tutorial.yaml"
    return {f"{kind} {name}": count for kind, name, _, count in data["items"]}


def taken(pytester: pytest.Pytester) -> set[str]:
    return {name for name, count in report(pytester).items() if count}


# --------------------------------------------------------------------------------- what is counted


def test_what_a_test_took_is_covered_and_nothing_else(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(ONE_TEST)
    run(COV, "--lawful-cov-report=json:cov.json").assert_outcomes(passed=1)
    covered = taken(pytester)
    assert {name for name in covered if name.startswith("transition")} == {
        "transition File queued -> running"
    }
    assert [name for name in covered if name.startswith("cell")] == [
        name for name in report(pytester) if name.startswith("cell") and re.search(r"\bnew\b", name)
    ]


@pytest.mark.parametrize(
    "conftest",
    [
        "from lawful.generated.tutorial import Tutorial as Kept",
        "from lawful.generated.tutorial.machine import Tutorial as Kept",
        "import lawful.generated.tutorial as t\nclass Kept(t.Tutorial): pass",
    ],
)
def test_a_class_that_a_conftest_took_first_is_measured(
    pytester: pytest.Pytester, run: Run, conftest: str
) -> None:
    pytester.makeconftest(conftest)
    pytester.makepyfile(
        """
        from conftest import Kept
        from lawful.generated.tutorial import Add

        def test_add():
            assert Kept().handle(Add(url="a"))
        """
    )
    run(COV, "--lawful-cov-report=json:cov.json").assert_outcomes(passed=1)
    assert "transition File queued -> running" in taken(pytester)


def test_a_subclass_that_overrides_a_method_is_measured(
    pytester: pytest.Pytester, run: Run
) -> None:
    pytester.makepyfile(
        """
        from lawful.generated.tutorial import Add, Tutorial

        class Counting(Tutorial):
            seen = 0

            def handle_event(self, event):
                self.seen += 1
                return super().handle_event(event)

        def test_add():
            machine = Counting()
            machine.handle(Add(url="a"))
            assert machine.seen == 1
        """
    )
    run(COV, "--lawful-cov-report=json:cov.json").assert_outcomes(passed=1)
    assert "transition File queued -> running" in taken(pytester)


def test_what_was_made_before_measuring_began_is_told(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(
        early="""
        from lawful.generated.tutorial import Tutorial

        class Early(Tutorial):
            pass
        """,
        test_early="from early import Early\ndef test_early(): pass",
    )
    pytester.syspathinsert()
    result = run("-p", "early", COV, apart=True)
    result.stdout.fnmatch_lines(
        ["*early.Early was made before measuring began and is not measured"]
    )


def test_workers_of_xdist_add_up(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(test_one=ONE_TEST, test_two=ANOTHER_TEST)
    run(COV, "--lawful-cov-report=json:cov.json").assert_outcomes(passed=2)
    alone = taken(pytester)
    result = run(COV, "--lawful-cov-report=json:cov.json", "-n2", "--dist=loadfile", apart=True)
    result.assert_outcomes(passed=2)
    assert taken(pytester) == alone
    assert report(pytester)["transition File queued -> running"] == 2  # both workers took it


def test_a_worker_that_dies_takes_its_coverage_with_it_and_that_is_told(
    pytester: pytest.Pytester, run: Run
) -> None:
    pytester.makepyfile("import os\ndef test_crash(): os._exit(3)")
    result = run(COV, "-n1", "--max-worker-restart=0", apart=True)
    result.stdout.fnmatch_lines(["lawful: gw0 ended without its coverage*"])


def test_a_run_leaves_the_process_as_it_was(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(
        inner=ONE_TEST,
        test_twice=f"""
        import pytest
        import lawful.generated.tutorial as package
        from lawful.generated.tutorial import instrumented

        def test_twice(pytestconfig):
            before = package.Tutorial, package.machine.Tutorial
            plugin = pytestconfig.pluginmanager.get_plugin("lawful") or "lawful.codegen.pytest_plugin"
            plugins = [] if isinstance(plugin, str) else [plugin]
            more = ["-p", plugin] if isinstance(plugin, str) else []
            for _ in range(2):
                assert pytest.main([*more, "-q", "inner.py", {COV!r}], plugins=[]) == 0
                assert (package.Tutorial, package.machine.Tutorial) == before
                assert not any(instrumented.HITS)
        """,
    )
    result = run("-s", "test_twice.py", apart=True)
    result.assert_outcomes(passed=1)
    counted = re.findall(r"Tutorial .*: (\d+) of", result.stdout.str())
    assert len(counted) == 2
    assert len(set(counted)) == 1


# ------------------------------------------------------------------------------------- how it reports


def test_the_table_names_what_is_missing_with_its_place_and_its_line(
    pytester: pytest.Pytester, run: Run
) -> None:
    pytester.makepyfile(ONE_TEST)
    result = run(COV)
    result.stdout.re_match_lines([rf"Tutorial \({TUTORIAL}\): \d+ of \d+ covered, [\d.]+ %"])
    (line,) = [line for line in result.outlines if "running -> done" in line]
    found = re.fullmatch(
        r" +spec/tutorial\.yaml:(\d+) +transition File running -> done +(.*)", line
    )
    assert found is not None
    lines = TUTORIAL.read_text(encoding="utf-8").split("\n")
    assert lines[int(found[1]) - 1].strip() == found[2]


def test_a_file_alone_leaves_the_terminal_alone(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(ONE_TEST)
    result = run(COV, "--lawful-cov-report=json:cov.json")
    result.stdout.no_fnmatch_line("*covered*")
    assert (pytester.path / "cov.json").exists()
    both = run(COV, "--lawful-cov-report=json:cov.json", "--lawful-cov-report=term")
    both.stdout.fnmatch_lines(["*covered*"])


def test_the_same_run_writes_the_same_bytes(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(ONE_TEST)
    run(COV, "--lawful-cov-report=json:one.json")
    run(COV, "--lawful-cov-report=json:two.json")
    assert (pytester.path / "one.json").read_bytes() == (pytester.path / "two.json").read_bytes()


def test_collecting_measures_nothing(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(ONE_TEST)
    result = run(COV, "--collect-only", "--lawful-cov-fail-under=100")
    assert result.ret == 0
    result.stdout.no_fnmatch_line("*covered*")


# --------------------------------------------------------------------------------------- how it fails


def test_a_run_that_covers_too_little_fails(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(ONE_TEST)
    assert run(COV, "--lawful-cov-fail-under=5").ret == 0
    result = run(COV, "--lawful-cov-fail-under=100")
    assert result.ret == 1
    result.stdout.re_match_lines([r"FAIL Tutorial: [\d.]+ % is covered, and 100 % is required"])


def test_a_run_with_workers_that_covers_too_little_fails(
    pytester: pytest.Pytester, run: Run
) -> None:
    pytester.makepyfile(ONE_TEST)
    assert run(COV, "-n1", "--lawful-cov-fail-under=100", apart=True).ret == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--lawful-cov=nowhere.yaml"], 'there is no file "nowhere.yaml"'),
        (["--lawful-cov-fail-under=3"], "says nothing without --lawful-cov=SPEC"),
        ([COV, "--lawful-cov-fail-under=101"], "in percent, and 101 is not"),
        ([COV, "--lawful-cov-report=html"], '"term" or "json:FILE", not "html"'),
        ([COV, "--lawful-cov-package=nowhere.at_all"], "can't import nowhere.at_all"),
        ([COV, "--lawful-cov-package=json"], "no generated package of Tutorial"),
    ],
)
def test_a_wrong_call_is_one_sentence(
    pytester: pytest.Pytester, run: Run, arguments: list[str], sentence: str
) -> None:
    pytester.makepyfile(ONE_TEST)
    result = run(*arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert sentence in result.stderr.str()
    assert "Traceback" not in result.stderr.str() + result.stdout.str()


def test_a_report_that_cannot_be_written_fails_the_run(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(ONE_TEST)
    result = run(COV, "--lawful-cov-report=json:no/such/folder.json")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*can't write no/such/folder.json: No such file or directory"])


def test_a_twin_of_another_version_is_refused_with_the_command_to_run(
    pytester: pytest.Pytester, run: Run
) -> None:
    spec = pytester.mkdir("spec") / "tutorial.yaml"
    spec.write_text(TUTORIAL.read_text(encoding="utf-8") + "# more\n", encoding="utf-8")
    pytester.makepyfile(ONE_TEST)
    result = run("--lawful-cov=spec/tutorial.yaml")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "another version of spec/tutorial.yaml" in result.stderr.str()
    assert "lawful generate spec/tutorial.yaml" in result.stderr.str()


def test_a_spec_with_mistakes_is_refused_with_its_first(
    pytester: pytest.Pytester, run: Run
) -> None:
    (pytester.path / "bad.yaml").write_text("lawful: 1\nmachine: Bad\ncolour: red\n", "utf-8")
    result = run("--lawful-cov=bad.yaml")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "bad.yaml:3:1" in result.stderr.str()
    assert "lawful check bad.yaml" in result.stderr.str()


# ------------------------------------------------------------------------------ where the package is


@pytest.mark.parametrize("home", ["generated/tutorial", "tutorial"])
def test_a_package_beside_the_tests_is_found(
    pytester: pytest.Pytester, run: Run, home: str
) -> None:
    package = pytester.path / home
    shutil.copytree(ROOT / "generated" / "tutorial", package)
    spec = pytester.mkdir("spec") / "tutorial.yaml"
    spec.write_text(TUTORIAL.read_text(encoding="utf-8") + "# ours\n", encoding="utf-8")
    _stamp(package, spec)
    pytester.makepyfile(ONE_TEST.replace("lawful.generated.tutorial", home.replace("/", ".")))
    arguments = ("--lawful-cov=spec/tutorial.yaml", "--lawful-cov-report=json:cov.json")
    run(*arguments, apart=True).assert_outcomes(passed=1)
    assert "transition File queued -> running" in taken(pytester)


def _stamp(package: Path, spec: Path) -> None:
    """Make the package the one of ``spec``, which differs in a comment only."""
    from lawful.codegen.digest import spec_hash

    old = spec_hash({"s": TUTORIAL.read_text(encoding="utf-8")}, "spec/tutorial.yaml")
    new = spec_hash({"s": spec.read_text(encoding="utf-8")}, "spec/tutorial.yaml")
    for file in package.glob("*.py"):
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace(old, new), encoding="utf-8")


def test_a_script_that_bears_the_machines_name_is_not_run(
    pytester: pytest.Pytester, run: Run
) -> None:
    pytester.makepyfile(tutorial="raise SystemExit('this was run')", test_one=ONE_TEST)
    run(COV).assert_outcomes(passed=1)


# ------------------------------------------------------------------------------------------ when off


def test_without_its_options_the_plugin_imports_nothing() -> None:
    code = (
        "import sys, pytest; before = set(sys.modules);"
        "import lawful.codegen.pytest_plugin;"
        "print(*sorted(set(sys.modules) - before))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(ROOT / ".dev")},
        check=True,
        capture_output=True,
        text=True,
    )
    assert result.stdout.split() == ["lawful", "lawful.codegen", "lawful.codegen.pytest_plugin"]


def test_without_its_options_the_plugin_says_nothing(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(ONE_TEST)
    result = run()
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*coverage*")
