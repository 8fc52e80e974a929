"""Every command works on the engines that many machines share, as on a file."""

from __future__ import annotations

import json
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest

from polydesk.store.store import Store
from tests.flows.gateway.fleet import Fleet, fleet
from tests.flows.gateway.process import done
from tests.postgres import Cluster
from tests.redis_server import LimitsServer
from tests.store.samples import priced_receipt

MANY = "\n[[budget]]\nname = 'everything'\nperiod = 'total'\nhard_usd = 10\n"


@pytest.fixture
def shared(tmp_path: Path, postgres_cluster: Cluster, limits_server: LimitsServer) -> Fleet:
    made = fleet(tmp_path, postgres_cluster, limits_server, budget=MANY)
    (tmp_path / "polydesk.toml").write_text(made.extra)
    return made


async def polydesk(shared: Fleet, *words: str) -> str:
    """What a command prints."""
    file = str(shared.folder / "polydesk.toml")
    code, out, said = await done(shared.folder, "--config", file, *words, more=shared.environment)
    assert code in (0, 50), said
    assert not any(password in out + said for password in shared.environment.values())
    return out


async def test_keys_are_made_listed_and_revoked(shared: Fleet) -> None:
    made = json.loads(await polydesk(shared, "keys", "create", "bot", "--team", "red", "--json"))
    assert "bot" in await polydesk(shared, "keys", "list")
    await polydesk(shared, "keys", "revoke", "bot")
    with closing(Store.open(shared.place)) as store:
        (key,) = store.keys.all()
    assert (key.id, key.team) == (made["key"]["id"], "red")
    assert key.revoked_at is not None
    assert not (shared.folder / "data" / "records.db").exists()


async def test_usage_and_receipts_are_told(shared: Fleet) -> None:
    with closing(Store.open(shared.place)) as store:
        store.record_calls([priced_receipt(f"rcp_{number}") for number in range(3)])
    usage = json.loads(await polydesk(shared, "usage", "--since", "2026-11-01", "--json"))
    assert Decimal(usage["usage"]["together"]["cost_usd"]) == Decimal("0.75")
    assert Decimal(usage["budgets"][0]["left_usd"]) == Decimal("9.25")
    charges = await polydesk(shared, "usage", "--since", "2026-11-01", "--csv")
    assert len(charges.splitlines()) == 4
    assert "rcp_2" in await polydesk(shared, "receipt", "rcp_2")
    assert len(json.loads(await polydesk(shared, "receipt", "--json"))["calls"]) == 3


async def test_the_doctor_and_the_check_name_both_engines(shared: Fleet) -> None:
    findings = {one["check"]: one for one in json.loads(await polydesk(shared, "doctor", "--json"))["findings"]}
    assert (findings["records"]["state"], findings["shared_limits"]["state"]) == ("ok", "ok")
    checked = await polydesk(shared, "config", "check")
    assert f"Records: {shared.place}" in checked
    assert f"shared at {shared.server.url}" in checked


async def test_the_doctor_says_what_is_away(tmp_path: Path, limits_server: LimitsServer) -> None:
    cluster = Cluster()
    server = LimitsServer()
    away = fleet(tmp_path, cluster, server)
    (tmp_path / "polydesk.toml").write_text(away.extra)
    cluster.close()
    server.close()
    findings = {one["check"]: one for one in json.loads(await polydesk(away, "doctor", "--json"))["findings"]}
    for check in ("records", "shared_limits"):
        assert findings[check]["state"] == "broken"
        assert "see that it runs" in findings[check]["what"]
        assert "run-on-many-machines" in findings[check]["remedy"]
