from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any

import pytest

from polydesk.core.errors import PolydeskError
from polydesk.core.messages import ImagePart, Message, TextPart, ToolCallPart, ToolResultPart
from polydesk.core.receipts import CallReceipt
from polydesk.telemetry.logs import MOST_WAITING, Logs
from polydesk.telemetry.options import TelemetryOptions
from polydesk.telemetry.redaction import Redactor
from polydesk.telemetry.telemetry import open_telemetry
from tests.telemetry.receipts import ANSWERED, CANCELLED, FAILED, REQUEST, RESPONSE, later, receipt

KEY = "k9-very-secret-credential-value"
VENDOR_KEY = "sk-proj-abcdefghijklmnop0123456789"


@contextmanager
def started(stream: io.StringIO, **options: Any) -> Iterator[Logs]:
    logs = Logs(TelemetryOptions(**options), stream=stream, redactor=Redactor([KEY]))
    logs.start()
    try:
        yield logs
    finally:
        assert logs.close()


def written(say: Callable[[Logs], object], **options: Any) -> str:
    """What stands on the stream after `say` has had its say."""
    stream = io.StringIO()
    with started(stream, **options) as logs:
        say(logs)
    return stream.getvalue()


def call_line(call: CallReceipt, **about: Any) -> dict[str, Any]:
    return json.loads(written(lambda logs: logs.record_call(call, door="gateway", **about)))


def test_a_call_is_one_line_of_json() -> None:
    line = call_line(receipt(ANSWERED), status=200, request_id="req_1", trace_id="ab" * 16)
    assert line == {
        "time": "2026-11-24T09:30:00.125Z",
        "level": "info",
        "event": "call",
        "request_id": "req_1",
        "receipt_id": "rcp_01JDEXAMPLE",
        "trace_id": "ab" * 16,
        "door": "gateway",
        "purpose": "gateway.chat",
        "key_id": "key_01JDEXAMPLE",
        "provider": "openai",
        "model": "gpt-5",
        "outcome": "answered",
        "status": 200,
        "attempts": 1,
        "ms": 125.0,
        "input_tokens": 100,
        "output_tokens": 50,
        "cost_usd": "0.0012",
    }


def test_a_call_that_failed_says_who_failed_and_is_a_warning() -> None:
    line = call_line(receipt(FAILED, later(CANCELLED, 30), later(FAILED, 40, status_code=None), answered=False))
    assert line["level"] == "warning"
    assert (line["outcome"], line["error"], line["attempts"]) == ("failed", "RateLimitError", 3)
    assert line["failures"] == [
        "anthropic/claude-sonnet-5: RateLimitError (429)",
        "anthropic/claude-sonnet-5: RateLimitError",
    ]


def test_text_is_one_line_that_a_program_can_still_take_apart() -> None:
    line = written(lambda logs: logs.record_call(receipt(FAILED, answered=False), door="cli"), log_format="text")
    assert line == (
        "2026-11-24T09:30:00.125Z WARNING call receipt_id=rcp_01JDEXAMPLE door=cli purpose=gateway.chat "
        "key_id=key_01JDEXAMPLE outcome=failed error=RateLimitError attempts=1 ms=125.0 "
        'failures=["anthropic/claude-sonnet-5: RateLimitError (429)"]\n'
    )


@pytest.mark.parametrize("level", ["warning", "error"])
def test_calls_below_the_level_are_not_written(level: str) -> None:
    assert written(lambda logs: logs.record_call(receipt(ANSWERED), door="cli"), log_level=level) == ""


def test_a_refusal_can_be_found_by_the_id_that_its_client_was_told() -> None:
    told = {"id": "rcp_01JDEXAMPLE", "door": "openai_chat", "status": 401, "error": "KeyRefusedError"}
    lines = written(lambda logs: logging.getLogger("polydesk.gateway").info("refused", extra=told))
    assert json.loads(lines).items() >= told.items()


def test_our_own_loggers_are_heard_from_the_level_and_libraries_from_warning() -> None:
    def say(logs: Logs) -> None:
        library = logging.getLogger("some.library")
        library.setLevel(logging.DEBUG)
        library.info("sent %s", "a prompt")
        library.warning("retrying")
        logging.getLogger("polydesk.gateway").debug("ready on %s", 8080)
        library.setLevel(logging.NOTSET)

    lines = [json.loads(line) for line in written(say, log_level="debug").splitlines()]
    assert [(line["level"], line["event"], line["logger"]) for line in lines] == [
        ("warning", "retrying", "some.library"),
        ("debug", "ready on 8080", "polydesk.gateway"),
    ]


def test_logging_is_as_it_was_after_the_end() -> None:
    root = logging.getLogger()
    before = root.level, list(root.handlers), logging.getLogger("polydesk").level
    written(lambda logs: None, log_level="debug")
    assert (root.level, list(root.handlers), logging.getLogger("polydesk").level) == before


def test_what_a_record_refers_to_is_read_when_it_is_logged() -> None:
    names = ["one"]

    def say(logs: Logs) -> None:
        logging.getLogger("polydesk").warning("models: %s", names)
        names.append("two")

    assert json.loads(written(say))["event"] == "models: ['one']"


def test_a_message_that_cannot_be_made_breaks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging.getLogger(), "handlers", [])  # those of the test run raise
    event = json.loads(written(lambda logs: logging.getLogger("polydesk").warning("%d", "no number")))["event"]
    assert event.startswith("a message of ")
    assert event.endswith("that cannot be formatted")


@pytest.mark.parametrize("log_format", ["json", "text"])
def test_nobody_can_write_a_line_that_looks_like_ours(log_format: str) -> None:
    forged = "done\n2026-11-24T09:30:00.000Z INFO call\r\x1b[2K\u2028half \ud800"
    text = written(lambda logs: logging.getLogger("polydesk").warning(forged), log_format=log_format)
    assert text.count("\n") == 1
    assert not {"\r", "\x1b"} & set(text)


CONVERSATION = (
    Message(role="user", parts=(TextPart(text=f"the key is {KEY}"), ImagePart(media_type="image/png", data=b"123"))),
    Message(role="assistant", parts=(ToolCallPart(id="c1", name="look", arguments=f'{{"key": "{KEY}"}}'),)),
    Message(role="user", parts=(ToolResultPart(call_id="c1", content=(TextPart(text=VENDOR_KEY),)),)),
)


def with_content(call: CallReceipt) -> Callable[[Logs], object]:
    from msgspec.structs import replace

    request = replace(REQUEST, messages=CONVERSATION)
    response = replace(RESPONSE, parts=(TextPart(text=f"it is {KEY} and {VENDOR_KEY}"),))
    return lambda logs: logs.record_call(call, door="gateway", request=request, response=response)


def test_content_is_not_written_unless_it_is_asked_for() -> None:
    text = written(lambda logs: logs.record_call(receipt(ANSWERED), door="cli", request=REQUEST, response=RESPONSE))
    assert "tower" not in text
    assert "96 metres" not in text


def test_content_is_written_where_it_is_asked_for_and_pictures_by_their_size() -> None:
    line = json.loads(written(with_content(receipt(ANSWERED)), log_content=True))
    assert line["input"][0]["parts"] == [
        {"type": "text", "content": "the key is [redacted]"},
        {"type": "omitted", "bytes": 3, "modality": "image", "mime_type": "image/png"},
    ]
    assert line["output"][0]["finish_reason"] == "stop"


def raised() -> None:
    try:
        raise PolydeskError(f"refused: {KEY}")
    except PolydeskError:
        logging.getLogger("polydesk").exception("with %s", VENDOR_KEY)


PATHS: dict[str, Callable[[Logs], object]] = {
    "message": lambda logs: logging.getLogger("polydesk").warning(f"{KEY} {VENDOR_KEY}"),
    "argument": lambda logs: logging.getLogger("polydesk").warning("%s and %r", KEY, {"x-api-key": VENDOR_KEY}),
    "library": lambda logs: logging.getLogger("urllib3").warning("GET https://user:%s@host/?key=%s", KEY, VENDOR_KEY),
    "header": lambda logs: logging.getLogger("polydesk").error("authorization: Bearer %s", VENDOR_KEY),
    "traceback": lambda logs: raised(),
    "reason": lambda logs: logs.record_call(
        receipt(later(FAILED, 0, reason=KEY, error=KEY, request_id=VENDOR_KEY), answered=False), door="gateway"
    ),
    "ids": lambda logs: logs.record_call(receipt(ANSWERED), door=KEY, request_id=VENDOR_KEY, trace_id=KEY),
    "purpose": lambda logs: logs.record_call(receipt(ANSWERED, purpose=KEY, why=VENDOR_KEY), door="gateway"),
    "content": with_content(receipt(ANSWERED)),
}


@pytest.mark.parametrize("log_format", ["json", "text"])
@pytest.mark.parametrize("path", PATHS)
def test_no_secret_comes_out_by_any_path(path: str, log_format: str) -> None:
    text = written(PATHS[path], log_format=log_format, log_content=True)
    assert text
    assert KEY not in text
    assert VENDOR_KEY not in text
    if log_format == "json":
        assert [json.loads(line)["event"] for line in text.splitlines()]


class Blocked(io.StringIO):
    """A reader that takes nothing until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.writing = Event()
        self.go = Event()

    def write(self, text: str, /) -> int:
        self.writing.set()
        self.go.wait()
        return super().write(text)


def test_a_reader_that_is_slow_makes_lines_be_dropped_and_counted_and_nobody_wait() -> None:
    stream = Blocked()
    with started(stream) as logs:
        call = receipt(ANSWERED)
        logs.record_call(call, door="gateway")
        assert stream.writing.wait(10)
        for _ in range(MOST_WAITING + 5):
            logs.record_call(call, door="gateway")
        assert logs.dropped == 5
        assert not logs.close(timeout_s=0.01)
        stream.go.set()
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [line["lines"] for line in lines if line["event"] == "log lines dropped"] == [5]
    assert len(lines) == 1 + MOST_WAITING + 1


def test_a_stream_that_is_closed_troubles_nobody() -> None:
    stream = io.StringIO()
    with started(stream) as logs:
        stream.close()
        logs.record_call(receipt(ANSWERED), door="gateway")
    assert logs.dropped == 1


def test_logs_that_never_began_can_be_closed() -> None:
    assert Logs(TelemetryOptions(), stream=io.StringIO(), redactor=Redactor()).close()


def test_a_finished_call_is_shown_to_everything_that_is_switched_on() -> None:
    stream = io.StringIO()
    telemetry = open_telemetry(TelemetryOptions(), version="1", models=["openai/gpt-5"], stream=stream)
    telemetry.record(receipt(ANSWERED), door="gateway", dialect="openai_chat", status=200)
    assert telemetry.begin() is None
    assert telemetry.close()
    assert telemetry.metrics is not None
    rendered = telemetry.metrics.render().decode()
    assert 'polydesk_requests_total{dialect="openai_chat",door="gateway"' in rendered
    assert "polydesk_log_lines_dropped_total 0.0" in rendered
    assert json.loads(stream.getvalue())["status"] == 200


def test_metrics_can_be_switched_off() -> None:
    telemetry = open_telemetry(TelemetryOptions(metrics=False), version="1", stream=io.StringIO())
    telemetry.record(receipt(ANSWERED), door="gateway")
    assert telemetry.metrics is None
    assert telemetry.close()
