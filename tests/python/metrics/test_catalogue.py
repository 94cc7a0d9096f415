"""The catalogue: complete, checked, and aware of what its numbers are made of."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

import metrics_page
from productpulse import own
from productpulse.catalogue import approvals, compiled
from productpulse.catalogue.check import checked, mistakes
from productpulse.catalogue.made_of import difference, fingerprints, parts
from productpulse.catalogue.read import catalogue, metric, schema
from productpulse.catalogue.trust import trust
from productpulse.errors import PulseError
from productpulse.paths import project_root
from productpulse.settings import project_vars

# What a company asks for first, by the name it is known by.
KNOWN = {
    *("dau", "wau", "mau", "stickiness", "new_users", "returning_users", "user_churn_rate"),
    *("retention_d7", "nps", "feature_adoption_rate", "project_creations", "exports"),
    *("mrr", "arr", "gross_arr", "cancelled_arr", "nrr", "grr", "arpa", "ltv", "leakage_found"),
    *("arr_at_risk", "experiment_effect", "users_by_rfm_segment", "open_recommendations"),
    *("sessions", "open_tickets", "funnel_conversion_rate", "activation_rate"),
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of one's own in which commands work, with an empty metrics/."""
    place = tmp_path / "company"
    own.make(place)
    (place / "metrics").mkdir()
    monkeypatch.setenv("PULSE_PROJECT", str(place))
    yield place


def write(folder: Path, *metrics: dict[str, Any], area: str = "company", **more: Any) -> None:
    said = {"area": area, "metrics": list(metrics)} | more
    (folder / "metrics" / "company.yml").write_text(yaml.safe_dump(said))


def one(**fields: Any) -> dict[str, Any]:
    """A metric as a file declares it, whole but for what `fields` takes away with None."""
    said = {
        "id": "first_users",
        "label": "First users",
        "description": "Users who began.",
        "formula": "Users with a first day.",
        "owner": "growth",
        "tier": 2,
        "unit": "users",
        "direction": "up",
        "risk_if_wrong": "Growth is misread.",
        "mart": "fct_active_users_by_period",
        "value": "new_users",
        "of": "new_users",
        "adds_up_over": [],
    } | fields
    return {name: value for name, value in said.items() if value is not None}


def test_the_catalogue_has_no_mistakes_and_what_people_ask_for() -> None:
    assert checked().metrics.keys() >= KNOWN


def test_what_dbt_and_people_read_is_current() -> None:
    for name, text in compiled.files(checked()).items():
        path = project_root() / compiled.FOLDER / name
        assert path.read_text() == text, "run productpulse metric check"
    page = (project_root() / metrics_page.PAGE).read_text()
    assert page == metrics_page.page(), "run python scripts/metrics_page.py"


def test_the_files_say_by_which_schema_editors_complete_them() -> None:
    for path in (project_root() / "metrics").glob("*.yml"):
        first = path.read_text().splitlines()[0]
        place = first.removeprefix("# yaml-language-server: $schema=")
        assert (path.parent / place).resolve() == project_root() / "docs" / "metric-schema.json"
    assert schema()["title"]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (one(owner=None), "first_users: 'owner' is a required property"),
        (one(risk_if_wrong=None), "first_users: 'risk_if_wrong' is a required property"),
        (one(formula=None), "first_users: 'formula' is a required property"),
        (one(formula=""), "first_users.formula: '' is too short"),
        (one(unit="people"), "first_users.unit: 'people' is not one of"),
        (one(value=None), "first_users: 'value' is a required property"),
        (one(id="First Users"), "'First Users' does not match"),
        (one(colour="red"), "first_users: Additional properties are not allowed ('colour'"),
        (one(date="period_start"), "first_users: 'grain' is a dependency of 'date'"),
        (one(mart="fct_nothing", of=None), "mart fct_nothing does not exist"),
        (one(value="old_users", of=None), "fct_active_users_by_period has no column old_users"),
        (one(unit="currency"), "new_users is bigint, and currency would be numeric(18,2)"),
        (one(unit="rate", value="new_users"), "is bigint, and rate would be double precision"),
        (one(complete="dormant_users"), "dormant_users is bigint, not boolean"),
        (one(date="segment_name", grain="day"), "segment_name is text, not date"),
        (one(where={"colour": "red"}), "has no column colour"),
        (one(segments=[{"name": "x", "column": "colour"}]), "has no column colour"),
        (one(of=None), "first_users: new_users claims fct_active_users_by_period.new_users too"),
        (one(of="dau"), "is of dau, which is not fct_active_users_by_period.new_users"),
        (one(of="nothing"), "nothing is no metric"),
        (one(successor="nothing"), "nothing is no metric"),
        (one(vars=["colour"]), "colour is no var"),
        (one(seeds=["colours"]), "seed colours does not exist"),
        (one(mart="dim_metrics", value="tier", of=None), "dim_metrics is made of the catalogue"),
        (one(of="first_users"), "first_users: is of itself"),
        (one(where={"segment_value": False}), "is boolean, and the column is text: quote it"),
        (one(where={"segment_value": 5}), "is integer, and the column is text: quote it"),
        (
            one(date="period_start", grain={"column": "period_grain"}),
            "has several rows per date, by segment_name, segment_value: give segments",
        ),
        (one(segments=[{"name": "all", "column": "segment_name"}]), "a segment is named all"),
        (
            one(segments=[{"name": "x", "column": c} for c in ("segment_name", "period_grain")]),
            "two segments are named x",
        ),
        (one(successor="first_users"), "its successor first_users is deprecated too"),
        ("text", "'text' is not of type 'object'"),
    ],
)
def test_a_mistake_is_a_line_that_says_where_and_what(
    folder: Path, given: dict[str, Any], says: str
) -> None:
    write(folder, given)
    with pytest.raises(PulseError) as refused:
        checked()
    lines = str(refused.value).splitlines()
    assert says in lines[0] and str(folder) in lines[0], lines
    wrong = len(lines) - 1
    many = "a mistake" if wrong == 1 else f"{wrong} mistakes"
    assert lines[-1] == f"the metric catalogue has {many}"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty: remove it, or begin with area: and metrics:"),
        ("area: company\narea: company\nmetrics: []", "area is given twice"),
        ("area: " + "[" * 60 + "]" * 60, "more than 50 brackets in one another"),
        ("area: [", "while parsing a flow node"),
        ("- 1", "[1] is not of type 'object'"),
        ("area: company", "'metrics' is a required property"),
        ("area: other\nmetrics: []", "area is other: name it company, as the file"),
    ],
)
def test_a_file_that_is_none_is_a_mistake(folder: Path, text: str, says: str) -> None:
    (folder / "metrics" / "company.yml").write_text(text)
    with pytest.raises(PulseError, match=r"company\.yml") as refused:
        checked()
    assert says in str(refused.value)


def test_what_would_not_be_read_is_a_mistake(folder: Path) -> None:
    (folder / "metrics" / "sales.yaml").write_text("area: sales\nmetrics: []\n")
    (folder / "metrics" / "more").mkdir()
    with pytest.raises(PulseError) as refused:
        checked()
    assert [line.split(": ")[1] for line in str(refused.value).splitlines()[:2]] == [
        "is not read"
    ] * 2
    (folder / "metrics" / "sales.yaml").unlink()
    (folder / "metrics" / "more").rmdir()
    (folder / "metrics").rmdir()
    (folder / "metrics").write_text("")
    with pytest.raises(PulseError, match=r"metrics: is a file: make it a folder"):
        checked()


def test_a_metric_stands_in_one_place(folder: Path) -> None:
    write(folder, one(), one())
    with pytest.raises(PulseError, match="first_users: is declared twice"):
        checked()


def test_no_number_of_a_mart_is_left_out() -> None:
    found = checked()
    for name in ("bounce_rate", "arr", "nps"):
        others = {each: held for each, held in found.metrics.items() if each != name}
        left = found.metrics[name]
        says = f"{left.mart}.{left.value} belongs to no metric"
        assert any(says in line for line in mistakes(replace(found, metrics=others)))
    for helper, says in (
        (("fct_user_days", "nothing"), "does not exist"),
        (("fct_active_users_daily", "dau"), "belongs to a metric"),
    ):
        more = replace(found, helpers={**found.helpers, helper: "x"})
        assert any(says in line for line in mistakes(more))


def test_a_folder_of_ones_own_changes_and_adds(folder: Path) -> None:
    write(folder, {"id": "dau", "owner": "Ada"}, one())
    found = checked().metrics
    assert (found["dau"].owner, found["dau"].label) == ("Ada", "Daily active users")
    assert found["dau"].area == "activity"
    assert found["first_users"].area == "company"
    project = own.dbt_project()
    text = (project / compiled.FOLDER / "metric_catalogue.sql").read_text()
    assert '"owner": "Ada"' in text and '"id": "first_users"' in text


def test_a_number_is_made_of_the_code_vars_and_seeds_behind_it(folder: Path) -> None:
    arr, dau = metric("arr"), metric("dau")
    before = parts(arr, project_vars())
    assert {"model fct_arr_by_period", "model stg_billing__subscriptions"} <= before.keys()
    assert {"macro quotient_half_up", "var revenue_profile", "seed plans"} <= before.keys()
    assert not {"var as_of_date", "var experiment_alpha", "seed experiments"} & before.keys()
    assert before["var fx_policy"] == "null"

    now = parts(arr, project_vars() | {"fx_policy": "constant", "experiment_alpha": 0.1})
    assert difference(before, now) == ['var fx_policy: null → "constant"']
    before_dau = parts(dau, project_vars())
    with (folder / "seeds" / "tracking_plan.csv").open("a") as plan:
        plan.write("opened,,true,false,product,It was opened.\n")
    from productpulse.catalogue import made_of

    made_of._seed.cache_clear()
    assert difference(before_dau, parts(dau, project_vars())) == ["seed tracking_plan changed"]
    other = replace(dau, value="wau")
    assert difference(before_dau, parts(other, project_vars()))[0] == "definition changed"


def test_comments_and_spaces_do_not_make_another_number() -> None:
    from productpulse.catalogue.made_of import _hash

    assert _hash("select a -- why\nfrom b") == _hash("select a\n    from b {# so #}")
    assert _hash("select a from b") != _hash("select a from c")
    # in a text they are what it says
    assert _hash("select 'past due'") != _hash("select 'pastdue'")
    assert _hash("select '-- a'") != _hash("select '-- b'")


def test_an_approval_holds_until_something_changes(folder: Path) -> None:
    dau, variables = metric("dau"), project_vars()
    assert trust(dau, variables).state == "proposed"
    path = approvals.approve(dau, " Ada, product ", parts(dau, variables))
    assert path == folder / "metrics" / "approvals" / "dau.json"
    state = trust(dau, variables)
    assert (state.state, state.changes) == ("approved", ())
    assert state.approval and state.approval.by == "Ada, product"
    assert state.fingerprint == fingerprints([dau], variables)["dau"] == state.approval.fingerprint
    changed = trust(dau, variables | {"unknown_events_are_activity": False})
    assert changed.state == "drifted"
    assert changed.changes == ("var unknown_events_are_activity: true → false",)
    assert trust(replace(dau, successor="wau"), variables).state == "deprecated"


BROKEN = (
    *("", "{}", "[]", '{"approved_by": "a", "approved_at": "b"}'),
    '{"approved_by": "a", "approved_at": "2026-01-01T00:00:00", "made_of": {}}',
    '{"approved_by": "a", "approved_at": "0001-01-01T00:00:00+14:00", "made_of": {}}',
    '{"approved_by": null, "approved_at": "2026-01-01T00:00:00Z", "made_of": {}}',
)


@pytest.mark.parametrize("text", BROKEN)
def test_a_broken_approval_is_one_line(folder: Path, text: str) -> None:
    (folder / "metrics" / "approvals").mkdir()
    (folder / "metrics" / "approvals" / "dau.json").write_text(text)
    with pytest.raises(PulseError, match=r"dau\.json: is not an approval") as refused:
        trust(metric("dau"), project_vars())
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("by", ["", "  ", "a\nb"])
def test_an_approval_needs_a_name(folder: Path, by: str) -> None:
    with pytest.raises(PulseError, match="--by"):
        approvals.approve(metric("dau"), by, {})


def test_a_name_that_is_none_has_similar_ones() -> None:
    with pytest.raises(PulseError, match=r"arrr: no such metric: did you mean .*arr"):
        metric("arrr")


def test_texts_cannot_end_the_macro(folder: Path) -> None:
    hostile = """It's {{ "x" }} {% endmacro %} \\ "quoted" """
    write(folder, {"id": "dau", "owner": hostile.strip()})
    text = compiled.files(catalogue())["metric_catalogue.sql"]
    import jinja2

    environment = jinja2.Environment(extensions=["jinja2.ext.do"])
    held: list[Any] = []
    environment.globals["return"] = held.append
    text = text.replace("{{ return(", "{% do return(").replace("]) }}", "]) %}")
    module = environment.from_string(text)
    module.make_module().metric_catalogue()
    assert next(each["owner"] for each in held[0] if each["id"] == "dau") == hostile.strip()
