"""Requests to the small model."""

from __future__ import annotations

from typing import Any

from polydesk.core.messages import ModelRequest, OutputSchema, user_message

MODEL = "smollm2-135m"

PROMPTS = (
    "Write a poem about rain.",
    "List three colours.",
    "Who are you?",
    "Explain gravity to a child in detail.",
    "Translate 'good morning' into French.",
    "Give me a recipe for a soup with carrots.",
)


def asked(prompt: str, tokens: int = 32, **fields: Any) -> ModelRequest:
    """A request that always gets the same answer, unless `fields` say otherwise."""
    options: dict[str, Any] = {"temperature": 0.0} | fields
    return ModelRequest(model=MODEL, messages=(user_message(prompt),), max_output_tokens=tokens, **options)


def endless(prompt: str) -> ModelRequest:
    """A request whose answer goes on until the context window is full."""
    return asked(prompt, tokens=100_000, provider_options={"ignore_eos": True})


def schema(content: dict[str, Any] | None) -> OutputSchema:
    """A schema with a name."""
    return OutputSchema(name="answer", json_schema=content)
