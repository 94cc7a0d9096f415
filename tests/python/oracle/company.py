"""The company as its raw data tell it: what counts, who is who, and as of when."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from .inputs import Params, Raw, Reference, Row
from .staging import accepted, as_of_date, judge, last_date

UNKNOWN = "unknown"


@dataclass(frozen=True, eq=False)
class Company:
    """Accepted rows by table. `owners`: event id → user; users, accounts and contracts: by id.

    Those that are only mentioned have a row too. A user without an account is one himself. `last`:
    the last date on which anything happened, after `as_of` where it is not over.
    """

    params: Params
    reference: Reference
    as_of: date | None
    last: date | None
    tables: dict[str, list[Row]]
    owners: dict[str, str]
    users: dict[str, Row]
    accounts: dict[str, Row]
    contracts: dict[str, Row]


def understand(raw: Raw, reference: Reference, params: Params | None = None) -> Company:
    """Judge the raw rows and find out whom each event and contract belongs to."""
    params = params or Params()
    judged = judge(raw, params, reference)
    tables = {name: accepted(judged, name) for name in judged}
    owners = _owners(tables["events"], tables["user_aliases"])
    contracts = {row["subscription_id"]: row for row in tables["subscriptions"]}
    for change in tables["subscription_changes"]:
        contract_id = change["subscription_id"]
        contracts.setdefault(
            contract_id, {"subscription_id": contract_id, "account_id": contract_id}
        )
    users = _registered(tables["users"], "user_id")
    accounts = _registered(tables["accounts"], "account_id")
    mentioned = [
        *owners.values(),
        *(link["user_id"] for link in tables["user_aliases"]),
        *(contract.get("user_id") for contract in contracts.values()),
    ]
    for user_id in filter(None, mentioned):
        users.setdefault(user_id, {"user_id": user_id, "is_registered": False})
    for row in [*users.values(), *contracts.values()]:
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
    return Company(params, reference, as_of, last, tables, owners, users, accounts, contracts)


def payer(company: Company, contract: Row) -> str:
    """Who pays: the account, else that of the user."""
    return str(contract.get("account_id") or account_of(company.users[contract["user_id"]]))


def attribute(row: Row | None, name: str) -> str:
    """A segment value: an attribute of a user or account, 'unknown' when missing."""
    return str((row or {}).get(name) or UNKNOWN)


def account_of(user: Row) -> str:
    """The account of a user: his own where he has no other."""
    return str(user.get("account_id") or user["user_id"])


def _registered(rows: list[Row], key: str) -> dict[str, Row]:
    return {row[key]: row | {"is_registered": True} for row in rows}


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
