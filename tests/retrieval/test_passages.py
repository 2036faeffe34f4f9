from retrieval.passages import Found, Passage, Search, pooled


def searched(question: str, confidence: float, *names: str) -> Search:
    found = tuple(Found(Passage(name, f"{name}.md", name, "", name), 1.0 - place / 10, 0.5) for place, name in enumerate(names))
    return Search(question, found, confidence, 0.4)


def test_what_two_searches_find_stands_before_what_one_finds() -> None:
    both = pooled([searched("mail", 0.3, "a", "b", "c"), searched("summary", 0.7, "d", "b", "e")], 3)
    assert [one.passage.id for one in both.found] == ["b", "a", "d"]
    assert (both.question, both.confidence, both.floor, both.answerable) == ("mail", 0.7, 0.4, True)


def test_one_search_alone_stays_as_it_is() -> None:
    alone = searched("mail", 0.3, "a", "b", "c")
    assert pooled([alone], 3) == alone
