"""Edits of a strong model: good ones pass, others are asked for again and then refused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from polydesk.copilot.edit import edit_document
from polydesk.copilot.progress import Progress
from polydesk.copilot.proposal import Proposal
from polydesk.core.errors import ContentFilteredError, ProviderUnavailableError, UsageError
from polydesk.office.docx.document import Document
from polydesk.office.docx.edits import InsertParagraph, ReplaceText, ReplyComment
from polydesk.office.docx.views import TableView
from polydesk.providers.scripted import Answer, Scripted
from polydesk.routing.needs import Choice
from tests.copilot.desk import (
    STRONG,
    anchor_of,
    desk,
    document,
    edits_reply,
    heading,
    rewriter,
    said,
    word_edits,
)
from tests.docx_builder import comment, dele, ins, p, tbl
from tests.routing.samples import model

SUMMARY = "In total, and on the whole, revenue at Leeds rose by 12.5% to 43 million."
OUTLOOK = "It is to be expected that it will go on like this in York."
SOURCE = document(
    heading("Summary"),
    p(comment(0, SUMMARY)),
    heading("Outlook"),
    OUTLOOK,
    tbl(["Site", "Vans"], ["Leeds", "12"]),
    comments={0: "By how much did costs rise?"},
)
AT_SUMMARY, AT_OUTLOOK = anchor_of(SOURCE, "on the whole"), anchor_of(SOURCE, "go on")
GOOD = {"edit": "replace_text", "at": AT_SUMMARY, "text": "Revenue at Leeds rose by 12.5% to 43 million."}


async def proposed(
    folder: Path, instruction: str, *answers: Answer, source: Document = SOURCE
) -> tuple[Proposal, Scripted]:
    provider = Scripted(answers)
    place = desk(folder, {"openai": provider})
    proposal = await edit_document(source, instruction, place.inference)
    assert place.store.call_receipts() == list(reversed(proposal.calls))
    return proposal, provider


def replace(text: str, at: str = AT_SUMMARY) -> dict[str, Any]:
    return {"edit": "replace_text", "at": at, "text": text}


async def test_good_edits_become_a_proposal_with_their_receipt(tmp_path: Path) -> None:
    proposal, provider = await proposed(tmp_path, "Tighten the summary", edits_reply(GOOD, remark="Shorter now."))
    (one,) = proposal.edits
    assert one.edit == ReplaceText(at=AT_SUMMARY, text=GOOD["text"])
    assert (one.before, one.after) == (SUMMARY, GOOD["text"])
    assert one.receipt_id == proposal.calls[0].id
    assert proposal.scope == "\u201cSummary\u201d"
    assert proposal.warnings == ("gpt-4.1 remarks: Shorter now.",)
    assert len(proposal.checks) == 3
    assert SOURCE.apply(word_edits(proposal)).changed_parts == ("/word/document.xml",)
    assert f"[{AT_SUMMARY}] {SUMMARY}" in said(provider.requests[0])


async def test_no_edit_is_a_good_answer_that_vouches_for_nothing(tmp_path: Path) -> None:
    proposal, _ = await proposed(tmp_path, "Fix the grammar", edits_reply(remark="Nothing to do."))
    assert (proposal.edits, proposal.checks) == ((), ())


BAD: list[tuple[str, str, Mapping[str, Any], str]] = [
    ("unknown anchor", "Fix it", replace("x y", "body/p99~00000000"), "body/p99"),
    ("changed hash", "Fix it", replace("x y", AT_SUMMARY.partition("~")[0] + "~00000000"), "edit 1"),
    ("lost number", "Fix it", replace("Revenue at Leeds rose to 43 million."), "leaves out 12.5"),
    ("lost name", "Fix it", replace("Revenue rose by 12.5% to 43 million."), "leaves out Leeds"),
    ("invented number", "Fix it", replace(GOOD["text"] + " It was 9."), "adds 9"),
    ("changed unit", "Fix it", replace(GOOD["text"].replace("million", "billion")), "changes the unit of 43 million"),
    ("emptied", "Fix it", replace(""), "deletes words"),
    ("deleted", "Fix it", {"edit": "delete_paragraph", "at": AT_OUTLOOK}, "deletes words"),
    (
        "invented in a new paragraph",
        "Add a line",
        {"edit": "insert_paragraph", "after": AT_OUTLOOK, "text": "See 77."},
        "adds 77",
    ),
    (
        "link in a new paragraph",
        "Add a line",
        {"edit": "insert_paragraph", "after": AT_OUTLOOK, "text": "See http://evil.com."},
        "adds http://evil.com",
    ),
    (
        "outside the section",
        "Tighten the summary",
        replace("It will go on in York.", AT_OUTLOOK),
        "is outside \u201cSummary\u201d",
    ),
    (
        "inserted outside",
        "Tighten the summary",
        {"edit": "insert_paragraph", "after": AT_OUTLOOK, "text": "And so on."},
        "is outside",
    ),
    (
        "moved outside",
        "Shorten the summary",
        {"edit": "move_paragraph", "at": AT_SUMMARY, "after": AT_OUTLOOK},
        "is outside",
    ),
    ("words for comments", "Answer the comments", GOOD, "about comments alone"),
    (
        "answer unasked",
        "Fix the grammar",
        {"edit": "reply_comment", "comment": "comment#0", "text": "Yes."},
        "does not speak of comments",
    ),
    (
        "resolved unasked",
        "Fix the grammar",
        {"edit": "resolve_comment", "comment": "comment#0"},
        "does not speak of comments",
    ),
    (
        "invented in an answer",
        "Answer the comments",
        {"edit": "reply_comment", "comment": "comment#0", "text": "By 5%."},
        "adds 5",
    ),
    (
        "no such comment",
        "Answer the comments",
        {"edit": "reply_comment", "comment": "comment#7", "text": "Yes."},
        "comment#7",
    ),
    ("accepted unasked", "Fix the grammar", {"edit": "accept_change", "change": "*"}, "does not ask to accept"),
]


@pytest.mark.parametrize(("instruction", "edit", "problem"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
async def test_bad_edit_is_asked_again_with_the_problem_and_then_left_out(
    tmp_path: Path, instruction: str, edit: Mapping[str, Any], problem: str
) -> None:
    proposal, provider = await proposed(tmp_path, instruction, edits_reply(edit), edits_reply(edit))
    assert problem in said(provider.requests[1], -1)
    assert proposal.edits == ()
    assert len(proposal.calls) == 2
    (warning,) = proposal.warnings
    assert warning.startswith("No edits from gpt-4.1: ")
    assert problem in warning


@pytest.mark.parametrize(
    ("instruction", "edit"),
    [
        ("Delete the outlook", {"edit": "delete_paragraph", "at": AT_OUTLOOK}),
        ("Leeds is to be Hull", replace(SUMMARY.replace("Leeds", "Hull"))),
        ("Write 14% for 12.5%", replace(SUMMARY.replace("12.5", "14"))),
        ("Answer the comments", {"edit": "reply_comment", "comment": "comment#0", "text": "Revenue rose by 12.5%."}),
        ("Comment on claims", {"edit": "add_comment", "at": AT_OUTLOOK, "text": "Says who?"}),
        (
            "Add the line: see https://a.example.com",
            {"edit": "insert_paragraph", "after": AT_OUTLOOK, "text": "See https://a.example.com."},
        ),
        ("Translate to German", replace("Der Umsatz in Leeds stieg um 12,5 % auf 43 Millionen.")),
    ],
)
async def test_what_the_instruction_asks_for_passes(tmp_path: Path, instruction: str, edit: Mapping[str, Any]) -> None:
    proposal, _ = await proposed(tmp_path, instruction, edits_reply(edit))
    assert len(proposal.edits) == 1


async def test_wrong_anchor_is_mended_at_the_second_time(tmp_path: Path) -> None:
    proposal, _ = await proposed(
        tmp_path, "Tighten the summary", edits_reply(replace("x y", "body/p99~00000000")), edits_reply(GOOD)
    )
    assert [one.edit.text for one in proposal.edits if isinstance(one.edit, ReplaceText)] == [GOOD["text"]]
    assert proposal.edits[0].receipt_id == proposal.calls[1].id


async def test_good_edits_beside_a_bad_one_are_kept_at_the_second_time(tmp_path: Path) -> None:
    reply = edits_reply(GOOD, replace("It will go on in Hull.", AT_OUTLOOK), remark="Done.")
    proposal, _ = await proposed(tmp_path, "Fix it", reply, reply)
    assert [one.after for one in proposal.edits] == [GOOD["text"]]
    assert proposal.warnings[0].startswith("Some edits were left out from gpt-4.1: edit 2: the text leaves out York")


async def test_edit_that_leans_on_a_bad_one_goes_with_it(tmp_path: Path) -> None:
    """The first edit moves its number into the second, which has an address from nowhere."""
    insert = {"edit": "insert_paragraph", "after": AT_SUMMARY, "text": "It is now 43 million, see evil.com."}
    reply = edits_reply(replace("Revenue at Leeds rose by 12.5%."), insert)
    proposal, _ = await proposed(tmp_path, "Split the summary in two", reply, reply)
    assert proposal.edits == ()
    assert proposal.warnings[0].startswith("No edits from gpt-4.1: edit 2: the text adds evil.com")


async def test_conflicting_edits_at_the_second_time_are_settled_for_the_first(tmp_path: Path) -> None:
    reply = edits_reply(GOOD, replace(GOOD["text"].replace("rose", "grew")))
    proposal, _ = await proposed(tmp_path, "Tighten the summary", reply, reply)
    assert [one.after for one in proposal.edits] == [GOOD["text"]]
    assert "Left out" in proposal.warnings[-1]


async def test_conflicting_edits_are_asked_for_again(tmp_path: Path) -> None:
    other = replace(GOOD["text"].replace("rose", "grew"))
    proposal, provider = await proposed(tmp_path, "Tighten the summary", edits_reply(GOOD, other), edits_reply(GOOD))
    assert "edit 2" in said(provider.requests[1], -1) or "conflict" in said(provider.requests[1], -1)
    assert len(proposal.edits) == 1


async def test_split_paragraph_loses_nothing(tmp_path: Path) -> None:
    edits = [
        replace("Revenue at Leeds rose by 12.5%."),
        {"edit": "insert_paragraph", "after": AT_SUMMARY, "text": "It is now 43 million."},
    ]
    proposal, _ = await proposed(tmp_path, "Split the summary in two", edits_reply(*edits))
    assert [type(one.edit) for one in proposal.edits] == [ReplaceText, InsertParagraph]


async def test_facts_that_go_with_a_deletion_are_told(tmp_path: Path) -> None:
    edit = {"edit": "delete_paragraph", "at": AT_OUTLOOK}
    proposal, _ = await proposed(tmp_path, "Remove the outlook", edits_reply(edit))
    assert proposal.warnings == ("What is deleted holds York; check that it may go.",)


async def test_cells_and_rows_are_held_too(tmp_path: Path) -> None:
    view = SOURCE.view()
    (table,) = [block for block in view.stories[0].blocks if isinstance(block, TableView)]
    cell, row = table.rows[1].cells[1].anchor, table.rows[1].anchor
    bad = edits_reply({"edit": "set_cell", "at": cell, "text": "13"})
    proposal, provider = await proposed(tmp_path, "Fix the outlook", bad, bad)
    assert "leaves out 12" in said(provider.requests[1], -1)
    (tmp_path / "more").mkdir()
    good = edits_reply({"edit": "insert_row", "after": row, "cells": ["York", "12"]})
    proposal, _ = await proposed(tmp_path / "more", "Add a row to the outlook", good)
    assert proposal.edits[0].after == "York\t12"


async def test_model_does_not_decide_what_is_tracked(tmp_path: Path) -> None:
    proposal, _ = await proposed(tmp_path, "Tighten the summary", edits_reply({**GOOD, "tracked": False}))
    (one,) = proposal.edits
    assert isinstance(one.edit, ReplaceText)
    assert one.edit.tracked is None
    assert len(SOURCE.apply([one.edit]).edits[0].change_ids) > 0


async def test_long_document_is_asked_about_in_parts(tmp_path: Path) -> None:
    paragraphs = [f"Paragraph {number} says that all is as it was before, and will be." for number in range(40)]
    source = document(heading("Start"), *paragraphs)
    provider = Scripted(lambda request: edits_reply(*_shorter(said(request))))
    card = model("openai", "gpt-4.1", context_window_tokens=4_000, max_output_tokens=1_000)
    place = desk(tmp_path, {"openai": provider}, [card])
    steps: list[Progress] = []
    proposal = await edit_document(source, "Shorten it", place.inference, progress=steps.append)
    assert len(provider.requests) == len(steps) > 1
    assert [step.text for step in steps][-1] == f"asking for edits, part {len(steps)} of {len(steps)}"
    assert len(proposal.edits) == 40
    assert {one.receipt_id for one in proposal.edits} == {call.id for call in proposal.calls}
    assert "headings: Start" in said(provider.requests[-1])
    assert source.apply(word_edits(proposal)).data != source.data


async def test_parts_without_the_named_section_are_not_sent(tmp_path: Path) -> None:
    filler = [f"Paragraph {number} says that all is as it was before, and will be." for number in range(40)]
    source = document(heading("Start"), *filler, heading("Ending"), "The end is near, as it always was.")
    provider = Scripted(lambda request: edits_reply())
    card = model("openai", "gpt-4.1", context_window_tokens=4_000, max_output_tokens=1_000)
    await edit_document(source, "Tighten the ending", desk(tmp_path, {"openai": provider}, [card]).inference)
    assert len(provider.requests) == 1
    assert "The end is near" in said(provider.requests[0])


def _shorter(asked: str) -> list[dict[str, Any]]:
    lines = [line for line in asked.splitlines() if "] Paragraph " in line]
    anchors = [(line[1:].partition("]")[0], line.partition("] ")[2]) for line in lines]
    return [{"edit": "replace_text", "at": at, "text": text.replace(", and will be", "")} for at, text in anchors]


async def test_failing_vendors_give_way_to_another_kind_of_model(tmp_path: Path) -> None:
    down = [ProviderUnavailableError("down", provider=name) for name in ("openai", "anthropic")]
    providers = {"openai": Scripted([down[0]]), "anthropic": Scripted([down[1]])}
    small = rewriter(lambda text: text.replace("In total, and on the whole, r", "R"))
    place = desk(tmp_path, {**providers, "inside": small})
    proposal = await edit_document(SOURCE, "Tighten the summary", place.inference)
    assert proposal.models == ["inside/small"]
    assert [one.after for one in proposal.edits] == [GOOD["text"]]
    assert "Another kind of model was asked" in proposal.warnings[0]
    assert len(place.store.call_receipts()) == 2


async def test_what_a_filter_refuses_is_not_offered_to_another_model(tmp_path: Path) -> None:
    refused = Scripted([ContentFilteredError("refused", provider="openai")])
    small = rewriter(lambda text: text)
    place = desk(tmp_path, {"openai": refused, "inside": small})
    with pytest.raises(ContentFilteredError):
        await edit_document(SOURCE, "Tighten the summary", place.inference)
    assert small.requests == []


async def test_others_changes_are_shown_and_decided_when_asked(tmp_path: Path) -> None:
    source = document(p("It rose ", dele("slowly"), ins("quickly"), " this year."))
    change = source.view().changes[0].id
    reply = edits_reply({"edit": "accept_change", "change": change})
    proposal, provider = await proposed(tmp_path, "Accept the first change", reply, source=source)
    assert f"[change {change}] deletion by A: slowly" in said(provider.requests[0])
    assert len(proposal.edits) == 1


async def test_answer_keeps_the_comment_beside_it(tmp_path: Path) -> None:
    edit = {"edit": "reply_comment", "comment": "comment#0", "text": "The document does not say."}
    proposal, provider = await proposed(tmp_path, "Answer the comments", edits_reply(edit))
    assert proposal.edits[0].edit == ReplyComment(comment="comment#0", text="The document does not say.")
    assert proposal.edits[0].before == "By how much did costs rise?"
    assert f"[comment#0] at {AT_SUMMARY} on" in said(provider.requests[0])


@pytest.mark.parametrize("instruction", ["", "  \n"])
async def test_empty_instruction_is_refused(tmp_path: Path, instruction: str) -> None:
    with pytest.raises(UsageError, match="instruction is empty"):
        await edit_document(SOURCE, instruction, desk(tmp_path, {"openai": Scripted([])}).inference)


async def test_document_without_words_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no words"):
        await edit_document(document(""), "Fix it", desk(tmp_path, {"openai": Scripted([])}).inference)


async def test_reasoning_model_is_sent_no_temperature(tmp_path: Path) -> None:
    provider = Scripted([edits_reply()])
    card = model("openai", STRONG.name, reasoning=True)
    place = desk(tmp_path, {"openai": provider}, [card])
    await edit_document(SOURCE, "Fix it", place.inference, choice=Choice(model="openai"))
    assert provider.requests[0].temperature is None
    assert json.loads(edits_reply()) == {"edits": [], "remark": ""}
