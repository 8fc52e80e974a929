"""One loaded model: the plain blocking side of the embedded provider, and the only place that names xllamacpp.

What xllamacpp 2026.10 does, as measured on 2026-11-24, and what follows from it:
- `Server(...)` loads the model and holds the interpreter's lock while it does (0.8 s for 1.1 GB in the page cache).
  The file is therefore read once beforehand, which releases the lock, so that only the unavoidable part blocks.
- It always opens its HTTP side. Ours listens on a Unix socket in a folder that only this user can enter, with a random
  key; we use it to count tokens, for which there is no function.
- A callback that returns True ends its request. With `return_progress` it is also called between the batches of a
  long prompt, so a request can be ended there too.
- With one cache shared by all slots (`kv_unified`), an answer at temperature 0 depends on what runs beside it. With a
  share for each slot it does not.
- Texts of different length that become vectors in two slots at once become wrong ones: a sentence beside another had a
  cosine of 0.80 to itself alone. One slot does them one after another, and right.
"""

from __future__ import annotations

import http.client
import importlib
import os
import secrets
import shutil
import socket
import tempfile
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import msgspec

from polydesk.core.errors import WeightsError
from polydesk.providers.llamacpp.threads import idle_cores
from polydesk.providers.weights.gguf import read_gguf_header

_BATCH_TOKENS = 256
"""A request can be ended between batches only: about three seconds' worth of the 1.5B model on two cores."""
_VECTOR_TOKENS = 2048
"""Longest text that becomes a vector: such a model reads it in one batch, whose memory grows with it."""
_READ_BLOCK = 4 * 1024 * 1024
_COUNT_TIMEOUT_S = 60.0
_SILENT = -1

OnChunk = Callable[[bytes], bool]
"""Receives one chunk of JSON; returns True to end the request."""


class EngineSize(msgspec.Struct, frozen=True, kw_only=True):
    """What one loaded model may take of the machine."""

    context_tokens: int = 8192
    """Prompt and answer of one request together; less where the model was trained for less."""
    parallel: int = 2
    """Requests answered at once; each has its own share of memory. More wait their turn."""
    max_waiting: int = 32
    """Requests that may wait for their turn; one more is refused at once, for another model may be free."""
    threads: int | None = None
    """None takes the cores that are idle when the model is loaded."""


class EngineRefusal(msgspec.Struct, frozen=True, kw_only=True):
    """The engine's own error object."""

    code: int = 500
    type: str = ""
    message: str = ""
    n_prompt_tokens: int | None = None
    n_ctx: int | None = None


class _Server(Protocol):
    """The part of `xllamacpp.Server` that we use; the package has no type information."""

    def handle_chat_completions(self, prompt: bytes, callback: OnChunk) -> None: ...

    def handle_embeddings(self, prompt: bytes) -> bytes: ...


class EngineError(Exception):
    """The engine refused or failed."""

    def __init__(self, refusal: EngineRefusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


class Engine:
    """A model in memory. Its methods block and may be called from several threads at once."""

    def __init__(self, weights: Path, size: EngineSize) -> None:
        """Load the GGUF file at `weights`. Raises WeightsError when it is not one or cannot be loaded."""
        header = read_gguf_header(weights)
        trained = header.context_tokens or size.context_tokens
        self.makes_vectors = header.makes_vectors
        """Whether it is for vectors rather than for text."""
        most = _VECTOR_TOKENS if header.makes_vectors else size.context_tokens
        self.context_tokens = min(size.context_tokens, trained, most)
        """Prompt and answer of one request together."""
        self.threads = size.threads or idle_cores()
        self._key = secrets.token_urlsafe(24)
        self._folder = Path(tempfile.mkdtemp(prefix="polydesk-"))
        self._socket = self._folder / "engine.sock"  # the engine knows a socket by this ending
        _read_ahead(weights)
        self._server: list[_Server] = []
        self._end = weakref.finalize(self, _shut, self._server, self._folder)
        try:
            xllamacpp = _library()
            slots = 1 if self.makes_vectors else size.parallel
            self._server.append(xllamacpp.Server(self._params(xllamacpp.CommonParams(), weights, slots)))
        except ImportError as exc:
            self.close()
            raise WeightsError(
                f"The embedded engine cannot start: {exc}. On Debian, install the package libgomp1.", name=weights.name
            ) from exc
        except RuntimeError as exc:
            self.close()
            raise WeightsError(
                f"{weights} cannot be loaded: it is damaged, of a kind that this engine does not know, or does not fit "
                "into memory. Pull it again, or choose a smaller model.",
                name=weights.name,
            ) from exc
        self._await_loop()

    def answer(self, body: bytes, on_chunk: OnChunk) -> None:
        """Answer the chat request `body`, chunk by chunk. Raises EngineError when it is refused outright."""
        try:
            self._server[0].handle_chat_completions(body, on_chunk)
        except ValueError as exc:
            raise EngineError(EngineRefusal(code=400, type="invalid_request_error", message=str(exc))) from exc
        except RuntimeError as exc:
            raise EngineError(EngineRefusal(message=str(exc))) from exc

    def embed(self, texts: Sequence[str]) -> dict[str, Any]:
        """Vectors in the form of OpenAI's embeddings. Raises EngineError."""
        if not self.makes_vectors:
            raise EngineError(EngineRefusal(code=400, type="invalid_request_error", message="it makes no vectors"))
        for text in texts:
            self._refuse_long(text)
        try:
            reply: dict[str, Any] = msgspec.json.decode(
                self._server[0].handle_embeddings(msgspec.json.encode({"input": texts}))
            )
        except (ValueError, RuntimeError) as exc:
            raise EngineError(EngineRefusal(message=str(exc))) from exc
        if "error" in reply:
            raise EngineError(msgspec.convert(reply["error"], EngineRefusal))
        return reply

    def _refuse_long(self, text: str) -> None:
        # The engine calls a long text a fault of its own. A token is at least a byte, but for two around the text.
        if len(text.encode()) + 2 <= self.context_tokens:
            return
        body = msgspec.json.encode({"content": text, "add_special": True})
        tokens = len(self._asked("/tokenize", body)["tokens"])
        if tokens > self.context_tokens:
            refusal = EngineRefusal(
                code=400,
                type="exceed_context_size_error",
                message="a text is too long",
                n_prompt_tokens=tokens,
                n_ctx=self.context_tokens,
            )
            raise EngineError(refusal)

    def count(self, body: bytes) -> int:
        """How many tokens the chat request `body` is to the model, template included. Raises EngineError."""
        return int(self._asked("/v1/chat/completions/input_tokens", body)["input_tokens"])

    def _asked(self, path: str, body: bytes) -> dict[str, Any]:
        """The engine's answer to a question about tokens. Raises EngineError."""
        connection = _UnixConnection(self._socket)
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self._key}"}
        try:
            connection.request("POST", path, body, headers)
            reply: dict[str, Any] = msgspec.json.decode(connection.getresponse().read())
        except (OSError, http.client.HTTPException, msgspec.DecodeError) as exc:
            raise EngineError(EngineRefusal(message=f"tokens could not be counted: {exc}")) from exc
        finally:
            connection.close()
        if "error" in reply:
            raise EngineError(msgspec.convert(reply["error"], EngineRefusal))
        return reply

    def _await_loop(self) -> None:
        """Wait until the engine's loop takes tasks.

        The loop starts in a thread of its own, and an engine that is dropped before it runs waits for it for ever. The
        adapters are asked for because that question, unlike others as cheap, is answered by the loop.
        """
        connection = _UnixConnection(self._socket)
        try:
            connection.request("GET", "/lora-adapters", headers={"Authorization": f"Bearer {self._key}"})
            connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            pass  # The engine answers in its own way or not at all: then its first request says what is wrong.
        finally:
            connection.close()

    def close(self) -> None:
        """Free the model. No request may be under way."""
        self._end()

    def _params(self, params: Any, weights: Path, parallel: int) -> Any:
        params.model.path = str(weights)
        params.n_ctx = self.context_tokens * parallel
        params.n_parallel = parallel
        params.kv_unified = False
        params.n_batch = params.n_ubatch = self.context_tokens if self.makes_vectors else _BATCH_TOKENS
        params.embedding = self.makes_vectors
        for cpu in (params.cpuparams, params.cpuparams_batch):
            cpu.n_threads = self.threads
            cpu.poll = 0  # between batches threads sleep instead of spinning
        params.n_gpu_layers = 0
        params.no_extra_bufts = True  # no second, repacked copy of the weights
        params.cache_ram_mib = 0  # prefixes are reused within a slot; no further copies of them
        params.fit_params = False
        params.warmup = False
        params.verbosity = _SILENT
        params.hostnames = [str(self._socket)]
        params.api_keys = [self._key]
        params.n_threads_http = 2
        params.ui = False
        params.endpoint_slots = False
        return params


class _UnixConnection(http.client.HTTPConnection):
    """HTTP over the engine's socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=_COUNT_TIMEOUT_S)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(_COUNT_TIMEOUT_S)
        self.sock.connect(str(self._path))


def _library() -> Any:
    """The `xllamacpp` module, with threads that sleep while they wait for one another.

    Imported only when a model is loaded, for it is a library of 100 MB. Its threads are OpenMP's, which otherwise spin
    at every barrier, several hundred to a token: beside one busy process that was measured to bring 25 tokens/s down
    to 1, and this to bring them back to 16. OpenMP reads the variable once, when it is first loaded.
    """
    os.putenv("OMP_WAIT_POLICY", "passive")  # for C alone; a user's own GOMP_SPINCOUNT still has the last word
    try:
        return importlib.import_module("xllamacpp")
    finally:
        os.unsetenv("OMP_WAIT_POLICY")


def _read_ahead(weights: Path) -> None:
    """Bring the file into the page cache, from which the engine maps it."""
    with weights.open("rb", buffering=0) as file:
        block = bytearray(_READ_BLOCK)
        while file.readinto(block):
            pass


def _shut(server: list[_Server], folder: Path) -> None:
    """Drop the engine, which ends its threads, and its socket. Also called when the process ends without a close."""
    server.clear()
    shutil.rmtree(folder, ignore_errors=True)
