"""The check of an answer: every sentence goes through a chain of links, strict ones first, and what fails one does not leave."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from retrieval.encoder import EncodesTokens
from service.answers import Answer, Citation, Draft, HandedOver, Quoted, Sentence, Struck
from service.release import Checks, Policy
from service.stages.check import addresses, agreement, coverage, evidence, form, leaving, quoting
from service.stages.check.coverage import Covers
from service.stages.check.evidence import Evidence, Passage
from service.stages.check.verdicts import Examined, Quote, Verdict
from service.text import language, places

MOST_SENTENCES = 60  # of one answer that are looked at; more is no answer
ALL = Policy()  # every rule of it on
LONGEST_PASSAGE = 20_000  # characters of a passage that are read


@dataclass(frozen=True)
class Checker:
    """What the chain needs: the encoder that finds evidence, and what says whether evidence carries a sentence."""

    encoder: EncodesTokens
    covers: Covers


def check(draft: Draft, checker: Checker, checks: Checks, policy: Policy = ALL, question: str = "") -> Answer:
    """Keep the sentences that every link lets pass.

    Raises HandedOver, with what was kept and struck attached: "unsupported" when no sentence is left or less than half are, "needs_a_person" when the
    answer is in another language than its passages, which only its quotes could be checked in, unless the policy allows that.
    """
    kept: list[Sentence] = []
    struck: list[Struck] = []
    foreign = False
    written = list(_sentences(draft))
    wanted = dict.fromkeys(name for _, citations, _ in written for name in citations if name in draft.sources)
    passages = {name: Passage.of(draft.sources[name].passage, LONGEST_PASSAGE) for name in wanted}  # each is cut into units once
    for text, citations, quotes in written:
        cited = {name: passages[name] for name in citations if name in passages}
        if not cited:
            struck.append(Struck(text, citations, "cites no passage that was found", "quote"))
            continue
        seen = examine(text, cited, checker, checks, policy, quotes, question)
        if failed := seen.failed:
            struck.append(Struck(text, citations, f"{failed.why}", failed.link))
            continue
        foreign = foreign or seen.by_quotes_alone
        kept.append(Sentence(text, tuple(cited), round(seen.support, 3), quoted(seen.quotes, cited)))
    answer = Answer(tuple(kept), _citations(kept, draft), tuple(struck))
    enough(answer)
    if foreign and not policy.other_language:
        raise HandedOver("needs_a_person", "the answer is in another language than the help centre, so that only its quotes could be checked", answer)
    return answer


def enough(answer: Answer) -> None:
    """Let an answer pass of which enough is left. Raises HandedOver("unsupported") with the answer attached."""
    if not answer.sentences or len(answer.sentences) < len(answer.struck):
        raise HandedOver("unsupported", f"{len(answer.struck)} of the draft's {answer.checked} sentences did not pass the check", answer)


def quoted(quotes: tuple[Quote, ...], passages: Mapping[str, Passage]) -> tuple[Quoted, ...]:
    """Return quotes with the places where they stand in their passages."""
    found = [(one, places.find(passages[one.label].text, one.text) or (None, None)) for one in quotes]
    return tuple(Quoted(one.label, one.text, start, end) for one, (start, end) in found)


def examine(
    sentence: str,
    passages: Mapping[str, Passage],
    checker: Checker,
    checks: Checks,
    policy: Policy = ALL,
    quotes: tuple[str, ...] = (),
    question: str = "",
) -> Examined:
    """Take one sentence through the chain, as far as it comes. `passages` are those that it cites, by label; `quotes` what it says it quotes of them."""
    cited = " \n ".join(f"{one.title} \n {one.heading} \n {one.text}" for one in passages.values())
    verdicts: list[Verdict] = []

    def ended(link: Verdict) -> bool:
        verdicts.append(link)
        return link.why is not None

    if checks.form and ended(_strict("form", form.fault(sentence, cited))):
        return Examined(sentence, 0.0, tuple(verdicts))
    if ended(_strict("quote", None if any(passage.units for passage in passages.values()) else "there is nothing in the passages it cites")):
        return Examined(sentence, 0.0, tuple(verdicts))
    stand, missing = quoting.located(quotes, passages)
    if checks.quote and ended(_strict("quote", f"{missing[0][:80]!r} stands in no passage that is cited" if missing and not stand else None)):
        return Examined(sentence, 0.0, tuple(verdicts))
    spelled = addresses.spelled(sentence, " ".join(one.text for one in passages.values()))  # so that words alone are compared
    rests = list(_evidence(spelled, passages, stand, checker))
    if not checks.quote and missing:  # nobody looks whether they stand anywhere, so they carry what they say
        rests = [_believed(missing, tuple(passages.values())), *rests]
    if checks.policy and ended(_strict("policy", leaving.fault(sentence, cited, policy, " ".join(one.text for one in rests), question))):
        return Examined(sentence, 0.0, tuple(verdicts))
    found = [(one, agreement.fault(sentence, one)) for one in rests]
    agreeing = [one for one, fault in found if fault is None] if checks.agreement else rests
    if checks.agreement and ended(_strict("agreement", None if agreeing else found[0][1])):
        return Examined(sentence, 0.0, tuple(verdicts))
    if stand and _other_language(sentence, cited):
        verdicts.append(Verdict("coverage", 0.5))
        return Examined(sentence, 0.5, tuple(verdicts), stand, by_quotes_alone=True)
    best, support = max(
        ((one, 1.0 if coverage.verbatim(sentence, one) else checker.covers(spelled, one)) for one in agreeing), key=lambda pair: pair[1]
    )
    short = checks.grounding and support < checks.sentence_support
    why = f"what it rests on carries it to {support:.2f}, and {checks.sentence_support:.2f} is asked for" if short else None
    verdicts.append(Verdict("coverage", support, why))
    return Examined(sentence, support, tuple(verdicts), stand or _shown(best, passages))


def _strict(link: str, why: str | None) -> Verdict:
    return Verdict(link, 0.0 if why else 1.0, why)  # type: ignore[arg-type]


def _sentences(draft: Draft) -> Iterator[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """Give every sentence of a draft as we cut it, with the citations and quotes of the text that it stood in."""
    count = 0
    for written in draft.sentences:
        for text in form.split(written.text) or [written.text]:
            count += 1
            if count <= MOST_SENTENCES:
                yield text, written.citations, written.quotes


def _evidence(sentence: str, passages: Mapping[str, Passage], quotes: tuple[Quote, ...], checker: Checker) -> Iterator[Evidence]:
    """Give what a sentence may rest on: the units that it quotes, and those that fit it best."""
    if quotes:
        by_label = {label: quoting.touched(passage, tuple(one for one in quotes if one.label == label)) for label, passage in passages.items()}
        chosen = tuple((passages[label], unit) for label, listed in by_label.items() for unit in listed)
        if chosen:
            yield Evidence(tuple(passages.values()), chosen)
    own = evidence.choose(sentence, tuple(passages.values()), checker.encoder)
    if own.chosen:
        yield own


def _believed(quotes: tuple[str, ...], passages: tuple[Passage, ...]) -> Evidence:
    """Return quotes as evidence, wherever they are from."""
    alone = Passage("", "", "\n\n".join(quotes))
    return Evidence((*passages, alone), tuple((alone, unit) for unit in alone.units))


def _other_language(sentence: str, cited: str) -> bool:
    told, known = language.detect(sentence), language.detect(cited)
    return "unknown" not in (told, known) and told != known


def _shown(rests: Evidence, passages: Mapping[str, Passage]) -> tuple[Quote, ...]:
    """Return the units of evidence as quotes."""
    labels = {id(passage): label for label, passage in passages.items()}
    return tuple(Quote(labels.get(id(passage), next(iter(passages))), unit.text) for passage, unit in rests.chosen)


def _citations(kept: Sequence[Sentence], draft: Draft) -> tuple[Citation, ...]:
    """Return every cited passage once, with the first quote of it that some sentence rests on."""
    listed = []
    for name in dict.fromkeys(name for sentence in kept for name in sentence.citations):
        quotes = [one.text for sentence in kept for one in sentence.quotes if one.label == name]
        if quotes:
            found = draft.sources[name]
            passage = found.passage
            score = round(found.score, 4)
            listed.append(Citation(name, passage.article, passage.title, passage.heading, quotes[0], score, passage.updated, passage.version))
    return tuple(listed)
