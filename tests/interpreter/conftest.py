"""What golden steps are taken with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.generator.building import machine

from .golden import COLOURS, Steps


@pytest.fixture
def box(tmp_path: Path) -> Callable[..., Steps]:
    """Makes both machines of a Box of Balls (``machine`` says which parts can be given)."""

    def make(*, host: Any = None, options: dict[str, Any] | None = None, **parts: str) -> Steps:
        text = machine(**{"transitions": COLOURS, **parts})
        return Steps(tmp_path, text, host=host, **(options or {}))

    return make
