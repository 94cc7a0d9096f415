"""Accounts and users: when they come, where they are, how large they are."""

import re
import unicodedata
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from productpulse.simulator import clock
from productpulse.simulator import world as w
from productpulse.simulator.draw import choose, stream, waits
from productpulse.simulator.instants import DAY, NEVER, SECOND
from productpulse.simulator.tables import account_keys, frame, user_keys, words

NAMES_PER_LOCALE = 250


@dataclass(frozen=True)
class Accounts:
    """One entry per account, oldest first. `health`: standard normal, how well things go there."""

    created: np.ndarray
    country: np.ndarray
    industry: np.ndarray
    company_size: np.ndarray
    members: np.ndarray
    health: np.ndarray

    def __len__(self) -> int:
        return len(self.created)


@dataclass(frozen=True)
class Users:
    """One entry per user, oldest first. `account` is -1 for those who have none."""

    account: np.ndarray
    created: np.ndarray
    deleted: np.ndarray
    country: np.ndarray
    channel: np.ndarray
    role: np.ndarray
    internal: np.ndarray
    health: np.ndarray

    def __len__(self) -> int:
        return len(self.created)

    def part(self, first: int, last: int) -> "Users":
        """The users from number `first` up to but without `last`."""
        return Users(**{name: values[first:last] for name, values in vars(self).items()})


def sign_up_weights(world: w.World) -> np.ndarray:
    """How many come on each day of the world, up to a factor: growth, season, weekday."""
    people = world.people
    growth = np.exp(people.growth * np.arange(world.days) / world.days)
    season = np.array(people.month_factors)[clock.months(world.first_day, world.days)]
    weekday = np.array(people.weekday_factors)[clock.weekdays(world.first_day, world.days)]
    return growth * season * weekday


def sign_ups(world: w.World, rng: np.random.Generator, country: np.ndarray) -> np.ndarray:
    """One instant inside the world for each entry of `country`, at a likely local hour."""
    day = choose(rng, sign_up_weights(world), len(country))
    offsets = clock.utc_offsets([c.zone for c in w.COUNTRIES], world.first_day, world.days)
    local = clock.times_of_day(rng, len(country))
    return world.start + day * DAY + (local - offsets[country, day]) % DAY


def populate(world: w.World) -> tuple[Accounts, Users]:
    """Everybody: members of accounts, and individuals who have none."""
    rng = stream(world.seed, "accounts")
    alone = round(world.people.individuals * world.users)
    accounts, member_of, joined = _accounts(world, rng, world.users - alone)
    return accounts, _users(world, accounts, member_of, joined, alone)


def _accounts(
    world: w.World, rng: np.random.Generator, members: int
) -> tuple[Accounts, np.ndarray, np.ndarray]:
    """Accounts that have `members` members by the end of the world; of each member the account and
    the instant of joining.

    Accounts have the size they would reach in the long run; whoever would join after the end of the
    world is not there yet. There are enough when every one has its founder, so the rest is cut off.
    """
    rates = world.people
    country = choose(rng, [c.share for c in w.COUNTRIES], members)
    created = sign_ups(world, rng, country)
    largest = max(3, int(rates.largest_account * world.users))
    drawn = 1 + rng.pareto(rates.account_size_exponent, members) * 1.6
    sizes = np.minimum(drawn, largest).astype(np.int64)

    member_of = np.repeat(np.arange(members), sizes)
    founder = np.diff(member_of, prepend=-1) > 0
    joins_after = waits(rng, rates.join_days * DAY, len(member_of)) // SECOND * SECOND
    joined = created[member_of] + np.where(founder, 0, joins_after)
    there = np.flatnonzero(joined < world.end)[:members]
    member_of, joined = member_of[there], joined[there]

    count = int(member_of[-1]) + 1 if members else 0
    order = np.argsort(created[:count], kind="stable")
    place = np.empty(count, np.int64)
    place[order] = np.arange(count)
    present = np.bincount(member_of, minlength=count)[order]
    employees = sizes[order] * np.exp(np.abs(rng.normal(1.3, 1.0, count)))
    accounts = Accounts(
        created=created[order],
        country=country[order],
        industry=choose(rng, w.INDUSTRY_SHARES, count),
        company_size=np.searchsorted(w.COMPANY_SIZE_STARTS, employees, side="right"),
        members=present,
        health=rng.normal(0, 1, count),
    )
    return accounts, place[member_of], joined


def _users(
    world: w.World, accounts: Accounts, member_of: np.ndarray, joined: np.ndarray, alone: int
) -> Users:
    rng = stream(world.seed, "users")
    rates = world.people
    count = len(member_of) + alone
    account = np.concatenate([member_of, np.full(alone, -1)])
    is_member = account >= 0
    home = choose(rng, [c.share for c in w.COUNTRIES], count)
    at_home = is_member & (rng.random(count) >= 0.1)
    country = home.copy()
    country[at_home] = accounts.country[account[at_home]]
    created = np.concatenate([joined, sign_ups(world, rng, country[len(member_of) :])])
    health = rng.normal(0, 1, count)
    health[is_member] = accounts.health[member_of] + 0.5 * health[is_member]
    is_owner = np.diff(account, prepend=-1) != 0  # members of an account follow its founder

    internal = np.zeros(count, bool)
    internal[len(member_of) :][: int(np.ceil(rates.internal * count))] = True
    deleted = np.full(count, NEVER)
    gone = rng.permutation(count)[: round(rates.deleted * count)]
    age = world.end - created[gone]
    deleted[gone] = created[gone] + (age * rng.uniform(0.05, 1, len(gone))).astype(np.int64)

    everybody = Users(
        account=account,
        created=created,
        deleted=deleted,
        country=country,
        channel=choose(rng, w.CHANNEL_SHARES, count),
        role=np.where(is_owner | ~is_member, 0, choose(rng, w.ROLE_SHARES, count)),
        internal=internal,
        health=health,
    )
    order = np.argsort(created, kind="stable")
    return Users(**{name: values[order] for name, values in vars(everybody).items()})


def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


def _name_pools(seed: int) -> tuple[list[str], list[str], list[str]]:
    """First names, last names and company names: the same number for each country, in its order."""
    from faker import Faker

    first: list[str] = []
    last: list[str] = []
    companies: list[str] = []
    for country in w.COUNTRIES:
        fake = Faker(country.locale)
        fake.seed_instance(seed)
        first += [fake.first_name() for _ in range(NAMES_PER_LOCALE)]
        last += [fake.last_name() for _ in range(NAMES_PER_LOCALE)]
        companies += [fake.company() for _ in range(NAMES_PER_LOCALE)]
    return first, last, companies


def people_tables(world: w.World, of: Accounts, who: Users) -> dict[str, pa.Table]:
    """The raw tables `accounts` and `users`. Names come from a pool: many are as quick as few."""
    rng = stream(world.seed, "names")
    first_names, last_names, companies = _name_pools(world.seed)
    company = of.country * NAMES_PER_LOCALE + rng.integers(0, NAMES_PER_LOCALE, len(of))
    first = who.country * NAMES_PER_LOCALE + rng.integers(0, NAMES_PER_LOCALE, len(who))
    last = who.country * NAMES_PER_LOCALE + rng.integers(0, NAMES_PER_LOCALE, len(who))

    domains = ["example.com", "productpulse.example.com"]
    domains += [f"{_ascii(name)}.example.com" for name in companies]
    domain = np.where(who.internal, 1, 0)
    member = who.account >= 0
    domain[member] = 2 + company[who.account[member]]
    mailbox = pc.binary_join_element_wise(
        words([_ascii(name) for name in first_names], first),
        words([_ascii(name) for name in last_names], last),
        pc.cast(pa.array(np.arange(1, len(who) + 1)), pa.string()),
        ".",
    )
    email = pc.binary_join_element_wise(mailbox, words(domains, domain), "@")
    no_email = pa.array(rng.random(len(who)) < world.people.unknown_email)
    no_country = rng.random(len(who)) < world.people.unknown_country
    codes = [country.code for country in w.COUNTRIES]
    return {
        "accounts": frame("accounts", {
            "account_id": account_keys(np.arange(len(of))),
            "name": words(companies, company),
            "industry": words(w.INDUSTRIES, of.industry),
            "company_size": words(w.COMPANY_SIZES, of.company_size),
            "country": words(codes, of.country),
            "created_at": of.created,
        }),
        "users": frame("users", {
            "user_id": user_keys(np.arange(len(who))),
            "account_id": account_keys(who.account),
            "email": pc.if_else(no_email, None, email),
            "full_name": pc.binary_join_element_wise(
                words(first_names, first), words(last_names, last), " "
            ),
            "role": words(w.ROLES, who.role),
            "country": words(codes, np.where(no_country, -1, who.country)),
            "acquisition_channel": words(w.CHANNELS, np.where(who.internal, -1, who.channel)),
            "is_internal": who.internal,
            "created_at": who.created,
            "deleted_at": who.deleted,
        }),
    }  # fmt: skip
