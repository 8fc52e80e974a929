"""`polydesk ask`: one question to a model."""

from __future__ import annotations

import asyncio
import mimetypes
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast, get_args

import click
import msgspec

from polydesk.app import App, build
from polydesk.catalog.card import ModelCard
from polydesk.cli.drawing import drawn
from polydesk.cli.options import PATH, config_file, json_option, model_option
from polydesk.cli.output import note, say, say_json, say_piece
from polydesk.cli.receipt import cost_words
from polydesk.configuration.plans import AUTO, Resolved
from polydesk.core.errors import UsageError
from polydesk.core.messages import (
    DocumentPart,
    ImagePart,
    Message,
    ModelRequest,
    ModelResponse,
    OutputSchema,
    ReasoningEffort,
    TextPart,
    system_message,
)
from polydesk.core.receipts import CallReceipt
from polydesk.core.streams import TextDelta
from polydesk.inference.answers import same_request
from polydesk.office.docx.document import open_document
from polydesk.routing.needs import needs_of

_IMAGES = ("image/png", "image/jpeg", "image/gif", "image/webp")
_WIDTH = 120


class AskOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What `polydesk ask --json` says."""

    text: str
    model: str
    """Id of the model that answered."""
    finish_reason: str
    receipt: CallReceipt


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """A whole answer, and who gave it."""

    response: ModelResponse
    card: ModelCard
    receipt: CallReceipt


@click.command("ask")
@click.argument("question", required=False)
@model_option
@click.option("--file", "files", type=PATH, multiple=True, help="A document, PDF or text to go with it; repeatable.")
@click.option("--image", "images", type=PATH, multiple=True, help="A PNG, JPEG, GIF or WebP; repeatable.")
@click.option("--system", help="What the model is told to be or to heed.")
@click.option("--schema", type=PATH, help="A JSON schema that the answer must obey.")
@click.option("--effort", type=click.Choice(get_args(ReasoningEffort)), help="How hard a model that reasons does so.")
@click.option("--stream/--no-stream", default=True, show_default=True, help="Print the answer as it comes.")
@json_option
def command(
    question: str | None,
    model: str | None,
    files: tuple[Path, ...],
    images: tuple[Path, ...],
    system: str | None,
    schema: Path | None,
    effort: ReasoningEffort | None,
    stream: bool,
    as_json: bool,
) -> None:
    """Ask a model a question.

    What comes on standard input goes with QUESTION, or is the question. Who answered, the cost and the receipt are said
    on stderr.

    \b
    Examples:
      polydesk ask "What is a revenue share?"
      polydesk ask "Who owes what to whom?" --file contract.docx --model anthropic
      git diff | polydesk ask "Write a commit message."
      polydesk ask "Who is in it?" --image team.png --schema people.json --json
    """
    request = ModelRequest(
        model="",
        messages=_messages(question, _standard_input(), files, images, system),
        output_schema=None if schema is None else _schema(schema),
        reasoning_effort=effort,
    )
    answered = asyncio.run(_ask(request, model or AUTO, stream=stream and not as_json))
    if as_json:
        say_json(
            AskOutcome(
                text=answered.response.text,
                model=answered.card.id,
                finish_reason=answered.response.finish_reason,
                receipt=answered.receipt,
            )
        )
        return
    _tell_end(answered)


async def _ask(request: ModelRequest, model: str, *, stream: bool) -> Answered:
    async with build(config_file=config_file()) as app:
        resolved = app.world.resolve(model)
        request = msgspec.structs.replace(request, strict=resolved.strict)
        if stream:
            return await _streamed(app, request, resolved)
        plan = app.inference.plan(needs_of(request), resolved.choice)
        answer = await app.inference.send(same_request(request), plan=plan, purpose="ask")
        return Answered(response=answer.response, card=answer.card, receipt=answer.receipt)


async def _streamed(app: App, request: ModelRequest, resolved: Resolved) -> Answered:
    plan = app.inference.plan(needs_of(request), resolved.choice)
    note(f"Asking {plan.first.id}.")
    async with app.inference.stream(same_request(request), plan=plan, purpose="ask") as answer:
        async for event in answer:
            if isinstance(event, TextDelta):
                say_piece(event.text)
    say()
    assert answer.response is not None
    assert answer.card is not None
    assert answer.receipt is not None
    return Answered(response=answer.response, card=answer.card, receipt=answer.receipt)


def _tell_end(answered: Answered) -> None:
    if answered.receipt.time_to_first_chunk_ms is None:
        say(answered.response.text)
    if answered.response.finish_reason == "length":
        note("The answer is cut: it reached the most that the model writes.")
    if answered.response.finish_reason == "content_filter":
        note("The model declined to answer.")
    for one in answered.receipt.notes:
        note(f"Not as asked: {one.parameter}: {one.reason}")
    note(f"{answered.card.id} answered: {cost_words(answered.receipt.cost_usd)}. Receipt {answered.receipt.id}")


def _standard_input() -> str:
    """What is piped in; empty on a terminal."""
    if sys.stdin is None or sys.stdin.closed or sys.stdin.isatty():
        return ""
    return sys.stdin.buffer.read().decode("utf-8", errors="replace").strip()


def _messages(
    question: str | None, piped: str, files: Sequence[Path], images: Sequence[Path], system: str | None
) -> tuple[Message, ...]:
    words = question or piped
    if not words:
        raise UsageError("There is no question; give one, or pipe one in.")
    parts = [*(_file_part(path) for path in files), *(_image_part(path) for path in images)]
    if question and piped:
        parts.append(_named_text("standard input", piped))
    asked = Message(role="user", parts=(*parts, TextPart(text=words)))
    return (asked,) if system is None else (system_message(system), asked)


def _file_part(path: Path) -> TextPart | DocumentPart | ImagePart:
    """A file as a model is given it: an office document by its words, a PDF as it is, anything else as text."""
    if path.suffix.lower() in (".docx", ".docm", ".dotx", ".dotm"):
        return _named_text(path.name, "\n".join(drawn(open_document(path).view(), width=_WIDTH, anchors=False)))
    data = _bytes(path)
    if data.startswith(b"%PDF-"):
        return DocumentPart(media_type="application/pdf", data=data, name=path.name)
    try:
        return _named_text(path.name, data.decode("utf-8-sig"))
    except UnicodeDecodeError as exc:
        raise UsageError(f"{path} is no Word document, PDF or text in UTF-8; pictures go with --image.") from exc


def _named_text(name: str, text: str) -> TextPart:
    return TextPart(text=f"<file name={msgspec.json.encode(name).decode()}>\n{text}\n</file>")


def _image_part(path: Path) -> ImagePart:
    media_type, _ = mimetypes.guess_type(path.name)
    if media_type not in _IMAGES:
        raise UsageError(f"{path} is not named as a PNG, JPEG, GIF or WebP picture.")
    return ImagePart(media_type=media_type, data=_bytes(path))


def _schema(path: Path) -> OutputSchema:
    try:
        schema = msgspec.json.decode(_bytes(path), type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise UsageError(f"{path} is not a JSON schema: {exc}.") from exc
    name = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in path.stem)
    # Vendors hold an answer to a closed schema to the letter, and refuse to promise that of an open one.
    return OutputSchema(name=name or "answer", json_schema=schema, strict=True if _is_closed(schema) else None)


def _is_closed(schema: Any) -> bool:
    """Whether every object in `schema` has exactly the properties that it lists."""
    if isinstance(schema, list):
        return all(map(_is_closed, cast("list[Any]", schema)))
    if not isinstance(schema, dict):
        return True
    table = cast("dict[str, Any]", schema)
    kinds, required = table.get("type"), table.get("required", ())
    is_object = kinds == "object" or (isinstance(kinds, list) and "object" in kinds)
    if is_object and (
        table.get("additionalProperties") is not False
        or any(name not in required for name in table.get("properties", ()))
    ):
        return False
    return all(map(_is_closed, table.values()))


def _bytes(path: Path) -> bytes:
    try:
        return path.expanduser().read_bytes()
    except OSError as exc:
        raise UsageError(f"{path} cannot be read: {exc.strerror or exc}.") from exc
