"""Random rules and events that often meet: the texts of both come from one small pool.

Every rule drawn is valid Sigma 2.1, so an engine that refuses one disagrees, too. A seed gives the same case for ever.
"""

from __future__ import annotations

import base64
import random
from dataclasses import dataclass, field
from typing import Any

#: Fields as rules write them: the source's own, with a blank, of the taxonomy, by ECS name, decoded, never there.
FIELDS = ("a", "b", "a", "b", "c d", "cd", "cs-uri-query", "url.query", "user_agent.original", "nowhere")
NATIVES = ("a", "a", "b", "b", "c d", "cs-uri-query")
LETTERS = "aAbBxX19.-/ \\*?%+éÉßẞİſσςกK\n\r\x02\x03\x1a\0😀–"
SHAPED = (
    *("", "404", "404.0", " 404", "-1", "4.5", "1e3", "0x10", "true", "False", "9007199254740993", "007"),
    *("192.0.2.7", "::ffff:192.0.2.7", "2001:db8::1", "2001:DB8:0:0::1", "192.0.2.256", "10.0.0.1/8"),
    *("2026-11-22T09:05:00Z", "2026-01-01 23:59:59.5", "20260103", "2026-13-01T00:00:00"),
    *("-a /b –c", "cmd -x", "a-b", "%27%20or+1", "%2527", "%41", "a+b", "C:\\Windows\\a.exe", "x\\*y", "a\nb"),
)
NUMBERS = (404, -1, 4.5, 1000, 16, 7, 0, 9007199254740993, 9007199254740992)
NETWORKS = ("192.0.2.0/24", "192.0.2.7/32", "2001:db8::/32", "::ffff:0:0/96", "::/0", "0.0.0.0/0")
TIMES = {"minute": (5, 59), "hour": (9, 22), "day": (22, 1), "week": (47, 1), "month": (11, 1), "year": (2026, 2025)}
EXPRESSIONS = (
    *("a.b", "^a", "b$", "^$", "[aA]+x?", "a|É", "^.{2}$", "^[^a]*$", "x{1,2}", "(a|b)x?$", r"\.", "^.*$", "4+"),
    *("(?=a)", "(?!b).", r"(a|b)\1", "é", "[A-Z]", "(?i)b", r"\\\*", "k", "ß", "^a$|^b$", "\n", r"^\S+$", "s", "σ"),
)
NAMES = ("s1", "s2", "_s3", "selection", "notable", "order", "filter_main", "filter-x")
CONDITIONS = (
    *("{0}", "not {0}", "{0} and not {1}", "{0} or {1}", "{0} and {1} or {2}", "not ({0} and {1}) or {2}"),
    *("({0} or {1}) and not {2}", "not not {0}", "1 of them", "all of them", "not 1 of them", "1 of s*", "all of s*"),
    *("{0} and not 1 of filter*", "all of *s*", "1 of *e*", "not all of them", "({0})", "(({0} or ({1}))) and {2}"),
)
SOURCES: tuple[dict[str, str], ...] = (
    *({"category": "test"},) * 6,
    {"category": "TEST"},
    {"product": "linux"},
    {"product": "linux", "service": "auth"},
    {"category": "webserver"},
    {"product": "nginx", "category": "webserver"},
    {"product": "windows", "category": "process_creation"},
    {"product": "windows", "service": "sysmon"},
)
#: What events come from: product, category, service, process name, Channel, EventID.
ORIGINS: tuple[tuple[str | None, ...], ...] = (
    *((None, "test", None, None, None, None),) * 3,
    ("nginx", "webserver", None, None, None, None),
    ("linux", "test", "syslog", "sshd", None, None),
    ("linux", None, None, "kernel", None, None),
    (None, None, None, None, "Microsoft-Windows-Sysmon/Operational", "1"),
    ("windows", None, None, None, "microsoft-windows-sysmon/operational", "3"),
)
COLUMNS = ("log_product", "log_category", "log_service", "process_name")
PLACES: tuple[tuple[str, ...], ...] = ((), ("contains",), ("contains",), ("startswith",), ("endswith",))


@dataclass
class Case:
    """Rules, filters and the events of one batch: each rule × each event is a case of its own."""

    rules: list[dict[str, Any]]
    filters: list[dict[str, Any]]
    events: list[dict[str, Any]]
    raw: list[str]
    core: dict[str, list[Any]] = field(default_factory=dict)
    #: What placeholders stand for.
    values: dict[str, tuple[str, ...]] = field(default_factory=dict)


def draw(seed: int, rules: int, events: int, *, unlike: bool = False) -> Case:
    """Draw rules and events; with ``unlike`` hardly two values are the same, and many are long."""
    dice = _Dice(seed)
    dice.unlike = unlike
    return dice.case(rules, events)


class _Dice(random.Random):
    """Draws; ``pool`` are the texts of this case."""

    pool: list[str]
    unlike: bool

    def chance(self, among: int) -> bool:
        return self.randrange(among) == 0

    def case(self, rules: int, events: int) -> Case:
        self.pool = [self.text() for _ in range(self.randint(3, 8))]
        self.pool += [self.hidden(text) for text in self.pool[:3]]
        made = [self.rule(number) for number in range(rules)]
        found = [self.event() for _ in range(events)]
        origins = [self.choice(ORIGINS) for _ in range(events)]
        for event, (*_, channel, number) in zip(found, origins, strict=True):
            event.update({"Channel": channel, "EventID": number} if channel else {})
        core: dict[str, list[Any]] = {name: [origin[place] for origin in origins] for place, name in enumerate(COLUMNS)}
        for name in ("url_query", "user_agent_original"):
            core[name] = [None if self.chance(3) else self.pick() for _ in range(events)]
        raw = [self.pick() for _ in range(events)]
        values = {"one": (self.fragment(),), "Many": (self.fragment(), self.fragment(), "404"), "none": ()}
        return Case(made, self.filters(made), found, raw, core, values)

    def text(self) -> str:
        if self.chance(2):
            return self.choice(SHAPED)
        return "".join(self.choice(LETTERS) for _ in range(self.randint(0, 5)))

    def event(self) -> dict[str, Any]:
        return {self.choice(NATIVES): self.value() for _ in range(self.randint(0, 4))}

    def value(self) -> str | list[str | None]:
        if self.chance(5):
            return [None if self.chance(4) else self.pick() for _ in range(self.randint(0, 2))]
        return self.pick()

    def pick(self) -> str:
        """Take a text of the pool for an event."""
        text = self.choice(self.pool)
        if not self.unlike or self.chance(5):
            return text
        more = f"{self.randrange(1 << 32):08x}" * self.choice((1, 1, 1, 8, 40))
        return text + more if self.chance(2) else more + text

    def rule(self, number: int) -> dict[str, Any]:
        return {
            "title": f"rule {number}",
            "id": _id(number),
            "logsource": self.choice(SOURCES),
            "detection": self.detection(),
        }

    def filters(self, rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Tune some rules, now and then."""
        able = [rule["id"] for rule in rules if rule["logsource"].get("category", "").lower() == "test"]
        if not able or not self.chance(3):
            return []
        named = self.sample(able, self.randint(1, min(3, len(able))))
        condition = self.choice(("selection", "not selection"))
        body = {"rules": named, "selection": self.search(), "condition": condition}
        return [{"title": "filter", "id": _id(len(rules)), "logsource": {"category": "test"}, "filter": body}]

    def detection(self) -> dict[str, Any]:
        """Draw searches and the condition over them, now and then several."""
        names = self.sample(NAMES, self.randint(1, 3))
        fitting = [text for text in CONDITIONS if " of " not in text or any(_meant(text, name) for name in names)]
        conditions = [self.choice(fitting).format(*(names * 3)) for _ in range(2)]
        searches = {name: self.search() for name in names}
        return searches | {"condition": conditions if self.chance(10) else conditions[0]}

    def search(self) -> dict[str, Any] | list[Any]:
        """Draw a map, a list of maps, keywords, or keywords and a map in one list."""
        kind = self.randrange(10)
        if kind < 6:
            return self.lines()
        if kind < 8:
            return [self.lines() for _ in range(self.randint(1, 2))]
        words = [self.fragment() or "a" for _ in range(2)]
        if kind == 8:
            return self.choice(({"|all": words}, {"|re": self.choice(EXPRESSIONS)}, {"|cased": words}))
        return [words[0], self.choice((404, self.lines(), words[1]))]

    def lines(self) -> dict[str, Any]:
        return dict(self.line() for _ in range(self.randint(1, 3)))

    def line(self) -> tuple[str, Any]:
        modifiers, value = self.choice(_KINDS)(self)
        more = ["neq"] if self.chance(8) else []
        return "|".join([self.choice(FIELDS), *modifiers, *more]), value

    def words(self) -> tuple[list[str], Any]:
        """Draw one text or several, with modifiers of texts in any order that means something."""
        modifiers = [*self.choice(PLACES), *self.choice(((), (), ("cased",), ("windash",), ("cased", "windash")))]
        self.shuffle(modifiers)
        if self.chance(2):
            return modifiers, self.fragment()
        values = [self.fragment(), self.fragment()]
        if not modifiers:
            return [], [*values, self.choice((*NUMBERS, None, True, False))]
        return [*modifiers, *self.choice(((), ("all",)))], values

    def placeholders(self) -> tuple[list[str], Any]:
        r"""Draw texts with placeholders; ``\%`` is a plain percent sign."""
        modifiers = ["expand", *self.choice(PLACES), *self.choice(((), ("cased",)))]
        self.shuffle(modifiers)
        text = self.choice(("%one%", "%Many%", "%none%", "x%one%y", "%Many%%one%", "\\%41", "\\%one%Many%"))
        return modifiers, self.choice((text, [text, self.fragment().replace("%", "")]))

    def secrets(self) -> tuple[list[str], Any]:
        """Draw an encoded text."""
        wide = self.choice(((), (), ("wide",), ("utf16le",), ("utf16be",), ("utf16",)))
        shape = self.choice((("base64",), ("base64offset", "contains"), ("base64", "startswith")))
        return [*wide, *shape, *self.choice(((), (), ("cased",)))], _escaped(self.choice(self.pool) or "a")

    def wides(self) -> tuple[list[str], Any]:
        """Draw a text in two bytes a character, as it stands in binary data."""
        text = "".join(letter for letter in self.fragment() if letter.isascii()) or "a"
        modifiers = [self.choice(("wide", "utf16le", "utf16be")), *self.choice(PLACES), *self.choice(((), ("cased",)))]
        return modifiers, text

    def expressions(self) -> tuple[list[str], Any]:
        return ["re", *self.choice(((), (), ("i",), ("m",), ("s",), ("i", "m")))], self.choice(EXPRESSIONS)

    def numbers(self) -> tuple[list[str], Any]:
        return [*self.choice(((), ("lt",), ("lte",), ("gt",), ("gte",)))], self.choice(NUMBERS)

    def times(self) -> tuple[list[str], Any]:
        """Draw a part of a time, or a comparison with one."""
        part, numbers = self.choice(tuple(TIMES.items()))
        return [part, *self.choice(((), ("gte",), ("lt",)))], self.choice(numbers)

    def networks(self) -> tuple[list[str], Any]:
        return ["cidr"], self.choice(NETWORKS)

    def presence(self) -> tuple[list[str], Any]:
        return self.choice(((["exists"], True), (["exists"], False), ([], None), ([], ""), ([], "*")))

    def references(self) -> tuple[list[str], Any]:
        modifiers = self.choice((("fieldref",), ("fieldref", "startswith"), ("fieldref", "endswith", "startswith")))
        return [*modifiers], self.choice(("a", "b", "c d", "nowhere"))

    def fragment(self) -> str:
        """Draw a part of a text as a rule may write it: cut, with wildcards, escaped, in other letters."""
        text = self.choice(self.pool)
        if self.chance(2):
            text = text[self.randint(0, 2) : len(text) - self.randint(0, 2)]
        written = _escaped(text)
        forms = (
            _escaped(text[:1]) + "*" + _escaped(text[2:]),
            _escaped(text[:1]) + "?" + _escaped(text[2:]),
            _escaped(text.swapcase()),
            text,  # wildcards and backslashes as they came
            "*" + written + "*",
            text.translate(str.maketrans("-/–", "/–-")),
        )
        return self.choice((*forms, *(written,) * 4))

    def hidden(self, text: str) -> str:
        """Hide a text as rules with encodings look for it."""
        before = b"x" * self.randint(0, 2)
        match self.randrange(6):
            case 0:
                return base64.b64encode(text.encode()).decode()
            case 1:
                return base64.b64encode(before + text.encode() + b"yz").decode()
            case 2:
                kind = self.choice(("utf-16-le", "utf-16-be", "utf-16"))
                return base64.b64encode(before + text.encode(kind) + b"\0").decode()
            case 3:
                return "\0".join(text) + "\0"
            case 4:
                return "".join(f"%{byte:02x}" for byte in text.encode())
            case _:
                return f"x{text}y"


_KINDS = (
    *(_Dice.words,) * 7,
    *(_Dice.secrets, _Dice.wides, _Dice.expressions, _Dice.expressions, _Dice.numbers, _Dice.times),
    *(_Dice.networks, _Dice.presence, _Dice.references, _Dice.placeholders),
)


def _id(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012}"


def _escaped(text: str) -> str:
    return "".join("\\" * (letter in "*?\\") + letter for letter in text)


def _meant(condition: str, name: str) -> bool:
    """Say whether a condition's ``of`` has a search to speak of; what refers to none is no valid rule."""
    pattern = condition.split(" of ")[1]
    letters = pattern.strip("*")
    if name.startswith("_"):
        return False
    return pattern == "them" or (letters in name if pattern.startswith("*") else name.startswith(letters))
