"""A real Chromium, headless, for the tests of the page; and pages that are watched while they are used."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lawful.codegen.page import page as make_page

from .machines import BROKEN, TUTORIAL, checked, explored, hostile, measured, worker

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Dialog, Page

PATIENCE = (
    300_000  # milliseconds, on a machine that has much else to do; nothing waits for them in vain
)
SIZES = {"desk": (1280, 800), "phone": (390, 844)}
# What a browser does by itself, it does not do here: it would look for its maker's servers.
_FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
).split()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium with a new, empty profile. Without one on the machine the test is skipped, unless
    LAWFUL_REQUIRE_BROWSER is set, as in the gate."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        reason = "chromium is not installed (Debian: apt-get install chromium)"
        if os.environ.get("LAWFUL_REQUIRE_BROWSER"):
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=_FLAGS, chromium_sandbox=False, timeout=PATIENCE
        )
        yield browser
        browser.close()


@dataclass
class Watched:
    """What a page did that nobody asked it to."""

    said: list[str] = field(default_factory=list)
    asked_for: list[str] = field(default_factory=list)

    def refuse(self, dialog: Dialog) -> None:
        self.said.append(dialog.message)
        dialog.dismiss()

    def ask(self, url: str, own: str) -> None:
        allowed = (own, f"{own}events")
        if url.partition("#")[0] not in allowed and not url.startswith("data:"):
            self.asked_for.append(url)


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The pages of the tests, as files: by name."""
    folder = tmp_path_factory.mktemp("pages")
    broken = checked(BROKEN, folder)
    attacked = checked(hostile(), folder)
    tutorial = checked(TUTORIAL, folder)
    pages = {
        "worker": make_page(worker(), "spec/worker/machine.yaml"),
        "tutorial": make_page(
            tutorial, "spec/tutorial.yaml", coverage=measured(), traces=explored(tutorial)
        ),
        "broken": make_page(broken, "machine.yaml", traces=explored(broken)),
        "hostile": make_page(attacked, "machine.yaml", traces=explored(attacked)),
    }
    for name, html in pages.items():
        (folder / f"{name}.html").write_text(html, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in pages}


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens an address and waits until the page is ready. In the end, none may have said anything on the
    console, shown a dialog or asked for anything but itself."""
    opened: list[tuple[Any, Watched]] = []

    def open_page(address: str | Path, size: str = "desk", scheme: str = "light") -> Page:
        width, height = SIZES[size]
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if scheme == "dark" else "light",
        )
        context.set_default_timeout(PATIENCE)
        watched = Watched()
        opened.append((context, watched))
        page = context.new_page()
        page.on("console", lambda message: watched.said.append(message.text))
        page.on("pageerror", lambda error: watched.said.append(str(error)))
        page.on("dialog", watched.refuse)
        url = address.as_uri() if isinstance(address, Path) else address
        context.on("request", lambda request: watched.ask(request.url, url))
        page.goto(url)
        page.wait_for_selector("body[data-ready]")
        return page

    yield open_page
    for context, watched in opened:
        context.close()
        assert watched.said == []
        assert watched.asked_for == []
