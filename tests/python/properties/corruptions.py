"""What each dbt test must notice: changes of single rows in a correct warehouse."""


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

# A test, and what it must notice; one change at a time.
CORRUPTIONS: dict[str, tuple[str, ...]] = {
    "accepted_rows__reach_the_models": (
        changed("audit.rows_by_load", "accepted_rows = accepted_rows + 1", "table_name = 'events'"),
        lost("marts.dim_users", "is_registered"),
    ),
    "active_accounts__are_at_most_active_users": (
        changed("marts.fct_active_accounts_daily", "mau = mau + 1000", ALL),
        lost("marts.fct_active_accounts_daily", ALL),
    ),
    "active_accounts__are_those_of_active_users": (
        changed("marts.fct_active_accounts_daily", "dau = dau + 1", ALL),
    ),
    "active_days__add_up_to_active_users": (
        changed("marts.fct_active_days_distribution", "users = users + 1", "active_days = 0"),
        changed("marts.fct_active_days_distribution", "users = users + 1", "active_days = 3"),
    ),
    "active_users__segments_add_up_to_the_total": (
        changed("marts.fct_active_users_daily", "dau = dau + 1", NOT_ALL),
        changed("marts.fct_active_accounts_daily", "mau = mau + 1", NOT_ALL),
    ),
    "active_users__are_the_users_behind_them": (
        changed("marts.fct_active_users_daily", "dau = dau + 1", ALL),
        changed("marts.fct_active_users_daily", "wau = wau + 1", f"{ALL} and date = as_of_date"),
        changed("marts.fct_active_users_daily", "mau = mau - 1", f"{ALL} and date = '2024-02-29'"),
        lost("marts.fct_user_days"),
    ),
    "feature_adoption__adopters_are_eligible_and_active": (
        changed("marts.fct_feature_adoption", "eligible_users = total_users + 1"),
        changed("marts.fct_feature_adoption", "repeat_users = adopting_users + 1"),
    ),
    "arr__by_period_agrees_with_the_movements": (
        changed("marts.fct_mrr_movements", "amount_cents = amount_cents + 1"),
        lost("marts.fct_mrr_movements", "amount_cents <> 0"),
    ),
    "arr__columns_keep_their_sign": (
        changed("marts.fct_arr_by_period", "churn_arr_amount = -0.01"),
    ),
    "arr__movements_close_the_bridge": (
        changed("marts.fct_arr_by_period", "fx_arr_amount = fx_arr_amount + 0.01"),
        changed(
            "marts.fct_arr_by_period",
            "gross_arr_amount = gross_arr_amount + 1, "
            "cancelled_arr_amount = cancelled_arr_amount + 1",
        ),
    ),
    "arr__days_add_up_at_every_grain": (
        changed("marts.fct_arr_by_period", "new_arr_amount = 0.01", "period_grain = 'day'"),
    ),
    "arr__segments_add_up_to_the_total": (
        changed("marts.fct_arr_by_period", "closing_arr_amount = 0.01", "segment_name = 'plan'"),
        changed("marts.fct_arr_by_period", "customers = 77", "segment_name = 'country'"),
    ),
    "invoices__add_up_to_what_was_billed_and_paid": (
        changed("intermediate.int_revenue__invoices", "paid_minor_units = paid_minor_units + 1"),
        lost("intermediate.int_revenue__invoices", "billed_minor_units > 0"),
    ),
    "leakage__low_invoices_leak_up_to_their_price": (
        changed(
            "marts.fct_revenue_leakage",
            "amount_cents = amount_cents + 1",
            "rule_id = 'discount_after_end'",
        ),
    ),
    "churn_bands__share_out_all_scored_accounts": (
        lost("marts.fct_churn_rule_performance", "subject_kind = 'band' and warned_accounts > 0"),
    ),
    "cohorts__cells_are_counted_again_from_their_users": (
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
    "cohorts__are_the_users_behind_them": (
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
    "cohorts__of_first_activity_are_the_new_users": (
        changed("marts.fct_active_users_by_period", "new_users = new_users + 1", ALL),
    ),
    "mrr__subscriptions_never_in_force_bring_none": (
        changed(
            "audit.subscriptions_never_in_force",
            "subscription_id = (select max(subscription_id) "
            "from intermediate.int_revenue__subscription_mrr where mrr_minor_units > 0)",
        ),
    ),
    "funnels__rates_are_of_users_whose_window_is_closed": (
        changed("marts.fct_funnel_steps", "step_conversion_rate = 0.123", "step_number = 2"),
        changed("marts.fct_funnel_steps_weekly", "overall_conversion_rate = 0.123"),
    ),
    "customer_360__agrees_with_its_marts": (
        changed("marts.fct_customer_360", "leaking_amount = leaking_amount + 0.01"),
        changed("marts.fct_customer_360", "recommendations = recommendations + 1"),
    ),
    "active_users__daily_and_period_counts_agree": (
        lost("marts.fct_active_users_by_period", "period_grain = 'day' and active_users > 0"),
    ),
    "dau__is_at_most_wau_is_at_most_mau": (
        changed("marts.fct_active_users_daily", "wau = mau + 1"),
    ),
    "journeys__edges_of_a_step_are_its_sessions": (
        changed("marts.fct_journey_edges", "sessions = sessions + 1"),
        lost("marts.fct_sessions", "session_date < '2024-05-01'"),
    ),
    "dates__each_has_a_row": (
        lost("marts.fct_active_users_daily", "date = '2024-02-29'"),
        lost("marts.fct_active_users_daily", "not is_complete"),
        lost("marts.fct_feature_usage_daily", "date = as_of_date"),
    ),
    "sessions__hold_every_event_exactly_once": (
        changed("intermediate.int_activity__sessions", "event_count = event_count + 1"),
        lost("intermediate.int_activity__sessions"),
    ),
    "exchange_rates__every_month_has_its_own": (
        "delete from reference.exchange_rates where month = '2024-03-01'",
    ),
    "retention__is_full_in_the_period_of_first_activity": (
        changed(
            "marts.fct_retention_cohorts",
            "retained_users = retained_users - 1",
            "cohort_basis = 'first_activity' and period_number = 0 and retained_users > 0 "
            "and retention_type = 'rolling_24h'",
        ),
    ),
    "funnels__exclusions_lie_between_steps": (
        changed("reference.funnel_exclusions", "before_step = 4"),
    ),
    "experiments__intervals_hold_their_effects": (
        changed("marts.fct_experiment_results", "ci_low = effect + 1", "effect is not null"),
        changed("marts.fct_experiment_results", "p_value_adjusted = -1", "p_value is not null"),
    ),
    "experiments__count_the_users_exposed": (
        changed("marts.fct_experiment_results", "open_users = open_users + 1"),
        lost("marts.fct_experiment_segments", "users + open_users > 0"),
        lost("marts.fct_experiment_exposures", "not is_excluded and variant = 'control'"),
    ),
    "experiments__plan_a_control_and_a_treatment": (
        lost("reference.experiment_variants", "variant = 'control'"),
        lost("reference.experiment_variants", "variant = 'green'"),
    ),
    "feature_events__are_the_same_in_every_mart": (
        changed("marts.fct_feature_usage_daily", "events = events + 1"),
        changed("marts.fct_feature_heatmap", "events = events + 1"),
        lost("marts.fct_feature_adoption", "period_grain = 'week' and events > 0"),
    ),
    "mrr_movements__close_by_account_plan_and_currency": (
        changed("intermediate.int_revenue__subscription_movements", "fx_cents = fx_cents + 1"),
        lost("intermediate.int_revenue__subscription_movements", "leaving_cents > 0"),
    ),
    "funnels__segments_are_the_units_behind_them": (
        changed("marts.fct_funnel_steps", "users = users + 1", NOT_ALL),
        lost("marts.fct_funnel_users", "user_id is not null"),
        lost("marts.fct_funnel_users", "user_id is null"),
    ),
    "funnels__weeks_and_segments_add_up": (
        changed("marts.fct_funnel_steps", "users = users + 1"),
        changed("marts.fct_funnel_steps_weekly", "closed_users = closed_users + 1"),
        lost("marts.fct_funnel_users"),
    ),
    "landed_rows__are_accepted_duplicate_or_rejected": (
        changed("audit.rows_by_load", "landed_rows = landed_rows + 1"),
    ),
    "lifecycle__segments_add_up_to_the_total": (
        changed("marts.fct_active_users_by_period", "dormant_users = dormant_users + 1", NOT_ALL),
    ),
    "lifecycle__adds_up_to_active_users": (
        changed("marts.fct_active_users_by_period", "resurrected_users = resurrected_users + 1"),
        changed("marts.fct_active_users_by_period", "dormant_users = dormant_users + 1"),
    ),
    "load_quality__counts_the_same_rows_as_freshness": (
        changed("marts.fct_load_quality", "rejected_rows = rejected_rows + 1"),
        lost("marts.fct_load_quality"),
        changed("marts.fct_freshness", "accepted_rows = accepted_rows + 1"),
    ),
    "mrr_movements__are_those_of_their_subscriptions": (
        changed("marts.fct_mrr_movement_subscriptions", "amount_cents = amount_cents + 1"),
        changed("marts.fct_mrr_movement_subscriptions", "fx_cents = fx_cents - 1"),
        lost("marts.fct_mrr_movement_subscriptions", "movement_type = 'churn'"),
    ),
    "mrr_movements__close_the_bridge_of_accounts_and_plans": (
        changed("intermediate.int_revenue__plan_movements", "fx_cents = fx_cents + 1"),
        lost("intermediate.int_revenue__account_movements", "opening_cents = 0"),
    ),
    "mrr_movements__sum_to_mrr_recomputed_from_intervals": (
        changed("marts.fct_mrr_movements", "amount_cents = amount_cents + 1"),
        changed(
            "intermediate.int_revenue__subscription_mrr",
            "mrr_minor_units = mrr_minor_units + 1000",
            "valid_to is null and mrr_minor_units > 0",
        ),
    ),
    "mrr__of_a_date_is_all_movements_up_to_it": (
        changed("marts.fct_mrr_daily", "mrr_cents = mrr_cents + 1"),
        changed("marts.fct_mrr_daily", "arr_amount = arr_amount + 0.01"),
        changed("marts.fct_arr_by_period", "customers = customers + 1", MONTH_OF_ALL),
        changed(
            "marts.fct_arr_by_period",
            "closing_arr_amount = closing_arr_amount + 0.01",
            MONTH_OF_ALL,
        ),
    ),
    "new_users__were_first_active_then": (
        changed(
            "marts.fct_active_users_by_period",
            "new_users = new_users + 1",
            f"{ALL} and period_grain = 'day'",
        ),
        lost("marts.dim_users", "is_counted and first_active_date is not null"),
        changed("marts.fct_survival", "at_risk_users = at_risk_users + 1", ALL),
    ),
    "load_quality__no_load_has_far_more_rows_quarantined": (
        changed("audit.quarantined_by_load", "is_conspicuous = true", "not is_conspicuous"),
    ),
    "funnels__no_step_has_more_users_than_the_one_before": (
        changed("marts.fct_funnel_steps_weekly", "users = users + 1000", "step_number = 2"),
    ),
    "accounts__no_user_stands_for_the_account_of_others": (
        changed(
            "marts.dim_users",
            "user_id = 'w1_a0', account_id = 'w1_a0'",
        ),
    ),
    "nps__segments_of_answers_and_tickets_add_up": (
        changed("marts.fct_nps", "promoters = promoters + 1", NOT_ALL),
        changed("marts.fct_support_load", "open_tickets = open_tickets + 1", NOT_ALL),
    ),
    "nps__counts_every_answer_once": (
        changed("marts.fct_nps", "passives = passives + 1"),
        changed("marts.fct_nps", "nps_low = nps + 1", "nps is not null"),
    ),
    "churn_bands__one_begins_at_zero": (
        changed("reference.churn_bands", "from_score = 1", "from_score = 0"),
    ),
    "recommendations__are_the_open_outcomes": (
        lost("marts.fct_recommendation_outcomes", "outcome = 'open'"),
        lost("marts.fct_recommendations", "signal <> 'findings'"),
    ),
    "rates__are_the_quotients_of_their_columns": (
        changed("marts.fct_active_users_daily", "dau_mau_rate = 0", "mau = 0"),
        changed("marts.fct_nps", "nps = nps + 0.01", "nps is not null"),
    ),
    "recommendations__are_made_of_their_findings": (
        lost("marts.fct_revenue_leakage", "account_id is not null and is_lost"),
        changed("marts.fct_revenue_leakage", "is_lost = false", "account_id is not null"),
        lost("marts.fct_recommendations", "signal = 'findings'"),
        changed("marts.fct_recommendations", "leaking_amount = 0.01", "signal = 'findings'"),
        changed("marts.fct_recommendations", "finding_count = finding_count + 1"),
        changed("marts.fct_recommendations", "evidence = 'x'", "signal <> 'findings'"),
    ),
    "retention__retained_users_are_eligible_and_of_the_cohort": (
        changed("marts.fct_retention_cohorts", "retained_users = cohort_users + 1"),
        changed("marts.fct_retention_cohorts", "is_complete = not is_complete"),
    ),
    "nrr__is_made_of_its_parts": (
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
    "retention__segments_add_up_to_the_total": (
        changed(
            "marts.fct_retention_cohorts",
            "cohort_users = cohort_users + 1",
            f"{NOT_ALL} and period_grain = 'month'",
        ),
    ),
    "revenue_cohorts__add_up_to_the_months": (
        changed("marts.fct_revenue_cohorts", "mrr_amount = mrr_amount + 0.01"),
        changed(
            "marts.fct_revenue_cohorts",
            "cumulative_revenue_amount = cumulative_revenue_amount + 0.01",
        ),
    ),
    "rfm__segments_hold_every_score": ("delete from reference.rfm_segments where max_r = 5",),
    "churn_risk__scores_are_the_sum_of_their_traces": (
        changed("marts.fct_churn_risk", "risk_score = risk_score + 1"),
        changed("marts.fct_churn_risk_trace", "applied_weight = applied_weight + 1"),
        lost("marts.fct_churn_risk_trace"),
    ),
    "churn_rules__weigh_and_recommend_by_their_records": (
        changed("marts.fct_churn_risk_trace", "applied_weight = 1 - sign(applied_weight)"),
        changed("marts.fct_churn_risk_trace", "record_status = 'x'"),
        changed("marts.fct_recommendations", "confidence = 1", "record_status = 'owed'"),
        changed("marts.fct_recommendations", "record_status = 'x'", "signal <> 'findings'"),
        changed(
            "marts.fct_churn_rule_performance",
            "record_status = 'no_better'",
            "subject_kind = 'recommendation' and subject_id in "
            "(select rule_id from marts.fct_recommendations)",
        ),
    ),
    "scenarios__add_up_over_their_assumptions": (
        changed("marts.fct_scenarios", "annual_impact_amount = annual_impact_amount + 0.01"),
        changed("marts.fct_scenario_totals", "assumption_count = assumption_count + 1"),
        lost("marts.fct_scenario_totals"),
    ),
    "sessions__segments_add_up_to_the_total": (
        changed("marts.fct_sessions_daily", "sessions = sessions + 1"),
        changed("marts.fct_sessions", "duration_seconds = duration_seconds + 1"),
    ),
    "sessions__of_a_user_do_not_overlap": (
        changed(
            "intermediate.int_activity__sessions",
            "ended_at = '2100-01-01'",
            "(user_id, started_at) in (select user_id, min(started_at) "
            "from intermediate.int_activity__sessions group by user_id having count(*) > 1)",
        ),
    ),
    "funnels__any_order_steps_are_equal_or_disjoint": (
        changed(
            "reference.funnel_steps",
            "property_name = 'kind'",
            "funnel_id = 'team_setup' and step_number = 4",
        ),
    ),
    "funnels__steps_count_from_1_without_a_gap": (
        lost("reference.funnel_steps", "step_number = 2"),
    ),
    "funnels__steps_follow_within_the_window": (
        changed(
            "marts.fct_funnel_users",
            "step_2_at = entered_at - interval 1 second",
            "deepest_step = 2",
        ),
        changed("marts.fct_funnel_users", "step_1_at = step_1_at - interval 1 second"),
    ),
    "stickiness__is_the_mean_of_dau_over_mau": (
        changed("marts.fct_active_users_daily", "stickiness_rate = 0.123"),
        changed("marts.fct_active_accounts_daily", "dau = dau + 1", "mau > 0"),
    ),
    "survival__is_of_users_who_have_not_ended": (
        changed("marts.fct_survival", "churned_users = churned_users + 1"),
        changed("marts.fct_survival", "survival_rate = 1.1"),
    ),
    "funnels__the_first_step_is_the_trend_of_its_event": (
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
    "funnels__units_are_closed_open_or_settled": (
        changed("marts.fct_funnel_steps", "settled_users = settled_users + 1"),
        changed("marts.fct_funnel_steps_weekly", "reentered_users = reentered_users + 1"),
    ),
    "retention__unbounded_never_rises": (
        changed(
            "marts.fct_retention_cohorts",
            "retained_users = 1000",
            "retention_type = 'unbounded' and period_number = 1 and retained_users is not null",
        ),
    ),
    "user_days__hold_every_activity_event": (
        lost("marts.fct_user_days"),
        changed("marts.fct_user_days", "events = events + 1"),
    ),
    "users__facts_are_of_the_days_behind_them": (
        changed("marts.fct_user_rfm", "recency_days = recency_days + 1"),
        lost("marts.fct_user_rfm"),
        changed("marts.dim_accounts", "user_count = user_count + 1"),
    ),
    "feature_adoption__users_are_the_users_behind_it": (
        changed("marts.fct_feature_usage_daily", "users = users + 1"),
        changed("marts.fct_feature_adoption", "adopting_users = 77", "period_grain = 'month'"),
    ),
    "sessions__users_are_active_or_passive": (
        changed("marts.fct_sessions_daily", "passive_users = passive_users + 1"),
        changed("marts.fct_sessions_daily", "carried_users = carried_users + 1"),
        changed("marts.fct_active_users_daily", "dau = dau + 1", f"{ALL} and dau > 0"),
        lost("marts.fct_sessions_daily", "active_users > 0"),
    ),
    "invoices__what_is_owed_is_paid_waiting_or_leaking": (
        changed(
            "marts.fct_revenue_leakage",
            "amount_cents = amount_cents + 1",
            "rule_id = 'invoice_overdue'",
        ),
        lost("marts.fct_revenue_leakage", "rule_id = 'paid_less'"),
    ),
}
