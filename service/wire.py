"""What Proofdesk says and takes over HTTP and on the command line, as JSON."""

import re
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from retrieval.passages import Found
from service import answers
from service.screening import masking
from service.text import plain
from service.tickets import Ticket

Status = Literal["processing", "answered", "handedOver", "discarded", "failed", "approved", "rejected"]
Outcome = Literal["processing", "answered", "handedOver", "discarded", "failed"]
Reviewed = Literal["approved", "edited", "rejected", "closed"]
EXAMPLE_ID = "019ab2f4-7d3e-7c41-9a55-0d8a6f0b2c11"
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x1f\x7f]")


def _text(value: str) -> str:
    if _UNSTORABLE.search(value):
        raise ValueError("must be valid text, without NUL or unpaired surrogates")
    return value


def _line(value: str) -> str:
    if _CONTROL.search(value):
        raise ValueError("must be one line without control characters")
    return _text(value)


_STORABLE = Field(json_schema_extra={"pattern": "^[^\\u0000]*$"})  # as the OpenAPI document tells it
_NOT_BLANK = "[^\\s\\u001c-\\u001f\\u0085]"  # a pattern of JSON Schema; the separators are blank to str.strip alone
_ONE_LINE = Field(json_schema_extra={"pattern": "^[^\\u0000-\\u001f\\u007f]*$"})
Text = Annotated[str, AfterValidator(_text), _STORABLE]
Line = Annotated[str, AfterValidator(_line), _ONE_LINE]
Said = Annotated[str, AfterValidator(_text), AfterValidator(masking.kept_of), _STORABLE]  # what people write beside mail: they paste from it
SaidLine = Annotated[str, AfterValidator(_line), AfterValidator(masking.kept_of), AfterValidator(plain.line), _ONE_LINE]


def _said_fields(ticket: Ticket) -> Ticket:
    """Return the fields that a person corrected as the other words of people are kept. Raises ValueError where they are no ticket then."""
    texts = {name: plain.line(masking.kept_of(value)) for name, value in ticket if isinstance(value, str)}
    try:
        return Ticket.model_validate(dict(ticket) | texts)
    except ValidationError as exc:  # nothing is left of a field, or it is longer with what was masked
        raise ValueError("; ".join(str(fault["msg"]).removeprefix("Value error, ") for fault in exc.errors(include_url=False))) from exc


SaidTicket = Annotated[Ticket, AfterValidator(_said_fields)]


def _told_in_words(value: object) -> object:
    if isinstance(value, int | float) or (isinstance(value, str) and re.fullmatch(r"[\s\d.+-]*", value)):
        raise ValueError("must be a date with its time, such as 2026-10-14T09:12:00+01:00, and no number")
    return value


Moment = Annotated[datetime, BeforeValidator(_told_in_words)]  # pydantic alone takes 0.5 for a half second past midnight of 1970


class Wire(BaseModel):
    """camelCase outside, snake_case inside; unknown fields are refused."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


class NewEmail(Wire):
    """An email given field by field, for senders that have no raw message."""

    sender: Line = Field(alias="from", min_length=1, max_length=1000, description="Address of the writer, with or without a name")
    to: Line | None = Field(None, max_length=10_000, description="Address of the addressee")
    subject: Line = Field("", max_length=2000)
    text: Text | None = Field(None, description="Body as plain text")
    html: Text | None = Field(None, description="Body as HTML")
    message_id: Line | None = Field(None, min_length=1, max_length=998, description="Makes a second sending of the same mail a duplicate")
    date: Moment | None = Field(None, description="When it was written, with a time zone; default: now")

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {"required": ["text"], "properties": {"text": {"type": "string"}}},
                {"required": ["html"], "properties": {"html": {"type": "string"}}},
                {"required": ["subject"], "properties": {"subject": {"pattern": _NOT_BLANK}}},
            ],
            "examples": [
                {
                    "from": "Ana López <ana@example.com>",
                    "to": "support@example.com",
                    "subject": "Charged twice",
                    "text": "Hello, I was charged twice for October. Can I have one payment back?\n\nAna López",
                    "messageId": "<20261014.0912@example.com>",
                    "date": "2026-10-14T09:12:00+01:00",
                }
            ],
        }
    )

    @model_validator(mode="after")
    def _says_something(self) -> "NewEmail":
        if self.text is None and self.html is None and not self.subject.strip():
            raise ValueError("one of text, html and subject is needed")
        if self.date is not None and self.date.tzinfo is None:
            raise ValueError("date must carry a time zone")
        return self


class EmailHead(Wire):
    """How an email introduced itself."""

    message_id: str | None
    sender: str | None = Field(alias="from")
    subject: str


class Citation(Wire):
    """A passage that an answer rests on, with the words that support it."""

    id: str
    article: str
    title: str
    heading: str
    quote: str
    score: float
    updated: str | None = None
    version: str | None = None


class SentenceQuote(Wire):
    """Words of a passage that carry a sentence."""

    passage: str
    text: str
    start: int | None = Field(None, description="Where they begin in the passage's text, in characters; null where they are told otherwise there")
    end: int | None = Field(None, description="Where they end")


class Doubt(Wire):
    """Why the check does not let a sentence of an edited answer pass."""

    link: str
    says: str = Field(description="What that link found, in plain words")
    why: str = Field(description="The particulars")


class Sentence(Wire):
    """One sentence of an answer, with the passages that it cites. One with a `doubt` was written by a person, who vouches for it."""

    text: str
    citations: list[str]
    support: float | None = Field(None, description="How well what it rests on carries it, 0 to 1")
    quotes: list[SentenceQuote] = Field(default_factory=list, description="The words that carry it, as they stand in the passages")
    doubt: Doubt | None = Field(
        None, description="Of an edited answer: what the check holds against it, so that it stands on the reviewer's word; null: it passed"
    )


class StruckSentence(Wire):
    """A sentence of a draft that did not pass the check: the link that struck it, and why, in plain words."""

    text: str
    citations: list[str]
    link: str
    says: str = Field(description="What that link found, in plain words")
    why: str = Field(description="The particulars")


class Answer(Wire):
    """An answer whose every sentence was checked against what it cites."""

    text: str
    sentences: list[Sentence]
    citations: list[Citation]


class HandedOver(Wire):
    """Why a person must take this."""

    reason: str
    detail: str


class Cost(Wire):
    """What the calls to hosted models cost. `usd` covers those whose price is known, null where none is."""

    usd: str | None
    unpriced_calls: int
    input_tokens: int
    cached_tokens: int
    output_tokens: int


class TicketView(Wire):
    """One email and what became of it."""

    id: str
    status: Status
    received_at: datetime
    email: EmailHead
    ticket: Ticket | None = Field(description="The three fields of the contract; null while the email is being processed, and where that failed")
    answer: Answer | None
    handed_over: HandedOver | None
    discarded: str | None = Field(default=None, description="Why it is known that the email asks for nothing")
    release: str | None
    degraded: bool = Field(description="A hosted model should have answered, and the local one did; or its second opinion never came")
    latency_ms: int | None
    cost: Cost | None
    unread: int = Field(default=0, description="Characters in the middle of a long email that no model was given")
    struck: list[StruckSentence] = Field(default_factory=list, description="The sentences of the draft that the check struck")
    outcome: Outcome = Field(description="What the system did, whatever a person did since")
    review: Reviewed | None = Field(None, description="What a person did: null while nobody has")

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": EXAMPLE_ID,
                    "status": "answered",
                    "receivedAt": "2026-10-14T08:12:04Z",
                    "email": {"messageId": "<20261014.0912@example.com>", "from": "Ana López <ana@example.com>", "subject": "Charged twice"},
                    "ticket": {
                        "customerName": "Ana López",
                        "issueSummary": "Customer was charged twice for October and asks for one payment back.",
                        "urgency": "high",
                    },
                    "answer": {
                        "text": "A second charge for the same month is returned in full.",
                        "sentences": [{"text": "A second charge for the same month is returned in full.", "citations": ["p1"]}],
                        "citations": [
                            {
                                "id": "p1",
                                "article": "billing.md",
                                "title": "Billing questions",
                                "heading": "Charged twice",
                                "quote": "If a month was charged twice, the second charge is returned in full.",
                                "score": 0.71,
                            }
                        ],
                    },
                    "handedOver": None,
                    "discarded": None,
                    "release": "r1",
                    "degraded": False,
                    "latencyMs": 41,
                    "cost": {"usd": "0", "unpricedCalls": 0, "inputTokens": 0, "cachedTokens": 0, "outputTokens": 0},
                    "unread": 0,
                    "struck": [],
                    "outcome": "answered",
                    "review": None,
                }
            ]
        }
    )


class TicketList(Wire):
    """Tickets, newest first. `next` is the cursor of the following page, null on the last; `previous` is what `newer` takes for the page before."""

    tickets: list[TicketView]
    next: str | None
    previous: str | None = None


class AttemptView(Wire):
    """One call to one model."""

    task: str
    provider: str
    model: str
    ms: float
    error: str | None
    detail: str | None
    input_tokens: int | None
    cached_tokens: int | None
    output_tokens: int | None
    reasoning_tokens: int | None
    usd: str | None
    price_source: str | None
    repair: int


class SpanView(Wire):
    """One stage of the path of an email."""

    stage: str
    started_ms: float
    ms: float
    error: str | None
    notes: dict[str, Any]
    attempts: list[AttemptView]


class ReviewView(Wire):
    """What a person decided about a ticket."""

    at: datetime
    verdict: Literal["approve", "edit", "reject", "close"]
    reason: str | None
    reviewer: str | None


class TraceView(Wire):
    """How a ticket came about: its stages, what was masked and marked, what decided, what was struck, who reviewed it."""

    id: str
    status: Status
    release: str | None
    latency_ms: float | None
    spans: list[SpanView]
    discarded: str | None = Field(description="Why the email was discarded")
    failed: str | None = Field(description="Why the email could not be handled")
    language: str | None
    question: str | None
    search: dict[str, Any] | None
    evidence: dict[str, Any]
    masks: list[dict[str, Any]]
    findings: list[dict[str, Any]]
    struck: list[StruckSentence]
    draft: dict[str, Any] | None
    reviews: list[ReviewView]


_WORDS: dict[str, JsonValue] = {"type": ["string", "null"], "pattern": _NOT_BLANK}
_TICKET: dict[str, JsonValue] = {
    "type": "object",
    "properties": {
        "customerName": {"type": ["string", "null"], "maxLength": 120, "pattern": f"^[^\\n]*{_NOT_BLANK}[^\\n]*$"},
        "issueSummary": _WORDS,
    },
}
_UNEDITED: dict[str, JsonValue] = {"ticket": {"type": "null"}, "answer": {"type": "null"}}


class NewReview(Wire):
    """A decision about a ticket: `edit` carries what is changed, `reject` its reason. To approve a ticket without an answer is to close it."""

    verdict: Literal["approve", "edit", "reject", "close"]
    reason: Said | None = Field(None, max_length=5000)
    reviewer: SaidLine | None = Field(None, max_length=200)
    ticket: SaidTicket | None = Field(None, description="The corrected fields, all three")
    answer: Said | None = Field(None, max_length=50_000, description="The corrected text of the answer; an empty one leaves no answer")

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {"properties": {"verdict": {"enum": ["approve", "close"]}, **_UNEDITED}},
                {
                    "properties": {
                        "verdict": {"const": "reject"},
                        "reason": {"type": "string", "pattern": _NOT_BLANK},
                        **_UNEDITED,
                    },
                    "required": ["reason"],
                },
                {"properties": {"verdict": {"const": "edit"}, "ticket": _TICKET}, "required": ["ticket"]},
                {"properties": {"verdict": {"const": "edit"}, "answer": {"type": "string"}}, "required": ["answer"]},
            ],
            "examples": [{"verdict": "approve"}, {"verdict": "reject", "reason": "It answers another question."}],
        }
    )

    @model_validator(mode="after")
    def _is_complete(self) -> "NewReview":
        if self.verdict == "reject" and not (self.reason or "").strip():
            raise ValueError("a rejection needs its reason")
        if (self.verdict == "edit") != (self.ticket is not None or self.answer is not None):
            raise ValueError("an edit carries ticket, answer or both; nothing else does")
        return self


class NewQuestion(Wire):
    """A question for the help centre."""

    question: Text = Field(min_length=1, max_length=4000, pattern=r"\S")

    model_config = ConfigDict(json_schema_extra={"examples": [{"question": "How do I get a second charge back?"}]})


class Asked(Wire):
    """How a question ended."""

    question: str
    outcome: Literal["answered", "handedOver"]
    answer: Answer | None
    handed_over: HandedOver | None
    latency_ms: int
    struck: list[StruckSentence] = Field(default_factory=list, description="The sentences of the draft that the check struck")


class PassageView(Wire):
    """A passage of the help centre found for a question."""

    id: str
    article: str
    title: str
    heading: str
    text: str
    score: float


class Searched(Wire):
    """The passages found for a query, best first."""

    query: str
    passages: list[PassageView]


def passages(query: str, found: tuple[Found, ...]) -> Searched:
    """Return what a search found as it goes over the wire."""
    listed = [
        PassageView(id=one.passage.id, article=one.passage.article, title=one.passage.title, heading=one.passage.heading,
                    text=one.passage.text, score=round(one.score, 4))
        for one in found
    ]  # fmt: skip
    return Searched(query=query, passages=listed)


def answer(kept: dict[str, Any]) -> Answer:
    """Return a kept answer without what was struck from it."""
    sentences = [
        Sentence(
            text=one["text"],
            citations=one["citations"],
            support=one.get("support"),
            quotes=[_quote(quote) for quote in one.get("quotes", [])],
            doubt=_doubt(one.get("doubt")),
        )
        for one in kept["sentences"]
    ]
    return Answer(text=kept["text"], sentences=sentences, citations=[Citation(**one) for one in kept["citations"]])


def _quote(kept: Any) -> SentenceQuote:
    """Return a kept quote; those of an older release are a passage and words alone."""
    if isinstance(kept, dict):
        return SentenceQuote(passage=kept["label"], text=kept["text"], start=kept["start"], end=kept["end"])
    return SentenceQuote(passage=kept[0], text=kept[1])


def _doubt(kept: dict[str, Any] | None) -> Doubt | None:
    return Doubt(link=kept["link"], says=answers.LINKS.get(kept["link"], kept["link"]), why=kept["why"]) if kept else None


def struck(*kept: dict[str, Any] | None) -> list[StruckSentence]:
    """Return what was struck from the first of these that something was struck from: an answer, or the draft that a person got instead."""
    listed: list[dict[str, Any]] = next((one["struck"] for one in kept if one and one.get("struck")), [])
    return [
        StruckSentence(
            text=one["text"], citations=list(one.get("citations", ())), link=(link := one.get("link") or "quote"), why=one["why"],
            says=answers.LINKS.get(link, link),
        )
        for one in listed
    ]  # fmt: skip


def usd(value: Decimal | None) -> str | None:
    """Return an amount in plain decimal notation without trailing zeros."""
    return None if value is None else f"{value.normalize():f}"


def asked(values: dict[str, Any], checked: answers.Answer | None = None) -> Asked:
    """Return a question's row as it goes over the wire; `checked` is its answer as the check left it."""
    refused = values["handed_over_reason"]
    return Asked(
        question=values["question"],
        outcome=values["outcome"],
        answer=answer(values["answer"]) if values["answer"] else None,
        handed_over=HandedOver(reason=refused, detail=values["handed_over_detail"]) if refused else None,
        struck=struck({"struck": [vars(one) for one in checked.struck]} if checked else None),
        latency_ms=round(values["latency_ms"]),
    )
