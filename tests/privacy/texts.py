"""Draws texts as logs, forms and notes hold them, and says which characters are identifiers and which other numbers.

Written against the specifications of the identifiers, not against the recogniser: what it draws may be missed.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import quote, quote_plus

from tests.privacy.dice import Dice
from tests.privacy.identifiers import PEOPLE
from tests.privacy.marked import Drawn
from tests.privacy.things import OTHERS, written_time
from warroom.privacy import Kind

Encode = Callable[[str], str]


class Item(NamedTuple):
    what: str
    value: str
    person: bool
    key: str
    thai: str
    english: str


def unchanged(text: str) -> str:
    return text


def in_json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


def in_ascii_json(text: str) -> str:
    return json.dumps(text)[1:-1]


THAI_FILL = ("ผู้ดูแลระบบแจ้งว่า", "พบการเข้าถึง", "ตรวจสอบแล้ว", "ขอความอนุเคราะห์", "เจ้าหน้าที่บันทึก", "ระบบทางรัฐ")
ENGLISH_FILL = ("login ok", "request accepted", "worker started", "denied by policy", "GET /index.html", "cache miss")


def drawn(rng: Dice, *, years_apart: bool = False) -> Drawn:
    """Draw one text."""
    rng.begin(years_apart=years_apart)
    items: list[Item] = []
    for _ in range(rng.choices((0, 1, 2), (45, 40, 15))[0]):
        what = rng.choices(list(PEOPLE), (26, 22, 16, 10, 4, 8, 8, 6))[0]
        draw, keys, thai, english, unnamed = PEOPLE[what]
        bare = unnamed and rng.random() < 0.2
        names = ("data", "", "") if bare else (rng.choice(keys), rng.choice(thai), rng.choice(english))
        items.append(Item(str(what), draw(rng), True, *names))
    for _ in range(rng.randint(1, 5)):
        what = rng.choices(list(OTHERS), [other[4] for other in OTHERS.values()])[0]
        draw, keys, thai, english, _share = OTHERS[what]
        names = (rng.choice(keys), rng.choice(thai or ("",)), rng.choice(english or ("",)))
        items.append(Item(what, draw(rng), False, *names))
    rng.shuffle(items)
    host = rng.choice((_json, _json, _pairs, _query, _access, _thai, _thai_tight, _english, _table))
    out = Drawn()
    host(rng, out, items)
    return out


def _json(rng: Dice, out: Drawn, items: list[Item]) -> None:
    encode = rng.choice((in_json, in_ascii_json))
    colon, comma = rng.choice(((":", ","), (": ", ", ")))
    out.plain("{" + f'"level"{colon}"info"')
    for what, value, person, key, _thai_word, _word in items:
        out.plain(f'{comma}"{encode(key)}"{colon}')
        quoted = not (value.isascii() and value.isdigit() and value[0] != "0" and rng.random() < 0.5)
        out.plain('"' if quoted else "")
        out.mark(what, encode(value), person=person)
        out.plain('"' if quoted else "")
    out.plain("}")


def _pairs(rng: Dice, out: Drawn, items: list[Item]) -> None:
    out.mark("time", written_time(rng), person=False)
    out.plain(f" {rng.choice(ENGLISH_FILL)}")
    for what, value, person, key, _thai_word, _word in items:
        quote_sign = '"' if " " in value else rng.choice(("", "", '"'))
        out.plain(f" {key}={quote_sign}")
        out.mark(what, value, person=person)
        out.plain(quote_sign)


def _query(rng: Dice, out: Drawn, items: list[Item]) -> None:
    encode: Encode = rng.choice((quote_plus, lambda text: quote(text, safe="")))
    out.plain("https://api.tangrat.example/v2/register?lang=th")
    for what, value, person, key, _thai_word, _word in items:
        out.plain(f"&{encode(key)}=")
        out.mark(what, encode(value), person=person)


def _access(rng: Dice, out: Drawn, items: list[Item]) -> None:
    out.mark("address", ".".join(str(rng.randrange(256)) for _ in range(4)), person=False)
    out.plain(" - - [")
    out.mark("time", f"{rng.time():%d/%b/%Y:%H:%M:%S} +0700", person=False)
    out.plain('] "GET /api/v1/search?q=1')
    for what, value, person, key, _thai_word, _word in items:
        out.plain(f"&{quote(key)}=")
        out.mark(what, quote(value, safe=""), person=person)
    out.plain(' HTTP/1.1" 200 ')
    out.mark("size", str(rng.randrange(10**6)), person=False)
    out.plain(' "-" "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0.7339.128 Safari/537.36"')


def _thai(rng: Dice, out: Drawn, items: list[Item]) -> None:
    for what, value, person, _key, word, _english in items:
        out.plain(f"{rng.choice(THAI_FILL)} {word} " if word else f"{rng.choice(THAI_FILL)} ")
        out.mark(what, value, person=person)
        out.plain(" ")


def _thai_tight(rng: Dice, out: Drawn, items: list[Item]) -> None:
    for what, value, person, _key, word, _english in items:
        # What stands alone in Thai text with nothing said is taken for a person's: times are announced there.
        said = word or ("" if person else "เวลา")
        out.plain(f"{rng.choice(THAI_FILL)}{said}")
        out.mark(what, value, person=person)
        # An address and a mail's domain in Thai letters end where somebody put a blank.
        out.plain(" " if what in {Kind.ADDRESS, Kind.EMAIL} or value[-1].isalpha() else "")


def _english(rng: Dice, out: Drawn, items: list[Item]) -> None:
    for what, value, person, _key, _thai_word, word in items:
        out.plain(f"{rng.choice(ENGLISH_FILL)}, {word}{rng.choice((' ', ': ')) if word else ''}")
        out.mark(what, value, person=person)
        out.plain(rng.choice((". ", "; ", " and ")))


def _table(_rng: Dice, out: Drawn, items: list[Item]) -> None:
    """One line of a table, the heads elsewhere: only what needs no word is in it."""
    for what, value, person, key, _thai_word, _word in items:
        if what in {Kind.ACCOUNT, Kind.PASSPORT}:
            out.plain(f"{key}:")
        out.mark(what, f'"{value}"' if "," in value else value, person=person)
        out.plain(",")
    out.plain("ok")
