"""What funnels and retention cost, compared with a bare sort of the events and a join per step.

python scripts/bench/growth.py [--millions 1 3 10] [--runs N] [--json]

The SQL is that of the models, compiled by dbt with the project's funnels replaced.
"""

import argparse
import csv
import shutil
import statistics
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import warehouse
from measure import Line, report
from scratch import fresh_database, scratch_server
from sqlalchemy import URL
from warehouse import run, timed

from productpulse import database
from productpulse.loader.postgres_sink import ensure_raw_tables
from productpulse.paths import project_root

FUNNEL = ("int_growth__funnel_roles", "int_growth__funnel_events", "int_growth__funnel_chains")
# What the seed retention_cuts keeps.
RETENTION = (
    "int_growth__cohort_users",
    "int_growth__cohort_attributes",
    "int_growth__attribute_segments",
    "int_growth__kept_cuts",
    "int_growth__cohort_intervals",
    "int_growth__cohort_cells",
    "int_growth__returns",
    "fct_retention_cohorts",
)
STEPS = ("app_opened", "report_viewed", "report_created", "dashboard_viewed", "invite_sent")
WINDOW = 7 * 86400

# Each event is one of the five at random; a person has 75 of them in two years.
EVENTS = """
insert into raw.events
select
    gen_random_uuid()::text, 'user_' || {user}, null,
    (array['app_opened', 'report_viewed', 'report_created', 'dashboard_viewed', 'invite_sent'])[
        1 + floor(random() * 5)
    ],
    moment, moment, null, 'web', null, '2026-06-30 UTC', 'first'
from (
    select n, timestamptz '2024-07-01 UTC' + random() * interval '730 days' as moment
    from generate_series(1, {events}) as n
) as drawn
"""
PEOPLE = """
insert into raw.users (user_id, created_at, loaded_at, load_id)
select 'user_' || n, '2024-06-30 UTC', '2026-06-30 UTC', 'first'
from generate_series(0, {people}) as n
"""
BARE = """
create table bare as
select event_id, user_id, event_name, occurred_at,
    row_number() over (partition by user_id order by occurred_at, event_id) as position
from intermediate.int_activity__classified_events
"""
JOINS = """
create table bare as
with {ctes}
select count(*) as users from step_5
"""
JOINED = """step_{step} as (
    select entries.user_id, entries.entered_at, min(events.occurred_at) as reached_at
    from step_{before} as entries
    inner join intermediate.int_activity__classified_events as events
        on entries.user_id = events.user_id and events.event_name = '{name}'
        and events.occurred_at >= entries.reached_at
        and events.occurred_at <= entries.entered_at + interval '{window} seconds'
    group by entries.user_id, entries.entered_at
)"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--millions", type=int, nargs="+", default=[1, 3, 10])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", action="store_true", dest="as_json")
    given = parser.parse_args()
    told = []
    took: dict[int, float] = {}
    cohorts: dict[int, float] = {}
    with scratch_server() as server:
        for millions in given.millions:
            url = prepared(server, f"bench_growth_{millions}", millions * 1_000_000)
            of = f"{millions} million: "
            bare = statistics.median(timed(url, BARE) for _ in range(given.runs))
            took[millions] = statistics.median(funnel(url, 5) for _ in range(given.runs))
            cohorts[millions] = statistics.median(retention(url) for _ in range(given.runs))
            told += [
                Line(of + "bare scan and sort", f"{bare:.1f} s"),
                Line(of + "5-step funnel by bare sort", f"{took[millions] / bare:.1f}"),
                Line(of + "all retention by bare sort", f"{cohorts[millions] / bare:.1f}"),
            ]
            if millions == min(given.millions):
                joins = timed(url, JOINS.format(ctes=join_per_step()))
                told.append(Line(of + "join per step by ours", f"{joins / took[millions]:.1f}"))
                for steps in (2, 8):
                    by_five = funnel(url, steps) / took[millions]
                    told.append(Line(of + f"{steps} steps by 5", f"{by_five:.2f}"))
        for small, large in zip(given.millions, given.millions[1:], strict=False):
            for name, of in (("funnel", took), ("retention", cohorts)):
                growth = of[large] / of[small] / (large / small)
                told.append(
                    Line(f"{name}, from {small} to {large} million by linear", f"{growth:.2f}")
                )
        one = prepared(server, "bench_growth_one", 50_000, people=0)
        told.append(
            Line("one user of 50,000 events, 10,000 first steps", f"{funnel(one, 5):.1f} s")
        )
    report("funnels and retention, Postgres", told, given.as_json)


def prepared(server: URL, name: str, events: int, people: int | None = None) -> URL:
    """A database with the events, built up to the models that funnels and retention read."""
    print(f"{events / 1e6:g} million events …", file=sys.stderr)
    people = events // 75 if people is None else people
    url = fresh_database(server, name)
    with closing(database.connect(url)) as connection:
        ensure_raw_tables(connection)
    run(url, PEOPLE.format(people=people))
    user = f"floor(random() * {people})::bigint"
    run(url, EVENTS.format(user=user, events=events))
    run(url, "vacuum analyze")
    measured = (*FUNNEL, *RETENTION)
    build(url, 5, *(f"+{model}" for model in measured), "--exclude", *measured)
    return url


def join_per_step() -> str:
    """The query that most people would write first: from each entry to the next step by a join."""
    first = (
        "step_1 as (select user_id, occurred_at as entered_at, occurred_at as reached_at"
        f" from intermediate.int_activity__classified_events where event_name = '{STEPS[0]}')"
    )
    return ",\n".join(
        [first]
        + [
            JOINED.format(step=step, before=step - 1, name=STEPS[step - 1], window=WINDOW)
            for step in range(2, 6)
        ]
    )


def funnel(url: URL, steps: int) -> float:
    """Seconds of the SQL of the funnel's models, with this number of steps."""
    took = build(url, steps, "stg_reference__funnels", "stg_reference__funnel_steps", *FUNNEL)
    return sum(took[model] for model in FUNNEL)


def retention(url: URL) -> float:
    """Seconds of the SQL of all retention."""
    took = build(url, 5, *RETENTION)
    return sum(took[model] for model in RETENTION)


def build(url: URL, steps: int, *selected: str) -> dict[str, float]:
    """Seconds per model of a `dbt build` without tests, in a copy with one funnel."""
    with tempfile.TemporaryDirectory(prefix="pulse-bench-") as name:
        folder = Path(name)
        shutil.copytree(project_root() / "seeds", folder / "seeds")
        for part in ("models", "macros", "tests"):
            (folder / part).symlink_to(project_root() / part)
        shutil.copy(project_root() / "dbt_project.yml", folder)
        write(folder, "funnels", [{"funnel_id": "f", "profile": "house", "window_seconds": WINDOW}])
        write(
            folder,
            "funnel_steps",
            [
                {"funnel_id": "f", "step_number": step, "event_name": STEPS[(step - 1) % 5]}
                for step in range(1, steps + 1)
            ],
        )
        write(folder, "funnel_exclusions", [])
        return warehouse.build(
            url, "--select", "config.materialized:seed", *selected, project=folder
        )


def write(folder: Path, table: str, rows: list[dict]) -> None:
    """Replace a reference table."""
    path = folder / "seeds" / f"{table}.csv"
    with path.open() as lines:
        columns = next(csv.reader(lines))
    with path.open("w", newline="") as lines:
        writer = csv.DictWriter(lines, columns)
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
