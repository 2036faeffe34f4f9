"""Reads a Markdown article, with or without front matter, into blocks."""

import re
from collections.abc import Iterator
from typing import Any

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token
from selectolax.lexbor import LexborHTMLParser

from ingestion.articles.blocks import Block, Kind, Outline, Parsed, table_head, table_row

_FRONT = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_FORMATTING = re.compile(
    r"</?(?:a|abbr|b|br|cite|code|del|div|em|font|hr|i|img|ins|kbd|mark|p|s|small|span|strike|strong|sub|sup|u|wbr)\b[^>]*>|<!--.*-->",
    re.IGNORECASE | re.DOTALL,
)
_LINE = re.compile(r"^(\w[\w -]*):[ \t]*(.*)$", re.MULTILINE)


def parse(text: str) -> Parsed:
    """Read Markdown (CommonMark and tables) into blocks; inline marks are dropped, list markers and table pipes stay."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    match = _FRONT.match(text)
    front = _front_matter(match[1]) if match else {}
    tokens = MarkdownIt("commonmark").enable("table").parse(text[match.end() :] if match else text)
    updated = front.get("updated") or front.get("date")
    return Parsed(str(front.get("title") or "").strip(), str(updated) if updated else None, tuple(_Reading().blocks(tokens)))


def _front_matter(text: str) -> dict[str, Any]:
    try:
        front = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError):  # an unquoted colon in a title is the usual case, an impossible date the other
        return {key.strip().lower(): value.strip().strip("\"'") for key, value in _LINE.findall(text)}
    return {str(key).lower(): value for key, value in front.items()} if isinstance(front, dict) else {}


class _Reading:
    """Where in the document the reader is: the headings above, the lists it is in, the table it is in."""

    def __init__(self) -> None:
        self._outline = Outline()
        self._lists: list[int | None] = []  # the next number of each list around this point, None for bullets
        self._marker = ""
        self._cells: list[str] = []
        self._head = ""

    def blocks(self, tokens: list[Token]) -> Iterator[Block]:
        for at, token in enumerate(tokens):
            if token.type == "inline":
                yield from self._inline(tokens[at - 1], _plain(token))
            elif token.type in {"fence", "code_block"}:
                yield self._block("code", token.content.rstrip("\n"))
            elif token.type == "html_block":
                shown = LexborHTMLParser(token.content).text(separator=" ")
                yield from ([self._block("paragraph", " ".join(shown.split()))] if shown.strip() else [])
            elif token.type == "tr_close":
                yield from self._row(in_head=tokens[at + 1].type == "thead_close")
            else:
                self._lists_and_tables(token)

    def _inline(self, around: Token, text: str) -> Iterator[Block]:
        if around.type == "heading_open":
            self._outline.enter(int(around.tag[1]), " ".join(text.split()))
        elif around.type in {"th_open", "td_open"}:
            self._cells.append(" ".join(text.split()))
        elif self._lists:
            yield self._block("item", "  " * (len(self._lists) - 1) + self._marker + text)
            self._marker = " " * len(self._marker)
        else:
            yield self._block("paragraph", text)

    def _row(self, in_head: bool) -> Iterator[Block]:
        cells, self._cells = self._cells, []
        if in_head:
            self._head = table_head(cells)
        else:
            yield self._block("row", table_row(cells), self._head)

    def _lists_and_tables(self, token: Token) -> None:
        if token.type == "bullet_list_open":
            self._lists.append(None)
        elif token.type == "ordered_list_open":
            self._lists.append(int(token.attrs.get("start", 1)))
        elif token.type in {"bullet_list_close", "ordered_list_close"}:
            self._lists.pop()
        elif token.type == "list_item_open":
            number = self._lists[-1]
            self._marker = "- " if number is None else f"{number}. "
            self._lists[-1] = None if number is None else number + 1
        elif token.type == "table_open":
            self._head = ""

    def _block(self, kind: Kind, text: str, head: str = "") -> Block:
        return Block(self._outline.path, kind, text, head)


def _plain(token: Token) -> str:
    """Return inline content as a reader sees it: link texts without addresses, no stars, line breaks as spaces unless hard."""
    parts: list[str] = []
    for child in token.children or []:
        if child.type in {"text", "code_inline"}:
            parts.append(child.content)
        elif child.type == "image":
            parts.append(_plain(child))
        elif child.type in {"softbreak", "hardbreak"}:
            parts.append("\n" if child.type == "hardbreak" else " ")
        elif child.type == "html_inline":  # what is no tag of HTML is a placeholder, such as <your name>, and is read
            broken = child.content.lower().startswith("<br")
            parts.append(" " if broken else _FORMATTING.sub("", child.content))
    return "".join(parts).strip()
