"""Proof that a mail is spam or advertising: it names its wares or its trick, offers them, and nothing in it is a customer's."""

import re
from collections.abc import Mapping

from service.screening import newsletters, voices
from service.text import patterns

_PITCH = patterns.pattern(
    r"\b(?:seo|backlinks?|link[- ]?building|dofollow|guest post\w*|sponsored (?:post|article|content)\w*|domain authority|(?:first|top) (?:page|rank\w*)|page (?:1|one)|free (?:audit|quote|sample|trial|demo|consultation|analysis)|samples? (?:is|are) free|web(?:site)? (?:design|redesign)|errors that keep"
    r"|(?:best|factory|wholesale|competitive) price|very competitive|moq|(?:leading|professional) (?:factory|manufacturer|supplier)|catalogue|price list|leads?|lead generation|increase (?:your )?(?:sales|traffic|revenue)|boost your|grow your|save up to|schedule a (?:call|demo)|book a (?:call|demo)|quick (?:call|chat)|15[- ]minutes?|\d\d?[- ]min(?:ute)?s? (?:chat|call)|pre-screened|staffing|outsourc\w+"
    r"|(?:our|the|your) (?:web ?site'?s?|site) (?:is losing|does not rank|is not (?:on|visible))|keywords?|rank(?:s|ing|ings)?|traffic|page[- ]one|(?:on the )?top of (?:google|the search)|affordable|packages? start\w*|proposal|business owner|decision[- ]maker|the right person|teams like yours|(?:businesses|companies|firms|shops|schools|installers|practices) like (?:yours|you)"
    r"|floating this|top of your inbox|following up on my (?:last|previous)|did you see my (?:last|previous)|last (?:e-?mail|note|message)\b.{0,40}\b(?:slipped|buried|missed)|stop pestering|to your success|account executive|growth (?:\w+ )?(?:hacker|ninja|strategist|partners?|specialist|manager)|(?:limited|two|few|couple of) slots|slots (?:left|open)|act fast|reply yes|answer .{0,3}yes|guaranteed|or you don['’]t pay|money-back"
    r"|injection mou?lds?\w*|factory|your (?:early|kind|prompt) reply|drawings|for a quotation|oem|iso certified|registry of|extended entry|annual fee|free of charge|insert(?:ed|ion)|sample box|at no cost|here['’]s my calendar|next of kin|inheritance|beneficiary|late (?:dr|mr|client|husband)\b|barrister|risk[- ]free|million (?:dollars|usd|euros?|pounds)|(?:usd|\$|€|£) ?\d+(?:[.,]\d+)? ?(?:m|million)|lottery|you (?:have )?won|prize|claim your|bitcoin|crypto\w*|investment opportunity|forex|loan offer|casino|viagra|utmost (?:secrecy|confidence)"
    r"|(?:verify|confirm|validate|update) your (?:mailbox|account|password|e-?mail)|mailbox (?:is|will be|has|quota)|storage (?:is |limit)?(?:almost )?(?:full)?|account (?:will be|has been) (?:suspended|closed|deactivated)"
    r"|betriebe (?:ihrer|wie)|unternehmen (?:ihrer|wie)|ihrer branche|(?:kosten|ausgaben) (?:\S+ ){0,5}(?:senken|sparen)|bis zu \d+ ?%|kurzes (?:telefonat|gespräch)|wann passt|seite (?:1|eins)|sofortkredit|kredit(?:e|angebot)?|% zinsen|ohne schufa|kostenlos(?:e[snr]?)? (?:\w+ )?(?:analyse|angebot|beratung|erstgespräch|test\w*|demo)|unverbindlich\w*|suchmaschinen\w*|erbschaft|gewonnen|nachlass|sichern sie sich|jetzt (?:sichern|bestellen|anmelden)|neukunden|mehr kunden"
    r"|entreprises comme la vôtre|première page|référencement|(?:audit|devis|essai|diagnostic)\b.{0,20}gratuit\w*|gratuit et sans engagement|sans engagement|(?:génération de )?leads?|nouveaux clients|clients qualifiés|échange de \d+ minutes|rendez-vous qualifiés|héritage|vous avez gagné|prêt (?:personnel|rapide)"
    r"|empresas como la suya|primera página|aziende come la vostra|campagne mirate|agenzia di (?:web )?marketing|prima pagina|bedrijven zoals|empresas como a sua|posicionamiento|(?:prueba|auditoría|consulta|demo) gratuit\w+|\d+ ?% de descuento|sin compromiso|demostración|nuevos clientes|herencia|ha ganado|préstamo\w*|posizionamento|(?:preventivo|prova|consulenza|analisi) gratuit\w+|senza impegno|nuovi clienti|eredità|hai vinto|prestito"
    r"|vindbaarheid|gratis (?:analyse|offerte|proef\w*|demo|adviesgesprek|análise|teste|consulta)|vrijblijvend\w*|nieuwe klanten|erfenis|gewonnen prijs|lening|sem compromisso|novos clientes|orçamento grátis|herança|ganhou|empréstimo)\b",
    re.IGNORECASE,
)
_OFFERS = patterns.pattern(
    r"\b(?:we (?:can|could|have|will)? ?(?:put|get|bring|brought|rank|boost|compare|triple|clean|make sure|got)|we at \w+|our (?:factory|agency|studio|firm|company) (?:speciali[sz]es|offers|provides|produces|manufactures|is a)|(?:shall|may) i (?:send|call|show)|i could imagine putting together|(?:i|we) (?:wrote|reached out|emailed) (?:to )?you (?:last|earlier|before)|(?:worth|up for|open to) a (?:quick |short )?(?:\S+ )?(?:chat|call|look)|in order to have your company"
    r"|we (?:offer|provide|specialise|specialize|help(?:ed)?|have helped|place|supply|manufacture|produce|pay|build|design|work with|are (?:a|an|the) (?:\w+ ){0,3}(?:factory|manufacturer|supplier|agency|company|team|studio|provider))|i (?:was (?:looking at|browsing|on|going through)|came across|noticed|visited|found) (?:that )?(?:your|[\w-]+\.[\w.-]+)|our (?:clients|customers) (?:save|see|get|increase)|(?:can|may|could|shall) i (?:send|show|share|call|offer)|do you accept"
    r"|wir (?:vergleichen|optimieren|senken|bringen|bieten|helfen|unterstützen|liefern|produzieren|vermitteln|sind (?:ein|eine|der|die) \w+)|(?:antworten|melden) sie (?:sich )?(?:noch )?heute|nous (?:offrons|proposons|aidons|accompagnons|fabriquons|sommes une? )|je me permets de vous contacter|seriez-vous disponible"
    r"|(?:ofrecemos|ayudamos|fabricamos|somos una? )|soy \w+, de|¿le (?:va bien|interesa)|me pongo en contacto|(?:possiamo|potremmo) offrir\w+|lavoro per un['’]|(?:offriamo|aiutiamo|proponiamo|produciamo|siamo un)|mi permetto di|(?:wij|we) (?:bieden|helpen|leveren|zijn een)|(?:oferecemos|ajudamos|fabricamos|somos uma? ))",
    re.IGNORECASE,
)
_TRICK = patterns.pattern(
    r"\b(?:next of kin|inheritance|beneficiary|barrister|million (?:dollars|usd|euros?|pounds)|lottery|you (?:have )?won|(?:verify|confirm|validate|update) your (?:mailbox|account|password|e-?mail)|mailbox (?:is|will be|has|quota)|storage|account (?:will be|has been) (?:suspended|closed|deactivated)|gewonnen|erbschaft|héritage|vous avez gagné|herencia|ha ganado|eredità|hai vinto|erfenis|herança|ganhou)\b",
    re.IGNORECASE,
)
# A customer's words: what they have, had or need of us. "Your website", "your company" are an advertiser's as well.
_CUSTOMERS = patterns.pattern(
    r"\b(?:(?:my|our) (?:order|invoice|account|subscription|booking|contract|delivery|parcel|ticket|appointment|policy|licen[cs]e|refund|payment|deposit|card|phone|tenant|shop|pages?|orders)|your (?:price list|invoice|order|delivery|newsletter|app|shop|store|counter|desk|driver|technician|support|product|manual|update|server|offer|offers|course|terms|staff)\b"
    r"|(?:i|we) (?:need|require|want|are looking for|look for|would like|resell|sell your|bought|buy|ordered|order|subscribed|rent(?:ed)?|booked|paid|was (?:billed|charged)|were (?:billed|charged)|was told|signed up|returned|received|am a (?:customer|member|tenant)|are (?:customers|members|tenants))|(?:charged|billed) (?:me|us|twice)|\bfor us\b|\byou (?:did|made|sent|sold|promised|delivered|built|installed|moved|charged|told)\b|your (?:agency|plan)\b|(?:on|with|in|of) your (?:platform|system|portal|service|server|app|programme|program)\b"
    r"|(?:ich|wir) (?:brauche|benötige|suche|möchte|habe|haben|hatte|bestell|kaufte|bin kund|sind kund)\w*|(?:meine?|unsere?)[nrms]? (?:bestellung|rechnung|konto|vertrag|termin|lieferung|karte|abo\w*)|(?:mon|ma|mes|notre|nos) (?:commande|facture|compte|contrat|abonnement|rendez-vous|colis|carte)|j['’]ai (?:commandé|acheté|reçu|payé|souscrit)|nous (?:cherchons|avons besoin|avons (?:commandé|reçu|payé))"
    r"|(?:mi|mis|nuestr\w+) (?:pedido|factura|cuenta|contrato|reserva|tarjeta)|(?:he|hemos) (?:comprado|pedido|recibido|pagado)|necesit(?:o|amos)|(?:il mio|la mia|il nostro|la nostra) (?:ordine|fattura|conto|contratto|prenotazione)|(?:ho|abbiamo) (?:ordinato|comprato|ricevuto|pagato|bisogno)|(?:mijn|onze?) (?:bestelling|factuur|rekening|contract|abonnement|afspraak)|(?:ik|wij) heb(?:ben)? "
    r"|(?:o meu|a minha|meu|minha|nosso|nossa) (?:pedido|encomenda|fatura|conta|contrato|reserva)|(?:comprei|encomendei|recebi|paguei|preciso|precisamos))",
    re.IGNORECASE,
)
# When something happened to somebody: a customer's words as well, but who pesters counts the weeks too.
_WHEN = patterns.pattern(
    r"\b(?:since (?:you|your|the|\w+day|yesterday|noon|this)\b|yesterday|overnight|last (?:night|week|month)|this (?:morning|afternoon)"
    r"|gestern|seit (?:heute|gestern|\w+tag|der|dem)|heute (?:früh|morgen)|hier (?:soir|matin)|depuis (?:hier|ce|la|le)|ayer|desde (?:ayer|hoy|el|la)|anoche|ieri|da (?:ieri|stamattina)|gisteren|sinds (?:gisteren|vandaag|de)|vanochtend|ontem|desde (?:ontem|hoje|a|o)\b"
    r")\b",
    re.IGNORECASE,
)
# Whoever answers a trick tells what they did on its page, in the trick's own words.
_FELL_FOR_IT = patterns.pattern(
    r"\b(?:i|we|he|she|my \w+)(?:['’]ve| have| has)? (?:just |already |then |also )?(?:clicked|opened|entered|typed|filled|gave|put in|logged|signed|replied|confirmed|downloaded|got|received)\b"
    r"|\b(?:filled|typed|put|entered|gave) (?:in |them )?my (?:login|password|code|details|pin|card)|\bis (?:this|it) (?:really |actually )?(?:you|from you|genuine|real|legit\w*|safe|a scam|phishing)\b"
    r"|\b(?:isn['’]t|not) from you\b|\bdo i need to do\b|\bich habe (?:geklickt|eingegeben|draufgeklickt)|\bj['’]ai (?:cliqué|saisi|donné|ouvert)|\bhe (?:pinchado|hecho clic|introducido)|\bho (?:cliccato|inserito)",
    re.IGNORECASE,
)
# The two tricks that everybody is sent: an account that will be closed, and money of the dead. Each of its marks alone is an honest word.
_PHISHING = (
    patterns.pattern(r"^\W*(?:dear|hello|hi|attention|attn|sehr geehrter?|lieber|cher|estimado|gentile|beste|prezado),? ?(?:valued |esteemed )?(?:e-?mail |mailbox |account |bank |web ?mail )?(?:user|customer|client|merchant|partner|member|account ?holder|owner|subscriber|kunde|nutzer|benutzer|client|utilisateur|cliente|usuario|utente|klant|gebruiker|utilizador)\b", re.IGNORECASE | re.MULTILINE),
    patterns.pattern(r"\b(?:suspend\w*|suspension|overdue|frozen|deactivated|terminat\w+|on hold|will be (?:closed|deleted|blocked|lost)|expir\w+|\d\d ?% (?:full|of)|storage limit|unusual (?:activity|sign-?in)|unauthori[sz]ed|could not be (?:delivered|processed|signed|completed)|has not been paid|no longer valid|gesperrt|eingeschränkt|läuft ab|suspendu|bloqué|bloquead[ao]|suspendid[ao]|sospes[ao]|bloccat[ao]|geblokkeerd|opgeschort|suspens[ao])\b", re.IGNORECASE),
    patterns.pattern(r"\b(?:(?:verify|confirm|validate|update|re-?activate|pay|unlock|restore|keep) (?:\S+ ){0,4}(?:account|identity|password|mail(?:box)?|details?|fee|card|messages|information|data)|pay (?:within|using|now|at once)|(?:using|use|through) the (?:secure )?link|click (?:here|the link|below)|(?:bestätigen|aktualisieren|verifizieren) sie|(?:confirmez|vérifiez|mettez à jour)|(?:confirme|verifique|actualice|atualize)|(?:confermi|verifichi|aggiorni)|(?:bevestig|verifieer))\b", re.IGNORECASE),
    patterns.pattern(r"https?://|\bwww\.|\.example/|\b(?:within|next|in) (?:the next )?\d+ (?:hours|hrs|h|days)|\b(?:innerhalb|binnen) (?:von )?\d+|\bsous \d+ ?h|\ben (?:las próximas )?\d+ horas|\bentro \d+ ore|\bwith your card\b|\bimmediately\b|\bsofort\b", re.IGNORECASE),
)  # fmt: skip
_PAGE = re.compile(r"https?://\S")
_BEQUEST = (
    patterns.pattern(r"\b(?:barrister|attorney|widow|solicitor|late (?:client|husband|father|mr|dr|oil|guest)|next of kin|diplomat|banker)\b|\b(?:rechtsanwalt|witwe|avocat|veuve|abogado|viuda|avvocato|vedova|advocaat|weduwe|advogado|viúva)\b", re.IGNORECASE),
    patterns.pattern(r"\b(?:\d+(?:[.,]\d+)? ?(?:m|million|millionen|millones|milioni|miljoen|milhões)\b|(?:usd|us\$|\$|€|£) ?\d[\d.,]{5,})", re.IGNORECASE),
    patterns.pattern(r"\b(?:confiden\w+|secrecy|\d\d? ?%|orphans|donat\w+|beneficiary|vertraulich|confidentiel\w*|geheim|orphelins|huérfanos|beloved|dearest)\b", re.IGNORECASE),
    patterns.pattern(r"\b(?:your (?:full )?(?:names?|cooperation|bank\w*|assistance|telephone|phone|address)|through you|you (?:will )?keep|is yours|bankverbindung|ihre (?:volle )?(?:mithilfe|kontodaten)|vos coordonnées|sus datos|i suoi dati|uw gegevens|seus dados)\b", re.IGNORECASE),
)  # fmt: skip
_OUR_CLIENT = patterns.pattern(
    r"\b(?:your (?:client|customer|member|insured|account ?holder)|with you\b|ihr kunde|votre client|su cliente|vostro cliente|uw klant|vosso cliente)",
    re.IGNORECASE,
)
_SHORTEST = 12  # words
_SURE, _LIKELY, _ASKS, _PITCHES = 0.9, 0.5, 0.3, 3  # measured on the open cases: no request reaches them
_PROVEN, _BEYOND_DOUBT = 3, 5  # kinds of words of a pitch that need no model's opinion, beside an offer; that outweigh when something happened


def is_advertising(text: str, likely: float, asks: float) -> bool:
    """Tell whether a text is spam or advertising beyond doubt: it names its wares or its trick, and reads like it.

    `likely` is how surely its clearest sentence advertises, `asks` how surely one reports something that must be seen to. Only the writer's own
    words count: who shows a trick to us, marked or between quotation marks, is its victim.
    """
    own = voices.own_words(text[: voices.HEAD])
    if len(own.split()) < _SHORTEST or asks >= _ASKS or _is_customers(own):
        return False
    pitches = _pitches(own) + bool(newsletters.advertises(own))
    return likely >= _SURE or (likely >= _LIKELY and pitches >= 1) or pitches >= _PITCHES


def is_pitch(text: str) -> bool:
    """Tell whether a text is one whatever a model makes of it: a trick with all its marks, or an offer with several words of one and none of a customer."""
    own = voices.own_words(text[: voices.HEAD])
    if _FELL_FOR_IT.search(own):
        return False
    if not voices.shows(text[: voices.HEAD]) and (_is_phishing(own) or (all(mark.search(own) for mark in _BEQUEST) and not _OUR_CLIENT.search(own))):
        return True
    if not _OFFERS.search(own):
        return False
    pitches = _pitches(own)
    return pitches >= _PROVEN and not (_speaks_as_customer(own) if pitches >= _BEYOND_DOUBT else _is_customers(own))


def _is_phishing(own: str) -> bool:
    """Tell whether a text has all marks of the trick; its salutation may be lacking where nobody speaks of themselves and the page is named."""
    greets, *marks = (bool(mark.search(own)) for mark in _PHISHING)
    return all(marks) and (greets or (bool(_PAGE.search(own) and _TRICK.search(own)) and not voices.is_one_person(own)))


def _pitches(own: str) -> int:
    return len({found[0].lower() for found in _PITCH.finditer(own)})


def _is_customers(own: str) -> bool:
    """Tell whether a text holds a customer's words, or those of somebody who met a trick: nobody speaks of themselves in one about a mailbox."""
    return bool(_WHEN.search(own)) or _speaks_as_customer(own)


def _speaks_as_customer(own: str) -> bool:
    if _CUSTOMERS.search(own) or _OUR_CLIENT.search(own) or _FELL_FOR_IT.search(own):
        return True
    return (
        bool(_TRICK.search(own))
        and not _OFFERS.search(own)
        and bool(re.search(r"\b(?:my (?!name|late|client)|meine?n? |mon |ma |mi |mio |mia |mijn |meu |minha )", own))
    )


def signs(own: str) -> Mapping[str, float]:
    """Say which signs of an offer or a trick are in what a writer says, for a reader that weighs them."""
    signs = {"offers": _OFFERS, "trick": _TRICK, "fell for it": _FELL_FOR_IT}
    return {
        "pitches": min(_pitches(own), 5) / 5,
        "customer's words": _is_customers(own),
        **{name: bool(sign.search(own)) for name, sign in signs.items()},
    }
