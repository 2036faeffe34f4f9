"""Turns the HTML of an email into the text its reader sees, with quoted passages marked by '>' as in plain mail."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

_DROPPED = {"head", "script", "style", "template", "title", "svg", "iframe", "object", "math", "select", "-comment", "!doctype"}
_BLOCKS = {
    "address", "article", "aside", "blockquote", "body", "center", "dd", "div", "dl", "dt", "fieldset", "figure", "footer", "form",
    "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "li", "main", "nav", "ol", "p", "pre", "section", "table", "tbody",
    "thead", "tr", "ul",
}  # fmt: skip
_SPACED = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "pre"}
_IMPLIED_END = {"p", "li", "td", "th", "tr", "dd", "dt", "option", "br", "img", "hr", "meta", "link", "input", "col", "area", "base", "wbr"}

_CONCEALED = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all"
    r"|(?<![-\w])opacity\s*:\s*0(?:\.0+)?\s*(?:!important\s*)?(?:;|$)"
    r"|text-indent\s*:\s*-\d{3,}|(?:left|top)\s*:\s*-\d{4,}"
)
_FONT_SIZE = re.compile(r"font-size\s*:\s*(\d*\.?\d+)")
_COLOUR = re.compile(r"(?<![-\w])(color|background(?:-color)?)\s*:\s*([^;]+)")
_WHITE = re.compile(r"^(?:white|#fff|#ffffff|rgba?\(\s*255\s*,\s*255\s*,\s*255.*\))$")
_ZERO_BOX = re.compile(r"(?:^|;)\s*(?:max-)?(?:height|width)\s*:\s*0(?:px|pt)?\s*(?:!important\s*)?(?=;|$)")
_NO_MARGIN = re.compile(r"(?:^|;)\s*margin(?:-bottom)?\s*:\s*0(?![.\d])")
_MEDIA_RULES = re.compile(r"@[^{};@]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}", re.I)
_SIMPLE_SELECTOR = re.compile(r"[.#][\w-]+")
_PREFORMATTED = re.compile(r"white-space\s*:\s*(?:pre|break-spaces)")
_SPACES = re.compile(r"[ \t\r\n\f]+")
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)([^<>]*)>")
_DATA_URI = re.compile(r"data:[\w.+-]{1,60}/[\w.+-]{1,60};base64,[A-Za-z0-9+/=]*")
_SIGNATURES = re.compile(r"gmail_signature|moz-signature|ms-outlook-mobile-signature|protonmail_signature_block|applemailsignature|^signature$", re.I)
_SIGNATURE_PREFIX = "gmail_signature_prefix"

# Unclosed formatting tags are copied into every later paragraph by the rules of HTML, so a hostile page can ask for a tree
# of (depth x tags) nodes. Real newsletters stay a hundred times below this.
_LARGEST_TREE = 20_000_000
_DEEPEST_TREE = 800


def to_text(html: str) -> tuple[str, str]:
    """Return (visible, hidden): what a reader of this HTML sees, and what is in it that they would not see.

    Quotes marked by the mail client (`blockquote type=cite`, Gmail, Yahoo, ...) come back as lines starting with '>',
    marked signatures after a line '--'. Never raises; time is linear in the length of the HTML.
    """
    html = _DATA_URI.sub("", html.replace("\x00", ""))
    if not html.strip():
        return "", ""
    if _is_hostile(html):
        return _tidy(_TAG.sub(" ", html)), ""
    tree = LexborHTMLParser(html)
    root = tree.root
    page = _Page(_unseen_names(tree))
    if root is not None:
        for node, entering in _steps(root):
            if entering:
                page.enter(node)
            else:
                page.leave(node)
    page.end_line()
    return _tidy("\n".join(page.lines)), _tidy(" ".join(page.hidden))


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


@dataclass(frozen=True)
class _Look:
    """How text looks at one point of the page; children inherit it, and some of it they may override."""

    concealed: bool = False
    quoted: bool = False
    preformatted: bool = False
    tiny: bool = False
    white: bool = False
    ground: bool = False  # something other than white is behind the text

    @property
    def is_unseen(self) -> bool:
        return self.concealed or self.tiny or (self.white and not self.ground)


class _Page:
    """The lines written so far, and what the elements around the present point say about the next one."""

    def __init__(self, unseen_names: frozenset[str]) -> None:
        self.lines: list[str] = []
        self.hidden: list[str] = []
        self._unseen_names = unseen_names
        self._fragments: list[str] = []
        self._open: list[_Look] = [_Look()]

    def enter(self, node: LexborNode) -> None:
        if node.tag == "-text":
            self._write(node.text_content or "")
            return
        marks = {name: value or "" for name, value in node.attributes.items()}
        around = self._open[-1]
        self._break_before(node)
        if _is_signature(marks) and not around.quoted:
            self._begin_signature()
        self._open.append(_look(around, node.tag or "", marks, self._unseen_names))
        if node.tag == "li":
            self._write("- ")

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
        return "Mso" in (marks.get("class") or "") or bool(_NO_MARGIN.search((marks.get("style") or "").lower()))

    def _write(self, text: str) -> None:
        look = self._open[-1]
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
        self.lines.append(f"> {line}".rstrip() if self._open[-1].quoted else line)

    def _blank(self) -> None:
        if self.lines and self.lines[-1].strip("> "):
            self._newline()

    def _begin_signature(self) -> None:
        self.end_line()
        written = next((line for line in reversed(self.lines[-5:]) if line.strip()), "")
        if written and written.strip() != "--":
            self.lines.append("--")


def _look(around: _Look, tag: str, marks: dict[str, str], unseen_names: frozenset[str]) -> _Look:
    style = marks.get("style", "").lower()
    size = _FONT_SIZE.search(style)
    colours = {name.split("-")[0]: value.replace("!important", "").strip() for name, value in _COLOUR.findall(style)}
    text = colours.get("color", marks.get("color", "").lower())
    ground = colours.get("background", marks.get("bgcolor", "").lower())
    names = {f".{name}" for name in marks.get("class", "").lower().split()} | {f"#{marks.get('id', '').lower()}"}
    return _Look(
        concealed=around.concealed or "hidden" in marks or _conceals(style) or not names.isdisjoint(unseen_names),
        quoted=around.quoted or _is_quote(tag, marks),
        preformatted=around.preformatted or tag == "pre" or bool(_PREFORMATTED.search(style)),
        tiny=float(size[1]) == 0 or (float(size[1]) <= 1 and style.startswith(("px", "pt"), size.end())) if size else around.tiny,
        white=text == "transparent" or bool(_WHITE.match(text)) if text else around.white,
        ground=ground != "transparent" and not _WHITE.match(ground) if ground else around.ground or "background" in marks,
    )


def _conceals(style: str) -> bool:
    return bool(style and (_CONCEALED.search(style) or ("overflow" in style and "hidden" in style and _ZERO_BOX.search(style))))


def _unseen_names(tree: LexborHTMLParser) -> frozenset[str]:
    """Class and id selectors that the page's own style sheet hides on every screen."""
    names: set[str] = set()
    for sheet in tree.css("style"):
        rules = _MEDIA_RULES.sub("", (sheet.text() or "")[:200_000].lower())
        for rule in rules.split("}"):
            selectors, _, body = rule.partition("{")
            if _conceals(body):
                names.update(name.strip() for name in selectors.split(",") if _SIMPLE_SELECTOR.fullmatch(name.strip()))
    return frozenset(names)


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
