"""The modules of a package, each from its template.

Knows the plan, the views and the templates; the only module that renders Jinja.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import jinja2

from ..checked import CheckedSpec
from ..items import Items
from ..naming import package_name
from ..types import Named
from .annotations import annotation
from .contracts import contract_views, host_views
from .entities import entity_view
from .header import header
from .imports import (
    RUNTIME,
    STANDARD,
    bound_import_lines,
    export_key,
    import_lines,
    member_key,
    used_names,
)
from .machine import has_host, key_functions, machine_class, makers
from .marks import Marks
from .messages import event_views, instruction_views
from .plan import Plan
from .shapes import shape_tables
from .texts import docstring, quoted

TEMPLATES = Path(__file__).parent.parent / "templates" / "generate"


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # it is Python that is written; texts are escaped where they come from
    )


def _fill(template: str, **data: object) -> str:
    return _environment().get_template(f"{template}.py.j2").render(data)


def render_modules(plan: Plan, *, twin: bool = True) -> dict[str, str]:
    """File name -> text, not yet formatted, of the package of a machine, with its instrumented twin or without."""
    spec = plan.spec
    writer = _Modules(plan)
    types = [t for t in spec.types.values() if t.name[0].isupper()]
    if types:
        writer.types()
    writer.entities()
    writer.messages("events", "Event", list(spec.events))
    writer.messages("instructions", "Instruction", list(spec.instructions))
    writer.handlers()
    if has_host(plan):
        writer.host()
    writer.machine()
    if twin:
        writer.twin()
    writer.shapes()
    writer.init()
    writer.files["py.typed"] = header(plan) + "\n"
    return writer.files


class _Modules:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.files: dict[str, str] = {}
        self.exports: dict[str, list[str]] = {}
        self.available: dict[str, str] = STANDARD | RUNTIME | {"handlers": "."}
        self._keys = ""  # what the machine and its twin begin with
        self._used: frozenset[str] = frozenset()  # the names that both read

    @property
    def spec(self) -> CheckedSpec:
        return self.plan.spec

    def _write(
        self,
        name: str,
        about: str,
        body: str,
        bound: Mapping[str, str] | None = None,
        used: frozenset[str] | None = None,
    ) -> None:
        """One module: header, docstring, exactly the imports that it needs, body. ``used`` are the names
        that the body reads, if they are known."""
        used = used_names(body) if used is None else used
        imports = "\n".join(import_lines(used, self.available, bound or {}))
        text = _fill(
            "module",
            header=header(self.plan),
            docstring="\n".join(docstring(about, "")),
            imports=imports,
            body=body.strip("\n"),
        )
        self.files[f"{name}.py"] = text

    def _export(self, module: str, names: list[str]) -> None:
        """Let the modules that come later import the names, and the package have them."""
        self.exports[module] = names
        self.available |= dict.fromkeys(names, f".{module}")

    def types(self) -> None:
        spec = self.spec
        views = []
        bound = {}
        for type_ in spec.types.values():
            if not type_.name[0].isupper():
                continue
            if type_.bind is not None:
                bound[type_.name] = type_.bind
                continue
            value = "object"
            if isinstance(type_.type, Named) and type_.type.base is not None:
                value = annotation(type_.type.base)
            doc = "\n".join(docstring(type_.doc, "")) if type_.doc.strip() else ""
            views.append({"name": type_.name, "value": value, "doc": doc})
        states = {f"{name}State" for name in spec.entities}
        assert not states & bound.keys()
        about = f"The types of {spec.machine}'s own. An opaque one is carried and never looked at."
        self._write("types", about, _fill("types", types=views), bound)
        self._export("types", [t.name for t in spec.types.values() if t.name[0].isupper()])

    def messages(self, module: str, base: str, names: list[str]) -> None:
        views = event_views(self.spec) if base == "Event" else instruction_views(self.spec)
        union = " | ".join(names) or "Never"
        body = _fill(
            "messages",
            messages=[view for view in views if view.bind is None],
            bound=[view for view in views if view.bind is not None],
            imports=bound_import_lines({v.name: v.bind for v in views if v.bind is not None}),
            base=base,
            union=union,
        )
        about = f"The {module} of {self.spec.machine}."
        self._write(module, about, body)
        aliases = [base] if base == "Event" else [base, "Instructions"]
        self._export(module, [*names, *aliases])

    def entities(self) -> None:
        spec = self.spec
        views = [entity_view(self.plan, entity) for entity in spec.entities.values()]
        keys = " | ".join(spec.entities) or "Never"
        requests = " | ".join(f"{name}Request" for name in spec.entities) or "Never"
        body = _fill("entities", entities=views, recommendations=f"dict[{keys}, {requests}]")
        about = f"The entities of {spec.machine}, and what they can be asked for."
        bases = {view.base: spec.entities[view.name].bind for view in views}
        bound = {base: bind for base, bind in bases.items() if bind is not None}
        self._write("entities", about, body, bound)
        names: list[str] = []
        for view in views:
            names += [view.name, f"{view.name}State", f"{view.name}Request"]
            names += [f"{view.name}Configuration"] if view.configurations else []
        self._export("entities", [*names, "Recommendations"])

    def handlers(self) -> None:
        contracts = contract_views(self.spec)
        body = _fill("handlers", contracts=contracts, machine=self.spec.machine)
        about = (
            f"What carries out the instructions of {self.spec.machine}, and what may answer each."
        )
        self._write("handlers", about, body)
        unions = [f"{c.instruction}Outcome" for c in contracts if c.union]
        self._export("handlers", [f"{self.spec.machine}Handlers", *unions, "CONTRACTS"])

    def host(self) -> None:
        body = _fill("host", machine=self.spec.machine, functions=host_views(self.spec))
        self._write("host", f"What {self.spec.machine} may call outside of itself.", body)
        self._export("host", [f"{self.spec.machine}Host"])

    def machine(self) -> None:
        spec, plan = self.spec, self.plan
        body = machine_class(plan)
        self._keys = makers(plan, body) + key_functions(plan)
        body = self._keys + body
        self._used = used_names(body)
        self._write("machine", f"The {spec.machine} machine.", body, used=self._used)
        self.exports["machine"] = [spec.machine]

    def twin(self) -> None:
        """The machine again, marking what is run; to be written after it."""
        spec, plan = self.spec, self.plan
        items = Items(spec)
        plan.marks = Marks(items)
        body = self._keys + machine_class(plan)
        tables = plan.marks.tables
        plan.marks = Marks()
        views = [
            {"kind": quoted(i.kind), "name": quoted(i.name), "place": quoted(plan.place(i.span))}
            for i in items
        ]
        about = f"The {spec.machine} machine again, marking what was run. For tests."
        twin = _fill("instrumented", items=views, tables=tables, body=body)
        self._write("instrumented", about, twin, used=self._used | {"coverage"})

    def shapes(self) -> None:
        about = f"What the values of {self.spec.machine} look like, for those who record it."
        self._write("shapes", about, shape_tables(self.spec))

    def init(self) -> None:
        spec = self.spec
        exports = [
            (module, sorted(names, key=member_key))
            for module, names in sorted(self.exports.items())
        ]
        every = sorted((n for _, names in exports for n in names), key=export_key)
        body = _fill("init", exports=exports, all=[quoted(n) for n in every])
        about = f"{spec.doc.strip() or spec.machine}\n\nGenerated package `{package_name(spec.machine)}`."
        text = "\n".join([header(self.plan), *docstring(about, ""), "", body])
        self.files["__init__.py"] = text
