"""The demonstration: the generated Downloader at work on a real server, with everything shown.

``python -m lawful.runtime.demo``. Needs ``lawful[demo]``.
"""
