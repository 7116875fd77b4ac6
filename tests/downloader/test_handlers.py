"""The handlers of the Downloader against a real server: real bytes, real files, real trouble."""

from __future__ import annotations

import asyncio
import gzip
import shutil
from collections import Counter
from pathlib import Path

import aiohttp
import pytest

from lawful.generated.downloader import (
    Cancel,
    Fetch,
    FetchFailed,
    File,
    HashFailed,
    HashFile,
    Progress,
    StoreFailed,
    StoreFile,
)
from lawful.runtime.demo.server import DemoServer, Habit, make_file, make_files
from lawful.runtime.downloader import PART, Downloads

from .real import lies, parts, raw_server, real, same

EXPECTED: list[tuple[Habit, str, int]] = [
    ("good", "done", 1),
    ("slow", "done", 1),
    ("failing", "done", 3),
    ("busy", "done", 2),
    ("cut", "done", 2),
    ("damaged", "done", 2),
    ("missing", "failed", 1),
    ("broken", "failed", 4),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "downloads"
    found.mkdir()
    return found


@pytest.mark.parametrize(("habit", "ended", "requests"), EXPECTED)
def test_a_file_with_a_habit(
    habit: Habit, ended: str, requests: int, folder: Path, tmp_path: Path
) -> None:
    file = make_file(tmp_path / "server", "a.bin", habit)

    async def download() -> Counter[str]:
        async with DemoServer([file], pace=0.0) as server, real(folder, tries=4) as it:
            it.want(server.url(file), file.name, file.sha256)
            await it.dispatcher.drain()
            it.machine.check_at_rest()
            assert it.endings() == {file.name: ended}
            assert it.reports[0].attempts == requests
            return server.requests

    assert asyncio.run(download()) == {file.name: requests}
    assert lies(folder) == ([file.name] if ended == "done" else [])
    assert ended != "done" or same(folder, file)


def test_many_files_over_few_connections_are_all_right(folder: Path, tmp_path: Path) -> None:
    files = make_files(tmp_path / "server", 40, largest=20_000)

    async def download() -> dict[str, str]:
        async with DemoServer(files, pace=0.0) as server, real(folder, slots=3, tries=4) as it:
            for file in files:
                it.want(server.url(file), file.name, file.sha256)
            await it.dispatcher.drain()
            it.machine.check_at_rest()
            return it.endings()

    endings = asyncio.run(download())
    assert endings == {f.name: "done" if f.obtainable else "failed" for f in files}
    assert lies(folder) == [file.name for file in files if file.obtainable]
    assert all(same(folder, file) for file in files if file.obtainable)


def test_before_all_is_verified_there_is_only_a_part_file(folder: Path, tmp_path: Path) -> None:
    file = make_file(tmp_path / "server", "big.bin", "slow")
    seen: list[list[str]] = []

    async def download() -> None:
        async with DemoServer([file], pace=0.0) as server, real(folder) as it:
            it.on_progress = lambda progress: seen.append(lies(folder))
            it.want(server.url(file), file.name, file.sha256)
            await it.dispatcher.drain()

    asyncio.run(download())
    assert seen
    assert all(names == [file.name + PART] for names in seen)
    assert lies(folder) == [file.name]


def test_an_older_file_stays_until_the_new_one_is_right(folder: Path, tmp_path: Path) -> None:
    file = make_file(tmp_path / "server", "a.bin", "broken")
    (folder / file.name).write_text("the older one")

    async def download() -> dict[str, str]:
        async with DemoServer([file]) as server, real(folder) as it:
            it.want(server.url(file), file.name, file.sha256)
            await it.dispatcher.drain()
            return it.endings()

    assert asyncio.run(download()) == {file.name: "failed"}
    assert (folder / file.name).read_text() == "the older one"


# Cancelling


def test_a_fetch_is_stopped_in_the_middle(folder: Path, tmp_path: Path) -> None:
    file = make_file(tmp_path / "server", "a.bin", "stuck")

    async def download() -> None:
        async with DemoServer([file]) as server, real(folder) as it:
            it.on_progress = lambda progress: it.dispatcher.post(Cancel(name=file.name))
            it.want(server.url(file), file.name)
            await it.dispatcher.drain()
            assert it.endings() == {file.name: "cancelled"}
            assert it.machine.files[file.name].state == "idle"

    asyncio.run(download())
    assert lies(folder) == []


def test_a_fetch_that_is_cancelled_before_it_begins_asks_nobody(
    folder: Path, tmp_path: Path
) -> None:
    file = make_file(tmp_path / "server", "a.bin")

    async def download() -> Counter[str]:
        async with DemoServer([file]) as server, real(folder) as it:
            it.want(server.url(file), file.name)
            it.dispatcher.post(Cancel(name=file.name))
            await it.dispatcher.drain()
            assert it.endings() == {file.name: "cancelled"}
            return server.requests

    assert asyncio.run(download()) == {}


def test_an_abort_that_comes_too_late_does_not_stop_the_next_fetch(
    folder: Path, tmp_path: Path
) -> None:
    file = make_file(tmp_path / "server", "a.bin", "slow")

    async def download() -> list[str]:
        async with DemoServer([file], pace=0.0) as server, real(folder) as it:

            def again(progress: Progress) -> None:
                if progress.received == file.size and progress.run == 1:
                    it.dispatcher.post(Cancel(name=file.name))
                    it.want(server.url(file), file.name, file.sha256)

            it.on_progress = again
            it.want(server.url(file), file.name, file.sha256)
            await it.dispatcher.drain()
            return [report.ended for report in it.reports]

    assert asyncio.run(download()) == ["cancelled", "done"]
    assert lies(folder) == [file.name]
    assert same(folder, file)


def test_a_delay_is_cut_short_by_cancelling(folder: Path, tmp_path: Path) -> None:
    file = make_file(tmp_path / "server", "a.bin", "broken")

    async def download() -> dict[str, str]:
        async with DemoServer([file]) as server, real(folder) as it:
            it.machine.first_delay = it.machine.longest_delay = 10_000.0

            def watch(subject: File, start: str, request: str, end: str) -> None:
                if end == "waiting":
                    it.dispatcher.post(Cancel(name=subject.name))

            it.machine.observers.append(watch)
            it.want(server.url(file), file.name)
            await it.dispatcher.drain()
            return it.endings()

    assert asyncio.run(download()) == {file.name: "cancelled"}


def test_closing_in_the_middle_leaves_no_part_behind(folder: Path, tmp_path: Path) -> None:
    file = make_file(tmp_path / "server", "a.bin", "stuck")

    async def download() -> None:
        async with DemoServer([file]) as server, real(folder) as it:
            begun = asyncio.Event()
            it.on_progress = lambda progress: begun.set()
            it.want(server.url(file), file.name)
            await begun.wait()
            assert lies(folder) == [file.name + PART]
            report = await it.dispatcher.close()
            assert list(report.cancelled) == [Fetch.match(name=file.name)]
            assert report.clean

    asyncio.run(download())
    assert lies(folder) == []


# Trouble


def test_a_server_that_dies_fails_what_is_open_and_all_that_comes(
    folder: Path, tmp_path: Path
) -> None:
    files = [make_file(tmp_path / "server", f"{n}.bin", "stuck") for n in range(3)]

    async def download() -> dict[str, str]:
        async with DemoServer(files) as server, real(folder, slots=2) as it:
            begun: set[str] = set()
            dead = asyncio.Event()

            def look(progress: Progress) -> None:
                begun.add(progress.name)
                if len(begun) == 2:
                    dead.set()

            it.on_progress = look
            for file in files:
                it.want(server.url(file), file.name)
            await dead.wait()
            await server.close()
            await it.dispatcher.drain()
            it.machine.check_at_rest()
            assert all(report.attempts == 3 for report in it.reports)
            return it.endings()

    assert set(asyncio.run(download()).values()) == {"failed"}
    assert lies(folder) == []


def test_a_server_that_falls_silent_is_given_up(folder: Path, tmp_path: Path) -> None:
    file = make_file(tmp_path / "server", "a.bin", "stuck")

    async def download() -> str:
        async with DemoServer([file]) as server, real(folder, tries=1, idle_timeout=0.05) as it:
            it.want(server.url(file), file.name)
            await it.dispatcher.drain()
            return it.reports[0].reason

    assert asyncio.run(download()) == "the server was silent for too long"
    assert parts(folder) == []


ANSWERS = {
    "fewer bytes than promised": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly these",
    "a chunk that breaks off": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nonly",
    "no last chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nonly\r\n",
    "nothing": b"",
    "no HTTP": b"220 ftp.example.org ready\r\n\r\n",
    "half a head": b"HTTP/1.1 200 OK\r\nContent-Le",
    "broken gzip": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nonly",
    "a redirect to nowhere": b"HTTP/1.1 302 Found\r\nLocation: ftp://nowhere\r\nContent-Length: 0\r\n\r\n",
    "a redirect to itself": b"HTTP/1.1 302 Found\r\nLocation: /file\r\nContent-Length: 0\r\n\r\n",
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
def test_an_answer_that_is_no_whole_file_is_a_failure_with_a_reason(
    answer: bytes, folder: Path
) -> None:
    async def download() -> str:
        async with raw_server(answer) as url, real(folder, tries=1) as it:
            it.want(url, "a.bin")
            await it.dispatcher.drain()
            assert it.endings() == {"a.bin": "failed"}
            return it.reports[0].reason

    assert asyncio.run(download())
    assert lies(folder) == []


def test_a_compressed_answer_is_longer_than_promised_and_right(folder: Path) -> None:
    content = b"again and again " * 1000
    packed = gzip.compress(content)
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n"

    async def download() -> dict[str, str]:
        async with raw_server(head.encode() + packed) as url, real(folder) as it:
            it.want(url, "a.bin")
            await it.dispatcher.drain()
            return it.endings()

    assert asyncio.run(download()) == {"a.bin": "done"}
    assert (folder / "a.bin").read_bytes() == content


@pytest.mark.parametrize(
    "url", ["", "nonsense", "ftp://example.org/a", "http://", "http://[", "/a"]
)
def test_what_is_no_url_fails_for_good(url: str, folder: Path) -> None:
    (failure,) = _fetch(folder, Fetch(name="a.bin", run=1, url=url))
    assert failure == FetchFailed(
        name="a.bin", run=1, reason=f"not a usable URL: {url}", permanent=True
    )


@pytest.mark.parametrize("name", ["../a", "a/b", "", ".a", "a" + PART])
def test_no_name_leads_out_of_the_folder(name: str, folder: Path) -> None:
    (failure,) = _fetch(folder, Fetch(name=name, run=1, url="http://127.0.0.1:1/"))
    assert isinstance(failure, FetchFailed)
    assert failure.permanent
    assert "can't be the name of a file" in failure.reason
    assert lies(folder.parent) == ["downloads"]


def _fetch(folder: Path, instruction: Fetch) -> list[object]:
    async def fetch() -> list[object]:
        async with aiohttp.ClientSession() as session:
            return list(await Downloads(folder, session).fetch(instruction))

    return asyncio.run(fetch())


def test_a_folder_that_has_gone_is_a_failure_with_a_reason(folder: Path, tmp_path: Path) -> None:
    file = make_file(tmp_path / "server", "a.bin")

    async def download() -> str:
        async with DemoServer([file]) as server, real(folder, tries=2) as it:
            shutil.rmtree(folder)
            it.want(server.url(file), file.name)
            await it.dispatcher.drain()
            return it.reports[0].reason

    assert asyncio.run(download()) == "No such file or directory"


def test_what_can_not_be_read_or_renamed_is_a_failure_with_a_reason(folder: Path) -> None:
    async def make() -> Downloads:
        async with aiohttp.ClientSession() as session:
            return Downloads(folder, session)

    handlers = asyncio.run(make())
    assert handlers.hash_file(HashFile(name="a")) == [
        HashFailed(name="a", reason="No such file or directory")
    ]
    assert handlers.store_file(StoreFile(name="a")) == [
        StoreFailed(name="a", reason="No such file or directory")
    ]
    (folder / "a").mkdir()
    (folder / f"a{PART}").write_text("content")
    assert handlers.store_file(StoreFile(name="a")) == [
        StoreFailed(name="a", reason="Is a directory")
    ]
    assert (folder / f"a{PART}").read_text() == "content"
