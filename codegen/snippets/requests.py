"""The statements that ask for something: ``recommend``, ``emit``, ``log`` and ``reset``.

Knows requests, instructions and reset groups; knows nothing of the flow of statements.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from ..checked import Entity, Request
from ..diagnostics import Span, did_you_mean
from ..types import EntityType, TupleType, Unknown, accepts, bare
from .expressions import Expressions
from .ir import Emit, Expr, Log, Recommend, Reset, Stmt
from .session import a, path_of, sentence


class Requests(Expressions):
    """Typing of the statements that ask."""

    def asking(self, node: ast.Call, name: str) -> Stmt | None:
        """The statement that the call of ``name`` is; None after a mistake."""
        if not self.around.machine:
            self.error("LF365", node, f"{sentence(self.around.place)} sees the entity alone.")
            return None
        self.only_looks(node, f"`{name}`")
        match name:
            case "recommend":
                return self._recommend(node)
            case "emit":
                return self._emit(node)
            case "log":
                return self._log(node)
        return self._reset(node)

    # -------------------------------------------------------------------------------------- recommend

    def _recommend(self, node: ast.Call) -> Stmt | None:
        self.changes(node, "recommend anything")
        if len(node.args) < 2:
            self.error(
                "LF381",
                node,
                "`recommend` takes an entity, the name of a request, and the request's arguments.",
                'recommend(task, "ready")',
            )
            return None
        entity = self._entity(node.args[0], "recommend")
        if entity is None:
            return None
        target, declared = entity
        named = node.args[1]
        if not isinstance(named, ast.Constant) or not isinstance(named.value, str):
            self.error(
                "LF380",
                named,
                "The request is written as a string, so that every place that asks for it is known.",
                "Choose with `if` and write each one.",
            )
            return None
        request = self.request(named.value, declared, self.span(named))
        if request is None:
            return None
        return self.ask(node, node.args[2:], target, declared, request)

    def request(self, name: str, entity: Entity, span: Span) -> Request | None:
        found = entity.requests.get(name)
        if found is None:
            hint = did_you_mean(name, entity.requests)
            if name in entity.groups:
                hint = "That is a group; one state is asked for at a time."
            self.error("LF380", span, f'{entity.name} has no state or request "{name[:80]}".', hint)
        return found

    def ask(
        self,
        node: ast.Call,
        arguments: Sequence[ast.expr],
        target: Expr,
        entity: Entity,
        request: Request,
    ) -> Recommend:
        """The recommendation, with its arguments matched."""
        found, spread = self.request_arguments(node, arguments, request)
        self.requests.add((entity.name, request.name))
        self._once(target, request.name, ast.dump(node), self.span(node))
        for argument in found:
            self.share(argument, f'the request "{request.name}"', lend=True)
        return Recommend(
            span=self.span(node),
            entity=target,
            entity_name=entity.name,
            request=request.name,
            arguments=tuple(found),
            spread=spread,
        )

    def request_arguments(
        self, node: ast.Call, arguments: Sequence[ast.expr], request: Request
    ) -> tuple[list[Expr], Expr | None]:
        """The arguments of a request; they may begin with ``*tuple``."""
        fields = list(request.fields.values())
        what = f'"{request.name}"'
        if not arguments or not isinstance(arguments[0], ast.Starred):
            return self.match(node, arguments, fields, what, "LF381"), None
        spread = self.expr(arguments[0].value)
        base = bare(spread.type)
        if isinstance(base, Unknown):
            return [], spread
        if not isinstance(base, TupleType) or base.rest is not None:
            self.error(
                "LF381",
                arguments[0],
                f"`*` takes a tuple of known length, but this is {a(spread.type)}.",
            )
            return [], None
        if len(base.items) > len(fields):
            self.error(
                "LF381", arguments[0], f"{what} takes {len(fields)} arguments; this tuple has more."
            )
            return [], None
        for field, type_ in zip(fields, base.items, strict=False):
            if not accepts(field.type, type_):
                self.error(
                    "LF381",
                    arguments[0],
                    f"`{field.name}` is {a(field.type)}, but the tuple holds {a(type_)} there.",
                )
        rest = fields[len(base.items) :]
        return self.match(node, arguments[1:], rest, what, "LF381"), spread

    def _once(self, target: Expr, request: str, text: str, span: Span) -> None:
        """Two different requests for one entity from one case can't both be meant."""
        path = path_of(target)
        if path is None:
            return
        before = self.facts.asked.get(path)
        if before is not None and before[0] != text and self.around.unique_requests:
            self.error(
                "LF382",
                span,
                f"`{'.'.join(path)}` was asked for something else in line {before[1].line}; "
                "one case makes one request of an entity.",
            )
        self.facts.asked[path] = (text, span)

    def _entity(self, node: ast.expr, what: str) -> tuple[Expr, Entity] | None:
        target = self.expr(node)
        target = self.present(target, f"`{what}` needs an entity")
        base = bare(target.type)
        if isinstance(base, EntityType):
            return target, self.declared.entities[base.name]
        if not isinstance(base, Unknown):
            self.error("LF370", node, f"`{what}` needs an entity, but this is {a(target.type)}.")
        return None

    # -------------------------------------------------------------------------------- emit, log, reset

    def _emit(self, node: ast.Call) -> Stmt | None:
        only = node.args[0] if len(node.args) == 1 and not node.keywords else None
        if not isinstance(only, ast.Call) or not isinstance(only.func, ast.Name):
            self.error(
                "LF383",
                node,
                "`emit` takes one instruction.",
                "emit(Fetch(url=file.url))",
            )
            return None
        return self.instruction(only)

    def instruction(self, node: ast.Call) -> Stmt | None:
        """``Fetch(url=file.url)``, to be emitted."""
        self.changes(node, "emit anything")
        assert isinstance(node.func, ast.Name)
        name = node.func.id
        declared = self.declared.instructions.get(name)
        if declared is None:
            hint = did_you_mean(name, self.declared.instructions)
            what = self.meaning(name)
            message = f'No instruction is called "{name}".'
            if what is not None and not hint:
                message = f'"{name}" is {what}, not an instruction.'
            self.error("LF383", node.func, message, hint)
            self._judge_all(node)
            return None
        if node.args:
            names = ", ".join(f"{f}=…" for f in declared.fields)
            self.error(
                "LF384",
                node.args[0],
                "The fields of an instruction are given by name.",
                f"{name}({names})",
            )
            return None
        if any(k.arg == "stimulus_id" for k in node.keywords):
            self.error(
                "LF384", node, "`stimulus_id` is added to every instruction; it isn't given."
            )
            return None
        given = {k.arg for k in node.keywords}
        fields = [f for f in declared.fields.values() if f.required or f.name in given]
        optional = [f for f in declared.fields.values() if f not in fields]
        known = [*fields, *optional] if given - {f.name for f in fields} else fields
        values = self.match(node, [], known, f"`{name}`", "LF384")
        self.emits.add(name)
        pairs = tuple(zip((f.name for f in known), values, strict=False))
        for _, value in pairs:
            self.share(value, name, lend=True)
        return Emit(span=self.span(node), instruction=name, fields=pairs)

    def _log(self, node: ast.Call) -> Stmt | None:
        self.changes(node, "log anything")
        if node.keywords or not node.args:
            self.error("LF376", node, "`log` takes the parts of the record, by position.")
            return None
        parts = []
        for argument in node.args:
            if isinstance(argument, ast.Starred):
                self.error("LF310", argument, "`log` takes no `*`.")
                return None
            part = self.expr(argument)
            self.share(part, "the log", lend=True)
            parts.append(part)
        self.logs = True
        return Log(span=self.span(node), parts=tuple(parts))

    def _reset(self, node: ast.Call) -> Stmt | None:
        self.changes(node, "reset anything")
        group = node.args[1] if len(node.args) == 2 and not node.keywords else None
        if not isinstance(group, ast.Constant) or not isinstance(group.value, str):
            self.error(
                "LF386",
                node,
                "`reset` takes an entity and the name of a reset group, as a string.",
                'reset(task, "purge")',
            )
            return None
        found = self._entity(node.args[0], "reset")
        if found is None:
            return None
        target, entity = found
        fields = [f for f in entity.fields.values() if group.value in f.resets]
        if not fields:
            known = dict.fromkeys(g for f in entity.fields.values() for g in f.resets)
            hint = did_you_mean(group.value, known)
            self.error(
                "LF386", group, f'{entity.name} has no reset group "{group.value[:80]}".', hint
            )
            return None
        for field in fields:
            self.write_field(entity.name, field.name)
        return Reset(
            span=self.span(node), entity=target, entity_name=entity.name, group=group.value
        )
