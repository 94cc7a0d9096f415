"""A project of two models and two tests; each change to it must have its known result."""

import json
from pathlib import Path

import duckdb
import pytest

from mutate.bench import Bench, Endless
from mutate.jury import Fate, Jury
from mutate.report import summarise
from mutate.reviewed import Reason
from mutate.run import parts

BIG = """with orders as (
    select * from "warehouse"."staging"."stg_orders"
),

final as (
    select customer_id, amount, amount >= 10 as is_big, customer_id is not null as is_known
    from orders
    where amount > 0 and status <> 'draft'
)

select * from final"""
TOTALS = """select customer_id, sum(amount) as total, 1 as version
from "warehouse"."intermediate"."int_big"
group by customer_id"""

UNIT_TEST = BIG.replace("with orders", "with {fixture}, orders").replace(
    '"warehouse"."staging"."stg_orders"', "__dbt__cte__stg_orders"
)
FIXTURE = "__dbt__cte__stg_orders as (select 1 as customer_id, 10 as amount, 'paid' as status)"
AROUND = """with actual as (select is_big, 'actual' as side from ({model}))
select * from actual union all select true, 'expected'"""


def make_world(folder: Path, orders: str) -> tuple[str, Path, Path]:
    """What dbt leaves behind, and the relations in one schema: name, target, database."""
    target = folder / "target"
    unit_test = UNIT_TEST.format(fixture=FIXTURE)
    nodes = {
        "model.p.int_big": node("int_big", "intermediate", BIG, ["model.p.stg_orders"]),
        "model.p.fct_totals": node("fct_totals", "marts", TOTALS, ["model.p.int_big"]),
        "test.p.known": node(
            "known", "tests",
            'select * from "warehouse"."intermediate"."int_big" where not is_known',
            ["model.p.int_big"], resource_type="test", config={"severity": "ERROR"},
        ),
    }  # fmt: skip
    manifest = {
        "metadata": {"run_started_at": "2026-01-01T00:00:00.000001+00:00"},
        "nodes": nodes,
        "unit_tests": {
            "unit_test.p.ten_is_big": {
                "name": "ten_is_big",
                "model": "int_big",
                "package_name": "p",
                "original_file_path": "models/int_big.yml",
            }
        },
    }
    results = [{"unique_id": key, "execution_time": 0.1} for key in nodes]
    results.append({"unique_id": "unit_test.p.ten_is_big", "compiled_code": unit_test})
    run = target / "run" / "p" / "models" / "int_big.yml" / "models"
    run.mkdir(parents=True)
    (target / "manifest.json").write_text(json.dumps(manifest))
    (target / "run_results.json").write_text(json.dumps({"results": results}))
    (run / "ten_is_big.sql").write_text(AROUND.format(model=unit_test))
    database = folder / "base.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.execute(f"create table stg_orders as {orders}")
        connection.execute(f"create table int_big as {plain(BIG)}")
        connection.execute(f"create table fct_totals as {plain(TOTALS)}")
    return folder.name, target, database


def node(name: str, layer: str, sql: str, reads: list[str], **other: object) -> dict:
    return {
        "name": name,
        "resource_type": "model",
        "compiled_code": sql,
        "depends_on": {"nodes": reads},
        "contract": {"enforced": layer == "marts"},
        "config": {},
    } | other


def plain(sql: str) -> str:
    for schema in ("staging", "intermediate"):
        sql = sql.replace(f'"warehouse"."{schema}".', "")
    return sql


@pytest.fixture(scope="module")
def jury(tmp_path_factory: pytest.TempPathFactory) -> Jury:
    compared = {"fct_totals": (("total",), ("customer_id",))}
    tested = "select 1 as customer_id, 5 as amount, 'paid' as status"
    wider = f"{tested} union all select 2, 0, 'paid'"
    benches = [
        Bench(*make_world(tmp_path_factory.mktemp(name) / name, orders), compared)
        for name, orders in (("tested", tested), ("wider", wider))
    ]
    return Jury(benches[:1], benches[1:])


@pytest.mark.parametrize(
    ("model", "change", "fate", "by"),
    [
        # an amount that is gone is missing in the total
        ("int_big", "comparison: status <> 'draft' → status = 'draft'", Fate.ORACLE, "fct_totals"),
        ("fct_totals", "literal: 1 AS version → 2 AS version", Fate.SURVIVED, "tested"),
        (
            "int_big",
            "comparison: NOT customer_id IS NULL → customer_id IS NULL",
            Fate.DATA_TEST,
            "known",
        ),
        ("int_big", "comparison: amount >= 10 → amount > 10", Fate.UNIT_TEST, "ten_is_big"),
        ("int_big", "comparison: amount > 0 → amount >= 0", Fate.SURVIVED, "wider"),
        ("int_big", "predicate: status <> 'draft' → ∅", Fate.UNCHANGED, ""),
        ("fct_totals", "aggregate: SUM(amount) → MAX(amount)", Fate.UNCHANGED, ""),
    ],
)
def test_a_change_meets_its_fate(jury: Jury, model: str, change: str, fate: Fate, by: str) -> None:
    assert change in jury.candidates(model)[0]
    verdict = jury.judge(model, change)
    assert (verdict.fate, verdict.by) == (fate, by)


def test_what_does_not_end_is_interrupted(tmp_path: Path) -> None:
    bench = Bench(
        *make_world(tmp_path / "world", "select 1 as customer_id, 1 as amount, '' as status")
    )
    bench.seconds_per_statement = 0.5
    with pytest.raises(Endless), bench.trial():
        bench.make(
            "int_big", "select sum(a.range * b.range) from range(10000000) a, range(100000) b"
        )


def test_a_trial_leaves_nothing_behind(jury: Jury) -> None:
    change = "comparison: status <> 'draft' → status = 'draft'"
    assert jury.judge("int_big", change) == jury.judge("int_big", change)


def test_models_give_the_same_when_they_are_parsed_and_written_again(jury: Jury) -> None:
    assert all(jury.is_faithful(model) for model in ("int_big", "fct_totals"))


def test_a_report_is_good_when_each_survivor_has_its_reason(jury: Jury) -> None:
    model, change = "fct_totals", "literal: 1 AS version → 2 AS version"
    verdicts = [jury.judge(model, name) for name in jury.candidates(model)[0]]
    survivor = next(verdict for verdict in verdicts if verdict.mutation == change)
    assert "1 as version" in survivor.line

    def is_good(*reasons: str) -> bool:
        explained = [Reason(model, "it is a constant", "changes", name) for name in reasons]
        return summarise(model, verdicts, 0, explained).is_good

    assert not is_good()
    assert is_good(change)
    # a reason for what does not survive is out of date
    assert not is_good(change, "comparison: a → b")
    # which a part cannot tell
    reasons = [Reason(model, "it is a constant", "changes", name) for name in (change, "a → b")]
    assert summarise(model, verdicts, 0, reasons, untried=1).is_good


def test_parts_are_spread_over_all_changes() -> None:
    names = [str(number) for number in range(12)]
    assert sorted(name for part in parts(names) for name in part) == sorted(names)
    assert parts(names)[0] == ["0", "3", "6", "9"]
    assert parts([]) == []
