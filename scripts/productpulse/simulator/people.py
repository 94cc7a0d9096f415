"""Accounts and users: when they come, where they are, how large they are."""

import re
import unicodedata
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from productpulse.simulator import catalogue, clock, draw, hostile
from productpulse.simulator import world as w
from productpulse.simulator.instants import DAY, NEVER, SECOND
from productpulse.simulator.tables import Rows, Update, account_keys, frame, user_keys, words
from productpulse.simulator.truth.dirty_rows import dirty_rows

NAMES_PER_LOCALE = 250


@dataclass(frozen=True)
class Accounts:
    """One entry per account, oldest first. `health`: how well the account does, standard normal."""

    key: draw.Keys
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
    """One entry per user, oldest first. `account` is -1 for users who have none.

    `segment`: the hidden kind of user, a position in catalogue.SEGMENTS.
    """

    key: draw.Keys
    account: np.ndarray
    created: np.ndarray
    deleted: np.ndarray
    country: np.ndarray
    channel: np.ndarray
    role: np.ndarray
    internal: np.ndarray
    health: np.ndarray
    segment: np.ndarray

    def __len__(self) -> int:
        return len(self.created)

    def part(self, first: int, last: int) -> "Users":
        """The users from number `first` up to, but not including, `last`."""
        return Users(**{name: values[first:last] for name, values in vars(self).items()})


def sign_up_weights(world: w.World) -> np.ndarray:
    """How many sign up on each day of the world, up to a factor: growth, season, weekday."""
    people = world.people
    growth = np.exp(people.growth * np.arange(world.days) / world.days)
    season = np.array(people.month_factors)[clock.months(world.first_day, world.days)]
    weekday = np.array(people.weekday_factors)[clock.weekdays(world.first_day, world.days)]
    return growth * season * weekday


def sign_ups(world: w.World, who: draw.Keys, country: np.ndarray) -> np.ndarray:
    """One instant inside the world for each entry of `country`, at a likely local hour."""
    day = draw.choose(who, "day of sign-up", sign_up_weights(world))
    offsets = clock.utc_offsets([c.zone for c in catalogue.COUNTRIES], world.first_day, world.days)
    local = clock.times_of_day(who, "hour of sign-up")
    return world.start + day * DAY + (local - offsets[country, day]) % DAY


def populate(world: w.World) -> tuple[Accounts, Users]:
    """All users: members of accounts, and individuals without one."""
    alone = round(world.people.individuals * world.users)
    accounts, member, member_of, joined = _accounts(world, world.users - alone)
    return accounts, _users(world, accounts, member, member_of, joined, alone)


def _accounts(world: w.World, members: int) -> tuple[Accounts, draw.Keys, np.ndarray, np.ndarray]:
    """Accounts that have `members` members at the end of the world; for each member the key, the
    account and the instant of joining.

    Accounts are drawn with their final size; members who would join after the end of the world are
    left out. Accounts are made until there are enough members, and the rest is cut off.
    """
    rates = world.people
    key = draw.keys(world.seed, "account", np.arange(members))
    country = draw.choose(key, "country", [c.share for c in catalogue.COUNTRIES])
    created = sign_ups(world, key, country)
    largest = max(3, int(rates.largest_account * world.users))
    drawn = 1 + draw.pareto(key, "size", rates.account_size_exponent) * 1.6
    sizes = np.minimum(drawn, largest).astype(np.int64)

    member_of = np.repeat(np.arange(members), sizes)
    ordinal = np.arange(len(member_of)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    member = draw.children(key[member_of], ordinal)
    founder = ordinal == 0
    joins_after = draw.waits(member, "until joining", rates.join_days * DAY) // SECOND * SECOND
    joined = created[member_of] + np.where(founder, 0, joins_after)
    there = np.flatnonzero(joined < world.end)[:members]
    member, member_of, joined = member[there], member_of[there], joined[there]

    count = int(member_of[-1]) + 1 if members else 0
    order = np.argsort(created[:count], kind="stable")
    place = np.empty(count, np.int64)
    place[order] = np.arange(count)
    present = np.bincount(member_of, minlength=count)[order]
    key = key[:count][order]
    employees = sizes[order] * np.exp(np.abs(draw.normal(key, "employees", 1.3)))
    accounts = Accounts(
        key=key,
        created=created[order],
        country=country[order],
        industry=draw.choose(key, "industry", catalogue.INDUSTRY_SHARES),
        company_size=np.searchsorted(catalogue.COMPANY_SIZE_STARTS, employees, side="right"),
        members=present,
        health=draw.normal(key, "health"),
    )
    return accounts, member, place[member_of], joined


def _users(
    world: w.World,
    accounts: Accounts,
    member: draw.Keys,
    member_of: np.ndarray,
    joined: np.ndarray,
    alone: int,
) -> Users:
    rates = world.people
    key = np.concatenate([member, draw.keys(world.seed, "individual", np.arange(alone))])
    account = np.concatenate([member_of, np.full(alone, -1)])
    is_member = account >= 0
    country = draw.choose(key, "country", [c.share for c in catalogue.COUNTRIES])
    at_home = is_member & draw.chance(key, "lives with the account", 0.9)
    country[at_home] = accounts.country[account[at_home]]
    lonely = slice(len(member_of), None)
    created = np.concatenate([joined, sign_ups(world, key[lonely], country[lonely])])
    health = draw.normal(key, "health")
    health[is_member] = accounts.health[member_of] + 0.5 * health[is_member]
    is_owner = np.diff(account, prepend=-1) != 0  # members of an account follow its founder

    # Staff have no account; their number is a share of all users.
    staff = world.dirt.internal_user / max(rates.individuals, 1e-9)
    internal = ~is_member & draw.chance(key, "is staff", staff)
    gone = draw.chance(key, "deletes himself", world.dirt.deleted_user)
    age = draw.between(key, "age at deletion", 0.05 * (world.end - created), world.end - created)
    channel = draw.choose(key, "channel", catalogue.CHANNEL_SHARES)

    everybody = Users(
        key=key,
        account=account,
        created=created,
        deleted=np.where(gone, created + age, NEVER),
        country=country,
        channel=channel,
        role=np.where(is_owner | ~is_member, 0, draw.choose(key, "role", catalogue.ROLE_SHARES)),
        internal=internal,
        health=health,
        segment=_segments(key, channel, health, world.habits),
    )
    order = np.argsort(created, kind="stable")
    return Users(**{name: values[order] for name, values in vars(everybody).items()})


def _segments(
    key: draw.Keys, channel: np.ndarray, health: np.ndarray, habits: w.Habits
) -> np.ndarray:
    """Users who are never activated are tourists; the others are of the kinds before."""
    chance = habits.activation * np.array(catalogue.CHANNEL_ACTIVATION)[channel]
    activated = draw.chance(key, "is activated", chance * np.exp(0.1 * health))
    kind = draw.choose(key, "segment", [segment.share for segment in catalogue.SEGMENTS[:-1]])
    return np.where(activated, kind, catalogue.TOURIST)


def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


@dataclass(frozen=True)
class _Pools:
    """The same number of names for each country, in the order of countries."""

    first: list[str]
    last: list[str]
    companies: list[str]


def _name_pools(seed: int) -> _Pools:
    from faker import Faker

    pools = _Pools([], [], [])
    for country in catalogue.COUNTRIES:
        fake = Faker(country.locale)
        fake.seed_instance(seed)
        for _ in range(NAMES_PER_LOCALE):
            pools.first.append(fake.first_name())
            pools.last.append(fake.last_name())
            pools.companies.append(fake.company())
    return pools


def people_rows(world: w.World, of: Accounts, who: Users) -> tuple[dict[str, Rows], list[pa.Table]]:
    """The raw tables `accounts` and `users`, and which of their rows are dirty.

    Names come from a pool, which makes many as fast as few.
    """
    pools = _name_pools(world.seed)
    company = of.country * NAMES_PER_LOCALE + draw.between(of.key, "name", 0, NAMES_PER_LOCALE)
    first = who.country * NAMES_PER_LOCALE + draw.between(who.key, "name", 0, NAMES_PER_LOCALE)
    last = who.country * NAMES_PER_LOCALE + draw.between(who.key, "surname", 0, NAMES_PER_LOCALE)

    domains = ["example.com", "productpulse.example.com"]
    domains += [f"{_ascii(name)}.example.com" for name in pools.companies]
    domain = np.where(who.internal, 1, 0)
    member = who.account >= 0
    domain[member] = 2 + company[who.account[member]]
    mailbox = pc.binary_join_element_wise(
        words([_ascii(name) for name in pools.first], first),
        words([_ascii(name) for name in pools.last], last),
        pc.cast(pa.array(np.arange(1, len(who) + 1)), pa.string()),
        ".",
    )
    email = pc.binary_join_element_wise(mailbox, words(domains, domain), "@")
    no_email = pa.array(draw.chance(who.key, "no e-mail", world.people.unknown_email))
    no_country = draw.chance(who.key, "no country", world.people.unknown_country)
    codes = [country.code for country in catalogue.COUNTRIES]
    account_id, user_id = account_keys(np.arange(len(of))), user_keys(np.arange(len(who)))
    full_name = pc.binary_join_element_wise(words(pools.first, first), words(pools.last, last), " ")
    names, dirty_accounts = hostile.spoil(world, words(pools.companies, company), of.key)
    full_names, dirty_users = hostile.spoil(world, full_name, who.key)
    accounts = frame("accounts", {
        "account_id": account_id,
        "name": names,
        "industry": words(catalogue.INDUSTRIES, of.industry),
        "company_size": words(catalogue.COMPANY_SIZES, of.company_size),
        "country": words(codes, of.country),
        "created_at": of.created,
    })  # fmt: skip
    users = frame("users", {
        "user_id": user_id,
        "account_id": account_keys(who.account),
        "email": pc.if_else(no_email, None, email),
        "full_name": full_names,
        "role": words(catalogue.ROLES, who.role),
        "country": words(codes, np.where(no_country, -1, who.country)),
        "acquisition_channel": words(
            catalogue.CHANNELS, np.where(who.internal, -1, who.channel)
        ),
        "is_internal": who.internal,
        "created_at": who.created,
        "deleted_at": who.deleted,
    })  # fmt: skip
    dirty = [
        dirty_rows("accounts", account_id, dirty_accounts, "hostile_text"),
        dirty_rows("users", user_id, dirty_users, "hostile_text"),
        dirty_rows("users", user_id, who.internal, "internal_user"),
        dirty_rows("users", user_id, who.deleted != NEVER, "deleted_user"),
    ]
    return {
        "accounts": Rows(accounts, of.created),
        "users": Rows(users, who.created, (Update(who.deleted, {"deleted_at": None}),)),
    }, dirty
