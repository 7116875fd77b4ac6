"""The reference of the language has every key, every construct and every method, with an example."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from lawful.codegen import spec as models
from lawful.codegen.part import Part

from .documents import ROOT, blocks

REFERENCE = "spec/README.md"
TEXT = (ROOT / REFERENCE).read_text(encoding="utf-8")
EXAMPLES = "\n".join(block.text for block in blocks(REFERENCE) if block.language == "yaml")


def keys() -> Iterator[str]:
    """Every key that some part of a spec can have, as it is written there."""
    found = {
        info.alias or name
        for model in vars(models).values()
        if isinstance(model, type) and issubclass(model, Part)
        for name, info in model.model_fields.items()
    }
    yield from sorted(found)


@pytest.mark.parametrize("key", list(keys()))
def test_every_key_is_explained_and_shown(key: str) -> None:
    assert re.search(rf"^[|#][^\n]*`[^`\n]*\b{key}\b", TEXT, re.M), f"no row explains {key}"
    assert re.search(rf"(?<![\w-]){key}:", EXAMPLES), f"no example shows {key}"
