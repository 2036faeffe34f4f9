"""The call that forgets a person."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import Field

from service.api.problems import Problem, responses
from service.api.roles import Acting
from service.api.routes import Here, now
from service.storage import audit, erasure
from service.wire import Wire

api = APIRouter(prefix="/v1", tags=["people"])


class Erased(Wire):
    """The receipt of an erasure."""

    id: str = Field(description="Its line in the audit log")
    at: datetime
    subject: str = Field(description="What stands for the person in the audit log: a keyed hash of the address")
    rows: dict[str, int] = Field(description="Rows erased or changed, by table")
    files: list[str] = Field(description="Files of the data directory that were deleted or changed")
    mentioned_in: list[str] = Field(description="Tickets of others whose mail holds the address; `mentions=true` erases those as well")
    left: list[str] = Field(description="What could not be reached, and what to do about it")


@api.delete("/people/{address}", summary="Forget a person", responses=responses(422))
def forget(
    house: Here,
    acting: Acting,
    address: Annotated[str, Path(pattern=r"^[^\s\x00-\x1f\x7f@<>\"/]{1,64}@[^\s\x00-\x1f\x7f@<>\"/]{1,255}$", examples=["ana@example.com"])],
    mentions: Annotated[bool, Query(description="Also erase the mail of others that holds the address")] = False,
) -> Erased:
    """Erase every row and file that holds a person, known by address: what the person sent, and what came of it. Asked again, it finds nothing."""
    settings = house.settings
    key = audit.key(settings.data_dir, settings.audit_key.get_secret_value() if settings.audit_key else None)
    try:
        return Erased(**asdict(erasure.forget(house.engine, settings.data_dir, key, address, acting.who, now(), mentions)))
    except erasure.NobodyNamed as exc:
        raise Problem(422, "invalid", str(exc)) from exc
