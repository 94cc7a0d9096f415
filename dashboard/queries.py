"""What the pages ask of the marts. Each figure is a cell; nothing is computed here."""

from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from productpulse.schemas import schema_of

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor

Rows = pd.DataFrame


def ask(cursor: "Cursor", query: str, **bound: Any) -> Rows:
    """The answer to a query that says `{marts}` for the schema and `%(name)s` for what is bound."""
    # Postgres has no text with a NUL, which a URL may have.
    given = {name: _without_nul(value) for name, value in bound.items()}
    cursor.execute(query.format(marts=schema_of("marts")), given)
    names = [column.name for column in cursor.description or ()]
    # As Postgres gave them: pandas would make doubles of integers among which one is null.
    return Rows(cursor.fetchall(), columns=names, dtype=object)


def _without_nul(value: Any) -> Any:
    return value.replace("\0", "") if isinstance(value, str) else value


# Every page


def as_of(cursor: "Cursor") -> date | None:
    """The last date that is over in the data; None where there are no data."""
    found = ask(cursor, "select max(as_of_date) as date from {marts}.dim_metrics")["date"].iloc[0]
    return found if isinstance(found, date) else None


def freshness(cursor: "Cursor") -> Rows:
    return ask(
        cursor,
        "select table_name, accepted_rows, behind_days, last_happened_at, last_loaded_at"
        " from {marts}.fct_freshness order by behind_days desc nulls last, table_name",
    )


# Metrics


def metrics(cursor: "Cursor", search: str = "") -> Rows:
    """The catalogue, or what of it has the words in its name, label or description."""
    return ask(
        cursor,
        "select metric_name, label, trust, area, owner, unit, direction, tier, description,"
        " formula, risk_if_wrong, status, approved_by, approved_at, source_model, value_column,"
        " parameters, has_values, is_drifted, first_date, last_complete_date"
        " from {marts}.dim_metrics"
        " where position(lower(%(search)s) in"
        " lower(metric_name || ' ' || label || ' ' || description)) > 0"
        " order by tier, area, label, metric_name",
        search=search.strip(),
    )


def currency(cursor: "Cursor") -> str | None:
    """The reporting currency, where a parameter of ARR names one."""
    found = ask(
        cursor,
        "select substring(parameters from 'reporting_currency=([A-Z]{{3}})') as currency"
        " from {marts}.dim_metrics where metric_name = 'arr'",
    )
    return found["currency"].iloc[0] if len(found) else None


def latest(cursor: "Cursor", metric: str, grain: str) -> Rows:
    """The whole of a metric in its last complete period, one row or none."""
    return ask(
        cursor,
        "select date, value, previous_value, year_ago_value from {marts}.fct_metric_values"
        " where metric_name = %(metric)s and period_grain = %(grain)s and segment_name = 'all'"
        " and segment_value = 'all' and is_complete order by date desc limit 1",
        metric=metric,
        grain=grain,
    )


def series(
    cursor: "Cursor", metric: str, grain: str, since: date, until: date, by: str = "all"
) -> Rows:
    """The values of a metric in order of date, by the values of a segment."""
    return ask(
        cursor,
        "select date, segment_value, is_complete, value, numerator, denominator, previous_value,"
        " year_ago_value from {marts}.fct_metric_values where metric_name = %(metric)s"
        " and period_grain = %(grain)s and segment_name = %(by)s and date >= %(since)s"
        " and date <= %(until)s order by segment_value, date",
        metric=metric,
        grain=grain,
        by=by,
        since=since,
        until=until,
    )


def shapes(cursor: "Cursor", metric: str) -> Rows:
    """The grains and segments in which a metric has values."""
    return ask(
        cursor,
        "select distinct period_grain, segment_name from {marts}.fct_metric_values"
        " where metric_name = %(metric)s order by period_grain, segment_name",
        metric=metric,
    )


def lineage(cursor: "Cursor", metric: str) -> Rows:
    return ask(
        cursor,
        "select depth, layer, node, used_by from {marts}.dim_metric_lineage"
        " where metric_name = %(metric)s order by depth, layer, node, used_by",
        metric=metric,
    )


# Active users


def active_users(cursor: "Cursor", since: date, until: date) -> Rows:
    return ask(
        cursor,
        "select date, is_complete, dau, wau, mau, stickiness_rate, is_full_window"
        " from {marts}.fct_active_users_daily where segment_name = 'all'"
        " and date >= %(since)s and date <= %(until)s order by date",
        since=since,
        until=until,
    )


def lifecycle(cursor: "Cursor", grain: str, since: date, until: date) -> Rows:
    return ask(
        cursor,
        "select period_start, is_complete, active_users, new_users, retained_users,"
        " resurrected_users, dormant_users, returning_users, retention_rate, churn_rate,"
        " quick_ratio from {marts}.fct_active_users_by_period where period_grain = %(grain)s"
        " and segment_name = 'all' and period_start >= %(since)s and period_start <= %(until)s"
        " order by period_start",
        grain=grain,
        since=since,
        until=until,
    )


def active_days(cursor: "Cursor") -> Rows:
    return ask(
        cursor,
        "select active_days, users, as_of_date from {marts}.fct_active_days_distribution"
        " order by active_days",
    )


# Retention


def retention_choices(cursor: "Cursor") -> Rows:
    """The parts of the cohorts that are kept."""
    return ask(
        cursor,
        "select distinct cohort_basis, period_grain, retention_type, segment_name"
        " from {marts}.fct_retention_cohorts"
        " order by cohort_basis, period_grain, retention_type, segment_name",
    )


def cohorts(
    cursor: "Cursor",
    basis: str,
    grain: str,
    kind: str,
    since: date,
) -> Rows:
    return ask(
        cursor,
        "select cohort_start, period_number, last_period_number, is_complete, cohort_users,"
        " eligible_users, retained_users, retention_rate, rate_low, rate_high"
        " from {marts}.fct_retention_cohorts where cohort_basis = %(basis)s"
        " and period_grain = %(grain)s and retention_type = %(kind)s"
        " and segment_name = 'all' and cohort_start >= %(since)s"
        " order by cohort_start, period_number",
        basis=basis,
        grain=grain,
        kind=kind,
        since=since,
    )


def cohort_by_segment(
    cursor: "Cursor", basis: str, grain: str, kind: str, by: str, cohort: date
) -> Rows:
    """The curves of one cohort, by the values of a segment."""
    return ask(
        cursor,
        "select segment_value, period_number, is_complete, cohort_users, eligible_users,"
        " retained_users, retention_rate, rate_low, rate_high"
        " from {marts}.fct_retention_cohorts where cohort_basis = %(basis)s"
        " and period_grain = %(grain)s and retention_type = %(kind)s and segment_name = %(by)s"
        " and cohort_start = %(cohort)s order by segment_value, period_number",
        basis=basis,
        grain=grain,
        kind=kind,
        by=by,
        cohort=cohort,
    )


def survival(cursor: "Cursor", by: str) -> Rows:
    return ask(
        cursor,
        "select segment_value, day_number, at_risk_users, churned_users, censored_users,"
        " survival_rate, rate_low, rate_high from {marts}.fct_survival"
        " where segment_name = %(by)s order by segment_value, day_number",
        by=by,
    )


# Funnels


def funnels(cursor: "Cursor") -> Rows:
    return ask(
        cursor,
        "select funnel_id, name, owner, description, status, unit_kind, order_rule, entry_policy,"
        " window_seconds, step_count from {marts}.dim_funnels order by name, funnel_id",
    )


def funnel_steps(cursor: "Cursor", funnel: str, by: str = "all") -> Rows:
    return ask(
        cursor,
        "select segment_value, step_number, step_name, users, open_users, closed_users,"
        " first_closed_users, step_conversion_rate, overall_conversion_rate,"
        " median_seconds_from_previous, p90_seconds_from_previous, is_last_step"
        " from {marts}.fct_funnel_steps where funnel_id = %(funnel)s and segment_name = %(by)s"
        " order by segment_value, step_number",
        funnel=funnel,
        by=by,
    )


def funnel_weeks(cursor: "Cursor", funnel: str, since: date, until: date) -> Rows:
    return ask(
        cursor,
        "select entry_week, is_complete, users, open_users, first_closed_users,"
        " overall_conversion_rate from {marts}.fct_funnel_steps_weekly"
        " where funnel_id = %(funnel)s and segment_name = 'all' and is_last_step"
        " and entry_week >= %(since)s and entry_week <= %(until)s order by entry_week",
        funnel=funnel,
        since=since,
        until=until,
    )


def funnel_segments(cursor: "Cursor", funnel: str) -> list[str]:
    """The names of the segments by which a funnel is counted."""
    found = ask(
        cursor,
        "select distinct segment_name from {marts}.fct_funnel_steps"
        " where funnel_id = %(funnel)s and segment_name <> 'all' order by segment_name",
        funnel=funnel,
    )
    return [str(name) for name in found["segment_name"]]


# Revenue


def arr(cursor: "Cursor", grain: str, since: date, until: date, by: str = "all") -> Rows:
    return ask(
        cursor,
        "select period_start, segment_value, is_complete, opening_arr_amount, new_arr_amount,"
        " reactivation_arr_amount, expansion_arr_amount, contraction_arr_amount,"
        " churn_arr_amount, fx_arr_amount, closing_arr_amount, gross_arr_amount,"
        " cancelled_arr_amount, net_new_arr_amount, customers, nrr_12m_rate, grr_12m_rate"
        " from {marts}.fct_arr_by_period where period_grain = %(grain)s and segment_name = %(by)s"
        " and period_start >= %(since)s and period_start <= %(until)s"
        " order by period_start, segment_value",
        grain=grain,
        by=by,
        since=since,
        until=until,
    )


def revenue_cohorts(cursor: "Cursor") -> Rows:
    return ask(
        cursor,
        "select cohort_month, month_number, is_complete, accounts, mrr_amount, nrr_rate, grr_rate,"
        " cumulative_revenue_amount from {marts}.fct_revenue_cohorts"
        " order by cohort_month, month_number",
    )


def leakage(cursor: "Cursor", account: str | None = None) -> Rows:
    """Findings that cost money, the largest first; of one account or all."""
    return ask(
        cursor,
        "select account_id, rule_id, detected_for_date, reporting_amount, confidence, evidence,"
        " finding_id, invoice_id, subscription_id from {marts}.fct_revenue_leakage"
        " where is_lost and (%(account)s::text is null or account_id = %(account)s)"
        " order by reporting_amount desc nulls last, finding_id",
        account=account,
    )


# Customers


def risk_queue(cursor: "Cursor", search: str = "") -> Rows:
    """Paying accounts, most ARR at risk first, or those with the words in name or id."""
    return ask(
        cursor,
        "select risk.account_id, known.name, risk.risk_band, risk.risk_score, risk.top_driver,"
        " risk.arr_at_risk_amount, risk.mrr_amount, risk.fired_rules, known.country,"
        " known.current_plan_id from {marts}.fct_churn_risk as risk"
        " left join {marts}.fct_customer_360 as known using (account_id)"
        " where position(lower(%(search)s) in"
        " lower(risk.account_id || ' ' || coalesce(known.name, ''))) > 0"
        " order by risk.arr_at_risk_amount desc nulls last, risk.risk_score desc, risk.account_id",
        search=search.strip(),
    )


def customer(cursor: "Cursor", account: str) -> Rows:
    return ask(
        cursor,
        "select account_id, name, industry, company_size, country, current_plan_id, created_date,"
        " rfm_segment_name, risk_band, risk_score, top_driver, mrr_amount, arr_amount, paid_amount,"
        " arr_at_risk_amount, leaking_amount, user_count, ever_active_users, active_users,"
        " activity_events, failed_payments, tickets, open_tickets, nps_responses, nps_promoters,"
        " nps_detractors, recommendations, first_active_date, last_active_date, first_paid_date,"
        " last_churn_date, last_ticket_date from {marts}.fct_customer_360"
        " where account_id = %(account)s",
        account=account,
    )


def risk_trace(cursor: "Cursor", account: str) -> Rows:
    return ask(
        cursor,
        "select trace.rule_id, rule.description, trace.signal, trace.observed_value,"
        " trace.operator, trace.threshold, trace.weight, trace.applied_weight,"
        " trace.record_status, trace.precision_rate, trace.lift, trace.owner, trace.action"
        " from {marts}.fct_churn_risk_trace as trace"
        " left join {marts}.dim_rules as rule on rule.rule_kind = 'churn'"
        " and rule.rule_id = trace.rule_id where trace.account_id = %(account)s"
        " order by trace.applied_weight desc, trace.rule_id",
        account=account,
    )


def movements(cursor: "Cursor", account: str) -> Rows:
    return ask(
        cursor,
        "select date, movement_type, reason, plan_id, amount_cents from {marts}.fct_mrr_movements"
        " where account_id = %(account)s order by date desc, movement_type, plan_id",
        account=account,
    )
