"""`./run intel assets`: what is run, compared with the vulnerabilities that feeds tell of."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from warroom.commands.output import print_json, print_table
from warroom.errors import UsageError

if TYPE_CHECKING:
    import pyarrow as pa

    from warroom.intel.vulnerabilities import Exposure
    from warroom.settings import Settings
    from warroom.store.database import State

#: Rows of the table for people.
_SHOWN: Final = 200


def assets(
    path: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="Default: WARROOM_ASSETS.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Tell which assets have, or may have, which vulnerabilities, the most urgent first."""
    from warroom.catalog.assets import load_assets
    from warroom.intel.vulnerabilities import exposures
    from warroom.settings import Settings
    from warroom.store.database import State

    settings = Settings()
    file = path or settings.assets
    if file is None:
        raise UsageError("name a file of assets, or set WARROOM_ASSETS: docs/assets.md says what stands in it")
    listed, faults = load_assets(file)
    for fault in faults:
        sys.stderr.write(f"warning: {fault}\n")
    with State(settings.db_url) as state:
        state.migrate()
        exploited, likely = (_known(state, settings, name) for name in ("exploited", "likely"))
    if not len(exploited) and not len(likely):
        sys.stderr.write("warning: nothing is known of vulnerabilities: switch on the feeds cisa_kev and epss\n")
    rows = [_row(one) for one in exposures(listed, exploited, likely)]
    if as_json:
        print_json({"assets": len(listed), "faults": [str(fault) for fault in faults], "exposures": rows})
        return
    names = ("asset", "cve", "confirmed", "exploited", "ransomware", "due_on", "probability", "name")
    headings = ["asset", "vulnerability", "found", "exploited", "ransomware", "due", "likely", "name"]
    table = [[_cell(name, row[name]) for name in names] for row in rows[:_SHOWN]]
    print_table(headings, table, empty=f"{len(listed):,} assets: none has a vulnerability that is known.")
    if len(rows) > _SHOWN:
        sys.stderr.write(f"only the first {_SHOWN} of {len(rows):,}: --json gives all\n")


def _cell(name: str, value: object) -> object:
    if name == "confirmed":
        return "by a scanner" if value else "to be checked"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "-" if value is None else value


def _known(state: State, settings: Settings, holds: str) -> pa.Table:
    """Give what all feeds tell."""
    import pyarrow as pa

    from warroom.indicators import TABLES
    from warroom.store.intel.snapshots import tables

    found = [table for _, table in tables(state, settings.data_dir, holds)]
    return pa.concat_tables([TABLES[holds].empty_table(), *found])


def _row(one: Exposure) -> dict[str, Any]:
    known, exploited = one.vulnerability, one.vulnerability.exploited
    due = None if exploited is None else exploited.due_on
    return {
        "asset": one.asset.id,
        "platform": one.asset.platform_id,
        "vendor": one.asset.vendor,
        "product": one.asset.product,
        "version": one.asset.version,
        "internet_facing": one.asset.internet_facing,
        "cve": known.cve,
        "confirmed": one.confirmed,
        "exploited": exploited is not None,
        "ransomware": exploited is not None and exploited.ransomware,
        "due_on": None if due is None else due.isoformat(),
        "probability": None if known.probability is None else round(known.probability, 5),
        "percentile": None if known.percentile is None else round(known.percentile, 5),
        "name": "" if exploited is None else exploited.name,
    }
