"""`./run clocks plan`: every clock by its id, deadlines from given times, one clear line for what is wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest

from warroom.__main__ import main
from warroom.catalog.legal import load_clocks

NINE = "2026-11-21T09:00+07:00"


def planned(capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, dict[str, Any]]:
    assert main(["clocks", "plan", "--json", *options]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [one["id"] for one in found] == list(load_clocks())
    return {one["id"]: one for one in found}


def test_deadlines(capsys: pytest.CaptureFixture[str]) -> None:
    found = planned(capsys, "--aware", NINE, "--detected", NINE)
    assert found["PDPC_72H"] == {
        "id": "PDPC_72H",
        "starts_at": "2026-11-21T02:00:00Z",
        "due_at": "2026-11-24T02:00:00Z",
        "limit": "PT72H",
        "kind": "law",
        "started_by": "aware_at",
        "basis": "PDPA s.37(4); PDPC notification B.E. 2565 cl.5(3)",
        "waits_for": [],
    }
    assert found["PDPC_15D"]["due_at"] == "2026-12-06T02:00:00Z"
    assert found["NCSA_K2_24H"]["due_at"] == "2026-11-22T02:00:00Z"
    assert found["NCSA_K3_ANNUAL"]["due_at"] == "2027-01-31T16:59:59Z"
    assert (found["NCSA_K1"]["due_at"], found["NCSA_K1"]["kind"]) == ("2026-11-21T03:00:00Z", "internal")
    assert (found["AUDIT_30D"]["due_at"], found["AUDIT_30D"]["waits_for"]) == (None, ["completed_at"])


def test_every_other_start_is_given_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    starts = {
        "completed_at": "AUDIT_30D",
        "designated": "CONTACT_52",
        "call": "REACH_60MIN",
        "data enters the system": "LOG_90D",
        "service-end": "LOG_USER_90D",
        "received_at": "DSR_ACCESS_30D",
        "k2_sent_at": "NCSA_UPDATE",
        "year_end": "NCSA_K3_ANNUAL",
    }
    for name, clock in starts.items():
        found = planned(capsys, "--at", f"{name}={NINE}")
        assert found[clock]["due_at"] is not None, name
        assert [one for one in found.values() if one["due_at"] is not None] == [found[clock]]
    change = planned(capsys, "--at", f"change={NINE}")["CONTACT_52"]
    assert (change["due_at"], change["limit"]) == ("2026-11-14T02:00:00Z", "-P7D")
    assert [one["due_at"] for one in change["limits"]] == [None, "2026-11-14T02:00:00Z"]


def test_nothing_given_lists_everything_with_nulls(capsys: pytest.CaptureFixture[str]) -> None:
    for one in planned(capsys).values():
        assert (one["starts_at"], one["due_at"]) == (None, None)
        assert one["waits_for"]


def test_a_table_for_people_says_that_it_is_no_legal_advice(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["clocks", "plan", "--aware", NINE]) == 0
    out = capsys.readouterr().out
    assert "2026-11-24 09:00:00" in out
    assert "internal target" in out
    assert "Not legal advice" in out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--aware", "2026-11-21T09:00"], "has no zone"),
        (["--aware", "tomorrow"], "is no time such as"),
        (["--at", "noon"], "NAME=TIME"),
        (["--at", f"lunch={NINE}"], "one of occurred_at"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(capsys: pytest.CaptureFixture[str], options: list[str], said: str) -> None:
    assert main(["clocks", "plan", *options]) == 2
    told = capsys.readouterr()
    assert said in told.err
    assert (told.out, told.err.count("\n")) == ("", 1)
