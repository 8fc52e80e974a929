"""A vendor that cannot be reached at all is passed over, whole and streamed."""

from __future__ import annotations

import asyncio
import shutil
import socket
import ssl
import subprocess
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from polydesk.core.errors import ProviderUnavailableError
from polydesk.providers.http import Timeouts
from polydesk.store.store import Store
from tests.faults.answers import TEXT
from tests.faults.contract import check_answered, check_failed
from tests.faults.world import ORDERS, VendorName, world
from tests.vendors.http_server import Scene

NOWHERE = "vendor.invalid"
Place = AbstractAsyncContextManager[str]


@asynccontextmanager
async def refused(tmp_path: Path) -> AsyncGenerator[str]:
    """An address on which nobody listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"


@asynccontextmanager
async def unknown_name(tmp_path: Path) -> AsyncGenerator[str]:
    """A name that does not resolve."""
    yield f"http://{NOWHERE}"


@asynccontextmanager
async def slow_connect(tmp_path: Path) -> AsyncGenerator[str]:
    """An address that takes no connection, because the queue of those that wait is full."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        port = listening.getsockname()[1]
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            for one in waiting:
                one.close()


@asynccontextmanager
async def untrusted(tmp_path: Path) -> AsyncGenerator[str]:
    """A server whose certificate nobody has signed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_certificate(tmp_path))
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0, ssl=context)
    async with server:
        yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def _certificate(folder: Path) -> Path:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("the openssl program is not installed")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    command = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-keyout", str(key), "-out", str(certificate), "-days", "2", "-subj", "/CN=localhost"]
    subprocess.run(command, check=True, capture_output=True)
    both = folder / "both.pem"
    both.write_bytes(key.read_bytes() + certificate.read_bytes())
    return both


@pytest.fixture(autouse=True)
def names_do_not_resolve(monkeypatch: pytest.MonkeyPatch) -> None:
    getaddrinfo: Callable[..., Any] = socket.getaddrinfo

    def resolve(host: Any, *args: Any, **options: Any) -> Any:
        if host == NOWHERE:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return getaddrinfo(host, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


@pytest.mark.parametrize(
    ("place", "code"),
    [(refused, "connection"), (unknown_name, "connection"), (slow_connect, "timeout"), (untrusted, "certificate")],
    ids=["refused", "unknown name", "slow connect", "untrusted certificate"],
)
@pytest.mark.parametrize("order", ORDERS, ids="_then_".join)
@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
async def test_who_cannot_be_reached_is_passed_over(
    place: Callable[[Path], Place],
    code: str,
    order: Sequence[VendorName],
    streamed: bool,
    store: Store,
    tmp_path: Path,
) -> None:
    timeouts = Timeouts(connect_s=0.6, first_byte_s=5, idle_s=5)
    async with place(tmp_path) as address:
        async with world(order, store, first_address=address, timeouts=timeouts) as here:
            here.second.will(Scene(response=TEXT))
            told = await (here.streamed if streamed else here.whole)()
        check_answered(told, TEXT, streamed=streamed)
        assert [attempt.kind for attempt in told.attempts] == ["first", "fallback"]
        assert told.attempts[0].error == "ProviderUnavailableError"
        assert len(told.charges) == 1
        async with world(order, store, first_address=address, timeouts=timeouts, tried=1) as here:
            told = await (here.streamed if streamed else here.whole)()
        check_failed(told, ProviderUnavailableError)
        assert isinstance(told.error, ProviderUnavailableError)
        assert told.error.code == code
        assert told.charges == []
