import io
import mailbox
from pathlib import Path

import pytest

from ops.cli import mail_files
from ops.cli.mail_files import Bad, Found
from tests.service.fakes import mail

LARGEST = 10_000


def found(*names: object, largest: int = LARGEST) -> list[Found | Bad]:
    return list(mail_files.find([str(name) for name in names], largest))


def raws(*names: object) -> list[bytes]:
    return [one.raw for one in found(*names) if isinstance(one, Found)]


@pytest.fixture
def box(tmp_path: Path) -> Path:
    made = mailbox.mbox(tmp_path / "all.mbox")
    for subject in ("one", "two"):
        made.add(mail(subject))
    made.close()
    return tmp_path / "all.mbox"


def test_a_file_is_one_email_byte_by_byte(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(mail().replace(b"\n", b"\r\n"))
    assert found(tmp_path / "a.eml") == [Found(str(tmp_path / "a.eml"), mail().replace(b"\n", b"\r\n"))]


def test_an_mbox_is_each_of_its_emails_by_number(box: Path) -> None:
    assert [one.name for one in found(box)] == [f"{box} #1", f"{box} #2"]
    assert [b"Subject: one" in raws(box)[0], b"Subject: two" in raws(box)[1]] == [True, True]


def test_a_maildir_is_its_new_and_current_emails(tmp_path: Path) -> None:
    made = mailbox.Maildir(tmp_path / "maildir")
    for subject in ("one", "two"):
        made.add(mail(subject))
    assert sorted(raws(tmp_path / "maildir")) == sorted([mail("one"), mail("two")])


def test_a_folder_is_searched_to_its_depth_and_tells_what_it_passed_over(tmp_path: Path, box: Path) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / "x.EML").write_bytes(mail("three"))
    (tmp_path / "notes.txt").write_text("notes")
    (tmp_path / ".hidden").write_text("x")
    names = [Path(one.name).name for one in found(tmp_path)]
    assert names == ["all.mbox #1", "all.mbox #2", "x.EML", "notes.txt"]
    assert [one for one in found(tmp_path) if isinstance(one, Bad)] == [
        Bad(str(tmp_path / "notes.txt"), "skipped: it is no .eml file and no mbox", False)
    ]


@pytest.mark.parametrize("as_mbox", [False, True])
def test_standard_input_is_an_email_or_an_mbox(as_mbox: bool, box: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = box.read_bytes() if as_mbox else mail()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(given)))
    assert [one.name for one in found("-")] == (["- #1", "- #2"] if as_mbox else ["-"])


def test_what_is_missing_empty_or_too_large_is_said_and_the_rest_goes_on(tmp_path: Path) -> None:
    (tmp_path / "empty.eml").write_bytes(b" \n")
    (tmp_path / "large.eml").write_bytes(mail() + b"x" * LARGEST)
    (tmp_path / "nothing").mkdir()
    (tmp_path / "good.eml").write_bytes(mail())
    listed = found(*(tmp_path / name for name in ("missing.eml", "empty.eml", "large.eml", "nothing", "good.eml")))
    assert [one.why if isinstance(one, Bad) else "good" for one in listed] == [
        "there is no such file", "it is empty", "it is larger than 10,000 bytes, the most that is taken", "the folder is empty", "good"
    ]  # fmt: skip
