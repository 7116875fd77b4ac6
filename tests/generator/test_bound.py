"""Events, instructions and values of classes that exist elsewhere, used in place of our own."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator
from pathlib import Path

import pytest

from lawful.codegen import cli

from .building import build, load_part, machine

SPEC = (
    machine(
        transitions="  idle -> red: {becomes: red, emit: 'Tell(text=event_text(ball))'}\n",
        fields="      thing: {type: Thing | None}",
        more="""\
types:
  Thing: {opaque: true, bind: "adopted.things:Thing"}
procedures:
  "event_text(ball: Ball) -> str": return ball.name
""",
    )
    .replace(
        "  Put: {fields: {name: str, to: str}}",
        '  Put: {fields: {name: str, to: str}, bind: "adopted:Put"}',
    )
    .replace(
        "  Tell: {fields: {text: str}, runs: send}",
        '  Tell: {fields: {text: str}, runs: send, bind: "adopted:Say"}',
    )
)

ADOPTED = """
class Put:  # neither ours nor a dataclass, and its id has no default
    def __init__(self, name, to, stimulus_id):
        self.name, self.to, self.stimulus_id = name, to, stimulus_id

class Say:
    __slots__ = ("text", "stimulus_id")
    def __init__(self, *, text, stimulus_id):
        self.text, self.stimulus_id = text, stimulus_id
"""


@pytest.fixture
def adopted() -> Iterator[types.ModuleType]:
    """The module with the classes that are bound."""
    module, things = types.ModuleType("adopted"), types.ModuleType("adopted.things")
    exec(ADOPTED, module.__dict__)
    things.Thing = type("Thing", (), {})  # type: ignore[attr-defined]
    sys.modules |= {"adopted": module, "adopted.things": things}
    yield module
    del sys.modules["adopted"], sys.modules["adopted.things"]


def test_a_bound_class_takes_the_place_of_a_generated_one(
    tmp_path: Path, adopted: types.ModuleType
) -> None:
    box = build(tmp_path, SPEC, allow_bind=True)
    assert box.Put is adopted.Put
    assert box.Tell is adopted.Say
    written = (tmp_path / "out/box/events.py").read_text()
    assert written.index("if TYPE_CHECKING:") < written.index("class Put")  # for its types only
    it = box.Box(validate=True)
    (told,) = it.handle(adopted.Put("a", "red", "me"))
    assert type(told) is adopted.Say
    assert (told.text, told.stimulus_id) == ("a", "me")
    assert it.history[0].event.name == "a"
    assert load_part(box, "types").Thing is sys.modules["adopted.things"].Thing


BASE = """
from lawful.runtime import Entity

class Base(Entity):
    __slots__ = ("label",)
    def shout(self):
        return self.name.upper()
"""


def test_an_entity_extends_a_bound_class(tmp_path: Path) -> None:
    module = types.ModuleType("adopted_base")
    exec(BASE, module.__dict__)
    sys.modules["adopted_base"] = module
    text = machine(transitions="  idle -> red: {becomes: red}\n").replace(
        "    registry:", "    bind: adopted_base:Base\n    registry:"
    )
    try:
        box = build(tmp_path, text, allow_bind=True)
    finally:
        del sys.modules["adopted_base"]
    it = box.Box(validate=True)
    it.handle(box.Put(name="a", to="red"))
    (ball,) = it.balls.values()
    assert isinstance(ball, module.__dict__["Base"])
    assert (ball.shout(), ball.state) == ("A", "red")
    ball.label = "is kept in the slot of the base"
    assert not hasattr(ball, "__dict__")


def test_nothing_is_bound_without_leave(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("box.yaml").write_text(SPEC)
    assert cli.main(["generate", "box.yaml"]) == 1
    assert "--allow-bind" in capsys.readouterr().err
    assert not Path("generated").exists()
    assert "adopted" not in sys.modules
    assert cli.main(["generate", "box.yaml", "--allow-bind"]) == 0
    assert "adopted" not in sys.modules  # generating imports nothing of the spec's
    assert cli.main(["generate", "box.yaml", "--allow-bind", "--check"]) == 0
