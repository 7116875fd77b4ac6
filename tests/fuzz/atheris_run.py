"""One atheris run: ``python -m tests.fuzz.atheris_run TARGET CODES CORPUS OPTION…``; ends the process."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

atheris: Any = importlib.import_module("atheris")  # of the extra ``fuzz``, and without types

with atheris.instrument_imports(include=["lawful.codegen"]):
    from . import targets


def main() -> None:
    target, codes = sys.argv[1], Path(sys.argv[2])
    seen: set[str] = set()

    def one(data: bytes) -> None:
        if target == "spec":
            found = targets.spec(data)
        else:
            found = targets.snippet(data.decode("utf-8", "replace"))
        if not found <= seen:
            seen.update(found)
            codes.write_text(" ".join(sorted(seen)))

    atheris.Setup([sys.argv[0], *sys.argv[3:]], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
