"""What each role may do, and which calls leave a line in the audit log."""

import re
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from service.storage.audit import Who
from service.storage.tokens import ROLES, Role
from service.text import plain

_INTAKE = {("POST", "/v1/emails"), ("GET", "/readyz"), ("GET", "/metrics")}
_ASKING = {"/v1/questions", "/v1/check", "/search", "/ask"}  # sent by POST, and nothing is decided by them
_AGENTS = (*_ASKING, "/v1/emails", "/inbox/", "/tickets/", "/v1/tickets/", "/name")
_SAFE = ("GET", "HEAD", "OPTIONS")
_OPERATORS_READ = ("/audit",)
_SOURCES = ("/email", "/source")  # the mail as it came, with nothing masked
_OWN_LINE = re.compile(  # erasures, moves and closed incidents write theirs in their transaction, whichever door they come through
    r"/v1/people/.*|/v1/releases/(?:rollback|[^/]+/activate)|/releases/(?:rollback|move)|/incidents/[^/]+/close", re.S
)


@dataclass(frozen=True)
class Actor:
    """Who calls. `named` tells that a token says so; where no token was ever made, whoever reaches the service is its operator."""

    name: str
    role: Role
    named: bool = True

    @property
    def who(self) -> Who:
        """The same, as the audit log has it."""
        return Who(self.name, self.role)

    def signs(self, given: str) -> str:
        """Return who is written beside a change: the token's name, and after it the name that was given where that is another."""
        given = plain.line(given, 200)
        if not self.named:
            return given or self.name
        return f"{self.name} (as {given})" if given and given != self.name else self.name

    def reviewer(self, given: str | None) -> str | None:
        """Return who decided about a ticket: as above, and where no token says who it is, the name that was given, or None."""
        return self.signs(given or "") if self.named else given

    def may(self, role: Role) -> bool:
        """Tell whether this one may do what a role may."""
        return ROLES.index(self.role) >= ROLES.index(role)


def anybody() -> Actor:
    """Return who calls where no token was ever made."""
    return Actor("console", "operator", named=False)


async def _acting(request: Request) -> Actor:
    actor: Actor = request.scope.get("actor") or anybody()
    return actor


Acting = Annotated[Actor, Depends(_acting)]


def needed(method: str, path: str) -> Role:
    """Return the least role that a call needs. A change that nobody thought of here is the operator's."""
    if (method, path) in _INTAKE:
        return "intake"
    if method in _SAFE:
        return "operator" if path.startswith(_OPERATORS_READ) else "agent"
    return "agent" if method != "DELETE" and path.startswith(_AGENTS) else "operator"


def recorded(method: str, path: str) -> bool:
    """Tell whether the door writes a line for a call: every change that somebody decides, and every look at a mail as it came."""
    if method in _SAFE:
        return path.startswith(("/v1/tickets/", "/tickets/")) and path.endswith(_SOURCES)
    return path not in _ASKING and path != "/v1/emails" and not _OWN_LINE.fullmatch(path)
