"""How the page looks in a real browser: on a desk and on a phone, dark and light, every word readable."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .conftest import SIZES
from .elements import colour

if TYPE_CHECKING:
    from .elements import Visit

pytestmark = pytest.mark.xdist_group("browser")  # one browser for all


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


def test_a_short_word_of_a_table_stays_whole_on_a_phone(
    visit: Visit, files: dict[str, Path]
) -> None:
    page = visit(files["tutorial"], "phone")
    page.click("#tab-proofs")
    heights: list[float] = page.eval_on_selector_all(
        "#panel-proofs .verdict, #panel-proofs thead th",
        """all => all.map(one => { const range = document.createRange();
            range.selectNodeContents(one); return range.getClientRects().length; })""",
    )
    assert set(heights) == {1}
