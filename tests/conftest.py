"""What every test may use, and what no test may do: reach beyond this machine, or read the developer's own settings."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Generator, Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any, NoReturn

import pytest
from hypothesis import HealthCheck, settings

from tests import postgres, redis_server
from tests.libreoffice import LibreOffice, missing

SMALL_WEIGHTS = "smollm2-135m"
STATIC_WEIGHTS = "wordllama-256"

settings.register_profile("ci", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("explore", deadline=None, max_examples=2000, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ci")


REAL_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "polydesk" / "models"
REAL_MODELS = Path(os.environ.get("POLYDESK_MODELS") or REAL_CACHE)
"""Read before any test is given a home of its own."""


def pytest_configure() -> None:
    # A run in the background of a shell is started deaf to Ctrl-C, and so would be every program that tests start.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--require-everything",
        action="store_true",
        help="fail, rather than skip, what needs LibreOffice or weights where these cannot be had",
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Reports travel between processes as UTF-8; what a test had logged may hold half a character."""
    report = yield
    report.sections = [(name, text.encode("utf-8", "backslashreplace").decode()) for name, text in report.sections]
    return report


def do_without(config: pytest.Config, lack: str) -> NoReturn:
    """Skip what cannot be tested here, or fail it where everything must be."""
    if config.getoption("--require-everything"):
        pytest.fail(lack)
    pytest.skip(lack)


@pytest.fixture(scope="session")
def libreoffice(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LibreOffice]:
    """One warm LibreOffice for the whole run; skips, with the remedy, where it is not installed."""
    lack = missing()
    if lack is not None:
        do_without(request.config, lack)
    office = LibreOffice(tmp_path_factory.mktemp("libreoffice"))
    yield office
    office.close()


@pytest.fixture(scope="session")
def postgres_cluster(request: pytest.FixtureRequest) -> Iterator[postgres.Cluster]:
    """One PostgreSQL for the whole run; skips, with the remedy, where it is not installed."""
    lack = postgres.missing()
    if lack is not None:
        do_without(request.config, lack)
    cluster = postgres.Cluster()
    yield cluster
    cluster.close()


@pytest.fixture(scope="session")
def limits_server(request: pytest.FixtureRequest) -> Iterator[redis_server.LimitsServer]:
    """One server for shared limits for the whole run; skips, with the remedy, where none is installed."""
    lack = redis_server.missing()
    if lack is not None:
        do_without(request.config, lack)
    server = redis_server.LimitsServer()
    yield server
    server.close()


@pytest.fixture(scope="session")
def models_cache() -> Path:
    """The user's own cache of weights, shared by all runs, since weights are large and addressed by content."""
    return REAL_MODELS


@pytest.fixture(scope="session")
def small_weights(request: pytest.FixtureRequest, models_cache: Path) -> Path:
    """The file of the 135M model, pulled when the cache does not hold it."""
    return pulled(request.config, SMALL_WEIGHTS, models_cache)


@pytest.fixture(scope="session")
def static_weights(request: pytest.FixtureRequest, models_cache: Path) -> Path:
    """The file of the static vectors, pulled when the cache does not hold it."""
    return pulled(request.config, STATIC_WEIGHTS, models_cache)


def pulled(config: pytest.Config, name: str, models_cache: Path) -> Path:
    """The weights called `name`; skips where they cannot be had."""
    # Imported here, so that a test of another room does not depend on this one.
    from polydesk.catalog.weights.manifest import manifest_named, shipped_manifests
    from polydesk.core.errors import WeightsError
    from polydesk.providers.weights.pull import pull_weights

    try:
        return pull_weights(manifest_named(name, shipped_manifests()), models_cache)
    except WeightsError as error:
        do_without(config, str(error))


class NetworkForbiddenError(RuntimeError):
    """A test tried to reach beyond this machine."""


@pytest.fixture(autouse=True)
def only_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sockets reach loopback and unix addresses alone; names other than localhost do not resolve."""
    connect, connect_ex, getaddrinfo = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:
        _refuse_beyond_this_machine(self.family, address)
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        _refuse_beyond_this_machine(self.family, address)
        return connect_ex(self, address)

    def guarded_getaddrinfo(host: Any, *args: Any, **options: Any) -> Any:
        if host is not None and not _is_this_machine(host):
            raise NetworkForbiddenError(f"a test asked for the address of {host!r}; tests speak to loopback only")
        return getaddrinfo(host, *args, **options)

    monkeypatch.setattr(socket.socket, "connect", guarded_connect)
    monkeypatch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
    monkeypatch.setattr(socket, "getaddrinfo", guarded_getaddrinfo)


def _refuse_beyond_this_machine(family: int, address: Any) -> None:
    if family in (socket.AF_INET, socket.AF_INET6) and not _is_this_machine(address[0]):
        raise NetworkForbiddenError(f"a test wanted to connect to {address!r}; tests speak to loopback only")


def _is_this_machine(host: str | bytes) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    if name in ("localhost", "", socket.gethostname()):
        return True
    try:
        return ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True)
def own_home(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh home for each test; no vendor's key and no setting of the developer's is seen."""
    home = tmp_path_factory.mktemp("home")
    for name in list(os.environ):
        if name.startswith(("POLYDESK_", "XDG_")) or name.endswith(("_API_KEY", "_BASE_URL")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    return home
