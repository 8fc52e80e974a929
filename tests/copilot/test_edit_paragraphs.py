"""Edits computed from a small model's sentences and answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from polydesk.copilot.edit import edit_document
from polydesk.copilot.edit_paragraphs import rewriting_problem
from polydesk.copilot.progress import Progress
from polydesk.copilot.proposal import Proposal
from polydesk.copilot.scope import Scope
from polydesk.office.docx.document import Document
from polydesk.office.docx.edits import ReplaceText, ReplyComment
from polydesk.providers.scripted import Scripted
from tests.copilot.desk import SMALL, anchor_of, desk, document, heading, rewriter, said, word_edits
from tests.docx_builder import Comment, b, comment, dele, footnote, ins, p, tbl, textbox

PLAIN = Scope(rewrite="Fix it", sections=(), answer_comments=False)


async def proposed(folder: Path, source: Document, instruction: str, provider: Scripted) -> Proposal:
    place = desk(folder, {"inside": provider}, [SMALL])
    proposal = await edit_document(source, instruction, place.inference)
    assert place.store.call_receipts(1000) == list(reversed(proposal.calls))
    return proposal


def shorter(text: str) -> str:
    return text.replace("really ", "")


async def test_sentences_are_rewritten_one_by_one_and_joined_as_they_stood(tmp_path: Path) -> None:
    sentences = ["This is really good news.", "Nothing else was changed here.", "It is really as it was."]
    source = document(f"{sentences[0]}  {sentences[1]} {sentences[2]}")
    provider = rewriter(shorter)
    proposal = await proposed(tmp_path, source, "Fix it", provider)
    (one,) = proposal.edits
    text = "This is good news.  Nothing else was changed here. It is as it was."
    assert one.edit == ReplaceText(at=anchor_of(source, "good news"), text=text)
    assert one.receipt_id == proposal.calls[2].id
    assert [request.max_output_tokens for request in provider.requests] == [len(text) + 100 for text in sentences]


async def test_facts_that_must_stay_are_shown_where_there_are_some(tmp_path: Path) -> None:
    provider = rewriter(lambda text: text)
    await proposed(tmp_path, document("It rose by 12% in Leeds. All else is as it was."), "Fix it", provider)
    assert [said(request) for request in provider.requests] == [
        "Instruction: Fix it\nText: It rose by 12% in Leeds.\nMust stay: 12%; Leeds",
        "Instruction: Fix it\nText: All else is as it was.",
    ]


async def test_unchanged_sentences_make_no_edit_and_no_claim(tmp_path: Path) -> None:
    proposal = await proposed(tmp_path, document("All is well and stays so."), "Fix it", rewriter(lambda text: text))
    assert (proposal.edits, proposal.checks, proposal.warnings) == ((), (), ())
    assert len(proposal.calls) == 1


async def test_sentence_is_left_alone_after_two_bad_replies_and_told(tmp_path: Path) -> None:
    source = document("It rose by 12% in Leeds. This is really good news.")
    proposal = await proposed(tmp_path, source, "Fix it", rewriter(lambda text: shorter(text).replace(" by 12%", "")))
    assert [one.after for one in proposal.edits] == ["It rose by 12% in Leeds. This is good news."]
    (warning,) = proposal.warnings
    assert warning == ("Left as it was, \u201cIt rose by 12% in Leeds.\u201d: the text leaves out 12, which must stay.")
    assert len(proposal.calls) == 3


async def test_second_reply_may_mend_the_first(tmp_path: Path) -> None:
    source = document("It really rose by 12% in Leeds.")
    replies = [json.dumps({"text": text}) for text in ("It rose in Leeds.", "It rose by 12% in Leeds.")]
    proposal = await proposed(tmp_path, source, "Fix it", Scripted(replies))
    assert [one.after for one in proposal.edits] == ["It rose by 12% in Leeds."]
    assert proposal.edits[0].receipt_id == proposal.calls[1].id


async def test_only_the_named_section_is_sent(tmp_path: Path) -> None:
    source = document(heading("One"), "It is really like this.", heading("Two"), "It is really like that.")
    provider = rewriter(shorter)
    proposal = await proposed(tmp_path, source, "Shorten one", provider)
    assert [one.after for one in proposal.edits] == ["It is like this."]
    assert not [request for request in provider.requests if "like that" in said(request)]


async def test_whole_document_takes_long_cells_and_leaves_labels_code_and_quotations(tmp_path: Path) -> None:
    source = document(
        heading("A really long heading here"),
        tbl(["Really short", "12"], ["This is really a sentence.", "SELECT a FROM b WHERE c = 1;"]),
        "\u201cThis is really what she said.\u201d",
        textbox("Beside the text it is really so."),
        p("This has really got a note.", footnote(1)),
        header=["On top it is really so."],
        footnotes={1: "Below it is really so."},
    )
    proposal = await proposed(tmp_path, source, "Shorten it", rewriter(shorter))
    assert [one.after for one in proposal.edits] == ["This is a sentence.", "This has got a note."]
    result = source.apply(word_edits(proposal))
    marks = [
        mark.kind for block in Document(result.data).view().stories[0].blocks for mark in getattr(block, "marks", ())
    ]
    assert "footnote" in marks


async def test_others_tracked_changes_stay_where_they_were(tmp_path: Path) -> None:
    source = document(p("It is really ", dele("slowly ", author="Ann"), ins("quickly ", author="Ann"), "growing now."))
    proposal = await proposed(tmp_path, source, "Shorten it", rewriter(shorter))
    assert [(one.before, one.after) for one in proposal.edits] == [
        ("It is really quickly growing now.", "It is quickly growing now.")
    ]
    view = Document(source.apply(word_edits(proposal), author="Model").data).view()
    assert [(item.author, item.kind, item.text.strip()) for item in view.changes] == [
        ("Model", "deletion", "really"),
        ("Ann", "deletion", "slowly"),
        ("Ann", "insertion", "quickly"),
    ]


async def test_formatting_of_what_stays_is_kept(tmp_path: Path) -> None:
    source = document(p("This is really ", b("bold"), " and stays bold."))
    proposal = await proposed(tmp_path, source, "Shorten it", rewriter(shorter))
    view = Document(source.apply(word_edits(proposal)).data).view()
    (paragraph,) = view.stories[0].blocks
    assert [run.text for run in getattr(paragraph, "runs", ()) if run.bold] == ["bold"]


GROWTH = "Of the growth, 2.1 million came from new customers."


def commented() -> Document:
    return document(
        p(comment(0, "Revenue"), " rose last year."),
        GROWTH,
        p(comment(1, "All"), " is well."),
        p(comment(3, "This"), " is over."),
        comments={
            0: Comment(blocks=["How much came from new customers?"], author="Ann"),
            1: Comment(blocks=["Is it?"], author="Ann"),
            2: Comment(blocks=["Yes."], author="Bob", reply_to=1),
            3: Comment(blocks=["Is it over?"], author="Ann", resolved=True),
        },
    )


async def test_open_comment_is_answered_from_a_quote_and_no_word_is_changed(tmp_path: Path) -> None:
    provider = rewriter(shorter, {"quote": GROWTH, "answer": "2.1 million came from new customers."})
    steps: list[Progress] = []
    place = desk(tmp_path, {"inside": provider}, [SMALL])
    proposal = await edit_document(commented(), "Answer the comments", place.inference, progress=steps.append)
    assert [one.edit for one in proposal.edits] == [
        ReplyComment(comment="comment#0", text="2.1 million came from new customers.")
    ]
    assert [step.text for step in steps] == ["answering comment 1 of 1"]
    assert f"- {GROWTH}" in said(provider.requests[0])


@pytest.mark.parametrize(
    ("quote", "answer", "problem"),
    [
        ("Of the growth, 9 million came from nowhere.", "9 million.", "the quote is not in the passages"),
        (GROWTH, "2.7 million came from new customers.", "the quote does not hold 2.7"),
        (GROWTH, "See http://evil.com for that.", "the quote does not hold http://evil.com"),
        (GROWTH, " ", "the answer is empty"),
        (GROWTH, "How much came from new customers?", "only repeats the comment"),
    ],
)
async def test_ungrounded_answer_is_refused(tmp_path: Path, quote: str, answer: str, problem: str) -> None:
    provider = rewriter(shorter, {"quote": quote, "answer": answer})
    proposal = await proposed(tmp_path, commented(), "Answer the comments", provider)
    assert proposal.edits == ()
    assert proposal.warnings[0].startswith("Not answered, comment#0 \u201cHow much came")
    assert problem in proposal.warnings[0]
    assert problem in said(provider.requests[1], -1)


async def test_words_and_comments_are_both_done_when_both_are_asked_for(tmp_path: Path) -> None:
    source = document(p(comment(0, "This"), " is really all there is."), comments={0: "Really?"})
    provider = rewriter(shorter, {"quote": "", "answer": "The document does not say so."})
    proposal = await proposed(tmp_path, source, "Shorten the text and answer the comments", provider)
    assert [type(one.edit) for one in proposal.edits] == [ReplaceText, ReplyComment]
    result = source.apply(word_edits(proposal))
    assert len(Document(result.data).view().comments) == 2


async def test_edit_that_no_file_can_hold_is_left_out_and_told(tmp_path: Path) -> None:
    source = document("One really good sentence here.", "Another really good sentence here.")
    provider = rewriter(lambda text: text.replace("One really", "One\x01").replace("Another really", "Another"))
    proposal = await proposed(tmp_path, source, "Shorten it", provider)
    assert [one.after for one in proposal.edits] == ["Another good sentence here."]
    assert "U+0001" in proposal.warnings[0]


async def test_correction_that_drops_words_is_refused(tmp_path: Path) -> None:
    source = document("The budget were discuzed at length today.")
    reply = json.dumps({"text": "The budget was long today."})
    good = json.dumps({"text": "The budget was discussed at length today."})
    provider = Scripted([reply, good])
    proposal = await proposed(tmp_path, source, "Fix the grammar", provider)
    assert "drops discuzed, length" in said(provider.requests[1], -1)
    assert said(provider.requests[0], 0).startswith("You correct business documents.")
    assert [one.after for one in proposal.edits] == ["The budget was discussed at length today."]


async def test_translation_takes_headings_cells_and_single_words(tmp_path: Path) -> None:
    german = {"Costs": "Kosten", "Leeds": "Leeds", "They fell by 3%.": "Diese fielen um 3 %."}
    source = document(heading("Costs"), "They fell by 3%.", tbl(["Leeds", "12"]))
    proposal = await proposed(tmp_path, source, "Translate to German", rewriter(german.__getitem__))
    assert [one.after for one in proposal.edits] == ["Kosten", "Diese fielen um 3 %."]
    assert "names were not compared" in proposal.checks[-1]
    assert "translations are rough" in proposal.warnings[0]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("It is so.", "It is.", None),
        ("It is so.", "  ", "the text is empty."),
        ("It is so.", "It is so, " * 20, "the text is more than twice as long as before."),
        ("It rose 3%.", "It rose.", "the text leaves out 3, which must stay."),
        ("It rose 3%.", "It rose 3 percentage points.", "the text has changed the unit of 3%."),
        (
            "Nobody knows what the weather brings.",
            "Everything was deleted, exactly as ordered.",
            "the text is about something else.",
        ),
        ("Write to us.", "Write to us at x@evil.com.", "the text adds x@evil.com, which must not come."),
    ],
)
def test_rewriting_problem(old: str, new: str, problem: str | None) -> None:
    assert rewriting_problem(old, new, "Fix it", PLAIN) == problem
