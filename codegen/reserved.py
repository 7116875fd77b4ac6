"""Names that generated code needs for itself, so that a spec can't give them to something of its own.

Plain data and pure functions over names, for whoever checks names and whoever writes code. A name
that begins with an underscore can't be written in a spec, so the private names of generated code need
no entry here.
"""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Mapping


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


KEYWORDS = frozenset(keyword.kwlist)

BUILTINS = _names(
    "abs all any bool dict enumerate float frozenset int isinstance iter len list max min next object"
    " partial property range recommend reversed round set sorted str sum super tuple zip"
)
"""Functions and classes that generated bodies call by their plain names."""

LOCALS = (
    KEYWORDS
    | BUILTINS
    | _names(
        "assert_never event instructions recommendations self start stimulus_id ordered_set"
        " create get_or_create emit log reset deviates"
    )
)
"""What no local of a snippet, parameter, argument of a request or variable of an entity may be called."""

MEMBERS = (
    KEYWORDS
    | LOCALS
    | _names(
        "check check_at_rest clock complete event_count handle handle_event history history_limit host log log_limit now"
        " observers options poisoned step_budget story transition transition_count validate"
    )
)
"""What no context item, config value, registry, procedure or host function may be called (a host
function may be ``now``): the machine has these already, or its constructor takes them."""

ENTITY_FIELDS = KEYWORDS | _names(
    "bool configuration dict float int list object property self set state str super tuple"
)
"""What no field, key or relation of an entity may be called."""

MESSAGE_FIELDS = KEYWORDS | _names(
    "bool dataclass dict field float int list match object self set stimulus_id str to_message tuple"
)
"""What no field of an event or instruction may be called. An outcome and a ``send`` travel as keyword
arguments, so ``self`` is one of them."""

HOST_PARAMETERS = KEYWORDS | frozenset({"self"})
"""What no parameter of a host function may be called; they are also ``LOCALS`` of nothing."""

CLASSES = _names(
    "Any ClassVar Collection Contract DEVIATIONS CONTRACTS DefaultMap EMPTY Entity Event Final Generic HITS Handlers Heap"
    " HostFailure ITEMS Instruction Instructions Literal Machine MachineOptions Mapping Never None"
    " OneRequestEach OrderedSet Protocol Recommendations ReferencesLeft SHAPES ClaimFailed InvariantViolated"
    " True False NotImplemented Ellipsis TypeAlias Unpack NoReturn"
) | _names(
    "ArithmeticError AssertionError AttributeError BaseException BaseExceptionGroup Exception"
    " ExceptionGroup ImportError IndexError KeyError LookupError NameError NotImplementedError OSError"
    " OverflowError RuntimeError StopIteration SyntaxError TypeError ValueError Warning"
)
"""What no machine, entity, event, instruction or type may be called."""


def derived_classes(
    machine: str, entities: Iterable[str], instructions: Iterable[str]
) -> Mapping[str, str]:
    """Class names that the generator makes out of the spec's own, each with what it is, so that no
    declared name may be one of them: ``FileState`` is taken once there is an entity ``File``."""
    taken = {
        f"{machine}Handlers": f"the handlers of {machine}",
        f"{machine}Host": f"the host functions of {machine}",
    }
    for entity in entities:
        taken[f"{entity}State"] = f"the states of {entity}"
        taken[f"{entity}Configuration"] = f"the configurations of {entity}"
        taken[f"{entity}Request"] = f"the requests of {entity}"
    for instruction in instructions:
        taken[f"{instruction}Outcome"] = f"the outcomes of {instruction}"
    return taken
