"""A second model's opinion of a checked answer, sentence by sentence: it can strike, and nothing else."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from service.answers import Answer, Draft, Sentence, Struck
from service.models import AllRoutesFailed, Call, Completion, Unacceptable
from service.models.costs import Budget
from service.models.routing import Routes
from service.prompting import Prompt, PromptFolder, Readable
from service.questions import Answered
from service.stages.check import chain, quoting
from service.stages.check.evidence import Passage
from service.trace import Attempt

NOT_CARRIED = "a second model finds nothing in its passages that carries it"
NOT_QUOTED = "a second model supports it, and cannot quote what carries it"


class Opinion(BaseModel):
    """What a model says of one sentence."""

    model_config = ConfigDict(strict=True, extra="forbid")

    sentence: int = Field(description="Number of the sentence")
    supported: bool
    quote: str = Field(
        "", max_length=4000, description="The words of a passage that carry it, copied letter by letter; empty where it is not supported"
    )


class Opinions(BaseModel):
    """What a model says of an answer."""

    model_config = ConfigDict(strict=True, extra="forbid")

    sentences: list[Opinion] = Field(max_length=chain.MOST_SENTENCES)


@dataclass(frozen=True)
class Verified:
    """An answer as the second opinion left it, and whether none came, so that nothing was struck."""

    answer: Answer
    unasked: bool = False


def verify(
    answer: Answer,
    draft: Draft,
    question: Readable,
    prompt: PromptFolder,
    routes: Routes,
    record: Callable[[Attempt], None],
    deadline: float,
    spent: Budget | None = None,
) -> Verified:
    """Have a model look at every sentence of an answer, and strike what it does not support or cannot quote.

    Where no route gives an opinion the answer stays as it was checked. Raises HandedOver("unsupported") where too little is left.
    """
    asked_again: list[str] = []

    def accept(completion: Completion) -> Mapping[int, str | None]:
        said = _validated(completion.text, len(answer.sentences))
        faults = {one.sentence: _fault(one, answer.sentences[one.sentence - 1], draft) for one in said.sentences}
        if not asked_again and (unquoted := [str(number) for number, why in faults.items() if why == NOT_QUOTED]):
            asked_again.extend(unquoted)  # once, as for the quotes of an answer
            raise Unacceptable(f"the quote of sentence {', '.join(unquoted)} stands in no passage that it names: copy quotes letter by letter")
        return faults

    material = Answered(question, draft.sources, tuple((one.text, one.citations) for one in answer.sentences))
    try:
        faults = routes.complete(Call("verify", Prompt(prompt, material), Opinions), accept, record, deadline, spent).value
    except AllRoutesFailed:  # each attempt is on record with its error
        return Verified(answer, unasked=True)
    left = _struck(answer, faults)
    chain.enough(left)
    return Verified(left)


def _validated(text: str, count: int) -> Opinions:
    try:
        said = Opinions.model_validate_json(text)
    except ValidationError as exc:
        fault = exc.errors(include_url=False, include_input=False)[0]
        raise Unacceptable(f"{'.'.join(map(str, fault['loc'])) or 'the answer'}: {fault['msg']}") from exc
    if sorted(one.sentence for one in said.sentences) != list(range(1, count + 1)):
        raise Unacceptable(f"there are sentences 1 to {count}: give one entry for each of them")
    return said


def _fault(said: Opinion, sentence: Sentence, draft: Draft) -> str | None:
    """Say why a sentence is struck, None where it stays."""
    if not said.supported:
        return NOT_CARRIED
    cited = {name: Passage.of(draft.sources[name].passage) for name in sentence.citations if name in draft.sources}
    found, missing = quoting.located((said.quote,), cited)
    return None if found and not missing else NOT_QUOTED


def _struck(answer: Answer, faults: Mapping[int, str | None]) -> Answer:
    kept: list[Sentence] = []
    struck = list(answer.struck)
    for number, one in enumerate(answer.sentences, 1):
        if why := faults[number]:
            struck.append(Struck(one.text, one.citations, why, "verify"))
        else:
            kept.append(one)
    cited = {name for one in kept for name in one.citations}
    return replace(answer, sentences=tuple(kept), citations=tuple(one for one in answer.citations if one.id in cited), struck=tuple(struck))
