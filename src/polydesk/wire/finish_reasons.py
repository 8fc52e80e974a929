"""Why an answer ended, for dialects whose every word stands for one of our reasons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from polydesk.core.messages import FinishReason


class FinishReasons(msgspec.Struct, frozen=True, kw_only=True):
    """A dialect's words for why an answer ended."""

    read: Mapping[str, FinishReason]
    """Our reasons by its words; a word that is not there is an error."""
    written: Mapping[FinishReason, str]
    """Its words by our reasons."""
    kept_as: str = "finish_reason"
    """The name in `provider_details` of a word that says more than our reason."""

    def from_wire(self, word: str, details: dict[str, Any]) -> FinishReason:
        """Our finish reason. Where ours says less than the vendor's, its word is kept in `details`."""
        ours = self.read.get(word, "error")
        if self.written[ours] != word:
            details[self.kept_as] = word
        return ours

    def to_wire(self, reason: FinishReason, details: dict[str, Any]) -> str:
        """The dialect's word, which is taken out of `details` where it was kept there."""
        kept: str | None = details.pop(self.kept_as, None)
        return kept or self.written[reason]
