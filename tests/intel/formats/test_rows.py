"""Indicators become columns: canonical, each once, refused with a reason where they are none."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from warroom.indicators import INDICATORS, Kind, Tlp
from warroom.intel.formats.joining import MOST_TAGS, join_tags
from warroom.intel.formats.reading import MOST_REFUSED, Refused, Told
from warroom.intel.formats.rows import MOST_COMMENT, Rows, tag_of

TOLD = Told("document", tlp=Tlp.GREEN)


def at(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)


def test_values_are_canonical_and_what_is_none_is_refused() -> None:
    rows = Rows("misp", TOLD)
    rows.add(Kind.DOMAIN, "Evil[.]Test.")
    rows.add(Kind.IPV4, "198.51.100.300", item="attribute 2")
    rows.add(Kind.IPV4, "198.51.100.7\n", origin="other", tlp=Tlp.RED)
    reading = rows.finish()
    table = reading.tables["indicators"]
    assert table.schema == INDICATORS
    assert table.select(["kind", "value", "origin", "tlp"]).to_pylist() == [
        {"kind": "domain", "value": "evil.test", "origin": "document", "tlp": "green"},
        {"kind": "ipv4", "value": "198.51.100.7", "origin": "other", "tlp": "red"},
    ]
    assert reading.refused_count == 1
    assert reading.refused[0].item == "attribute 2: 198.51.100.300"
    assert "address" in reading.refused[0].reason


def test_nothing_is_an_empty_table() -> None:
    assert Rows("stix", TOLD).finish().tables["indicators"].schema == INDICATORS


def test_the_same_indicator_of_an_origin_comes_once() -> None:
    rows = Rows("misp", Told("document"))
    second = 1_000_000
    rows.add(Kind.IPV4, "198.51.100.7", first_seen=5 * second, last_seen=6 * second, valid_until=7 * second, tags="a b")
    rows.add(Kind.DOMAIN, "a.test")
    rows.add(Kind.IPV4, "198.51.100[.]7", first_seen=4 * second, valid_until=9 * second, confidence=30, tlp=Tlp.AMBER,
             tags="c a", comment="second")  # fmt: skip
    rows.add(Kind.IPV4, "198.51.100.7", last_seen=8 * second, valid_until=8 * second, confidence=40, tlp=Tlp.CLEAR)
    rows.add(Kind.IPV4, "198.51.100.7", origin="elsewhere")
    rows.add(Kind.IPV4, "198.51.100.7", pattern="[x:y = 1]")
    found = rows.finish().tables["indicators"].to_pylist()
    assert [(row["value"], row["origin"], row["pattern"]) for row in found] == [
        ("198.51.100.7", "document", None),
        ("a.test", "document", None),
        ("198.51.100.7", "elsewhere", None),
        ("198.51.100.7", "document", "[x:y = 1]"),
    ]
    first = found[0]
    assert (first["first_seen"], first["last_seen"], first["valid_until"]) == (at(4), at(8), at(9))
    assert (first["confidence"], first["tlp"], first["tags"], first["comment"]) == (40, "amber", "a b c", "second")


def test_many_values_are_what_few_are() -> None:
    texts = [f"{sign}{number}.Test" for number in range(400) for sign in ("a", "b ", "hxxp://c")]
    whole, parts = Rows("misp", TOLD), []
    for start in range(0, len(texts), 100):
        part = Rows("misp", TOLD)
        for text in texts[start : start + 100]:
            whole.add(Kind.DOMAIN, text)
            part.add(Kind.DOMAIN, text)
        parts.append(part.finish())
    reading = whole.finish()
    assert reading.tables["indicators"].to_pylist() == [
        row for part in parts for row in part.tables["indicators"].to_pylist()
    ]
    assert reading.refused == tuple(one for part in parts for one in part.refused)
    assert reading.refused_count == 800


def test_what_has_no_end_has_none_after_joining() -> None:
    rows = Rows("misp", TOLD)
    rows.add(Kind.DOMAIN, "a.test", valid_until=5)
    rows.add(Kind.DOMAIN, "a.test")
    assert rows.finish().tables["indicators"]["valid_until"].to_pylist() == [None]


def test_refused_items_are_counted_beyond_those_that_are_kept() -> None:
    rows = Rows("misp", TOLD)
    for number in range(MOST_REFUSED + 5):
        rows.refuse(f"attribute {number}", "no\x1bvalue")
    reading = rows.finish()
    assert len(reading.refused) == MOST_REFUSED
    assert reading.refused_count == MOST_REFUSED + 5
    assert reading.refused[0] == Refused("attribute 0", "no value")


def test_text_for_people_is_printable_and_bounded() -> None:
    rows = Rows("misp", TOLD)
    rows.add(Kind.DOMAIN, "a.test", comment="\x1b[31m" + "x" * 600, tags="one " * 900, reference="\u202ehttp://a.test")
    row = rows.finish().tables["indicators"].to_pylist()[0]
    assert row["comment"].startswith("[31mx")
    assert len(row["comment"]) <= MOST_COMMENT
    assert len(row["tags"]) <= MOST_TAGS
    assert row["reference"] == "http://a.test"


def test_origins_are_withdrawn_unless_they_have_something() -> None:
    rows = Rows("stix", TOLD)
    for origin in ("gone", "there"):
        rows.withdraw(origin)
    rows.add(Kind.DOMAIN, "a.test", origin="there")
    rows.add(Kind.DOMAIN, "no domain", origin="only faulty")
    rows.add(Kind.DOMAIN, "no domain")
    assert rows.finish().withdrawn == ("gone", "only faulty")


def test_types_of_strangers_are_counted_together_from_some_number_on() -> None:
    rows = Rows("stix", TOLD)
    for number in range(1_200):
        rows.count(f"x-{number}")
    counts = rows.finish().counts
    assert len(counts) == 1_001
    assert counts["others"] == 200


def test_tags_have_no_blanks_and_are_as_many_as_fit() -> None:
    assert tag_of(" Cobalt  Strike\t4 ") == "Cobalt_Strike_4"
    assert join_tags(["a" * 1_500, "b" * 600, "c"]) == "a" * 1_500


@given(st.lists(st.tuples(st.sampled_from(["a.test", "b.test", "A.test", "no"]), st.sampled_from("xyz")), max_size=40))
def test_rows_are_as_many_as_their_different_keys(items: list[tuple[str, str]]) -> None:
    rows = Rows("misp", TOLD)
    for value, origin in items:
        rows.add(Kind.DOMAIN, value, origin=origin)
    reading = rows.finish()
    good = [(value.lower(), origin) for value, origin in items if value != "no"]
    table = reading.tables["indicators"]
    found = list(zip(table["value"].to_pylist(), table["origin"].to_pylist(), strict=True))
    assert found == list(dict.fromkeys(good))
    assert reading.refused_count == len(items) - len(good)
