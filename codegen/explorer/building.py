"""The package of a machine, generated and imported in memory.

What is explored is the code that would be written to disk, but for its formatting, and for sets of
entities, which are loaded as a whole. Knows the generator; knows nothing of exploring.
"""

from __future__ import annotations

import itertools
import linecache
import sys
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

from ..checked import CheckedSpec
from ..generate.modules import render_modules
from ..generate.plan import Plan

_ORDER = ("types", "entities", "events", "instructions", "handlers", "host", "machine")
PREFIX = "lawful_explored_"
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Package:
    """A machine in memory: ``plan`` is what it was written by, ``modules`` its modules by name."""

    plan: Plan
    modules: dict[str, ModuleType]

    @property
    def machine(self) -> type[Any]:
        """The class of the machine."""
        found: type[Any] = getattr(self.modules["machine"], self.plan.spec.machine)
        return found

    def entity(self, name: str) -> type[Any]:
        """The class of an entity."""
        found: type[Any] = getattr(self.modules["entities"], name)
        return found

    def message(self, name: str) -> type[Any]:
        """The class of an event or an instruction."""
        module = "events" if name in self.plan.spec.events else "instructions"
        found: type[Any] = getattr(self.modules[module], name)
        return found


def build(
    spec: CheckedSpec,
    spec_name: str,
    entity: Callable[[type[Any]], type[Any]] | None = None,
    *,
    twin: bool = False,
) -> Package:
    """Generate the package and import it under a name of its own.

    ``spec_name`` is how the code speaks of the spec. ``entity`` gives the class that the machine uses
    in place of an entity's own. ``twin``: the machine is its instrumented twin. Nothing that the spec binds
    is imported: what is explored is its own.
    """
    plan = Plan(unbound(spec), spec_name, sets_as_elements=False)
    texts = render_modules(plan, twin=twin)
    if twin:
        texts["machine.py"] = texts["instrumented.py"]
    name = f"{PREFIX}{next(_numbers)}"
    package = ModuleType(name)
    package.__path__ = []
    sys.modules[name] = package
    modules = {}
    for part in _ORDER:
        text = texts.get(f"{part}.py")
        if text is not None:
            modules[part] = load(f"{name}.{part}", text)
            setattr(package, part, modules[part])
        if part == "entities" and entity is not None:
            for kind in spec.entities:
                setattr(modules[part], kind, entity(getattr(modules[part], kind)))
    return Package(plan, modules)


def unbound(spec: CheckedSpec) -> CheckedSpec:
    """The spec with classes of its own only."""
    return replace(
        spec,
        types={n: replace(t, bind=None) for n, t in spec.types.items()},
        entities={n: replace(e, bind=None) for n, e in spec.entities.items()},
        events={n: replace(e, bind=None) for n, e in spec.events.items()},
        instructions={n: replace(i, bind=None) for n, i in spec.instructions.items()},
    )


def load(name: str, text: str, **known: Any) -> ModuleType:
    """Import a text as a module, so that tracebacks show its lines. ``known`` are further names in it."""
    module = ModuleType(name)
    module.__package__ = name.rpartition(".")[0]
    vars(module).update(known)
    sys.modules[name] = module
    file = f"<{name}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    exec(compile(text, file, "exec"), vars(module))
    return module


def forget(keep: Collection[str] = ()) -> None:
    """Let go of all packages that were built, but for those that are named: for whoever builds hundreds, one after
    the other."""
    for name in [name for name in sys.modules if name.startswith(PREFIX)]:
        if name.partition(".")[0] not in keep:
            del sys.modules[name]
            linecache.cache.pop(f"<{name}>", None)
