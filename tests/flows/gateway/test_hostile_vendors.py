"""Whatever a vendor says, its client gets an answer, the next one is answered too, and no money comes back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.flows.gateway.process import Gateway, chat, message, receipts, serving, vendor
from tests.vendors.http_server import Reply, Scene

COUNTS: list[Any] = [-1, -(10**9), 2**62, 2**63, 10**19, 10**30, 1e308, "5", None, [], {}, True]
WAITS = [
    "-1",
    "1e308",
    "inf",
    "nan",
    "9" * 5_000,
    "Mon, 99 Foo 9999999999 99:99:99 GMT",
    "Thu, 01 Jan 0000 00:00:00 GMT",
]
LIMITS = ["-1", "9" * 5_000, "1e308", "inf", "9999999999999d", "\xb2"]
TEXTS = ["\x00\x1b[2J\r\nset-cookie: a=b", "\u2028ERROR forged=1", "x" * 100_000]


def answer(*, count: Any = 5, text: str = "Hello.", name: str = "gpt-4.1") -> Reply:
    usage = {"prompt_tokens": count, "completion_tokens": count, "total_tokens": count}
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    body = {"id": name, "object": "chat.completion", "created": 1, "model": name, "choices": [choice], "usage": usage}
    return Reply(body=json.dumps(body).encode())


def stream(*, count: Any) -> Reply:
    head = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4.1"}
    usage = {"prompt_tokens": count, "completion_tokens": count, "total_tokens": count}
    said = {"choices": [{"index": 0, "delta": {"content": "Hello."}, "finish_reason": "stop"}]}
    events = [json.dumps(head | said), json.dumps(head | {"choices": [], "usage": usage}), "[DONE]"]
    return Reply(body="".join(f"data: {event}\n\n" for event in events).encode(), content_type="text/event-stream")


def limited(name: str, value: str, *, status: int) -> Reply:
    reply = answer()
    return Reply(status=status, body=reply.body if status == 200 else b"{}", headers={name: value})


async def test_whatever_a_vendor_says_it_is_survived(tmp_path: Path) -> None:
    said = [answer(count=count) for count in COUNTS]
    said += [answer(text=text, name=text) for text in TEXTS]
    said += [limited("retry-after", value, status=429) for value in WAITS]
    said += [limited("retry-after-ms", value, status=429) for value in WAITS]
    said += [limited("x-ratelimit-limit-requests", value, status=200) for value in LIMITS]
    said += [limited("x-ratelimit-reset-requests", value, status=200) for value in LIMITS]
    said += [limited("x-request-id", "x" * 60_000, status=200)]
    async with vendor() as behind, serving(tmp_path, behind) as gateway:
        for reply in said:
            behind.will_only(Scene(fault=reply))
            await check_answered(gateway, stream=False)
        for count in COUNTS:
            behind.will_only(Scene(fault=stream(count=count)))
            await check_answered(gateway, stream=True)
        calls = await receipts(tmp_path)
    assert len(calls) == 2 * (len(said) + len(COUNTS))
    assert all(call.cost_usd is None or call.cost_usd >= 0 for call in calls)
    assert "fault" not in gateway.said
    assert "Traceback" not in gateway.said
    assert all(line.startswith(("20", "Polydesk")) for line in gateway.said.splitlines()), "every line is one of ours"
    assert "\x1b" not in gateway.said


async def check_answered(gateway: Gateway, *, stream: bool) -> None:
    """The client is answered, well or not, within HTTP; and so is the next."""
    client = gateway.client(**{"x-polydesk-timeout-s": "20"})
    told = await client.post("/v1/messages", json=message(stream=stream))
    assert told.status_code in (200, 429, 502), told.text
    assert "set-cookie" not in told.headers
    if told.status_code == 429:
        assert 0 <= int(told.headers.get("retry-after", "0")) <= 366 * 86_400
    assert (await client.post("/v1/chat/completions", json=chat())).status_code == 200
    await client.aclose()
