"""A first look at a snippet's text, before Python's parser sees it.

The parser is written for programs that somebody trusts: deep nesting, giant numbers and odd characters
can make it slow, noisy or worse, and it folds look-alike letters together. So the text is split into
tokens here, in one pass, and whatever could hurt is refused with its place. Knows characters and
tokens; knows nothing of grammar.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..diagnostics import Diagnostics
from ..part import Broken, Text

MAX_SIZE = 20_000  # bytes of a snippet
MAX_NESTING = 30  # open brackets at one place
MAX_INDENT = 20  # blocks within blocks
MAX_PREFIXES = 10  # ``not not -x``
MAX_OPERATORS = 400  # in one statement; keeps the parser's recursion far from any limit
MAX_BRANCHES = 100  # ``elif``s of a snippet: each one nests in the tree
MAX_STRING = 10_000  # characters of a string literal
MAX_INTEGER = 2**63

_TOKEN = re.compile(
    r"""
    (?P<space>[ ]+)
  | (?P<newline>\n)
  | (?P<comment>\#[^\n]*)
  | (?P<prefixed>[A-Za-z]{1,2}(?=["']))
  | (?P<string>"{3}|'{3}|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
  | (?P<unclosed>["'])
  | (?P<number>(?:[0-9]|\.[0-9])(?:[A-Za-z0-9_.]|(?<=[eE])[+-](?=[0-9]))*)
  | (?P<name>[^\W0-9]\w*)
  | (?P<open>[(\[{])
  | (?P<close>[)\]}])
  | (?P<operator>\*\*=?|//=?|<<=?|>>=?|:=|->|!=|[-+*/%&|^@=<>]=?|~|\.(?:\.\.)?)
  | (?P<mark>[,:])
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_DECIMAL = re.compile(r"(?:0|[1-9](?:_?[0-9])*)")
_FLOAT = re.compile(r"(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][+-]?[0-9]{1,3})?")
_ESCAPE = re.compile(r"""\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|(.))""", re.DOTALL)
_PREFIXES = {
    "f": "f-strings aren't part of the language; values are passed on as they are",
    "b": "bytes aren't part of the language",
    "r": "raw strings aren't part of the language; write \\\\ for a backslash",
    "u": "a string needs no prefix",
    "t": "template strings aren't part of the language",
}
_TRIPLE = ('"""', "'''")
_PAIRS = {")": "(", "]": "[", "}": "{"}


@dataclass
class _Screen:
    text: Text
    diagnostics: Diagnostics
    ok: bool = True

    def refuse(self, code: str, start: int, end: int, message: str, hint: str = "") -> None:
        self.ok = False
        self.diagnostics.error(code, self.text.locate(start, end), message, hint)

    def run(self) -> bool:
        size = len(self.text.encode("utf-8", "surrogatepass"))
        if size > MAX_SIZE:
            self.refuse(
                "LF301",
                0,
                1,
                f"This snippet has {size:,} bytes; {MAX_SIZE:,} are allowed.",
                "Move parts of it into procedures.",
            )
            return False
        if isinstance(self.text, Broken):
            return False
        if not self.text.strip():
            self.refuse("LF311", 0, max(1, len(self.text)), "This snippet is empty.")
            return False
        self._characters()
        if self.ok:
            self._tokens()
        return self.ok

    def _characters(self) -> None:
        for at, char in enumerate(self.text):
            if char != "\n" and not char.isprintable():
                name = "a tab" if char == "\t" else f"the character U+{ord(char):04X}"
                self.refuse(
                    "LF302",
                    at,
                    at + 1,
                    f"A snippet can't hold {name}.",
                    "Indent with spaces." if char == "\t" else "",
                )
                return

    def _tokens(self) -> None:
        opened: list[tuple[str, int]] = []
        prefixes = operators = branches = 0
        after_value = (
            False  # whether the last token ends an operand: then "(" calls and "-" subtracts
        )
        last = ""
        indents: list[int] = []
        fresh_line = True
        for match in _TOKEN.finditer(self.text):
            kind, word = match.lastgroup or "", match.group()
            start, end = match.span()
            if kind == "space":
                continue
            if kind == "newline":
                if not opened:
                    operators, after_value, fresh_line, last = 0, False, True, ""
                continue
            if kind == "comment":
                continue
            if fresh_line and not opened:
                column = start - self.text.rfind("\n", 0, start) - 1
                while indents and indents[-1] >= column:
                    indents.pop()
                indents.append(column)
                if len(indents) > MAX_INDENT:
                    self.refuse("LF301", start, end, "Blocks are nested too deeply here.")
                    return
            fresh_line = False
            value = kind in ("string", "number", "close")
            if kind == "name":
                value = self._name(word, start, end)
                branches += word == "elif"
            elif kind == "number":
                self._number(word, start, end)
            elif kind == "string":
                self._string(word, start, end)
                if word in _TRIPLE:
                    return
                if last == "string":
                    self.refuse(
                        "LF306",
                        start,
                        end,
                        "Two strings stand side by side.",
                        "Is a comma missing between them?",
                    )
            elif kind == "open":
                opened.append((word, start))
                operators += after_value
                if len(opened) > MAX_NESTING:
                    self.refuse("LF301", start, end, "Brackets are nested too deeply here.")
                    return
            elif kind == "close":
                if not opened or opened[-1][0] != _PAIRS[word]:
                    other = f' closes no "{_PAIRS[word]}"' if not opened else ""
                    other = other or f' closes a "{opened[-1][0]}"'
                    self.refuse("LF300", start, end, f'This "{word}"{other}.')
                    return
                opened.pop()
            elif kind not in ("operator", "mark"):
                self._odd(kind, word, start, end)
                return
            prefix = not value and (kind == "operator" or word in ("not", "await"))
            prefixes = prefixes + 1 if prefix and not after_value else 0
            operators += kind == "operator" or word in _WORD_OPERATORS
            after_value, last = value, kind
            if prefixes > MAX_PREFIXES or operators > MAX_OPERATORS or branches > MAX_BRANCHES:
                self.refuse(
                    "LF301",
                    start,
                    end,
                    "This is too long for one statement.",
                    "Give parts of it names, or move them into a procedure.",
                )
                return
        if opened:
            word, start = opened[-1]
            self.refuse("LF300", start, start + 1, f'This "{word}" is never closed.')

    def _odd(self, kind: str, word: str, start: int, end: int) -> None:
        if kind == "prefixed":
            reason = next((_PREFIXES[c] for c in "fbtru" if c in word.lower()), None)
            self.refuse(
                "LF306", start, end, f"{reason or 'A string has no such prefix'}.".capitalize()
            )
        elif kind == "unclosed":
            self.refuse("LF306", start, end, "This string isn't closed in its line.")
        elif word == ";":
            self.refuse("LF312", start, end, "One statement a line: a semicolon has no place here.")
        elif word == "\\":
            self.refuse(
                "LF312",
                start,
                end,
                "A line can't be continued with a backslash.",
                "Put the expression in parentheses.",
            )
        elif word in "!?$`":
            hints = {"!": "Write `not`."}
            self.refuse("LF300", start, end, f'"{word}" means nothing here.', hints.get(word, ""))
        else:
            self.refuse(
                "LF303",
                start,
                end,
                f"The character U+{ord(word[0]):04X} can stand in strings and comments only.",
            )

    def _name(self, word: str, start: int, end: int) -> bool:
        """Check a name; whether it may end an operand (keywords don't)."""
        if not word.isascii():
            odd = next(c for c in word if not c.isascii())
            at = start + word.index(odd)
            self.refuse(
                "LF303",
                at,
                at + 1,
                f"A name is made of the letters a to z, digits and underscores; this one holds "
                f"U+{ord(odd):04X}, which may look like one of them.",
            )
        elif word.startswith("_") or "__" in word:
            self.refuse(
                "LF304",
                start,
                end,
                f'A name can\'t begin with an underscore or hold two in a row, as "{word[:60]}" does.',
                "Give the variable a name, even if nothing reads it." if word == "_" else "",
            )
        elif len(word) > 200:
            self.refuse("LF301", start, end, "This name is too long.")
        return word not in _NO_VALUE

    def _number(self, word: str, start: int, end: int) -> None:
        if _FLOAT.fullmatch(word) and len(word) <= 40:
            if float(word) == float("inf"):
                self.refuse("LF305", start, end, "This number is too large.")
        elif not _DECIMAL.fullmatch(word):
            what = "isn't a decimal number"
            if word[-1] in "jJ":
                what = "is a complex number, which isn't part of the language"
            self.refuse("LF305", start, end, f'"{word[:40]}" {what}.')
        elif len(word) > 30 or int(word) >= MAX_INTEGER:
            self.refuse("LF305", start, end, "An integer must be less than 2**63.")

    def _string(self, word: str, start: int, end: int) -> None:
        if word in _TRIPLE:
            self.refuse(
                "LF306", start, end, "Strings stay on one line; there are no triple quotes."
            )
            return
        if len(word) > MAX_STRING:
            self.refuse("LF306", start, end, f"A string has at most {MAX_STRING:,} characters.")
        for match in _ESCAPE.finditer(word):
            char = match.group(1)
            at = start + match.start()
            if char is not None:
                if char == "\n":
                    self.refuse(
                        "LF306", at, at + 1, "A string can't be continued in the next line."
                    )
                elif char not in "\\'\"nt":
                    self.refuse("LF306", at, at + 2, f'There is no escape "\\{char}" in strings.')
            elif not _printable(match.group()[2:]):
                self.refuse(
                    "LF306",
                    at,
                    at + len(match.group()),
                    "Strings hold printable characters only.",
                    "Control characters could do harm where the string is shown.",
                )


def _printable(digits: str) -> bool:
    number = int(digits, 16)
    return number < 0x110000 and chr(number).isprintable()


_WORD_OPERATORS = frozenset("not and or in is if else lambda await yield for from".split())
_NO_VALUE = _WORD_OPERATORS | frozenset(
    "elif while return assert del pass break continue import as with def class try except finally "
    "raise global nonlocal async print exec".split()
)


def screen(text: Text, diagnostics: Diagnostics) -> bool:
    """Whether ``text`` may be given to Python's parser. What speaks against it is reported."""
    return _Screen(text, diagnostics).run()
