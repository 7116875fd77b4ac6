"""Real downloads are recorded under the dispatcher, and run again without server, threads or time."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from lawful.codegen import cli
from lawful.codegen.checking import check
from lawful.codegen.replay import read, replay
from lawful.generated.downloader import Cancel
from lawful.runtime import Recorder
from lawful.runtime.demo.server import DemoServer, make_files

from .real import real

ROOT = Path(__file__).resolve().parents[2]


def test_real_downloads_are_run_again_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    files = make_files(tmp_path / "server", 30, largest=20_000)
    folder = tmp_path / "downloads"
    folder.mkdir()

    async def download() -> dict[str, str]:
        async with (
            DemoServer(files, pace=0.0) as server,
            real(folder) as it,
        ):
            with Recorder(it.machine, tmp_path / "run.lawful") as recorder:
                for file in files:
                    it.want(server.url(file), file.name, file.sha256)
                it.dispatcher.post(Cancel(name=files[-1].name))
                await it.dispatcher.drain()
                assert recorder.failure is None
            return it.endings()

    endings = asyncio.run(download())
    assert endings.keys() == {file.name for file in files}
    spec, _ = check(Path("spec/downloader/machine.yaml"))
    assert spec is not None
    again = list(replay(read(tmp_path / "run.lawful"), spec))
    assert {step.event.name for step in again} >= {"Add", "Cancel", "Progress", "Fetched", "Stored"}
    assert [step.divergence for step in again] == [None] * len(again)

    name = files[0].name
    assert cli.main(["story", str(tmp_path / "run.lawful"), name, "--json"]) == 0
    story = json.loads(capsys.readouterr().out)
    reports = [i for step in story for i in step["instructions"] if i["type"] == "Report"]
    assert [report["ended"] for report in reports] == [endings[name]]
