import pytest
from django.db import connection

from dsr.settings import database


@pytest.mark.django_db
def test_a_database_machine_that_vanishes_is_noticed() -> None:
    connection.ensure_connection()
    told = connection.connection.info.get_parameters()

    assert (told["connect_timeout"], told["tcp_user_timeout"], told["keepalives_idle"]) == ("10", "60000", "30")


def test_what_the_address_says_of_the_connection_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://dsr_app:secret@db.example/dsr?connect_timeout=3&sslmode=require")

    described = database("DATABASE_URL")

    assert (described["HOST"], described["NAME"], described["USER"]) == ("db.example", "dsr", "dsr_app")
    assert described["OPTIONS"]["connect_timeout"] == "3"
    assert described["OPTIONS"]["sslmode"] == "require"
