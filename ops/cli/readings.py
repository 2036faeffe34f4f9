"""What `proofdesk read` says of a file: a mail in its parts, or an article in its passages."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from ingestion.articles import chunking
from ingestion.articles.chunking import Chunking
from ingestion.articles.reading import Article
from ingestion.mail.message import Address, Message
from service.text import hidden_characters


@dataclass(frozen=True)
class MailRead:
    """A mail as it is read before any model. `text` is what its writer authored, without what the page or its characters hide."""

    file: str
    sender: dict[str, str | None]
    subject: str
    date: str | None
    text: str
    quoted: str
    signature: str
    forwarded: str
    attachments: tuple[dict[str, Any], ...]
    hidden: tuple[str, ...]
    automatic: str | None
    unreadable: str | None
    kind: Literal["email"] = "email"


@dataclass(frozen=True)
class ArticleRead:
    """An article as it is cut for the index, and what stands in its file without being read."""

    file: str
    title: str
    passages: tuple[dict[str, str], ...]
    left_out: tuple[str, ...]
    kind: Literal["article"] = "article"


def of_mail(file: str, message: Message) -> MailRead:
    """Return what is read of a mail."""
    text, carried = hidden_characters.visible(message.text)
    return MailRead(
        file=file,
        sender=_address(message.sender),
        subject=message.subject,
        date=message.date.isoformat() if message.date else None,
        text=text,
        quoted=message.quoted,
        signature=message.signature,
        forwarded=message.forwarded,
        attachments=tuple({"name": part.name, "type": part.media_type, "size": part.size} for part in message.attachments),
        hidden=(*(line for line in message.hidden.split("\n") if line.strip()), *(smuggled.text for smuggled in carried)),
        automatic=message.automatic,
        unreadable=message.unreadable,
    )


def of_article(file: str, article: Article) -> ArticleRead:
    """Return what is read of an article; `left_out` is what its reader says that it left out, where it says so."""
    passages = chunking.cut(article, Chunking())
    left_out: tuple[object, ...] = getattr(article, "left_out", ())
    return ArticleRead(file, article.title, tuple({"heading": one.heading, "text": one.text} for one in passages), tuple(map(str, left_out)))


def of_unreadable(file: str, why: str, *, is_article: bool) -> dict[str, Any]:
    """Return the JSON of a file that is not read, and why."""
    return {"file": file, "kind": "article" if is_article else "email", "unreadable": why}


def as_json(read: MailRead | ArticleRead) -> dict[str, Any]:
    """Return a reading as it is printed: `file` and `kind` first, the sender as `from`."""
    fields = asdict(read)
    head = {"file": fields.pop("file"), "kind": fields.pop("kind")}
    if "sender" in fields:
        head["from"] = fields.pop("sender")
    return head | fields


def _address(address: Address) -> dict[str, str | None]:
    return {"name": address.name, "address": address.address}
