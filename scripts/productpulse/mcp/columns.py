"""Which columns of marts may leave: numbers, dates, and the texts that are listed here.

Texts are ids and words from a known set. Names, e-mail addresses and free text are not: a test
holds that each text column of the marts is either allowed or withheld.
"""

from productpulse.marts import columns_of_marts

IDS = frozenset(
    {
        *("account_id", "user_id", "unit_id", "session_id", "subscription_id", "invoice_id"),
        *("plan_id", "current_plan_id", "previous_plan_id", "feature_id", "feature_a", "feature_b"),
        *("funnel_id", "experiment_id", "metric_id", "rule_id", "scenario_id", "subject_id"),
        *("finding_id", "recommendation_id", "load_id", "fingerprint"),
    }
)
WORDS = frozenset(
    {
        # of models and tables
        *("metric_name", "source_model", "node", "used_by", "layer", "table_name", "area"),
        *("value_column", "numerator_column", "denominator_column", "aggregate", "successor"),
        *("reference_tables", "filter", "parameters", "unit", "direction", "trust", "status"),
        # of periods and segments
        *("period_grain", "segment_name", "segment_value", "rfm_segment_name", "cohort_basis"),
        *("retention_type", "country", "platform", "industry", "company_size", "currency", "tier"),
        *("acquisition_channel", "variant", "control_variant", "step_name"),
        # of the tracking plan
        *("event_name", "first_event_name", "from_event", "to_event"),
        # of money
        *("movement_type", "reason", "assumption"),
        # of experiments
        *("method", "metric_kind", "metric_role", "metric_direction", "verdict"),
        "exclusion_reason",
        # of rules and decisions; an owner is a role
        *("risk_band", "top_driver", "signal", "operator", "rule_kind", "subject_kind", "owner"),
        *("record_status", "cause", "outcome"),
        # of funnels
        *("unit_kind", "entry_policy", "exclusion_policy", "order_rule", "tie_rule"),
        "funnel_profile",
    }
)
CATALOGUE = frozenset({"label", "description", "formula", "risk_if_wrong"})
"""Texts of the catalogue itself, in dim_metrics alone."""
WITHHELD = (
    frozenset({"name", "description", "action", "evidence", "doubt", "approved_by"}) | CATALOGUE
)


def allowed(mart: str) -> list[str]:
    """The columns of a mart that may leave, in its order."""
    texts = IDS | WORDS
    if mart == "dim_metrics":
        texts = texts | CATALOGUE
    columns = columns_of_marts()[mart]
    return [name for name, kind in columns.items() if kind != "text" or name in texts]
