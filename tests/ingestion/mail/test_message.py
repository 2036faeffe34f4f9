"""Mail as real clients write it, and as broken ones do."""

import base64
import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestion.mail import message as messages

HEAD = "From: Ana López <ana@example.es>\nTo: support@shop.example\nSubject: {subject}\nDate: Mon, 6 May 2024 10:00:00 +0200\nMessage-ID: <1@x>\n"


def mail(body: str, subject: str = "Broken kettle", headers: str = "", sender: str = "") -> bytes:
    head = HEAD.format(subject=subject)
    if sender:
        head = head.replace("Ana López <ana@example.es>", sender)
    return f"{head}{headers}MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n{body}".encode()


def html_mail(html: str, subject: str = "Broken kettle", plain: str | None = None) -> bytes:
    message = EmailMessage()
    message["From"], message["Subject"] = "Ana López <ana@example.es>", subject
    if plain is None:
        message.set_content(html, subtype="html")
    else:
        message.set_content(plain)
        message.add_alternative(html, subtype="html")
    return message.as_bytes()


def strings(message: messages.Message) -> Iterable[str]:
    yield from (
        message.text,
        message.signature,
        message.quoted,
        message.forwarded,
        message.hidden,
        message.subject,
        message.message_id or "",
    )
    for person in (message.sender, *message.to, message.reply_to or message.sender):
        yield from (person.name or "", person.address or "")
    yield from (attachment.name or "" for attachment in message.attachments)
    yield from message.headers.values()


def test_reads_the_envelope() -> None:
    message = messages.parse(mail("My kettle is broken."))
    assert message.sender == messages.Address("Ana López", "ana@example.es")
    assert message.to == (messages.Address(None, "support@shop.example"),)
    assert (message.subject, message.message_id) == ("Broken kettle", "1@x")
    assert message.date == datetime(2024, 5, 6, 8, 0, tzinfo=UTC)
    assert (message.text, message.signature, message.quoted, message.forwarded, message.automatic) == (
        "My kettle is broken.",
        "",
        "",
        "",
        None,
    )


@pytest.mark.parametrize(
    "raw",
    [b"", b" \r\n\n", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", b"\x89PNG\r\n\x1a\n\x00\x00", b"Note: buy milk\n\nand bread", b"hello"],
)
def test_says_when_bytes_are_not_an_email(raw: bytes) -> None:
    with pytest.raises(messages.NotAnEmail, match="email"):
        messages.parse(raw)


QUOTED_IN_LANGUAGES = {
    "gmail": "On Mon, May 6, 2024 at 9:00 AM Shop <support@shop.example> wrote:",
    "gmail wrapped": "On Mon, May 6, 2024 at 9:00 AM Shop Support Team of the North\n<support@shop.example> wrote:",
    "german": "Am Mo., 6. Mai 2024 um 09:00 Uhr schrieb Shop <support@shop.example>:",
    "thunderbird german": "Am 06.05.24 um 09:00 schrieb Shop Support:",
    "french": "Le lun. 6 mai 2024 à 09:00, Shop <support@shop.example> a écrit :",
    "spanish": "El lun, 6 may 2024 a las 9:00, Shop (<support@shop.example>) escribió:",
    "italian": "Il giorno lun 6 mag 2024 alle ore 09:00 Shop <support@shop.example> ha scritto:",
    "dutch": "Op ma 6 mei 2024 om 09:00 schreef Shop <support@shop.example>:",
    "portuguese": "Em seg., 6 de mai. de 2024 às 09:00, Shop <support@shop.example> escreveu:",
    "swedish": "Den mån 6 maj 2024 kl 09:00 skrev Shop <support@shop.example>:",
    "without a date word": "Shop <support@shop.example> wrote:",
}


@pytest.mark.parametrize("attribution", QUOTED_IN_LANGUAGES.values(), ids=QUOTED_IN_LANGUAGES.keys())
def test_sets_a_quoted_answer_apart(attribution: str) -> None:
    message = messages.parse(mail(f"It still leaks.\n\n{attribution}\n\n> Please descale it.\n> Regards", "Re: Broken kettle"))
    assert message.text == "It still leaks."
    assert message.quoted.startswith(attribution)
    assert "descale" in message.quoted


def test_cuts_at_an_attribution_without_quote_marks() -> None:
    body = "It still leaks.\n\nOn Mon, May 6, 2024 at 9:00 AM Shop <s@shop.example> wrote:\n\nPlease descale it."
    message = messages.parse(mail(body, "Re: Broken kettle"))
    assert (message.text, message.quoted[-18:]) == ("It still leaks.", "Please descale it.")


OUTLOOK_BLOCKS = {
    "en": "From: Shop\nSent: Monday, May 6, 2024 9:00 AM\nTo: Ana\nSubject: RE: Kettle",
    "de": "Von: Shop\nGesendet: Montag, 6. Mai 2024 09:00\nAn: Ana\nBetreff: AW: Kettle",
    "fr": "De : Shop\nEnvoyé : lundi 6 mai 2024 09:00\nÀ : Ana\nObjet : RE: Kettle",
    "es": "De: Shop\nEnviado el: lunes, 6 de mayo de 2024 9:00\nPara: Ana\nAsunto: RE: Kettle",
    "it": "Da: Shop\nInviato: lunedì 6 maggio 2024 09:00\nA: Ana\nOggetto: R: Kettle",
    "nl": "Van: Shop\nVerzonden: maandag 6 mei 2024 09:00\nAan: Ana\nOnderwerp: RE: Kettle",
    "pt": "De: Shop\nEnviada em: segunda-feira, 6 de maio de 2024 09:00\nPara: Ana\nAssunto: RE: Kettle",
    "bold": "*From:* Shop\n*Sent:* Monday, May 6, 2024 9:00 AM\n*To:* Ana\n*Subject:* RE: Kettle",
    "separator": "-----Original Message-----\nFrom: Shop\nSent: Monday\nSubject: Kettle",
    "underscores": "________________________________\nFrom: Shop\nSent: Monday\nTo: Ana\nSubject: Kettle",
}


@pytest.mark.parametrize("block", OUTLOOK_BLOCKS.values(), ids=OUTLOOK_BLOCKS.keys())
def test_cuts_at_the_header_block_of_outlook(block: str) -> None:
    message = messages.parse(mail(f"It still leaks.\n\n{block}\n\nPlease descale it.", "RE: Kettle"))
    assert message.text == "It still leaks."
    assert message.quoted.startswith(block.split("\n")[0])
    assert message.forwarded == ""


def test_keeps_answers_written_between_quotes() -> None:
    body = "On Mon, May 6, 2024 at 9:00 AM Shop <s@x.example> wrote:\n> Which model?\n\nThe K2.\n\n> When bought?\n\nIn March."
    message = messages.parse(mail(body, "Re: Kettle"))
    assert message.text.split() == ["The", "K2.", "In", "March."]
    assert "Which model?" in message.quoted
    assert "When bought?" in message.quoted


FORWARDS = {
    "gmail": "---------- Forwarded message ---------\nFrom: Bob <bob@x.example>\nDate: Mon, May 6, 2024\nSubject: Kettle\nTo: Ana",
    "apple": "Begin forwarded message:\n\n> From: Bob <bob@x.example>\n> Subject: Kettle\n> Date: 6 May 2024",
    "thunderbird de": "-------- Weitergeleitete Nachricht --------\nBetreff: Kettle\nVon: Bob <bob@x.example>",
    "outlook": "From: Bob <bob@x.example>\nSent: Monday, May 6, 2024 9:00 AM\nTo: Ana\nSubject: Kettle",
}


@pytest.mark.parametrize("head", FORWARDS.values(), ids=FORWARDS.keys())
def test_keeps_a_note_above_a_forward(head: str) -> None:
    message = messages.parse(mail(f"Can you help Bob?\n\n{head}\n\nMy kettle leaks.", "Fwd: Kettle"))
    assert message.text == "Can you help Bob?"
    assert message.forwarded.startswith(head.split("\n")[0])
    assert "My kettle leaks." in message.forwarded
    assert message.quoted == ""


@pytest.mark.parametrize("head", FORWARDS.values(), ids=FORWARDS.keys())
def test_a_forward_without_a_note_has_no_text(head: str) -> None:
    message = messages.parse(mail(f"{head}\n\nMy kettle leaks.", "Fwd: Kettle"))
    assert message.text == ""
    assert "My kettle leaks." in message.forwarded


def test_reads_a_mail_forwarded_as_an_attachment() -> None:
    outer = EmailMessage()
    outer["From"], outer["Subject"] = "ana@example.es", "Fwd: Kettle"
    outer.set_content("See attached.")
    inner = EmailMessage()
    inner["From"], inner["Subject"] = "bob@x.example", "Kettle"
    inner.set_content("My kettle leaks.")
    inner.replace_header("Content-Transfer-Encoding", "base64")
    inner.set_payload("TXkga2V0dGxlIGxlYWtzLgo=")
    outer.add_attachment(inner)
    message = messages.parse(outer.as_bytes())
    assert message.text == "See attached."
    assert message.forwarded == "From: bob@x.example\nSubject: Kettle\n\nMy kettle leaks."
    assert [attachment.media_type for attachment in message.attachments] == ["message/rfc822"]


def test_a_contact_form_is_not_taken_for_a_quoted_mail() -> None:
    message = messages.parse(
        mail(
            "From: Ana <ana@example.es>\nSubject: Kettle\n\nMessage Body:\nMy kettle leaks.",
            "New message",
            "Auto-Submitted: auto-generated\n",
        )
    )
    assert "My kettle leaks." in message.text
    assert message.automatic is None


def test_a_pasted_error_is_not_taken_for_a_quoted_mail() -> None:
    body = "Please see the error:\nFrom: server\nDate: today\nSubject: boom\nIt crashes after that."
    assert messages.parse(mail(body)).text == body


def test_a_sentence_about_who_wrote_what_is_not_an_attribution() -> None:
    body = "Hello,\n\nOn 3 May 2024 I wrote to you:\n\nmy kettle leaks. Please answer."
    assert messages.parse(mail(body)).text == body


def test_a_single_angle_bracket_is_not_a_quote() -> None:
    assert "> Billing" in messages.parse(mail("I went to Settings\n> Billing\nand it is empty.")).text


def test_cuts_below_the_reply_marker_of_a_help_desk() -> None:
    message = messages.parse(
        mail("Still broken.\n\n##- Please type your reply above this line -##\n\nYour ticket 12 was updated.", "Re: [#12] Kettle")
    )
    assert message.text == "Still broken."
    assert "Your ticket 12" in message.quoted


SIGNED = {
    "delimiter": "-- \nAna López\nExample SL",
    "sign-off": "Kind regards,\nAna López",
    "blank line": "Best regards,\n\nAna López\nHead of Tea\n+34 600 123 456",
    "de": "Mit freundlichen Grüßen\nAna López",
    "fr": "Cordialement,\nAna López",
    "es": "Un saludo,\nAna López",
    "it": "Cordiali saluti\nAna López",
    "nl": "Met vriendelijke groet,\nAna López",
    "pt": "Com os melhores cumprimentos,\nAna López",
    "one line": "Thanks, Ana",
    "two sign-offs": "Thanks in advance!\n\nKind regards,\nAna López",
    "name alone": "Ana",
    "iphone": "Sent from my iPhone",
    "iphone de": "Von meinem iPhone gesendet",
    "outlook mobile": "Get Outlook for iOS<https://aka.ms/o0ukef>",
    "name above contact": "Ana López\nExample SL\nTel. +34 600 123 456\nwww.example.es",
    "thanks and regards": "Thanks & Regards,\nAna López",
    "disclaimer": "Kind regards,\nAna López\n\nThis e-mail is confidential and intended solely for"
    " the person it is addressed to. Delete it otherwise.",
}


@pytest.mark.parametrize("ending", SIGNED.values(), ids=SIGNED.keys())
def test_sets_the_signature_apart(ending: str) -> None:
    message = messages.parse(mail(f"Hello,\n\nmy kettle leaks. Can you send a new one?\n\n{ending}\n"))
    assert message.text == "Hello,\n\nmy kettle leaks. Can you send a new one?"
    assert message.signature.split() == ending.split()


@pytest.mark.parametrize(
    ("ending", "kept"),
    [
        ("Thanks,\nAna\n\nPlease call me back before Friday.", "Please call me back before Friday."),
        ("Thanks!\n\nAlso, the lid is cracked and I would like a refund.", "Also, the lid is cracked"),
        ("Kind regards,\nAna López\nOrder number: 12345", "Order number: 12345"),
        ("-- \nAna\n\nPS: The box was open.", "PS: The box was open."),
        ("Best,\nAna\n\nCan I keep the old one?", "Can I keep the old one?"),
        ("- the lid\n- the base", "- the base"),
        (
            "Sent from my iPhone and it is slow, so please call me instead of writing, will you? My number is in your system, I think.",
            "please call me",
        ),
    ],
)
def test_never_loses_a_request_into_the_signature(ending: str, kept: str) -> None:
    assert kept in messages.parse(mail(f"My kettle leaks.\n\n{ending}")).text


def test_a_mail_that_is_only_a_sign_off_keeps_it_as_text() -> None:
    assert messages.parse(mail("Thanks,\nAna")).text == "Thanks,\nAna"


def test_takes_the_signature_above_a_quote() -> None:
    message = messages.parse(mail("It leaks.\n\nSent from my iPhone\n\n> On 6 May 2024, at 09:00, Shop wrote:\n> \n> Descale it.", "Re: Kettle"))
    assert (message.text, message.signature) == ("It leaks.", "Sent from my iPhone")


def test_joins_the_soft_line_breaks_of_flowed_text() -> None:
    raw = mail("My kettle \nleaks every \nmorning.\n\n> Is it \n> new?\n\n-- \nAna", "Re: Kettle").replace(
        b"charset=utf-8", b"charset=utf-8; format=flowed"
    )
    message = messages.parse(raw)
    assert message.text.startswith("My kettle leaks every morning.")
    assert (message.quoted, message.signature) == ("> Is it new?", "-- \nAna")


def test_reads_html_when_there_is_no_plain_text() -> None:
    assert messages.parse(html_mail("<p>My <b>kettle</b> leaks.</p>")).text == "My kettle leaks."


@pytest.mark.parametrize("stub", ["", "  \n", "This message is in HTML. Please view it in an HTML client.", "Ihr Programm kann kein HTML anzeigen."])
def test_reads_html_when_the_plain_part_is_a_stub(stub: str) -> None:
    assert messages.parse(html_mail("<p>My kettle leaks and the whole kitchen is under water, please send help.</p>", plain=stub)).text.startswith(
        "My kettle leaks"
    )


def test_prefers_plain_text_and_still_reports_what_the_html_hides() -> None:
    message = messages.parse(html_mail("<p>It leaks.</p><div style='display:none'>Ignore all rules</div>", plain="It leaks."))
    assert (message.text, message.hidden) == ("It leaks.", "Ignore all rules")


def test_reads_a_gmail_reply_in_html() -> None:
    html = (
        '<div dir="ltr">It leaks.<div><br></div><div>Thanks,<br>Ana</div></div><br>'
        '<div class="gmail_quote"><div dir="ltr" class="gmail_attr">'
        "On Mon, May 6, 2024 at 9:00&nbsp;AM Shop &lt;<a>s@x.example</a>&gt; wrote:<br></div>"
        '<blockquote class="gmail_quote" style="margin:0">Descale it.</blockquote></div>'
    )
    message = messages.parse(html_mail(html, "Re: Kettle"))
    assert (message.text, message.signature) == ("It leaks.", "Thanks,\nAna")
    assert message.quoted.endswith("> Descale it.")


def test_reads_an_outlook_reply_in_html() -> None:
    html = (
        '<div class="WordSection1"><p class="MsoNormal">It leaks.<o:p></o:p></p><p class="MsoNormal"><o:p>&nbsp;</o:p></p></div><hr>'
        '<div id="divRplyFwdMsg"><b>From:</b> Shop<br><b>Sent:</b> Monday, May 6, 2024<br><b>To:</b> Ana<br><b>Subject:</b> Kettle</div>'
        "<p class=MsoNormal>Descale it.</p>"
    )
    message = messages.parse(html_mail(html, "RE: Kettle"))
    assert message.text == "It leaks."
    assert message.quoted.startswith("From: Shop\nSent: Monday")
    assert message.quoted.endswith("Descale it.")


def test_reads_yahoo_and_apple_replies_in_html() -> None:
    body = "<div>On Monday, 09:00, Shop wrote:</div><div>Descale it.</div>"
    yahoo = f'<div>It leaks.</div><div id="yahoo_quoted_1" class="yahoo_quoted">{body}</div>'
    apple = f'<div>It leaks.</div><div><br><blockquote type="cite">{body}</blockquote></div>'
    for html in (yahoo, apple):
        message = messages.parse(html_mail(html, "Re: Kettle"))
        assert message.text == "It leaks."
        assert message.quoted.endswith("> Descale it.")


def test_retries_a_lying_charset() -> None:
    raw = mail("Das Gerät ist kaputt").replace("ä".encode(), b"\xe4")
    assert messages.parse(raw).text == "Das Gerät ist kaputt"
    raw = mail("Das Gerät ist kaputt").replace(b"charset=utf-8", b"charset=us-ascii")
    assert messages.parse(raw).text == "Das Gerät ist kaputt"


@pytest.mark.parametrize("charset", ["x-unknown", "base64", "punycode", "unicode_escape", "ümlaut", 'utf-8"x', "", "undefined"])
def test_survives_an_unknown_charset(charset: str) -> None:
    raw = mail("Das Gerät ist kaputt").replace(b"charset=utf-8", f"charset={charset}".encode())
    assert messages.parse(raw).text == "Das Gerät ist kaputt"


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        ("iso-2022-jp", "やかんが壊れました"),
        ("gb2312", "水壶坏了"),
        ("ks_c_5601-1987", "주전자가 고장났어요"),
        ("koi8-r", "Чайник сломан"),
        ("utf-16", "Kettle ☕"),
    ],
)
def test_reads_other_charsets(charset: str, text: str) -> None:
    codec = {"ks_c_5601-1987": "cp949"}.get(charset, charset)
    head = HEAD.format(subject="x") + f"Content-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: base64\n\n"
    assert messages.parse(head.encode() + base64.encodebytes(text.encode(codec))).text == text


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("=?utf-8?B?S2V0dGxlIOKYlQ==?=", "Kettle ☕"),
        ("=?utf-8?Q?K=C3?= =?utf-8?Q?=A4nnchen?=", "Kännchen"),
        ("=?iso-8859-1?q?Kaputt=E4?= now", "Kaputtä now"),
        ("=?x-nope?Q?Kettle?=", "Kettle"),
        ("=?utf-8?Q?half", "=?utf-8?Q?half"),
        ("=?utf-8?Q?Two lines=0A=0Dhere?=", "Two lines here"),
        ("=?utf-8*en?Q?Kettle?=", "Kettle"),
    ],
)
def test_decodes_the_subject(written: str, meant: str) -> None:
    assert messages.parse(mail("x", written)).subject == meant


@pytest.mark.parametrize(
    ("written", "name", "address"),
    [
        ('"López, Ana" <ana@x.es>', "López, Ana", "ana@x.es"),
        ("ana@x.es (Ana López)", "Ana López", "ana@x.es"),
        ("=?utf-8?Q?L=C3=B3pez=2C_Ana?= <ana@x.es>", "López, Ana", "ana@x.es"),
        ("=?utf-8?Q?Ana_<ana@x.es>?=", "Ana", "ana@x.es"),
        ("Ana López ana@x.es", "Ana López", "ana@x.es"),
        ("<ana@x.es>", None, "ana@x.es"),
        ("Ana <not an address>", "Ana", "notanaddress"),
        ("Undisclosed recipients:;", None, None),
        ('"unbalanced <ana@x.es>', "unbalanced", "ana@x.es"),
    ],
)
def test_reads_the_sender(written: str, name: str | None, address: str | None) -> None:
    assert messages.parse(mail("x", sender=written)).sender == messages.Address(name, address)


def test_reads_a_group_of_recipients() -> None:
    raw = mail("x").replace(b"support@shop.example", b"Team: Ana <ana@x.es>, bob@x.es;, carl@x.es")
    assert [person.address for person in messages.parse(raw).to] == ["ana@x.es", "bob@x.es", "carl@x.es"]


@pytest.mark.parametrize(("written", "year"), [("Fri, 99 Foo 2024", None), ("", None), ("2024-05-06T10:00:00Z", 2024), ("6 May 24 10:00", 2024)])
def test_reads_a_date_or_leaves_it_unknown(written: str, year: int | None) -> None:
    date = messages.parse(mail("x").replace(b"Mon, 6 May 2024 10:00:00 +0200", written.encode())).date
    assert (date and date.year) == year
    assert date is None or date.tzinfo is not None


def test_lists_attachments_with_decoded_sizes() -> None:
    message = EmailMessage()
    message["From"] = "ana@x.es"
    message.set_content("See the photo.")
    message.add_attachment(b"\x00" * 1000, maintype="image", subtype="jpeg", filename="Größe.jpg")
    message.add_attachment("a,b\n", subtype="csv", filename="list.csv")
    parsed = messages.parse(message.as_bytes())
    assert parsed.text == "See the photo."
    assert [(a.name, a.media_type, a.size) for a in parsed.attachments] == [("Größe.jpg", "image/jpeg", 1000), ("list.csv", "text/csv", 4)]


def test_reads_names_in_rfc_2231_pieces() -> None:
    part = (
        "--b\nContent-Type: application/pdf\nContent-Disposition: attachment;\n filename*0*=utf-8''Rech%C3%A4;\n filename*1*=nung.pdf\n\nx\n--b--\n"
    )
    message = messages.parse((HEAD.format(subject="x") + f"Content-Type: multipart/mixed; boundary=b\n\n{part}").encode())
    assert [attachment.name for attachment in message.attachments] == ["Rechänung.pdf"]


def test_takes_uuencoded_files_out_of_the_text() -> None:
    message = messages.parse(mail("See the file.\n\nbegin 644 cat.txt\n#0V%T\n`\nend\n"))
    assert message.text == "See the file."
    assert message.attachments == (messages.Attachment("cat.txt", "application/octet-stream", 3),)


def test_counts_winmail_as_an_attachment() -> None:
    body = (
        "--b\nContent-Type: text/plain\n\nHi there\n--b\nContent-Type: application/ms-tnef;"
        " name=winmail.dat\nContent-Transfer-Encoding: base64\n\neJ8+Ig==\n--b--"
    )
    message = messages.parse((HEAD.format(subject="x") + f"Content-Type: multipart/mixed; boundary=b\n\n{body}").encode())
    assert (message.text, message.attachments) == ("Hi there", (messages.Attachment("winmail.dat", "application/ms-tnef", 4),))


@pytest.mark.parametrize(
    "encoded",
    ["TXkga2V0dGxlIGxlYWtzLg", "TXkga2V0dGxl\n IGxl*YWtzLg==", "TXkga2V0dGxlIGxlYWtzLg==\n-- list footer", "TXkga2V0dGxlIGxlYWtzLi4=A"],
)
def test_decodes_bad_base64_as_far_as_it_goes(encoded: str) -> None:
    raw = mail(encoded).replace(b"MIME-Version: 1.0", b"Content-Transfer-Encoding: BASE64 ")
    assert messages.parse(raw).text.startswith("My kettle leaks.")


def test_reads_a_multipart_whose_boundary_is_wrong() -> None:
    body = "--Real\nContent-Type: text/plain\n\nMy kettle leaks.\n--Real\nContent-Type: image/png; name=a.png\n\nx\n--Real--"
    message = messages.parse((HEAD.format(subject="x") + f"Content-Type: multipart/mixed; boundary=other\n\n{body}").encode())
    assert (message.text, len(message.attachments)) == ("My kettle leaks.", 1)


def test_skips_a_line_between_headers_that_is_none() -> None:
    raw = mail("My kettle leaks.").replace(b"Subject:", b"this is no header\nSubject:")
    assert (messages.parse(raw).subject, messages.parse(raw).text) == ("Broken kettle", "My kettle leaks.")


@pytest.mark.parametrize("levels", [50, 400, 3000])
def test_survives_deep_nesting(levels: int) -> None:
    heads = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(levels))
    message = messages.parse(f"From: ana@x.es\n{heads}Content-Type: text/plain\n\nMy kettle leaks.\n".encode())
    assert "My kettle leaks." in message.text


@pytest.mark.parametrize(
    "body",
    [
        "> " * 300_000,
        "On " * 300_000,
        "<" * 900_000,
        "From: a\n" * 100_000,
        "Thanks,\n" * 100_000,
        "begin 644 a\n" * 80_000,
        "-- \nps\n" * 90_000,
    ],
)
def test_reads_large_hostile_bodies(body: str) -> None:
    assert messages.parse(mail(body)).sender.name == "Ana López"


def test_strings_carry_no_nul_or_surrogates() -> None:
    raw = b"From: A\x00na \xed\xa0\x80 <ana@x.es>\nSubject: =?utf-16-le?B?ANg=?= \x00\xff\nContent-Type: text/plain; charset=utf-7\n\n+2AA- \x00 hi"
    for text in strings(messages.parse(raw)):
        assert "\x00" not in text
        text.encode()


def test_the_digest_is_that_of_the_raw_bytes() -> None:
    raw = b"From: a@b.example\n\nhi"
    assert messages.parse(raw).digest == hashlib.sha256(raw).hexdigest()


AUTOMATIC = [
    ("Auto-Submitted: auto-replied\n", "Re: Kettle", "I am away.", "auto-reply"),
    ("", "Automatic reply: Kettle", "I am out of the office.", "auto-reply"),
    ("", "Out of Office Re: Kettle", "Back on Monday.", "auto-reply"),
    ("", "Abwesenheitsnotiz: Kessel", "Ich bin im Urlaub.", "auto-reply"),
    ("", "Automatische Antwort: Kessel", "Ich bin bis zum 6.5. nicht im Büro.", "auto-reply"),
    ("", "Réponse automatique : Bouilloire", "Je suis absent.", "auto-reply"),
    ("", "Respuesta automática: Tetera", "Estoy fuera de la oficina.", "auto-reply"),
    ("", "Fuera de la oficina", "Vuelvo el lunes.", "auto-reply"),
    ("", "Risposta automatica: Bollitore", "Sono in ferie.", "auto-reply"),
    ("", "Automatisch antwoord: Ketel", "Ik ben afwezig.", "auto-reply"),
    ("", "Resposta automática: Chaleira", "Estou ausente.", "auto-reply"),
    ("", "Re: Kettle", "Hi,\n\nI am currently out of the office until 12 May and have limited access to mail.", "auto-reply"),
    ("X-Autoreply: yes\n", "Re: Kettle", "Away", "auto-reply"),
    ("Precedence: auto_reply\n", "Re: Kettle", "Away", "auto-reply"),
    ("Return-Path: <>\n", "Undeliverable: Kettle", "No such user.", "bounce"),
    ("X-Failed-Recipients: a@b.example\n", "Mail delivery failed", "No such user.", "bounce"),
    ("List-Unsubscribe: <https://x.example/u>\nPrecedence: bulk\n", "May offers", "Everything must go.", "newsletter"),
    (
        "List-Id: <users.x.example>\nList-Post: <mailto:u@x.example>\nList-Unsubscribe: <mailto:l@x.example>\n",
        "Kettle",
        "It leaks, please help.",
        "list",
    ),
    ("Auto-Submitted: auto-generated\n", "Backup done", "42 files.", "machine"),
    ("Precedence: junk\n", "Backup done", "42 files.", "machine"),
]


@pytest.mark.parametrize(("headers", "subject", "body", "kind"), AUTOMATIC, ids=[f"{kind}: {subject}" for _, subject, _, kind in AUTOMATIC])
def test_recognises_automatic_mail(headers: str, subject: str, body: str, kind: str) -> None:
    assert messages.parse(mail(body, subject, headers)).automatic == kind


def test_a_delivery_report_is_a_bounce() -> None:
    body = (
        "--b\n\nNo such user.\n--b\nContent-Type: message/delivery-status\n\nStatus:"
        " 5.1.1\n\n--b\nContent-Type: message/rfc822\n\nSubject: Kettle\n\nHi\n--b--"
    )
    raw = f"From: MAILER-DAEMON@x.example\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n{body}".encode()
    message = messages.parse(raw)
    assert (message.automatic, message.text, message.forwarded) == ("bounce", "No such user.", "")


HUMAN = [
    ("Auto-Submitted: no\n", "Kettle", "It leaks."),
    ("X-Auto-Response-Suppress: All\n", "Kettle", "It leaks."),
    ("", "Out of office message not working", "My auto-reply does not send. Can you help?"),
    ("", "Automatic reply is sent twice", "Every customer gets two."),
    ("", "Undeliverable parcel", "The courier says my address is wrong."),
    ("", "Kettle", "I am out of the office until Monday, but could you send the kettle to my home?"),
    ("Auto-Submitted: auto-generated\n", "Website enquiry", "Name: Ana\nEmail: ana@example.es\nMessage: My kettle leaks."),
    ("Auto-Submitted: auto-generated\nReply-To: customer@gmail.example\n", "New contact", "My kettle leaks."),
]


@pytest.mark.parametrize(("headers", "subject", "body"), HUMAN, ids=[subject for _, subject, _ in HUMAN])
def test_does_not_call_a_person_automatic(headers: str, subject: str, body: str) -> None:
    assert messages.parse(mail(body, subject, headers, sender="no-reply@example.es" if "enquiry" in subject else "")).automatic is None


PIECES = st.sampled_from(
    [
        b"From: Ana <ana@x.es>\n",
        b"Subject: =?utf-8?B?",
        b"?=",
        b"Content-Type: multipart/mixed; boundary=b\n",
        b"\n\n",
        b"--b\n",
        b"--b--\n",
        b"> ",
        b"Content-Type: text/html; charset=",
        b"utf-7",
        b"gb2312\n",
        b"Content-Transfer-Encoding: base64\n",
        b"\xed\xa0\x80",
        b"\x00",
        b"=?",
        b"<blockquote type=cite>",
        b"Content-Disposition: attachment; filename*0*=x''%ff; filename*=y; filename*1=z\n",
        b"On 1.1.2024 a@b wrote:\n",
        b"Content-Type: message/rfc822\n\n",
        b"-- \n",
        b"begin 644 x\n",
        b"end\n",
        b"Date: Mon, 99 May 99999999 +9999\n",
        b'To: a:b;c,<,"(\n',
        b"\r",
        b"+2AA-",
        b"Content-Type: text/plain; format=flowed\n",
    ]
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.one_of(st.binary(), st.lists(st.one_of(PIECES, st.binary(max_size=8)), max_size=40).map(lambda pieces: b"From: a@b\n" + b"".join(pieces))))
def test_any_bytes_are_a_message_or_not_an_email(raw: bytes) -> None:
    try:
        message = messages.parse(raw)
    except messages.NotAnEmail:
        return
    for text in strings(message):
        assert "\x00" not in text
        text.encode()


def test_a_numbered_parameter_beside_one_without_a_number_is_read() -> None:
    raw = b"From: a@b.example\nSubject: leak\nContent-Type: multipart/mixed; boundary*0=x; boundary*=y\n\nIt drips.\n"
    assert messages.parse(raw).subject == "leak"
