"""Lock-step with upstream: the same events go to ``distributed``'s own worker machine and to ours, and
after each step everything that can be seen of the two is compared.

``model`` sends the events, ``ordered`` makes upstream's class deterministic, ``subjects`` makes the
machines alike, ``compare`` finds the first difference, ``errors`` says which errors are the same,
``coverage`` counts what has happened, and ``run`` puts them together. ``python -m tests.worker.lockstep``
runs as many events as one likes.
"""
