"""``python -m lawful.codegen`` is ``lawful``."""

import sys

from .cli import main

sys.exit(main())
