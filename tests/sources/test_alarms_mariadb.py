"""MariaDB's alarms and advice: the same as elsewhere, except that it keeps no index over a spelling."""

from __future__ import annotations

from tests.mariadb import MariaDbServer, database_of
from tests.sources import test_alarms, test_scans

ROWS = """
INSERT INTO customers SELECT seq, concat('person-', seq, '@example.com'), seq, seq FROM seq_1_to_6000;
INSERT INTO `Order` SELECT seq, seq, 1 FROM seq_1_to_6000; ANALYZE TABLE customers, `Order`
"""


def test_what_changed_is_an_alarm_with_its_place(mariadb_url: str, mariadb_server: MariaDbServer) -> None:
    mariadb_server.run(";".join(test_alarms.SCHEMA), database_of(mariadb_url))
    before = test_alarms.examined(mariadb_url).alarms
    changes = "ALTER TABLE customers ADD COLUMN x varchar(5); CREATE TABLE plugin_log (id integer PRIMARY KEY);"
    mariadb_server.run(changes + "INSERT INTO orders VALUES (20, 77, 1)", database_of(mariadb_url))

    alarms = test_alarms.examined(mariadb_url).alarms

    assert before == ()
    assert [(alarm.code.value, alarm.place) for alarm in alarms] == [
        ("undeclared_column", "shop.customers.x"),
        ("undeclared_table", "plugin_log"),
        ("broken_reference", "shop.orders.customer_id"),
    ]


def test_links_are_advised_an_index_and_spellings_are_told_to_have_none(
    mariadb_url: str, mariadb_server: MariaDbServer
) -> None:
    quotes = "SET sql_mode = 'ANSI_QUOTES';"
    mariadb_server.run(quotes + ";".join(test_scans.SCHEMA) + ";" + ROWS, database_of(mariadb_url))
    before = test_scans.advice(mariadb_url)

    mariadb_server.run(";".join(cure.rstrip(";") for cure in before.values() if cure), database_of(mariadb_url))

    identities = {f"shop.customers.{name}": "" for name in ("email", "phone", "number")}
    assert set(before) == {*identities, "shop.Order.customer_id", "shop.Order.address_id"}
    assert test_scans.advice(mariadb_url) == identities
