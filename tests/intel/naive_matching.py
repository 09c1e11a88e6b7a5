"""What matching has to find, the plain way: every value is compared with every indicator."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping

from warroom.intel import canonical

_ADDRESSES = ("source_ip", "destination_ip", "source_address", "destination_address", "url_domain")
_NAMES = ("url_domain", "dns_question_name", "destination_address", "source_address")
_DIGITS = {32: "md5", 40: "sha1", 56: "sha224", 64: "sha256", 96: "sha384", 128: "sha512"}


def hits(rows: Iterable[Mapping[str, str | None]], listed: Iterable[tuple[str, str]]) -> set[tuple[int, str, str]]:
    """Give (row, kind, value) of all that is listed."""
    known = list(listed)
    return {
        (number, kind, value)
        for number, row in enumerate(rows)
        for kind, value in known
        if any(_is(kind, value, row) for _ in (0,))
    }


def _is(kind: str, value: str, row: Mapping[str, str | None]) -> bool:
    if kind in ("ipv4", "ipv6"):
        return any(_within(text, value) for text in _addresses(row))
    if kind == "domain":
        return any(name == value or name.endswith(f".{value}") for name in _names(row))
    if kind == "url":
        return any(url.partition(":")[2] == value.partition(":")[2] for url in _urls(row))
    if kind == "email":
        return any(address == value for address in _mailboxes(row))
    if kind == "user_agent":
        return value == (row.get("user_agent_original") or "").strip()
    return (kind, value) in {
        (_DIGITS.get(len(run)), run.lower())
        for name in ("file_hash_sha256", "Hashes")
        for run in re.split(r"[^0-9a-fA-F]+", row.get(name) or "")
    }


def _addresses(row: Mapping[str, str | None]) -> Iterator[str]:
    yield from (_bare(name, text) for name in _ADDRESSES if (text := row.get(name)))
    for name in ("url_original", "http_request_referrer"):
        host = _host(row.get(name) or "")
        if host:
            yield host


def _bare(name: str, text: str) -> str:
    """Leave out a port, and the brackets of an IPv6 address."""
    if name not in ("url_domain", "source_address", "destination_address"):
        return text
    inner, sign, port = text.rpartition(":")
    if sign and port.isascii() and port.isdigit() and len(port) <= 5 and ":" not in inner.partition("[")[0]:
        text = inner if inner.startswith("[") == inner.endswith("]") else text
    return text[1:-1] if text.startswith("[") and text.endswith("]") else text


def _within(text: str, network: str) -> bool:
    try:
        address = ipaddress.ip_address(text.partition("%")[0] if text.partition("%")[2] else text)
    except ValueError:
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    return address in ipaddress.ip_network(network)


def _names(row: Mapping[str, str | None]) -> Iterator[str]:
    texts = [_bare(name, text) for name in _NAMES if (text := row.get(name))]
    texts += [_host(row.get(name) or "") for name in ("url_original", "http_request_referrer")]
    for text in texts:
        name = text.lower().removesuffix(".")
        try:
            yield name if name.isascii() else name.encode("idna").decode()
        except UnicodeError:
            continue


def _host(text: str) -> str:
    for scheme in ("http://", "https://"):
        if text.lower().startswith(scheme):
            text = text[len(scheme) :]
            break
    authority = re.split(r"[/?#\\]", text, maxsplit=1)[0].rpartition("@")[2]
    if authority.startswith("["):
        return authority[1:].partition("]")[0]
    return authority.rpartition(":")[0] if ":" in authority else authority


def _urls(row: Mapping[str, str | None]) -> Iterator[str]:
    original, host = row.get("url_original"), row.get("url_domain")
    texts = [original, row.get("http_request_referrer")]
    if host is not None and (not original or original.startswith("/")):
        path, query = row.get("url_path") or "/", row.get("url_query")
        behind = original or (f"{path}?{query}" if query else path)
        scheme = "https" if host.endswith(":443") else "http"
        texts.append(f"{scheme}://{host}{behind if behind.startswith('/') else '/' + behind}")
    for text in texts:
        if text and text.lower().startswith(("http://", "https://")):
            try:
                yield canonical.one(canonical.Kind.URL, text)[1]
            except canonical.NotThatError:
                continue


def _mailboxes(row: Mapping[str, str | None]) -> Iterator[str]:
    for name in ("user_name", "from"):
        for piece in re.split(r"[\s\"<>(),:;\[\]\\]+", row.get(name) or ""):
            local, sign, host = piece.rpartition("@")
            if sign and "@" not in local and local:
                yield f"{local.lower()}@{host.lower().removesuffix('.')}"
