"""Errors of the worker that are upstream's kind of error and ours at once.

Where upstream has a class of its own (``InvalidTransition``, …) that class is raised; where it asserts,
one of these.
"""

from __future__ import annotations

from distributed import worker_state_machine as upstream

from lawful.runtime import errors


class IllegalEvent(errors.IllegalEvent, AssertionError, KeyError):
    """The end of something that isn't open. Nothing has changed; look at who sent the event.

    Upstream looks for the task, or for the transfer, and raises now the one and now the other.
    """


class ClaimFailed(errors.ClaimFailed, AssertionError):
    """An ``assert`` of the spec was false. Look at the story, and at who sent the event."""


class InvariantViolated(errors.InvariantViolated, AssertionError):
    """Something that the spec promises of the worker is not so. Seen only when validating."""


class InvalidTaskState(upstream.InvalidTaskState, AssertionError):
    """Something that the spec promises of a task is not so. Upstream looks at some of it for all tasks
    together, and asserts that."""
