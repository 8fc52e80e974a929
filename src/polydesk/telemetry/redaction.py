"""Secrets taken out of a text before it is written anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, cast

REDACTED = "[redacted]"
MIN_SECRET = 6
"""A shorter value would take ordinary words out of every line."""
SHORT = 64
REMEMBERED = 2048
_SHAPES = (
    r"(?i:bearer|basic)\s+[\w.~+/=-]{8,}",
    r"(?i:(?:api[_-]?key|authorization|password|secret|access[_-]?token)[\"']?\s*[=:]\s*[\"']?(?:(?:bearer|basic)\s+)?)"
    r"[\w.~+/=-]{6,}",
    r"(?i:[?&](?:key|token|sig|signature|code)=)[^&\s\"']+",
    r"\b(?:sk|pk|rk|xai|gsk|pdk?|polydesk|hf)[-_][\w-]{12,}",
    r"\bAIza[\w-]{20,}",
    r"\bya29\.[\w.-]{10,}",
    r"\b(?:AKIA|ASIA)[A-Z0-9]{12,}",
    r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*",
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)",
    r"://[^/\s:@\"']+:[^/\s@\"']+@",
)
"""What keys of vendors, tokens, signed addresses and credentials inside addresses look like."""


class Redactor:
    """Takes out the secrets that it was told of, and whatever looks like one."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets: set[str] = set()
        self._pattern = _pattern(self._secrets)
        # Names of doors and models come again with every line.
        self._remembered = lru_cache(REMEMBERED)(self._cleaned)
        self.learn(secrets)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self._secrets)} secrets)"

    def learn(self, secrets: Iterable[str]) -> None:
        """Take out these too, such as a key that has just been rotated in."""
        self._secrets |= {secret for secret in secrets if len(secret) >= MIN_SECRET}
        self._pattern = _pattern(self._secrets)
        self._remembered.cache_clear()

    def __call__(self, text: str) -> str:
        """`text` without secrets, and without halves of characters, which nothing can write."""
        return self._remembered(text) if len(text) <= SHORT else self._cleaned(text)

    def value(self, value: Any) -> Any:
        """A JSON value without secrets: every text in it as `__call__` gives it."""
        if isinstance(value, str):
            return self(value)
        if isinstance(value, dict):
            return {name: self.value(each) for name, each in cast("dict[str, Any]", value).items()}
        if isinstance(value, list | tuple):
            return [self.value(each) for each in cast("list[Any]", value)]
        return value

    def _cleaned(self, text: str) -> str:
        whole = text if text.isascii() else text.encode("utf-8", "replace").decode()
        return self._pattern.sub(REDACTED, whole)


def _pattern(secrets: Iterable[str]) -> re.Pattern[str]:
    longest_first = sorted(secrets, key=len, reverse=True)
    return re.compile("|".join([*map(re.escape, longest_first), *_SHAPES]))
