"""The demonstration on a real cluster: dask computes, the generated worker machine decides.

``python -m lawful.runtime.dask.demo``. Needs ``lawful[dask]``.
"""
