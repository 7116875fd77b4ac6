"""Coverage of processes that a test run starts: whatever ends them, what they took counts."""

from __future__ import annotations

import os

import pytest

from .conftest import TUTORIAL, Run
from .test_plugin import taken

COV = (f"--lawful-cov={TUTORIAL}", "--lawful-cov-report=json:cov.json")

CHILD = """
import os, signal, sys
{imports}
machine = Tutorial()
machine.handle(Add(url="a"))
{then}
"""
PARENT = """
import subprocess, sys

def test_a_child():
    subprocess.run([sys.executable, "child.py"], check={check})
"""


@pytest.mark.parametrize(
    "imports",
    [
        "from lawful.generated.tutorial import Add, Tutorial",
        "from lawful.generated.tutorial.machine import Tutorial\n"
        "from lawful.generated.tutorial.events import Add",
        "import lawful.runtime\nfrom lawful.generated.tutorial import Add, Tutorial",
    ],
)
def test_a_process_that_a_test_starts_is_measured_however_it_imports_the_machine(
    pytester: pytest.Pytester, run: Run, imports: str
) -> None:
    pytester.path.joinpath("child.py").write_text(CHILD.format(imports=imports, then=""))
    pytester.makepyfile(PARENT.format(check=True))
    run(*COV).assert_outcomes(passed=1)
    assert "transition File queued -> running" in taken(pytester)


@pytest.mark.parametrize(
    "end", ["os._exit(0)", "os.kill(os.getpid(), signal.SIGKILL)", "sys.exit(1)"]
)
def test_what_a_process_took_counts_however_it_ends(
    pytester: pytest.Pytester, run: Run, end: str
) -> None:
    imports = "from lawful.generated.tutorial import Add, Tutorial"
    pytester.path.joinpath("child.py").write_text(CHILD.format(imports=imports, then=end))
    pytester.makepyfile(PARENT.format(check=False))
    run(*COV).assert_outcomes(passed=1)
    assert "transition File queued -> running" in taken(pytester)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks here")
def test_a_fork_is_measured(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(
        """
        import os
        from lawful.generated.tutorial import Add, Tutorial

        def test_a_fork():
            child = os.fork()
            if not child:
                Tutorial().handle(Add(url="a"))
                os._exit(0)
            assert os.waitpid(child, 0)[1] == 0
        """
    )
    run(*COV, apart=True).assert_outcomes(passed=1)
    assert "transition File queued -> running" in taken(pytester)


def test_children_of_the_workers_of_xdist_are_measured_too(
    pytester: pytest.Pytester, run: Run
) -> None:
    imports = "from lawful.generated.tutorial import Add, Tutorial"
    pytester.path.joinpath("child.py").write_text(CHILD.format(imports=imports, then=""))
    pytester.makepyfile(PARENT.format(check=True))
    result = run(*COV, "-n", "1", apart=True)
    result.assert_outcomes(passed=1)
    assert "transition File queued -> running" in taken(pytester)


def test_a_process_measures_nothing_once_the_run_is_over(
    pytester: pytest.Pytester, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAWFUL_COVERAGE", '{"folder": "/nowhere", "machines": {"x": "X"}}')
    pytester.makepyfile(
        """
        import os
        from lawful.generated.tutorial import Tutorial

        def test_nothing():
            assert Tutorial.__module__ == "lawful.generated.tutorial.machine"
        """
    )
    run(apart=True).assert_outcomes(passed=1)
