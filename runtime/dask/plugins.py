"""Which plugins of a worker want to be told of transitions. Knows dask's plugins, nothing of the machine."""

from __future__ import annotations

from typing import Any

from distributed.diagnostics.plugin import WorkerPlugin


def hears(plugin: Any) -> bool:
    """Whether a plugin wants to be told of transitions. Most don't, like the one that dask itself gives
    to every worker of a cluster: what they inherit does nothing."""
    told = getattr(plugin, "transition", None)
    return told is not None and getattr(told, "__func__", told) is not WorkerPlugin.transition
