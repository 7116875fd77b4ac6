"""Recordings of workers: each machine of a process its own files, in one folder for the cluster.

Knows dask's settings and the recorder.
"""

from __future__ import annotations

import itertools
import logging
import os
import socket
from pathlib import Path
from typing import Any

import dask.config

from lawful.runtime.recording import FILES, MAX_BYTES, Recorder

SETTING = "lawful.record"

logger = logging.getLogger("lawful.recording")

_numbers = itertools.count(1)


def record(state: Any) -> Recorder | None:
    """Record a worker's machine if dask's setting ``lawful.record`` names a folder.

    The environment variable ``DASK_LAWFUL__RECORD`` sets it for a process and those that it starts;
    ``lawful.record-bytes`` and ``lawful.record-files`` bound what is kept of each worker. The files are
    called after the host, the process and the number of the worker in it. A worker goes on without if it
    can't be recorded.
    """
    folder = dask.config.get(SETTING, None)
    if not folder:
        return None
    name = f"{socket.gethostname()}-{os.getpid()}-{next(_numbers)}.lawful"
    try:
        return Recorder(
            state,
            Path(folder) / name,
            max_bytes=int(dask.config.get(f"{SETTING}-bytes", MAX_BYTES)),
            files=int(dask.config.get(f"{SETTING}-files", FILES)),
            method="handle_stimulus",
        )
    except (TypeError, ValueError) as error:
        logger.warning("a worker is not recorded: %s", error)
        return None
