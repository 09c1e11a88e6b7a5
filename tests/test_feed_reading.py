"""What a feed says under ``parse``: each fault at its line, with what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from warroom.catalog.documents import parse_yaml
from warroom.catalog.feeds import Feed, read_feed
from warroom.errors import Fault

FEED = """title: {th: x, en: x}
platform: tang_rat
collect: {transport: file, paths: [/x]}
logsource: {product: x}
parse:
"""


def read(parse: str) -> tuple[Feed | None, list[Fault]]:
    (document,) = parse_yaml(f"{FEED}{parse}".encode(), Path("f.yml"))
    return read_feed(document, Path("/state"), ["tang_rat"])


def test_every_option_is_read() -> None:
    feed, faults = read(
        """  format: csv
  columns: [time, src_ip, "จำนวน"]
  header: true
  delimiter: "\\t"
  kinds: {src_ip: address, "จำนวน": integer}
  time_format: "%d %b %Y %H:%M:%S"
  era: buddhist
  begins: '[0-9]{4}-'
  envelope: syslog
  proxies: ["10.0.0.0/8", "2001:db8::/32", 192.0.2.7]
  fields: {ts: time}
"""
    )
    assert faults == []
    assert feed is not None
    options = feed.options
    assert (options.columns, options.header, options.delimiter) == (("time", "src_ip", "จำนวน"), True, "\t")
    assert options.kinds == {"src_ip": "address", "จำนวน": "integer"}
    assert (options.time_format, options.era, options.begins) == ("%d %b %Y %H:%M:%S", "buddhist", "[0-9]{4}-")
    assert (options.envelope, options.proxies) == ("syslog", ("10.0.0.0/8", "2001:db8::/32", "192.0.2.7"))
    feed, faults = read("  format: pattern\n  pattern: '^(?P<a>.)$'\n  kinds: {a: text}\n")
    assert (faults, feed and feed.options.pattern) == ([], "^(?P<a>.)$")
    feed, faults = read("  format: kv\n  delimiter: '|'\n  assigns: ':'\n")
    assert (faults, feed and (feed.options.delimiter, feed.options.assigns)) == ([], ("|", ":"))


@pytest.mark.parametrize(
    ("parse", "line", "reason"),
    [
        ("  format: csv\n", 6, "names its columns"),
        ("  format: csv\n  columns: []\n", 7, "list of one to 500 texts"),
        ("  format: csv\n  columns: [a, 1]\n", 7, "put it in quotation marks"),
        ("  format: csv\n  columns: [a, a]\n", 7, "comes twice"),
        ("  format: csv\n  columns: [a]\n  header: 1\n", 8, "true or false"),
        ("  format: csv\n  columns: [a]\n  delimiter: '\"'\n", 8, "no quotation mark"),
        ("  format: csv\n  columns: [time]\n  fields: {ts: tiem}\n", 8, "did you mean `time`"),
        ("  format: csv\n  columns: [day, at]\n  fields: {ts: day + a}\n", 8, "there is no field `a`"),
        ("  format: jsonl\n  columns: [a]\n", 7, "`parse.columns` is for the format csv"),
        ("  format: jsonl\n  pattern: x\n", 7, "is for the format pattern"),
        ("  format: pattern\n", 6, "`parse.pattern` is missing"),
        ("  format: pattern\n  pattern: '(?=a)(?P<b>.)'\n", 7, "look-around"),
        ("  format: pattern\n  pattern: '(?P<b>.)\\1'\n", 7, "backreferences"),
        ("  format: pattern\n  pattern: '(.)'\n", 7, "names no group"),
        ("  format: pattern\n  pattern: '(?P<a>(((x{1000}){1000}){1000}))'\n", 7, "cannot be used"),
        ("  format: pattern\n  pattern: '(?P<src>.)'\n  kinds: {scr: address}\n", 8, "did you mean `src`"),
        ("  format: jsonl\n  kinds: {a: adress}\n", 7, "did you mean `address`"),
        ("  format: jsonl\n  kinds: [a]\n", 7, "`field: kind`"),
        ("  format: jsonl\n  time_format: '%d %H'\n", 7, "names no day and month"),
        ("  format: jsonl\n  time_format: '%Q'\n", 7, "`%Q` is unknown"),
        ("  format: jsonl\n  time_format: '%d %m %d'\n", 7, "says again"),
        ("  format: jsonl\n  era: buddist\n", 7, "did you mean `buddhist`"),
        ("  format: jsonl\n  envelope: dokcer\n", 7, "did you mean `docker`"),
        ("  format: jsonl\n  begins: '('\n", 7, "cannot be used"),
        ("  format: jsonl\n  begins: '(a+)+b'\n", 7, "group repeated"),
        ("  format: jsonl\n  begins: '(?:a|a)*b'\n", 7, "group repeated"),
        ("  format: jsonl\n  begins: 'a*a*a*b'\n", 7, "more than 2"),
        ("  format: jsonl\n  begins: '(?!a)'\n", 7, "look-around"),
        ("  format: apache_custom\n", 6, "copy the `LogFormat` from the configuration of apache"),
        ("  format: apache_custom\n  log_format: '%h %l %9'\n", 7, "no directive at character 7"),
        ("  format: nginx_custom\n  log_format: 'nothing of nginx'\n", 7, "names no variable"),
        ("  format: nginx\n  log_format: $status\n", 7, "is for the format nginx_custom or apache_custom"),
        ("  format: jsonl\n  proxies: 10.0.0.0/8\n", 7, "list of one to"),
        ("  format: jsonl\n  proxies: ['10.0.0.1/8']\n", 7, "host bits set"),
        ("  format: jsonl\n  proxies: ['::/0']\n", 7, "trusts everybody"),
    ],
)
def test_a_fault_is_told_at_its_line(parse: str, line: int, reason: str) -> None:
    feed, faults = read(parse)
    assert feed is None
    assert [(fault.line, reason in fault.reason) for fault in faults] == [(line, True)]
