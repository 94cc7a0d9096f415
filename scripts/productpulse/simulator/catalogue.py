"""What the simulated company sells and measures, and where its people are; all of it is fixed.

Plans, features and events are also the seeds of the same names.
"""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Country:
    code: str
    share: float
    zone: str
    currency: str
    locale: str  # of people's names


COUNTRIES = (
    Country("US", 0.36, "America/New_York", "USD", "en_US"),
    Country("GB", 0.12, "Europe/London", "GBP", "en_GB"),
    Country("DE", 0.11, "Europe/Berlin", "EUR", "de_DE"),
    Country("FR", 0.07, "Europe/Paris", "EUR", "fr_FR"),
    Country("NL", 0.04, "Europe/Amsterdam", "EUR", "nl_NL"),
    Country("ES", 0.04, "Europe/Madrid", "EUR", "es_ES"),
    Country("CA", 0.06, "America/Toronto", "USD", "en_CA"),
    Country("AU", 0.05, "Australia/Sydney", "USD", "en_AU"),
    Country("IN", 0.06, "Asia/Kolkata", "USD", "en_IN"),
    Country("BR", 0.04, "America/Sao_Paulo", "USD", "pt_BR"),
    Country("JP", 0.05, "Asia/Tokyo", "JPY", "en_US"),
)


@dataclass(frozen=True)
class Currency:
    """`price_factor`: minor units for one US cent of the list; prices are rounded to `step`."""

    code: str
    price_factor: float
    step: int


CURRENCIES = (
    Currency("USD", 1.0, 1),
    Currency("EUR", 0.92, 50),
    Currency("GBP", 0.80, 50),
    Currency("JPY", 1.50, 10),
)


@dataclass(frozen=True)
class Plan:
    """A plan; its tier is its place in PLANS. Prices are for one seat, in US cents."""

    plan_id: str
    name: str
    included_seats: int
    monthly_cents: int
    yearly_cents: int


PLANS = (
    Plan("free", "Free", 1, 0, 0),
    Plan("starter", "Starter", 1, 1_200, 12_000),
    Plan("team", "Team", 1, 2_500, 25_000),
    Plan("business", "Business", 1, 4_900, 49_000),
    Plan("enterprise", "Enterprise", 1, 9_900, 99_000),
)


@dataclass(frozen=True)
class Interval:
    """How often a subscription invoices: every `months` months, a week when 0.

    `price_of_months`: how many monthly prices one invoice costs; a year has its own list price.
    """

    name: str
    months: int
    share: float
    price_of_months: float


INTERVALS = (
    Interval("month", 1, 0.66, 1.0),
    Interval("year", 12, 0.26, 10.0),
    Interval("quarter", 3, 0.05, 2.85),
    Interval("week", 0, 0.03, 12 / 52),
)


@dataclass(frozen=True)
class Feature:
    """Plans from `lowest_tier` up are entitled to it. A share `adopters` of the entitled adopt it,
    on average `adoption_days` after the day on which they could."""

    feature_id: str
    name: str
    launched: date
    owner: str
    lowest_tier: int
    adopters: float
    adoption_days: float


FEATURES = (
    Feature("reports", "Reports", date(2019, 1, 7), "analytics", 0, 1.0, 1),
    Feature("dashboards", "Dashboards", date(2019, 6, 3), "analytics", 0, 0.70, 12),
    Feature("search", "Search", date(2019, 9, 2), "platform", 0, 0.85, 4),
    Feature("teams", "Teams", date(2020, 2, 3), "growth", 0, 0.45, 15),
    Feature("exports", "Exports", date(2020, 10, 5), "analytics", 1, 0.55, 20),
    Feature("comments", "Comments", date(2024, 9, 9), "collaboration", 1, 0.45, 30),
    Feature("integrations", "Integrations", date(2022, 4, 4), "platform", 2, 0.40, 25),
    Feature("alerts", "Alerts", date(2025, 2, 17), "analytics", 2, 0.50, 35),
    Feature("api", "Public API", date(2023, 5, 8), "platform", 3, 0.35, 30),
    Feature("assistant", "Assistant", date(2025, 10, 6), "assistant", 1, 0.60, 45),
    Feature("schedules", "Scheduled reports", date(2026, 4, 14), "analytics", 2, 0.40, 20),
)


@dataclass(frozen=True)
class EventKind:
    """An event of the tracking plan. `weight`: how often in a session; 0 for events made elsewhere.

    `properties`: the JSON texts it may carry.
    """

    name: str
    feature_id: str
    weight: float
    is_activity: bool
    is_value_moment: bool
    owner: str
    description: str
    properties: tuple[str, ...] = ()


EVENTS = (
    EventKind("app_opened", "", 0, True, False, "platform", "The app came to the foreground."),
    EventKind(
        "report_viewed", "reports", 30, True, False, "analytics", "A report was opened.",
        tuple(
            f'{{"report":"{report}","source":"{source}"}}'
            for report in ("churn", "funnel", "retention", "revenue")
            for source in ("home", "link", "search")
        ),
    ),
    EventKind(
        "report_created", "reports", 6, True, True, "analytics", "A new report was saved.",
        tuple(f'{{"template":"{template}"}}' for template in ("blank", "funnel", "revenue")),
    ),
    EventKind(
        "dashboard_viewed", "dashboards", 18, True, False, "analytics", "A dashboard was opened.",
        ('{"tiles":4}', '{"tiles":8}', '{"tiles":12}'),
    ),
    EventKind(
        "dashboard_shared", "dashboards", 4, True, True, "analytics",
        "A dashboard was shared with another user.", ('{"with":"link"}', '{"with":"team"}'),
    ),
    EventKind(
        "search_run", "search", 12, True, False, "platform", "A search was sent.",
        ('{"results":0}', '{"results":3}', '{"results":25}'),
    ),
    EventKind(
        "invite_sent", "teams", 1.5, True, True, "growth", "A colleague was invited.",
        ('{"role":"editor"}', '{"role":"viewer"}'),
    ),
    EventKind(
        "export_run", "exports", 5, True, False, "analytics", "Data was exported.",
        ('{"format":"csv"}', '{"format":"pdf"}', '{"format":"xlsx"}'),
    ),
    EventKind(
        "comment_added", "comments", 6, True, False, "collaboration", "A comment was written."
    ),
    EventKind(
        "integration_connected", "integrations", 0.8, True, True, "platform",
        "Another system was connected.",
        ('{"system":"hubspot"}', '{"system":"salesforce"}', '{"system":"slack"}'),
    ),
    EventKind(
        "alert_created", "alerts", 2, True, True, "analytics", "An alert was set up.",
        ('{"channel":"email"}', '{"channel":"slack"}'),
    ),
    EventKind(
        "api_called", "api", 9, True, False, "platform", "A request reached the public API.",
        ('{"status":200}', '{"status":200}', '{"status":200}', '{"status":429}'),
    ),
    EventKind(
        "assistant_asked", "assistant", 7, True, False, "assistant",
        "The assistant was asked a question.", ('{"helpful":false}', '{"helpful":true}'),
    ),
    EventKind(
        "report_scheduled", "schedules", 2, True, True, "analytics",
        "A report was scheduled to be sent regularly.", ('{"every":"day"}', '{"every":"week"}'),
    ),
    EventKind("settings_opened", "", 2, False, False, "platform", "The settings were opened."),
    EventKind(
        "subscription_viewed", "", 1, False, False, "billing",
        "The page with plan and invoices was opened.",
    ),
    EventKind(
        "onboarding_started", "", 0, True, False, "growth",
        "The first step of the onboarding: it began.",
    ),
    EventKind(
        "profile_saved", "", 0, True, False, "growth",
        "The second step of the onboarding: the profile was saved.",
    ),
    EventKind(
        "source_connected", "", 0, True, False, "growth",
        "The third step of the onboarding: the user's own data were connected.",
    ),
    EventKind(
        "first_insight", "", 0, True, True, "growth",
        "The last step of the onboarding: a first report from the user's own data.",
    ),
    EventKind("signed_up", "", 0, False, False, "growth", "A user signed up."),
    EventKind(
        "email_opened", "", 0, False, False, "growth",
        "An e-mail from us was opened; it does not show use of the product.",
        ('{"campaign":"digest"}', '{"campaign":"news"}'),
    ),
    EventKind("checklist_finished", "", 0, False, False, "growth", "Outcome of an experiment."),
    EventKind("tour_started", "", 0, False, False, "growth", "Outcome of an experiment."),
    EventKind("quote_requested", "", 0, False, False, "growth", "Outcome of an experiment."),
    EventKind("profile_finished", "", 0, False, False, "growth", "Outcome of an experiment."),
    EventKind("insight_opened", "", 0, False, False, "growth", "Outcome of an experiment."),
    EventKind(
        "credits_bought", "", 0, False, False, "billing",
        "Outcome of an experiment; the amount is in the properties.",
    ),
    EventKind(
        "page_viewed", "", 0, False, False, "growth", "A page of the public site was read.",
        ('{"page":"/"}', '{"page":"/blog"}', '{"page":"/pricing"}'),
    ),
    EventKind(
        "template_opened", "", 0, True, False, "growth",
        "A template of the public gallery was tried, with or without signing in.",
        ('{"template":"funnel"}', '{"template":"revenue"}'),
    ),
)  # fmt: skip
ONBOARDING = ("onboarding_started", "profile_saved", "source_connected", "first_insight")
EVENT_CODE = {kind.name: code for code, kind in enumerate(EVENTS)}

# Events that arrive although they are not planned: from old clients and debugging.
UNPLANNED_EVENTS = ("legacy_widget_clicked", "debug_ping", "Report Viewed")


@dataclass(frozen=True)
class Segment:
    """A hidden kind of user. `share` of the activated; the chance to come on a working day is about
    `strength`; `stays`: factor on how long they stay."""

    name: str
    share: float
    strength: float
    spread: float
    stays: float


SEGMENTS = (
    Segment("power", 0.12, 0.62, 0.16, 4.0),
    Segment("regular", 0.38, 0.28, 0.10, 1.3),
    Segment("casual", 0.50, 0.08, 0.04, 0.9),
    Segment("tourist", 0.0, 0.12, 0.08, 1.0),  # never activated
)
TOURIST = len(SEGMENTS) - 1

PLATFORMS = ("web", "ios", "android")
PLATFORM_SHARES = (0.76, 0.15, 0.09)
INDUSTRIES = ("software", "finance", "retail", "health", "education", "media", "manufacturing")
INDUSTRY_SHARES = (0.30, 0.16, 0.16, 0.12, 0.10, 0.09, 0.07)
COMPANY_SIZES = ("1-10", "11-50", "51-200", "201-1000", "1000+")
COMPANY_SIZE_STARTS = (11, 51, 201, 1001)
CHANNELS = ("organic", "paid_search", "referral", "social", "partner", "outbound")
CHANNEL_SHARES = (0.36, 0.22, 0.16, 0.11, 0.09, 0.06)
CHANNEL_ACTIVATION = (1.0, 0.85, 1.15, 0.8, 1.1, 0.95)  # times the activation rate
ROLES = ("owner", "admin", "analyst", "editor", "viewer")
ROLE_SHARES = (0.0, 0.12, 0.28, 0.30, 0.30)  # the first of an account is its owner
