"""How a name of a spec becomes a name of Python: the one place that knows.

Pure functions over strings. Used by whoever writes code and by the check that two names don't
become one.
"""

from __future__ import annotations

import re

DEFAULT_OUT = "generated"
"""The folder that packages go into where nobody says another."""

_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+")


def words(name: str) -> list[str]:
    """The words of a name, lower-case: ``GatherDepDone`` is gather, dep, done; ``HTTPGet`` is http, get."""
    return [w.lower() for w in _WORDS.findall(name)]


def snake(name: str) -> str:
    """``FetchFailed`` as ``fetch_failed``; a digit stays with the word before it (``Sha256`` is ``sha256``)."""
    return re.sub(r"_(?=[0-9])", "", "_".join(words(name)))


def kebab(name: str) -> str:
    """``FetchFailed`` as ``fetch-failed``."""
    return snake(name).replace("_", "-")


def label(name: str) -> str:
    """A state, request or configuration as part of a Python name: ``long-running`` is ``long_running``,
    ``resumed(flight, waiting)`` is ``resumed_flight_waiting``."""
    return re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_").lower()


def package_name(machine: str) -> str:
    """The name of the generated package."""
    return snake(machine)


def handler_function(event: str) -> str:
    """The method of the machine that handles an event."""
    return f"_on_{snake(event)}"


def transition_function(variable: str, start: str, request: str) -> str:
    """The method of the machine that makes a transition."""
    return f"_{variable}_{label(start)}_to_{label(request)}"


def effect_method(instruction: str) -> str:
    """The method of the handlers that carries out an instruction."""
    return snake(instruction)
