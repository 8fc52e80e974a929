"""Manifests of weights: the shipped ones are whole, and a wrong one is refused with its place."""

from __future__ import annotations

import re

import pytest

from polydesk.catalog.weights.manifest import PackagesSource, manifest_named, parse_manifest, shipped_manifests
from polydesk.core.errors import UsageError, WeightsError

GOOD = f"""
name = "own"
title = "Own"
file_name = "own.gguf"
size_bytes = 10
sha256 = "{"0" * 64}"
context_tokens = 512
"""


def test_the_shipped_manifests_are_read_and_say_their_licence() -> None:
    found = {manifest.name: manifest.licence for manifest in shipped_manifests()}
    apache = dict.fromkeys(("qwen2.5-coder-0.5b", "qwen2.5-coder-1.5b", "smollm2-135m"), "Apache-2.0")
    assert found == apache | {"wordllama-256": "MIT"}


def test_every_shipped_model_can_be_had_without_a_hub() -> None:
    for manifest in shipped_manifests():
        assert isinstance(manifest.sources[-1], PackagesSource), manifest.name


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (GOOD.replace("0" * 64, "0" * 63), "sha256"),
        (GOOD.replace('"own"', '"../own"', 1), "name"),
        (GOOD.replace("10", "0", 1), "size_bytes"),
        (GOOD + 'colour = "red"', "colour"),
        (GOOD + '[[sources]]\ntype = "post"', "sources"),
        (GOOD + '[[sources]]\ntype = "packages"\nparts = []', "do not add up to 10 bytes"),
        ("name =", "own.toml is not a weights manifest: Invalid value"),
    ],
)
def test_a_wrong_manifest_is_refused_with_its_place(text: str, reason: str) -> None:
    with pytest.raises(WeightsError, match=re.escape(reason)):
        parse_manifest(text, "own.toml")


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match="smollm2-135m"):
        manifest_named("gpt", shipped_manifests())
