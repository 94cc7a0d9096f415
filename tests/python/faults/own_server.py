"""A server that tests may stop, crash, and limit in disk space."""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, make_url

from .waiting import until

LIMITED = """
import os, resource, sys
limit = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
os.execv(sys.argv[2], sys.argv[2:])
"""


def limited(file_limit: int | None) -> list[str]:
    """The beginning of a command in which no file can grow beyond this many bytes.

    For a program this is like a full disk: writing fails, only with another message.
    """
    if file_limit is None:
        return []
    return [sys.executable, "-c", LIMITED, str(file_limit)]


@dataclass(frozen=True)
class OwnServer:
    """An embedded server with its own state folder, controlled by `productpulse db`."""

    home: Path

    def start(self, file_limit: int | None = None) -> URL:
        """Start it unless it runs; none of its files may grow beyond `file_limit` bytes."""
        return make_url(self._db("url", file_limit=file_limit).strip())

    def stop(self) -> None:
        self._db("stop")

    def crash(self) -> None:
        """End it at once, as Postgres' immediate shutdown does; the next start recovers."""
        data = next(line for line in self._db("status").splitlines() if "data_dir" in line)
        postmaster = Path(data.split()[-1]) / "postmaster.pid"
        os.kill(int(postmaster.read_text().split()[0]), signal.SIGQUIT)
        until(lambda: not postmaster.exists())

    def remove(self) -> None:
        self._db("remove", "--yes")

    def _db(self, *arguments: str, file_limit: int | None = None) -> str:
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "PULSE_"))}
        done = subprocess.run(
            [*limited(file_limit), sys.executable, "-m", "productpulse.cli", "db", *arguments],
            env=environment | {"PULSE_HOME": str(self.home)},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout
