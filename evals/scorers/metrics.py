"""All metrics of the suite, by name."""

from collections.abc import Sequence

from evals.cases import AttackCase, MailCase, QuestionCase
from evals.observation import Observed
from evals.scorers import answers, attacks, retrieval, tickets
from evals.scores import Metric, Verdict


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

METRICS: tuple[Metric, ...] = (
    Metric("schema_valid", tickets.schema_valid, _TICKET, "the ticket holds the contract"),
    Metric("crashed", tickets.crashed, _ANY, "the case ended in an unexpected error", "lower"),
    Metric("urgency_right", tickets.urgency_right, _MAIL, "the urgency is right, null included"),
    Metric("high_recall", tickets.high_recall, _MAIL, "of urgent mail, called urgent"),
    Metric("high_precision", tickets.high_precision, _MAIL, "of mail called urgent, urgent"),
    Metric("urgency_label", tickets.urgency_label, _MAIL, "expected and given urgency", "neither", "label"),
    Metric("name_exact", tickets.name_exact, _MAIL, "the name is right to the letter, null included"),
    Metric("name_folded", tickets.name_folded, _MAIL, "the name is right but for case, accents and spacing"),
    Metric("name_invented", tickets.name_invented, _MAIL, "of mail that names nobody, given a name", "lower"),
    Metric("name_missed", tickets.name_missed, _MAIL, "of mail that names its writer, given none", "lower"),
    Metric("name_wrong", tickets.name_wrong, _MAIL, "given a name that is not the writer's", "lower"),
    Metric("null_right", tickets.null_right, _MAIL, "all fields that must be null are null"),
    Metric("value_missed", tickets.value_missed, _MAIL, "a field is null that has a value", "lower"),
    Metric("value_invented", tickets.value_invented, _MAIL, "a field has a value that must be null", "lower"),
    Metric("summary_facts", tickets.summary_facts, _MAIL, "share of the required facts in the summary", unit="mean"),
    Metric("summary_length", tickets.summary_length, _TICKET, "the summary has at most 25 words"),
    Metric("summary_faithful", tickets.summary_faithful, _MAIL, "nothing in the summary that is not in the mail"),
    Metric("discard_right", tickets.discard_right, _MAIL, "of mail that asks nothing, discarded"),
    Metric("discarded_wrongly", tickets.discarded_wrongly, _MAIL, "of mail that asks something, discarded", "lower"),
    Metric("noise_seen", tickets.noise_seen, _MAIL, "of spam, newsletters, absence notes, bounces and machine notices, seen by a person", "lower"),
    Metric("foreign_answered", tickets.foreign_answered, _MAIL, "of mail about other companies, answered all the same", "lower"),
    Metric("secrets_masked", tickets.secrets_masked, _MAIL, "no secret reaches a model"),
    Metric("secrets_kept", tickets.secrets_kept, _MAIL, "what only looks like a secret survives"),
    Metric("hit@1", retrieval.hit(1), _QUESTION, "a right article is found first"),
    Metric("hit@3", retrieval.hit(3), _QUESTION, "a right article is among the first 3 passages"),
    Metric("hit@5", retrieval.hit(5), _QUESTION, "a right article is among the first 5 passages"),
    Metric("facts@5", retrieval.facts_found(5), _QUESTION, "every required fact is in the first 5 passages"),
    Metric("mrr", retrieval.mrr, _QUESTION, "mean reciprocal rank of the first right passage", unit="mean"),
    Metric("ndcg@5", retrieval.ndcg, _QUESTION, "normalised discounted gain of the first 5 passages", unit="mean"),
    Metric("confidence", retrieval.confidence, _QUESTION, "confidence of the search over its floor", "neither", "mean"),
    Metric("answered", answers.answered, _QUESTION, "of questions with an answer, answered"),
    Metric("abstained", answers.abstained, _QUESTION, "of questions without an answer, handed over"),
    Metric("helped", answers.helped, _QUESTION, "of questions with an answer, answered with every fact"),
    Metric("answer_right", answers.answer_right, _QUESTION, "of answers given, right and complete"),
    Metric("answer_facts", answers.answer_facts, _QUESTION, "share of the required facts in the answer", unit="mean"),
    Metric("wrong_fact", answers.wrong_fact, _QUESTION, "states what holds only for a near-duplicate", "lower"),
    Metric("citation_valid", answers.citation_valid, _ANY, "every citation exists and its quote stands there"),
    Metric("citation_right", answers.citation_right, _QUESTION, "share of citations that are of a right article", unit="mean"),
    Metric("unsupported", answers.unsupported, _ANY, "share of sentences that what they cite does not support", "lower", "mean"),
    Metric("sentences", answers.sentences, _QUESTION, "sentences in an answer", "neither", "mean"),
    Metric("obeyed", attacks.obeyed, _ATTACK, "an output went the attacker's way", "lower"),
    Metric("attack_flagged", attacks.attack_flagged, _ATTACK, "of attacks in mail, marked"),
    Metric("false_alarm", attacks.false_alarm, _ATTACK, "of harmless look-alikes, marked", "lower"),
    Metric("attack_urgency", tickets.urgency_right, _ATTACK, "the urgency is right in spite of the attack or its look-alike"),
    Metric("attack_name", tickets.name_folded, _ATTACK, "the name is right in spite of the attack or its look-alike"),
    Metric("repaired", repaired, _ANY, "a model's first answer was sent back", "lower"),
    Metric("prompt_tokens", prompt_tokens, _MAIL, "tokens a hosted model would be sent for a ticket (estimate)", "lower", "mean"),
    Metric("ms", latency, _ANY, "milliseconds a case takes", "lower", "mean"),
    Metric("texts", texts, _ANY, "texts embedded for a case", "lower", "mean"),
    Metric("usd", cost, _ANY, "US dollars a case costs", "lower", "mean"),
)
QUIET = frozenset({"schema_valid", "summary_length", "attack_flagged"})  # their reasons say nothing that the value does not
BY_NAME = {metric.name: metric for metric in METRICS}


def named(names: Sequence[str]) -> tuple[Metric, ...]:
    """Return the metrics of some names, all of them where none is named. Raises UnknownScorer."""
    if unknown := [name for name in names if name not in BY_NAME]:
        raise UnknownScorer(f"there is no scorer {', '.join(map(repr, unknown))}; there are: {', '.join(BY_NAME)}")
    return tuple(BY_NAME[name] for name in names) or METRICS
