"""The page without a mouse and without eyes: keys, focus, names, motion, and meaning beyond colours."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .elements import RUNNING, colour

if TYPE_CHECKING:
    from .elements import Visit

pytestmark = pytest.mark.xdist_group("browser")  # one browser for all


def test_all_can_be_done_with_the_keys(visit: Visit, files: dict[str, Path]) -> None:
    page = visit(files["tutorial"])
    page.focus("#zoom-fit")
    page.keyboard.press("Tab")
    focused = "document.activeElement.dataset.node"
    assert page.evaluate(focused) == "state:File:queued"
    page.keyboard.press("ArrowDown")
    assert page.evaluate(focused) == "state:File:running"
    page.keyboard.press("Enter")
    assert page.inner_text("#details-title") == "running"
    assert page.inner_text("#said") == "state running"
    assert page.get_attribute(f".sheet:visible {RUNNING}", "aria-pressed") == "true"
    page.keyboard.press("Tab")  # out of the picture, past its other boxes
    assert page.evaluate("!document.activeElement.closest('#canvas')")
    page.keyboard.press("Escape")
    assert not page.is_visible("#sources")
    page.focus("#tab-graph")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.id") == "tab-events"
    assert page.is_visible("#panel-events")
    page.focus('tr[data-event="event:Fetched"] .to-node')
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    assert page.inner_text("#said").startswith("FetchFailed in running: if file.attempts < 2")
    page.keyboard.press("Tab")  # out of the matrix
    assert page.evaluate("!document.activeElement.closest('.matrix')")


@pytest.mark.parametrize("name", ["worker", "broken"])
def test_whatever_can_be_used_has_a_name_for_a_screen_reader(
    visit: Visit, files: dict[str, Path], name: str
) -> None:
    page = visit(files[name])
    nameless = page.eval_on_selector_all(
        "button, input, select, [role=button], [role=tab], [role=region], [role=group]",
        """all => all.filter(e => !(e.getAttribute("aria-label") || e.textContent.trim()
            || e.labels?.length || e.getAttribute("aria-labelledby"))).map(e => e.outerHTML)""",
    )
    assert nameless == []
    missing = page.eval_on_selector_all(
        "[aria-controls], [aria-labelledby]",
        """all => all.flatMap(e => [e.getAttribute("aria-controls"), e.getAttribute("aria-labelledby")])
            .filter(id => id && !document.getElementById(id))""",
    )
    assert missing == []
    for role, count in (("banner", 1), ("main", 1), ("complementary", 1), ("tablist", 1)):
        assert page.get_by_role(role).count() == count  # type: ignore[arg-type]  # the names of roles
    assert page.get_attribute("#said", "aria-live") == "polite"


# What is there to be used comes in the order in which it is read, and shows that it is meant.
def test_the_focus_goes_through_the_page_in_the_order_of_reading(
    visit: Visit, files: dict[str, Path]
) -> None:
    page = visit(files["broken"])
    seen = []
    for _ in range(20):
        page.keyboard.press("Tab")
        name, marked = page.evaluate(
            """() => { const one = document.activeElement, style = getComputedStyle(one);
                const inner = one.querySelector("rect");
                return [one.id || one.dataset.view || one.dataset.node || one.className,
                    style.outlineStyle !== "none" || (inner && getComputedStyle(inner).strokeWidth === "3.2px")]; }"""
        )
        assert marked, name
        seen.append(name)
    assert seen == [
        *("skip", "tab-graph", "search", "theme", "life-cycle", "flow", "both"),
        *("zoom-in", "zoom-out", "zoom-fit", "state:File:queued"),
        *("story", "first", "back", "play", "next", "last", "link", "link", "link"),
    ]


def test_the_focus_is_never_lost(visit: Visit, files: dict[str, Path]) -> None:
    page = visit(files["tutorial"])
    focused = "document.activeElement.dataset.node ?? document.activeElement.id"
    page.focus(f".sheet:visible {RUNNING}")
    page.keyboard.press("Enter")  # the texts come up
    page.focus("#close")
    page.keyboard.press("Enter")
    assert page.evaluate(focused) == "state:File:running"
    page.focus("#details button >> nth=0")
    page.keyboard.press("Enter")  # an arrow: other details take the place of these
    assert page.evaluate(focused) == "details-title"
    assert "→" in page.inner_text("#details-title")
    page.focus("#details button >> nth=0")
    page.keyboard.press("Escape")
    assert not page.is_visible("#sources")
    assert page.evaluate("document.activeElement !== document.body")


def test_what_coverage_says_in_colours_it_says_in_words_and_lines_too(
    visit: Visit, files: dict[str, Path]
) -> None:
    page = visit(files["tutorial"])
    assert page.locator(".sheet:visible .arrow[aria-label*='not covered']").count() == 1
    page.click("#tab-events")
    partly = page.locator('tr[data-event="event:FetchFailed"] td.partly button')
    assert (partly.get_attribute("aria-label") or "").endswith("(partly covered)")
    assert colour(partly, "borderTopStyle") == "dotted"
    whole = page.locator('tr[data-event="event:Fetched"] td.covered button')
    assert (whole.get_attribute("aria-label") or "").endswith("(covered)")
    page.click("#tab-proofs")
    verdicts = page.locator("#panel-proofs .verdict").all_inner_texts()
    assert verdicts
    assert set(verdicts) <= {"proved", "refuted", "undetermined"}


def test_nothing_moves_for_who_wants_no_motion(visit: Visit, files: dict[str, Path]) -> None:
    moving = """() => [...document.querySelectorAll("*")].filter(one => {
        const style = getComputedStyle(one);
        return parseFloat(style.transitionDuration) > 0 || style.animationName !== "none"
            || style.scrollBehavior === "smooth"; }).length"""
    page = visit(files["tutorial"])
    assert page.evaluate(moving) > 0
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(moving) == 0


# Every word that is shown, on what it really stands on.
_UNREADABLE = """() => {
    const rgba = text => { const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number);
        return text.startsWith("color(") ? [r * 255, g * 255, b * 255, a] : [r, g, b, a]; };
    const light = ([r, g, b]) => [r, g, b].map(c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
        .reduce((sum, c, n) => sum + c * [0.2126, 0.7152, 0.0722][n], 0);
    const ground = one => { for (let at = one; at; at = at.parentElement) {
        const found = rgba(getComputedStyle(at).backgroundColor);
        if (found[3] === 1) return found; } return [255, 255, 255]; };
    const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const bad = [];
    for (let text; (text = words.nextNode());) {
        const one = text.parentElement;
        if (!text.textContent.trim() || !one.checkVisibility({visibilityProperty: true})
            || one.closest("svg, script, style, .unseen, .skip, option")) continue;
        const [a, b] = [rgba(getComputedStyle(one).color), ground(one)].map(light).sort();
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        if (ratio < 4.5) bad.push([text.textContent.trim(), ratio]);
    }
    return bad; }"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_word_stands_out_from_its_ground(
    visit: Visit, files: dict[str, Path], scheme: str
) -> None:
    for name in ("tutorial", "broken"):
        page = visit(files[name], scheme=scheme)
        page.click(f".sheet:visible {RUNNING}")
        for tab in ("events", "proofs", "coverage", "graph"):
            page.click(f"#tab-{tab}")
            assert page.evaluate(_UNREADABLE) == []
        page.fill("#search", "queue")
        assert page.evaluate(_UNREADABLE) == []
