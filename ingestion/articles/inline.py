"""Reads what stands within a line of a page: words, superscripts, the targets of links."""

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingestion.articles import charsets, notes

BREAK = "\x0b"  # a line that the page breaks
SILENT = {"svg", "canvas", "audio", "video", "object", "-comment", "textarea", "progress", "meter", "option", "datalist"}
_BREAKS = {"br", "p", "div", "li", "tr", "td", "th", "dd", "dt", "ul", "ol", "table", "section"}
_STRUCK_SIGNS = re.compile(r"(?:[^\s\u0336]\u0336[ \u0336]*)+")  # signs struck out one by one
_VAGUE = {"here", "click here", "this link", "link", "this page", "hier", "ici", "aquí", "qui", "aqui"}
_BACK = re.compile(r"^[\s^↑↩︎⏎\[\]]*$")
_DEEPEST = 60
_PILCROW = {"¶", "#", "§", "🔗", "\uf0c1"}


def tidy(text: str) -> str:
    """Return running text in one line, words whole where soft hyphens and signs without width stood in them."""
    return " ".join(_STRUCK_SIGNS.sub("", text.translate(charsets.UNSEEN)).split())


def words(node: LexborNode) -> str:
    """Return the text of an element in one line, the marks of notes resolved as far as a line alone allows."""
    return tidy("".join(_pieces(node, 0)))


def replaced(node: LexborNode) -> str:
    """Return the text that stands for an element, where it is not simply what it holds; else nothing."""
    tag = node.tag
    if tag == "br":
        return BREAK
    if tag in {"sup", "sub"}:
        return _raised(node)
    if tag == "a" and (node.text() or "").strip() in _PILCROW and (node.attributes.get("href") or "").startswith("#"):
        return " "
    if tag == "rt" or tag == "rp":  # how a sign is spoken, above the sign
        return " "
    if tag in {"i", "span"} and "icon" in (node.attributes.get("class") or "") and "_" in (node.text() or ""):
        return " "  # the name of a picture in a font of pictures
    return ""


def target(node: LexborNode) -> str:
    """Return where a link leads, in brackets, where its words need that to be of use: an address, a number, "here"."""
    href = (node.attributes.get("href") or "").strip() if node.tag == "a" else ""
    shown = openly(node)
    kind, _, rest = href.partition(":")
    rest = rest.split("?")[0].strip("/")
    if kind.lower() in {"mailto", "tel", "sms"} and rest and _folded(rest) not in _folded(shown):
        return f" ({rest})" if shown else rest
    if href.startswith(("http://", "https://")) and shown.casefold() in _VAGUE:
        return f" ({href})"
    return ""


def openly(node: LexborNode) -> str:
    """Return the words of an element as they stand."""
    return tidy(node.text(deep=True, separator="") or "")


def link_notes(tree: LexborHTMLParser) -> None:
    """Give each note that a superscript links to the mark of that superscript, and take the links back to the text away."""
    noted: dict[str, str] = {}
    by_id = {node.attributes.get("id"): node for node in reversed(tree.css("[id]"))}
    for link in tree.css("sup a[href^='#'], a[role=doc-noteref], a.footnote-ref, a.footnote-reference, a[href^='#'] > sup"):
        anchor = link.parent if link.tag == "sup" else link
        if anchor is None:
            continue
        at = (anchor.attributes.get("href") or "").lstrip("#")
        note = by_id.get(at) if at else None
        if note is not None and at not in noted and not _BACK.match(note.text() or ""):
            noted[at] = f"note {len(noted) + 1}"
            _head(note, noted[at])
        if at in noted:
            outer = anchor.parent if anchor.parent is not None and anchor.parent.tag == "sup" else anchor
            outer.replace_with(notes.marked(noted[at]))


def _head(note: LexborNode, mark: str) -> None:
    """Put its mark before a note, or what holds it where the id is on an empty anchor or a label."""
    for back in note.css("a[href^='#']"):
        if _BACK.match(back.text() or "") or "back" in (back.attributes.get("class") or ""):
            back.decompose()
    label = note.css_first(".label, .fn-bracket")
    if label is not None:
        label.decompose()
    inner = note.css_first("p") or note
    first = inner.first_child
    if first is None:
        inner.insert_child(notes.marked(mark))
    else:
        first.insert_before(notes.marked(mark))


def _raised(node: LexborNode) -> str:
    text = openly(node)
    if node.tag == "sup":
        return notes.marked(text)
    before = node.prev.text_content if node.prev is not None and node.prev.tag == "-text" else ""
    return f"_{text}" if (before or "")[-1:].isdigit() else text


def _pieces(node: LexborNode, depth: int) -> list[str]:
    pieces: list[str] = []
    for child in node.iter(include_text=True):
        if child.tag == "-text":
            pieces.append(child.text_content or "")
        elif depth > _DEEPEST:
            pieces.append(openly(child))
        elif shown := replaced(child):
            pieces.append(shown)
        elif child.tag not in SILENT:
            inner = [*_pieces(child, depth + 1), target(child)]
            pieces += [" ", *inner, " "] if child.tag in _BREAKS else inner
    return pieces


def _folded(text: str) -> str:
    return re.sub(r"[\s()/.-]", "", text.casefold())
