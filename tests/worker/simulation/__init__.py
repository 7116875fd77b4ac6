"""The worker's machine in a simulated cluster: a real scheduler, several machines, and one seed.

``run(seed)`` plays one run and checks it. Only the network, the threads and the timers are simulated: the
scheduler is ``distributed.Scheduler``, unmodified, with its own stealing and memory manager, and each
machine's instructions are carried out by upstream's ``BaseWorker``.
"""

from __future__ import annotations

from .runs import Report, RunFailed, run

__all__ = ["Report", "RunFailed", "run"]
