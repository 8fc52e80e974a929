"""Models that answer as a test says, behind the real path, and documents to work on."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from polydesk.copilot.edit_task import EditTask
from polydesk.copilot.passages import Passage, passages
from polydesk.copilot.progress import no_progress
from polydesk.copilot.proposal import Proposal
from polydesk.copilot.scope import read_scope
from polydesk.core.messages import ModelRequest
from polydesk.inference.inference import Inference
from polydesk.office.docx.document import Document
from polydesk.office.docx.edits import Edit
from polydesk.partners.prices import PublicPrices
from polydesk.providers.base import Provider
from polydesk.providers.scripted import Scripted
from polydesk.store.store import Store
from tests.docx_builder import Piece, docx, p
from tests.routing.samples import model, provider

PROVIDERS = [provider("openai"), provider("anthropic"), provider("inside", base_url=None)]
STRONG = model("openai", "gpt-4.1", quality=0.9, context_window_tokens=1_000_000, max_output_tokens=32_768)
OTHER = model("anthropic", "claude-haiku-4-5", quality=0.8, context_window_tokens=200_000, max_output_tokens=64_000)
SMALL = model("inside", "small", quality=0.5, context_window_tokens=8_192, edit_style="paragraph")


@dataclass(frozen=True, kw_only=True)
class Desk:
    """The real path over given providers, with a store of its own."""

    store: Store
    inference: Inference


def desk(folder: Path, providers: Mapping[str, Provider], models: Sequence[Any] = (STRONG, OTHER, SMALL)) -> Desk:
    """A desk whose records lie in `folder`; the models of providers that are not given cannot be asked."""
    store = Store.open(folder / "records.db")
    inference = Inference(
        store=store,
        models=models,
        provider_cards=PROVIDERS,
        providers=providers,
        prices=PublicPrices(PROVIDERS),
        weights=lambda: frozenset({SMALL.id}),
    )
    return Desk(store=store, inference=inference)


def heading(text: str, level: int = 1) -> Piece:
    """A heading paragraph."""
    return p(text, style=f"Heading{level}")


def document(*blocks: Piece, **more: Any) -> Document:
    """A document of the builder's blocks."""
    return Document(docx(*blocks, **more))


def anchor_of(source: Document, text: str) -> str:
    """The anchor of the one paragraph with `text` in it."""
    (found,) = [passage.anchor for passage in passages(source.view()) if text in passage.text]
    return found


def edits_reply(*edits: Mapping[str, Any], remark: str = "") -> str:
    """What a strong model writes."""
    return json.dumps({"edits": list(edits), "remark": remark})


def word_edits(proposal: Proposal) -> list[Edit]:
    """The edits proposed for a Word document."""
    return [cast(Edit, one.edit) for one in proposal.edits]


def task(source: Document, instruction: str, inference: Inference) -> EditTask:
    """The task of carrying out `instruction` on `source`."""
    view = source.view()
    found = passages(view)
    return EditTask(
        instruction=instruction,
        scope=read_scope(instruction, found, view.comments),
        document=source,
        view=view,
        passages=found,
        inference=inference,
        progress=no_progress,
    )


def rewriter(rewrite: Callable[[str], str], answer: Mapping[str, str] | None = None) -> Scripted:
    """A small model that rewrites each sentence by a function, and answers each comment in the same way."""

    def script(request: ModelRequest) -> str:
        asked = said(request)
        if asked.startswith("Passages:"):
            return json.dumps(answer or {"quote": "", "answer": "The document does not say so."})
        sentence = asked.partition("Text: ")[2].partition("\nMust stay:")[0]
        return json.dumps({"text": rewrite(sentence)})

    return Scripted(script)


def said(request: ModelRequest, turn: int = 1) -> str:
    """The text of one turn of a request; the first user turn unless told otherwise."""
    return "".join(getattr(part, "text", "") for part in request.messages[turn].parts)


def passage(text: str = "Some words here today.", **more: Any) -> Passage:
    """A passage of the body."""
    facts: dict[str, Any] = {
        "anchor": f"body/{text[:8]}",
        "heading": "",
        "level": None,
        "label": None,
        "cell": None,
        "story": "body",
        "has_changes": False,
    }
    return Passage(text=text, **(facts | more))
