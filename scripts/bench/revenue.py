"""What revenue costs: a full build of its movements, compared with a bare sort of the changes.

python scripts/bench/revenue.py [--accounts 100000] [--changes 10] [--runs N] [--json]

Times are those of the models' SQL, from dbt's run_results.
"""

import argparse
import statistics
from contextlib import closing

from measure import Line, report
from scratch import fresh_database, scratch_server
from sqlalchemy import URL
from warehouse import build, run, timed

from productpulse import database
from productpulse.loader.postgres_sink import ensure_raw_tables

# From the raw changes to every movement, and the marts made from the movements.
RECOMPUTATION = (
    "base_billing__subscription_changes",
    "stg_billing__subscription_changes",
    "int_revenue__subscription_states",
    "int_revenue__subscription_mrr",
    "int_revenue__subscription_movements",
    "int_revenue__account_movements",
)
MARTS = (
    "int_revenue__subscription_movement_sides",
    "int_revenue__plan_movements",
    "fct_mrr_movements",
    "int_revenue__accounts",
    "int_revenue__unit_movements",
    "int_revenue__period_changes",
    "int_revenue__trailing_year",
    "fct_arr_by_period",
    "int_revenue__account_intervals",
    "fct_mrr_daily",
    "fct_revenue_cohorts",
)

ACCOUNTS = """
insert into raw.accounts (
    account_id, name, industry, company_size, country, created_at, loaded_at, load_id
)
select
    'acc_' || n, 'Account ' || n, (array['software', 'retail', 'health'])[1 + n % 3],
    (array['1-10', '11-50', '51-200'])[1 + n % 3], (array['US', 'DE', 'JP'])[1 + n % 3],
    '2023-06-30 UTC', '2026-06-30 UTC', 'first'
from generate_series(1, {accounts}) as n
"""
SUBSCRIPTIONS = """
insert into raw.subscriptions (subscription_id, account_id, created_at, loaded_at, load_id)
select 'sub_' || n, 'acc_' || n, '2023-07-01 UTC', '2026-06-30 UTC', 'first'
from generate_series(1, {accounts}) as n
"""
# Three years; every tenth change pauses, fails or ends what the next one restores. A tenth of the
# subscriptions are in euros, with another rate each month.
CHANGES = """
insert into raw.subscription_changes (
    change_id, subscription_id, changed_at, status, plan_id, billing_interval, quantity,
    unit_amount, discount_percent, discount_ends_at, currency, loaded_at, load_id
)
select
    'chg_' || n || '_' || change, 'sub_' || n,
    timestamptz '2023-07-01 UTC' + (change + random()) * 1095 / {changes} * interval '1 day',
    case
        when random() > 0.1 or change = 0 then 'active'
        else (array['paused', 'past_due', 'canceled'])[1 + n % 3]
    end,
    (array['starter', 'team', 'business'])[1 + floor(random() * 3)::int],
    (array['month', 'year'])[1 + n % 2], 1 + floor(random() * 20), 100 * (10 + n % 90),
    case when n % 5 = 0 then 20 end, case when n % 10 = 0 then timestamptz '2025-01-01 UTC' end,
    case when n % 10 = 1 then 'EUR' else 'USD' end, '2026-06-30 UTC', 'first'
from generate_series(1, {accounts}) as n
cross join generate_series(0, {changes} - 1) as change
"""
BARE = """
create table bare as
select
    subscription_id, changed_at, status, quantity, unit_amount,
    row_number() over (partition by subscription_id order by changed_at, change_id) as number
from raw.subscription_changes
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--changes", type=int, default=10, help="of each account")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", action="store_true", dest="as_json")
    given = parser.parse_args()
    with scratch_server() as server:
        url = prepared(server, given.accounts, given.changes)
        bare, movements, marts = [], [], []
        for _ in range(given.runs):
            bare.append(timed(url, BARE))
            took = build(url, "--select", *RECOMPUTATION, *MARTS)
            movements.append(sum(took[model] for model in RECOMPUTATION))
            marts.append(sum(took[model] for model in MARTS))
        slowest = max(took, key=lambda model: took[model])
    sort, full, rest = (statistics.median(each) for each in (bare, movements, marts))
    told = [
        Line("bare sort of the changes", f"{sort:.1f} s"),
        Line("every movement of MRR", f"{full:.1f} s", "below 10 s"),
        Line("by bare sort", f"{full / sort:.1f}"),
        Line("marts made of the movements", f"{rest:.1f} s"),
        Line(f"slowest: {slowest}", f"{took[slowest]:.1f} s"),
    ]
    title = f"revenue, Postgres, {given.accounts:,} accounts of {given.changes} changes"
    report(title, told, given.as_json)


def prepared(server: URL, accounts: int, changes: int) -> URL:
    """A database with the subscriptions, built up to the models that revenue reads."""
    url = fresh_database(server, "bench_revenue")
    with closing(database.connect(url)) as connection:
        ensure_raw_tables(connection)
    for statement in (ACCOUNTS, SUBSCRIPTIONS, CHANGES):
        run(url, statement.format(accounts=accounts, changes=changes))
    run(url, "vacuum analyze")
    models = (f"+{model}" for model in (*RECOMPUTATION, *MARTS))
    build(url, "--select", "config.materialized:seed", *models)
    return url


if __name__ == "__main__":
    main()
