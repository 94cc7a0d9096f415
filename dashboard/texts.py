"""Every text that the pages say, in one place."""

PRODUCT = "ProductPulse"
OVERVIEW, ACTIVE_USERS, RETENTION, FUNNELS = "Overview", "Active users", "Retention", "Funnels"
REVENUE, CUSTOMERS, METRICS = "Revenue", "Customers", "Metrics"
SECTION_COMPANY, SECTION_PEOPLE, SECTION_MONEY, SECTION_TRUST = "Company", "Users", "Money", "Trust"

# Which build is shown
AS_OF = "As of **{date}**"
BUILT = "built {moment} UTC"
PASSED = ":green-badge[:material/check: all tests passed]"
FAILED = ":red-badge[:material/error: the last build failed: run `productpulse build`]"
INTERRUPTED = (
    ":orange-badge[:material/warning: the last build was interrupted: run `productpulse build`]"
)
RUNNING = ":orange-badge[:material/hourglass: a build is running]"
NEWER_LOADS = ":orange-badge[:material/warning: loads are not built yet: run `productpulse build`]"
STALE = ":orange-badge[:material/warning: {stale} of {marts} tables are older than the last build]"
NO_RECORD = "loaded {moment} UTC · the record of builds is not visible to this user"
NO_RECORD_AT_ALL = "the record of builds is not visible to this user"

# When something is missing
NO_DATA = "There are no data yet: run `productpulse run`, with your files or without them."
NO_ROWS = (
    "Nothing here for these filters: choose a longer period, or load more with `productpulse run`."
)
UNEXPECTED = "This page could not be drawn. The terminal in which the dashboard runs says why."

# Filters
PERIOD, GRAIN, BY, OPEN = "Period", "Grain", "By", "Show open periods"
OPEN_HELP = "A period that is not over is dashed and never compared."
OWN_PERIOD = "From and to"
PERIODS = {
    "28d": "Last 28 complete days",
    "90d": "Last 90 complete days",
    "12m": "Last 12 months",
    "24m": "Last 24 months",
    "all": "Everything",
    "own": "Own dates",
}
GRAINS = {
    "day": "Day",
    "week": "Week",
    "month": "Month",
    "quarter": "Quarter",
    "fiscal_year": "Fiscal year",
}
SEARCH = "Search"
SEARCH_CUSTOMERS = "Name or id of an account"
SEARCH_METRICS = "Name, label or description"

# Cards
CHART, TABLE = ":material/insert_chart:", ":material/table_rows:"
AS = "{title}: chart or table"
CSV = "Download as CSV"
BEFORE, YEAR_AGO = "in a {period}", "{change} in a year"
NO_YEAR_AGO = "no year before it"
BEFORE_WORD = {
    "day": "day",
    "week": "week",
    "month": "month",
    "quarter": "quarter",
    "fiscal_year": "year",
}
TRUST = {
    "approved": ":green-badge[approved]",
    "proposed": ":gray-badge[proposed]",
    "drifted": ":orange-badge[drifted]",
    "deprecated": ":red-badge[deprecated]",
    "unchecked": ":orange-badge[unchecked]",
}
TRUST_MEANS = {
    "approved": "Approved by {approved_by}.",
    "proposed": "Proposed: no one has approved the definition yet.",
    "drifted": "Drifted: made differently from what was approved.",
    "deprecated": "Deprecated.",
    "unchecked": "Approved, but not compared with what was approved.",
}
LABELLED = ":gray[{label}]  \n{value}"

# Overview
TRENDS, ATTENTION = "Trends", "What needs attention"
TREND_USERS = "Active users per day"
TREND_ARR = "ARR at the close of the month"
TREND_RETENTION = "User retention by month"
TREND_NPS = "NPS by quarter"
DRIFTED = "**Drifted metrics**: {names}"
NO_DRIFTED = "No metric has drifted."
AT_RISK = "**ARR at risk**: {amount} in {accounts} accounts"
LEAKAGE = "**Leakage**: the largest finding is {amount}, at {account} ({rule})"
STALE_TABLES = "**Behind the as-of date**: {names}"
NOT_STALE = "All tables reach the as-of date."
DAYS_BEHIND = "{table} by {days} days"

# Active users
DAU_WAU_MAU = "Daily, weekly and monthly active users"
STICKINESS = "Stickiness"
STICKINESS_NOTE = "Mean DAU over the window, divided by MAU."
LIFECYCLE = "Lifecycle: new, retained, resurrected and dormant"
LIFECYCLE_NOTE = "Dormant users, below the line, were active in the period before only."
ACTIVE_DAYS = "Users by active days in the last window"
ACTIVE_DAYS_NOTE = "Users who were ever active; those with 0 days are in the table."
BY_SEGMENT = "{metric} by {segment}"
METRIC = "Metric"

# Retention
COHORTS = "Retention by cohort"
COHORTS_NOTE = (
    "Share of the eligible users of each cohort who are active in the period. Grey cells are open:"
    " the period is not over for any user. The table has the eligible users of each cell."
)
CURVES = "Retention curves with 95 % intervals"
SURVIVAL = "Survival: users who are still there, by day of life (Kaplan–Meier)"
COHORT = "Cohorts of the curves"
BASIS, KIND = "Cohort begins with", "Type of retention"
BASES = {
    "first_activity": "First activity",
    "signup": "Sign-up",
    "first_value_moment": "First value",
}
KINDS = {
    "bounded": "In the period",
    "unbounded": "In the period or later",
    "rolling_24h": "By 24 hours",
    "bracket": "In brackets",
}
COHORT_BY_SEGMENT = "The cohort of {cohort} by {segment}"
NOT_OVER = "open: not over for any user"

# Funnels
FUNNEL = "Funnel"
STEPS = "Steps"
STEPS_NOTE = "Rates are about those whose time to convert is over; the table has the open ones too."
FUNNEL_SEGMENTS = "Conversion to the last step by {segment}"
FUNNEL_WEEKS = "Conversion by week of entry"
FUNNEL_TIMES = "Time from the step before"
MEDIAN, P90 = "median", "90th percentile"

# Revenue
BRIDGE = "ARR bridge of {period}"
BRIDGE_NOTE = "Opening, plus and minus what moved, is closing. The axis does not begin at zero."
BRIDGE_PERIOD = "Period of the bridge"
GROSS_CANCELLED = "Gross and cancelled ARR"
MOVEMENTS = "ARR movements"
MOVEMENTS_BY = "Net new ARR by {segment}"
REVENUE_COHORTS = "Net revenue retention by cohort of accounts"
REVENUE_COHORTS_NOTE = "MRR of the cohort at the close of each month, against its first month."
LEAKS = "Leakage with its evidence"
LEAKS_NOTE = "Findings that cost money, the largest first."
LEAKS_BY_RULE = "Leakage by rule and date of detection"
AMOUNTS_IN = "Amounts in {currency}."
ONE_CURRENCY = "the reporting currency"

# Customers
QUEUE = "Risk queue"
QUEUE_NOTE = "Choose a row to see the account."
NO_ACCOUNT = "Choose an account in the queue."
UNKNOWN_ACCOUNT = "There is no account {account}: choose one in the queue."
TRACE = "Rules that fired"
NO_TRACE = "No rule fires for this account."
ACCOUNT_MOVEMENTS = "MRR movements of the account"
ACCOUNT_LEAKS = "Leakage of the account"
NO_LEAKS = "No finding costs money here."
NO_MOVEMENTS = "The account has never paid."
ABOUT, ACTIVITY, MONEY, SUPPORT = "About", "Activity", "Money", "Support and NPS"
CUSTOMER_PARTS = {
    ABOUT: ["industry", "company_size", "country", "current_plan_id", "created_date"],
    ACTIVITY: [
        "user_count",
        "active_users",
        "ever_active_users",
        "activity_events",
        "first_active_date",
        "last_active_date",
        "rfm_segment_name",
    ],
    MONEY: [
        "mrr_amount",
        "arr_amount",
        "paid_amount",
        "leaking_amount",
        "failed_payments",
        "first_paid_date",
        "last_churn_date",
    ],
    SUPPORT: [
        "tickets",
        "open_tickets",
        "last_ticket_date",
        "nps_responses",
        "nps_promoters",
        "nps_detractors",
        "recommendations",
    ],
}

# Metrics
CATALOGUE = "The catalogue"
CATALOGUE_NOTE = "{count} metrics."
FORMULA, RISK, OWNER, SOURCE = "Formula", "If it is wrong", "Owner", "Source"
PARAMETERS = "Parameters"
VALUES = "Values"
LINEAGE = "Lineage, nearest first"
NO_VALUES = "This metric has no date, so it has no values over time; its mart is {mart}."


def words(name: str) -> str:
    """A name of a column or value as a reader says it."""
    plain = name.removesuffix("_amount").removesuffix("_id").replace("_", " ")
    for short in ("arr", "mrr", "dau", "wau", "mau", "nps", "nrr", "grr", "fx", "rfm", "id"):
        plain = " ".join(short.upper() if word == short else word for word in plain.split())
    return plain[:1].upper() + plain[1:]
