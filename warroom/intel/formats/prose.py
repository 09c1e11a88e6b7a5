r"""Finds indicators in prose, Thai or English, defanged or not.

What is taken for one:

- addresses of IPv4 that are no number of a version, addresses of IPv6 that are global or defanged, hashes, CVEs;
- URLs of the web, e-mail addresses and domains whose last part is a real top-level domain. A domain that is not
  defanged has to be written small, and must not look like a file: ``run.sh``, ``report.zip`` and ``ASP.NET`` are none,
  ``run[.]sh`` is one.

Foreign letters end a value, as Thai is written without blanks: international domains are found in their ASCII form.
A `` dot `` stands for one where nothing else is on its line: the dot in "the dot com" is a word.

Each search goes over the text once, and gives back nothing that it took: its time is linear.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from warroom.indicators import HASHES, Kind
from warroom.intel.canonical import NotThatError, one
from warroom.settings import REFERENCE

_NAMES: Final = frozenset((Kind.DOMAIN, Kind.URL, Kind.EMAIL))
_EXCERPT: Final = 160
_LONGEST_WORD: Final = 24

# What was defanged, as single signs of Unicode's private use: so each is known for it, and patterns stay simple.
_DOT, _AT, _COLON = "\ue000", "\ue001", "\ue002"
_PLAIN: Final = str.maketrans({_DOT: ".", _AT: "@", _COLON: ":"})
_SHOWN: Final = str.maketrans({_DOT: "[.]", _AT: "[@]", _COLON: "[:]"})
#: Signs without width, and those of private use that the text had; hyphens that keep words together.
_MENDED: Final = str.maketrans(
    dict.fromkeys(f"\u200b\u200c\u200d\u2060\u00ad\ufeff{_DOT}{_AT}{_COLON}", "") | dict.fromkeys("\u2010\u2011", "-")
)
_DEFANGED: Final = re.compile(
    r"[\[({]\s?(?:(?P<dot>\.|dot)|(?P<at>@|at)|(?P<colon>:)|(?P<scheme>://)|(?P<slash>/))\s?[\])}]"
    r"|(?P<open>\[\.(?=[\w-]))|(?P<close>(?<=[\w-])\.\](?=[\w-]))",
    re.IGNORECASE,
)
_SPOKEN: Final = re.compile(r"[\w-]{1,63}(?: dot [\w-]{1,63}){1,10}", re.IGNORECASE)

_D, _A, _C = f"[.{_DOT}]", f"[@{_AT}]", f"[:{_COLON}]"
_LABEL: Final = "[A-Za-z0-9_-]{1,63}+"
_HOST: Final = f"{_LABEL}(?:{_D}{_LABEL}){{1,40}}+"
_REST: Final = "[^\\s<>\"'`\\\\^|\u0080-\ud7ff\uf900-\U0010ffff]{0,3000}+"
_SCHEME: Final = rf"(?<![A-Za-z0-9])(?i:h(?:tt|xx|tx|xt|\*\*)ps?){_C}//"
_OCTETS: Final = rf"(?<![\w.{_DOT}])[0-9]{{1,3}}(?:{_D}[0-9]{{1,3}}){{3}}(?!{_D}?\w)"
_FOUND: Final = re.compile(
    rf"(?P<url>{_SCHEME}{_REST})"
    rf"|(?P<email>(?<![A-Za-z0-9._%+{_DOT}-])[A-Za-z0-9._%+{_DOT}-]{{1,64}}+{_A}{_HOST})"
    rf"|(?P<bare>{_OCTETS}(?:{_C}[0-9]{{1,5}})?/(?=[^\s/]{{0,200}}[A-Za-z]){_REST})"
    rf"|(?P<ipv4>{_OCTETS}(?:/[0-9]{{1,2}}(?![\w/.]))?)"
    rf"|(?P<ipv6>(?<![\w:.{_DOT}{_COLON}])(?:[0-9A-Fa-f]{{0,4}}+{_C}){{2,8}}+[0-9A-Fa-f]{{0,4}}+(?![\w:{_COLON}])(?:/[0-9]{{1,3}}(?![\w/.]))?)"
    r"|(?P<hash>(?<![A-Za-z0-9])[0-9A-Fa-f]{32,128}+(?![A-Za-z0-9]))"
    r"|(?P<cve>(?<![A-Za-z0-9])(?i:CVE)-[0-9]{4}-[0-9]{4,19}+(?!\w))"
    rf"|(?P<host>(?<![A-Za-z0-9_.@/\\{_DOT}{_AT}-]){_HOST}(?:{_C}[0-9]{{1,5}}(?!\w))?(?:/{_REST})?)"
)
#: What the parts of the pattern are said to be; None: by the looks.
_SAID: Final = {
    "url": Kind.URL,
    "email": Kind.EMAIL,
    "bare": Kind.URL,
    "ipv4": Kind.IPV4,
    "ipv6": Kind.IPV6,
    "hash": None,
    "cve": Kind.CVE,
    "host": None,
}
#: A second URL that a sign parts from the first.
_NEXT: Final = re.compile(rf"(?<=[,;]){_SCHEME}")
_VERSION: Final = re.compile(r"(?:\bversions?|\bver\.?|\bv\.?|\bbuild|\brelease|รุ่น|เวอร์ชัน)[ :]{0,3}$", re.IGNORECASE)
_GLOBAL_IPV6: Final = re.compile(r"[23][0-9a-f]{3}:")
#: Top-level domains that the ends of files' names are, too.
_FILES: Final = frozenset(("sh", "py", "pl", "rs", "so", "md", "zip", "mov", "ps", "cab", "app", "pub", "do"))
#: Ends of names that are none of the DNS's root.
_OTHERS: Final = frozenset(("onion", "i2p", "bit"))
_TRAILING: Final = f".,;:!?*{_DOT}{_COLON}"
_CLOSING: Final = {")": "(", "]": "[", "}": "{"}
#: What authors say of themselves: on such a line, and behind such a heading up to the next of indicators.
_OWN: Final = re.compile(
    r"\b(?:contact|references?|see also|read more|source)\b|ติดต่อ|สอบถาม|อ้างอิง|ที่มา|อ่านเพิ่มเติม|รายละเอียดเพิ่มเติม",
    re.IGNORECASE,
)
_OWN_HEADING: Final = re.compile(
    r"[\d.#\s]*(?:references?|sources?|further reading|(?:เอกสาร|แหล่ง)?อ้างอิง|แหล่งที่มา|ที่มา)\s*:?", re.IGNORECASE
)
_OTHER_HEADING: Final = re.compile(r"\bindicators?\b|\biocs?\b|ตัวบ่งชี้|ตัวชี้วัด", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Found:
    """An indicator in a text.

    Args:
        line: from 1.
        kind, value: canonical.
        named: it has a domain's name in it, as have addresses that authors write of themselves: whom to ask, where to
            read on.
        defanged: its author made sure that nobody follows it by mistake.
        own: it stands where authors say something of themselves.
        excerpt: what stands around it.
    """

    line: int
    kind: Kind
    value: str
    named: bool
    defanged: bool
    own: bool
    excerpt: str


def find(text: str) -> Iterator[Found]:
    """Find the indicators of a text, line by line."""
    behind = False
    for number, raw in enumerate(text.split("\n"), 1):
        line = _mended(raw)
        if _OWN_HEADING.fullmatch(line[:_EXCERPT].strip()):
            behind = True
        elif behind and _OTHER_HEADING.search(line[:_EXCERPT]):
            behind = False
        own = behind or _OWN.search(raw) is not None
        for start, end, kind, value, defanged in _in_line(line):
            named = kind in _NAMES and not _host(value)[-1].isdecimal()
            yield Found(number, kind, value, named, defanged, own, _excerpt(line, start, end))


def _mended(line: str) -> str:
    """Make of what was defanged single signs."""
    if not line.isascii():
        line = line.translate(_MENDED)
    spoken = line.strip(" \t\r*•-")
    if " dot " in spoken.lower() and _SPOKEN.fullmatch(spoken):
        return re.sub(" dot ", _DOT, spoken, flags=re.IGNORECASE)
    return _DEFANGED.sub(_sign, line) if any(sign in line for sign in "[({") or ".]" in line else line


def _sign(found: re.Match[str]) -> str:
    return {"at": _AT, "colon": _COLON, "scheme": f"{_COLON}//", "slash": "/"}.get(found.lastgroup or "", _DOT)


def _in_line(line: str) -> Iterator[tuple[int, int, Kind, str, bool]]:
    place = 0
    while (found := _FOUND.search(line, place)) is not None:
        token, group = found[0], found.lastgroup or ""
        if group == "url" and (second := _NEXT.search(token)) is not None:
            token = token[: second.start()]
        place = found.start() + len(token)
        if group in {"url", "bare", "host"}:
            token = _trimmed(token)
        before = line[max(0, found.start() - _LONGEST_WORD) : found.start()]
        if (read := _read(group, token, before)) is not None:
            yield found.start(), found.start() + len(token), *read


def _trimmed(token: str) -> str:
    """Take off what ends a sentence, and brackets that were opened before."""
    open_ = {closing: token.count(opening) - token.count(closing) for closing, opening in _CLOSING.items()}
    end = len(token)
    while end and (token[end - 1] in _TRAILING or open_.get(token[end - 1], 0) < 0):
        if token[end - 1] in open_:
            open_[token[end - 1]] += 1
        end -= 1
    return token[:end]


def _read(group: str, token: str, before: str) -> tuple[Kind, str, bool] | None:
    """Judge what was found; None where it is no indicator."""
    plain = token.translate(_PLAIN)
    defanged = plain != token or (group == "url" and not plain.lower().startswith("http"))
    try:
        kind, value = one(_SAID[group], plain)
    except NotThatError:
        return None
    if group == "ipv4" and not defanged and _VERSION.search(before):
        return None
    if kind is Kind.IPV6 and not defanged and not _GLOBAL_IPV6.match(value):
        return None
    if group == "hash" and kind not in HASHES:
        return None
    if kind in _NAMES and not _is_name(value, token, group, defanged=defanged):
        return None
    return kind, value, defanged


def _is_name(value: str, token: str, group: str, *, defanged: bool) -> bool:
    """Tell whether the host of a value can be one."""
    host = _host(value)
    top = host.rpartition(".")[2]
    if top[-1].isdecimal() or top[-1] == "]":
        return True
    if "." not in host or (top not in _tops() and top not in _OTHERS):
        return False
    return defanged or group != "host" or (top not in _FILES and token.startswith(host))


def _host(value: str) -> str:
    """Give the host of a URL, an e-mail address, or a domain, which is its own."""
    name = value.partition("://")[2].partition("/")[0] or value
    return name.rpartition("@")[2] if name.endswith("]") else name.rpartition("@")[2].partition(":")[0]


@cache
def _tops() -> frozenset[str]:
    return frozenset((REFERENCE / "top_level_domains.txt").read_text(encoding="ascii").split())


def _excerpt(line: str, start: int, end: int) -> str:
    """Give what stands around a value, defanged as it was."""
    begin = max(0, start - _EXCERPT // 2)
    text = " ".join(line[begin : max(end, begin) + _EXCERPT // 2][: 2 * _EXCERPT].split())
    return text.translate(_SHOWN)
