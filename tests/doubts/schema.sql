CREATE TABLE houses (id integer PRIMARY KEY, street varchar(100), city varchar(60));
CREATE TABLE customers (
    number varchar(20) PRIMARY KEY, email varchar(120), name varchar(60), phone varchar(40), bounced_at timestamp NULL,
    confirmed_on date, card_until date, is_closed integer NOT NULL DEFAULT 0, house_id integer, password varchar(40)
);
CREATE TABLE addresses (
    customer_number varchar(20) NOT NULL, line integer NOT NULL, street varchar(100), postcode varchar(20),
    PRIMARY KEY (customer_number, line)
);
INSERT INTO houses VALUES (1, '12 High Street', NULL), (2, '7 Work Yard', ' ');
INSERT INTO customers VALUES
    ('C-1', 'Ada@Example.com', 'Ada Lovelace', '+1 617 555 0101', '2026-01-02 09:00:00', '2020-05-01', '2026-01-05', 0, 1, 'x'),
    ('C-2', 'bela@example.org', 'Bela Byron', '+1 617 555 0102', NULL, '2025-12-01', '2026-01-06', 0, 2, 'x'),
    ('C-3', 'cora@example.org', 'Cora Clark', '', NULL, NULL, NULL, 0, 2, 'x'),
    ('C-4', 'dora@example.org', 'Dora Dean', '+1 617 555 0104', '2026-01-03 10:00:00', NULL, '2031-01-01', 1, NULL, 'x'),
    ('C-5', '', 'Emil Eck', '+1 617 555 0105', '2026-01-03 10:00:00', NULL, NULL, 0, NULL, 'x');
INSERT INTO addresses VALUES
    ('C-1', 1, '12 High Street', '02108'), ('C-1', 2, '7 Work Yard', ''), ('C-2', 1, '3 Low Lane', NULL), ('C-2', 2, 'x', '   '),
    ('C-3', 1, 'y', '02109');
