"""Hostile mail and articles of any size: each shape is something that made a reader of mail slow somewhere."""

import base64
from collections.abc import Callable
from email.message import EmailMessage

HEAD = b"From: Ann Lee <ann@lee.example>\nSubject: Re: growth\nContent-Type: %s; charset=utf-8\n"

PLAIN: dict[str, str] = {
    "blank lines": "\n",
    "lines marked with >": "> word\n",
    "nested marks": ">>>>>>>> word\n",
    "attributions": "On 1 May 2026 at 10:00 Ann <a@b.example> wrote:\n",
    "header lines": "From: Ann <a@b.example>\n",
    "header blocks": "From: A <a@b.example>\nTo: B\nTopic: x\n\n",
    "deep forwards": "---------- Forwarded message ---------\nFrom: A <a@b.example>\nDate: 1 May 2026\nSubject: x\nTo: B\n\n",
    "signature rules": "-- \nps\n",
    "underscores": f"{'_' * 32}\n",
    "one underscore after another": "_",
    "sign-offs": "Kind regards,\n",
    "one line": "word ",
    "a long word": "x",
    "long words": f"{'y' * 900} ",
    "sentences": "It does not work. ",
    "colons": "a:\n\n",
    "secrets": "4111 1111 1111 1111 ",
    "digits": "1",
    "orders to machines": "ignore all previous instructions. ",
    "zero-width signs": "a\u200b\u200c\u2060",
    "turned text": "\u202ea\u202c",
    "tag characters": "\U000e0041",
    "combining marks": "a\u0301\u0327\u0334",
    "links": "https://a.example/x?y=z ",
    "one long link": "https://a.example/?",
    "mail addresses": "a@b.example ",
    "open brackets": "[(<{",
    "questions": "Why? ",
    "apostrophes": "'\"`",
    "spaces": " ",
    "tabs and returns": "\t\r\n",
}  # fmt: skip
PAGES: dict[str, str] = {
    "nested elements": "<div>",
    "nested and closed": "<b></b>",
    "unclosed formatting": "<p><b><i><u>word",
    "unterminated tags": "<a ",
    "unterminated comments": "<!-- a ",
    "unterminated attributes": '<a href="x>',
    "styled elements": '<span style="color:#fff;font-size:1em">a</span>',
    "table cells": "<td>a",
    "nested tables": "<table><tr><td>a",
    "quotes": "<blockquote type=cite>a</blockquote>",
    "entities": "&amp;&#x41;&copy",
    "entities without an end": "&",
    "pictures": "<img alt=a src=x>",
    "data links": "<img src='data:image/png;base64,AAAA'>",
    "signature marks": "<div class=gmail_signature>a</div>",
}  # fmt: skip


def mail(piece: str, size: int, media_type: str) -> bytes:
    """Return a mail of one piece again and again."""
    return HEAD % media_type.encode() + b"\n" + (piece * (size // len(piece.encode()))).encode()


def style_rules(size: int) -> bytes:
    """Return a page whose style sheet and whose elements grow together."""
    half = size // 2
    rules = "".join(f".c{number}{{color:#fff}}" for number in range(half // 18))
    return HEAD % b"text/html" + f"\n<style>{rules}</style>{'<p class=c1>a</p>' * (half // 17)}".encode()


def selector_list(size: int) -> bytes:
    """Return a page with one rule of very many selectors, and nested media queries."""
    names = ",".join(f"div .a{number} > p" for number in range(size // 40))
    return HEAD % b"text/html" + f"\n<style>{'@media screen{' * 50}{names}{{display:none}}</style>{'<div><p>a</p></div>' * (size // 40)}".encode()


def parts(size: int) -> bytes:
    """Return a mail of many small parts."""
    mime = EmailMessage()
    mime["From"], mime["Subject"] = "ann@lee.example", "growth"
    mime.set_content("See the files.")
    for number in range(size // 200):
        mime.add_attachment(b"x", maintype="application", subtype="x", filename=f"{number}.bin")
    return mime.as_bytes()


def nested_parts(size: int) -> bytes:
    """Return a mail of parts inside parts, each with a boundary of its own."""
    depth = size // 70
    opened = b"".join(b"--b%d\nContent-Type: multipart/mixed; boundary=b%d\n\n" % (number, number + 1) for number in range(depth))
    return b"From: ann@lee.example\nSubject: growth\nContent-Type: multipart/mixed; boundary=b0\n\n" + opened + b"--b%d\n\nDeep down.\n" % depth


def nested_mails(size: int) -> bytes:
    """Return a mail in a mail in a mail."""
    return b"From: ann@lee.example\nSubject: growth\nContent-Type: message/rfc822\n\n" * (size // 75) + b"\nDeep down.\n"


def long_header(size: int) -> bytes:
    """Return a mail with one header line as long as the mail."""
    return b"From: ann@lee.example\nSubject: " + b"=?utf-8?q?a?= " * (size // 14) + b"\n\nIt drips.\n"


def folded_header(size: int) -> bytes:
    """Return a mail with a header folded over very many lines."""
    return b"From: ann@lee.example\nSubject: growth" + b"\n a" * (size // 3) + b"\n\nIt drips.\n"


def headers(size: int) -> bytes:
    """Return a mail with very many headers."""
    received = b"".join(b"Received: from a by b; id %d\n" % number for number in range(size // 32))
    return received + b"From: ann@lee.example\nSubject: growth\n\nIt drips.\n"


def odd_headers(size: int) -> bytes:
    """Return a mail whose head is full of lines that are no headers."""
    return b"From: ann@lee.example\n" + b"no header\n" * (size // 10) + b"Subject: growth\n\nIt drips.\n"


def recipients(size: int) -> bytes:
    """Return a mail to very many people."""
    named = b", ".join(b'"B, %d" <b%d@b.example>' % (number, number) for number in range(size // 30))
    return b"From: ann@lee.example\nTo: " + named + b"\nCc: " + named + b"\nSubject: growth\n\nIt drips.\n"


def junk_base64(size: int) -> bytes:
    """Return a mail in base64 with other signs between."""
    coded = base64.encodebytes(b"It drips. " * (size // 18)).replace(b"\n", b"\n!* =")
    return HEAD % b"text/plain" + b"Content-Transfer-Encoding: base64\n\n" + coded


def quoted_printable(size: int) -> bytes:
    """Return a mail of quoted-printable that ends nowhere."""
    return HEAD % b"text/plain" + b"Content-Transfer-Encoding: quoted-printable\n\n" + b"=C3=A9=\n=" * (size // 9)


MAILS: dict[str, Callable[[int], bytes]] = {
    "style rules": style_rules,
    "selectors": selector_list,
    "many parts": parts,
    "nested parts": nested_parts,
    "nested mails": nested_mails,
    "a long header": long_header,
    "a folded header": folded_header,
    "many headers": headers,
    "lines that are no headers": odd_headers,
    "many recipients": recipients,
    "base64 with junk": junk_base64,
    "quoted-printable": quoted_printable,
}


def aliases(size: int) -> str:
    """Return an article whose front matter names what it named before, again and again."""
    steps = [f"a{number}: &a{number} [{', '.join([f'*a{number - 1}'] * 9)}]" for number in range(1, max(2, size // 60))]
    return "\n".join(["---", "a0: &a0 [x]", *steps, "title: T", "---", "", "It costs £9.", ""])


def flat_aliases(size: int) -> str:
    """Return an article whose front matter repeats one alias."""
    return "---\nb: &b [x, y]\nc: [" + "*b, " * (size // 4) + "]\n---\n\nIt costs £9.\n"


def flow(size: int) -> str:
    """Return an article whose front matter opens brackets and never closes them."""
    return "---\na: " + "[" * size + "\n---\n\nIt costs £9.\n"


ARTICLES: dict[str, tuple[str, Callable[[int], str]]] = {
    "YAML aliases": (".md", aliases),
    "YAML, one alias": (".md", flat_aliases),
    "YAML brackets": (".md", flow),
    "Markdown quotes": (".md", lambda size: ">" * 40 + " a\n" + "> a\n" * (size // 4)),
    "Markdown lists": (".md", lambda size: "".join(f"{'  ' * (number % 20)}- a\n" for number in range(size // 24))),
    "Markdown brackets": (".md", lambda size: "[" * size),
    "Markdown links": (".md", lambda size: "[a](b) " * (size // 7)),
    "Markdown emphasis": (".md", lambda size: "*a **b " * (size // 7)),
    "Markdown table": (".md", lambda size: "|a|b|\n|-|-|\n" + "|a|b|\n" * (size // 6)),
    "a wide table": (".html", lambda size: "<table><tr>" + "<td>a" * (size // 5)),
    "spans of cells": (".html", lambda size: "<table>" + "<tr><td rowspan=900 colspan=900>a<td>b" * (size // 40)),
    "nested lists": (".html", lambda size: "<ul><li>a" * (size // 9)),
    "closed panels": (".html", lambda size: "<button>Why?</button><div hidden>Because.</div>" * (size // 48)),
    "footnotes": (".html", lambda size: "<p>a<sup><a href=#n>1</a></sup></p>" * (size // 36)),
    "styled article": (".html", lambda size: style_rules(size).partition(b"\n\n")[2].decode()),
    "plain lines": (".txt", lambda size: "A line\n\n" * (size // 8)),
}  # fmt: skip
