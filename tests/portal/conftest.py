"""A visitor with a browser, what they read, and the mails they get."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from django.test import Client

from dsr.models import Notice, Shop, SubjectRequest
from dsr.workflow import notices

ASK = "/small-shop/see-my-data/"
CHECK = "/small-shop/see-my-data/check/"


@dataclass
class Visitor:
    """One browser. ``ask`` walks from the question to the status page."""

    client: Client

    def ask(self, email: str, **more: str) -> SubjectRequest:
        """Ask for a copy; returns the request that was opened."""
        assert self.client.post(ASK, {"email": email, **more}).status_code == 302
        assert self.client.post(CHECK).status_code == 302
        return SubjectRequest.objects.latest("pk")

    def read(self, address: str) -> str:
        """The page behind an address, following redirects."""
        response = self.client.get(address, follow=True)
        assert response.status_code == 200
        return response.content.decode()


@pytest.fixture
def visitor(shop: Shop) -> Visitor:
    return Visitor(Client())


@pytest.fixture
def someone_else(shop: Shop) -> Visitor:
    return Visitor(Client())


def status_address(subject_request: SubjectRequest) -> str:
    return f"/{subject_request.shop.slug}/requests/{subject_request.reference}/"


def newest_mail(subject_request: SubjectRequest, kind: Notice.Kind = Notice.Kind.CONFIRM) -> dict[str, str]:
    """The newest mail of a kind, as it will be sent."""
    return notices.read(Notice.objects.filter(subject_request=subject_request, kind=kind).latest("pk"))


def link_in(mail: dict[str, str]) -> str:
    """The path of the link in a mail."""
    found = re.search(r"https://privacy\.example(/\S+/confirm/\S+/)", mail["text"])
    assert found is not None
    return found[1]


def code_in(mail: dict[str, str]) -> str:
    """The six digits in a mail."""
    found = re.search(r"\b(\d{6})\b", mail["text"])
    assert found is not None
    return found[1]


def headline(page: str) -> str:
    """The words of the page's heading."""
    found = re.search(r"<h1[^>]*>(.*?)</h1>", page, re.DOTALL)
    assert found is not None
    return re.sub(r"<[^>]+>", "", found[1]).strip()


def without_chance(page: str, *references: str) -> str:
    """A page without what differs from one request to the next by chance: form tokens and references."""
    page = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", page)
    page = re.sub(r"\d\d:\d\d", "00:00", page)
    for reference in references:
        page = page.replace(reference, "REFERENCE")
    return page
