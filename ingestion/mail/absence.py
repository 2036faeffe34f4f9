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
    r"|your (?:request|ticket|case) (?:\S+ )?(?:has been|was) (?:received|created|opened|logged)|(?:vielen dank|danke) für ihre (?:anfrage|nachricht|e-?mail)"
    r"|ihre (?:anfrage|nachricht|e-?mail) (?:ist|wurde) (?:eingegangen|empfangen)|wir haben ihre (?:anfrage|nachricht|e-?mail) erhalten|merci (?:de nous avoir contactés|pour votre message|de votre message)"
    r"|nous avons bien reçu votre|gracias por (?:contactar|su mensaje|escribir)|hemos recibido su|grazie per (?:averci contattato|il (?:suo )?messaggio)"
    r"|abbiamo ricevuto|bedankt voor (?:uw|je) (?:bericht|e-?mail)|wij hebben uw|obrigad[oa] (?:por contactar|pela sua mensagem)|recebemos a sua)\b",
    re.IGNORECASE,
)
_OWN_AWAY = re.compile(
    r"\b(?:i am|i'm|i’m|i will be|currently|we are)\b.{0,40}\b(?:out of (?:the )?office|on (?:annual |parental |sick )?leave|on (?:vacation|holiday)|away from)"
    r"|\b(?:ich bin|bin ich)\b.{0,60}\b(?:nicht im (?:büro|haus|dienst)|abwesend|im urlaub|außer haus|nicht erreichbar)"
    r"|\bje (?:suis|serai)\b.{0,40}\b(?:absente?|en congés?|hors du bureau)|\b(?:estoy|estaré|me encuentro)\b.{0,40}\b(?:fuera de (?:la )?oficina|ausente|de vacaciones)"
    r"|\bsono\b.{0,40}\b(?:fuori (?:ufficio|sede)|assente|in ferie)|\bik ben\b.{0,40}\b(?:afwezig|niet aanwezig|met vakantie|niet op kantoor)"
    r"|\b(?:estou|estarei)\b.{0,40}\b(?:fora do escrit[oó]rio|ausente|de férias)",
    re.IGNORECASE | re.DOTALL,
)
_LONGEST = 1200  # characters of a note that nobody wrote to us
_OPENING = 160  # characters in which a note under another subject must come to its point
_WISHES = 2  # words of asking from which even a flagged note may be a request


def is_note(flagged: bool, subject: str, text: str) -> bool:
    """Tell whether a mail is a note that a machine sent in somebody's place. `flagged`: its headers say so.

    Two witnesses are needed: the headers or the subject, and a text that speaks of absence or receipt. What asks for something is no note,
    nor is "Re: Automatic reply: …", which is how people answer ours.
    """
    titled = bool(_SUBJECT.match(subject))
    speaks_of_it = bool(_AWAY.search(text) or _RECEIPT.search(text))
    if flagged and speaks_of_it and wishes.count(text) < _WISHES:
        return True  # such notes say "please" and "our" as well
    if wishes.asks(text):
        return False
    if flagged:
        return len(text) <= _LONGEST
    if titled:
        return speaks_of_it or bool(_BACK.search(text)) or not text.strip()
    return len(text) < _LONGEST and bool(_OWN_AWAY.search(text[:_OPENING])) and bool(_BACK.search(text))
