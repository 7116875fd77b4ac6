"""What the explorer finds in today's worker: the worlds that show it, and the stories.

``python -m tests.worker.findings`` prints them, as they stand in ``spec/worker/FINDINGS.md``.
"""
