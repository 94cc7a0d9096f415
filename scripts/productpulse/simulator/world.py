"""The parameters of a simulated company: its size and every rate of its life.

Everything that a user may want to change is here, and nothing here draws a random number. A world
file sets any of these by section and name.
"""

from dataclasses import field
from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from productpulse.simulator.instants import DAY, day_number

DEFAULT_AS_OF = date(2026, 6, 30)
DEFAULT_SEED = 7
FIRST_POSSIBLE_DAY = date(2019, 1, 1)  # where seeds/exchange_rates.csv begins
LAST_POSSIBLE_DAY = date(2099, 12, 31)
MOST_USERS = 5_000_000
MOST_DAYS = 3_650

Share = Annotated[float, Field(ge=0, le=1)]
Rate = Annotated[float, Field(ge=0)]
Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=0)]
Months = Annotated[tuple[Rate, ...], Field(min_length=12, max_length=12)]
Weekdays = Annotated[tuple[Rate, ...], Field(min_length=7, max_length=7)]
STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, config=STRICT)
class Variant:
    """An arm. `effect` adds to the chance of a conversion, or is a share of the mean of an amount;
    `spread` multiplies the standard deviation of an amount."""

    name: str
    planned_share: Share
    effect: float = 0.0
    spread: Positive = 1.0
    arrives: Share | None = None  # share that really comes, where it is not the planned one

    @property
    def share(self) -> float:
        """The share that really comes, relative to the shares of the other arms."""
        return self.planned_share if self.arrives is None else self.arrives


@dataclass(frozen=True, config=STRICT)
class Experiment:
    """An experiment with planted outcomes; its event has no other source. Variant 1 is the control.

    `begins` and `ends` are shares of the simulated time; `reach`: share of users who enter at their
    first visit. An exposed user has one outcome within `window_days`: with the chance `base` (kind
    conversion), or with an amount of mean `base` and relative spread `amount_spread` (kind amount).
    `fades_days`: days after exposure in which an effect falls to 1/e, none when it lasts; where it
    fades, each week of the window has its own outcome. `covariate`: correlation of the amount
    with the same measure before exposure.
    """

    experiment_id: str
    begins: Share
    ends: Share
    reach: Share
    event_name: str
    kind: Literal["conversion", "amount"]
    base: Rate
    variants: Annotated[tuple[Variant, ...], Field(min_length=2)]
    window_days: Count = 14
    amount_spread: Rate = 0.0
    fades_days: Positive | None = None
    covariate: Share = 0.0


EXPERIMENTS = (
    Experiment(
        "exp_onboarding_checklist", 0.20, 0.45, 0.9, "checklist_finished", "conversion", 0.30,
        (Variant("control", 0.5), Variant("checklist", 0.5, 0.09)),
    ),
    Experiment(
        "exp_button_colour", 0.25, 0.55, 0.8, "tour_started", "conversion", 0.20,
        (Variant("control", 0.5), Variant("green", 0.5, 0.0)),
    ),
    Experiment(
        "exp_pricing_page", 0.50, 0.75, 0.8, "quote_requested", "conversion", 0.25,
        (Variant("control", 0.5), Variant("annual_first", 0.5, -0.07)),
    ),
    Experiment(
        "exp_signup_form", 0.55, 0.80, 0.9, "profile_finished", "conversion", 0.40,
        (Variant("control", 0.5), Variant("short", 0.5, 0.03, arrives=0.42)),
    ),
    Experiment(
        "exp_home_layout", 0.40, 0.90, 0.7, "insight_opened", "conversion", 0.25,
        (Variant("control", 0.34), Variant("cards", 0.33, 0.15), Variant("list", 0.33, 0.0)),
        window_days=56, fades_days=20,
    ),
    Experiment(
        "exp_usage_pricing", 0.60, 0.92, 0.8, "credits_bought", "amount", 40.0,
        (Variant("control", 0.5), Variant("metered", 0.5, 0.12, spread=1.8)),
        amount_spread=0.6, covariate=0.7,
    ),
)  # fmt: skip


@dataclass(frozen=True, config=STRICT)
class People:
    """How the company grows and who its people are. Rates are shares of users."""

    growth: float = (
        1.6  # sign-ups per day grow by the factor e^growth from the first day to the last
    )
    month_factors: Months = (
        1.12, 1.05, 1.04, 1.0, 0.98, 0.95, 0.85, 0.80, 1.10, 1.12, 1.05, 0.78,
    )  # fmt: skip
    weekday_factors: Weekdays = (1.1, 1.15, 1.1, 1.05, 0.9, 0.35, 0.35)
    individuals: Share = 0.10
    account_size_exponent: Positive = (
        1.15  # of the Pareto distribution; smaller means more very large accounts
    )
    largest_account: Share = 0.03  # of all users
    join_days: Positive = 70  # from the account's first user to its others, on average
    unknown_country: Share = 0.01
    unknown_email: Share = 0.02


@dataclass(frozen=True, config=STRICT)
class Habits:
    """How people use the product. Rates per day unless said otherwise."""

    activation: Share = 0.66
    comes_on_first_day: Share = 0.93  # of the activated; half of that for the others
    spell_days: Rate = 80  # median time until an activated user fades
    spell_spread: Rate = 2.0  # of its logarithm
    trial_days: Rate = 4  # mean time until a user who is not activated fades
    returns: Share = 0.35  # share of the faded who come back, after
    gap_days: Rate = 75
    after_subscription: Share = 0.12  # what is left of use once the subscription is over
    health_effect: Rate = 0.35  # effect of the customer's health on how long people stay
    weekday_factors: Weekdays = (1.0, 1.06, 1.05, 1.0, 0.88, 0.20, 0.17)
    month_factors: Months = (
        1.02, 1.03, 1.03, 1.0, 0.98, 0.97, 0.90, 0.86, 1.04, 1.05, 1.03, 0.82,
    )  # fmt: skip
    day_noise: Rate = 0.04  # of all users together
    more_sessions: Rate = 0.35  # mean number after the first on an active day
    most_sessions: Count = 6
    more_events: Rate = 3.1  # mean number after the first in a session
    most_events: Count = 60
    seconds_between_events: Rate = 50
    other_platform: Share = 0.12  # share of sessions not on the user's usual platform
    mails_opened: Rate = 0.018
    visitor_days: Rate = 9  # from the visit to the sign-up, on average
    linked_late: Share = 0.10  # of these, the share whose link became known only weeks later
    signed_out: Share = 0.02  # of their sessions, the share in which they stay anonymous
    strangers: Share = 0.30  # visitors who never sign up, per user
    # share that goes on to each step
    onboarding: tuple[Share, Share, Share, Share] = (0.97, 0.80, 0.66, 0.62)
    onboarding_of_tourists: Share = 0.7  # factor on that for users who are never activated
    onboarding_hours: Positive = (
        0.4  # median until the second step; four times as long for each next
    )
    onboarding_spread: Rate = 1.6  # of its logarithm
    onboarding_again: Share = 0.06  # begin a second time


@dataclass(frozen=True, config=STRICT)
class Subscriptions:
    """How subscriptions begin, change and end. Rates per month of an active subscription."""

    accounts_signing: Share = 0.72
    individuals_signing: Share = 0.25
    days_to_sign: Rate = 12
    starts_free: Share = 0.24
    starts_with_trial: Share = 0.52  # the rest pays from the first day
    trial_days: Count = 14
    trial_converts: Share = 0.55
    plan_shares: tuple[Rate, Rate, Rate, Rate, Rate] = (0.0, 0.42, 0.33, 0.19, 0.06)
    coupon: Share = 0.18
    coupon_percents: tuple[Rate, ...] = (10, 12.5, 15, 20, 25, 50)
    coupon_ends: Share = 0.65
    coupon_amounts: Share = 0.0  # share of coupons that take off an amount, not a percentage
    add_on: Share = 0.0  # share of accounts that sign a second subscription together with the first
    upgrade: Rate = 0.022
    downgrade: Rate = 0.009
    seats_up: Rate = 0.065
    seats_down: Rate = 0.022
    payment_fails: Rate = 0.022
    pause: Rate = 0.005
    cancel: Rate = 0.016
    free_upgrade: Rate = 0.06
    free_cancel: Rate = 0.01
    cancel_at_once: Share = 0.12  # share of cancellations that do not wait for the period's end
    health_effect: Rate = 0.45
    past_due_recovers: Share = 0.72
    past_due_long: Share = 0.12  # share of past-due intervals longer than 30 days
    past_due_to_unpaid: Share = 0.5  # of those that do not recover; the rest is canceled
    unpaid_recovers: Share = 0.15
    pause_resumes: Share = 0.85
    won_back: Share = 0.22
    days_to_win_back: Rate = 80
    generations: Count = 3  # at most this many subscriptions one after another


@dataclass(frozen=True, config=STRICT)
class Billing:
    """How invoices are written and paid. Rates are shares of invoices unless said otherwise."""

    retried: Share = 0.03  # paid at the second try
    void: Share = 0.003  # written twice, and one of them voided
    refunded: Share = 0.012
    charged_back: Share = 0.002
    credited: Share = 0.003
    due_days: Count = 14
    yearly_due_days: Count = 30
    retry_days: tuple[Count, ...] = (0, 3, 7, 14)
    written_off: Share = 0.0  # of those that stay unpaid
    # billing practices, as shares of subscriptions
    in_arrears: Share = 0.0  # billed after the period
    of_account: Share = (
        0.0  # of accounts: one invoice for all subscriptions of a period, without their names
    )
    with_lines: Share = 0.0
    tax: Share = 0.19  # on invoices with lines
    credits_falls: Share = 0.0  # the rest of a paid period reduces the next invoices
    local_months: Share = 0.0  # of the monthly ones: calendar months in a time zone
    export_ends_days: Count = 0  # invoices and payments of the last days are not in the files


@dataclass(frozen=True, config=STRICT)
class Care:
    """Tickets and answers."""

    tickets_per_user_month: Rate = 0.035
    health_effect: Rate = 0.4
    nps_days: Count = 90  # a user is asked at most once in this time
    nps_answers: Share = 0.25
    nps_comments: Share = 0.4


@dataclass(frozen=True, config=STRICT)
class Trouble:
    """Why customers leave, as a chain: an episode of trouble takes away a part of their use; then
    they write tickets; the tickets lower the score; the lower score makes them leave.

    Set one link to 0, and everything after it is as without trouble. See trouble.py.
    """

    per_year: Rate = 0.45  # episodes of an account of mean health
    health_effect: Rate = 0.6
    days: Positive = 110  # mean length of an episode
    drop_from: Share = 0.3  # lowest and highest share of use that is lost
    drop_to: Share = 0.85
    tickets_per_drop: Rate = 5.0  # the factor on tickets when all use is lost is 1 plus this
    score_per_ticket: Rate = 0.8  # points of NPS score lost per 100 % more tickets
    leaving_per_point: Rate = (
        0.55  # increase of the logarithm of the rate of cancelling per lost point
    )


@dataclass(frozen=True, config=STRICT)
class Leaks:
    """What billing loses, as shares of the invoices or subscriptions to which it can happen."""

    invoice_overdue: Share = 0.006
    payment_not_recovered: Share = 0.004
    period_not_invoiced: Share = 0.003
    billed_less: Share = 0.004
    paid_less: Share = 0.003
    discount_after_end: Share = 0.05
    seats_over_paid: Share = 0.03
    use_after_end: Share = 0.03


@dataclass(frozen=True, config=STRICT)
class Dirt:
    """What is wrong with the data: one rate per kind; 0 switches it off.

    Shares of events unless a comment says otherwise. Kinds that would destroy what happened add
    rows instead of damaging some, so that the truth can still be counted.
    """

    # of events
    duplicate: Share = 0.003  # delivered again
    duplicate_differs: Share = 0.0003  # delivered again with another payload
    late: Share = 0.002  # received minutes to 400 days after it happened
    clock_skew: Share = 0.0005  # the sender's clock is minutes ahead of the receiver's
    future: Share = 0.00004
    epoch: Share = 0.00004
    unplanned_name: Share = 0.0005
    blank_event_id: Share = 0.00003
    null_event_id: Share = 0.00003
    blank_user_id: Share = 0.00003
    orphan_event: Share = 0.0001  # of a user who is in no file
    broken_json: Share = 0.00003
    # of users
    bot: Share = 0.002  # visitors that are machines, per user
    internal_user: Share = 0.005
    deleted_user: Share = 0.010
    visitor_before_sign_up: Share = 0.35  # seen anonymously before they signed up
    second_device: Share = 0.10  # of these, with another anonymous id that turns out to be theirs
    shared_device: Share = 0.01  # use a device that other users of the account use too
    clock_change_night: Share = 0.01  # active in the hour that a clock change repeats or skips
    hostile_text: Share = 0.004  # names and comments that break programs that do not expect them
    # of exposures to experiments
    shown_again: Share = 0.01
    shown_another: Share = 0.004  # another variant than the first
    # of subscriptions
    same_day_changes: Share = 0.05  # another change within hours of one
    overlapping: Share = 0.05  # another subscription beside the first
    inverted: Share = 0.002  # ended before it began
    no_exchange_rate: Share = 0.002  # in a currency without a rate
    orphan_change: Share = 0.002  # of a subscription that is in no file


@dataclass(frozen=True, config=STRICT)
class World:
    """One company: the same World gives the same files, byte for byte."""

    users: Annotated[int, Field(ge=1, le=MOST_USERS)]
    days: Annotated[int, Field(ge=1, le=MOST_DAYS)]
    seed: Annotated[int, Field(ge=0, lt=2**63)] = DEFAULT_SEED
    as_of: Annotated[date, Field(le=LAST_POSSIBLE_DAY)] = DEFAULT_AS_OF
    intensity: Positive = 1.0
    people: People = field(default_factory=People)
    habits: Habits = field(default_factory=Habits)
    subscriptions: Subscriptions = field(default_factory=Subscriptions)
    billing: Billing = field(default_factory=Billing)
    care: Care = field(default_factory=Care)
    trouble: Trouble = field(default_factory=Trouble)
    leaks: Leaks = field(default_factory=Leaks)
    experiments: tuple[Experiment, ...] = EXPERIMENTS
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

    @property
    def billing_end(self) -> int:
        """First instant from which no invoice or payment is in the files."""
        return self.end - self.billing.export_ends_days * DAY
