"""`lawful diff`: files, folders and revisions, its formats, its exit codes."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from lawful.codegen.cli import main

ROOT = Path(__file__).resolve().parents[2]
TUTORIAL = (ROOT / "spec" / "tutorial.yaml").read_text(encoding="utf-8")
GUARD = TUTORIAL.replace("when: file.attempts < 2", "when: file.attempts < 3")
FIELD = TUTORIAL.replace("{url: str, size: int}", "{url: str, size: int, kind: str}")
OPTION = TUTORIAL.replace("{url: str, size: int}", '{url: str, size: {type: int, default: "0"}}')

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """``run(*arguments)`` in an empty folder: the exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)

    def run_here(*arguments: str) -> tuple[int, str, str]:
        code = main(["diff", *arguments])
        out, err = capfd.readouterr()
        return code, out, err

    for name, text in (("old", TUTORIAL), ("guard", GUARD), ("field", FIELD), ("option", OPTION)):
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    return run_here


def test_a_difference_is_a_line_and_its_two_places(run: Run) -> None:
    code, out, err = run("old.yaml", "guard.yaml")
    assert (code, err) == (1, "")
    assert out == (
        "behaviour: event FetchFailed in running: "
        "guard of case 1 is file.attempts < 3, was file.attempts < 2\n"
        "  old.yaml:52 => guard.yaml:52\n"
        "1 difference in meaning: 1 behaviour\n"
    )


def test_what_is_new_or_gone_has_one_place(run: Run) -> None:
    _, new, _ = run("old.yaml", "field.yaml")
    assert new.splitlines()[:2] == [
        "breaking for callers and histories: event Fetched: field kind is new",
        "  field.yaml:33",
    ]
    _, gone, _ = run("field.yaml", "old.yaml")
    assert gone.splitlines()[:2] == [
        "breaking for callers and histories: event Fetched: field kind is gone",
        "  field.yaml:33",
    ]
    _, table, _ = run("old.yaml", "field.yaml", "--format", "markdown")
    assert table.splitlines()[-1].endswith(": field kind is new |  | `field.yaml:33` |")


def test_no_difference_is_exit_code_zero(run: Run) -> None:
    assert run("old.yaml", "old.yaml") == (0, "No difference in meaning.\n", "")


@pytest.mark.parametrize(
    ("new", "fails"),
    [
        ("guard", {"any", "behaviour"}),
        ("field", {"any", "behaviour", "breaking", "callers", "histories"}),
        ("option", {"any"}),
    ],
)
def test_what_fails_is_chosen(run: Run, new: str, fails: set[str]) -> None:
    for choice in ("any", "behaviour", "breaking", "callers", "histories", "never"):
        code, out, _ = run("old.yaml", f"{new}.yaml", "--fail-on", choice)
        assert code == (choice in fails)
        assert "1 difference in meaning" in out


def test_json_is_for_programs(run: Run) -> None:
    code, out, _ = run("old.yaml", "field.yaml", "--json")
    data = json.loads(out)
    assert code == 1
    assert (data["version"], data["old"], data["new"]) == (1, "old.yaml", "field.yaml")
    [difference] = data["differences"]
    assert difference == {
        "label": "breaking for callers and histories",
        "effects": ["callers", "histories"],
        "change": "added",
        "about": "event Fetched",
        "what": "field kind",
        "where": [],
        "words": "event Fetched: field kind is new",
        "old": None,
        "new": {"place": "field.yaml:33", "text": ""},
    }
    assert run("old.yaml", "field.yaml", "--format", "json")[1] == out


def test_markdown_is_a_table_that_texts_cannot_leave(run: Run, tmp_path: Path) -> None:
    evil = TUTORIAL.replace("slots are respected:", "'<script>| `x` [l](https://e.example) --':")
    (tmp_path / "evil.yaml").write_text(evil, encoding="utf-8")
    code, out, _ = run("old.yaml", "evil.yaml", "--format", "markdown", "-o", "d.md")
    assert (code, out) == (1, "")
    text = (tmp_path / "d.md").read_text(encoding="utf-8")
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    assert set(re.findall(r"<(\w+)", html)) <= {*"p table thead tbody tr th td code".split()}
    assert html.count("<tr>") == 3
    assert "script" in html


def test_what_is_piped_is_plain(run: Run) -> None:
    assert "\x1b" not in run("old.yaml", "guard.yaml")[1]


@pytest.mark.parametrize("broken", ["old", "new"])
def test_a_spec_with_mistakes_is_named_and_not_compared(
    run: Run, tmp_path: Path, broken: str
) -> None:
    (tmp_path / "bad.yaml").write_text("lawful: 1\nmachine: Bad\ncolour: red\n", encoding="utf-8")
    names = ("bad.yaml", "old.yaml") if broken == "old" else ("old.yaml", "bad.yaml")
    code, out, err = run(*names)
    assert (code, out) == (1, "")
    assert "bad.yaml:3:1: error[LF050]" in err
    assert f"the {broken} spec, bad.yaml, has mistakes" in err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nowhere.yaml", "old.yaml"], "nowhere.yaml"),
        ([".", "old.yaml"], ". holds several machines; name one of: "),
        (["old.yaml"], "Missing argument"),
        (["old.yaml", "guard.yaml", "--fail-on", "luck"], "luck"),
        (["HEAD:old.yaml", "old.yaml"], 'git has no "HEAD:old.yaml": '),
    ],
)
def test_a_wrong_call_is_exit_code_two(
    run: Run, monkeypatch: pytest.MonkeyPatch, arguments: list[str], sentence: str
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", "/")
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert sentence in err
    assert "Traceback" not in err


# ---------------------------------------------------------------------------------------- revisions


def git(*arguments: str) -> None:
    hidden = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    named = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run(
        ["git", *named, *arguments], check=True, capture_output=True, env={**os.environ, **hidden}
    )


@pytest.fixture
def history(run: Run, tmp_path: Path) -> Path:
    """A repository whose first commit has a downloader in ``spec/d`` and the tutorial in ``spec``."""
    folder = tmp_path / "spec" / "d"
    folder.mkdir(parents=True)
    for file in (ROOT / "spec" / "downloader").iterdir():
        (folder / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "spec" / "t.yaml").write_text(TUTORIAL, encoding="utf-8")
    git("init", "-q", "-b", "main", ".")
    git("add", "spec")
    git("commit", "-q", "-m", "first")
    return folder


def test_a_folder_of_a_revision_is_read_with_its_includes(run: Run, history: Path) -> None:
    assert run("HEAD:spec/d", "spec/d")[:2] == (0, "No difference in meaning.\n")
    handlers = history / "handlers.yaml"
    text = handlers.read_text(encoding="utf-8")
    assert "recommend: queued" in text
    properties = history / "properties.yaml"
    text = properties.read_text(encoding="utf-8").replace("slots >= 1 and", "slots >= 2 and")
    properties.write_text(text, encoding="utf-8")
    code, out, _ = run("HEAD:spec/d", "spec/d")
    assert code == 1
    assert "  HEAD:spec/d/properties.yaml:2 => spec/d/properties.yaml:2\n" in out


def test_a_file_of_a_revision_is_found_from_the_top_and_from_here(
    run: Run, history: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (history.parent / "t.yaml").write_text(GUARD, encoding="utf-8")
    assert "HEAD:spec/t.yaml:52 => spec/t.yaml:52" in run("HEAD:spec/t.yaml", "spec/t.yaml")[1]
    git("commit", "-q", "-am", "second")
    monkeypatch.chdir(history.parent)
    assert "main~1:./t.yaml:52 => t.yaml:52" in run("main~1:./t.yaml", "t.yaml")[1]
    assert "HEAD~1:spec/t.yaml:52 => HEAD:spec/t.yaml:52" in run(
        "HEAD~1:spec/t.yaml", "HEAD:spec/t.yaml"
    )[1]  # fmt: skip


def test_a_revision_with_mistakes_is_told_in_its_own_words(run: Run, history: Path) -> None:
    (history / "handlers.yaml").write_text("handlers: {Nothing: {}}\n", encoding="utf-8")
    git("commit", "-q", "-am", "broken")
    code, out, err = run("HEAD:spec/d", "HEAD~1:spec/d")
    assert (code, out) == (1, "")
    assert "HEAD:spec/d/" in err
    assert "the old spec, HEAD:spec/d, has mistakes" in err
    assert "/tmp" not in err


def test_a_link_in_a_revision_leads_nowhere(run: Run, history: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.yaml").write_text("host: {now: {returns: float}}\n", encoding="utf-8")
    (history / "handlers.yaml").unlink()
    (history / "handlers.yaml").symlink_to("../../secret.yaml")
    git("add", "spec")
    git("commit", "-q", "-m", "a link")
    code, _, err = run("HEAD:spec/d", "spec/t.yaml")
    assert code == 1
    assert "LF025" in err
    assert "returns: float" not in err


@pytest.mark.parametrize("name", ["--output=x:spec/t.yaml", "no-such:spec/t.yaml", "HEAD:spec/no"])
def test_what_git_does_not_have_is_exit_code_two(run: Run, history: Path, name: str) -> None:
    code, out, err = run("--", name, "spec/t.yaml")
    assert (code, out) == (2, "")
    assert f'git has no "{name}"' in err
    assert history.exists()
