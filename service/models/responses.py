"""What a provider's reply holds: its text, why it ended, and the tokens it took."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from service.models import CalledTool, CutOff, Declined, Empty, Filtered, Garbled, NotUtf8, Usage
from service.models.json_answers import valid_in

MOST_TOKENS = 50_000_000  # more than any context: what is reported beyond it is a mistake, and no database could keep it
_Count = Annotated[int, Field(ge=0, le=MOST_TOKENS)] | None


def _sane(reported: Any) -> Any:
    """Let a detail through that can be one: a mistake in it says nothing about the rest."""
    return reported if isinstance(reported, (int, float)) and not isinstance(reported, bool) and 0 <= reported <= MOST_TOKENS else None


_Detail = Annotated[_Count, BeforeValidator(_sane)]


class _Part(BaseModel):
    text: str | None = None


class _Message(BaseModel):
    content: str | list[_Part] | None = None
    reasoning_content: Any = None
    reasoning: Any = None
    refusal: str | None = None
    tool_calls: list[Any] | None = None
    function_call: Any = None


class _Choice(BaseModel):
    message: _Message = _Message()
    finish_reason: str | None = None


class _Reply(BaseModel):
    choices: list[_Choice] | None
    usage: Any = None


class _Delta(BaseModel):
    delta: _Message | None = None
    finish_reason: str | None = None


class _Chunk(BaseModel):
    choices: list[_Delta] | None = None
    usage: Any = None


class _InputDetails(BaseModel):
    cached_tokens: _Detail = None


class _OutputDetails(BaseModel):
    reasoning_tokens: _Detail = None


class _Tokens(BaseModel):
    prompt_tokens: _Count = None
    completion_tokens: _Count = None
    total_tokens: _Detail = None
    prompt_cache_hit_tokens: _Detail = None  # DeepSeek's name for what its cache gave
    cached_tokens: _Detail = None  # Moonshot's
    cache_read_input_tokens: _Detail = None  # Anthropic's, passed on by gateways
    prompt_tokens_details: _InputDetails | None = None
    completion_tokens_details: _OutputDetails | None = None


def read(body: bytes, shape: type[BaseModel] | None = None) -> tuple[str, Usage]:
    """Return the text and usage of a chat completion. Raises the Unusable that says why there is no text, or Garbled.

    A server that takes the whole answer for thoughts leaves the text empty: what is valid in `shape` among them is the text then.
    """
    body = body.removeprefix(b"\xef\xbb\xbf")
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as exc:
        raise NotUtf8(f"the reply is not UTF-8 at byte {exc.start}", usage=Usage()) from exc
    try:
        reply = _Reply.model_validate_json(body)
    except ValidationError as exc:
        first = exc.errors(include_url=False, include_input=False)[0]
        raise Garbled(f"the reply is not a chat completion: {'.'.join(map(str, first['loc'])) or 'body'}: {first['msg']}", usage=Usage()) from exc
    used = usage(reply.usage)
    if not reply.choices:
        raise Empty("the reply holds no choice", usage=used)
    choice = reply.choices[0]
    text = _text(choice.message) or (_thought(choice.message, shape) if shape and choice.finish_reason in (None, "stop") else "")
    called = bool(choice.message.tool_calls or choice.message.function_call)
    check(text, choice.finish_reason, choice.message.refusal, called, used)
    return text, used


def check(text: str, finish_reason: str | None, refusal: str | None, called_tool: bool, used: Usage) -> None:
    """Raise the Unusable that says why an answer is none; an answer that is one passes."""
    if refusal:
        raise Declined(f"the model declined: {refusal[:200]}", usage=used)
    if finish_reason == "content_filter":
        raise Filtered("the provider's content filter held the answer back", usage=used)
    if finish_reason == "length":
        raise CutOff(f"the answer was cut off after {used.output if used.output is not None else 'too many'} tokens", usage=used)
    if called_tool and not text.strip():
        raise CalledTool("the model called a tool instead of answering", usage=used)
    if not text.strip():
        raise Empty("the answer is empty", usage=used)


class Written:
    """An answer that comes in pieces."""

    def __init__(self) -> None:
        self._text: list[str] = []
        self._refusal: list[str] = []
        self._reason: str | None = None
        self._called_tool = False
        self._usage = Usage()

    def add(self, chunk: Any) -> str:
        """Take one chunk of a stream and return the text it adds. Raises Garbled for what is no chunk."""
        try:
            read = _Chunk.model_validate(chunk)
        except ValidationError as exc:
            raise Garbled("a piece of the stream is no part of a chat completion", usage=Usage()) from exc
        if read.usage:
            self._usage = usage(read.usage)
        if not read.choices:
            return ""
        choice, delta = read.choices[0], read.choices[0].delta or _Message()
        self._reason = choice.finish_reason or self._reason
        self._refusal.append(delta.refusal or "")
        self._called_tool = self._called_tool or bool(delta.tool_calls or delta.function_call)
        self._text.append(_text(delta))
        return self._text[-1]

    def finished(self) -> tuple[str, Usage]:
        """Return the whole text and its usage. Raises as `read` does, and Garbled where the stream broke off."""
        if self._reason is None:
            raise Garbled("the stream ended before the answer did", usage=Usage())
        text = "".join(self._text)
        check(text, self._reason, "".join(self._refusal), self._called_tool, self._usage)
        return text, self._usage


def usage(reported: Any) -> Usage:
    """Read the tokens that a provider reports; what is missing or makes no sense is unknown."""
    try:
        tokens = _Tokens.model_validate(reported)
    except ValidationError:
        return Usage()
    prompt, output = tokens.prompt_tokens, tokens.completion_tokens
    reasoning = tokens.completion_tokens_details.reasoning_tokens if tokens.completion_tokens_details else None
    cached = _cached(tokens)
    if prompt is None or output is None:
        return Usage(prompt, cached, output, reasoning)
    # Some providers leave what their cache gave out of prompt_tokens, or their reasoning out of completion_tokens, but neither out of the total
    # nor out of the bill.
    gap = max(0, (tokens.total_tokens or 0) - prompt - output)
    if cached and (cached > prompt or gap in (cached, cached + (reasoning or 0))):
        prompt, gap = prompt + cached, max(0, gap - cached)
    if gap:
        output, reasoning = output + gap, reasoning or gap
    return Usage(prompt, cached, output, reasoning)


def _cached(tokens: _Tokens) -> int | None:
    details = tokens.prompt_tokens_details.cached_tokens if tokens.prompt_tokens_details else None
    told = (details, tokens.prompt_cache_hit_tokens, tokens.cached_tokens, tokens.cache_read_input_tokens)
    return next((one for one in told if one is not None), None)


def _text(message: _Message) -> str:
    content = message.content
    return "".join(part.text or "" for part in content) if isinstance(content, list) else content or ""


def _thought(message: _Message, shape: type[BaseModel]) -> str:
    texts = [one for one in (message.reasoning_content, message.reasoning) if isinstance(one, str)]
    return next((found for text in texts if (found := valid_in(text, shape))), "")
