"""The ticket contract: what one support email becomes."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic.alias_generators import to_camel

Urgency = Literal["high", "medium", "low"]
SUMMARY_WORDS = 25
SUMMARY_CHARACTERS = 300


class Ticket(BaseModel):
    """One support email as three nullable fields, camelCase on the wire. `service/prompts/extract_ticket` says what each may hold."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=True)

    customer_name: str | None = Field(description="The person who asks for help, as they write it themselves, or null")
    issue_summary: str | None = Field(description=f"One neutral English sentence of at most {SUMMARY_WORDS} words, or null where nothing is asked")
    urgency: Urgency | None = Field(description="high, medium or low, or null where nothing is asked")

    @field_validator("customer_name")
    @classmethod
    def _name_is_a_name(cls, name: str | None) -> str | None:
        if name is not None and (not name.strip() or len(name) > 120 or "\n" in name):
            raise ValueError("customerName must be one line of 1 to 120 characters, or null")
        return name

    @field_validator("issue_summary")
    @classmethod
    def _summary_is_short(cls, summary: str | None) -> str | None:
        if summary is None:
            return None
        if not summary.strip():
            raise ValueError("issueSummary must not be empty: use null where the email asks nothing")
        if (words := len(summary.split())) > SUMMARY_WORDS:
            raise ValueError(f"issueSummary has {words} words, at most {SUMMARY_WORDS} are allowed")
        return summary


FIELDS = tuple(Ticket.model_fields)  # the one list of them: rows, pages, reviews, candidates and replays follow it
NOTHING = Ticket.model_validate(dict.fromkeys(FIELDS))


def of(values: object) -> Ticket:
    """Return the ticket that a row holds, one attribute a field. What was stored was checked when it was made, so it is not checked again."""
    return Ticket.model_construct(**{name: getattr(values, name) for name in FIELDS})


def as_json(ticket: Ticket | None) -> dict[str, Any]:
    """Return a ticket as the interface names its fields, all of them null where there is no ticket."""
    return (ticket or NOTHING).model_dump(by_alias=True)
