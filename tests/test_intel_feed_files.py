"""The feeds of intelligence as they are shipped: sound, told in two languages, no secrets, off where they go out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from warroom.catalog.intel_feeds import FOLDER, IntelFeed, load_intel_feed, load_intel_feeds
from warroom.catalog.intel_ways import Folder
from warroom.indicators import Kind
from warroom.intel.formats.read import read
from warroom.intel.formats.reading import Told
from warroom.model import Severity
from warroom.settings import REFERENCE, ROOT

FEEDS, FAULTS = load_intel_feeds(ROOT / "feeds", Path("/var/lib/warroom"))
BY_ID = {feed.id: feed for feed in FEEDS}
#: Words of a key that stands in a file, with something behind it that is no name of a variable or a file.
_SECRET = re.compile(r"(?i)(?:password|secret|token|auth-key|api[_-]?key)\s*[:=]\s*\S|auth-key=|[0-9a-f]{40}")


def test_every_file_loads_without_a_fault() -> None:
    assert FAULTS == []
    assert len(FEEDS) == len(list((ROOT / "feeds" / FOLDER).iterdir())) == 23


@pytest.mark.parametrize("feed", FEEDS, ids=lambda feed: feed.id)
def test_a_feed_is_told_and_has_a_licence(feed: IntelFeed) -> None:
    thai = any("\u0e00" <= sign <= "\u0e7f" for sign in feed.title_th)
    assert thai or feed.id in {"ipsum", "spamhaus_drop", "spamhaus_drop_v6"}  # names of products
    assert feed.about.startswith("https://")
    assert feed.licence
    assert not feed.drill
    text = feed.file.read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert max(map(len, text.splitlines())) <= 120


@pytest.mark.parametrize("feed", FEEDS, ids=lambda feed: feed.id)
def test_a_feed_is_on_only_where_it_needs_no_network_and_names_no_secret(feed: IntelFeed) -> None:
    shipped = isinstance(feed.collect, Folder) and all(path.startswith(str(REFERENCE)) for path in feed.collect.paths)
    assert feed.enabled == shipped
    assert not _SECRET.search(feed.file.read_text(encoding="utf-8"))
    if not isinstance(feed.collect, Folder):
        assert feed.collect.url.startswith("https://")
        assert feed.every_seconds >= 900
    assert feed.stale_after_seconds > feed.every_seconds


def test_what_raises_alarms_and_how_loud() -> None:
    silent = {"cisa_kev", "epss", "attack_enterprise", "attack_ics", "attack_mobile", "taxonomies"}
    assert {feed.id for feed in FEEDS if feed.severity is None} == silent | {"warning_lists", "warning_lists_rented"}
    assert (BY_ID["tor_exits"].severity, BY_ID["tor_exits"].mark) == (Severity.LOW, "tor")
    assert BY_ID["spamhaus_drop_v6"].kind == Kind.IPV6
    assert not any(feed.severity is Severity.CRITICAL for feed in FEEDS)


@pytest.mark.parametrize(("feed", "count"), [("warning_lists", 102), ("warning_lists_rented", 15), ("taxonomies", 3)])
def test_what_is_shipped_stands_where_its_feed_looks(feed: str, count: int) -> None:
    collect = BY_ID[feed].collect
    assert isinstance(collect, Folder)
    (pattern,) = collect.paths
    found = [path for path in REFERENCE.glob("*/*/*.json") if path.match(pattern)]
    assert len(found) == count
    assert sum(path.stat().st_size for path in found) < 1 << 20


def test_no_two_lists_have_one_name() -> None:
    """People are told by its name which list held an alarm back."""
    names = [path.parent.name for path in REFERENCE.glob("warninglists*/*/list.json")]
    assert len(names) == len(set(names)) == 117


def test_reference_stands_for_a_folder_with_any_name(tmp_path: Path) -> None:
    path = tmp_path / "own.yml"
    path.write_text(
        "title: {th: ของเรา, en: Ours}\nformat: warninglist\n"
        "collect: {way: folder, paths: ['{reference}/x.json', '{home}/x']}\n",
        encoding="utf-8",
    )
    feed, faults = load_intel_feed(path, tmp_path)
    assert feed is None
    assert [fault.reason for fault in faults] == [
        "the only placeholder in a path is {data}, the state folder; and {reference}, what is shipped"
    ]


SHA256, MD5, SHA1 = "ab" * 32, "cd" * 16, "ef" * 20
#: What these feeds look like by their publishers' descriptions, with made-up values.
SHAPES = {
    "urlhaus": (
        (
            "# abuse.ch URLhaus Database Dump (CSV - recent URLs only) #\n#\n"
            "# id,dateadded,url,url_status,last_online,threat,tags,urlhaus_link,reporter\n"
            '"1","2025-06-01 00:00:11","http://203.0.113.7:8080/bin.sh","online","2025-06-02 00:00:11",'
            '"malware_download","elf,mips","https://urlhaus.abuse.ch/url/1/","somebody"\n'
        ),
        [("url", "http://203.0.113.7:8080/bin.sh", None)],
    ),
    "threatfox": (
        (
            "# ThreatFox IOCs: recent CSV #\n#\n"
            '# "first_seen_utc","ioc_id","ioc_value","ioc_type","threat_type","fk_malware","malware_alias",'
            '"malware_printable","last_seen_utc","confidence_level","is_compromised","reference","tags","anonymous",'
            '"reporter"\n'
            '"2025-06-01 06:00:13", "1", "203.0.113.7:443", "ip:port", "botnet_cc", "win.x", "", "X", "", "100", '
            '"False", "", "c2", "0", "abuse_ch"\n'
            f'"2025-06-01 06:00:13", "2", "{SHA256}", "sha256_hash", "payload", "win.x", "", "X", "", "50", "False", '
            '"", "", "0", "abuse_ch"\n# Number of entries: 2\n'
        ),
        [("ipv4", "203.0.113.7", 100), ("sha256", SHA256, 50)],
    ),
    "feodo": (
        (
            "# abuse.ch Feodo Tracker Botnet C2 IP Blocklist (CSV) #\n#\n"
            '"first_seen_utc","dst_ip","dst_port","c2_status","last_online","malware"\n'
            '"2022-06-04 21:23:53","203.0.113.7","8080","offline","2025-05-30","Emotet"\n# END 1 entries\n'
        ),
        [("ipv4", "203.0.113.7", None)],
    ),
    "malwarebazaar": (
        (
            "# MalwareBazaar recent malware samples (CSV) #\n#\n"
            '# "first_seen_utc","sha256_hash","md5_hash","sha1_hash","reporter","file_name","file_type_guess",'
            '"mime_type","signature","clamav","vtpercent","imphash","ssdeep","tlsh"\n'
            f'"2025-06-01 06:00:13", "{SHA256}", "{MD5}", "{SHA1}", "abuse_ch", "x.exe", "exe", '
            '"application/x-dosexec", "AgentTesla", "n/a", "n/a", "n/a", "n/a", "n/a"\n# Number of entries: 1\n'
        ),
        [("sha256", SHA256, None), ("md5", MD5, None), ("sha1", SHA1, None)],
    ),
    "spamhaus_drop": (
        "; Spamhaus DROP List 2025/06/01 - (c) 2025 The Spamhaus Project\n198.51.100.0/24 ; SBL1\n",
        [("ipv4", "198.51.100.0/24", None)],
    ),
    "spamhaus_drop_v6": ("; Spamhaus\n2001:db8::/32 ; SBL1\n", [("ipv6", "2001:db8::/32", None)]),
    "tor_exits": ("203.0.113.7\n203.0.113.8\n", [("ipv4", "203.0.113.7", None), ("ipv4", "203.0.113.8", None)]),
    "zeek_intel": (
        (
            "#fields\tindicator\tindicator_type\tmeta.source\tmeta.do_notice\tmeta.desc\n"
            "203.0.113.7\tIntel::ADDR\tABUSE-CH\tF\tTHREATFOX\n"
        ),
        [("ipv4", "203.0.113.7", None)],
    ),
}


@pytest.mark.parametrize("name", SHAPES)
def test_a_feed_says_how_its_documents_are_read(name: str, tmp_path: Path) -> None:
    feed, (text, indicators) = BY_ID[name], SHAPES[name]
    path = tmp_path / "document"
    path.write_text(text, encoding="utf-8")
    found = read(path, Told(name, feed.kind, feed.columns, feed.delimiter, feed.tlp), feed.format)
    rows = found.tables["indicators"].to_pylist()
    assert [(row["kind"], row["value"], row["confidence"]) for row in rows] == indicators
    assert (found.read, found.refused_count) == (len(rows) if name != "malwarebazaar" else 1, 0)
