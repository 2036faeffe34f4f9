"""One MIME part: what its headers say of it, and its bytes."""

import quopri
import re
from dataclasses import dataclass

from ingestion.mail import headers, transfer
from ingestion.mail.mime_tree import Part


@dataclass(frozen=True)
class Leaf:
    """What the content headers of one MIME part say, mended where mailers commonly get them wrong."""

    media_type: str
    name: str | None
    disposition: str
    charset: str
    encoding: str
    is_flowed: bool
    drops_space: bool


def leaf(part: Part) -> Leaf:
    """Read what the content headers of a part say."""
    stated = headers.of_part(part)
    encoding = re.match(r"[\"' ]*([\w-]*)", stated.get("content-transfer-encoding", ""))
    for name in ("content-type", "content-disposition"):
        if name in stated:
            del part[name]
            part[name] = re.sub(r"^([\w.+/-]+)\s+(?=\w+=)", r"\1; ", stated[name][:4000])
    try:
        filename = part.get_filename()
        charset = part.get_param("charset", "") or ""
        flow = [str(part.get_param(name, "")).lower() for name in ("format", "delsp")]
    except (TypeError, ValueError, LookupError):  # contradictory RFC 2231 continuations
        filename, charset, flow = None, "", ["", ""]
    return Leaf(
        media_type=part.get_content_type(),
        name=headers.words(filename) or None if filename else None,
        disposition=re.split(r"[;\s]", stated.get("content-disposition", "").lower(), maxsplit=1)[0],
        charset=str(charset[2] if isinstance(charset, tuple) else charset),
        encoding=encoding[1].lower() if encoding else "",
        is_flowed=flow[0] == "flowed",
        drops_space=flow[1] == "yes",
    )


def content(part: Part, leaf: Leaf) -> bytes:
    """Return the bytes of a part as they were before they were encoded for the way."""
    del part["content-transfer-encoding"]  # without it, the standard parser hands over the bytes as they came
    data = part.get_payload(decode=True)
    part["content-transfer-encoding"] = leaf.encoding
    if not isinstance(data, bytes):
        return b""
    if leaf.encoding == "base64":
        return transfer.unbase64(data)
    if leaf.encoding == "quoted-printable":
        return quopri.decodestring(data)
    if leaf.encoding in {"x-uuencode", "uuencode", "uue", "x-uue"} and leaf.media_type not in {"text/plain", "text/html"}:
        return transfer.uudecode(data)
    return data
