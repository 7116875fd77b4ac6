"""The page in a real browser: clicked through, moved, searched, attacked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from .elements import QUEUED

if TYPE_CHECKING:
    from .elements import Visit

pytestmark = pytest.mark.xdist_group("browser")  # one browser for all


def test_hovering_lights_up_the_neighbours(visit: Visit, files: dict[str, Path]) -> None:
    page = visit(files["tutorial"])
    page.hover(QUEUED)
    near = page.eval_on_selector_all(".picture .node.near", "all => all.map(e => e.dataset.node)")
    assert set(near) == {f"state:File:{name}" for name in ("queued", "running", "failed")}
    far = page.locator('.sheet:visible [data-node="state:File:done"]')
    expect(far).to_have_css("opacity", "0.18")
    page.hover("header h1")
    assert page.locator(".picture .near").count() == 0


def test_a_click_shows_the_spec_beside_the_generated_code(
    visit: Visit, files: dict[str, Path]
) -> None:
    page = visit(files["worker"])
    assert not page.is_visible("#sources")
    page.click('.sheet:visible .node[data-node="state:Task:executing"]')
    assert page.inner_text("#details-title") == "executing"
    page.click('#details button:text-is("executing becomes memory: emits TaskFinished")')
    spec, code = page.locator("[data-side=spec] .here"), page.locator("[data-side=code] .here")
    assert "-> memory:" in spec.first.inner_text()
    assert "def _task_executing_to_memory" in code.first.inner_text()
    assert spec.first.is_visible()
    assert code.first.is_visible()
    left, right = (page.locator(f"[data-side={side}]").bounding_box() for side in ("spec", "code"))
    assert left is not None
    assert right is not None
    assert left["y"] == right["y"]
    assert left["x"] + left["width"] <= right["x"] + 1
    page.click("#close")
    assert not page.is_visible("#sources")


def test_the_picture_is_moved_and_zoomed(visit: Visit, files: dict[str, Path]) -> None:
    page = visit(files["worker"])

    def part() -> list[float]:
        box = page.locator(".picture:visible").get_attribute("viewBox")
        assert box is not None
        return [float(number) for number in box.split()]

    before = part()
    page.click("#zoom-in")
    nearer = part()
    assert nearer[2] < before[2]
    area = page.locator("#canvas").bounding_box()
    assert area is not None
    x, y = area["x"] + 20, area["y"] + area["height"] - 20
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 100, y - 50, steps=4)
    page.mouse.up()
    moved = part()
    assert moved[0] < nearer[0]
    assert moved[1] > nearer[1]
    assert not page.is_visible("#sources")  # it was no click
    page.mouse.wheel(0, 300)
    expect(page.locator(".picture:visible")).not_to_have_attribute(
        "viewBox", " ".join(f"{number:g}" for number in moved)
    )
    assert part()[2] > moved[2]
    page.click("#zoom-fit")
    assert part()[2] >= float(page.locator(".picture:visible").get_attribute("data-width") or 0) - 1


def test_a_cell_of_the_matrix_shows_where_it_is_written(
    visit: Visit, files: dict[str, Path]
) -> None:
    page = visit(files["tutorial"])
    page.click("#tab-events")
    page.click('tr[data-event="event:FetchFailed"] button.cell[aria-label*="in running"]')
    lines = page.locator("[data-side=spec] .here").all_inner_texts()
    assert [line.strip() for line in lines] == [
        "- {when: file.attempts < 2, recommend: queued}",
        "- {recommend: failed}",
    ]
    assert "_on_fetch_failed" in page.inner_text("[data-side=code] .here >> nth=0")


def test_searching_finds_a_state_an_event_and_a_line_of_the_spec(
    visit: Visit, files: dict[str, Path]
) -> None:
    page = visit(files["worker"])
    page.keyboard.press("/")
    page.keyboard.type("flight")
    first = page.locator("#found li").first
    assert first.inner_text() == "state flight"
    page.keyboard.press("Enter")
    assert page.inner_text("#details-title") == "flight"
    page.fill("#search", "StealRequest")
    page.keyboard.press("Enter")
    assert page.inner_text("#details-title") == "StealRequest"
    assert page.locator('.sheet[data-view="flow"]').is_visible()  # the life cycle has no events
    page.fill("#search", "machine.yaml lawful")
    page.locator("#found li").first.click()
    assert "lawful" in page.inner_text("[data-side=spec] .here")
    page.fill("#search", "zzzz")
    assert not page.is_visible("#found")
    assert page.inner_text("#said") == "0 found"


def test_texts_that_hold_markup_and_scripts_are_texts(visit: Visit, files: dict[str, Path]) -> None:
    page = visit(files["hostile"])
    for tab in ("events", "proofs", "coverage", "graph"):
        page.click(f"#tab-{tab}")
    for view in ("flow", "both"):
        page.click(f"button[data-view={view}]")
        for n in range(page.locator(".sheet:visible .node").count()):
            node = page.locator(".sheet:visible .node").nth(n)
            node.dispatch_event("click")
            node.hover()
    page.click('.sheet:visible .node[data-node="state:Thing:calm"]')
    assert "<script>document.title='taken'</script>" in page.inner_text("#details")
    assert "<img src=x" in page.inner_text("[data-side=spec] .text")
    page.click("#last")
    assert "<img src=x onerror=alert(2)>" in page.inner_text("#steps")
    assert "<img src=x onerror=alert(2)>" in page.inner_text("#step")
    assert "<script>" in page.inner_text("#story")
    page.fill("#search", "<script>")
    assert "<script>" in page.inner_text("#found")
    page.keyboard.press("Escape")
    for n in range(page.locator("#details button").count()):
        page.locator("#details button").nth(n).hover()
    assert page.title() == "Hostile"
    assert page.locator("img, iframe, object, embed, svg svg").count() == 0
    assert page.locator("script").count() == 2
