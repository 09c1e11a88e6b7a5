"""The fields of the wizard for a new feed, and what each changes in the feed's YAML."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, cast

import streamlit as st

from warroom.catalog.feed_text import listed, scalar, with_key, with_line, with_section
from warroom.console import onboarding_panel
from warroom.console.onboarding_panel import kind_title
from warroom.console.screens.platforms import seen_platforms

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from warroom.console.room import Room

YAML: Final = "feed_yaml"
ID: Final = "feed_id"
PLATFORM: Final = "feed_platform"
KIND: Final = "feed_kind"
TRANSPORT: Final = "feed_transport"
#: Of each transport the keys that most feeds of it need, with an example; every other key is written into the YAML.
#: An example in brackets is a list, which people write with commas between.
KEYS: Final[Mapping[str, Mapping[str, str]]] = {
    "file": {"paths": "[/var/log/nginx/access.log*]"},
    "syslog": {"listen": "0.0.0.0:6514", "protocol": "udp | tcp | tls | relp", "senders": "[10.1.0.0/16]",
               "hosts": "[web-*]", "programs": "[sshd]", "certificate": "/etc/warroom/tls/server.pem",
               "key": "/etc/warroom/tls/server.key", "clients": "/etc/warroom/tls/senders-ca.pem"},
    "push": {"token_env": "KYC_TOKEN", "hmac_env": "KYC_HMAC", "clients": "[kyc1.example.go.th]"},
    "pull": {"url": "https://api.example.go.th/v1/logs", "records": "/items", "page": "cursor | link | number | offset",
             "since_parameter": "since", "since_field": "ts", "auth": "bearer | basic | header | oauth2",
             "secret_env": "API_SECRET"},
    "kafka": {"brokers": "[kafka1.example.go.th:9092]", "topics": "[authn]", "start": "earliest", "tls": "true",
              "sasl": "scram-sha-512", "user": "warroom", "password_env": "KAFKA_PASSWORD"},
    "s3": {"bucket": "waf-logs", "prefix": "AWSLogs/", "region": "ap-southeast-7",
           "endpoint": "https://s3.example.go.th", "access_key": "AKIA…", "secret_key_env": "S3_SECRET"},
    "table": {"host": "db.example.go.th", "port": "5432", "database": "app", "table": "public.audit", "key": "id",
              "user": "warroom", "password_env": "DB_PASSWORD"},
    "evtx": {"paths": "[/srv/evtx/*.evtx]"},
}  # fmt: skip
ZONES: Final = ("Asia/Bangkok", "UTC")
ERAS: Final = ("buddhist", "common")
ENVELOPES: Final = ("syslog", "docker", "cri")
_LONGEST: Final = 2_000
_A_ROW: Final = 3
_GENERIC: Final = re.compile(r"^  format: (?:jsonl|csv|kv|pattern|syslog)\s*$", re.MULTILINE)
#: What a kind of log gives its feeds need not stand in them.
_OF_THE_KIND: Final = ("title", "logsource")


def show_fields(room: Room) -> None:
    """Show the fields; what is changed in one is changed in the YAML, and nothing else there."""
    words = room.words
    platforms, kinds = list(seen_platforms(room)), [*onboarding_panel.log_sources()]
    left, right = st.columns(2, gap="small")
    with left:
        st.selectbox(
            words("wizard.platform"), platforms, key=PLATFORM, index=None, format_func=room.platform,
            placeholder=words("wizard.choose"), on_change=_apply, args=(_platform,),
        )  # fmt: skip
    with right:
        st.selectbox(
            words("wizard.kind"), kinds, key=KIND, index=None, format_func=lambda one: kind_title(one, words),
            placeholder=words("wizard.no_kind"), on_change=_apply, args=(_kind,),
        )  # fmt: skip
    _parse_fields(room)
    left, right = st.columns(2, gap="small")
    with left:
        st.text_input(words("wizard.id"), key=ID, max_chars=63, placeholder="platform_kind")
    with right:
        st.selectbox(
            words("wizard.transport"), list(KEYS), key=TRANSPORT, on_change=_apply, args=(_collect,),
            format_func=lambda one: words(f"wizard.by_{one}"),
        )  # fmt: skip
    _transport_fields()


def _parse_fields(room: Room) -> None:
    words = room.words
    (zone, era), (envelope, proxies) = st.columns(2, gap="small"), st.columns(2, gap="small")
    with zone:
        st.selectbox(words("wizard.zone"), ZONES, key="feed_timezone", accept_new_options=True,
                     on_change=_apply, args=(_parse_key("timezone"),))  # fmt: skip
    with era:
        st.selectbox(words("wizard.era"), ERAS, key="feed_era", index=None, placeholder=words("wizard.itself"),
                     format_func=lambda one: words(f"wizard.era_{one}"),
                     on_change=_apply, args=(_parse_key("era"),))  # fmt: skip
    with envelope:
        st.selectbox(words("wizard.envelope"), ENVELOPES, key="feed_envelope", index=None,
                     placeholder=words("wizard.nothing"), on_change=_apply, args=(_parse_key("envelope"),))  # fmt: skip
    with proxies:
        st.text_input(words("wizard.proxies"), key="feed_proxies", max_chars=_LONGEST, placeholder="10.0.0.0/8",
                      on_change=_apply, args=(_proxies,))  # fmt: skip


def _transport_fields() -> None:
    """Show a transport's keys under their own names, three a row: they are what stands in the file."""
    transport = st.session_state[TRANSPORT]
    keys = list(KEYS[transport].items())
    for start in range(0, len(keys), _A_ROW):
        row = keys[start : start + _A_ROW]
        for column, (key, example) in zip(st.columns(min(_A_ROW, len(keys)), gap="small"), row, strict=False):
            with column:
                st.text_input(key, key=_place(transport, key), max_chars=_LONGEST, placeholder=example.strip("[]"),
                              on_change=_apply, args=(_collect_key(key, example),))  # fmt: skip


def apply_all(text: str) -> str:
    """Put what stands in all fields into a YAML that was proposed."""
    for change in (_platform, _kind, _collect, _proxies):
        text = change(text)
    for key in ("era", "envelope"):
        if st.session_state.get(f"feed_{key}"):
            text = _parse_key(key)(text)
    zone = st.session_state.get("feed_timezone")
    return _parse_key("timezone")(text) if zone and zone != ZONES[0] else text


def _apply(change: Callable[[str], str]) -> None:
    """Change the YAML that is on the screen; what was not proposed yet gets all of the fields then."""
    if (text := st.session_state.get(YAML, "")).strip():
        st.session_state[YAML] = change(text)
    _name()


def renew() -> None:
    """Bring YAML and name in line with what the address says."""
    for change in (_platform, _kind):
        _apply(change)


def _name() -> None:
    """Name the feed after its platform and kind, unless a person named it."""
    platform, kind = st.session_state.get(PLATFORM), st.session_state.get(KIND)
    named = st.session_state.get(ID, "")
    if platform and kind and named in ("", st.session_state.get("feed_named", "")):
        st.session_state[ID] = st.session_state["feed_named"] = f"{platform}_{kind}"[:63]


def _platform(text: str) -> str:
    chosen = st.session_state.get(PLATFORM)
    return with_line(text, "platform", chosen) if chosen else text


def _kind(text: str) -> str:
    """Name the kind of log, which gives the title, and the log source where the format has none of its own."""
    chosen = st.session_state.get(KIND)
    text = with_line(text, "log_source", chosen, after="platform")
    if chosen:
        for name in _OF_THE_KIND if _GENERIC.search(text) else _OF_THE_KIND[:1]:
            text = with_line(text, name, None)
    return text


def _collect(text: str) -> str:
    """Begin the section anew: another way has other keys."""
    transport = cast("str", st.session_state[TRANSPORT])
    values = {"transport": transport}
    for key, example in KEYS[transport].items():
        said = (st.session_state.get(_place(transport, key)) or "").strip()
        if said:
            values[key] = _written(said, example)
    return with_section(text, "collect", values)


def _proxies(text: str) -> str:
    said = _parts(st.session_state.get("feed_proxies") or "")
    return with_key(text, "parse", "proxies", listed(said) if said else None)


def _parse_key(key: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        said = st.session_state.get(f"feed_{key}")
        return with_key(text, "parse", key, scalar(str(said)) if said else None)

    return change


def _parts(said: str) -> list[str]:
    return [one for one in re.split(r"[,\s]+", said) if one]


def _collect_key(key: str, example: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        said = (st.session_state.get(_place(st.session_state[TRANSPORT], key)) or "").strip()
        return with_key(text, "collect", key, _written(said, example) if said else None)

    return change


def _written(said: str, example: str) -> str:
    return listed(_parts(said)) if example.startswith("[") else scalar(said)


def _place(transport: str, key: str) -> str:
    return f"feed_key_{transport}_{key}"
