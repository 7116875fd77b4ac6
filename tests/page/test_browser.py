"""The page in a real browser: looked at, clicked through, played, searched, refreshed, attacked."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from lawful.codegen.page import page as make_page
from lawful.codegen.page.serving import Site

from .conftest import SIZES
from .machines import BROKEN, ROOT, TUTORIAL, checked, explored, hostile, measured, worker

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

    Visit = Callable[..., Page]

pytestmark = pytest.mark.xdist_group("browser")  # one browser for all
QUEUED, RUNNING = (
    '.picture:visible [data-node="state:File:queued"]',
    '[data-node="state:File:running"]',
)


@pytest.fixture(scope="module")
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


def colour(element: Locator, name: str) -> str:
    found: str = element.evaluate("(e, name) => getComputedStyle(e)[name]", name)
    return found


# --------------------------------------------------------------------------------------- it is shown


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", ["worker", "tutorial"])
def test_the_page_fits_every_screen_and_says_nothing_on_the_console(
    visit: Visit, files: dict[str, Path], name: str, size: str, scheme: str
) -> None:
    page = visit(files[name], size, scheme)
    for tab in ("events", "proofs", "coverage", "graph"):
        page.click(f"#tab-{tab}")
        assert page.is_visible(f"#panel-{tab}")
        wide: int = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= SIZES[size][0]
    for view in ("flow", "both", "life-cycle"):
        page.click(f"button[data-view={view}]")
        assert page.locator(".sheet:visible .node").first.is_visible()
    picture = os.environ.get("LAWFUL_SCREENSHOTS")
    if picture:
        page.screenshot(path=str(Path(picture) / f"{name}-{size}-{scheme}.png"))


def test_dark_and_light_follow_the_system_until_somebody_chooses(
    visit: Visit, files: dict[str, Path]
) -> None:
    light, dark = (visit(files["tutorial"], scheme=scheme) for scheme in ("light", "dark"))
    body = "backgroundColor"
    assert colour(light.locator("body"), body) != colour(dark.locator("body"), body)
    wanted = colour(light.locator("body"), body)
    for _ in range(2):  # auto, dark, light
        dark.click("#theme")
    assert colour(dark.locator("body"), body) == wanted
    dark.reload()
    dark.wait_for_selector("body[data-ready]")
    assert colour(dark.locator("body"), body) == wanted


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_can_be_told_from_their_ground(
    visit: Visit, files: dict[str, Path], scheme: str
) -> None:
    page = visit(files["tutorial"], scheme=scheme)
    pairs = [
        ("ink", "ground"),
        ("ink", "sheet"),
        ("quiet", "ground"),
        ("quiet", "sheet"),
        ("accent", "sheet"),
        ("accent", "ground"),
        ("accent", "accent-soft"),
        ("ink", "state"),
        ("quiet", "state"),
        ("ink", "event"),
        ("ink", "instruction"),
        ("good", "good-soft"),
        ("warn", "warn-soft"),
        ("bad", "bad-soft"),
        ("bad", "ground"),
    ]
    for ink, ground in pairs:
        rgb: list[list[float]] = page.evaluate(
            """names => names.map(name => {
                const probe = document.createElement("i");
                probe.style.color = `var(--${name})`;
                document.body.append(probe);
                const found = getComputedStyle(probe).color.match(/[\\d.]+/g).slice(0, 3).map(Number);
                probe.remove();
                return found;
            })""",
            [ink, ground],
        )
        assert contrast(*rgb) >= 4.5, (ink, ground)


def contrast(one: list[float], other: list[float]) -> float:
    """Of two colours, as WCAG 2.2 defines it."""

    def light(rgb: list[float]) -> float:
        parts = (c / 255 for c in rgb)
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


# ----------------------------------------------------------------------------------------- the mouse


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


def test_coverage_is_seen_on_the_picture_and_on_the_matrix(
    visit: Visit, files: dict[str, Path]
) -> None:
    page = visit(files["tutorial"])

    def strokes() -> dict[str, str]:
        lines = page.locator(".sheet:visible .arrow")
        return {
            lines.nth(n).get_attribute("aria-label") or "": colour(
                lines.nth(n).locator(".line"), "stroke"
            )
            for n in range(lines.count())
        }

    seen = strokes()
    assert seen["running becomes done"] != seen["running becomes failed (not covered)"]
    page.uncheck("#show-coverage")
    plain = strokes()
    assert plain["running becomes done"] == plain["running becomes failed (not covered)"]
    page.click("#tab-coverage")
    page.click(".missed-list button >> nth=0")
    assert "failed" in page.inner_text("[data-side=spec] .here")


# -------------------------------------------------------------------------------- search and the keys


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


# ------------------------------------------------------------------------------------------- a trace


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


# ------------------------------------------------------------------------------------ hostile texts


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


# -------------------------------------------------------------------------------------------- watched


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
