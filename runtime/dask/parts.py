"""The single steps of the machine under the names that they have in upstream's class.

Upstream's methods of one transition, of one event or of one concern are private, and its tests call some
of them. Here the generated machine has them in its tables and procedures; these methods find them there.
They are for tests: a step doesn't go through them, so that replacing one changes nothing.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping
from typing import Any, ClassVar

from distributed import worker_state_machine as upstream

from lawful.generated.worker import Task, Worker
from lawful.runtime import InvalidTransition

_Result = tuple[dict[Any, Any], list[Any]]


class Parts(Worker):
    """The generated worker with upstream's private methods, as far as they stand for themselves here:
    the two that begin what ends a computation or a transfer, and the two that choose keys for one, are
    parts of larger steps.

    ``_transition_…`` takes a task from the state that it is in, by the rules of that state, and raises
    ``InvalidTransition`` if it has none. All return what they recommend and their instructions.
    """

    __slots__ = ()

    _TRANSITIONS_TABLE: ClassVar[Mapping[tuple[str, str], Callable[..., _Result]]]
    """(state, request) -> the method, for the pairs of upstream's table."""

    def _step(self, ts: Any, finish: str, args: tuple[Any, ...], stimulus_id: str) -> _Result:
        step = self._table[Task].get(ts.state, {}).get(finish)
        if step is None:
            raise self._invalid(InvalidTransition, ts, ts.state, finish, "it is not declared")
        instructions: list[Any] = []
        return step(self, ts, stimulus_id, instructions, *args) or {}, instructions

    def _transition_generic_fetch(self, ts: Any, stimulus_id: str) -> _Result:
        return self._step(ts, "fetch", (), stimulus_id)

    def _transition_resumed_missing(self, ts: Any, *, stimulus_id: str) -> _Result:
        return self._step(ts, "missing", (), stimulus_id)

    def _transition_to_memory(
        self, ts: Any, value: object, msg_type: object, run_id: int, *, stimulus_id: str
    ) -> _Result:
        """What is told to whom follows from the state of the task, and not from ``msg_type``."""
        return self._step(ts, "memory", (value, run_id), stimulus_id)

    def _ensure_computing(self) -> _Result:
        """Take up what can run, as far as there are threads and resources."""
        if not self.running:
            return {}, []
        event: Any = upstream.UnpauseEvent(stimulus_id="ensure-computing")
        return self.handle_event(event)

    def _next_ready_task(self) -> Any:
        """Take out the task that is to run next; None if there is none that can."""
        return self.next_ready_task()

    def _resource_restrictions_satisfied(self, ts: Any) -> bool:
        return self.resources_suffice(ts)

    def _acquire_resources(self, ts: Any) -> None:
        for name, amount in ts.resource_restrictions.items():
            self.available_resources[name] -= amount

    def _release_resources(self, ts: Any) -> None:
        for name, amount in ts.resource_restrictions.items():
            self.available_resources[name] += amount

    def _purge_state(self, ts: Any) -> None:
        """Let go of the value of a task and of whatever was going on with it. It stays among those
        that are in its state until it leaves that."""
        self.purge(ts)

    def _update_who_has(self, who_has: Mapping[Any, Collection[str]]) -> None:
        self.update_who_has({key: list(peers) for key, peers in who_has.items()}, {})

    def _should_throttle_incoming_transfers(self) -> bool:
        """Whether so much is coming in that no transfer may be begun."""
        return self.throttled()

    def _ensure_task_exists(self, key: Any, *, priority: Any, stimulus_id: str) -> Any:
        """The task with that key; a new one gets the priority."""
        task = self.tasks.get(key) or self._create_task(key)
        task.priority = task.priority or priority
        self.log.append((key, "ensure-task-exists", task.state, stimulus_id, self.now))
        return task

    def _get_task_finished_msg(
        self, ts: Any, run_id: int, stimulus_id: str
    ) -> upstream.TaskFinishedMsg:
        pickled: Any = self._host.pickled(ts.type)
        return upstream.TaskFinishedMsg(
            key=ts.key,
            run_id=run_id,
            nbytes=ts.nbytes,
            type=pickled,
            typename=self._host.typename(ts.type),
            metadata=ts.metadata.copy(),
            thread=self._host.thread_of(ts.key),
            startstops=list(ts.startstops),
            stimulus_id=stimulus_id,
        )

    def _validate_resources(self) -> None:
        """``AssertionError`` if something is wrong with the machine as a whole."""
        self._check_machine()


def _transition(finish: str, signature: inspect.Signature) -> Callable[..., _Result]:
    def transition(self: Parts, *args: Any, **named: Any) -> _Result:
        given = signature.bind(self, *args, **named)
        _, ts, *rest = given.args
        return self._step(ts, finish, tuple(rest), given.kwargs["stimulus_id"])

    return transition


def _handler(handle: Callable[..., Any]) -> Callable[..., _Result]:
    def handler(self: Parts, ev: Any) -> _Result:
        instructions: list[Any] = []
        return handle(self, ev, instructions) or {}, instructions

    return handler


def _validate(self: Parts, ts: Any) -> None:
    """``AssertionError`` if something is wrong with the task."""
    self._check_task(ts)


def _name_parts() -> None:
    """Give the class a method for each of upstream's that is about one transition, event or state."""
    parts: dict[str, Any] = {}
    table: dict[tuple[str, str], Any] = {}
    for (start, finish), function in upstream.WorkerState._TRANSITIONS_TABLE.items():
        name = function.__name__
        part = parts.setdefault(name, _transition(finish, inspect.signature(function)))
        table[start, finish] = part
    for handle in Worker._HANDLERS.values():
        parts[handle.__name__.replace("_on_", "_handle_", 1)] = _handler(handle)
    for name in dir(upstream.WorkerState):
        if name.startswith("_validate_task_"):
            parts[name] = _validate
    for name, part in parts.items():
        setattr(Parts, name, part)
    Parts._TRANSITIONS_TABLE = table


_name_parts()
