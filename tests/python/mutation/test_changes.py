"""What is changed in a query, and what a change is called."""

import pytest
import sqlglot

from mutate.changes import DIALECT, mutations
from mutate.queries import changed, changes_of, line_of, rewritten


def written(sql: str) -> str:
    return sqlglot.parse_one(sql, dialect=DIALECT).sql(dialect=DIALECT)


def changed_by(kind: str, sql: str) -> set[str]:
    """What a query becomes by the changes of one kind."""
    tree = sqlglot.parse_one(sql, dialect=DIALECT)
    return {m.apply(tree).sql(dialect=DIALECT) for m in mutations(tree) if m.edit.kind == kind}


@pytest.mark.parametrize(
    ("kind", "sql", "expected"),
    [
        ("comparison", "select a from t where a < b", {"select a from t where a <= b"}),
        ("comparison", "select a from t where a = b", {"select a from t where a <> b"}),
        ("comparison", "select a in (b) from t", {"select not (a in (b)) from t"}),
        ("comparison", "select a is not null from t", {"select a is null from t"}),
        ("connector", "select a and b from t", {"select a or b from t"}),
        (
            "predicate",
            "select a from t where a and b and c",
            {
                "select a from t where a and b",
                "select a from t where a and c",
                "select a from t where b and c",
            },
        ),
        ("predicate", "select a from t where a", {"select a from t"}),
        ("predicate", "select count(*) from t having a", {"select count(*) from t"}),
        (
            "predicate",
            "select count(*) filter (where a) from t",
            {"select count(*) filter (where true) from t"},
        ),
        (
            "predicate",
            "select 1 from t inner join u on a",
            {"select 1 from t inner join u on true"},
        ),
        ("join", "select 1 from t left join u on a", {"select 1 from t inner join u on a"}),
        ("join", "select 1 from t inner join u on a", {"select 1 from t left join u on a"}),
        ("join", "select 1 from t cross join u", set()),
        ("distinct", "select distinct a from t", {"select a from t"}),
        ("distinct", "select count(distinct a) from t", {"select count(a) from t"}),
        ("distinct", "select 1 union select 2", {"select 1 union all select 2"}),
        ("coalesce", "select coalesce(a, b) from t", {"select (a) from t", "select (b) from t"}),
        ("aggregate", "select sum(a) from t", {"select max(a) from t"}),
        (
            "aggregate",
            "select lag(a) over (order by a) from t",
            {"select lead(a) over (order by a) from t"},
        ),
        ("aggregate", "select count(a) from t", {"select count(*) from t"}),
        (
            "partition",
            "select sum(a) over (partition by b, c) from t",
            {
                "select sum(a) over (partition by b) from t",
                "select sum(a) over (partition by c) from t",
            },
        ),
        (
            "frame",
            "select sum(a) over (order by b rows between 2 preceding and current row) from t",
            {"select sum(a) over (order by b) from t"},
        ),
        (
            "order",
            "select row_number() over (order by a) from t",
            {"select row_number() over (order by a desc) from t"},
        ),
        (
            "branch",
            "select case when a then 1 when b then 2 else 3 end from t",
            {
                "select case when b then 2 else 3 end from t",
                "select case when a then 1 else 3 end from t",
                "select case when a then 1 when b then 2 end from t",
            },
        ),
        ("branch", "select case when a then 1 end from t", {"select null from t"}),
        (
            "literal",
            "select 3, 'x', '2024-02-28' from t where true",
            {
                "select 4, 'x', '2024-02-28' from t where true",
                "select 3, 'x~', '2024-02-28' from t where true",
                "select 3, 'x', '2024-02-29' from t where true",
                "select 3, 'x', '2024-02-28' from t where false",
            },
        ),
        ("literal", "select cast(a as decimal(18, 2)) from t", set()),
        ("arithmetic", "select a + b from t", {"select a - b from t"}),
    ],
)
def test_each_kind_of_change_is_made_once_at_each_place(
    kind: str, sql: str, expected: set[str]
) -> None:
    assert changed_by(kind, sql) == {written(each) for each in expected}


QUERY = """
with kept as (
    select a, case when b > 0 then 1 end as c from ref.t where d <= 5 and e = 'x'
)
select a, sum(c) as c from kept group by a
"""


def test_a_change_leaves_the_query_it_was_made_from() -> None:
    for name in changes_of(QUERY):
        assert changed(QUERY, name, QUERY) != rewritten(QUERY)
    assert rewritten(QUERY) == written(QUERY)


def test_a_name_stays_when_something_else_is_edited() -> None:
    edited = QUERY.replace("select a, case", "select f, g, a, case").replace("ref.t", "ref.t as u")
    assert changes_of(QUERY).keys() <= changes_of(edited).keys()


def test_equal_places_have_names_of_their_own() -> None:
    names = list(changes_of("select a < b, a < b from t"))
    assert names == ["comparison: a < b → a <= b", "comparison: a < b → a <= b #2"]


def test_a_change_is_found_again_where_parameters_compile_to_other_constants() -> None:
    other = QUERY.replace("d <= 5", "d <= 9")
    assert changed(other, "comparison: d <= 5 → d < 5", QUERY) == written(
        other.replace("d <= 9", "d < 9")
    )


def test_a_change_says_in_which_line_it_begins() -> None:
    assert line_of(QUERY, "comparison: b > 0 → b >= 0").startswith("select a, case when b > 0")


def test_a_change_has_one_name_in_all_reporting_time_zones() -> None:
    here = "select cast((t.at) as date) < t.d from ref.t"
    there = here.replace("(t.at)", "(((t.at) AT TIME ZONE 'UTC') AT TIME ZONE 'America/New_York')")
    assert changes_of(here).keys() <= changes_of(there).keys()


def test_a_change_of_other_constants_keeps_its_place_among_its_likes() -> None:
    mine = "select a < 1, b, a < 2 from ref.t"
    other = "select a < 3, b, a < 4 from ref.t"
    assert changed(other, "comparison: a < 2 → a <= 2", mine) == written(
        "select a < 3, b, a <= 4 from ref.t"
    )
