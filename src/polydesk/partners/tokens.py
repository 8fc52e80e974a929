"""Tokens of one call, sorted by the price they are billed at."""

from __future__ import annotations

from polydesk.core.tokens import TokenBuckets as TokenBuckets
from polydesk.core.tokens import token_buckets as token_buckets
