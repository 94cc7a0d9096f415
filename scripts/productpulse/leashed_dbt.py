"""`python -m productpulse.leashed_dbt build …`: dbt, which ends with whoever started it.

Standard input, where it is a pipe, is the leash. Nothing is written to it; it ends when the starter
lets go or dies, however that happens. dbt then cancels its queries and ends, as it does on Ctrl-C.

With `--tell` before the verb, a line of JSON for each event that the starter wants to know of takes
the place of dbt's own output, which turns all of ten events per node into JSON, wanted or not.
"""

import json
import os
import select
import signal
import stat
import sys
from threading import Lock, Thread
from typing import Any

ENDING_SECONDS = 20
TELL = "--tell"
# What is told of an event, by its name.
TOLD = {
    "LogModelResult": lambda data: {"node": data.node_info.node_name, "total": data.total},
    "LogTestResult": lambda data: {"node": data.node_info.node_name, "total": data.num_models},
    "LogSeedResult": lambda data: {"node": data.node_info.node_name, "total": data.total},
    "StatsLine": lambda data: {"stats": dict(data.stats)},
    "RunResultError": lambda data: {"said": data.msg},
    "RunResultWarningMessage": lambda data: {"said": data.msg},
    "MainEncounteredError": lambda data: {"said": data.exc},
    "JinjaLogInfo": lambda data: {"said": data.msg},
    # where dbt says what in the next event
    "RunResultFailure": lambda data: {},
    "RunResultWarning": lambda data: {},
}


def _run_dbt(arguments: list[str]) -> int:
    """Run dbt, and return its exit code."""
    from dbt.cli.main import cli, dbtRunner

    if arguments[:1] != [TELL]:
        cli(arguments)  # ends the process
    told, lock = set(), Lock()

    def tell(event: Any) -> None:
        name = event.info.name
        if name in TOLD:
            told.add(name)
            fields = {"name": name, "line": event.info.msg, **TOLD[name](event.data)}
            # in one piece, since several threads tell
            with lock:
                sys.stdout.write(json.dumps(fields) + "\n")
                sys.stdout.flush()

    done = dbtRunner(callbacks=[tell]).invoke([*arguments[1:], "--log-level", "none"])
    if done.exception and "MainEncounteredError" not in told:
        print(done.exception, flush=True)
    return 0 if done.success else 2 if done.exception else 1


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
    try:
        sys.exit(_run_dbt(sys.argv[1:]))
    finally:
        # DuckDB complains of what a thread that lives on has not given back.
        os.close(work)
        if leash.is_alive():
            leash.join()
