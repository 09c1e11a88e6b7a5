"""Documents that are read a piece at a time give what they give when they are read at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from intel.formats.reading_rows import rows

from warroom.intel.formats.delimited import read_csv
from warroom.intel.formats.lines import lines, numbered
from warroom.intel.formats.lists import read_list
from warroom.intel.formats.reading import FormatRefusedError, Reading, Told
from warroom.intel.formats.zeek import read_zeek

Reader = Callable[[bytes, Told, int], Reading]
TOLD = Told("document")
WHOLE = 1 << 20
#: Few, so that the same ones come again in other pieces.
VALUES = ("198.51.100.7", "198.51.100.0/24", "evil.example", "EVIL.example", "http://evil.example/a", "a" * 32, "none")
TEXTS = ("", "-", "seen twice", 'say "no', "kit,loader", "ก")
CELLS = st.sampled_from((*VALUES, *TEXTS, '"two\nlines"', '"open', 'clo"sed"'))
ENDS = st.sampled_from(("\n", "\r\n", "\n\n", "\n# a note\n"))


def table(sign: str) -> st.SearchStrategy[str]:
    """Give tables of values, tags and comments, of which some have quotation marks where none should be."""
    row = st.tuples(st.sampled_from(VALUES), CELLS, CELLS).map(sign.join)
    heading = st.sampled_from(("", "# written by hand\n", f"value{sign}tags{sign}comment\n", f"# ioc{sign}tags\n"))
    written = st.lists(st.tuples(row, ENDS).map("".join), max_size=30).map("".join)
    return st.tuples(heading, written).map("".join)


ZEEK = st.lists(
    st.tuples(
        st.sampled_from(VALUES),
        st.sampled_from(("Intel::ADDR", "Intel::DOMAIN", "Intel::URL", "Intel::FILE_HASH", "Intel::ODD")),
        st.sampled_from(TEXTS),
        st.sampled_from(TEXTS),
    ).map("\t".join),
    max_size=30,
).map(lambda lines_: "\n".join(("#fields\tindicator\tindicator_type\tmeta.source\tmeta.desc", *lines_)))
LISTS = st.lists(
    st.tuples(st.sampled_from(VALUES), st.sampled_from(("", " # ours", " 12", ";x")), ENDS).map("".join), max_size=30
).map("".join)


def answer(read: Reader, text: str, piece: int) -> object:
    """Give all that reading tells."""
    try:
        found = read(text.encode(), TOLD, piece)
    except FormatRefusedError as problem:
        return str(problem)
    return found.read, rows(found), found.refused, found.refused_count


@pytest.mark.parametrize(
    ("read", "texts"),
    [(read_csv, table(",")), (read_csv, table("\t")), (read_zeek, ZEEK), (read_list, LISTS)],
    ids=["csv", "tsv", "zeek", "list"],
)
@settings(max_examples=40)
@given(st.data())
def test_pieces_give_what_the_whole_gives(read: Reader, texts: st.SearchStrategy[str], data: st.DataObject) -> None:
    text, piece = data.draw(texts), data.draw(st.integers(1, 200))
    assert answer(read, text, piece) == answer(read, text, WHOLE)


def test_the_same_indicator_in_other_pieces_comes_once_with_all_that_is_said() -> None:
    text = b"value,tags,comment\nevil.example,kit,\n198.51.100.7,,\nEVIL.example,loader,seen\n198.51.100.7,,\n"
    found = read_csv(text, TOLD, 20)
    assert [(row["value"], row.get("tags"), row.get("comment")) for row in rows(found)] == [
        ("evil.example", "kit loader", "seen"),
        ("198.51.100.7", None, None),
    ]
    assert found.read == 4


def test_a_cell_over_several_pieces_is_one() -> None:
    text = b'value,comment\nevil.example,"one\n\ntwo\nthree"\n198.51.100.7,last\n'
    found = rows(read_csv(text, TOLD, 1))
    assert [(row["value"], row["comment"]) for row in found] == [
        ("evil.example", "one two three"),
        ("198.51.100.7", "last"),
    ]


def test_a_cell_that_never_ends_takes_no_other_row_with_it() -> None:
    text = b'value,comment\nevil.example,"open\n' + b"".join(b"198.51.100.%d,x\n" % one for one in range(120))
    found = read_csv(text, TOLD, 64)
    assert len(rows(found)) == 121


@given(st.lists(st.sampled_from(("a", " b ", "\r", "\n", "\r\n", "ก", ""))).map("".join), st.integers(1, 9))
def test_lines_keep_their_numbers(text: str, piece: int) -> None:
    found = [row for some in numbered(text.encode(), piece) for row in some.rows()]
    assert found == list(enumerate(lines(text.encode()), 1))
