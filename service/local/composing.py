"""An answer made of the units that a reader found to answer: the fact first, its conditions beside it, one task's steps, rows told as sentences."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from service.local.asked import Window
from service.text.units import Unit, is_heading, tidy
from service.text.word_runs import Floats

MOST = 5  # units of an answer; the steps of a task count as one
MOST_STEPS = 10
SHORT = 6  # words of a heading that holds a number
FEW_WORDS = 2  # words of a cell that follows its head without a colon
SAME_WORDS = 0.85  # share of common words from which two windows say the same
RELATED = 1.0  # log-odds by which a condition beside a rule may stay behind what else is taken
NEXT_ROW = 1.0  # log-odds within which another row of the best row's table is told as well: its neighbours are mostly about something else
CURRENT = 2.0  # log-odds within which a current article goes before an outdated one
_WORD = re.compile(r"[^\W_]+")
_HOW_TO = re.compile(
    r"\b(?:how (?:do|can|to|should|would|does|might)|steps?|set(?:ting)? up|walk me through|guide|instructions|where (?:do|can) i|way to|can i|could i|want to|need to|trying to)\b",
    re.IGNORECASE,
)
_FIGURE = re.compile(
    r"\b(?:how (?:much|many|long|often|old|far|late|big|soon|large|heavy|early|quickly)|when (?:do|does|is|are|will)|what time|price|costs?|fees?|charges?|limit|maximum|minimum|percent\w*|open(?:ing)?)\b",
    re.IGNORECASE,
)
_CONDITION = re.compile(
    r"\b(?:unless|except(?:ions?)?|excluding|excluded|however|but not|does not apply|do not apply|apart from|other than|only (?:if|when|for|with|in|on)|provided|as long as|not (?:possible|valid|included|covered))\b",
    re.IGNORECASE,
)
_CARRIES_ON = re.compile(r"^(?:but|however|this|that|these|those|it|they|otherwise|except|unless|in that case|after that|without)\b", re.IGNORECASE)
_TELLS_ITSELF = re.compile(r"^(?:(?:opening |office |our )?(?:days?|hours|times?)|open|when)$", re.IGNORECASE)
_NAMES_OF_DAYS = frozenset(
    "Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June July August September October November December Mon Tue Wed Thu Fri Sat Sun".split()  # noqa: SIM905
)
_NOTHING = re.compile(r"^[-–—.]*$")
_POINTS = re.compile(
    r"^see\b|\b(?:is|are) (?:covered|explained|described|listed) (?:elsewhere|in (?:the article|another))|\bthis page is replaced\b", re.IGNORECASE
)
_OLD = re.compile(r"\b(?:old|previous|former|earlier|back then|used to|was|were|until|before|last year|20[12]\d)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Marks:
    """From which log-odds a window is told: `take` beside the best of its own article, `abroad` where it stands in another one."""

    take: float
    abroad: float
    behind: float


def compose(question: str, listed: Sequence[Window], odds: Floats, marks: Marks) -> list[int]:
    """Choose the windows of an answer, in the order in which they are told; none where none can be told. `odds` are log-odds, shape (windows,)."""
    able = [place for place, one in enumerate(listed) if tellable(one)]
    order = sorted(able, key=lambda place: -float(odds[place]))
    if not order:
        return []
    best = _current(question, listed, odds, order)
    groups = [_with_its_list(question, listed, best)]
    for place in order:
        taken = [one for group in groups for one in group]
        if len(groups) >= MOST:
            break
        if place in taken or not _joins(listed, odds, place, best, marks, taken):
            continue
        groups.append([place] if listed[place].unit.kind == "step" else _with_its_list(question, listed, place)[:MOST])
    return _cut_to_most(listed, _beside(listed, odds, groups, marks))


def tell(one: Window) -> str:
    """Return a window as it is told: a row as a sentence with its heads, anything else in its own words."""
    return told_row(one.unit) if one.unit.kind == "row" else one.text


def told_row(unit: Unit) -> str:
    """Return a table row as a sentence: "North branch: Tuesday to Saturday, 9:00–18:00", other columns with their heads."""
    pairs = [(tidy(head), tidy(cell)) for head, cell in zip(unit.heads, unit.cells, strict=True) if not _NOTHING.match(cell.strip())]
    if not pairs:
        return tidy(unit.text)
    (_, subject), *rest = pairs
    if not rest:
        return subject
    parts = [_told_cell(head, cell) for head, cell in rest]
    mark = "; " if any(re.search(r",(?!\d)|: ", part) for part in parts) else ", "
    return f"{subject}: {mark.join(parts)}{'' if parts[-1].endswith(('.', '!', '?')) else '.'}"


def _told_cell(head: str, cell: str) -> str:
    if not head or _TELLS_ITSELF.match(head):
        return cell
    name = head[0].lower() + head[1:] if head[1:2].islower() and head.split()[0] not in _NAMES_OF_DAYS else head
    return f"{name}: {cell}" if len(cell.split()) > FEW_WORDS and not cell[0].isdigit() else f"{name} {cell}"


def tellable(one: Window) -> bool:
    """Tell whether a window says something by itself: headings, questions and mere lead-ins do not."""
    if _POINTS.search(one.text):
        return False
    if one.unit.kind != "sentence":
        return True
    unfinished = len(one.text.split()) < SHORT and not one.text.endswith((".", "!", ";", ")"))
    return not one.text.endswith((":", "?")) and not is_heading(one.text) and not unfinished


def _current(question: str, listed: Sequence[Window], odds: Floats, order: Sequence[int]) -> int:
    """Return the best window; a current one before an outdated one that is little better, unless the question is about the past."""
    best = order[0]
    if listed[best].outdated and not _OLD.search(question):
        return next((place for place in order if not listed[place].outdated and odds[place] >= odds[best] - CURRENT), best)
    return best


def _joins(listed: Sequence[Window], odds: Floats, place: int, best: int, marks: Marks, taken: Sequence[int]) -> bool:
    one, first = listed[place], listed[best]
    if one.outdated != first.outdated or any(_same(one, listed[other]) for other in taken):
        return False
    if one.unit.kind == "step" and any(listed[other].unit.kind == "step" and listed[other].key != one.key for other in taken):
        return False
    if one.unit.kind == first.unit.kind == "row" and one.key == first.key and odds[place] < odds[best] - NEXT_ROW:
        return False
    at_home = one.found.passage.article == first.found.passage.article
    return bool(odds[place] >= (marks.take if at_home else marks.abroad) and odds[place] >= odds[best] - marks.behind)


def _with_its_list(question: str, listed: Sequence[Window], place: int) -> list[int]:
    """Give a step together with the other steps of its task, unless a figure is asked for."""
    one = listed[place]
    if one.unit.kind != "step" or (_FIGURE.search(question) and not _HOW_TO.search(question)):
        return [place]
    return [other for other, window in enumerate(listed) if window.key == one.key and window.unit.kind == "step"][:MOST_STEPS]


def _beside(listed: Sequence[Window], odds: Floats, groups: Sequence[Sequence[int]], marks: Marks) -> list[list[int]]:
    """Put the condition or exception that stands beside a rule right after it."""
    taken = {place for group in groups for place in group}
    told = []
    for group in groups:
        whole = list(group)
        for place in group:
            for near in (place + 1, place - 1):
                if 0 <= near < len(listed) and near not in taken and _limits(listed, place, near) and odds[near] >= marks.take - RELATED:
                    whole.append(near)
                    taken.add(near)
        told.append(whole)
    return told


def _limits(listed: Sequence[Window], place: int, near: int) -> bool:
    one, other = listed[place], listed[near]
    if other.key != one.key or other.unit.kind != one.unit.kind or one.unit.kind in ("step", "row") or not tellable(other):
        return False
    return bool(_CONDITION.search(other.text) or (near > place and _CARRIES_ON.search(other.text)))


def _cut_to_most(listed: Sequence[Window], groups: Sequence[Sequence[int]]) -> list[int]:
    """Give at most MOST units, the steps of a task counted as one."""
    told: list[int] = []
    count = 0
    for group in groups:
        steps = [place for place in group if listed[place].unit.kind == "step"]
        size = len(group) - len(steps) + bool(steps)
        if told and count + size > MOST:
            continue
        told += group if size <= MOST else group[:MOST]
        count += size
    return told


def _same(one: Window, two: Window) -> bool:
    """Tell whether two windows of different lists or paragraphs say the same in nearly the same words."""
    a, b = set(_WORD.findall(one.text.lower())), set(_WORD.findall(two.text.lower()))
    return one.key != two.key and len(a & b) >= SAME_WORDS * max(len(a | b), 1)
