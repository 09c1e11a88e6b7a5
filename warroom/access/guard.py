"""The one check before a function acts: whether its ``actor`` has the permission that it needs."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar

from warroom.access.actor import Actor
from warroom.access.roles import Permission, roles_with
from warroom.errors import ForbiddenError

_P = ParamSpec("_P")
_R = TypeVar("_R")


@dataclass(frozen=True, slots=True)
class Guarded:
    """A function that acts, and what it needs."""

    name: str
    permission: Permission
    does: str
    call: Callable[..., Any]


#: Every guarded function that was imported, by ``module.function``: tests call each as every role, docs list them.
GUARDED: Final[dict[str, Guarded]] = {}


def needs(permission: Permission) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """Let a function run only for an actor with this permission; its parameter is named ``actor``.

    The function's other arguments are not looked at before. What it is about (an incident, an account) has a platform
    that only the function finds out: it calls ``check_platform`` then.

    Raises:
        TypeError: at import, where the function has no parameter ``actor: Actor``; at a call without one.
        ForbiddenError: at a call, where the actor lacks the permission.
    """

    def guard(function: Callable[_P, _R]) -> Callable[_P, _R]:
        name = f"{function.__module__}.{function.__qualname__}"
        place = _place_of_actor(function, name)

        @wraps(function)
        def checked(*args: _P.args, **kwargs: _P.kwargs) -> _R:
            actor = kwargs["actor"] if "actor" in kwargs else args[place] if len(args) > place else None
            if not isinstance(actor, Actor):
                raise TypeError(f"{name} acts for somebody: give it an Actor")
            check(actor, permission)
            return function(*args, **kwargs)

        does = (inspect.getdoc(function) or "").partition("\n")[0]
        GUARDED[name] = Guarded(name, permission, does, checked)
        return checked

    return guard


def check(actor: Actor, permission: Permission, platform: str | None = None) -> None:
    """Raise ForbiddenError, saying what is missing, where the actor may not do this (to this platform)."""
    if actor.can(permission, platform):
        return
    if permission in actor.permissions:
        raise ForbiddenError(f"{actor.name} is not allowed to see platform {platform}: an administrator can add it")
    if actor.scopes is not None and permission not in actor.scopes:
        raise ForbiddenError(f"the API token of {actor.name} was not made for `{permission}`: it needs that scope")
    granting = ", ".join(roles_with(permission))
    confined = "" if actor.platforms is None else " without being confined to platforms"
    raise ForbiddenError(f"{actor.name} lacks the permission `{permission}`: it comes with {granting}{confined}")


def _place_of_actor(function: Callable[..., object], name: str) -> int:
    parameters = list(inspect.signature(function).parameters.values())
    for place, parameter in enumerate(parameters):
        if parameter.name == "actor":
            if parameter.annotation not in (Actor, "Actor"):
                raise TypeError(f"{name}: the parameter `actor` is an Actor")
            keyword_only = parameter.kind is inspect.Parameter.KEYWORD_ONLY
            return len(parameters) if keyword_only else place
    raise TypeError(f"{name} has no parameter `actor`: a function that acts is told for whom")
