"""`python -m productpulse.leashed_dbt build …`: dbt, which ends with whoever started it.

Standard input, where it is a pipe, is the leash. Nothing is written to it; it ends when the starter
lets go or dies, however that happens. dbt then cancels its queries and ends, as it does on Ctrl-C.
"""

import os
import signal
import stat
import time
from threading import Thread

ENDING_SECONDS = 20


def _end_with_the_starter() -> None:
    # Not sys.stdin: Python could not close it at exit while this thread reads.
    os.read(0, 1)
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(ENDING_SECONDS)
    os._exit(128 + signal.SIGINT)


if __name__ == "__main__":
    # A shell that starts a program in the background lets it ignore Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if stat.S_ISFIFO(os.fstat(0).st_mode):
        Thread(target=_end_with_the_starter, daemon=True).start()
    from dbt.cli.main import cli

    cli()
