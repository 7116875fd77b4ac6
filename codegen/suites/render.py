"""The tests as files: readable pytest, in the order of the spec.

A test is found by what it is of, and holds nothing that changes when something else does: line numbers
are in ``rules.txt`` alone, the ways to configurations in ``conftest.py``. Knows what is collected;
knows nothing of how it was found.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from lawful.runtime.testing import Happening, write_walk

from ..checked import CheckedSpec
from ..digest import named_sources
from ..generate.formatting import format_python
from ..generate.header import MARK
from ..generate.texts import comment, docstring
from ..naming import package_name
from ..plain import one_line
from .collect import Case, Collected
from .expect import Refused
from .random_test import random_test

MOST = 60
"""Tests in a file, where they can be told apart further."""


@dataclass(frozen=True)
class Names:
    """How generated tests speak of their surroundings: the spec, and the package of the machine."""

    spec: str
    package: str


def render(collected: Collected, names: Names) -> dict[PurePosixPath, str]:
    """All files of the tests of a machine but ``rules.txt``, formatted; paths below the folder of tests."""
    folder = PurePosixPath(package_name(collected.spec.machine))
    files = {"conftest.py": _conftest(collected, names)}
    for group, cases in _groups(collected).items():
        about = f"{collected.spec.machine}: {group}."
        files[f"test_{folder.name}_{_slug(group)}.py"] = _tests(about, cases, names)
    if collected.walks:
        files[f"test_{folder.name}_pairs.py"] = _pairs(collected, names)
    files[f"test_{folder.name}_random.py"] = random_test(collected, header(names))
    python = format_python({folder / name: text for name, text in files.items()})
    return python | {folder / name: text for name, text in _walks(collected, names).items()}


def _walks(collected: Collected, names: Names) -> dict[str, str]:
    """The walks, in one file for each stage."""
    files: dict[str, str] = {}
    for n, stage in enumerate(collected.stages, 1):
        walks = [write_walk(walk) for walk in collected.walks if walk.stage == stage]
        if walks:
            files[f"walks_{n}.txt"] = f"{header(names)}\n\n" + "\n".join(walks)
    return files


def pairs_told(collected: Collected) -> str:
    """What the walks take, and how many steps that takes them."""
    steps = sum(len(walk.beats) for walk in collected.walks)
    return (
        f"{collected.pairs} pairs of consecutive transitions in {len(collected.walks)} "
        f"walk{'s' if len(collected.walks) != 1 else ''}, "
        f"{steps} steps with {collected.made} transitions "
        f"(a postman makes {collected.least} at least)"
    )


def _pairs(collected: Collected, names: Names) -> str:
    about = f"{collected.spec.machine}: {pairs_told(collected)}."
    return "\n".join(
        [
            header(names),
            *docstring("\n".join(textwrap.wrap(about, 96)), ""),
            "",
            "from pathlib import Path",
            "",
            "import pytest",
            "",
            "from lawful.runtime.testing import Suite, Walk, read_walks",
            "",
            "WALKS = read_walks(Path(__file__).parent)",
            "",
            "",
            '@pytest.mark.parametrize("walk", WALKS, ids=lambda walk: walk.name)',
            "def test_pairs(suite: Suite, walk: Walk) -> None:",
            "    suite.walk(walk)",
            "",
        ]
    )


def rules(collected: Collected, names: Names) -> str:
    """Each item with its place and the line of the spec that stands there."""
    sources = {
        name: text.splitlines()
        for name, text in named_sources(collected.spec.sources, names.spec).items()
    }
    lines = []
    for item in collected.items.values():
        file, _, number = item.place.rpartition(":")
        text = sources.get(file, [])
        at = int(number) - 1 if number.isdigit() else -1
        said = one_line(text[at].strip()) if 0 <= at < len(text) else ""
        reached = "" if item.name not in collected.unreached else "\tnothing leads to it"
        lines.append(f"{one_line(item.name)}\t{one_line(item.place)}\t{said}{reached}")
    return "\n".join(lines) + "\n"


def header(names: Names) -> str:
    """The comment at the top of each file."""
    name = comment(names.spec)
    return "\n".join(
        [
            MARK,
            "# To change it, change its spec and run the command below.",
            f"# Spec: {name}",
            f"# Command: lawful generate {name}",
        ]
    )


# Tests


def _groups(collected: Collected) -> dict[str, list[Case]]:
    """The cases by file: those of an event, those of transitions from a state, those of another kind."""
    groups: dict[str, list[Case]] = {}
    for case in collected.cases:
        groups.setdefault(_group(case.items[0], collected.spec), []).append(case)
    found: dict[str, list[Case]] = {}
    for name, cases in groups.items():
        if len(cases) <= MOST:
            found[name] = cases
            continue
        for case in cases:
            found.setdefault(f"{name} {' '.join(case.items[0].split()[1:3])}", []).append(case)
    return found


def _group(item: str, spec: CheckedSpec) -> str:
    kind, *words = item.split()
    if kind in ("cell", "refused"):
        return f"event {words[0]}"
    if kind in ("transition", "route"):
        return f"{words[0]} from {words[1]}"
    return kind


def _tests(about: str, cases: Iterable[Case], names: Names) -> str:
    lines = [header(names), *docstring(about, ""), ""]
    lines += ["from lawful.runtime.testing import Suite, event", ""]
    taken: set[str] = set()
    for case in cases:
        lines += ["", *_test(case, _unused(_slug(case.items[0]), taken))]
    return "\n".join(lines) + "\n"


def _test(case: Case, name: str) -> Iterator[str]:
    given = ", ".join(one if n else repr(one) for n, one in enumerate(map(_one, case.given)))
    items = ", ".join(map(repr, case.items))
    yield ""
    yield f"def test_{name}(suite: Suite) -> None:"
    if isinstance(case.seen, Refused):
        yield f"    suite.refuses({items}, given=[{given}], when={_one(case.when)},"
        yield f"        because={case.seen.reason!r},)"
        return
    yield f"    suite.check({items}, given=[{given}], when={_one(case.when)},"
    for part in ("path", "emits", "changes"):
        told = getattr(case.seen, part)
        if told:
            yield f"        {part}=[{', '.join(map(repr, told))},],"
    yield "    )"


def _one(given: str | Happening) -> str:
    if isinstance(given, str):
        return given
    fields = "".join(f", {name}={value!r}" for name, value in given.fields.items())
    text = f"event({given.name!r}{fields})"
    if given.answers:
        answers = ", ".join(f"{name}={list(n)}" for name, n in given.answers.items())
        text += f".with_answers({answers})"
    return text


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", _split(text).replace("->", " to ").lower()).strip("_")


def _split(text: str) -> str:
    """With spaces inside names like ``FetchFailed``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text)


def _unused(name: str, taken: set[str]) -> str:
    found, n = name, 2
    while found in taken:
        found, n = f"{name}_{n}", n + 1
    taken.add(found)
    return found


# What they have in common


def _conftest(collected: Collected, names: Names) -> str:
    spec = collected.spec
    module, _, package = names.package.rpartition(".")
    has_host = any(stage.host_text for stage in collected.stages.values())
    about = f"What the tests of {spec.machine} have in common: stages, and the ways to situations."
    testing = [*(["Outside"] if has_host else []), "Shape", "Situation", "Stage", "Suite", "event"]
    lines = [
        header(names),
        *docstring(about, ""),
        "",
        "from pathlib import Path",
        *(["from typing import Any"] if has_host else []),
        "",
        "import pytest",
        "",
        f"from {module} import {package}" if module else f"import {package}",
        *_imports(collected),
        f"from lawful.runtime.testing import {', '.join(testing)}",
        "",
        *_shape(spec),
    ]
    for stage in collected.stages.values():
        if stage.host_text:
            lines += ["", "", stage.host_text]
    lines += ["", "", "STAGES = {"]
    for name, stage in collected.stages.items():
        lines.append(f"    {name!r}: Stage(")
        if stage.scene.config:
            lines.append(f"        config={dict(stage.scene.config)!r},")
        if stage.scene.context:
            lines.append(f"        context={dict(stage.scene.context)!r},")
        if stage.scene.deviations:
            lines.append(f"        deviations={dict(stage.scene.deviations)!r},")
        if stage.host:
            lines.append(f"        host={stage.host},")
        lines.append("    ),")
    lines += ["}", "", "SITUATIONS = {"]
    for name, (stage_name, events) in collected.situations.items():
        told = "".join(f"{_one(one)}, " for one in events)
        lines.append(f"    {name!r}: Situation({stage_name!r}, [{told}]),")
    lines += ["}", '"""A shortest way into each configuration."""', "", ""]
    lines += [
        '@pytest.fixture(scope="session")',
        "def suite() -> Suite:",
        '    """The machine, as the tests play it."""',
        "    here = Path(__file__).parent",
        f"    return Suite.read(here, {package}, SHAPE, STAGES, SITUATIONS)",
    ]
    return "\n".join(lines) + "\n"


def _imports(collected: Collected) -> list[str]:
    text = "".join(stage.host_text or "" for stage in collected.stages.values())
    text += repr(collected.situations) + "".join(repr(s.scene) for s in collected.stages.values())
    wanted = [name for name in ("DefaultMap", "HostFailure", "OrderedSet") if f"{name}(" in text]
    return [f"from lawful.runtime import {', '.join(wanted)}"] if wanted else []


def _shape(spec: CheckedSpec) -> Iterator[str]:
    yield "SHAPE = Shape("
    yield f"    machine={spec.machine!r},"
    yield "    entities={"
    for entity in spec.entities.values():
        fields = ("state", *entity.fields, *entity.relations)
        yield f"        {entity.name!r}: ({entity.registry!r}, {entity.key.name!r}, {fields!r}),"
    yield "    },"
    yield f"    context={tuple(spec.context)!r},"
    messages: Mapping[str, Mapping[str, tuple[str, ...]]] = {
        "events": {name: tuple(e.fields) for name, e in spec.events.items()},
        "instructions": {name: tuple(i.fields) for name, i in spec.instructions.items()},
    }
    for kind, found in messages.items():
        yield f"    {kind}={{"
        for name, names in found.items():
            yield f"        {name!r}: {names!r},"
        yield "    },"
    yield ")"
