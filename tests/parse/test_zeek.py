"""Zeek's logs as JSON and as tab-separated values."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from parse.reading import NOW, SAMPLES, event, read

from warroom.parse import ParseContext, parse, recognise

HEADER = (
    b"#separator \\x09",
    b"#set_separator\t,",
    b"#empty_field\t(empty)",
    b"#unset_field\t-",
    b"#path\tdns",
    b"#fields\tts\tuid\tid.orig_h\tid.orig_p\tquery\tanswers\tnote",
    b"#types\ttime\tstring\taddr\tport\tstring\tvector[string]\tstring",
)
LINE = b"1588316619.797806\tCyL\t10.0.1.5\t55979\ta\\x2cb.example\tx,192.0.2.1\t-"


def test_tab_separated_values_have_the_headers_names() -> None:
    parsed = read("zeek", *HEADER, LINE, b"1\tshort")
    assert [reject.row for reject in parsed.rejects] == [*range(7), 8]
    (found,) = parsed.events.to_pylist()
    assert found["fields"] == {
        "_path": "dns", "ts": "1588316619.797806", "uid": "CyL", "id.orig_h": "10.0.1.5", "id.orig_p": "55979",
        "query": "a,b.example", "answers": ["x", "192.0.2.1"],
    }  # fmt: skip
    assert (found["source_ip"], found["source_port"], found["dns_question_name"]) == ("10.0.1.5", 55979, "a,b.example")
    assert found["ts"].isoformat() == "2020-05-01T07:03:39.797806+00:00"


def test_a_later_block_is_read_by_the_header_of_the_file() -> None:
    context = ParseContext("zeek", "UTC", NOW, header=b"\n".join(HEADER) + b"\n")
    assert len(parse(pa.array([LINE], pa.binary()), context).events) == 1
    (reject,) = read("zeek", LINE).rejects
    assert "#fields" in reject.reason


@pytest.mark.parametrize(("name", "kind"), [("zeek_dns.log", "dns"), ("zeek_http.log", "http")])
def test_real_json_logs(name: str, kind: str) -> None:
    content = (SAMPLES / "network" / name).read_bytes()
    assert recognise(content) == "zeek"
    parsed = read("zeek", *content.splitlines())
    assert not parsed.rejects
    for found in parsed.events.to_pylist():
        assert found["fields"]["_path"] == kind
        assert found["source_ip"] == found["fields"]["id_orig_h"]


def test_a_log_that_does_not_say_which_it_is_is_told_by_its_fields() -> None:
    found = event("zeek", b'{"ts":1,"uid":"C","id.orig_h":"192.0.2.1","qtype_name":"A","query":"a.example"}')
    assert found["fields"]["_path"] == "dns"


def test_a_header_is_recognised() -> None:
    assert recognise(b"\n".join([*HEADER, LINE, LINE, b""])) == "zeek"


LINES = st.one_of(
    st.sampled_from([*HEADER, LINE, b'{"ts":1}', b"#", b"#fields", b"#separator \\x"]),
    st.binary(min_size=1, max_size=20).filter(lambda line: b"\n" not in line),
)


@given(st.lists(LINES, max_size=12))
def test_every_line_is_an_event_or_a_reject(lines: list[bytes]) -> None:
    parsed = read("zeek", *lines)
    assert sorted([*parsed.rows.to_pylist(), *(reject.row for reject in parsed.rejects)]) == list(range(len(lines)))
