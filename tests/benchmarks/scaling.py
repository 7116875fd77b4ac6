"""How the time to check and generate grows with the size of a spec: prints a table.

``python -m tests.benchmarks.scaling [sizes…]``. Each size is a process of its own, best of three. The
last column is the time divided by n log n, which must not grow.
"""

from __future__ import annotations

import math
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SIZES = (100, 200, 400, 700, 1000)
ROUNDS = 3

_PROCESS = """
import sys, time
begin = time.perf_counter()
from pathlib import Path
from lawful.codegen.checking import check
from lawful.codegen.diagnostics import Diagnostics
from lawful.codegen.generate import render
from lawful.codegen import writer
loaded = time.perf_counter()
checked, diagnostics = check(Path(sys.argv[1]))
assert checked is not None, [d.message for d in diagnostics][:3]
assert not len(diagnostics), [d.message for d in diagnostics][:3]
done = time.perf_counter()
files = render(checked, "synthetic.yaml")
rendered = time.perf_counter()
found = Diagnostics()
out = Path(sys.argv[2])
writer.apply(out, writer.plan(out, files, ["synthetic.yaml"], found), found)
assert not len(found)
written = time.perf_counter()
print(loaded - begin, done - loaded, rendered - done, written - rendered, sum(map(len, files.values())))
"""


def synthetic_spec(n: int) -> str:
    """A machine of ``n`` states, 0.3 n events and 5 n transitions, without a warning."""
    events = max(1, 3 * n // 10)
    lines = ["lawful: 1", "machine: Synthetic", "entities:", "  Item:", "    registry: items"]
    lines += ["    key: {name: str}", "    states:"]
    lines += [f"      s{i}: {'{initial: true}' if i == 0 else '{}'}" for i in range(n)]
    lines += ["    fields:", "      steps: {type: int, default: '0'}"]
    lines += ["context:", '  fresh: {type: "ordered_set[Item]", members: item.state == "s0"}']
    lines += ["  total: {type: int, default: '0'}", "events:"]
    lines += [f"  Event{e}: {{fields: {{name: str}}}}" for e in range(events)]
    lines += ["handlers:"]
    for e in range(events):
        lines += [
            f"  Event{e}:",
            "    subject: {get_or_create: Item, key: event.name}",
            "    cells:",
        ]
        lines += ["      new: {ignore: it begins at the beginning}"]
        for i in range(e, n, events):
            lines.append(
                f"      s{i}: [{{when: item.steps < {i} or len(fresh) > total, recommend: s{(i + 1) % n}}},"
                " {ignore: not yet}]"
            )
        lines += ["      others: {ignore: this event is about other states}"]
    lines += ["transitions:"]
    for i in range(n):
        for step in range(1, 6):
            to = (i + step) % n
            lines += [f"  s{i} -> s{to}:", f"    becomes: s{to}", "    do: |"]
            lines += ["      item.steps += 1", f"      total = max(total, item.steps - {step})"]
    lines += ["  undeclared: {impossible: only these are asked for}"]
    return "\n".join(lines) + "\n"


def measure(n: int) -> list[float]:
    """Seconds of one whole process, of its imports, its check, its rendering and its writing, and the
    number of characters generated."""
    with tempfile.TemporaryDirectory() as folder:
        spec = Path(folder, "synthetic.yaml")
        spec.write_text(synthetic_spec(n), encoding="utf-8")
        command = [sys.executable, "-c", _PROCESS, str(spec), str(Path(folder, "out"))]
        begin = time.perf_counter()
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        return [time.perf_counter() - begin, *map(float, done.stdout.split())]


def main(sizes: tuple[int, ...] = SIZES) -> None:
    """Print the table."""
    print("states events transitions  import   check  render   write   total   kB  total/(n log n)")
    for n in sizes:
        total, load, check, render, write, size = min(measure(n) for _ in range(ROUNDS))
        print(
            f"{n:6} {3 * n // 10:6} {5 * n:11} {load:7.2f} {check:7.2f} {render:7.2f} {write:7.2f}"
            f" {total:7.2f} {size / 1000:4.0f}  {1e6 * total / (n * math.log(n)):8.1f} µs"
        )


if __name__ == "__main__":
    main(tuple(map(int, sys.argv[1:])) or SIZES)
