"""What the activity part costs: a full build, one more day, and a comparison with simpler SQL.

python scripts/bench/activity.py [--millions 1 3 10] [--runs N] [--json]

Times of builds are those of their SQL, from dbt's run_results.
"""

import argparse
import statistics
import sys
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise

from measure import Line, report
from scratch import fresh_database, scratch_server
from sqlalchemy import URL
from warehouse import build, run, timed

from productpulse import database
from productpulse.loader.postgres_sink import ensure_raw_tables

# The models that are updated incrementally, and the active users made from them.
INCREMENTAL = [
    "stg_app__event_loads",
    "int_activity__identity_links",
    "int_activity__classified_events",
    "int_activity__touched_days",
    "int_activity__touched_neighbours",
    "int_activity__touched_spells",
    "int_activity__platform_days",
    "int_activity__user_days",
    "int_activity__session_events",
    "int_activity__sessions",
    "int_activity__feature_uses",
]
PART = [
    *INCREMENTAL,
    "int_activity__users",
    "int_activity__account_days",
    "fct_active_users_daily",
]
DAYS = 730

# Visits of five events, most of them by few users; every 20th before its user was known.
EVENTS = """
insert into raw.events
select
    gen_random_uuid()::text,
    case when visit % 20 > 0 then 'user_' || person end,
    case when visit % 20 = 0 then 'device_' || person end,
    (array['app_opened', 'report_viewed', 'report_created', 'dashboard_viewed', 'invite_sent'])
        [1 + step],
    began + step * interval '70 seconds',
    began + step * interval '70 seconds' + interval '3 seconds',
    'visit_' || visit,
    (array['web', 'ios', 'android'])[1 + person % 3],
    case when visit % 4 = 0 then json '{{"source": "home"}}' end,
    timestamptz '{loaded_at}',
    '{load_id}'
from (
    select
        visit,
        floor({people} * power(random(), 3))::bigint as person,
        timestamptz '2024-07-01 UTC' + {first_day} * interval '1 day'
        + (visit::numeric / {visits}) * {days} * interval '1 day'
        + random() * interval '20 hours' as began
    from generate_series(0, {visits} - 1) as visit
) as visits
cross join generate_series(0, 4) as step
order by visit
"""
# Among the events of a new day: twenty from 400 days ago, and a hundred that were delivered before.
LATE = """
insert into raw.events
select gen_random_uuid()::text, user_id, null, event_name, occurred_at + interval '1 minute',
    timestamptz '{loaded_at}', null, platform, null, timestamptz '{loaded_at}', '{load_id}'
from raw.events
where occurred_at > timestamptz '{loaded_at}' - interval '400 days' order by occurred_at limit 20;
insert into raw.events
select event_id, user_id, anonymous_id, event_name, occurred_at, received_at + interval '1 hour',
    session_id, platform, properties, timestamptz '{loaded_at}', '{load_id}'
from raw.events
where occurred_at > timestamptz '{loaded_at}' - interval '3 days' order by occurred_at limit 100
"""
PEOPLE = """
insert into raw.users (
    user_id, account_id, country, acquisition_channel, is_internal, created_at, loaded_at, load_id
)
select 'user_' || n, 'account_' || n / 10, (array['DE', 'US', 'FR', 'JP', null])[1 + n % 5],
    (array['organic', 'paid', 'referral'])[1 + n % 3], n % 100 = 0,
    '2024-06-30 UTC', '2026-06-30 UTC', 'first'
from generate_series(0, {people}) as n;
insert into raw.accounts (account_id, company_size, created_at, loaded_at, load_id)
select 'account_' || n, (array['1-10', '11-50'])[1 + n % 2],
    '2024-06-30 UTC', '2026-06-30 UTC', 'first'
from generate_series(0, {people} / 10) as n;
insert into raw.user_aliases (anonymous_id, user_id, linked_at, loaded_at, load_id)
select 'device_' || n, 'user_' || n, '2025-07-01 UTC', '2026-06-30 UTC', 'first'
from generate_series(0, {people}, 2) as n
"""
BARE = """
create table bare as
select user_id, cast(occurred_at as date) as day, count(*) as events from raw.events group by 1, 2
"""
# Both use the user-days of counted users.
SELF_JOIN = """
create table bare as
with days as (select * from intermediate.int_activity__counted_user_days)
select dates.date, count(distinct user_days.user_id) as mau
from (select distinct activity_date as date from days) as dates
inner join days as user_days on user_days.activity_date between dates.date - 27 and dates.date
group by dates.date
"""
ROLLING = """
create table bare as
with days as (
    select activity_date as date, lag(activity_date) over whole as previous_date,
        lead(activity_date) over whole as next_date
    from intermediate.int_activity__counted_user_days
    window whole as (partition by user_id order by activity_date)
),
changes as (
    select date, 1 as change from days where previous_date is null or previous_date + 28 <= date
    union all
    select date + 28, -1 from days where next_date is null or date + 28 <= next_date
)
select date, sum(sum(change)) over (order by date) as mau from changes group by date
"""


@dataclass(frozen=True)
class Costs:
    """Seconds, for one number of events."""

    bare: float
    full: float
    full_incremental: float
    day: float
    day_incremental: float
    self_join: float
    rolling: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--millions", type=int, nargs="+", default=[1, 3, 10])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", action="store_true", dest="as_json")
    given = parser.parse_args()
    with scratch_server() as server:
        costs = {each: measured(server, each, given.runs) for each in given.millions}
    report(
        f"activity, Postgres, {given.runs} runs, millions of events: {given.millions}",
        lines(costs),
        given.as_json,
    )


def measured(server: URL, millions: int, runs: int) -> Costs:
    """Make the events, build the whole part, then add a day, as often as `runs` says."""
    print(f"{millions} million events …", file=sys.stderr)
    url = fresh_database(server, f"bench_activity_{millions}")
    events = millions * 1_000_000
    with closing(database.connect(url)) as connection:
        ensure_raw_tables(connection)
    people = events // 75
    run(url, PEOPLE.format(people=people))
    history = {"people": people, "visits": events // 5, "first_day": 0, "days": DAYS}
    run(url, EVENTS.format(loaded_at="2026-06-30 23:59 UTC", load_id="first", **history))
    run(url, "vacuum analyze")
    bare = [timed(url, BARE) for _ in range(runs)]
    full = [built(url, "--full-refresh") for _ in range(runs)]
    run(url, "vacuum analyze")
    day = []
    for number in range(runs):
        news = {"loaded_at": f"2026-07-{number + 2:02} 01:00 UTC", "load_id": f"day_{number}"}
        visits = {"visits": events // 5 // DAYS, "first_day": DAYS + number, "days": 1e-6}
        run(url, EVENTS.format(people=people, **visits, **news))
        run(url, LATE.format(**news))
        run(url, "analyze raw.events")
        day.append(built(url))
    return Costs(
        bare=statistics.median(bare),
        full=total(full, PART),
        full_incremental=total(full, INCREMENTAL),
        day=total(day, PART),
        day_incremental=total(day, INCREMENTAL),
        self_join=timed(url, SELF_JOIN),
        rolling=statistics.median(timed(url, ROLLING) for _ in range(runs)),
    )


def total(builds: list[dict[str, float]], models: list[str]) -> float:
    """Median over builds of the seconds of some models."""
    return statistics.median(sum(build[name] for name in models) for build in builds)


def built(url: URL, *options: str) -> dict[str, float]:
    """Seconds per model of the part and the models before it."""
    selected = [f"+{name}" for name in ("fct_active_users_daily", *PART)]
    return build(url, *options, "--select", *selected)


def lines(costs: dict[int, Costs]) -> list[Line]:
    """One line per measurement, per million of events where that is more useful."""
    told = []
    for millions, cost in costs.items():
        of = f"{millions} million: "
        told += [
            Line(of + "bare user-days", f"{cost.bare:.1f} s"),
            Line(of + "the part, full build", f"{cost.full:.1f} s"),
            Line(of + "by bare user-days", f"{cost.full / cost.bare:.1f}", "at most 5"),
            Line(of + "a day", f"{cost.day:.2f} s"),
            Line(of + "by full build", f"{cost.day / cost.full:.1%}", "at most 5 %"),
            Line(of + "a day, without marts", f"{cost.day_incremental:.2f} s"),
            Line(
                of + "by full build, without marts",
                f"{cost.day_incremental / cost.full_incremental:.1%}",
                "at most 5 %",
            ),
            Line(
                of + "rolling MAU: self-join by ours",
                f"{cost.self_join / cost.rolling:.0f}",
                "at least 5",
            ),
        ]
    sizes = sorted(costs)
    for small, large in pairwise(sizes):
        growth = costs[large].full / costs[small].full / (large / small)
        told.append(
            Line(
                f"growth from {small} to {large} million by linear", f"{growth:.2f}", "at most 1.2"
            )
        )
    return told


if __name__ == "__main__":
    main()
