"""`polydesk receipt`: where each change of a document came from, and what each model call was."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import click
import msgspec

from polydesk.cli.differences import unmarked_line
from polydesk.cli.options import json_option, records
from polydesk.cli.output import note, quoted, say, say_json
from polydesk.copilot.provenance import fingerprints
from polydesk.core.document_receipts import DocumentReceipt, DocumentReceiptId
from polydesk.core.errors import RecordNotFoundError
from polydesk.core.receipts import CallReceipt, ReceiptId
from polydesk.office.docx.document import Document
from polydesk.office.docx.views import ChangeView, CommentView
from polydesk.office.files import OfficeFile, open_file
from polydesk.store.store import Store

_LATEST = 20


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where one change of a document came from."""

    id: str
    """Of the tracked change or comment, as the file has it now."""
    kind: str
    author: str
    text: str
    anchor: str | None
    """The paragraph it is in; None outside paragraphs."""
    document_receipt_id: DocumentReceiptId | None
    """None when the change is not Polydesk's."""
    edit: str | None
    """The kind of edit; None when it is not Polydesk's."""
    call: CallReceipt | None
    """The model call that proposed it; None when a person or program did."""


class FileReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """What the records know of one file."""

    file: str
    sha256: str
    exact: bool
    """Whether the file is byte for byte as Polydesk left it."""
    history: tuple[DocumentReceipt, ...]
    """The receipts that led to this file, latest first; when it is not exact, those that its changes are known from."""
    changes: tuple[Origin, ...]
    """The tracked changes, then the comments, that are in the file now."""
    calls: tuple[CallReceipt, ...]


class Latest(msgspec.Struct, frozen=True, kw_only=True):
    """The latest records, latest first."""

    documents: tuple[DocumentReceipt, ...]
    calls: tuple[CallReceipt, ...]


@click.command("receipt")
@click.argument("what", metavar="[FILE|ID]", required=False)
@json_option
def command(what: str | None, as_json: bool) -> None:
    """Say where each change of a document came from.

    For a file: each change with its edit, model and cost, also when Word has saved the file since. For a receipt's id
    (doc_... or rcp_...): that receipt. Without an argument: the latest ones.

    \b
    Examples:
      polydesk receipt report.edited.docx
      polydesk receipt rcp_01JD2M3Q4R5S6T7V8W9X0Y1Z2A
      polydesk receipt --json
    """
    with closing(Store.open(records())) as store:
        if what is None:
            _tell_latest(_latest(store), as_json=as_json)
        elif what.startswith("rcp_") and not Path(what).exists():
            _tell(store.call_receipt(what), call_lines(store.call_receipt(what)), as_json=as_json)
        elif what.startswith("doc_") and not Path(what).exists():
            receipt = store.document_receipt(what)
            _tell(receipt, _document_lines(receipt, _calls(store, receipt.calls)), as_json=as_json)
        else:
            receipt = file_receipt(open_file(Path(what))[1], store)
            _tell(receipt, file_lines(receipt), as_json=as_json)


def file_receipt(file: OfficeFile, store: Store) -> FileReceipt:
    """What `store` knows of `file`. Raises RecordNotFoundError when it knows nothing at all."""
    left_as = tuple(_history(file.sha256, store))
    changes = tuple(_origins(file, store)) if isinstance(file, Document) else ()
    known = dict.fromkeys(change.document_receipt_id for change in changes if change.document_receipt_id is not None)
    history = left_as or tuple(store.document_receipt(id) for id in sorted(known, reverse=True))
    if not history:
        raise RecordNotFoundError(
            f"Nothing is recorded of {file.path}: it did not leave Polydesk, and none of its changes did."
        )
    ids = [
        *(call for receipt in history for call in receipt.calls),
        *(change.call.id for change in changes if change.call is not None),
    ]
    return FileReceipt(
        file=file.path or "",
        sha256=file.sha256,
        exact=bool(left_as),
        history=history,
        changes=changes,
        calls=tuple(_calls(store, tuple(dict.fromkeys(ids)))),
    )


def _history(sha256: str, store: Store) -> Iterator[DocumentReceipt]:
    seen: set[str] = set()
    while sha256 not in seen and (receipt := store.document_by_output_sha256(sha256)) is not None:
        seen.add(sha256)
        yield receipt
        sha256 = receipt.input_sha256


def _origins(document: Document, store: Store) -> Iterator[Origin]:
    view = document.view()
    known = fingerprints(view)
    for item in (*view.changes, *view.comments):
        receipt = store.document_by_fingerprint(known[item.id])
        yield _origin(item, known[item.id], receipt, store)


def _origin(item: ChangeView | CommentView, fingerprint: str, receipt: DocumentReceipt | None, store: Store) -> Origin:
    changes = () if receipt is None else receipt.changes
    change = next((change for change in changes if change.fingerprint == fingerprint), None)
    calls = () if change is None or change.receipt_id is None else (change.receipt_id,)
    return Origin(
        id=item.id,
        kind=item.kind if isinstance(item, ChangeView) else "comment",
        author=item.author,
        text=item.text,
        anchor=item.anchor,
        document_receipt_id=None if receipt is None else receipt.id,
        edit=None if change is None else change.kind,
        call=next(iter(_calls(store, calls)), None),
    )


def _calls(store: Store, ids: Sequence[ReceiptId]) -> list[CallReceipt]:
    return [store.call_receipt(id) for id in ids]


def _latest(store: Store) -> Latest:
    return Latest(documents=tuple(store.document_receipts(_LATEST)), calls=tuple(store.call_receipts(_LATEST)))


def _tell(value: msgspec.Struct, lines: Sequence[str], *, as_json: bool) -> None:
    if as_json:
        say_json(value)
    else:
        say("\n".join(lines))


def _tell_latest(latest: Latest, *, as_json: bool) -> None:
    if not as_json and not latest.documents and not latest.calls:
        note("Nothing is recorded yet.")
        return
    lines = [f"{one.id}  {_when(one)}  {one.input_name} → {one.output_name}" for one in latest.documents]
    lines += [_call_line(call) for call in latest.calls]
    _tell(latest, lines, as_json=as_json)


def file_lines(receipt: FileReceipt) -> list[str]:
    """The receipt of a file for people."""
    lines = [receipt.file]
    if not receipt.exact:
        lines.append("  Saved by another program since; changes are recognised by their author, time and words.")
    for document in receipt.history:
        lines += [f"  {line}" for line in _document_head(document)]
    left = receipt.history if receipt.exact else ()
    unmarked = [change for document in left for change in document.changes if not change.change_ids]
    if receipt.changes:
        lines += ["", "Changes in the file", *_origin_lines(receipt.changes)]
    elif not unmarked:
        lines += ["", "No tracked changes or comments are in the file."]
    if unmarked:
        lines += ["", "Made without marks", *(f"  {unmarked_line(change)}" for change in unmarked)]
    if receipt.calls:
        lines += ["", "Model calls", *(f"  {_call_line(call)}" for call in receipt.calls)]
        lines.append(f"  together {cost_words(total_cost(receipt.calls))}")
    return lines


def _origin_lines(changes: Sequence[Origin]) -> Iterator[str]:
    """Each change on a line, under one that says where those of one place and origin came from."""
    head = ""
    for change in changes:
        where = f"[{change.anchor}] " if change.anchor else ""
        came = f"  {where}{_source(change)}"
        if came != head:
            head = came
            yield head
        yield f"    {change.id}  {change.kind.replace('_', ' ')} {quoted(change.text)}".rstrip()


def _source(change: Origin) -> str:
    if change.document_receipt_id is None:
        return f"{change.author or 'unnamed'}, not Polydesk"
    by = "given as an edit" if change.call is None else f"by {_model(change.call)} ({change.call.id})"
    return f"{change.edit}, {by}, {change.document_receipt_id}"


def _document_head(receipt: DocumentReceipt) -> list[str]:
    return [
        f"{receipt.id}  {_when(receipt)}  {receipt.input_name} → {receipt.output_name}",
        *([f"  asked: {quoted(receipt.instruction, 200)}"] if receipt.instruction else []),
        *(f"  checked: {check}" for check in receipt.checks),
        *(f"  warning: {warning}" for warning in receipt.warnings),
    ]


def _document_lines(receipt: DocumentReceipt, calls: Sequence[CallReceipt]) -> list[str]:
    lines = _document_head(receipt)
    for change in receipt.changes:
        ids = ", ".join(change.change_ids)
        lines.append(f"  {ids}  {unmarked_line(change)}" if ids else f"  {unmarked_line(change)}")
    return [*lines, *(f"  {_call_line(call)}" for call in calls)]


def call_lines(call: CallReceipt) -> list[str]:
    """The receipt of a model call for people."""
    seconds = f"{call.duration_ms / 1000:.1f} s"
    return [
        f"{call.id}  {call.at:%Y-%m-%d %H:%M:%S} UTC  {call.purpose}",
        f"  model   {_model(call)} on {call.host or 'nothing'}; {seconds}",
        f"  why     {call.why}",
        f"  tokens  {_count(call.usage.input_tokens)} read, {_count(call.usage.output_tokens)} written",
        f"  cost    {cost_words(call.cost_usd)} ({call.price_source or 'no price is known'})",
        f"  input   sha256 {call.input_sha256}",
        *([f"  output  sha256 {call.output_sha256}"] if call.output_sha256 else []),
        *(
            f"  tried   {one.provider}/{one.model}: {one.outcome}{f', {one.reason}' if one.reason else ''}"
            for one in call.attempts
        ),
        *(f"  passed over {one.provider}/{one.model}: {one.reason}" for one in call.rejections),
    ]


def _call_line(call: CallReceipt) -> str:
    tokens = f"{_count(call.usage.input_tokens)} + {_count(call.usage.output_tokens)} tokens"
    return f"{call.id}  {call.purpose}  {_model(call)}  {tokens}  {cost_words(call.cost_usd)}"


def _model(call: CallReceipt) -> str:
    return "nobody" if call.model is None else f"{call.provider}/{call.model}"


def _count(tokens: int | None) -> str:
    return "?" if tokens is None else f"{tokens:,}"


def cost_words(cost_usd: Decimal | None) -> str:
    """A cost for people."""
    if cost_usd is None:
        return "cost unknown"
    return "free" if cost_usd == 0 else f"${cost_usd:.6f}".rstrip("0")


def total_cost(calls: Sequence[CallReceipt]) -> Decimal | None:
    """What `calls` cost together in USD; None when that of any is unknown."""
    costs = [call.cost_usd for call in calls if call.cost_usd is not None]
    return sum(costs, start=Decimal(0)) if len(costs) == len(calls) else None


def _when(receipt: DocumentReceipt) -> str:
    return f"{receipt.at:%Y-%m-%d %H:%M} UTC"
