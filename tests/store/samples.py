"""Records for tests, plain and complete."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import msgspec

from polydesk.core.charges import Charge
from polydesk.core.document_receipts import DocumentChange, DocumentReceipt, DocumentReceiptId
from polydesk.core.receipts import Attempt, Caller, CallReceipt, ReceiptId, Rejection
from polydesk.core.usage import Usage

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def call_receipt(name: str = "rcp_1", *, at: datetime = NOON) -> CallReceipt:
    return CallReceipt(
        id=ReceiptId(name),
        at=at,
        purpose="edit.paragraph",
        provider="north",
        model="m",
        response_model="m-2026",
        host="North",
        why="It is the best.",
        usage=Usage(input_tokens=10, output_tokens=5),
        cost_usd=Decimal("0.0000001"),
        price_source="a list",
        duration_ms=12.5,
        time_to_first_chunk_ms=None,
        input_sha256="a" * 64,
        output_sha256="b" * 64,
        attempts=(
            Attempt(provider="north", model="m", started_at=at, duration_ms=12.5, outcome="answered", cost_usd=None),
        ),
        rejections=(Rejection(provider="south", model="s", rule="no_credential", reason="There is no key."),),
    )


def charge(name: str = "chg_1", *, receipt: str = "rcp_1", cost: Decimal | None, at: datetime = NOON) -> Charge:
    return Charge(
        id=name,
        receipt_id=ReceiptId(receipt),
        charge_description="edit.paragraph by north/m",
        charge_period_start=at,
        charge_period_end=at.replace(second=1),
        billing_period_start=datetime(2026, 11, 1, tzinfo=UTC),
        billing_period_end=datetime(2026, 12, 1, tzinfo=UTC),
        billed_cost=cost,
        effective_cost=cost,
        contracted_cost=cost,
        list_cost=cost,
        consumed_quantity=Decimal(15),
        service_name="North",
        provider_name="North",
        publisher_name="Northern",
        invoice_issuer_name="North",
        sku_id="north/m",
        purpose="edit.paragraph",
        input_tokens=10,
        cache_read_input_tokens=0,
        cache_creation_input_tokens=None,
        output_tokens=5,
        price_source="a list",
    )


def document_receipt(
    name: str = "doc_1", *, at: datetime = NOON, input_sha256: str = "c" * 64, fingerprint: str = "f1"
) -> DocumentReceipt:
    change = DocumentChange(
        change_ids=("12", "13"),
        fingerprint=fingerprint,
        kind="replace_text",
        anchor="body/p4",
        before="very long",
        after="long",
        receipt_id=ReceiptId("rcp_1"),
    )
    return DocumentReceipt(
        id=DocumentReceiptId(name),
        at=at,
        instruction="shorten",
        input_name="a.docx",
        input_sha256=input_sha256,
        output_name="a.edited.docx",
        output_sha256="d" * 64,
        calls=(ReceiptId("rcp_1"),),
        changes=(change,),
        checks=("Every anchor was found.",),
        warnings=(),
    )


def priced_receipt(
    name: str = "rcp_1",
    *,
    cost: Decimal | None = Decimal("0.25"),
    at: datetime = NOON,
    caller: Caller | None = None,
    attempts: int = 1,
) -> CallReceipt:
    """A receipt that says everything its charges need."""
    attempt = Attempt(
        provider="north",
        model="m",
        started_at=at,
        duration_ms=12.5,
        outcome="answered",
        usage=Usage(input_tokens=10, output_tokens=5),
        cost_usd=cost,
        price_source=None if cost is None else "a list",
        service="North",
        publisher="Northern",
        invoice_issuer="North",
    )
    return msgspec.structs.replace(
        call_receipt(name, at=at), attempts=(attempt,) * attempts, cost_usd=cost, caller=caller
    )
