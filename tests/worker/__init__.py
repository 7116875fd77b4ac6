"""Tests of the worker of dask on the generated machine; upstream's own class is the judge."""
