"""Wait for something that happens in another process."""

import subprocess
import time
from collections.abc import Callable

SECONDS = 120


def until(is_so: Callable[[], object], process: subprocess.Popen | None = None) -> None:
    """Wait until the condition holds; fail when it takes too long or when `process` ends first."""
    deadline = time.monotonic() + SECONDS
    while not is_so():
        assert process is None or process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)
