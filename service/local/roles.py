"""What people are, told from what they are called: the role, office or degree after a name's comma."""

import re

from service.text import patterns

_ROLE = patterns.pattern(
    r"\b(?:(?:head|vice|deputy|assistant)?-?(?:teacher|master|mistress|president|chair(?:man|woman|person)?)|principal|bursar|secretary|treasurer|warden|caretaker|nurse|matron|midwife|surgeon"
    r"|consultant|registrar|librarian|engineer|technician|accountant|bookkeeper|buyer|foreman|supervisor|planner|dispatcher|controller|translator|interpreter|lecturer|trainer|coach|organi[sz]er"
    r"|administrator|analyst|architect|developer|editor|executive|intern|trustee|volunteer|tenant|landlord|proprietor|chef|captain|vicar|curator|solicitor|operations|logistics|procurement"
    r"|\w+leiter(?:in)?|\w*leitung|geschäftsführ\w+|inhaber(?:in)?|vorstand|vorsitzende[rn]?|kassier\w*|hausmeister(?:in)?|lehrer(?:in)?|sekretariat|\w*einkauf|\w*vertrieb|prokurist(?:in)?"
    r"|sachbearbeiter(?:in)?|direct(?:eur|rice)|gérante?|comptable|responsable|secrétaire|présidente?|trésori(?:er|ère)|infirmi(?:er|ère)|professeure?|gerente|directora?|jef[ae]|encargad[oa]"
    r"|contable|tesorer[oa]|secretari[oa]|presidente|profesora?|titolare|direttore|direttrice|segretari[oa]|contabile|tesoriere|penningmeester|voorzitter|secretaris|directeur|eigenaar|leraar"
    r"|beheerder|gestora?|tesoureir[oa]|professora?|phd|md|mba|esq|jr|sr)\b",
    re.IGNORECASE,
)
_INITIALS = patterns.pattern(r"\b(?:[A-Z]{2}\w*|[A-Z][a-z]+[A-Z]\w*)\b")  # SENCo, CFO, BEng: the letters of an office or a degree
_WITHIN = patterns.pattern(r"(?:Mac|Mc|De|La|Le|Di|Du|Van|Fitz|Jo|Mary|Anne?)[A-Z][a-z]+")  # a name with a capital within: McKay, DeShawn, JoAnn


def is_role(words: str, before: str) -> bool:
    """Tell whether the words after a comma say what somebody is. `before` stands before the comma: all in capitals, letters tell nothing."""
    if _ROLE.search(words) or (words[:1].islower() and not before.islower()):
        return True
    return not before.isupper() and any(not _WITHIN.fullmatch(found) for found in _INITIALS.findall(words))
