"""Two people at the desk: a reviewer of one shop, and an owner of all."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client


@pytest.fixture
def desk(reviewer: User) -> Client:
    return signed_in(reviewer)


@pytest.fixture
def boss(owner: User) -> Client:
    return signed_in(owner)


def signed_in(user: User) -> Client:
    """A browser in which that person has signed in."""
    client = Client()
    client.force_login(user)
    return client


def text(response: object) -> str:
    """The page as text."""
    content: bytes = response.content  # type: ignore[attr-defined]  # the test client's response
    return content.decode()
