"""A small catalogue of the tests' own, so that a change of the shipped one breaks no reader's test."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from news.articles import Agency

DATA = Path(__file__).parent / "data"
RECEIVED = datetime(2026, 1, 1, tzinfo=UTC)
AGENCIES = {
    agency.code: agency
    for agency in (
        Agency("AFP", "Agence France-Presse", "FR", ("AFP", "Agence France-Presse", "أ ف ب", "اف ب"), ("afp.com",)),
        Agency("Reuters", "Reuters", "GB", ("Reuters", "Thomson Reuters"), ("reuters.com",)),
        Agency("AP", "The Associated Press", "US", ("AP", "Associated Press", "The Associated Press"), ("ap.org",)),
        Agency("dpa", "Deutsche Presse-Agentur", "DE", ("dpa", "Deutsche Presse-Agentur"), ("dpa.com",)),
        Agency("EFE", "Agencia EFE", "ES", ("EFE", "Agencia EFE"), ("efe.com",)),
        Agency("ANSA", "ANSA", "IT", ("ANSA",), ("ansa.it",)),
        Agency("TASS", "TASS", "RU", ("TASS", "ТАСС"), ("tass.com",)),
        Agency("Kyodo", "Kyodo News", "JP", ("Kyodo", "KYODO", "Kyodo News"), ("kyodonews.net",)),
        Agency("PA Media", "PA Media", "GB", ("PA", "PA Media"), ("pa.media",)),
        Agency("AAP", "Australian Associated Press", "AU", ("AAP", "Australian Associated Press"), ("aap.com.au",)),
        Agency("Belga", "Belga", "BE", ("Belga", "BELGA"), ("belganewsagency.eu", "belga.be")),
        Agency("APA", "Austria Presse Agentur", "AT", ("APA",), ("apa.at",)),
        Agency("TT", "TT Nyhetsbyrån", "SE", ("TT",), ("tt.se",)),
        Agency("Ritzau", "Ritzaus Bureau", "DK", ("Ritzau", "ritzau"), ("ritzau.com",)),
        Agency("Lusa", "Agência Lusa", "PT", ("Lusa", "Agência Lusa"), ("lusa.pt",)),
    )
}
