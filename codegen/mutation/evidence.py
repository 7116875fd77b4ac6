"""What is known of each mutant so far, and a file that keeps it, so that a trial that was cut short goes on.

Knows verdicts and comparisons as values; finds nothing out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from .graphs import Comparison
from .verdicts import Verdict

_SAME = (Comparison.same, Comparison.unreached)


@dataclass
class Evidence:
    """Of one mutant: the verdict, None while nobody has noticed it, and what was noticed.

    ``compared``: by environment, what is different there. ``explored``: the environments that it was walked
    through in without a failure, and whether that was all there is to see, or as much as the trial allows.
    """

    verdict: Verdict | None = None
    noticed: str = ""
    compared: dict[str, Comparison] = field(default_factory=dict)
    explored: dict[str, bool] = field(default_factory=dict)

    def judged(self, verdict: Verdict, noticed: str) -> Evidence:
        self.verdict, self.noticed = verdict, noticed
        return self

    @property
    def suspects(self) -> list[str]:
        """The environments in which something may fail: those that aren't the same, as far as is known."""
        alike = (*_SAME, Comparison.so_far)
        return [name for name, what in self.compared.items() if what not in alike]

    def conclude(self) -> tuple[Verdict, str]:
        """The verdict, when all environments have been compared and explored."""
        if self.verdict is not None:
            return self.verdict, self.noticed
        for name, what in self.compared.items():
            if what is Comparison.differs:
                return Verdict.survived, f"{name}: different"
        if all(what in _SAME for what in self.compared.values()):
            unreached = sum(what is Comparison.unreached for what in self.compared.values())
            if not unreached:
                return Verdict.equivalent, ""
            return (
                Verdict.equivalent,
                f"never reached in {unreached} of {len(self.compared)} worlds",
            )
        return Verdict.undetermined, ""


class Journal:
    """The evidence of a trial. With a ``path`` it is read from there, and each piece is added to the file as it
    comes. ``head`` tells one trial from another; ``ValueError`` if the file is of another one.

    ``mutants``: the evidence by the mutant's number. ``walks``: of each environment that was walked without a
    mutant, how many states it has, and whether these are all.
    """

    def __init__(self, path: Path | None, head: Mapping[str, Any]) -> None:
        self.mutants: dict[int, Evidence] = {}
        self.walks: dict[str, tuple[int, bool]] = {}
        self._file: IO[str] | None = None
        if path is None:
            return
        whole = self._read(path, head) if path.exists() else 0
        self._file = path.open("a", encoding="utf-8", newline="\n")
        self._file.truncate(whole)  # the end of a line that was cut off
        if not whole:
            self._add(head)

    def note(self, number: int, evidence: Evidence) -> None:
        """This is what is known now of the mutant with this number."""
        self.mutants[number] = evidence
        self._add(
            {
                "mutant": number,
                "verdict": evidence.verdict,
                "noticed": evidence.noticed,
                "compared": {name: what.value for name, what in evidence.compared.items()},
                "explored": evidence.explored,
            }
        )

    def walked(self, environment: str, states: int, whole: bool) -> None:
        self.walks[environment] = states, whole
        self._add({"environment": environment, "states": states, "whole": whole})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()

    def _add(self, line: Mapping[str, Any]) -> None:
        if self._file is not None:
            self._file.write(_line(line))
            self._file.flush()

    def _read(self, path: Path, head: Mapping[str, Any]) -> int:
        """Take in what the file has. How many of its bytes are whole lines."""
        *lines, rest = path.read_bytes().split(b"\n")
        try:
            if not lines and not _line(head).encode().startswith(rest):
                raise KeyError
            found = [json.loads(line) for line in lines]
            if found and found[0] != head:
                raise ValueError(f"{path} is of another trial; delete it, or name another file")
            for line in found[1:]:
                self._take(line)
        except (KeyError, TypeError, AttributeError, json.JSONDecodeError, UnicodeDecodeError):
            raise ValueError(f"{path} is no journal of mutants") from None
        return sum(len(line) + 1 for line in lines)

    def _take(self, line: dict[str, Any]) -> None:
        if "environment" in line:
            self.walks[line["environment"]] = line["states"], line["whole"]
            return
        verdict = line["verdict"]
        self.mutants[line["mutant"]] = Evidence(
            None if verdict is None else Verdict(verdict),
            line["noticed"],
            {name: Comparison(what) for name, what in line["compared"].items()},
            line["explored"],
        )


def _line(what: Mapping[str, Any]) -> str:
    return json.dumps(what, ensure_ascii=False) + "\n"
