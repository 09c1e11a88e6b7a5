from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from casefiles import a_case
from hypothesis import given
from hypothesis import strategies as st

from warroom.catalog.answers import (
    MOST_TEXT,
    REASONS,
    AnswerError,
    asked,
    check,
    check_all,
    lacking,
    missing,
    read,
    shown,
    typed,
)
from warroom.catalog.forms import FormField, load_forms
from warroom.catalog.thai import long_date, microseconds, read_moment, spelled
from warroom.console.texts import CATALOGUE, load_texts
from warroom.errors import UsageError
from warroom.report.filling import fill

BANGKOK = timezone(timedelta(hours=7))
FORMS = load_forms()
FIELDS = [(form.id, field) for form in FORMS.values() for field in form.fields]
AT = microseconds(datetime(2026, 11, 24, 9, 0, tzinfo=BANGKOK))

WORDS = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp", "Mn", "Mc"), exclude_characters=":"),
    min_size=1,
    max_size=30,
).map(lambda text: f"ก{text}")
MOMENTS = st.datetimes(datetime(1900, 1, 1), datetime(2200, 12, 31)).map(  # noqa: DTZ001 - Bangkok's
    lambda at: microseconds(at.replace(microsecond=0, tzinfo=BANGKOK))
)
COUNTS = st.integers(0, 10**15)


def _answers(field: FormField) -> st.SearchStrategy[Any]:
    codes = st.sampled_from([one.code for one in field.options] or ["-"])
    kind = field.type.removesuffix("_or_unknown")
    made: dict[str, Callable[[], st.SearchStrategy[Any]]] = {
        "datetime": lambda: MOMENTS,
        "int": lambda: COUNTS,
        "money": lambda: st.one_of(COUNTS, st.decimals(0, 10**9, places=2).map(str)),
        "bool": st.booleans,
        "email": lambda: st.just("soc@dga.or.th"),
        "enum": lambda: codes,
        "multi": lambda: st.lists(codes, min_size=1, unique=True),
        "enum+text": lambda: st.fixed_dictionaries({"choice": codes}, optional={"text": WORDS}),
        "enum+datetime": lambda: st.fixed_dictionaries({"choice": codes}, optional={"at": MOMENTS}),
        "score+text": lambda: st.fixed_dictionaries({"score": st.integers(0, 3)}, optional={"text": WORDS}),
        "files": lambda: st.lists(st.fixed_dictionaries({"id": COUNTS, "name": WORDS}), min_size=1, max_size=4),
        "timeline": lambda: st.lists(st.fixed_dictionaries({"at": MOMENTS, "text": WORDS}), min_size=1, max_size=4),
        "table": lambda: st.dictionaries(codes, COUNTS, min_size=1),
    }
    known = made.get(kind, lambda: WORDS)()
    return known if kind == field.type else st.one_of(known, st.just("unknown"))


@given(st.sampled_from(FIELDS).flatmap(lambda one: st.tuples(st.just(one[1]), _answers(one[1]))))
def test_what_is_typed_is_what_is_read(told: tuple[FormField, Any]) -> None:
    field, answer = told
    check(field, answer)
    assert read(field, typed(field, answer)) == answer
    for language in ("th", "en"):
        assert shown(field, answer, language).strip()


@given(st.sampled_from(FIELDS), st.text(max_size=60))
def test_whatever_is_typed_is_an_answer_or_is_refused_with_a_reason(one: tuple[str, FormField], text: str) -> None:
    try:
        answer = read(one[1], text)
    except AnswerError:
        return
    if answer is not None:
        check(one[1], answer)
        assert shown(one[1], answer, "th") is not None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["choice", "at", "text", "id"]), inner),
)


@given(st.sampled_from(FIELDS), JSON)
def test_whatever_a_stored_answer_is_it_is_taken_or_refused(one: tuple[str, FormField], answer: object) -> None:
    try:
        check(one[1], answer)
    except AnswerError:
        return
    assert isinstance(shown(one[1], answer, "en"), str)


@pytest.mark.parametrize(
    "text",
    [
        "24/11/2569 09:00",
        "24/11/2569 9.00 น.",
        "๒๔ พฤศจิกายน พ.ศ. ๒๕๖๙ เวลา ๐๙.๐๐ น.",
        "24 พ.ย. 2569 09:00",
        "24/11/2026 09:00",
        "2026-11-24T09:00",
        "2026-11-24 09:00:00",
        "24 November 2026, 09:00",
        "24 nov 2026 at 9:00",
    ],
)
def test_a_moment_is_read_however_it_is_written(text: str) -> None:
    assert read_moment(text) == AT


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("24/11/69 09:00", "short_year"),
        ("24/11/569 09:00", "short_year"),
        ("24/11/2300 09:00", "year"),
        ("24/11/1899 09:00", "year"),
        ("24/11/2744 09:00", "year"),
        ("29/2/2568 09:00", "day"),  # 2025 is no leap year
        ("31/4/2569 09:00", "day"),
        ("24/13/2569 09:00", "day"),
        ("24/11/2569", "time"),
        ("24/11/2569 24:01", "time"),
        ("24 Brumaire 2569 09:00", "date"),
        ("tomorrow", "date"),
    ],
)
def test_no_moment_says_why(text: str, code: str) -> None:
    field = FORMS["ncsa_k2"].field("occurred_at")
    with pytest.raises(AnswerError) as refused:
        read(field, text)
    assert refused.value.code == code


def test_a_leap_day_is_one_of_the_common_year() -> None:
    assert read_moment("29/2/2567 00:00") == microseconds(datetime(2024, 2, 28, 17, tzinfo=UTC))


@given(MOMENTS)
def test_the_buddhist_year_is_543_ahead(at: int) -> None:
    thai, english = long_date(at, "th").split(), long_date(at, "en").split()
    assert int(thai[-1]) - int(english[-1]) == 543
    assert thai[0] == english[0]


def test_a_moment_is_shown_as_offices_write_it() -> None:
    field = FORMS["ncsa_k2"].field("occurred_at")
    assert shown(field, AT, "th") == "24 พฤศจิกายน พ.ศ. 2569 เวลา 09.00 น."
    assert shown(field, AT, "th", digits=True) == "๒๔ พฤศจิกายน พ.ศ. ๒๕๖๙ เวลา ๐๙.๐๐ น."
    assert shown(field, AT, "en") == "24 November 2026, 09:00"
    assert shown(field, None, "th", none="ยังไม่มีข้อมูล") == "ยังไม่มีข้อมูล"


def test_numbers_and_choices_are_shown_in_words() -> None:
    k2 = FORMS["ncsa_k2"]
    assert shown(k2.field("people_affected"), 200_000, "th", digits=True) == "๒๐๐,๐๐๐"
    assert shown(k2.field("damage_value"), "1234567.50", "th") == "1,234,567.50 บาท"
    assert shown(k2.field("actions"), ["more"], "th", other="เปลี่ยนรหัส") == "รายละเอียดการแก้ไขเพิ่มเติม: เปลี่ยนรหัส"
    assert shown(FORMS["ncsa_k3"].field("year"), 2569, "en") == "2569"
    assert read(k2.field("people_affected"), "๒๐๐,๐๐๐") == 200_000
    assert read(k2.field("damage_value"), "1,234.50 บาท") == "1234.50"


def test_sara_am_typed_as_two_characters_becomes_one() -> None:
    assert spelled("ส\u0e4d\u0e32นัก น\u0e4d\u0e49\u0e32") == "สำนัก น้\u0e33"
    assert spelled("น้ำ สำนักงาน") == "น้ำ สำนักงาน"


@pytest.mark.parametrize("text", ["a" * (MOST_TEXT + 1), "a\0b", "\ud800", "   "])
def test_a_text_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(AnswerError):
        check(FORMS["ncsa_k2"].field("origin"), text)


def test_all_answers_are_looked_at_and_nothing_else_is_taken() -> None:
    form = FORMS["ncsa_k2"]
    check_all(form, {"situation": ["other"], "situation_other": "รอผล", "core_mission": True})
    with pytest.raises(UsageError, match="no field 'colour'"):
        check_all(form, {"colour": "red"})
    with pytest.raises(AnswerError):
        check_all(form, {"situation_other": 3})


def test_what_lacks_depends_on_the_version() -> None:
    form = FORMS["ncsa_k2"]
    assert lacking(form, {}, "partial") == []
    assert lacking(form, {}, "update") == []
    complete, closure = lacking(form, {}, "complete"), lacking(form, {}, "closure")
    assert len(complete) == 17
    assert set(closure) - set(complete) == {"ended_at", "prevent", "lessons"}
    assert len(missing(form, {})) == 49


def test_a_reason_against_telling_each_person_is_asked_for_where_it_is_public() -> None:
    form = FORMS["subject_notice"]
    why = form.field("why_not_individual")
    assert asked(why, {"channel": "public_media"})
    assert not asked(why, {"channel": "individual_letter"})
    assert not asked(why, {})
    assert "why_not_individual" not in missing(form, {"channel": "individual_letter"})
    assert "no_harm_check" in lacking(form, {"channel": "group"}, "complete")


def test_every_reason_and_every_source_has_words() -> None:
    spoken = load_texts(CATALOGUE)
    assert {f"fault.{code}" for code in REASONS} <= spoken.keys()
    sources = {source for form in FORMS.values() for source in fill(form, a_case()).sources.values()}
    assert {f"source.{one}" for one in sources | {"counted", "containments"}} <= spoken.keys()
