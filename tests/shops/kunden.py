"""The rows of a German goldsmith's customer file."""

from __future__ import annotations

from tests.shops.building import Rows
from tests.shops.people import PRODUCTS, crowd

SCHEMAS = ("kunden.schema.sql",)


def rows() -> Rows:
    """Sixty customers; two in three have ordered, one in four had something repaired."""
    people = crowd()
    ordered = [one for one in people if one.number % 3]
    return {
        "tblKunden": [
            {"KdNr": 10000 + one.number, "Anrede": "Frau" if one.gender == "f" else "Herr", "Vorname": one.first,
             "Titel": "Dr." if one.number % 11 == 0 else None, "Nachname": one.last, "Firma": one.company or None,
             "Straße": one.street.rstrip("0123456789 /,"), "Hausnr": str(one.number), "PLZ": one.postcode, "Ort": one.city,
             "Land": one.country, "Telefon privat": one.phone, "Mobil": one.phone if one.number % 2 else None,
             "E-Mail": one.email, "Geburtstag": one.born, "Bemerkung": one.wish if one.number % 4 == 0 else None,
             "IBAN": one.iban, "Kontoinhaber": one.name, "Newsletter": one.number % 2 == 0, "Angelegt am": one.at,
             "Rabattgruppe": "A"} for one in people
        ],
        "tblAuftraege": [
            {"AuftragNr": 20240000 + one.number, "KdNr": 10000 + one.number, "Auftragsdatum": one.at, "Status": "erledigt",
             "Lieferanschrift": f"{one.name}, {one.street}, {one.postcode} {one.city}", "Zahlungsart": "Rechnung",
             "Summe": 41.5, "Bearbeiter": "Frau Sommer", "Interne Notiz": f"{one.first} ruft zurück"} for one in ordered
        ],
        "tblAuftragspositionen": [
            {"AuftragNr": 20240000 + one.number, "ArtikelNr": f"R-{1 + one.number % 5:03}", "Menge": 1, "Einzelpreis": 41.5,
             "Gravur": one.engraving, "Ringgröße": str(50 + one.number % 14)} for one in ordered
        ],
        "tblWarengruppen": [{"ID": n, "Name": name} for n, name in ((1, "Ringe"), (2, "Ketten"))],
        "tblArtikel": [
            {"ArtikelNr": f"R-{n:03}", "Bezeichnung": name, "Warengruppe": 1 + n % 2, "Preis": 41.5, "Lagerbestand": n,
             "Beschreibung": "Von Hand gemacht."} for n, name in enumerate(PRODUCTS, 1)
        ],
        "tblRechnungen": [
            {"RechnungNr": f"RE-{one.number:05}", "AuftragNr": 20240000 + one.number, "Rechnungsdatum": one.at.date(),
             "Empfänger": one.name, "Anschrift": f"{one.street}, {one.postcode} {one.city}", "Betrag": 41.5, "MwSt": 6.63,
             "Bezahlt am": one.at.date()} for one in ordered
        ],
        "tblReparaturen": [
            {"ID": one.number, "KdNr": 10000 + one.number, "Annahme": one.at.date(), "Gegenstand": "Ring",
             "Mangel": "Stein locker", "Rückruf unter": one.phone, "Kosten": 25, "Abgeholt": True}
            for one in people if one.number % 4 == 0
        ],
        "tblLieferanten": [
            {"LiefNr": one.number, "Firma": f"Scheideanstalt {one.number}", "Ansprechpartner": one.name, "Telefon": one.phone,
             "E-Mail": one.email, "Kundennummer bei uns": f"K{one.number}"} for one in people[:8]
        ],
        "tblEinstellungen": [{"Schlüssel": "MwSt-Satz", "Wert": "19"}, {"Schlüssel": "Firma", "Wert": "Goldschmiede Example"}],
    }  # fmt: skip
