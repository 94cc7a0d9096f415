"""The true ends of subscriptions and why, and the episodes of trouble behind some of them."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from productpulse.simulator import trouble
from productpulse.simulator.instants import NEVER
from productpulse.simulator.subscriptions import (
    CAUSES,
    PAYMENT_FAILED,
    TRIAL_OVER,
    Subscriptions,
    payer_keys,
    subscription_keys,
)
from productpulse.simulator.tables import TYPES
from productpulse.simulator.trouble import Episodes

KINDS = ("voluntary", "involuntary", "trial_not_converted")


def churns(made: Subscriptions, episodes: Episodes, accounts: int, until: int) -> pa.Table:
    """`churns`: one row per subscription that ended before `until`, with the planted cause; `drop`
    is the share of use lost when the customer asked to leave. `episodes`: one per payer."""
    ended = np.flatnonzero(made.ended < until)
    asked = np.where(made.cancel_requested == NEVER, made.ended, made.cancel_requested)[ended]
    around = episodes.part(made.payer[ended])
    cause = made.cause[ended]
    kind = np.select([cause == PAYMENT_FAILED, cause == TRIAL_OVER], [1, 2], 0)
    account, user = payer_keys(made.payer[ended], accounts)
    drop = around.drop_at(asked)
    return pa.table({
        "account_id": pc.coalesce(account, user),
        "subscription_id": subscription_keys(ended),
        "ended_at": pa.array(made.ended[ended]).cast(TYPES["timestamptz"]),
        "kind": pa.array(KINDS).take(pa.array(kind)),
        "cause": pa.array(CAUSES).take(pa.array(cause)),
        "in_trouble": pa.array(drop > 0),
        "drop": drop,
    })  # fmt: skip


def troubles(episodes: Episodes, accounts: int, until: int) -> pa.Table:
    """`episodes`: one row per payer whose trouble began before `until`."""
    rows = np.flatnonzero(episodes.starts < until)
    account, user = payer_keys(rows, accounts)
    return pa.table({
        "account_id": pc.coalesce(account, user),
        "starts_at": pa.array(episodes.starts[rows]).cast(TYPES["timestamptz"]),
        "ends_at": pa.array(episodes.ends[rows]).cast(TYPES["timestamptz"]),
        "cause": pa.array(trouble.CAUSES).take(pa.array(episodes.cause[rows])),
        "drop": episodes.drop[rows],
    })  # fmt: skip
