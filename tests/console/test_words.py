"""Texts in both languages, times in Bangkok, colours that can be read, markup that cannot be broken out of."""

from __future__ import annotations

import ast
import re
import string
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warroom.access.passwords import PasswordFault
from warroom.console import colours, texts, times
from warroom.console.evidence import line_text
from warroom.console.markup import join, tag, visible
from warroom.console.texts import CATALOGUE, load_texts, words
from warroom.errors import ContentError
from warroom.model import ENTITY_COLUMNS, Disposition, Severity, Status
from warroom.settings import ROOT

CONSOLE = ROOT / "warroom" / "console"
AT = 1_795_332_605_123_456  # 2026-11-22 07:30:05.123456 UTC


def test_every_text_is_there_in_both_languages_with_the_same_places() -> None:
    for key, entry in load_texts(CATALOGUE).items():
        assert all(entry[language].strip() for language in texts.LANGUAGES), key
        places = [
            {name for _, name, words_for, _ in string.Formatter().parse(entry[one]) if name and "|" not in words_for}
            for one in texts.LANGUAGES
        ]
        assert places[0] == places[1], key
        assert re.search("[ก-๙]", entry["th"]) or key == "log.moved", key


def test_a_missing_language_is_refused_with_file_and_line(tmp_path: Path) -> None:
    file = tmp_path / "texts.yaml"
    file.write_text("queue:\n  title: {th: คิว}\n", encoding="utf-8")
    with pytest.raises(ContentError, match=r"texts\.yaml:2: `queue.title` needs exactly th and en"):
        load_texts(tmp_path)


def test_every_word_of_the_model_has_a_text() -> None:
    spoken = load_texts(CATALOGUE)
    kinds = {
        "severity": Severity,
        "status": Status,
        "disposition": Disposition,
        "entity": ENTITY_COLUMNS,
        "password": PasswordFault,
    }
    for section, values in kinds.items():
        assert {f"{section}.{value}" for value in values} <= spoken.keys()


def test_every_text_is_used_and_every_used_text_exists() -> None:
    spoken = load_texts(CATALOGUE)
    source = "\n".join(path.read_text(encoding="utf-8") for path in CONSOLE.rglob("*.py"))
    sections = "|".join(sorted({key.split(".")[0] for key in spoken}))
    for key in re.findall(rf'"((?:{sections})\.[a-z_]+)"', source):
        assert key in spoken or key.endswith((".css", ".js")), key
    prefixes = set(re.findall(rf'f"((?:{sections})\.)\{{', source)) | {"queue.", "door.", "rulefault.", "refusal."}
    for key in spoken:
        assert f'"{key}"' in source or any(key.startswith(prefix) for prefix in prefixes), key


def test_one_thing_is_counted_in_the_singular() -> None:
    english, thai = texts.words("en"), texts.words("th")
    told = [english.counted("rulewaits.for_you", count) for count in (0, 1, 2_000)]
    assert told == [
        "0 rules wait for your approval",
        "1 rule waits for your approval",
        "2,000 rules wait for your approval",
    ]
    assert english.counted("trial.alerts", 1, more="+") == "1+ alert"
    assert english.counted("rule.filters", 1) == "Filters that tune it: 1"  # the same for one and for many
    assert "1" in thai.counted("platforms.count", 1)
    assert english("platforms.rate", count="1") == "1 line/min"
    assert english.either("log.grew", "", events="1") == "grew by 1 event after it was closed"


def test_of_what_counts_both_words_are_there() -> None:
    for key, entry in load_texts(CATALOGUE).items():
        choices = [spec for one in entry.values() for _, _, spec, _ in string.Formatter().parse(one) if spec]
        assert all(re.fullmatch(r"[^|{}]+\|[^|{}]+", spec) for spec in choices), key


def test_what_is_filled_in_is_no_text_of_ours() -> None:
    hostile = "{count} {count:line|lines} | {0.__class__}"
    spoken = texts.Words("en", {"a.left": "{count} {count:line|lines}: {name}", "a.named": "{name}"})
    assert spoken("a.left", count=1, name=hostile) == f"1 line: {hostile}"
    assert spoken("a.named", name=hostile) == hostile
    assert spoken.either("a.later", hostile, count=1) == hostile


def test_no_screen_holds_a_text_of_its_own() -> None:
    for path in [*CONSOLE.glob("*.py"), *(CONSOLE / "screens").glob("*.py")]:
        if path.name == "times.py":  # months and units of time
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        notes = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
            and isinstance(node.body[0], ast.Expr)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in notes:
                assert not re.search("[ก-๙]", node.value), (path.name, node.value)


def test_times_are_bangkoks_in_the_buddhist_era_in_thai_and_the_common_era_in_english() -> None:
    assert times.date_time(AT, "th") == "22 พ.ย. 2569 14.30 น."
    assert times.date_time(AT, "en") == "22 Nov 2026 14:30"
    assert times.clock(AT) == "14:30:05"
    assert times.clock(AT, millis=True) == "14:30:05.123"


def test_a_day_begins_at_bangkoks_midnight() -> None:
    last_of_utc = AT - (AT % 86_400_000_000) + 86_399_000_000
    assert times.date(last_of_utc, "en") == "23 Nov 2026"


@pytest.mark.parametrize(
    ("seconds", "th", "en"),
    [(0, "0 วิ", "0 s"), (59, "59 วิ", "59 s"), (240, "4 นาที", "4 min"), (7300, "2 ชม.", "2 h"), (2e5, "2 วัน", "2 d")],
)
def test_ages_in_the_largest_unit_that_fits(seconds: float, th: str, en: str) -> None:
    assert (times.age(seconds, "th"), times.age(seconds, "en")) == (th, en)


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def test_colours_meet_wcag_aa() -> None:
    for text, background in colours.SEVERITY.values():
        assert contrast(text, background) >= 4.5
    for text, background in product((colours.TEXT, colours.MUTED), (colours.BACKGROUND, colours.PANEL)):
        assert contrast(text, background) >= 4.5
    for colour in colours.CATEGORICAL:
        assert contrast(colour, colours.PANEL) >= 3


@given(st.text())
def test_markup_cannot_be_broken_out_of(text: str) -> None:
    inner = tag("p", text, title=text).html
    assert inner.count("<") == 2
    assert inner.count(">") == 2
    assert inner.count('"') == 2


def test_markup_nests() -> None:
    assert tag("div", tag("b", "a&b"), "<i>", cls="x").html == '<div class="x"><b>a&amp;b</b>&lt;i&gt;</div>'
    assert join(("<", tag("i"))).html == "&lt;<i></i>"


@given(st.binary(max_size=300))
def test_nothing_hides_in_a_raw_line(raw: bytes) -> None:
    shown = line_text(raw, str, 20_000)
    assert not set(shown) & {*map(chr, range(9)), "\n", "\r", "\x1b", "\x7f", "\u202e", "\u2066", "\ufeff"}


def test_bytes_and_direction_marks_of_a_raw_line_are_written_out() -> None:
    assert line_text(b"a\xff\x1b[31m\xe2\x80\xaeb", str, 99) == "a\\xff\\x1b[31m\\u202eb"
    assert line_text("ทางรัฐ".encode(), str, 99) == "ทางรัฐ"


def test_nothing_hides_in_a_text_of_the_screens_but_its_lines_stay() -> None:
    assert visible("one\n\ttwo\u202e\u200b\x00") == "one\n\ttwo\\u202e\\u200b\\x00"
    assert tag("b", "a\u202eb", title="c\u2066").html == '<b title="c\\u2066">a\\u202eb</b>'


def test_an_unknown_language_is_thai() -> None:
    assert words("xx").language == "th"
    assert words("en").either("status.from_the_future", "fallback") == "fallback"
