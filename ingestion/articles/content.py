"""Finds what of a page is the article, and takes away what stands around it."""

import re
from collections.abc import Sequence

from selectolax.lexbor import LexborHTMLParser, LexborNode

_NEVER_READ = "script, style, template, noscript, math, iframe, object, nav, select, [role=navigation], [role=search], [role=dialog]"
_AROUND = "body > header, body > aside, body > footer"  # inside an article they are its opening and its notes
_REACHED = re.compile(r"(?:\+|\b0)\d[\d ()/.-]{6,}\d|\b\d{1,2}(?:[:.]\d\d)?\s*(?:am|pm|uhr|h)\b|@\w", re.IGNORECASE)  # a number, hours, an address
_FURNITURE = (
    ".breadcrumb, .breadcrumbs, .article-votes, .article-more-questions, .article-return-to-top, .article-relatives, .related-articles, .recent-articles, "
    ".headerlink, .hash-link, .anchor-link, .edit-this-page, .theme-edit-this-page, .pagination-nav, .theme-doc-footer, .table-of-contents, .toctree-wrapper, "
    ".md-source-file, .md-content__button, .page-metadata, .sharedaddy, .post-navigation, .sphinxsidebar, .related, #toc, #toc_container, .toc, "
    ".cookie-banner, .article__meta, .last-updated, .intercom-reaction-picker, .pageSection.group"
)
_CONTENT = (
    "[itemprop=articleBody], .article-body, .article__body, .entry-content, .theme-doc-markdown, .md-content__inner, #main-content.wiki-content, "
    ".page-body, [role=main]"
)
_LEAST = 0.2  # share of the words of the page that a main part has; less is an empty shell beside the text
_MOST = 0.66  # share from which several articles are the page; less are teasers beside it


def clear(tree: LexborHTMLParser) -> None:
    """Take out what is never part of an article: scripts, navigation, the frame of the site, what help-centre tools put around the text.

    On a page that does not say where its article is, the foot stays if it tells how the company is reached.
    """
    for node in tree.css(_NEVER_READ):
        node.decompose()
    bare = tree.css_first("main, article, [role=main]") is None
    for node in tree.css(_AROUND):
        if not (bare and node.tag != "header" and _REACHED.search(node.text(separator=" "))):
            node.decompose()
    for node in tree.css(_FURNITURE):
        if node.tag not in {"body", "main", "article"}:
            node.decompose()


def parts(tree: LexborHTMLParser) -> tuple[LexborNode, ...]:
    """Return the elements that hold the article, in the order of the page: the main parts, the articles, else the body."""
    body = tree.body
    if body is None:
        return ()
    whole = _weight(body)
    for selector, least in (("main", _LEAST), (_CONTENT, _MOST), ("article", _MOST)):
        found = _outermost(tree.css(selector))
        if found and whole and sum(map(_weight, found)) >= least * whole:
            return found
    return (body,)


def is_shell(tree: LexborHTMLParser) -> bool:
    """Tell whether a page is made to be filled by a script. To be asked before the scripts are taken out."""
    return (
        tree.css_first("script[src], script[type=module]") is not None
        or tree.css_first("#root, #app, #__next, #__nuxt, app-root, [data-reactroot]") is not None
    )


def _outermost(nodes: Sequence[LexborNode]) -> tuple[LexborNode, ...]:
    within: set[int] = set()
    outermost = []
    for node in nodes:
        parent = node.parent
        while parent is not None and parent.mem_id not in within:
            parent = parent.parent
        if parent is None:
            outermost.append(node)
        within.add(node.mem_id)
    return tuple(outermost)


def _weight(node: LexborNode) -> int:
    """Count the words of an element that are not in links."""
    return len(node.text(separator=" ").split()) - sum(len(link.text(separator=" ").split()) for link in node.css("a"))
