"""A format in an envelope is found, and named as people name it: `cri+nginx`."""

from __future__ import annotations

from collections.abc import Callable

import orjson
import pytest

from warroom.errors import UsageError
from warroom.parse import Recognised, look_within
from warroom.reading import PLAIN, Options

TIME = b"2026-11-21T09:00:00.123456789Z"
ACCESS = b'192.0.2.1 - - [21/Nov/2026:09:00:00 +0700] "GET /a HTTP/1.1" 200 5 "-" "x"'
ERROR = b"2026/11/21 09:00:00 [notice] 1#1: start worker processes"
STARTED = b"/docker-entrypoint.sh: Configuration complete; ready for start up"
AUDIT = b'{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"1","stage":"ResponseComplete","verb":"get"}'


def docker(text: bytes) -> bytes:
    return orjson.dumps({"log": text.decode() + "\n", "stream": "stdout", "time": TIME.decode()})


ENVELOPES: dict[str, Callable[[bytes], bytes]] = {
    "cri": lambda text: TIME + b" stdout F " + text,
    "docker": docker,
    "syslog": lambda text: b"<190>Nov 21 09:00:00 web myapp[7]: " + text,
}


@pytest.mark.parametrize("envelope", sorted(ENVELOPES))
@pytest.mark.parametrize(
    ("texts", "inner"),
    [
        ([STARTED, ACCESS, ERROR, ACCESS, ACCESS], "nginx"),
        ([STARTED, ACCESS, ACCESS], "nginx"),
        ([STARTED, ACCESS, STARTED], ""),
        ([STARTED, STARTED], ""),
        ([b'{"a":1}', b'{"a":2}'], ""),
        ([AUDIT, AUDIT], "k8s_audit"),
    ],
)
def test_what_stands_in_an_envelope(envelope: str, texts: list[bytes], inner: str) -> None:
    found = look_within(b"".join(ENVELOPES[envelope](text) + b"\n" for text in texts))
    assert str(found) == (f"{envelope}+{inner}" if inner else envelope)
    assert Recognised.read(str(found)) == found
    assert found.options == (Options(envelope=found.envelope) if inner else PLAIN)


def test_texts_of_an_envelope_are_no_records_of_several_lines() -> None:
    assert Recognised.read("cri+nginx_error").begins is None
    assert Recognised.read("nginx_error").begins is not None


def test_envelopes_without_anything_in_them() -> None:
    assert str(look_within((TIME + b" stdout F \n") * 3)) == "cri"
    assert str(look_within(ACCESS + b"\n")) == "nginx"


@pytest.mark.parametrize(
    ("name", "reason"),
    [("ngnix", "there is no format `ngnix`"), ("cry+nginx", "there is no envelope `cry`"), ("cri+", "no format ``"),
     ("+nginx", "no envelope ``"), ("cri+cri+nginx", "no envelope `cri.cri`")],
)  # fmt: skip
def test_names_that_are_none(name: str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        Recognised.read(name)
