"""Reads an HTML page of a help centre into blocks, leaving out what surrounds the article."""

from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingestion.articles.blocks import Block, Kind, Outline, Parsed, table_head, table_row

_NEVER_READ = "script, style, template, noscript, svg, iframe, nav, footer, button, select, [hidden], [aria-hidden=true]"
_AROUND = "body > header, body > aside"  # inside an article they are its opening and its notes
_DATES = (
    ('meta[property="article:modified_time"]', "content"),
    ('meta[name="date"]', "content"),
    ("time[datetime]", "datetime"),
)
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_BLOCKS = _HEADINGS | {
    "address", "article", "blockquote", "body", "dd", "details", "div", "dl", "dt", "figcaption", "figure", "header", "hr", "html",
    "li", "main", "ol", "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
}  # fmt: skip
_DEEPEST = 200


def parse(html: str) -> Parsed:
    """Read the main part of a page (`main`, `article` or the body): headings, paragraphs, lists, tables, listings."""
    tree = LexborHTMLParser(html.replace("\x00", ""))
    for node in tree.css(f"{_NEVER_READ}, {_AROUND}"):
        node.decompose()
    main = tree.css_first("main") or tree.css_first("article") or tree.body
    if main is None:
        return Parsed("", None, ())
    first = main.css_first("h1")
    named = tree.css_first("title")
    title = _text(first) if first else _text(named) if named else ""
    page = _Page()
    page.walk(main)
    page.end()
    return Parsed(title, _updated(tree), tuple(page.blocks))


class _Page:
    """The blocks read so far and the running text of the one being read."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._outline = Outline()
        self._running: list[str] = []
        self._lists: list[int | None] = []
        self._marker: str | None = None

    def walk(self, node: LexborNode, depth: int = 0) -> None:
        for child in node.iter(include_text=True):
            tag = child.tag or ""
            if tag == "-text" or (tag not in _BLOCKS and tag != "br") or depth > _DEEPEST:
                self._inline(child, depth)
            elif tag == "br":
                self._running.append(" ")
            else:
                self.end()
                self._block(child, tag, depth)
                self.end()

    def end(self) -> None:
        """Close the running text as a paragraph or list item."""
        text = " ".join("".join(self._running).split())
        self._running = []
        if text and self._marker is not None:
            self._add("item", "  " * (len(self._lists) - 1) + self._marker + text)
            self._marker = " " * len(self._marker)
        elif text:
            self._add("paragraph", text)

    def _inline(self, node: LexborNode, depth: int) -> None:
        if node.tag == "-text" or depth > _DEEPEST:
            self._running.append(node.text_content or node.text() or "")
        else:
            self.walk(node, depth + 1)

    def _block(self, node: LexborNode, tag: str, depth: int) -> None:
        if tag in _HEADINGS:
            self._outline.enter(int(tag[1]), _text(node))
        elif tag == "table" and not node.css("table table"):
            for row, head in _rows(node):
                self._add("row", row, head)
        elif tag == "pre":
            self._add("code", (node.text() or "").strip("\n"))
        elif tag in {"ul", "ol"}:
            around = self._marker
            self._lists.append(_number(node) if tag == "ol" else None)
            self.walk(node, depth + 1)
            self._lists.pop()
            self._marker = around
        elif tag == "li":
            self._item(node, depth)
        else:
            self.walk(node, depth + 1)

    def _item(self, node: LexborNode, depth: int) -> None:
        if not self._lists:
            self._lists.append(None)
        number = self._lists[-1]
        self._marker = "- " if number is None else f"{number}. "
        self._lists[-1] = None if number is None else number + 1
        self.walk(node, depth + 1)
        self.end()
        self._marker = None

    def _add(self, kind: Kind, text: str, head: str = "") -> None:
        self.blocks.append(Block(self._outline.path, kind, text, head))


def _rows(table: LexborNode) -> Iterator[tuple[str, str]]:
    rows = [row.css("th, td") for row in table.css("tr")]
    head = ""
    for number, cells in enumerate(rows):
        texts = [_text(cell) for cell in cells]
        if number == 0 and len(rows) > 1 and all(cell.tag == "th" for cell in cells):
            head = table_head(texts)
        elif texts:
            yield table_row(texts), head


def _number(node: LexborNode) -> int:
    start = node.attributes.get("start") or ""
    return int(start) if start.isdigit() else 1


def _text(node: LexborNode) -> str:
    return " ".join((node.text(deep=True, separator="") or "").split())


def _updated(tree: LexborHTMLParser) -> str | None:
    for selector, name in _DATES:
        found = tree.css_first(selector)
        if found and found.attributes.get(name):
            return str(found.attributes[name])[:10]
    return None
