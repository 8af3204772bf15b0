CREATE TABLE customers (
    id integer PRIMARY KEY, email text NOT NULL, name text, phone text, password_hash text, joined_at timestamptz
);
CREATE TABLE orders (
    id integer PRIMARY KEY, customer_id integer REFERENCES customers (id), guest_email text, total numeric(12, 2),
    placed_on date, note text
);
CREATE TABLE order_lines (
    id integer PRIMARY KEY, order_id integer NOT NULL REFERENCES orders (id), title text, engraving text
);
CREATE TABLE gifts (
    id integer PRIMARY KEY, order_id integer NOT NULL REFERENCES orders (id), recipient_name text, recipient_email text
);
CREATE TABLE newsletter (email text PRIMARY KEY, subscribed boolean, ip inet);
CREATE INDEX ON orders (customer_id);
CREATE INDEX ON order_lines (order_id);
CREATE INDEX ON gifts (order_id);

INSERT INTO customers VALUES
    (1, 'Ada@Example.com', 'Ada Lovelace', '+1 617 555 0101', 'pbkdf2$secret-of-ada', '2020-01-06 10:00+00'),
    (2, 'bela@example.org', 'Bela Bartok', '+1 617 555 0102', 'pbkdf2$secret-of-bela', '2021-03-01 10:00+00');
INSERT INTO orders VALUES
    (10, 1, NULL, 120.50, '2020-02-01', 'Paid with 4111 1111 1111 1111, called back'),
    (11, NULL, 'ADA@example.com', 0.10, '2026-11-01', NULL),
    (20, 2, NULL, 99999999.99, '2022-05-05', 'Bela only');
INSERT INTO order_lines VALUES
    (100, 10, 'Ring', 'A & B <3'), (101, 10, 'Chain', '=1+1'), (110, 11, 'Box', NULL), (200, 20, 'Watch', 'Bela 1922');
INSERT INTO gifts VALUES (1000, 10, 'Cleo Gift', 'cleo@example.net'), (2000, 20, 'Dora Gift', 'ada@example.com');
INSERT INTO newsletter VALUES ('ada@example.com', true, '203.0.113.7'), ('bela@example.org', false, NULL);
