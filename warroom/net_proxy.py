"""The proxy by which we go out, where the operator names one."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

import httpcore

from warroom.errors import UsageError
from warroom.net_addresses import ANYWHERE, Network, networks
from warroom.net_streams import Backend, Pace
from warroom.secret_file import read_secret

if TYPE_CHECKING:
    import ssl

    from warroom.settings import Settings

_USUAL_PORT: Final = 3128


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy; it need not be at a public address.

    Args:
        host: its name or address.
        port: where it listens.
        login: a user's name and password, none where it asks for none.
        domains: what is asked without it, with everything below.
        known: addresses and networks that are asked without it.
    """

    host: str
    port: int
    login: tuple[str, str] | None = field(default=None, repr=False)
    domains: tuple[str, ...] = ()
    known: tuple[Network, ...] = ()

    def serves(self, host: str) -> bool:
        """Whether a host is asked by the proxy."""
        name = host.rstrip(".").lower()
        try:
            address = ip_address(name)
        except ValueError:
            return not any(name == domain or name.endswith(f".{domain}") for domain in self.domains)
        return not any(address in network for network in self.known if network.version == address.version)

    def environment(self) -> dict[str, str]:
        """Give the variables by which libraries that connect by themselves know it; they hold the password."""
        login = f"{quote(self.login[0], safe='')}:{quote(self.login[1], safe='')}@" if self.login else ""
        url = f"http://{login}{self._netloc}"
        return {"http_proxy": url, "https_proxy": url, "no_proxy": ",".join([*self.domains, *map(str, self.known)])}

    def pool(self, trust: ssl.SSLContext, pace: Pace) -> httpcore.HTTPProxy:
        """Give connections by the proxy: a tunnel to what is asked by https, handing on what is asked by http."""
        login = self.login and (self.login[0].encode(), self.login[1].encode())
        return httpcore.HTTPProxy(
            f"http://{self._netloc}", proxy_auth=login, ssl_context=trust, network_backend=Backend(ANYWHERE, pace)
        )

    @property
    def _netloc(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def proxy_from(settings: Settings) -> Proxy | None:
    """Give the proxy that the settings name; None where they name none.

    Raises:
        UsageError: the setting is no address of a proxy, or its password cannot be had.
    """
    if not settings.proxy:
        return None
    try:
        parts = urlsplit(settings.proxy)
        port = parts.port or _USUAL_PORT
    except ValueError:
        parts, port = urlsplit(""), 0
    rest = parts.username is not None or parts.path.strip("/") or parts.query or parts.fragment
    if parts.scheme != "http" or not parts.hostname or rest:
        # not shown: a password may stand in it
        raise UsageError(
            "WARROOM_PROXY: write http://host:port; who we are goes into WARROOM_PROXY_USER and _PASSWORD_FILE"
        )
    password = ""
    if settings.proxy_password_file is not None:
        password = read_secret(settings.proxy_password_file)
    elif settings.proxy_password is not None:
        password = settings.proxy_password.get_secret_value()
    if bool(settings.proxy_user) != bool(password) or ":" in settings.proxy_user:
        raise UsageError("WARROOM_PROXY_USER and its password go together, and no user's name has a colon")
    domains, known = _excepted(settings.proxy_except)
    login = (settings.proxy_user, password) if password else None
    return Proxy(parts.hostname, port, login, domains, known)


def _excepted(text: str) -> tuple[tuple[str, ...], tuple[Network, ...]]:
    entries = [one.strip().lower() for one in text.split(",") if one.strip()]
    numeric = [one for one in entries if ":" in one or not one.strip("0123456789./")]
    domains = tuple(one.strip(".").removeprefix("*.") for one in entries if one not in numeric)
    if wrong := [one for one in domains if not one or not one.isascii() or "/" in one or "*" in one]:
        raise UsageError(f"WARROOM_PROXY_EXCEPT: {wrong[0]!r} is no domain: write names and networks, by commas")
    return domains, networks(",".join(numeric), "WARROOM_PROXY_EXCEPT")
