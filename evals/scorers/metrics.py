"""All metrics of the suite, by name."""

from collections.abc import Sequence

from evals import scores
from evals.cases import AttackCase, MailCase, QuestionCase
from evals.observation import Observed
from evals.scorers import answers, attacks, leaving, retrieval, tickets
from evals.scores import Judged, Metric, Total, Unit, Verdict


class UnknownScorer(Exception):
    """A metric was asked for that the suite does not have."""


def latency(case: object, seen: Observed) -> Verdict:
    """Give how long the case took, in milliseconds."""
    return Verdict(seen.ms)


def texts(case: object, seen: Observed) -> Verdict | None:
    """Give how many texts were embedded for the case: its work, which is the same on every machine."""
    return None if seen.texts is None else Verdict(float(seen.texts))


def cost(case: object, seen: Observed) -> Verdict:
    """Give what the case cost in US dollars. Raises LookupError where a call has no known price, which makes it unscored, not free."""
    if seen.usd is None:
        raise LookupError("a call has no known price")
    return Verdict(float(seen.usd))


def prompt_tokens(case: object, seen: Observed) -> Verdict | None:
    """Give how many tokens a hosted model would be sent for the ticket, estimated, where that was estimated."""
    return None if seen.prompt_tokens is None else Verdict(float(seen.prompt_tokens))


def repaired(case: object, seen: Observed) -> Verdict | None:
    """Tell whether a model's first answer had to be sent back."""
    return Verdict(any(attempt.repair for attempt in seen.attempts)) if seen.attempts else None


_MAIL, _QUESTION, _ATTACK = (MailCase,), (QuestionCase,), (AttackCase,)
_ANY = (MailCase, QuestionCase, AttackCase)
_TICKET = (MailCase, AttackCase)

TICKETS, RETRIEVAL, ANSWERS, RUNNING = "Tickets", "Retrieval", "Answers", "Running"
JUDGED = "Judged by a model"
APART, ATTACKS = "Mail without a request, other companies' mail, secrets", "Text addressed to the machine"

# The one place where a metric is declared, in the order in which reports show them. What shows, sums up, compares or bounds one reads it here.
DECLARED: tuple[Metric | Total | Judged, ...] = (
    Metric("schema_valid", tickets.schema_valid, _TICKET, "the ticket holds the contract", group=TICKETS, quiet=True),
    Metric("urgency_right", tickets.urgency_right, _MAIL, "the urgency is right, null included", group=TICKETS, first="urgency"),
    Metric("urgency_label", tickets.urgency_label, _MAIL, "expected and given urgency", "neither", unit=scores.LABEL),
    Total("urgency_macro_f1", "urgency_label", "macro-averaged F1 of the urgency", group=TICKETS),
    Metric("high_recall", tickets.high_recall, _MAIL, "of urgent mail, called urgent", group=TICKETS, first="high found"),
    Metric("high_precision", tickets.high_precision, _MAIL, "of mail called urgent, urgent", group=TICKETS),
    Metric("name_folded", tickets.name_folded, _MAIL, "the name is right but for case, accents and spacing", group=TICKETS, first="names"),
    Metric("name_exact", tickets.name_exact, _MAIL, "the name is right to the letter, null included", group=TICKETS),
    Metric("name_invented", tickets.name_invented, _MAIL, "of mail that names nobody, given a name", "lower", group=TICKETS),
    Metric("name_missed", tickets.name_missed, _MAIL, "of mail that names its writer, given none", "lower", group=TICKETS),
    Metric("name_wrong", tickets.name_wrong, _MAIL, "given a name that is not the writer's", "lower"),
    Metric("null_right", tickets.null_right, _MAIL, "all fields that must be null are null", group=TICKETS),
    Metric("value_missed", tickets.value_missed, _MAIL, "a field is null that has a value", "lower", group=TICKETS),
    Metric("value_invented", tickets.value_invented, _MAIL, "a field has a value that must be null", "lower", group=TICKETS),
    Metric(
        "summary_facts",
        tickets.summary_facts,
        _MAIL,
        "share of the required facts in the summary",
        unit=scores.SHARE,
        group=TICKETS,
        first="summary facts",
    ),
    Metric("summary_length", tickets.summary_length, _TICKET, "the summary has at most 25 words", group=TICKETS, quiet=True),
    Metric("summary_faithful", tickets.summary_faithful, _MAIL, "nothing in the summary that is not in the mail", group=TICKETS),
    Metric("discard_right", tickets.discard_right, _MAIL, "of mail that asks nothing, discarded", group=APART),
    Metric(
        "discarded_wrongly",
        tickets.discarded_wrongly,
        _MAIL,
        "of mail that asks something, discarded",
        "lower",
        group=APART,
        first="discarded wrongly",
    ),
    Metric(
        "noise_seen",
        tickets.noise_seen,
        _MAIL,
        "of spam, newsletters, absence notes, bounces and machine notices, seen by a person",
        "lower",
        group=APART,
    ),
    Metric("foreign_answered", tickets.foreign_answered, _MAIL, "of mail about other companies, answered all the same", "lower", group=APART),
    Metric("secrets_masked", tickets.secrets_masked, _MAIL, "no secret reaches a model", group=APART),
    Metric("secrets_kept", tickets.secrets_kept, _MAIL, "what only looks like a secret survives", group=APART),
    Metric("hit@1", retrieval.hit(1), _QUESTION, "a right article is found first", group=RETRIEVAL),
    Metric("hit@3", retrieval.hit(3), _QUESTION, "a right article is among the first 3 passages", group=RETRIEVAL),
    Metric("hit@5", retrieval.hit(5), _QUESTION, "a right article is among the first 5 passages", group=RETRIEVAL),
    Metric("facts@5", retrieval.facts_found(5), _QUESTION, "every required fact is in the first 5 passages", group=RETRIEVAL),
    Metric("mrr", retrieval.mrr, _QUESTION, "mean reciprocal rank of the first right passage", unit=scores.SCORE, group=RETRIEVAL),
    Metric("ndcg@5", retrieval.ndcg, _QUESTION, "normalised discounted gain of the first 5 passages", unit=scores.SCORE, group=RETRIEVAL),
    Metric("confidence", retrieval.confidence, _QUESTION, "confidence of the search over its floor", "neither", unit=scores.MARGIN),
    Metric("answered", answers.answered, _QUESTION, "of questions with an answer, answered", group=ANSWERS),
    Metric("abstained", answers.abstained, _QUESTION, "of questions without an answer, handed over", group=ANSWERS, first="abstained"),
    Metric("helped", answers.helped, _QUESTION, "of questions with an answer, answered with every fact", group=ANSWERS, first="helped"),
    Metric("answer_right", answers.answer_right, _QUESTION, "of answers given, right and complete", group=ANSWERS),
    Metric("answer_facts", answers.answer_facts, _QUESTION, "share of the required facts in the answer", unit=scores.SHARE, group=ANSWERS),
    Metric("wrong_fact", answers.wrong_fact, _QUESTION, "states what holds only for a near-duplicate", "lower", group=ANSWERS),
    Metric("mail_helped", answers.mail_helped, _MAIL, "of mail that its company's help centre answers, answered with every fact", group=ANSWERS),
    Metric("mail_abstained", answers.mail_abstained, _MAIL, "of mail that its company's help centre does not answer, handed over", group=ANSWERS),
    Metric("citation_valid", answers.citation_valid, _ANY, "every citation exists and its quote stands there", group=ANSWERS),
    Metric("citation_right", answers.citation_right, _QUESTION, "share of citations that are of a right article", unit=scores.SHARE, group=ANSWERS),
    Metric(
        "unsupported", answers.unsupported, _ANY, "share of sentences that what they cite does not support", "lower", unit=scores.SHARE, group=ANSWERS
    ),
    Metric("answer_plain", leaving.answer_plain, _ANY, "the answer is plain text, without markup or hidden characters", group=ANSWERS, quiet=True),
    Metric("sent_elsewhere", leaving.sent_elsewhere, _ANY, "the answer names an address that no passage gives", "lower", group=ANSWERS),
    Metric("sentences", answers.sentences, _QUESTION, "sentences in an answer", "neither", unit=scores.COUNT),
    Metric("obeyed", attacks.obeyed, _ATTACK, "an output went the attacker's way", "lower", group=ATTACKS),
    Metric("attack_flagged", attacks.attack_flagged, _ATTACK, "of attacks in mail, marked", group=ATTACKS, quiet=True),
    Metric("false_alarm", attacks.false_alarm, _ATTACK, "of harmless look-alikes, marked", "lower", group=ATTACKS),
    Metric("attack_urgency", tickets.urgency_right, _ATTACK, "the urgency is right in spite of the attack or its look-alike", group=ATTACKS),
    Metric("attack_name", tickets.name_folded, _ATTACK, "the name is right in spite of the attack or its look-alike", group=ATTACKS),
    Judged("judged_supported", "of answers, supported by the passages that were found, as the judge says", group=JUDGED),
    Judged("judged_answers", "of answers, one to the question, as the judge says", group=JUDGED),
    Judged("judged_summary", "of summaries, no worse than the right one, as the judge says in both orders", group=JUDGED),
    Metric("crashed", tickets.crashed, _ANY, "the case ended in an unexpected error", "lower", group=RUNNING),
    Metric("repaired", repaired, _ANY, "a model's first answer was sent back", "lower", group=RUNNING),
    Metric("ms", latency, _ANY, "milliseconds a case takes", "lower", unit=scores.MS),
    Total("ms_p50", "ms", "milliseconds that half of the cases stay under", "lower", scores.MS, RUNNING, 50),
    Total("ms_p95", "ms", "milliseconds that 95 of 100 cases stay under", "lower", scores.MS, RUNNING, 95),
    Metric("texts", texts, _ANY, "texts embedded for a case, its passages apart", "lower", unit=scores.COUNT, group=RUNNING),
    Metric("usd", cost, _ANY, "US dollars a case costs", "lower", unit=scores.USD, group=RUNNING),
    Metric(
        "prompt_tokens",
        prompt_tokens,
        _MAIL,
        "tokens a hosted model would be sent for a ticket (estimate)",
        "lower",
        unit=scores.COUNT,
        group=RUNNING,
    ),
)
METRICS: tuple[Metric, ...] = tuple(one for one in DECLARED if isinstance(one, Metric))
BY_NAME = {metric.name: metric for metric in METRICS}
KNOWN: dict[str, Metric | Total | Judged] = {one.name: one for one in DECLARED}


def declared(name: str) -> Metric | Total | Judged | None:
    """Return how a metric is declared; None for one that is not."""
    return KNOWN.get(name)


def source(name: str) -> str:
    """Return the metric whose scores a number is made of."""
    found = KNOWN.get(name)
    return found.source if isinstance(found, Total) else name


def unit(name: str) -> Unit:
    """Return the unit of a metric; one that is not declared here gives shares."""
    found = KNOWN.get(name)
    return found.unit if found else scores.SHARE


def named(names: Sequence[str]) -> tuple[Metric, ...]:
    """Return the metrics of some names, all of them where none is named. Raises UnknownScorer."""
    if unknown := [name for name in names if name not in BY_NAME]:
        raise UnknownScorer(f"there is no scorer {', '.join(map(repr, unknown))}; there are: {', '.join(BY_NAME)}")
    return tuple(BY_NAME[name] for name in names) or METRICS
