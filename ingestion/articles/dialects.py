"""Turns the Markdown of documentation tools (MDX, Docusaurus, GitBook, MkDocs, MyST, Hugo) into Markdown that says the same."""

import re
from collections.abc import Iterator

from ingestion.articles import templates

_FENCE = re.compile(r"^\s{0,12}(`{3,}|~{3,})(.*)$")
_DIRECTIVE = re.compile(
    r"^\{(note|warning|tip|important|caution|danger|hint|seealso|attention|admonition|dropdown|tab-item|versionchanged|deprecated)\}\s*(.*)$"
)
_ADMONITION = re.compile(r"^(\s*)(?:!!!|\?\?\?\+?|===[!+]?)\s*(?:[\w-]+(?:\s+[\w-]+)*)?\s*(?:\"([^\"]*)\")?\s*$")
_CONTAINER = re.compile(r"^\s*:{3,}\s*(?:([\w-]+)\s*(?:\[([^\]]*)\]|(.*?))\s*)?$")
_LIQUID = re.compile(
    r"^\s*\{%-?\s*(hint|tabs?|content-ref|details|expand|stepper|step|columns?|code|swagger|embed|file|include|note|end\w+)\b(.*?)-?%\}\s*$"
)
_REFERENCE = re.compile(r"^[ \t]*\{% content-ref [^\n]{0,300}%\}\n(?:[^\n]{0,300}\n){0,3}?\s*\{% endcontent-ref %\}", re.MULTILINE)
_HUGO = re.compile(r"^\s*\{\{[<%]\s*(/?)([\w/-]+)(.*?)/?\s*[>%]\}\}\s*$")
_ATTRIBUTES = r"(?:[^<>\"'{}]|\"[^\"]*\"|'[^']*'|\{[^{}]*\})"
_COMPONENT = re.compile(rf"^\s*<(/?)([A-Z][\w.]*)\b({_ATTRIBUTES}*?)(/?)>\s*$")
_FILLED = re.compile(rf"^\s*<([A-Z][\w.]*)\b({_ATTRIBUTES}*?)>(.*)</\1>\s*$")
_WRAPPED_TAG = re.compile(r"<[A-Z][\w.]*\s[^<>]{0,1000}>")
_NAMED = re.compile(r"(?:title|label|summary|question|header|name|heading|tabName)\s*=\s*(?:\{\s*)?(?:\"([^\"]*)\"|'([^']*)'|`([^`]*)`)")
_FIRST = re.compile(r"^\s*\"([^\"]*)\"")
_JSX_INLINE = re.compile(
    r"(`+)(?:(?!\1).)+?\1(?!`)|\{/\*.*?\*/\}|\{\s*([\"'])(.*?)\2\s*\}|\{[^{}\n]{0,300}\}|</?[A-Z][\w.]*\b[^<>]{0,500}>|</?>", re.DOTALL
)
_MODULE = re.compile(r"^(?:import\s[^\n]*|export\s+(?:const|default|function|let|var|async|\{|\*)[^\n]*)$")
_TIGHT_HEADING = re.compile(r"^(?:(#)(?=[^\W\d_a-z])|(#{2,6})(?=[^\W_]))", re.UNICODE)
_CALLOUT = re.compile(r"^(\s*(?:>\s*)+)\[!([A-Za-z]+)\][+-]?\s*(.*)$")
_ROLE = re.compile(r"\{(?:ref|doc|term|any|guilabel|menuselection|kbd|abbr|numref|file|command)\}`([^`<]*?)(?:\s*<[^`>]*>)?`")
_WIKI = re.compile(r"!?\[\[([^\]|#\n]{1,200})(?:#[^\]|\n]*)?(?:\|([^\]\n]*))?\]\]")


def plain(text: str, mdx: bool = False) -> tuple[str, tuple[str, ...]]:
    """Return the Markdown without the tool's own marks, listings as they are, and what was taken out of it as told in `left_out`."""
    text = _REFERENCE.sub("", text)
    if mdx:
        text = _WRAPPED_TAG.sub(lambda tag: tag[0].replace("\n", " "), text)
    taken: list[str] = []
    parts: list[str] = []
    for is_listing, chunk in _chunks(_opened(text.split("\n"), mdx)):
        if not is_listing:
            chunk = _jsx(chunk) if mdx else chunk
            chunk, tags = templates.without(chunk)
            chunk = _WIKI.sub(lambda found: found[2] or found[1], _ROLE.sub(r"\1", templates.without_signs(templates.without_attributes(chunk))))
            taken += tags
        parts.append(chunk)
    return "\n".join(parts), tuple(taken)


def _chunks(lines: Iterator[tuple[bool, str]]) -> Iterator[tuple[bool, str]]:
    """Join lines of one kind, listings or text."""
    run: list[str] = []
    kind = False
    for is_listing, line in lines:
        if is_listing != kind and run:
            yield kind, "\n".join(run)
            run = []
        kind = is_listing
        run.append(line)
    yield kind, "\n".join(run)


def _opened(lines: list[str], mdx: bool) -> Iterator[tuple[bool, str]]:
    """Give the lines with what opens and closes a box as HTML, each with whether it is part of a listing."""
    fence = ""
    boxes: list[int] = []  # the indent of each MkDocs box around this line
    directives: list[str] = []
    blank_before = True
    for line in lines:
        marker = _FENCE.match(line)
        if fence:
            yield True, _dedented(line, boxes)
            if marker and marker[1].startswith(fence) and not marker[2].strip():
                fence = ""
            continue
        while boxes and line.strip() and _indent(line) <= boxes[-1]:
            boxes.pop()
            yield from _text("", "</details>", "")
        line = _dedented(line, boxes)
        if marker and (directive := _DIRECTIVE.match(marker[2].strip())):
            directives.append(marker[1])
            yield from _text(*_box(directive[2]))
        elif marker and directives and marker[1] == directives[-1] and not marker[2].strip():
            directives.pop()
            yield from _text("", "</details>", "")
        elif marker:
            fence = marker[1]
            yield True, line
        elif found := _ADMONITION.match(line):
            boxes.append((boxes[-1] + 4 if boxes else 0) + len(found[1]))
            yield from _text(*_box(found[2] or ""))
        else:
            yield from _text(*_line(line, mdx, blank_before))
        blank_before = not line.strip()


def _text(*lines: str) -> Iterator[tuple[bool, str]]:
    yield from ((False, line) for line in lines)


def _line(line: str, mdx: bool, blank_before: bool) -> tuple[str, ...]:
    """Return what stands for one line outside listings."""
    if (found := _LIQUID.match(line)) or (found := _HUGO.match(line)):
        closing = found[1].startswith(("end", "/")) if found.re is _LIQUID else bool(found[1])
        named, rest = (found[1], found[2]) if found.re is _LIQUID else (found[2], found[3])
        if closing:
            return ("", "</details>", "") if found[1].removeprefix("end") not in {"raw"} else ("",)
        if named in {"include", "embed", "file", "figure", "relref", "ref", "youtube"}:
            return (line,)
        return _box(_name(rest))
    if found := _CONTAINER.match(line):
        return ("", "</details>", "") if not found[1] else _box(found[2] or found[3] or "")
    if found := _CALLOUT.match(line):
        return (f"{found[1]}{found[3]}" if found[3] else found[1].rstrip(),)
    if mdx and (found := _COMPONENT.match(line)):
        if found[4]:
            return ("", _name(found[3]), "")
        return ("", "</details>", "") if found[1] else _box(_name(found[3]))
    if mdx and (found := _FILLED.match(line)):
        return (*_box(_name(found[2])), found[3], "", "</details>", "")
    if mdx:
        return (line.lstrip() if _indent(line) >= 4 else line,)
    return (_TIGHT_HEADING.sub(lambda mark: f"{mark[0]} ", line) if blank_before and line.startswith("#") else line,)


def _box(title: str) -> tuple[str, ...]:
    """Open a box: what stands in it is read under its title."""
    shown = re.sub(r"[<>&]", " ", title).strip()
    return ("", f"<details><summary>{shown}</summary>" if shown else "<details>", "")


def _name(attributes: str) -> str:
    found = _NAMED.search(attributes) or _FIRST.search(attributes)
    return next((group for group in found.groups() if group), "") if found else ""


def _jsx(text: str) -> str:
    """Take modules, components and expressions out of MDX; a text in an expression stays."""
    kept: list[str] = []
    in_module = False  # which ends at the next empty line
    for line in text.split("\n"):
        in_module = bool(line.strip()) and (in_module or _MODULE.match(line) is not None)
        kept += [] if in_module else [line]
    return _JSX_INLINE.sub(lambda found: found[0] if found[1] else found[3] or "", "\n".join(kept))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _dedented(line: str, boxes: list[int]) -> str:
    return line[min(_indent(line), boxes[-1] + 4) :] if boxes else line
