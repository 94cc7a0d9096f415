"""Subscriptions that are only dirt, beside real ones of the same payers."""

import numpy as np
import pyarrow as pa

from productpulse.simulator import catalogue, draw
from productpulse.simulator import world as w
from productpulse.simulator.instants import DAY, NEVER
from productpulse.simulator.subscriptions import Subscriptions, payer_keys
from productpulse.simulator.tables import Rows, frame, keys, words
from productpulse.simulator.truth.dirty_rows import dirty_rows

UNKNOWN_CURRENCY = "XAU"  # there is no exchange rate for it


def dirty_subscription_rows(
    world: w.World, made: Subscriptions, accounts: int
) -> tuple[dict[str, Rows], list[pa.Table]]:
    """More of the raw tables `subscriptions` and `subscription_changes`, and which rows are dirty:
    subscriptions that ended before they began, and subscriptions in a currency without a rate."""
    inverted = draw.chance(made.key, "is inverted", world.dirt.inverted)
    priceless = draw.chance(made.key, "has no exchange rate", world.dirt.no_exchange_rate)
    beside = np.concatenate([np.flatnonzero(inverted), np.flatnonzero(priceless)])
    is_inverted = np.repeat([True, False], [inverted.sum(), priceless.sum()])
    number, created = 2 * beside + is_inverted, made.created[beside]
    nothing, never = np.zeros(len(beside), np.int64), np.full(len(beside), NEVER)
    account_id, user_id = payer_keys(made.payer[beside], accounts)
    subscription_id, change_id = keys("sub_x", number, 7), keys("chg_x", number, 7)
    subscriptions = frame("subscriptions", {
        "subscription_id": subscription_id,
        "account_id": account_id,
        "user_id": user_id,
        "created_at": created,
        "trial_ends_at": never,
        "cancel_requested_at": never,
        "ended_at": np.where(is_inverted, created - 3 * DAY, NEVER),
    })  # fmt: skip
    changes = frame("subscription_changes", {
        "change_id": change_id,
        "subscription_id": subscription_id,
        "changed_at": created,
        "status": words(["active"], nothing),
        "plan_id": words([catalogue.PLANS[1].plan_id], nothing),
        "billing_interval": words(["month"], nothing),
        "quantity": nothing + 7,
        "unit_amount": nothing + 700,
        "discount_percent": pa.nulls(len(beside), pa.decimal128(9, 4)),
        "discount_ends_at": never,
        "currency": words(["USD", UNKNOWN_CURRENCY], np.where(is_inverted, 0, 1)),
    })  # fmt: skip
    dirty = [
        dirty_rows("subscriptions", subscription_id, is_inverted, "inverted", created),
        dirty_rows("subscription_changes", change_id, ~is_inverted, "no_exchange_rate", created),
    ]
    return {
        "subscriptions": Rows(subscriptions, created),
        "subscription_changes": Rows(changes, created),
    }, dirty
