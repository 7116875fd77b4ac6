"""What pytest wants at the root: plugins that only some folders use, and interrupts that work."""

import os
import signal

pytest_plugins = ["pytester"]

# Whoever starts the tests in the background may have them ignore interrupts, and every process that they
# start would, too; some tests interrupt one.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# What a terminal or a workflow around the tests wishes of output: each test says itself what it is about.
for name in ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "GITHUB_ACTIONS"):
    os.environ.pop(name, None)
