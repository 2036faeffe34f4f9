"""Recognises what a mail program writes by itself: that a mail was read, that it is called back, that an invitation is answered."""

import re

_LONGEST = 1000  # characters of such a notice
_READ_SUBJECT = re.compile(
    r"^\W*(?:read|not read|deleted|gelesen|ungelesen|gelöscht|lue?s?|non lue?s?|leído|le[ií]da|no leído|letto|non letto|gelezen|ongelezen|lid[ao]|não lid[ao])\s?:",
    re.IGNORECASE,
)
_READ = re.compile(
    r"\b(?:was (?:read|displayed|opened|deleted without being read)|has been (?:read|displayed|opened)|wurde .{0,80}(?:gelesen|angezeigt|gelöscht)|a été (?:lue?|affichée?|supprimée?)"
    r"|(?:fue|ha sido|se) (?:leíd[ao]|leyó|mostrad[ao])|è stat[ao] (?:lett[ao]|visualizzat[ao])|is (?:gelezen|geopend|weergegeven)|foi (?:lid[ao]|exibid[ao]|aberta))\b",
    re.IGNORECASE,
)
_MORE = re.compile(r"[.!?]\s+\w")  # a further sentence
_ITS_MESSAGE = re.compile(
    r"^\W*(?:your message|ihre nachricht|ihre e-?mail|votre message|(?:su|el) mensaje|il (?:suo |tuo )?messaggio|(?:uw|je) bericht|a (?:sua|tua) mensagem"
    r"|this is a (?:return )?receipt|(?:dies ist )?eine? (?:lese|empfangs)bestätigung)",
    re.IGNORECASE,
)
_RECALL_SUBJECT = re.compile(
    r"^\W*(?:recall|message recall (?:success|failure|report)|rückruf|rappel|recuperar|richiamo|richiama|intrekken|terughalen|anular|recolher)\s?:",
    re.IGNORECASE,
)
_RECALLED = re.compile(
    r"^.{0,120}\b(?:would like to recall the message|möchte die nachricht .{0,300}zurückrufen|(?:souhaite|souhaiterait|voudrait) rappeler le message"
    r"|(?:desea|quiere|quisiera) recuperar el mensaje|(?:desidera|vorrebbe) richiamare il messaggio|wil (?:het|dit) bericht .{0,300}(?:intrekken|terughalen)"
    r"|(?:gostaria de|deseja|quer) (?:anular|recolher|recuperar) a mensagem|your (?:attempt to recall|recall of) )[^\n]{0,300}$",
    re.IGNORECASE,
)
_ANSWERED = re.compile(
    r"^\W*(?:accepted|declined|tentative(?:ly accepted)?|new time proposed|zugesagt|zusage|abgelehnt|absage|mit vorbehalt(?: angenommen)?|vorläufig|akzeptiert"
    r"|accepté|refusé|provisoire|aceptad[ao]|aceptó|rechazad[ao]|provisional|accettat[ao]|rifiutat[ao]|provvisorio|geaccepteerd|geweigerd|afgewezen|onder voorbehoud"
    r"|voorlopig|aceite|aceito|recusad[ao]|provisório)\s?:",
    re.IGNORECASE,
)
_SAYS_SO = re.compile(
    r"^[^\n]{2,120}\b(?:has (?:tentatively )?(?:accepted|declined) (?:this|the|your) (?:invitation|event|meeting)|hat (?:diese |die |ihre )?(?:einladung|termin\w*|besprechung\w*) .{0,20}(?:angenommen|abgelehnt|zugesagt)"
    r"|a (?:accepté|refusé) (?:cette|l['’]|votre) ?invitation|ha (?:aceptado|rechazado) (?:esta|la|su) invitación|ha (?:accettato|rifiutato) (?:questo |il tuo |l['’])?invito|heeft (?:deze|de|uw) uitnodiging (?:geaccepteerd|afgewezen)"
    r"|(?:aceitou|recusou) (?:este|o|seu) convite)\W*$",
    re.IGNORECASE | re.MULTILINE,
)
_ENTRY = re.compile(r"^\W*(?:[\w /-]{2,20}:|this is an? automat|invitation from|diese nachricht)", re.IGNORECASE)  # when, where, who


def is_one(subject: str, text: str, media_types: frozenset[str]) -> bool:
    """Tell whether a mail is such a notice: its subject and the whole of its text say so. A word of the writer's own makes it none."""
    said = text.strip()
    if len(said) > _LONGEST:
        return False
    if _READ_SUBJECT.match(subject):
        read = _READ.search(said)
        return bool(_ITS_MESSAGE.match(said) and read and not _MORE.search(said, read.end()))
    if _RECALL_SUBJECT.match(subject):
        return bool(_RECALLED.match(said))
    if not _ANSWERED.match(subject):
        return False
    if media_types & {"text/calendar", "application/ics"} and not said:
        return True
    return bool(_SAYS_SO.match(said)) and all(_ENTRY.match(line) or line in subject for line in said.split("\n")[1:] if line.strip())
