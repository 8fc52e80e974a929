"""What is built from the settings: providers by their credentials, ways out, embedded models by their weights."""

from __future__ import annotations

from pathlib import Path

import pytest

from polydesk.app import build, look_around, proxy_for, survival_of
from polydesk.catalog.load import load_catalog
from polydesk.catalog.own_models import manifest_for
from polydesk.core.errors import NoCandidateError, SettingsError, UsageError
from polydesk.inference.survival import Survival
from polydesk.providers.weights.pull import adopt_file
from polydesk.routing.needs import Needs
from polydesk.settings import Settings, read_settings
from tests.providers.weights.samples import gguf_bytes

SHIPPED = load_catalog()
KEY = "sk-test-0123456789"


def settings(home: Path, **environment: str) -> Settings:
    return read_settings(SHIPPED.providers, {"HOME": str(home), **environment})


@pytest.mark.parametrize(
    ("environment", "usable"),
    [
        ({}, {"embedded"}),
        ({"OPENAI_API_KEY": KEY}, {"embedded", "openai"}),
        ({"ANTHROPIC_API_KEY": KEY}, {"anthropic", "embedded"}),
        ({"AWS_PROFILE": "work"}, {"bedrock", "embedded"}),
        ({"ANTHROPIC_API_KEY": KEY, "OPENAI_API_KEY": KEY}, {"anthropic", "embedded", "openai"}),
    ],
)
async def test_a_provider_is_there_as_soon_as_its_key_is(
    environment: dict[str, str], usable: set[str], tmp_path: Path
) -> None:
    chosen = settings(tmp_path, **environment)
    assert look_around(chosen).available().providers == usable
    async with build(chosen) as app:
        if usable == {"embedded"}:
            with pytest.raises(NoCandidateError):  # its weights are not here
                app.inference.plan(Needs(input_tokens=10))
        else:
            steps = app.inference.plan(Needs(input_tokens=10)).steps
            assert {step.card.provider for step in steps} == usable - {"embedded"}


def test_every_provider_of_the_catalog_can_be_built(tmp_path: Path) -> None:
    keys = {card.key_variable: KEY for card in SHIPPED.providers if card.key_variable is not None}
    keys |= {variable: "place" for card in SHIPPED.providers for variable in card.variables.values()}
    names = {card.name for card in SHIPPED.providers}
    assert look_around(settings(tmp_path, **keys)).available().providers == names


@pytest.mark.parametrize("missing", ["GOOGLE_CLOUD_PROJECT", "GOOGLE_APPLICATION_CREDENTIALS"])
def test_vertex_is_usable_once_its_project_and_credentials_are_known(missing: str, tmp_path: Path) -> None:
    variables = {"GOOGLE_CLOUD_PROJECT": "the-project", "GOOGLE_APPLICATION_CREDENTIALS": "/key.json"}
    both = frozenset({"vertex", "vertex-anthropic"})
    assert look_around(settings(tmp_path, **variables)).available().providers >= both
    del variables[missing]
    assert not look_around(settings(tmp_path, **variables)).available().providers & both


async def test_vertex_is_asked_at_the_place_that_is_set(tmp_path: Path) -> None:
    given = {
        "GOOGLE_CLOUD_PROJECT": "the-project",
        "GOOGLE_CLOUD_LOCATION": "europe-west1",
        "GOOGLE_APPLICATION_CREDENTIALS": "/no/such.json",
    }
    async with build(settings(tmp_path, **given)) as app:
        for name in ("vertex", "vertex-anthropic"):
            shown = repr(app.providers[name])
            assert "https://europe-west1-aiplatform.googleapis.com/v1/projects/the-project/" in shown


def test_every_embedded_model_of_the_catalog_has_weights_of_its_own(tmp_path: Path) -> None:
    world = look_around(settings(tmp_path))
    embedded = [card.name for card in world.catalog.models if card.provider == "embedded"]
    assert {manifest_for(name, world.manifests) for name in embedded} == set(world.manifests)
    assert world.pulled() == frozenset()


def test_a_file_of_ones_own_is_a_model_too(tmp_path: Path) -> None:
    chosen = settings(tmp_path)
    (tmp_path / "mine.gguf").write_bytes(gguf_bytes(context=1024))
    adopt_file(tmp_path / "mine.gguf", chosen.places.models_folder)
    world = look_around(chosen)
    card = world.catalog.model("embedded/mine")
    assert card is not None
    assert (card.context_window_tokens, card.max_output_tokens) == (1024, 512)
    assert world.pulled() == {"embedded/mine"}
    assert world.weights_of("mine") is not None


@pytest.mark.parametrize(
    ("url", "no_proxy", "expected"),
    [
        ("https://api.vendor.test/v1", "", "http://secure:1"),
        ("http://api.vendor.test", "", "http://plain:2"),
        ("http://127.0.0.1:8000", "", None),
        ("http://[::1]:8000", "", None),
        ("http://localhost", "", None),
        ("https://api.vendor.test", "*", None),
        ("https://api.vendor.test", "other.test, vendor.test", None),
        ("https://api.vendor.test", ".vendor.test", None),
        ("https://API.vendor.test", "api.vendor.test:443", None),
        ("https://api.vendor.test", "api.vendor.test:8443", "http://secure:1"),
        ("https://api.vendor.test", "dor.test", "http://secure:1"),
    ],
)
def test_the_way_out_follows_the_proxy_variables(url: str, no_proxy: str, expected: str | None, tmp_path: Path) -> None:
    chosen = settings(tmp_path, HTTPS_PROXY="http://secure:1", HTTP_PROXY="http://plain:2", NO_PROXY=no_proxy)
    assert proxy_for(url, chosen) == expected


async def test_certificates_that_are_none_are_refused_with_the_variables_name(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    chosen = settings(tmp_path, OPENAI_API_KEY=KEY, SSL_CERT_FILE=str(tmp_path / "ca.pem"))
    with pytest.raises(SettingsError, match="SSL_CERT_FILE"):
        async with build(chosen):
            pass


def configured(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "polydesk.toml"
    path.write_text(text)
    return path


HOUSE = '[[provider]]\nname = "house"\nbase_url = "http://127.0.0.1:9/v1"\nmodels = ["large"]\n'


async def test_an_endpoint_in_the_configuration_is_a_provider_like_any_other(tmp_path: Path) -> None:
    file = configured(tmp_path, f'{HOUSE}connections = 3\n[plans."mine"]\nmodels = ["house"]\n')
    async with build(config_file=file) as app:
        assert app.world.config_file == file
        assert "house" in app.providers
        plan = app.inference.plan(Needs(input_tokens=10), app.choice("mine"))
        assert [step.card.id for step in plan.steps] == ["house/large"]
        with pytest.raises(UsageError, match="nobody"):
            app.choice("nobody")


async def test_the_environment_names_the_configuration_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLYDESK_CONFIG", str(configured(tmp_path, HOUSE)))
    assert look_around().catalog.model("house/large") is not None
    assert look_around(settings(tmp_path)).catalog.model("house/large") is None, "these settings name none"


def test_keys_come_from_the_places_that_the_configuration_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "key").write_text(KEY)
    text = f'{HOUSE}key_env = "HOUSE_KEY"\n[[provider]]\nname = "openai"\nkey_file = "key"\n'
    file = configured(tmp_path, text)
    assert look_around(config_file=file).available().providers == {"embedded", "openai"}
    monkeypatch.setenv("HOUSE_KEY", KEY)
    world = look_around(config_file=file)
    assert world.available().providers == {"embedded", "house", "openai"}
    assert world.settings.key_files == {"openai": tmp_path / "key"}


async def test_survival_is_as_the_configuration_says(tmp_path: Path) -> None:
    world = look_around(config_file=configured(tmp_path, "[survival]\nretries = 0\nhedge = 1.5\nidle_timeout_s = 7"))
    found = survival_of(world.configuration.survival)
    assert (found.retries, found.hedge, found.idle_s) == (0, 1.5, 7.0)
    assert survival_of(look_around().configuration.survival) == Survival()
