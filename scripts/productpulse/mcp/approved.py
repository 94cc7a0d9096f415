"""What of a metric is no longer as it was approved."""

from productpulse.catalogue import made_of
from productpulse.catalogue.read import catalogue
from productpulse.catalogue.trust import trust
from productpulse.settings import project_vars


def changes(name: str) -> tuple[str, ...]:
    """A line for each part that differs from what was approved, by the files as they are now.

    A server lives long, so nothing is remembered of files that may have changed.
    """
    metric = catalogue().metrics.get(name)
    if metric is None:
        return ()
    made_of.forget()
    return trust(metric, project_vars()).changes
