"""Every kind of body is read, and what cannot be is said."""

import pytest

from ingestion.mail import message

HEAD = "From: Ann Lee <ann@lee.example>\nSubject: {subject}\nContent-Type: {kind}\n\n"


def read(body: str, kind: str = "text/plain; charset=utf-8", subject: str = "Pump", headers: str = "") -> message.Message:
    return message.parse((headers + HEAD.format(subject=subject, kind=kind) + body).encode())


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/markdown", "The pump **drips**."),
        ("text/enriched", "The pump <bold>drips</bold>."),
        ("text/rtf", "{\\rtf1 The pump drips.\\par}"),
        ("application/xhtml+xml", "<html><body><p>The pump drips.</p></body></html>"),
        ("text/calendar", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nSUMMARY:The pump drips.\nEND:VEVENT\nEND:VCALENDAR\n"),
    ],
)
def test_reads_a_body_of_another_format(kind: str, body: str) -> None:
    assert read(body, kind).text.replace("*", "") == "The pump drips."


@pytest.mark.parametrize("stub", ["\u200b", "[cid:a@b]", "<https://x.example/1>", "Włącz wyświetlanie obrazów."])
def test_reads_the_page_where_the_plain_part_says_nothing(stub: str) -> None:
    body = f"--b\nContent-Type: text/plain; charset=utf-8\n\n{stub}\n--b\nContent-Type: text/html; charset=utf-8\n\n<p>The pump drips since Monday, day and night.</p>\n--b--\n"
    assert read(body, "multipart/alternative; boundary=b").text.startswith("The pump drips")


@pytest.mark.parametrize(
    "labels", ["Od|Odesláno|Komu|Předmět", "Kimden|Gönderildi|Kime|Konu", "差出人|送信日時|宛先|件名", "מאת|נשלח|אל|נושא", "От|Отправлено|Кому|Тема"]
)
def test_one_list_of_labels_serves_quoting_and_forwarding(labels: str) -> None:
    writer, date, to, subject = labels.split("|")
    block = f"{writer}: Bo Fern <bo@fern.example>\n{date}: 4.5.2026 10:00\n{to}: Ann Lee\n{subject}: Pump\n\nIt drips."
    assert read(f"Thanks.\n\n{block}", subject="Re: Pump").text == "Thanks."
    assert "It drips." in read(f"For you.\n\n{block}", subject="Fwd: Pump").forwarded


def test_sections_between_rules_are_text() -> None:
    rule = "_" * 32
    assert "two bolts" in read(f"Hello.\n{rule}\n\nThe pump drips.\n{rule}\n\nI miss two bolts.\n\nAnn Lee").text


@pytest.mark.parametrize("subject", ["Pump", "Re: Pump"])
def test_marked_lines_that_the_writer_leads_to_are_text(subject: str) -> None:
    assert "error 7" in read("It says:\n\n> error 7: no water\n\nAnn", subject=subject).text


@pytest.mark.parametrize("id", ["<>", "NULL", "<null>", "none", "0"])
def test_a_mailers_stopgap_is_no_id(id: str) -> None:
    assert read("It drips.", headers=f"Message-ID: {id}\n").message_id is None


def test_reads_a_name_with_a_comma_that_nobody_quoted() -> None:
    assert read("It drips.", headers="From: Doe, Jane <jane@doe.example>\n").sender == message.Address("Doe, Jane", "jane@doe.example")


def test_says_what_is_encrypted() -> None:
    assert read("-----BEGIN PGP MESSAGE-----\n\nabc\n-----END PGP MESSAGE-----\n").unreadable == "it is encrypted"


def test_reads_the_vendors_rows_of_japanese() -> None:
    raw = HEAD.format(subject="x", kind="text/plain; charset=ISO-2022-JP").encode() + b"\x1b$B-!\x1b(B pump"
    assert message.parse(raw).text == "① pump"


@pytest.mark.parametrize(
    ("subject", "text", "kind"),
    [
        ("Automatic reply: Pump", "I am on leave until Monday.", "auto-reply"),
        ("Automatikus válasz: Szivattyú", "Hétfőig szabadságon vagyok.", "auto-reply"),
        ("Re: Automatic reply: Pump", "It still drips.", None),
        ("Out of office hours", "The night gate does not open.", None),
        ("On holiday: stop my boxes", "Please send no box until June.", None),
        ("Pump", "I am away until Friday, but my card was charged twice.", None),
    ],
)
def test_absence_needs_two_witnesses(subject: str, text: str, kind: str | None) -> None:
    assert read(text, subject=subject).automatic == kind
