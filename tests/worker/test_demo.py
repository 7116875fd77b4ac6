"""The demonstration on a cluster: what it shows, what it finds wrong, a killed worker, and Ctrl-C."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pexpect
import psutil  # type: ignore[import-untyped]  # comes with distributed, without types
import pytest
from distributed import worker_state_machine as upstream

from lawful.runtime.dask import WorkerState
from lawful.runtime.dask.demo import command, run, scenes, stage
from lawful.runtime.dask.demo.data import largest_orders, write_orders
from lawful.runtime.dask.demo.journal import DECLARED, Move, all_events, all_moves
from lawful.runtime.dask.demo.run import NAME, Plan, Run
from tests.project.documents import blocks, commands, matches

ROOT = Path(__file__).resolve().parents[2]
DEMO = [sys.executable, "-m", "lawful.runtime.dask.demo"]
ENVIRONMENT = {
    **os.environ,
    "PYTHONPATH": str(ROOT / ".dev"),
    "PYTHONUNBUFFERED": "1",
    # dask says it on stderr where the disk is busy.
    "PYTHONWARNINGS": "ignore:Creating scratch directories is taking",
}
FILES = 30

pytestmark = [
    # What distributed itself leaves open when a cluster goes is not our affair.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.xdist_group("cluster"),
]


class Silent:
    """A display that shows nothing and keeps what it was told."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.done = 0

    def note(self, text: str) -> None:
        self.notes.append(text)

    def advance(self, done: int) -> None:
        self.done = done


def played(folder: Path, machine: type = WorkerState) -> Run:
    """A run over 30 files, at its end."""
    plan = Plan(folder, write_orders(folder / "orders", FILES), machine=machine)
    small = Run(plan, Silent())
    small.go()
    return small


@pytest.fixture(scope="module")
def small_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return played(tmp_path_factory.mktemp("run"))


def test_every_result_is_what_plain_python_says(small_run: Run) -> None:
    assert small_run.checks.problems == []
    # each file, each customer, each item twice
    assert small_run.checks.count > FILES + 100 + 2 * 8


def test_every_task_that_was_planned_has_been_computed(small_run: Run) -> None:
    assert isinstance(small_run.display, Silent)
    assert small_run.display.done >= scenes.planned(small_run.plan.orders.files)


def test_every_process_ran_on_our_class(small_run: Run) -> None:
    assert [journal.machine for journal in small_run.journals] == [NAME] * 3
    assert NAME == "lawful.runtime.dask.state.WorkerState"


def test_a_cluster_on_another_class_is_found_out(tmp_path: Path) -> None:
    other = played(tmp_path, upstream.WorkerState)
    assert len(other.checks.problems) == 2
    for problem in other.checks.problems:
        assert re.fullmatch(
            r"the class that worker \d+ runs: 'distributed.worker_state_machine.WorkerState', "
            rf"and it should be '{NAME}'\.",
            problem,
        )


def test_a_worker_is_killed_at_work_and_another_process_comes_back(small_run: Run) -> None:
    (pid,) = small_run.killed
    (killed,) = (journal for journal in small_run.journals if journal.pid == pid)
    assert killed.resting_in("executing") > 0
    assert killed.computed > 0
    assert small_run.journals[-1].pid != pid
    assert small_run.journals[-1].computed > 0
    assert not psutil.pid_exists(pid)


@pytest.mark.parametrize(
    ("what", "move"),
    [
        ("data moves", Move("flight", "memory", "memory")),
        ("a task fails", Move("executing", "error", "error")),
        ("a task secedes", Move("executing", "long-running", "long-running")),
        ("a seceded task ends", Move("long-running", "memory", "memory")),
        ("a task is cancelled while it runs", Move("executing", "released", "cancelled")),
        ("a cancelled task goes on", Move("cancelled", "waiting", "executing")),
        ("a task needs a resource", Move("constrained", "executing", "executing")),
        ("a task goes elsewhere", Move("executing", "rescheduled", "released")),
        ("a client gives data", Move("released", "memory", "memory")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_run_has_what_it_promises(small_run: Run, what: str, move: Move) -> None:
    assert all_moves(small_run.journals)[move] > 0, what


def test_what_is_computed_balances(small_run: Run) -> None:
    """Nothing is computed that was not asked for, and all that was has ended, but for the killed one's."""
    for journal in small_run.journals:
        if journal.pid not in small_run.killed:
            for state in {start for start, _ in DECLARED} - {"released"}:
                assert journal.resting_in(state) == 0, state
    events = all_events(small_run.journals)
    assert events["ComputeTaskEvent"] >= events["ExecuteSuccessEvent"] > 0


# The command


@pytest.fixture(scope="module")
def shown() -> subprocess.CompletedProcess[str]:
    """The quick demonstration, as a whole process that writes into a pipe."""
    return subprocess.run(
        [*DEMO, "--quick"], capture_output=True, text=True, env=ENVIRONMENT, check=False
    )


def test_it_shows_what_happened_and_ends_well(shown: subprocess.CompletedProcess[str]) -> None:
    assert shown.stderr == ""
    assert shown.returncode == 0
    assert "\x1b" not in shown.stdout
    for expected in (
        "Transitions that fired",
        "Events that were handled",
        "Worker processes",
        "3 of 3 processes ran lawful.runtime.dask.state.WorkerState.",
    ):
        assert expected in shown.stdout


def test_the_readme_shows_what_it_prints(shown: subprocess.CompletedProcess[str]) -> None:
    (said,) = (
        said
        for block in blocks("README.md")
        if block.language == "console"
        for said in commands(block)
        if said.text == "python -m lawful.runtime.dask.demo --quick"
    )
    printed = "".join(f"{line.rstrip()}\n" for line in shown.stdout.splitlines())
    assert matches(said.printed, printed), printed


def test_a_wrong_result_is_found_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def wrong(files: list[Path]) -> dict[str, int]:
        largest = largest_orders(files)
        return {**largest, "customer-7": largest["customer-7"] + 1}

    monkeypatch.setattr(scenes, "largest_orders", wrong)
    assert command.main(["--tasks", "200"]) == 1
    said = capsys.readouterr()
    assert re.fullmatch(r"the largest order of customer-7: \d+, and it should be \d+\.\n", said.err)
    assert "checks are passed" not in said.out


def test_what_does_not_come_is_a_fault_and_no_hang(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def waiting(stage: stage.Stage) -> None:
        stage.until("the cows come home", lambda: False)

    monkeypatch.setattr(stage, "PATIENCE", 0)
    monkeypatch.setattr(run, "SCENES", [waiting])
    assert command.main(["--tasks", "200"]) == 1
    assert (
        "Something doesn't come: the cows come home: not within 0 s (in 'waiting')."
        in capsys.readouterr().err
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--tasks", "3"], "--tasks must be at least 200"),
        (["--workers", "1"], "--workers must be at least 2"),
        (["--tasks", "many"], "invalid int value"),
        (["--folder", "/dev/null/x"], "can't go on: [Errno 20] Not a directory"),
        (["--folder", str(ROOT)], "is not empty"),
    ],
)
def test_a_wrong_call_gets_a_sentence(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code: Any = command.main(arguments)
    except SystemExit as leaving:
        code = leaving.code
    assert code == 2
    assert sentence in capsys.readouterr().err


def test_without_dask_it_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "distributed.py").write_text("raise ModuleNotFoundError('no', name='distributed')")
    path = os.pathsep.join([str(tmp_path), ENVIRONMENT["PYTHONPATH"]])
    done = subprocess.run(
        DEMO, capture_output=True, text=True, env={**ENVIRONMENT, "PYTHONPATH": path}, check=False
    )
    assert done.returncode == 2
    assert done.stderr == 'The demonstration needs dask: pip install "lawful[dask]"\n'


# Interrupted

LONGER = [*DEMO, "--tasks", "1000"]
LEFT = "Interrupted. The cluster is closed, its processes are gone."


def assert_nothing_is_left(temporary: Path, processes: list[psutil.Process]) -> None:
    assert list(temporary.iterdir()) == []
    # The one that cleans up after all others ends a moment after the command itself.
    _, alive = psutil.wait_procs(processes, timeout=300)
    assert not alive


@pytest.mark.parametrize(
    ("line", "times"),
    [
        pytest.param("The generated worker", 1, id="before there is a cluster"),
        pytest.param(r"\d of [\d,]+ tasks", 1, id="at work"),
        pytest.param("The nanny has started", 2, id="twice, when a worker is just back"),
    ],
)
def test_ctrl_c_leaves_nothing_behind(tmp_path: Path, line: str, times: int) -> None:
    with subprocess.Popen(
        LONGER,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**ENVIRONMENT, "TMPDIR": str(tmp_path)},
    ) as process:
        assert process.stdout is not None
        for printed in process.stdout:
            if re.search(line, printed):
                break
        children = psutil.Process(process.pid).children(recursive=True)
        for _ in range(times):
            process.send_signal(signal.SIGINT)
        output, errors = process.communicate()
    assert (process.returncode, errors) == (130, "")
    assert output.endswith(f"{LEFT}\n")
    assert_nothing_is_left(tmp_path, children)


def test_ctrl_c_in_a_terminal_does_the_same(tmp_path: Path) -> None:
    # Here it goes to all processes at once.
    with pexpect.spawn(
        LONGER[0],
        LONGER[1:],
        env={**ENVIRONMENT, "TMPDIR": str(tmp_path), "TERM": "xterm", "COLUMNS": "120"},
        encoding="utf-8",
        timeout=None,
    ) as terminal:
        terminal.expect(r"The nanny has started")
        children = psutil.Process(terminal.pid).children(recursive=True)
        assert len(children) >= 2
        terminal.sendintr()
        terminal.expect(re.escape(LEFT))
        before = terminal.before or ""
        terminal.expect(pexpect.EOF)
    assert terminal.exitstatus == 130
    assert "Traceback" not in before
    assert_nothing_is_left(tmp_path, children)
