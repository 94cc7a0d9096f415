"""The simulated company: its size, what it sells, where its people are, and every rate of its life.

All that a reader may want to turn is here, and nothing here draws a random number.
The catalogues (plans, features, events) are also the seeds of the same names.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta

from productpulse.simulator.instants import DAY, day_number

DEFAULT_AS_OF = date(2026, 6, 30)
DEFAULT_SEED = 7
FIRST_POSSIBLE_DAY = date(2019, 1, 1)  # where seeds/exchange_rates.csv begins
LAST_POSSIBLE_DAY = date(2099, 12, 31)
MOST_USERS = 5_000_000
MOST_DAYS = 3_650

# Users whose events are made together. A part of the world, not of the machine: each block has a
# stream of its own, so another number would give other events.
USERS_PER_BLOCK = 2_000


@dataclass(frozen=True)
class Size:
    """`intensity` multiplies how often people come."""

    users: int
    days: int
    intensity: float = 1.0


SIZES = {
    "tiny": Size(200, 120),
    "small": Size(2_000, 365),
    "demo": Size(20_000, 730),
    "large": Size(200_000, 1_095, 1.75),
}


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
    Plan("free", "Free", 3, 0, 0),
    Plan("starter", "Starter", 5, 1_200, 12_000),
    Plan("team", "Team", 20, 2_500, 25_000),
    Plan("business", "Business", 100, 4_900, 49_000),
    Plan("enterprise", "Enterprise", 1_000, 9_900, 99_000),
)


@dataclass(frozen=True)
class Interval:
    """How often a contract bills: every `months` months, a week when 0.

    `price_of_months`: how many monthly prices one bill costs; a year has its own list price.
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
    """`lowest_tier` and above are entitled to it. `adopters` of the entitled ever take it up, after
    `adoption_days` on average from the day on which they could."""

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
    """An event of the tracking plan. `weight`: how often inside a session; 0 comes about otherwise.

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
        "A dashboard was shared with somebody else.", ('{"with":"link"}', '{"with":"team"}'),
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
        "A report was set to be sent regularly.", ('{"every":"day"}', '{"every":"week"}'),
    ),
    EventKind("settings_opened", "", 2, False, False, "platform", "Personal or account settings."),
    EventKind(
        "subscription_viewed", "", 1, False, False, "billing", "The page with plan and bills."
    ),
    EventKind("signed_up", "", 0, False, False, "growth", "An account of a person was created."),
    EventKind(
        "email_opened", "", 0, False, False, "growth",
        "A mail of ours was opened; says nothing about use of the product.",
        ('{"campaign":"digest"}', '{"campaign":"news"}'),
    ),
    EventKind(
        "page_viewed", "", 0, False, False, "growth", "A page of the public site was read.",
        ('{"page":"/"}', '{"page":"/blog"}', '{"page":"/pricing"}'),
    ),
    EventKind(
        "template_opened", "", 0, True, False, "growth",
        "A template of the public gallery was tried, signed in or not.",
        ('{"template":"funnel"}', '{"template":"revenue"}'),
    ),
)  # fmt: skip
EVENT_CODE = {kind.name: code for code, kind in enumerate(EVENTS)}

# What arrives although nobody planned it: old clients and leftovers of debugging.
UNPLANNED_EVENTS = ("legacy_widget_clicked", "debug_ping", "Report Viewed")

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


@dataclass(frozen=True)
class Experiment:
    """`begins` and `ends` as shares of the simulated time; `reach`: share of users taken in."""

    experiment_id: str
    begins: float
    ends: float
    reach: float
    variants: tuple[tuple[str, float], ...]


EXPERIMENTS = (
    Experiment("exp_onboarding_checklist", 0.35, 0.50, 0.9, (("control", 0.5), ("checklist", 0.5))),
    Experiment("exp_pricing_page", 0.55, 0.70, 0.8, (("control", 0.5), ("annual_first", 0.5))),
    Experiment(
        "exp_home_layout", 0.80, 0.93, 0.7, (("control", 0.34), ("cards", 0.33), ("list", 0.33))
    ),
)


@dataclass(frozen=True)
class People:
    """How the company grows and who its people are. Rates are shares of users."""

    growth: float = 1.6  # sign-ups per day grow by e to this from the first day to the last
    month_factors: tuple[float, ...] = (
        1.12, 1.05, 1.04, 1.0, 0.98, 0.95, 0.85, 0.80, 1.10, 1.12, 1.05, 0.78,
    )  # fmt: skip
    weekday_factors: tuple[float, ...] = (1.1, 1.15, 1.1, 1.05, 0.9, 0.35, 0.35)
    individuals: float = 0.10
    account_size_exponent: float = 1.15  # of the Pareto law; smaller means more giants
    largest_account: float = 0.03  # of all users
    join_days: float = 70  # from the account's first user to its others, on average
    internal: float = 0.005
    deleted: float = 0.010
    unknown_country: float = 0.01
    unknown_email: float = 0.02


@dataclass(frozen=True)
class Habits:
    """How people use the product. Rates per day unless said otherwise."""

    activation: float = 0.66
    comes_on_first_day: float = 0.93  # of the activated; half as many of the others
    strength_alpha: float = 1.1  # of the beta law of the chance to come on a working day
    strength_beta: float = 4.0
    spell_days: float = 80  # median time until an activated user fades
    spell_spread: float = 2.0  # of its logarithm
    trial_days: float = 4  # mean time until one not activated fades
    returns: float = 0.35  # share of those faded who come back, after
    gap_days: float = 75
    after_contract: float = 0.12  # what is left of use once the contract is over
    health_effect: float = 0.35  # of the customer's health on how long people stay
    weekday_factors: tuple[float, ...] = (1.0, 1.06, 1.05, 1.0, 0.88, 0.20, 0.17)
    month_factors: tuple[float, ...] = (
        1.02, 1.03, 1.03, 1.0, 0.98, 0.97, 0.90, 0.86, 1.04, 1.05, 1.03, 0.82,
    )  # fmt: skip
    day_noise: float = 0.04  # of all users together
    more_sessions: float = 0.35  # mean number beyond the first on an active day
    most_sessions: int = 6
    more_events: float = 3.1  # mean number beyond the first in a session
    most_events: int = 60
    seconds_between_events: float = 50
    other_platform: float = 0.12  # share of sessions not on the user's usual platform
    mails_opened: float = 0.018
    visitors_before: float = 0.35  # share of users seen anonymously before they signed up
    visitor_days: float = 9  # from the visit to the sign-up, on average
    linked_late: float = 0.10  # share of those whose link became known only weeks later
    signed_out: float = 0.02  # share of the sessions of those in which they stay anonymous
    strangers: float = 0.30  # visitors who never sign up, per user


@dataclass(frozen=True)
class Contracts:
    """How contracts begin, change and end. Rates per month of an active contract."""

    accounts_signing: float = 0.72
    individuals_signing: float = 0.25
    days_to_sign: float = 12
    starts_free: float = 0.24
    starts_with_trial: float = 0.52  # the rest pays from the first day
    trial_days: int = 14
    trial_converts: float = 0.55
    second_contract: float = 0.05  # share of accounts with another one beside the first
    plan_shares: tuple[float, ...] = (0.0, 0.42, 0.33, 0.19, 0.06)
    coupon: float = 0.18
    coupon_percents: tuple[float, ...] = (10, 12.5, 15, 20, 25, 50)
    coupon_ends: float = 0.65
    upgrade: float = 0.022
    downgrade: float = 0.009
    seats_up: float = 0.065
    seats_down: float = 0.022
    payment_fails: float = 0.022
    pause: float = 0.005
    cancel: float = 0.026
    free_upgrade: float = 0.06
    free_cancel: float = 0.01
    cancel_at_once: float = 0.12  # share of cancellations that do not wait for the period's end
    second_thoughts: float = 0.05  # chance of another change within hours of one
    health_effect: float = 0.45
    past_due_recovers: float = 0.72
    past_due_long: float = 0.12  # share of past-due stretches longer than 30 days
    past_due_to_unpaid: float = 0.5  # of those that do not recover; the rest is canceled
    unpaid_recovers: float = 0.15
    pause_resumes: float = 0.85
    won_back: float = 0.22
    days_to_win_back: float = 80
    generations: int = 3  # contracts one after another


@dataclass(frozen=True)
class Billing:
    """How bills are paid. Rates are shares of bills."""

    retried: float = 0.03  # paid at the second try
    never_paid: float = 0.006
    void: float = 0.003
    refunded: float = 0.012
    charged_back: float = 0.002
    credited: float = 0.003
    due_days: int = 14
    yearly_due_days: int = 30
    retry_days: tuple[int, ...] = (0, 3, 7, 14)


@dataclass(frozen=True)
class Care:
    """Tickets and answers."""

    tickets_per_user_month: float = 0.035
    tickets_before_leaving: float = 0.35  # chance of one more per user in the weeks before the end
    health_effect: float = 0.4
    nps_days: int = 90  # a user is asked at most once in so many
    nps_answers: float = 0.25
    nps_comments: float = 0.4


@dataclass(frozen=True)
class Dirt:
    """What is wrong with the events, as shares of all of them."""

    duplicate: float = 0.003
    duplicate_differs: float = 0.10  # share of the duplicates with another payload
    late: float = 0.002
    future: float = 0.00004
    epoch: float = 0.00004
    unplanned_name: float = 0.0005
    blank_event_id: float = 0.00003
    blank_user_id: float = 0.00003
    orphan: float = 0.0001


@dataclass(frozen=True)
class World:
    """One company: the same World gives the same files, byte for byte."""

    users: int
    days: int
    seed: int = DEFAULT_SEED
    as_of: date = DEFAULT_AS_OF
    intensity: float = 1.0
    people: People = field(default_factory=People)
    habits: Habits = field(default_factory=Habits)
    contracts: Contracts = field(default_factory=Contracts)
    billing: Billing = field(default_factory=Billing)
    care: Care = field(default_factory=Care)
    dirt: Dirt = field(default_factory=Dirt)

    @property
    def first_date(self) -> date:
        """The day on which the product opens."""
        return self.as_of - timedelta(days=self.days - 1)

    @property
    def first_day(self) -> int:
        """The same as a day number."""
        return day_number(self.first_date)

    @property
    def start(self) -> int:
        """First instant of the world."""
        return self.first_day * DAY

    @property
    def end(self) -> int:
        """First instant after the as-of date; nothing happens from here on."""
        return (day_number(self.as_of) + 1) * DAY
