"""The small shop that every kind of source is tried on: the same rows, in each database's own words.

Ada asks, Bela is the neighbour. ``ADA`` lists what is Ada's, written down by hand and not computed.
"""

from __future__ import annotations

DATASET = """
dataset:
  - fides_key: shop
    collections:
      - name: customer
        fields:
          - {name: id, fides_meta: {primary_key: true}}
          - {name: email, fides_meta: {identity: email}}
          - {name: phone, fides_meta: {identity: phone_number}}
          - {name: number, fides_meta: {identity: customer_number}}
          - {name: password, data_categories: [user.authorization.password]}
          - {name: referred_by, fides_meta: {references: [{dataset: shop, field: customer.id}]}}
      - name: order
        fields:
          - {name: number, fides_meta: {primary_key: true, identity: order_number}}
          - {name: customer_id, fides_meta: {references: [{dataset: shop, field: customer.id}]}}
          - {name: guest_email, fides_meta: {identity: email}}
          - {name: address_id, fides_meta: {references: [{dataset: shop, field: address.id}]}}
          - {name: total}
      - name: line
        fields:
          - {name: order, fides_meta: {primary_key: true, references: [{dataset: shop, field: order.number}]}}
          - {name: position, fides_meta: {primary_key: true}}
          - {name: product_id, fides_meta: {references: [{dataset: shop, field: product.id}]}}
      - name: engraving
        fields:
          - {name: id, fides_meta: {primary_key: true, data_type: integer}}
          - {name: order, fides_meta: {references: [{dataset: shop, field: line.order}]}}
          - {name: position, fides_meta: {references: [{dataset: shop, field: line.position}]}}
          - {name: text}
      - name: address
        fields:
          - {name: id, fides_meta: {primary_key: true}}
          - {name: street}
      - name: product
        fields:
          - {name: id, fides_meta: {primary_key: true}}
          - {name: title}
      - name: visit
        fields:
          - {name: customer_id, fides_meta: {references: [{dataset: shop, field: customer.id}]}}
          - {name: page}
      - name: contest_entry
        fields:
          - {name: id, fides_meta: {primary_key: true, data_type: integer}}
          - {name: email, fides_meta: {identity: email}}
"""

SCHEMA = """
CREATE TABLE customer (id integer PRIMARY KEY, email varchar(100), phone varchar(40), number varchar(20),
                       password varchar(100), referred_by integer);
CREATE TABLE "order" (number varchar(20) PRIMARY KEY, customer_id integer, guest_email varchar(100), address_id integer,
                      total varchar(20));
CREATE TABLE line ("order" varchar(20), position integer, product_id integer, PRIMARY KEY ("order", position));
CREATE TABLE engraving (id integer PRIMARY KEY, "order" varchar(20), position integer, text varchar(100));
CREATE TABLE address (id integer PRIMARY KEY, street varchar(100));
CREATE TABLE product (id integer PRIMARY KEY, title varchar(100));
CREATE TABLE visit (customer_id integer, page varchar(100));
CREATE TABLE contest_entry (id integer PRIMARY KEY, email varchar(100));
"""

ROWS = """
INSERT INTO customer VALUES (1, 'Ada@Example.com', '(202) 555-0100', 'C-1', 'hash', NULL);
INSERT INTO customer VALUES (2, 'bela@example.org', '+1 202 555 0199', 'C-2', 'hash', 1);
INSERT INTO customer VALUES (3, 'not-ada@example.com', '1 202 555 01001', 'C-11', NULL, NULL);
INSERT INTO "order" VALUES ('A-1', 1, NULL, 10, '12.30');
INSERT INTO "order" VALUES ('A-2', NULL, ' ADA@example.COM ', 11, '1.00');
INSERT INTO "order" VALUES ('B-1', 2, NULL, 10, '7.00');
INSERT INTO "order" VALUES ('B-2', NULL, 'bela@example.org', 12, '8.00');
INSERT INTO address VALUES (10, 'shared by two orders'); INSERT INTO address VALUES (11, 'Ada alone');
INSERT INTO address VALUES (12, 'Bela alone');
INSERT INTO product VALUES (100, 'ring'); INSERT INTO product VALUES (101, 'watch'); INSERT INTO product VALUES (102, 'pin');
INSERT INTO line VALUES ('A-1', 1, 100); INSERT INTO line VALUES ('A-1', 2, 101); INSERT INTO line VALUES ('A-2', 1, 100);
INSERT INTO line VALUES ('B-1', 1, 100); INSERT INTO line VALUES ('B-1', 2, 102);
INSERT INTO engraving VALUES (1, 'A-1', 2, 'for Ada'); INSERT INTO engraving VALUES (2, 'B-1', 2, 'for Bela');
INSERT INTO visit VALUES (1, '/rings'); INSERT INTO visit VALUES (1, '/rings'); INSERT INTO visit VALUES (2, '/pins');
INSERT INTO contest_entry VALUES (5, 'bela@example.org');
"""

ADA: dict[str, list[tuple[object, ...]]] = {
    "customer": [(1, "Ada@Example.com", "(202) 555-0100", "C-1", None, None)],
    "order": [("A-1", 1, None, 10, "12.30"), ("A-2", None, " ADA@example.COM ", 11, "1.00")],
    "line": [("A-1", 1, 100), ("A-1", 2, 101), ("A-2", 1, 100)],
    "engraving": [(1, "A-1", 2, "for Ada")],
    "address": [(10, "shared by two orders"), (11, "Ada alone")],
    "product": [(100, "ring"), (101, "watch")],
    "visit": [(1, "/rings"), (1, "/rings")],
}
BELA_ALONE = {
    ("customer", 2),
    ("order", "B-1"),
    ("order", "B-2"),
    ("address", 12),
    ("engraving", 2),
    ("contest_entry", 5),
}
EVERY = {
    "customer": 3,
    "order": 4,
    "line": 5,
    "engraving": 2,
    "address": 3,
    "product": 3,
    "visit": 3,
    "contest_entry": 1,
}
"""How many rows there are in all: what must not be gathered is there."""
