"""A call on its way into the records, and those who wait to hear that it is there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from polydesk.core.errors import StoreError
from polydesk.store.calls import CallRow
from polydesk.store.rejections import KeptRejections


class WaitingCall:
    """A row that is to be written, until `settle` says what became of it."""

    __slots__ = ("_told", "is_settled", "rejections", "row", "written")

    def __init__(
        self,
        row: CallRow,
        rejections: KeptRejections | None,
        written: asyncio.Future[None],
        told: Callable[[bool], None] | None,
    ) -> None:
        """`told` hears whether the row was kept, before whoever waits for `written`, and also when nobody does."""
        self.row = row
        self.rejections = rejections
        self.written = written
        self.is_settled = False
        self._told = told

    def settle(self, error: StoreError | None) -> None:
        """Tell that the row has been kept, or why not. Nothing when that was told before."""
        if self.is_settled:
            return
        self.is_settled = True
        if self._told is not None:
            self._tell(self._told, kept=error is None)
        if self.written.done():  # its caller has gone
            return
        if error is None:
            self.written.set_result(None)
        else:
            self.written.set_exception(error)

    def _tell(self, told: Callable[[bool], None], *, kept: bool) -> None:
        try:
            told(kept)
        except Exception as error:  # whatever goes wrong there is none of the other calls' business
            context = {"message": "what follows a call that was written down has failed", "exception": error}
            self.written.get_loop().call_exception_handler(context)
