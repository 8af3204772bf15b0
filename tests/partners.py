"""Who gets data from the small shop: one is mailed, one has a program, one is told by hand, and four are never told."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime

from django.test import Client

from dsr.keyring import KeyDestroyed
from dsr.models import Notice, RecipientInstruction, Shop, SubjectRequest
from dsr.policy.loader import default_profile
from dsr.policy.schema import Profile
from dsr.workflow import notices, policies, sealing, shops
from dsr.workflow.actors import COMMAND

NEWS = "privacy@letters.example"
RECIPIENTS = """
recipients:
  - key: carrier
    name: The carrier
    kind: processor
    gets: [order, user.contact.address]
  - key: letters
    name: Letters & Sons
    kind: processor
    gets: [newsletter_subscription]
    instruct: {way: email, address: privacy@letters.example}
  - key: pay
    name: The payment company
    kind: processor
    gets: [payment, user.financial]
    instruct: {way: webhook, address: "WEBHOOK"}
  - key: figures
    name: Who gets figures
    kind: aggregate_only
    gets: [user]
  - key: courts
    name: Courts
    kind: authority
    gets: [user]
  - key: readers
    name: Everybody who reads the site
    kind: partner
    gets: [review, order]
    instruct: {way: nobody}
  - key: nobody
    name: Anybody who would advertise
    kind: promotion
    gets: [user]
    is_allowed: false
"""


def publish(shop: Shop, now: datetime, webhook: str = "https://pay.example/hook?token=secret") -> Profile:
    """Let the shop promise who gets what; what that says."""
    text = default_profile(shop.slug, shop.name) + RECIPIENTS.replace("WEBHOOK", webhook)
    policies.publish(shop, profile_text=text, actor=COMMAND, now=now)
    return shops.profile_of(shop, now)


def of(subject_request: SubjectRequest, key: str) -> RecipientInstruction:
    return subject_request.recipient_instructions.select_related("subject_request__policy_version__shop").get(
        recipient=key
    )


def mails(subject_request: SubjectRequest, kind: Notice.Kind = Notice.Kind.INSTRUCTION) -> list[dict[str, str]]:
    """The mails of a kind, oldest first."""
    return [notices.read(each) for each in subject_request.notices.filter(kind=kind)]


def link_of(subject_request: SubjectRequest, kind: Notice.Kind = Notice.Kind.INSTRUCTION) -> str:
    """The path of the link in the newest mail to a recipient."""
    found = re.search(r"https://privacy\.example(/partner/\S+/)", mails(subject_request, kind)[-1]["text"])
    assert found is not None
    return found[1]


@dataclass
class Partner:
    """One browser behind one link."""

    link: str
    client: Client = field(default_factory=Client)

    def see(self) -> str:
        return self.client.get(self.link, follow=True).content.decode().replace("<wbr>", "")

    def open(self) -> str:
        """Press the cover's button."""
        return self.client.post(self.link, {"do": "open"}, follow=True).content.decode().replace("<wbr>", "")

    def say(self, said: str, why: str = "") -> str:
        """Send the form."""
        sent = {"do": "answer", "said": said, "why": why}
        return self.client.post(self.link, sent, follow=True).content.decode().replace("<wbr>", "")


def forget(subject_request: SubjectRequest) -> None:
    """Let the month under whose key the request's data key lies be destroyed."""
    old = date(1999, 3, 1)
    with suppress(KeyDestroyed):  # Another test was first.
        sealing.ring().month_key(old)
    sealing.ring().destroy_months_before(date(1999, 4, 1))
    SubjectRequest.objects.filter(pk=subject_request.pk).update(key_month=old)
