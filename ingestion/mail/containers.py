"""Mail inside other mail's wrapping: what Outlook packs into winmail.dat, and what is signed or encrypted as one block."""

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingestion.mail import charsets, formats
from ingestion.mail.formats import Written
from ingestion.mail.parts import Leaf

if TYPE_CHECKING:  # what opens a wrapping is imported where one is met: few mails have one, and a question is none
    from tnefparse import TNEF
    from tnefparse.tnef import TNEFAttachment

_TNEF = {"application/ms-tnef", "application/vnd.ms-tnef"}
_SMIME = {"application/pkcs7-mime", "application/x-pkcs7-mime"}
_LARGEST = 30_000_000  # bytes
_MOST_RECORDS = 2_000  # the library copies the rest of the file for each one
_CODE_PAGE = 0x9007
_WESTERN = struct.pack("<BHHIII", 1, _CODE_PAGE, 6, 8, 1252, 0) + struct.pack("<H", 239)


@dataclass(frozen=True)
class Unpacked:
    """What was in a winmail.dat: its text, and its files by name and size in bytes."""

    written: Written
    files: tuple[tuple[str, int], ...]


def is_tnef(leaf: Leaf) -> bool:
    """Tell whether a part is Outlook's winmail.dat, under its own type or as a nameless kind of file."""
    return leaf.media_type in _TNEF or (leaf.name or "").lower() in {"winmail.dat", "win.dat"}


def is_smime(leaf: Leaf) -> bool:
    """Tell whether a part is S/MIME in one block (a detached signature is not)."""
    return leaf.media_type in _SMIME or (leaf.media_type == "application/octet-stream" and (leaf.name or "").lower().endswith(".p7m"))


def unpacked(data: bytes) -> Unpacked | None:
    """Open a winmail.dat. None where it cannot be: it is then a file like any other."""
    from tnefparse import TNEF

    ids = _record_ids(data)
    if len(ids) > _MOST_RECORDS:
        return None
    if _CODE_PAGE not in ids:  # the library cannot decode a string before it has one
        data = data[:6] + _WESTERN + data[6:]
    try:
        tnef = TNEF(data[:_LARGEST], do_checksum=False)
    except Exception:  # anybody writes these bytes, and the library raises whatever it stumbles over
        return None
    files = tuple((_file_name(attachment), len(attachment.data or b"")) for attachment in tnef.attachments)
    plain, page, rich = _said(tnef.body), _said(tnef.htmlbody), _rich(tnef)
    if plain.strip():
        return Unpacked(Written(plain), files)
    return Unpacked(formats.of_page(page) if page.strip() else Written(formats.of_rtf(rich)), files)


def signed(data: bytes) -> bytes | None:
    """Return the MIME entity inside an S/MIME block that is only signed; None where it is encrypted or broken."""
    from asn1crypto import cms

    try:
        content = cms.ContentInfo.load(data)
        if content["content_type"].native != "signed_data":
            return None
        inside = content["content"]["encap_content_info"]["content"].native
    except Exception:  # as above: what the library stumbles over is broken
        return None
    return inside if isinstance(inside, bytes) else None


def _record_ids(data: bytes) -> list[int]:
    """List the ids of a file's records (MS-OXTNEF 2.1.3: level, id, type, length, data, checksum) before anything is made of them."""
    at = 6
    ids: list[int] = []
    while at + 9 <= len(data) and len(ids) <= _MOST_RECORDS:
        id, _, length = struct.unpack_from("<HHI", data, at + 1)
        ids.append(id)
        at += 11 + length
    return ids


def _said(value: object) -> str:
    """Return a property as text: some come as bytes in whatever charset the sender's machine had, some as lists of one."""
    if isinstance(value, list | tuple):
        value = value[0] if value else ""
    if isinstance(value, bytes):
        value = charsets.decode(value.rstrip(b"\x00"), "")
    return charsets.clean(value) if isinstance(value, str) else ""


def _file_name(attachment: "TNEFAttachment") -> str:
    """Return the name of a file, '' where it is in a charset that the library does not read."""
    try:
        return _said(attachment.long_filename()) or _said(attachment.name)
    except ValueError:
        return ""


def _rich(tnef: "TNEF") -> str:
    try:
        return _said(tnef.rtfbody)
    except Exception:  # of a wrong checksum it says no more than that
        return ""
