"""Reads an HTML page of a help centre into blocks, leaving out what surrounds the article."""

import html as entities
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingestion.articles import content, dates, disclosures, grid, inline, nesting, notes, templates, unseen
from ingestion.articles.blocks import Block, Kind, Outline, Parsed, Point, Unreadable
from ingestion.styles import Styles

_DATES = (
    ('meta[property="article:modified_time"]', "content"),
    ('meta[itemprop="dateModified"]', "content"),
    ('meta[name="last-modified"]', "content"),
    ('meta[name="date"]', "content"),
    ("time[datetime]", "datetime"),
)
_SAYS_DATE = ".page-metadata, .article__meta, .last-updated, .theme-last-updated, .git-revision-date-localized-plugin, footer, [role=contentinfo]"
_VERSION = 'meta[name="version"], meta[property="article:version"], meta[name="docsearch:version"]'
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_BLOCKS = _HEADINGS | {
    "address", "article", "aside", "blockquote", "body", "center", "dd", "details", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer",
    "form", "header", "hr", "html", "li", "main", "ol", "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
}  # fmt: skip
_ITEM = re.compile(r"(?:[-*•–‣◦▪]|\d{1,2}[.)])\s+\S")
_BULLET = re.compile(r"^[*•–‣◦▪]\s+")
_DEEPEST = 200
_ESCAPED_TWICE = re.compile(r"&amp;(?=(?:[a-z]{2,8}|#\d{2,5}|#x[0-9a-f]{2,4});)", re.IGNORECASE)
_LISTING = re.compile(r"<(/?)(?:pre|code)\b", re.IGNORECASE)
_MARKUP = re.compile(r"\s*<(p|div|h[1-6]|ul|ol|table|section)\b[^<>]*>.*</\1>", re.IGNORECASE | re.DOTALL)


def parse(html: str) -> Parsed:
    """Read the article of a page: headings, paragraphs, lists, tables, listings. Raises Unreadable for a page that a script would fill."""
    once, taken = templates.without("".join(_unescaped(html)))
    parsed = read(once)
    if taken:
        parsed = replace(parsed, left_out=(*taken, *parsed.left_out))
    if parsed.blocks and all(_MARKUP.match(block.text) for block in parsed.blocks):  # an export that escaped the whole article
        return read(entities.unescape(once))
    return parsed


def read(html: str) -> Parsed:
    """Read a page as it stands, each entity once."""
    tree = LexborHTMLParser(nesting.bounded(html.replace("\x00", "")))
    updated = _updated(tree)
    shell = content.is_shell(tree)
    version = tree.css_first(_VERSION)
    styles = Styles(tree)
    content.clear(tree)
    left_out = unseen.uncover(tree, styles)
    inline.link_notes(tree)
    parts = content.parts(tree)
    page = _Page(disclosures.labels(tree))
    for part in parts:
        page.walk(part)
        page.end()
    blocks = notes.bring(page.blocks)
    if not blocks and shell:
        raise Unreadable("it is an empty page that a script would fill; export the articles themselves")
    updated = updated or next(filter(None, (dates.stated(block.text) for block in (*blocks[:3], *blocks[-3:]))), None)
    return Parsed(_title(tree, parts), updated, blocks, version=version.attributes.get("content") if version else None, left_out=left_out)


class _Page:
    """The blocks read so far and the running text of the one being read."""

    def __init__(self, labels: dict[str, str]) -> None:
        self.blocks: list[Block] = []
        self._labels = labels
        self._outline = Outline()
        self._running: list[str] = []
        self._lists: list[_List] = []
        self._marker: str | None = None
        self._term = ""  # of a list of terms, until its meaning comes

    def walk(self, node: LexborNode, depth: int = 0) -> None:
        """Read what an element holds. A button in it heads the panel that follows, a summary all that follows."""
        before: Point | None = None  # where the outline was before the control that is open now
        for child in node.iter(include_text=True):
            tag = child.tag or ""
            if tag in {"button", "summary"} or (tag != "-text" and child.attributes.get("role") == "tab"):
                self._leave(before)
                before = self._control(child)
            elif tag == "-text" or (tag not in _BLOCKS and not _is_heading(child)) or depth > _DEEPEST:
                self._inline(child, depth)
            else:
                self.end()
                self._block(child, tag, depth)
                self.end()
                if node.tag != "details":
                    self._leave(before)
                    before = None
        self._leave(before)

    def end(self) -> None:
        """Close the running text as a paragraph or list item."""
        lines = [inline.tidy(line) for line in "".join(self._running).split(inline.BREAK)]
        self._running = []
        for kind, text in _broken(lines):
            if self._marker is not None:
                self._add("item", "  " * (len(self._lists) - 1) + self._marker + text)
                self._marker = " " * len(self._marker)
            else:
                self._add(kind, text)

    def _leave(self, before: Point | None) -> None:
        """Come back to where the outline was before a control."""
        if before is not None:
            self.end()
            self._outline.restore(before)

    def _control(self, node: LexborNode) -> Point | None:
        """Enter a button as a heading, where it opens the text below it, and return the point before. A tab heads its panel instead."""
        named = (node.attributes.get("aria-controls") or "").split()
        if (named and named[0] in self._labels) or not disclosures.is_control(node) or not disclosures.words(node):
            return None
        self.end()
        before = self._outline.saved()
        self._outline.enter(self._outline.level + 1, inline.words(node))
        return before

    def _inline(self, node: LexborNode, depth: int) -> None:
        if node.tag == "-text" or depth > _DEEPEST:
            self._running.append(node.text_content or node.text() or "")
        elif shown := inline.replaced(node):
            self._running.append(shown)
        elif node.tag not in inline.SILENT:
            self.walk(node, depth + 1)
            self._running.append(inline.target(node))

    def _block(self, node: LexborNode, tag: str, depth: int) -> None:
        if _is_heading(node):
            level = tag[1] if tag in _HEADINGS else node.attributes.get("aria-level") or "2"
            self._outline.enter(int(level) if level in "123456" else 6, inline.words(node))
        elif tag == "table" and not grid.is_layout(node):
            for caption in node.css("caption"):
                self._add("paragraph", inline.words(caption))
            for row in grid.rows(node, inline.words):
                self._add("paragraph" if row.is_note else "row", row.text, row.head)
        elif tag == "pre":
            self._add("code", (node.text() or "").strip("\n"))
        elif tag in {"ul", "ol"}:
            around = self._marker
            self._lists.append(_List(node) if tag == "ol" else _List())
            self.walk(node, depth + 1)
            self._lists.pop()
            self._marker = around
        elif tag == "li":
            self._item(node, depth)
        elif tag == "dt":
            self._term = ", ".join(filter(None, [self._term, inline.words(node)]))
        elif tag == "dl":
            self.walk(node, depth + 1)
            self._end_term()
        else:
            self._labelled(node, depth)

    def _labelled(self, node: LexborNode, depth: int) -> None:
        """Walk an element, under the words of the tab or button that opens it where it has one of its own."""
        label = self._labels.get(node.attributes.get("id") or "", "")
        if not label or self._outline.path[-1:] == (label,) or node.tag in {"body", "main", "article"}:
            self.walk(node, depth + 1)
            return
        outline = self._outline.saved()
        self._outline.enter(self._outline.level + 1, label)
        self.walk(node, depth + 1)
        self.end()
        self._outline.restore(outline)

    def _item(self, node: LexborNode, depth: int) -> None:
        if not self._lists:
            self._lists.append(_List())
        self._marker = self._lists[-1].marker(node)
        self.walk(node, depth + 1)
        self.end()
        self._marker = None

    def _end_term(self) -> None:
        """Give a term as a paragraph, where no words follow that it could stand before."""
        term, self._term = self._term, ""
        if term:
            self._add("paragraph", term)

    def _add(self, kind: Kind, text: str, head: str = "") -> None:
        if self._term and kind == "paragraph":
            text = f"{self._term}{'' if self._term.endswith(('?', '!', '.', ':')) else ':'} {text}"
            self._term = ""
        self._end_term()
        self.blocks.append(Block(self._outline.path, kind, text, head))


class _List:
    """A list of a page: which number comes next, and how it is written."""

    def __init__(self, ordered: LexborNode | None = None) -> None:
        attributes = ordered.attributes if ordered is not None else {}
        self._next = (_number(attributes.get("start")) or 1) if ordered is not None else None
        self._step = 1
        self._letters = {"a": "abcdefghijklmnopqrstuvwxyz", "A": "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}.get(attributes.get("type") or "", "")
        if ordered is not None and "reversed" in attributes:
            self._step = -1
            self._next = _number(attributes.get("start")) or sum(child.tag == "li" for child in ordered.iter())

    def marker(self, item: LexborNode) -> str:
        """Return what stands before an item, and count it."""
        if self._next is None:
            return "- "
        stated = _number(item.attributes.get("value"))
        number = self._next if stated is None else stated
        self._next = number + self._step
        return f"{self._letters[number - 1]}. " if 0 < number <= len(self._letters) else f"{number}. "


def _broken(lines: Sequence[str]) -> Iterator[tuple[Kind, str]]:
    """Give lines that a page breaks as paragraphs between empty ones, or as the list that they are where several begin with a mark of one."""
    kind: Kind = "item" if sum(bool(_ITEM.match(line)) for line in lines) > 1 else "paragraph"
    run: list[str] = []
    for line in [*lines, ""]:
        if run and (not line or (kind == "item" and _ITEM.match(line))):
            text = " ".join(run)
            yield ("item", _BULLET.sub("- ", text)) if kind == "item" and _ITEM.match(text) else ("paragraph", text)
            run = []
        run += [line] if line else []


def _is_heading(node: LexborNode) -> bool:
    return node.tag in _HEADINGS or (node.tag != "-text" and node.attributes.get("role") == "heading")


def _number(stated: str | None) -> int | None:
    stated = (stated or "").strip()
    return int(stated) if stated.isascii() and stated.isdigit() and len(stated) < 7 else None


def _unescaped(html: str) -> Iterator[str]:
    """Give a page with entities that an export escaped a second time put right, listings as they are."""
    at = depth = 0
    for found in [*_LISTING.finditer(html), None]:
        part = html[at : found.start() if found else len(html)]
        yield part if depth else _ESCAPED_TWICE.sub("&", part)
        if found:
            at, depth = found.start(), max(depth - 1, 0) if found[1] else depth + 1


def _title(tree: LexborHTMLParser, parts: tuple[LexborNode, ...]) -> str:
    first = next(filter(None, (part.css_first("h1") for part in parts)), None)
    alone = tree.css("h1")
    first = first or (alone[0] if len(alone) == 1 else None)
    named = tree.css_first("head title")
    return inline.words(first) if first else inline.words(named) if named else ""


def _updated(tree: LexborHTMLParser) -> str | None:
    for selector, name in _DATES:
        found = tree.css_first(selector)
        if found and found.attributes.get(name):
            return str(found.attributes[name])[:10]
    said = (dates.stated(inline.openly(node)) for node in tree.css(_SAYS_DATE))
    return next(filter(None, said), None)
