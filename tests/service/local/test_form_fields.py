"""A web form names who filled it in, in any layout."""

import pytest

from service.local import form_fields


@pytest.mark.parametrize(
    "text",
    [
        "Name: Iris Calder\nEmail: iris@calder.example\nMessage: The chain slips.",
        "Full name = Iris Calder\nE-mail = iris@calder.example",
        "Your name Iris Calder\nYour email iris@calder.example\nYour message The chain slips.",
        "First name: Iris\nLast name: Calder\nPhone: 555 0101",
        "Nom : Iris Calder\nCourriel : iris@calder.example\nMessage : la chaîne saute",
        "Name: Iris Calder | Email: iris@calder.example | Message: The chain slips.",
        "Name\nIris Calder\nMessage\nThe chain slips.",
        "From: Iris Calder <iris@calder.example>\nMessage: The chain slips.",
        "Iris Calder has sent you a message:\n\nThe chain slips.",
    ],
)
def test_names_who_filled_in_a_form(text: str) -> None:
    assert form_fields.writer(text) == "Iris Calder"


@pytest.mark.parametrize(
    "text", ["The chain slips. Name your price.", "From: A B <a@b.example>\nSent: Monday, 4 May 2026\nTo: C D\nSubject: Chain\n\nIt slips."]
)
def test_other_mail_is_no_form(text: str) -> None:
    assert form_fields.writer(text) is None


def test_a_form_with_fields_of_its_own_is_one_where_a_field_names_a_person() -> None:
    assert form_fields.writer("Name: Siobhan Adeyemi\nDevice: tablet\nStars: 3\nWhat happened: a white square") == "Siobhan Adeyemi"
    assert form_fields.writer("CASE: AR-7015\nSTATUS: RETURN\nORDERED: inlay\nENTERED BY: Odile Prentice, front desk") == "Odile Prentice"
    assert form_fields.writer("Customer: Marlowe Dental\nCase: 12\nStatus: open\nAction: remake") is None
