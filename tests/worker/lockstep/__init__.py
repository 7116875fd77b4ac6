"""Lock-step with upstream: the same events go to ``distributed``'s own worker machine and to ours, and
after each step everything that can be seen of the two is compared.

``model`` and ``hostile`` send the events, in a ``style`` of life; ``ordered`` makes upstream's class
deterministic, ``subjects`` makes the machines alike, ``compare`` finds the first difference, ``errors``
says which errors are the same, ``coverage`` counts what has happened, ``run`` puts them together, and
``plans`` says what is compared with what. ``python -m tests.worker.lockstep`` plays as much as one likes.
"""
