"""An asset with a vulnerability that gets known to be exploited raises an alert: once."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from sqlalchemy import select

from warroom.catalog.assets import Asset
from warroom.incidents.grouping import group
from warroom.indicators import EXPLOITED
from warroom.intel.exposing import raise_exposures
from warroom.store.database import State, now_us
from warroom.store.intel import feeds, snapshots
from warroom.store.intel.tables import intel_feeds, intel_matches
from warroom.store.lease import Lease
from warroom.store.tables import alerts, incidents

TODAY = datetime.now(UTC).date()
LONG_AGO = TODAY - timedelta(days=400)
MAIL = Asset("mail-gateway", "tang_rat", "Apache", "Log4j2", "2.14", True, ("CVE-2021-44228",))
INSIDE = Asset("print-server", "gdx", "Example", "Spooler", "", False, ("CVE-2021-34527",))
SAME_PRODUCT = Asset("vpn", "gdx", "Cisco", "ASA", "9.1", True, ())


class Catalogue:
    """The feed of exploited vulnerabilities in a store."""

    def __init__(self, state: State, data_dir: Path, lease: Lease) -> None:
        self.state, self.data_dir, self.lease = state, data_dir, lease
        feeds.register(
            state,
            [
                feeds.Registered(
                    "cisa_kev", "คิว", "KEV", "http", "kev", "", "", 100, "clear", None, None, "", False, 1, 1, True
                )
            ],
        )

    def has(self, *rows: tuple[str, str, str, date]) -> None:
        table = pa.Table.from_pylist(
            [
                {"cve": cve, "vendor": vendor, "product": product, "name": f"{product} hole", "added_on": added}
                for cve, vendor, product, added in rows
            ],
            schema=EXPLOITED,
        )
        with snapshots.workplace(self.data_dir) as work:
            with snapshots.Draft(work / "x.parquet", EXPLOITED) as draft:
                draft.add(table)
            made = snapshots.keep(self.data_dir, draft, "cisa_kev", "exploited", now_us())
        with self.state.write() as connection:
            old = snapshots.files(connection, "cisa_kev")
            snapshots.swap(connection, "cisa_kev", old, old, [made])

    def told(self, *assets: Asset) -> int:
        return raise_exposures(self.state, self.data_dir, self.lease, assets, now_us())


@pytest.fixture
def catalogue(state: State, data_dir: Path, lease: Lease) -> Catalogue:
    return Catalogue(state, data_dir, lease)


def raised(state: State) -> dict[str, tuple[str, str]]:
    with state.read() as connection:
        rows = connection.execute(select(alerts)).all()
    return {row.rule_title: (row.severity, row.platform_id) for row in rows}


def test_what_a_scanner_found_is_told_once_for_each_asset_and_vulnerability(state: State, catalogue: Catalogue) -> None:
    catalogue.has(("CVE-2021-44228", "Apache", "Log4j2", LONG_AGO))
    assert catalogue.told(MAIL, INSIDE) == 1
    assert catalogue.told(MAIL, INSIDE) == 0
    catalogue.has(("CVE-2021-44228", "Apache", "Log4j2", LONG_AGO), ("CVE-2021-34527", "Example", "Spooler", LONG_AGO))
    assert catalogue.told(MAIL, INSIDE) == 1
    assert raised(state) == {
        "Exploited vulnerability CVE-2021-44228 in mail-gateway (Apache Log4j2 2.14)": ("high", "tang_rat"),
        "Exploited vulnerability CVE-2021-34527 in print-server (Example Spooler)": ("medium", "gdx"),
    }
    group(state, timedelta(hours=1))
    with state.read() as connection:
        found = {row.platform_id: row.severity for row in connection.execute(select(incidents))}
        match = connection.execute(select(intel_matches).where(intel_matches.c.value == "CVE-2021-44228")).one()
        (tags,) = connection.scalars(select(alerts.c.tags).where(alerts.c.platform_id == "tang_rat"))
    assert found == {"tang_rat": "high", "gdx": "medium"}
    assert json.loads(match.listed)[0]["feed"] == "cisa_kev"
    assert json.loads(tags) == ["cve.2021-44228"]


def test_of_the_same_product_only_what_is_new_in_the_catalogue_is_told_and_softly(
    state: State, catalogue: Catalogue
) -> None:
    catalogue.has(("CVE-2020-0001", "Cisco", "ASA", LONG_AGO))
    assert catalogue.told(SAME_PRODUCT) == 0
    catalogue.has(("CVE-2020-0001", "Cisco", "ASA", LONG_AGO), ("CVE-2026-0002", "Cisco", "ASA", TODAY))
    assert catalogue.told(SAME_PRODUCT) == 1
    assert raised(state) == {
        "Exploited vulnerability CVE-2026-0002 may be in vpn (Cisco ASA 9.1)": ("medium", "gdx"),
    }


def test_what_is_only_in_a_drill_or_nowhere_is_not_told(state: State, catalogue: Catalogue) -> None:
    assert catalogue.told(MAIL) == 0
    catalogue.has(("CVE-2021-44228", "Apache", "Log4j2", TODAY))
    with state.write() as connection:
        connection.execute(intel_feeds.update().values(drill=True))
    assert catalogue.told(MAIL) == 0
    shutil.rmtree(catalogue.data_dir / "intel")
    assert catalogue.told(MAIL) == 0
