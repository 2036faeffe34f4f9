"""From a question and passages to a draft: sentences, each with the passages it says it rests on."""

from collections.abc import Callable
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from service.answers import Draft, DraftSentence, HandedOver
from service.models import AllRoutesFailed, Call, Completion, Unacceptable
from service.models.costs import Budget
from service.models.routing import Routes
from service.prompting import Prompt, PromptFolder
from service.questions import Question
from service.stages.check import quoting
from service.stages.check.evidence import Passage
from service.trace import Attempt

MOST_SENTENCES = 20  # more than any prompt allows: a longer answer is a fault, not a long answer


class WrittenSentence(BaseModel):
    """One sentence as a model writes it."""

    model_config = ConfigDict(strict=True, extra="forbid")

    text: str = Field(min_length=1, max_length=1500)
    citations: list[str] = Field(description="Labels of the passages that this sentence rests on, such as p1", max_length=8)
    quotes: list[str] = Field(
        default_factory=list,
        max_length=8,
        description="The words of those passages that carry this sentence, copied letter by letter; a table row whole",
    )


class Written(BaseModel):
    """An answer as a model writes it; no sentence means that the passages do not answer."""

    model_config = ConfigDict(strict=True, extra="forbid")

    sentences: list[WrittenSentence] = Field(max_length=MOST_SENTENCES)


@dataclass(frozen=True)
class Drafted:
    """A draft, and whether the fallback wrote it."""

    draft: Draft
    degraded: bool = False


def answer(
    question: Question, prompt: PromptFolder, routes: Routes, record: Callable[[Attempt], None], deadline: float, spent: Budget | None = None
) -> Drafted:
    """Have a model answer from the passages. Raises HandedOver when no route answered, or the model found no answer in them."""

    asked_again: list[str] = []

    def accept(completion: Completion) -> Draft:
        written = _validated(completion.text)
        sentences = tuple(DraftSentence(one.text.strip(), tuple(dict.fromkeys(one.citations)), tuple(one.quotes)) for one in written.sentences)
        if unknown := sorted({name for one in sentences for name in one.citations} - question.passages.keys()):
            raise Unacceptable(f"there is no passage {', '.join(unknown)}: cite only {', '.join(question.passages)}")
        if not asked_again and (strange := _misquoted(sentences, question)):
            asked_again.append(strange)  # once: what stands in no passage then is struck, and the rest may still leave
            raise Unacceptable(f"the quote {strange!r} stands in no passage that its sentence cites: copy quotes letter by letter, or leave them out")
        return Draft(sentences, question.passages)

    try:
        routed = routes.complete(Call("answer", Prompt(prompt, question), Written), accept, record, deadline, spent)
    except AllRoutesFailed as exc:
        raise HandedOver("models_failed", "no model gave an answer") from exc
    if not routed.value.sentences:
        raise HandedOver("no_answer", "the passages found do not answer the question")
    return Drafted(routed.value, routed.degraded)


def _misquoted(sentences: tuple[DraftSentence, ...], question: Question) -> str | None:
    """Return a quote that stands in no passage that its sentence cites, None where all do."""
    for one in sentences:
        cited = {name: Passage.of(found.passage) for name in one.citations if (found := question.passages.get(name))}
        _, missing = quoting.located(one.quotes, cited)
        if missing:
            return missing[0][:120]
    return None


def _validated(text: str) -> Written:
    try:
        return Written.model_validate_json(text)
    except ValidationError as exc:
        faults = [
            f"{'.'.join(map(str, fault['loc'])) or 'the answer'}: {fault['msg']}" for fault in exc.errors(include_url=False, include_input=False)
        ]
        raise Unacceptable("; ".join(faults)) from exc
