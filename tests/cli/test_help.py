"""Help: every command has examples, and they are commands that there are."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from lawful.codegen import cli, commands

ROOT = Path(__file__).resolve().parents[2]
APP = typer.main.get_command(commands.build())
COMMANDS: dict[str, Any] = vars(APP)["commands"]  # of the click that typer brings along
NAMES = sorted(COMMANDS)


def command(name: str) -> Any:
    return COMMANDS[name]


def examples(name: str) -> list[str]:
    """The commands among the examples, without what is said of them and where their output goes."""
    text = command(name).epilog or ""
    lines = [line.strip() for line in text.splitlines() if line.strip().startswith("lawful ")]
    return [line.split("  ")[0].split(" > ")[0] for line in lines]


@pytest.mark.parametrize("name", NAMES)
def test_every_command_has_examples_of_itself(name: str) -> None:
    assert examples(name)
    for example in examples(name):
        assert shlex.split(example)[1] == name


@pytest.mark.parametrize("example", [one for name in NAMES for one in examples(name)])
def test_every_example_is_understood(example: str) -> None:
    _, name, *arguments = shlex.split(example)
    assert command(name).make_context(name, arguments) is not None


@pytest.mark.parametrize("name", NAMES)
def test_every_command_says_what_it_does_and_what_its_exit_codes_mean(name: str) -> None:
    text = command(name).help or ""
    assert text.split("\n")[0].strip()
    if name not in ("explain", "schema"):
        assert "Exit code" in text


def test_the_list_of_commands_says_of_each_a_whole_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert cli.main(["--help"]) == 0
    told = capsys.readouterr().out.partition("Commands:")[2].strip().splitlines()
    assert [line.split()[0] for line in told] == NAMES
    assert [line for line in told if not line.endswith((".", "?")) or line.endswith("...")] == []


def test_a_shell_completes_commands() -> None:
    environment = {
        **os.environ,
        "_LAWFUL_COMPLETE": "complete_bash",
        "COMP_WORDS": "lawful exp",
        "COMP_CWORD": "1",
    }
    lawful = Path(sys.executable).with_name("lawful")
    done = subprocess.run([lawful], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["explain", "explore"]
