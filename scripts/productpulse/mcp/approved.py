"""What of a metric is no longer as it was approved."""

import json

from productpulse.builds import Build
from productpulse.catalogue import made_of
from productpulse.catalogue.read import catalogue
from productpulse.catalogue.trust import trust
from productpulse.settings import project_vars


def changes(name: str, build: Build | None) -> tuple[str, ...]:
    """A line for each part that differs from what was approved, with the vars of the build.

    The files are read as they are now: a server lives long, and they may have changed.
    """
    metric = catalogue().metrics.get(name)
    if metric is None:
        return ()
    made_of.forget()
    given = json.loads(build.variables) if build else {}
    return trust(metric, project_vars() | given).changes
