"""Events are compared with indicators: the same hits as by comparing each value with each, compiled or not."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from intel import naive_matching
from intel.listed import events, index_of

from warroom.intel.index import Index
from warroom.intel.matching import Hits, match

NAMES = (
    "evil.example", "a.evil.example", "A.b.EVIL.example", "evil.example.", "notevil.example", "vil.example", "example",
    "x.bücher.example", "bücher.example", "xn--bcher-kva.example", "..evil.example", "a/b.evil.example", "", ".", "-",
    "1.2.3.4", f"{'a' * 60}.{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 60}.evil.example", "evil.example:8080",
    "-.evil.example", "a.evil.example.:443", "evil.example:443",
)  # fmt: skip
ADDRESSES = (
    "1.2.3.4", "1.2.3.5", "1.2.200.9", "10.0.0.1", "01.2.3.4", "1.2.3.4 ", "1.2.3", "::ffff:1.2.3.4", "2001:db8::1",
    "2001:DB8:0:0::1", "2001:db8:1::7", "fe80::1%eth0", "fe80::1", "evil.example", "", "-", "1.2.3.4.5", "256.1.1.1",
    "1.2.3.4:80", "[2001:db8::1]", "[2001:db8::1]:443", "[::ffff:1.2.3.4]:1", "1.2.3.4:123456",
)  # fmt: skip
URLS = (
    "/login", "/a?b=c", "http://evil.example/login", "HTTP://EVIL.example:80/login#x", "https://evil.example/login",
    "http://user:word@evil.example/login", "http://evil.example", "http://evil.example/a/../login", "http://[2001:db8::1]/x",
    "http://evil.example/%6Cogin", "http://evil.example:8080/login", "http://1.2.3.4/x", "evil.example:443", "-", "",
    "http://other.example/login", "https://a.evil.example/?q=%C3%A9", "http://bücher.example/", "http://", "https://@/",
    "http://evil.example\\@other.example/login", "http://evil.example./login", "//evil.example/login", "http://a:b:c/",
)  # fmt: skip
MAILS = (
    "a.b@evil.example", "Somebody <A.B@Evil.example>", "x,a.b@evil.example;y", "a.b@evil.example.", "xa.b@evil.example",
    "a.b@evil.example.org", "a.b", "@evil.example", "a@b@evil.example", "é@evil.example", f"{'l' * 64}@evil.example",
    f"{'l' * 65}@evil.example", "a.b@x.evil.example", "root", "",
)  # fmt: skip
MD5, SHA1, SHA256 = "d41d8cd98f00b204e9800998ecf8427e", "a9" * 20, "e3b0" * 16
DIGESTS = (
    MD5, MD5.upper(), f"MD5={MD5.upper()},SHA256={SHA256},IMPHASH={'0' * 32}", f"{SHA256}0", SHA256[1:], "", "-", SHA1,
    f"sha256:{SHA256}",
)  # fmt: skip
AGENTS = ("sqlmap/1.0", " sqlmap/1.0\t", "SQLMAP/1.0", "curl/8", "sqlmap/1.0 (ไทย)", "", "-", "evil\N{NO-BREAK SPACE}")
LISTED = (
    ("ipv4", "1.2.3.4"), ("ipv4", "1.2.3.4/31"), ("ipv4", "1.2.0.0/16"), ("ipv4", "10.0.0.0/8"), ("ipv4", "1.2.3.0/24"),
    ("ipv6", "2001:db8::1"), ("ipv6", "2001:db8::/32"), ("ipv6", "fe80::1"), ("ipv6", "2001:db8::/64"),
    ("domain", "evil.example"), ("domain", "a.evil.example"), ("domain", "xn--bcher-kva.example"),
    ("domain", "b.evil.example"),
    ("url", "http://evil.example/login"), ("url", "https://evil.example:8080/login"), ("url", "http://[2001:db8::1]/x"),
    ("url", "http://1.2.3.4/x"), ("url", "https://a.evil.example/?q=%C3%A9"), ("url", "http://xn--bcher-kva.example/"),
    ("url", "http://evil.example/a?b=c"), ("email", "a.b@evil.example"), ("email", f"{'l' * 64}@evil.example"),
    ("md5", MD5), ("sha1", SHA1), ("sha256", SHA256), ("user_agent", "sqlmap/1.0"), ("user_agent", "sqlmap/1.0 (ไทย)"),
)  # fmt: skip
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "source_ip": ADDRESSES,
    "source_address": ADDRESSES + NAMES,
    "destination_ip": ADDRESSES,
    "destination_address": ADDRESSES + NAMES,
    "url_domain": NAMES,
    "url_original": URLS,
    "url_path": ("/login", "login", "/a"),
    "url_query": ("b=c", "x"),
    "http_request_referrer": URLS,
    "dns_question_name": NAMES,
    "file_hash_sha256": DIGESTS,
    "user_name": MAILS,
    "user_agent_original": AGENTS,
}
ROW = st.fixed_dictionaries({}, optional={name: st.sampled_from((*texts, None)) for name, texts in COLUMNS.items()})
NATIVE = st.fixed_dictionaries({}, optional={"from": st.sampled_from(MAILS), "Hashes": st.sampled_from(DIGESTS)})


def told(hits: Hits, index: Index) -> set[tuple[int, str, str]]:
    """What was found as (row, kind, value)."""
    names = index.names(hits.entries)
    return {(row, str(kind), value) for row, (kind, value) in zip(hits.rows.tolist(), names, strict=True)}


@settings(max_examples=200)
@given(
    st.lists(st.tuples(ROW, NATIVE), min_size=1, max_size=8),
    st.lists(st.sampled_from(LISTED), unique=True),
    st.booleans(),
    st.booleans(),
)
def test_finds_what_comparing_everything_finds(
    rows: list[tuple[dict[str, str | None], dict[str, str]]],
    listed: list[tuple[str, str]],
    compiled: bool,  # noqa: FBT001  drawn
    coded: bool,  # noqa: FBT001
) -> None:
    batch = events([row | {"event": "x"} for row, _ in rows], [native | {"o": "x"} for _, native in rows])
    if coded:
        columns = [
            column.dictionary_encode() if pa.types.is_string(column.type) else column for column in batch.columns
        ]
        batch = pa.RecordBatch.from_arrays(columns, batch.schema.names)
    index = index_of(*listed, compiled=compiled)
    assert told(match(batch, index), index) == naive_matching.hits([row | native for row, native in rows], listed)


def test_fields_count_as_they_are_stored() -> None:
    index = index_of(("md5", MD5), ("email", "a.b@evil.example"))
    rows = [[("Hashes", f"MD5={MD5}")], [], [("to", "a.b@evil.example"), ("other", MD5)]]
    kept = pa.array(rows, pa.map_(pa.string(), pa.string()))
    hits = match(pa.RecordBatch.from_arrays([kept], ["fields"]), index)
    assert [(row, hits.names[column]) for row, column in zip(hits.rows, hits.columns, strict=True)] == [
        (0, "Hashes"),
        (2, "to"),
    ]
    assert match(pa.RecordBatch.from_arrays([kept.slice(1)], ["fields"]), index).rows.tolist() == [1]


def test_a_field_may_hold_several_values() -> None:
    index = index_of(("email", "a.b@evil.example"))
    batch = events([{}, {}], [{"to": ["x@good.example", "a.b@evil.example"]}, {"to": None}])
    hits = match(batch, index)
    assert hits.rows.tolist() == [0]
    assert hits.observed.to_pylist() == ["a.b@evil.example"]


def test_a_path_alone_is_no_url() -> None:
    index = index_of(("url", "http://evil.example/login"))
    assert not len(match(events([{"url_original": "/login", "url_path": "/login"}]), index))
    assert len(match(events([{"url_original": "/login", "url_domain": "evil.example"}]), index)) == 1


def test_each_row_and_entry_comes_once_by_the_first_column_that_has_it() -> None:
    index = index_of(("ipv4", "192.0.2.1"), ("ipv4", "192.0.2.0/24"))
    row = {"source_ip": "192.0.2.1", "source_address": "192.0.2.1", "url_domain": "192.0.2.1"}
    hits = match(events([row, {"source_ip": "192.0.2.9", "source_address": "x"}]), index)
    assert hits.rows.tolist() == [0, 0, 1]
    assert {hits.names[column] for column in hits.columns} == {"source_ip"}


def test_a_large_batch_is_compared_in_the_compiled_way_with_the_same_answers() -> None:
    sources = [f"192.0.{number // 256 % 256}.{number % 256}" for number in range(5_000)]
    agents = [f"agent/{number % 700}" for number in range(5_000)]
    batch = events(
        [{"source_ip": one, "user_agent_original": agent} for one, agent in zip(sources, agents, strict=True)]
    )
    listed = [("ipv4", "192.0.7.0/24"), ("user_agent", "agent/13"), ("ipv4", "192.0.2.5")]
    found = [match(batch, index_of(*listed, compiled=compiled)) for compiled in (True, False)]
    assert found[0].rows.tolist() == found[1].rows.tolist()
    assert len(found[0]) == 256 + 1 + sum(agent == "agent/13" for agent in agents)


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize(
    ("listed", "row"),
    [
        (("domain", "evil.example"), {"url_domain": "www.EVIL.example.:8443"}),
        (("domain", "evil.example"), {"destination_address": "evil.example:25"}),
        (("ipv4", "198.51.100.7"), {"source_address": "198.51.100.7:51234"}),
        (("ipv4", "198.51.100.7"), {"source_address": "[::ffff:198.51.100.7]:51234"}),
        (("ipv6", "2001:db8::7"), {"url_domain": "[2001:DB8::7]:443"}),
        (("ipv6", "2001:db8::7"), {"url_domain": "[2001:db8::7]"}),
        (("url", "https://evil.example/a"), {"url_domain": "evil.example:443", "url_path": "/a"}),
    ],
)
def test_ports_and_brackets_hide_nothing(listed: tuple[str, str], row: dict[str, str], compiled: bool) -> None:  # noqa: FBT001
    assert len(match(events([row]), index_of(listed, compiled=compiled))) == 1
