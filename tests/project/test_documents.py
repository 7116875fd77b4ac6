"""Whatever the documents say, show or tell the reader to type is true today."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lawful.codegen import check

from .documents import (
    DOCUMENTS,
    ROOT,
    Block,
    blocks,
    completed,
    matches,
    print_part,
    printed_parts,
    run,
    walk,
)

BLOCKS = [block for document in DOCUMENTS for block in blocks(document)]
PRINTED = [part for document in DOCUMENTS for part in printed_parts(document)]


def of_language(*languages: str) -> list[Block]:
    return [block for block in BLOCKS if block.language in languages]


@pytest.mark.parametrize("block", of_language("yaml"), ids=str)
def test_every_spec_is_as_good_as_the_document_says(block: Block, tmp_path: Path) -> None:
    said = block.directives
    if "is" in said:
        path, renamed = said["is"].split(", renamed from ")
        before, after = renamed.split(" to ")
        text = (ROOT / path).read_text(encoding="utf-8")
        assert block.text == text.replace(f"machine: {before}\n", f"machine: {after}\n")
    if said.keys() & {"add to", "replace in", "part of"}:
        return  # judged by the commands that use the file
    spec = tmp_path / "spec.yaml"
    text = completed(block.text, said["fragment"]) if "fragment" in said else block.text
    spec.write_text(text, encoding="utf-8")
    _, diagnostics = check(spec, allow_bind=said.get("allow") == "bind")
    shown = "\n".join(f"{d.span} {d.code} {d.severity}: {d.message} {d.hint}" for d in diagnostics)
    expected = set(re.findall(r"LF\d+", said.get("expect", "")))
    assert {d.code for d in diagnostics} == expected, f"{shown}\n{text}"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_command_prints_what_the_document_says(document: str, tmp_path: Path) -> None:
    wrong = []
    for block, command, code, printed in walk(document, tmp_path):
        if code != int(block.directives.get("exit", "0")):
            wrong.append(f"{block}: $ {command.text}\nended with {code}:\n{printed}")
        elif not matches(command.printed, printed):
            wrong.append(f"{block}: $ {command.text}\nprints\n{printed}and not\n{command.printed}")
    assert not wrong, "\n".join(wrong) + "\nRefresh: python -m tests.project.documents"


@pytest.mark.parametrize(("command", "text"), PRINTED, ids=[command for command, _ in PRINTED])
def test_every_printed_part_is_what_its_command_prints(command: str, text: str) -> None:
    assert text == print_part(command), "Refresh: python -m tests.project.documents"


@pytest.mark.parametrize("block", of_language("python"), ids=str)
def test_every_python_block_runs_or_is_a_file_that_a_command_runs(
    block: Block, tmp_path: Path
) -> None:
    if "file" not in block.directives:
        (tmp_path / "block.py").write_text(block.text, encoding="utf-8")
        code, printed = run("python block.py", tmp_path)
        assert code == 0, printed


@pytest.mark.parametrize("block", [b for b in BLOCKS if "run by" in b.directives], ids=str)
def test_what_is_not_run_here_is_run_elsewhere(block: Block) -> None:
    where = block.directives["run by"]
    path, _, name = where.partition("::")
    assert re.search(rf"\b{re.escape(name)}\b", (ROOT / path).read_text(encoding="utf-8")), where


def test_no_block_is_left_out() -> None:
    assert {b.language for b in BLOCKS} <= {
        "yaml",
        "yml",
        "console",
        "python",
        "mermaid",
        "text",
        "toml",
    }
    assert {b.language for b in BLOCKS} >= {"yaml", "console", "python"}


def test_every_link_leads_somewhere() -> None:
    broken = []
    for document in (*DOCUMENTS, "CHANGELOG.md"):
        text = (ROOT / document).read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
            there = (ROOT / document).parent / target
            if "://" not in target and not there.exists():
                broken.append(f"{document}: {target}")
    assert not broken


def test_every_make_target_that_a_document_names_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, flags=re.MULTILINE))
    for document in DOCUMENTS:
        text = (ROOT / document).read_text(encoding="utf-8")
        assert set(re.findall(r"(?:`|\$ )make ([a-z]+)", text)) <= targets, document
