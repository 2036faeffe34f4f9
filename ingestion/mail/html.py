"""Turns the HTML of an email into the text its reader sees, with quoted passages marked by '>' as in plain mail."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingestion import visibility
from ingestion.styles import Styles
from ingestion.visibility import Look

_DROPPED = {"head", "script", "style", "template", "title", "svg", "iframe", "object", "math", "select", "-comment", "!doctype"}
_BLOCKS = {
    "address", "article", "aside", "blockquote", "body", "center", "dd", "div", "dl", "dt", "fieldset", "figure", "footer", "form",
    "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "li", "main", "nav", "ol", "p", "pre", "section", "table", "tbody",
    "thead", "tr", "ul", "details", "summary", "textarea", "noscript",
}  # fmt: skip
_SPACED = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "pre"}
_IMPLIED_END = {"p", "li", "td", "th", "tr", "dd", "dt", "option", "br", "img", "hr", "meta", "link", "input", "col", "area", "base", "wbr"}

_NO_MARGIN = re.compile(r"^0(?![.\d])")
_SPACES = re.compile(r"[ \t\r\n\f]+")
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)([^<>]*)>")
_DATA_URI = re.compile(r"data:[\w.+-]{1,60}/[\w.+-]{1,60};base64,[A-Za-z0-9+/=]*")
_SIGNATURES = re.compile(r"gmail_signature|moz-signature|ms-outlook-mobile-signature|protonmail_signature_block|applemailsignature|^signature$", re.I)
_SIGNATURE_PREFIX = "gmail_signature_prefix"

# Unclosed formatting tags are copied into every later paragraph by the rules of HTML, so a hostile page can ask for a tree
# of (depth x tags) nodes. Real newsletters stay a hundred times below this.
_CAPTION = 40  # characters; a page that says less beside its pictures is one of pictures
_LARGEST = 2_000_000  # characters of a page without the pictures in it; newsletters have a tenth of that
_LARGEST_TREE = 20_000_000
_DEEPEST_TREE = 800


@dataclass(frozen=True)
class Seen:
    """What a reader of a page sees, what is in it that they do not, and whether it shows pictures."""

    text: str
    hidden: str
    pictures: bool = False
    cut: int = 0  # characters of its source that were left out, beyond the most that is read


def read(html: str) -> Seen:
    """Return what a reader of this HTML sees, and what is in it that they would not see.

    Quotes marked by the mail client (`blockquote type=cite`, Gmail, Yahoo, ...) come back as lines starting with '>',
    marked signatures after a line '--'; a page of pictures alone is read by their alternative texts. Never raises; time is linear
    in the length of the HTML.
    """
    html = _DATA_URI.sub("", html.replace("\x00", ""))
    if len(html) > _LARGEST:
        return replace(read(html[:_LARGEST]), cut=len(html) - _LARGEST)
    if not html.strip():
        return Seen("", "")
    if _is_hostile(html):
        return Seen(_tidy(_TAG.sub(" ", html)), "")
    tree = LexborHTMLParser(html)
    styles = Styles(tree)
    seen = _page(tree, styles, with_pictures=False)
    if seen.pictures and len(seen.text) < _CAPTION:
        seen = _page(tree, styles, with_pictures=True)
    return seen


def _page(tree: LexborHTMLParser, styles: Styles, *, with_pictures: bool) -> Seen:
    page = _Page(styles, with_pictures)
    if tree.root is not None:
        for node, entering in _steps(tree.root):
            if entering:
                page.enter(node)
            else:
                page.leave(node)
    page.end_line()
    return Seen(_tidy("\n".join(page.lines)), _tidy("\n".join(page.hidden)), page.pictures)


def _is_hostile(html: str) -> bool:
    depth = deepest = tags = 0
    for match in _TAG.finditer(html):
        tags += 1
        if match[2].lower() in _IMPLIED_END or match[3].endswith("/"):
            continue
        depth = max(0, depth - 1) if match[1] else depth + 1
        deepest = max(deepest, depth)
    return deepest > _DEEPEST_TREE or deepest * tags > _LARGEST_TREE


def _steps(root: LexborNode) -> Iterator[tuple[LexborNode, bool]]:
    """Walk the tree without recursion: (node, True) on the way in, (node, False) on the way out of an element."""
    stack: list[tuple[LexborNode, bool]] = [(root, True)]
    while stack:
        node, entering = stack.pop()
        if node.tag in _DROPPED:
            continue
        yield node, entering
        if not entering or node.tag == "-text":
            continue
        stack.append((node, False))
        children = list(node.iter(include_text=True))
        stack.extend((child, True) for child in reversed(children))


class _Page:
    """The lines written so far, and what the elements around the present point say about the next one."""

    def __init__(self, styles: Styles, with_pictures: bool) -> None:
        self.lines: list[str] = []
        self.hidden: list[str] = []
        self.pictures = False
        self._styles = styles
        self._with_pictures = with_pictures
        self._fragments: list[str] = []
        self._open: list[tuple[Look, bool]] = [(Look(), False)]  # and whether a quote is open

    def enter(self, node: LexborNode) -> None:
        if node.tag == "-text":
            self._write(node.text_content or "")
            return
        marks = {name: value or "" for name, value in node.attributes.items()}
        around, is_quoted = self._open[-1]
        declared = self._styles.of(node)
        self._break_before(node)
        if _is_signature(marks) and not is_quoted:
            self._begin_signature()
        self._open.append((visibility.within(around, node.tag or "", marks, declared), is_quoted or _is_quote(node.tag or "", marks)))
        if node.tag == "li":
            self._write("- ")
        elif node.tag == "img":
            self._picture(marks)

    def _picture(self, marks: dict[str, str]) -> None:
        if self._open[-1][0].is_unseen or marks.get("width") in {"0", "1"} or marks.get("height") in {"0", "1"}:
            return  # a pixel that counts readers
        self.pictures = True
        if self._with_pictures and marks.get("alt", "").strip():
            self._write(f" {marks['alt']} ")

    def leave(self, node: LexborNode) -> None:
        if node.tag in _BLOCKS:
            self.end_line()
            if node.tag in _SPACED and not self._is_tight(node):
                self._blank()
        elif node.tag in {"td", "th"}:
            self._write(" ")
        self._open.pop()

    def end_line(self) -> None:
        if self._fragments:
            self._newline()

    def _break_before(self, node: LexborNode) -> None:
        if node.tag == "br":
            self._newline()
        elif node.tag in _BLOCKS:
            self.end_line()
            if node.tag in _SPACED and not self._is_tight(node) and self.lines:
                self._blank()

    def _is_tight(self, node: LexborNode) -> bool:
        """Outlook writes each line as a paragraph without margins, and an empty line as such a paragraph holding a space."""
        marks = node.attributes
        return "Mso" in (marks.get("class") or "") or any(
            _NO_MARGIN.match(value.split(" ")[0] if name == "margin" else value)
            for name, value in self._styles.of(node).items()
            if name in {"margin", "margin-bottom"}
        )

    def _write(self, text: str) -> None:
        look = self._open[-1][0]
        if look.is_unseen:
            if text.strip():
                self.hidden.append(text.strip())
        elif look.preformatted:
            first, *rest = text.replace("\r\n", "\n").split("\n")
            self._fragments += [first] if first else []
            for line in rest:
                self._newline()
                self._fragments += [line] if line else []
        else:
            text = _SPACES.sub(" ", text)
            if not self._fragments or self._fragments[-1].endswith(" "):
                text = text.lstrip(" ")
            if text:
                self._fragments.append(text)

    def _newline(self) -> None:
        line = "".join(self._fragments).replace("\xa0", " ").rstrip()
        self._fragments = []
        self.lines.append(f"> {line}".rstrip() if self._open[-1][1] else line)

    def _blank(self) -> None:
        if self.lines and self.lines[-1].strip("> "):
            self._newline()

    def _begin_signature(self) -> None:
        self.end_line()
        written = next((line for line in reversed(self.lines[-5:]) if line.strip()), "")
        if written and written.strip() != "--":
            self.lines.append("--")


def _is_quote(tag: str, marks: dict[str, str]) -> bool:
    names = marks.get("class", "")
    if tag == "blockquote":
        return marks.get("type", "").lower() == "cite" or "gmail_quote" in names or "quote" in names or "cite" in marks
    return "yahoo_quoted" in names or marks.get("id", "").startswith("yahoo_quoted")


def _is_signature(marks: dict[str, str]) -> bool:
    names = f"{marks.get('class', '')} {marks.get('data-smartmail', '')}"
    return _SIGNATURE_PREFIX not in names and any(_SIGNATURES.search(name) for name in (*names.split(), marks.get("id", "")))


def _tidy(text: str) -> str:
    return re.sub(r"\n{3,}", "\n\n", text).strip()
