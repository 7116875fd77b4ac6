"""Everything that the language has stands in a spec that is clean."""

from __future__ import annotations

from pathlib import Path

import pytest

from lawful.codegen.checked import CheckedSpec, Configuration
from lawful.codegen.snippets.ir import Index, Method
from lawful.codegen.types import (
    FLOAT,
    INT,
    STR,
    CountType,
    EntityType,
    HeapType,
    MapType,
    Named,
    Optional,
    SetType,
    StateType,
    TupleType,
)

from .machines import DATA, DOORS, SPEC, changed, machine, whole


@pytest.fixture(scope="module")
def tasks() -> CheckedSpec:
    return whole(DATA / "tasks.yaml")


@pytest.fixture(scope="module")
def tutorial() -> CheckedSpec:
    return whole(SPEC / "tutorial.yaml")


def test_the_tutorial_is_checked_without_a_word(tutorial: CheckedSpec) -> None:
    assert tutorial.machine == "Tutorial"
    file = tutorial.entities["File"]
    assert (file.variable, file.registry, file.initial) == ("file", "files", "queued")
    assert list(tutorial.sources) == ["tutorial.yaml"]


def test_every_cell_of_the_tutorial_is_there_for_every_state(tutorial: CheckedSpec) -> None:
    assert set(tutorial.handlers["Add"].cells) == {"new", "queued", "running", "done", "failed"}
    assert set(tutorial.handlers["Fetched"].cells) == {
        "absent",
        "queued",
        "running",
        "done",
        "failed",
    }
    retried = tutorial.handlers["FetchFailed"].cells["running"]
    assert [case.when is None for case in retried.cases] == [False, True]


def test_a_machine_may_have_several_entities_with_relations_of_all_shapes() -> None:
    library = whole(DATA / "library.yaml")
    book, reader, card = (library.entities[name] for name in ("Book", "Reader", "Card"))
    assert {entity for entity, _, _ in library.transitions} == {"Book", "Reader", "Card"}
    assert card.variable == "index_card"
    assert (book.relations["holder"].many, reader.relations["loans"].many) == (False, True)
    assert not book.relations["card"].many, "one to one: both sides are declared"
    assert not card.relations["book"].many
    assert card.relations["book"].inverse == "card"
    assert book.requests["lent"].fields["to_whom"].type == EntityType("Reader")
    assert reader.fields["since"].required, "a snippet that creates gives it"
    assert list(library.undeclared) == ["Book"]


def test_named_types_stand_for_others_or_for_opaque_values(tasks: CheckedSpec) -> None:
    assert tasks.types["Key"].type == Named("Key", STR) == tasks.entities["Task"].key.type
    assert tasks.types["Value"].type == Named("Value", None, True)
    assert tasks.types["RunSpec"].type == Named("RunSpec", None, False)


def test_configurations_tell_a_state_apart_by_its_fields(tasks: CheckedSpec) -> None:
    task = tasks.entities["Task"]
    assert task.configured_by == ("previous", "next")
    assert list(task.configurations)[-6:] == [
        "cancelled(executing)",
        "cancelled(long-running)",
        "cancelled(flight)",
        "resumed(executing, fetch)",
        "resumed(long-running, fetch)",
        "resumed(flight, waiting)",
    ]
    assert task.configurations["resumed(flight, waiting)"] == Configuration(
        "resumed(flight, waiting)", "resumed", (("previous", "flight"), ("next", "waiting"))
    )
    assert task.configurations["ready"] == Configuration("ready", "ready")


def test_requests_are_all_states_and_more(tasks: CheckedSpec) -> None:
    requests = tasks.entities["Task"].requests
    assert set(tasks.entities["Task"].states) <= set(requests)
    assert list(requests["memory"].fields) == ["value", "run_id"]
    assert (requests["rescheduled"].state, requests["rescheduled"].deletes) == (False, False)
    assert (requests["forgotten"].state, requests["forgotten"].deletes) == (False, True)


def test_fields_have_types_defaults_reset_groups_and_a_way_to_be_explored(
    tasks: CheckedSpec,
) -> None:
    fields = tasks.entities["Task"].fields
    assert fields["previous"].type == Optional(StateType("Task"))
    assert (fields["previous"].default, fields["previous"].required) == (None, False)
    assert fields["priority"].type == TupleType(rest=INT)
    assert fields["priority"].default == (0,)
    assert fields["priority"].explore == "rank"
    assert fields["who_has"].default == []
    assert fields["done"].resets == ("purge", "outcome")
    assert fields["nbytes"].resets == ("purge",)
    assert fields["seconds"].explore == "ignore"


def test_a_relation_brings_its_inverse(tasks: CheckedSpec) -> None:
    relations = tasks.entities["Task"].relations
    assert list(relations) == ["dependencies", "dependents", "waiting_for_data", "waiters"]
    assert relations["dependents"].is_inverse
    assert relations["dependents"].inverse == "dependencies"
    assert relations["dependents"].kept_by_generator
    assert not relations["waiters"].kept_by_generator
    assert relations["waiters"].on_delete == "clear"


def test_context_is_derived_kept_by_hand_or_free(tasks: CheckedSpec) -> None:
    kinds = {name: item.maintained for name, item in tasks.context.items()}
    assert kinds["ready"] == kinds["in_memory"] == "generator"
    assert kinds["executing"] == "hand"
    assert kinds["data_needed"] == kinds["running"] == "none"
    assert tasks.context["ready"].type == HeapType(EntityType("Task"))
    assert tasks.context["ready"].early
    assert tasks.context["ready"].key is not None
    assert ("Task", "state") in tasks.context["ready"].members_reads
    assert tasks.context["in_memory"].type == CountType(EntityType("Task"))
    needed = tasks.context["data_needed"]
    assert isinstance(needed.type, MapType)
    assert needed.type.default
    assert needed.key is not None


def test_instructions_have_a_contract(tasks: CheckedSpec) -> None:
    execute = tasks.instructions["Execute"]
    assert execute.runs == "coroutine"
    assert execute.during == ("Secede",)
    assert execute.outcomes == ("ExecuteSuccess", "ExecuteFailure", "Reschedule")
    assert tasks.instructions["Gather"].runs == "thread"
    sent = tasks.instructions["TaskFinished"]
    assert (sent.runs, sent.message, sent.extra) == ("send", "task-finished", {"status": "OK"})


def test_events_have_the_fields_of_their_family_and_what_is_logged_of_them(
    tasks: CheckedSpec,
) -> None:
    success = tasks.events["GatherSuccess"]
    assert list(success.fields) == ["worker", "total_nbytes", "data"]
    assert success.family == "GatherDone"
    assert success.redact == {"data": None}
    assert tasks.events["GatherFailure"].family == "GatherDone", "said at the handler"
    assert not tasks.events["FindMissing"].logged


def test_a_family_comes_before_and_after_the_event(tasks: CheckedSpec) -> None:
    busy = tasks.handlers["GatherBusy"]
    lines = [stmt.span.line for stmt in (*busy.before, *busy.first, *busy.after)]
    text = (DATA / "tasks.yaml").read_text(encoding="utf-8").splitlines()
    said = [text[line - 1].strip().removeprefix("before: ") for line in lines]
    assert said == [
        "incoming_bytes -= event.total_nbytes",
        "busy_workers.add(event.worker)",
        "refresh = []",
        "task.done = True",
        "task.coming_from = None",
        "emit(RetryLater(worker=event.worker))",
        "if refresh:",
    ]
    done = tasks.handlers["ExecuteFailure"]
    assert [stmt.span.line for stmt in done.after] == [
        next(i for i, line in enumerate(text, 1) if "after: ensure_computing()" in line)
    ]


def test_a_subject_is_found_in_every_way(tasks: CheckedSpec) -> None:
    modes = {name: handler.subject for name, handler in tasks.handlers.items()}
    assert {s.mode for s in modes.values() if s is not None} == {
        "get",
        "get_or_create",
        "create",
        "keys",
        "items",
        "of",
    }
    assert modes["Pause"] is None
    acquire = modes["Acquire"]
    assert acquire is not None
    assert (acquire.creates, acquire.value_name) == (True, "size")
    gather = modes["GatherBusy"]
    assert gather is not None
    assert gather.consumes is not None, "the entry is taken out of the map"
    assert isinstance(gather.source, Index | Method), "and looked at before"


def test_cells_are_written_out_for_groups_states_others_and_any(tasks: CheckedSpec) -> None:
    configurations = set(tasks.entities["Task"].configurations)
    steal = tasks.handlers["StealRequest"].cells
    assert set(steal) == configurations | {"absent"}
    assert steal["ready"] is steal["constrained"] is steal["waiting"]
    assert steal["cancelled(flight)"] is steal["memory"]
    compute = tasks.handlers["ComputeTask"].cells
    assert set(compute) == configurations | {"new"}
    assert compute["waiting"].ignore == compute["long-running"].ignore
    reschedule = tasks.handlers["Reschedule"].cells
    assert reschedule["resumed(flight, waiting)"].cases
    assert reschedule["fetch"].impossible is not None
    assert set(tasks.handlers["GatherSuccess"].cells) == configurations | {"absent"}


def test_groups_and_lists_of_a_transition_are_written_out(tasks: CheckedSpec) -> None:
    for start in ("executing", "long-running", "flight"):
        assert ("Task", start, "released") in tasks.transitions
    assert ("Task", "ready", "executing") in tasks.transitions
    assert ("Task", "constrained", "executing") in tasks.transitions


def test_cases_become_stay_redirect_fail_and_claim(tasks: CheckedSpec) -> None:
    flight = tasks.transitions["Task", "flight", "fetch"].cases
    assert [case.kind for case in flight] == ["internal", "redirect", "becomes"]
    assert flight[1].target == "missing"
    memory = tasks.transitions["Task", "flight", "memory"].cases[0]
    assert memory.attempt is not None
    assert (memory.attempt.name, memory.attempt.failure) == ("spent", "failure")
    assert memory.attempt.failed
    missing = tasks.transitions["Task", "missing", "flight"].cases
    assert [case.kind for case in missing] == ["impossible"]
    again = tasks.transitions["Task", "cancelled", "rescheduled"]
    assert len(again.asserts) == 2
    assert [len(case.asserts) for case in again.cases] == [0, 1]
    assert len(tasks.transitions["Task", "cancelled", "waiting"].asserts) == 1


def test_routes_go_through_another_state(tasks: CheckedSpec) -> None:
    assert {route.via for route in tasks.routes.values()} == {"released"}
    assert ("Task", "memory", "waiting") in tasks.routes
    assert ("Task", "constrained", "fetch") in tasks.routes, "a group may stand on the left"
    assert tasks.on_conflict == "later leg wins"


def test_procedures_have_parameters_results_and_all_their_effects(tasks: CheckedSpec) -> None:
    pick = tasks.procedures["select_keys"]
    assert [p.name for p in pick.parameters] == ["peer"]
    assert pick.returns is not None
    assert tasks.procedures["update_who_has"].doc == "Takes over where a task can be had."
    gather = tasks.procedures["gather_from_peers"]
    assert "Gather" in gather.effects.emits
    assert ("Task", "flight") in gather.effects.requests
    compute = tasks.procedures["ensure_computing"]
    assert ("", "ready") in compute.effects.reads, "by way of next_ready_task"


def test_the_rest_of_a_machine_is_there_too(tasks: CheckedSpec) -> None:
    assert [completion.mode for completion in tasks.completions] == ["once", "fixpoint"]
    assert [i.entity for i in tasks.invariants] == [None, "Task", "Task", "Task"]
    assert tasks.invariants[2].doc
    assert [i.name for i in tasks.at_quiescence] == ["nothing is in flight", "nothing is queued"]
    peers = tasks.environments["two peers"]
    assert peers.values["key"] == ("x", "y")
    assert peers.values["run_id"] == (1,)
    assert peers.symmetric == ("worker",)
    assert peers.sources["ComputeTask"].cases[0].at_most == 2
    assert peers.sources["Unpause"].cases[0].fair
    assert peers.sources["FreeKeys"].cases[0].when is not None
    deviation = tasks.deviations["errors are logged"]
    assert (deviation.on, bool(deviation.because)) == (False, True)
    assert tasks.observers == ("transition",)
    keep = tasks.host["keep"]
    assert (keep.fails, keep.recorded, keep.pure, keep.returns) == ("failure", True, False, FLOAT)
    assert tasks.host["sizeof"].pure
    assert isinstance(tasks.context["waiting"].type, SetType)


def test_claimed_pairs_are_those_asked_for_and_not_declared(tutorial: CheckedSpec) -> None:
    claimed = {(claim.start, claim.request) for claim in tutorial.claims}
    assert claimed == {
        ("queued", "done"),
        ("failed", "done"),
        ("queued", "failed"),
        ("done", "failed"),
        ("done", "queued"),
        ("done", "running"),
        ("failed", "running"),
    }
    assert all(claim.askers for claim in tutorial.claims)
    assert list(tutorial.claims) == list(tutorial.claims), "they can be read again"


def test_an_environment_takes_over_what_another_has_and_it_has_not(tmp_path: Path) -> None:
    text = changed(
        DOORS,
        (
            "invariants:",
            "environments:\n"
            "  calm: {doc: No wind., values: {name: [a]}, events: {Push: {at_most: '1'}}}\n"
            "  windy: {like: calm, values: {name: [b]}}\n"
            "  gale: {like: windy, events: {Push: {at_most: '2'}}}\n"
            "invariants:",
        ),
    )
    calm, windy, gale = machine(tmp_path, text).environments.values()
    assert windy.values["name"] == gale.values["name"] == ("b",)
    assert windy.sources["Push"].cases[0].at_most == 1
    assert gale.sources["Push"].cases[0].at_most == 2
    assert [world.doc for world in (calm, windy, gale)] == ["No wind.", "", ""]


def test_an_environment_names_opaque_values(tmp_path: Path) -> None:
    text = changed(
        DOORS,
        ("events:", "types:\n  Colour: {opaque: true}\nevents:"),
        (
            "Push: {fields: {name: str}}",
            "Push: {fields: {name: str, colour: Colour, old: 'Colour | None'}}",
        ),
        (
            "invariants:",
            "environments:\n  two colours:\n"
            "    values: {name: [a], colour: [red, green], old: [None, red, green]}\n"
            "    symmetric: [colour]\n    events: {Push: {}}\ninvariants:",
        ),
    )
    colours = machine(tmp_path, text).environments["two colours"]
    assert colours.values["colour"] == ("red", "green")
    assert colours.values["old"] == (None, "red", "green")
    assert colours.symmetries == (("red", "green"),)
