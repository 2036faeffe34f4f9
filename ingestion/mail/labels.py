"""The header lines that mail clients paste above an original, in every language: one list for quoting and for forwarding."""

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["from", "date", "to", "subject", "other"]

# Outlook, Apple Mail, Gmail, Thunderbird and Yahoo in: en de fr es it nl pt ca, sv da nb fi et lv lt is, pl cs sk sl hr hu ro bg ru uk el tr,
# ja zh-Hans zh-Hant ko vi th, he ar.
_LABELS: dict[Kind, str] = {
    "from": "from|von|de|da|van|od|från|fra|frá|expéditeur|remitente|mittente|afzender|remetente|absender|nadawca|lähettäjä|saatja|feladó|kimden"
    "|gönderen|от|от кого|отправитель|від|від кого|από|αποστολέας|de la|expeditor|nuo|odesílatel|odosielateľ|šalje|pošiljatelj|差出人|送信者"
    "|发件人|寄件者|寄件人|发送人|보낸 사람|보낸사람|발신자|발신|từ|จาก|מאת|من|المرسل",
    "date": "sent|date|sent on|gesendet|datum|envoyée?|enviad[oa]|enviad[oa] el|enviad[oa] em|fecha|inviato|data|verzonden|skickat|sendt|sent den"
    "|dato|wysłano|wysłane|odesláno|odoslané|dátum|poslano|lähetetty|päivämäärä|päiväys|saadetud|kuupäev|elküldve|küldve|tarih|gönderme tarihi"
    "|gönderilme tarihi|gönderildi|gönderim|отправлено|дата|изпратено|надіслано|відправлено|στάλθηκε|ημερομηνία|εστάλη|trimis|trimis la|trimisă"
    "|dată|išsiųsta|nosūtīts|送信日時|送信日|日時|日付|发送时间|发送日期|日期|时间|寄件日期|傳送時間|傳送日期|보낸 날짜|보낸날짜|날짜|발송일"
    "|발신일|ngày|đã gửi|วันที่|ส่ง|נשלח|תאריך|بتاريخ|التاريخ|تم الإرسال|تاريخ الإرسال|تاريخ",
    "to": "to|an|à|a|para|per|aan|do|till|til|destinataires?|destinatario|destinatário|empfänger|komu|pro|adresát|vastaanottaja|kellele|címzett|kime"
    "|alıcı|кому|получатель|до|προς|παραλήπτης|către|catre|kam|prima|za|宛先|收件人|收件者|받는 사람|받는사람|수신자|수신|đến|ถึง|אל|إلى|الى",
    "subject": "subject|re|betreff|objet|asunto|oggetto|onderwerp|assunto|assumpte|ämne|emne|efni|temat|předmět|predmet|aihe|teema|tárgy|konu|тема"
    "|относно|θέμα|subiect|tema|件名|主题|主旨|主題|제목|chủ đề|เรื่อง|נושא|הנדון|الموضوع",
    "other": "cc|bcc|kopie|kopi|kopia|cci|cco|ccn|dw|kopio|tiedoksi|másolatot kap|másolat|bilgi|копия|копие|копія|κοιν\\.?|κοινοποίηση|抄送|副本"
    "|참조|עותק|نسخة|reply-to|antwort an|répondre à|importance|wichtigkeit|priority|attachments?|anlagen?|bijlagen?|pièces jointes|priorität",
}
_MARKS = r"[>\s\u200e\u200f*]{0,14}"
_NAMED = "|".join(f"(?P<{kind}>{words})" for kind, words in _LABELS.items())
_LABEL = re.compile(rf"^{_MARKS}(?:{_NAMED})\s?\*{{0,2}}\s?[:：]\*{{0,2}}(?P<value>.*)$", re.IGNORECASE)
_IN_LINE = re.compile(rf"(?:^|(?<=\s))\*{{0,2}}(?:{_NAMED})\s?\*{{0,2}}\s?[:：]", re.IGNORECASE)
_LONGEST_LINE = 1000
_LINES = 12  # that a block may run over
_NAME_END = re.compile(r"\s*(?:[<\[(|]|mailto:|via\b).*$", re.IGNORECASE)


@dataclass(frozen=True)
class Label:
    """One header line: what it says, and of what kind."""

    kind: Kind
    value: str


@dataclass(frozen=True)
class Block:
    """The header lines above an original: how many lines they take, and what the first of each kind says."""

    length: int
    values: dict[Kind, str]

    @property
    def writer(self) -> str | None:
        """Return the display name of who wrote the original, None where there is only an address."""
        name = _NAME_END.sub("", self.values.get("from", "")).strip(" \"'*") or None
        return None if name and "@" in name else name


def label(line: str) -> Label | None:
    """Read a line as a header line of a pasted mail. None where it is none."""
    found = _LABEL.match(line[:_LONGEST_LINE])
    if found is None:
        return None
    kind = next(kind for kind in _LABELS if found[kind] is not None)
    return Label(kind, found["value"].strip(" *\u200e\u200f"))


def block(lines: list[str], at: int) -> Block | None:
    """Read the header lines that begin at line `at`, in any order, or all on that one line. None where there are none.

    A contact form also writes From and Subject lines, but no date with them and a field for the message below.
    """
    first = label(lines[at])
    if first is None:
        return None
    found = _one_line(lines[at]) or _many_lines(lines, at, first)
    values = found.values
    is_whole = {"from", "date", "subject"} <= set(values) and ("to" in values or "@" in values["from"])
    return found if is_whole else None


def headed(lines: list[str], at: int) -> Block | None:
    """Read the header lines at the head of a mail that is known to be forwarded: a From line is enough. None where there are none."""
    first = label(lines[at]) if at < len(lines) else None
    if first is None:
        return None
    found = _one_line(lines[at]) or _many_lines(lines, at, first)
    return found if "from" in found.values or len(found.values) > 1 else None


def _many_lines(lines: list[str], at: int, first: Label) -> Block:
    values: dict[Kind, str] = {first.kind: first.value}
    length, misses = 1, 0
    open_kind: Kind | None = first.kind
    for place, line in enumerate(lines[at + 1 : at + _LINES], start=2):
        found = label(line)
        if found is not None:
            values.setdefault(found.kind, found.value)
            length, misses, open_kind = place, 0, found.kind
        elif line.strip("> \t*"):
            if open_kind and not values[open_kind]:
                values[open_kind] = line.strip("> \t*")  # the label on one line, what it says on the next
                length = place
                continue
            misses += 1  # a long list of recipients runs over several lines
            if misses > 2:
                break
        elif {"from", "date", "subject"} <= set(values):
            break
    return Block(length, values)


def _one_line(line: str) -> Block | None:
    """Read "From: … To: … Sent: … Subject: …" as Yahoo and some phones write it, on one line."""
    found = list(_IN_LINE.finditer(line[:_LONGEST_LINE]))
    kinds: list[Kind] = [next(kind for kind in _LABELS if one[kind] is not None) for one in found]
    if len({*kinds} - {"other"}) < 4:
        return None
    ends = [*(one.start() for one in found[1:]), len(line)]
    values: dict[Kind, str] = {}
    for kind, one, end in zip(kinds, found, ends, strict=True):
        values.setdefault(kind, line[one.end() : end].strip(" *"))
    return Block(1, values)
