"""The check for anybody's text: a sentence or an answer held against passages, without an email, a model or a help centre."""

from typing import Annotated, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from service.release import Checks, Policy
from service.stages.check import chain, form
from service.stages.check.chain import Checker
from service.stages.check.evidence import Passage
from service.stages.check.verdicts import Examined, LinkName
from service.wire import Wire

MOST_PASSAGES, LONGEST_PASSAGE, LONGEST_ANSWER = 40, 100_000, 40_000  # passages, and characters of one and of an answer

Words = Annotated[str, StringConstraints(max_length=LONGEST_PASSAGE)]


class GivenPassage(Wire):
    """A passage with the title and the heading that it stands under."""

    title: Annotated[str, StringConstraints(max_length=1000)] = ""
    heading: Annotated[str, StringConstraints(max_length=1000)] = ""
    text: Words


class CheckRequest(Wire):
    """What is to be checked: a sentence or an answer, by some passages; with the quotes it rests on and the question it answers, where there are any."""

    passages: list[Words | GivenPassage] = Field(max_length=MOST_PASSAGES)
    sentence: Annotated[str, StringConstraints(max_length=LONGEST_ANSWER)] | None = None
    answer: Annotated[str, StringConstraints(max_length=LONGEST_ANSWER)] | None = None
    quotes: list[Annotated[str, StringConstraints(max_length=LONGEST_PASSAGE)]] = Field(default_factory=list, max_length=40)
    question: Annotated[str, StringConstraints(max_length=LONGEST_ANSWER)] = ""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {"required": [one], "properties": {one: {"type": "string"}, other: {"type": "null"}}}
                for one, other in (("sentence", "answer"), ("answer", "sentence"))
            ]
        }
    )

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.sentence is None) == (self.answer is None):
            raise ValueError("give either `sentence` or `answer`")
        return self


class CheckedSentence(Wire):
    """What the chain says of one sentence. `support` is 0 where a strict link failed; `link` names the link that failed, null where all held."""

    text: str
    supported: bool
    support: float
    link: LinkName | None = None
    why: str | None = None
    quote: str | None = Field(None, description="The words of the passages that carry it best")


class CheckResult(Wire):
    """What the chain says of a text: that of its weakest sentence, and every sentence by itself."""

    supported: bool
    support: float
    link: LinkName | None = None
    why: str | None = None
    quote: str | None = None
    sentences: list[CheckedSentence]


def run(asked: CheckRequest, checker: Checker, checks: Checks, policy: Policy) -> CheckResult:
    """Check a text. All of it must hold: a sentence that goes on with another is two."""
    passages = {f"p{number}": _passage(one) for number, one in enumerate(asked.passages, 1)}
    text = (asked.answer if asked.sentence is None else asked.sentence) or ""
    cut = form.split(text) or [text]
    seen = [_told(chain.examine(one, passages, checker, checks, policy, tuple(asked.quotes), asked.question)) for one in cut[: chain.MOST_SENTENCES]]
    if len(cut) > chain.MOST_SENTENCES:
        why = f"the answer has {len(cut)} sentences, and at most {chain.MOST_SENTENCES} are looked at"
        seen.append(CheckedSentence(text=cut[chain.MOST_SENTENCES], supported=False, support=0.0, link="form", why=why))
    weakest = min(seen, key=lambda one: (one.supported, one.support))
    return CheckResult(**weakest.model_dump(exclude={"text"}), sentences=seen)


def _passage(given: str | GivenPassage) -> Passage:
    return Passage("", "", given) if isinstance(given, str) else Passage(given.title, given.heading, given.text)


def _told(seen: Examined) -> CheckedSentence:
    failed = seen.failed
    quote = " … ".join(one.text for one in seen.quotes) or None
    return CheckedSentence(
        text=seen.text,
        supported=failed is None,
        support=round(seen.support, 4),
        link=failed.link if failed else None,
        why=failed.why if failed else None,
        quote=quote,
    )
