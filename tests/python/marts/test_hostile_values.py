"""Values at the limits of their types neither stop a build nor move the as-of date."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from warehouse import ENGINES, Warehouse

FILES = {
    "users": """user_id,created_at,deleted_at
u1,2024-01-01,infinity
u2,2024-01-01,-infinity
u3,9999-12-31,
""",
    "subscriptions": """subscription_id,user_id,created_at,cancel_requested_at,ended_at
s1,u1,2024-01-01,infinity,infinity
s2,u2,2024-01-01,-infinity,-infinity
s3,u1,2024-01-01,9999-12-31,9999-12-31
""",
    "subscription_changes": """change_id,subscription_id,changed_at,status,plan_id,\
billing_interval,quantity,unit_amount,discount_percent,discount_ends_at,currency
c1,s1,2024-01-02,active,p,month,1,1000,10,infinity,USD
c2,s2,2024-01-02,active,p,month,1,1000,10,-infinity,USD
c3,s1,2024-01-03,active,p,week,9000000000000000000,9000000000000000000,0,,USD
""",
    "events": """event_id,user_id,event_name,occurred_at,received_at
e1,u1,x,2024-02-10,infinity
e2,u1,x,2024-02-11,-infinity
e3,u1,x,9999-12-31T23:59:59Z,9999-12-31T23:59:59Z
""",
}


@pytest.fixture(scope="module")
def hostile(
    new_warehouse: Callable[[str], Warehouse], tmp_path_factory: pytest.TempPathFactory
) -> Warehouse:
    folder: Path = tmp_path_factory.mktemp("hostile")
    for table, text in FILES.items():
        (folder / f"{table}.csv").write_text(text)
    warehouse = new_warehouse("hostile")
    warehouse.command("load", folder)
    for engine in ENGINES:
        warehouse.build(engine)
    return warehouse


@pytest.mark.parametrize("engine", ENGINES)
def test_the_clock_stands_on_the_last_thing_that_can_have_happened(
    hostile: Warehouse, engine: str
) -> None:
    ((as_of,),) = hostile.rows("select as_of_date from staging.stg_clock__as_of", engine)
    assert as_of == date(2024, 2, 10)


@pytest.mark.parametrize("engine", ENGINES)
def test_what_cannot_be_used_is_quarantined_with_its_reason(
    hostile: Warehouse, engine: str
) -> None:
    assert {
        (row["row_key"], row["reason"]) for row in hostile.table("audit.quarantined_rows", engine)
    } == {
        ("u3", "future_timestamp"),
        ("e3", "future_timestamp"),
        ("c3", "out_of_range_unit_amount"),
    }


@pytest.mark.parametrize("engine", ENGINES)
def test_what_can_be_used_counts(hostile: Warehouse, engine: str) -> None:
    """900 cents from a subscription that never ends; the other one ended before it began."""
    movements = hostile.table("fct_mrr_movements", engine)
    assert [(m["account_id"], m["movement_type"], m["amount_cents"]) for m in movements] == [
        ("u1", "new", 900)
    ]
