"""`python -m productpulse.leashed_dbt build …`: dbt, which ends with whoever started it.

Standard input, where it is a pipe, is the leash. Nothing is written to it; it ends when the starter
lets go or dies, however that happens. dbt then cancels its queries and ends, as it does on Ctrl-C.
"""

import os
import select
import signal
import stat
from threading import Thread

ENDING_SECONDS = 20


def _end_with_the_starter(over: int) -> None:
    """Wait until the starter lets go, or until `over` says that there is nothing left to end."""
    # Not sys.stdin: Python could not close it at exit while this thread reads.
    if over in select.select([0, over], [], [])[0]:
        return
    os.kill(os.getpid(), signal.SIGINT)
    if not select.select([over], [], [], ENDING_SECONDS)[0]:
        os._exit(128 + signal.SIGINT)


if __name__ == "__main__":
    # A shell that starts a program in the background lets it ignore Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    over, work = os.pipe()
    leash = Thread(target=_end_with_the_starter, args=[over], daemon=True)
    if stat.S_ISFIFO(os.fstat(0).st_mode):
        leash.start()
    from dbt.cli.main import cli

    try:
        cli()
    finally:
        # DuckDB complains of what a thread that lives on has not given back.
        os.close(work)
        if leash.is_alive():
            leash.join()
