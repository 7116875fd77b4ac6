"""A recording is run again: by the interpreter, from the first snapshot on, until it goes differently.

What the host answered is answered again, in the order in which it was asked. Knows the interpreter.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from lawful.runtime import errors
from lawful.runtime.errors import HostFailure

from ..checked import CheckedSpec, HostFunction
from ..interpreter import Entity, Machine, Message, plain
from ..interpreter.messages import STIMULUS_ID
from ..types import TupleType, bare, is_opaque
from .comparing import Differing, differing
from .reading import Called, Recorded, Recording, Snapshot, Step
from .restoring import restored
from .tracking import Changed, Tracker
from .values import Made, Misfit, opaque, same, typed

MOST_DIFFERING = 8  # states and values that are told of a step
OTHER_STATES = "the same instructions follow, and other states"


@dataclass(frozen=True)
class Moved:
    """A transition: of which entity, from where, what was asked for, what was reached; ``place`` is where
    the spec says so."""

    entity: str
    key: Any
    start: str
    request: str
    state: str
    place: str


@dataclass(frozen=True)
class Divergence:
    """Where a run goes differently from what was recorded. ``expected`` is what was recorded and
    ``found`` what came now, as text: an instruction an item, or an error; of states, what the machine of
    the recorded spec holds and what that of this one does."""

    step: int
    event: str
    now: float
    problem: str
    expected: tuple[str, ...] = ()
    found: tuple[str, ...] = ()
    places: tuple[str, ...] = ()


@dataclass(frozen=True)
class Again:
    """A step that has been run again. ``divergence`` is set if it went differently, ``strayed`` if it is
    the first after which the machine holds something else than that of the recorded spec. ``watched`` has
    the configurations before and after of entities that are watched, by kind and key; None: not there.
    ``changed`` are fields, where they are tracked."""

    step: Step
    event: Message
    instructions: tuple[Message, ...]
    moved: tuple[Moved, ...]
    divergence: Divergence | None = None
    strayed: Divergence | None = None
    watched: Mapping[tuple[str, Any], tuple[str | None, str | None]] = field(default_factory=dict)
    changed: tuple[Changed, ...] = ()


class NotRecorded(Exception):
    """The host is asked for something now that it was not asked for then."""


class NotTheSpec(Exception):
    """What is said to be the spec of a recording doesn't do what was recorded."""


def replay(
    recording: Recording,
    spec: CheckedSpec,
    watch: Sequence[Any] = (),
    *,
    track: int = 0,
    old: CheckedSpec | None = None,
) -> Iterator[Again]:
    """Each step again, up to the first that goes differently. Entities with a key of ``watch`` are
    watched; in the last ``track`` steps, the fields that change are told.

    A recording has no states but those that it begins with. ``old``, the spec that it was recorded by, is
    run beside for them, and what the two hold is compared after each step, up to the first difference.
    ``NotTheSpec`` if it goes differently from what was recorded itself.
    """
    run: Run | None = None
    tracker: Tracker | None = None
    beside: Run | None = None
    strayed = False
    left = sum(1 for _ in recording.steps) if track else 0
    for part in recording.parts:
        if isinstance(part, Snapshot):
            try:
                run = Run(spec, part)
            except Misfit as misfit:
                yield _unfit(recording, part, str(misfit))
                return
            beside = None if old is None else _beside(recording, old, part)
            tracker = None
            continue
        assert run is not None
        if tracker is None and left <= track and track:
            tracker = Tracker(run.machine.world)
        left -= 1
        before = run.configurations(watch)
        again = run.step(part)
        if beside is not None:
            then = beside.step(part).divergence
            if then is not None:
                raise _not_the_spec(recording, f"at step {then.step} {then.problem}")
            if not strayed and again.divergence is None and part.error is None:
                again = replace(again, strayed=_strayed(beside, run, again))
                strayed = again.strayed is not None
        if watch:
            after = run.configurations(watch)
            pairs = {each: (before.get(each), after.get(each)) for each in (*before, *after)}
            again = replace(again, watched=pairs)
        if tracker is not None:
            again = replace(again, changed=tuple(tracker.changes()))
        yield again
        if again.divergence is not None:
            return


def _beside(recording: Recording, old: CheckedSpec, snapshot: Snapshot) -> Run:
    try:
        return Run(old, snapshot)
    except Misfit as misfit:
        problem = f"no machine of it can go on from there: {misfit}"
        raise _not_the_spec(recording, problem) from None


def _not_the_spec(recording: Recording, problem: str) -> NotTheSpec:
    return NotTheSpec(
        f"the spec that {recording.path} is said to be recorded by doesn't do what was recorded, {problem};"
        " states can only be compared with those of the spec as it was"
    )


def _strayed(beside: Run, run: Run, again: Again) -> Divergence | None:
    """Where the machine of the spec holds something else than that of the old one after the same step."""
    found = list(islice(differing(beside.machine.world, run.machine.world), MOST_DIFFERING + 1))
    if not found:
        return None
    if len(found) > MOST_DIFFERING:
        found[-1] = Differing("and more", "and more")
    before, now = zip(*found, strict=True)
    told = run._diverged(again.step, again.event, (), OTHER_STATES, before, now)
    return told.divergence


def _unfit(recording: Recording, snapshot: Snapshot, problem: str) -> Again:
    """No machine of the spec can begin there."""
    number = 0
    for part in recording.parts:
        if part is snapshot:
            break
        number += isinstance(part, Step)
    nothing = Step(number, Recorded("", {}), snapshot.now, (), (), None)
    told = f"no machine of this spec can go on from there: {problem}"
    return Again(nothing, Message("", {}), (), (), Divergence(number, "", snapshot.now, told))


class Run:
    """One machine, from its snapshot on."""

    def __init__(self, spec: CheckedSpec, snapshot: Snapshot) -> None:
        self.spec = spec
        self.now = snapshot.now
        self.host = _Host(spec)
        self.moved: list[Moved] = []
        self.machine: Machine = restored(
            spec, snapshot, host=self.host, clock=lambda: self.now, observer=self._observe
        )

    def _observe(self, entity: Entity, start: str, request: str, state: str) -> None:
        span = self.spec.transitions[entity.kind, start, request].span
        place = f"{span.path}:{span.line}"
        self.moved.append(Moved(entity.kind, entity.key, start, request, state, place))

    def configurations(self, keys: Sequence[Any]) -> dict[tuple[str, Any], str]:
        """Of each entity that there is with one of the keys, its configuration."""
        found = {}
        for kind in self.spec.entities if keys else ():
            for key in keys:
                entity = self.machine.entity(kind, key)
                if entity is not None:
                    found[kind, key] = self.machine.world.configuration(entity)
        return found

    def step(self, step: Step) -> Again:
        self.now = step.now
        self.moved = []
        self.machine.world.log.clear()
        self.machine.history.clear()
        try:
            event = self._event(step.event)
            self.host.expect(step.calls)
        except Misfit as misfit:
            event = Message(step.event.name, opaque(step.event.fields))
            return self._diverged(step, event, (), f"the event can't be given: {misfit}")
        try:
            made = tuple(self.machine.handle(event))
            error = None
        except NotRecorded as asked:
            return self._diverged(step, event, (), str(asked))
        except Exception as raised:
            made, error = (), raised
        name = None if error is None else type(error).__name__
        # A machine may raise errors of its own in the place of ours, as dask's worker does.
        known = step.error is None or name is None or hasattr(errors, step.error)
        if name != step.error and known:
            found = () if error is None else (f"{name}: {error}",)
            expected = () if step.error is None else (step.error,)
            problem = (
                "it was taken, and now there is an error"
                if step.error is None
                else "there was an error, and now it is taken"
                if error is None
                else "there is another error"
            )
            return self._diverged(step, event, made, problem, expected, found or _shown(made))
        then = tuple(map(self._expected, step.instructions))
        if step.error is None and not self._agree(then, made):
            problem = "other instructions follow"
            return self._diverged(step, event, made, problem, _shown(then), _shown(made))
        return Again(step, event, made, tuple(self.moved))

    def _event(self, recorded: Recorded) -> Message:
        declared = self.spec.events.get(recorded.name)
        if declared is None:
            raise Misfit(f"the spec has no event {recorded.name}")
        fields = {}
        for name, of in declared.fields.items():
            if name in recorded.fields:
                try:
                    fields[name] = typed(recorded.fields[name], of.type)
                except (Misfit, TypeError, ValueError) as error:
                    raise Misfit(f"{recorded.name}.{name}: {error}") from None
            elif of.required:
                raise Misfit(f"it was recorded without {name}")
        if recorded.stimulus_id is not None:
            fields[STIMULUS_ID] = recorded.stimulus_id
        return Message(recorded.name, fields)

    def _expected(self, recorded: Recorded) -> Message:
        """An instruction that was recorded, by the types that the spec has now, as far as it has them."""
        declared = self.spec.instructions.get(recorded.name)
        fields = {}
        for name, raw in recorded.fields.items():
            fields[name] = opaque(raw)
            if declared is not None and name in declared.fields:
                try:
                    fields[name] = plain(typed(raw, declared.fields[name].type))
                except (Misfit, TypeError, ValueError):
                    continue
        return Message(recorded.name, fields)

    def _agree(self, expected: tuple[Message, ...], made: tuple[Message, ...]) -> bool:
        if [m.name for m in expected] != [m.name for m in made]:
            return False
        for mine, theirs in zip(expected, made, strict=True):
            fields = {k: v for k, v in theirs.fields.items() if k != STIMULUS_ID}
            if mine.fields.keys() != fields.keys() or not same(mine.fields, fields):
                return False
        return True

    def _diverged(
        self,
        step: Step,
        event: Message,
        made: tuple[Message, ...],
        problem: str,
        expected: tuple[str, ...] = (),
        found: tuple[str, ...] = (),
    ) -> Again:
        places = [moved.place for moved in self.moved]
        handler = self.spec.handlers.get(event.name)
        if handler is not None:
            places.insert(0, f"{handler.span.path}:{handler.span.line}")
            places += [f"{c.span.path}:{c.span.line}" for c in self.spec.completions]
        told = Divergence(
            step.number, told_message(event), step.now, problem, expected, found,
            tuple(dict.fromkeys(places)),
        )  # fmt: skip
        return Again(step, event, made, tuple(self.moved), told)


def told_message(message: Message) -> str:
    """``Fetch(url='a')``, without what names its cause."""
    shown = ", ".join(f"{k}={v!r}" for k, v in message.fields.items() if k != STIMULUS_ID)
    return f"{message.name}({shown})"


def _shown(messages: tuple[Message, ...]) -> tuple[str, ...]:
    return tuple(map(told_message, messages))


@dataclass
class _Answers:
    """Of one host function in one step: what it was asked and what it answered, in order."""

    calls: deque[Called] = field(default_factory=deque)
    last: dict[Any, Called] = field(default_factory=dict)


class _Host:
    """Answers as the host of the recorded run did."""

    def __init__(self, spec: CheckedSpec) -> None:
        self.spec = spec
        self._answers: defaultdict[str, _Answers] = defaultdict(_Answers)
        for function in spec.host.values():
            setattr(self, function.name, self._function(function))

    def expect(self, calls: tuple[Called, ...]) -> None:
        """The calls of the next step."""
        self._answers.clear()
        for call in calls:
            self._answers[call.name].calls.append(call)

    def _function(self, function: HostFunction) -> Callable[..., Any]:
        unwritten = function.pure and not function.recorded
        makes = unwritten and function.returns is not None and is_opaque(function.returns)
        silent = function.returns is None and function.fails_type is None

        def answer(*given: Any) -> Any:
            if silent:
                return None
            if makes:
                return Made(function.name, tuple(map(plain, given)))
            call = self._next(function, given, by_arguments=unwritten)
            if call.failure is not None:
                raise HostFailure(*self._failure(function, call.failure))
            return None if function.returns is None else typed(call.result, function.returns)

        return answer

    def _next(
        self, function: HostFunction, given: tuple[Any, ...], *, by_arguments: bool
    ) -> Called:
        """The first of the calls that are left; of a pure function the first with these arguments, or
        the last there was with them."""
        answers = self._answers[function.name]
        if by_arguments:
            asked = repr([plain(value) for value in given])
            for call in answers.calls:
                if asked == repr(self._arguments(function, call)):
                    answers.calls.remove(call)
                    answers.last[asked] = call
                    return call
            if asked in answers.last:
                return answers.last[asked]
        if not answers.calls:
            shown = ", ".join(repr(plain(value)) for value in given)
            raise NotRecorded(
                f"the host is asked for {function.name}({shown}), and was not when it was recorded"
            )
        return answers.calls.popleft()

    def _arguments(self, function: HostFunction, call: Called) -> list[Any]:
        types = [parameter.type for parameter in function.parameters]
        given = call.arguments or ()
        if len(types) != len(given):
            return [object()]
        return [plain(typed(raw, type_)) for raw, type_ in zip(given, types, strict=True)]

    def _failure(self, function: HostFunction, values: tuple[Any, ...]) -> tuple[Any, ...]:
        type_ = None if function.fails_type is None else bare(function.fails_type)
        if isinstance(type_, TupleType):
            whole: tuple[Any, ...] = typed(values, type_)
            return whole
        return tuple(opaque(value) for value in values)
