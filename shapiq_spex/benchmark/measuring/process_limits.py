"""What the system enforces on a cell's process: CPU time, memory, no core files.

Limits that the user has set are never raised. On Windows no cell can run, but this module can be
imported there, so that tables can be shown.
"""

from __future__ import annotations

import contextlib
import math
import sys

if sys.platform != "win32":
    import resource


class Deadline:
    """The CPU time at which the system ends this process by SIGXCPU.

    Args:
        seconds: CPU seconds since the process began, rounded up to whole ones.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._before = resource.getrlimit(resource.RLIMIT_CPU)
        self.postpone(0.0)

    def postpone(self, seconds: float) -> None:
        """Set the deadline this many seconds after its first value."""
        users, most = self._before
        wanted = math.ceil(self._seconds + seconds)
        resource.setrlimit(resource.RLIMIT_CPU, (_within(users, wanted), most))

    def lift(self) -> None:
        """Restore the limit that held before."""
        resource.setrlimit(resource.RLIMIT_CPU, self._before)


class MemoryLimit:
    """How much memory this process may take in addition to what it has.

    Memory that the process started with does not count (a CUDA build of PyTorch, which shapiq
    imports if it is installed, maps more than 3 GB), nor does what an earlier cell left.
    """

    def __init__(self) -> None:
        self._before = resource.getrlimit(resource.RLIMIT_AS)

    def allow(self, gigabytes: float) -> None:
        """Allow this much more from now on."""
        users, most = self._before
        wanted = int((status_mb("VmSize") or 0.0) * 2**20 + gigabytes * 2**30)
        with contextlib.suppress(ValueError, OSError):  # some systems refuse
            resource.setrlimit(resource.RLIMIT_AS, (_within(users, wanted), most))


def forbid_core_files() -> None:
    """Write no core file, which may have gigabytes, when the process is ended."""
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, most))


def _within(users: int, wanted: int) -> int:
    """The wanted limit, or the user's if that is lower."""
    return wanted if users == resource.RLIM_INFINITY else min(wanted, users)


def status_mb(field: str) -> float | None:
    """A size in MB from the status file that Linux keeps of this process; None elsewhere."""
    with contextlib.suppress(OSError, StopIteration), open("/proc/self/status") as file:
        line = next(line for line in file if line.startswith(f"{field}:"))
        return int(line.split()[1]) / 2**10
    return None
