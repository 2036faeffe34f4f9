"""Who speaks in a mail: its writer, those whose words the writer shows, a form that passes on a customer's words, or nobody."""

import re
from collections.abc import Mapping

from ingestion.mail import wishes
from ingestion.mail.message import Message
from service.text import patterns

HEAD = 3000  # characters in which a request would stand

_ONE = patterns.pattern(
    r"\b(?:I(?:'m|’m|'ve|’ve|'d|’d|'ll|’ll)?|my|mine|me|ich|meine?[nrms]?|mir|mich|j['’]|je|mon|yo|mis?|me|mío|io|mio|mia|miei|mie|ho|ik|mijn|mij|eu|meus?|minhas?)\b"
    r"(?!\s*(?:account|profile|orders|konto|compte|cuenta|area|conta|wardrobe)\b)"
)  # someone who speaks of themselves, in the letters' own case: no "i" of a list, no MIO of a form
_MANY = patterns.pattern(r"\b(?:we|our|us|wir|unsere?\w*|uns|nous|notre|nos|nosotros|nuestr\w+|noi|nostr\w+|wij|onze?|nós|noss\w+)\b", re.IGNORECASE)
_RELAYED = patterns.pattern(
    r"\b(?:contact ?form|web ?form|website (?:enquiry|inquiry|form|message)|(?:new|someone|has) (?:\w+ )?(?:enquiry|inquiry|submission|submitted|message from|request from|question from)|via (?:the|your) (?:website|form|contact)|sent (?:you )?a message"
    r"|(?:visitor|buyer|guest|customer|client|user|member|patient|tenant|caller|operator)s? (?:has |have )?(?:wrote|writes|written|asks|asked|says|said|sent|left|reports?|reported|note)|note (?:by|from)|message:"
    r"|has sent you|form submission|kontakt ?formular|anfrage (?:von|über)|nachricht von|hat (?:ihnen )?geschrieben|formulario de contacto|mensaje de|formulaire de contact|message de|modulo (?:di )?contatto|messaggio da|contact ?formulier|bericht van|formulário de contat\w+|mensagem de)",
    re.IGNORECASE,
)  # what relays say around the words of a customer
_FORM_FIELD = patterns.pattern(
    r"^[ \t*>]*(?:(?:first |last |full |your |customer |vor|nach|company )?name|e-?mail(?: address)?|phone|telephone|telefon\w*|nombre|correo\w*|teléfono|nom|prénom|courriel|téléphone|nome|cognome|naam|telefoon\w*|topic|reason"
    r"|subject|betreff|asunto|sujet|oggetto|onderwerp|assunto|message|nachricht|mensaje|mensagem|messaggio|bericht|comments?|enquiry|inquiry|question|frage|anliegen|description|beschreibung|order(?: number)?)[*]?[ \t]*[:=]",
    re.IGNORECASE | re.MULTILINE,
)
_REMARK = patterns.pattern(
    r"^[ \t*>]*(?:(?:customer |guest |user |your |free )?(?:comments?|remarks?|feedback|notes?)|reported by|requested by|requester|caller|kommentare?|bemerkung(?:en)?|anmerkung(?:en)?|gemeldet von|melder|commentaires?|remarques?|signalé par|comentarios?|observaciones|notificado por|commenti?|segnalato da|opmerking(?:en)?|gemeld door|comentários?|reportado por)[*]?[ \t]*:[ \t]*\S",
    re.IGNORECASE | re.MULTILINE,
)  # what only a person enters
_SHOWN = patterns.pattern(r"“[^“”]{8,1500}”|„[^„“”]{8,1500}[“”]|«[^«»]{8,1500}»|\"[^\"]{8,1500}\"")
_MARKED = patterns.pattern(r"^[ \t]*>.*(?:\n|$)", re.MULTILINE)


def own_words(text: str) -> str:
    """Return a text without what its writer shows of others: lines marked with '>' and passages between quotation marks."""
    return _SHOWN.sub(" ", _MARKED.sub("", text))


def shows(text: str) -> bool:
    """Tell whether a writer shows somebody else's words, as one does who tells of a mail."""
    return bool(_MARKED.search(text) or _SHOWN.search(text))


def speaks(text: str) -> bool:
    """Tell whether somebody speaks of themselves and wants something."""
    return bool((_ONE.search(text) or _MANY.search(text)) and wishes.asks(text))


def is_one_person(text: str) -> bool:
    """Tell whether a single person speaks of themselves."""
    return bool(_ONE.search(text))


def is_relayed(text: str) -> bool:
    """Tell whether a machine passes on what somebody wrote: it says so, or shows it between quotation marks."""
    return bool(_RELAYED.search(text) or _SHOWN.search(text))


def is_form(text: str) -> bool:
    """Tell whether a text is a web form that somebody filled in."""
    return len({found[0].strip(" \t*>:=").lower() for found in _FORM_FIELD.finditer(text)}) >= 2


def has_remark(text: str) -> bool:
    """Tell whether a machine's entries hold what somebody said."""
    return bool(_REMARK.search(text))


def signs(head: str, said: str) -> Mapping[str, float]:
    """Say who speaks in a mail, for a reader that weighs it."""
    people = {"one": is_one_person(head), "many": bool(_MANY.search(head)), "speaks": speaks(head)}
    return {**people, "form": is_form(head), "remark": has_remark(head), "relayed": is_relayed(said), "shows": shows(head)}


def told(message: Message) -> str:
    """Return what a mail says with its small print, to its first thousands of characters."""
    return "\n".join(
        (
            message.subject,
            message.text[:HEAD],
            message.text[-600:] if len(message.text) > HEAD else "",
            message.signature[:HEAD],
            message.hidden[:HEAD],
        )
    )
