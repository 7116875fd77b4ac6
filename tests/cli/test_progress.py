"""Progress: on a terminal, while something takes longer than a second, and gone afterwards."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

ROOT = Path(__file__).resolve().parents[2]
TUTORIAL = ROOT / "spec" / "tutorial.yaml"
COLOR = re.compile(r"\x1b\[[0-9;]*m")
GONE = "\x1b[2K"  # the terminal's "erase this line"
HIDDEN, SHOWN = "\x1b[?25l", "\x1b[?25h"

# A command that goes on until the terminal has shown how far it is: the test answers what it sees.
UNTIL_SEEN = """
import sys
from lawful.codegen import progress
{before}
with progress.Progress("counting \\x1b[31msheep") as shown:
    shown.tell("99 of 100")
    sys.stdin.readline()
print("done")
"""


def environment(**settings: str) -> dict[str, str]:
    plain = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    return {**plain, "TERM": "xterm", "PYTHONPATH": str(ROOT / ".dev"), **settings}


def terminal(*arguments: str, **settings: str) -> pexpect.spawn[str]:
    return pexpect.spawn(
        sys.executable,
        list(arguments),
        encoding="utf-8",
        env=environment(**settings),
        timeout=None,
        dimensions=(24, 80),
    )


def rest_of(child: pexpect.spawn[str]) -> str:
    """What the command shows until it ends."""
    child.expect(pexpect.EOF)
    return child.before or ""


def test_a_terminal_sees_what_is_done_and_how_far_it_is_and_nothing_is_left_of_it() -> None:
    child = terminal("-c", UNTIL_SEEN.format(before=""))
    child.expect(r"counting \\x1b\[31msheep: 99 of 100 +\d+ s")
    assert "\x1b[31m" not in (child.before or "")
    child.sendline()
    rest = rest_of(child)
    assert rest.rindex(GONE) < rest.index("done\r\n")
    assert rest.rindex(SHOWN) < rest.index("done\r\n")
    assert "sheep" not in rest[rest.rindex(GONE) :]


@pytest.mark.parametrize("settings", [{"NO_COLOR": "1"}, {}])
def test_it_has_no_colours(settings: dict[str, str]) -> None:
    child = terminal("-c", UNTIL_SEEN.format(before=""), **settings)
    child.expect("sheep")
    child.sendline()
    assert not COLOR.search(rest_of(child))


def test_a_line_that_is_too_long_for_the_terminal_is_cut() -> None:
    child = terminal("-c", UNTIL_SEEN.format(before="").replace("sheep", "sheep" * 100))
    child.expect("sheepsheep")
    child.sendline()
    lines = re.split(r"[\r\n]|\x1b\[[0-9?;]*[A-Za-z]", rest_of(child))
    assert all(len(line) <= 80 for line in lines)


def test_a_dumb_terminal_gets_none() -> None:
    # The line is asked for once a tenth of a second: here until it was, and nothing came of it.
    looked = """
import rich.live
asked = rich.live.Live.refresh
rich.live.Live.refresh = lambda live: (asked(live), print("asked"))[0]
"""
    child = terminal("-c", UNTIL_SEEN.format(before=looked), TERM="dumb")
    child.expect("asked")
    child.sendline()
    assert "sheep" not in rest_of(child)


def test_a_pipe_gets_none_and_rich_is_not_even_imported() -> None:
    code = """
import sys
from lawful.codegen import progress
progress._AFTER = 0.0
with progress.Progress("counting sheep") as shown:
    shown.tell("99 of 100")
print([name for name in sys.modules if name.startswith("rich")])
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment(), check=True
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_a_command_that_is_done_in_a_moment_shows_none_and_imports_nothing_for_it() -> None:
    code = f"""
import sys
from lawful.codegen import cli, progress
progress._AFTER = 3_600.0
assert cli.main(["check", {str(TUTORIAL)!r}]) == 0
print([name for name in sys.modules if name.startswith("rich")])
"""
    child = terminal("-c", code)
    assert rest_of(child) == f"{TUTORIAL}: Tutorial is fine\r\n[]\r\n"


@pytest.mark.parametrize(
    ("arguments", "seen"),
    [
        (["check", "TUTORIAL"], "checking .*tutorial.yaml"),
        (["generate", "TUTORIAL", "--out", "OUT"], "writing the code of Tutorial"),
        (["generate", "TUTORIAL", "--out", "OUT", "--tests", "OUT"], "tests of Tutorial: three"),
        (["explore", "TUTORIAL"], "three files"),
        (["explore", "TUTORIAL", "--walks", "300"], r"walk [\d,]+ of 300"),
        (["cover", "TUTORIAL"], "walking through Tutorial"),
        (["report", "TUTORIAL", "-o", "OUT/page.html"], "drawing Tutorial"),
        (["graph", "TUTORIAL", "-o", "OUT/picture.svg"], "drawing Tutorial"),
        (["diff", "TUTORIAL", "TUTORIAL"], "comparing .*tutorial.yaml with"),
        (["new", "sheep", "--in", "OUT"], "making sheep"),
        (["mutate", "TUTORIAL", "--sample", "1", "--jobs", "1"], "changing Tutorial: 1 of 1"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_each_command_that_may_take_long_shows_it(
    arguments: list[str], seen: str, tmp_path: Path
) -> None:
    given = [
        word.replace("TUTORIAL", str(TUTORIAL)).replace("OUT", str(tmp_path)) for word in arguments
    ]
    # Whatever is done shows itself here, however short it takes: nothing is left to chance and speed.
    code = f"""
import sys
from lawful.codegen import cli, progress

progress.Progress.__exit__ = lambda self, *_: print(
    "shown:", self._what + self._far, file=sys.stderr
)
sys.exit(cli.main({given!r}))
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env=environment(),
        cwd=tmp_path,
        check=False,
    )
    assert re.search(f"^shown: .*{seen}", done.stderr, re.MULTILINE), done.stderr
