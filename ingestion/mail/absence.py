"""Recognises absence notes and receipts: what their subjects say, and what their texts do."""

import re

from ingestion.mail import wishes

_SUBJECT = re.compile(
    r"^\W*(?:auto(?:matic(?:ally generated)?|mated)?[- ]?(?:reply|response|respon[ds]e?r|answer)|autoreply|out of (?:the )?office(?: reply| message| autoreply)?|ooo"
    r"|automatische (?:antwort|rückantwort)|abwesenheits(?:notiz|meldung|nachricht)|abwesend|außer haus|nicht im büro|urlaubs(?:meldung|notiz)"
    r"|réponse automatique|absence du bureau|(?:message|avis|notification) d['’]absence|absente?(?: du bureau)?"
    r"|respuesta autom[aá]tica|fuera de (?:la )?oficina|ausente de la oficina|risposta automatica|fuori (?:sede|ufficio)|assenza dall['’]ufficio"
    r"|automatische? antwoord|automatisch antwoord|afwezig(?:heidsbericht|heid)?|niet aanwezig|resposta autom[aá]tica|fora do escrit[oó]rio"
    r"|aus[eê]ncia(?: tempor[aá]ria| do escrit[oó]rio)?|resposta automàtica"
    r"|autosvar|automati(?:skt?|sk) svar|frånvaro|fravær|odpowiedź automatyczna|automatyczna odpowiedź|automatická odpove?[dďě]ď?|automatická odpověď"
    r"|automaattinen (?:vastaus|vastausviesti)|poissa|automatikus válasz|răspuns automat|otomatik (?:yanıt|cevap)|автоматический ответ|автоответ"
    r"|автоматична відповідь|автоматичен отговор|αυτόματη απάντηση|automaatvastus|automatinis atsakymas|automātiska atbilde|samodejni odgovor"
    r"|automatski odgovor|自動応答|自動返信|不在(?:通知|のお知らせ)?|自动(?:回复|答复)|自動(?:回覆|答覆)|자동 ?(?:회신|응답|답장)|부재중|תשובה אוטומטית|מענה אוטומטי|رد تلقائي)"
    r"\s*(?:[:：\]]|$|(?=re:|aw:|\[))",
    re.IGNORECASE,
)
_AWAY = re.compile(
    r"\b(?:out of (?:the )?office|on (?:annual |parental |sick |maternity |study )?leave|on (?:a )?(?:vacation|holiday)|away (?:from|until|till|this|on)|am away"
    r"|not in the office|back (?:on|in|at)|limited access|no access to (?:my )?(?:e-?)?mail"
    r"|nicht im (?:büro|haus|dienst)|abwesend|im urlaub|außer haus|nicht erreichbar|in elternzeit|wieder (?:im büro|erreichbar|da)"
    r"|absente?s?|en congés?|hors du bureau|en vacances|en déplacement|de retour|je reviens"
    r"|fuera de (?:la )?oficina|ausente|de vacaciones|vuelvo|regreso|fuori (?:ufficio|sede)|assente|in ferie|rientr\w+|torno"
    r"|afwezig|niet aanwezig|(?:met|op) vakantie|niet op kantoor|weer (?:aanwezig|terug)|fora do escrit[oó]rio|de férias|em férias|volto|regressarei"
    r"|(?:på|har) (?:semester|ferie|föräldraledig\w*)|ikke på kontoret|inte på kontoret|frånvarande|fraværende|bortrest|tjänstledig"
    r"|lomalla|poissa|vuosilomalla|na urlopie|nieobecn\w+|poza biurem|dovolen\w+|nepřítomn\w+|neprítomn\w+|mimo kancelář\w*"
    r"|szabadságon|szabadságom\w*|távol vagyok|nem vagyok az irod\w+|concediu|nu sunt la birou|отпуск\w*|отсутств\w+|відпуст\w+|відсутн\w+"
    r"|άδεια|εκτός γραφείου|απουσι\w+|izin(?:de\w*|li\w*)|ofis dışı\w*|tatil(?:de\w*)|puhkus\w*|atostog\w*|atvaļinājum\w*|dopust\w*|godišnj\w+ odmor\w*)"
    r"|休暇|不在|休業|お休み|留守|休假|不在|外出|度假|年假|휴가|부재|자리를 비|בחופש|חופשה|לא במשרד|إجازة|خارج المكتب",
    re.IGNORECASE,
)
_BACK = re.compile(
    r"\b(?:until|return|be back|limited access|no access|urgent|as soon as|bis (?:zum|einschließlich)?|ab dem|zurück|dringend\w*|vertretung|weitergeleitet"
    r"|jusqu\w*|retour|urgen\w+|hasta|regreso|vuelta|fino al?|rientro|terug|tot en met|dringende?|até|volto|saakka|do \d+|до \d+|έως|t[ií]l|till)\b|まで|至|까지|עד",
    re.IGNORECASE,
)
_RECEIPT = re.compile(
    r"\b(?:this is an? (?:automat(?:ed|ic)|auto[- ]?generated|system[- ]generated) (?:e-?mail |mail )?(?:reply|response|acknowledge?ment|message)"
    r"|dies ist eine automatisch\w*|ceci est (?:une réponse|un message) automatique|est[ae] es (?:una respuesta|un mensaje) automátic[ao]"
    r"|quest[ao] è un[a ]? ?(?:risposta|messaggio) automatic[ao]|dit is een automatisch\w*|esta é uma (?:resposta|mensagem) automática"
    r"|thank(?:s| you) for (?:contacting|reaching out|writing|your (?:e-?mail|message|request|enquiry|inquiry))|we (?:have )?received your (?:request|message|e-?mail)"
    r"|your (?:request|ticket|case|message|e-?mail|enquiry|inquiry) (?:\S+ )?(?:has been|was) (?:\w+ )?(?:received|created|opened|logged)|(?:vielen dank|danke) für ihre (?:anfrage|nachricht|e-?mail)"
    r"|ihre (?:anfrage|nachricht|e-?mail) (?:ist|wurde) (?:eingegangen|empfangen)|wir haben ihre (?:anfrage|nachricht|e-?mail) erhalten|merci (?:de nous avoir contactés|pour votre message|de votre message)"
    r"|nous avons (?:bien )?reçu votre|votre (?:message|courriel|e-?mail|mail|demande) (?:nous est|a) (?:bien )?(?:été )?(?:reçue?|parvenue?|enregistrée?)|gracias por (?:contactar|(?:su|tu) (?:mensaje|correo)|escribir)|hemos recibido su|su (?:mensaje|correo|solicitud|consulta) ha sido (?:recibid|registrad)[oa]|grazie per (?:averci contattato|il (?:suo )?messaggio)"
    r"|abbiamo ricevuto|(?:la sua |il suo |la tua |il tuo )?(?:messaggio|e-?mail|richiesta) è stat[oa] (?:ricevut|registrat)[oa]|bedankt voor (?:uw|je) (?:bericht|e-?mail)|wij hebben uw|uw (?:bericht|e-?mail|vraag|verzoek) is (?:goed )?(?:ontvangen|geregistreerd)|obrigad[oa] (?:por contactar|pela sua mensagem)|recebemos (?:a sua|o seu)|(?:a sua mensagem|o seu e-?mail|o seu pedido) foi (?:recebid|registad)[oa])\b",
    re.IGNORECASE,
)
# What a note says, sentence by sentence: that somebody is away or an office closed, till when, who is there instead, that mail came and will be answered.
_NOTES = re.compile(
    r"\b(?:(?:am|are|is|be|bin|ist|sind|suis|est|sommes|estoy|está|estaré|encuentro|sono|è|ben|is|zijn|estou|está|estarei|encontro)\b.{0,80}"
    r"(?:out of (?:the )?office|on (?:\w+ )?leave|on (?:vacation|holiday)|away|closed|not (?:staffed|in the office|at my desk)|unattended|abwesend|im urlaub|geschlossen|nicht besetzt"
    r"|nicht im (?:büro|haus|dienst)|außer haus|nicht erreichbar|in elternzeit|absente?s?|en congés?|en vacances|fermée?s?|hors du bureau|en déplacement|ausente|fuera de (?:la )?oficina|de vacaciones|cerrad[ao]s?"
    r"|assent[ei]|in ferie|fuori (?:ufficio|sede)|chius[oaie]|afwezig|(?:met|op) vakantie|gesloten|niet (?:aanwezig|op kantoor|bereikbaar)|de férias|em férias|fora do escritório|encerrad[ao]s?|fechad[ao]s?)"
    r"|(?:limited|no|without|kein\w*|ohne|sans|sin|senza|geen|sem)\b.{0,30}(?:access|zugriff|accès|acceso|accesso|toegang|acesso)"
    r"|back (?:in the office|on|at work)|(?:from|ab|à partir|a partir|dal|vanaf) .{0,40}(?:back|wieder|retour|regreso|rientro|terug|regresso)|(?:wieder|zurück) (?:da|im|am|ab|erreichbar)"
    r"|(?:not|nicht|pas|no|non|niet|não) (?:\w+ ){0,2}(?:forwarded|weitergeleitet|transféré\w*|reenvia\w*|inoltrat\w*|doorgestuurd|reencaminhad\w*|read|gelesen|lus?|leíd\w*|lett\w*|gelezen|lid[ao]s?)"
    r"|(?:will|shall|werde|werden|aim to|try to|bemühen uns|répond\w*|traiterons|contestar\w*|responder\w*|risponder\w*|beantwoorden|reageren).{0,120}"
    r"(?:answer\w*|repl\w+|respon\w+|be in touch|get back|beantwort\w*|antwort\w*|melden|bearbeit\w*|retour|rapide\w*|brev\w*|delais|délais|regreso|vuelta|rientro|possibile|mogelijk|daarna|regresso|possível|before|avant|date|posible)"
    r"|(?:will be|is|are|wird|werden) (?:\w+ )?(?:dealt with|answered|processed|read|worked on|bearbeitet|beantwortet|gelesen)|re-?open\w*|(?:do|does|can|kann|können) (?:not|nicht) (?:\w+ )?(?:read|check|answer|see|lesen|abrufen)|(?:mailbox|inbox|postfach) is (?:not|un)\w*|days? of absence|after (?:our|my) return|sobald (?:wir|ich) zurück|nach (?:unserer|meiner) rückkehr"
    r"|(?:responderei|responderemos|contestaré|contestaremos|risponderò|risponderemo|je répondrai|nous répondrons|ik beantwoord)\b"
    r"|^\W*(?:(?:your|ihre?|votre|sua?|uw|the|die|das|le|la|el) )?(?:reference|ticket|case|vorgangs|referenz|référence|referencia|riferimento|referentie)[ -]?(?:number|no\.?|nummer|id)?(?: is| lautet| ist| est| es| è)?\W{1,3}[\w-]*\d[\w-]*\W*$)",
    re.IGNORECASE | re.DOTALL,
)
_REFERRAL = re.compile(
    r"[^.!?\n]{0,40}\b(?:in (?:very )?urgent (?:cases|matters)|(?:if|when) (?:it is|it's|your (?:request|matter|message|question) is|this is|you need) (?:\w+ ){0,3}(?:urgent|immediate|help|assistance)|for (?:urgent|immediate)|in an emergency"
    r"|if (?:your|this|the) (?:message|mail|e-?mail|matter|request|case|enquiry|question) (?:concerns|is about|relates|regards)|for anything urgent|for (?:emergencies|patients|out[- ]of[- ]hours)|(?:should|if) you (?:require|have an? (?:urgent|emergency))|im notfall|bei notfällen|sollte ihr anliegen|falls (?:es|ihr anliegen|ihre anfrage) (?:dringend|eilig)"
    r"|in dringenden (?:fällen|angelegenheiten)|bei dringenden|in eiligen|pour toute (?:urgence|demande urgente)|en cas d['’]urgence|si urgent|en caso de urgencia|para (?:asuntos )?urgen\w+|si es urgente"
    r"|per (?:urgenze|questioni urgenti)|in caso di urgenz\w+|(?:bij|voor|in) (?:dringende|spoed)\w*|heeft u een dringende|is het dringend|em caso de urgência|para assuntos urgentes)\b[^.!?\n]{0,200}[.!?\n]?",
    re.IGNORECASE,
)  # whom to turn to meanwhile: "please ring the desk" asks nothing of us
_CALL_INSTEAD = re.compile(r"(?<=[.!?] )(?:bel|rufen sie|call|ring|llame|chiami|appelez|ligue) [^.!?\n]{0,120}[.!?\n]?", re.IGNORECASE)
_CLOSING = re.compile(
    r"^\W*(?:(?:hello|hi|dear|hallo|guten tag|sehr geehrte\w*|liebe\w*|bonjour|madame|monsieur|buen[oa]s|hola|estimad\w+|buongiorno|gentil\w+|beste|geachte|olá|prezad\w+|exm\w*|caro)\b[^.!?]{0,60}"
    r"|(?:kind |best |warm )?(?:regards|wishes)|mit freundlichen grüßen|viele grüße|cordialement|(?:un )?saludos?(?: cordial\w*)?|cordiali saluti|(?:met )?vriendelijke groet\w*|(?:com os melhores )?cumprimentos"
    r"|(?:\+?\d[\d /().-]{5,20})|(?-i:(?:[A-ZÀ-Þ][\w'’.-]*\s?){1,5})|(?:please )?(?:do not|don['’]t) reply.{0,40}|(?:bitte )?antworten sie nicht.{0,60}|merci de (?:votre )?(?:compréhension|patience)|thank you for your (?:patience|understanding))[\s,.!]*$",
    re.IGNORECASE,
)
_SENTENCE = re.compile(
    r"(?<=\D[.!?])\s+|(?<=\d[.!?])\s+(?=[A-ZÀ-Þ])(?!(?:Jan|Feb|Mär|Mar|Apr|Ma[iy]|Jun|Jul|Aug|Sep|O[kc]t|Nov|De[zc])\w*)|\n\s*\n|(?<=,)\n+|\n(?=[A-ZÀ-Þ\d+])"
)
_DENIED = re.compile(r"\b(?:is|are|do|does|can|will|was|were|has|have) not\b|\b(?:isn|aren|don|doesn|won|can)['’]t\b|\bnicht mehr\b", re.IGNORECASE)
_ORDERS = re.compile(
    r"\b(?:must|ha(?:s|ve) to|needs? to|should|is to be|are to be|soll(?:en)?|muss|müssen|doit|doivent|il faut|debe[n]?|hay que|tiene que|va (?:\w+(?:at|it|ut)o)|deve|devono|bisogna|moet(?:en)?|dient te|tem de|é preciso)\b"
    r"|(?:^|[.!?]\s+)(?:leave|deliver|put|send|stop|bring|keep|hold|give|cancel|block|lass(?:en sie)?|liefern sie|stellen sie|laissez|livrez|deje|entregue|lasci|consegni|laat|lever|deixe)\b",
    re.IGNORECASE,
)  # what is to be done meanwhile
_NEEDLESS = re.compile(
    r"\b(?:do|does|will)(?: not|n['’]t) (?:need|have) to\b|\b(?:müssen|braucht|brauchen) (?:\S+ ){0,4}(?:nichts?|nicht)\b|\b(?:hoeft|hoeven|moet) (?:\S+ ){0,3}niets?\b|\b(?:n['’]avez|ne faut|il n['’]est) pas\b"
    r"|\bno (?:debe|hay que|tiene que)\b|\bnon (?:deve|dovete|bisogna|occorre)\b|\bnão (?:tem de|é preciso)\b",
    re.IGNORECASE,
)  # what is not to be done
_MEANWHILE = re.compile(
    r"\b(?:in (?:my|our|the) absence|in the meantime|meanwhile|while (?:i|we)(?: am| are|['’]m|['’]re)|if you need|get back to you|(?:i|we)(?:['’]ll| will) (?:reply|answer|respond|read)|thank(?:s| you) for your|(?:danke|dank) für ihre?|merci (?:de|pour) (?:votre|ton)|gracias por (?:su|tu)|grazie (?:per|del) ?(?:la|il|tuo|suo|vostr)|bedankt voor (?:uw|je)|obrigad[oa] pel[oa]|bien à vous|à bientôt|herzliche grüße|un saludo|(?:read|check|see|answer|look at) (?:my|our|your|the)? ?(?:e-?)?mails?|inzwischen|währenddessen|in der zwischenzeit|(?:lese|rufe) .{0,30}mails?|en mon absence|entre-temps|mes (?:e-?)?mails"
    r"|(?:en|durante) mi ausencia|mientras tanto|leer(?:é|emos)|(?:en|durante) la mia assenza|nel frattempo|legger(?:ò|emo)|(?:tijdens|bij) mijn afwezigheid|intussen|(?:lees|beantwoord) .{0,30}mail|krijgt u .{0,20}(?:antwoord|reactie)|(?:wenden|melden) sie sich|vertretung|(?:contact|call|ring|appele[zr]|joindre|contactez|llam[ea]|contact[ae]|chiam[aio]|scriv(?:a|ete)|bel(?:len)?|ligue) .{0,60}|spoed|urgences?|urgen[tz]\w*|consult\w+ .{0,20}(?:mails?|courriels?|messages?|correo\w*)|(?:na|durante a) minha ausência|entretanto|lerei)\b",
    re.IGNORECASE,
)
_OF_MAIL = re.compile(
    r"\b(?:e-?mails?|messages?|mailbox|inbox|enquir(?:y|ies)|postfach|nachrichten?|anfragen?|courriels?|mails?|correos?|mensajes?|messaggi\w*|posta|richiest[ae]|berichten|berichtje|bericht|correio|mensage(?:m|ns)|(?:respond|repond|répond|beantwoord|antwort|contest|rispond|reageer)\w*|answer\w*|repl(?:y|ies))\b",
    re.IGNORECASE,
)  # a machine that speaks in somebody's place speaks of the mail that it answers
_DIGIT = re.compile(r"\d")
_NOTES_ALONE = 2  # sentences of a note that make one where neither headers nor subject say so: one alone is what somebody reports
_PROGRAMS = re.compile(r"^\W*(?:auto|r[ée]ponse auto|respuesta auto|risposta auto|resposta auto|odpowied|răspuns auto|otomatik|авто|αυτό|自動|自动|자동)[^:：]{0,60}[:：]\s*\S", re.IGNORECASE)  # fmt: skip
_YOURS = re.compile(
    r"\b(?:your|ihr(?:e[nmr]?)?|votre|vos|vuestr\w+|uw|vostr\w+|vosso|vossa)\s+(?!\S{0,12}(?:mail|messag|nachricht|anfrage|anliegen|schreiben|zeilen|courriel|demande|corre|mensa|consulta|richiesta|bericht|vraag|verzoek|request|enquir|inquir|question|matter|understanding|patience|interest|verständnis|geduld|compréhension))",
    re.IGNORECASE,
)  # what belongs to the reader is what somebody writes about
_OF_A_NOTE = (_MEANWHILE, _NOTES, _AWAY, _RECEIPT, _BACK, _CLOSING)
_LONGEST = 1200  # characters of a note that nobody wrote to us
_WISHES = 2  # words of asking from which even a flagged note may be a request


_GONE = re.compile(
    r"\b(?:(?:i |we )?(?:have |has )?left (?:the company|my (?:job|post|position)|[A-ZÀ-Þ][\w&'’-]*(?: [A-ZÀ-Þ][\w&'’-]*){0,3})(?=[.,\n]|$)|no longer (?:with|works? (?:here|at|for)|employed|monitored|read|checked|in use|active)"
    r"|(?:arbeite|bin|ist|arbeitet) nicht mehr (?:bei|für|im unternehmen|hier)|nicht mehr (?:gelesen|abgerufen|in gebrauch|aktiv)|(?:ai|a) quitté (?:la société|l['’]entreprise)|ne travaille plus|n['’]est plus (?:consultée?|lue?|utilisée?)"
    r"|ya no (?:trabaj[oa]|se (?:lee|consulta|usa))|non lavor[oa] più|non è più (?:attiv[oa]|lett[oa])|werk(?:t)? niet (?:meer|langer)|wordt niet meer gelezen|já não (?:trabalh[oa]|é lida?))\b"
)  # who has left a firm, in a note of its mail server; names in the letters' own case


def is_note(flagged: bool, subject: str, text: str) -> bool:
    """Tell whether a mail is a note that a machine sent in somebody's place. `flagged`: its headers say so.

    Two witnesses are needed: the headers or the subject, and a text that speaks of absence or receipt. What asks for something is no note,
    nor is "Re: Automatic reply: …", which is how people answer ours. Without a title it takes several sentences, of the mail that came and of whom to turn to or when.
    """
    whole = text
    text = _CALL_INSTEAD.sub("", _REFERRAL.sub("", text)) if len(text) <= _LONGEST else text
    refers = len(text) < len(whole)
    titled = bool(_SUBJECT.match(subject))
    speaks_of_it = bool(_AWAY.search(text) or _RECEIPT.search(text) or (flagged and _GONE.search(text)))
    if flagged and speaks_of_it and wishes.count(_GONE.sub(" ", text)) < _WISHES and not _orders(text):
        return True  # such notes say "please" and "our" as well
    if wishes.asks(_without_notes(text)):
        return False
    if flagged:
        return len(text) <= _LONGEST and not _orders(text)
    if titled and (speaks_of_it or _BACK.search(text) or not text.strip()):
        return not _orders(text) and (not text.strip() or bool(_PROGRAMS.match(subject)) or (_is_about_absence(text) and not _YOURS.search(text)))
    if len(text) > _LONGEST or not (refers or (_OF_MAIL.search(text) and (_BACK.search(text) or _DIGIT.search(text)))):
        return False
    return _is_nothing_else(text, refers)


def _is_about_absence(text: str) -> bool:
    """Tell whether every sentence is one of absence: below a title that a person may have typed, anything else is what they write about."""
    return all(any(kind.search(sentence) for kind in _OF_A_NOTE) for sentence in _SENTENCE.split(text) if sentence.strip())


def _orders(text: str) -> bool:
    """Tell whether something is to be done, apart from what a note says of itself."""
    return bool(_ORDERS.search(_NEEDLESS.sub(" ", " ".join(sentence for sentence in _SENTENCE.split(text) if not _RECEIPT.search(sentence)))))


def _without_notes(text: str) -> str:
    """Take out what a note says of itself: "mails are not forwarded" asks nothing."""
    return " ".join(_DENIED.sub(" ", sentence) if _NOTES.search(sentence) else sentence for sentence in _SENTENCE.split(text))


def _is_nothing_else(text: str, refers: bool) -> bool:
    """Tell whether every sentence is one of a note: what an absent person wants done meanwhile is a request."""
    said = [sentence.strip() for sentence in _SENTENCE.split(text) if sentence.strip()]
    notes = [bool(_NOTES.search(sentence)) for sentence in said]
    return (sum(notes) + refers >= _NOTES_ALONE or (any(notes) and bool(_AWAY.search(text)))) and all(
        is_note or _RECEIPT.search(sentence) or _CLOSING.match(sentence) for sentence, is_note in zip(said, notes, strict=True)
    )
