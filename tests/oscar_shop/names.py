"""The addresses of the Oscar shop's people, for tests and for the shop alike."""

ADA_EMAIL = "Ada.Byron@Example.com"
BELA_EMAIL = "Bela@Example.com"
STRANGERS = (
    "ada.byron@example.com.attacker.test",
    "not-ada.byron@example.com",
    "ada_byron@example.com",
    "ada.byron+gifts@example.com",
    "adabyron@example.com",
    "bda.byron@example.com",
)
"""Addresses that a careless comparison takes for Ada's."""
