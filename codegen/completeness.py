"""Static completeness: nothing that may happen is left unsaid, and nothing that is said is in vain.

Looks at the machine as it was put together; reports, changes nothing. What is merely unused is
reported only where nothing else is wrong, for a mistake makes many things look unused.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .checked import Case, Cell, CellCase, Handler
from .diagnostics import Related
from .elaborate.assemble import finish
from .elaborate.draft import Draft
from .items import check_acknowledged
from .pairs import check_pairs, check_reachable, check_unasked
from .snippets.ir import Const, Expr
from .unused import check_unused


def check_completeness(draft: Draft) -> None:
    """Everything that can be found without running the machine."""
    _check_handled(draft)
    for handler in draft.handlers.values():
        for cell in _different(handler.cells.values()):
            _check_cases(draft, cell.cases, what=f'the cell "{cell.origin}" of {handler.event}')
            _check_last(draft, handler, cell)
    seen: set[int] = set()
    for transition in draft.transitions.values():
        if id(transition.cases) not in seen:
            seen.add(id(transition.cases))
            what = f'"{transition.start} -> {transition.request}"'
            _check_cases(draft, transition.cases, what=what)
    check_pairs(draft)
    _check_contracts(draft)
    if not draft.diagnostics.has_errors:
        if draft.spec.unreachable:
            check_acknowledged(finish(draft), draft.diagnostics)
        check_unasked(draft)
        check_reachable(draft)
        check_unused(draft)


def _different(cells: Iterable[Cell]) -> Iterable[Cell]:
    """Each cell once, though it may serve many configurations."""
    return {id(cell): cell for cell in cells}.values()


def always(guard: Expr | None) -> bool:
    """Whether a guard is certain to hold."""
    return guard is None or (isinstance(guard, Const) and guard.value is True)


def _check_handled(draft: Draft) -> None:
    answers = {
        event: instruction
        for instruction in draft.known.instructions.values()
        for event in (*instruction.outcomes, *instruction.during)
    }
    for name in draft.spec.events:
        if name in draft.spec.handlers or name in draft.meant:
            continue
        instruction = answers.get(name)
        related = (
            ()
            if instruction is None
            else (Related(instruction.span, f"{instruction.name} may end with it"),)
        )
        draft.error(
            "LF200",
            name,
            f"nothing says what happens when {name} comes",
            'Add it to "handlers".',
            *related,
        )


def _check_cases(draft: Draft, cases: Sequence[Case | CellCase], *, what: str) -> None:
    """The first case behind one that always holds; and cases that never hold."""
    for i, case in enumerate(cases):
        if isinstance(case.when, Const) and case.when.value is False:
            draft.error("LF203", case.when.span, f"this case of {what} never holds")
        if always(case.when) and i + 1 < len(cases):
            behind = cases[i + 1]
            draft.error(
                "LF203",
                behind.span,
                f"this case of {what} is never reached: one before it always holds",
                "Give the earlier case a guard, or leave this one out.",
                Related(case.span, "the case that always holds"),
            )
            return


def _check_last(draft: Draft, handler: Handler, cell: Cell) -> None:
    """A cell says what happens when none of its guards holds."""
    if cell.cases and not any(always(case.when) for case in cell.cases):
        draft.error(
            "LF202",
            cell.cases[-1].span,
            f'the cell "{cell.origin}" of {handler.event} does not say what happens when no guard holds',
            'Add a last case without "when".',
        )


def _check_contracts(draft: Draft) -> None:
    """An instruction that runs must be able to end."""
    for instruction in draft.known.instructions.values():
        handlers = [draft.handlers.get(event) for event in instruction.outcomes]
        if not handlers or any(h is None for h in handlers):
            continue
        if all(h is not None and _refuses(h) for h in handlers):
            draft.error(
                "LF219",
                instruction.span,
                f"{instruction.name} can never end: each of its outcomes is impossible in every "
                "configuration",
            )


def _refuses(handler: Handler) -> bool:
    return bool(handler.cells) and all(
        cell.impossible is not None
        or (bool(cell.cases) and all(case.impossible is not None for case in cell.cases))
        for cell in _different(handler.cells.values())
    )
