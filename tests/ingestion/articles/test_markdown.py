import pytest

from ingestion.articles import markdown
from ingestion.articles.blocks import Parsed, Unreadable


def texts(parsed: Parsed) -> list[str]:
    return [block.text for block in parsed.blocks]


def under(parsed: Parsed) -> list[tuple[str, str]]:
    return [(block.headings[-1] if block.headings else "", block.text) for block in parsed.blocks]


@pytest.mark.parametrize(
    ("front", "title"),
    [
        ("---\ntitle: Fees\n---\n", "Fees"),
        ("\ufeff\n\n---\ntitle: Fees\n...\n", "Fees"),
        ('+++\ntitle = "Fees"\ndraft = false\n+++\n', "Fees"),
        ("---\ntitle: Fees: what you pay\ntags: [a]\n---\n", "Fees: what you pay"),
        ("---\r\ntitle: 'Fees'\r\n---\r\n", "Fees"),
    ],
)
def test_front_matter_of_any_kind_gives_the_title_and_is_no_text(front: str, title: str) -> None:
    parsed = markdown.parse(front.lstrip("\ufeff") + "\nOne percent.\n")
    assert (parsed.title, texts(parsed)) == (title, ["One percent."])


@pytest.mark.parametrize(
    "start",
    ["---\n**MOSSBELL**\nQuay Street\n---\n", "---\nPhone: 0113\nHours: 9 to 5\n---\n", "---\n\n# Fees\n\n---\n", "+++\nnot toml at all\n+++\n"],
)
def test_what_stands_between_rules_without_being_front_matter_is_kept(start: str) -> None:
    parsed = markdown.parse(f"{start}\nOne percent.\n")
    read = " ".join([*texts(parsed), *(heading for block in parsed.blocks for heading in block.headings)])
    kept = [word for word in ("MOSSBELL", "Hours: 9 to 5", "Fees", "not toml at all") if word in start]
    assert all(word in read for word in [*kept, "One percent."])


@pytest.mark.parametrize("line", ["draft: true", "published: false", "status: private", "visibility: internal"])
def test_an_article_that_is_not_published_is_refused_with_the_reason(line: str) -> None:
    with pytest.raises(Unreadable, match=line):
        markdown.parse(f"---\ntitle: Fees\n{line}\n---\nNext year it is two percent.\n")


def test_dates_and_versions_of_the_front_matter_are_kept() -> None:
    parsed = markdown.parse("---\ntitle: A\nversion: 5.2\nreplaces: old-fees.md\nlast_update:\n  date: 2026-05-03\n---\nx\n")
    assert (parsed.updated, parsed.version, parsed.replaces) == ("2026-05-03", "5.2", "old-fees.md")


def test_aliases_that_multiply_are_not_followed() -> None:
    bomb = "".join(f"k{level}: &k{level} [{', '.join([f'*k{level - 1}'] * 9) if level else 'x'}]\n" for level in range(30))
    assert texts(markdown.parse(f"---\ntitle: *k29\n{bomb}---\nOne percent.\n")) == ["One percent."]


def test_struck_text_is_former_text() -> None:
    assert texts(markdown.parse("It costs ~~£45~~ £39 a month.")) == ["It costs £39 a month."]


def test_headings_without_a_space_are_headings_and_tags_are_not() -> None:
    parsed = markdown.parse("#Payouts\n\nTwo days. #money\n\n##Change the day\n\nOpen it.\n\n#1 in Leeds\n")
    assert [block.headings for block in parsed.blocks] == [("Payouts",), ("Payouts", "Change the day"), ("Payouts", "Change the day")]


def test_a_table_of_html_is_a_table() -> None:
    parsed = markdown.parse("# Fees\n\n<table>\n<tr><th>Plan</th><th>Fee</th></tr>\n<tr><td>Solo</td><td>1 %</td></tr>\n</table>\n")
    assert (parsed.blocks[0].kind, parsed.blocks[0].text) == ("row", "| Solo | 1 % |")


@pytest.mark.parametrize(
    ("box", "title"),
    [
        ('!!! note "Good to know"\n    Keep it dry.\n', "Good to know"),
        ('??? question "Good to know"\n    Keep it dry.\n', "Good to know"),
        ('=== "Good to know"\n\n    Keep it dry.\n', "Good to know"),
        (":::tip[Good to know]\n\nKeep it dry.\n\n:::\n", "Good to know"),
        (":::note Good to know\nKeep it dry.\n:::\n", "Good to know"),
        ("```{note} Good to know\nKeep it dry.\n```\n", "Good to know"),
        ('{% tab title="Good to know" %}\nKeep it dry.\n{% endtab %}\n', "Good to know"),
        ('{% hint style="info" %}\nKeep it dry.\n{% endhint %}\n', "Head"),
        ('{{< details title="Good to know" >}}\nKeep it dry.\n{{< /details >}}\n', "Good to know"),
        ("> [!TIP]\n> Keep it dry.\n", "Head"),
        ("<details>\n<summary>Good to know</summary>\n\nKeep it dry.\n\n</details>\n", "Good to know"),
    ],
)
def test_boxes_of_documentation_tools_are_read_under_their_titles(box: str, title: str) -> None:
    assert under(markdown.parse(f"# Head\n\nBefore.\n\n{box}\nAfter.\n")) == [("Head", "Before."), (title, "Keep it dry."), ("Head", "After.")]


def test_mdx_is_read_without_its_modules_components_and_expressions() -> None:
    text = (
        'import Tabs from "@theme/Tabs";\nexport const price = 12;\n\n# Pay\n\n{/* staff only */}\n\n<Tabs>\n  <TabItem value="a" label="Phone">\n\n'
        "    Tap **Share** twice.\n\n  </TabItem>\n</Tabs>\n\nIt costs {'£12'} a <Tip text=\"x\">month</Tip>.\n\n```js\nimport x from 'y'\n```\n"
    )
    assert under(markdown.parse(text, mdx=True)) == [("Phone", "Tap Share twice."), ("Pay", "It costs £12 a month."), ("Pay", "import x from 'y'")]


def test_templates_are_taken_out_and_told_and_code_keeps_them() -> None:
    parsed = markdown.parse(
        "On {{ site }} it is quick.[[Fees|our fees]] Type `{{ name }}`.{: .x }\n\n```\n{{ raw }}\n```\n\n## Head {#head}\n\nText.\n"
    )
    assert texts(parsed) == ["On it is quick.our fees Type {{ name }}.", "{{ raw }}", "Text."]
    assert parsed.blocks[-1].headings == ("Head",)
    assert parsed.left_out == ("template: {{ site }}",)


def test_lines_that_were_wrapped_are_one() -> None:
    assert texts(markdown.parse("The fee is\none percent\nof the price.\n")) == ["The fee is one percent of the price."]


def test_short_names_of_pictures_and_marks_of_a_text_marker_are_not_text() -> None:
    text = "| Plan | SMS | API |\n|--|--|--|\n| Solo | :white_check_mark: | :material-close: |\n\n:warning: Keep ==this== at 10:30:45 or `:x:`.\n"
    assert texts(markdown.parse(text)) == ["| Solo | yes | no |", "Keep this at 10:30:45 or :x:."]


def test_signs_that_are_struck_one_by_one_are_former_text() -> None:
    assert texts(markdown.parse("It costs £\u03364\u03365\u0336 £39.")) == ["It costs £39."]


def test_components_of_one_line_and_of_many_keep_what_they_hold() -> None:
    text = (
        '# A\n\n<Card title="Refunds" href="/x">Five days.</Card>\n\n<TabItem\n  value="a"\n  label="Phone"\n>\n\nTap it.\n\n</TabItem>\n\n'
        "export const Price = () => (\n  <b>12</b>\n);\n\nThe end.\n"
    )
    assert under(markdown.parse(text, mdx=True)) == [("Refunds", "Five days."), ("Phone", "Tap it."), ("A", "The end.")]


def test_a_list_of_notes_at_the_end_is_brought_and_steps_stay_steps() -> None:
    assert texts(markdown.parse("It costs £12<sup>1</sup> or £99<sup>2</sup>.\n\n1. a month\n2. a year\n")) == [
        "It costs £12 (a month) or £99 (a year)."
    ]
    assert texts(markdown.parse("Up to 10<sup>6</sup> rows.\n\n1. Open it.\n2. Save it.\n")) == ["Up to 10^6 rows.", "1. Open it.", "2. Save it."]
