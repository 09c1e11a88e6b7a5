"""One spelling for each indicator, however its author wrote it.

Defanged spellings (``hxxp``, ``[.]``) are taken as what they stand for. Networks are of the kind of their addresses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from warroom.indicators import HASHES, Kind
from warroom.intel.plain import CODES, HEX_DIGITS, KINDS, plain
from warroom.intel.weak_kinds import WEAK, NotThatError

__all__ = ("LONGEST", "Canonical", "NotThatError", "many", "one", "refang")

#: Bytes of a value; what is longer is none that an event could hold whole.
LONGEST: Final = 2_048

_HASH_OF: Final[Mapping[int, Kind]] = {digits: kind for kind, digits in HEX_DIGITS.items()}
_LONGEST_DOMAIN: Final = 253
_HIGHEST_PORT: Final = 65_535
#: With brackets, a port, and an IPv4 address at its end; what is longer is not looked at sign by sign.
_LONGEST_ADDRESS: Final = 64
_IPV4_BITS: Final = 32
_IPV6_BITS: Final = 128
#: Before this bit of an IPv6 address that holds an IPv4 one stands nothing of the latter (RFC 4291 §2.5.5.2).
_MAPPED_BITS: Final = 96

#: Left alone by an editor, but no part of a value: a byte order mark, a blank without width.
_BLANKS: Final = " \t\r\n\f\v\ufeff\u200b\u00a0"
_DEFANGED: Final = re.compile(
    r"\bh(?:xx|tx|xt|\*\*)p(?=s?\s?[\[({]?:)|[\[({]\s?(?:\.|dot)\s?[\])}]|[\[({]://[\])}]|[\[({]:[\])}]|[\[({]/[\])}]"
    r"|[\[({]\s?(?:@|at)\s?[\])}]|(?<=\w) dot (?=\w)",
    re.IGNORECASE,
)
#: Without any of these, nothing is defanged: far quicker than the search.
_SIGNS_OF_DEFANGING: Final = ("[", "(", "{", "hxxp", "htxp", "hxtp", "h**p", " dot ")
_HEX: Final = re.compile(r"[0-9a-fA-F]+")
_CVE: Final = re.compile(r"CVE-[0-9]{4}-[0-9]{4,19}", re.IGNORECASE)
_IPV4: Final = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,3}){3})(?:/([0-9]{1,2})|:([0-9]{1,5}))?")
_IPV6: Final = re.compile(
    r"\[?([0-9a-fA-F:]*:[0-9a-fA-F:]*(?::[0-9]{1,3}(?:\.[0-9]{1,3}){3})?)(?:\](?::([0-9]{1,5}))?|/([0-9]{1,3}))?"
)
#: What parts a name: RFC 3490 §3.1 names the others.
_DOT: Final = re.compile("[.\u3002\uff0e\uff61]")
_LABEL: Final = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST: Final = re.compile(rf"(?:{_LABEL}\.)*{_LABEL}")
_TOP: Final = re.compile(r"[a-z]{2,63}|xn--[a-z0-9-]{1,59}")
_URL: Final = re.compile(r"(https?)://([^/?#\\]*)([^?#]*)(\?[^#]*)?(?:#.*)?", re.IGNORECASE)
_SCHEME: Final = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
_BEFORE_PATH: Final = re.compile(r"([^/?#@\s]+)[/?]")
_PORT: Final = re.compile(r"(.*?):([0-9]{0,5})")
_ODD: Final = re.compile(r"%[0-9a-fA-F]{2}|[^A-Za-z0-9._~!$&'()*+,;=:@/?-]")
_LOCAL: Final = re.compile(r"[^\s@\"<>(),:;\[\]\\]{1,64}")
_UNRESERVED: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


@dataclass(frozen=True, slots=True)
class Canonical:
    """What ``many`` gives: three columns, as long as the values and in their order.

    Args:
        kinds: dictionary<int32, string> of Kind; null where a value is refused.
        values: strings, canonical; null where refused.
        reasons: strings; null where taken.
    """

    kinds: pa.DictionaryArray
    values: pa.StringArray
    reasons: pa.StringArray


def refang(text: str) -> str:
    """Give text with the defanged spellings in it undone: ``hxxps[:]//evil[.]test`` → ``https://evil.test``.

    A `` dot `` among words is taken for one, too: for values, not for prose.
    """
    small = text.lower()
    if not any(sign in small for sign in _SIGNS_OF_DEFANGING):
        return text
    return _DEFANGED.sub(_fang, text)


def one(kind: Kind | None, value: str) -> tuple[Kind, str]:
    """Give the kind and the canonical spelling of a value.

    Args:
        kind: what it is said to be; None: by its looks, which tell apart addresses, networks, domains, URLs, e-mail
            addresses, hashes and CVEs. ``ipv4`` and ``ipv6`` stand for either, and a domain or a URL without a path
            may prove to be an address.
        value: as its author wrote it.

    Raises:
        NotThatError: it is none; the message says why and repeats nothing of the value.
    """
    value = value.strip(_BLANKS)
    if not value:
        raise NotThatError("there is nothing")
    if len(value) > LONGEST or len(value.encode(errors="replace")) > LONGEST:
        raise NotThatError(f"longer than {LONGEST} bytes")
    if not value.isprintable():
        raise NotThatError("holds signs that cannot be shown")
    found, written = _looks(value) if kind is None else _READERS[kind](kind, value)
    if len(written) > LONGEST or len(written.encode()) > LONGEST:
        raise NotThatError(f"longer than {LONGEST} bytes when spelled out")
    return found, written


def many(kinds: pa.Array | Kind | None, values: pa.StringArray) -> Canonical:
    """Give the kinds and the canonical spellings of many values: to each what ``one`` gives it.

    Args:
        kinds: what each is said to be, as strings, in a dictionary or not, null where nobody says; or one for all.
        values: strings; null counts as nothing.
    """
    said = pl.Series([kinds] if kinds is None or isinstance(kinds, Kind) else kinds, dtype=pl.String)
    given = pl.Series(values, dtype=pl.String)
    codes, small = plain(said, given)
    odd = codes.is_null()
    written = values if small is given else _strings(small)
    reasons = pa.nulls(len(values), pa.string())
    if odd.any():
        told = said.filter(odd) if len(said) == len(given) else said.new_from_index(0, len(given) - codes.count())
        answers = [_answer(kind, value) for kind, value in zip(told, given.filter(odd), strict=True)]
        codes = codes.clone().scatter(odd.arg_true(), pl.Series([answer[0] for answer in answers], dtype=pl.UInt8))
        mask = odd.to_arrow()
        written = pc.replace_with_mask(written, mask, pa.array([answer[1] for answer in answers], pa.string()))
        reasons = pc.replace_with_mask(reasons, mask, pa.array([answer[2] for answer in answers], pa.string()))
    numbers = codes.cast(pl.Int32).to_arrow()
    return Canonical(pa.DictionaryArray.from_arrays(numbers, pa.array(KINDS)), written, reasons)


def _answer(kind: str | None, value: str | None) -> tuple[int | None, str | None, str | None]:
    try:
        found, written = one(None if kind is None else Kind(kind), value or "")
    except NotThatError as problem:
        return None, None, str(problem)
    return CODES[found], written, None


def _strings(series: pl.Series) -> pa.StringArray:
    return series.to_arrow(compat_level=pl.CompatLevel.newest()).cast(pa.string())


def _fang(found: re.Match[str]) -> str:
    sign = found[0].casefold().strip(" [](){}")
    if sign.startswith("h"):
        return "http"
    return {"dot": ".", "at": "@"}.get(sign, sign)


def _looks(value: str) -> tuple[Kind, str]:
    """Read a value that nobody says the kind of."""
    if _HEX.fullmatch(value) and len(value) in _HASH_OF:
        return _HASH_OF[len(value)], value.lower()
    if _CVE.fullmatch(value):
        return Kind.CVE, value.upper()
    value = refang(value)
    if (address := _address(value)) is not None:
        return address
    before = _BEFORE_PATH.match(value)
    if _SCHEME.match(value) or (before is not None and "." in before[1]):
        return _url(Kind.URL, value)
    if "@" in value:
        return _email(Kind.EMAIL, value)
    if _DOT.search(value):
        return _domain(Kind.DOMAIN, value)
    raise NotThatError("neither an address, a domain, a URL, an e-mail address, a hash nor a CVE")


def _address(value: str) -> tuple[Kind, str] | None:
    """Read an address or a network; None where it looks like neither. A port behind it is dropped."""
    if len(value) > _LONGEST_ADDRESS:
        return None
    try:
        if (found := _IPV4.fullmatch(value)) is not None:
            _check_port(found[3])
            return _ipv4(IPv4Address(found[1]), _IPV4_BITS if found[2] is None else int(found[2]))
        if (found := _IPV6.fullmatch(value)) is None or ("[" in value) != ("]" in value):
            return None
        _check_port(found[2])
        address, bits = IPv6Address(found[1]), _IPV6_BITS if found[3] is None else int(found[3])
    except AddressValueError as problem:
        raise NotThatError("not an address: a part of it is out of range or too many") from problem
    mapped = address.ipv4_mapped
    if mapped is not None and bits >= _MAPPED_BITS:
        return _ipv4(mapped, bits - _MAPPED_BITS)
    if bits > _IPV6_BITS:
        raise NotThatError("not a network: an IPv6 address has 128 bits")
    if bits == _IPV6_BITS:
        return Kind.IPV6, str(address)
    return Kind.IPV6, str(IPv6Network((int(address), bits), strict=False))


def _ipv4(address: IPv4Address, bits: int) -> tuple[Kind, str]:
    if bits > _IPV4_BITS:
        raise NotThatError("not a network: an IPv4 address has 32 bits")
    if bits == _IPV4_BITS:
        return Kind.IPV4, str(address)
    return Kind.IPV4, str(IPv4Network((int(address), bits), strict=False))


def _check_port(port: str | None) -> None:
    if port and int(port) > _HIGHEST_PORT:
        raise NotThatError(f"not a port: higher than {_HIGHEST_PORT}")


def _said_address(_kind: Kind, value: str) -> tuple[Kind, str]:
    found = _address(refang(value))
    if found is None:
        raise NotThatError("not an IP address or network")
    return found


def _domain(_kind: Kind, value: str) -> tuple[Kind, str]:
    value = refang(value)
    if (address := _address(value)) is not None:
        return address
    if (found := _PORT.fullmatch(value)) is not None:
        _check_port(found[2])
        value = found[1]
    name = _host(value.removeprefix("*").removeprefix("."))
    if "." not in name:
        raise NotThatError("not a domain: a single word")
    return Kind.DOMAIN, name


def _host(value: str) -> str:
    """Give a name in ASCII (RFC 3490), small letters, without the root's dot."""
    name = value.removesuffix(".")
    if not name.isascii():
        if len(name) > _LONGEST_DOMAIN:
            raise NotThatError(f"not a domain: longer than {_LONGEST_DOMAIN} signs")
        try:
            name = name.encode("idna").decode("ascii")
        except UnicodeError as problem:
            raise NotThatError("not a domain: signs that none may have") from problem
    name = name.lower()
    if len(name) > _LONGEST_DOMAIN:
        raise NotThatError(f"not a domain: longer than {_LONGEST_DOMAIN} signs")
    if _HOST.fullmatch(name) is None:
        raise NotThatError("not a domain: a part of it is empty, too long, or has signs that none may have")
    if "." in name and _TOP.fullmatch(name.rpartition(".")[2]) is None:
        raise NotThatError("not a domain: it ends in no top-level domain")
    return name


def _url(_kind: Kind, value: str) -> tuple[Kind, str]:
    """Normalise a URL by RFC 3986 §6.2.2 and §6.2.3; what is no scheme of the web is none here."""
    value = refang(value)
    has_scheme = _SCHEME.match(value) is not None
    found = _URL.fullmatch(value if has_scheme else f"http://{value.removeprefix('//')}")
    if found is None or ("@" in found[2] and not has_scheme):
        raise NotThatError("not a URL of http or https")
    scheme_name, authority, path, query = found[1].lower(), found[2], found[3], found[4] or ""
    host, port = _authority(authority.rpartition("@")[2])
    if port == {"http": "80", "https": "443"}[scheme_name]:
        port = ""
    path = _without_dots(_spelled(path.replace("\\", "/")))
    return Kind.URL, f"{scheme_name}://{host}{port and ':'}{port}{path}{_spelled(query)}"


def _authority(value: str) -> tuple[str, str]:
    """Part a host from its port, "" where it has none."""
    if value.startswith("["):
        address = _address(value)
        found = None if address is None else _IPV6.fullmatch(value)
        if found is None or address is None or found[3] is not None:
            raise NotThatError("not a URL: its host is no address")
        kind, written = address
        return (f"[{written}]" if kind is Kind.IPV6 else written), _port(found[2])
    host, sign, port = value.partition(":")
    if sign and not (port == "" or (port.isascii() and port.isdecimal())):
        raise NotThatError("not a URL: its port is no number")
    if not host:
        raise NotThatError("not a URL: it has no host")
    if _IPV4.fullmatch(host):
        address = _address(host)
        return ("" if address is None else address[1]), _port(port)
    return _host(host), _port(port)


def _port(digits: str | None) -> str:
    if not digits:
        return ""
    digits = digits.lstrip("0") or "0"
    if len(digits) > len(str(_HIGHEST_PORT)) or int(digits) > _HIGHEST_PORT:
        raise NotThatError(f"not a port: higher than {_HIGHEST_PORT}")
    return digits


def _spelled(text: str) -> str:
    """Percent-encode what has to be, in capitals, and nothing else."""
    return _ODD.sub(_encode, text)


def _encode(found: re.Match[str]) -> str:
    sign = found[0]
    if len(sign) > 1:
        code = int(sign[1:], 16)
        return chr(code) if code in _UNRESERVED else sign.upper()
    return "".join(f"%{byte:02X}" for byte in sign.encode())


def _without_dots(path: str) -> str:
    """Remove ``.`` and ``..`` as RFC 3986 §5.2.4 does; never above the root."""
    if "/." not in path:
        return path if path.startswith("/") else f"/{path}"
    kept: list[str] = []
    parts = path.split("/")[1:]
    for part in parts:
        if part == "..":
            del kept[-1:]
        elif part != ".":
            kept.append(part)
    if parts[-1] in {".", ".."}:
        kept.append("")
    return "/" + "/".join(kept)


def _email(_kind: Kind, value: str) -> tuple[Kind, str]:
    local, _, host = refang(value).lower().removeprefix("mailto:").rpartition("@")
    if _LOCAL.fullmatch(local) is None:
        raise NotThatError("not an e-mail address: nobody stands before its @")
    name = _host(host)
    if "." not in name:
        raise NotThatError("not an e-mail address: its domain is a single word")
    return Kind.EMAIL, f"{local}@{name}"


def _hash(kind: Kind, value: str) -> tuple[Kind, str]:
    if not _HEX.fullmatch(value) or len(value) != HEX_DIGITS[kind]:
        raise NotThatError(f"not {kind}: that has {HEX_DIGITS[kind]} digits of 0 to 9 and a to f")
    return kind, value.lower()


def _cve(kind: Kind, value: str) -> tuple[Kind, str]:
    if not _CVE.fullmatch(value):
        raise NotThatError("not a CVE: it is written CVE-2024-12345")
    return kind, value.upper()


def _as_it_is(kind: Kind, value: str) -> tuple[Kind, str]:
    return kind, value


_READERS: Final[Mapping[Kind, Callable[[Kind, str], tuple[Kind, str]]]] = {
    Kind.IPV4: _said_address,
    Kind.IPV6: _said_address,
    Kind.DOMAIN: _domain,
    Kind.URL: _url,
    Kind.EMAIL: _email,
    **dict.fromkeys(HASHES, _hash),
    Kind.CVE: _cve,
    **dict.fromkeys((Kind.USER_AGENT, Kind.FILE_NAME, Kind.FILE_PATH, Kind.REGISTRY_KEY, Kind.MUTEX), _as_it_is),
    **WEAK,
}
