"""Conversations are rebuilt."""

from __future__ import annotations

import random

import pytest

from polydesk.office.mail.conversation import base_subject, forward_subject, reply_subject
from polydesk.office.mail.threads import head_summary, threads
from polydesk.office.mail.views import SummaryView


def one(id: str, *, parents: str = "", subject: str = "Plan", minute: int = 0, index: str = "") -> SummaryView:
    head = f"Message-ID: <{id}>\nSubject: {subject}\nDate: Mon, 05 Jan 2026 15:{minute:02}:00 +0000\n"
    head += "".join(f"{name}: {value}\n" for name, value in (("References", parents), ("Thread-Index", index)) if value)
    return head_summary(head.encode(), id)


def shape(*summaries: SummaryView) -> list[list[tuple[int, str]]]:
    return [[(node.depth, node.message.place) for node in view.nodes] for view in threads(summaries)]


CONVERSATION = [
    one("a"),
    one("b", parents="<a>", minute=1),
    one("c", parents="<a> <b>", minute=2),
    one("d", parents="<a>", minute=3),
]


def test_answers_stand_below_what_they_answer_in_any_order() -> None:
    wanted = [[(0, "a"), (1, "b"), (2, "c"), (1, "d")]]
    for seed in range(10):
        mixed = random.Random(seed).sample(CONVERSATION, 4)
        assert shape(*mixed) == wanted


@pytest.mark.parametrize(
    ("summaries", "wanted"),
    [
        ([one("b", parents="<a>"), one("c", parents="<a>", minute=1)], [[(0, "b"), (0, "c")]]),
        ([one("a", parents="<b>"), one("b", parents="<a>")], [[(0, "b"), (1, "a")]]),
        ([one("a"), one("x", subject="AW: Re: Plan", minute=5)], [[(0, "a"), (1, "x")]]),
        ([one("a"), one("x", minute=5)], [[(0, "x")], [(0, "a")]]),
        ([one("a"), one("a", minute=1)], [[(0, "a")], [(0, "a")]]),
        ([one("a", parents="<a>")], [[(0, "a")]]),
        ([one("", subject=""), one("", subject="")], [[(0, "")], [(0, "")]]),
    ],
    ids=["missing parent", "circle", "subject alone", "no answer", "copies", "itself", "nothing known"],
)
def test_odd_conversations(summaries: list[SummaryView], wanted: list[list[tuple[int, str]]]) -> None:
    found = shape(*summaries)
    assert sorted(map(sorted, found)) == sorted(map(sorted, wanted))


def test_outlooks_index_links_mails_without_references() -> None:
    root = "AdyUwkeYSjAnenykIpjw4UZ8HRBE3g=="
    child = "AdyUwkeYSjAnenykIpjw4UZ8HRBE3gAAAACQ"
    assert shape(one("a", index=root), one("b", subject="Other", index=child, minute=1)) == [[(0, "a"), (1, "b")]]


def test_every_mail_is_in_one_thread_and_a_deep_one_is_read() -> None:
    deep = [one(str(n), parents=" ".join(f"<{m}>" for m in range(max(n - 3, 0), n))) for n in range(3000)]
    (view,) = threads(deep)
    assert sorted(int(node.message.place) for node in view.nodes) == list(range(3000))


@pytest.mark.parametrize(
    ("subject", "base", "reply", "forward"),
    [
        ("Plan", "Plan", "RE: Plan", "FW: Plan"),
        ("Re: Plan", "Plan", "Re: Plan", "FW: Re: Plan"),
        ("AW: [team] Fwd: Plan", "Plan", "AW: [team] Fwd: Plan", "FW: AW: [team] Fwd: Plan"),
        ("Re[2]: Plan", "Plan", "Re[2]: Plan", "FW: Re[2]: Plan"),
        ("WG: Plan", "Plan", "RE: WG: Plan", "WG: Plan"),
        ("回复\uff1a计划", "计划", "回复\uff1a计划", "FW: 回复\uff1a计划"),
        ("Report: all", "Report: all", "RE: Report: all", "FW: Report: all"),
    ],
)
def test_subjects(subject: str, base: str, reply: str, forward: str) -> None:
    assert (base_subject(subject), reply_subject(subject), forward_subject(subject)) == (base, reply, forward)
