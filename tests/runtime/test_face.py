"""What ``import lawful.runtime`` gives, and what it costs."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest

import lawful.runtime


def test_every_name_of_the_face_is_there() -> None:
    for name in lawful.runtime.__all__:
        assert getattr(lawful.runtime, name) is not None
    names = lawful.runtime.__all__
    assert names == sorted(names, key=lambda name: (not name.isupper(), name))


def test_everything_public_says_what_it_is() -> None:
    for name in lawful.runtime.__all__:
        thing = getattr(lawful.runtime, name)
        if isinstance(thing, type) or inspect.isfunction(thing):
            assert thing.__doc__, name


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Dispatchr'"):
        lawful.runtime.Dispatchr  # noqa: B018


def test_importing_it_brings_in_the_standard_library_only_and_no_asyncio() -> None:
    code = (
        "import sys; before = set(sys.modules); import lawful.runtime;"
        "new = {name.partition('.')[0] for name in set(sys.modules) - before};"
        "print(sorted(new - sys.stdlib_module_names - {'lawful'}), 'asyncio' in sys.modules)"
    )
    path = ":".join(sys.path)
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        env={"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[] False\n"
