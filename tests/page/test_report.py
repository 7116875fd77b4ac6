"""``lawful report``: one file, whole and harmless, with or without Graphviz."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import sys
from collections import Counter
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lawful.codegen.checked import CheckedSpec
from lawful.codegen.cli import main
from lawful.codegen.page import page
from lawful.codegen.page.layers import layers, spread
from lawful.codegen.page.layout import Box, Laid, Link, lay_out

from .machines import ATTACKS, BROKEN, ROOT, TUTORIAL, checked, explored, hostile, measured, worker


class Parsed(HTMLParser):
    """The elements of a page, each with its attributes, and the texts of scripts and styles."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        kind = "script" if self.lasttag in ("script", "style") else "words"
        (self.scripts if kind == "script" else self.words).append(data)

    @property
    def data(self) -> dict[str, Any]:
        """What the page's script works with."""
        (found,) = (text for text in self.scripts if text.startswith("{"))
        data: dict[str, Any] = json.loads(found)
        return data

    def arrows(self, view: str) -> list[dict[str, Any]]:
        """The arrows of a view, each with all that there is to say of it."""
        data = self.data
        return [data["rules"][number] for number in data["arrows"][view]]

    def count(self, tag: str, **attributes: str) -> int:
        return sum(
            name == tag and all(found.get(key) == value for key, value in attributes.items())
            for name, found in self.elements
        )


def test_the_workers_page_is_one_file_under_a_megabyte() -> None:
    html = page(worker(), "spec/worker/machine.yaml")
    assert len(html.encode()) < 1_000_000
    parsed = Parsed(html)
    links = [(tag, a) for tag, a in parsed.elements if "src" in a or "href" in a]
    assert links == [
        ("link", {"rel": "icon", "href": "data:,"}),
        ("a", {"class": "skip", "href": "#main"}),
    ]
    assert not re.search(r"@import|url\(", html[: html.index("<body>")])


def test_the_policy_names_the_script_and_the_style_and_lets_nothing_else_in() -> None:
    parsed = Parsed(page(worker(), "spec/worker/machine.yaml"))
    (policy,) = (a["content"] for t, a in parsed.elements if a.get("http-equiv"))
    assert policy is not None
    style, _, script = (text for text in parsed.scripts if text.strip())
    for text, kind in ((style, "style"), (script, "script")):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'; ")
    assert "connect-src" not in policy
    assert "unsafe" not in policy
    # What the policy forbids would be a mistake of ours: it would not work.
    assert not [a for _, a in parsed.elements if any(n == "style" or n.startswith("on") for n in a)]


def test_every_state_event_and_instruction_is_drawn_listed_and_explained() -> None:
    spec = worker()
    parsed = Parsed(page(spec, "spec/worker/machine.yaml"))
    nodes = parsed.data["nodes"]
    wanted = {f"state:Task:{state}" for state in spec.entities["Task"].states}
    wanted |= {f"event:{name}" for name in spec.events if name in spec.handlers}
    wanted |= {f"instruction:{name}" for name in spec.instructions}
    drawn = Counter(a["data-node"] for tag, a in parsed.elements if tag == "g" and "data-node" in a)
    assert wanted <= set(nodes)
    assert wanted <= set(drawn)
    rows = {a["data-event"] for tag, a in parsed.elements if tag == "tr" and "data-event" in a}
    assert rows == {f"event:{name}" for name in spec.handlers}


def ring(states: int, folder: Path) -> CheckedSpec:
    """A machine of so many states, which each of as many events leads on from one and finds the others in."""
    names = [f"s{n}" for n in range(states)]
    lines = ["lawful: 1", "machine: Ring", "entities:", "  Thing:", "    registry: things"]
    lines += ["    key: {name: str}", "    states:", "      s0: {initial: true}"]
    lines += [f"      {name}: {{}}" for name in names[1:]]
    lines += [
        "events:",
        *(f"  E{n}: {{fields: {{name: str}}}}" for n in range(states)),
        "handlers:",
    ]
    for n in range(states):
        lines += [f"  E{n}:", "    subject: {get_or_create: Thing, key: event.name}", "    cells:"]
        lines += ["      new: {ignore: it begins}", f"      s{n}: {{recommend: s{n - 1}}}"]
        lines += ["      others: {ignore: it is elsewhere}"]
    lines += ["transitions:", "  undeclared: {impossible: it is a ring}"]
    lines += [f"  s{n} -> s{n - 1}: {{becomes: s{n - 1}}}" for n in range(1, states)]
    lines += [f"  s0 -> s{states - 1}: {{becomes: s{states - 1}}}"]
    text = "\n".join(lines).replace("s-1", f"s{states - 1}") + "\n"
    return checked(text, folder)


def test_what_there_is_to_say_is_said_once_however_many_cells_and_views_say_it(
    tmp_path: Path,
) -> None:
    small, large = (page(ring(n, tmp_path), "ring.yaml") for n in (10, 40))
    cells = [len(Parsed(html).data["cells"]) for html in (small, large)]
    assert cells == [3 * 10, 3 * 40]  # of 11 and 41 columns for each event
    data = Parsed(large).data
    assert len(data["rules"]) == len(set(map(str, data["rules"])))
    assert set(data["arrows"]["life-cycle"]) <= set(data["arrows"]["both"])
    more = (40 * 41 - 10 * 11) * 100  # bytes of cells, of which there have to be so many
    assert len(large) - len(small) < more + 30 * 10_000


def test_each_transition_points_to_its_lines_in_the_spec_and_in_the_generated_code() -> None:
    spec = worker()
    parsed = Parsed(page(spec, "spec/worker/machine.yaml"))
    data, arrows = parsed.data, parsed.arrows("life-cycle")
    seen = 0
    for arrow in arrows:
        for case in arrow["cases"]:
            if arrow["kind"] == "route":
                continue
            file, first, last = case["code"]
            code = data["code"][file].split("\n")[first - 1 : last]
            request = dict(case["facts"])["asked for"]
            start = arrow["from"].rpartition(":")[2]
            assert f"_task_{start}_to_{request}(".replace("-", "_") in code[0]
            file, first, last = case["spec"]
            assert 0 < first <= last <= len(data["spec"][file].split("\n"))
            seen += 1
    pairs = {(start, request) for _, start, request in spec.transitions}
    told = {
        (arrow["from"].rpartition(":")[2], dict(case["facts"])["asked for"])
        for arrow in arrows
        for case in arrow["cases"]
    }
    claimed = {  # never to happen: these are not drawn
        (pair.start, pair.request)
        for pair in spec.transitions.values()
        if all(case.kind == "impossible" for case in pair.cases)
    }
    assert pairs - claimed <= told
    assert seen > 40


def test_coverage_is_on_the_arrows_on_the_cells_and_in_a_list(tmp_path: Path) -> None:
    html = page(checked(TUTORIAL, tmp_path), "spec/tutorial.yaml", coverage=measured())
    parsed = Parsed(html)
    marks = {a["label"]: a["mark"] for a in parsed.arrows("life-cycle")}
    assert marks["running becomes done"] == "covered"
    assert marks["running becomes failed (not covered)"] == "missed"
    cells = [a["class"] for tag, a in parsed.elements if tag == "td" and "class" in a]
    assert cells.count("handled partly") == 1
    assert "ignored covered" in cells
    assert "FetchFailed in running, case 2" in "".join(parsed.words)


def test_what_was_explored_is_told(tmp_path: Path) -> None:
    spec = checked(BROKEN, tmp_path)
    parsed = Parsed(page(spec, "machine.yaml", traces=explored(spec)))
    (story,) = parsed.data["stories"]
    assert story["title"] == "slots are respected"
    assert [step["event"] for step in story["steps"]] == ["event:Add"] * 3
    assert story["steps"][0]["moves"][0]["way"] == ["state:File:queued", "state:File:running"]
    assert parsed.count("span", **{"class": "verdict refuted"}) >= 2


def test_hostile_texts_are_texts_everywhere(tmp_path: Path) -> None:
    spec = checked(hostile(), tmp_path)
    tame = hostile()
    for attack in (*ATTACKS, "</script><script>alert(1)</script>"):
        tame = tame.replace(attack.replace("'", "''"), "calm words")
    one, other = (
        Parsed(page(machine, "machine.yaml", traces=explored(machine)))
        for machine in (spec, checked(tame, tmp_path))
    )
    assert {tag for tag, _ in one.elements} == {tag for tag, _ in other.elements}
    assert one.count("script") == other.count("script") == 2
    assert "<script>" in "".join(one.words)
    assert ATTACKS[0] in one.data["nodes"]["state:Thing:calm"]["doc"]


def test_a_picture_without_graphviz_has_the_same_boxes_and_arrows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("pygraphviz")
    spec = worker()
    with_it = Parsed(page(spec, "spec/worker/machine.yaml"))
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    without = Parsed(page(spec, "spec/worker/machine.yaml"))
    for tag in ("g", "rect", "text", "path"):
        assert with_it.count(tag) == without.count(tag)


def boxes_do_not_overlap(boxes: list[Box], laid: Laid) -> bool:
    def apart(a: Box, b: Box) -> bool:
        (ax, ay), (bx, by) = laid.centres[a.id], laid.centres[b.id]
        return (
            abs(ax - bx) >= (a.width + b.width) / 2 - 1
            or abs(ay - by) >= (a.height + b.height) / 2 - 1
        )

    return all(apart(a, b) for n, a in enumerate(boxes) for b in boxes[:n])


GRAPHS = st.integers(1, 12).flatmap(
    lambda n: st.tuples(
        st.just([f"n{k}" for k in range(n)]),
        st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=30),
    )
)


@given(GRAPHS)
def test_a_layered_layout_has_each_thing_once_and_lets_ways_lead_down(
    graph: tuple[list[str], list[tuple[int, int]]],
) -> None:
    ids, links = graph
    laid = layers(ids, [(ids[a], ids[b]) for a, b in links])
    depth = {node: n for n, row in enumerate(laid.rows) for node in row}
    assert sorted(node for row in laid.rows for node in row if node in ids) == sorted(ids)
    assert all(depth[node] % 2 == 0 for node in ids)
    if all(a < b for a, b in links):  # no cycle
        assert all(depth[ids[a]] < depth[ids[b]] for a, b in links)
    for (a, b), way in zip(links, laid.ways, strict=True):
        crossed = [depth[ids[a]], *(depth[node] for node in way), depth[ids[b]]]
        # From one layer to the next, without a leap: there is a place for the arrow in each.
        assert a == b or {abs(m - n) for m, n in pairwise(crossed)} == {1}


@given(GRAPHS, st.randoms(use_true_random=False))
def test_what_is_spread_keeps_its_order_and_its_distance(
    graph: tuple[list[str], list[tuple[int, int]]], random: Any
) -> None:
    ids, links = graph
    laid = layers(ids, [(ids[a], ids[b]) for a, b in links])
    widths = {node: random.randint(1, 90) for row in laid.rows for node in row}
    at = spread(laid.rows, laid.ways, widths, 5)
    assert min(x - widths[node] / 2 for node, x in at.items()) == pytest.approx(0)
    for row in laid.rows:
        for one, other in pairwise(row):
            assert at[other] - at[one] >= (widths[one] + widths[other]) / 2 + 5 - 1e-6


@given(GRAPHS, st.randoms(use_true_random=False))
def test_boxes_of_a_layered_layout_do_not_overlap(
    graph: tuple[list[str], list[tuple[int, int]]], random: Any
) -> None:
    ids, links = graph
    boxes = [
        Box(i, random.randint(40, 200), random.randint(20, 120), random.randint(-1, 1)) for i in ids
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "pygraphviz", None)
        laid = lay_out(boxes, [Link(ids[a], ids[b]) for a, b in links])
    assert boxes_do_not_overlap(boxes, laid)
    assert len(laid.curves) == len(links)
    assert all(
        box.width / 2 <= x <= laid.width and box.height / 2 <= y <= laid.height
        for box, (x, y) in ((box, laid.centres[box.id]) for box in boxes)
    )


def test_of_very_many_arrows_none_has_a_lane_and_the_boxes_stand_apart() -> None:
    boxes = [Box(f"n{n}", 80, 30) for n in range(40)]
    links = [Link(f"n{n % 40}", f"n{(n * 7 + 3) % 40}") for n in range(500)]
    laid = lay_out(boxes, links)
    assert boxes_do_not_overlap(boxes, laid)
    assert len(laid.curves) == len(links)


def test_the_command_writes_the_page_and_explores_if_asked(tmp_path: Path) -> None:
    target = tmp_path / "page.html"
    tutorial = str(ROOT / "spec" / "tutorial.yaml")
    assert main(["report", tutorial, "-o", str(target), "--explore", "60"]) == 0
    parsed = Parsed(target.read_text(encoding="utf-8"))
    assert parsed.count("span", **{"class": "verdict proved"}) > 5


def test_a_spec_with_mistakes_gets_no_page(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(TUTORIAL.replace("file.attempts < 2", "file.attempts < x"), encoding="utf-8")
    target = tmp_path / "page.html"
    assert main(["report", str(path), "-o", str(target)]) == 1
    assert "LF350" in capfd.readouterr().err
    assert not target.exists()


def test_a_file_that_is_no_coverage_is_named(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    odd = tmp_path / "odd.json"
    odd.write_text("{}", encoding="utf-8")
    tutorial = str(ROOT / "spec" / "tutorial.yaml")
    for option in ("--coverage", "--trace"):
        assert main(["report", tutorial, option, str(odd)]) == 2
        assert "odd.json" in capfd.readouterr().err
