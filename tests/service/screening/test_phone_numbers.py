"""Phone numbers go whatever country's they are and whatever stands before them; what only looks a little like one stays."""

import time

import pytest

from service.screening import phone_numbers
from service.screening.masking import mask


def masked(text: str) -> str:
    return mask([text], contacts=True)[0][0]


PHONES = [
    "My number is 0171 2345678",
    "Ana Lopez\n020 7946 0958",
    "Ana 06 12 34 56 78",
    "(555) 123-4567",
    "555-123-4567 after six",
    "555.123.4567",
    "(555)123-4567",
    "1-800-555-0199",
    "Becky, 07700 900123, or me",
    "07700900123",
    "(020) 7946 0958",
    "Unit 6, Telford\nT 01632 960288",
    "Ruth (01632 960 288) knows",
    "030/1234567",
    "0221 / 123 45 67",
    "Annegret, 0171-2345678",
    "unter 04141 555-0 bis zwölf",
    "(07141) 12345",
    "joignable au 01.42.68.53.00",
    "au 0 800 123 456",
    "Unai, 612 345 678",
    "Nerea, 612 34 56 78",
    "91 123 45 67, por la tarde",
    "al numero 347 1234567",
    "Sjaak, 06-12345678",
    "020 123 45 67",
    "079 123 45 67",
    "på 08-555 014 20",
    "O meu: 912 345 678",
    "21 123 4567",
    "98765 43210",
    "138 1234 5678",
    "(11) 91234-5678",
    "090-1234-5678",
    "(02) 9876 5432",
    "Berlin 10115 030 1234567",
    "07700 900123 9-17",
    "seit 12.10.2026 0171 2345678",
    "020 7946 0958 / 07700 900123",
    "In case, my number is 0171 2345678",
    "Room 5\u00a0: 020\u00a07946\u00a00958",
]

OTHERS = [
    "Order 302 123 4567 is late",
    "order no. 0123 456 789",
    "Order number:\n0123 456 7890",
    "orders 555-123-4567, 555-123-4568 and 555-123-4569",
    "Bestellnummer 0171 2345678",
    "Rechnung Nr. 0301 234 567",
    "Kundennummer: 612 345 678",
    "customer number 555-123-4567",
    "n° de commande 06 12 34 56 78",
    "serial 0123-4567-890",
    "consignment CP 771 204 518",
    "IBAN DE89 3704 0044 0532 0130 01",
    "BE68 5390 0754 7035",
    "VAT BE 0123.456.789",
    "ISBN 978-3-16-148410-0",
    "EAN 0123456789012",
    "from 2026-10-14 09:12:00 to 2026-10-15 10:00",
    "01.10.2026 - 05.10.2026",
    "Call on 12.10.2026 or 13.10.2026",
    "between 10/2026 and 12/2026, 10/2026 - 12/2026",
    "12.10. - 15.10.2026",
    "2024/2025 2025/2026",
    "open 08.00-12.00 14.00-18.00",
    "08.00-12.00 14.00",
    "at 09:12, 10:45 and 11:30",
    "612 345 678 EUR",
    "€ 612 345 678",
    "1.234.567,89 € and 1 234 567.89",
    "612 345 678,50",
    "Windows 10.0.19045.3693",
    "version 555.123.4567",
    "Firmware 0612 345 678",
    "Sizes 38 40 42 44 46 48 50",
    "rooms 01 02 03 04 05",
    "packs of 250 500 1000 and 200-300-4000",
    "2019 2020 2021",
    "302-1234567-1234567",
    "AB-0171-2345678",
    "https://shop.example/item/0612345678?ref=0612345679",
    "It cost 0171234567x and 0171_2345678.pdf",
    "read 60.0 / 59.8 / 41.3 / 60.1 within",
    "INV 30981  184.20  paid",
    "4000123412341233",
    "-0.11809 51.50741",
    "page 123-125, 1300",
]


@pytest.mark.parametrize("text", PHONES)
def test_a_phone_number_goes_and_the_words_around_it_stay(text: str) -> None:
    shown = masked(text)
    assert "[phone" in shown
    assert not any(len(group) > 4 and group.isdigit() and group != "10115" for group in shown.replace("-", " ").split())
    assert [word for word in text.split() if word.isalpha()] == [word for word in shown.replace("\u00a0", " ").split() if word.isalpha()]


@pytest.mark.parametrize("text", OTHERS)
def test_another_number_stays(text: str) -> None:
    assert masked(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Berlin 10115 030 1234567", "Berlin 10115 [phone]"),
        ("seit 12.10.2026 0171 2345678", "seit 12.10.2026 [phone]"),
        ("Ruth (01632 960 288) knows", "Ruth ([phone]) knows"),
        ("Tel (020 7946 0958)", "Tel ([phone])"),
        ("07700 900123 9-17", "[phone] 9-17"),
        ("020 7946 0958 / 07700 900123", "[phone 1] / [phone 2]"),
        ("order 0123 456 789, my number is 0171 2345678", "order 0123 456 789, my number is [phone]"),
        ("0171 2345678 0171 2345679", "[phone 1] [phone 2]"),
        ("020 7946 0958 07531 99 40 12 (555) 123-4567", "[phone 1] [phone 2] [phone 3]"),
        ("0171 2345678 3704 4400 0532", "0171 2345678 3704 4400 0532"),
        ("Call me about order 555-123-4567", "Call me about order 555-123-4567"),
        ("+44 20 7946 0958 or 020 7946 0959", "[phone 1] or [phone 2]"),
    ],
)
def test_where_a_phone_number_begins_and_ends(text: str, expected: str) -> None:
    assert masked(text) == expected


@pytest.mark.parametrize("piece", ["0171 2345678 ", "1 (", "01.02.", "06 12 34 56 78 / ", "9 - ", "order 0123 456 789, "])
def test_a_long_text_takes_no_longer_than_its_length(piece: str) -> None:
    def seconds(times: int) -> float:
        took = []
        for _ in range(3):
            began = time.process_time()
            list(phone_numbers.find(piece * times))
            took.append(time.process_time() - began)
        return min(took)

    assert seconds(8_000) < 24 * max(seconds(1_000), 0.005)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Write to o'brien@mail.example please", "Write to [email] please"),
        ("Write to d’arcy@mail.example please", "Write to [email] please"),
        ("research&development@mail.example", "[email]"),
        ("'ana@mail.example', she said", "'[email]', she said"),
        ("https://x.example/?a=1&to=ana@mail.example", "https://x.example/?a=1&to=[email]"),
    ],
)
def test_an_address_goes_whole(text: str, expected: str) -> None:
    assert masked(text) == expected
