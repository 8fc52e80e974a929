"""How many threads the engine should compute with on this machine, now.

llama.cpp's threads wait for one another several hundred times a token: one thread more than there are idle cores makes
every token wait for the scheduler. So: idle physical cores, and at least one. The choice is made when a model is
loaded; what keeps a machine that gets busy later usable is that the threads sleep while they wait (see `engine`).
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Iterable
from pathlib import Path

import msgspec

_WATCH_S = 0.1


class CpuTimes(msgspec.Struct, frozen=True, kw_only=True):
    """Clock ticks of one logical CPU since the machine started."""

    idle: int
    total: int


def idle_cores() -> int:
    """The physical cores that this process may use and that are idle now; at least 1. Watches for 0.1 s."""
    cpus = _allowed_cpus()
    before = _cpu_times()
    time.sleep(_WATCH_S)
    busy = busy_cpus(before, _cpu_times(), cpus)
    return threads_for(_physical_cores(cpus), _quota_cpus(Path("/sys/fs/cgroup/cpu.max")), busy)


def threads_for(cores: int, quota: float | None, busy: float) -> int:
    """Threads for `cores` physical cores of which `busy` are at work, under a quota in CPUs; None is no quota."""
    allowed = cores if quota is None else min(cores, math.floor(quota))
    return max(1, allowed - round(busy))


def busy_cpus(before: dict[int, CpuTimes], after: dict[int, CpuTimes], cpus: Iterable[int]) -> float:
    """How many of `cpus` were at work between two readings; 0.0 where the system does not tell."""
    busy = 0.0
    for cpu in cpus:
        if cpu in before and cpu in after:
            passed = after[cpu].total - before[cpu].total
            idle = after[cpu].idle - before[cpu].idle
            busy += 0.0 if passed <= 0 else max(0.0, 1 - idle / passed)
    return busy


def parse_cpu_times(stat: str) -> dict[int, CpuTimes]:
    """The per-CPU lines of `/proc/stat` (https://docs.kernel.org/filesystems/proc.html, checked 2026-11-24)."""
    times: dict[int, CpuTimes] = {}
    for line in stat.splitlines():
        name, *rest = line.split()
        if name.startswith("cpu") and name[3:].isdigit():
            ticks = [int(field) for field in rest[:8]]
            times[int(name[3:])] = CpuTimes(idle=ticks[3] + ticks[4], total=sum(ticks))
    return times


def parse_quota(text: str) -> float | None:
    """The CPUs that a cgroup's `cpu.max` grants; None when it sets no limit."""
    limit, _, period = text.strip().partition(" ")
    if limit == "max" or not limit.isdigit() or not period.isdigit():
        return None
    return int(limit) / int(period)


def _allowed_cpus() -> set[int]:
    if hasattr(os, "sched_getaffinity"):
        return os.sched_getaffinity(0)
    return set(range(os.cpu_count() or 1))


def _cpu_times() -> dict[int, CpuTimes]:
    try:
        return parse_cpu_times(Path("/proc/stat").read_text(encoding="ascii"))
    except OSError:
        return {}


def _quota_cpus(path: Path) -> float | None:
    try:
        return parse_quota(path.read_text(encoding="ascii"))
    except OSError:
        return None


def _physical_cores(cpus: set[int]) -> int:
    """Cores behind the logical CPUs: two that are siblings share one core's arithmetic."""
    cores: set[str] = set()
    for cpu in cpus:
        siblings = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
        try:
            cores.add(siblings.read_text(encoding="ascii").strip())
        except OSError:
            cores.add(str(cpu))
    return max(1, len(cores))
