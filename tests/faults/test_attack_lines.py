"""Attack lines appended to an ordinary log become incidents that name the attacker's address."""

from __future__ import annotations

import json
import urllib.parse
from typing import TYPE_CHECKING

import pytest
from making import web_line

from warroom.settings import REFERENCE, ROOT

if TYPE_CHECKING:
    from faults.conftest import Place

PAYLOADS = REFERENCE / "drills" / "payloads" / "sql_injection.txt"


@pytest.mark.slow
def test_injections_in_a_web_log_open_incidents_with_the_right_source_address(place: Place) -> None:
    # those for web servers: that all of them load together is the test of the content
    place.environment["WARROOM_DETECTORS"] = str(ROOT / "detectors" / "webserver")
    payloads = [line for line in PAYLOADS.read_text(encoding="utf-8").splitlines() if "select" in line.lower()][:20]
    assert len(payloads) >= 10
    ordinary = [web_line(number, "q=blue+shoes", "192.0.2.77") for number in range(200)]
    attacks = [
        web_line(1000 + number, f"id={urllib.parse.quote(text)}", f"198.51.100.{number + 1}")
        for number, text in enumerate(payloads)
    ]
    place.log.write_bytes(b"".join([*ordinary, *attacks]))
    assert place.run("ingest", "--once").returncode == 0
    found: set[str] = set()
    for incident in json.loads(place.run("incident", "list", "--json").stdout):
        shown = json.loads(place.run("incident", "show", str(incident["id"]), "--json").stdout)
        # strangers who do the same within minutes are one campaign, about all of their addresses
        found |= {entity["value"] for entity in shown["entities"] if entity["kind"] == "address"}
    assert "192.0.2.77" not in found
    assert len(found & {f"198.51.100.{number + 1}" for number in range(len(payloads))}) >= 0.8 * len(payloads)
    assert place.run("ledger", "--deep").returncode == 0
