"""What the system enforces on the process of a cell: an end of its CPU time, a size, no core files.

Limits that the user had set before are never raised. The module ``resource`` is imported where it
is needed, since Windows, where no cell can run, has tables to show as well.
"""

from __future__ import annotations

import contextlib
import math


class Deadline:
    """The CPU time at which the system ends this process by SIGXCPU, unless it is lifted.

    Args:
        seconds: CPU seconds since the process began; rounded up, for the system counts whole ones.
    """

    def __init__(self, seconds: float) -> None:
        import resource

        self._seconds = seconds
        self._before = resource.getrlimit(resource.RLIMIT_CPU)
        self.postpone(0.0)

    def postpone(self, seconds: float) -> None:
        """Set it so much later than it was at first."""
        import resource

        users, most = self._before
        wanted = math.ceil(self._seconds + seconds)
        resource.setrlimit(resource.RLIMIT_CPU, (_within(users, wanted), most))

    def lift(self) -> None:
        """Let the process live as long as it might have before."""
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, self._before)


class MemoryLimit:
    """How much memory this process may take beside what it has.

    Games and libraries that it was born with are free (a CUDA build of PyTorch, which shapiq
    imports where there is one, maps more than 3 GB), and so is what an earlier cell left.
    """

    def __init__(self) -> None:
        import resource

        self._before = resource.getrlimit(resource.RLIMIT_AS)

    def allow(self, gigabytes: float) -> None:
        """Allow so much from now on."""
        import resource

        users, most = self._before
        wanted = int((status_mb("VmSize") or 0.0) * 2**20 + gigabytes * 2**30)
        with contextlib.suppress(ValueError, OSError):  # some systems refuse
            resource.setrlimit(resource.RLIMIT_AS, (_within(users, wanted), most))


def forbid_core_files() -> None:
    """Leave no image of gigabytes behind when the process is ended."""
    import resource

    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, most))


def _within(users: int, wanted: int) -> int:
    """What is wanted, if the limit that the user has set allows it."""
    import resource

    return wanted if users == resource.RLIM_INFINITY else min(wanted, users)


def status_mb(field: str) -> float | None:
    """A size in MB that Linux tells of this process; None elsewhere."""
    with contextlib.suppress(OSError, StopIteration), open("/proc/self/status") as file:
        line = next(line for line in file if line.startswith(f"{field}:"))
        return int(line.split()[1]) / 2**10
    return None
