"""The words before a number that say what it numbers, in seven languages."""

import re

# What is ordered, billed, sent or sold has numbers of any length, those of cards included.
GOODS = (
    r"orders?|invoices?|tracking|parcel|shipment|consignment|waybill|serial|imei|iccid|eans?|gtin|upc|isbn|barcode"
    r"|bestell\w*|auftrags?\w*|rechnungs?\w*|sendungs?\w*|paket\w*|serien\w*|commande|facture|suivi|colis|série|pedido|factura|seguimiento|envío|serie"
    r"|ordine|fattura|spedizione|bestelling|bestel\w*|factuur\w*|zending\w*|serienummer|encomenda|fatura|rastreio|envio"
)
AFFAIRS = (
    r"booking|reservation|ticket|case|customer|client|model|part|article|item|sku|policy|contract|member\w*|meter|voucher|coupon"
    r"|transaction|payment|claim|quote|account|product|delivery|buchungs?\w*|kunden\w*|vertrags?\w*|artikel\w*|vorgangs?\w*|zähler\w*"
    r"|réservation|dossier|contrat|reserva|cliente|contrato|prenotazione|contratto|boeking\w*|klant\w*"
)
REFERENCES = r"ref|reference|confirmation|referenz\w*|référence|referencia|riferimento|referência"
REACHED = r"phones?|mobile|tel(?:efon|ephone)?|fax|sim"
BETWEEN = r"numbers?|no|nr|num|numéro|numero|número|nummer|n|id|code|is|was|ist|lautet|war|est|es|è|é|of|de|di|do|da"


def before(words: str, then: str = BETWEEN) -> re.Pattern[str]:
    """Return a pattern that finds one of some words at the end of what stands before a number; "number is my" and the like (`then`) may follow it."""
    return re.compile(rf"(?:{words})\W{{0,4}}(?:(?:{then}|the|my)\b\W{{0,4}}){{0,4}}$", re.IGNORECASE)
