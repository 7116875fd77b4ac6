"""``python -m lawful.runtime.demo``; the work is in ``command``."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the demonstration, or say what is missing for it."""
    try:
        from .command import main as command
    except ModuleNotFoundError as error:
        if error.name != "aiohttp":
            raise
        print('The demonstration needs aiohttp: pip install "lawful[demo]"', file=sys.stderr)
        return 2
    return command()


if __name__ == "__main__":
    sys.exit(main())
