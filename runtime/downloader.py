"""The acting half of the Downloader machine: real HTTP, real files, real time.

Satisfies ``lawful.generated.downloader.DownloaderHandlers``. Needs aiohttp (``lawful[demo]``). Decides
nothing: whether to try again, how long to wait and which checksum is right is the machine's business.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
import re
from collections.abc import Callable, Collection, Coroutine
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

import aiohttp

from lawful.generated.downloader import (
    Abort,
    Discard,
    Fetch,
    FetchAborted,
    Fetched,
    FetchFailed,
    Hashed,
    HashFailed,
    HashFile,
    Progress,
    Report,
    Stored,
    StoreFailed,
    StoreFile,
    Wait,
    Waited,
)

T = TypeVar("T")

PART = ".part"
"""What the name of a file ends in until the file is complete and right."""

CHUNK = 256 * 1024

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._ -]{0,199}")
_NO_RETRY = frozenset({400, 401, 403, 404, 405, 406, 410, 411, 414, 451})


class _Aborted(Exception):
    """The machine does not want the result any more."""


def is_safe_name(name: str) -> bool:
    """Whether a file may be kept under the name: one plain name that stays inside its folder, isn't
    hidden and can't be taken for a part file."""
    return bool(_NAME.fullmatch(name)) and not name.endswith((PART, ".", " "))


def name_for(url: str) -> str:
    """A safe name for what a URL leads to: the last piece of its path, cleaned.

    Two URLs may get the same name. ``"download"`` where nothing usable is left.
    """
    last = unquote(urlsplit(url).path).replace("\\", "/").rstrip("/").rpartition("/")[2]
    cleaned = re.sub(r"[^A-Za-z0-9._-]+", "-", last).lstrip(".-")[:200].rstrip(".- ")
    cleaned = cleaned.removesuffix(PART)
    return cleaned if is_safe_name(cleaned) else "download"


class Downloads:
    """Handlers that keep the files in ``folder``, which must exist.

    A file is written to ``<name>.part`` and renamed when ``StoreFile`` comes, so that a name in the
    folder without ``.part`` always means a whole file. ``tell`` takes the progress of open fetches,
    usually a dispatcher's ``post``; ``on_report`` is told how each file ended. ``total_timeout`` and
    ``idle_timeout`` are seconds for one try and for the silence between two pieces of it.
    """

    def __init__(
        self,
        folder: Path,
        session: aiohttp.ClientSession,
        *,
        tell: Callable[[Progress], object] = lambda progress: None,
        on_report: Callable[[Report], object] = lambda report: None,
        total_timeout: float | None = None,
        idle_timeout: float = 30.0,
    ) -> None:
        self.folder = folder
        self.tell = tell
        self.on_report = on_report
        self._session = session
        self._timeout = aiohttp.ClientTimeout(
            total=total_timeout, sock_connect=idle_timeout, sock_read=idle_timeout
        )
        # An Abort may overtake the start of its Fetch (the task exists and has not run yet) or come
        # when the Fetch is over and its outcome not yet handled. Hence a number, and no flag.
        self._aborted: dict[str, int] = {}
        self._open: dict[str, asyncio.Task[Any]] = {}

    async def fetch(self, instruction: Fetch) -> Collection[Fetched | FetchFailed | FetchAborted]:
        """Download into the part file. On any failure no part file is left."""
        name, run = instruction.name, instruction.run
        if not is_safe_name(name):
            reason = f"{name!r} can't be the name of a file"
            return [FetchFailed(name=name, run=run, reason=reason, permanent=True)]
        whole = False
        try:
            received = await self._until_aborted(name, run, self._download(instruction))
            whole = True
        except _Aborted:
            return [FetchAborted(name=name, run=run)]
        except aiohttp.ClientResponseError as error:
            permanent = error.status in _NO_RETRY
            reason = f"HTTP {error.status} {error.message}".rstrip()
            return [FetchFailed(name=name, run=run, reason=reason, permanent=permanent)]
        except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError):
            reason = f"not a usable URL: {instruction.url}"
            return [FetchFailed(name=name, run=run, reason=reason, permanent=True)]
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return [FetchFailed(name=name, run=run, reason=_reason(error), permanent=False)]
        finally:
            if not whole:
                self._remove_part(name)
        return [Fetched(name=name, run=run, received=received)]

    async def _download(self, instruction: Fetch) -> int:
        """Stream the body into the part file and return its length in bytes.

        Raises ClientPayloadError where the body is shorter than promised.
        """
        received = 0
        async with self._session.get(instruction.url, timeout=self._timeout) as response:
            response.raise_for_status()
            # Writing to the page cache does not wait for the disk; the fsync that does has a thread.
            with self._part(instruction.name).open("wb") as part:
                async for chunk in response.content.iter_chunked(CHUNK):
                    part.write(chunk)
                    received += len(chunk)
                    self.tell(
                        Progress(name=instruction.name, run=instruction.run, received=received)
                    )
            promised = response.content_length
            encoded = response.headers.get("Content-Encoding", "identity") != "identity"
            if promised is not None and not encoded and received != promised:
                raise aiohttp.ClientPayloadError(f"{received} of {promised} bytes")
        return received

    def hash_file(self, instruction: HashFile) -> Collection[Hashed | HashFailed]:
        """Compute the SHA-256 of the part file. Runs in a thread."""
        try:
            with self._part(instruction.name).open("rb") as part:
                digest = hashlib.file_digest(part, "sha256").hexdigest()
        except OSError as error:
            return [HashFailed(name=instruction.name, reason=_reason(error))]
        return [Hashed(name=instruction.name, sha256=digest)]

    def store_file(self, instruction: StoreFile) -> Collection[Stored | StoreFailed]:
        """Write the part file through to the disk, then give it its final name. Runs in a thread."""
        part = self._part(instruction.name)
        try:
            with part.open("rb+") as file:
                os.fsync(file.fileno())
            part.replace(self.folder / instruction.name)
            _sync_folder(self.folder)
        except OSError as error:
            return [StoreFailed(name=instruction.name, reason=_reason(error))]
        return [Stored(name=instruction.name)]

    async def wait(self, instruction: Wait) -> Collection[Waited]:
        """Let time pass, less of it when an Abort comes."""
        try:
            pause = asyncio.sleep(instruction.seconds)
            await self._until_aborted(instruction.name, instruction.run, pause)
        except _Aborted:
            pass
        return [Waited(name=instruction.name, run=instruction.run)]

    def abort(self, instruction: Abort) -> None:
        """Stop the open Fetch or Wait of the file if it still is the one that is meant."""
        self._aborted[instruction.name] = instruction.run
        task = self._open.get(instruction.name)
        if task is not None:
            task.cancel()

    def discard(self, instruction: Discard) -> None:
        """Remove the part file if there is one."""
        self._aborted.pop(instruction.name, None)
        self._remove_part(instruction.name)

    def report(self, instruction: Report) -> None:
        """Hand the end of a file on to ``on_report``."""
        self.on_report(instruction)

    async def _until_aborted(self, name: str, run: int, work: Coroutine[Any, Any, T]) -> T:
        """The result of ``work``; raises _Aborted as soon as an Abort for this run has come.

        The work gets a task of its own: an Abort cancels that one, and a cancellation of the handler
        itself stays what it is, the dispatcher's wish.
        """
        if self._aborted.get(name) == run:
            work.close()
            raise _Aborted
        task = asyncio.ensure_future(work)
        self._open[name] = task
        try:
            await asyncio.wait([task])
        finally:
            del self._open[name]
            if not task.done():
                task.cancel()
                await asyncio.wait([task])
            if not task.cancelled():
                task.exception()  # looked at here, as a cancellation of the handler comes first
        if task.cancelled():
            raise _Aborted
        return task.result()

    def _part(self, name: str) -> Path:
        return self.folder / (name + PART)

    def _remove_part(self, name: str) -> None:
        if is_safe_name(name):
            self._part(name).unlink(missing_ok=True)


class Chance:
    """The host functions of the machine. With a seed the same delays come every time."""

    def __init__(self, seed: int | None = None) -> None:
        self._source = random.Random(seed)

    def jitter(self) -> float:
        return self._source.random()


def _reason(error: BaseException) -> str:
    """One line that tells a person what went wrong."""
    if isinstance(error, TimeoutError):
        return "the server was silent for too long"
    if isinstance(error, aiohttp.ClientPayloadError):
        return "the connection broke off in the middle of the file"
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return text.partition("\n")[0] or type(error).__name__


def _sync_folder(folder: Path) -> None:
    """Make the rename itself lasting, where the system can (a folder can't be opened on Windows)."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
