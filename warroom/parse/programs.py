"""What programs say within syslog: a table of who reads the messages of which program.

To join, write ``facts(program, message) -> dict[str, str | None]`` in a module of warroom/parse and name the module
beside its programs in ``READERS``. ``program`` is the tag without its process id, whole (``postfix/smtpd``); a reader
is looked up by the whole tag, then by what stands before its first slash. Keys of the answer are columns of model.CORE,
their short words in ``SHORT``, or names of fields; an empty answer says that nothing is known of the message. Numbers
are text of digits: what does not fit its column is left out. ``source_ip`` and ``destination_ip`` come by themselves
from the addresses, where they are addresses. Names of keys are the program's, never taken from the message without
bound; the message stays in ``message`` unless the answer has a better one.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Mapping
from typing import Final, cast

import pyarrow as pa

from warroom.model import CORE
from warroom.parse.address import ip_column

#: Reads one message of a program.
Reader = Callable[[str, str], Mapping[str, str | None]]

#: Program → module of warroom/parse.
READERS: Final[Mapping[str, str]] = {
    **dict.fromkeys((
        "sshd", "sshd-session", "sshd-auth", "sudo", "su", "login", "passwd", "polkitd", "useradd", "usermod",
        "userdel", "groupadd", "groupdel", "gpasswd", "adduser", "CRON", "cron", "crond", "CROND", "systemd-logind",
        "systemd", "vsftpd",
    ), "auth"),
    **dict.fromkeys(("named", "named-pkcs11", "named-sdb", "dnsmasq", "dnsmasq-dhcp"), "dns_messages"),
    **dict.fromkeys(("postfix", "dovecot"), "mail"),
    **dict.fromkeys(("mysqld", "mariadbd", "mysql", "mariadb"), "mysql_error"),
    **dict.fromkeys(("postgres", "postgresql"), "postgresql_syslog"),
    **dict.fromkeys(("chronyd", "ntpd"), "ntp_messages"),
    **dict.fromkeys(("kernel", "ulogd"), "netfilter"), "filterlog": "filterlog",
    **dict.fromkeys(("openvpn", "ovpn-server"), "openvpn"),
    **dict.fromkeys(("snort", "suricata"), "alert_fast"), **dict.fromkeys(("RT_FLOW", "RT_NAT"), "nat_translation"),
    "%": "cisco",  # %ASA-6-302013 and all others
}  # fmt: skip

#: Short words for core columns.
SHORT: Final[Mapping[str, str]] = {
    "action": "event_action", "outcome": "event_outcome", "user": "user_name", "address": "source_address",
    "port": "source_port", "reason": "event_reason", "command": "process_command_line", "id": "user_id",
}  # fmt: skip
_SIGNED_BITS: Final = {pa.int32(): 31, pa.int64(): 63}
#: More digits than that are no number.
_DIGITS: Final = 18


def read(programs: pa.Array, messages: pa.Array) -> tuple[dict[str, pa.Array], dict[str, pa.Array]]:
    """Give core columns and further fields for the messages of the programs known; null elsewhere."""
    coded = programs.dictionary_encode()
    names = coded.dictionary.to_pylist()
    readers = [None if name is None else reader_of(name) for name in names]
    if not any(readers):
        return {}, {}
    codes = coded.indices.to_pylist()
    places = [place for place, code in enumerate(codes) if code is not None and readers[code] is not None]
    columns: dict[str, list[str | None]] = {}
    for place, message in zip(places, messages.take(pa.array(places, pa.int64())).to_pylist(), strict=True):
        reader = cast("Reader", readers[codes[place]])
        for name, value in reader(names[codes[place]], message or "").items():
            if value:
                column = columns.get(name)
                if column is None:
                    column = columns[name] = [None] * len(programs)
                column[place] = value
    return columns_of(columns)


def columns_of(columns: Mapping[str, list[str | None]]) -> tuple[dict[str, pa.Array], dict[str, pa.Array]]:
    """Sort lists of text, named as readers name them, into core columns of their types and fields."""
    core: dict[str, pa.Array] = {}
    fields: dict[str, pa.Array] = {}
    for name, values in columns.items():
        column = SHORT.get(name, name)
        kind = CORE.get(column)
        if kind is None:
            fields[name] = pa.array(values, pa.string())
        elif kind in _SIGNED_BITS:
            core[column] = pa.array([_number(value, _SIGNED_BITS[kind]) for value in values], kind)
        else:
            core[column] = pa.array(values, kind)
    for end in ("source", "destination"):
        if f"{end}_address" in core and f"{end}_ip" not in core:
            core[f"{end}_ip"] = ip_column(core[f"{end}_address"])
    return core, fields


def _number(text: str | None, bits: int) -> int | None:
    if text is None or len(text) > _DIGITS or not (text.isascii() and text.isdigit()):
        return None
    number = int(text)
    return number if number < 1 << bits else None


@functools.cache
def _facts(module: str) -> Reader:
    return cast("Reader", importlib.import_module(f"warroom.parse.{module}").facts)


def reader_of(program: str) -> Reader | None:
    """Give what reads the messages of a program; None where nothing is known of it."""
    module = READERS.get(program) or READERS.get(program.partition("/")[0]) or READERS.get(program[:1])
    return None if module is None else _facts(module)
