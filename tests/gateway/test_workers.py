"""Workers at one port: refused where they would count apart, and a port that is not shared unknowingly."""

from __future__ import annotations

import socket

import msgspec
import pytest

from polydesk.configuration.sections import Configuration, RecordsSection, SharedLimitsSection
from polydesk.core.errors import SettingsError
from polydesk.gateway.workers import refuse_unshared, shared_port

RECORDS = RecordsSection(url="postgresql://polydesk@db.example/polydesk")
LIMITS = SharedLimitsSection(url="valkey://limits.example")


@pytest.mark.parametrize(
    ("records", "limits", "missing"),
    [
        (RecordsSection(), SharedLimitsSection(), ["[records]", "[shared_limits]"]),
        (RECORDS, SharedLimitsSection(), ["[shared_limits]"]),
        (RecordsSection(), LIMITS, ["[records]"]),
        (RECORDS, LIMITS, []),
    ],
)
def test_several_workers_need_both_engines(
    records: RecordsSection, limits: SharedLimitsSection, missing: list[str]
) -> None:
    configuration = msgspec.structs.replace(Configuration(), records=records, shared_limits=limits)
    refuse_unshared(configuration, 1)
    if not missing:
        refuse_unshared(configuration, 4)
        return
    with pytest.raises(SettingsError) as caught:
        refuse_unshared(configuration, 4)
    assert [name for name in ("[records]", "[shared_limits]") if name in str(caught.value)] == missing


def test_a_port_is_kept_for_workers_and_no_other_program() -> None:
    with shared_port("127.0.0.1", 0) as port, socket.socket() as worker, socket.socket() as stranger:
        worker.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        worker.bind(("127.0.0.1", port))
        with pytest.raises(OSError, match="in use"):
            stranger.bind(("127.0.0.1", port))


def test_a_port_at_which_others_listen_together_is_not_joined() -> None:
    with shared_port("127.0.0.1", 0) as port, pytest.raises(OSError, match="in use"), shared_port("127.0.0.1", port):
        pass
