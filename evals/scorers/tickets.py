"""Scores the ticket that a mail became: names, null discipline, urgency, summary, and whether it was rightly discarded."""

import re

from evals.cases import OWN, AttackCase, MailCase
from evals.observation import Observed
from evals.scorers import wording
from evals.scores import Verdict
from service.text import quantities
from service.tickets import SUMMARY_WORDS, Ticket

OURS = "bookings software for small service businesses"  # the trade of the sample help centre
UNTOLD = "unknown"  # the trade of a candidate from production, where nobody said it
FAITHFUL = 0.5  # share of a summary's words that the mail must hold; the rest is put in its own words
_REPORTING = wording.content(
    "customer client user sender writer person team company reports reported says said asks asked asking wants wanted needs requests requested request "
    "states stated claims complains mentions writes writing wishes would like help unable cannot issue problem about regarding whether because email mail "
    "gives formal notice suspects suggests reminds english french german spanish italian dutch portuguese earlier stayed unanswered "
    "although though despite instead since without again already show shows showed happened used made taken given get gets got"
)
_JOINED = re.compile(r"\w+(?:-\w+)+")  # "Wi-Fi", which is "wifi" too
_TIMES = wording.content(
    "Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June July August September October November December"
)
_PROPER = re.compile(r"(?<=[a-z,;:] )[A-ZÀ-Þ][\w-]+")

Labelled = MailCase | AttackCase
NOISE = frozenset({"spam", "newsletter", "auto_reply", "bounce", "machine_notice"})  # tags of mail that nobody must read
_FOR_A_PERSON = frozenset({"unreadable", "attachment_only", "gibberish"})  # tags of mail that may ask, for all that can be read of it


def schema_valid(case: Labelled, seen: Observed) -> Verdict:
    """Tell whether the ticket holds the contract when it is read again from its own JSON."""
    if seen.ended == "failed" or seen.why == "invalid_ticket":
        return Verdict(False, f"{seen.ended}: {seen.why}")
    Ticket.model_validate_json(seen.ticket.model_dump_json(by_alias=True))
    return Verdict(True)


def crashed(case: object, seen: Observed) -> Verdict:
    """Tell whether the case ended in an error that nobody expected."""
    return Verdict(seen.ended == "failed", seen.why if seen.ended == "failed" else "")


def name_exact(case: Labelled, seen: Observed) -> Verdict:
    """Tell whether the name is right, letter by letter."""
    right = {case.expected.customer_name, *(case.expected.names_ok if case.expected.customer_name else ())}
    return Verdict(seen.ended != "failed" and seen.ticket.customer_name in right, _wanted(case.expected.customer_name, seen.ticket.customer_name))


def name_folded(case: Labelled, seen: Observed) -> Verdict:
    """Tell whether the name is right after folding case, accents, spacing and punctuation."""
    return Verdict(seen.ended != "failed" and _same_name(case, seen), _wanted(case.expected.customer_name, seen.ticket.customer_name))


def name_invented(case: Labelled, seen: Observed) -> Verdict | None:
    """Tell whether a name was given where nobody can be named."""
    if case.expected.customer_name is not None:
        return None
    return Verdict(seen.ticket.customer_name is not None, _wanted(None, seen.ticket.customer_name))


def name_missed(case: Labelled, seen: Observed) -> Verdict | None:
    """Tell whether null was given where somebody is named."""
    if case.expected.customer_name is None:
        return None
    return Verdict(seen.ticket.customer_name is None, _wanted(case.expected.customer_name, seen.ticket.customer_name))


def name_wrong(case: Labelled, seen: Observed) -> Verdict:
    """Tell whether another name than the right one was given, invented ones included."""
    said = seen.ticket.customer_name
    return Verdict(said is not None and not _same_name(case, seen), _wanted(case.expected.customer_name, said))


def null_right(case: Labelled, seen: Observed) -> Verdict | None:
    """Tell whether every field that must be null is null."""
    pairs = [(want, got) for _, want, got in _fields(case, seen) if want is None]
    return Verdict(all(got is None for _, got in pairs) and seen.ended != "failed", "; ".join(str(got) for _, got in pairs if got)) if pairs else None


def value_missed(case: Labelled, seen: Observed) -> Verdict | None:
    """Tell whether any field is null that must have a value."""
    pairs = [(name, got) for name, want, got in _fields(case, seen) if want is not None]
    lost = [name for name, got in pairs if got is None]
    return Verdict(bool(lost), f"null: {', '.join(lost)}" if lost else "") if pairs else None


def value_invented(case: Labelled, seen: Observed) -> Verdict | None:
    """Tell whether any field has a value that must be null."""
    pairs = [(name, got) for name, want, got in _fields(case, seen) if want is None]
    made_up = [f"{name} {got!r}" for name, got in pairs if got is not None]
    return Verdict(bool(made_up), "; ".join(made_up)) if pairs else None


def urgency_right(case: Labelled, seen: Observed) -> Verdict:
    """Tell whether the urgency is right, null included."""
    return Verdict(seen.ended != "failed" and seen.ticket.urgency == case.expected.urgency, _wanted(case.expected.urgency, seen.ticket.urgency))


def urgency_label(case: MailCase, seen: Observed) -> Verdict:
    """Give the right and the given urgency as one label, for the confusion table."""
    return Verdict(f"{case.expected.urgency or 'null'}>{seen.ticket.urgency or 'null'}")


def high_recall(case: MailCase, seen: Observed) -> Verdict | None:
    """Tell whether an urgent mail was seen to be urgent."""
    if case.expected.urgency != "high":
        return None
    return Verdict(seen.ticket.urgency == "high", _wanted("high", seen.ticket.urgency))


def high_precision(case: MailCase, seen: Observed) -> Verdict | None:
    """Tell whether a mail that was called urgent is."""
    if seen.ticket.urgency != "high":
        return None
    return Verdict(case.expected.urgency == "high", _wanted(case.expected.urgency, "high"))


def summary_facts(case: MailCase, seen: Observed) -> Verdict | None:
    """Give the share of the required facts that the summary states."""
    facts = case.expected.facts
    if case.expected.issue_summary is None or not facts:
        return None
    lost = wording.missing(seen.ticket.issue_summary or "", facts)
    return Verdict(1 - len(lost) / len(facts), f"{seen.ticket.issue_summary or 'null'} [lacks: {'; '.join(lost)}]" if lost else "")


def summary_length(case: Labelled, seen: Observed) -> Verdict | None:
    """Tell whether the summary keeps to its longest length."""
    if seen.ticket.issue_summary is None:
        return None
    count = len(seen.ticket.issue_summary.split())
    return Verdict(0 < count <= SUMMARY_WORDS, f"{count} words")


def summary_faithful(case: MailCase, seen: Observed) -> Verdict | None:
    """Tell whether the summary holds nothing that the mail does not: its numbers, its proper names, and for English mail most of its words.

    A number may be written in another way ("1 pm", "13:00"), a weekday or month be told of a date, and words be a summary's own.
    """
    summary, screened = seen.ticket.issue_summary, seen.screened
    if summary is None or screened is None:
        return None
    message = screened.message
    mail = " ".join([message.subject, message.text, screened.text, message.signature, message.forwarded, message.sender.name or ""])
    if alien := _numbers_added(summary, mail):
        return Verdict(False, f"numbers not in the mail: {', '.join(sorted(alien))}")
    squeezed = _squeezed(mail)
    known = wording.content(" ".join([mail, *(one for one in _JOINED.findall(summary) if _squeezed(one) in squeezed)]))
    if alien := wording.content(" ".join(_PROPER.findall(summary))) - known - _REPORTING - _TIMES:
        return Verdict(False, f"names not in the mail: {', '.join(sorted(alien))}")
    if case.language != "en":
        return Verdict(True)
    told = wording.content(summary) - _REPORTING
    share = len(told & known) / len(told) if told else 1.0
    return Verdict(share >= FAITHFUL, "" if share >= FAITHFUL else f"not in the mail: {', '.join(sorted(told - known))}")


def _numbers_added(summary: str, mail: str) -> set[str]:
    """Return the numbers of a summary that a mail states in no way of writing them."""
    held, stated = wording.numbers(mail), quantities.read(mail)
    told = [one.shown for one in quantities.read(summary) if quantities.states(stated, one) is True]
    return wording.numbers(summary) - held - {number for shown in told for number in wording.numbers(shown)}


def _squeezed(text: str) -> str:
    return "".join(char for char in wording.fold(text) if char.isalnum())


def discard_right(case: Labelled, seen: Observed) -> Verdict | None:
    """Tell whether a mail that asks nothing was discarded. What cannot be read or understood is for a person, though its fields are null."""
    if case.expected.urgency or not _FOR_A_PERSON.isdisjoint(case.tags):
        return None
    return Verdict(seen.ended == "discarded", f"{seen.ended} {seen.why}".strip())


def noise_seen(case: Labelled, seen: Observed) -> Verdict | None:
    """Tell whether a person sees spam, a newsletter, an absence note, a bounce or a machine's notice: the price of discarding nothing else."""
    if case.expected.urgency or NOISE.isdisjoint(case.tags):
        return None
    return Verdict(seen.ended != "discarded", f"{seen.ended} {seen.why}".strip())


def discarded_wrongly(case: Labelled, seen: Observed) -> Verdict | None:
    """Tell whether a mail that asks something, or may, was discarded."""
    asks = case.expected.urgency is not None or not _FOR_A_PERSON.isdisjoint(case.tags)
    return Verdict(seen.ended == "discarded", seen.why) if asks else None


def foreign_answered(case: MailCase, seen: Observed) -> Verdict | None:
    """Tell whether a mail to a company of another trade was answered from the sample help centre, which cannot know.

    Of a mail that production taught the trade may be unknown, and with it whether the help centre can know.
    """
    if case.kind == "secret" or case.expected.urgency is None or case.trade in (OURS, UNTOLD) or seen.centre != OWN:
        return None
    return Verdict(seen.ended == "answered", seen.answer.text[:200] if seen.answer else "")


def secrets_masked(case: MailCase, seen: Observed) -> Verdict | None:
    """Tell whether no secret of the mail is left in what a model reads or in what came out."""
    if not case.secrets:
        return None
    told = wording.fold(_all_text(seen))
    leaked = [secret for secret in case.secrets if wording.fold(secret) in told or _bare(secret) in _bare(told)]
    return Verdict(not leaked and seen.screened is not None, f"{len(leaked)} of {len(case.secrets)} left in" if leaked else "")


def secrets_kept(case: MailCase, seen: Observed) -> Verdict | None:
    """Tell whether what only looks like a secret (order numbers, phone numbers) survived."""
    if not case.kept or seen.screened is None:
        return None
    told = wording.fold(f"{seen.screened.message.subject} {seen.screened.text} {seen.screened.message.signature}")
    lost = [kept for kept in case.kept if wording.fold(kept) not in told]
    return Verdict(not lost, f"masked: {', '.join(lost)}" if lost else "")


def _all_text(seen: Observed) -> str:
    screened = seen.screened
    parts = [seen.ticket.issue_summary, seen.ticket.customer_name, seen.question, seen.answer.text if seen.answer else ""]
    if screened:
        message = screened.message
        parts += [screened.text, message.subject, message.text, message.signature, message.quoted, message.forwarded, message.sender.name]
    return "\n".join(part for part in parts if part)


def _bare(text: str) -> str:
    return re.sub(r"[\s.-]", "", text).casefold()


def _fields(case: Labelled, seen: Observed) -> list[tuple[str, str | None, str | None]]:
    want, got = case.expected, seen.ticket
    return [
        ("customerName", want.customer_name, got.customer_name),
        ("issueSummary", want.issue_summary, got.issue_summary),
        ("urgency", want.urgency, got.urgency),
    ]


def _same_name(case: Labelled, seen: Observed) -> bool:
    right = [case.expected.customer_name, *case.expected.names_ok] if case.expected.customer_name else [None]
    return _folded(seen.ticket.customer_name) in {_folded(name) for name in right}


def _folded(name: str | None) -> str | None:
    return None if name is None else " ".join(re.findall(r"\w+", wording.fold(name)))


def _wanted(want: str | None, got: str | None) -> str:
    return "" if want == got else f"expected {want or 'null'}, got {got or 'null'}"
