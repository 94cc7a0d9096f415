"""The ways that sessions take through their first events."""

from collections import defaultdict

from .activity import is_counted
from .clock import local_date
from .company import Company
from .inputs import Row
from .sessions import all_sessions

EDGE_COLUMNS = ("step_number", "from_event", "to_event", "sessions", "users", "as_of_date")
END = "(end)"


def journey_edges(company: Company) -> list[Row]:
    """`fct_journey_edges`: one dict per step, event at it and event after it."""
    walkers: dict[tuple[int, str, str], list[str]] = defaultdict(list)
    for user_id, events in all_sessions(company):
        began = local_date(events[0]["occurred_at"], company.params)
        if company.as_of and began <= company.as_of and is_counted(company, company.users[user_id]):
            names = [event["event_name"] for event in events]
            ways = zip(names, [*names[1:], END], strict=True)
            for step, (here, there) in enumerate(ways, start=1):
                if step < company.params.journey_max_steps:
                    walkers[step, here, there].append(user_id)
    return [
        {
            "step_number": step,
            "from_event": here,
            "to_event": there,
            "sessions": len(users),
            "users": len(set(users)),
            "as_of_date": company.as_of,
        }
        for (step, here, there), users in walkers.items()
    ]
