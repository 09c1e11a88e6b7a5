"""Which addresses and accounts join nobody, out of the reference and a setting."""

from __future__ import annotations

from pathlib import Path

import pytest

from warroom.catalog import Client, load_shared_networks
from warroom.errors import ContentError, UsageError


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("203.0.113.9", Client.ONE),
        ("100.64.0.1", Client.STRANGERS),
        ("100.128.0.1", Client.ONE),
        ("::ffff:100.64.0.1", Client.STRANGERS),
        ("127.0.0.1", Client.NOBODY),
        ("::1", Client.NOBODY),
        ("fe80::1", Client.NOBODY),
        ("2001:db8::1", Client.ONE),
        ("10.1.2.3", Client.ONE),  # inside an agency an address is one machine's
        ("not an address", Client.ONE),
        ("", Client.ONE),
    ],
)
def test_whom_an_address_stands_for(address: str, client: Client) -> None:
    assert load_shared_networks().client(address) is client


def test_accounts_of_every_machine_with_and_without_their_domain() -> None:
    listed = load_shared_networks()
    for name in ("SYSTEM", "system", "NT AUTHORITY\\SYSTEM", "root", "www-data", "-"):
        assert listed.has_account(name), name
    for name in ("somchai", "ROOTS", "CORP\\anan", ""):
        assert not listed.has_account(name), name


def test_networks_of_our_own_proxies_are_added_by_a_setting() -> None:
    listed = load_shared_networks("203.0.113.0/24, 2001:db8::/32")
    assert {listed.client(one) for one in ("203.0.113.9", "2001:db8::9", "100.64.0.1")} == {Client.STRANGERS}
    with pytest.raises(UsageError, match="WARROOM_SHARED_NETWORKS"):
        load_shared_networks("203.0.113.9/24")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("networks:\n  - cidr: 100.64.0.0/10\n  - cidr: 100.64.0.0/99\n", 3),
        ("nobody:\n  - why: forgotten\n", 2),
        ("accounts:\n  - why: forgotten\n", 2),
    ],
)
def test_a_fault_names_its_file_and_line(tmp_path: Path, text: str, line: int) -> None:
    file = tmp_path / "shared.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ContentError, match=rf"shared\.yaml:{line}: "):
        load_shared_networks("", file)
