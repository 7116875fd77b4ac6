"""How the host functions of a machine answer in an environment.

Knows host functions and snippets; what a function stores outside is a ghost here.
"""

from __future__ import annotations

from collections.abc import Mapping

from ...checked import HostFunction
from ...diagnostics import Related
from ...part import Text
from ...snippets.environment import Checked, Surroundings
from ...snippets.ir import Const, Expr
from ...types import STR, Named, bare
from ...world import Answer, Host
from ...worldspec import AnswerCaseSpec, AnswerSpec
from ..fields import is_broken
from .values import all_values
from .view import View

_BESIDE = ("when", "gives", "fails", "do", "doc")


def hosts(view: View, specs: Mapping[Text, AnswerSpec]) -> dict[str, Host]:
    """The answers that an environment gives."""
    made: dict[str, Host] = {}
    known = view.declared.host
    for name, spec in specs.items():
        if not view.draft.find("LF140", name, known, "host function"):
            continue
        function = known[name]
        if spec.cases and any(getattr(spec, key) is not None for key in _BESIDE):
            view.draft.error("LF118", name, 'answers stand in "cases" or beside it, not in both')
        cases: list[AnswerCaseSpec] = list(spec.cases) or [spec]
        answers = tuple(_answer(view, name, case, function) for case in cases)
        made[str(name)] = Host(str(name), answers, name.span)
        _check_pure(view, name, cases, function)
    return made


def _check_pure(
    view: View, name: Text, cases: list[AnswerCaseSpec], function: HostFunction
) -> None:
    if not function.pure:
        return
    only = cases[0]
    odd = only.when or only.do or only.fails
    if len(cases) > 1 or odd is not None:
        view.draft.error(
            "LF155",
            name if odd is None else odd,
            f'"{name}" is declared pure: it gives one value for the same arguments and does nothing',
            "Choose the value with `if` and `else`.",
            Related(function.span, "the host function"),
        )


def _answer(view: View, name: Text, spec: AnswerCaseSpec, function: HostFunction) -> Answer:
    draft = view.draft
    for parameter in function.parameters:
        if parameter.name in view.ghosts:
            draft.error(
                "LF100",
                name,
                f'the parameter "{parameter.name}" of "{name}" would hide the ghost of that name',
                "Give the ghost another name.",
                Related(view.ghosts[parameter.name].span, "the ghost"),
            )
    around = view.around(f'the answer of "{name}"', {p.name: p.type for p in function.parameters})
    when = view.condition(spec.when, around)
    if when is not None:
        around = around.after(when)
    gives = fails = None
    if spec.gives is not None and spec.fails is not None:
        draft.error("LF118", spec.fails, f'"{name}" gives something or fails, not both')
    elif spec.fails is not None:
        fails = _failure(view, name, spec.fails, function, around)
    elif spec.gives is not None:
        if function.returns is None:
            draft.error("LF155", spec.gives, f'"{name}" returns nothing')
        gives = view.expression(spec.gives, around, function.returns)
    elif function.returns is not None and draft.whole:
        draft.error("LF155", name, f'nothing says what "{name}" gives', 'Add "gives" or "fails".')
    do = view.block(spec.do, around)
    for checked in (when, gives, fails, do):
        if checked is not None and checked.effects.hosts:
            draft.error("LF155", name, f'the answer of "{name}" calls a host function itself')
    return Answer(
        when=None if when is None else when.value,
        gives=None if gives is None else gives.value,
        fails=None if fails is None else fails.value,
        do=() if do is None else do.value,
        span=spec.span,
    )


def _failure(
    view: View, name: Text, text: Text, function: HostFunction, around: Surroundings
) -> Checked[Expr] | None:
    if function.fails_type is None:
        view.draft.error(
            "LF155",
            text,
            f'"{name}" can\'t fail',
            'Say "fails" where the host function is declared.',
            Related(function.span, "the host function"),
        )
        return None
    return view.expression(text, around, function.fails_type)


def silent(view: View, told_apart: frozenset[str], made: Mapping[str, Host]) -> dict[str, Host]:
    """How the functions answer that the machine calls and the environment says nothing of: those that
    return nothing do nothing, and one value stands for opaque ones that nothing tells apart."""
    found: dict[str, Host] = {}
    for function in view.declared.host.values():
        name, returns = function.name, function.returns
        if (
            name in made
            or name not in view.draft.usage.hosts
            or (returns is not None and is_broken(returns))
        ):
            continue
        gives: Expr | None = None
        if isinstance(returns, Named) and returns.name not in told_apart:
            token = all_values(returns, view, told_apart)
            if token is not None and len(token) == 1 and bare(returns) == STR:
                gives = Const(span=function.span, type=returns, value=str(token[0]))
        if function.fails is not None or (returns is not None and gives is None):
            view.draft.error(
                "LF155",
                view.name,
                f'nothing says how the host function "{name}" answers in "{view.name}"',
                'Give the answer, or several, under "host".',
                Related(function.span, "the host function"),
            )
        answer = Answer(None, gives, None, (), view.name.span)
        found[name] = Host(name, (answer,), view.name.span)
    return found
