"""Feeds of some platforms in every state that the onboarding matrix knows, and addresses that are tried."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from warroom.catalog import load_platforms
from warroom.store import feedlife
from warroom.store.database import now_us, upsert
from warroom.store.feedlife import QUARTER_US, Probed
from warroom.store.tables import feed_states

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from warroom.store.database import State

MINUTE: Final = 60_000_000
DAY: Final = 1440 * MINUTE
COLLECT: Final = {
    "push": "{{transport: push, token_env: TOKEN_{upper}}}",
    "syslog": '{{transport: syslog, listen: "0.0.0.0:6514", protocol: tcp, hosts: ["{platform}-*"]}}',
    "file": '{{transport: file, paths: ["/var/log/{platform}/{kind}.log*"]}}',
    "probe": '{{transport: probe, targets: ["https://{platform}.example.go.th/"]}}',
}
SYSLOG: Final = ("os_syslog", "fw_flow", "vpn", "dns")


def add_onboarding(state: State, folder: Path, platforms: Iterable[str] | None = None) -> None:
    """Write feeds of platforms (all by default) into a folder: in turn connected, silent, never seen, ready, missing.

    The first platform's kinds of log are connected but for its last five, which are one of each.
    """
    known = load_platforms()
    now = now_us()
    with state.write("feeds") as connection:
        for place, key in enumerate(platforms or known):
            kinds = known[key].log_sources
            for number, kind in enumerate((*kinds, "probe")):
                left = len(kinds) - number
                turn = 5 - left if left <= 5 else (0 if place == 0 else (place * 7 + number) % 9)
                if turn == 4 and kind != "probe":
                    continue
                on = turn < 3 or kind == "probe"
                name = f"{key}_{kind}"
                _write(folder, key, kind, on=on)
                if not on:
                    continue
                received = {0: now - MINUTE, 1: now - 3 * 60 * MINUTE, 2: None}.get(turn, now - MINUTE)
                told = {
                    "feed_id": name,
                    "platform_id": key,
                    "title_th": f"{kind} ของ {key}",
                    "title_en": f"{kind} of {key}",
                    "drill": False,
                    "read_at": now,
                    "event_at": received,
                    "received_at": received,
                    "lag_bytes": 0,
                    "error": None,
                    "silent_after_seconds": 900,
                }
                row = upsert(feed_states).values(**told)
                connection.execute(row.on_conflict_do_update(index_elements=["feed_id"], set_=told))
                if kind == "probe":
                    for quarter in range(96):
                        up = not (place == 1 and quarter >= 92) and not (place == 3 and 40 <= quarter < 44)
                        one = Probed(
                            f"https://{key}.example.go.th/",
                            up,
                            200 if up else None,
                            (80 + 37 * place) * 1000 if up else None,
                            now + (400 if place % 4 else 5 + place) * DAY,
                            (f"203.0.113.{place + 1}",),
                            None if up else "no answer within 10 s",
                        )
                        feedlife.keep_probes(connection, name, [one], now - (95 - quarter) * QUARTER_US)


def _write(folder: Path, platform: str, kind: str, *, on: bool) -> None:
    way = "probe" if kind == "probe" else "syslog" if kind in SYSLOG else "push" if kind == "kyc" else "file"
    collect = COLLECT[way].format(platform=platform, kind=kind, upper=platform.upper())
    lines = [f"platform: {platform}", f"collect: {collect}", f"enabled: {str(on).lower()}"]
    if kind == "probe":
        lines += ["title: {th: ทดสอบ, en: probe}", "parse: {format: jsonl}", "logsource: {product: warroom}"]
    else:
        lines.append(f"log_source: {kind}")
    place = folder / platform
    place.mkdir(parents=True, exist_ok=True)
    (place / f"{platform}_{kind}.yml").write_text("\n".join([*lines, ""]), encoding="utf-8")
