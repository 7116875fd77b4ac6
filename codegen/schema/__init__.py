"""The JSON Schema of a spec, for editors: made from the models, published beside this module.

Knows the models and JSON Schema. The words for each key are data, in ``keys.yaml``.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from ..part import TEXT_TYPES, Part, all_parts
from ..spec import MachineSpec

PUBLISHED = Path(__file__).parent / "spec.schema.json"
DIALECT = "https://json-schema.org/draft/2020-12/schema"

_Schema: TypeAlias = dict[str, Any]
_PAIR = "->|^undeclared$"
_ENTITY = "^[A-Z][A-Za-z0-9]*$"


def rendered() -> str:
    """The schema as it is published, with a newline at its end."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def schema() -> _Schema:
    """The schema of a spec file. An included file fits it, too."""
    made = MachineSpec.model_json_schema()
    parts = {part.__name__: part for part in all_parts(MachineSpec)}
    definitions = {
        name: _definition(definition, parts[name])
        for name, definition in sorted(made.pop("$defs").items())
    }
    root = _object(made, MachineSpec)
    root["properties"]["transitions"] = _by_entity({_PAIR: {"$ref": "#/$defs/TransitionSpec"}})
    root["properties"]["routes"] = _by_entity(
        {"^via ": _any(_text(), _list(_text())), "^on_conflict$": _text()}
    )
    for name in ("transitions", "routes"):
        root["properties"][name]["description"] = _words("machine", name)["description"]
    # An included file has neither.
    root["dependentRequired"] = {"lawful": ["machine"], "machine": ["lawful"]}
    del root["required"]
    return {
        "$schema": DIALECT,
        "$id": "urn:lawful:spec:1",
        "title": "lawful",
        **_shortened(root),
        "$defs": {"Text": _text(), **_shortened(definitions)},
    }


def _shortened(made: Any) -> Any:
    """The same with a reference for each text: there are hundreds."""
    if isinstance(made, list):
        return [_shortened(item) for item in made]
    if not isinstance(made, dict):
        return made
    if made.get("type") == _text()["type"]:
        rest = {key: value for key, value in made.items() if key != "type"}
        return {"$ref": "#/$defs/Text", **rest}
    return {key: _shortened(value) for key, value in made.items()}


def _definition(definition: _Schema, part: type[Part]) -> _Schema:
    """An object, and whatever it can be written as for short."""
    forms = [_object(definition, part)]
    if "required" not in definition:
        forms.append({"type": "null"})
    if part.short_form:
        forms.append(_text())
    if part.list_form:
        forms.append(_without_title(definition["properties"][part.list_form]))
    return {"description": _words(part.noun(), "")["description"], "anyOf": forms}


def _object(definition: _Schema, part: type[Part]) -> _Schema:
    properties = {
        name: _property(known, part)
        for name, known in definition["properties"].items()
        if name != part.allow_more
    }
    for name, known in properties.items():
        words = _words_of(part, name)
        known["description"] = words["description"]
        if "enum" in words:
            known.clear()
            known.update(words)
    made: _Schema = {
        "description": _words(part.noun(), "")["description"],
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }
    if part.allow_more:
        made["additionalProperties"] = definition["properties"][part.allow_more][
            "additionalProperties"
        ]
    if "required" in definition:
        made["required"] = definition["required"]
    return made


def _property(known: _Schema, part: type[Part]) -> _Schema:
    """Pydantic's schema of a key without what only Python cares for."""
    made = _without_title(known)
    if made.get("type") == "object":
        made["type"] = ["object", "null"]
    if "anyOf" in made:
        forms = [form for form in made["anyOf"] if form != {"type": "null"}]
        made = forms[0] if len(forms) == 1 else {"anyOf": forms}
    return dict(made)


def _without_title(known: _Schema) -> _Schema:
    return {key: value for key, value in known.items() if key not in ("title", "default")}


def _by_entity(pairs: _Schema) -> _Schema:
    """Pairs directly, or under the names of entities."""
    inner = {"type": ["object", "null"], "patternProperties": pairs, "additionalProperties": False}
    return {
        "type": ["object", "null"],
        "patternProperties": {**pairs, _ENTITY: inner},
        "additionalProperties": False,
    }


def _text() -> _Schema:
    return {"type": TEXT_TYPES}


def _list(items: _Schema) -> _Schema:
    return {"type": "array", "items": items}


def _any(*forms: _Schema) -> _Schema:
    return {"anyOf": list(forms)}


@cache
def keys() -> dict[str, dict[str, Any]]:
    """What each key is for, by the noun of its part."""
    content = yaml.safe_load((Path(__file__).parent / "keys.yaml").read_text(encoding="utf-8"))
    assert isinstance(content, dict)
    return content


def _words_of(part: type[Part], key: str) -> _Schema:
    """The words for a key, from its part or from the nearest base of it that has some."""
    for base in part.__mro__:
        if issubclass(base, Part) and key in keys().get(base.noun(), {}):
            return _words(base.noun(), key)
    raise KeyError(f"{part.noun()}: {key}")


def _words(noun: str, key: str) -> _Schema:
    words = keys()[noun][key]
    if isinstance(words, str):
        return {"description": words}
    *choices, description = words
    # YAML reads `true` as a boolean; quoted, it is the same in a spec.
    both = [*choices, *(str(choice).lower() for choice in choices if isinstance(choice, bool))]
    return {"description": description, "enum": both}
