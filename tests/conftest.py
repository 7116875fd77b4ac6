"""What pytest wants at the root: plugins that only some folders use, and interrupts that work."""

import signal

pytest_plugins = ["pytester"]

# Whoever starts the tests in the background may have them ignore interrupts, and every process that they
# start would, too; some tests interrupt one.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
