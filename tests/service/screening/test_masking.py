"""Secrets are taken out, and what help is asked about stays."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn

from service.screening.masking import Mask, find, kept_of, mask


def masked(text: str) -> str:
    return mask([text])[0][0]


SECRETS = [
    # cards
    ("My card 4111 1111 1111 1111 was charged twice.", "My card [card] was charged twice."),
    ("Paid with 4111111111111111 on Monday", "Paid with [card] on Monday"),
    ("5500-0000-0000-0004", "[card]"),
    ("Amex 3782 822463 10005 exp 11/28", "Amex [card] exp 11/28"),
    ("Karte ４１１１　１１１１　１１１１　１１１１ bitte löschen", "Karte [card] bitte löschen"),
    ("It is 4111–1111–1111–1111, thanks", "It is [card], thanks"),
    ("card number 4111 1111\n1111 1111 please", "card number [card] please"),
    ("tarjeta 411111111\n1111111 caduca 10/27", "tarjeta [card] caduca 10/27"),
    ("order 1234 4111 1111 1111 1111", "order 1234 [card]"),
    ("card 4111 1111 1111 1111 12/27 123", "card [card] 12/27 [cvv]"),
    ("4111 1111 1111 1111 exp 12/27 CVC 737", "[card] exp 12/27 CVC [cvv]"),
    ("٤١١١ ١١١١ ١١١١ ١١١١ is my card", "[card] is my card"),
    ("my cvv is 737 and it says no", "my cvv is [cvv] and it says no"),
    ("security code: 737", "security code: [cvv]"),
    ("the three digits on the back are 737.", "the three digits on the back are [cvv]."),
    # bank accounts
    ("Refund to DE89 3704 0044 0532 0130 00 please", "Refund to [iban] please"),
    ("GB29NWBK60161331926819.", "[iban]."),
    ("iban nl91 abna 0417 1643 00 and my name", "iban [iban] and my name"),
    ("FR14 2004 1010 0505 0001\n3M02 606", "[iban]"),
    # national ids
    ("SSN 536-90-4399", "SSN [national-id]"),
    ("my social security number is 536904399", "my social security number is [national-id]"),
    ("NI number: AB 12 34 56 C", "NI number: [national-id]"),
    ("Steuer-ID: 36574261809", "Steuer-ID: [national-id]"),
    ("Meine IdNr. lautet 36 574 261 809", "Meine IdNr. lautet [national-id]"),
    ("DNI 54362315K", "DNI [national-id]"),
    ("soy X2482300W, gracias", "soy [national-id], gracias"),
    ("n° 2 95 10 99 126 111 93", "n° [national-id]"),
    ("codice fiscale RCCMNL83S18D969H", "codice fiscale [national-id]"),
    ("mijn BSN is 1112.22.333", "mijn BSN is [national-id]"),
    ("o meu NIF é 501 964 843", "o meu NIF é [national-id]"),
    ("passport number X1234567", "passport number [national-id]"),
    ("AHV 756.9217.0769.85", "AHV [national-id]"),
    ("it says 390.533.447-05 on it", "it says [national-id] on it"),
    ("85.07.30-033.28 staat erop", "[national-id] staat erop"),
    ("siinä lukee 131052-308T", "siinä lukee [national-id]"),
    # passwords, pins and codes
    ("My password is hunter2.", "My password is [password]."),
    ("password: hunter2", "password: [password]"),
    ("Password:\nhunter2", "Password:\n[password]"),
    ("the password for the portal is Tr0ub4dor&3, thanks", "the password for the portal is [password], thanks"),
    ('my password is "correct horse battery staple" if you need it', 'my password is "[password]" if you need it'),
    ("Password: purple horse battery staple", "Password: [password]"),
    ("I changed my password to Sommer2024! and", "I changed my password to [password] and"),
    ("user ana pw geheim99", "user ana pw [password]"),
    ("hunter2 is my password", "[password] is my password"),
    ("Mein Passwort lautet Blume7!", "Mein Passwort lautet [password]"),
    ("Passwort: sonnenblume", "Passwort: [password]"),
    ("Kennwort = xK9-lmn", "Kennwort = [password]"),
    ("mon mot de passe est soleil88", "mon mot de passe est [password]"),
    ("mdp : abricot", "mdp : [password]"),
    ("mi contraseña es Luna2020", "mi contraseña es [password]"),
    ("la password è gatto123", "la password è [password]"),
    ("wachtwoord: fiets!12", "wachtwoord: [password]"),
    ("a minha senha é gato2020", "a minha senha é [password]"),
    ("palavra-passe: gato2020", "palavra-passe: [password]"),
    ("My PIN is 4821", "My PIN is [pin]"),
    ("PIN-Code: 48 21", "PIN-Code: [pin]"),
    ("el código PIN es 4821", "el código PIN es [pin]"),
    ("The verification code is 482 913", "The verification code is [code]"),
    ("your OTP 482913", "your OTP [code]"),
    ("Sicherheitscode: 482913", "Sicherheitscode: [code]"),
    ("recovery code: 9f3k-2m8q-77xa", "recovery code: [code]"),
    # keys and tokens
    ("sk-proj-abcdEFGH1234abcdEFGH1234", "[key]"),
    ("ghp_abcdefghijklmnopqrstuvwxyz0123456789", "[key]"),
    ("AKIAIOSFODNN7EXAMPLE", "[key]"),
    ("xoxb-123456789012-abcdefGHIJKL", "[key]"),
    ("Authorization: Bearer abc.def-1234567890_xyz", "Authorization: Bearer [key]"),
    ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N", "[key]"),
    ("our API key is 9f86d081884c7d659a2feaa0c55ad015", "our API key is [key]"),
    ("client_secret=Zx81kQ02mmP4rt77uYbN", "client_secret=[key]"),
    ("der API-Schlüssel lautet a1b2c3d4e5f6g7h8i9j0", "der API-Schlüssel lautet [key]"),
    ("https://ana:geheim@shop.example/x", "https://ana:[password]@shop.example/x"),
    ("https://x.example/r?token=abcdef123456&id=5", "https://x.example/r?token=[key]&id=5"),
    ("-----BEGIN RSA PRIVATE KEY-----\nMIIabc\n-----END RSA PRIVATE KEY-----\nThanks", "[key]\nThanks"),
    ("-----BEGIN PRIVATE KEY-----\nMIIabc", "[key]"),
    # an ordinary word before it makes no card of a known issuer another number
    ("my account 4111111111111111", "my account [card]"),
    ("payment: 4111111111111111", "payment: [card]"),
    ("customer 5500005555555559", "customer [card]"),
    ("Kundennummer 378282246310005", "Kundennummer [card]"),
    ("reference no. 6011111111111117", "reference no. [card]"),
    ("#4111111111111111", "#[card]"),
    ("cliente: 5105105105105100", "cliente: [card]"),
    ("phone 4111-1111-1111-1111", "phone [card]"),
    ("order 1234 for my account 4111111111111111", "order 1234 for my account [card]"),
]

KEPT = [
    "Order number 4111111111111111 has not come",
    "Bestellnummer: 4111111111111111",
    "My order 302-1234567-1234567 is late",
    "Order reference no. 4111111111111111",
    "invoice #5500005555555559",
    "tracking code is 6011111111111117",
    "IMEI: 378282246310005",
    "Seriennummer 4111111111111111",
    "account 8100440077321198",
    "Kundennummer 4700440077320",
    "Tracking 1Z999AA10123456784, DHL 00340434161094042557",
    "USPS 9400 1000 0000 0000 0000 00",
    "IMEI 490154203237518",
    "Invoice INV-2026-004711 of 12.10.2026 over 1.234,56 €",
    "Call me on +49 170 1234567 or 0049 170 1234567",
    "Phones: 555-123-4567, 555-987-6543 and (020) 7946 0018",
    "Telefon 45 12 34 56 78 oder 06 12 34 56 78",
    "ana.lopez1985@example.com wrote on 2026-10-14 at 09:12:00",
    "Order AB123456C is missing",
    "Part number 123-45-6789 does not fit",
    "Pedido 54362315K sin entregar",
    "Sum 4 111 111 111 111 111 EUR",
    "Sizes 38 40 42 44 46 48 50 in stock",
    "EAN 4006381333931 and ISBN 978-3-16-148410-0",
    "My password is not working.",
    "My password is not.working",
    "my password is wrong.Please help",
    "my password does not work",
    "my password is something (I forgot)",
    "my password is case-sensitive,right",
    "Password: expired.Please help",
    "Passwort: vergessen,bitte helfen",
    "mon mot de passe est aujourd'hui expiré",
    "la password è nell'email",
    "my password is wrong",
    "the password is incorrect, it says",
    "Password: how do I reset it?",
    "Password reset link never arrives",
    "I forgot my password and the PIN is blocked",
    "Password: expired",
    "Mein Passwort ist abgelaufen.",
    "Passwort: vergessen",
    "mi contraseña es incorrecta",
    "mon mot de passe est expiré",
    "la password è scaduta",
    "mijn wachtwoord is verlopen",
    "a minha senha é inválida",
    "Every password has been changed to the old one",
    "The password field is empty on version 2.14.3",
    "I need the password for ana@example.com",
    "error code 504, promo code SAVE10, postal code 90210",
    "The key fob 12 and the key for room 204 are lost",
    "a token of our appreciation",
    "The Access key does not open door 14",
    "The verification code never arrives",
    "the code on the box is 4711",
    "There are 1234 5678 9012 3456 reasons",
    "Booking reference X7K2PQ on 3 November, table for 12",
    "Meter reading 48213 on 1.11., meter number 1EMH0012345678",
    "I paid £49.99 on 01/10/2026 at 10:45",
    "Kundennummer 36574261809",
    "customer number 111222333",
    "Neither 12345678 ni 87654321",
    "My wifi is at 192.168.100.254 and the MAC is 00:1A:2B:3C:4D:5E",
    "Secret Santa boxes: 24 ordered, 20 came",
    "The pin of the hinge broke after 2000 uses",
]


@pytest.mark.parametrize(("text", "expected"), SECRETS, ids=[text[:40] for text, _ in SECRETS])
def test_takes_a_secret_out(text: str, expected: str) -> None:
    assert masked(text) == expected


PUNCTUATION = [".", ",", ";", ":", "!", "?", '"', "“", "«", "(", ")", "[", "]", "{", "}", "<", ">", "...", ").", "]["]
LED_TO = [
    "my password is {}",
    "My password is {}, thanks",
    "password: {}",
    "pw = {}",
    "Passwort: {} und weiter",
    "mot de passe : {}.",
    "mi contraseña es {}",
    "password={}",
    'my password is "{}"',
]


@pytest.mark.parametrize("sentence", LED_TO)
@pytest.mark.parametrize("password", ["Tr0ub{}adour-7!", "winter{}sun", "Winter{}Sun", "asdf{}lkj", "Correct{}horse9{}staple"])
def test_a_password_goes_whole_whatever_stands_inside(sentence: str, password: str) -> None:
    for one in PUNCTUATION:
        assert masked(sentence.format(password.replace("{}", one))) == sentence.format("[password]"), one


@pytest.mark.parametrize("one", [":", "="])
@pytest.mark.parametrize("word", ["pw", "contraseña", "Passwort"])
def test_the_colon_inside_a_password_does_not_lead_to_it(word: str, one: str) -> None:
    assert masked(f"{word} Tr0ub{one}adour-7! please") == f"{word} [password] please"
    assert masked(f"{word} hunter2{one}x please") == f"{word} [password] please"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the password to the portal is hunter2", "the password to the portal is [password]"),
        ("la contraseña para entrar es Luna2020, gracias", "la contraseña para entrar es [password], gracias"),
        ("das Passwort zu meinem Konto lautet Blume7!", "das Passwort zu meinem Konto lautet [password]"),
        ("I changed my password to winter. The new one is fine", "I changed my password to winter. The new one is fine"),
        ("a password to buy. Messages and mail are free, streaming is not", "a password to buy. Messages and mail are free, streaming is not"),
        ('hun"ter2 is my password', "[password] is my password"),
        ("my password's hunter2", "my password's [password]"),
    ],
)
def test_a_password_is_found_behind_what_it_opens(text: str, expected: str) -> None:
    assert masked(text) == expected


LAYOUTS = [((19,), ""), *(((4,), gap) for gap in (" ", "-", ".", "\u00a0", "/", "_", ",", "  ", "\n", " - ", "·")), ((6, 5), " "), ((5,), " "), ((3,), "-"),
           ((2,), " "), ((1,), " "), ((4, 6), " "), ((8,), " ")]  # fmt: skip


def grouped(digits: str, sizes: tuple[int, ...], gap: str) -> str:
    """Write a number in groups, the sizes again and again."""
    pieces, at = [], 0
    for size in sizes * 19:
        pieces.append(digits[at : at + size])
        at += size
    return gap.join(piece for piece in pieces if piece)


@pytest.mark.parametrize("length", range(12, 20))
@pytest.mark.parametrize(("sizes", "gap"), LAYOUTS)
@pytest.mark.parametrize("before", ["", "My card is ", "Please take it from "])
def test_every_card_of_any_length_goes_however_it_is_grouped(length: int, sizes: tuple[int, ...], gap: str, before: str) -> None:
    for start in ("4", "51", "37", "6011", "3528", "62", "2221"):
        body = (start + "7302951846027395184")[: length - 1]
        text = f"{before}{grouped(body + luhn.calc_check_digit(body), sizes, gap)} today"
        assert masked(text) == f"{before}[card] today"


@pytest.mark.parametrize("text", KEPT, ids=[text[:40] for text in KEPT])
def test_keeps_what_help_is_asked_about(text: str) -> None:
    assert masked(text) == text


def test_numbers_several_secrets_and_knows_the_same_one_again() -> None:
    texts, masks = mask(["4111 1111 1111 1111 or 5500000000000004", "again 4111-1111-1111-1111"])
    assert texts == ("[card 1] or [card 2]", "again [card 1]")
    assert masks == (Mask("card", "[card 1]"), Mask("card", "[card 2]"))


def test_never_keeps_the_secret_in_what_it_reports() -> None:
    _, masks = mask(["my password is hunter2"])
    assert "hunter2" not in repr(masks)


def test_masks_at_the_end_of_a_long_text() -> None:
    assert masked("One more line of a long log.\n" * 10_000 + "card 4111 1111 1111 1111").endswith("card [card]")


@given(st.text(alphabet="0123456789 -\n./abA:", max_size=120))
def test_gives_secrets_in_order_and_apart(text: str) -> None:
    spans = [(secret.start, secret.end) for secret in find(text)]
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))


@given(st.integers(10**13, 10**14 - 1), st.sampled_from(["", " ", "-"]))
def test_masks_every_valid_visa_number(middle: int, gap: str) -> None:
    digits = f"4{middle}"
    digits += luhn.calc_check_digit(digits)
    assert masked(f"card {gap.join(digits[at : at + 4] for at in range(0, 16, 4))}.") == "card [card]."


CONTACTS = [
    ("Write to ana.lopez+x@mail.example.com please", "Write to [email] please"),
    ("<mailto:ANA@EXAMPLE.COM>", "<mailto:[email]>"),
    ("Call +49 170 1234567 after six", "Call [phone] after six"),
    ("my mobile is 07700 900123.", "my mobile is [phone]."),
    ("Tel.: (020) 7946-0018", "Tel.: [phone]"),
    ("from 203.0.113.77 and 2001:db8::8a2e:370:7334", "from [ip 1] and [ip 2]"),
    ("order 302-1234567-1234567 of 2026-10-14 09:12:00", "order 302-1234567-1234567 of 2026-10-14 09:12:00"),
    ("version 1.2.3 at 10:30, 999.1.2.3", "version 1.2.3 at 10:30, 999.1.2.3"),
]


@pytest.mark.parametrize(("text", "expected"), CONTACTS, ids=[text[:30] for text, _ in CONTACTS])
def test_contacts_go_where_they_are_asked_to_and_stay_otherwise(text: str, expected: str) -> None:
    assert mask([text], contacts=True)[0][0] == expected
    assert mask([text])[0][0] == text


def test_a_card_in_invisible_disguise_goes_from_what_is_kept() -> None:
    assert kept_of("4111\u200b 1111\u200b 1111\u200b 1111 \u202ex") == "[card] x"
