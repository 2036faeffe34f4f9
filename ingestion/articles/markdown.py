"""Reads a Markdown article, with or without front matter, into blocks."""

import re
from collections.abc import MutableMapping, Sequence
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin

from ingestion.articles import dialects, front_matter, html
from ingestion.articles.blocks import Parsed

_KNOWN_TAGS = frozenset(
    [
        "a",
        "abbr",
        "address",
        "article",
        "aside",
        "b",
        "blockquote",
        "br",
        "button",
        "caption",
        "center",
        "cite",
        "code",
        "col",
        "colgroup",
        "dd",
        "del",
        "details",
        "dfn",
        "div",
        "dl",
        "dt",
        "em",
        "figcaption",
        "figure",
        "font",
        "footer",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "i",
        "iframe",
        "img",
        "input",
        "ins",
        "kbd",
        "label",
        "li",
        "main",
        "mark",
        "nav",
        "noscript",
        "object",
        "ol",
        "p",
        "picture",
        "pre",
        "q",
        "rp",
        "rt",
        "ruby",
        "s",
        "samp",
        "script",
        "section",
        "small",
        "source",
        "span",
        "strike",
        "strong",
        "style",
        "sub",
        "summary",
        "sup",
        "svg",
        "table",
        "tbody",
        "td",
        "template",
        "tfoot",
        "th",
        "thead",
        "time",
        "tr",
        "tt",
        "u",
        "ul",
        "var",
        "video",
        "wbr",
    ]
)
_TAG = re.compile(r"</?([a-zA-Z][\w.-]*)[^<>]*>")


def parse(text: str, mdx: bool = False) -> Parsed:
    """Read Markdown (CommonMark, tables, footnotes, struck text) into blocks; inline marks are dropped, list markers and table pipes stay."""
    front = front_matter.split(text.replace("\r\n", "\n").replace("\r", "\n"))
    body, taken = dialects.plain(front.body, mdx)
    read = html.read(f"<main>{_reader(mdx).render(body)}</main>")
    return Parsed(
        title=front.fields.get("title", "").strip(),
        updated=front.updated or read.updated,
        blocks=read.blocks,
        version=front.fields.get("version") or None,
        replaces=front.replaces,
        left_out=(*taken, *read.left_out),
    )


class _Rendering(RendererHTML):
    """Markdown as HTML, with pictures as the words that stand for them and placeholders such as <your name> as text."""

    def image(self, tokens: Sequence[Token], idx: int, options: Any, env: MutableMapping[str, Any]) -> str:
        """Return the words that stand for a picture."""
        return escape(self.renderInlineAsText(tokens[idx].children or [], options, env))

    def html_inline(self, tokens: Sequence[Token], idx: int, options: Any, env: MutableMapping[str, Any]) -> str:
        """Return a tag of HTML as it is, anything else as text."""
        return _placeholders(tokens[idx].content)

    def html_block(self, tokens: Sequence[Token], idx: int, options: Any, env: MutableMapping[str, Any]) -> str:
        """Return lines of HTML with what is no tag of HTML as text."""
        return _placeholders(tokens[idx].content)


def _reader(mdx: bool) -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": True}, renderer_cls=_Rendering).enable(["table", "strikethrough"])
    reader.use(footnote_plugin).use(deflist_plugin)
    return reader.disable("code") if mdx else reader


def _placeholders(content: str) -> str:
    return _TAG.sub(lambda tag: tag[0] if tag[1].lower() in _KNOWN_TAGS else escape(tag[0]), content)
