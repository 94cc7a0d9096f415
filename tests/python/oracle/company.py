"""The company as its raw data tell it: what counts, who is who, and as of when."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from .inputs import Params, Raw, Reference, Row
from .staging import accepted, as_of_date, is_blank, judge

UNKNOWN = "unknown"


@dataclass(frozen=True, eq=False)
class Company:
    """Accepted rows by table. `owners`: event id → user; `users` and `accounts`: by id.

    Users and accounts that are only mentioned have a row with their id alone.
    """

    params: Params
    reference: Reference
    as_of: date | None
    tables: dict[str, list[Row]]
    owners: dict[str, str]
    users: dict[str, Row]
    accounts: dict[str, Row]


def understand(raw: Raw, reference: Reference, params: Params | None = None) -> Company:
    """Judge the raw rows and find out whom each event and contract belongs to."""
    params = params or Params()
    judged = judge(raw, params)
    tables = {name: accepted(judged, name) for name in judged}
    owners = _owners(tables["events"], tables["user_aliases"])
    users: dict[str, Row] = {row["user_id"]: row for row in tables["users"]}
    accounts: dict[str, Row] = {row["account_id"]: row for row in tables["accounts"]}
    contracts = tables["subscriptions"]
    mentioned = [
        *owners.values(),
        *(link["user_id"] for link in tables["user_aliases"]),
        *(contract["user_id"] for contract in contracts if contract.get("user_id")),
    ]
    for user_id in mentioned:
        users.setdefault(user_id, {"user_id": user_id})
    for row in [*users.values(), *contracts]:
        if row.get("account_id"):
            accounts.setdefault(row["account_id"], {"account_id": row["account_id"]})
    return Company(params, reference, as_of_date(raw, params), tables, owners, users, accounts)


def payer(contract: Row) -> str:
    """Who pays: the account, else the person who stands for it."""
    return str(contract.get("account_id") or contract["user_id"])


def attribute(row: Row | None, name: str) -> str:
    """A segment value: an attribute of a user or account, 'unknown' when missing."""
    value = (row or {}).get(name)
    return UNKNOWN if is_blank(value) else str(value)


def _owners(events: list[Row], links: list[Row]) -> dict[str, str]:
    by_device: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
    for link in links:
        by_device[link["anonymous_id"]].append((link["linked_at"], link["user_id"]))
    owners = {}
    for event in events:
        owner = event["user_id"] or _linked(by_device.get(event["anonymous_id"], []), event)
        if owner:
            owners[event["event_id"]] = owner
    return owners


def _linked(links: list[tuple[datetime, str]], event: Row) -> str | None:
    if not links:
        return None
    before = [moment for moment, _ in links if moment <= event["occurred_at"]]
    decisive = max(before) if before else min(moment for moment, _ in links)
    return min(user_id for moment, user_id in links if moment == decisive)
