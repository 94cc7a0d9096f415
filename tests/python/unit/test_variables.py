"""A wrong parameter is refused before anything is done, by the rules of the macros."""

from typing import Any

import pytest

from productpulse.errors import Exit, PulseError
from productpulse.variables import check_variables, parse_variables


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({"week_start": "tuesday"}, "var week_start: 'tuesday' is not monday or sunday"),
        ({"as_of_date": "2026-02-30"}, "var as_of_date: '2026-02-30' is not a date such as"),
        ({"complete_until": "2026-06-30T24:00:00Z"}, "is not a date such as 2026-07-01, a moment"),
        ({"complete_until": "2026-06-30T12:00:00"}, "is not a date such as 2026-07-01, a moment"),
        ({"complete_until": "2026-02-29"}, "is not a date such as 2026-07-01, a moment"),
        ({"reporting_timezone": "UTC'; drop table x"}, "is not a time zone name"),
        ({"reporting_timezone": "Mars/Olympus"}, "var reporting_timezone: 'Mars/Olympus' is not"),
        ({"mau_window_days": "many"}, "var mau_window_days: 'many' is not a whole number from 7"),
        ({"mau_window_days": 28.5}, "var mau_window_days: '28.5' is not a whole number from 7"),
        ({"mrr_statuses": ["activ"]}, "is not a list of one or more of trialing, active"),
        ({"mrr_statuses": {"active": 1}}, "is not a list of one or more of trialing, active"),
        ({"include_internal_users": 0}, "var include_internal_users: '0' is not true or false"),
        ({"asof": "2026-01-01"}, "var asof: there is no such parameter; there are as_of_date,"),
    ],
)
def test_a_wrong_parameter_ends_in_a_line_that_lists_the_right_ones(
    variables: dict[str, Any], says: str
) -> None:
    with pytest.raises(PulseError) as refused:
        check_variables(variables)
    assert says in str(refused.value) and "\n" not in str(refused.value)
    assert refused.value.exit_code == Exit.USAGE


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"as_of_date": "2026-06-30", "complete_until": "2026-07-01"},
        {"as_of_date": None, "complete_until": "2026-06-30T12:00:00Z"},
        {"reporting_timezone": "Europe/Berlin", "week_start": "sunday", "gross_margin_rate": 0.75},
        {"revenue_profile": "stripe", "mrr_statuses": ["active"], "include_internal_users": True},
    ],
)
def test_right_parameters_pass(variables: dict[str, Any]) -> None:
    check_variables(variables)


@pytest.mark.parametrize(
    ("text", "says"), [("{x", "--vars is not JSON"), ("[1]", "--vars must be a JSON object")]
)
def test_what_is_no_json_object_is_refused(text: str, says: str) -> None:
    with pytest.raises(PulseError, match=says):
        parse_variables(text)


def test_nothing_given_is_nothing() -> None:
    assert parse_variables(None) == {}
    assert parse_variables('{"week_start": "sunday"}') == {"week_start": "sunday"}
