"""Snippets that run one after the other and share their locals, and what a case does."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ..diagnostics import Span
from ..part import Text
from ..snippets.check import (
    check_block,
    check_emit,
    check_expression,
    check_recommend,
)
from ..snippets.environment import Checked, Knowledge, Surroundings
from ..snippets.ir import Block, Effects, Expr
from ..spec import CaseSpec
from ..types import BOOL, UNKNOWN, Type
from .draft import Draft, T, texts

_BINDS = re.compile(r"\b([a-z]\w*)\s*=(?!=)")


@dataclass
class Seen:
    """The locals that a sequence of snippets binds first and reads, and all that it does."""

    assigned: list[Mapping[str, Span]] = field(default_factory=list)
    read: set[str] = field(default_factory=set)
    effects: list[Effects] = field(default_factory=list)

    def all_effects(self) -> Effects:
        """The effects of the sequence, joined."""
        found = self.effects
        return Effects(
            frozenset().union(*(e.reads for e in found)),
            frozenset().union(*(e.writes for e in found)),
            frozenset().union(*(e.requests for e in found)),
            frozenset().union(*(e.emits for e in found)),
            frozenset().union(*(e.calls for e in found)),
            frozenset().union(*(e.hosts for e in found)),
            frozenset().union(*(e.creates for e in found)),
            any(e.logs for e in found),
        )


@dataclass
class Flow:
    """Where a sequence of snippets has come to: its surroundings now, and what was seen so far.
    ``guarded`` is its first guard."""

    draft: Draft
    around: Surroundings
    seen: Seen = field(default_factory=Seen)
    guarded: Checked[Expr] | None = None

    def fork(
        self,
        place: str | None = None,
        locals_: Mapping[str, Type] | None = None,
        *,
        directly: bool = True,
        apart: bool = False,
    ) -> Flow:
        """A way that begins here and ends for itself, with more locals, which can't be given another
        value. Unless it begins ``directly``, what is known of fields is forgotten: something may have
        run in between. What it sees is counted here too, or with ``apart`` for itself."""
        more = locals_ or {}
        known = self.around.known if directly else Knowledge(owners=self.around.known.owners)
        around = replace(
            self.around,
            place=self.around.place if place is None else place,
            locals={**self.around.locals, **more},
            fixed=self.around.fixed | frozenset(more),
            known=known,
        )
        return Flow(self.draft, around, Seen() if apart else self.seen)

    def note(self, checked: Checked[T]) -> T:
        """Count what a checked snippet does, and give its value back."""
        self.seen.assigned.append(checked.assigned)
        self.seen.read |= checked.read
        self.seen.effects.append(checked.effects)
        self.draft.usage.add(checked.effects)
        return checked.value

    def block(self, text: Text | None) -> Block:
        """Statements, if there are any; their locals are seen by what follows."""
        if text is None:
            return ()
        around = replace(self.around, exports=True)
        return self.advance(
            text, check_block(text, around, self.draft.known, self.draft.diagnostics)
        )

    def advance(self, text: Text, checked: Checked[Block]) -> Block:
        """Go on behind a checked block."""
        self.note(checked)
        self.draft.usage.add_block(checked)
        self.around = self.around.after(checked)
        if not checked.ok:
            self.bind_unknown(text)
        return checked.value

    def bind_unknown(self, text: Text) -> None:
        """After a mistake: every name that the text seems to bind is known and of unknown type, so that
        the snippets behind it say nothing of it."""
        names = dict.fromkeys(_BINDS.findall(text), UNKNOWN)
        self.around = replace(self.around, locals={**names, **self.around.locals})

    def guard(self, text: Text | None) -> Expr | None:
        """A condition that decides what happens, if there is one; what follows may rely on it."""
        if text is None:
            return None
        around = replace(self.around, pure=True, guard=True)
        checked = check_expression(text, around, self.draft.known, self.draft.diagnostics, BOOL)
        self.around = replace(self.around, known=checked.known)
        self.guarded = self.guarded or checked
        return self.note(checked)

    def unless(self, case: Flow) -> None:
        """Go on where the guard of a case that was forked from here does not hold."""
        if case.guarded is not None:
            self.around = self.around.unless(case.guarded)

    def body(self, spec: CaseSpec, variable: str | None) -> Block:
        """``do``, ``recommend`` and ``emit`` of a case, in this order."""
        body = self.block(spec.do)
        known, diagnostics = self.draft.known, self.draft.diagnostics
        if spec.recommend is not None and variable is not None:
            checked = check_recommend(
                spec.recommend, spec.args, variable, self.around, known, diagnostics
            )
            body += self.advance(spec.recommend, checked)
        for text in texts(spec.emit):
            body += self.advance(text, check_emit(text, self.around, known, diagnostics))
        return body


def check_shape(
    draft: Draft,
    spec: CaseSpec,
    where: Text | Span,
    allowed: tuple[str, ...],
    place: str,
) -> bool:
    """Whether a case bears only keys that its place allows. ``place`` ends the message: ``a cell``."""
    wrong = [key for key in KEYS if key not in allowed and value_of(spec, key) is not None]
    for key in wrong:
        value = value_of(spec, key)
        span = value if isinstance(value, Text) else where
        draft.error("LF118", span, f'"{key}" has no place in {place}', HINTS.get(key, ""))
    if spec.args is not None and spec.recommend is None and spec.redirect is None and not wrong:
        draft.error("LF118", spec.args, '"args" goes with "recommend" or "redirect"')
        return False
    return not wrong


KEYS = (
    "when",
    "assert",
    "attempt",
    "failed",
    "becomes",
    "internal",
    "redirect",
    "do",
    "recommend",
    "args",
    "emit",
    "ignore",
    "impossible",
    "doc",
)

HINTS = {
    "becomes": 'A cell asks for a state with "recommend".',
    "ignore": 'A transition that changes nothing is "internal".',
    "internal": 'A cell that does nothing says "ignore".',
    "redirect": 'A cell asks for a state with "recommend".',
    "assert": 'Write "assert" as a statement in "do".',
}


def value_of(spec: CaseSpec, key: str) -> object:
    """The value of a key of a case as it is spelt in the spec."""
    value: object = getattr(spec, "assert_" if key == "assert" else key)
    return value


def span_of(spec: CaseSpec, fallback: Text | Span) -> Span:
    """Where a case stands."""
    if spec._span is not None:
        return spec.span
    return fallback.span if isinstance(fallback, Text) else fallback
