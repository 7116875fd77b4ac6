"""What a machine promises, where it differs on purpose, and the worlds in which it is explored."""

from __future__ import annotations

from collections.abc import Iterable

from ..checked import Invariant
from ..literal import written
from ..markdown import code, prose, statements
from ..types import spell
from ..world import Among, Carried, Case, Computed, Environment, Ranges, Rule
from .page import Blocks, Page, codes, rows, section, sentence


def invariants(page: Page) -> Blocks:
    yield from section("Invariants", _promises(page, page.spec.invariants))
    yield from section("At rest", _promises(page, page.spec.at_quiescence))


def _promises(page: Page, promises: Iterable[Invariant]) -> str:
    return rows(
        ("Promise", "For each", "Where", "Holds", "Meaning", "Place"),
        (
            (
                prose(promise.name),
                code(promise.entity or ""),
                page.expression(promise.when),
                page.expression(promise.holds),
                prose(promise.doc),
                page.place(promise.span),
            )
            for promise in promises
        ),
    )


def unreachable(page: Page) -> Blocks:
    return section(
        "Unreachable",
        rows(
            ("Items of coverage", "Because", "Place"),
            (
                (prose(known.items), prose(known.because), page.place(known.span))
                for known in page.spec.unreachable.values()
            ),
        ),
    )


def deviations(page: Page) -> Blocks:
    return section(
        "Deviations",
        rows(
            ("Deviation", "", "Because", "Place"),
            (
                (
                    prose(deviation.name),
                    "always" if deviation.always else "on" if deviation.on else "off",
                    prose(deviation.because),
                    page.place(deviation.span),
                )
                for deviation in page.spec.deviations.values()
            ),
        ),
    )


# ------------------------------------------------------------------------------------- environments


def environments(page: Page) -> Blocks:
    if page.spec.environments:
        yield "## Environments"
        yield "The closed worlds in which the machine is explored."
    for environment in page.spec.environments.values():
        yield f"### {prose(environment.name)}"
        yield sentence(prose(environment.doc), f"At {page.place(environment.span)}.")
        yield _settings(environment)
        yield _memory(page, environment)
        yield rows(
            ("What may happen", "If", "With", "Does", "How often", "Place"),
            _happenings(page, environment),
        )
        yield _answers(page, environment)
        for words, promises in (
            ("It always holds:", environment.always),
            ("At rest it holds:", environment.at_quiescence),
            ("It can be reached:", environment.reachable),
        ):
            if promises:
                yield words
                yield _promises(page, promises)


def _settings(environment: Environment) -> str:
    given = environment.values.items()
    stands = environment.representations.items()
    lines = [
        *(("values", code(name), codes(map(written, values))) for name, values in given),
        *(
            ("configuration", code(name), code(written(value)))
            for name, value in environment.config.items()
        ),
        *(
            ("context", code(name), code(written(value)))
            for name, value in environment.context.items()
        ),
        *(
            ("deviation", prose(name), "on" if on else "off")
            for name, on in environment.deviations.items()
        ),
        *(("written as", code(name), code(spell(base))) for name, base in stands),
        *(("symmetric", code(name), "") for name in environment.symmetric),
        *(
            ("may stay open", code(name), prose(reason))
            for name, reason in environment.may_stay_open.items()
        ),
    ]
    return rows(("Setting", "Of", "Is"), lines)


def _memory(page: Page, environment: Environment) -> str:
    ghosts = (
        (
            "remembers",
            code(f"{ghost.name}: {spell(ghost.type)}"),
            f"begins with {code(written(ghost.default))}",
            prose(ghost.doc),
            page.place(ghost.span),
        )
        for ghost in environment.ghosts.values()
    )
    channels = (
        (
            f"channel {channel.direction} the machine",
            code(channel.name),
            f"carries {codes(channel.carries)}"
            + (f", at most {channel.at_most}" if channel.at_most is not None else ""),
            prose(channel.doc),
            page.place(channel.span),
        )
        for channel in environment.channels.values()
    )
    return rows(("Memory", "Name", "Holds", "Meaning", "Place"), (*ghosts, *channels))


def _happenings(page: Page, environment: Environment) -> Iterable[tuple[str, ...]]:
    if environment.initial is not None:
        for case in environment.initial.cases:
            yield _case(page, f"it begins with {code(environment.initial.event)}", case)
    for source in environment.sources.values():
        for case in source.cases:
            yield _case(page, f"{code(source.event)} comes", case)
    for step in environment.steps.values():
        for case in step.cases:
            yield _case(page, prose(step.name), case)
    for outcome in environment.outcomes.values():
        gives = "meanwhile gives" if outcome.during else "ends with"
        what = f"{code(outcome.instruction)} {gives} {code(outcome.event)}"
        if outcome.never is not None:
            never = f"never: {prose(outcome.never)}"
            yield what, "", "", "", never, page.place(outcome.span)
        for case in outcome.cases:
            yield _case(page, what, case)
    for heard in environment.heard.values():
        what = f"{code(heard.instruction)} is heard"
        yield what, "", "", page.block(heard.do), "", page.place(heard.span)


def _case(page: Page, what: str, case: Case) -> tuple[str, ...]:
    settled = (*case.choices.items(), *case.fields.items())
    often = [f"at most {case.at_most}"] if case.at_most is not None else []
    often += ["some time, where it stays possible"] if case.fair else []
    return (
        what,
        page.expression(case.when),
        statements(f"{name}: {_rule(page, rule)}" for name, rule in settled),
        page.block(case.do),
        ", ".join(often),
        page.place(case.span),
    )


def _rule(page: Page, rule: Rule) -> str:
    match rule:
        case Carried():
            return "as in the instruction"
        case Ranges(values):
            return ", ".join(map(written, values))
        case Computed(value):
            return page.source.text(value)
        case Among(source):
            return f"any of {page.source.text(source)}"


def _answers(page: Page, environment: Environment) -> str:
    return rows(
        ("Host function", "If", "Gives", "Does", "Place"),
        (
            (
                code(host.function),
                page.expression(answer.when),
                page.expression(answer.gives)
                if answer.fails is None
                else f"fails with {page.expression(answer.fails)}",
                page.block(answer.do),
                page.place(answer.span),
            )
            for host in environment.host.values()
            for answer in host.answers
        ),
    )
