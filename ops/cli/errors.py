"""Errors as a user of the command line gets to read them."""

import traceback

from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from evals.recordings import RecordingError
from ingestion.collecting import NothingToIndex, SamePath
from ingestion.mail.message import NotAnEmail
from ops.cli.check import BadRow
from ops.cli.demo import OtherHelpCentre
from ops.cli.shared import BAD_INPUT, FAILED, MissingExtra, complain
from ops.release_files import BadChange
from service import settings
from service.api.doors import OpenDoor
from service.bootstrap import NOT_BUILT
from service.releases.certificate import NotGated
from service.releases.moves import CannotMove, NoWayBack
from service.releases.serving import NoDesk
from service.storage.backups import NoBackup
from service.storage.database import DatabaseError
from service.storage.erasure import NobodyNamed
from service.storage.eval_candidates import NoTicket
from service.storage.incidents import NoIncident
from service.storage.tokens import CannotToken

FORESEEN = (
    *NOT_BUILT,
    BadChange,
    BadRow,
    CannotMove,
    CannotToken,
    DatabaseError,
    MissingExtra,
    NoBackup,
    NoDesk,
    NobodyNamed,
    NoIncident,
    NotAnEmail,
    NothingToIndex,
    NoTicket,
    NoWayBack,
    OpenDoor,
    OtherHelpCentre,
    RecordingError,
    SamePath,
)


def tell(error: Exception) -> int:
    """Print what happened in one line on standard error, and return the exit code: 2 for what the user can put right, else 1."""
    if isinstance(error, ValidationError):
        faults = error.errors(include_url=False, include_input=False)
        return _say("a setting is wrong: " + "; ".join(f"{_setting(fault['loc'])}: {fault['msg']}" for fault in faults), BAD_INPUT)
    if isinstance(error, SQLAlchemyError):
        return _say(f"the database cannot be used: {getattr(error, 'orig', None) or error}", BAD_INPUT)
    if isinstance(error, NotGated):
        return _say(str(error), FAILED)
    if isinstance(error, (*FORESEEN, OSError)):
        return _say(str(error), BAD_INPUT)
    place = traceback.extract_tb(error.__traceback__)[-1]
    return _say(f"this should not have happened: {type(error).__name__} at {place.filename.rsplit('/', 1)[-1]}:{place.lineno}: {error}", FAILED)


def _setting(place: tuple[int | str, ...]) -> str:
    field = ".".join(map(str, place))
    variable = settings.variable(field)
    return field if field == variable else f"{field} ({variable})"


def _say(words: str, code: int) -> int:
    complain(words)
    return code
