"""The connection to Valkey or Redis: scripts, sent together by whoever asks in the same moment.

Scripts and commands are those that Valkey 7.2 and Redis 7.0 share.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any, NamedTuple, cast
from urllib.parse import urlsplit

from valkey.asyncio import Valkey
from valkey.exceptions import NoScriptError, ValkeyError

from polydesk.core.errors import LimitsUnavailableError

_MOST_AT_ONCE = 200
_RUN_ID = re.compile(rb"run_id:(\w+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class EnginePlace:
    """Where the engine is, and how long it may take to answer."""

    url: str = field(repr=False)
    """`valkey://user@host:port/number`, without a password; `valkeys://` for TLS."""
    password: str | None = field(default=None, repr=False)
    timeout_s: float = 2.0

    def __str__(self) -> str:
        """Its address, without who uses it."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


@cache
def script(name: str) -> str:
    """The text of a script of this folder."""
    return (resources.files("polydesk.governance.shared") / f"{name}.lua").read_text(encoding="utf-8")


@cache
def _sha1(name: str) -> str:
    # The name by which servers know a script: https://valkey.io/commands/evalsha/ (checked 2026-11-24).
    return hashlib.sha1(script(name).encode(), usedforsecurity=False).hexdigest()


class _Asked(NamedTuple):
    name: str
    keys: Sequence[str]
    values: Sequence[str | int]
    answer: asyncio.Future[Any]


class Engine:
    """Runs scripts, each in one journey; what is asked meanwhile shares the next. For one event loop alone."""

    def __init__(self, place: EnginePlace, *, prefix: str) -> None:
        """Nothing is connected before the first script. `prefix` keeps our keys apart from others'."""
        self.place = place
        self.prefix = f"{{{prefix}}}"
        """How all our keys begin: in braces, by which a cluster keeps them together."""
        self._client = cast(
            "Any",
            Valkey.from_url(
                place.url,
                password=place.password,
                socket_timeout=place.timeout_s,
                socket_connect_timeout=place.timeout_s,
                client_name="polydesk",
                valkey_connect_func=self._greet,
            ),
        )
        self._waiting: list[_Asked] = []
        self._sending: asyncio.Task[None] | None = None

    def run(self, name: str, keys: Sequence[str], *values: str | int) -> asyncio.Future[Any]:
        """Begin to run the script called `name`. Awaited, it gives what the script gives, texts as bytes.

        Raises LimitsUnavailableError.
        """
        loop = asyncio.get_running_loop()
        answer = loop.create_future()
        self._waiting.append(_Asked(name, keys, values, answer))
        if self._sending is None:
            self._sending = loop.create_task(self._send_all())
        return answer

    async def held(self, key: str) -> dict[str, str]:
        """The fields of a hash. Raises LimitsUnavailableError."""
        try:
            found = await self._client.hgetall(key)
        except (ValkeyError, OSError) as error:
            raise self.unavailable(error) from error
        return {name.decode(): value.decode() for name, value in found.items()}

    async def forget_worker(self, workers: str, worker: str) -> None:
        """Take a worker off the list. Raises LimitsUnavailableError."""
        try:
            await self._client.zrem(workers, worker)
        except (ValkeyError, OSError) as error:
            raise self.unavailable(error) from error

    async def remove(self, pattern: str) -> None:
        """Remove every key that fits. Raises LimitsUnavailableError."""
        try:
            async for key in self._client.scan_iter(match=pattern, count=500):
                await self._client.unlink(key)
        except (ValkeyError, OSError) as error:
            raise self.unavailable(error) from error

    async def version(self) -> str:
        """What answers, and its version. Raises LimitsUnavailableError."""
        try:
            told = await self._client.info("server")
        except (ValkeyError, OSError) as error:
            raise self.unavailable(error) from error
        name = "Valkey" if told.get("server_name") == "valkey" else "Redis"
        return f"{name} {told.get('valkey_version') or told.get('redis_version')}"

    async def close(self) -> None:
        """Wait for what was asked, and let go of the connections."""
        while self._sending is not None:
            await asyncio.wait([self._sending])
        await self._client.aclose()

    def unavailable(self, error: BaseException) -> LimitsUnavailableError:
        """What to say when the engine does not answer."""
        said = " ".join(str(error).split()).rstrip(".") or "it does not answer"
        return LimitsUnavailableError(
            f"The shared limits in {self.place} cannot be asked: {said}; see that it runs, and that [shared_limits] "
            "names it and its password."
        )

    async def _greet(self, connection: Any) -> None:
        """Begin a connection, and see to it that the server's memory is whole."""
        await connection.on_connect()
        await connection.send_command("INFO", "server")
        told: bytes = await connection.read_response()
        run = _RUN_ID.search(told)
        if run is None:
            raise ValkeyError("it does not say which run of a server it is")
        await connection.send_command("EVAL", script("greet"), 1, f"{self.prefix}:run", run[1], f"{self.prefix}:*")
        await connection.read_response()

    async def _send_all(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:_MOST_AT_ONCE], self._waiting[_MOST_AT_ONCE:]
                await self._send(batch)
        finally:
            self._sending = None

    async def _send(self, batch: Sequence[_Asked]) -> None:
        try:
            answers = await self._answers(batch)
        except (ValkeyError, OSError) as error:
            answers: list[Any] = [error] * len(batch)
        for one, answer in zip(batch, answers, strict=True):
            if one.answer.done():  # its caller may have gone
                continue
            if isinstance(answer, BaseException):
                one.answer.set_exception(self.unavailable(answer))
            else:
                one.answer.set_result(answer)

    async def _answers(self, batch: Sequence[_Asked]) -> list[Any]:
        try:
            answers = await self._exchanged(batch)
        except (ValkeyError, OSError):
            # A connection may have been lost while it lay idle. Every script may be run again: it does its work once.
            answers = await self._exchanged(batch)
        if any(isinstance(answer, NoScriptError) for answer in answers):
            for name in {one.name for one in batch}:
                await self._client.script_load(script(name))
            unknown = [isinstance(answer, NoScriptError) for answer in answers]
            again = iter(await self._exchanged([one for one, was in zip(batch, unknown, strict=True) if was]))
            answers = [next(again) if was else answer for answer, was in zip(answers, unknown, strict=True)]
        return answers

    async def _exchanged(self, batch: Sequence[_Asked]) -> list[Any]:
        async with self._client.pipeline(transaction=False) as pipeline:
            for one in batch:
                pipeline.evalsha(_sha1(one.name), len(one.keys), *one.keys, *one.values)
            return await pipeline.execute(raise_on_error=False)
