"""``python -m lawful.runtime.dask.demo``; the work is in ``command``."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the demonstration, or say what is missing for it."""
    try:
        from .command import main as command
    except ModuleNotFoundError as error:
        if error.name not in ("dask", "distributed"):
            raise
        print('The demonstration needs dask: pip install "lawful[dask]"', file=sys.stderr)
        return 2
    except KeyboardInterrupt:  # while importing, which takes its time
        return 130
    return command()


if __name__ == "__main__":  # the processes of the cluster import this module, and must not run it
    sys.exit(main())
