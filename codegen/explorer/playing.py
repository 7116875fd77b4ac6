"""A story played to a real machine: what a test does that was written from a counterexample.

``Play`` goes through the steps of a story, in words. The environment says whether each is possible, and
a machine of one's choice handles the events: the generated one, the reference interpreter, or anything
that one gives: a ``Stranger``, say, that the spec describes and that wasn't made from it. Where the machine
has been mended, some step of the story isn't possible any more or nothing fails at its end: then the test
passes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from lawful.runtime import HostFailure

from ..checked import CheckedSpec
from ..checking import check
from ..interpreter import Machine as Interpreted
from ..interpreter import Message
from .building import build, unbound
from .probes import Edge, Failure
from .slots import State
from .story import Beat, BeatKind, Teller
from .world import World


class Subject(Protocol):
    """A machine that a story is played to."""

    def handle(self, event: str, fields: Mapping[str, Any]) -> None:
        """Take an event; raise what is wrong, also what is promised and doesn't hold afterwards."""

    def check_at_rest(self) -> None:
        """Raise if something doesn't hold that has to when all is at rest."""


@runtime_checkable
class Stranger(Subject, Protocol):
    """A machine that was not made from the spec. It may do otherwise: then the story is over for it."""

    def states(self) -> Mapping[str, Mapping[Any, str]]:
        """Entity -> key -> state, of all there are."""
        ...


class Script:
    """The outside of a machine in a story: gives what was given there, in the same order.

    When all of that is given, the event is over, and what is asked then is asked by who checks the machine:
    the world itself answers, as it is after the event.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self.results: list[tuple[str, Any]] = []

    def __getattr__(self, function: str) -> Callable[..., Any]:
        def answer(*arguments: Any) -> Any:
            if not self.results:
                return getattr(self._world.universe.host, function)(*arguments)
            name, result = self.results.pop(0)
            assert name == function, f"{function} is called where {name} was"
            if isinstance(result, HostFailure):
                raise result
            return result

        return answer

    def clock(self) -> float:
        """The time of the event at hand."""
        for n, (name, result) in enumerate(self.results):
            if name == "now":
                del self.results[n]
                return float(result)
        return 0.0


Make = Callable[[CheckedSpec, Mapping[str, Any], Mapping[str, bool], Script], Subject]
"""Makes a machine of a spec: its configuration and what its context begins with by name, the deviations
that are switched, its outside."""


class Generated:
    """The generated machine."""

    def __init__(
        self,
        spec: CheckedSpec,
        config: Mapping[str, Any],
        deviations: Mapping[str, bool],
        script: Script,
    ) -> None:
        self._package = build(spec, "spec.yaml")
        given = {name: value for name, value in config.items() if name in spec.config}
        if any(name != "now" for name in spec.host):
            given["host"] = script
        on = {d.name: d.on for d in spec.deviations.values()} | dict(deviations)
        class_ = type(spec.machine, (self._package.machine,), {"DEVIATIONS": on})
        self._machine = class_(clock=script.clock, validate=True, **given)
        for name in config.keys() - given.keys():
            setattr(self._machine, name, config[name])

    def handle(self, event: str, fields: Mapping[str, Any]) -> None:
        self._machine.handle(self._package.message(event)(**fields))
        self._machine.check()

    def check_at_rest(self) -> None:
        self._machine.check_at_rest()


class Interpretation:
    """The reference interpreter."""

    def __init__(
        self,
        spec: CheckedSpec,
        config: Mapping[str, Any],
        deviations: Mapping[str, bool],
        script: Script,
    ) -> None:
        self._machine = Interpreted(
            unbound(spec),
            config={name: value for name, value in config.items() if name in spec.config},
            context={name: value for name, value in config.items() if name in spec.context},
            deviations=deviations,
            host=script,
            clock=script.clock,
            validate=True,
        )

    def handle(self, event: str, fields: Mapping[str, Any]) -> None:
        self._machine.handle(Message(event, dict(fields)))
        self._machine.check()

    def check_at_rest(self) -> None:
        self._machine.check_at_rest()


MACHINES: dict[str, Make] = {"generated": Generated, "interpreted": Interpretation}
"""The machines that every spec has."""


class Play:
    """A story of one environment, step by step. ``machine`` names one of ``MACHINES``, or makes one.

    Each step raises what the machine raises. Once a step isn't possible the story is over, and all that
    follows does nothing.
    """

    def __init__(
        self, spec: Path | str, environment: str, machine: str | Make = "generated"
    ) -> None:
        checked, found = check(Path(spec), allow_bind=True)
        if checked is None:
            raise ValueError(f"{spec} has mistakes: {[d.message for d in found]}")
        self.world = World(checked, checked.environments[environment], Path(spec).as_posix())
        self._teller = Teller(self.world)
        self._script = Script(self.world)
        make = MACHINES[machine] if isinstance(machine, str) else machine
        universe = self.world.universe
        config = universe.configured() | universe.begun_with()
        deviations = self.world.environment.deviations
        self.machine = make(checked, config, deviations, self._script)
        self.state: State | None = None if self.world.environment.initial is not None else 0

    def begins(self, event: str) -> None:
        """The event that the world begins with."""
        self._step(self.world.beginnings, 0, "begins", event=event)

    def comes(self, event: str) -> None:
        """An event comes at once."""
        self._go("comes", event=event)

    def is_sent(self, event: str) -> None:
        """An event is sent into a channel."""
        self._go("is sent", event=event)

    def arrives(self, event: str) -> None:
        """An event arrives out of a channel."""
        self._go("arrives", event=event)

    def ends(self, instruction: str, event: str) -> None:
        """An open instruction ends."""
        self._go("ends", instruction, event)

    def tells(self, instruction: str, event: str) -> None:
        """An open instruction tells something and stays open."""
        self._go("tells", instruction, event)

    def is_heard(self, instruction: str) -> None:
        """An instruction that was sent arrives out of a channel."""
        self._go("is heard", instruction)

    def happens(self, name: str) -> None:
        """Something happens in the environment alone."""
        self._go("happens", name=name)

    @property
    def over(self) -> bool:
        """Whether the story has turned out not to be possible any more."""
        return self.state is None

    def holds(self, claim: str) -> None:
        """What is claimed of the state that the story has come to; ``AssertionError`` if it isn't so."""
        if self.state is None:
            return
        rests = not any(True for _ in self._pressing(self.state))
        if rests:
            self.world.universe.scene.turn(self.state)
            self.machine.check_at_rest()
        for kind in ("invariant", "always", *(("rest",) if rests else ())):
            for probe in self.world.claims_of(kind):
                if any(one.name == claim for one in probe.claims):
                    found = probe.ask(self.state)
                    if isinstance(found, Failure) and found.claim == claim:
                        raise AssertionError(found.text)

    def is_not_back(self, before: State | None) -> None:
        """``AssertionError`` if the story has come back to a state that it was in, and so can go on for
        ever. ``before`` is the ``state`` of that moment."""
        if self.state is not None and before is not None:
            key = self.world.key
            assert key(self.state) != key(before), (
                "it goes round, though every instruction succeeds"
            )

    def _pressing(self, state: State) -> Iterator[Edge]:
        for _, ways in self.world.agenda(state).pressing:
            for edges in ways:
                yield from (edge for edge in edges if edge.ask(state))

    def _go(self, kind: BeatKind, instruction: str = "", event: str = "", name: str = "") -> None:
        if self.state is not None:
            edges = self.world.agenda(self.state).edges
            self._step(edges, self.state, kind, instruction, event, name)

    def _step(
        self,
        edges: tuple[Edge, ...],
        state: State,
        kind: BeatKind,
        instruction: str = "",
        event: str = "",
        name: str = "",
    ) -> None:
        for edge in edges:
            for result, beat, handled in self._teller.runs(edge, state):
                if _is(beat, kind, instruction, event, name):
                    self._script.results = list(self.world.universe.host.given)
                    if handled is not None:
                        self.machine.handle(type(handled).__name__, _fields(self.world, handled))
                    self._come_to(state, result)
                    return
        self.state = None

    def _come_to(self, state: State, result: int | Failure) -> None:
        machine = self.machine
        if isinstance(result, Failure):
            if not isinstance(machine, Stranger):  # it would have raised what fails here
                raise AssertionError(result.text)
            self.state = None
        elif isinstance(machine, Stranger) and machine.states() != self._states():
            self.state = None
        else:
            self.state = state + result

    def _states(self) -> dict[str, dict[Any, str]]:
        """What a stranger's ``states`` are where it has done as the spec says."""
        machine = self.world.universe.machine
        return {
            entity.name: {key: one.state for key, one in getattr(machine, entity.registry).items()}
            for entity in self.world.spec.entities.values()
        }


def _is(beat: Beat, kind: BeatKind, instruction: str, event: str, name: str) -> bool:
    told = "" if beat.instruction is None else str(beat.instruction)
    came = "" if beat.event is None else str(beat.event)
    wanted = came if event else ""
    return (beat.kind, told, wanted, beat.name) == (kind, instruction, event, name)


def _fields(world: World, event: Any) -> dict[str, Any]:
    names = [name for name, _ in world.universe.fields(type(event).__name__)]
    return {name: getattr(event, name) for name in names}
