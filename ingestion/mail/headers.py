"""The header fields of a mail: their text, their encoded words, addresses, ids and dates."""

import email.message
import email.utils
import quopri
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from ingestion.mail import charsets, transfer

_ENCODED_WORD = re.compile(r"=\?([\w.:+-]{1,60})(?:\*[\w-]{0,20})?\?([bBqQ])\?([^?\r\n]*)\?=")
_ADDRESS_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|\(((?:[^()\\]|\\.)*)\)|<([^<>]*)>|([,;:])|([^\s",;:<>()]+|\s+|["<>()])', re.DOTALL)
_NO_ID = re.compile(
    r"\W*(?:(?:null|none|nil|undefined|unknown|empty|false|n/?a|na|no-?id|message-?id|0+)\W*)?(?:@\W*(?:null|none|localhost)?\W*)?", re.IGNORECASE
)
_LONGEST_HEADER = 20_000


@dataclass(frozen=True)
class Address:
    """Somebody named in a header."""

    name: str | None
    address: str | None


def of_part(part: "email.message.Message[str, str]") -> dict[str, str]:
    """Return the fields of a part by their lower-case names; the first one that says something counts."""
    headers: dict[str, str] = {}
    for name, value in part.raw_items():
        if name.lower() not in headers or not headers[name.lower()]:
            headers[name.lower()] = _raw_text(value)
    return headers


def _raw_text(value: object) -> str:
    data = str(value)[:_LONGEST_HEADER].encode("utf-8", "surrogateescape")
    return " ".join(line.strip() for line in charsets.clean(charsets.decode(data, "")).split("\n")).strip()


def addresses(header: str) -> tuple[Address, ...]:
    """Read an address header as it stands in the mail: quoted names, comments, groups, encoded words, missing brackets.

    A comma ends an address only where there is one before it: "Doe, Jane <jane@x>" is one person, whatever the rules say.
    """
    found: list[Address] = []
    said: list[str] = []
    bracketed = comment = ""
    for token in [*_ADDRESS_TOKEN.finditer(header[:_LONGEST_HEADER]), None]:
        if token is not None and token[4] == "," and not bracketed and not comment and _is_name(said):
            said.append(", ")
        elif token is None or token[4] in {",", ";"}:
            found += _address("".join(said), bracketed, comment)
            said, bracketed, comment = [], "", ""
        elif token[4]:
            said = []  # the name of a group
        elif token[3] is not None:
            bracketed = bracketed or token[3].strip() or " "
        elif token[2] is not None:
            comment = token[2]
        else:
            said.append(re.sub(r"\\(.)", r"\1", token[1]) if token[1] is not None else token[5])
    return tuple(found)


def _is_name(said: list[str]) -> bool:
    return ", " not in said and not any("@" in word for word in said) and bool("".join(said).strip(" \"'"))


def _address(text: str, bracketed: str, comment: str) -> list[Address]:
    name = words(text).strip(" '\"<>()")
    address = bracketed.rpartition(":")[2].strip()
    inner = re.fullmatch(r"([^<>]{0,300})<([^<>\s]{3,300}@[^<>\s]{1,300})>?", words(text).strip())
    if not bracketed and inner:  # a mailer that encoded the whole address as one word
        name, address = inner[1].strip(" '\""), inner[2]
    elif not bracketed and "@" in name:
        address = next(word for word in name.split() if "@" in word)
        name = " ".join(word for word in name.split() if "@" not in word)
    name = name or words(comment).strip()
    return [Address(name or None, words(address).replace(" ", "") or None)] if name or address else []


def words(value: str) -> str:
    """Decode RFC 2047 words; neighbours of one charset are joined first, since mailers cut characters in two."""
    pieces: list[tuple[bytes | str, str]] = []
    end = 0
    for word in _ENCODED_WORD.finditer(value := value[:_LONGEST_HEADER]):
        between, end = value[end : word.start()], word.end()
        code = word[3].encode("utf-8", "replace")
        data = transfer.unbase64(code) if word[2] in "bB" else quopri.decodestring(code, header=True)
        before = pieces[-1][0] if pieces else ""
        if isinstance(before, bytes) and not between.strip():
            if pieces[-1][1] == word[1].lower():
                data = before + data
                pieces.pop()
        elif between:
            pieces.append((between, ""))
        pieces.append((data, word[1].lower()))
    pieces.append((value[end:], ""))
    return " ".join(charsets.clean("".join(data if isinstance(data, str) else charsets.decode(data, charset) for data, charset in pieces)).split())


def message_id(header: str) -> str | None:
    """Return the id without its brackets; None for `<>`, `NULL` and what else stands where a mailer had none."""
    found = re.search(r"<([^<>]{1,900})>", header)
    id = "".join((found[1] if found else header[:900]).split()).strip("<>")
    return None if _NO_ID.fullmatch(id) else id


def date(header: str) -> datetime | None:
    """Return the moment of a Date header, aware; None where it cannot be told."""
    for read in (email.utils.parsedate_to_datetime, datetime.fromisoformat):
        try:
            moment = read(header.strip()[:100])
            moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            moment.astimezone(UTC)
        except (ValueError, TypeError, OverflowError, IndexError):
            continue
        return moment
    return None
