"""Whether the service may be opened at all where it is to be served."""

from sqlalchemy import Engine

from service import logs
from service.settings import Settings
from service.storage import tokens

SHORTEST = 16  # characters of a token that may stand at an open door


class OpenDoor(Exception):
    """The service would be open to others without a token, or with one that can be guessed. The message says what to do."""


def see_to(settings: Settings, engine: Engine) -> None:
    """See that an address which others reach asks for a token. Raises OpenDoor unless the settings insist."""
    if settings.is_loopback:
        return
    given = settings.api_token.get_secret_value() if settings.api_token else None
    if given is not None and len(given) < SHORTEST:
        raise OpenDoor(f"PROOFDESK_API_TOKEN has {len(given)} characters: on {settings.host}, which others reach, it needs {SHORTEST}")
    if given is None and not tokens.made(engine).ever:
        if not settings.allow_open:
            raise OpenDoor(
                f"on {settings.host} others reach the service, and nobody would need a token: make one (proofdesk token add NAME --role operator), "
                "set PROOFDESK_API_TOKEN, or insist with --allow-open"
            )
        logs.warn("doors.open", host=settings.host)
