"""Bugs that dask's worker has had over the years. The explorer finds each of them.

``bugs.yaml`` takes their mending out of the spec again, one at a time; ``worlds.yaml`` has the small worlds
that show them. ``python -m tests.known_bugs`` prints the table.
"""
