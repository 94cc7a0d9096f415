"""How every model and test grows: full builds with several numbers of events.

python scripts/bench/scale.py [--millions 1 3 10] [--json]

One dbt node at a time, so that each has the machine for itself. The report shows the twenty slowest
nodes, and the most memory and disk that the build took.
"""

import argparse
import os
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event, Thread

from build import Version
from measure import Line, report, seconds
from scratch import fresh_database, scratch_server
from sqlalchemy import URL
from warehouse import by_node

from productpulse import database
from productpulse.paths import project_root

ENGINES = ("postgres", "duckdb")
# In the two years of the demo a user has about 87 events.
USERS_PER_MILLION = 11_500
SHOWN = 20
GB = 1e9


def measured(millions: list[int]) -> list[Line]:
    """All lines of the report; nodes that are slowest with the most events come first."""
    taken: dict[str, list[dict[str, float]]] = {engine: [] for engine in ENGINES}
    lines, events = [], []
    with (
        scratch_server() as server,
        tempfile.TemporaryDirectory(prefix="pulse-bench-") as name,
    ):
        os.environ["PULSE_THREADS"] = "1"
        for number in millions:
            place = Path(name) / str(number)
            url = fresh_database(server, f"scale_{number}")
            version = Version(project_root(), url, place)
            company = place / "company"
            users = str(number * USERS_PER_MILLION)
            version.command("simulate", "--size", "demo", "--users", users, "--out", company)
            version.command("load", company)
            events.append(_count(url, "select count(*) from raw.events"))
            for engine in ENGINES:
                with _memory() as peak:
                    wall = seconds(version.build(engine))
                lines.append(Line(f"{engine}, {events[-1]:,} events", f"{wall:.0f} s"))
                lines.append(Line("most memory, server and client", f"{max(peak) / GB:.1f} GB"))
                taken[engine].append(by_node(place / "target" / engine / "run_results.json"))
            spilled = _count(
                url, "select temp_bytes from pg_stat_database where datname = current_database()"
            )
            lines.append(Line("spilled by Postgres", f"{spilled / GB:.1f} GB"))
    linear = events[-1] / events[0]
    for engine in ENGINES:
        slowest = sorted(taken[engine][-1].items(), key=lambda node: -node[1])[:SHOWN]
        for node, _ in slowest:
            times = [each[node] for each in taken[engine]]
            shown = ", ".join(f"{time:.1f}" for time in times)
            lines.append(
                Line(
                    f"{engine}: {node}",
                    f"{shown} s; by linear {times[-1] / times[0] / linear:.2f}",
                    "at most 1.2",
                )
            )
    return lines


def _count(url: URL, query: str) -> int:
    with closing(database.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        ((number,),) = cursor.fetchall()
    return number


@contextmanager
def _memory() -> Iterator[list[float]]:
    """Bytes of all processes of Postgres and dbt together, twice a second, on Linux."""
    seen, over = [0.0], Event()

    def watch() -> None:
        while not over.wait(0.5):
            seen.append(sum(map(_proportional_bytes, Path("/proc").glob("[0-9]*"))))

    watching = Thread(target=watch, daemon=True)
    watching.start()
    try:
        yield seen
    finally:
        over.set()
        watching.join()


def _proportional_bytes(process: Path) -> float:
    """The memory of a Postgres or dbt process; shared memory is divided among its users."""
    try:
        command = (process / "cmdline").read_bytes()
        if b"postgres" not in command and b"productpulse" not in command:
            return 0.0
        lines = (process / "smaps_rollup").read_text().splitlines()
    except OSError:  # the process has ended, or is not ours
        return 0.0
    return sum(1024 * float(line.split()[1]) for line in lines if line.startswith("Pss:"))


def main() -> None:
    """Measure what the command line asks for, and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--millions", type=int, nargs="+", default=[1, 3, 10])
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    report("Growth of everything", measured(given.millions), given.json)


if __name__ == "__main__":
    main()
