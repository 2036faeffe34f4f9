"""Separates what the writer of an email authored from quoted history, forwarded originals and the signature."""

import re
from dataclasses import dataclass, field
from typing import Literal

from ingestion.mail import attributions, labels, signatures


@dataclass(frozen=True)
class Split:
    """The text of a mail in its parts; those that it does not have are ''."""

    text: str
    signature: str = ""
    quoted: str = ""
    forwarded: str = ""


Rest = Literal["quoted", "forwarded"]

_RULE = re.compile(r"^\s{0,8}[_-]{10,200}\s*$")
_FORWARD_SUBJECT = re.compile(
    r"^\s*\[?\s*(?:fwd?|fw|wg|tr|rv|i|enc|doorst|vs|vb|vl|pd|pret|přep|továbbítás|tovább|ilt|ynl|fs|пересл|переслать|прд|πρθ|προώθ|redir|転送|转发|轉寄"
    r"|전달|הועבר)\s?[:：]",
    re.IGNORECASE,
)
_REPLY_SUBJECT = re.compile(
    r"^\s*\[?\s*(?:re|aw|sv|antw|ref|r|rép|res|odp|ynt|yan|vá|bls|vast|отв|ответ|відп|на|απ|ατ|σχετ|răsp|返信|回复|回覆|答复|답장|회신|תשובה)\s?(?:\[\d+\])?\s?[:：]",
    re.IGNORECASE,
)
# Lines behind '>' that nobody said: ways through menus, what a console or a log prints.
_PATH = re.compile(r"\S\s*(?:>|›|→|»)\s*\S")
_PRINTED = re.compile(
    r"^(?:[$#%]\s|(?:npm|pip|git|sudo|curl|cd|ls|node|python|docker|select)\b|at\s+\S+\(|\[?\d{4}-\d\d-\d\d[T ]\d\d:|\d\d:\d\d:\d\d"
    r"|(?:error|fehler|erreur|errore|fout|erro|warning|warn|exception|traceback|fatal|info|debug|failed?|status|code|http)\b[\s\w.-]{0,30}[:#=]|[\w.]+(?:Error|Exception)\b)",
    re.IGNORECASE,
)


@dataclass
class _Pile:
    """The lines sorted so far."""

    authored: list[str] = field(default_factory=list)
    quoted: list[str] = field(default_factory=list)
    forwarded: list[str] = field(default_factory=list)
    has_note: bool = False
    last: str = ""  # the last authored line that is not blank
    is_led: bool = False  # an attribution was met

    def author(self, line: str) -> None:
        self.authored.append(line)
        if line.strip():
            self.has_note, self.last = True, line.strip()


def split(body: str, subject: str = "", sender: str = "", *, is_answer: bool = False) -> Split:
    """Split the text of a mail; `sender` is the display name, which helps to know a signature. Linear in the length of `body`.

    `is_answer` says that the headers name the mail that this one answers, whatever its subject is.
    """
    lines = body.split("\n")
    answers = is_answer or bool(_REPLY_SUBJECT.match(subject))
    pile = _Pile()
    at = 0
    while at < len(lines):
        rest = _rest_of_mail(lines, at, subject, answers, pile)
        if rest is not None:
            (pile.forwarded if rest == "forwarded" else pile.quoted).extend(lines[at:])
            break
        taken = _attributed(lines, at, pile)
        if taken < 0:
            pile.quoted.extend(lines[at:])
            break
        at += taken or _marked(lines, at, answers, pile)
    authored = pile.authored if pile.has_note else _typed_inside(pile.quoted) or pile.authored
    text, signature = signatures.cut(authored, sender)
    return Split(_join(text), _join(signature), _join(pile.quoted), _join(pile.forwarded))


def _rest_of_mail(lines: list[str], at: int, subject: str, answers: bool, pile: _Pile) -> Rest | None:
    """Say what everything from line `at` on is: 'quoted', 'forwarded', or None when it is not the start of another mail."""
    line = lines[at]
    if not line.strip() or (pile.is_led and line.lstrip().startswith(">")):
        return None
    if attributions.is_forward_rule(line):
        return "forwarded"
    if attributions.is_reply_marker(line):
        return "quoted" if pile.has_note else None
    starts_at = at
    if _RULE.match(line):
        starts_at = next((number for number in range(at + 1, min(at + 4, len(lines))) if lines[number].strip()), at)
    if not attributions.is_original_rule(line) and (labels.block(lines, starts_at) is None or _is_pasted(subject, answers, pile)):
        return None
    if _FORWARD_SUBJECT.match(subject) or (not pile.has_note and not answers):
        return "forwarded"
    return "quoted"


def _is_pasted(subject: str, answers: bool, pile: _Pile) -> bool:
    """Tell whether a header block is a mail that the writer shows: one that they lead to, or one inside a mail that answers nothing."""
    if not pile.has_note or _FORWARD_SUBJECT.match(subject):
        return False
    return pile.last.endswith((":", "：")) or bool(subject.strip() and not answers)


def _attributed(lines: list[str], at: int, pile: _Pile) -> int:
    """Take an attribution that starts at `at` for quoted: the lines taken, 0 where there is none, -1 where all below it is history."""
    length = attributions.length(lines, at)
    is_marked = lines[at].lstrip().startswith(">")
    follower = _next_text(lines, at + max(length, 1))
    follows_marked = follower.lstrip().startswith(">")
    if not length and follows_marked and attributions.is_bare(lines[at]):
        length = 1
    if not length or (is_marked and pile.is_led):
        return 0
    if follows_marked or (is_marked and not follower):
        pile.quoted.extend(lines[at : at + length])
        pile.is_led = True
        return length
    return -1 if follower and pile.has_note else 0


def _marked(lines: list[str], at: int, answers: bool, pile: _Pile) -> int:
    """Take one line, or a run of lines marked with '>', for authored or quoted; return how many."""
    if not lines[at].lstrip().startswith(">"):
        pile.author(lines[at])
        return 1
    end = at
    while end < len(lines) and lines[end].lstrip().startswith(">") and (end == at or not attributions.length(lines, end)):
        end += 1
    run = lines[at:end]
    if _is_history(run, answers, pile):
        pile.quoted.extend(run)
    else:
        for line in run:
            pile.author(line)
    return end - at


def _is_history(run: list[str], answers: bool, pile: _Pile) -> bool:
    """Tell whether marked lines are what the writer answers. Without an attribution only an answer has such, and not what it leads to."""
    if pile.is_led:
        return True
    said = [line.lstrip("> \t") for line in run if line.strip("> \t")]
    if not said:
        return True
    shows = pile.last.endswith((":", "：")) or all(_PATH.search(line) or _PRINTED.match(line) for line in said)
    return answers and not shows


def _typed_inside(quoted: list[str]) -> list[str]:
    """Return the marked lines between an attribution and a help desk's marker: an answer that was typed above it, inside the quote."""
    end = next((place for place, line in enumerate(quoted) if attributions.is_reply_marker(line)), 0)
    return [line.lstrip().removeprefix(">").removeprefix(" ") for line in quoted[:end] if line.lstrip().startswith(">")]


def _next_text(lines: list[str], at: int) -> str:
    return next((line for line in lines[at : at + 4] if line.strip()), "")


def _join(lines: list[str]) -> str:
    return "\n".join(lines).strip()
