"""The machine, the real handlers and a dispatcher, put together for a test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from lawful.generated.downloader import Add, Downloader, Event, Instruction, Progress, Report
from lawful.runtime import Dispatcher
from lawful.runtime.demo.server import ServedFile
from lawful.runtime.downloader import PART, Downloads

from .worlds import NoChance


@dataclass
class Setup:
    """``reports`` are those that have come; ``on_progress`` and ``on_report`` let a test act at a sign
    of life instead of at a time."""

    machine: Downloader
    handlers: Downloads
    dispatcher: Dispatcher[Event, Instruction]
    reports: list[Report] = field(default_factory=list)
    on_progress: Callable[[Progress], object] = lambda progress: None
    on_report: Callable[[Report], object] = lambda report: None

    def want(self, url: str, name: str, sha256: str | None = None) -> None:
        self.dispatcher.post(Add(name=name, url=url, sha256=sha256))

    def endings(self) -> dict[str, str]:
        """Name -> how it ended last."""
        return {report.name: report.ended for report in self.reports}


@asynccontextmanager
async def real(
    folder: Path, *, slots: int = 4, tries: int = 3, idle_timeout: float = 30.0
) -> AsyncIterator[Setup]:
    """A dispatcher that downloads into ``folder``; its delays are short."""
    machine = Downloader(
        slots=slots,
        tries=tries,
        first_delay=0.001,
        longest_delay=0.01,
        host=NoChance(),
        validate=True,
    )
    async with aiohttp.ClientSession() as session:
        handlers = Downloads(folder, session, idle_timeout=idle_timeout)
        dispatcher = Dispatcher(machine, handlers)
        setup = Setup(machine, handlers, dispatcher)

        def tell(progress: Progress) -> None:
            dispatcher.post(progress)
            setup.on_progress(progress)

        def on_report(report: Report) -> None:
            setup.reports.append(report)
            setup.on_report(report)

        handlers.tell = tell
        handlers.on_report = on_report
        async with dispatcher:
            yield setup


def lies(folder: Path) -> list[str]:
    """The names of what lies in the folder."""
    return sorted(path.name for path in folder.iterdir())


def parts(folder: Path) -> list[str]:
    return [name for name in lies(folder) if name.endswith(PART)]


def same(folder: Path, file: ServedFile) -> bool:
    """Whether the file has arrived as it is."""
    return (folder / file.name).read_bytes() == file.path.read_bytes()


@asynccontextmanager
async def raw_server(answer: bytes) -> AsyncIterator[str]:
    """A server that says these bytes to whoever comes and hangs up; its URL."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/file"
