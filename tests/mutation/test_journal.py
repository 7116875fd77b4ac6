"""What is found about mutants is kept as it comes, and a trial that was cut short goes on from there."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lawful.codegen import cli
from lawful.codegen.explorer.search import Limits
from lawful.codegen.mutation.evidence import Evidence, Journal
from lawful.codegen.mutation.graphs import Comparison
from lawful.codegen.mutation.trial import Trial, hold
from lawful.codegen.mutation.verdicts import Verdict

ROOT = Path(__file__).resolve().parents[2]
TUTORIAL = ROOT / "spec/tutorial.yaml"
HEAD = {"machine": "M"}

worlds = st.text(max_size=3)
evidence = st.builds(
    Evidence,
    st.none() | st.sampled_from(Verdict),
    st.text(max_size=5),
    st.dictionaries(worlds, st.sampled_from(Comparison), max_size=2),
    st.dictionaries(worlds, st.booleans(), max_size=2),
)
notes = st.tuples(st.integers(0, 3), evidence)
walks = st.tuples(worlds, st.integers(0, 9), st.booleans())


def write(journal: Journal, entry: tuple[int, Evidence] | tuple[str, int, bool]) -> None:
    if len(entry) == 2:
        journal.note(*entry)
    else:
        journal.walked(*entry)


@settings(max_examples=100, deadline=None)
@given(st.lists(notes | walks, max_size=5), st.data())
def test_wherever_it_was_cut_off_all_whole_lines_are_kept(
    entries: list[tuple[int, Evidence] | tuple[str, int, bool]], data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal"
        ends = []
        with Journal(path, HEAD) as journal:
            for entry in entries:
                ends.append(path.stat().st_size)
                write(journal, entry)
        ends.append(path.stat().st_size)
        text = path.read_bytes()
        cut = data.draw(st.integers(0, len(text)))
        path.write_bytes(text[:cut])
        whole = sum(end <= cut for end in ends[1:])
        with Journal(None, HEAD) as expected:
            for entry in entries[:whole]:
                write(expected, entry)
        with Journal(path, HEAD) as journal:
            assert (journal.mutants, journal.walks) == (expected.mutants, expected.walks)
            for entry in entries[whole:]:
                write(journal, entry)
        assert path.read_bytes() == text


def test_what_the_file_has_is_not_found_out_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    call = ["mutate", str(TUTORIAL), "--jobs", "1", "--journal", "kept", "--json"]
    assert cli.main(call) == 1
    first = json.loads(capsys.readouterr().out)
    lines = Path("kept").read_text(encoding="utf-8").splitlines(keepends=True)
    # The last line about a mutant counts. It says something that nobody would find.
    at = max(n for n, line in enumerate(lines) if '"mutant": 3' in line)
    changed = json.loads(lines[at])
    changed["verdict"], changed["noticed"] = "tests", "as the file says"
    lines[at] = json.dumps(changed) + "\n"
    Path("kept").write_text("".join(lines), encoding="utf-8")
    assert cli.main(call) == 1
    again = json.loads(capsys.readouterr().out)
    assert again["judged"][3]["noticed"] == "as the file says"
    again["judged"][3] = first["judged"][3]
    assert again["judged"] == first["judged"]


def test_a_larger_sample_goes_on_from_a_smaller_one(tmp_path: Path) -> None:
    def tried(sample: int | None, journal: Path | None) -> list[str]:
        trial = Trial(TUTORIAL, ["three files"], Limits(), None, sample, 1, journal)
        tally = hold(trial, 1)
        return [f"{one.mutant}: {one.verdict}" for one in tally.judged]

    kept = tmp_path / "kept"
    tried(6, kept)
    judged = tried(8, kept)
    assert judged == tried(8, None)
    assert set(tried(6, None)) < set(judged)


@pytest.mark.parametrize(
    ("text", "said", "code"),
    [
        ('{"machine": "another"}\n', "is of another trial; delete it", 1),
        ("| a | table |\n", "is no journal of mutants", 1),
        ("not even a line", "is no journal of mutants", 1),
        ("[1]\n", "is of another trial", 1),
        (None, "can't keep", 2),
    ],
)
def test_a_file_that_is_no_journal_of_this_trial_is_left_alone(
    text: str | None,
    said: str,
    code: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    file = Path("file")
    if text is None:
        file = Path("nowhere/file")
    else:
        file.write_text(text, encoding="utf-8")
    assert cli.main(["mutate", str(TUTORIAL), "--journal", str(file)]) == code
    assert said in capsys.readouterr().err
    assert text is None or file.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("small", [1, 20])
def test_how_far_a_glance_goes_changes_no_verdict(small: int) -> None:
    def verdicts(trial: Trial) -> list[Verdict]:
        return [one.verdict for one in hold(trial, 1).judged]

    whole = Trial(TUTORIAL, ["three files"], Limits(), None)
    part = Trial(TUTORIAL, ["three files"], Limits(), None, small=small)
    assert verdicts(part) == verdicts(whole)


def test_who_widens_one_environment_is_looked_for_in_no_other(tmp_path: Path) -> None:
    text = TUTORIAL.read_text(encoding="utf-8")
    other = """
  another:
    values: {url: [a]}
    events: {Add: {when: not files}}
"""
    spec = tmp_path / "spec.yaml"
    spec.write_text(text.rstrip() + "\n" + other[1:], encoding="utf-8")
    kept = tmp_path / "kept"
    hold(Trial(spec, ["three files", "another"], Limits(), None, journal=kept), 1)
    with kept.open(encoding="utf-8") as file:
        seen = [json.loads(line) for line in file]
    compared = [one["compared"] for one in seen if one.get("compared")]
    assert {"another": "differs", "three files": "same"} in compared
