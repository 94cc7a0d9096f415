"""Sessions: what a user does without a long pause, and how many there are each day."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from statistics import median

from .activity import counted_days, is_counted, owned_events, place, quotient, segment_values
from .clock import days, local_date
from .company import Company
from .inputs import Row

SESSION_COLUMNS = (
    *("session_id", "user_id", "first_event_name", "platform", "is_bounce", "event_count"),
    *("duration_seconds", "session_date", "started_at", "ended_at"),
)
SESSION_DAILY_COLUMNS = (
    *("date", "segment_name", "segment_value", "is_complete", "sessions", "users"),
    *("active_users", "passive_users", "carried_users", "bounced_sessions"),
    *("total_duration_seconds", "avg_duration_seconds", "median_duration_seconds"),
    *("bounce_rate", "as_of_date"),
)


def sessions(company: Company) -> list[Row]:
    """`fct_sessions`: one dict per session of a user who counts, begun by the last date."""
    return [
        row
        for user_id, events in all_sessions(company)
        if is_counted(company, company.users[user_id])
        for row in [_described(company, user_id, events)]
        if company.last and row["session_date"] <= company.last
    ]


def sessions_daily(company: Company) -> list[Row]:
    """`fct_sessions_daily`: one dict per date and segment value, from the first session on."""
    found = sessions(company)
    if not found or not company.as_of or not company.last:
        return []
    segments = segment_values(company, {row["user_id"] for row in found})
    on_day: dict[date, list[Row]] = defaultdict(list)
    for row in found:
        on_day[row["session_date"]].append(row)
    active_on: dict[date, set[str]] = defaultdict(set)
    for user_id, active_days in counted_days(company, company.last).items():
        for day in active_days:
            active_on[day].add(user_id)
    rows = []
    for day in days(min(on_day), company.last):
        for name, value_of in segments.items():
            for value in sorted(set(value_of.values())):
                part = [row for row in on_day[day] if value_of[row["user_id"]] == value]
                lengths = [row["duration_seconds"] for row in part]
                bounced = sum(row["is_bounce"] for row in part)
                began = {row["user_id"] for row in part}
                active = {user for user in active_on[day] if value_of[user] == value}
                rows.append(
                    {
                        "date": day,
                        "segment_name": name,
                        "segment_value": value,
                        "is_complete": day <= company.as_of,
                        "sessions": len(part),
                        "users": len(began),
                        "active_users": len(began & active),
                        "passive_users": len(began - active),
                        "carried_users": len(active - began),
                        "bounced_sessions": bounced,
                        "total_duration_seconds": sum(lengths),
                        "avg_duration_seconds": quotient(sum(lengths), len(part)),
                        "median_duration_seconds": float(median(lengths)) if lengths else None,
                        "bounce_rate": quotient(bounced, len(part)),
                        "as_of_date": company.as_of,
                    }
                )
    return rows


def all_sessions(company: Company) -> Iterator[tuple[str, list[Row]]]:
    """Each session as its user and its events in order, whether the user counts or not."""
    streams: dict[tuple[str, str | None], list[Row]] = defaultdict(list)
    for event, owner in owned_events(company):
        by_source = event["session_id"] if company.params.use_source_sessions else None
        streams[owner, by_source].append(event)
    gap = timedelta(minutes=company.params.session_gap_minutes)
    for (owner, by_source), events in streams.items():
        events.sort(key=lambda event: (event["occurred_at"], place(event)))
        session: list[Row] = []
        for event in events:
            is_late = session and event["occurred_at"] - session[-1]["occurred_at"] > gap
            if is_late and not by_source:
                yield owner, session
                session = []
            session.append(event)
        yield owner, session


def _described(company: Company, user_id: str, events: list[Row]) -> Row:
    first, last = events[0], events[-1]
    return {
        "session_id": first["event_id"],
        "user_id": user_id,
        "first_event_name": first["event_name"],
        "platform": first["platform"],
        "is_bounce": len(events) == 1,
        "event_count": len(events),
        "duration_seconds": (last["occurred_at"] - first["occurred_at"]) // timedelta(seconds=1),
        "session_date": local_date(first["occurred_at"], company.params),
        "started_at": first["occurred_at"].replace(tzinfo=None),
        "ended_at": last["occurred_at"].replace(tzinfo=None),
    }
