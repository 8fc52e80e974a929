"""Several processes that answer at one port: started, started again when they die, and stopped together."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import socket
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass

from polydesk.configuration.sections import Configuration
from polydesk.core.errors import SettingsError

_LIVED_S = 10.0
"""A worker that lived as long has begun well, and another one is started at once."""
_PAUSES_S = (0.1, 0.5, 2.0, 5.0)
"""Before a worker is started again that did not: the more often, the longer."""
_STOPPING = (signal.SIGTERM, signal.SIGINT)


def refuse_unshared(configuration: Configuration, workers: int) -> None:
    """Raise SettingsError when so many workers would not count the same things together."""
    missing = [
        words
        for words, url in (
            ("`url` in [records], a PostgreSQL database", configuration.records.url),
            ("`url` in [shared_limits], a Valkey or Redis server", configuration.shared_limits.url),
        )
        if url is None
    ]
    if workers > 1 and missing:
        raise SettingsError(
            f"{workers} workers would each keep limits and budgets of their own. Name {' and '.join(missing)} "
            "(docs/how-to/run-on-many-machines.md), or serve with one worker."
        )


@contextmanager
def shared_port(host: str, port: int) -> Generator[int]:
    """The port at which workers may listen together, drawn when `port` is 0, and kept for them. Raises OSError."""
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    with socket.socket(family) as probe:  # alone, for a port that others share could be shared without their knowing
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(address)
    with socket.socket(family) as kept:
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        kept.bind(address)
        yield int(kept.getsockname()[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerEnd:
    """What a worker has of its supervisor."""

    ready_fd: int
    """A byte there says that it listens."""
    alive_fd: int
    """Ends when the supervisor does."""

    def ready(self) -> None:
        """Say that it listens."""
        os.write(self.ready_fd, b"r")
        os.close(self.ready_fd)


@dataclass(slots=True, kw_only=True)
class _Worker:
    number: int
    pid: int
    ready_fd: int
    began_s: float
    is_ready: bool = False


class Supervisor:
    """Keeps so many workers running. It forks, so it must be the only thread."""

    def __init__(self, count: int, *, on_ready: Callable[[], None], say: Callable[[str], None]) -> None:
        """`on_ready` is called once, when all of them listen; `say` tells the operator."""
        self._count = count
        self._on_ready = on_ready
        self._say = say
        self._workers: dict[int, _Worker] = {}
        self._due: list[tuple[float, int]] = []
        """When which worker is to be started again."""
        self._falls: dict[int, int] = {}
        """How often in a row each worker has ended soon."""
        self._stopping = False
        self._all_listened = False
        self.code = 0
        """With which the process ends."""

    def run(self) -> WorkerEnd | None:
        """Start the workers and keep them; None when all is over. In each worker, what it has of its supervisor."""
        self._alive = os.pipe()
        self._signals = os.pipe()
        os.set_blocking(self._signals[1], False)
        signal.set_wakeup_fd(self._signals[1], warn_on_full_buffer=False)
        for number in (*_STOPPING, signal.SIGCHLD):
            signal.signal(number, _leave_to_the_pipe)
        # The first one alone, so that what keeps all from starting is said once.
        if (end := self._start(1)) is not None:
            return end
        while self._workers or self._due:
            if (end := self._turn()) is not None:
                return end
        return None

    def _turn(self) -> WorkerEnd | None:
        """Wait for the next thing that happens, and do what it asks."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._signals[0], selectors.EVENT_READ)
            for worker in self._workers.values():
                if not worker.is_ready:
                    selector.register(worker.ready_fd, selectors.EVENT_READ, worker)
            wait_s = min((at for at, _ in self._due), default=float("inf")) - time.monotonic()
            events = selector.select(None if wait_s == float("inf") else max(0.0, wait_s))
        for key, _ in events:
            if key.data is None:
                self._heed(os.read(self._signals[0], 4096))
            else:
                self._heard(key.data)
        self._reap()
        return self._restart()

    def _start(self, number: int) -> WorkerEnd | None:
        """Start a worker; in the worker, its end."""
        ready = os.pipe()
        pid = os.fork()
        if pid == 0:
            return self._become_worker(ready)
        os.close(ready[1])
        self._workers[pid] = _Worker(number=number, pid=pid, ready_fd=ready[0], began_s=time.monotonic())
        return None

    def _become_worker(self, ready: tuple[int, int]) -> WorkerEnd:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to all: the supervisor alone heeds it
        others = [worker.ready_fd for worker in self._workers.values()]
        for descriptor in (ready[0], self._alive[1], *self._signals, *others):
            os.close(descriptor)
        return WorkerEnd(ready_fd=ready[1], alive_fd=self._alive[0])

    def _heed(self, signals: bytes) -> None:
        if not any(number in signals for number in _STOPPING):
            return
        if not self._stopping:
            self._say("Stopping; running answers are finished first. Once more stops at once.")
        self._stop()

    def _stop(self) -> None:
        self._stopping = True
        self._due.clear()
        for worker in self._workers.values():
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker.pid, signal.SIGTERM)

    def _heard(self, worker: _Worker) -> None:
        """A worker listens, or has closed its end, which its death explains."""
        worker.is_ready = True
        listens = os.read(worker.ready_fd, 1) == b"r"
        if self._all_listened or self._stopping or not listens:
            return
        if len(self._workers) == 1:
            self._due += [(0.0, number) for number in range(2, self._count + 1)]
        elif len(self._workers) == self._count and all(one.is_ready for one in self._workers.values()):
            self._all_listened = True
            self._on_ready()

    def _reap(self) -> None:
        while self._workers:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            worker = self._workers.pop(pid, None)
            if worker is not None:
                os.close(worker.ready_fd)
                self._ended(worker, os.waitstatus_to_exitcode(status))

    def _ended(self, worker: _Worker, code: int) -> None:
        if self._stopping:
            return
        if not self._all_listened:  # it has said why; the next one would fail as well
            self.code = code if code > 0 else 128 - code
            self._stop()
            return
        lived = time.monotonic() - worker.began_s >= _LIVED_S
        falls = self._falls[worker.number] = 0 if lived else self._falls.get(worker.number, 0) + 1
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        self._say(f"Worker {worker.number} (process {worker.pid}) ended with {how}; another one is started.")
        pause_s = _PAUSES_S[min(falls, len(_PAUSES_S)) - 1] if falls else 0.0
        self._due.append((time.monotonic() + pause_s, worker.number))

    def _restart(self) -> WorkerEnd | None:
        now = time.monotonic()
        due = [entry for entry in self._due if entry[0] <= now]
        for entry in due:
            self._due.remove(entry)
            if (end := self._start(entry[1])) is not None:
                return end
        return None


def _leave_to_the_pipe(number: int, frame: object) -> None:
    """Without a handler the signal would not be written there."""
