"""Where a person may live, by name: the countries and states whose law sets a date, and the rest of the United States."""

from __future__ import annotations

COUNTRIES = {
    "AX": "Åland",
    "AU": "Australia",
    "AT": "Austria",
    "BE": "Belgium",
    "BR": "Brazil",
    "BG": "Bulgaria",
    "CA": "Canada",
    "HR": "Croatia",
    "CY": "Cyprus",
    "CZ": "Czechia",
    "DK": "Denmark",
    "EE": "Estonia",
    "FI": "Finland",
    "FR": "France",
    "GF": "French Guiana",
    "DE": "Germany",
    "GR": "Greece",
    "GP": "Guadeloupe",
    "HU": "Hungary",
    "IS": "Iceland",
    "IE": "Ireland",
    "IT": "Italy",
    "JP": "Japan",
    "LV": "Latvia",
    "LI": "Liechtenstein",
    "LT": "Lithuania",
    "LU": "Luxembourg",
    "MT": "Malta",
    "MQ": "Martinique",
    "YT": "Mayotte",
    "NL": "Netherlands",
    "NO": "Norway",
    "PL": "Poland",
    "PT": "Portugal",
    "CA-QC": "Quebec (Canada)",
    "RE": "Réunion",
    "RO": "Romania",
    "MF": "Saint Martin",
    "SK": "Slovakia",
    "SI": "Slovenia",
    "ES": "Spain",
    "SE": "Sweden",
    "CH": "Switzerland",
    "GB": "United Kingdom",
}
STATES = {
    "US-CA": "California",
    "US-CO": "Colorado",
    "US-CT": "Connecticut",
    "US-DE": "Delaware",
    "US-IN": "Indiana",
    "US-IA": "Iowa",
    "US-KY": "Kentucky",
    "US-MD": "Maryland",
    "US-MN": "Minnesota",
    "US-MT": "Montana",
    "US-NE": "Nebraska",
    "US-NH": "New Hampshire",
    "US-NJ": "New Jersey",
    "US-OR": "Oregon",
    "US-RI": "Rhode Island",
    "US-TN": "Tennessee",
    "US-TX": "Texas",
    "US-UT": "Utah",
    "US-VA": "Virginia",
    "US": "another state or territory",
}
NAMES = COUNTRIES | {code: f"{name} (United States)" for code, name in STATES.items()}
NOT_SAID = "Not said, or not in this list"


def choices() -> list[tuple[str, object]]:
    """For a field of a form: nothing first, then countries and, under their own heading, states."""
    return [("", NOT_SAID), ("Countries", list(COUNTRIES.items())), ("United States", list(STATES.items()))]


def name_of(code: str) -> str:
    """The name of a country or state, or the code where it has none here; empty stays empty."""
    return NAMES.get(code, code)
