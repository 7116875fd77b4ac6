"""The command line: what it says, where, and with which exit code."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest
import typer

from lawful.codegen import cli, commands

ROOT = Path(__file__).resolve().parents[2]
TUTORIAL = ROOT / "spec" / "tutorial.yaml"
BAD = "lawful: 1\nmachine: Bad\nevnts:\n  Add: {feilds: {}}\n"


@pytest.fixture
def bad(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A spec with two mistakes, in the current folder."""
    monkeypatch.chdir(tmp_path)
    Path("bad.yaml").write_text(BAD)
    return Path("bad.yaml")


def lawful(*arguments: str | Path) -> int:
    return cli.main([str(argument) for argument in arguments])


def run(*arguments: str, **options: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / ".dev"), **options}
    return subprocess.run(
        [sys.executable, "-m", "lawful.codegen", *arguments],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )


def test_a_good_spec_is_said_to_be_fine(capsys: pytest.CaptureFixture[str]) -> None:
    assert lawful("check", TUTORIAL) == 0
    said = capsys.readouterr()
    assert said.out == f"{TUTORIAL}: Tutorial is fine\n"
    assert said.err == ""


def test_mistakes_go_to_stderr_with_a_summary(
    bad: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert lawful("check", bad) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith('bad.yaml:3:1: error[LF050] a machine has no key "evnts"\n')
    assert "bad.yaml:4:9: error[LF050]" in said.err
    assert "\x1b" not in said.err


def test_json_goes_to_stdout_alone(bad: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert lawful("check", bad, "--format", "json") == 1
    said = capsys.readouterr()
    assert said.err == ""
    assert [d["code"] for d in json.loads(said.out)["diagnostics"]][:2] == ["LF050", "LF050"]


def test_json_of_a_good_spec_is_json_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert lawful("check", TUTORIAL, "--format", "json") == 0
    assert json.loads(capsys.readouterr().out) == {
        "version": 1,
        "errors": 0,
        "warnings": 0,
        "diagnostics": [],
    }


def test_github_annotations_go_to_stdout(bad: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert lawful("check", bad, "--format", "github") == 1
    said = capsys.readouterr()
    assert said.out.startswith("::error file=bad.yaml,line=3,endLine=3,title=LF050,col=1,")


def test_several_specs_are_checked_at_once(bad: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert lawful("check", TUTORIAL, bad, TUTORIAL) == 1
    said = capsys.readouterr()
    assert said.out.count("Tutorial is fine") == 1
    assert "bad.yaml:3:1" in said.err


def test_a_folder_stands_for_its_specs(bad: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("good.yaml").write_text(TUTORIAL.read_text())
    assert lawful("check", ".") == 1
    said = capsys.readouterr()
    assert "good.yaml: Tutorial is fine" in said.out
    assert "bad.yaml:3:1" in said.err


def test_the_lines_of_an_included_file_are_shown(
    bad: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("root.yaml").write_text("lawful: 1\nmachine: Root\ninclude: [part.yaml]\n")
    Path("part.yaml").write_text("evnts: {}\n")
    assert lawful("check", "root.yaml") == 1
    assert "part.yaml:1:1: error[LF050]" in (said := capsys.readouterr().err)
    assert "1 | evnts: {}\n  | ^^^^^\n" in said


@pytest.mark.parametrize("spec", ["none.yaml", "empty", "none/none.yaml"])
def test_a_spec_that_is_not_there_is_the_fault_of_the_call(
    bad: Path, capsys: pytest.CaptureFixture[str], spec: str
) -> None:
    Path("empty").mkdir()
    assert lawful("check", spec) == 2
    assert "error[LF00" in capsys.readouterr().err


def test_the_nearest_file_is_named(bad: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert lawful("check", "bda.yaml") == 2
    assert 'Did you mean "bad.yaml"?' in capsys.readouterr().err


def test_an_included_file_that_is_not_there_is_the_fault_of_the_spec(bad: Path) -> None:
    Path("root.yaml").write_text("lawful: 1\nmachine: Root\ninclude: [part.yaml]\n")
    assert lawful("check", "root.yaml") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("chekc",),
        ("check",),
        ("check", "--formt", "json", "x.yaml"),
        ("check", "--format", "xml", "x.yaml"),
        ("explain", "LF050", "LF051"),
        ("--nonsense",),
        ("check", "x.yaml\x1b[31m", "--\x1b[31m"),
    ],
)
def test_a_wrong_call_gives_a_sentence_and_2(
    bad: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    assert lawful(*arguments) == 2
    said = capsys.readouterr()
    assert "sage: lawful" in said.err + said.out
    assert "Traceback" not in said.err
    assert "\x1b" not in said.err


def test_warnings_count_only_when_strict(bad: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = TUTORIAL.read_text().replace(
        "completion:", "procedures:\n  never(): pass\ncompletion:", 1
    )
    Path("warned.yaml").write_text(text)
    assert lawful("check", "warned.yaml") == 0
    said = capsys.readouterr()
    assert "warning[LF213]" in said.err
    assert said.err.endswith("\n0 errors, 1 warning\n")
    assert said.out == "warned.yaml: Tutorial is fine\n"
    assert lawful("check", "warned.yaml", "--strict") == 1
    assert capsys.readouterr().out == ""


def test_the_claimed_pairs_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert lawful("check", TUTORIAL, "--pairs") == 0
    said = capsys.readouterr().out
    assert "File: done -> queued" in said
    assert "undeclared pairs are claimed impossible" in said


def test_what_a_spec_declares_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    assert lawful("check", TUTORIAL, "--figures") == 0
    lines = len(TUTORIAL.read_text().splitlines())
    assert capsys.readouterr().out.splitlines()[1] == (
        "Tutorial has 4 states, 4 configurations, 4 requests, 3 events, 1 instruction, 5 pairs, "
        f"0 routes, 3 invariants, 0 deviations, {lines} lines"
    )


def test_explain_tells_of_a_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert lawful("explain", "lf050") == 0
    said = capsys.readouterr().out
    assert said.startswith("LF050: There is no such key\n")
    assert "example.yaml:4:9: error[LF050]" in said


def test_explain_without_a_code_lists_all(capsys: pytest.CaptureFixture[str]) -> None:
    assert lawful("explain") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines == sorted(lines)
    assert any(line.startswith("LF050  ") for line in lines)


@pytest.mark.parametrize("code", ["LF998", "50", "", "LF0500"])
def test_explain_knows_no_other_code(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert lawful("explain", code) == 2
    assert "there is no code" in capsys.readouterr().err


def test_schema_prints_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert lawful("schema") == 0
    assert json.loads(capsys.readouterr().out)["title"] == "lawful"


def test_help_and_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert lawful("--help") == 0
    assert "check" in capsys.readouterr().out
    assert lawful("check", "--help") == 0
    assert "--strict" in capsys.readouterr().out


def test_every_command_has_help_and_says_its_exit_codes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for command in ("check", "explain"):
        assert lawful(command, "--help") == 0
        assert "Exit code 0" in capsys.readouterr().out


def _failing(error: BaseException) -> typer.Typer:
    app = typer.Typer()

    @app.callback()
    def root() -> None:
        pass

    @app.command()
    def fail() -> int:
        raise error

    return app


def test_an_own_mistake_is_one_sentence_with_the_traceback_in_a_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(commands, "build", lambda: _failing(KeyError("x\x1by")))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert lawful("fail") == 3
    said = capsys.readouterr().err
    assert "lawful's own" in said
    assert "Traceback" not in said
    assert "\x1b" not in said
    (file,) = tmp_path.glob("lawful-*.txt")
    assert str(file) in said
    assert "Traceback" in file.read_text()


def test_an_interruption_is_one_line_and_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(commands, "build", lambda: _failing(KeyboardInterrupt()))
    assert lawful("fail") == 130
    assert capsys.readouterr().err == "lawful: interrupted\n"


def test_ctrl_c_while_it_starts_is_one_line_and_130() -> None:
    code = (
        # A job in the background of a shell starts with SIGINT ignored.
        "import os, signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler);"
        "from lawful.codegen import cli, commands;"
        "commands.build = lambda: os.kill(os.getpid(), signal.SIGINT);"
        "sys.exit(cli.main(['check']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / ".dev")},
        check=False,
    )
    assert (done.returncode, done.stderr) == (130, "lawful: interrupted\n")


def test_importing_the_entry_point_takes_nothing_that_is_slow() -> None:
    code = (
        "import sys; import lawful.codegen.cli;"
        "print([m for m in ('typer', 'click', 'pydantic', 'yaml') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / ".dev")},
        check=False,
    )
    assert done.stdout == "[]\n"


def test_a_reader_that_goes_away_is_no_mistake() -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / ".dev")}
    done = subprocess.run(
        f"{sys.executable} -m lawful.codegen schema | head -c 1",
        shell=True,
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert done.stdout == "{"
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("settings", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
)
def test_a_terminal_gets_colours_unless_it_wants_none(
    bad: Path, settings: dict[str, str], coloured: bool
) -> None:
    plain = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    shown = pexpect.run(
        f"{sys.executable} -m lawful.codegen check bad.yaml",
        encoding="utf-8",
        env={**plain, "TERM": "xterm", "PYTHONPATH": str(ROOT / ".dev"), **settings},
        timeout=None,
    )
    assert isinstance(shown, str)
    assert "error[LF050]" in shown
    assert bool(re.search(r"\x1b\[[0-9;]*m", shown)) is coloured


def test_a_terminal_of_another_encoding_is_no_mistake(bad: Path) -> None:
    bad.write_text(BAD + "d\u00f6c: x\n", encoding="utf-8")
    done = run("check", "bad.yaml", PYTHONIOENCODING="ascii")
    assert done.returncode == 1
    assert 'no key "d\\xf6c"' in done.stderr


def test_it_runs_as_a_module() -> None:
    done = run("check", str(TUTORIAL))
    assert (done.returncode, done.stderr) == (0, "")


def test_the_installed_command_is_this_one() -> None:
    pyproject = (ROOT / "pyproject.toml").read_text()
    assert 'lawful = "lawful.codegen.cli:main"' in pyproject


def test_starting_imports_neither_the_checker_nor_rich() -> None:
    code = (
        "import sys; from lawful.codegen import cli; cli.main(['--help']);"
        "print([m for m in ('pydantic', 'yaml', 'rich', 'jinja2', 'networkx') if m in sys.modules],"
        " file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / ".dev")},
        check=False,
    )
    assert done.stderr == "[]\n"


def test_every_module_of_commands_registers_itself() -> None:
    app = typer.Typer()
    commands.register_all(app)
    names = {
        info.name or info.callback.__name__ for info in app.registered_commands if info.callback
    }
    assert names >= {"check", "explain", "schema"}
