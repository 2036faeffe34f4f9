"""The writer is told from others who are named by evidence that worked examples teach."""

import numpy as np

from service.local import names, writers
from service.local.names import Letter
from tests.service.local.bags import Bags

PEOPLE = (
    "Ana Ruiz",
    "Tom Beck",
    "Ida Holm",
    "Raj Patel",
    "Mia Wolf",
    "Leo Brandt",
    "Zoe Marsh",
    "Omar Said",
    "Kim Park",
    "Eva Lind",
    "Noor Aziz",
    "Ben Cole",
)
MAILBOXES = ("Front Desk", "Accounts Team", "Night Shift", "Service Point", "Box Office", "Help Desk")


def letters() -> tuple[list[Letter], list[frozenset[str]]]:
    """Make letters that are signed by a person and sent from a mailbox, and some that nobody signed."""
    signed = [Letter(f"Hello,\n\nthe door is stuck.\n\n{who}", "", box, None) for who in PEOPLE for box in MAILBOXES[:3]]
    unsigned = [Letter("Hello,\n\nthe door is stuck and nobody can get in.", "", box, None) for box in MAILBOXES]
    return signed + unsigned, [frozenset({names.fold(who)}) for who in PEOPLE for _ in range(3)] + [frozenset()] * len(unsigned)


def reader() -> writers.NameReader:
    table = [{"text": who, "person": True} for who in PEOPLE] + [{"text": box, "person": False} for box in MAILBOXES]
    encoder = Bags()
    return writers.learn(table, encoder.encode([row["text"] for row in table]), *letters(), encoder.encode)


def chosen(letter: Letter) -> str | None:
    found = names.candidates(letter)
    return writers.choose(reader(), letter, found, Bags().encode([one.name for one in found]))[0]


def test_who_signs_wrote_it_and_not_the_mailbox() -> None:
    assert chosen(Letter("Hello,\n\nthe door is stuck.\n\nAna Ruiz", "", "Help Desk", None)) == "Ana Ruiz"


def test_a_mailbox_alone_names_nobody() -> None:
    assert chosen(Letter("Hello,\n\nthe door is stuck again and we cannot get in.", "", "Front Desk", None)) is None


def test_nothing_offered_is_nobody() -> None:
    assert writers.choose(reader(), Letter("", "", None, None), [], np.zeros((0, 96), np.float32)) == (None, [])


def test_who_signed_goes_before_another_name_in_the_header() -> None:
    assert chosen(Letter("Hello,\n\nthe door is stuck.\n\nKind regards\nTom Beck", "", "Mia Wolf", None)) == "Tom Beck"
    assert chosen(Letter("Hello,\n\nthe door is stuck.\n\nKind regards\nMia", "", "Mia Wolf", None)) in ("Mia", "Mia Wolf")
    assert chosen(Letter("Hello,\n\nthe door of Tom Beck is stuck.", "", "Mia Wolf", None)) != "Tom Beck"
