"""A form's draft: kept field by field, shared, and no text lost where two people write at once."""

from __future__ import annotations

from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st

from warroom.store.database import State
from warroom.store.shared_drafts import FIELD_LIMIT, KEPT_DAYS, MOST_FIELDS, Field, begun, forget, load, save, settle

PLACE = "intake/0a1b2c3d"


def test_what_is_typed_is_there_for_everybody_and_versions_count(state: State) -> None:
    assert save(state, PLACE, "claim", "a", 0, "anong", 1).version == 1
    assert save(state, PLACE, "claim", "ab", 1, "anong", 2).version == 2
    assert save(state, PLACE, "claim", "ab", 2, "anong", 3).version == 2
    assert load(state, PLACE)["claim"] == Field("claim", "ab", 2, "anong", 2)
    assert load(state, "intake/other") == {}


def test_the_other_one_who_saw_the_newest_text_changes_it_without_a_conflict(state: State) -> None:
    save(state, PLACE, "claim", "a", 0, "anong", 1)
    saved = save(state, PLACE, "claim", "a and b", 1, "malee", 2)
    assert (saved.text, saved.author, saved.other_text) == ("a and b", "malee", "")


def test_two_who_write_at_once_keep_both_texts(state: State) -> None:
    save(state, PLACE, "claim", "old", 0, "anong", 1)
    save(state, PLACE, "claim", "anong's", 1, "anong", 2)
    saved = save(state, PLACE, "claim", "malee's", 1, "malee", 3)
    assert (saved.text, saved.author, saved.version) == ("malee's", "malee", 3)
    assert (saved.other_text, saved.other_author) == ("anong's", "anong")
    further = save(state, PLACE, "claim", "malee's, longer", 3, "malee", 4)
    assert (further.other_text, further.other_author) == ("anong's", "anong")
    settle(state, PLACE, "claim")
    settled = load(state, PLACE)["claim"]
    assert (settled.text, settled.other_text, settled.version) == ("malee's, longer", "", 5)


def test_fields_do_not_disturb_each_other(state: State) -> None:
    save(state, PLACE, "claim", "a", 0, "anong", 1)
    save(state, PLACE, "contact", "b", 0, "malee", 1)
    assert {name: one.author for name, one in load(state, PLACE).items()} == {"claim": "anong", "contact": "malee"}


def test_what_was_sent_is_gone_and_an_empty_field_begins_nothing(state: State) -> None:
    save(state, PLACE, "claim", "", 0, "anong", 1)
    assert load(state, PLACE) == {}
    save(state, PLACE, "claim", "a", 0, "anong", 1)
    save(state, PLACE, "claim", "", 1, "anong", 2)
    assert load(state, PLACE)["claim"].text == ""
    forget(state, PLACE)
    assert load(state, PLACE) == {}


def test_drafts_are_bounded(state: State) -> None:
    saved = save(state, PLACE, "claim", "x" * 1_000_000, 0, "anong", 1)
    assert len(saved.text) == FIELD_LIMIT
    for number in range(MOST_FIELDS + 5):
        save(state, PLACE, f"field {number}", "x", 0, "anong", 1)
    assert len(load(state, PLACE)) == MOST_FIELDS


def test_a_form_that_nobody_types_into_is_forgotten(state: State) -> None:
    day = 86_400_000_000
    save(state, "intake/old", "claim", "a name", 0, "anong", 1)
    save(state, "intake/lives", "claim", "a name", 0, "anong", 1)
    save(state, "intake/lives", "name", "still", 0, "malee", 20 * day)
    save(state, "intake/new", "claim", "b", 0, "anong", KEPT_DAYS * day + 2)
    assert [one.place for one in begun(state, "intake/")] == ["intake/new", "intake/lives"]
    assert set(load(state, "intake/lives")) == {"claim", "name"}


def test_forms_that_are_begun_are_listed_newest_first(state: State) -> None:
    save(state, "intake/a", "claim", "first", 0, "anong", 1)
    save(state, "intake/b", "claim", "second", 0, "malee", 5)
    save(state, "intake/a", "name", "later", 0, "malee", 9)
    save(state, "incident/1/containment", "target", "x", 0, "anong", 10)
    save(state, "intake%", "claim", "no prefix", 0, "anong", 11)
    first, second = begun(state, "intake/")
    assert (first.place, first.saved_at, set(first.authors)) == ("intake/a", 9, {"anong", "malee"})
    assert second.place == "intake/b"
    assert len(begun(state, "intake/", limit=1)) == 1


STEPS = st.lists(st.tuples(st.sampled_from("ab"), st.text("xyz", min_size=1, max_size=3), st.booleans()), max_size=12)


def test_the_last_text_of_everybody_is_there_or_was_seen(state: State) -> None:
    """Whoever writes without having seen the newest text overtakes it: that text stands beside, until the next one."""
    places = (f"intake/{number}" for number in count())

    @settings(max_examples=20, deadline=None)
    @given(STEPS)
    def holds(steps: list[tuple[str, str, bool]]) -> None:
        place, versions = next(places), {"a": 0, "b": 0}
        for author, text, looks in steps:
            before = load(state, place).get("claim")
            if looks and before is not None:
                versions[author] = before.version
            saved = save(state, place, "claim", text, versions[author], author, 1)
            assert saved.text == text
            if before is not None and before.text != text and versions[author] < before.version:
                assert (saved.other_text, saved.other_author) == (before.text, before.author)
            versions[author] = saved.version

    holds()
