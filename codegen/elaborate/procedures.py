"""Procedures and completion: snippets that no case or cell holds."""

from __future__ import annotations

import re

from ..checked import Completion, Procedure
from ..diagnostics import Diagnostics
from ..part import Text
from ..snippets.check import check_block, check_procedures
from ..snippets.environment import Signature, Surroundings
from ..types import UNKNOWN
from ..typetext import parse_signature
from .draft import Draft
from .names import check_labels, shadows

_WORDS = re.compile(r"\w+")


def declare_signatures(draft: Draft) -> dict[str, Text]:
    """Fill ``draft.known.procedures``; the result are the bodies, for ``check_bodies``."""
    signatures: dict[str, Signature] = {}
    bodies: dict[str, Text] = {}
    for head, spec in draft.spec.procedures.items():
        signature = parse_signature(head, draft.names, draft.diagnostics)
        if signature is None:
            lenient = dict.fromkeys(_WORDS.findall(head), UNKNOWN) | draft.names
            signature = parse_signature(head, lenient, Diagnostics())
        if signature is None:
            continue
        known = signatures.get(signature.name)
        if known is not None:
            continue  # two procedures of one name were reported with the other names
        signatures[signature.name] = signature
        bodies[signature.name] = spec.do
        for parameter in signature.parameters:
            assert draft.values is not None
            name = Text(parameter.name, parameter.span)
            shadows(draft, draft.values, name, f"a parameter of {signature.name}")
    draft.known.procedures = signatures
    return bodies


def check_bodies(draft: Draft, bodies: dict[str, Text]) -> None:
    """Fill ``draft.procedures``."""
    docs = {
        str(head).partition("(")[0].strip(): spec.doc or ""
        for head, spec in draft.spec.procedures.items()
    }
    for name, checked in check_procedures(bodies, draft.known, draft.diagnostics).items():
        signature = draft.known.procedures[name]
        draft.usage.add_block(checked)
        draft.procedures[name] = Procedure(
            name=name,
            parameters=signature.parameters,
            returns=signature.returns,
            body=checked.value,
            effects=draft.known.effects.get(name, checked.effects),
            doc=docs.get(name, ""),
            span=signature.span,
        )


def declare_completions(draft: Draft) -> None:
    """Fill ``draft.completions``."""
    for name, spec in draft.spec.completion.items():
        mode = None
        if spec.mode is not None:
            mode = draft.one_of(spec.mode, ("once", "fixpoint"), "mode of a completion")
        around = Surroundings(place=f'the completion "{name}"')
        checked = check_block(spec.do, around, draft.known, draft.diagnostics)
        draft.completions.append(
            Completion(
                name=str(name),
                mode="fixpoint" if mode == "fixpoint" else "once",
                body=draft.usage.add_block(checked),
                effects=checked.effects,
                span=name.span,
            )
        )
    check_labels(draft, draft.spec.completion, "completion")
