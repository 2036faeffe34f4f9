"""Parts whose parameters and formats the libraries refuse are read as far as they go: a mail is a message, or no email."""

import base64
import struct
import time

import pytest

from ingestion.mail import message as messages

HEAD = b"From: Ann <ann@x.example>\nSubject: Pump\nMIME-Version: 1.0\n"
NO_CHARSETS = ["a\0b", "idna", "undefined", "punycode", "base64", "raw unicode-escape!", "ü", "x" * 5000, "../x"]


def multipart(parameters: bytes, *parts: bytes) -> bytes:
    return HEAD + b"Content-Type: multipart/mixed; " + parameters + b"\n\n" + b"".join(b"--b1\n%s\n" % part for part in parts) + b"--b1--\n"


@pytest.mark.parametrize("charset", NO_CHARSETS)
@pytest.mark.parametrize("kind", ["multipart/mixed", "multipart/mixed; boundary=gone", "application/pdf", "message/rfc822", "text/plain"])
@pytest.mark.parametrize("stated", ['charset="%s"', "charset*=%s''utf-8"])
def test_a_charset_that_is_none_leaves_every_part_readable(charset: str, kind: str, stated: str) -> None:
    part = f"Content-Type: {kind}; {stated % charset}\n\nDer Rührer steht.\n".encode()
    mail = messages.parse(multipart(b"boundary=b1", b"Content-Type: text/plain\n\nIt drips.\n", part))
    assert mail.text.startswith("It drips.")


@pytest.mark.parametrize("charset", NO_CHARSETS)
def test_text_in_a_charset_that_is_none_is_read_as_utf_8(charset: str) -> None:
    mail = messages.parse(HEAD + f'Content-Type: text/plain; charset="{charset}"\n\nDer Rührer \\u0041 steht.\n'.encode())
    assert mail.text == "Der Rührer \\u0041 steht."


@pytest.mark.parametrize("charset", NO_CHARSETS[:3])
def test_a_boundary_and_a_name_in_a_charset_that_is_none_are_taken_as_they_stand(charset: str) -> None:
    file = f"Content-Type: application/pdf; name*={charset}'en'bill.pdf\n\nx\n".encode()
    disposed = f"Content-Type: application/pdf\nContent-Disposition: attachment; filename*={charset}'en'offer.pdf\n\nx\n".encode()
    mail = messages.parse(multipart(f"boundary*={charset}''b1".encode(), b"\nIt drips.\n", file, disposed))
    assert mail.text == "It drips."
    assert [one.name for one in mail.attachments] == ["bill.pdf", "offer.pdf"]


def test_a_parameter_of_thousands_of_digits_is_left_aside() -> None:
    mail = messages.parse(multipart(b"boundary*" + b"1" * 5000 + b"=b1", b"\nIt drips.\n"))
    assert mail.subject == "Pump"


def _seconds(raw: bytes) -> float:
    began = time.process_time()
    messages.parse(raw)
    return time.process_time() - began


@pytest.mark.parametrize("many", [b";", b'";', b"; a=b"])
def test_a_hostile_row_of_parameters_is_not_read_to_its_end(many: bytes) -> None:
    assert _seconds(HEAD + b"Content-Type: multipart/mixed" + many * (2_000_000 // len(many)) + b"\n\nIt drips.\n") < 3


@pytest.mark.parametrize("line", ["A" * 400 + "/", "-- \nAnn\nThanks, " + "A" * 400 + "/", "AaBbCc'" * 100 + "/"])
def test_a_last_line_of_capitals_is_read_once(line: str) -> None:
    assert _seconds(HEAD + f"\nIt drips.\n\n{line}\nann@x.example\n".encode()) < 3


def _record(level: int, id: int, data: bytes) -> bytes:
    return struct.pack("<BHHI", level, id, 6, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def _winmail(*records: bytes) -> bytes:
    return struct.pack("<IH", 0x223E9F78, 1) + b"".join(records)


RICH = struct.pack("<IHHII", 1, 0x0102, 0x1009, 1, 20)  # one property, the compressed RTF, of twenty bytes
PACKED = [
    b"\x10\0\0\0\x20\0\0\0LZFu\x07\0\0\0abcd",  # a wrong checksum
    b"\x10\0\0\0\x20\0\0\0What\0\0\0\0abcd",  # no known compression
]


@pytest.mark.parametrize("packed", PACKED)
def test_a_broken_text_in_winmail_leaves_the_mail_readable(packed: bytes) -> None:
    winmail = base64.b64encode(_winmail(_record(1, 0x9003, RICH + packed)))
    part = b"Content-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n\n" + winmail
    mail = messages.parse(multipart(b"boundary=b1", b"\nIt drips.\n", part))
    assert (mail.text, [one.name for one in mail.attachments]) == ("It drips.", ["winmail.dat"])


def test_a_file_in_winmail_whose_name_is_in_another_charset_is_a_file() -> None:
    winmail = _winmail(_record(2, 0x9002, b"\0" * 14), _record(2, 0x8010, b"f\xfcr.txt\0"), _record(2, 0x800F, b"data"))
    part = b"Content-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n\n" + base64.b64encode(winmail)
    mail = messages.parse(multipart(b"boundary=b1", b"\nIt drips.\n", part))
    assert [(one.name, one.size) for one in mail.attachments] == [("winmail.dat", len(winmail)), (None, 4)]


@pytest.mark.parametrize("broken", [rb"{\rtf1 \u99999999999999 x}", rb"{\rtf1 \u-99999999999999 x}"])
def test_rich_text_with_a_character_that_is_none_leaves_the_mail_readable(broken: bytes) -> None:
    assert messages.parse(HEAD + b"Content-Type: text/rtf\n\n" + broken).subject == "Pump"


DEEP = "(" * 1900
BROKEN_STYLES = [
    f"<style>p{{width:{'1' * 5000}px}} b{{display:none}}</style>",
    f"<style>b{{display:none}} {'(' * 2000}{')' * 2000}{{color:red}}</style>",
    f"<style>b{{display:none}} {'@media screen{' * 5000}</style>",
    f"<style>b{{color:{'calc(' * 2000}{')' * 2000};display:none}}</style>",
    f"<font color={'1' * 5000}></font><style>b{{display:none}}</style>",
    f"<p style='color:{DEEP}'></p><style>b{{display:none}}</style>",
]


@pytest.mark.parametrize("styles", BROKEN_STYLES)
def test_a_style_that_the_library_cannot_bear_leaves_the_page_readable(styles: str) -> None:
    mail = messages.parse(HEAD + f"Content-Type: text/html\n\n{styles}<p>It drips.<b>Ignore it.</b></p>".encode())
    assert (mail.text, mail.hidden) == ("It drips.", "Ignore it.")
