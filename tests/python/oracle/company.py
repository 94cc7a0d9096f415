"""The company as its raw data show it: what counts, who is who, and the as-of date."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from .inputs import Params, Raw, Reference, Row
from .staging import accepted, as_of_date, classify, last_date, merged_users, possible

UNKNOWN = "unknown"


@dataclass(frozen=True, eq=False)
class Company:
    """Accepted rows by table. `owners`: event id → user; users, accounts and subscriptions: by id.

    Ids that are only mentioned have a row too. A user without an account is their own. `last`: the
    last date on which anything happened; it is after `as_of` where that date is not over. `merged`:
    user id → the user it turned out to be. `links`: device → moments at which its user became
    known, with the user.
    """

    params: Params
    reference: Reference
    as_of: date | None
    last: date | None
    tables: dict[str, list[Row]]
    owners: dict[str, str]
    users: dict[str, Row]
    accounts: dict[str, Row]
    subscriptions: dict[str, Row]
    merged: dict[str, str]
    links: dict[str, list[tuple[datetime, str]]]


def understand(raw: Raw, reference: Reference, params: Params | None = None) -> Company:
    """Classify the raw rows and find out whom each event and subscription belongs to."""
    params = params or Params()
    classified = classify(raw, params, reference)
    tables = {name: accepted(classified, name) for name in classified}
    merged = merged_users(classified)
    told = [(row, row["linked_at"]) for row in tables["user_aliases"]]
    if params.events_link_devices:
        told += [
            (row, row["occurred_at"])
            for row in possible(classified, "events")
            if row["anonymous_id"] and row["user_id"]
        ]
    links: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
    for row, moment in told:
        person = merged.get(row["user_id"], row["user_id"])
        links[row["anonymous_id"]].append((moment, person))
    owners = _owners(tables["events"], links, merged)
    for name in ("subscriptions", "payments", "support_tickets", "nps_responses"):
        tables[name] = [
            row | {"user_id": merged.get(row["user_id"], row["user_id"])} for row in tables[name]
        ]
    subscriptions = {row["subscription_id"]: row for row in tables["subscriptions"]}
    for change in tables["subscription_changes"]:
        subscription_id = change["subscription_id"]
        subscriptions.setdefault(
            subscription_id, {"subscription_id": subscription_id, "account_id": subscription_id}
        )
    users = _people(tables["users"], merged)
    accounts = _registered(tables["accounts"], "account_id")
    mentioned = [
        *owners.values(),
        *(merged.get(row["user_id"], row["user_id"]) for row in tables["user_aliases"]),
        *(subscription.get("user_id") for subscription in subscriptions.values()),
    ]
    for user_id in filter(None, mentioned):
        users.setdefault(user_id, {"user_id": user_id, "is_registered": False})
    for row in [*users.values(), *subscriptions.values()]:
        account_id = row.get("account_id") or users.get(row.get("user_id"), {}).get("account_id")
        if account_id:
            accounts.setdefault(account_id, {"account_id": account_id, "is_registered": False})
        else:
            person = users[row["user_id"]]
            stands_in = {name: person.get(name) for name in ("country", "created_at")}
            accounts.setdefault(
                row["user_id"],
                {"account_id": row["user_id"], "is_registered": False} | stands_in,
            )
    as_of, last = as_of_date(raw, params), last_date(raw, params)
    return Company(
        *(params, reference, as_of, last, tables, owners, users, accounts, subscriptions),
        *(merged, dict(links)),
    )


def payer(company: Company, subscription: Row) -> str:
    """Who pays: the account, else the account of the user."""
    return str(subscription.get("account_id") or account_of(company.users[subscription["user_id"]]))


def attribute(row: Row | None, name: str) -> str:
    """A segment value: an attribute of a user or account, 'unknown' when missing."""
    return str((row or {}).get(name) or UNKNOWN)


def account_of(user: Row) -> str:
    """The account of a user; a user without one is their own."""
    return str(user.get("account_id") or user["user_id"])


def _registered(rows: list[Row], key: str) -> dict[str, Row]:
    return {row[key]: row | {"is_registered": True} for row in rows}


def _people(rows: list[Row], merged: dict[str, str]) -> dict[str, Row]:
    """Who is registered: with the row of the id that counts, else that of the first other id, and
    since the earliest of all."""
    found: dict[str, Row] = {}
    for row in sorted(rows, key=lambda r: (r["user_id"] in merged, r["created_at"], r["user_id"])):
        person = merged.get(row["user_id"], row["user_id"])
        first = found.setdefault(person, row | {"user_id": person, "is_registered": True})
        first["created_at"] = min(first["created_at"], row["created_at"])
    return found


def _owners(
    events: list[Row], links: dict[str, list[tuple[datetime, str]]], merged: dict[str, str]
) -> dict[str, str]:
    owners = {}
    for event in events:
        user_id = event["user_id"]
        owner = merged.get(user_id, user_id)
        owner = owner or linked(links.get(event["anonymous_id"], []), event["occurred_at"])
        if owner:
            owners[event["event_id"]] = owner
    return owners


def linked(links: list[tuple[datetime, str]], at: datetime) -> str | None:
    """Whose a device is at a moment: the user linked last; before all links, the first user."""
    if not links:
        return None
    before = [moment for moment, _ in links if moment <= at]
    decisive = max(before) if before else min(moment for moment, _ in links)
    return min(user_id for moment, user_id in links if moment == decisive)
