"""Commands that run while something happens to them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from warehouse import Warehouse

from .conftest import WITHOUT_TESTS


@contextmanager
def started(
    warehouse: Warehouse, verb: str, folder: Path, *options: str
) -> Iterator[subprocess.Popen]:
    """A command on a folder, which ends with the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "productpulse.cli", verb, folder, *options],
        env=warehouse.environment | WITHOUT_TESTS,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def children_of(process: subprocess.Popen) -> list[int]:
    """The ids of the processes that the command has started: none, or dbt."""
    found = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True)
    return [int(line) for line in found.stdout.split()]


def is_alive(pid: int) -> bool:
    """Whether there is such a process."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def end_connections(warehouse: Warehouse, *names: str) -> None:
    """Cut the connections with these names."""
    listed = ", ".join(f"'{name}'" for name in names)
    assert warehouse.rows(
        "select pg_terminate_backend(pid) from pg_stat_activity"
        f" where datname = current_database() and application_name in ({listed})"
        " and pid <> pg_backend_pid()"
    )
