"""The error tree: every failure the war room reports to a person.

    WarroomError                  one clear line: what is wrong, where, what to do
    ├── UsageError                the command was called wrongly (exit 2)
    ├── ContentError              a rule, feed or playbook file is at fault (file, line, reason)
    ├── ConflictError             the record changed or the transition is not allowed
    ├── ForbiddenError            the actor lacks a permission
    ├── NotFoundError             no such incident, feed, file
    ├── OutboundError             somebody outside may not be reached, or does not answer
    └── StoreError                the store cannot do it
        ├── LeaseError            another worker writes this data folder
        └── DiskFullError         no room left; nothing was committed

Libraries' exceptions are translated where they are caught; these are what callers see.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class WarroomError(Exception):
    """A failure with one line that says what is wrong and what to do."""


class UsageError(WarroomError):
    """The command was called wrongly."""


class ConflictError(WarroomError):
    """The record changed meanwhile, or its state does not allow the step."""


class ForbiddenError(WarroomError):
    """The actor lacks the permission; the line says which, and which roles have it."""


class NotFoundError(WarroomError):
    """There is no such record."""


class Refusal(StrEnum):
    """Why nothing was taken from outside: by this it is counted."""

    ADDRESS = "address"  # this machine, its neighbours, what is only special, or an address in disguise
    SCHEME = "scheme"  # no address of the web, or one with a user's name in it
    NAME = "name"  # nobody knows where the name is
    UNREACHABLE = "unreachable"  # nobody is there, or the connection breaks
    TLS = "tls"  # the certificate is not believed, or there is no common way to speak in private
    PROXY = "proxy"  # the proxy does not let us through
    TIME = "time"  # the time is over, or it comes too slowly
    REDIRECT = "redirect"  # it leads elsewhere, on and on, or from https to http
    TOO_LARGE = "too_large"  # the body or its headers are larger than they may be
    PACKED = "packed"  # packed though not asked for, damaged, or a bomb
    PROTOCOL = "protocol"  # it is no HTTP, or breaks off in the middle
    STATUS = "status"  # the answer's status says no
    CONTENT = "content"  # an answer that is not what it should be
    OTHER = "other"


class OutboundError(WarroomError):
    """What is outside may not be reached, does not answer, or answers with too much; ``why`` is for counting."""

    def __init__(self, message: str = "", why: Refusal = Refusal.OTHER) -> None:
        super().__init__(message)
        self.why = why


class StoreError(WarroomError):
    """The store cannot carry this out."""


class LeaseError(StoreError):
    """Another worker holds the writer's lease of this data folder."""


class DiskFullError(StoreError):
    """The volume has no room left; the batch was not committed and will be read again."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault in a content file: collected, never fatal for the other files.

    ``line`` counts from 1; 0 means the whole file.
    """

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.reason}"


class ContentError(WarroomError):
    """A content file is at fault; ``fault`` says where and why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault
