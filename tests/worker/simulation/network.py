"""Connections to the scheduler: messages arrive in order, and as late as the simulation wants it."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

from distributed.comm.core import CommClosedError
from distributed.protocol.serialize import ToPickle

Message = dict[str, Any]


def sent(value: Any) -> Any:
    """The value as it arrives at the other end: containers are others, what they hold is not looked at."""
    if isinstance(value, dict):
        return {key: sent(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return tuple(sent(item) for item in value)
    if isinstance(value, set):
        return set(value)
    return value.data if isinstance(value, ToPickle) else value


class Connection:
    """The scheduler's end of a connection, and what is on its way in both directions.

    Each direction is first in, first out. A peer that is gone has ``None`` as its last message, and so
    has a scheduler that has hung up.
    """

    def __init__(self, peer: str) -> None:
        self.peer = peer
        self.name = peer
        self.peer_address = peer
        self.to_scheduler: deque[Message | None] = deque()
        self.to_peer: deque[Message | None] = deque()
        self._reader: asyncio.Future[tuple[Message, ...]] | None = None
        self._closed = False  # by the scheduler
        self._lost = False  # by the peer

    # The peer's side

    def post(self, message: Message) -> None:
        """Send to the scheduler; a message after the end is lost."""
        if not (self._lost or self._closed):
            self.to_scheduler.append(sent(message))

    def hang_up(self) -> None:
        """The peer is gone. What it has sent still arrives; what it is sent doesn't."""
        if not self._lost:
            self._lost = True
            self.to_scheduler.append(None)
            self.to_peer.clear()

    @property
    def waits_for_peer(self) -> bool:
        """Whether the scheduler would take a message now, and there is one."""
        return bool(self.to_scheduler) and self._reader is not None

    def deliver(self, count: int) -> list[Message | None]:
        """Hand up to ``count`` messages to the scheduler, all in one batch; returns them."""
        assert self._reader is not None
        reader, self._reader = self._reader, None
        batch: list[Message] = []
        while self.to_scheduler and len(batch) < count:
            message = self.to_scheduler[0]
            if message is None:
                break
            self.to_scheduler.popleft()
            batch.append(message)
        if batch:
            shown: list[Message | None] = [dict(message) for message in batch]
            reader.set_result(tuple(batch))
            return shown
        self.to_scheduler.popleft()
        self._closed = True
        reader.set_exception(CommClosedError(f"{self.peer} is gone"))
        return [None]

    # The scheduler's side: what it uses of `distributed.comm.Comm`

    async def read(self) -> tuple[Message, ...]:
        if self._closed:
            raise CommClosedError(self.peer)
        self._reader = asyncio.get_running_loop().create_future()
        return await self._reader

    async def write(self, message: Message, **_: Any) -> int:
        self.send(message)
        return 1

    def send(self, *messages: Message) -> None:
        if self._closed:
            raise CommClosedError(self.peer)
        if not self._lost:
            self.to_peer.extend(sent(message) for message in messages)

    def abort(self) -> None:
        if not self._closed:
            self._closed = True
            self.to_scheduler.clear()
            if not self._lost:
                self.to_peer.append(None)
            if self._reader is not None:
                reader, self._reader = self._reader, None
                reader.set_exception(CommClosedError(self.peer))

    async def close(self, *_: Any) -> None:
        self.abort()

    def closed(self) -> bool:
        return self._closed


class Batched:
    """Stands in for ``distributed.batched.BatchedSend``: the connection itself keeps and batches."""

    def __init__(self, interval: Any, loop: Any = None) -> None:
        self.comm: Connection | None = None
        self._early: list[Message] = []

    def start(self, comm: Connection) -> None:
        self.comm = comm
        comm.send(*self._early)
        self._early = []

    def send(self, *messages: Message) -> None:
        if self.comm is None:
            self._early.extend(messages)
        else:
            self.comm.send(*messages)

    def closed(self) -> bool:
        return self.comm is not None and self.comm.closed()

    def abort(self) -> None:
        if self.comm is not None:
            self.comm.abort()

    async def close(self, timeout: Any = None) -> None:
        self.abort()
