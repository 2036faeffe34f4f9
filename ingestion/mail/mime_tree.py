"""A raw mail cut into its MIME parts, however broken their heads and boundaries are."""

import email.message
import email.parser
import email.policy
import re
from typing import Any, TypeAlias


class NotAnEmail(ValueError):
    """The bytes are not an email."""


Part: TypeAlias = "email.message.Message[str, str]"
_HEADER_LINE = re.compile(rb"[!-9;-~]+:|[ \t]|>?From ")
_REAL_HEADER_LINE = re.compile(rb"(?i)(?:from|to|cc|subject|date|message-id|mime-version|content-type|content-transfer-encoding|reply-to):")
_KNOWN_HEADER = re.compile(
    r"(?:from|to|cc|bcc|subject|date|message-id|mime-version|content-[\w-]+|received|return-path|reply-to|sender|delivered-to|x-[\w-]+"
    r"|dkim-signature|in-reply-to|references|list-[\w-]+|resent-[\w-]+|importance|precedence|auto-submitted)",
    re.IGNORECASE,
)
_BLANK_LINE = re.compile(rb"\r?\n\r?\n|\r\r")
_DEAREST = 200_000_000  # boundaries x lines: the standard parser tests every open boundary on every line
_WITH_PARAMETERS = {"content-type", "content-disposition"}
_LONGEST_PARAMETERS = 4000


class _Tolerant(email.message.Message):
    """A part whose parameters (RFC 2231) are read where the standard class raises.

    It does on a numbered one with a twin without a number (TypeError), on a number of thousands of digits, and on a charset that is none
    (a NUL in its name, "idna", "undefined": ValueError, of which UnicodeError is a kind).
    """

    def set_raw(self, name: str, value: Any) -> None:
        """Take a field as the parser found it, parameters up to what any mailer writes: the standard class reads them in quadratic time."""
        super().set_raw(name, value[:_LONGEST_PARAMETERS] if name.lower() in _WITH_PARAMETERS else value)

    def get_param(self, *args: Any, **kwargs: Any) -> Any:
        """Return a parameter, and what stands for a missing one where the standard class cannot put it together."""
        try:
            return super().get_param(*args, **kwargs)
        except (TypeError, ValueError):
            return args[1] if len(args) > 1 else kwargs.get("failobj")

    def get_boundary(self, failobj: Any = None) -> Any:
        """Return the boundary, or its letters as they stand where it says a charset that is none."""
        try:
            return super().get_boundary(failobj)
        except ValueError:
            return self.get_param("boundary")[2].rstrip()

    def get_filename(self, failobj: Any = None) -> Any:
        """Return the name of the file, or its letters as they stand where it says a charset that is none."""
        try:
            return super().get_filename(failobj)
        except ValueError:
            stated = self.get_param("filename", None, "content-disposition")
            return (self.get_param("name") if stated is None else stated)[2].strip()


def read(raw: bytes, *, headersonly: bool = False) -> Part:
    """Cut a raw mail into its parts. Raises `NotAnEmail` for bytes without a single header of mail."""
    if raw[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        raw = raw.decode("utf-16", "replace").encode()
    head, body = _mended_head(raw.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n"))
    if not head.strip():
        raise NotAnEmail("This is empty: there is no email in it.")
    is_dear = not headersonly and body.lower().count(b"boundary") * (body.count(b"\n") + body.count(b"\r")) > _DEAREST
    # compat32 hands over headers as they are. policy.default parses them, and on hostile ones it raises or takes quadratic time.
    try:
        tree = parsed(head + body, headersonly=headersonly or is_dear)
    except RecursionError:
        tree = parsed(head + body, headersonly=True)
    if not any(_KNOWN_HEADER.fullmatch(name) for name in tree.keys()):  # noqa: SIM118 (a Message iterates over nothing useful)
        raise NotAnEmail("This is not an email: it has no From, Subject, Date or other header of one.")
    return tree


def below_head(raw: bytes) -> bytes:
    """Return what stands below the headers, with line ends of one kind and none at the end: what mail that is sent again has in common."""
    end = _BLANK_LINE.search(raw)
    return raw[end.end() :].replace(b"\r\n", b"\n").rstrip() if end else b""


def parsed(raw: bytes, *, headersonly: bool = False) -> Part:
    """Hand bytes to the standard parser as they are; with `headersonly` the body stays in one piece."""
    return email.parser.BytesParser(_Tolerant, policy=email.policy.compat32).parsebytes(raw, headersonly=headersonly)


def _mended_head(raw: bytes) -> tuple[bytes, bytes]:
    """Drop lines between headers that are none: the standard parser would take all after them for the body."""
    end = _BLANK_LINE.search(raw)
    cut = end.start() if end else min(len(raw), 100_000)
    lines = raw[:cut].splitlines(keepends=True)
    last = max((number for number, line in enumerate(lines) if _REAL_HEADER_LINE.match(line)), default=-1)
    mended = [line for number, line in enumerate(lines) if number > last or _HEADER_LINE.match(line)]
    return b"".join(mended), raw[cut:]


def children(part: Part, data: bytes) -> list[Part]:
    """List the parts of a multipart; one whose boundary is missing or wrong is cut, in `data`, at the boundary that is really there."""
    if (children := inside(part)) is not None:
        return children
    real = re.search(rb"^--([^\s]{1,200})[ \t]*\r?\n(?=content-)", data[:1_000_000], re.IGNORECASE | re.MULTILINE)
    if real and len(data) < 5_000_000:
        try:
            again = inside(parsed(b'Content-Type: multipart/mixed; boundary="' + real[1].replace(b'"', b"") + b'"\n\n' + data))
        except RecursionError:
            again = None
        if again is not None:
            return again
    return [parsed(b"Content-Type: text/plain\n\n" + data, headersonly=True)] if data.strip() else []


def inside(part: Part) -> list[Part] | None:
    """Return the parts inside a part, None where it is none that holds parts."""
    if not part.is_multipart():  # asked for its text, the standard class would decode it, and raise on charsets that are none
        return None
    return [inner for inner in part.get_payload() if isinstance(inner, email.message.Message)]


def leaves(part: Part) -> list[Part]:
    """List the innermost parts of a part, without recursion."""
    found, waiting = [], [part]
    while waiting:
        inner = inside(opened := waiting.pop())
        if inner is None:
            found.append(opened)
        else:
            waiting += reversed(inner)
    return found
