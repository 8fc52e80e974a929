"""Processes on a chosen core: start, ask what they used, stop. And the machine: its cores, its load, its network."""

from __future__ import annotations

import ctypes
import fcntl
import os
import platform
import resource
import shutil
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 0x1


class StartError(Exception):
    """A process did not come up; the message says which, and the end of what it said."""


# Processes ----------------------------------------------------------------------------------------------------


@contextmanager
def running(
    command: Sequence[str], *, core: int, folder: Path, environment: Mapping[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """The program on that core alone, with only that environment, ended with all that it started."""
    with log.open("wb") as said:
        process = subprocess.Popen(
            # Should this process be killed, what it started ends too.
            ["taskset", "--cpu-list", str(core), "setpriv", "--pdeathsig", "TERM", *command],
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # its own group, so that its workers end with it
        )
    try:
        yield process
    finally:
        _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    for number, patience_s in ((signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0)):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            break
        try:
            process.wait(patience_s)
        except subprocess.TimeoutExpired:
            continue
    process.wait()


def wait_for_port(port: int, process: subprocess.Popen[bytes], log: Path, *, patience_s: float) -> None:
    """Return once something listens there. Raises StartError when the process ends before, or takes too long."""
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        if process.poll() is not None:
            raise StartError(f"ended with status {process.returncode}: {said(log)}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise StartError(f"did not listen within {patience_s:g} s: {said(log)}")


def said(log: Path) -> str:
    """The last lines of what a process said, on one line."""
    return " | ".join(log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-4:])[-600:]


def free_port() -> int:
    """A port of loopback where nothing listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


# What they used -----------------------------------------------------------------------------------------------


def tree(pid: int) -> list[int]:
    """The process and all that descend from it."""
    found = [pid]
    for parent in found:
        for task in Path(f"/proc/{parent}/task").glob("*/children"):
            try:
                found += [int(child) for child in task.read_text().split()]
            except OSError:  # it ended just now
                continue
    return found


def cpu_s(pid: int) -> float:
    """Processor time that the tree has used, user and system; children that ended are in it."""
    ticks = 0
    for one in tree(pid):
        try:
            text = Path(f"/proc/{one}/stat").read_text()
        except OSError:
            continue
        # Behind the name, which may hold spaces: utime, stime, cutime, cstime are fields 14 to 17 (proc(5)).
        ticks += sum(map(int, text.rpartition(")")[2].split()[11:15]))
    return ticks / _TICKS_PER_S


def resident_mib(pid: int) -> float:
    """Memory that the tree keeps resident, shared pages counted in each process."""
    kib = 0
    for one in tree(pid):
        try:
            lines = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        kib += sum(int(line.split()[1]) for line in lines if line.startswith("Rss:"))
    return kib / 1024


@dataclass(frozen=True, slots=True)
class Busy:
    """How much of a machine's processor time went where up to a moment."""

    at_s: float
    used_s: float
    """Of all cores, user and system, and what the host took away (steal)."""


def busy() -> Busy:
    """The machine's account up to now."""
    fields = [int(field) for field in Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
    user, nice, system, steal = fields[0], fields[1], fields[2], fields[7]
    return Busy(time.monotonic(), (user + nice + system + steal) / _TICKS_PER_S)


# The machine --------------------------------------------------------------------------------------------------


def gateway_core() -> int:
    """The first core that we may use."""
    return min(os.sched_getaffinity(0))


def load_core() -> int:
    """The last core that we may use."""
    return max(os.sched_getaffinity(0))


def raise_file_limit() -> int:
    """Let this process and its children open as many files as they may; return how many that is."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if os.geteuid() == 0 and most < 65_536:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (65_536, 65_536))
        except (OSError, ValueError):
            pass
        else:
            return 65_536
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


def isolate() -> bool:
    """Give this process and its children a network of their own, with loopback alone; False where that is not allowed.

    So nothing that is measured can reach beyond the machine, whatever it tries.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    flags = _CLONE_NEWNET if os.geteuid() == 0 else _CLONE_NEWNET | _CLONE_NEWUSER
    if libc.unshare(flags) != 0:
        return False
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        asked = struct.pack("16sh14s", b"lo", 0, b"")
        state = struct.unpack("16sh14s", fcntl.ioctl(control, _SIOCGIFFLAGS, asked))[1]
        fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("16sh14s", b"lo", state | _IFF_UP, b""))
    return True


def machine() -> str:
    """One line about where the figures come from."""
    info = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    model = next((line.partition(":")[2].strip() for line in info.splitlines() if line.startswith("model name")), "?")
    gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    system = platform.freedesktop_os_release().get("PRETTY_NAME", "Linux")
    return (
        f"{model}, {os.cpu_count()} cores, {gib:.0f} GiB, {system}, Linux {platform.release().split('-')[0]}, "
        f"Python {platform.python_version()}"
    )


def lacking(*programs: str) -> str:
    """What to install, in words; empty when the programs are all there."""
    absent = [program for program in programs if shutil.which(program) is None]
    return f"{', '.join(absent)} not found (Debian: apt-get install wrk util-linux)" if absent else ""


def version_of(*command: str) -> str:
    """The first line that a program says of itself; '?' when it says nothing."""
    if shutil.which(command[0]) is None:
        return "?"
    asked = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = (asked.stdout + asked.stderr).strip().splitlines()
    return lines[0] if lines else "?"
