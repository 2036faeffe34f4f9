"""What a snapshot says about itself: its articles, how it was made, and what was measured on it."""

from pydantic import BaseModel, ConfigDict


class Entry(BaseModel):
    """What a snapshot keeps about one article.

    `updated` is the day it says it was changed, `version` and `replaces` (a path or title of another article) what it says of itself; None
    where it says nothing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    title: str
    words: int
    checksum: str
    updated: str | None
    version: str | None = None
    replaces: str | None = None

    def kept(self) -> dict[str, str | int | None]:
        """Return the entry as it is written: what an article does not say is left out where snapshots of format 2 began without it."""
        later = {"version", "replaces"}
        return {name: value for name, value in self.model_dump().items() if value is not None or name not in later}


class Operating(BaseModel):
    """What a floor does on the questions it was calibrated with: shares from 0 to 1, None where there were no such questions."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    floor: float
    answered: float | None
    left_out_refused: float | None
    foreign_refused: float | None


class Calibration(BaseModel):
    """What was measured on the corpus itself: `floor` of the confidence, `weight` of words against vectors (0 to 1), and how well they do."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    floor: float
    weight: float
    operating: Operating
    curve: tuple[Operating, ...]


class Manifest(BaseModel):
    """What a snapshot says about itself. `name` is the hash of everything that went into it; `created` is an ISO date and time.

    `second` names the encoder of the second vectors, for questions in other languages; None where there are none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int
    name: str
    created: str
    model: str
    encoder: str
    dimensions: int
    chunking: dict[str, float]
    articles: int
    passages: int
    calibration: Calibration
    checksums: dict[str, str]
    second: str | None = None

    def kept(self) -> dict[str, object]:
        """Return the manifest as it is written and sealed: without a word of second vectors where there are none, as before there were any."""
        return self.model_dump(exclude={"second"} if self.second is None else None)
