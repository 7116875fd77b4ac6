"""Names of files: what a URL becomes, and what can't leave the folder."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lawful.runtime.downloader import PART, is_safe_name, name_for


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("http://example.org/a/b/report.pdf", "report.pdf"),
        ("http://example.org/report.pdf?version=2#page", "report.pdf"),
        ("http://example.org/with%20space.txt", "with-space.txt"),
        ("http://example.org/%2e%2e%2f%2e%2e%2fetc%2fpasswd", "passwd"),
        ("http://example.org/..%5C..%5Cwindows%5Csystem.ini", "system.ini"),
        ("http://example.org/.bashrc", "bashrc"),
        ("http://example.org/--help", "help"),
        ("http://example.org/a.part", "a"),
        ("http://example.org/folder/", "folder"),
        ("http://example.org/..", "download"),
        ("http://example.org", "download"),
        ("", "download"),
        ("http://example.org/%00%0a", "download"),
        ("http://example.org/файл", "download"),
    ],
)
def test_a_url_gives_a_plain_name(url: str, name: str) -> None:
    assert name_for(url) == name


@given(st.text())
def test_whatever_a_url_looks_like_its_name_is_safe(path: str) -> None:
    assert is_safe_name(name_for("http://example.org/" + path))


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "../up",
        "a/b",
        "/etc/passwd",
        "a\\b",
        "C:evil",
        ".hidden",
        "-rf",
        "a" + PART,
        "line\nbreak",
        "nul\0",
        "dot.",
        "space ",
        "ünïcode",
        "x" * 201,
    ],
)
def test_other_names_are_not(name: str) -> None:
    assert not is_safe_name(name)


@pytest.mark.parametrize("name", ["a", "a.bin", "A b-c_d.tar.gz", "x" * 200, "_private"])
def test_plain_names_are(name: str) -> None:
    assert is_safe_name(name)
