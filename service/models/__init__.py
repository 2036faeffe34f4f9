"""What every model must do, and how each way of failing is called.

ModelError
├── Unavailable          not now: connection, timeout, 408, 409, 429, 5xx     (worth a retry; with its Retry-After)
│   ├── RateLimited      429
│   ├── TimedOut         no answer within the time of this attempt
│   └── Garbled          a reply that is no chat completion: a proxy's page, cut JSON
├── Refused              never: bad request, over-long prompt                 (not worth a retry)
│   ├── Misconfigured    never for any call: bad key, no permission, no such model, no credit
│   └── BudgetSpent      never asked: the email's or the day's money is spent
├── BreakerOpen          never asked: this model failed too often just now
├── OutOfTime            never asked: too little of the time allowed was left
├── Broken               something on the way to the model raised what nobody foresaw
├── Unusable             an answer that is no text
│   └── Empty, CutOff, Filtered, Declined, CalledTool, NotUtf8, TooLarge
├── Unacceptable         a text that the validator or the evidence check sends back, with its words
└── AllRoutesFailed      no route of the release gave an acceptable answer
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal, Protocol

from pydantic import BaseModel

from service.prompting import Material, Prompt, PromptError
from service.questions import Question
from service.screening.screening import Screened

Task = Literal["extract", "answer", "verify", "judge"]


@dataclass(frozen=True)
class Usage:
    """Tokens of one call. `cached` are part of `input`, `reasoning` part of `output`; None where the provider does not say."""

    input: int | None = None
    cached: int | None = None
    output: int | None = None
    reasoning: int | None = None


NOTHING_USED = Usage(0, 0, 0, 0)


class ModelError(Exception):
    """A model gave nothing that can be used. `usage` is what it took all the same: None fields where nobody knows."""

    def __init__(self, message: str = "", *, usage: Usage = NOTHING_USED) -> None:
        super().__init__(message)
        self.usage = usage


class Unavailable(ModelError):
    """The provider cannot answer now; the same call may succeed later, after `retry_after` seconds where it says so."""

    def __init__(self, message: str, retry_after: float | None = None, *, usage: Usage = NOTHING_USED) -> None:
        super().__init__(message, usage=usage)
        self.retry_after = retry_after


class RateLimited(Unavailable):
    """The provider takes no more calls for the moment."""


class TimedOut(Unavailable):
    """No complete answer came within the time of this attempt."""


class Garbled(Unavailable):
    """The reply is not a chat completion."""


class Refused(ModelError):
    """The provider will not take this call, however often it is made."""


class Misconfigured(Refused):
    """The provider will take no call like this: the key, the model's name, a permission or the credit is wrong."""


class BudgetSpent(Refused):
    """What one email or one day may cost is spent, so the provider was not asked."""


class BreakerOpen(ModelError):
    """The model failed so often just now that it was not asked."""


class OutOfTime(ModelError):
    """Too little was left of the time allowed to ask the model at all."""


class Broken(ModelError):
    """Asking a hosted model, or judging what it said, raised an error that nobody foresaw: that route's failure, never the mail's."""


class Unusable(ModelError):
    """The model answered with something that is no answer."""


class Empty(Unusable):
    """The reply holds no choice, or a choice without text."""


class CutOff(Unusable):
    """The answer reached the longest length allowed before it ended."""


class Filtered(Unusable):
    """The provider's content filter held the answer back."""


class Declined(Unusable):
    """The model declined to answer."""


class CalledTool(Unusable):
    """The model called a tool instead of answering."""


class NotUtf8(Unusable):
    """The reply is not valid UTF-8."""


class TooLarge(Unusable):
    """The reply is larger than any answer can be."""


class Unacceptable(ModelError):
    """The answer breaks the contract. The message is written for the model, to be repaired by."""


class AllRoutesFailed(ModelError):
    """No route gave an answer that was accepted. The message tells what became of each."""


@dataclass(frozen=True)
class Call:
    """One thing asked of a model: the filled prompt, the shape of the answer, and what was wrong with earlier tries.

    `prompt` carries both the rendered text (for hosted models) and the values that fill it (for the local one). `rejected` holds the answers
    that the `complaints` are about, in the same order.
    """

    task: Task
    prompt: Prompt[Material]
    shape: type[BaseModel]
    complaints: tuple[str, ...] = ()
    rejected: tuple[str, ...] = ()

    @property
    def mail(self) -> Screened:
        """The mail that a ticket is asked for. Raises PromptError for other material."""
        if not isinstance(self.prompt.material, Screened):
            raise PromptError(f"{self.task}: this is about a {type(self.prompt.material).__name__}, not a mail")
        return self.prompt.material

    @property
    def question(self) -> Question:
        """The question that an answer is asked for. Raises PromptError for other material."""
        if not isinstance(self.prompt.material, Question):
            raise PromptError(f"{self.task}: this is about a {type(self.prompt.material).__name__}, not a question")
        return self.prompt.material


@dataclass(frozen=True)
class Completion:
    """What a model answered: a JSON text still to be validated, and what it took.

    `evidence` is what the model itself can show for its answer (which rule fired on which sentence); hosted models leave it empty.
    """

    text: str
    provider: str
    model: str
    usage: Usage = Usage()
    usd: Decimal | None = None
    price_source: str | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)


class Model(Protocol):
    """Something that answers calls."""

    provider: str
    name: str

    def complete(self, call: Call, timeout: float) -> Completion:
        """Answer within `timeout` seconds, or raise a ModelError."""
        ...
