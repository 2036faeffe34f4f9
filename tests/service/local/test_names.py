"""Every name that a mail offers for its writer is found, and cleaned of what is no name."""

import pytest

from service.local import names
from service.local.names import Letter


def offered(text: str = "", signature: str = "", sender: str | None = None) -> set[str]:
    return {one.name for one in names.candidates(Letter(text, signature, sender, None))}


@pytest.mark.parametrize(
    "text",
    [
        "Hello, my name is Ana López and my lamp is broken.",
        "This is Ana López from flat 4. The lamp is broken.",
        "The lamp is broken.\n\nKind regards,\nAna López",
        "The lamp is broken.\n\nThanks, Ana López",
        "The lamp is broken. – Ana López",
        "The lamp is broken.\nAna López\nHead of Lamps\nLumen Ltd",
        "The lamp is broken.\nDr. Ana López, MD",
        "Hola, soy Ana López. No funciona.",
        "Hallo, mein Name ist Ana López und die Lampe ist kaputt.",
        "Bonjour, je m'appelle Ana López.",
        "Die Lampe ist kaputt.\n\nMit besten Grüßen\nIhre Ana López",
        "La lampe est cassée.\n\nVotre Ana López",
        "The lamp is broken.\n\nYours Ana López",
    ],
)
def test_finds_the_writer_where_people_name_themselves(text: str) -> None:
    assert "Ana López" in offered(text)


def test_offers_the_display_name_and_the_signature() -> None:
    assert {"Tunde Bakare", "T. Bakare"} <= offered("Help", "T. Bakare\nDirector", "Tunde Bakare")


def test_does_not_offer_an_address_as_a_name() -> None:
    assert offered("Help", "", "ana.lopez@mail.example") == set()


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("Dr. Amara Nwosu", "Amara Nwosu"),
        ("Mrs Jane O'Brien", "Jane O'Brien"),
        ("López, Ana", "Ana López"),
        ("Frau Dr. Heike van der Berg", "Heike van der Berg"),
        ("Desmond Lowry FCA", "Desmond Lowry"),
        ("zainab qureshi 11F", "zainab qureshi"),
        ("*Ana López*", "Ana López"),
        ("Ana López (she/her)", "Ana López"),
        ("MARIA SANTOS", "MARIA SANTOS"),
        ("+44 20 7946 0000", ""),
        ("https://lamp.example", ""),
    ],
)
def test_takes_off_what_is_no_name(raw: str, name: str) -> None:
    assert names.clean(raw) == name


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("Zadie Lockhart, SENCo", "Zadie Lockhart"),
        ("Ifor Prys, Sluice Keeper", "Ifor Prys"),
        ("Marijke Smit, penningmeester", "Marijke Smit"),
        ("Bénédicte Aubry, Comptable", "Bénédicte Aubry"),
        ("Okafor, BEng", "Okafor"),
        ("Renske, Voorzitter", "Renske"),
        ("van Dijk, Pieter", "Pieter van Dijk"),
        ("López, Ana", "Ana López"),
        ("McKay, DeShawn", "DeShawn McKay"),
    ],
)
def test_takes_no_role_after_a_comma_for_a_first_name(line: str, name: str) -> None:
    assert name in offered("The lamp is broken.", line)
    assert not {one for one in offered("The lamp is broken.", line) if one != name}


@pytest.mark.parametrize(
    ("sender", "name"),
    [
        ("García Márquez, Lucía", "Lucía García Márquez"),
        ("LOCKHART, ZADIE", "ZADIE LOCKHART"),
        ("Jonas Brandt, Marktleiter", "Jonas Brandt"),
        ("Zadie Lockhart, SENCo", "Zadie Lockhart"),
        ("Paola Neri, Direttrice", "Paola Neri"),
    ],
)
def test_turns_the_surname_of_a_directory_round_but_no_role(sender: str, name: str) -> None:
    assert offered("The lamp is broken.", "", sender) == {name}


def test_folds_case_accents_and_spacing() -> None:
    assert names.fold("  José   O'Neill ") == names.fold("JOSE O'NEILL") == "jose o neill"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("hi this is ravi kapoor from unit 4, the lock is dead", "ravi kapoor"),
        ("evening, oyindamola here. the screen is dark", "oyindamola"),
        ("morning, roisin from bexhill.\ngot a mail with that title", "roisin"),
        ("its dex from bones and brine. how do u sharpen it", "dex"),
        ("Hi workshop, Callie Drummond, night crew.\n\nIt pulls to the left.", "Callie Drummond"),
        ("The counter is dark.\n\nLavender Ross-Okeke for the front of house team", "Lavender Ross-Okeke"),
        ("nothing opens\nsinéad at the front desk", "sinéad"),
        ("im back in 2 wks\nife x", "ife"),
    ],
)
def test_a_name_is_offered_however_it_is_introduced(text: str, name: str) -> None:
    assert name in offered(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("the lift is stuck.\n\nSigned off: Tendai Marufu, duty facilities", "Tendai Marufu"),
        ("hij doet het weer.\n\nGroetjes, Sjoerd", "Sjoerd"),
        ("hello, noor haddadin here, card ending 0042", "noor haddadin"),
        ("All services green. Is there a copy?\n\nH. Vasquez-Thorne", "H. Vasquez-Thorne"),
        ("Please swap it.\n\nSjoerd de Waal\n06-00000417", "Sjoerd de Waal"),
    ],
)
def test_offers_the_name_as_it_was_signed(text: str, name: str) -> None:
    offered = {one.source: one.name for one in names.candidates(names.Letter(text, "", None, None))}
    assert name in offered.values()
    assert not {"noor haddadin here", "Vasquez-Thorne", "Sjoerd Groetjes"} & set(offered.values())


def test_a_number_under_a_name_leaves_it_the_last_line() -> None:
    offered = names.candidates(names.Letter("Please swap it.\n\nSjoerd de Waal\n06-00000417", "", None, None))
    assert [one.name for one in offered if one.source == "last_line"] == ["Sjoerd de Waal"]


def test_an_office_that_signs_is_nobody_wherever_it_stands() -> None:
    assert not names.candidates(names.Letter("What would one cost?\n\nThe Parish Clerk", "", "Parish Clerk", None))


def test_a_line_of_prose_is_no_signature() -> None:
    prose = "Well, I have gone on, and what I meant to say is that the fourth sheet has never come to us at all."
    assert "Well" not in [one.name for one in names.candidates(names.Letter(f"Hello.\n\n{prose}", "", None, None))]


@pytest.mark.parametrize(
    ("text", "sender", "name"),
    [
        ("petra from bistro nine here\n\nthe badge is wrong", None, "petra"),
        ("The invoice is wrong.", "M. Zawadzki", "M. Zawadzki"),
        ("Bonjour, je suis M. Dupont, la lampe est cassée.", None, "Dupont"),
    ],
)
def test_offers_a_name_without_what_stands_around_it(text: str, sender: str | None, name: str) -> None:
    assert name in offered(text, sender=sender)
