"""The explorer finds exactly the states that others have found in the same models."""

from __future__ import annotations

from pathlib import Path

import pytest

from .models import MODELS, ORBITS, Model, numbers, search


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_a_published_model_has_exactly_its_states(model: Model, tmp_path: Path) -> None:
    assert numbers(search(model, tmp_path), model.numbers) == model.numbers


@pytest.mark.parametrize("model", ORBITS, ids=str)
def test_what_is_alike_is_folded_to_exactly_one_state(model: Model, tmp_path: Path) -> None:
    """Fewer would be unsound, and more incomplete: a representative that isn't unique."""
    assert numbers(search(model, tmp_path), model.numbers) == model.numbers
