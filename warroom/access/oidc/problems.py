"""The two ways in which a provider does not help: it says no, or it says nothing that can be used."""

from __future__ import annotations

from warroom.errors import WarroomError


class NotVouchedError(WarroomError):
    """The provider, or a check of what it sent, says no: nobody is signed in by this."""


class ProviderDownError(WarroomError):
    """The provider cannot be reached, or does not answer as a provider does: it may be asked again later."""
