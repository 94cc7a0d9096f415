"""For each test of dbt what it must notice: changes of single rows of a warehouse in order."""


def changed(table: str, change: str, where: str = "true") -> str:
    """A statement that changes one row of a table."""
    one = f"select rowid from {table} where {where} order by rowid limit 1"
    return f"update {table} set {change} where rowid in ({one})"


def lost(table: str, where: str = "true") -> str:
    """A statement that removes one row of a table."""
    return f"delete from {table} where rowid in (select rowid from {table} where {where} limit 1)"


ALL = "segment_name = 'all'"
NOT_ALL = "segment_name <> 'all'"
MONTH_OF_ALL = f"{ALL} and period_grain = 'month' and is_complete and closing_arr_amount > 0"

# The name of a test without `assert_`, and what it must notice; one change at a time.
CORRUPTIONS: dict[str, tuple[str, ...]] = {
    "accepted_rows_reach_the_models": (
        changed("audit.rows_by_load", "accepted_rows = accepted_rows + 1", "table_name = 'events'"),
        lost("marts.dim_users", "is_registered"),
    ),
    "active_accounts_are_at_most_active_users": (
        changed("marts.fct_active_accounts_daily", "mau = mau + 1000", ALL),
        lost("marts.fct_active_accounts_daily", ALL),
    ),
    "active_accounts_are_those_of_active_users": (
        changed("marts.fct_active_accounts_daily", "dau = dau + 1", ALL),
    ),
    "active_days_distribution_adds_up_to_active_users": (
        changed("marts.fct_active_days_distribution", "users = users + 1", "active_days = 0"),
        changed("marts.fct_active_days_distribution", "users = users + 1", "active_days = 3"),
    ),
    "active_segments_add_up_to_the_total": (
        changed("marts.fct_active_users_daily", "dau = dau + 1", NOT_ALL),
        changed("marts.fct_active_accounts_daily", "mau = mau + 1", NOT_ALL),
    ),
    "active_users_are_the_users_behind_them": (
        changed("marts.fct_active_users_daily", "dau = dau + 1", ALL),
        changed("marts.fct_active_users_daily", "wau = wau + 1", f"{ALL} and date = as_of_date"),
        changed("marts.fct_active_users_daily", "mau = mau - 1", f"{ALL} and date = '2024-02-29'"),
        lost("marts.fct_user_days"),
    ),
    "adopters_are_eligible_and_eligible_users_active": (
        changed("marts.fct_feature_adoption", "eligible_users = total_users + 1"),
        changed("marts.fct_feature_adoption", "repeat_users = adopting_users + 1"),
    ),
    "arr_by_period_agrees_with_the_movements": (
        changed("marts.fct_mrr_movements", "amount_cents = amount_cents + 1"),
        lost("marts.fct_mrr_movements", "amount_cents <> 0"),
    ),
    "arr_columns_keep_their_sign": (
        changed("marts.fct_arr_by_period", "churn_arr_amount = -0.01"),
    ),
    "arr_movements_close_the_bridge": (
        changed("marts.fct_arr_by_period", "fx_arr_amount = fx_arr_amount + 0.01"),
        changed(
            "marts.fct_arr_by_period",
            "gross_arr_amount = gross_arr_amount + 1, "
            "cancelled_arr_amount = cancelled_arr_amount + 1",
        ),
    ),
    "arr_of_days_adds_up_at_every_grain": (
        changed("marts.fct_arr_by_period", "new_arr_amount = 0.01", "period_grain = 'day'"),
    ),
    "arr_segments_add_up_to_the_total": (
        changed("marts.fct_arr_by_period", "closing_arr_amount = 0.01", "segment_name = 'plan'"),
        changed("marts.fct_arr_by_period", "customers = 77", "segment_name = 'country'"),
    ),
    "invoices_add_up_to_invoices_and_payments": (
        changed("intermediate.int_revenue__invoices", "paid_cents = paid_cents + 1"),
        lost("intermediate.int_revenue__invoices", "billed_cents > 0"),
    ),
    "invoices_too_low_leak_up_to_their_price": (
        changed(
            "marts.fct_revenue_leakage",
            "amount_cents = amount_cents + 1",
            "rule_id = 'discount_after_end'",
        ),
    ),
    "churn_bands_share_out_all_scored_accounts": (
        lost("marts.fct_churn_rule_performance", "subject = 'band' and warned_accounts > 0"),
    ),
    "cohort_cells_are_counted_again_from_their_users": (
        changed(
            "marts.fct_retention_cohorts",
            "retained_users = retained_users + 1",
            f"{NOT_ALL} and period_grain = 'month' and retention_type = 'bounded' "
            "and retained_users is not null",
        ),
        lost("marts.fct_cohort_users", "cohort_basis = 'signup'"),
        changed("marts.fct_cohort_users", "country = 'XX'"),
        changed("marts.fct_cohort_users", "plan_id = 'XX'"),
    ),
    "cohorts_are_the_users_behind_them": (
        changed(
            "marts.fct_retention_cohorts",
            "retained_users = retained_users + 1",
            f"{ALL} and cohort_basis = 'first_activity' and period_grain = 'week' "
            "and retention_type = 'bounded' and period_number = 2 and retained_users is not null",
        ),
        lost(
            "marts.fct_retention_cohorts",
            f"{ALL} and cohort_basis = 'signup' and period_grain = 'month' "
            "and retention_type = 'bounded' and period_number = 0",
        ),
    ),
    "cohorts_of_first_activity_are_the_new_users": (
        changed("marts.fct_active_users_by_period", "new_users = new_users + 1", ALL),
    ),
    "subscriptions_never_in_force_bring_nothing": (
        changed(
            "audit.subscriptions_never_in_force",
            "subscription_id = (select max(subscription_id) "
            "from intermediate.int_revenue__subscription_mrr where mrr_minor_units > 0)",
        ),
    ),
    "conversion_rates_are_of_the_users_whose_window_is_closed": (
        changed("marts.fct_funnel_steps", "step_conversion_rate = 0.123", "step_number = 2"),
        changed("marts.fct_funnel_steps_weekly", "overall_conversion_rate = 0.123"),
    ),
    "customer_360_agrees_with_its_marts": (
        changed("marts.fct_customer_360", "leaking_amount = leaking_amount + 0.01"),
        changed("marts.fct_customer_360", "recommendations = recommendations + 1"),
    ),
    "daily_and_period_counts_agree": (
        lost("marts.fct_active_users_by_period", "period_grain = 'day' and active_users > 0"),
    ),
    "dau_is_at_most_wau_is_at_most_mau": (
        changed("marts.fct_active_users_daily", "wau = mau + 1"),
    ),
    "edges_of_a_step_are_the_sessions_that_reached_it": (
        changed("marts.fct_journey_edges", "sessions = sessions + 1"),
        lost("marts.fct_sessions", "session_date < '2024-05-01'"),
    ),
    "every_date_has_a_row": (
        lost("marts.fct_active_users_daily", "date = '2024-02-29'"),
        lost("marts.fct_active_users_daily", "not is_complete"),
        lost("marts.fct_feature_usage_daily", "date = as_of_date"),
    ),
    "every_event_of_a_user_is_in_exactly_one_session": (
        changed("intermediate.int_activity__sessions", "event_count = event_count + 1"),
        lost("intermediate.int_activity__sessions"),
    ),
    "every_month_of_a_currency_has_its_own_rate": (
        "delete from reference.exchange_rates where month = '2024-03-01'",
    ),
    "everybody_is_active_in_the_period_of_his_first_activity": (
        changed(
            "marts.fct_retention_cohorts",
            "retained_users = retained_users - 1",
            "cohort_basis = 'first_activity' and period_number = 0 and retained_users > 0 "
            "and retention_type = 'rolling_24h'",
        ),
    ),
    "exclusions_lie_between_steps_of_their_funnel": (
        changed("reference.funnel_exclusions", "before_step = 4"),
    ),
    "experiment_results_hold_their_effects": (
        changed("marts.fct_experiment_results", "ci_low = effect + 1", "effect is not null"),
        changed("marts.fct_experiment_results", "p_value_adjusted = -1", "p_value is not null"),
    ),
    "experiments_count_the_users_exposed": (
        changed("marts.fct_experiment_results", "open_users = open_users + 1"),
        lost("marts.fct_experiment_segments", "users + open_users > 0"),
        lost("marts.fct_experiment_exposures", "not is_excluded and variant = 'control'"),
    ),
    "experiments_plan_their_control_and_a_treatment": (
        lost("reference.experiment_variants", "variant = 'control'"),
        lost("reference.experiment_variants", "variant = 'green'"),
    ),
    "feature_events_are_the_same_in_every_mart": (
        changed("marts.fct_feature_usage_daily", "events = events + 1"),
        changed("marts.fct_feature_heatmap", "events = events + 1"),
        lost("marts.fct_feature_adoption", "period_grain = 'week' and events > 0"),
    ),
    "flows_close_the_bridge_of_account_plan_and_currency": (
        changed("intermediate.int_revenue__subscription_movements", "fx_cents = fx_cents + 1"),
        lost("intermediate.int_revenue__subscription_movements", "leaving_cents > 0"),
    ),
    "funnel_segments_are_the_units_behind_them": (
        changed("marts.fct_funnel_steps", "users = users + 1", NOT_ALL),
        lost("marts.fct_funnel_users", "user_id is not null"),
        lost("marts.fct_funnel_users", "user_id is null"),
    ),
    "funnel_weeks_and_segments_add_up": (
        changed("marts.fct_funnel_steps", "users = users + 1"),
        changed("marts.fct_funnel_steps_weekly", "closed_users = closed_users + 1"),
        lost("marts.fct_funnel_users"),
    ),
    "landed_rows_are_accepted_duplicate_or_rejected": (
        changed("audit.rows_by_load", "landed_rows = landed_rows + 1"),
    ),
    "lifecycle_segments_add_up_to_the_total": (
        changed("marts.fct_active_users_by_period", "dormant_users = dormant_users + 1", NOT_ALL),
    ),
    "lifecycle_adds_up_to_active_users": (
        changed("marts.fct_active_users_by_period", "resurrected_users = resurrected_users + 1"),
        changed("marts.fct_active_users_by_period", "dormant_users = dormant_users + 1"),
    ),
    "load_quality_and_freshness_count_the_same_rows": (
        changed("marts.fct_load_quality", "rejected_rows = rejected_rows + 1"),
        lost("marts.fct_load_quality"),
        changed("marts.fct_freshness", "accepted_rows = accepted_rows + 1"),
    ),
    "movements_are_of_their_subscriptions": (
        changed("marts.fct_mrr_movement_subscriptions", "amount_cents = amount_cents + 1"),
        changed("marts.fct_mrr_movement_subscriptions", "fx_cents = fx_cents - 1"),
        lost("marts.fct_mrr_movement_subscriptions", "movement_type = 'churn'"),
    ),
    "movements_of_accounts_and_plans_close_the_bridge": (
        changed("intermediate.int_revenue__plan_movements", "fx_cents = fx_cents + 1"),
        lost("intermediate.int_revenue__account_movements", "opening_cents = 0"),
    ),
    "movements_sum_to_mrr_recomputed_from_intervals": (
        changed("marts.fct_mrr_movements", "amount_cents = amount_cents + 1"),
        changed(
            "intermediate.int_revenue__subscription_mrr",
            "mrr_minor_units = mrr_minor_units + 1000",
            "valid_to is null and mrr_minor_units > 0",
        ),
    ),
    "mrr_of_a_date_is_all_movements_up_to_it": (
        changed("marts.fct_mrr_daily", "mrr_cents = mrr_cents + 1"),
        changed("marts.fct_mrr_daily", "arr_amount = arr_amount + 0.01"),
        changed("marts.fct_arr_by_period", "customers = customers + 1", MONTH_OF_ALL),
        changed(
            "marts.fct_arr_by_period",
            "closing_arr_amount = closing_arr_amount + 0.01",
            MONTH_OF_ALL,
        ),
    ),
    "new_users_are_those_who_were_first_active_then": (
        changed(
            "marts.fct_active_users_by_period",
            "new_users = new_users + 1",
            f"{ALL} and period_grain = 'day'",
        ),
        lost("marts.dim_users", "is_counted and first_active_date is not null"),
        changed("marts.fct_survival", "at_risk_users = at_risk_users + 1", ALL),
    ),
    "no_load_has_far_more_rows_quarantined_than_those_before": (
        changed("audit.quarantined_by_load", "is_conspicuous = true", "not is_conspicuous"),
    ),
    "no_step_of_a_funnel_has_more_users_than_the_one_before": (
        changed("marts.fct_funnel_steps_weekly", "users = users + 1000", "step_number = 2"),
    ),
    "no_user_stands_for_the_account_of_others": (
        changed(
            "marts.dim_users",
            "user_id = 'w1_a0', account_id = 'w1_a0'",
        ),
    ),
    "nps_and_support_segments_add_up": (
        changed("marts.fct_nps", "promoters = promoters + 1", NOT_ALL),
        changed("marts.fct_support_load", "open_tickets = open_tickets + 1", NOT_ALL),
    ),
    "nps_counts_every_answer_once": (
        changed("marts.fct_nps", "passives = passives + 1"),
        changed("marts.fct_nps", "nps_low = nps + 1", "nps is not null"),
    ),
    "one_churn_band_begins_at_zero": (
        changed("reference.churn_bands", "from_score = 1", "from_score = 0"),
    ),
    "open_outcomes_are_the_recommendations": (
        lost("marts.fct_recommendation_outcomes", "outcome = 'open'"),
        lost("marts.fct_recommendations", "signal <> 'findings'"),
    ),
    "rates_are_the_quotients_of_their_columns": (
        changed("marts.fct_active_users_daily", "dau_mau_rate = 0", "mau = 0"),
        changed("marts.fct_nps", "nps = nps + 0.01", "nps is not null"),
    ),
    "recommendations_are_made_of_their_findings": (
        lost("marts.fct_revenue_leakage", "account_id is not null and is_lost"),
        changed("marts.fct_revenue_leakage", "is_lost = false", "account_id is not null"),
        lost("marts.fct_recommendations", "signal = 'findings'"),
        changed("marts.fct_recommendations", "leaking_amount = 0.01", "signal = 'findings'"),
        changed("marts.fct_recommendations", "findings = findings + 1"),
        changed("marts.fct_recommendations", "evidence = 'x'", "signal <> 'findings'"),
    ),
    "retained_users_are_eligible_and_eligible_users_of_the_cohort": (
        changed("marts.fct_retention_cohorts", "retained_users = cohort_users + 1"),
        changed("marts.fct_retention_cohorts", "is_complete = not is_complete"),
    ),
    "retention_is_made_of_its_parts": (
        changed("marts.fct_arr_by_period", "churn_12m_arr_amount = churn_12m_arr_amount + 0.01"),
        changed("marts.fct_arr_by_period", "fx_12m_arr_amount = fx_12m_arr_amount + 0.01"),
        changed(
            "marts.fct_arr_by_period",
            "gross_retained_arr_amount = opening_arr_amount + 0.01",
        ),
        changed("marts.fct_arr_by_period", "start_12m_customers = 1", "start_12m_customers = 0"),
        changed("marts.fct_arr_by_period", "opening_customers = 1", "opening_customers = 0"),
        changed("marts.fct_arr_by_period", "nrr_rate = nrr_rate + 0.001", "nrr_rate > 0"),
        changed("marts.fct_arr_by_period", "grr_12m_rate = 0", "grr_12m_rate is null"),
    ),
    "retention_segments_add_up_to_the_total": (
        changed(
            "marts.fct_retention_cohorts",
            "cohort_users = cohort_users + 1",
            f"{NOT_ALL} and period_grain = 'month'",
        ),
    ),
    "revenue_cohorts_add_up_to_the_months": (
        changed("marts.fct_revenue_cohorts", "mrr_amount = mrr_amount + 0.01"),
        changed(
            "marts.fct_revenue_cohorts",
            "cumulative_revenue_amount = cumulative_revenue_amount + 0.01",
        ),
    ),
    "rfm_segments_hold_every_score": ("delete from reference.rfm_segments where max_r = 5",),
    "risk_scores_are_the_sum_of_their_traces": (
        changed("marts.fct_churn_risk", "risk_score = risk_score + 1"),
        changed("marts.fct_churn_risk_trace", "applied_weight = applied_weight + 1"),
        lost("marts.fct_churn_risk_trace"),
    ),
    "rules_weigh_and_recommend_by_their_records": (
        changed("marts.fct_churn_risk_trace", "applied_weight = 1 - sign(applied_weight)"),
        changed("marts.fct_churn_risk_trace", "record_status = 'x'"),
        changed("marts.fct_recommendations", "confidence = 1", "record_status = 'owed'"),
        changed("marts.fct_recommendations", "record_status = 'x'", "signal <> 'findings'"),
        changed(
            "marts.fct_churn_rule_performance",
            "record_status = 'no_better'",
            "subject = 'recommendation' and subject_id in "
            "(select rule_id from marts.fct_recommendations)",
        ),
    ),
    "scenarios_add_up_over_their_assumptions": (
        changed("marts.fct_scenarios", "annual_impact_amount = annual_impact_amount + 0.01"),
        changed("marts.fct_scenario_totals", "assumptions = assumptions + 1"),
        lost("marts.fct_scenario_totals"),
    ),
    "session_segments_add_up_to_the_total": (
        changed("marts.fct_sessions_daily", "sessions = sessions + 1"),
        changed("marts.fct_sessions", "duration_seconds = duration_seconds + 1"),
    ),
    "sessions_of_a_user_do_not_overlap": (
        changed(
            "intermediate.int_activity__sessions",
            "ended_at = '2100-01-01'",
            "(user_id, started_at) in (select user_id, min(started_at) "
            "from intermediate.int_activity__sessions group by user_id having count(*) > 1)",
        ),
    ),
    "steps_in_any_order_ask_for_the_same_or_for_other_things": (
        changed(
            "reference.funnel_steps",
            "property_name = 'kind'",
            "funnel_id = 'team_setup' and step_number = 4",
        ),
    ),
    "steps_of_a_funnel_count_from_1_without_a_gap": (
        lost("reference.funnel_steps", "step_number = 2"),
    ),
    "steps_of_a_funnel_follow_within_its_window": (
        changed(
            "marts.fct_funnel_users",
            "step_2_at = entered_at - interval 1 second",
            "deepest_step = 2",
        ),
        changed("marts.fct_funnel_users", "step_1_at = step_1_at - interval 1 second"),
    ),
    "stickiness_is_the_mean_of_dau_over_mau": (
        changed("marts.fct_active_users_daily", "stickiness_rate = 0.123"),
        changed("marts.fct_active_accounts_daily", "dau = dau + 1", "mau > 0"),
    ),
    "survivors_are_those_who_have_not_ended": (
        changed("marts.fct_survival", "churned_users = churned_users + 1"),
        changed("marts.fct_survival", "survival_rate = 1.1"),
    ),
    "the_first_step_of_a_funnel_is_the_trend_of_its_event": (
        changed(
            "marts.fct_funnel_steps",
            "users = users + 1",
            f"{ALL} and step_number = 1 and funnel_id = 'onboarding'",
        ),
        changed(
            "intermediate.int_activity__classified_events",
            "event_name = 'report_created', user_id = 'w1_u0'",
            "event_name = 'app_opened'",
        ),
    ),
    "units_of_a_funnel_are_closed_open_or_settled": (
        changed("marts.fct_funnel_steps", "settled_users = settled_users + 1"),
        changed("marts.fct_funnel_steps_weekly", "reentered_users = reentered_users + 1"),
    ),
    "unbounded_retention_never_rises": (
        changed(
            "marts.fct_retention_cohorts",
            "retained_users = 1000",
            "retention_type = 'unbounded' and period_number = 1 and retained_users is not null",
        ),
    ),
    "user_days_hold_every_activity_event_of_counted_users": (
        lost("marts.fct_user_days"),
        changed("marts.fct_user_days", "events = events + 1"),
    ),
    "user_facts_are_of_the_days_behind_them": (
        changed("marts.fct_user_rfm", "recency_days = recency_days + 1"),
        lost("marts.fct_user_rfm"),
        changed("marts.dim_accounts", "user_count = user_count + 1"),
    ),
    "users_of_features_are_the_users_behind_them": (
        changed("marts.fct_feature_usage_daily", "users = users + 1"),
        changed("marts.fct_feature_adoption", "adopting_users = 77", "period_grain = 'month'"),
    ),
    "users_of_sessions_are_active_or_passive": (
        changed("marts.fct_sessions_daily", "passive_users = passive_users + 1"),
        changed("marts.fct_sessions_daily", "carried_users = carried_users + 1"),
        changed("marts.fct_active_users_daily", "dau = dau + 1", f"{ALL} and dau > 0"),
        lost("marts.fct_sessions_daily", "active_users > 0"),
    ),
    "what_is_owed_is_paid_waiting_or_leaking": (
        changed(
            "marts.fct_revenue_leakage",
            "amount_cents = amount_cents + 1",
            "rule_id = 'invoice_overdue'",
        ),
        lost("marts.fct_revenue_leakage", "rule_id = 'paid_less'"),
    ),
}
