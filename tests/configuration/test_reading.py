"""A file is read whole, or all its faults are said at once, each with its line, its path and what to do."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from polydesk.configuration.reading import read_configuration
from polydesk.configuration.sections import BudgetRow, Configuration
from polydesk.core.errors import SettingsError
from tests.configuration.samples import KNOWN, configuration, problems

KEY = "sk-proj-AbCdEf0123456789AbCdEf0123456789"


def test_nothing_is_needed(tmp_path: Path) -> None:
    assert read_configuration(None, KNOWN) == configuration("") == Configuration()
    (tmp_path / "empty.toml").write_text("")
    assert read_configuration(tmp_path / "empty.toml", KNOWN) == Configuration()


def test_what_is_said_holds_and_the_rest_stays() -> None:
    found = configuration('[server]\nport = 8080\n[[budget]]\nname = "b"\nhard_usd = 10.10\n[survival]\nhedge = 2')
    assert (found.server.port, found.server.host) == (8080, "127.0.0.1")
    assert found.budgets == (BudgetRow(name="b", hard_usd=Decimal("10.1")),)
    assert (found.survival.hedge, found.survival.retries) == (2.0, 2)


def test_a_key_file_is_found_from_the_files_own_folder() -> None:
    found = configuration('[[provider]]\nname = "openai"\nkey_file = "keys/openai"')
    assert found.providers[0].key_file == "/etc/keys/openai"


def test_engines_that_machines_share_are_named_with_their_users_and_without_passwords() -> None:
    found = configuration(
        '[records]\nurl = "postgresql://me@db:5432/records?sslmode=verify-full"\npassword_file = "keys/db"\n'
        '[shared_limits]\nurl = "valkeys://me@limits:6379/1"\npassword_env = "LIMITS"'
    )
    assert found.records.url == "postgresql://me@db:5432/records?sslmode=verify-full"
    assert [found.records.password_file, found.shared_limits.password_env] == ["/etc/keys/db", "LIMITS"]


def test_a_plan_may_name_what_is_switched_off() -> None:
    """So that a vendor can be taken away by one line."""
    mine = '[[provider]]\nname = "mine"\nbase_url = "http://127.0.0.1:9/v1"\nmodels = ["one"]\nenabled = false\n'
    found = configuration(f'{mine}[plans.ours]\nmodels = ["openai", "mine/one", "mine"]')
    assert found.plans["ours"].models == ("openai", "mine/one", "mine")


FAULTS: list[tuple[str, str, str]] = [
    ("[server]\nprt = 1", "server.prt", "Did you mean `port`?"),
    ("[servers]", "servers", "Did you mean `server`?"),
    ("[server]\nzzz = 1", "server.zzz", "Known here: `host`, `port`,"),
    ('[server]\nport = "4100"', "server.port", "text in quotation marks stands here. Write a whole number."),
    ("[server]\nport = 70000", "server.port", "of at most 65535"),
    ('[[model]]\nprovider = "openai"\nname = "m"\nretires = "soon"', "model[1].retires", "day such as 2027-06-30"),
    ("[server]\nopen = 1", "server.open", "Write true or false."),
    ("server = 3", "server", "Write a table."),
    ('provider = "openai"', "provider", "[[…]]"),
    ('[[provider]]\nname = "opnai"', "provider[1]", "Did you mean `openai`?"),
    ('[[provider]]\nbase_url = "http://h/v1"', "provider[1]", "`name` is missing. Add `name = …`."),
    ('[[provider]]\nname = "Big"', "provider[1].name", "small letters"),
    ('[[provider]]\nname = "polydesk"\nbase_url = "http://h"', "provider[1].name", "Choose another."),
    ('[[provider]]\nname = "x"\nbase_url = "h/v1"', "provider[1].base_url", "https://HOST/v1"),
    ('[[provider]]\nname = "embedded"\nbase_url = "http://h/v1"', "provider[1].base_url", "inside Polydesk"),
    ('[[provider]]\nname = "openai"\nkey_env = "a b"', "provider[1].key_env", "not the name of an environment"),
    ('[[provider]]\nname = "openai"\nkey_env = "A"\nkey_file = "b"', "provider[1].key_file", "in two places"),
    ('[[provider]]\nname = "openai"\nsettings = { a = 1 }', "provider[1].settings.a", "Write text"),
    ('[[provider]]\nname = "openai"\ndialect = "openai_chats"', "provider[1].dialect", "Did you mean `openai_chat`?"),
    ('[[provider]]\nname = "openai"\ndata_classes = ["publik"]', "provider[1].data_classes[1]", "`public`"),
    ('[[provider]]\nname = "openai"\n[[provider]]\nname = "openai"', "provider[2]", "already, as provider[1]"),
    ('[[model]]\nprovider = "opnai"\nname = "m"', "model[1].provider", "Did you mean `openai`?"),
    ('[[model]]\nprovider = "openai"', "model[1]", "`name` is missing"),
    ('[plans.mine]\nmodels = ["gpt-6.1-so"]', "plans.mine.models[1]", "Did you mean `gpt-6.1-sol`?"),
    ('[plans.mine]\norder = "cheap"', "plans.mine.order", "Did you mean `cheapest`?"),
    ('[plans.mine]\norder = "listed"', "plans.mine.order", "nothing is listed"),
    ("[plans.mine]\nhedge = 0", "plans.mine.hedge", "a number above 0.0, or one of off, auto"),
    ('[[budget]]\nname = "b"', "budget[1]", "limits nothing"),
    ('[[budget]]\nname = "b"\nsoft_usd = 2\nhard_usd = 1', "budget[1].soft_usd", "at most `hard_usd`"),
    ('[[budget]]\nname = "b"\nhard_usd = nan', "budget[1].hard_usd", "no sum of money"),
    ('[[budget]]\nname = "b"\nhard_usd = 1\nscope = "teams"', "budget[1].scope", "`team:NAME`"),
    ('[records]\nurl = "mysql://h/d"', "records.url", "Write `postgresql://"),
    ('[records]\nurl = "postgresql:///d"', "records.url", "Write `postgresql://"),
    ('[records]\nurl = "postgresql://u:secret@h/d"', "records.url", "named by `password_env`"),
    ('[records]\nurl = "postgresql://u@h/d?password=secret"', "records.url", "named by `password_env`"),
    ('[records]\npassword = "secret"', "records.password", "must not stand in this file"),
    ('[records]\npassword_env = "A"', "records", "no `url`"),
    ('[records]\nurl = "postgresql://h/d"\npassword_env = "a b"', "records.password_env", "not the name of"),
    (
        '[records]\nurl = "postgresql://h/d"\npassword_env = "A"\npassword_file = "b"',
        "records.password_file",
        "in two places",
    ),
    ('[shared_limits]\nurl = "http://h"', "shared_limits.url", "Write `valkey://"),
    ('[shared_limits]\nurl = "redis://:secret@h"', "shared_limits.url", "named by `password_env`"),
    ('[shared_limits]\nprefix = "a b"', "shared_limits.prefix", "letters, digits"),
    ("[cache]\nsemantic = true", "cache.semantic", "Add `embedding_model`"),
    ('[cache]\nembedding_model = "gpt-4.1"', "cache.embedding_model", "no embedding model has that name"),
    (
        '[[model]]\nprovider = "openai"\nname = "m"\ninput_usd_per_mtok = -1\noutput_usd_per_mtok = 0',
        "model[1].input_usd_per_mtok",
        "no sum of money",
    ),
    (
        '[[model]]\nprovider = "openai"\nname = "m"\ninput_usd_per_mtok = 1',
        "model[1]",
        "Add `output_usd_per_mtok = …`, which may be 0.",
    ),
    ('[telemetry]\notlp_endpoint = "here"', "telemetry.otlp_endpoint", "not an http or https address"),
]


@pytest.mark.parametrize(("text", "path", "words"), FAULTS, ids=[f"{row[1]}: {row[2][:20]}" for row in FAULTS])
def test_a_fault_is_named_by_file_line_and_path_with_what_to_do(text: str, path: str, words: str) -> None:
    (problem,) = problems(text)
    last_key = path.rpartition(".")[2].partition("[")[0]
    assert (problem.file, problem.path) == ("/etc/polydesk.toml", path)
    assert problem.line is not None
    assert last_key in text.splitlines()[problem.line - 1]
    assert str(problem).startswith(f"/etc/polydesk.toml:{problem.line}: {path}: ")
    assert words in f"{problem.what}. {problem.remedy}"


def test_all_faults_are_said_at_once_in_the_order_of_their_lines() -> None:
    found = problems('[server]\nprt = 1\nport = "x"\n[cache]\nttl_s = -1\n[[budget]]\nname = "b"\n')
    assert [(one.line, one.path) for one in found] == [
        (2, "server.prt"),
        (3, "server.port"),
        (5, "cache.ttl_s"),
        (6, "budget[1]"),
    ]


@pytest.mark.parametrize(
    "line",
    [
        f'key_env = "{KEY}"',
        'key_env = "AbCdEfGh0123456789AbCdEfGh"',
        f'api_key = "{KEY}"',
        f'key = "{KEY[8:]}"',
        f'key_file = "{KEY}"',
        f'base_url = "https://me:{KEY[8:]}@h/v1"',
        f'base_url = "https://h/v1?api-key={KEY[8:]}"',
        f'settings = {{ password = "{KEY[8:]}" }}',
        f'settings = {{ project = "{KEY}" }}',
        f'models = ["{KEY}"]',
    ],
)
def test_a_key_in_the_file_is_refused_and_not_repeated(line: str) -> None:
    (problem,) = problems(f'[[provider]]\nname = "openai"\n{line}')
    assert problem.line == 3
    assert "key" in problem.what
    assert "AbCdEf" not in str(problem)
    assert "0123456789" not in str(problem)


@pytest.mark.parametrize(
    "line",
    [
        'key_env = "OPENAI_API_KEY_FOR_THE_TEAM_2026"',
        'models = ["Llama-4-Maverick-17B-128E-Instruct-FP8"]',
        'settings = { project = "3f1c9a52-0b6e-4c1a-9d4e-0123456789ab" }',
        'settings = { credentials = "/etc/keys/vertex.json" }',
        'base_url = "https://h.example.com:8443/v1?api-version=2026-01-01"',
    ],
)
def test_what_is_no_key_is_let_in(line: str) -> None:
    assert configuration(f'[[provider]]\nname = "openai"\n{line}').providers[0].name == "openai"


def test_what_is_no_toml_is_said_with_its_line() -> None:
    (problem,) = problems("[server]\nport = \n")
    assert problem.line == 2
    assert "not TOML: invalid value" in problem.what


def test_a_file_that_is_not_there_or_no_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"gone\.toml cannot be read: No such file"):
        read_configuration(tmp_path / "gone.toml", KNOWN)
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="not text in UTF-8"):
        read_configuration(tmp_path / "bytes.toml", KNOWN)
