"""Mails read for events, each once: the local model and the policy ask about the same mail one after the other."""

import threading
from collections import OrderedDict
from datetime import datetime

from ingestion.mail.message import Message
from retrieval.remembering import Remembering
from service.local import urgency
from service.local.training import Fitting
from service.local.urgency import Sheet
from service.prompting import PromptFolder
from service.screening import screening
from service.screening.screening import Screened
from service.text.word_runs import Floats

KEPT = 64  # mails: more than are in hand at the same time

Key = tuple[str, str, str, datetime | None]


class Reading:
    """Reads mails by what a prompt folder teaches, and remembers the latest ones. Safe from many threads.

    A remembered mail counts with the encoder as one that is read: how much a mail asks for must not depend on what was read before it.
    """

    def __init__(self, fitting: Fitting, encoder: Remembering) -> None:
        self._fitting = fitting
        self._encoder = encoder
        self._lock = threading.Lock()
        self._read: OrderedDict[Key, Sheet] = OrderedDict()

    def impression(self, message: Message, prompt: PromptFolder) -> Floats:
        """Describe a mail, screened or not, by what its units report; see `urgency.impression`."""
        return urgency.impression(self.sheet(screening.unscreened(message), prompt), self._fitting.reader(prompt).judge)

    def sheet(self, screened: Screened, prompt: PromptFolder) -> Sheet:
        """Return what each unit of a mail reports."""
        key = (prompt.sha256, screened.message.subject, screened.text, screened.message.date)
        with self._lock:
            if key in self._read:
                self._read.move_to_end(key)
                self._encoder.count(len(self._read[key].units))
                return self._read[key]
        reader = self._fitting.reader(prompt).judge.reader
        sheet = urgency.read(reader, screened.message.subject, screened.text, screened.message.date, self._encoder.layers)
        with self._lock:
            self._read[key] = sheet
            while len(self._read) > KEPT:
                self._read.popitem(last=False)
        return sheet
