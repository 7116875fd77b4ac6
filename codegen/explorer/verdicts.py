"""What a search says of each thing that was to be shown. Knows searches; knows nothing of words."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from .claims import Claim
from .probes import Failure
from .search import Search, Violation
from .settling import Loop, settles


class Verdict(enum.StrEnum):
    """``undetermined``: nothing was found, and not everything was seen."""

    proved = "proved"
    refuted = "refuted"
    undetermined = "undetermined"


IMPOSSIBLE = "nothing happens that is called impossible"
EXCEPTION = "the machine raises nothing"
CONTRACT = "every instruction has a contract"
ENDLESS = "every step comes to an end"
SETTLES = "where all succeeds the world comes to rest"
GENERAL = {
    "impossible": IMPOSSIBLE,
    "exception": EXCEPTION,
    "contract": CONTRACT,
    "endless": ENDLESS,
}
"""What is to be shown of every machine: kind of failure -> words."""


@dataclass(frozen=True)
class Finding:
    """The verdict about one thing. ``kind`` is a kind of failure or of claim, or ``settles``.

    ``vacuous`` says why a proof proves nothing. ``violation`` is where it fails, of ``settles`` where the
    ``loop`` begins; ``witness`` the number of a state that shows it can be reached.
    """

    kind: str
    name: str
    verdict: Verdict
    vacuous: str | None = None
    violation: Violation | None = None
    witness: int | None = None
    loop: Loop | None = None


@dataclass(frozen=True)
class Result:
    """All findings of one world. ``verdict``: refuted if something is, else undetermined if something is,
    else proved."""

    search: Search
    findings: Sequence[Finding]

    @property
    def verdict(self) -> Verdict:
        return overall(finding.verdict for finding in self.findings)

    @property
    def vacuous(self) -> list[Finding]:
        """What was proved without having been put to the test."""
        return [f for f in self.findings if f.vacuous is not None]

    @property
    def refuted(self) -> list[Finding]:
        """What fails, the shortest story first."""
        found = [f for f in self.findings if f.verdict is Verdict.refuted]
        return sorted(found, key=lambda f: f.violation.length if f.violation is not None else 0)


def overall(verdicts: Iterable[Verdict]) -> Verdict:
    """Refuted if something is, else undetermined if something is, else proved."""
    found = set(verdicts)
    for verdict in (Verdict.refuted, Verdict.undetermined):
        if verdict in found:
            return verdict
    return Verdict.proved


def judge(search: Search) -> Result:
    """The verdict about everything that was to be shown."""
    return Result(search, list(_findings(search)))


def _findings(search: Search) -> Iterator[Finding]:
    nothing = "nothing ever happens in this world" if not search.progress.edges else None
    for kind, name in GENERAL.items():
        found = [v for v in search.violations if v.failure.kind == kind]
        if found:
            for failing in found:
                yield Finding(kind, name, Verdict.refuted, violation=failing)
        else:
            yield _unrefuted(search, kind, name, nothing)
    for claim in search.world.claims:
        if claim.kind == "reachable":
            yield _reachable(search, claim)
            continue
        violation = search.violation(claim)
        if violation is not None:
            yield Finding(claim.kind, claim.name, Verdict.refuted, violation=violation)
        else:
            yield _unrefuted(search, claim.kind, claim.name, nothing or _vacuity(search, claim))
    yield _settling(search, nothing)


def _vacuity(search: Search, claim: Claim) -> str | None:
    if claim.kind == "rest" and not search.resting:
        return "the world never comes to rest"
    if search.held[claim]:
        return None
    return "its premise never holds" if claim.premise else f"there never is a {claim.entity}"


def _unrefuted(search: Search, kind: str, name: str, vacuous: str | None) -> Finding:
    if search.stopped is not None:
        return Finding(kind, name, Verdict.undetermined)
    return Finding(kind, name, Verdict.proved, vacuous)


def _reachable(search: Search, claim: Claim) -> Finding:
    witness = search.reached.get(claim)
    if witness is not None:
        return Finding(claim.kind, claim.name, Verdict.proved, witness=witness)
    verdict = Verdict.refuted if search.stopped is None else Verdict.undetermined
    return Finding(claim.kind, claim.name, verdict)


def _settling(search: Search, nothing: str | None) -> Finding:
    world = search.world
    if not search.pressed:
        return _unrefuted(search, "settles", SETTLES, nothing or "nothing ever has to happen")
    loop = settles(world, search.states, search.index)
    if loop is None:
        return _unrefuted(search, "settles", SETTLES, nothing)
    at = search.index[world.key(loop.start)]
    failure = Failure("settles", SETTLES, "it goes on for ever, though every instruction succeeds")
    violation = Violation(failure, at, None, len(search.path(at)) - 1)
    return Finding("settles", SETTLES, Verdict.refuted, violation=violation, loop=loop)
