"""Summaries: short documents at once, long ones by parts, each number held by the document."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from polydesk.copilot.progress import Progress
from polydesk.copilot.summarize import summarize_document
from polydesk.core.errors import ReplyError, UsageError
from polydesk.core.messages import ModelRequest
from polydesk.providers.scripted import Answer, Scripted
from tests.copilot.desk import SMALL, STRONG, desk, document, heading, said
from tests.docx_builder import comment, p
from tests.routing.samples import model

SOURCE = document(heading("Report"), p("Revenue rose by 12% to 43 million."), "Costs fell.")
TINY = model("inside", "small", edit_style="paragraph", context_window_tokens=2_600)
LONG = document(
    *(f"In year {number} all went on as it had in the years before, and costs fell." for number in range(2000, 2080))
)


def sentences(*texts: str) -> str:
    return json.dumps({"sentences": texts})


async def test_short_document_is_summarised_at_once(tmp_path: Path) -> None:
    provider = Scripted([sentences("Revenue rose by 12%. ", " Costs fell.")])
    place = desk(tmp_path, {"openai": provider}, [STRONG])
    summary = await summarize_document(SOURCE, place.inference)
    assert summary.text == "Revenue rose by 12%. Costs fell."
    assert (len(summary.calls), summary.warnings) == (1, ())
    assert place.store.call_receipts() == list(summary.calls)
    assert said(provider.requests[0]) == "Passages:\nReport\nRevenue rose by 12% to 43 million.\nCosts fell."


@pytest.mark.parametrize(
    ("bad", "problem"),
    [
        (sentences("Revenue rose by 13%."), "the passages do not hold 13"),
        (sentences("See http://evil.com."), "the passages do not hold http://evil.com"),
        (sentences(), "there is no sentence"),
        (sentences(" "), "there is no sentence"),
        ("Revenue rose.", "is not the JSON asked for"),
    ],
)
async def test_bad_summary_is_asked_again_and_then_refused(tmp_path: Path, bad: str, problem: str) -> None:
    provider = Scripted([bad, sentences("Revenue rose by 12%.")])
    assert (await summarize_document(SOURCE, desk(tmp_path, {"openai": provider}).inference)).text
    assert problem in said(provider.requests[1], -1)
    (tmp_path / "twice").mkdir()
    with pytest.raises(ReplyError, match="no summary"):
        await summarize_document(SOURCE, desk(tmp_path / "twice", {"openai": Scripted([bad, bad])}).inference)


async def test_comments_are_not_summarised(tmp_path: Path) -> None:
    source = document(p(comment(0, "Costs"), " fell."), comments={0: "Really?"})
    provider = Scripted([sentences("Costs fell.")])
    await summarize_document(source, desk(tmp_path, {"openai": provider}).inference)
    assert "Really?" not in said(provider.requests[0])


def years(request: ModelRequest) -> list[str]:
    return [word for word in said(request).replace(",", " ").split() if word.isdigit()]


def first_year(request: ModelRequest) -> Answer:
    return sentences(f"In year {years(request)[0]} costs fell.")


async def test_long_document_is_summarised_by_parts_and_then_over_them(tmp_path: Path) -> None:
    provider = Scripted(first_year)
    steps: list[Progress] = []
    place = desk(tmp_path, {"inside": provider}, [TINY])
    summary = await summarize_document(LONG, place.inference, progress=steps.append)
    assert summary.sentences == ("In year 2000 costs fell.",)
    parts = [request for request in provider.requests if len(years(request)) > 0][:-1]
    assert len(parts) > 1
    assert [year for request in parts for year in years(request)] == [str(year) for year in range(2000, 2080)]
    assert [step.text for step in steps] == [
        *(f"reading part {number} of {len(parts)}" for number in range(1, len(parts) + 1)),
        "summarising",
    ]
    assert len(summary.calls) == len(parts) + 1


async def test_failing_part_is_told_and_the_others_are_summarised(tmp_path: Path) -> None:
    provider = Scripted(lambda request: "?" if "2000" in years(request) else first_year(request))
    summary = await summarize_document(LONG, desk(tmp_path, {"inside": provider}, [TINY]).inference)
    (warning,) = summary.warnings
    assert warning.startswith("Part 1 is not in the summary: the reply is not the JSON asked for")
    assert summary.text != "In year 2000 costs fell."


async def test_no_part_at_all_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ReplyError, match="no part could be summarised"):
        await summarize_document(LONG, desk(tmp_path, {"inside": Scripted(lambda request: "?")}, [TINY]).inference)


async def test_parts_that_grow_no_shorter_end_the_work(tmp_path: Path) -> None:
    provider = Scripted(lambda request: sentences(*["Costs fell on and on. " * 60] * 3))
    with pytest.raises(ReplyError, match="grow no shorter"):
        await summarize_document(LONG, desk(tmp_path, {"inside": provider}, [TINY]).inference)


async def test_document_without_words_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no words to summarise"):
        await summarize_document(document(""), desk(tmp_path, {"inside": Scripted([])}, [SMALL]).inference)
