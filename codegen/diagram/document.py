"""The diagram as JSON, for programs: the model as it is, nothing left out.

Knows the diagram's model.
"""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass

from .model import Diagram

VERSION = 1


def document(diagram: Diagram) -> str:
    """One JSON document, ASCII only, with a newline at its end. Its keys are the names of the model's
    fields; ``version`` counts changes that a reader would trip over."""
    shown = {
        field.name: _plain(getattr(diagram, field.name)) for field in fields(diagram) if field.init
    }
    return json.dumps({"version": VERSION, **shown}, indent=2) + "\n"


def _plain(value: object) -> object:
    if isinstance(value, str):
        return str(value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    return value
