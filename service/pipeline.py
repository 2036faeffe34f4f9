"""The path of one email, in order."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from ingestion.mail import message
from ingestion.mail.message import Message
from retrieval import passages
from retrieval.passages import Search
from service import questions
from service.answers import Answer, Discarded, Draft, HandedOver
from service.local.noise import NoiseReader
from service.models.costs import Budget
from service.models.routing import Routes
from service.outcomes import Outcome
from service.prompting import PromptFolder, Readable
from service.questions import Question
from service.release import Release
from service.screening import screening
from service.screening.screening import Screened
from service.stages import answering, discarding, extraction, policy, verifying
from service.stages.check import chain
from service.stages.check.chain import Checker
from service.text import language, sentences
from service.trace import Attempt, Stage, Trace

Record = Callable[[Attempt], None]
QUESTION = 1500  # characters of a mail that are searched with: more than the encoder reads


class Index(Protocol):
    """Something that finds passages for a question, best first."""

    def search(self, question: str, k: int) -> Search: ...


class EventsSeen(Protocol):
    """Something that says which grave events a mail reports, whatever model wrote the ticket."""

    def __call__(self, screened: Screened) -> frozenset[str]: ...


@dataclass(frozen=True)
class Desk:
    """Everything the path needs, built once by `bootstrap` from the settings and a release."""

    release: Release
    extract_prompt: PromptFolder
    answer_prompt: PromptFolder
    routes: Routes
    index: Index
    checker: Checker
    events_seen: EventsSeen
    screen: Callable[[Message], Screened] = screening.screen
    verify_prompt: PromptFolder | None = None
    noise: NoiseReader | None = None


def handle(raw: bytes, desk: Desk, trace: Trace, spent: Budget | None = None) -> Outcome:
    """Take one email from its bytes to its outcome. Raises `NotAnEmail`; everything else that can end the path is an outcome.

    `spent` is the email's budget, which who stores the outcome closes when it is stored; without it the email has one for the path alone.
    """
    if spent is None:
        with desk.routes.email_budget() as own:
            return handle(raw, desk, trace, own)
    outcome = Outcome(parsed := trace("parse", message.parse, raw))
    try:
        _path(outcome, parsed, desk, trace, trace.attempt, spent)
    except Discarded as discarded:
        outcome.discarded = discarded
    except HandedOver as handed_over:
        outcome.handed_over = handed_over
    return outcome


def _path(outcome: Outcome, parsed: Message, desk: Desk, stage: Stage, record: Record, spent: Budget) -> None:
    release, deadline = desk.release, time.monotonic() + desk.release.budgets.email_seconds

    outcome.screened = screened = stage("screen", desk.screen if release.checks.screening else screening.unscreened, parsed)

    extracted = stage(
        "extract", extraction.extract, screened, desk.extract_prompt, desk.routes, record, deadline, release.checks.name_evidence, spent
    )
    grave = policy.grave(stage("events", desk.events_seen, screened), release.policy)
    why = discarding.ground(extracted, screened, None if grave else desk.noise)  # of a grave event a person hears, whoever tells it
    outcome.ticket, outcome.evidence, outcome.degraded = discarding.ticket(extracted.ticket, why), extracted.evidence, extracted.degraded
    if screened.unread:
        outcome.evidence = {**extracted.evidence, "unread": screened.unread}
    try:
        discarding.settle(why, screened)
        _answer(outcome, extracted, desk, stage, record, deadline, grave, spent)
    except HandedOver as handed_over:
        raise policy.weightier(handed_over, grave) from handed_over


def _answer(
    outcome: Outcome, extracted: extraction.Extracted, desk: Desk, stage: Stage, record: Record, deadline: float, grave: str | None, spent: Budget
) -> None:
    """Take a mail that asks something from its question to its answer."""
    screened = outcome.screened
    assert screened is not None
    outcome.question = question = asked(screened)
    outcome.search = search = stage("retrieve", _found, question, extracted, desk)
    if not search.found or not (search.answerable or desk.routes.hosted("answer")):
        raise _left_to_a_person(search)

    outcome.answer, outcome.draft, degraded = answer_question(
        question, search, desk, stage, record, deadline, focus(screened, extracted), grave, spent, whole(screened)
    )
    outcome.degraded |= degraded


def _left_to_a_person(search: Search) -> HandedOver:
    """Return the hand-over of a question that nothing comes close enough to; one in another language brings the article that is nearest to it."""
    said = "nothing in the help centre comes close enough to this question"
    if not language.is_foreign(search.question) or not search.found:
        return HandedOver("nothing_found", said)
    nearest = search.found[0]
    detail = f"{said}, which is not in English; the nearest article is {nearest.passage.title} ({nearest.passage.article})"
    return HandedOver("nothing_found", detail, Draft((), {"p1": nearest}))


def _found(question: Readable, extracted: extraction.Extracted, desk: Desk) -> Search:
    """Search with the mail, and where a hosted model has read it also with what it says that is asked: in English, and without the rest of the mail.

    Of an English mail a summary leaves out what is particular, and comes close to more than was asked: it is for a hosted model to read, and never
    tells whether anything answers.
    """
    most, summary, is_english = desk.release.retrieval.passages, extracted.ticket.issue_summary, language.detect(question) == "en"
    search = desk.index.search(question, most)
    if summary is None or extracted.degraded or not desk.routes.hosted("extract") or (is_english and not desk.routes.hosted("answer")):
        return search
    both = passages.pooled([search, desk.index.search(summary, most)], most)
    return replace(both, confidence=search.confidence, floor=search.floor) if is_english else both


def answer_question(
    question: Readable,
    search: Search,
    desk: Desk,
    stage: Stage,
    record: Record,
    deadline: float,
    focus: tuple[str, ...] = (),
    grave: str | None = None,
    spent: Budget | None = None,
    whole: Readable | None = None,
) -> tuple[Answer, Draft, bool]:
    """Answer a question from what was found for it: the second half of the path, which `ask` takes alone."""
    labelled = Question(question, questions.label(search.found), focus, search.answerable, whole)
    drafted = stage("answer", answering.answer, labelled, desk.answer_prompt, desk.routes, record, deadline, spent)
    answer = stage("check", chain.check, drafted.draft, desk.checker, desk.release.checks, desk.release.policy, question)
    degraded = drafted.degraded
    if desk.verify_prompt and desk.routes.hosted("verify"):  # a release's wish, off by default
        verified = stage(
            "verify", verifying.verify, answer, drafted.draft, whole or question, desk.verify_prompt, desk.routes, record, deadline, spent
        )
        answer, degraded = verified.answer, degraded or verified.unasked
    stage("policy", policy.enforce, answer, drafted.draft, desk.release.policy, (desk.answer_prompt.instructions,), grave)
    return answer, drafted.draft, degraded


def asked(screened: Screened) -> Readable:
    """Return what to search with: the subject and the text, which bring the passages' words better than any one sentence of them."""
    return Readable(f"{screened.message.subject}. {screened.text}".strip()[:QUESTION])


def whole(screened: Screened) -> Readable:
    """Return the mail as a model reads it that can read all of it: its date, its subject, and the text."""
    message = screened.message
    date = message.date.strftime("%A %Y-%m-%d") if message.date else "unknown"
    return Readable(f"Date: {date}\nSubject: {message.subject}\n\n{screened.text.strip()}")


def focus(screened: Screened, extracted: extraction.Extracted) -> tuple[str, ...]:
    """Return the sentences that ask: the subject, what the model shows as deciding, and every question."""
    says = extracted.evidence.get("says")
    questions = [one.text for one in sentences.split(screened.text) if one.text.endswith("?")]
    return tuple(dict.fromkeys(part for part in (screened.message.subject, says, *questions) if part))
