"""By a proxy everything goes out that it serves, and nothing that we can judge ourselves goes where it may not."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
from collect.authority import Authority
from loopback import plain, serving
from proxying import Seen, proxying

from warroom.errors import OutboundError, Refusal, UsageError
from warroom.net import Connector, Proxy, networks, proxy_from
from warroom.settings import Settings

LOGIN = "Basic d2Fycm9vbTpvZi1vdXJz"  # warroom:of-ours


def of(seen: Seen, **more: object) -> Proxy | None:
    return proxy_from(Settings(proxy=seen.url, **more))


def test_names_are_looked_up_by_the_proxy_which_need_not_be_public() -> None:
    with serving({"/list": plain(b"list")}) as (url, asked), proxying() as seen:
        seen.names["feeds.example"] = "127.0.0.1"
        port = url.rpartition(":")[2]
        connector = Connector(proxy=of(seen))
        assert connector.get(f"http://feeds.example:{port}/list").body == b"list"
    assert seen.asked == [("GET", f"http://feeds.example:{port}/list")]
    assert [path for path, _ in asked] == ["/list"]


def test_https_goes_by_a_tunnel_and_the_certificate_is_the_servers(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "authority")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(authority.issue("server", "feeds.example"))
    trust = ssl.create_default_context(cafile=str(authority.ca))
    with serving({"/": plain(b"private")}, tls) as (url, _), proxying() as seen:
        seen.names |= {"feeds.example": "127.0.0.1", "other.example": "127.0.0.1"}
        port = url.rpartition(":")[2]
        connector = Connector(trust=trust, proxy=of(seen))
        done = connector.download(f"https://feeds.example:{port}/", tmp_path / "body", secrets={"x-key": "of-ours"})
        assert (done.status, (tmp_path / "body").read_bytes()) == (200, b"private")
        assert seen.asked == [("CONNECT", f"feeds.example:{port}")]
        with pytest.raises(OutboundError, match="certificate") as told:
            connector.get(f"https://other.example:{port}/")
        assert told.value.why == Refusal.TLS


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::1]/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://localhost/",
        "https://any.localhost./",
    ],
)
def test_addresses_that_may_not_be_reached_are_not_asked_of_the_proxy(url: str) -> None:
    with proxying() as seen:
        with pytest.raises(OutboundError, match="may not be reached") as told:
            Connector(proxy=of(seen)).get(url)
        assert told.value.why == Refusal.ADDRESS
    assert seen.asked == []


def test_a_redirect_to_such_an_address_is_not_followed() -> None:
    with serving({"/": plain(b"", 302, location="http://192.168.1.1/admin")}) as (url, _), proxying() as seen:
        seen.names["feeds.example"] = "127.0.0.1"
        with pytest.raises(OutboundError, match=r"192\.168\.1\.1"):
            Connector(proxy=of(seen)).get(url.replace("127.0.0.1", "feeds.example"))
    assert len(seen.asked) == 1


def test_an_address_of_ipv6_is_told_to_be_none_for_a_proxy() -> None:
    with proxying() as seen:
        with pytest.raises(OutboundError, match="give its name") as told:
            Connector(proxy=of(seen)).get("http://[2001:4860:4860::8888]/")
        assert told.value.why == Refusal.PROXY


def test_who_we_are_is_told_to_the_proxy_alone(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("of-ours\n")
    secret.chmod(0o600)
    with serving({"/": plain(b"x")}) as (there, asked), proxying() as seen:
        seen.login, seen.names["feeds.example"] = LOGIN, "127.0.0.1"
        url = there.replace("127.0.0.1", "feeds.example")
        ours = of(seen, proxy_user="warroom", proxy_password_file=secret)
        assert "of-ours" not in repr(ours)
        assert Connector(proxy=ours).get(url).body == b"x"
        assert seen.logins == {LOGIN}
        assert "proxy-authorization" not in asked[0][1]
        for scheme in ("http", "https"):
            with pytest.raises(OutboundError) as told:
                Connector(proxy=of(seen)).get(url.replace("http", scheme))
            assert told.value.why == Refusal.PROXY


@pytest.mark.parametrize("status", [403, 502])
def test_a_tunnel_that_is_refused_is_told(status: int) -> None:
    with proxying() as seen:
        seen.refuses = status
        with pytest.raises(OutboundError, match=f"does not let us through: '{status}") as told:
            Connector(proxy=of(seen)).get("https://feeds.example/")
        assert told.value.why == Refusal.PROXY


def test_a_proxy_that_is_not_there_is_told() -> None:
    with proxying() as seen:
        pass
    with pytest.raises(OutboundError) as told:
        Connector(proxy=of(seen)).get("https://feeds.example/")
    assert told.value.why == Refusal.UNREACHABLE


def test_what_is_excepted_is_asked_directly_and_judged_as_ever() -> None:
    with serving({"/": plain(b"x")}) as (url, asked), proxying() as seen:
        ours = of(seen, proxy_except="localhost, 127.0.0.0/8 ,10.0.0.1")
        assert Connector(networks("127.0.0.1"), proxy=ours).get(url).body == b"x"
        assert Connector(networks("127.0.0.1"), proxy=ours).get(url.replace("127.0.0.1", "localhost")).body == b"x"
        with pytest.raises(OutboundError, match="may not be reached"):
            Connector(proxy=ours).get(url)
    assert (len(asked), seen.asked) == (2, [])


def test_which_hosts_are_excepted() -> None:
    proxy = proxy_from(Settings(proxy="http://proxy.example", proxy_except="corp.example, *.misp.example, fd00::/8"))
    assert proxy is not None
    assert (proxy.host, proxy.port) == ("proxy.example", 3128)
    for host in ("corp.example", "a.CORP.example.", "misp.example", "x.misp.example", "fd00::1"):
        assert not proxy.serves(host)
    for host in ("notcorp.example", "corp.example.org", "example", "10.0.0.1", "fe00::1"):
        assert proxy.serves(host)


@pytest.mark.parametrize(
    "given",
    [
        {"proxy": "proxy.example:3128"},
        {"proxy": "https://proxy.example:3128"},
        {"proxy": "socks5://proxy.example"},
        {"proxy": "http://user:of-ours@proxy.example:3128"},
        {"proxy": "http://proxy.example:99999"},
        {"proxy": "http://proxy.example/path"},
        {"proxy": "http://"},
        {"proxy": "http://proxy.example", "proxy_user": "warroom"},
        {"proxy": "http://proxy.example", "proxy_user": "war:room", "proxy_password": "of-ours"},
        {"proxy": "http://proxy.example", "proxy_password": "of-ours"},
        {"proxy": "http://proxy.example", "proxy_except": "*.*.example"},
        {"proxy": "http://proxy.example", "proxy_except": "10.0.0.0/33"},
    ],
)
def test_settings_that_are_none(given: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="WARROOM_PROXY") as told:
        proxy_from(Settings(**given))
    assert "of-ours" not in str(told.value)


def test_a_password_that_others_may_read_is_none(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("of-ours")
    secret.chmod(0o644)
    with pytest.raises(UsageError, match="chmod 600"):
        proxy_from(Settings(proxy="http://proxy.example", proxy_user="warroom", proxy_password_file=secret))


def test_without_the_setting_there_is_none() -> None:
    assert proxy_from(Settings()) is None
