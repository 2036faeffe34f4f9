"""Reads one raw email, however broken, into a `Message` that separates what its writer authored from everything else."""

import base64
import binascii
import email
import email.message
import email.parser
import email.policy
import email.utils
import hashlib
import quopri
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeAlias

from ingestion.mail import automatic, html, quoted_history


class NotAnEmail(ValueError):
    """The bytes are not an email."""


@dataclass(frozen=True)
class Address:
    name: str | None
    address: str | None


@dataclass(frozen=True)
class Attachment:
    name: str | None
    media_type: str
    size: int  # bytes, decoded


@dataclass(frozen=True)
class Message:
    """One email. All strings are valid UTF-8 without NUL; parts that the mail does not have are ''."""

    message_id: str | None
    sender: Address
    reply_to: Address | None
    to: tuple[Address, ...]
    subject: str
    date: datetime | None  # aware
    text: str
    signature: str
    quoted: str
    forwarded: str
    hidden: str  # what the HTML contains but does not show
    attachments: tuple[Attachment, ...]
    automatic: automatic.Kind | None
    digest: str  # sha256 of the raw bytes, hex
    headers: Mapping[str, str]  # lower-case names


@dataclass(frozen=True)
class Head:
    """How an email introduces itself: what its headers alone say."""

    message_id: str | None
    sender: Address
    subject: str
    digest: str  # sha256 of the raw bytes, hex


_Part: TypeAlias = "email.message.Message[str, str]"
_KEPT_HEADERS = (
    "auto-submitted", "cc", "feedback-id", "importance", "in-reply-to", "list-id", "list-post", "list-unsubscribe", "list-unsubscribe-post",
    "precedence", "priority", "references", "reply-to", "return-path", "x-auto-response-suppress", "x-autoreply", "x-autoreply-from",
    "x-autorespond", "x-campaign", "x-campaignid", "x-failed-recipients", "x-mailer", "x-mailer-recptid", "x-priority",
)  # fmt: skip
_KNOWN_HEADER = re.compile(
    r"(?:from|to|cc|bcc|subject|date|message-id|mime-version|content-[\w-]+|received|return-path|reply-to|sender|delivered-to|x-[\w-]+"
    r"|dkim-signature|in-reply-to|references|list-[\w-]+|resent-[\w-]+|importance|precedence|auto-submitted)",
    re.IGNORECASE,
)
_HEADER_LINE = re.compile(rb"[!-9;-~]+:|[ \t]|>?From ")
_REAL_HEADER_LINE = re.compile(rb"(?i)(?:from|to|cc|subject|date|message-id|mime-version|content-type|content-transfer-encoding|reply-to):")
_ENCODED_WORD = re.compile(r"=\?([\w.:+-]{1,60})(?:\*[\w-]{0,20})?\?([bBqQ])\?([^?\r\n]*)\?=")
_ADDRESS_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|\(((?:[^()\\]|\\.)*)\)|<([^<>]*)>|([,;:])|([^\s",;:<>()]+|\s+|["<>()])', re.DOTALL)
_UNWANTED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_UUENCODED = re.compile(r"^begin(?:-base64)? [0-7]{3,4} ([^\n]{1,200})\n((?:[!-`][ -`]{0,80}\n){1,})(?:`?\n)?end[ \t]*$", re.MULTILINE)
_PLAIN_STUB = re.compile(r"\bhtml\b|view (?:this|it) (?:e-?mail|message)? ?(?:in|online)|im browser|navigateur|navegador", re.IGNORECASE)
_MARKUP = re.compile(r"\s*<(?:!doctype html|html|head|body|div|p|table|span)\b", re.IGNORECASE)
_ALIASES = {
    "ks_c_5601-1987": "cp949", "euc-kr": "cp949", "gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "x-sjis": "cp932",
    "shift_jis": "cp932", "shift-jis": "cp932", "iso-8859-8-i": "iso-8859-8", "iso-8859-1": "cp1252", "latin1": "cp1252",
    "us-ascii": "cp1252", "ascii": "cp1252", "unicode-1-1-utf-7": "utf-7", "iso-8859-9": "cp1254", "utf8mb4": "utf-8",
    "x-mac-roman": "mac-roman", "iso-8859-11": "cp874", "tis-620": "cp874", "iso-2022-jp": "iso2022_jp_ext",
}  # fmt: skip
_NOT_CHARSETS = {"idna", "punycode", "unicode_escape", "unicode-escape", "raw_unicode_escape", "raw-unicode-escape", "undefined"}
_LONGEST_HEADER = 20_000
_DEEPEST = 100
_MOST_ENCLOSED = 20
_DEAREST = 200_000_000  # boundaries x lines: the standard parser tests every open boundary on every line


def parse(raw: bytes) -> Message:
    """Read a raw mail. Raises `NotAnEmail` for bytes without a single header of mail; never anything else.

    Wrong charsets, broken MIME and bad encodings are repaired as mail clients do, in time linear in the size of the mail.
    """
    tree = _tree(raw)
    headers = _headers(tree)
    body = _Body()
    _sort([tree], "mixed", body, inside_alternative=False, depth=0)
    sender = _sender(headers)
    subject = _words(headers.get("subject", ""))
    written, hidden = _readable(body)
    split = quoted_history.split(written, subject, sender.name or "")
    kept = {name: _words(headers[name])[:2000] for name in _KEPT_HEADERS if name in headers}
    return Message(
        message_id=_message_id(headers.get("message-id", "")),
        sender=sender,
        reply_to=next(iter(addresses(headers.get("reply-to", ""))), None),
        to=addresses(headers.get("to", "")),
        subject=subject,
        date=_date(headers.get("date", "")),
        text=split.text,
        signature=split.signature,
        quoted=split.quoted,
        forwarded="\n\n".join(filter(None, [split.forwarded, *body.enclosed])),
        hidden=hidden,
        attachments=tuple(body.attachments),
        automatic=automatic.recognise(
            kept, media_types=frozenset(body.media_types), sender=sender.address or "", subject=subject, text=split.text or written
        ),
        digest=hashlib.sha256(raw).hexdigest(),
        headers=kept,
    )


def head(raw: bytes) -> Head:
    """Read only the headers of a raw mail, without a look at its parts. Raises `NotAnEmail` where `parse` would."""
    headers = _headers(_tree(raw, headersonly=True))
    return Head(_message_id(headers.get("message-id", "")), _sender(headers), _words(headers.get("subject", "")), hashlib.sha256(raw).hexdigest())


def _sender(headers: Mapping[str, str]) -> Address:
    return next(iter(addresses(headers.get("from", "") or headers.get("sender", ""))), Address(None, None))


def addresses(header: str) -> tuple[Address, ...]:
    """Read an address header as it stands in the mail: quoted names, comments, groups, encoded words, missing brackets."""
    found: list[Address] = []
    words: list[str] = []
    bracketed = comment = ""
    for token in [*_ADDRESS_TOKEN.finditer(header[:_LONGEST_HEADER]), None]:
        if token is None or token[4] in {",", ";"}:
            found += _address("".join(words), bracketed, comment)
            words, bracketed, comment = [], "", ""
        elif token[4]:
            words = []  # the name of a group
        elif token[3] is not None:
            bracketed = bracketed or token[3].strip() or " "
        elif token[2] is not None:
            comment = token[2]
        else:
            words.append(re.sub(r"\\(.)", r"\1", token[1]) if token[1] is not None else token[5])
    return tuple(found)


def _address(text: str, bracketed: str, comment: str) -> list[Address]:
    name = _words(text).strip(" '\"<>()")
    address = bracketed.rpartition(":")[2].strip()
    inner = re.fullmatch(r"([^<>]{0,300})<([^<>\s]{3,300}@[^<>\s]{1,300})>?", _words(text).strip())
    if not bracketed and inner:  # a mailer that encoded the whole address as one word
        name, address = inner[1].strip(" '\""), inner[2]
    elif not bracketed and "@" in name:
        address = next(word for word in name.split() if "@" in word)
        name = " ".join(word for word in name.split() if "@" not in word)
    name = name or _words(comment).strip()
    return [Address(name or None, _words(address).replace(" ", "") or None)] if name or address else []


def _words(value: str) -> str:
    """Decode RFC 2047 words; neighbours of one charset are joined first, since mailers cut characters in two."""
    pieces: list[tuple[bytes | str, str]] = []
    end = 0
    for word in _ENCODED_WORD.finditer(value := value[:_LONGEST_HEADER]):
        between, end = value[end : word.start()], word.end()
        code = word[3].encode("utf-8", "replace")
        data = _unbase64(code) if word[2] in "bB" else quopri.decodestring(code, header=True)
        before = pieces[-1][0] if pieces else ""
        if isinstance(before, bytes) and not between.strip():
            if pieces[-1][1] == word[1].lower():
                data = before + data
                pieces.pop()
        elif between:
            pieces.append((between, ""))
        pieces.append((data, word[1].lower()))
    pieces.append((value[end:], ""))
    return " ".join(_clean("".join(data if isinstance(data, str) else _decode(data, charset) for data, charset in pieces)).split())


def _clean(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _SURROGATE.sub("\ufffd", _UNWANTED.sub("", text))


def _decode(data: bytes, charset: str) -> str:
    """Decode as declared; what is not in the declared charset is tried as UTF-8, then as windows-1252."""
    name = charset.strip("\"' \t").lower()
    codec = "" if name in _NOT_CHARSETS else _ALIASES.get(name, name)
    if codec in {"", "cp1252"} and b"\x1b$" in data:
        codec = "iso2022_jp_ext"
    for candidate in ("utf-8", codec) if codec in {"", "cp1252", "windows-1252"} else (codec, "utf-8"):
        try:
            return data.decode(candidate)
        except (LookupError, ValueError):
            continue
    try:  # a few broken characters in a long text do not make it a different charset
        guess = data.decode(codec, "replace")
        if guess.count("\ufffd") * 3 < sum(character > "\x7f" for character in guess):
            return guess
    except (LookupError, ValueError):
        pass
    return data.decode("cp1252", "replace")


def _tree(raw: bytes, *, headersonly: bool = False) -> _Part:
    if raw[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        raw = raw.decode("utf-16", "replace").encode()
    head, body = _mended_head(raw.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n"))
    if not head.strip():
        raise NotAnEmail("This is empty: there is no email in it.")
    is_dear = headersonly or body.lower().count(b"boundary") * (body.count(b"\n") + body.count(b"\r")) > _DEAREST
    # compat32 hands over headers as they are. policy.default parses them, and on hostile ones it raises or takes quadratic time.
    try:
        tree = _read(head + body, headersonly=is_dear)
    except RecursionError:
        tree = _read(head + body, headersonly=True)
    if not any(_KNOWN_HEADER.fullmatch(name) for name in tree.keys()):  # noqa: SIM118 (a Message iterates over nothing useful)
        raise NotAnEmail("This is not an email: it has no From, Subject, Date or other header of one.")
    return tree


def _read(raw: bytes, *, headersonly: bool = False) -> _Part:
    return email.parser.BytesParser(policy=email.policy.compat32).parsebytes(raw, headersonly=headersonly)


def _mended_head(raw: bytes) -> tuple[bytes, bytes]:
    """Drop lines between headers that are none: the standard parser would take all after them for the body."""
    end = re.search(rb"\r?\n\r?\n|\r\r", raw)
    cut = end.start() if end else min(len(raw), 100_000)
    lines = raw[:cut].splitlines(keepends=True)
    last = max((number for number, line in enumerate(lines) if _REAL_HEADER_LINE.match(line)), default=-1)
    mended = [line for number, line in enumerate(lines) if number > last or _HEADER_LINE.match(line)]
    return b"".join(mended), raw[cut:]


def _headers(part: _Part) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in part.raw_items():
        if name.lower() not in headers or not headers[name.lower()]:
            headers[name.lower()] = _raw_text(value)
    return headers


def _raw_text(value: object) -> str:
    data = str(value)[:_LONGEST_HEADER].encode("utf-8", "surrogateescape")
    return " ".join(line.strip() for line in _clean(_decode(data, "")).split("\n")).strip()


def _message_id(header: str) -> str | None:
    found = re.search(r"<([^<>]{1,900})>", header)
    return "".join((found[1] if found else header[:900]).split()) or None


def _date(header: str) -> datetime | None:
    for read in (email.utils.parsedate_to_datetime, datetime.fromisoformat):
        try:
            date = read(header.strip()[:100])
            date = date if date.tzinfo else date.replace(tzinfo=UTC)
            date.astimezone(UTC)
        except (ValueError, TypeError, OverflowError, IndexError):
            continue
        return date
    return None


@dataclass
class _Body:
    """What sorting the MIME parts of one mail has found so far."""

    text: list[tuple[_Part, "_Leaf"]] = field(default_factory=list)
    html: list[tuple[_Part, "_Leaf"]] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    enclosed: list[str] = field(default_factory=list)
    media_types: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class _Leaf:
    """What the content headers of one MIME part say, mended where mailers commonly get them wrong."""

    media_type: str
    name: str | None
    disposition: str
    charset: str
    encoding: str
    is_flowed: bool
    drops_space: bool


def _leaf(part: _Part) -> _Leaf:
    headers = _headers(part)
    encoding = re.match(r"[\"' ]*([\w-]*)", headers.get("content-transfer-encoding", ""))
    for name in ("content-type", "content-disposition"):
        if name in headers:
            del part[name]
            part[name] = re.sub(r"^([\w.+/-]+)\s+(?=\w+=)", r"\1; ", headers[name][:4000])
    try:
        filename = part.get_filename()
        charset = part.get_param("charset", "") or ""
        flow = [str(part.get_param(name, "")).lower() for name in ("format", "delsp")]
    except (TypeError, ValueError, LookupError):  # contradictory RFC 2231 continuations
        filename, charset, flow = None, "", ["", ""]
    return _Leaf(
        media_type=part.get_content_type(),
        name=_words(filename) or None if filename else None,
        disposition=re.split(r"[;\s]", headers.get("content-disposition", "").lower(), maxsplit=1)[0],
        charset=str(charset[2] if isinstance(charset, tuple) else charset),
        encoding=encoding[1].lower() if encoding else "",
        is_flowed=flow[0] == "flowed",
        drops_space=flow[1] == "yes",
    )


def _sort(parts: list[_Part], kind: str, body: _Body, *, inside_alternative: bool, depth: int) -> None:
    """Decide which parts are read and which are attached, after RFC 8621, section 4.1.4."""
    texts, htmls = len(body.text), len(body.html)
    for number, part in enumerate(parts):
        leaf = _leaf(part)
        body.media_types.add(leaf.media_type)
        if leaf.media_type.startswith("multipart/") and depth <= _DEEPEST:
            children = _children(part, leaf) if depth < _DEEPEST else _leaves(part)
            subkind = leaf.media_type.partition("/")[2]
            _sort(children, subkind, body, inside_alternative=inside_alternative or subkind == "alternative", depth=depth + 1)
        elif (
            leaf.media_type not in {"text/plain", "text/html"}
            or leaf.disposition == "attachment"
            or (number > 0 and (kind == "related" or leaf.name))
        ):
            _attach(part, leaf, body, is_report=kind == "report")
        elif inside_alternative:
            (body.text if leaf.media_type == "text/plain" else body.html).append((part, leaf))
        else:
            body.text.append((part, leaf))
            body.html.append((part, leaf))
    if kind == "alternative":  # a version that has no counterpart stands for both
        if len(body.text) == texts:
            body.text += body.html[htmls:]
        elif len(body.html) == htmls:
            body.html += body.text[texts:]


def _children(part: _Part, leaf: _Leaf) -> list[_Part]:
    """List the parts of a multipart; one whose boundary is missing or wrong is cut at the boundary that is really there."""
    if (children := _inner(part)) is not None:
        return children
    data = _bytes(part, leaf)
    real = re.search(rb"^--([^\s]{1,200})[ \t]*\r?\n(?=content-)", data[:1_000_000], re.IGNORECASE | re.MULTILINE)
    if real and len(data) < 5_000_000:
        try:
            again = _inner(_read(b'Content-Type: multipart/mixed; boundary="' + real[1].replace(b'"', b"") + b'"\n\n' + data))
        except RecursionError:
            again = None
        if again is not None:
            return again
    return [_read(b"Content-Type: text/plain\n\n" + data, headersonly=True)] if data.strip() else []


def _inner(part: _Part) -> list[_Part] | None:
    payload = part.get_payload()
    return [inner for inner in payload if isinstance(inner, email.message.Message)] if isinstance(payload, list) else None


def _leaves(part: _Part) -> list[_Part]:
    found, waiting = [], [part]
    while waiting:
        inner = _inner(opened := waiting.pop())
        if inner is None:
            found.append(opened)
        else:
            waiting += reversed(inner)
    return found


def _attach(part: _Part, leaf: _Leaf, body: _Body, *, is_report: bool) -> None:
    size = sum(len(_bytes(inner, leaf if inner is part else _leaf(inner))) for inner in _leaves(part))
    body.attachments.append(Attachment(leaf.name, leaf.media_type, size))
    if leaf.media_type == "message/rfc822" and not is_report and len(body.enclosed) < _MOST_ENCLOSED:
        body.enclosed += [_enclosed(original, leaf) for original in (_inner(part) or [])[:1]]


def _enclosed(original: _Part, leaf: _Leaf) -> str:
    """Write out a mail that was forwarded as an attachment; mails inside it in turn are only counted."""
    if leaf.encoding == "base64":
        original = _read(_unbase64(_bytes(original, _leaf(original))))
    headers, inside = _headers(original), _Body(enclosed=[""] * _MOST_ENCLOSED)
    _sort([original], "mixed", inside, inside_alternative=False, depth=_DEEPEST - 10)
    written = [f"{name.title()}: {_words(headers[name])}" for name in ("from", "date", "to", "subject") if headers.get(name)]
    return "\n".join([*written, "", _readable(inside)[0]]).strip()


def _bytes(part: _Part, leaf: _Leaf) -> bytes:
    del part["content-transfer-encoding"]  # without it, the standard parser hands over the bytes as they came
    data = part.get_payload(decode=True)
    part["content-transfer-encoding"] = leaf.encoding
    if not isinstance(data, bytes):
        return b""
    if leaf.encoding == "base64":
        return _unbase64(data)
    if leaf.encoding == "quoted-printable":
        return quopri.decodestring(data)
    if leaf.encoding in {"x-uuencode", "uuencode", "uue", "x-uue"} and leaf.media_type not in {"text/plain", "text/html"}:
        return _uudecode(data)
    return data


def _unbase64(data: bytes) -> bytes:
    """Decode what there is: foreign characters are skipped, a padding ends it, an odd last character is dropped."""
    letters = re.sub(rb"[^A-Za-z0-9+/]", b"", data.partition(b"=")[0])
    letters = letters[:-1] if len(letters) % 4 == 1 else letters
    return base64.b64decode(letters + b"=" * (-len(letters) % 4))


def _uudecode(data: bytes) -> bytes:
    decoded = bytearray()
    for line in data.splitlines():
        if not line or line.startswith((b"begin ", b"end")):
            continue
        try:
            decoded += binascii.a2b_uu(line)
        except binascii.Error:
            continue
    return bytes(decoded)


def _readable(body: _Body) -> tuple[str, str]:
    """Return (the text to read, the text hidden in the HTML). Plain text is preferred unless it only points to the HTML."""
    read: dict[int, tuple[str, str]] = {}
    for part, leaf in [*body.text, *body.html]:
        if id(part) not in read:
            read[id(part)] = html.to_text(_html(part, leaf)) if leaf.media_type == "text/html" else (_plain(part, leaf, body), "")
    plain, rich = ("\n\n".join(read[id(part)][0].strip("\n") for part, _ in parts if read[id(part)][0].strip()) for parts in (body.text, body.html))
    is_stub = not plain.strip() or (len(plain) < 400 and len(rich) > len(plain) and bool(_PLAIN_STUB.search(plain)))
    return rich if is_stub and rich.strip() else plain, "\n".join(filter(None, (hidden for _, hidden in read.values())))


def _html(part: _Part, leaf: _Leaf) -> str:
    data = _bytes(part, leaf)
    stated = re.search(rb"<meta[^<>]{1,200}?charset=[\"' ]*([\w:.-]{1,40})", data[:4096], re.IGNORECASE)
    return _clean(_decode(data, leaf.charset or (stated[1].decode("ascii", "replace") if stated else "")))


def _plain(part: _Part, leaf: _Leaf, body: _Body) -> str:
    text = _clean(_decode(_bytes(part, leaf), leaf.charset))
    if _MARKUP.match(text):
        return html.to_text(text)[0]
    for block in _UUENCODED.finditer(text):
        body.attachments.append(Attachment(block[1].strip(), "application/octet-stream", len(_uudecode(block[2].encode("ascii")))))
    text = _UUENCODED.sub("", text)
    return _unflow(text, drops_space=leaf.drops_space) if leaf.is_flowed else text


def _unflow(text: str, *, drops_space: bool) -> str:
    """Join the soft line breaks of RFC 3676, so that a sentence is on one line again."""
    lines: list[list[str]] = []
    depth, is_open = 0, False
    for line in text.split("\n"):
        content = line.lstrip(">")
        marks = len(line) - len(content)
        content = content[1:] if content.startswith(" ") else content
        if is_open and marks == depth and content != "-- ":
            lines[-1].append(content)
        else:
            lines.append([("> " if marks else "") + content])
        depth, is_open = marks, content.endswith(" ") and content != "-- "
        if is_open and drops_space:
            lines[-1][-1] = lines[-1][-1][:-1]
    return "\n".join("".join(pieces) for pieces in lines)
