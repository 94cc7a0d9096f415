"""How fast the simulator makes events, and how fast they reach Postgres.

python scripts/bench/simulator.py [--size NAME] [--runs N] [--json]
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from measure import Line, in_turns, process, report
from scratch import fresh_database, scratch_server
from sqlalchemy import URL

from productpulse import database
from productpulse.raw_schema import raw_tables
from productpulse.simulator.simulate import simulate
from productpulse.simulator.sizes import SIZES
from productpulse.simulator.world import World


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", choices=SIZES, default="demo")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", action="store_true", dest="as_json")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pulse-bench-") as folder:
        world = Path(folder) / "world"
        lines = generating(world, given.size, given.runs)
        lines += loading(world, Path(folder), given.runs)
    report(f"simulator, size {given.size}, {given.runs} runs", lines, given.as_json)


def generating(world: Path, size: str, runs: int) -> list[Line]:
    """Events per second of one core, from the first draw to the written files and truth; and the
    same for the whole command in a new process."""
    command = [sys.executable, "-m", "productpulse.cli", "simulate", "--workers", "1"]
    command += ["--size", size, "--out", str(world)]
    whole = process(command)
    events = json.loads((world / "manifest.json").read_text())["rows"]["events"]
    named = SIZES[size]
    made = World(users=named.users, days=named.days, intensity=named.intensity)
    taken = []
    for _ in range(runs + 1):
        start = time.process_time()
        simulate(made, world)
        taken.append(time.process_time() - start)
    # The first run makes what is made once per process: the names.
    rate = events / statistics.median(taken[1:])
    return [
        Line("events", f"{events:,}"),
        Line("events per second and core", f"{rate:,.0f}", "at least 500,000"),
        Line("the same from a cold start", f"{events / whole.cpu:,.0f}"),
        Line("most memory", f"{whole.peak_mb:,.0f} MB"),
    ]


def loading(world: Path, folder: Path, runs: int) -> list[Line]:
    """`productpulse load` compared with a bare COPY of the same rows into the same columns."""
    load = [sys.executable, "-m", "productpulse.cli", "load", "--target", "postgres", str(world)]
    with scratch_server() as server:
        source = fresh_database(server, "bench_source")
        process(load)
        files = _written_out(source, folder)
        bare = fresh_database(server, "bench_bare")

        def ours() -> None:
            fresh_database(server, "bench_load")
            process(load)

        taken = in_turns(runs, load=ours, copy=lambda: _copy(bare, files))
    ratio = taken["load"] / taken["copy"]
    return [
        Line("loading", f"{taken['load']:.1f} s"),
        Line("bare COPY of the same rows", f"{taken['copy']:.1f} s"),
        Line("loading by bare COPY", f"{ratio:.2f}", "at most 2"),
    ]


def _written_out(source: URL, folder: Path) -> dict[str, Path]:
    """The raw tables as CSV files, which COPY can read directly."""
    files = {name: folder / f"{name}.csv" for name in raw_tables()}
    with closing(database.connect(source)) as connection, connection.cursor() as cursor:
        for name, path in files.items():
            with path.open("wb") as file:
                cursor.copy_expert(f"copy raw.{name} to stdout (format csv)", file)
    return files


def _copy(bare: URL, files: dict[str, Path]) -> None:
    tables = raw_tables()
    with closing(database.connect(bare)) as connection, connection.cursor() as cursor:
        for name, path in files.items():
            columns = ", ".join(f"{c.name} {c.data_type}" for c in tables[name].columns)
            cursor.execute(f"drop table if exists {name}; create table {name} ({columns})")
            with path.open("rb") as file:
                cursor.copy_expert(f"copy {name} from stdin (format csv)", file, size=1 << 20)
        connection.commit()


if __name__ == "__main__":
    main()
