"""The whole reference, its parts in a fixed order."""

from __future__ import annotations

from ..checked import CheckedSpec
from ..diagram.markdown import starts_text
from ..figures import figures_text
from ..markdown import code, prose
from . import behaviour, declared, promises
from .page import Blocks, Page, codes, rows, section


def reference(spec: CheckedSpec) -> str:
    """The reference of a machine as Markdown, which ends with a newline. The same spec gives the same
    text in every process and from every folder."""
    page = Page(spec)
    blocks = [
        f"# {prose(spec.machine)}",
        *(prose(paragraph) for paragraph in spec.doc.split("\n\n")),
        f"{prose(figures_text(spec))}, in {codes(spec.sources)}.",
        *declared.configuration(page),
        *declared.types(page),
        *declared.entities(page),
        *_claims(page),
        *declared.context(page),
        *declared.instructions(page),
        *declared.events(page),
        *behaviour.handlers(page),
        *behaviour.completions(page),
        *behaviour.procedures(page),
        *declared.host(page),
        *promises.invariants(page),
        *promises.environments(page),
        *promises.unreachable(page),
        *promises.deviations(page),
        *_observers(page),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _claims(page: Page) -> Blocks:
    """What is asked for somewhere and claimed impossible in some states."""
    return section(
        "Claimed impossible",
        rows(
            ("Entity", "From", "Asked for", "If", "Because", "Place"),
            (
                (
                    prose(claim.entity),
                    starts_text(claim.starts),
                    code(claim.request),
                    code(claim.guard),
                    prose(claim.reason),
                    page.place(claim.place),
                )
                for claim in page.diagram.claims
            ),
        ),
    )


def _observers(page: Page) -> Blocks:
    if page.spec.observers:
        yield "## Observers"
        yield f"They are told of: {codes(page.spec.observers)}."
