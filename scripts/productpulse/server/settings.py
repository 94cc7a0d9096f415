"""The settings of the embedded server, which depend on its machine."""

import os
import sys
from contextlib import suppress
from pathlib import Path

from productpulse.server.record import HOST, Server

MB = 2**20
GB = 2**30


def text(server: Server) -> str:
    """Settings for bulk work by one user on one machine that are still safe against crashes."""
    memory = _memory_bytes()
    values = {
        "listen_addresses": f"'{HOST}'",
        "port": server.port,
        # No socket: its path may have only 107 bytes, a folder in /tmp gets deleted, and nothing
        # needs it.
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
    return "# Written at each start; put your own settings into postgresql.auto.conf.\n" + "".join(
        lines
    )


def _memory_bytes() -> int:
    """The memory of the machine, or the part of it that the container may use."""
    amounts = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    for limit in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        with suppress(OSError, ValueError):  # No such group, or its limit is "max".
            amounts.append(int(Path(limit).read_text()))
    return min(amounts)


def _dynamic_shared_memory() -> str:
    """The kind of shared memory: parallel queries need more than a container's 64 MB /dev/shm."""
    if sys.platform != "linux":
        return "posix"
    try:
        shm = os.statvfs("/dev/shm")
    except OSError:
        return "mmap"
    return "posix" if shm.f_bavail * shm.f_frsize >= GB else "mmap"
