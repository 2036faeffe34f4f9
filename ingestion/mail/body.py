"""The body of a mail: which of its MIME parts are read, which are attached, and what they say."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from ingestion.mail import containers, formats, headers, mime_tree, parts
from ingestion.mail.formats import Written
from ingestion.mail.mime_tree import Part
from ingestion.mail.parts import Leaf

_DEEPEST = 100
_MOST_ENCLOSED = 20
_MOST_OPENED = 3  # blocks of S/MIME inside one another
_SHORT = 400  # characters; a plain part shorter than this may only stand in for the page beside it
_POINTERS = re.compile(
    r"<?(?:https?|mailto|cid)[:][^\s<>]*>?|\[(?:cid|image|inline|bild|imagen|immagine|afbeelding|imagem)\b[^\]]{0,200}\]", re.IGNORECASE
)
_WORD = re.compile(r"\w{2,}")
_SHARED = 0.34  # of a short plain part's words that must stand in the page too, for it to be the page's text
_ARMOUR = re.compile(r"-----BEGIN PGP MESSAGE-----.*?(?:-----END PGP MESSAGE-----|\Z)", re.DOTALL)


@dataclass(frozen=True)
class Attachment:
    """A file that came with a mail."""

    name: str | None
    media_type: str
    size: int  # bytes, decoded


@dataclass(frozen=True)
class Body:
    """What a mail says and brings. `sealed` tells that a part of it is encrypted, `pictures` that its page shows some."""

    text: str
    hidden: str
    attachments: tuple[Attachment, ...]
    enclosed: tuple[str, ...]
    media_types: frozenset[str]
    sealed: bool
    pictures: bool
    cut: int = 0  # characters that were left out of parts which are longer than any letter


@dataclass
class _Sorted:
    """What sorting the MIME parts of one mail has found so far. `spare` is read only where nothing else says anything."""

    plain: list[Written] = field(default_factory=list)
    page: list[Written] = field(default_factory=list)
    spare: list[Written] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    enclosed: list[str] = field(default_factory=list)
    media_types: set[str] = field(default_factory=set)
    sealed: bool = False
    opened: int = 0


def read(tree: Part) -> Body:
    """Sort the parts of a mail and read what is text. Never raises."""
    found = _Sorted()
    _sort([tree], "mixed", found, inside_alternative=False, depth=0)
    return _body(found)


def _body(found: _Sorted) -> Body:
    plain, page = _joined(found.plain), _joined(found.page)
    text = page if _stands_for(plain, page) else plain
    if not _says(text):
        text = _joined(found.spare)
    unarmoured = _ARMOUR.sub("", text)
    everything = {id(written): written for written in [*found.plain, *found.page, *found.spare]}.values()
    return Body(
        text=unarmoured,
        hidden="\n".join(filter(None, (written.hidden for written in everything))),
        attachments=tuple(found.attachments),
        enclosed=tuple(found.enclosed),
        media_types=frozenset(found.media_types),
        sealed=found.sealed or unarmoured != text,
        pictures=any(written.pictures for written in everything),
        cut=sum(written.cut for written in everything),
    )


def _joined(written: Iterable[Written]) -> str:
    return "\n\n".join(one.text.strip("\n") for one in written if _says(one.text) or one.text.strip())


def _says(text: str) -> bool:
    """Tell whether anything is left of a text without its links and the marks of its pictures."""
    return any(character.isalnum() for character in _POINTERS.sub("", text[: 10 * _SHORT])) or len(text) > 10 * _SHORT


def _stands_for(plain: str, page: str) -> bool:
    """Tell whether the page is to be read: the plain part beside it is blank, only points to it, or is no more than its beginning."""
    if not _says(page):
        return False
    if not _says(plain):
        return True
    if len(plain) >= _SHORT or len(page) <= len(plain):
        return False
    words = set(_WORD.findall(plain.casefold()))
    shared = len(words & set(_WORD.findall(page[: 100 * _SHORT].casefold())))
    return shared < _SHARED * len(words) or (shared == len(words) and len(page) > 2 * len(plain))


def _sort(siblings: list[Part], kind: str, found: _Sorted, *, inside_alternative: bool, depth: int) -> None:
    """Decide which parts are read and which are attached, after RFC 8621, section 4.1.4."""
    texts, pages = len(found.plain), len(found.page)
    for number, part in enumerate(siblings):
        leaf = parts.leaf(part)
        found.media_types.add(leaf.media_type)
        if leaf.media_type.startswith("multipart/") and depth <= _DEEPEST:
            _sort_multipart(part, leaf, found, inside_alternative=inside_alternative, depth=depth)
        elif containers.is_smime(leaf) and found.opened < _MOST_OPENED:
            _open_smime(part, leaf, found, depth)
        elif containers.is_tnef(leaf):
            _unpack(part, leaf, found)
        elif not formats.is_read(leaf) or (leaf.disposition == "attachment" and depth) or (number and kind == "related"):
            _attach(part, leaf, found, is_report=kind == "report")
        elif formats.is_invitation(leaf) or (number and leaf.name and any(_says(one.text) for one in found.plain)):
            _attach(part, leaf, found, is_report=False)
            found.spare.append(formats.read(parts.content(part, leaf), leaf))
        elif not formats.is_common(leaf):
            _take_uncommon(part, leaf, found, inside_alternative=inside_alternative, is_root=depth == 0)
        else:
            _take(formats.read(parts.content(part, leaf), leaf), found, inside_alternative, is_page=formats.is_page(leaf))
    if kind == "alternative":  # a version that has no counterpart stands for both
        if len(found.plain) == texts:
            found.plain += found.page[pages:]
        elif len(found.page) == pages:
            found.page += found.plain[texts:]


def _sort_multipart(part: Part, leaf: Leaf, found: _Sorted, *, inside_alternative: bool, depth: int) -> None:
    inside = mime_tree.children(part, parts.content(part, leaf)) if depth < _DEEPEST else mime_tree.leaves(part)
    subkind = leaf.media_type.partition("/")[2]
    if subkind == "encrypted":
        found.sealed = True
    _sort(inside, subkind, found, inside_alternative=inside_alternative or subkind == "alternative", depth=depth + 1)


def _take(written: Written, found: _Sorted, inside_alternative: bool, *, is_page: bool) -> None:
    found.attachments += [Attachment(name, "application/octet-stream", size) for name, size in written.files]
    if not (inside_alternative and is_page):
        found.plain.append(written)
    if not inside_alternative or is_page:
        found.page.append(written)


def _take_uncommon(part: Part, leaf: Leaf, found: _Sorted, *, inside_alternative: bool, is_root: bool) -> None:
    """Read a part that few clients write. It is counted as a file too, as clients that do not know it show it."""
    if not is_root:
        _attach(part, leaf, found, is_report=False)
    written = formats.read(parts.content(part, leaf), leaf)
    if inside_alternative:
        found.spare.append(written)
    else:
        _take(written, found, inside_alternative, is_page=False)


def _open_smime(part: Part, leaf: Leaf, found: _Sorted, depth: int) -> None:
    found.opened += 1
    inside = containers.signed(parts.content(part, leaf))
    if inside is None:
        found.sealed = True
        _attach(part, leaf, found, is_report=False)
    else:
        _sort([mime_tree.parsed(inside)], "mixed", found, inside_alternative=False, depth=depth + 1)


def _unpack(part: Part, leaf: Leaf, found: _Sorted) -> None:
    _attach(part, leaf, found, is_report=False)
    inside = containers.unpacked(parts.content(part, leaf))
    if inside is not None:
        found.spare.append(inside.written)
        found.attachments += [Attachment(name or None, "application/octet-stream", size) for name, size in inside.files]


def _attach(part: Part, leaf: Leaf, found: _Sorted, *, is_report: bool) -> None:
    size = sum(len(parts.content(inner, leaf if inner is part else parts.leaf(inner))) for inner in mime_tree.leaves(part))
    found.attachments.append(Attachment(leaf.name, leaf.media_type, size))
    if leaf.media_type == "message/rfc822" and not is_report and len(found.enclosed) < _MOST_ENCLOSED:
        found.enclosed += [_enclosed(original, leaf) for original in (mime_tree.inside(part) or [])[:1]]


def _enclosed(original: Part, leaf: Leaf) -> str:
    """Write out a mail that was forwarded as an attachment; mails inside it in turn are only counted."""
    if leaf.encoding == "base64":
        original = mime_tree.parsed(parts.content(original, parts.leaf(original)))
    stated, inside = headers.of_part(original), _Sorted(enclosed=[""] * _MOST_ENCLOSED)
    _sort([original], "mixed", inside, inside_alternative=False, depth=_DEEPEST - 10)
    written = [f"{name.title()}: {headers.words(stated[name])}" for name in ("from", "date", "to", "subject") if stated.get(name)]
    return "\n".join([*written, "", _body(inside).text]).strip()
