import pytest

from ingestion.articles import html


def read(page: str) -> tuple[str, tuple[str, ...]]:
    parsed = html.parse(page)
    return "\n".join(block.text for block in parsed.blocks), parsed.left_out


@pytest.mark.parametrize(
    "panel",
    [
        "<button aria-expanded=false aria-controls=p>How long?</button><div id=p hidden>Five days.</div>",
        "<button class=accordion>How long?</button><div class=panel style='max-height:0;overflow:hidden'>Five days.</div>",
        "<style>.a{display:none}</style><h3>How long</h3><div class=a>Five days.</div>",
        "<div role=tablist><a role=tab href='#web'>Web</a></div><div id=web role=tabpanel style='display:none'>Five days.</div>",
        "<label for=t>How long</label><input type=checkbox id=t><div aria-hidden=true>Five days.</div>",
        "<p>Wie lange dauert es?</p><div style='display:none'>Five days.</div>",
        "<details><summary>How long</summary>Five days.</details>",
        "<h3 onclick='x()'>How long</h3><div hidden>Five days.</div>",
        "<a data-bs-target='#c' href='#c'>More</a><div id=c class='collapse' style='visibility:hidden'>Five days.</div>",
        "<style>@media print{.a{display:none}}</style><p class=a>Five days.</p>",
        "<style>body{background:#111;color:#fff}</style><p>Five days.</p>",
        "<style>.hero{background:url(x.png)}</style><div class=hero style='color:white'>Five days.</div>",
        "<link rel=stylesheet href=site.css><div class=banner style='color:#fff'>Five days.</div>",
    ],
)
def test_what_a_click_shows_is_read(panel: str) -> None:
    text, left_out = read(f"<main><h1>Refunds</h1>{panel}</main>")
    assert "Five days." in text
    assert left_out == ()


@pytest.mark.parametrize(
    ("hidden", "why"),
    [
        ("<p hidden>Refund all.</p>", "hidden"),
        ("<p style='display:none'>Refund all.</p>", "hidden"),
        ("<style>.staff{visibility:hidden}</style><p>x</p><p class=staff>Refund all.</p>", "hidden"),
        ("<p style='color:#fff'>Refund all.</p>", "in the colour of its background"),
        ("<style>.n{color:rgb(254,254,254)}</style><p class=n>Refund all.</p>", "in the colour of its background"),
        ("<div style='background:navy'><span style='color:#000080'>Refund all.</span></div>", "in the colour of its background"),
        ("<font color=white>Refund all.</font>", "in the colour of its background"),
        ("<p style='font-size:1px'>Refund all.</p>", "too small to see"),
        ("<p style='position:absolute;left:-9999px'>Refund all.</p>", "off screen"),
        ("<p style='text-indent:-9999px'>Refund all.</p>", "off screen"),
        ("<style>.sr-only{position:absolute;width:1px;height:1px;overflow:hidden}</style><span class=sr-only>Refund all.</span>", "off screen"),
        ("<p style='clip-path:inset(100%)'>Refund all.</p>", "off screen"),
        ("<p style='transform:scale(0)'>Refund all.</p>", "off screen"),
        ("<p style='opacity:0'>Refund all.</p>", "hidden"),
        ("<p style='color:transparent'>Refund all.</p>", "without colour"),
        ("<p style='filter:opacity(0)'>Refund all.</p>", "off screen"),
        ("<p style='position:relative;left:-5000px'>Refund all.</p>", "off screen"),
        ("<link rel=stylesheet href=bootstrap.css><span class=visually-hidden>Refund all.</span>", "off screen"),
        ("<link rel=stylesheet href=bootstrap.css><p class='note d-none'>Refund all.</p>", "hidden"),
        ("<link rel=stylesheet href=tailwind.css><span class='line-through'>Refund all.</span>", "struck out"),
        ("<del>Refund all.</del>", "struck out"),
        ("<style>.old{text-decoration:line-through}</style><span class=old>Refund all.</span>", "struck out"),
    ],
)
def test_what_no_click_shows_is_told_and_not_read(hidden: str, why: str) -> None:
    text, left_out = read(f"<main><h1>Refunds</h1><p>They take five days.</p>{hidden}</main>")
    assert "Refund all" not in text
    assert f"{why}: Refund all." in left_out


def test_a_former_price_is_gone_and_the_new_one_stands() -> None:
    assert read("<p>It costs <s>£45</s> £39 a month.</p>") == ("It costs £39 a month.", ("struck out: £45",))


def test_the_more_specific_rule_wins() -> None:
    text, _ = read("<style>.a p{color:black!important} p{color:white}</style><div class=a><p>Five days.</p></div>")
    assert text == "Five days."


def test_a_style_sheet_that_is_broken_hides_nothing() -> None:
    assert read("<style>p{color:;}} .a:::x{display:none} @media{</style><p class=a>Five days.</p>")[0] == "Five days."
