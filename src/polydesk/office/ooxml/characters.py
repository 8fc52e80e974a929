"""Characters that an office file can hold."""

from __future__ import annotations

import re

from polydesk.core.errors import UnsupportedEditError

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def clean_text(text: str) -> str:
    """`text` with line ends as newlines. Raises UnsupportedEditError for characters that no XML can hold."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    bad = _FORBIDDEN.search(text)
    if bad:
        raise UnsupportedEditError(
            f"the text has the character U+{ord(bad.group()):04X} at position {bad.start()}, which no office file "
            "can hold; leave it out"
        )
    return text
