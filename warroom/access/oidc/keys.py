"""The provider's public keys: only such as sign, strong enough, each for its own algorithms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from warroom.access.oidc.problems import ProviderDownError

_RSA: Final = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"})
_CURVES: Final = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}
#: Signatures that are believed. No `none`; nothing keyed with a secret, for which a public key could be passed off.
ALGORITHMS: Final = _RSA | frozenset(_CURVES.values())
#: Bits of an RSA key: fewer are broken, more take long.
_RSA_BITS: Final = range(2048, 8193)
_MOST_KEYS: Final = 100
_LONGEST_MEMBER: Final = 2048


@dataclass(frozen=True, slots=True)
class PublicKey:
    """One key that the provider lists."""

    kid: str | None
    algorithms: frozenset[str]
    key: RSAKey | ECKey

    def signs(self, kid: str | None, algorithm: str) -> bool:
        """Whether a token that names this key (or none) is signed with it by that algorithm."""
        return algorithm in self.algorithms and kid in {None, self.kid}


def public_keys(jwks: Mapping[str, object]) -> list[PublicKey]:
    """Read a JWK set (RFC 7517); keys that are not for signatures of ours are left out.

    Raises:
        ProviderDownError: it is no JWK set.
    """
    listed = jwks.get("keys")
    if not isinstance(listed, list):
        raise ProviderDownError("the provider's keys are no JWK set")
    return [key for one in listed[:_MOST_KEYS] if isinstance(one, dict) for key in _read(one)]


def _read(told: Mapping[str, object]) -> Iterator[PublicKey]:
    kid, kind = told.get("kid"), told.get("kty")
    if told.get("use", "sig") != "sig" or not (kid is None or isinstance(kid, str)):
        return
    try:
        # Of what is listed only the public members are taken over.
        if kind == "RSA":
            rsa = RSAKey.import_key({"kty": "RSA", **_members(told, "n", "e")})
            fitting = _RSA if rsa.public_key.key_size in _RSA_BITS else frozenset[str]()
            key: RSAKey | ECKey = rsa
        elif kind == "EC":
            key = ECKey.import_key({"kty": "EC", **_members(told, "crv", "x", "y")})
            fitting = frozenset({_CURVES.get(str(told["crv"]), "")}) & ALGORITHMS
            _ = key.public_key  # read now: whether the point is on the curve
        else:
            return
    except (JoseError, ValueError, KeyError, TypeError):
        return
    if (only := told.get("alg")) is not None:
        fitting &= {str(only)}
    if fitting:
        yield PublicKey(kid, frozenset(fitting), key)


def _members(told: Mapping[str, object], *names: str) -> dict[str, str]:
    members = {name: told[name] for name in names}
    if not all(isinstance(member, str) and len(member) <= _LONGEST_MEMBER for member in members.values()):
        raise ValueError("no member of a key")
    return {name: str(member) for name, member in members.items()}
