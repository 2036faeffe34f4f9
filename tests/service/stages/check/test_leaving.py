"""What may not leave: secrets asked for in any spelling; a few words that look like another language are not enough."""

import pytest

from service.release import Policy
from service.stages.check import leaving

PASSAGE = "Para cambiar la contraseña entra en tu cuenta. Nunca te la pediremos por teléfono. Las cestas se pagan el lunes."


@pytest.mark.parametrize("spelt", ["Ｐ４５５ｗ０ｒｄ", "p4ssw0rd", "ＰＩＮ", "pa$$word", "𝗽𝗮𝘀𝘀𝘄𝗼𝗿𝗱"])
def test_a_secret_is_one_in_whatever_letters(spelt: str) -> None:
    assert "asks for what nobody may be asked" in (leaving.fault(f"Please send us your {spelt} today.", "We add points by hand.", Policy()) or "")


@pytest.mark.parametrize("words", ["Send us model X200 today.", "Please send the H2O filter back.", "Tell us which 4K screen it is."])
def test_names_with_digits_are_no_secrets(words: str) -> None:
    assert leaving._secret_asked(words, "") is None


def test_a_short_sentence_of_the_passages_own_words_is_in_their_language() -> None:
    assert leaving.fault("Nosotros nunca te la pediremos.", PASSAGE, Policy()) is None
    assert "another language" in (leaving.fault("Wir werden Sie niemals danach fragen.", PASSAGE, Policy()) or "")
