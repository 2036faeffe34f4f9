"""The cases of the suite, each with what is right for it, read from files and checked line by line."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTPUTF8
from email.utils import format_datetime
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel

from service.tickets import Urgency

GOLDEN = Path(__file__).parent / "golden"
FOREIGN = "foreign"  # folder of the companies that nothing is taught from, one folder each
OWN = "own"  # what cases say who are of the companies that the prompts know
SCHEMA = "case.schema.json"
FIRST_LINE = f"# yaml-language-server: $schema={SCHEMA}"
FIRST_LINE_ABROAD = f"# yaml-language-server: $schema=../../{SCHEMA}"  # in the folder of a foreign company
SPLITS = ("dev", "validation", "locked")
OPEN_SPLITS = ("dev", "validation")  # what runs look at; the locked split is looked at once, when nothing is tuned any more

Split = Literal["dev", "validation", "locked"]


class CaseError(Exception):
    """A case file is wrong. The message names the file, the line, the field and what is wrong with it."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=True)


class RightTicket(_Strict):
    """The ticket that is right for a mail. `facts` are what a right summary carries, each as alternatives parted by `|`."""

    customer_name: str | None
    names_ok: tuple[str, ...] = Field((), description="Other forms of the name that are right as well")
    issue_summary: str | None
    facts: tuple[str, ...] = ()
    urgency: Urgency | None


class _Case(_Strict):
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    group: str = Field(description="Cases of one group are variants of each other and stay in one split")
    split: Split
    source: str = Field(min_length=1, description="Where the case comes from")
    company: str = Field(
        OWN, pattern=r"^[a-z0-9][a-z0-9-]*$", description="`own`, or the folder under `foreign` of a company that nothing is taught from"
    )
    language: str = "en"
    tags: tuple[str, ...] = ()


class WantedAnswer(_Strict):
    """What the company's own help centre says to what a mail asks; without `articles`, that it says nothing."""

    articles: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()


class MailCase(_Case):
    """A raw mail with the ticket that is right for it. `secrets` must reach no model, `kept` must not be taken for secrets."""

    kind: Literal["golden", "failure", "secret"]
    trade: str
    mail: str = Field(pattern=r"^[\w.-]+\.eml$", description="File in the folder `mails`")
    rule: str = Field(min_length=1, description="The rule of the contract that decides")
    expected: RightTicket
    answer: WantedAnswer | None = Field(None, description="For a company with a help centre: what is right to answer, where that was looked up")
    secrets: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


QuestionKind = Literal[
    "single", "two_passages", "near_duplicate", "table", "steps", "condition", "yes_no", "outdated_vs_current",
    "unanswerable_near", "unanswerable_variant", "unanswerable_far",
]  # fmt: skip


class QuestionCase(_Case):
    """A question for the help centre of its company, with the articles, units (sentences, steps, table rows) and facts that answer it."""

    kind: QuestionKind
    question: str = Field(min_length=1)
    answerable: bool
    articles: tuple[str, ...] = ()
    headings: tuple[str, ...] = ()
    units: tuple[str, ...] = Field((), description="What answers it, word for word")
    facts: tuple[str, ...] = ()
    wrong: tuple[str, ...] = Field((), description="Facts of a near-duplicate that an answer must not state")


class Letter(_Strict):
    """A mail given field by field."""

    sender: str = Field(alias="from")
    subject: str = ""
    date: datetime | None = None
    text: str | None = None
    html: str | None = None
    attachment_names: tuple[str, ...] = Field((), alias="attachment_names")


class Obeyed(_Strict):
    """How it shows that an attack was obeyed: what is given here came out."""

    customer_name: str | None = None
    issue_summary: str | None = None
    summary_contains: str | None = None
    urgency: Urgency | Literal["null"] | None = None
    answer_contains: str | None = None
    discarded: bool | None = None
    answered: bool | None = None
    handed_over: bool | None = None


class AttackCase(_Case):
    """A mail, article or attachment that gives the machine orders, or only looks as if it did (`benign`)."""

    kind: Literal["attack", "benign"]
    channel: Literal["email", "article", "attachment"]
    mail: Letter
    article: str | None = Field(None, description="Help-centre article that carries the instruction")
    aim: str = Field(min_length=1, description="What the attacker wants, or why it is benign")
    obeyed: Obeyed | None = None
    expected: RightTicket


Case = MailCase | QuestionCase | AttackCase
_ONE: TypeAdapter[Case] = TypeAdapter(Annotated[Case, Field(discriminator="kind")])
_FILE: TypeAdapter[list[Case]] = TypeAdapter(list[Annotated[Case, Field(discriminator="kind")]])


@dataclass(frozen=True)
class Suite:
    """Cases in the order of their files: all of them, or some with what they were `chosen_from`."""

    cases: tuple[Case, ...]
    folder: Path = GOLDEN
    chosen_from: tuple[Case, ...] = ()

    @property
    def whole(self) -> "Suite":
        """The suite that these cases were chosen from: what is the same whichever were chosen is taken from it."""
        return Suite(self.chosen_from or self.cases, self.folder)

    @property
    def planted(self) -> tuple["AttackCase", ...]:
        """The attack cases whose articles stand in the planted help centre: all of the open splits, and of others those that a chosen case is in."""
        splits = {*OPEN_SPLITS, *(case.split for case in self.cases)}
        return tuple(case for case in self.whole.attacks if case.article and case.split in splits)

    @cached_property
    def by_id(self) -> dict[str, Case]:
        """The cases by their ids."""
        return {case.id: case for case in self.cases}

    @property
    def mails(self) -> tuple[MailCase, ...]:
        """The cases that are whole mails in files."""
        return tuple(case for case in self.cases if isinstance(case, MailCase))

    @property
    def questions(self) -> tuple[QuestionCase, ...]:
        """The questions for help centres."""
        return tuple(case for case in self.cases if isinstance(case, QuestionCase))

    @property
    def attacks(self) -> tuple[AttackCase, ...]:
        """The injection cases and their benign look-alikes."""
        return tuple(case for case in self.cases if isinstance(case, AttackCase))

    @property
    def help_centres(self) -> dict[str, Path]:
        """The folders of articles of the foreign companies that have cases here, by company."""
        companies = sorted({case.company for case in self.cases} - {OWN})
        folders = {name: self.folder / FOREIGN / name / "articles" for name in companies}
        return {name: folder for name, folder in folders.items() if folder.is_dir()}

    def only(self, splits: Sequence[str]) -> "Suite":
        """Return the cases of some splits."""
        return self.choosing(case for case in self.cases if case.split in splits)

    def choosing(self, cases: Iterable[Case]) -> "Suite":
        """Return some of the cases, as chosen from the same suite."""
        return Suite(tuple(cases), self.folder, self.whole.cases)

    def raw(self, case: MailCase | AttackCase) -> bytes:
        """Return the mail of a case as it would arrive."""
        return _mail(self.folder, case).read_bytes() if isinstance(case, MailCase) else composed(case)


def _mail(folder: Path, case: MailCase) -> Path:
    home = folder if case.company == OWN else folder / FOREIGN / case.company
    return home / "mails" / case.mail


def load(folder: Path = GOLDEN) -> Suite:
    """Read every .yaml file of a folder and of the foreign companies in it. Raises CaseError naming the file and line that is wrong."""
    paths = [*sorted(folder.glob("*.yaml")), *sorted(folder.glob(f"{FOREIGN}/*/*.yaml"))]
    if not paths:
        raise CaseError(f"{folder}: there is no case file (*.yaml) in it")
    cases: list[Case] = []
    seen: dict[str, str] = {}
    splits: dict[str, tuple[str, str]] = {}
    for path in paths:
        for case, line in read(path):
            place = f"{path}:{line}"
            if case.id in seen:
                raise CaseError(f"{place}: id: {case.id!r} is used already, at {seen[case.id]}")
            split, first = splits.setdefault(case.group, (case.split, place))
            if split != case.split:
                raise CaseError(f"{place}: split: {case.split!r}, but group {case.group!r} is in {split!r} at {first}; a group stays in one split")
            home = OWN if path.parent == folder else path.parent.name
            if case.company != home:
                raise CaseError(f"{place}: company: {case.company!r}, but this file holds the cases of {home!r}")
            if isinstance(case, MailCase) and not _mail(folder, case).is_file():
                raise CaseError(f"{place}: mail: there is no file {_mail(folder, case)}")
            seen[case.id] = place
            cases.append(case)
    return Suite(tuple(cases), folder)


def read(path: Path) -> Iterator[tuple[Case, int]]:
    """Give the cases of one file with the lines they begin at. Raises CaseError."""
    text = path.read_text("utf-8")
    try:
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
        rows = yaml.load(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as exc:
        line = exc.problem_mark.line + 1 if exc.problem_mark else 1
        raise CaseError(f"{path}:{line}: not YAML: {exc.problem}") from exc
    if not isinstance(root, yaml.SequenceNode):
        raise CaseError(f"{path}:1: a case file is a list of cases")
    for node, row in zip(root.value, rows, strict=True):
        try:
            yield _ONE.validate_python(row), node.start_mark.line + 1
        except ValidationError as exc:
            faults = exc.errors(include_url=False)
            fault = next((one for one in faults if one["type"] == "extra_forbidden"), faults[0])  # a typo before what it leaves missing
            place = [part for part in fault["loc"] if not (isinstance(row, dict) and part == row.get("kind"))]
            named = row.get("id", "?") if isinstance(row, dict) else "?"
            where = ".".join(map(str, place)) or "case"
            raise CaseError(f"{path}:{_line(node, place)}: case {named}: {where}: {fault['msg']}") from exc


def _line(node: Any, place: Sequence[str | int]) -> int:
    """Return the line of the innermost node that stands for a place in a document."""
    line: int = node.start_mark.line + 1
    for part in place:
        if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
        elif isinstance(node, yaml.MappingNode):
            found = [(key, value) for key, value in node.value if key.value == part]
            if not found:
                break
            line, node = found[0][0].start_mark.line + 1, found[0][1]
            continue
        else:
            break
        line = node.start_mark.line + 1
    return line


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a case file, as editors use it."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Cases of the eval suite", **_FILE.json_schema(by_alias=True)}


def composed(case: AttackCase) -> bytes:
    """Return the mail of an attack case as bytes; the same case always gives the same bytes."""
    letter = case.mail
    message = EmailMessage(SMTPUTF8.clone(refold_source="none"))
    message["From"] = letter.sender
    message["To"] = "support@mossbell.example"
    message["Subject"] = letter.subject
    message["Message-ID"] = f"<{case.id}@cases.example>"
    if letter.date:
        message["Date"] = format_datetime(letter.date)
    if letter.text is not None or letter.html is None:
        message.set_content(letter.text or "")
        if letter.html is not None:
            message.add_alternative(letter.html, subtype="html")
    else:
        message.set_content(letter.html, subtype="html")
    for name in letter.attachment_names:
        message.add_attachment(b"attached", maintype="application", subtype="octet-stream", filename=name)
    for number, part in enumerate(part for part in message.walk() if part.is_multipart()):
        part.set_boundary(f"=={case.id}=={number}")
    return message.as_bytes()
