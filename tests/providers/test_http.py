"""The HTTP client, against servers that say exactly these bytes."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from polydesk.core.errors import MalformedResponseError, ProviderError, ProviderUnavailableError
from polydesk.providers.failures import Asked
from polydesk.providers.http import Call, HttpClient, Timeouts
from polydesk.providers.vendor import VendorDialect

ASKED = Asked(provider="acme", model="m", secret="sk-secret")  # noqa: S106 # nobody's
OK = b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 8\r\n\r\n{"a": 1}'

Behave = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serving(behave: Behave, **options: Any) -> AsyncIterator[int]:
    """A server on loopback; gives its port."""
    writers: list[asyncio.StreamWriter] = []

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        try:
            await behave(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0, **options)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()
        await server.wait_closed()


async def read_request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(line for line in head.split(b"\r\n") if line.startswith(b"content-length:"))
    return head + await reader.readexactly(int(length.partition(b":")[2]))


def saying(*pieces: bytes) -> Behave:
    """Answers every request with these bytes, in these pieces, and closes after the last."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)

    return behave


def call_to(port: int, *, scheme: str = "http", host: str = "127.0.0.1") -> Call:
    url = f"{scheme}://{host}:{port}/v1/x?y=1"
    return Call(asked=ASKED, url=url, headers={"authorization": "Bearer sk-secret"}, body=b"{}")


async def ask(port: int, *, client: HttpClient | None = None, **place: str) -> dict[str, Any]:
    http = client or HttpClient(timeouts=Timeouts(connect_s=2, first_byte_s=2, idle_s=2))
    try:
        with await http.post(call_to(port, **place), request_id_header="x-request-id") as answer:
            if not answer.is_good:
                raise await answer.refusal(VendorDialect().error_in)
            return answer.json(await answer.read())
    finally:
        if client is None:
            await http.close()


CHUNKED = (
    b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4;name=value\r\n{"a"\r\n4\r\n: 1}\r\n0\r\ntrailer: x\r\n\r\n'
)
GOOD: dict[str, bytes] = {
    "length": OK,
    "chunked": CHUNKED,
    "until close": b'HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{"a": 1}',
    "old": b'HTTP/1.0 200 OK\r\n\r\n{"a": 1}',
    "after hints": b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n" + OK,
}


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("size", [1, 7, 1000])
async def test_answer_is_read_however_it_is_framed_and_cut(name: str, size: int) -> None:
    data = GOOD[name]
    async with serving(saying(*(data[at : at + size] for at in range(0, len(data), size)))) as port:
        assert await ask(port) == {"a": 1}


BAD: dict[str, tuple[bytes, type[ProviderError], str]] = {
    "not HTTP": (b"SSH-2.0-OpenSSH\r\n", MalformedResponseError, "not HTTP"),
    "endless head": (b"HTTP/1.1 200 OK\r\nx: " + b"y" * 300_000, MalformedResponseError, "too long"),
    "bad chunk": (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", MalformedResponseError, "not HTTP"),
    "not JSON": (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi", MalformedResponseError, "not a JSON object"),
    "a list": (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]", MalformedResponseError, "not a JSON object"),
    "deep JSON": (b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n" + b'{"a":' * 20_000,
                  MalformedResponseError, "not a JSON object"),
    "short": (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{}", ProviderUnavailableError, "in the middle"),
    "nothing": (b"", ProviderUnavailableError, "without an answer"),
    "redirect": (b"HTTP/1.1 307 X\r\nlocation: /y\r\ncontent-length: 0\r\n\r\n", ProviderUnavailableError, "redirects"),
    "page of a proxy": (b"HTTP/1.1 502 Bad\r\ncontent-length: 6\r\n\r\n<html>", ProviderUnavailableError, "502"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
async def test_bad_answer_is_an_error_that_says_how(name: str) -> None:
    data, error, words = BAD[name]
    async with serving(saying(data)) as port:
        with pytest.raises(error, match=words):
            await ask(port)


async def test_request_is_well_formed() -> None:
    got: list[bytes] = []

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        got.append(await read_request(reader))
        writer.write(OK)
        await writer.drain()

    async with serving(behave) as port:
        await ask(port)
    assert got[0].split(b"\r\n") == [
        b"POST /v1/x?y=1 HTTP/1.1",
        b"host: 127.0.0.1:%d" % port,
        b"content-type: application/json",
        b"accept-encoding: identity",
        b"authorization: Bearer sk-secret",
        b"content-length: 2",
        b"",
        b"{}",
    ]


async def test_nobody_there_is_unavailable() -> None:
    async with serving(saying(OK)) as port:
        pass
    with pytest.raises(ProviderUnavailableError) as caught:
        await ask(port)
    assert caught.value.code == "connection"


async def test_line_break_in_a_key_is_refused_before_it_is_sent() -> None:
    async with serving(saying(OK)) as port:
        call = Call(asked=ASKED, url=f"http://127.0.0.1:{port}/", headers={"authorization": "a\r\nb: c"}, body=b"{}")
        with pytest.raises(ValueError, match="line break"), await HttpClient().post(call, request_id_header="x"):
            pass


def test_call_does_not_show_its_credential() -> None:
    assert "sk-secret" not in repr(call_to(1))


async def test_no_more_connections_than_allowed() -> None:
    going = 0
    most = 0
    release = asyncio.Event()
    full = asyncio.Event()

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal going, most
        while True:
            await read_request(reader)
            going += 1
            most = max(most, going)
            if going == 2:
                full.set()
            await release.wait()
            going -= 1
            writer.write(OK)
            await writer.drain()

    client = HttpClient(connections=2)
    async with serving(behave) as port:
        calls = [asyncio.create_task(ask(port, client=client)) for _ in range(6)]
        await asyncio.wait_for(full.wait(), 5)
        release.set()
        assert await asyncio.gather(*calls) == [{"a": 1}] * 6
    await client.close()
    assert most == 2


async def test_busy_pool_gives_up_in_time() -> None:
    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    client = HttpClient(connections=1, timeouts=Timeouts(connect_s=0.1, first_byte_s=5))
    async with serving(behave) as port:
        first = asyncio.create_task(ask(port, client=client))
        await asyncio.sleep(0)
        with pytest.raises(ProviderUnavailableError) as caught:
            await ask(port, client=client)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
    assert caught.value.code == "pool"


async def test_request_that_the_peer_may_have_seen_is_not_sent_twice() -> None:
    """Only silence on a kept connection is tried again; half an answer is a failure."""
    seen = 0

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal seen
        while True:
            await read_request(reader)
            seen += 1
            writer.write(OK if seen == 1 else OK[:20])
            await writer.drain()
            if seen > 1:
                return

    client = HttpClient()
    async with serving(behave) as port:
        await ask(port, client=client)
        with pytest.raises(ProviderUnavailableError):
            await ask(port, client=client)
    assert seen == 2


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for 127.0.0.1 in one file, signed by itself."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("the openssl program is not installed")
    folder = tmp_path_factory.mktemp("tls")
    key, cert = folder / "key.pem", folder / "cert.pem"
    command = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-keyout", str(key), "-out", str(cert), "-days", "2", "-subj", "/CN=localhost"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(command, check=True, capture_output=True)
    both = folder / "both.pem"
    both.write_bytes(key.read_bytes() + cert.read_bytes())
    return both


def _server_tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


async def test_tls_with_a_trusted_certificate(certificate: Path) -> None:
    client = HttpClient(tls=ssl.create_default_context(cafile=str(certificate)))
    async with serving(saying(OK), ssl=_server_tls(certificate)) as port:
        assert await ask(port, client=client, scheme="https") == {"a": 1}
    await client.close()


async def test_untrusted_certificate_is_refused(certificate: Path) -> None:
    async with serving(saying(OK), ssl=_server_tls(certificate)) as port:
        with pytest.raises(ProviderUnavailableError, match="not trusted") as caught:
            await ask(port, scheme="https")
    assert caught.value.code == "certificate"


def _tunnelling(heads: list[bytes], *, refuse: bool = False) -> Behave:
    async def copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while data := await source.read(9999):
            target.write(data)
            await target.drain()
        target.close()

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        heads.append(head)
        if refuse:
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
            await writer.drain()
            return
        host, _, port = head.split(b" ")[1].decode().partition(":")
        there = await asyncio.open_connection(host, int(port))
        try:
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await asyncio.gather(copy(reader, there[1]), copy(there[0], writer))
        finally:
            there[1].transport.abort()

    return behave


async def test_tls_goes_through_a_proxys_tunnel(certificate: Path) -> None:
    heads: list[bytes] = []
    async with (
        serving(saying(OK), ssl=_server_tls(certificate)) as port,
        serving(_tunnelling(heads)) as proxy,
    ):
        tls = ssl.create_default_context(cafile=str(certificate))
        client = HttpClient(tls=tls, proxy=f"http://me:p%40ss@127.0.0.1:{proxy}")
        assert await ask(port, client=client, scheme="https") == {"a": 1}
        await client.close()
    assert heads[0].startswith(b"CONNECT 127.0.0.1:%d HTTP/1.1\r\n" % port)
    assert b"proxy-authorization: Basic bWU6cEBzcw==\r\n" in heads[0]
    assert b"sk-secret" not in heads[0]


async def test_refusing_proxy_is_unavailable_without_its_credential(certificate: Path) -> None:
    async with serving(_tunnelling([], refuse=True)) as proxy:
        client = HttpClient(proxy=f"http://me:p%40ss@127.0.0.1:{proxy}")
        with pytest.raises(ProviderUnavailableError, match="407") as caught:
            await ask(443, client=client, scheme="https")
    assert "p%40ss" not in str(caught.value)
    assert caught.value.code == "proxy"


async def test_plain_request_through_a_proxy_names_the_whole_address() -> None:
    got: list[bytes] = []

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        got.append(await read_request(reader))
        writer.write(OK)
        await writer.drain()

    async with serving(behave) as proxy:
        client = HttpClient(proxy=f"http://127.0.0.1:{proxy}")
        assert await ask(80, client=client, host="model.internal") == {"a": 1}
        await client.close()
    assert got[0].startswith(b"POST http://model.internal/v1/x?y=1 HTTP/1.1\r\nhost: model.internal\r\n")
