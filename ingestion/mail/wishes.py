"""Words by which somebody asks or complains, in the languages that are read: what no machine's note about itself holds."""

import re

_ASKS = re.compile(
    r"\b(?:please (?!(?:do not |don['’]t )?(?:contact|call|phone|ring|write|e-?mail|reach|get in touch|turn to|refer|direct|forward|expect|note|allow"
    r"|be (?:aware|advised|patient|assured)|try again|see (?:our|the|below)|feel|bear|accept|excuse|reply|respond|disregard|ignore|visit|rest|remember|find))"
    r"|(?:can|could|would|will) you|i (?:need|want|would like|cannot|can['’]t|am unable|do not understand)|we (?:need|want|would like|cannot|can['’]t)|(?:i|we)['’]d like"
    r"|(?:has|have|did|does|do|is|are|was) (?:still )?not? |(?:hasn|haven|didn|doesn|don|isn|wasn|won)['’]t|no longer|still|never|nobody|stolen|broken"
    r"|missing|wrong|fail(?:s|ed)|refund\w*|cancel\w*|charged|twice|help me|(?:my|our) (?:order|invoice|account|subscription|booking|payout|payment|card"
    r"|money|reader|clients?|customers?|question|page|app|data)|but (?:my|our|nobody|i))\b"
    r"|\b(?:bitte (?!wenden|kontaktieren|rufen|schreiben|beachten|haben|senden sie|melden|nehmen|leiten|richten|um ihr verständnis|antworten sie nicht)"
    r"|können sie|könnten|kannst du|ich (?:brauche|möchte|benötige|kann nicht|will)|wir (?:brauchen|möchten|können nicht)|nicht mehr|funktioniert|fehlt"
    r"|falsch|kaputt|gestohlen|storn\w*|erstatt\w*|kündig\w*|doppelt|zweimal|abgebucht|immer noch|meine? (?:bestellung|rechnung|konto|karte|kunden))\b"
    r"|\b(?:merci (?:de\s|d['’])(?!contacter|vous adresser|vous rapprocher|votre (?:message|mail|courriel|e-mail|compréhension|patience)|noter|patienter"
    r"|avance)|pouvez-vous|pourriez|je (?:voudrais|souhaite|veux|ne peux|n['’]arrive)|nous (?:voudrions|souhaitons|ne pouvons)|ne (?:marche|fonctionne)"
    r"|rembours\w*|annul\w*|débité\w*|il manque|fausse?|erreur|cassée?|volée?|(?:ma|mon|notre) (?:commande|facture|compte|carte))\b"
    r"|\b(?:por favor (?!contacte|póngase|escriba|llame|diríjase)|puede[ns]? (?:ayudar|decir|enviar|cambiar|devolver)|podría[ns]?|necesit\w+|quisiera|quiero"
    r"|no (?:funciona|puedo|podemos|he recibido|ha llegado)|reembols\w*|devolu\w*|devolver|cancel\w*|cobrad\w*|falta|robad\w*|mi (?:pedido|factura|cuenta|tarjeta))\b"
    r"|\b(?:per favore (?!contatt\w*|scriv\w*|rivolg\w*)|pot(?:ete|reste)|può (?:aiut|dir|inviare)\w*|vorrei|vorremmo|ho bisogno|non (?:funziona|posso"
    r"|riesco|è arrivat\w*)|rimbors\w*|annull\w*|addebitat\w*|manca|rubat\w*|sbagliat\w*|(?:il )?mio (?:ordine|conto))\b"
    r"|\b(?:graag (?!contact|mailen)|kunt u|kunnen jullie|ik (?:wil|kan niet|heb .{0,20}nodig)|werkt niet|doet het niet|niet meer|terugbeta\w*|terugstort\w*"
    r"|annule\w*|opzeg\w*|afgeschreven|ontbreekt|gestolen|verkeerd|mijn (?:bestelling|rekening|factuur|account))\b"
    r"|\b(?:por favor (?!contacte|contate|escreva|ligue)|pode(?:m|ria)? (?:ajud|dizer|enviar|alterar)\w*|preciso|precisamos|gostaria|quero|não (?:funciona"
    r"|consigo|posso|recebi|chegou)|reembols\w*|devol\w*|cancel\w*|cobrad\w*|falta|roubad\w*|(?:o meu|a minha|meu|minha) (?:pedido|fatura|conta|cartão))\b",
    re.IGNORECASE,
)
_QUESTION = re.compile(r"[?？؟](?=[\s\"'”’)\]]|$)")


def asks(text: str) -> bool:
    """Tell whether a text wishes, complains or asks."""
    return bool(_QUESTION.search(text) or _ASKS.search(text))


def count(text: str) -> int:
    """Count the words of asking and the questions of a text."""
    return sum(1 for _ in _ASKS.finditer(text)) + len(_QUESTION.findall(text))
