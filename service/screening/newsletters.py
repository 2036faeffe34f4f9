"""Proof that a mail is a newsletter: it says so, speaks to all its readers, and nobody speaks of themselves in it."""

import re
from collections.abc import Mapping

from ingestion.mail import wishes
from ingestion.mail.message import Message
from service.screening import notices, voices
from service.text import patterns

_MASS = patterns.pattern(
    r"\b(?:unsubscribe|opt[- ]?out|view (?:this|it|in|online)|in your browser|you (?:are receiving|received|get) this|(?:update|manage) (?:your )?preferences|no longer (?:wish|want)"
    r"|abbestellen|abmelden|newsletter|im browser|sie erhalten diese|désabonner|désinscri\w+|vous recevez ce|darse de baja|cancelar (?:la )?suscripci\w+|recibe este"
    r"|disiscriv\w+|annulla(?:re)? l['’]iscrizione|ricevi questa|afmelden|uitschrijven|je ontvangt dit|u ontvangt (?:dit|deze)|cancelar (?:a )?(?:inscrição|subscrição)|recebeu este)\b"
    r"|% off\b|\b(?:sale|offers?|deals?|angebote?|rabatt|soldes?|promo\w*|ofertas?|rebajas?|offerta|sconto|aanbieding|korting|desconto)\b",
    re.IGNORECASE,
)
_FOOTER = patterns.pattern(
    r"\b(?:you (?:are |have been |were )?(?:receiv\w+|get(?:ting)?|been sent|sent|subscribed)[^.\n]{0,60}(?:because|as a|since|via)|this (?:e-?mail|message|newsletter|mail) (?:was|is) sent to|you (?:are|'re) on (?:our|this|the) (?:mailing )?list"
    r"|this is (?:the|our|your) (?:\w+ ){0,3}(?:newsletter|bulletin|digest)|unsubscribe(?: here)?\s*(?:[:|(<\[]|at |https?)|(?:click|tap) (?:here )?to unsubscribe|to (?:unsubscribe|opt out)|(?:manage|update|change) (?:your )?(?:\w+ )?(?:preferences|subscriptions?)|reply stop"
    r"|sie (?:erhalten|bekommen|empfangen) (?:diese[ns]?|unseren|den) |(?:abmelden|abbestellen)\s*(?:[:|(<\[]|https?)|vom newsletter abmelden|newsletter abmelden"
    r"|vous recevez ce|lettre d['’]information|(?:se )?désinscri\w+|se désabonner|recib(?:e|es|ió) est\w+ |darse de baja|est[ea] (?:boletín|correo)|riceve?(?:i|te)? questa|disiscri\w+|annulla(?:re)? l['’]iscrizione"
    r"|(?:u|je) ontvangt (?:dit|deze)|(?:afmelden|uitschrijven)\s*(?:[:|(<\[]|kan|https?)|recebeu est[ea]|est[ea] (?:boletim|newsletter|informativo)|cancelar (?:a )?(?:inscrição|subscrição|assinatura))",
    re.IGNORECASE,
)
_NAMED = patterns.pattern(
    r"\b(?:news(?:letter|flash)?|bulletin|digest|round-?up|(?:this|next) (?:week|month)|week \d+|weekly|monthly|quarterly|what['’]s (?:new|on|up|brewing)|issue (?:no\.? ?)?\d+|no\. ?\d+|(?:spring|summer|autumn|winter|season)\b"
    r"|(?:jan|febr)uary|march|april|may|june|july|august|(?:septem|octo|novem|decem)ber|rundbrief|rundschreiben|neuigkeiten|mitteilungen|ausgabe|im (?:januar|februar|märz|april|mai|juni|juli|august|\w+ber)|la lettre|lettre|actualités|infolettre|boletín|noticias|novedades|notizie|novità"
    r"|nieuwsbrief|nieuws|notícias|novidades|boletim|informativo)\b",
    re.IGNORECASE,
)
_EVERYBODY = patterns.pattern(
    r"^\W*(?:(?:hello|hi|hey|dear|good (?:morning|afternoon|evening|day)),? (?:\w+ )?(?:all|everyone|everybody|team|colleagues|staff|friends|members|readers|customers|\w+ers|\w+ lovers|folks|neighbours|neighbors|parents|students|partners|subscribers)"
    r"|(?:liebe|hallo|sehr geehrte) (?:alle|leser\w*|leserinnen.{0,20}|kund(?:en|innen).{0,25}|mitglieder\w*|freund(?:e|innen).{0,25}|kolleg(?:en|innen).{0,25}|eltern|nachbarn|team|mitarbeitende\w*|mitarbeiter\w*|abonnent\w*|damen und herren)"
    r"|(?:chers|chères|bonjour (?:à )?tou\w+|bonjour à tous)(?: et chères)? ?\w*|(?:queridos|estimados|hola a tod\w+)(?: ?\w*){0,2}|(?:cari|gentili|care|ciao a tutt\w)(?: ?\w*){0,2}|(?:beste|hallo|dag) (?:allemaal|leden|lezers?|collega\w*|klanten|vrienden|ouders|iedereen)"
    r"|(?:car[oa]s|estimad[oa]s|olá a tod\w+)(?: ?\w*){0,2})[\s,:!.]*$",
    re.IGNORECASE | re.MULTILINE,
)
_SHORTEST = 25  # words of a newsletter
_PASSED_ON = patterns.pattern(r"^\W*(?:re|aw|antw|rif|r|res|fwd?|wg|tr|rv|doorst|enc|i)\s?:", re.IGNORECASE)


def advertises(text: str) -> int:
    """Count the different words of newsletters and offers in a text."""
    return len({found[0].lower() for found in _MASS.finditer(text)})


def is_one(message: Message) -> bool:
    """Tell whether a mail without the headers of one is a newsletter: its small print or its subject says so, and it speaks to all its readers."""
    head = message.text[: voices.HEAD]
    if _PASSED_ON.match(message.subject) or voices.is_form(head) or voices.is_relayed(message.subject):
        return False
    said = voices.told(message)
    marks = bool(_FOOTER.search(said)) + bool(_NAMED.search(message.subject)) + bool(_EVERYBODY.search(head[:300])) + (advertises(said) >= 2)
    if len(head.split()) < _SHORTEST or not (marks >= 3 or notices.is_nobodys(message)):
        return False  # who tells that a link of a newsletter is dead shows its small print too
    return marks >= 2 and bool(_FOOTER.search(said)) and not is_of_one_reader(head)


def is_campaign(message: Message) -> bool:
    """Tell whether a mail with a campaign's headers reads like one. List managers put such headers on the mail of people too."""
    head = message.text[: voices.HEAD]
    said = voices.told(message)
    if voices.is_form(head) and wishes.asks(head):
        return False
    if _FOOTER.search(said):
        return not is_of_one_reader(head) or advertises(said) >= 4
    words = advertises(said)
    return not voices.is_one_person(head) and (words >= 2 or (words == 1 and (notices.is_nobodys(message) or len(head.split()) >= _SHORTEST)))


def is_of_one_reader(head: str) -> bool:
    """Tell whether a single person speaks of themselves in a text, and wants something."""
    return voices.is_one_person(voices.own_words(head)) and wishes.asks(head)


def signs(text: str) -> Mapping[str, float]:
    """Say which signs of a newsletter are in a text, for a reader that weighs them."""
    return {"mass": min(advertises(text), 4) / 4, "footer": bool(_FOOTER.search(text)), "to everybody": bool(_EVERYBODY.search(text[:300]))}
