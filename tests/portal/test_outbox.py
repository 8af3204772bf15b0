"""The outbox shows mails to whoever comes, so it exists in the demo only."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import Settings

from dsr.models import Notice
from tests.portal.conftest import Visitor, code_in, newest_mail


@pytest.mark.parametrize("address", ["/dev/outbox/", "/dev/outbox/{pk}/", "/dev/outbox/{pk}/html/"])
def test_outbox_when_it_is_not_the_demo_then_it_is_not_there(
    client: Client, visitor: Visitor, settings: Settings, address: str
) -> None:
    visitor.ask("ada@example.com")
    path = address.format(pk=Notice.objects.get().pk)
    settings.DSR_DEMO = True
    assert client.get(path).status_code == 200

    settings.DSR_DEMO = False

    assert client.get(path).status_code == 404


def test_outbox_when_it_is_the_demo_then_mails_are_read_with_their_links(
    client: Client, visitor: Visitor, settings: Settings
) -> None:
    settings.DSR_DEMO = True
    asked = visitor.ask("ada@example.com")
    written, notice = newest_mail(asked), Notice.objects.get()

    inbox = client.get("/dev/outbox/").content.decode()
    mail = client.get(f"/dev/outbox/{notice.pk}/").content.decode()
    as_html = client.get(f"/dev/outbox/{notice.pk}/html/")

    assert f'<a href="/dev/outbox/{notice.pk}/">{written["subject"]}</a>' in inbox
    assert code_in(written) in mail
    assert '<a href="https://privacy.example/small-shop/confirm/' in mail
    assert as_html.content.decode() == written["html"]
    assert "style-src 'unsafe-inline'" in as_html.headers["Content-Security-Policy"]
