"""Traces and recordings, played on the page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from lawful.codegen.page import page as make_page
from lawful.codegen.replay import played
from lawful.codegen.traces import read
from lawful.generated.tutorial import Add, Tutorial
from lawful.runtime import Recorder

from .machines import TUTORIAL, checked

if TYPE_CHECKING:
    from .elements import Visit

pytestmark = pytest.mark.xdist_group("browser")  # one browser for all


def test_a_trace_is_played_event_by_event(visit: Visit, files: dict[str, Path]) -> None:
    page = visit(files["broken"])
    assert page.inner_text("#at") == "1 of 3"
    page.click("#next")
    assert page.inner_text(".sentence") == "Add(url='b') comes."
    assert "File 'b' state" in page.inner_text("#step table")
    assert "Fetch(url='b')" in page.inner_text("#step ul")
    assert (
        page.locator('.sheet:visible .token[data-of="state:File:running"] text').text_content()
        == "2"
    )
    assert page.locator(".arrow.went").count() == 1
    assert "Add(url='b') comes." in page.inner_text("#said")
    page.keyboard.press("ArrowLeft")
    assert page.inner_text("#at") == "1 of 3"
    page.click("#play")
    expect(page.locator("#at")).to_have_text("3 of 3")
    assert "doesn't hold" in page.inner_text(".failure")
    assert page.inner_text("#play") == "Play"  # it has stopped at the end
    page.click("#tab-events")
    assert page.locator("tr.here").get_attribute("data-event") == "event:Add"
    page.click("#steps button >> nth=0")
    assert page.get_attribute("#steps li >> nth=0", "aria-current") == "step"


def test_a_long_recording_says_what_is_left_out_and_how_to_see_it(
    visit: Visit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(played, "MOST_STEPS", 2)
    machine = checked(TUTORIAL, tmp_path)
    path = tmp_path / "run.lawful"
    running = Tutorial()
    with Recorder(running, path):
        for url in ("a", "b", "c", "d"):
            running.handle(Add(url=url))
    html = make_page(machine, "spec/tutorial.yaml", traces=read(path, machine))
    (tmp_path / "run.html").write_text(html, encoding="utf-8")
    page = visit(tmp_path / "run.html")
    told = page.inner_text("#told")
    assert told.startswith(
        "These are the last 2 steps of 4, after what everything was before them."
    )
    assert "`lawful story run.lawful KEY`" in told
    assert "`lawful replay run.lawful --history`" in told
    assert page.get_attribute("#steps", "start") == "2"  # what was before: then come 3 and 4
    page.click("#last")
    assert page.inner_text(".sentence") == "Add(url='d') comes."


def test_a_trace_that_is_whole_says_nothing_of_that(visit: Visit, files: dict[str, Path]) -> None:
    assert not visit(files["broken"]).is_visible("#told")
