"""A shop of many customers with three orders each, made by the database itself, and its indexes as a shop would have them."""

from __future__ import annotations

import psycopg

from dsr.sources import registry
from dsr.sources.registry import Description

ORDERS_EACH = 3
DATASET = """
dataset:
  - fides_key: large_shop
    collections:
      - name: customers
        fields:
          - {name: id, data_categories: [system.operations], fides_meta: {primary_key: true, data_type: integer}}
          - {name: email, data_categories: [user.contact.email], fides_meta: {identity: email, data_type: string}}
          - {name: name, data_categories: [user.name], fides_meta: {data_type: string}}
          - {name: street, data_categories: [user.contact.address.street], fides_meta: {data_type: string}}
          - {name: joined_at, data_categories: [user.account], fides_meta: {data_type: string}}
      - name: orders
        fields:
          - {name: id, data_categories: [system.operations], fides_meta: {primary_key: true, data_type: integer}}
          - name: customer_id
            data_categories: [user.unique_id]
            fides_meta:
              data_type: integer
              references: [{dataset: large_shop, field: customers.id, direction: from}]
          - {name: number, data_categories: [user.behavior.purchase_history], fides_meta: {data_type: string}}
          - {name: total, data_categories: [user.behavior.purchase_history], fides_meta: {data_type: float}}
          - {name: placed_at, data_categories: [user.behavior.purchase_history], fides_meta: {data_type: string}}
          - {name: note, data_categories: [user.content], fides_meta: {data_type: string}}
"""
OVERLAY = """
collections:
  customers: {record_class: account, subject_class: customer, facts: {collected_on: joined_at}}
  orders: {record_class: order, subject_class: customer, facts: {ordered_on: placed_at}}
"""
SCHEMA = """
CREATE TABLE customers (id integer PRIMARY KEY, email varchar(200) NOT NULL, name text, street text, joined_at timestamptz);
CREATE TABLE orders (id integer PRIMARY KEY, customer_id integer NOT NULL, number varchar(20), total numeric(12, 2),
                     placed_at timestamptz, note text)
"""
FILL = """
INSERT INTO customers SELECT n, 'Person-' || n || '@Example.com', 'Person ' || n, n % 997 || ' Main Street',
    timestamptz '2020-01-01' + n * interval '1 minute' FROM generate_series(1, {customers}) n;
INSERT INTO orders SELECT n, 1 + n % {customers}, 'N-' || n, n % 1000 + 0.5, timestamptz '2021-01-01' + n * interval '20 s',
    CASE WHEN n % 5 = 0 THEN 'Please ring at the door of number ' || n % 997 END FROM generate_series(1, {orders}) n;
ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers;
CREATE INDEX ON orders (customer_id);
CREATE INDEX ON customers (lower(email));
ANALYZE
"""


def described() -> Description:
    """The shop's description."""
    return registry.load(DATASET)


def build(url: str, customers: int) -> tuple[str, ...]:
    """Fill the empty database at ``url``; returns the statements of the indexes that connecting it asked for, made."""
    with psycopg.connect(url) as connection:
        connection.execute(SCHEMA)
        connection.execute(FILL.format(customers=customers, orders=customers * ORDERS_EACH).encode())
    advised = registry.survey("sql", "large", url, described())
    asked_for = tuple(problem.expected for problem in advised.problems)
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in asked_for:
            connection.execute(statement.encode())
        connection.execute("VACUUM ANALYZE")
    return asked_for


def selects(person: int) -> tuple[str, ...]:
    """What somebody would write by hand to locate one person and to read the rows."""
    return (
        f"SELECT id FROM customers WHERE lower(email) = 'person-{person}@example.com'",
        f"SELECT * FROM customers WHERE id = {person} ORDER BY id",
        f"SELECT * FROM orders WHERE customer_id = {person} ORDER BY id",
    )
