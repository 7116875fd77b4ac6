"""Ids that every format takes as they are: letters, digits and underscores, each used once."""

from __future__ import annotations

import re

from .model import Diagram

_PREFIX = {
    "state": "s",
    "deleted": "s",
    "request": "r",
    "event": "e",
    "instruction": "i",
    "completion": "c",
}


def safe_ids(diagram: Diagram) -> dict[str, str]:
    """From the id of each node to one that is no keyword and needs no quotes anywhere."""
    ids: dict[str, str] = {}
    taken: set[str] = set()
    for node in diagram.nodes:
        words = f"{_PREFIX[node.kind]}_{node.group}_{node.label}" if node.group else node.label
        if not node.group:
            words = f"{_PREFIX[node.kind]}_{words}"
        base = safe = re.sub(r"[^A-Za-z0-9]+", "_", words)
        number = 1
        while safe in taken:
            number += 1
            safe = f"{base}_{number}"
        taken.add(safe)
        ids[node.id] = safe
    return ids
