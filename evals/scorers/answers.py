"""Scores answers: what they state, what they cite, what nothing supports, and whether there should have been one."""

from evals.cases import Case, MailCase, QuestionCase, WantedAnswer
from evals.observation import Observed
from evals.scorers import wording
from evals.scores import Verdict
from service.answers import Sentence

SUPPORTED = 0.75  # share of a sentence's words that one cited passage must hold, for this measure, which knows nothing of our own checker


def answered(case: QuestionCase, seen: Observed) -> Verdict | None:
    """Tell whether a question that the help centre answers was answered."""
    return Verdict(seen.ended == "answered", f"{seen.ended} {seen.why}".strip()) if case.answerable else None


def abstained(case: QuestionCase, seen: Observed) -> Verdict | None:
    """Tell whether a question that the help centre does not answer was handed over."""
    if case.answerable:
        return None
    return Verdict(seen.ended == "handedOver", seen.answer.text[:300] if seen.answer else seen.why)


def answer_facts(case: QuestionCase, seen: Observed) -> Verdict | None:
    """Give the share of the required facts that the answer states, where there is an answer."""
    if not case.answerable or seen.answer is None or not case.facts:
        return None
    lost = wording.missing(seen.answer.text, case.facts)
    return Verdict(1 - len(lost) / len(case.facts), f"lacks: {'; '.join(lost)}" if lost else "")


def wrong_fact(case: QuestionCase, seen: Observed) -> Verdict | None:
    """Tell whether the answer states what holds only for a near-duplicate."""
    if not case.wrong or seen.answer is None:
        return None
    told = [wrong for wrong in case.wrong if wording.states(seen.answer.text, wrong)]
    return Verdict(bool(told), f"states {'; '.join(told)}" if told else "")


def is_right(case: QuestionCase, seen: Observed) -> bool:
    """Tell whether the answer states every required fact and none that is wrong."""
    return case.answerable and _states(case, seen)


def _states(wanted: QuestionCase | WantedAnswer, seen: Observed) -> bool:
    if seen.answer is None:
        return False
    return not wording.missing(seen.answer.text, wanted.facts) and not any(wording.states(seen.answer.text, wrong) for wrong in wanted.wrong)


def answer_right(case: QuestionCase, seen: Observed) -> Verdict | None:
    """Tell whether an answer that was given is right; one to a question that has none never is."""
    if seen.answer is None:
        return None
    return Verdict(is_right(case, seen), "" if is_right(case, seen) else seen.answer.text[:300])


def helped(case: QuestionCase, seen: Observed) -> Verdict | None:
    """Tell whether a question that has an answer got the right one."""
    return Verdict(is_right(case, seen), f"{seen.ended} {seen.why}".strip()) if case.answerable else None


def mail_helped(case: MailCase, seen: Observed) -> Verdict | None:
    """Tell whether a mail whose question its company's help centre answers got the right answer."""
    if case.answer is None or not case.answer.articles:
        return None
    lost = wording.missing(seen.answer.text, case.answer.facts) if seen.answer else []
    return Verdict(_states(case.answer, seen), f"{seen.ended} {seen.why}{'lacks: ' + '; '.join(lost) if lost else ''}".strip())


def mail_abstained(case: MailCase, seen: Observed) -> Verdict | None:
    """Tell whether a mail whose question its company's help centre does not answer was left to a person."""
    if case.answer is None or case.answer.articles:
        return None
    return Verdict(seen.ended == "handedOver", seen.answer.text[:300] if seen.answer else f"{seen.ended} {seen.why}".strip())


def citation_valid(case: Case, seen: Observed) -> Verdict | None:
    """Tell whether every sentence cites, every citation is a passage that was found, and its quote stands in that passage."""
    if seen.answer is None or seen.search is None:
        return None
    sources = {f"p{place}": found.passage for place, found in enumerate(seen.search.found, 1)}
    listed = {citation.id for citation in seen.answer.citations}
    for sentence in seen.answer.sentences:
        if not sentence.citations or not set(sentence.citations) <= listed:
            return Verdict(False, f"{sentence.text[:80]!r} cites {', '.join(sentence.citations) or 'nothing'}")
    for citation in seen.answer.citations:
        passage = sources.get(citation.id)
        if passage is None or passage.article != citation.article:
            return Verdict(False, f"{citation.id} is not what was found")
        if not _stands_in(citation.quote, wording.fold(passage.text)):
            return Verdict(False, f"{citation.id}: the quote {citation.quote[:60]!r} is not in {citation.article}")
    return Verdict(True)


def _stands_in(quote: str, text: str) -> bool:
    """Tell whether a quote is in a folded text: word for word, or as a table row told with its column names, each of which must be there."""
    if wording.fold(quote) in text:
        return True
    cells = [part for column in quote.split("; ") for part in column.split(": ", 1)]
    return len(cells) > 2 and all(wording.fold(cell) in text for cell in cells)


def citation_right(case: QuestionCase, seen: Observed) -> Verdict | None:
    """Give the share of the cited passages that are of a right article."""
    if seen.answer is None or not case.articles or not seen.answer.citations:
        return None
    right = [citation.article in case.articles for citation in seen.answer.citations]
    return Verdict(sum(right) / len(right), "" if all(right) else f"cites {', '.join(dict.fromkeys(one.article for one in seen.answer.citations))}")


def unsupported(case: Case, seen: Observed) -> Verdict | None:
    """Give the share of sentences that no passage they cite supports: words or numbers that are not in it (hallucination rate)."""
    if seen.answer is None or seen.search is None or not seen.answer.sentences:
        return None
    sources = {f"p{place}": found.passage.headed() for place, found in enumerate(seen.search.found, 1)}
    alien = [sentence.text for sentence in seen.answer.sentences if not _is_supported(sentence, sources)]
    return Verdict(len(alien) / len(seen.answer.sentences), alien[0][:200] if alien else "")


def _is_supported(sentence: Sentence, sources: dict[str, str]) -> bool:
    wanted, figures = wording.content(sentence.text), wording.numbers(sentence.text)
    cited = [sources[label] for label in sentence.citations if label in sources]
    return any(figures <= wording.numbers(text) and len(wanted & wording.content(text)) >= SUPPORTED * len(wanted) for text in cited)


def sentences(case: Case, seen: Observed) -> Verdict | None:
    """Give how many sentences an answer has."""
    return Verdict(float(len(seen.answer.sentences))) if seen.answer else None
