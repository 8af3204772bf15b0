"""Words for records, people and facts that the app knows. A shop may use its own; one that is nearly one of these is a slip."""

from __future__ import annotations

import difflib
import locale
from collections.abc import Collection

RECORD_CLASSES = frozenset({
    "account", "address", "appraisal", "browsing_event", "call_log", "catalogue_subscription", "contest_entry",
    "gift_recipient", "invoice", "job_application", "marketing_enrichment", "newsletter_issue", "newsletter_subscription",
    "order", "order_line", "payment", "product", "profile", "referral", "repair", "return", "review", "saved_card",
    "sms_subscription", "staff_note", "survey_answer", "testimonial", "wish_list",
})  # fmt: skip
FACTS = frozenset({
    "appraised_on", "closed_on", "collected_on", "created_on", "ended_on", "invoiced_on", "issued_on", "last_active_on",
    "ordered_on", "paid_on", "returned_on", "subscribed_on",
})  # fmt: skip
LANGUAGES = frozenset(
    code for name in locale.locale_alias if len(code := name.partition("_")[0].partition(".")[0]) == 2
)
"""ISO 639-1 codes, as far as the C library has words for them."""

SAME = 0.82
"""From this likeness on (difflib's ratio) a word is a slip of the pen for the other, not a word of its own."""


def slip_of(word: str, known: Collection[str]) -> str:
    """The known word that was probably meant; empty when the word is known, or near none."""
    if word in known:
        return ""
    close = difflib.get_close_matches(word, sorted(known), n=1, cutoff=SAME)
    return close[0] if close else ""
