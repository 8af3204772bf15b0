CREATE TABLE customers (
    id integer PRIMARY KEY, email text NOT NULL UNIQUE, first_name varchar(20), last_name varchar(20), phone text, born date,
    search_text text, note text
);
CREATE TABLE addresses (
    id integer PRIMARY KEY, customer_id integer NOT NULL REFERENCES customers (id), name text, street text, city text, zip text
);
CREATE TABLE orders (
    id integer PRIMARY KEY, customer_id integer REFERENCES customers (id), placed_on date, name text, street text, city text, zip text
);
CREATE TABLE gifts (id integer PRIMARY KEY, order_id integer NOT NULL REFERENCES orders (id), recipient_name text);
CREATE TABLE newsletter (email text PRIMARY KEY, full_name text, phone text);

INSERT INTO customers VALUES
    (1, 'Ada@Example.com', 'Ada', 'Lovelace', '+1 617 555 0101', '1985-12-10', 'ada lovelace ada@example.com', 'Ada Lovelace called'),
    (2, 'bela@example.org', 'Bela', 'Lovelace', '+1 617 555 0102', NULL, 'bela lovelace', NULL);
INSERT INTO addresses VALUES
    (5, 1, 'Ada Lovelace', '12 High Street', 'Boston', '02108'), (6, 1, 'Ada Lovelace', '7 Work Yard', 'Boston', '02109'),
    (7, 2, 'Bela Lovelace', '12 High Street', 'Boston', '02108');
INSERT INTO orders VALUES
    (10, 1, '2020-02-01', 'Ada Lovelace', '12 High Street', 'Boston', '02108'),
    (20, 2, '2022-05-05', 'Bela Lovelace', '12 High Street', 'Boston', '02108');
INSERT INTO gifts VALUES (1000, 10, 'Ada Lovelace'), (2000, 20, 'Dora');
INSERT INTO newsletter VALUES ('ada@example.com', 'Ada Lovelace', '617-555-0101'), ('bela@example.org', 'Bela Lovelace', NULL);
