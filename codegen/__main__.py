"""``python -m lawful.codegen`` is ``lawful``."""

import sys

from .cli import main

if __name__ == "__main__":  # a process that is started for a part of the work imports this
    sys.exit(main())
