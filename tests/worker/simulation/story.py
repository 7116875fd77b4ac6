"""What has happened in a run, line by line. The same for the same seed, to the last byte."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

LEFT_OUT = {
    # These hold places in memory, or nothing that tells more than the rest does.
    "exception",
    "traceback",
    "exception_text",
    "traceback_text",
    "type",
    "run_spec",
    "startstops",
    "thread",
    "metadata",
    "annotations",
    "span_id",
    "actor",
    "expr_ser",
    "span_metadata",
}


class Story:
    """Collects lines if it is ``kept``; else it costs next to nothing."""

    def __init__(self, kept: bool) -> None:
        self.kept = kept
        self.lines: list[str] = []

    def tell(self, now: float, who: str, verb: str, what: Any) -> None:
        if self.kept:
            self.lines.append(f"{now:12.6f}  {who}  {verb}  {shown(what)}")


def shown(value: Any) -> str:
    """The value as text in one order, without what differs from process to process."""
    if is_dataclass(value) and not isinstance(value, type):
        inside = {f.name: getattr(value, f.name) for f in fields(value)}
        return f"{type(value).__name__}({_pairs(inside)})"
    if isinstance(value, dict):
        return f"{{{_pairs(value)}}}"
    if isinstance(value, set | frozenset):
        return f"{{{', '.join(sorted(map(shown, value)))}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(shown, value))}]"
    return str(value)


def _pairs(inside: dict[Any, Any]) -> str:
    return ", ".join(f"{k}={shown(v)}" for k, v in inside.items() if k not in LEFT_OUT)
