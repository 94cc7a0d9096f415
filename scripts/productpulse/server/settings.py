"""How the embedded server is set up, by the machine that it runs on."""

import os
import sys
from contextlib import suppress
from pathlib import Path

from productpulse.server.record import HOST, Server

MB = 2**20
GB = 2**30


def text(server: Server) -> str:
    """For bulk work by one user on one machine, and safe against crashes all the same."""
    memory = _memory_bytes()
    values = {
        "listen_addresses": f"'{HOST}'",
        "port": server.port,
        # No socket: a path of more than 107 bytes is refused, a folder in /tmp gets swept away,
        # and nothing needs it.
        "unix_socket_directories": "''",
        "shared_buffers": f"{min(max(memory // 8, 128 * MB), GB) // MB}MB",
        "effective_cache_size": f"{max(memory // 2, 256 * MB) // MB}MB",
        "work_mem": "64MB",
        "maintenance_work_mem": "256MB",
        "max_wal_size": "4GB",
        "checkpoint_timeout": "15min",
        "wal_level": "minimal",
        "max_wal_senders": 0,
        "fsync": "on",
        "full_page_writes": "on",
        "jit": "off",
        "random_page_cost": 1.1,
        "timezone": "'UTC'",
        "log_timezone": "'UTC'",
        "log_checkpoints": "off",
        "dynamic_shared_memory_type": _dynamic_shared_memory(),
    }
    lines = [f"{name} = {value}\n" for name, value in values.items()]
    return "# Written at each start; own settings go into postgresql.auto.conf.\n" + "".join(lines)


def _memory_bytes() -> int:
    """Memory of the machine, or what the container may use of it."""
    amounts = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    for limit in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        with suppress(OSError, ValueError):  # No such group, or "max".
            amounts.append(int(Path(limit).read_text()))
    return min(amounts)


def _dynamic_shared_memory() -> str:
    """Parallel queries exhaust the 64 MB that containers have in /dev/shm."""
    if sys.platform != "linux":
        return "posix"
    try:
        shm = os.statvfs("/dev/shm")
    except OSError:
        return "mmap"
    return "posix" if shm.f_bavail * shm.f_frsize >= GB else "mmap"
