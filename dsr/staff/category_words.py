"""Fideslang's data categories in the words of people who keep a shop, and the keys that set the commonest."""

from __future__ import annotations

import difflib

from dsr.data_categories import data_categories

WORDS = {
    "system": "Of the system",
    "system.authentication": "Keys and secrets of the system",
    "system.operations": "About nobody",
    "user": "About a person, otherwise",
    "user.account": "Account",
    "user.account.settings": "Account settings",
    "user.account.username": "User name",
    "user.authorization": "Signing in",
    "user.authorization.biometric": "Biometric log-in",
    "user.authorization.credentials": "Log-in secret",
    "user.authorization.password": "Password",
    "user.behavior": "What somebody does",
    "user.behavior.browsing_history": "Pages looked at",
    "user.behavior.media_consumption": "Films, music and texts used",
    "user.behavior.purchase_history": "Orders and purchases",
    "user.behavior.search_history": "Searches",
    "user.biometric": "Body measurement",
    "user.biometric.fingerprint": "Fingerprint",
    "user.biometric.health": "Body measurement of health",
    "user.biometric.retinal": "Eye scan",
    "user.biometric.voice": "Voice",
    "user.childrens": "About a child",
    "user.contact": "Contact details",
    "user.contact.address": "Address",
    "user.contact.address.city": "City",
    "user.contact.address.country": "Country",
    "user.contact.address.postal_code": "Postcode",
    "user.contact.address.state": "State or province",
    "user.contact.address.street": "Street",
    "user.contact.email": "E-mail address",
    "user.contact.fax_number": "Fax number",
    "user.contact.organization": "Company",
    "user.contact.phone_number": "Telephone number",
    "user.contact.url": "Somebody's web address",
    "user.content": "Text somebody wrote",
    "user.content.private": "Private message",
    "user.content.public": "Public text (review, comment)",
    "user.content.self_image": "Picture of somebody",
    "user.criminal_history": "Criminal record",
    "user.demographic": "Description of a person",
    "user.demographic.age_range": "Age group",
    "user.demographic.date_of_birth": "Date of birth",
    "user.demographic.gender": "Gender",
    "user.demographic.language": "Language",
    "user.demographic.marital_status": "Marital status",
    "user.demographic.political_opinion": "Political opinion",
    "user.demographic.profile": "Profile of a person",
    "user.demographic.race_ethnicity": "Ethnic origin",
    "user.demographic.religious_belief": "Religion",
    "user.demographic.sexual_orientation": "Sexual orientation",
    "user.device": "Device",
    "user.device.cookie": "Cookie",
    "user.device.cookie_id": "Cookie number",
    "user.device.device_id": "Device number",
    "user.device.ip_address": "IP address",
    "user.financial": "Money and accounts",
    "user.financial.bank_account": "Bank account",
    "user.financial.credit_card": "Card number",
    "user.government_id": "Government document",
    "user.government_id.birth_certificate": "Birth certificate",
    "user.government_id.drivers_license_number": "Driving licence number",
    "user.government_id.immigration": "Immigration document",
    "user.government_id.national_identification_number": "National identity number",
    "user.government_id.passport_number": "Passport number",
    "user.government_id.vehicle_registration": "Vehicle registration",
    "user.health_and_medical": "Health",
    "user.health_and_medical.genetic": "Genetic data",
    "user.health_and_medical.insurance_beneficiary_id": "Health insurance number",
    "user.health_and_medical.record_id": "Medical record number",
    "user.job_title": "Job title",
    "user.location": "Whereabouts",
    "user.location.imprecise": "Rough whereabouts",
    "user.location.precise": "Exact whereabouts",
    "user.name": "Name",
    "user.name.first": "First name",
    "user.name.last": "Last name",
    "user.payment": "Payment",
    "user.privacy_preferences": "Privacy choices",
    "user.sensor": "Sensor reading",
    "user.social": "Social network",
    "user.telemetry": "Use of an app or site",
    "user.unique_id": "Number of a person",
    "user.unique_id.pseudonymous": "Made-up number of a person",
    "user.user_sensor": "Sensor reading of a person",
    "user.workplace": "Workplace",
}
KEYS = {
    "e": "user.contact.email",
    "n": "user.name",
    "f": "user.name.first",
    "l": "user.name.last",
    "p": "user.contact.phone_number",
    "s": "user.contact.address.street",
    "c": "user.contact.address.city",
    "z": "user.contact.address.postal_code",
    "y": "user.contact.address.country",
    "b": "user.demographic.date_of_birth",
    "i": "user.device.ip_address",
    "o": "user.behavior.purchase_history",
    "m": "user.payment",
    "t": "user.content",
    "u": "user.unique_id",
    "h": "user.authorization.password",
    "x": "system.operations",
}
"""Letter to category, on the screen where columns are classified."""

_BY_WORDS = {words.casefold(): key for key, words in WORDS.items()}


class UnknownCategory(Exception):
    """No data category goes by these words; the message says which is near."""


def in_words(categories: list[str] | tuple[str, ...]) -> str:
    """Categories as people read them, several parted by semicolons."""
    return "; ".join(WORDS.get(each, each) for each in categories)


def read(text: str) -> tuple[str, ...]:
    """The categories that somebody typed, in words or as Fideslang's keys. Raises UnknownCategory."""
    return tuple(dict.fromkeys(_read(part.strip()) for part in text.split(";") if part.strip()))


def _read(word: str) -> str:
    if word in data_categories():
        return word
    key = _BY_WORDS.get(word.casefold())
    if key is None:
        near = difflib.get_close_matches(word.casefold(), [*_BY_WORDS, *data_categories()], n=1, cutoff=0.6)
        found = WORDS[_BY_WORDS[near[0]]] if near and near[0] in _BY_WORDS else "".join(near)
        hint = f" Did you mean “{found}”?" if found else " Choose one of the list."
        raise UnknownCategory(f"There is no data category “{word[:60]}”.{hint}")
    return key
