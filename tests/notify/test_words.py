"""What messages say, in both languages; what attackers write is inert; which addresses and which channels."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warroom.catalog.messages import EXPECTED, load_messages
from warroom.errors import ContentError, UsageError
from warroom.model import Severity
from warroom.notify.addresses import SCHEMES, scheme_of
from warroom.notify.child import without_secrets
from warroom.notify.inert import LONGEST, inert
from warroom.notify.routing import MOST_TRIES, pause_us, quiet_for, share, wants
from warroom.notify.wording import digest_of, write
from warroom.settings import REFERENCE
from warroom.store.outbox import Channel, Message

HOSTILE = (
    '<a href="https://evil.example/x">here</a> [now](http://evil.example) @everyone <!channel> *b* www.evil.example'
)


def a_message(number: int = 7, kind: str = "opened", severity: Severity = Severity.HIGH, **told: object) -> Message:
    filled = {
        "number": number,
        "title": "Attack",
        "title_th": "โจมตี",
        "platform": "gdx",
        "opened_at": 1_795_000_000_000_000,
    }
    return Message(number, 1, kind, severity, number, filled | told, 0, 0, 0, "waiting", None, None, None)


def a_channel(**changes: object) -> Channel:
    told: dict[str, object] = {
        "id": 1,
        "name": "x",
        "scheme": "json",
        "least_severity": Severity.MEDIUM,
        "platforms": frozenset({"gdx"}),
        "language": "th",
        "personal": False,
        "quiet_from": 22 * 60,
        "quiet_to": 7 * 60,
        "per_minute": 3,
        "enabled": True,
        "made_at": 0,
    }
    return Channel(**(told | changes))  # type: ignore[arg-type]


@given(st.text(max_size=2000) | st.text(alphabet='<>&*_~`|#@[](){}\\"./:hwtpsa \u202e\u200b\n=+', max_size=400))
def test_nothing_in_an_inert_text_is_read_by_a_program(text: str) -> None:
    said = inert(text)
    assert len(said) <= LONGEST
    assert not set(said) & set('<>&*_~`|#@[](){}\\"\n\r\t')
    assert not any(unicodedata.category(one) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for one in said)
    assert not re.search(r"//|\w[.:]\w", said)
    assert said[:1] not in {"=", "+", "-", "!", "/"}


def test_an_inert_text_still_says_what_it_said() -> None:
    assert inert("SQL injection, ฝังคำสั่ง") == "SQL injection, ฝังคำสั่ง"
    assert inert("from 203.0.113.77") == "from 203․0․113․77"
    assert "evil․example" in inert(HOSTILE)


def test_personal_data_does_not_leave_in_a_message() -> None:
    said = write(a_message(title="citizen 1101700203450 wrote", title_th=""), "en").body
    assert "1101700203450" not in said


@given(st.text(max_size=100), st.text(max_size=100))
def test_every_kind_is_written_whatever_fills_it(title: str, names: str) -> None:
    for kind in ("opened", "raised", "escalated", "test"):
        for language in ("th", "en"):
            message = a_message(kind=kind, title=title, title_th=title, names=names, name=names, actor=title)
            written = write(message, language)
            assert "\n" not in written.subject
            assert "{" not in written.subject + written.body


def test_a_message_speaks_the_channels_language_and_says_that_it_is_a_drill() -> None:
    assert write(a_message(drill=1), "th").subject == "[ฝึกซ้อม] เหตุการณ์ใหม่ #7 ระดับสูง"
    assert write(a_message(), "xx").body.startswith("โจมตี\nแพลตฟอร์ม: ")
    english = write(a_message(kind="escalated", tier=2, step=3, names="wipa"), "en", link="https://w.example")
    assert english.subject == "High: incident #7 escalated, nobody acknowledged it"
    assert "On call, tier 2, message 3: wipa" in english.body
    assert english.body.endswith("https://w.example/?incident=7")


def test_what_was_put_together_and_not_taken_is_counted_when_it_is_put_together_again() -> None:
    first = a_message(50, "digest", **digest_of([a_message(number) for number in range(1, 12)]))
    told = digest_of([first, *(a_message(number) for number in range(20, 23))])
    assert told["count"] == 14
    assert [one["number"] for one in told["items"]] == [1, 2, 3, 4, 5, 6, 7, 8]


def test_the_reference_has_every_text_and_a_faulty_one_is_refused(tmp_path: Path) -> None:
    assert set(load_messages()) == set(EXPECTED)
    good = (REFERENCE / "messages.yaml").read_text(encoding="utf-8")
    for old, new, told in (
        ("{name} works", "{secret} works", "nothing fills"),
        ("{name} works", "{name.__class__} works", "nothing fills"),
        ('en: "[DRILL] "', 'xx: "[DRILL] "', "needs exactly th and en"),
        ("{name} works", "{name works", "brace"),
    ):
        file = tmp_path / "m.yaml"
        file.write_text(good.replace(old, new), encoding="utf-8")
        with pytest.raises(ContentError, match=told):
            load_messages(file)
        load_messages.cache_clear()


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "apprise://host/token",
        "syslog://",
        "mailtos://a:b@mail.example?verify=no",
        "mailtos://a:b@mail.example?to=a@dga.example#?verify=no",
        "mailtos://a:b@mail.example?to=a@dga.example;verify=no",
        "mailtos://a:b@mail.example?pgpkey=/etc/shadow",
        "slack://a/b/c/d?template=/etc/passwd",
        "discord://1/2?avatar_url=http://evil.example/x",
        "json://room.example?to=json://127.0.0.1",
        "json://room.example/a b",
        "json://",
        "jsons://[::1",
        f"json://{'x' * 2001}",
        "json://room.example, json://127.0.0.1",
    ],
)
def test_addresses_that_could_do_more_than_send_are_refused_without_a_word_of_them(address: str) -> None:
    with pytest.raises(UsageError) as told:
        scheme_of(address)
    assert "example" not in str(told.value)
    assert "passwd" not in str(told.value)


def test_addresses_that_only_send_are_let_through() -> None:
    assert scheme_of("MAILTOS://soc:pass@mail.example:587?to=a@dga.example&from=b@dga.example") == "mailtos"
    assert scheme_of("jsons://hooks.example/x?+X-Token=abc") == "jsons"
    assert scheme_of("line://token/group") == "line"
    assert "gchat" in SCHEMES


@given(st.text(max_size=60))
def test_a_reason_holds_no_word_of_the_address(reason: str) -> None:
    address = "jsons://soc:hunter2secret@hooks.example/servicekey?+X=tokentoken"
    said = without_secrets(f"{reason} hunter2secret {reason} servicekey tokentoken", address)
    assert not re.search("hunter2secret|servicekey|tokentoken", said)


def test_a_channel_wants_what_is_bad_enough_and_of_its_platforms() -> None:
    assert wants(a_channel(), Severity.MEDIUM, "gdx")
    assert not wants(a_channel(), Severity.LOW, "gdx")
    assert not wants(a_channel(), Severity.CRITICAL, "tang_rat")
    assert wants(a_channel(platforms=None), Severity.CRITICAL, "tang_rat")
    assert not wants(a_channel(enabled=False), Severity.CRITICAL, "gdx")
    assert not wants(a_channel(personal=True), Severity.CRITICAL, "gdx")


@given(st.integers(0, 1439), st.integers(0, 1439), st.integers(0, 1439), st.sampled_from(Severity))
def test_quiet_hours_end_when_they_end_and_hold_back_nothing_critical(
    begin: int, end: int, minute: int, severity: Severity
) -> None:
    waits = quiet_for(a_channel(quiet_from=begin, quiet_to=end), severity, minute)
    inside = begin <= minute < end if begin < end else begin != end and (minute >= begin or minute < end)
    assert (waits > 0) is (inside and severity is not Severity.CRITICAL)
    if waits:
        assert (minute + waits) % 1440 == end


@given(st.lists(st.sampled_from(Severity), max_size=60), st.integers(-3, 20))
def test_a_share_is_never_more_than_the_room_and_forgets_nobody(levels: list[Severity], room: int) -> None:
    waiting = [a_message(number, severity=level) for number, level in enumerate(levels, 1)]
    parts = share(waiting, room)
    if room <= 0:
        assert (parts.single, parts.folded) == ((), ())
        return
    assert sorted(one.id for one in (*parts.single, *parts.folded)) == [one.id for one in waiting]
    assert len(parts.single) + bool(parts.folded) <= room
    if parts.single and parts.folded:
        worst = max(one.severity.rank for one in parts.folded)
        assert min(one.severity.rank for one in parts.single) >= worst


def test_pauses_double_up_to_an_hour() -> None:
    pauses = [pause_us(tries) // 1_000_000 for tries in range(1, MOST_TRIES)]
    assert pauses[:4] == [30, 60, 120, 240]
    assert pauses[-1] == 3600
    assert sum(pauses) < 12 * 3600
