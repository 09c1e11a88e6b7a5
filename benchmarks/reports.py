"""Measures a long monthly report: pages, and the CPU-seconds of its figures, its PDF and its DOCX.

PYTHONPATH=. .venv/bin/python benchmarks/reports.py [--incidents 3600] [--language th] [--keep FOLDER]

A month of incidents is made up in a store of its own, the same each time; 3,600 of them fill 200 pages. The limit that
the project sets itself is ten CPU-seconds for a report of 200 pages.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import tempfile
import time
from itertools import pairwise
from pathlib import Path

from sqlalchemy import insert

from warroom.catalog import load_platforms
from warroom.gathering import gather
from warroom.model import Severity
from warroom.report.periodic import report_sheet
from warroom.report.periods import DAY_US, Kind, read_period
from warroom.report.printing import print_pdf
from warroom.report.word import print_docx
from warroom.settings import Settings
from warroom.store.case_tables import classifications
from warroom.store.database import State
from warroom.store.tables import alerts, incident_log, incidents
from warroom.store.views.periodic import Span, list_incidents

MONTH = read_period(Kind.MONTHLY, "2026-10")
TITLES = (
    ("SQL injection on the API gateway", "ฝังคำสั่ง SQL ผ่าน API Gateway"),
    ("Credential stuffing against sign-in", "ยิงรหัสผ่านที่รั่วไหลใส่หน้าลงชื่อเข้าใช้"),
    ("HTTP flood on the registration page", "ท่วมหน้าลงทะเบียนด้วยคำขอ HTTP"),
    ("One device proves many identities", "อุปกรณ์เดียวพิสูจน์ตัวตนหลายคน"),
    ("Mass export of records", "ส่งออกข้อมูลจำนวนมากผิดปกติ"),
)
TECHNIQUES = ("attack.t1190", "attack.t1110.004", "attack.t1498.001", "attack.t1078", "attack.t1530")
_AT_ONCE = 500


def fill(state: State, count: int, seed: int = 1) -> None:
    """Make up a month: incidents of two alerts each, most of them closed and classified."""
    dice, platforms = random.Random(seed), list(load_platforms())  # noqa: S311 - a made-up month needs no secret
    rows: dict[str, list[dict[str, object]]] = {"incidents": [], "alerts": [], "log": [], "classified": []}
    for number in range(1, count + 1):
        kind = dice.randrange(len(TITLES))
        title, title_th = TITLES[kind]
        at = MONTH.since + dice.randrange(MONTH.until - MONTH.since)
        closed = at + dice.randrange(30 * DAY_US)
        both = {
            "severity": dice.choices([one.value for one in Severity], [4, 8, 6, 3, 1])[0],
            "platform_id": dice.choice(platforms),
            "drill": dice.random() < 0.02,  # noqa: PLR2004 - one in fifty
            "first_at": at,
            "last_at": at,
        }
        rows["incidents"].append(
            {
                "id": number,
                "title": title,
                "title_th": title_th,
                "status": "closed" if closed < MONTH.until else "investigating",
                "disposition": "true_positive" if closed < MONTH.until else None,
                "closed_at": closed if closed < MONTH.until else None,
                "opened_at": at,
                "alert_count": 2,
                "event_count": 18,
                "version": 1,
                "updated_at": at,
                **both,
            }
        )
        log = {"incident_id": number, "actor": "anong", "body": "{}"}
        rows["log"].append({"at": at + dice.randrange(DAY_US // 12), "action": "acknowledged", **log})
        told = {"incident_id": number, "at": at, "actor": "anong", "reason": "-", "proposed": "[]"}
        rows["classified"].append({"categories": json.dumps([kind + 3]), "level": "non_serious", **told})
        rows["alerts"] += [
            {
                "id": f"{number}-{place}",
                "rule_id": f"rule-{kind}-{number % 12}",
                "rule_title": title,
                "rule_title_th": title_th,
                "feed_id": "web",
                "raised_at": at,
                "count": 9,
                "entities": "[]",
                "event_ids": "[]",
                "tags": json.dumps([TECHNIQUES[kind]]),
                "incident_id": number,
                "waiting": False,
                **both,
            }
            for place in range(2)
        ]
    tables = {"incidents": incidents, "alerts": alerts, "log": incident_log, "classified": classifications}
    with state.write() as connection:
        for name, table in tables.items():
            for start in range(0, len(rows[name]), _AT_ONCE):
                connection.execute(insert(table), rows[name][start : start + _AT_ONCE])


def main() -> None:
    """Fill a store, print its month, print what it took."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--incidents", type=int, default=3600)
    parser.add_argument("--language", choices=("th", "en"), default="th")
    parser.add_argument("--keep", type=Path, help="folder for the PDF and the DOCX")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, State(f"sqlite:///{folder}/state.db") as state:
        state.migrate()
        fill(state, asked.incidents)
        marks = [time.process_time()]
        figures = gather(state, Settings(), MONTH, MONTH.until)
        lines = list_incidents(state, Span(MONTH.since, MONTH.until))
        sheet = report_sheet(figures, lines, asked.language, version="benchmark")
        marks.append(time.process_time())
        pdf = print_pdf(sheet)
        marks.append(time.process_time())
        docx = print_docx(sheet)
        marks.append(time.process_time())
    pages = len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))
    took = [after - before for before, after in pairwise(marks)]
    print(f"incidents {asked.incidents:,} · pages {pages} · PDF {len(pdf):,} bytes · DOCX {len(docx):,} bytes")
    for name, seconds in zip(("figures and pages' tree", "PDF", "DOCX"), took, strict=True):
        print(f"{name:<24} {seconds:6.2f} CPU-s")
    print(f"{'all':<24} {sum(took):6.2f} CPU-s")
    if asked.keep is not None:
        asked.keep.mkdir(parents=True, exist_ok=True)
        (asked.keep / "monthly.pdf").write_bytes(pdf)
        (asked.keep / "monthly.docx").write_bytes(docx)


if __name__ == "__main__":
    main()
