"""The page that ``lawful watch --serve`` serves: it is new after each save, and nobody else gets at it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lawful.codegen.page.serving import Site

from .conftest import PATIENCE
from .elements import QUEUED
from .machines import ROOT, TUTORIAL

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from .elements import Visit

pytestmark = pytest.mark.xdist_group("browser")  # one browser for all


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A spec that ``lawful watch --serve`` watches, and the address of its page."""
    spec = tmp_path / "tutorial.yaml"
    spec.write_text(TUTORIAL, encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "lawful.codegen", "watch", "tutorial.yaml", "--serve"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT / ".dev"), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    address = process.stdout.readline().split()[-1]
    while "is fine" not in process.stdout.readline():
        assert process.poll() is None
    yield spec, address
    process.send_signal(signal.SIGINT)
    process.communicate()


def test_the_page_refreshes_itself_after_an_edit_and_shows_mistakes_in_place(
    visit: Visit, watched: tuple[Path, str]
) -> None:
    spec, address = watched
    page = visit(address)
    page.click("button[data-view=both]")
    page.click(QUEUED)
    spec.write_text(
        TUTORIAL.replace("doc: Waiting for a slot.", "doc: It waits."), encoding="utf-8"
    )
    page.wait_for_selector("#details p:text-is('It waits.')")
    assert page.locator('.sheet[data-view="both"]').is_visible()  # one is where one was
    spec.write_text(TUTORIAL.replace("attempts < 2", "attempts < x"), encoding="utf-8")
    page.wait_for_selector("#mistakes")
    assert "LF350" in page.inner_text("#mistakes")
    assert page.locator(QUEUED).is_visible()  # as it was last right
    page.click("#mistakes button.place")
    assert "attempts < x" in page.inner_text("[data-side=spec] .here")
    spec.write_text(TUTORIAL, encoding="utf-8")
    page.wait_for_selector("#mistakes", state="detached")


def test_no_web_site_gets_at_a_served_page_through_the_browser(browser: Browser) -> None:
    ours, theirs = Site(), Site()
    ours.publish("<title>secret</title>")
    theirs.publish("<title>theirs</title>")
    context = browser.new_context()
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    answers: dict[str, int] = {}
    page.on("response", lambda answer: answers.update({answer.url: answer.status}))
    try:
        page.goto(theirs.url)
        read: Any = page.evaluate(
            "url => fetch(url).then(answer => answer.text(), error => null)", ours.url
        )
        assert read is None
        with page.expect_response(ours.url):
            page.evaluate(
                """url => { const frame = document.createElement("iframe");
                    frame.src = url; document.body.append(frame); }""",
                ours.url,
            )
        assert answers[ours.url] == 403
        page.goto(ours.url)
        assert page.title() == "secret"
    finally:
        context.close()
        ours.close()
        theirs.close()
