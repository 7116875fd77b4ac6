"""Published models in our language, and the numbers that others found for them.

The models and the numbers come from two collections: ``tlaplus/Examples`` (commit 32a32c7 of
2026-05-14; the numbers are in the manifests of its folders and were found by the TLC model checker) and
``stateright/stateright`` (commit ab8c8be of 2025-07-27; the numbers are in its unit tests, comments and
commit messages). Our texts were written from descriptions of these models. Numbers of edges and of
terminal states, and what is marked so, are not published: a second enumerator, written for this purpose
in plain Python, counted them.

An edge is a state with one thing that may happen in it and its choice of values, those that change
nothing included. The initial states are the first level.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lawful.codegen.checked import CheckedSpec
from lawful.codegen.checking import check
from lawful.codegen.explorer import Search, World

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Numbers:
    """What a complete search must find. ``edges``, ``levels`` and ``terminal`` may be unknown."""

    states: int
    edges: int | None = None
    levels: int | None = None
    terminal: int | None = None


@dataclass(frozen=True)
class Model:
    """A file, where the model comes from, and the numbers. ``sizes`` are texts to put in place of others
    in the file, for another size of the model; ``symmetric`` are fields whose values are folded."""

    file: str
    source: str
    numbers: Numbers
    sizes: Mapping[str, str] = field(default_factory=dict)
    symmetric: str = ""

    def __str__(self) -> str:
        words = [self.file.removesuffix(".yaml"), *self.sizes.values()]
        return "-".join(re.sub(r"\W+", "_", word).strip("_") for word in words)[:80]

    def spec(self, folder: Path) -> CheckedSpec:
        """The checked spec. A model of another size is written into the folder first."""
        path = HERE / self.file
        text = path.read_text(encoding="utf-8")
        for old, new in self.sizes.items():
            assert old in text, old
            text = text.replace(old, new)
        if self.symmetric:
            text = text.replace("    values:", f"    symmetric: [{self.symmetric}]\n    values:")
        if self.sizes or self.symmetric:
            clients = path.parent / "clients.yaml"
            if clients.exists():
                (folder / "clients.yaml").write_text(clients.read_text(encoding="utf-8"))
            path = folder / path.name
            path.write_text(text, encoding="utf-8")
        spec, found = check(path)
        assert spec is not None, [f"{d.span}: {d.message}" for d in found]
        return spec


def search(model: Model, folder: Path) -> Search:
    """A complete search, whatever fails on the way."""
    spec = model.spec(folder)
    found = Search(World(spec, spec.environments["everything"], model.file))
    found.run()
    return found


def numbers(found: Search, like: Numbers) -> Numbers:
    """The numbers of a search, as far as they are known of the model."""
    return Numbers(
        len(found.states),
        None if like.edges is None else found.progress.edges,
        None if like.levels is None else len(found.levels),
        None if like.terminal is None else found.terminal,
    )


def managers(size: int) -> dict[str, str]:
    """Two-phase or plain commit with so many resource managers."""
    names = ", ".join(f"r{n}" for n in range(1, size + 1))
    return {'size: "3"': f'size: "{size}"', "[r1, r2, r3]": f"[{names}]"}


def nodes(size: int) -> dict[str, str]:
    """EWD 840 with so many nodes."""
    return {
        'size: "3"': f'size: "{size}"',
        'to: "7"': f'to: "{2**size - 1}"',
        'to: "2"': f'to: "{size - 1}"',
    }


def clients(servers: int, size: int) -> dict[str, str]:
    """The single-copy register with so many servers and clients."""
    return {'{servers: "1", size: "2"}': f'{{servers: "{servers}", size: "{size}"}}'}


TLA = "tlaplus/Examples, specifications/"
STATERIGHT = "stateright/stateright, examples/"
COMMIT = f"{TLA}transaction_commit/"
TWO_PHASE = f"{COMMIT}TwoPhase.tla, and {STATERIGHT}2pc.rs"
SINGLE = f"{STATERIGHT}single-copy-register.rs"
INCREMENT = f"{STATERIGHT}increment.rs"
COFFEE = f"{TLA}CoffeeCan/CoffeeCan.tla"
EWD = f"{TLA}ewd840/EWD840.tla"
THREE_THREADS = {"[t1, t2]": "[t1, t2, t3]"}

MODELS = (
    Model("transaction_commit.yaml", f"{COMMIT}TCommit.tla", Numbers(34, 93, 7, 2)),
    Model("two_phase_commit.yaml", TWO_PHASE, Numbers(288, 1_145, 11, 0)),
    Model("two_phase_commit.yaml", TWO_PHASE, Numbers(8_832, 58_145, 17, 0), managers(5)),
    Model("two_phase_commit.yaml", TWO_PHASE, Numbers(50_816, 402_305, 20, 0), managers(6)),
    Model(
        "dining_philosophers.yaml",
        f"{TLA}DiningPhilosophers/DiningPhilosophers.tla",
        Numbers(67, 335, 29, 0),
    ),
    # TLC with several workers reports a depth of 10 now and then; with one it is 9.
    Model("ewd840.yaml", EWD, Numbers(302, 1_625, 9, 1)),
    Model("ewd840.yaml", EWD, Numbers(1_566, 13_938, 12, 1), nodes(4)),
    Model(
        "termination.yaml", f"{TLA}ewd840/SyncTerminationDetection.tla", Numbers(129, 3_593, 1, 0)
    ),
    Model("chang_roberts.yaml", f"{TLA}chang_roberts/ChangRoberts.tla", Numbers(137, 219, 10, 8)),
    Model("coffee_can.yaml", COFFEE, Numbers(5_150, 14_852, 1, 0)),
    Model("lock.yaml", f"{TLA}locks_auxiliary_vars/Lock.tla", Numbers(12, 20, 5, 0)),
    Model("peterson.yaml", f"{TLA}locks_auxiliary_vars/Peterson.tla", Numbers(42, 76, 11, 0)),
    Model("barrier.yaml", f"{TLA}barriers/Barrier.tla", Numbers(64, 193, 7, 0)),
    Model("smokers.yaml", f"{TLA}CigaretteSmokers/CigaretteSmokers.tla", Numbers(6, 12, 2, 0)),
    Model("vouchers.yaml", f"{TLA}byihive/VoucherLifeCycle.tla", Numbers(64, 192, 7, 8)),
    Model(
        "voting.yaml",
        f"{TLA}PaxosHowToWinATuringAward/Voting.tla",
        Numbers(6_752, 26_904, 16, 206),
    ),
    Model("paxos.yaml", f"{TLA}PaxosHowToWinATuringAward/Paxos.tla", Numbers(3_921, 22_994, 17, 0)),
    Model("racy_increment.yaml", INCREMENT, Numbers(13, 14, 5, 3)),
    Model("racy_increment.yaml", INCREMENT, Numbers(84, 111, 7), THREE_THREADS),
    Model("registers/single_copy.yaml", SINGLE, Numbers(93, 120, 9, 12)),
    Model("registers/single_copy.yaml", SINGLE, Numbers(4_243, 6_777, 13, 408), clients(1, 3)),
    Model("registers/single_copy.yaml", SINGLE, Numbers(62, 80, 9, 8), clients(2, 2)),
    Model(
        "registers/linearizable.yaml",
        f"{STATERIGHT}linearizable-register.rs",
        Numbers(544, 874, 25, 16),
    ),
    Model("registers/paxos.yaml", f"{STATERIGHT}paxos.rs", Numbers(16_668, 32_970, 21, 1_268)),
)

ORBITS = (
    Model("two_phase_commit.yaml", TWO_PHASE, Numbers(80), symmetric="name"),
    Model("two_phase_commit.yaml", TWO_PHASE, Numbers(314), managers(5), "name"),
    Model("two_phase_commit.yaml", TWO_PHASE, Numbers(3_300), managers(10), "name"),
    Model("racy_increment.yaml", INCREMENT, Numbers(8), symmetric="name"),
    Model("racy_increment.yaml", INCREMENT, Numbers(22), THREE_THREADS, "name"),
)
"""States up to a renaming of what is alike. Not published, but for the 8 of the increment."""

LARGE = (
    Model("two_phase_commit.yaml", TWO_PHASE, Numbers(296_448, 2_744_705, 23, 0), managers(7)),
    Model("two_phase_commit.yaml", TWO_PHASE, Numbers(1_745_408, 18_507_777, 26, 0), managers(8)),
    Model(
        "coffee_can.yaml",
        COFFEE,
        Numbers(501_500, 1_498_502, 1, 0),
        {'most: "100"': 'most: "1000"', 'to: "100"': 'to: "1000"'},
    ),
    Model(
        "registers/single_copy.yaml", SINGLE, Numbers(400_233, 731_788, 17, 30_336), clients(1, 4)
    ),
)
"""Those that take too long for the tests: ``python -m tests.oracles`` walks through them."""
