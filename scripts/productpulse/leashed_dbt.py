"""`python -m productpulse.leashed_dbt build …`: dbt, which ends with whoever started it.

Standard input, where it is a pipe, is the leash. Nothing is written to it; it ends when the starter
lets go or dies, however that happens. dbt then cancels its queries and ends, as it does on Ctrl-C.

With `--tell` before the verb, the place of dbt's own output is taken by a line of JSON for each
finished node, each notice of a macro, and the error that ended dbt. Of an event it reads what dbt
documents, `node_info`; what became of each node is in run_results.json.
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
# A macro's `log(…, info=true)`, and the one event known by its name: dbt documents no other way to
# tell what a macro says from what dbt says.
NOTICE = "JinjaLogInfo"


def _run_dbt(arguments: list[str]) -> int:
    """Run dbt, and return its exit code."""
    from dbt.cli.main import cli, dbtRunner

    if arguments[:1] != [TELL]:
        cli(arguments)  # ends the process
    finished: set[str] = set()
    total, lock = 0, Lock()

    def say(**fields: Any) -> None:
        # in one piece, since several threads tell
        with lock:
            sys.stdout.write(json.dumps(fields) + "\n")
            sys.stdout.flush()

    def tell(event: Any) -> None:
        nonlocal total
        if event.info.name == NOTICE:
            say(notice=event.data.msg)
        node = getattr(event.data, "node_info", None)
        if not node or not node.unique_id or node.resource_type == "operation":
            return
        total = getattr(event.data, "total", total)
        if node.node_finished_at and node.unique_id not in finished:
            finished.add(node.unique_id)
            say(node=node.node_name, total=total)

    done = dbtRunner(callbacks=[tell]).invoke([*arguments[1:], "--log-level", "none"])
    if done.exception:
        say(error=str(done.exception))
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
