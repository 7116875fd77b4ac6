"""``pytest --lawful-cov`` sees what the worker processes of a real dask cluster take."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]

TEST = """
from distributed import Client, LocalCluster
from distributed.worker_state_machine import ComputeTaskEvent, UpdateDataEvent
from lawful.runtime.dask import WorkerState


def test_a_cluster():
    with (
        LocalCluster(
            n_workers=2, processes=True, dashboard_address=None, WorkerStateClass=WorkerState
        ) as cluster,
        Client(cluster) as client,
    ):
        squares = client.map(pow, range(10), [2] * 10)
        assert client.submit(sum, squares).result() == 285


def test_a_machine_in_this_process():
    state = WorkerState(address="tcp://127.0.0.1:1", nthreads=1)
    peers = {"x": ["tcp://127.0.0.1:2"]}
    state.handle_stimulus(ComputeTaskEvent.dummy("y", who_has=peers, stimulus_id="compute"))
    state.handle_stimulus(UpdateDataEvent(data={"y": 1}, stimulus_id="update"))
"""


def test_the_worker_processes_of_a_cluster_are_measured(tmp_path: Path) -> None:
    (tmp_path / "test_cluster.py").write_text(TEST, encoding="utf-8")
    spec = ROOT / "spec" / "worker"
    options = f"--lawful-cov={spec}", "--lawful-cov-report=json:cov.json"
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT / ".dev"), "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    data: Any = json.loads((tmp_path / "cov.json").read_text(encoding="utf-8"))
    counts = {f"{kind} {name}": count for kind, name, _, count in data["items"]}
    taken = {name for name, count in counts.items() if count}
    # Only in the processes of the cluster is anything computed, and only in the test's own one does a
    # task go through another state.
    assert "transition Task ready -> executing" in taken
    assert "cell ExecuteSuccess in executing" in taken
    assert "route Task waiting -> memory" in taken
    assert "route Task memory -> waiting" not in taken
