"""How many threads: idle cores, under affinity and quota, and never none."""

from __future__ import annotations

import pytest

from polydesk.providers.llamacpp.threads import (
    CpuTimes,
    busy_cpus,
    idle_cores,
    parse_cpu_times,
    parse_quota,
    threads_for,
)

STAT = """cpu  300 0 100 1600 0 0 0 0 0 0
cpu0 100 0 50 850 0 0 0 0 0 0
cpu1 200 0 50 700 50 0 0 0 0 0
intr 12345
"""


@pytest.mark.parametrize(
    ("cores", "quota", "busy", "threads"),
    [
        (2, None, 0.0, 2),
        (2, None, 0.4, 2),
        (2, None, 0.9, 1),
        (2, None, 2.0, 1),
        (8, None, 3.2, 5),
        (8, 2.5, 0.0, 2),
        (8, 0.5, 0.0, 1),
        (1, None, 1.0, 1),
    ],
)
def test_threads_are_the_allowed_idle_cores(cores: int, quota: float | None, busy: float, threads: int) -> None:
    assert threads_for(cores, quota, busy) == threads


def test_waiting_for_the_disk_counts_as_idle() -> None:
    assert parse_cpu_times(STAT) == {0: CpuTimes(idle=850, total=1000), 1: CpuTimes(idle=750, total=1000)}


def test_only_our_cpus_count_as_busy() -> None:
    before = {cpu: CpuTimes(idle=0, total=0) for cpu in range(3)}
    after = {0: CpuTimes(idle=0, total=10), 1: CpuTimes(idle=5, total=10), 2: CpuTimes(idle=10, total=10)}
    assert busy_cpus(before, after, [1, 2]) == 0.5
    assert busy_cpus(before, after, [0, 1, 2, 3]) == 1.5
    assert busy_cpus(before, before, [0, 1]) == 0.0


@pytest.mark.parametrize(
    ("text", "cpus"), [("max 100000\n", None), ("150000 100000\n", 1.5), ("50000 100000", 0.5), ("nonsense", None)]
)
def test_a_quota_is_read_in_cpus(text: str, cpus: float | None) -> None:
    assert parse_quota(text) == cpus


def test_this_machine_gives_at_least_one_thread() -> None:
    assert idle_cores() >= 1
