"""Signing in through an OpenID Connect provider, and asking it again as long as somebody is signed in."""

from __future__ import annotations

from warroom.access.oidc.config import OidcConfig, config_from
from warroom.access.oidc.flow import LIFETIME_SECONDS, Errand, begin, finish
from warroom.access.oidc.last_administrator import kept_administrator
from warroom.access.oidc.logout import end_noticed, farewell
from warroom.access.oidc.problems import NotVouchedError, ProviderDownError
from warroom.access.oidc.provider import Provider
from warroom.access.oidc.recheck import LOOK_SECONDS, end_all, recheck
from warroom.access.oidc.signing_in import Refused, note_refused, sign_in

__all__ = [
    "LIFETIME_SECONDS",
    "LOOK_SECONDS",
    "Errand",
    "NotVouchedError",
    "OidcConfig",
    "Provider",
    "ProviderDownError",
    "Refused",
    "begin",
    "config_from",
    "end_all",
    "end_noticed",
    "farewell",
    "finish",
    "kept_administrator",
    "note_refused",
    "recheck",
    "sign_in",
]
