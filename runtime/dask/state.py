"""``WorkerState``: the generated worker machine behind the face of ``distributed``'s own class.

Everything that decides is in ``spec/worker``. Here is the loop around a step, in which upstream's tests
replace single methods.

A worker outlives an error here: as upstream's class does, this one goes on after an exception with
whatever the step had changed by then. A machine that is poisoned would be safer, but the worker around
it closes itself when an event fails, and what it still does until then would only add errors.
"""

from __future__ import annotations

import logging
import math
from collections import deque
from collections.abc import Mapping, MutableMapping
from typing import TYPE_CHECKING, Any, Literal

import dask.config
from dask.utils import parse_bytes
from distributed import worker_state_machine as upstream

from lawful.generated.worker import Task, Worker
from lawful.runtime import RecommendationsConflict
from lawful.runtime.drain import tell
from lawful.runtime.history import redactor

from .counting import TaskCounter
from .face import Face
from .host import UPSTREAM, Host, now
from .plugins import hears
from .recording import record
from .replacing import Replaceable

if TYPE_CHECKING:
    from distributed.diagnostics.plugin import WorkerPlugin

logger = logging.getLogger("distributed.worker.state_machine")

_NEVER = 1 << 62
_NO_STEPS: dict[str, Any] = {}
_NO_ENTRIES: dict[type, Any] = {}
_NOTHING: dict[Any, str] = {}  # what most transitions recommend; shared by their log records

# Events with fields that are too large to be kept, as the spec says; of what has come upstream keeps the
# keys. Its own `to_loggable` makes the same copies, ten times as slowly.
_LEFT_OUT: dict[type, Mapping[str, Any]] = {
    **Worker._REDACT,
    upstream.GatherDepSuccessEvent: {"data": dict.fromkeys},
    upstream.UpdateDataEvent: {"data": dict.fromkeys},
}

# Event class -> its handler, and what makes the copy that is kept: None where it is the event itself.
_ENTRIES = {
    kind: (handler, redactor(kind, _LEFT_OUT[kind]) if kind in _LEFT_OUT else None)
    for kind, handler in Worker._HANDLERS.items()
    if kind is not upstream.FindMissingEvent  # the only one that is not kept
}


class WorkerState(Face, metaclass=Replaceable):
    """A drop-in for ``distributed.worker_state_machine.WorkerState``, for ``WorkerStateClass=``.

    Takes upstream's arguments. ``data``, ``threads`` and ``plugins`` are shared with the worker;
    ``address`` may be given later, and raises ``AttributeError`` until then. Events and instructions are
    upstream's classes. The machine's own ``history`` stays empty: ``stimulus_log`` is what upstream's
    tools read.
    """

    # What tests replace; as long as nobody has, a step does all of it at once.
    _SINGLE = ("_handle_event", "_transition", "_transitions", "_ensure_communicating")

    plugins: dict[str, WorkerPlugin]

    def __init__(
        self,
        *,
        nthreads: int = 1,
        address: str | None = None,
        data: MutableMapping[Any, object] | None = None,
        threads: dict[Any, int] | None = None,
        plugins: dict[str, WorkerPlugin] | None = None,
        resources: Mapping[str, float] | None = None,
        transfer_incoming_count_limit: int = 9999,
        validate: bool = True,
        transition_counter_max: int | Literal[False] = False,
        transfer_incoming_bytes_limit: float = math.inf,
        transfer_message_bytes_limit: float = math.inf,
    ) -> None:
        self._outside = Host({} if data is None else data, {} if threads is None else threads)
        length: int | None = dask.config.get("distributed.admin.low-level-log-length")
        super().__init__(
            address=address or "",
            nthreads=nthreads,
            total_resources={} if resources is None else dict(resources),
            default_data_size=parse_bytes(
                dask.config.get("distributed.scheduler.default-data-size")
            ),
            transfer_incoming_count_limit=transfer_incoming_count_limit,
            transfer_incoming_bytes_limit=transfer_incoming_bytes_limit,
            transfer_message_bytes_limit=transfer_message_bytes_limit,
            host=self._outside,
            clock=now,
            validate=validate,
            history_limit=0,
            log_limit=length,
            step_budget=_NEVER,  # `transition_counter_max` is upstream's bound, and off in production
        )
        if not address:
            del self.address
        self.available_resources = self.total_resources.copy()
        self.plugins = {} if plugins is None else plugins
        self.stimulus_log = deque(maxlen=length)
        self.task_counter = TaskCounter()
        self.transition_counter_max = transition_counter_max
        record(self)

    # The step

    def handle_stimulus(self, *stims: Any) -> list[Any]:
        """Take events, one after the other, and return the instructions that follow, in order."""
        instructions: list[Any] = []
        self.now = handled = UPSTREAM["time"]()
        plain = type(self)._plain  # nobody has put something else in the place of a method
        entries: Any = _ENTRIES if plain and not self.validate else _NO_ENTRIES
        for stim in stims:
            try:
                handler, shorten = entries[type(stim)]
            except KeyError:
                handler = None
                if type(stim) is not upstream.FindMissingEvent:
                    self.stimulus_log.append(stim.to_loggable(handled=handled))
            else:
                shown = stim if shorten is None else shorten(stim)
                shown.handled = handled
                self.stimulus_log.append(shown)
            try:
                if handler is not None:
                    recommendations = handler(self, stim, instructions) or {}
                    self._carry_out(recommendations, instructions, stim.stimulus_id, plain)
                else:
                    recommendations, new = self._handle_event(stim)
                    instructions += new
                    instructions += self._transitions(recommendations, stimulus_id=stim.stimulus_id)
            except RecommendationsConflict as error:
                raise upstream.RecommendationsConflict(str(error)) from error
        return instructions

    def handle(self, event: Any) -> list[Any]:
        """The same for one event, as for every machine."""
        return self.handle_stimulus(event)

    def handle_event(self, event: Any) -> tuple[Any, Any]:
        return self._handle_event(event)

    def _handle_event(self, ev: Any) -> tuple[Any, Any]:
        """What an event recommends, and its first instructions. ``TypeError`` for what is no event;
        when validating, ``AssertionError`` for one that can't come now."""
        if self.validate:
            self._check_event(ev)
        for kind in type(ev).__mro__:
            handler = self._HANDLERS.get(kind)
            if handler is not None:
                instructions: list[Any] = []
                return handler(self, ev, instructions) or {}, instructions
        raise TypeError(ev)

    def _transitions(self, recommendations: Mapping[Any, Any], *, stimulus_id: str) -> list[Any]:
        """Carry out what is recommended and all that follows: the instructions, in order."""
        instructions: list[Any] = []
        self._carry_out(dict(recommendations), instructions, stimulus_id, type(self)._plain)
        return instructions

    def _carry_out(
        self,
        recommendations: dict[Any, Any],
        instructions: list[Any],
        stimulus_id: str,
        plain: bool,
    ) -> None:
        """Take the newest recommendation until none is left, complete the step, and do so once more.

        The tasks that were asked are counted, and validated if that is wanted. ``plain`` is whether the
        methods of single steps are those of this class.
        """
        # The common transition is done here, in the way of `_transition`: that saves half the time. All
        # goes through there if something else is to see each of them. A request with arguments has
        # lines of its own, which spares the others the question.
        table: Any = self._table[Task]
        if (
            not plain
            or self.observers
            or self.transition_counter_max
            or (self.plugins and any(map(hears, self.plugins.values())))
        ):
            table = _NO_STEPS
        first: dict[Any, str] = {}
        log = self.log.append
        now = self.now
        count = 0
        completed = False
        try:
            while True:
                while recommendations:
                    task, asked = recommendations.popitem()
                    start = task.state
                    if task not in first:
                        first[task] = start
                    if asked.__class__ is str:
                        if asked == start:
                            continue
                        try:
                            step = table[start][asked]
                        except KeyError:
                            more, new = self._transition(task, asked, stimulus_id=stimulus_id)
                            recommendations.update(more)
                            instructions += new
                            continue
                        count += 1
                        more = step(self, task, stimulus_id, instructions)
                        finish = asked
                    else:
                        finish = asked[0]
                        if finish == start:
                            continue
                        try:
                            step = table[start][finish]
                        except KeyError:
                            more, new = self._transition(task, asked, stimulus_id=stimulus_id)
                            recommendations.update(more)
                            instructions += new
                            continue
                        count += 1
                        many = len(asked)  # a list of arguments takes longer to build than a step
                        if many == 2:
                            more = step(self, task, stimulus_id, instructions, asked[1])
                        elif many == 3:
                            more = step(self, task, stimulus_id, instructions, asked[1], asked[2])
                        else:
                            more = step(self, task, stimulus_id, instructions, *asked[1:])
                    shown = _NOTHING
                    if more:
                        shown = {}
                        for other, request in more.items():
                            recommendations[other] = request
                            shown[other.key] = request if request.__class__ is str else request[0]
                    log((task.key, start, finish, task.state, shown, stimulus_id, now))
                if completed:
                    break
                completed = True
                if plain:
                    recommendations, new = self.complete(stimulus_id)
                else:
                    more, new = self._ensure_communicating(stimulus_id=stimulus_id)
                    recommendations = dict(more)
                if new:
                    instructions += new
                if not recommendations:
                    break
        finally:
            self.transition_count += count
            self.task_counter.transitions(first)
        if self.validate:
            for task in first:
                self.validate_task(task)

    def transition(
        self, entity: Any, request: str, *args: Any, stimulus_id: str
    ) -> tuple[dict[Any, Any], list[Any]]:
        # The legs of a route come this way.
        return self._transition(entity, request, *args, stimulus_id=stimulus_id)

    def _transition(
        self, ts: Any, finish: Any, *args: Any, stimulus_id: str
    ) -> tuple[dict[Any, Any], list[Any]]:
        """Ask one task for a state, or for ``(state, *args)``: what follows, and the instructions.

        Raises upstream's ``InvalidTransition`` for a pair that is not declared, and
        ``TransitionCounterMaxExceeded``.
        """
        if isinstance(finish, tuple):
            assert not args
            finish, args = finish[0], finish[1:]
        start: str = ts.state
        if start == finish:
            return {}, []
        step = self._table[Task].get(start, {}).get(finish)
        if step is None and start == "forgotten":
            return {}, []
        self.transition_count += 1
        if self.transition_count >= (self.transition_counter_max or _NEVER):
            raise upstream.TransitionCounterMaxExceeded(ts.key, start, finish, self.story(ts))  # type: ignore[arg-type]
        result: tuple[dict[Any, Any], list[Any]]
        if step is not None:
            instructions: list[Any] = []
            result = step(self, ts, stimulus_id, instructions, *args) or {}, instructions
            if self.plugins:
                self._notify_plugins("transition", ts.key, start, finish)
                for made in instructions:
                    # Plugins write notes at the end of a task, and its message was made before.
                    if type(made) is upstream.TaskFinishedMsg and made.key == ts.key:
                        made.metadata = ts.metadata.copy()
            if self.observers:
                tell(self.observers, ts, start, finish)
        else:
            via = self._ROUTES[Task].get(start, {}).get(finish)
            if via is None:
                raise upstream.InvalidTransition(ts.key, start, finish, self.story(ts))  # type: ignore[arg-type]
            try:
                result = self._follow(ts, via, finish, args, stimulus_id)
            except (upstream.InvalidTransition, RecommendationsConflict) as error:
                raise upstream.InvalidTransition(ts.key, start, finish, self.story(ts)) from error  # type: ignore[arg-type]
        shown = self._shown(result[0]) if result[0] else _NOTHING
        self.log.append((ts.key, start, finish, ts.state, shown, stimulus_id, self.now))
        return result

    def _ensure_communicating(self, *, stimulus_id: str) -> tuple[Any, Any]:
        """Ask peers for what is to be fetched, as far as the limits of transfers allow."""
        return self.complete(stimulus_id)

    def _notify_plugins(self, method_name: str, *args: Any, **kwargs: Any) -> None:
        for name, plugin in self.plugins.items():
            if hasattr(plugin, method_name):
                try:
                    getattr(plugin, method_name)(*args, **kwargs)
                except Exception:
                    logger.info("Plugin '%s' failed with exception", name, exc_info=True)

    def _create_task(self, key: Any) -> Task:
        # What the generated method does, and `super()` would take longer than making the task.
        task: Task = _new(Task)
        self.tasks[key] = task
        Task.__init__(task, key)
        task.tally = None
        self.task_counter.new[task] = None
        return task

    # What generated code asks for, and nobody needs here: there is no history of the machine's own, and
    # `transition_counter_max` is the bound.

    _record: Any = {}.get  # of a name and a result: gives back the result, faster than any function

    def _spend(self, n: int = 1) -> None:
        pass

    def _touch(self, entity: Any) -> None:
        pass  # `validate` is for the tasks that were asked for something, as upstream's


_new: Any = object.__new__
