"""What is new since an earlier sending, as data and in words."""

from __future__ import annotations

from dataclasses import replace

from casefiles import AT, HOUR, a_case
from hypothesis import given
from hypothesis import strategies as st

from warroom.report.comparing import LISTED, Change, Kind, changes_text, compare, snapshot
from warroom.store.incidents import LogEntry

TEXTS = st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=4)
SNAPSHOTS = st.dictionaries(st.sampled_from(["incident", "rules", "log"]), TEXTS, max_size=3)


@given(SNAPSHOTS, SNAPSHOTS)
def test_the_changes_make_the_one_into_the_other(
    before: dict[str, dict[str, str]], after: dict[str, dict[str, str]]
) -> None:
    made = {section: dict(rows) for section, rows in before.items()}
    for one in compare(before, after):
        rows = made.setdefault(one.section, {})
        assert rows.get(one.key, "") == one.before
        if one.kind is Kind.REMOVED:
            del rows[one.key]
        else:
            rows[one.key] = one.after
    assert {key: rows for key, rows in made.items() if rows} == {key: rows for key, rows in after.items() if rows}


def test_what_is_not_listed_is_not_called_gone() -> None:
    whole = a_case()
    cut = replace(whole, entities=whole.entities[:2], entity_count=900)
    assert [one for one in compare(snapshot(whole), snapshot(cut)) if one.section == "entities"] == []
    assert [one for one in compare(snapshot(cut), snapshot(whole)) if one.section == "entities"] == []
    shorter = replace(whole, entities=whole.entities[:2], entity_count=2)
    gone = [one for one in compare(snapshot(whole), snapshot(shorter)) if one.section == "entities"]
    assert {one.kind for one in gone} == {Kind.REMOVED}


def test_a_long_text_that_changed_at_its_end_changed() -> None:
    first, second = (snapshot(a_case("x" * 5_000 + end)) for end in "ab")
    assert Change in map(type, compare(first, second))
    assert max(len(text) for rows in first.values() for text in rows.values()) < 300


def test_two_entries_of_one_moment_are_two() -> None:
    entry = LogEntry(AT, "somchai", "entered", {"text": "first", "occurred_at": str(AT - HOUR)}, 5)
    case = replace(a_case(), log=(entry, replace(entry, id=6, body=entry.body | {"text": "second"})))
    assert sorted(snapshot(case)["log"].values()) == ["somchai: text=first", "somchai: text=second"]


def test_words_are_in_both_languages_and_say_what_they_leave_to_the_data() -> None:
    found = tuple(Change("rules", Kind.ADDED, str(number), "", "x\ny") for number in range(LISTED + 3))
    english, thai = (changes_text(found, AT, AT + HOUR, language) for language in ("en", "th"))
    assert "and 3 more" in english
    assert "และอีก 3 รายการ" in thai
    assert "Detectors" in english
    assert all("x y" in line for line in english.splitlines() if "added:" in line)
    assert "first sending" in changes_text(None, None, AT, "en")
    assert "Nothing changed" in changes_text((), AT, AT, "en")
