"""Where the person may complain outside the shop: whom the statutes name that may apply to them."""

from __future__ import annotations

from dsr.clocks import regimes
from dsr.policy.schema import Profile

ANY_STATE = "the attorney general of your state"
PLACES = {
    "eu_gdpr": "the data protection authority of the EU country where you live or work (edpb.europa.eu lists them)",
    "uk_gdpr": "the Information Commissioner's Office (ico.org.uk)",
    "us_ca": "the California Privacy Protection Agency (cppa.ca.gov)",
    "ca_pipeda": "the Privacy Commissioner of Canada (priv.gc.ca)",
    "ca_qc": "the Commission d'accès à l'information (cai.gouv.qc.ca)",
    "br_lgpd": "the Autoridade Nacional de Proteção de Dados (gov.br/anpd)",
    "au_app": "the Office of the Australian Information Commissioner (oaic.gov.au)",
    "ch_fadp": "the Federal Data Protection and Information Commissioner (edoeb.admin.ch)",
    "jp_appi": "the Personal Information Protection Commission (ppc.go.jp)",
}
"""GDPR Art 12(4) and 77, UK GDPR Art 77, Cal. Civ. Code 1798.199.45, and their like. The other states of the US give the right of
action to their attorneys general."""


def places(profile: Profile, residence: str) -> tuple[str, ...]:
    """In words, those of the statute where the person lives when the shop lists it, else of all that it lists."""
    home = regimes.regime_of_residence(residence) if residence else ""
    codes = [home] if home in profile.regimes else profile.regimes
    found = (PLACES.get(code, ANY_STATE if code.startswith("us_") else "") for code in codes)
    return tuple(dict.fromkeys(filter(None, found)))
