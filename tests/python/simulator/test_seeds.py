"""The reference tables that come with the product describe the simulated company."""

import csv
from collections import Counter

from productpulse.paths import project_root
from productpulse.simulator import catalogue


def seed(name: str) -> list[dict[str, str]]:
    with (project_root() / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_seeds_describe_the_simulated_company() -> None:
    assert [tuple(row.values())[:7] for row in seed("plans")] == [
        (
            plan.plan_id,
            plan.name,
            str(tier),
            str(plan.included_seats),
            str(plan.monthly_cents),
            str(plan.yearly_cents),
            "USD",
        )
        for tier, plan in enumerate(catalogue.PLANS)
    ]
    assert [tuple(row.values())[:4] for row in seed("features")] == [
        (feature.feature_id, feature.name, feature.launched.isoformat(), feature.owner)
        for feature in catalogue.FEATURES
    ]
    assert [tuple(row.values()) for row in seed("plan_features")] == [
        (plan.plan_id, feature.feature_id)
        for tier, plan in enumerate(catalogue.PLANS)
        for feature in catalogue.FEATURES
        if tier >= feature.lowest_tier
    ]
    assert [tuple(row.values()) for row in seed("tracking_plan")] == [
        (
            kind.name,
            kind.feature_id,
            str(kind.is_activity).lower(),
            str(kind.is_value_moment).lower(),
            kind.owner,
            kind.description,
        )
        for kind in catalogue.EVENTS
    ]


def test_every_currency_has_a_rate_in_every_month() -> None:
    rates = seed("exchange_rates")
    assert len(rates) == 5 * 8 * 12
    months = Counter(rate["currency"] for rate in rates)
    assert months.keys() >= {currency.code for currency in catalogue.CURRENCIES}
    assert set(months.values()) == {96}
    assert {r["minor_unit_digits"] for r in rates if r["currency"] == "JPY"} == {"0"}
    assert {r["rate"] for r in rates if r["currency"] == "USD"} == {"1.000000"}


def test_the_currencies_of_iso_4217_have_its_digits() -> None:
    listed = {row["currency"]: row["minor_unit_digits"] for row in seed("currencies")}
    assert len(listed) == len(seed("currencies")) == 163
    # All others have two; CLF and UYW with four, and metals and units of account, are left out.
    without = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
    thousandths = "BHD IQD JOD KWD LYD OMR TND"
    assert {c for c, digits in listed.items() if digits == "0"} == set(without.split())
    assert {c for c, digits in listed.items() if digits == "3"} == set(thousandths.split())
    assert set(listed.values()) == {"0", "2", "3"}
