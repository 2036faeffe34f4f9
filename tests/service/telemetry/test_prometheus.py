"""What Prometheus reads."""

from service.answers import Answer, Sentence, Struck
from service.telemetry.prometheus import Metrics
from service.trace import Trace


def test_struck_sentences_are_a_series_for_each_link() -> None:
    metrics = Metrics()
    struck = [Struck("Send us your PIN.", ("p1",), "asks for a PIN", "policy"), *[Struck("It is £5.", ("p1",), "£4", "agreement")] * 2]
    metrics.email("answered", "r1", False, Trace(), Answer((Sentence("It is £4.", ("p1",), 1.0),), (), tuple(struck)))
    metrics.question("handedOver", "r1", False, Trace(), None)

    told = metrics.text().decode()
    assert 'proofdesk_checked_sentences_total{release="r1"} 4.0' in told
    assert 'proofdesk_struck_sentences_total{link="policy",release="r1"} 1.0' in told
    assert 'proofdesk_struck_sentences_total{link="agreement",release="r1"} 2.0' in told
