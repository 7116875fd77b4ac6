"""Mistakes, planted one at a time into what the generator writes or into the runtime below it.

Each is a change of source text whose anchor must be found, so that a mistake that can't be planted any
more fails its test. The changed package and its runtime are imported under names of their own.
"""

from __future__ import annotations

import importlib
import itertools
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lawful.codegen.generate import render

from .cases import CASES, ROOT, made
from .pair import Made

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Mistake:
    """``pattern`` becomes ``replacement`` wherever it is found in ``file``: a module of the runtime
    (``runtime/drain.py``) or of the generated package. ``case`` is where it shows."""

    name: str
    file: str
    pattern: str
    replacement: str
    case: str = "rules"

    def plant(self, text: str) -> str:
        """The text with the mistake in it."""
        changed, count = re.subn(self.pattern, self.replacement, text, flags=re.MULTILINE)
        assert count, f"the anchor of {self.name!r} isn't in {self.file}: {self.pattern}"
        assert changed != text
        return changed


@cache
def sources(case: str) -> Mapping[str, str]:
    """The text of every module that a machine of the case consists of, the runtime's among them."""
    root = ROOT / CASES[case].path
    found = {f"runtime/{p.name}": p.read_text("utf-8") for p in (ROOT / "runtime").glob("*.py")}
    for path, text in render(made(case).spec, root.name).items():
        found[path.name] = text
    return found


@contextmanager
def planted(case: str, mistake: Mistake | None) -> Iterator[Made]:
    """The machines of a case with one mistake in the generated one, or with none."""
    texts = dict(sources(case))
    if mistake is not None:
        texts[mistake.file] = mistake.plant(texts[mistake.file])
    name = f"planted_{next(_numbers)}"
    with tempfile.TemporaryDirectory() as folder:
        _write(Path(folder) / name, name, texts)
        sys.path.insert(0, folder)
        importlib.invalidate_caches()
        try:
            package = importlib.import_module(f"{name}.machine_of_it")
            runtime = importlib.import_module(f"{name}.runtime")
            whole = made(case)
            yield Made(whole.spec, package, whole.config, whole.host, whole.context, runtime)
        finally:
            sys.path.remove(folder)
            for module in [m for m in sys.modules if m == name or m.startswith(f"{name}.")]:
                del sys.modules[module]


def _write(root: Path, name: str, texts: Mapping[str, str]) -> None:
    for folder in (root / "runtime", root / "machine_of_it"):
        folder.mkdir(parents=True)
    (root / "__init__.py").touch()
    for file, text in texts.items():
        inside = file if file.startswith("runtime/") else f"machine_of_it/{file}"
        changed = text.replace("lawful.runtime", f"{name}.runtime")
        (root / inside).write_text(changed, encoding="utf-8")


MACHINE = "runtime/machine.py"
DRAIN = "runtime/drain.py"
CONTAINERS = "runtime/containers.py"
GENERATED = "machine.py"

# What is put behind the containers, so that it doesn't matter how they are made.
BACKWARDS = """
_init = Heap.__init__
def _backwards(self, items=(), *, key):
    numbers = iter(range(0, -1_000_000, -1))
    _init(self, items, key=lambda item: (key(item), next(numbers)))
Heap.__init__ = _backwards
"""
READ_ANEW = """
_walk, _peek, _pop, _first = Heap.__iter__, Heap.peek, Heap.pop, Heap.first
def _anew(heap):
    items = list(_walk(heap))
    heap.clear()
    for item in items:
        heap.add(item)
    return heap
Heap.__iter__ = lambda heap: _walk(_anew(heap))
Heap.peek = lambda heap: _peek(_anew(heap))
Heap.pop = lambda heap: _pop(_anew(heap))
Heap.first = lambda heap, n: _first(_anew(heap), n)
"""

MISTAKES = [
    Mistake(
        "the oldest recommendation is taken first",
        MACHINE,
        r"entity, request = recommendations\.popitem\(\)",
        "entity = next(iter(recommendations)); request = recommendations.pop(entity)",
    ),
    Mistake(
        "a later recommendation leaves the place of the first",
        MACHINE,
        r"^( +)recommendations\.update\(more\)",
        r"\1for other in more:\n\1    recommendations.pop(other, None)\n"
        r"\1recommendations.update(more)",
    ),
    Mistake(
        "the first recommendation wins",
        MACHINE,
        r"recommendations\.update\(more\)",
        "recommendations.update({**more, **recommendations})",
    ),
    Mistake(
        "instructions come in front of the earlier ones",
        MACHINE,
        r"^( +)more = step\(self, entity, stimulus_id, instructions\)",
        r"\1more = step(self, entity, stimulus_id, new := [])\n\1instructions[:0] = new",
    ),
    Mistake(
        "the completion runs twice",
        MACHINE,
        r"^( +)self\._complete\(instructions, stimulus_id\)",
        r"\1self._complete(instructions, stimulus_id)\n"
        r"\1self._complete(instructions, stimulus_id)",
    ),
    Mistake(
        "no completion after an event that emits nothing",
        MACHINE,
        r"if self\._completes:",
        "if self._completes and instructions:",
    ),
    Mistake(
        "a fixpoint runs once",
        MACHINE,
        r"if not \(fixpoint and more\):",
        "if True:",
    ),
    Mistake(
        "the clock is read twice",
        MACHINE,
        r"before, now = self\.now, clock\(\)",
        "before, now = self.now, max(clock(), clock())",
    ),
    Mistake(
        "ids are counted from nought",
        MACHINE,
        r'f"\{prefix\}\{count\}"',
        'f"{prefix}{count - 1}"',
    ),
    Mistake(
        "what is deleted is asked",
        MACHINE,
        r"if step is None and start in self\._DELETING\.get\(kind, \(\)\):",
        "if False:",
    ),
    Mistake(
        "undeclared pairs are not refused",
        MACHINE,
        r"raise self\._invalid\(InvalidTransition, entity, start, request, reason\)",
        "return {}, []",
        "tasks",
    ),
    Mistake(
        "a machine that failed goes on",
        MACHINE,
        r"self\._fail\(event, error\)",
        "self._barred = False",
        "tasks",
    ),
    Mistake(
        "nothing is validated",
        MACHINE,
        r"self\._check_step\(self\._touched\)",
        "pass",
        "every",
    ),
    Mistake(
        "the log has the state before in the place of that after",
        MACHINE,
        r"^( +)request,\n +entity\.state,",
        r"\1request,\n\1start,",
    ),
    Mistake(
        "observers are told of the transition before it is made",
        MACHINE,
        r"^( +)result = step\(self, entity, stimulus_id, instructions, \*args\) or \{\}, instructions\n"
        r" +if self\.observers:\n +tell\(self\.observers, entity, start, request\)",
        r"\1tell(self.observers, entity, start, request)\n"
        r"\1result = step(self, entity, stimulus_id, instructions, *args) or {}, instructions",
    ),
    Mistake(
        "a route doesn't follow what the entity asks of itself",
        DRAIN,
        r"while \(own := recommendations\.pop\(entity, None\)\) is not None:",
        "while recommendations.pop(entity, None) and (own := None):",
    ),
    Mistake(
        "a route follows a deletion",
        DRAIN,
        r"if name not in deleting:",
        "if name is not None:",
    ),
    Mistake(
        "the first leg wins",
        DRAIN,
        r"recommendations\.update\(more\)",
        "recommendations.update({**more, **recommendations})",
    ),
    Mistake(
        "the second leg forgets its instructions",
        DRAIN,
        r"return recommendations, instructions \+ new",
        "return recommendations, instructions",
    ),
    Mistake("insertion doesn't break ties in a heap", CONTAINERS, r"\Z", BACKWARDS),
    Mistake("the key of a heap is read when one looks", CONTAINERS, r"\Z", READ_ANEW),
    Mistake(
        "what is added again moves to the end of a set",
        GENERATED,
        r"^( +)(\S+[._]elements)\[(.*)\] = None",
        r"\1\2.pop(\3, None)\n\1\2[\3] = None",
    ),
    Mistake(
        "`start` is the state after the change",
        GENERATED,
        r'^( +)start: BallState = ball\.state\n +ball\.state = "blue"\n',
        r'\1ball.state = "blue"\n\1start: BallState = ball.state\n',
    ),
    Mistake(
        "a guard sees the entity after the change",
        GENERATED,
        r'^( +)if ball\.state == "idle" and amount > 1:\n +ball\.state = "blue"\n',
        r'\1before, ball.state = ball.state, "blue"\n'
        r'\1if not (ball.state == "idle" and amount > 1):\n'
        r"\1    ball.state = before\n"
        r"\1else:\n",
    ),
    Mistake(
        "a guard is one off",
        GENERATED,
        r"if ball\.count > 2:",
        "if ball.count >= 2:",
    ),
    Mistake(
        "a redirect changes the state",
        GENERATED,
        r'^( +)(instructions\.append\(\s*Tell\(text="not so fast")',
        r'\1ball.state = "green"\n\1\2',
    ),
    Mistake(
        "a failed attempt changes the state",
        GENERATED,
        r'^( +)self\._record\("keep", failed\)',
        r'\1ball.state = "away"\n\1self._record("keep", failed)',
    ),
    Mistake(
        "a failure of the host is not recorded",
        GENERATED,
        r'^ +self\._record\("keep", failed\)\n',
        "",
    ),
    Mistake(
        "what the host returned is not recorded",
        GENERATED,
        r'self\._record\("keep", (self\._host\.keep\(.*\))\)',
        r"\1",
    ),
    Mistake(
        "a subject that is named twice has two turns",
        GENERATED,
        r"dict\.fromkeys\(event\.names\)",
        "list(event.names)",
    ),
    Mistake(
        "a derived collection follows when `do` is done",
        GENERATED,
        r"^( +self\.reds\.elements\[ball\] = None\n)( +self\.bright \+= 1\n +recommendations = \{\}\n.*\n)",
        r"\2\1",
    ),
    Mistake(
        "a derived collection doesn't follow a change of a field",
        GENERATED,
        r"^( +ball\.tags_elements\[event\.tag\] = None\n) +self\._refresh_tagged\(ball\)\n",
        r"\1",
    ),
    Mistake(
        "a derived collection doesn't follow a reset",
        GENERATED,
        r"^( +ball\.reset_wash\(\)\n) +self\._refresh_tagged\(ball\)\n",
        r"\1",
    ),
    Mistake(
        "a count goes up only",
        GENERATED,
        r"^ +self\.bright -= 1\n",
        "",
    ),
    Mistake(
        "a field keeps its value in a reset",
        "entities.py",
        r'^(        # wash\n.*\n) +self\.note = ""\n',
        r"\1",
    ),
    Mistake(
        "the other side of a relation isn't told",
        GENERATED,
        r"^ +friend\.admirers_elements\[ball\] = None\n",
        "",
    ),
    Mistake(
        "who goes elsewhere is still where he was",
        GENERATED,
        r"ball\.box\.balls_elements\.pop\(ball, None\)",
        "pass",
    ),
    Mistake(
        "what is deleted keeps its relations",
        GENERATED,
        r"^ +self\._clear_ball_admirers\(ball\)\n",
        "",
    ),
    Mistake(
        "the deletion is over before its instructions are made",
        GENERATED,
        r'^( +)(instructions\.append\(\n +Tell\(\n +text="gone",\n(?: +\w+=.*\n)+ +\)\n +\)\n)'
        r" +(self\._detach_ball\(ball\)\n)",
        r"\1\3\1\2",
    ),
    Mistake(
        "instructions of one case come in another order",
        GENERATED,
        r'^( +instructions\.append\(Tell\(text="idle".*\n)( +instructions\.append\(Tell\(text=ball\.note.*\n)',
        r"\2\1",
    ),
    Mistake(
        "an instruction has lost its cause",
        GENERATED,
        r'Tell\(text="mixed", size=amount, stimulus_id=stimulus_id\)',
        'Tell(text="mixed", size=amount, stimulus_id="")',
    ),
    Mistake(
        "the event comes before its family",
        GENERATED,
        r'^( +self\.log\.append\(\("home".*\n)( +self\.log\.append\(\("before".*\n)',
        r"\2\1",
    ),
    Mistake(
        "the family's part after the cells comes first",
        GENERATED,
        r'^( +self\.log\.append\(\("own after".*\n)( +self\.log\.append\(\("after".*\n)',
        r"\2\1",
    ),
    Mistake(
        "what is consumed stays",
        GENERATED,
        r"^ +self\.held\.pop\(event\.label, None\)\n",
        "",
    ),
    Mistake(
        "what is consumed is taken before somebody refuses",
        GENERATED,
        r"self\.held\.get\(event\.label, \(\)\)",
        "self.held.pop(event.label, ())",
    ),
    Mistake(
        "a new subject has the cell of its state",
        GENERATED,
        r"is_new = ball is None",
        "is_new = False",
    ),
    Mistake(
        "an impossible cell is ignored",
        GENERATED,
        r"raise self\._refuse\(event, ball, configuration, \"nobody is there to be hung\"\)",
        "return None",
    ),
    Mistake(
        "the first request of a cell wins",
        GENERATED,
        r'recommendations\[ball\] = "green"',
        'recommendations.setdefault(ball, "green")',
    ),
    Mistake(
        "the default of an argument is another",
        GENERATED,
        r'\("mixed", 1\)',
        '("mixed", 0)',
    ),
    Mistake(
        "an event goes into the history that isn't logged",
        GENERATED,
        r"frozenset\(\{Take\}\)",
        "frozenset()",
    ),
    Mistake(
        "an event is logged with what is to be left out",
        GENERATED,
        r"\{Send: \{\"thing\": None\}\}",
        "{}",
    ),
]
