"""A local HTTP server with bad habits: some of its files come slowly, late, short or damaged.

Makes its files itself, the same ones for the same seed. Knows nothing of machines; needs aiohttp
(``lawful[demo]``).
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import random
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, TypeAlias

from aiohttp import web

Habit: TypeAlias = Literal[
    "good", "slow", "failing", "busy", "cut", "damaged", "missing", "broken", "stuck"
]
"""How a file is served. ``good``: at once. ``slow``: in small pieces. ``failing``: the first two
answers are 500. ``busy``: the first is 503. ``cut``: the connection breaks off in the middle at first.
``damaged``: one byte is wrong at first. ``missing``: 404. ``broken``: always 500. ``stuck``: starts and
then sends nothing more until the client goes away."""

SMALLEST, LARGEST = 1_000, 2_000_000
_PIECE = 64 * 1024
_RARE: tuple[tuple[Habit, int], ...] = (
    ("slow", 20),
    ("failing", 13),
    ("busy", 29),
    ("cut", 17),
    ("damaged", 23),
    ("missing", 97),
    ("broken", 101),
)


@dataclass(frozen=True)
class ServedFile:
    """A file of the server: its size in bytes, its habit, and the checksums of its true content, two
    kinds of them, so that a test of the one does not rest on the other."""

    name: str
    path: Path
    size: int
    habit: Habit
    sha256: str
    blake2b: str

    @property
    def obtainable(self) -> bool:
        """Whether who asks often enough gets it."""
        return self.habit not in ("missing", "broken", "stuck")


def make_files(
    folder: Path, count: int, *, seed: int = 0, largest: int = LARGEST
) -> list[ServedFile]:
    """Write ``count`` files of 1 kB to ``largest`` bytes into ``folder`` and return them by number.

    Sizes are spread evenly over the orders of magnitude. Every 20th file is slow, every 13th fails at
    first, and so on. The same seed makes the same bytes everywhere.
    """
    return [make_file(folder, f"file-{n:03}.bin", _habit(n), seed, largest) for n in range(count)]


def make_file(
    folder: Path, name: str, habit: Habit = "good", seed: int = 0, largest: int = LARGEST
) -> ServedFile:
    """Write one file into ``folder``. Its size and bytes depend on its name and the seed only."""
    source = random.Random(f"{seed}/{name}")
    size = round(SMALLEST * (largest / SMALLEST) ** source.random())
    content = source.randbytes(size)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(content)
    sha256 = hashlib.sha256(content).hexdigest()
    blake2b = hashlib.blake2b(content).hexdigest()
    return ServedFile(name, path, size, habit, sha256, blake2b)


def _habit(number: int) -> Habit:
    for habit, period in _RARE:
        if number % period == period // 2:
            return habit
    return "good"


class DemoServer:
    """Serves files at ``http://127.0.0.1:<a free port>/<name>``. An asynchronous context manager.

    ``requests`` counts the requests for each name. ``pace`` is the number of seconds between the pieces
    of a slow file.
    """

    def __init__(self, files: list[ServedFile], *, pace: float = 0.05) -> None:
        self.files = {file.name: file for file in files}
        self.requests: Counter[str] = Counter()
        self.port = 0
        self._pace = pace
        self._busy: set[asyncio.Transport] = set()
        app = web.Application()
        app.router.add_get("/{name}", self._answer)
        self._runner = web.AppRunner(app, shutdown_timeout=0, handler_cancellation=True)

    async def __aenter__(self) -> DemoServer:
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        address = self._runner.addresses[0]
        self.port = int(address[1])
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Stop listening and break off every open connection. Closing twice is fine."""
        for transport in self._busy:
            transport.abort()  # the runner would wait for answers that never end
        await self._runner.cleanup()

    def url(self, file: ServedFile) -> str:
        return f"http://127.0.0.1:{self.port}/{file.name}"

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        file = self.files.get(name)
        self.requests[name] += 1
        earlier = self.requests[name] - 1
        if file is None or file.habit == "missing":
            raise web.HTTPNotFound(text="There is no such file.")
        if file.habit == "broken" or (file.habit == "failing" and earlier < 2):
            raise web.HTTPInternalServerError(text="The server is not well today.")
        if file.habit == "busy" and earlier < 1:
            raise web.HTTPServiceUnavailable(text="Come back later.")
        response = web.StreamResponse()
        transport = request.transport
        if transport is None:
            return response  # the client is gone already
        self._busy.add(transport)
        # It may go away in the middle: nothing is left to be said to it then.
        with contextlib.suppress(ConnectionError):
            await self._send(request, response, file, first_time=earlier == 0)
        self._busy.discard(transport)
        return response

    async def _send(
        self,
        request: web.Request,
        response: web.StreamResponse,
        file: ServedFile,
        *,
        first_time: bool,
    ) -> None:
        response.content_type = "application/octet-stream"
        response.content_length = file.size
        await response.prepare(request)
        content = bytearray(file.path.read_bytes())
        if file.habit == "damaged" and first_time:
            content[file.size // 2] ^= 0xFF
        piece = max(1, file.size // 20) if file.habit == "slow" else _PIECE
        for start in range(0, file.size, piece):
            middle = start + piece > file.size // 2
            if middle and (file.habit == "stuck" or (file.habit == "cut" and first_time)):
                await response.write(content[start : file.size // 2])
                if file.habit == "stuck":
                    await asyncio.Event().wait()
                if request.transport is not None:
                    request.transport.close()  # although more bytes were promised
                return
            await response.write(content[start : start + piece])
            if file.habit == "slow":
                await asyncio.sleep(self._pace)
        await response.write_eof()
