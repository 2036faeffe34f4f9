"""Separates a writer's signature from what they want read."""

import re
import unicodedata

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
_NAME = r"[A-ZÀ-ÞŁŚŻ][\w'’.-]*+\s?"  # possessive: a line of capitals can be cut into names in very many ways
_NAMES = re.compile(rf"(?=(?:[^A-ZÀ-ÞŁŚŻ]*+[A-ZÀ-ÞŁŚŻ]){{2}})(?:{_NAME}){{1,4}}")
_SIGN_OFF = re.compile(rf"^[\W_]{{0,3}}(?i:{'|'.join(_SIGN_OFFS)})(?:[\s,;:.!–—-]{{1,4}}(?:{_NAME}){{1,4}})?[\s,;.!–—-]*$")
_SENT_FROM = re.compile(
    r"^[\W_]{0,3}(?:sent (?:from|via|with|using) (?:my |the |yahoo|outlook|mail|gmail|proton|samsung|an? )|sent from |get outlook for"
    r"|von meinem .{1,40} gesendet"
    r"|gesendet (?:von|mit)|envoyé (?:de|depuis|à partir)|enviado (?:desde|do|da|de|a partir)|inviato da|verzonden (?:vanaf|met|via)"
    r"|verstuurd vanaf|lähetetty |odesláno (?:z|pomocí)|odoslané z|elküldve |küldve a|.{0,30}(?:'d[ae]n|'tan|’d[ae]n|mdan|mden) gönderildi|отправлено (?:с|из)"
    r"|надіслано (?:з|із)|στάλθηκε από|trimis (?:de pe|din|cu)|saadetud minu|poslano s|išsiųsta iš|.{0,20}から送信|发自我的|從我的|发送自|나의 .{1,20}에서|.{0,20}에서 보냄"
    r"|נשלח מ|أرسل(?:ت)? من|hämta outlook|hent outlook|pobierz program outlook|scarica outlook|outlook voor|baixe o outlook"
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
_MOST_RULES = 20
_POSTSCRIPT = re.compile(r"p\.?\s?s\b", re.IGNORECASE)


def cut(lines: list[str], sender: str) -> tuple[list[str], list[str]]:
    """Split authored lines into (text, signature); whatever reads like a sentence stays text. `sender` is the display name."""
    lines = _without_armour(lines)
    lines, footer = _cut_at_rule(lines)
    text, block = _sign_off(lines, sender)
    tail = [line for line in text[-8:] if _SENT_FROM.match(line)]
    text = text[:-8] + [line for line in text[-8:] if line not in tail]
    if all(not line.strip() or _SIGN_OFF.match(line.strip()[:100]) for line in text):
        return lines, footer  # 'Thanks, Ana' is all that was written
    return text, [*block, *tail, *footer]


def _cut_at_rule(lines: list[str]) -> tuple[list[str], list[str]]:
    """Cut at the line that signatures begin with: '-- ', a dash, or a long rule as list servers draw it.

    Such lines part sections and lists as well: they do where there are several with sentences between them, where the writer leads to what
    follows, and where nothing but courtesies stands above and sentences below.
    """
    rules = [place for place, line in enumerate(lines) if _is_rule(line)]
    for at in rules[:_MOST_RULES]:
        below = lines[at + 1 :]
        if not any(line.strip() for line in lines[:at]) or _leads(lines, at):
            continue
        is_delimiter = lines[at] == "-- "
        if not is_delimiter and lines[at].strip() in {"--", "—"} and len(below) >= _LONGEST_SIGNATURE:
            continue
        said = _sentences(below[: 4 * _LONGEST_SIGNATURE])
        if said and (len(rules) > 1 or all(_is_courtesy(line) for line in lines[:at])):
            return lines, []
        kept = said if not is_delimiter else [line for line in below if _POSTSCRIPT.match(line.strip())]
        keeps = set(kept)
        return lines[:at] + (["", *kept] if kept else []), [line for line in lines[at:] if line not in keeps]
    return lines, []


def _is_rule(line: str) -> bool:
    stripped = line.strip()
    return line == "-- " or stripped in {"--", "—"} or (len(line) >= 30 and set(stripped) == {"_"})


def _leads(lines: list[str], at: int) -> bool:
    """Tell whether the last line above a rule ends with a colon: what follows is what it speaks of."""
    before = next((line for line in reversed(lines[max(0, at - 3) : at]) if line.strip()), "")
    return before.rstrip().endswith((":", "："))


def _is_courtesy(line: str) -> bool:
    return not line.strip() or (len(line.split()) < 7 and not line.rstrip().endswith("?"))


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
    named = _is_sender(block[0], sender) or bool(_NAMES.fullmatch(block[0].strip()))
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
