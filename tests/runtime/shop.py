"""A machine by hand on the base class: a pizza shop with one instruction of each kind.

An order waits, is baked (a coroutine), packed (a thread) and gone; each change of fortune is told to
the customer (a send). Small, but it has a deletion, a route, arguments of requests, a completion, a
redacted and an unlogged event, an invariant.
"""

# ruff: noqa: RUF012  # the tables of a machine are ClassVar in its base class
from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, Unpack

from lawful.runtime import (
    Contract,
    Entity,
    Event,
    Instruction,
    Machine,
    MachineOptions,
    OrderedSet,
    recommend,
)


@dataclass(slots=True)
class Ordered(Event):
    number: int
    card: str = ""
    stimulus_id: str = field(default="", kw_only=True)


@dataclass(slots=True)
class Smoking(Event):
    number: int
    stimulus_id: str = field(default="", kw_only=True)


@dataclass(slots=True)
class Baked(Event):
    number: int
    stimulus_id: str = field(default="", kw_only=True)


@dataclass(slots=True)
class Burnt(Event):
    number: int
    stimulus_id: str = field(default="", kw_only=True)


@dataclass(slots=True)
class Packed(Event):
    number: int
    weight: int
    stimulus_id: str = field(default="", kw_only=True)


@dataclass(slots=True)
class Recalled(Event):
    number: int
    stimulus_id: str = field(default="", kw_only=True)


@dataclass(slots=True)
class Tick(Event):
    stimulus_id: str = field(default="", kw_only=True)


@dataclass(slots=True)
class Bake(Instruction):
    number: int
    stimulus_id: str = field(default="", kw_only=True)


@dataclass(slots=True)
class Pack(Instruction):
    number: int
    stimulus_id: str = field(default="", kw_only=True)


@dataclass(slots=True)
class Tell(Instruction):
    number: int
    text: str
    stimulus_id: str = field(default="", kw_only=True)


ShopEvent: TypeAlias = Ordered | Smoking | Baked | Burnt | Packed | Recalled | Tick
ShopInstruction: TypeAlias = Bake | Pack | Tell
OrderState: TypeAlias = Literal["waiting", "baking", "baked", "packed", "gone"]
Recommendations: TypeAlias = dict["Order", Any]
Instructions: TypeAlias = list[ShopInstruction]
Asked: TypeAlias = Recommendations | None
Result: TypeAlias = tuple[Recommendations, Instructions]


class Order(Entity):
    __slots__ = ("number", "state", "tries", "weight")

    def __init__(self, number: int) -> None:
        self.number = number
        self.state: OrderState = "waiting"
        self.tries = 0
        self.weight = 0

    def __repr__(self) -> str:
        return f"<Order {self.number} {self.state}>"


class Shop(Machine[ShopEvent, ShopInstruction]):
    """Bakes ``ovens`` orders at once."""

    def __init__(self, *, ovens: int = 1, **options: Unpack[MachineOptions]) -> None:
        super().__init__(**options)
        self.ovens = ovens
        self.orders: dict[int, Order] = {}
        self.waiting: OrderedSet[Order] = OrderedSet()
        self.baking: OrderedSet[Order] = OrderedSet()

    # handlers

    def _on_ordered(self, event: Ordered, instructions: Instructions) -> None:
        order = self.orders.get(event.number)
        if order is not None:
            raise self._refuse(event, order, order.state, "an order has a number of its own")
        order = self.orders[event.number] = Order(event.number)
        self.waiting.add(order)
        if self.validate:
            self._touch(order)

    def _on_smoking(self, event: Smoking, instructions: Instructions) -> None:
        instructions.append(Tell(event.number, "it smokes", stimulus_id=event.stimulus_id))

    def _on_baked(self, event: Baked, instructions: Instructions) -> Asked:
        return {self._baking(event): "baked"}

    def _on_burnt(self, event: Burnt, instructions: Instructions) -> Asked:
        return {self._baking(event): "waiting"}

    def _baking(self, event: Baked | Burnt) -> Order:
        order = self.orders.get(event.number)
        if order is None or order.state != "baking":
            state = order.state if order else "absent"
            raise self._refuse(
                event, order, state, "only what is in the oven can be baked or burnt"
            )
        return order

    def _on_packed(self, event: Packed, instructions: Instructions) -> Asked:
        return {self.orders[event.number]: ("packed", event.weight)}

    def _on_recalled(self, event: Recalled, instructions: Instructions) -> Asked:
        return {self.orders[event.number]: "gone"}

    def _on_tick(self, event: Tick, instructions: Instructions) -> None:
        pass

    # transitions

    def _waiting_to_baking(
        self, order: Order, stimulus_id: str, instructions: Instructions
    ) -> None:
        order.state = "baking"
        order.tries += 1
        self.waiting.discard(order)
        self.baking.add(order)
        instructions.append(Bake(order.number, stimulus_id=stimulus_id))

    def _baking_to_waiting(
        self, order: Order, stimulus_id: str, instructions: Instructions
    ) -> None:
        order.state = "waiting"
        self.baking.discard(order)
        self.waiting.add(order)
        instructions.append(Tell(order.number, "burnt, once more", stimulus_id=stimulus_id))

    def _baking_to_baked(self, order: Order, stimulus_id: str, instructions: Instructions) -> None:
        order.state = "baked"
        self.baking.discard(order)
        instructions.append(Pack(order.number, stimulus_id=stimulus_id))

    def _baked_to_packed(
        self, order: Order, stimulus_id: str, instructions: Instructions, weight: int
    ) -> Asked:
        order.state = "packed"
        order.weight = weight
        recommendations: Recommendations = {}
        recommend(recommendations, order, "gone")
        instructions.append(Tell(order.number, "ready", stimulus_id=stimulus_id))
        return recommendations

    def _to_gone(self, order: Order, stimulus_id: str, instructions: Instructions) -> None:
        order.state = "gone"
        self.waiting.discard(order)
        del self.orders[order.number]

    def complete(self, stimulus_id: str) -> Result:
        free = self.ovens - len(self.baking)
        return dict.fromkeys(reversed(self.waiting.first(free)), "baking"), []

    def check(self) -> None:
        if len(self.baking) > self.ovens:
            raise self._violated("an oven each", detail=f"{len(self.baking)} in {self.ovens}")

    def check_at_rest(self) -> None:
        for order in self.orders.values():
            raise self._violated("all are gone", order)

    def _check_step(self, touched: Mapping[Any, str]) -> None:
        self.check()

    _HANDLERS = {
        Ordered: _on_ordered,
        Smoking: _on_smoking,
        Baked: _on_baked,
        Burnt: _on_burnt,
        Packed: _on_packed,
        Recalled: _on_recalled,
        Tick: _on_tick,
    }
    _TRANSITIONS = {
        Order: {
            "waiting": {"baking": _waiting_to_baking, "gone": _to_gone},
            "baking": {"waiting": _baking_to_waiting, "baked": _baking_to_baked},
            "baked": {"packed": _baked_to_packed},
            "packed": {"gone": _to_gone},
        }
    }
    _ROUTES = {Order: {"baking": {"gone": "waiting"}}}
    _DELETING = {Order: frozenset({"gone"})}
    _UNDECLARED = {Order: "nobody asks for it"}
    _KEY = {Order: "number"}
    _REDACT = {Ordered: {"card": "…"}}
    _UNLOGGED = frozenset({Tick})
    CONTRACTS = {
        Bake: Contract(
            "bake",
            "coroutine",
            (Baked, Burnt),
            (Smoking,),
            {Baked: ("number",), Burnt: ("number",), Smoking: ("number",)},
        ),
        Pack: Contract("pack", "thread", (Packed,), (), {Packed: ("number",)}),
        Tell: Contract("tell", "send"),
    }
    SPEC = "shop.yaml"
    SPEC_HASH = "0123abcd"


class Staff:
    """Handlers that do everything right and at once; ``told`` is what customers have heard."""

    def __init__(self) -> None:
        self.told: list[tuple[int, str]] = []

    async def bake(self, instruction: Bake) -> Iterable[ShopEvent]:
        return [Baked(instruction.number)]

    def pack(self, instruction: Pack) -> Iterable[ShopEvent]:
        return [Packed(instruction.number, weight=100 + instruction.number)]

    def tell(self, instruction: Tell) -> None:
        self.told.append((instruction.number, instruction.text))


class Kitchen:
    """Outcomes for the simulator; what is burnt is chosen."""

    def __init__(self, choose: Any = None) -> None:
        self.choose = choose or (lambda options: options[0])
        self.told: list[tuple[int, str]] = []

    def bake(self, instruction: Bake) -> Any:
        return [self.choose([Baked, Baked, Burnt])(instruction.number)]

    def pack(self, instruction: Pack) -> Any:
        return [Packed(instruction.number, weight=1)]

    def tell(self, instruction: Tell) -> None:
        self.told.append((instruction.number, instruction.text))


def trace(machine: Machine[Any, Any]) -> list[tuple[Any, tuple[Any, ...]]]:
    """What came and what was given out, without times."""
    return [(step.event, step.instructions) for step in machine.history]


def snapshot(shop: Shop) -> dict[str, Any]:
    """Everything that can be seen of a machine, with the entities taken apart."""
    entities = {
        key: (id(order), order.state, order.tries, order.weight)
        for key, order in shop.orders.items()
    }
    return {
        "orders": entities,
        "waiting": [order.number for order in shop.waiting],
        "baking": [order.number for order in shop.baking],
        "history": list(shop.history),
        "log": list(shop.log),
        "now": shop.now,
        "events": shop.event_count,
        "transitions": shop.transition_count,
        "poisoned": shop.poisoned,
    }
