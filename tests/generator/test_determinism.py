"""The same spec gives the same bytes, and the same events the same steps, in every process."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from .building import DATA, ROOT

DIGEST = """
import hashlib, sys
from pathlib import Path
from lawful.codegen.checking import check
from lawful.codegen.generate import render
for name in sys.argv[1:]:
    checked, _ = check(Path(name))
    for path, text in render(checked, "spec.yaml").items():
        print(path, hashlib.sha256(text.encode()).hexdigest())
"""


def run(code: str, *arguments: str, seed: int) -> str:
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(ROOT / ".dev"), str(ROOT)]),
        "PYTHONHASHSEED": str(seed),
    }
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout


def test_the_bytes_are_the_same_under_every_hash_seed() -> None:
    specs = [str(DATA / "every.yaml"), str(ROOT / "spec" / "tutorial.yaml")]
    outputs = {run(DIGEST, *specs, seed=seed) for seed in range(8)}
    assert len(outputs) == 1
    assert outputs.pop().count("\n") > 15


def test_no_file_tells_when_or_where_it_was_made(tmp_path: Path) -> None:
    from .building import files

    for path, text in files(tmp_path, (DATA / "every.yaml").read_text()).items():
        assert str(tmp_path) not in text, path
        assert "2026" not in text, path
        assert "\r" not in text, path
        assert text.endswith("\n"), path


def test_a_generated_file_names_the_hash_of_its_spec(tmp_path: Path) -> None:
    from .building import build

    one = build(tmp_path, (DATA / "every.yaml").read_text())
    two = build(tmp_path, (DATA / "every.yaml").read_text() + "# more\n")
    assert one.Every.SPEC == two.Every.SPEC == "spec.yaml"
    assert one.Every.SPEC_HASH != two.Every.SPEC_HASH
    assert len(one.Every.SPEC_HASH) == len(hashlib.sha256().hexdigest())


STEPS = """
import sys
from pathlib import Path
from tests.generator.building import DATA, build
every = build(Path(sys.argv[1]), (DATA / "every.yaml").read_text())

class Host:
    def sizeof(self, value, /): return len(str(value))
    def keep(self, task, value, /): return 0.5

m = every.Every(host=Host(), clock=lambda: 0.0, validate=True)
steps = [m.handle(every.Compute("sum", (1,), {f"k{n}": [f"w{n % 3}", "w9"] for n in range(20)}))]
opened = [i for i in steps[0]]
while opened:
    one = opened.pop(0)
    name = type(one).__name__
    if name == "Gather":
        keys = m.in_flight_workers.get(one.worker, ())
        event = every.GatherDone(one.worker, {key: key for key in keys})
    elif name == "Execute":
        event = every.Success(one.key, one.run_id, one.key)
    else:
        continue
    if name == "Gather" and one.worker not in m.in_flight_workers:
        continue
    steps.append(m.handle(event))
    opened += steps[-1]
print(steps)
print(*m.log, sep="\\n")
"""


def test_the_steps_are_the_same_under_every_hash_seed(tmp_path: Path) -> None:
    outputs = {run(STEPS, str(tmp_path), seed=seed) for seed in range(8)}
    assert len(outputs) == 1
    assert "'memory'" in outputs.pop()
