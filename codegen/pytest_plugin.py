"""The pytest plugin: which items of a machine a test run took, also in processes that it started.

``pytest --lawful-cov=spec/tutorial.yaml``. Imported at every start of pytest where lawful is
installed, so it imports nothing until one of its options is used; the work is in ``measuring``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .measuring import Measuring

_KEY = "lawful_coverage"  # of what a worker of pytest-xdist sends home
_stash: pytest.StashKey[Measuring] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("lawful", "coverage of machines")
    group.addoption(
        "--lawful-cov",
        action="append",
        default=[],
        metavar="SPEC",
        help="Measure which items of this machine the tests take: cells, transitions, routes, branches, "
        "loops, recommendations, instructions. May be given several times.",
    )
    group.addoption(
        "--lawful-cov-report",
        action="append",
        default=[],
        metavar="term|json:FILE",
        help="How to report (default: term). May be given several times.",
    )
    group.addoption(
        "--lawful-cov-fail-under",
        type=float,
        default=None,
        metavar="PERCENT",
        help="Fail when less than this is covered of a machine.",
    )
    group.addoption(
        "--lawful-cov-package",
        action="append",
        default=[],
        metavar="PACKAGE",
        help="The generated package of the machine, if it is none of lawful.generated.NAME, "
        "generated.NAME and NAME.",
    )


# pytest puts `pythonpath` on the path in the same hook, first, and imports the conftests in it, last:
# in between, the package can be found and nobody has taken its class yet.
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    options = early_config.known_args_namespace
    if not getattr(options, "lawful_cov", None):
        return
    _begin(early_config, options)


def pytest_configure(config: pytest.Config) -> None:
    """For a run that had no conftests to load early, such as one of a worker."""
    options = config.option
    if not options.lawful_cov:
        for name in ("report", "fail_under", "package"):
            if getattr(options, f"lawful_cov_{name}"):
                option = f"--lawful-cov-{name.replace('_', '-')}"
                raise pytest.UsageError(f"{option} says nothing without --lawful-cov=SPEC")
        return
    if _stash not in config.stash:
        _begin(config, options)


def _begin(config: pytest.Config, options: Any) -> None:
    from .measuring import CantMeasure, Measuring

    try:
        measuring = Measuring(
            options.lawful_cov,
            options.lawful_cov_package,
            options.lawful_cov_report,
            options.lawful_cov_fail_under,
            config.invocation_params.dir,
        )
        measuring.start()
    except CantMeasure as error:
        raise pytest.UsageError(str(error)) from None
    config.stash[_stash] = measuring


def pytest_unconfigure(config: pytest.Config) -> None:
    measuring = config.stash.get(_stash, None)
    if measuring is not None:
        measuring.stop()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """A worker of pytest-xdist is done, or dead."""
    measuring = node.config.stash.get(_stash, None)
    if measuring is not None:
        measuring.merge(node.gateway.id, getattr(node, "workeroutput", {}).get(_KEY))


def pytest_sessionfinish(session: pytest.Session) -> None:
    config = session.config
    measuring = config.stash.get(_stash, None)
    if measuring is None:
        return
    output = getattr(config, "workeroutput", None)
    if output is not None:
        output[_KEY] = measuring.marks()
        return
    if config.option.collectonly:
        return
    failed = measuring.finish()
    if failed and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    measuring = config.stash.get(_stash, None)
    if measuring is None or config.option.collectonly:
        return
    lines = list(measuring.summary())
    if lines:
        terminalreporter.section("coverage of machines")
    for text, bad in lines:
        terminalreporter.write_line(text, red=bad)
