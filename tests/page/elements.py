"""What the tests of the page look for in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    Visit: TypeAlias = Callable[..., Page]

QUEUED, RUNNING = (
    '.picture:visible [data-node="state:File:queued"]',
    '[data-node="state:File:running"]',
)


def colour(element: Locator, name: str) -> str:
    """The value of a property of its style, as the browser has computed it."""
    found: str = element.evaluate("(e, name) => getComputedStyle(e)[name]", name)
    return found
