"""Separates what the writer of an email authored from quoted history, forwarded originals and the signature."""

import re
import unicodedata
from dataclasses import dataclass

from mailparser_reply.constants import MAIL_LANGUAGES


@dataclass(frozen=True)
class Split:
    text: str
    signature: str = ""
    quoted: str = ""
    forwarded: str = ""


_LABELS = {
    "from": "from|von|de|da|van|od|från|fra|expéditeur|remitente|mittente|afzender|remetente|absender",
    "date": "sent|date|gesendet|datum|envoyé|envoyée|enviado|enviado el|enviada|enviada em|enviado em|fecha|inviato|data|verzonden"
    "|skickat|sendt|wysłano|dato|sent on",
    "to": "to|an|à|a|para|per|aan|do|till|til|destinataire|destinatario|destinatário",
    "subject": "subject|betreff|objet|asunto|oggetto|onderwerp|assunto|ämne|emne|temat",
    "other": "cc|bcc|kopie|cci|cco|ccn|dw|kopia|kopi|reply-to|antwort an|répondre à|importance|wichtigkeit|priority|attachments|anlagen",
}
_LABEL = re.compile(
    r"^[>\s]{0,12}\*{0,2}(?:" + "|".join(f"(?P<{kind}>{words})" for kind, words in _LABELS.items()) + r")\s?\*{0,2}\s?:", re.IGNORECASE
)
_RULES = r"^[>\s]{0,12}\*{0,2}(?:[-_=*~]{2,60}|—{1,20})\s{0,3}(?:%s)\b.{0,80}$"
_ORIGINAL = re.compile(
    _RULES % "original message|ursprüngliche nachricht|original-?nachricht|original-?mail|message (?:d['’]origine|original|initial)"
    "|mensaje original|messaggio originale|messaggio d'origine|oorspronkelijk(?: bericht|e bericht)|mensagem original"
    "|original appointment|ursprungligt meddelande|oprindelig meddelelse|oryginalna wiadomość",
    re.IGNORECASE,
)
_FORWARD = re.compile(
    _RULES % "forwarded (?:message|by)|weitergeleitete (?:nachricht|mail)|(?:message|courriel) (?:transféré|transmis|réexpédié)"
    "|mensaje reenviado|messaggio inoltrato|doorgestuurd bericht|mensagem (?:re)?encaminhada|start of forwarded",
    re.IGNORECASE,
)
_FORWARD_LINE = re.compile(
    r"^[>\s]{0,12}(?:begin forwarded message|anfang der weitergeleiteten (?:nachricht|e-mail)|début du (?:message|courriel) (?:transféré"
    r"|réexpédié)|inicio del mensaje reenviado|inizio (?:del )?messaggio inoltrato|begin doorgestuurd bericht"
    r"|início da mensagem (?:re)?encaminhada)\s{0,3}:?\s*$",
    re.IGNORECASE,
)
_REPLY_ABOVE = re.compile(
    r"^[>\s]{0,12}(?:##-.{1,200}-##|[-=_*#\s]{0,60}(?:please )?(?:reply|type your reply|write|respond) above this line\b.{0,80}"
    r"|[-=_*#\s]{0,60}bitte antworten sie oberhalb dieser zeile\b.{0,80})$",
    re.IGNORECASE,
)
_UNDERSCORES = re.compile(r"^\s{0,8}[_-]{10,200}\s*$")
_FORWARD_SUBJECT = re.compile(r"^\s*\[?\s*(?:fwd?|fw|wg|tr|rv|i|enc|doorst|vs|vb|vl|pd)\s?:", re.IGNORECASE)
_REPLY_SUBJECT = re.compile(r"^\s*\[?\s*(?:re|aw|sv|antw|ref|r|odp|res|ynt)\s?(?:\[\d+\])?\s?:", re.IGNORECASE)

_STARTER = re.compile(r"^(?:on|am|le|el|il|op|em|no|den|a|dnia|w dniu|dne|på)\b", re.IGNORECASE)
_ATTRIBUTION = re.compile(
    r"^.{2,300}?\b(?:(?<!\bI )(?<!\bwe )(?<!\byou )(?:wrote|writes)(?: the following)?\s?:$"
    r"|(?:schrieb|geschrieben|a écrit|escribió|ha scritto|schreef|geschreven|escreveu|skrev|napisał)\b"
    r"(?!\s+(?:ich|wir|ik|we|sie|ihr)\b)[^:]{0,150}:$)",
    re.IGNORECASE,
)
_OLD_GMAIL = re.compile(r"^\d{4}[-/]\d\d?[-/]\d\d?\D.{0,150}<[^<>\s]{3,120}>\s?:?$")
_WHEN = re.compile(r"\d{1,2}[:.h]\d{2}|\b(?:19|20)\d\d\b|\S@\S|\d{1,2}[./-]\d{1,2}[./-]\d{2}")
# Languages we have no table for: the library's own patterns, one bounded line at a time. Its whole-message patterns backtrack
# over the rest of the mail and take hyphen lists for signatures, so they are not used.
_BORROWED = [re.compile(str(MAIL_LANGUAGES[language]["wrote_header"]), re.IGNORECASE) for language in ("cs", "da", "ja", "ko", "pl", "sv", "zh")]
_LONGEST_ATTRIBUTION = 400


def split(body: str, subject: str = "", sender: str = "") -> Split:
    """Split the text of a mail; `sender` is the display name, which helps to know a signature. Linear in the length of `body`."""
    lines = body.split("\n")
    quote_marks = sum(line.lstrip().startswith(">") for line in lines)
    authored: list[str] = []
    quoted: list[str] = []
    forwarded: list[str] = []
    at = 0
    while at < len(lines):
        rest = _rest_of_mail(lines, at, subject, any(line.strip() for line in authored))
        if rest is not None:
            (forwarded if rest == "forwarded" else quoted).extend(lines[at:])
            break
        length = _attribution(lines, at)
        follower = _next_text(lines, at + length)
        if length and follower.lstrip().startswith(">"):
            quoted.extend(lines[at : at + length])
            at += length
        elif length and follower and any(line.strip() for line in authored):
            quoted.extend(lines[at:])
            break
        else:
            is_quote = lines[at].lstrip().startswith(">") and (quote_marks > 1 or bool(quoted) or bool(_REPLY_SUBJECT.match(subject)))
            (quoted if is_quote else authored).append(lines[at])
            at += 1
    text, signature = _unsign(authored, sender)
    return Split(_join(text), _join(signature), _join(quoted), _join(forwarded))


def _rest_of_mail(lines: list[str], at: int, subject: str, has_note: bool) -> str | None:
    """Say what everything from line `at` on is: 'quoted', 'forwarded', or None when it is not the start of another mail."""
    line = lines[at]
    if not line.strip():
        return None
    if _FORWARD.match(line) or _FORWARD_LINE.match(line):
        return "forwarded"
    if _REPLY_ABOVE.match(line):
        return "quoted" if has_note else None
    starts_at = at
    is_rule = bool(_ORIGINAL.match(line))
    if _UNDERSCORES.match(line):
        starts_at = next((number for number in range(at + 1, min(at + 4, len(lines))) if lines[number].strip()), at)
    if not is_rule and not _is_header_block(lines, starts_at):
        return None
    if _FORWARD_SUBJECT.match(subject) or (not has_note and not _REPLY_SUBJECT.match(subject)):
        return "forwarded"
    return "quoted"


def _is_header_block(lines: list[str], at: int) -> bool:
    """Recognise From/Sent/To/Subject as Outlook pastes them above an original, in the languages of `_LABELS`.

    A contact form also writes From and Subject lines, but no date with them and a field for the message below.
    """
    first = _LABEL.match(lines[at])
    if first is None or first.lastgroup != "from":
        return False
    kinds = {"from"}
    misses = 0
    for line in lines[at + 1 : at + 12]:
        label = _LABEL.match(line)
        if label is not None and label.lastgroup:
            kinds.add(label.lastgroup)
            misses = 0
        elif line.strip("> \t"):
            misses += 1  # a long list of recipients runs over several lines
            if misses > 2:
                break
    return {"subject", "date"} <= kinds and ("to" in kinds or "@" in lines[at])


def _attribution(lines: list[str], at: int) -> int:
    """Count the lines of an 'On ... X wrote:' that starts at `at`, 0 when there is none."""
    if lines[at].lstrip().startswith(">"):
        return 0
    joined = ""
    for length, line in enumerate(lines[at : at + 4], start=1):
        if not line.strip() or len(joined) + len(line) > _LONGEST_ATTRIBUTION:
            return 0
        if length == 2 and not _STARTER.match(joined) and "@" not in joined:
            return 0
        joined = f"{joined} {line.strip()}".strip()
        if joined.endswith((":", "：", ">")) and _WHEN.search(joined) and _is_attribution(joined):
            return length
        if length == 1 and line.rstrip().endswith((".", "!", "?")):
            return 0
    return 0


def _is_attribution(line: str) -> bool:
    if line.endswith(">"):
        return bool(_OLD_GMAIL.match(line))
    if _ATTRIBUTION.match(line) or _OLD_GMAIL.match(line):
        return True
    return len(line) <= 200 and any(pattern.match(line) for pattern in _BORROWED)


def _next_text(lines: list[str], at: int) -> str:
    return next((line for line in lines[at : at + 4] if line.strip()), "")


def _join(lines: list[str]) -> str:
    return "\n".join(lines).strip()


_SIGN_OFFS = (
    r"(?:with )?(?:my |many |best |kind(?:est)? |warm(?:est)? |friendly |all my )*(?:regards|wishes|thanks|greetings)"
    r"(?: in advance| again| so much| (?:and|&) (?:(?:best|kind|warm) )?regards)?"
    r"|thank you(?: in advance| very much| so much| again)?|best|cheers"
    r"|sincerely(?: yours)?|yours(?: sincerely| faithfully| truly)?|all the best|respectfully|rgds|br|thx|ta|take care",
    r"mit (?:freundlichen?|besten?|herzlichen?|lieben) gr(?:ü|ue)(?:ß|ss)en?|(?:(?:viele|beste|liebe|freundliche|herzliche|schöne) )?"
    r"gr(?:u|ü|ue)(?:ß|ss)e?|mfg|lg|vg|hochachtungsvoll|(?:vielen |besten |herzlichen )?dank(?: im voraus)?|danke(?: im voraus)?",
    r"(?:(?:bien|très) )?cordialement|(?:meilleures |sincères )?salutations(?: distinguées)?|bonne (?:journée|soirée|réception)"
    r"|merci(?: d['’]avance| beaucoup)?|bien à vous",
    r"(?:un |muchos |cordiales |atentos )*saludos?(?: cordial(?:es)?)?|(?:muchas )?gracias(?: de antemano)?|(?:muy )?atentamente|atte",
    r"(?:cordiali |distinti |tanti )?saluti|cordialmente|grazie(?: mille| in anticipo)?",
    r"(?:met )?(?:vriendelijke |hartelijke )?groet(?:en|jes)?|mvg|(?:alvast )?bedankt",
    r"(?:com os melhores )?cumprimentos|atenciosamente|att|(?:muito )?obrigad[oa]|abraços?",
    r"z poważaniem|pozdrawiam|mvh|med (?:venlig|vänliga?) (?:hilsen|hälsning(?:ar)?)|hilsen|s pozdravem",
)
_SIGN_OFF = re.compile(rf"^[\W_]{{0,3}}(?i:{'|'.join(_SIGN_OFFS)})(?:[\s,;:.!–—-]{{1,4}}(?:[A-ZÀ-ÞŁŚŻ][\w'’.-]*\s?){{1,4}})?[\s,;.!–—-]*$")
_SENT_FROM = re.compile(
    r"^[\W_]{0,3}(?:sent (?:from|via|with|using) (?:my |the |yahoo|outlook|mail|gmail|proton|samsung|an? )|sent from |get outlook for"
    r"|von meinem .{1,40} gesendet"
    r"|gesendet (?:von|mit)|envoyé (?:de|depuis|à partir)|enviado (?:desde|do|da|de|a partir)|inviato da|verzonden (?:vanaf|met|via)"
    r"|verstuurd vanaf"
    r"|obtener outlook|télécharger outlook|outlook für|skickat från|sendt fra|wysłane z).{0,80}$",
    re.IGNORECASE,
)
_BOILERPLATE = re.compile(
    r"confidential|privileged|intended (?:solely|only|recipient)|vertraulich|confidentiel|confidencial|riservat|vertrouwelijk"
    r"|before printing"
    r"|virus|handelsregister|geschäftsführer|registered (?:in|office)|disclaimer|unsubscribe|received this message because|mailing list",
    re.IGNORECASE,
)
_CONTACT = re.compile(r"\+?\d[\d\s()/.-]{6,}|\S@\S|www\.|https?://|\b(?:tel|phone|mobile?|mob|fax|tél|móvil|handy|cell)\b", re.IGNORECASE)
_REFERENCE = re.compile(
    r"\b(?:order|invoice|account|customer|ticket|case|serial|reference|ref|bestell\w*|rechnung\w*|kunden\w*|commande|facture|pedido"
    r"|factura|ordine|bestelling)"
    r"\b.{0,20}\d|#\d",
    re.IGNORECASE,
)
_COMPANY_END = re.compile(r"\b(?:inc|ltd|co|corp|jr|sr|s\.?l|s\.?a|s\.?p\.?a|s\.?r\.?l|b\.?v|e\.?v|st|str|dr|ph\.?d)\.$", re.IGNORECASE)
_LONGEST_SIGNATURE = 25


def _unsign(lines: list[str], sender: str) -> tuple[list[str], list[str]]:
    """Split authored lines into (text, signature); whatever reads like a sentence stays text."""
    lines = _without_armour(lines)
    footer: list[str] = []
    for at, line in enumerate(lines):
        is_delimiter = line == "-- " or (set(line.strip()) == {"_"} and len(line) >= 30)
        if is_delimiter or (line.strip() in {"--", "—"} and len(lines) - at <= _LONGEST_SIGNATURE):
            if not any(before.strip() for before in lines[:at]):
                continue
            kept = [] if is_delimiter else _sentences(lines[at + 1 :])
            kept += [tail for tail in lines[at:] if is_delimiter and re.match(r"p\.?\s?s\b", tail.strip(), re.IGNORECASE)]
            kept_set = set(kept)
            footer = [tail for tail in lines[at:] if tail not in kept_set]
            lines = lines[:at] + (["", *kept] if kept else [])
            break
    text, block = _sign_off(lines, sender)
    tail = [line for line in text[-8:] if _SENT_FROM.match(line)]
    text = text[:-8] + [line for line in text[-8:] if line not in tail]
    if all(not line.strip() or _SIGN_OFF.match(line.strip()[:100]) for line in text):
        return lines, footer  # 'Thanks, Ana' is all that was written
    return text, [*block, *tail, *footer]


def _sign_off(lines: list[str], sender: str) -> tuple[list[str], list[str]]:
    filled = [number for number, line in enumerate(lines) if line.strip()]
    for place in range(len(filled) - 1, max(0, len(filled) - _LONGEST_SIGNATURE), -1):
        at = filled[place]
        if len(lines[at]) > 90 or not _SIGN_OFF.match(lines[at].strip()):
            continue
        if place + 1 < len(filled) and _is_sentence(lines[filled[place + 1]], sender):
            continue
        while place > 1 and len(lines[filled[place - 1]]) <= 90 and _SIGN_OFF.match(lines[filled[place - 1]].strip()):
            place -= 1
        at = filled[place]
        kept = _sentences(lines[at + 1 :], sender)
        return lines[:at] + (["", *kept] if kept else []), [line for line in lines[at:] if line not in kept or not line.strip()]
    return _trailing_block(lines, filled, sender)


def _trailing_block(lines: list[str], filled: list[int], sender: str) -> tuple[list[str], list[str]]:
    """Find a last paragraph that is a name alone, or a name above contact details."""
    if len(filled) < 2:
        return lines, []
    if _is_sender(lines[filled[-1]], sender):
        return lines[: filled[-1]], lines[filled[-1] :]
    start = filled[-1]
    while start > 0 and lines[start - 1].strip():
        start -= 1
    block = lines[start:]
    named = _is_sender(block[0], sender) or bool(re.fullmatch(r"(?:[A-ZÀ-ÞŁŚŻ][\w'’.-]*\s?){2,4}", block[0].strip()))
    if start == 0 or not named or len(block) > 10 or not any(_CONTACT.search(line) for line in block[1:]):
        return lines, []
    return (lines, []) if _sentences(block, sender) else (lines[:start], block)


def _sentences(lines: list[str], sender: str = "") -> list[str]:
    """Pick the lines of a supposed signature that the writer wants read: sentences, what continues them, and references."""
    kept: list[str] = []
    within = False
    legal = False
    for line in lines:
        if not line.strip():
            within = legal = False
            continue
        legal = legal or bool(_BOILERPLATE.search(line))
        within = not legal and (within or _is_sentence(line, sender))
        if within or (not legal and _REFERENCE.search(line)):
            kept.append(line)
    return kept


def _is_sentence(line: str, sender: str = "") -> bool:
    line = line.strip()
    words = line.split()
    if len(words) < 2 or _SENT_FROM.match(line) or _SIGN_OFF.match(line) or _is_sender(line, sender):
        return False
    if "?" in line and "http" not in line:
        return True
    if _CONTACT.search(line) and len(words) < 9:
        return False
    is_finished = line[-1] in ".!" and len(words) > 2 and not _COMPANY_END.search(line)
    return len(words) > 9 or line[0].islower() or is_finished


def _is_sender(line: str, sender: str) -> bool:
    names, written = _words(sender), _words(line[:100])
    return bool(written) and len(written) <= 5 and (written <= names) and any(len(word) > 1 for word in written)


def _words(text: str) -> set[str]:
    folded = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return set(re.findall(r"\w+", folded))


def _without_armour(lines: list[str]) -> list[str]:
    if "-----BEGIN PGP SIGNED MESSAGE-----" not in lines:
        return lines
    start = lines.index("-----BEGIN PGP SIGNED MESSAGE-----")
    end = next((at for at, line in enumerate(lines) if line.startswith("-----BEGIN PGP SIGNATURE")), len(lines))
    return lines[:start] + [line for line in lines[start + 1 : end] if not re.match(r"Hash: \w+", line)]
