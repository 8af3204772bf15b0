"""What the log says of requests that go wrong: enough to find the place, nothing that opens or names anything."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client

from dsr.models import Shop
from dsr.web.log_lines import WithoutSecrets

TOKEN = "FbYoER7SLk1o_Rh7UnJRLylicOAxf88iynfFcsxCazs"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that is logged, as the console would show it."""
    line = settings.LOGGING["formatters"]["line"]
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(WithoutSecrets(line["format"], style=line["style"]))
    logging.getLogger().addHandler(handler)
    yield written
    logging.getLogger().removeHandler(handler)


@pytest.mark.parametrize("is_checked", [True, False])
def test_link_when_it_fails_then_the_log_holds_the_address_without_the_token(
    shop: Shop, log: io.StringIO, is_checked: bool
) -> None:
    Client(enforce_csrf_checks=is_checked).post(f"/small-shop/confirm/{TOKEN}/")

    assert "/small-shop/confirm/…/" in log.getvalue()
    assert TOKEN not in log.getvalue()


@pytest.mark.parametrize("kind", ["task", "partner"])
def test_link_when_it_was_mailed_to_somebody_else_then_the_log_has_no_token_either(
    shop: Shop, log: io.StringIO, kind: str
) -> None:
    Client().get(f"/{kind}/{TOKEN}/")

    assert f"/{kind}/…/" in log.getvalue()
    assert TOKEN not in log.getvalue()


def test_fault_when_it_quotes_a_row_then_the_log_holds_its_kind_and_place_alone(log: io.StringIO) -> None:
    row = {"name": "Ada Lovelace"}
    try:
        int(row["name"])
    except ValueError as first:
        try:
            {}[str(first)]
        except KeyError:
            logging.getLogger("django.request").exception("Internal Server Error: %s", "/staff/")

    text = log.getvalue()
    assert ("ValueError" in text, "KeyError" in text, "test_log_lines.py" in text) == (True, True, True)
    assert "Lovelace" not in text


def test_log_when_it_is_set_up_then_the_console_writes_it_this_way() -> None:
    assert any(isinstance(handler.formatter, WithoutSecrets) for handler in logging.getLogger().handlers)
