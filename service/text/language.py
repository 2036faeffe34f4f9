"""Which of the languages we read a text is written in."""

import re
from collections import Counter
from functools import lru_cache
from typing import Literal

Language = Literal["en", "de", "fr", "es", "it", "nl", "pt", "unknown"]

# The languages that are read, by name: mail in any other ends as `unclear`.
NAMES = {"en": "English", "de": "German", "fr": "French", "es": "Spanish", "it": "Italian", "nl": "Dutch", "pt": "Portuguese"}
KEPT = 512  # texts whose language is remembered: those of the questions in hand
READ = 4000  # characters from the start of a text: more of them change nothing
_WORD = re.compile(r"[^\W\d_]+(?:['’](?:(?:t|m|s|re|ve|ll|d)\b|(?=[^\W\d_])))?")  # "don't" is one word, "l'heure" are two

# Words that every text is full of, and the commonest ones of support mail, so that one short line is enough.
_WORDS: dict[Language, str] = {
    "en": "the and to of i is my you it in for that on with have not this be are was but from your we as has me at if do can will when what there "
    "would an please how no they been out any get or a he she so hi hello thanks thank does did why where which just still since after "
    "am into over under until new one another nothing now by day week only very then than more also too about up off before going got were had "
    "could should i've i'll you're we're hasn't haven't order account help need again "
    "cannot can't don't i'm it's isn't doesn't won't didn't",
    "de": "der die das und ich ist nicht es zu in den sie mit mir ein eine wir auf von sich auch für dem bei war hat haben habe wie noch bitte aus "
    "kann mein meine meinen nach wird seit aber ihr ihre ihnen uns einen einer am im zum zur wenn oder nur keine kein mehr schon hallo danke "
    "bestellung rechnung konto geht funktioniert warum wo wann was wurde können möchte immer als dass bin sind über guten tag",
    "fr": "le la les de des et je est pas en un une que pour mon ma mes vous nous dans ne qui sur avec plus ce cette il elle au aux du mais bonjour "
    "merci j' n' l' d' c' qu' s' m' votre vos ai été être suis depuis avez pouvez commande compte facture toujours très même comment pourquoi "
    "où sans si ou par se sont fait encore",
    "es": "el la los las de y que en un una no mi me se por para con es lo del al su más pero hola gracias pedido cuenta factura ha he está puedo "
    "pueden puede tengo cómo cuándo dónde qué desde sin muy ya yo nos mis como le les esta este buenos buenas días hace todavía "
    "también solo tres dos nuestra nuestro ustedes "
    "necesito quiero quisiera favor aún son fue y",
    "it": "il lo la i gli le di e che in un una non mi per con è sono del della dei delle al alla da ho ha più ma come anche mio mia miei ciao "
    "grazie buongiorno salve ordine conto fattura questo questa posso potete può perché quando dove cosa dal nel nella vostro vi ci si se "
    "ancora già sul stato stata fare vorrei l' c' dell' all' un' nell' quell'",
    "nl": "de het een en ik is niet van dat in te op mijn met voor die zijn er maar aan heb hebben bij u jullie wij we ook nog naar uit om als wel "
    "geen kan kunt wordt werd al dit mij me deze hallo bedankt bestelling rekening hoe waarom wanneer waar wat sinds graag alvast over "
    "moet wil meer weer doet ben heeft hoi beste",
    "pt": "o a os as de e que em um uma não meu minha para com por do da dos das no na nos nas se eu me mais mas foi está é ao à olá obrigado "
    "obrigada bom dia pedido conta fatura como quando onde já ainda muito tenho posso podem vocês você isso este esta pelo pela sem desde "
    "são tem até fazer nossa nosso quero gostaria também há ou preciso consigo",
}
COMMON = frozenset(word.rstrip("'") for words in _WORDS.values() for word in words.split())  # words of any of the languages that tell nothing
_LETTERS: dict[Language, str] = {"de": "ßäöü", "fr": "œêèçàùîû", "es": "ñ¿¡", "it": "èòìù", "nl": "ĳ", "pt": "ãõç"}
_OWNERS = Counter(word for words in _WORDS.values() for word in set(words.split()))
_WEIGHTS = {language: {word: 1.0 / _OWNERS[word] for word in words.split()} for language, words in _WORDS.items()}
_ENOUGH = 1.0  # one word that only one language has
_FOREIGN = 0.5  # of the letters in other scripts than the Latin one
_FEWEST = 6  # words from which a text can be told to be foreign
_KNOWN = 0.15  # of the words of a text that are among the commonest of a language that is read
_WITNESSES = 2  # words or letters of a language that tell it from an English text with one such word in it
_STEM = 4  # letters that two forms of one word begin with ("completo", "completa")
_LEAD = 1.15  # times the runner-up


def share(text: str, language: Language, known: str = "") -> float:
    """Return which share of a text's words are common ones of a language, or stand in another text that is known to be in it, if with another ending."""
    words = [word.replace("’", "'") for word in _WORD.findall(text[:READ].lower())]
    told = set(_WORD.findall(known.lower()))
    held, begun = _WEIGHTS.get(language, {}).keys() | told, {word[:_STEM] for word in told if len(word) > _STEM}
    return sum(word in held or (len(word) > _STEM and word[:_STEM] in begun) for word in words) / len(words) if words else 1.0


def detect(text: str) -> Language:
    """Return the language of a text, judged by its first `READ` characters: 'unknown' where it is another, mixed or too short."""
    return _detected(text[:READ].lower())


@lru_cache(maxsize=KEPT)
def _detected(head: str) -> Language:
    """Judge a text once: every sentence of an answer is held against the same passages and question, by several links."""
    words = Counter(word.replace("’", "'") for word in _WORD.findall(head))
    letters = Counter(head)
    scores: dict[Language, float] = {
        language: sum(count * weights.get(word, 0.0) for word, count in words.items())
        + 0.3 * sum(min(letters[letter], 3) for letter in _LETTERS.get(language, ""))
        for language, weights in _WEIGHTS.items()
    }
    (best, most), (_, second) = sorted(scores.items(), key=lambda one: -one[1])[:2]
    total = sum(words.values())
    known = most >= max(_ENOUGH, 0.08 * total) and most >= _LEAD * second
    return best if known else "unknown"


def is_foreign(text: str) -> bool:
    """Tell whether a text is surely in one of the other languages that are read: two of its words say so, or a word and a letter."""
    told = detect(text)
    if told in ("en", "unknown"):
        return False
    head = text[:READ].lower()
    words = {word.replace("’", "'") for word in _WORD.findall(head)} & _WEIGHTS[told].keys()
    return len(words) + any(letter in head for letter in _LETTERS[told]) >= _WITNESSES


def is_read(text: str) -> bool:
    """Tell whether a text may be in a language that is read: False where it is mostly in another script, or has none of the words of ours."""
    head = text[:READ]
    letters = [letter for letter in head if letter.isalpha()]
    if sum(letter > "\u024f" for letter in letters) > _FOREIGN * len(letters):
        return False
    words = [word.replace("’", "'") for word in _WORD.findall(head.lower())]
    known = sum(word in _OWNERS for word in words)
    return len(words) < _FEWEST or known >= _KNOWN * len(words)
