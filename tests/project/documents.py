"""The documents as programs: their blocks are extracted, run, compared and refreshed.

A block is fenced; HTML comments right above it, one a line, say how it is to be run:

    <!-- file: sub/name.py -->   the block is written to this file before later blocks run
    <!-- expect: LF201 -->       the spec yields these codes and no others (else: it checks clean)
    <!-- fragment: NAME -->      the block is a part of a spec, completed by completions/NAME.yaml
    <!-- exit: 1 -->             the command ends with this code (else: with 0)
    <!-- run by: PATH::TEST -->  the command is not run here, but by that test or stage
    <!-- add to: name.yaml -->   the block's sections go to the end of those of that file
    <!-- replace in: name.yaml --> the block's sections stand in the place of those of that file
    <!-- part of: NAME -->       the block is a file of a spec; judged by the commands that use it
    <!-- allow: bind -->         the spec may bind classes
    <!-- is: PATH, renamed from A to B -->   the block is this spec of the project, so renamed

A ``console`` block has lines ``$ command``, each followed by what it prints. In what is printed, ``…``
stands for any text of the line, and a line of it alone for any lines. The blocks of a document run in
order, in one folder. What stands between ``<!-- printed by: COMMAND -->`` and ``<!-- end -->`` is what
the command prints in the project's folder. ``python -m tests.project.documents`` rewrites both kinds.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = ("README.md", "CONTRIBUTING.md", "spec/README.md")

FENCE = re.compile(r"^( *)```(\w*)$")
DIRECTIVE = re.compile(r"^ *<!-- ([a-z ]+): (.+?) -->$")
PRINTED = re.compile(r"(<!-- printed by: (.+?) -->\n)(.*?)(<!-- end -->)", re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block. ``line`` is that of the fence, from 1; ``language`` is ``yaml``, ``console`` …"""

    document: str
    line: int
    language: str
    text: str
    directives: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.document}:{self.line}"


@dataclass(frozen=True)
class Command:
    """A line ``$ …`` of a console block and what the document says that it prints."""

    text: str
    printed: str


def blocks(document: str) -> list[Block]:
    """Every fenced block of a document, in order."""
    found: list[Block] = []
    directives: dict[str, str] = {}
    lines = (ROOT / document).read_text(encoding="utf-8").splitlines()
    at = 0
    while at < len(lines):
        fence = FENCE.match(lines[at])
        if fence:
            indent, end = fence.group(1), at + 1
            while lines[end] != f"{indent}```":
                end += 1
            text = "".join(f"{line.removeprefix(indent)}\n" for line in lines[at + 1 : end])
            found.append(Block(document, at + 1, fence.group(2), text, directives))
            directives, at = {}, end
        elif said := DIRECTIVE.match(lines[at]):
            directives = {**directives, said.group(1): said.group(2)}
        else:
            directives = {}
        at += 1
    return found


def commands(block: Block) -> Iterator[Command]:
    """The commands of a console block. A trailing backslash continues a command on the next line."""
    for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        lines = part.splitlines()
        head = 1
        while lines[head - 1].endswith("\\"):
            head += 1
        yield Command("\n".join(lines[:head]), "".join(f"{line}\n" for line in lines[head:]))


def matches(pattern: str, printed: str) -> bool:
    """Whether what was printed is what the document says; ``…`` stands for anything."""
    parts = []
    for line in pattern.rstrip().splitlines(keepends=True):
        if line.strip() == "…":
            parts.append(r"(?:.*\n)*?")
        else:
            parts.append(".*".join(re.escape(piece) for piece in line.split("…")))
    return re.fullmatch("".join(parts) + r"\s*", printed) is not None


def run(command: str, folder: Path) -> tuple[int, str]:
    """Run a shell command as a reader would: exit code, and what it prints on either stream."""
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "COV", "GITHUB"))},
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join((str(ROOT / ".dev"), str(folder))),
        "NO_COLOR": "1",
        "TERM": "dumb",
        "COLUMNS": "100",
        "PYTHONUTF8": "1",
    }
    for name in ("FORCE_COLOR", "CLICOLOR_FORCE", "CI"):
        environment.pop(name, None)
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return done.returncode, "".join(f"{line.rstrip()}\n" for line in done.stdout.splitlines())


class Dumper(yaml.SafeDumper):
    """Writes texts of several lines as literal blocks, so that snippets keep their lines."""


def _text(dumper: Dumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


Dumper.add_representer(str, _text)


def merged(base: Any, part: Any) -> Any:
    """``part`` over ``base``: mappings are merged key by key, everything else is replaced. An empty
    text takes a key out."""
    if not (isinstance(base, dict) and isinstance(part, dict)):
        return part
    both = {key: merged(value, part.get(key, value)) for key, value in base.items()}
    both.update({key: value for key, value in part.items() if key not in base})
    return {key: value for key, value in both.items() if value != ""}


def together(machine: str, fragment: str) -> str:
    """A spec with the parts of a fragment put in."""
    both = merged(yaml.load(machine, yaml.BaseLoader), yaml.load(fragment, yaml.BaseLoader))
    return yaml.dump(both, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=10**6)


def completed(fragment: str, name: str) -> str:
    """A fragment inside the smallest machine that completes it."""
    path = ROOT / "tests/project/completions" / f"{name}.yaml"
    if not path.exists():
        path = ROOT / "spec" / f"{name}.yaml"
    return together(path.read_text(encoding="utf-8"), fragment)


def sections(text: str) -> dict[str, str]:
    """The text of a spec by its top keys (``handlers:``), each with what follows it."""
    parts = re.split(r"^(\w+:)", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def write(block: Block, folder: Path) -> None:
    """Put a block with a ``file`` or ``add to`` into the folder."""
    if "file" in block.directives:
        path = folder / block.directives["file"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text, encoding="utf-8")
    for what in ("add to", "replace in"):
        if what in block.directives:
            path = folder / block.directives[what]
            kept = sections(path.read_text(encoding="utf-8"))
            for name, body in sections(block.text).items():
                kept[name] = kept.get(name, "") + body if what == "add to" else body
            text = "".join(f"{name}{body}" for name, body in kept.items())
            path.write_text(text, encoding="utf-8")


def walk(document: str, folder: Path) -> Iterator[tuple[Block, Command, int, str]]:
    """Run a document in a folder: for each command its block, exit code and what it printed."""
    for block in blocks(document):
        write(block, folder)
        if block.language == "console" and "run by" not in block.directives:
            for command in commands(block):
                yield block, command, *run(command.text, folder)


def printed_parts(document: str) -> Iterator[tuple[str, str]]:
    """Command and text of each part that a command prints."""
    for match in PRINTED.finditer((ROOT / document).read_text(encoding="utf-8")):
        yield match.group(2), match.group(3)


def print_part(command: str) -> str:
    """What a ``printed by`` command prints, run in the project's folder."""
    code, text = run(command, ROOT)
    if code:
        raise RuntimeError(f"{shlex.quote(command)} ended with {code}:\n{text}")
    return text


def refreshed(document: str) -> str:
    """The text of a document with everything that commands print brought up to date. What has a ``…``
    stays as it is while it still matches."""
    text = (ROOT / document).read_text(encoding="utf-8")
    new: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        for block, command, _, printed in walk(document, Path(folder)):
            if not matches(command.printed, printed):
                before = new.get(block.text, block.text)
                said = f"$ {command.text}\n"
                printed = re.sub(r"(passed in) [\d.]+s", r"\1 …", printed)
                new[block.text] = before.replace(said + command.printed, said + printed)
    for old, text_now in new.items():
        text = text.replace(f"```console\n{old}```", f"```console\n{text_now}```")
    return PRINTED.sub(lambda m: f"{m.group(1)}{print_part(m.group(2))}{m.group(4)}", text)


def main() -> None:
    for document in DOCUMENTS:
        text = refreshed(document)
        if text != (ROOT / document).read_text(encoding="utf-8"):
            (ROOT / document).write_text(text, encoding="utf-8", newline="\n")
            print(f"updated {document}")


if __name__ == "__main__":
    main()
