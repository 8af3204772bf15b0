-- TimeLux Boutique shop database: The boutique's web shop: one schema, whole numbers as keys, moments with a time zone.

CREATE TABLE products (
    id bigint NOT NULL,
    sku varchar(40) NOT NULL,
    name varchar(200) NOT NULL,
    metal varchar(60) NOT NULL,
    price numeric(10,2) NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE addresses (
    id bigint NOT NULL,
    street varchar(200) NOT NULL,
    unit varchar(40),
    city varchar(100) NOT NULL,
    region varchar(60) NOT NULL,
    postcode varchar(20) NOT NULL,
    country char(2) NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE customers (
    id bigint NOT NULL,
    customer_number varchar(20) NOT NULL UNIQUE,
    email varchar(254) NOT NULL,
    former_email varchar(254),
    first_name varchar(100) NOT NULL,
    last_name varchar(100) NOT NULL,
    phone varchar(40),
    password_hash varchar(200) NOT NULL,
    ssn varchar(11),
    date_of_birth date,
    language varchar(8) NOT NULL,
    promotions_by_email boolean NOT NULL,
    promotions_by_post boolean NOT NULL,
    created_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    staff_remark text,
    PRIMARY KEY (id)
);

CREATE TABLE customer_addresses (
    customer_id bigint NOT NULL,
    address_id bigint NOT NULL,
    purpose varchar(20) NOT NULL,
    added_at timestamptz NOT NULL,
    PRIMARY KEY (customer_id, address_id)
);

CREATE TABLE orders (
    id bigint NOT NULL,
    order_number varchar(20) NOT NULL UNIQUE,
    customer_id bigint,
    email varchar(254) NOT NULL,
    contact_name varchar(200) NOT NULL,
    phone varchar(40),
    shipping_address_id bigint NOT NULL,
    placed_at timestamptz NOT NULL,
    status varchar(20) NOT NULL,
    goods_total numeric(12,2) NOT NULL,
    tax numeric(12,2) NOT NULL,
    shipping_fee numeric(12,2) NOT NULL,
    grand_total numeric(12,2) NOT NULL,
    currency char(3) NOT NULL,
    customer_note text,
    staff_note text,
    PRIMARY KEY (id)
);

CREATE TABLE order_items (
    id bigint NOT NULL,
    order_id bigint NOT NULL,
    line_no smallint NOT NULL,
    product_id bigint NOT NULL,
    product_name varchar(200) NOT NULL,
    quantity integer NOT NULL,
    unit_price numeric(10,2) NOT NULL,
    ring_size varchar(10),
    engraving text,
    PRIMARY KEY (id)
);

CREATE TABLE payments (
    id bigint NOT NULL,
    order_id bigint NOT NULL,
    method varchar(20) NOT NULL,
    processor_reference varchar(60) NOT NULL,
    card_last_four char(4),
    amount numeric(12,2) NOT NULL,
    paid_at timestamptz NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE invoices (
    invoice_number varchar(30) NOT NULL,
    order_id bigint NOT NULL,
    issued_on date NOT NULL,
    billed_to varchar(200) NOT NULL,
    billing_address varchar(400) NOT NULL,
    total numeric(12,2) NOT NULL,
    PRIMARY KEY (invoice_number)
);

CREATE TABLE returns (
    id bigint NOT NULL,
    order_id bigint NOT NULL,
    line_no smallint NOT NULL,
    requested_at timestamptz NOT NULL,
    reason text NOT NULL,
    status varchar(20) NOT NULL,
    refund numeric(12,2),
    closed_at timestamptz,
    PRIMARY KEY (id)
);

CREATE TABLE repairs (
    id bigint NOT NULL,
    customer_id bigint NOT NULL,
    item varchar(200) NOT NULL,
    problem text NOT NULL,
    engraving text,
    received_on date NOT NULL,
    returned_on date,
    price numeric(10,2) NOT NULL,
    goldsmith varchar(100) NOT NULL,
    staff_remark text,
    PRIMARY KEY (id)
);

CREATE TABLE appraisals (
    id bigint NOT NULL,
    customer_id bigint NOT NULL,
    item varchar(200) NOT NULL,
    value numeric(12,2) NOT NULL,
    appraised_on date NOT NULL,
    appraiser varchar(100) NOT NULL,
    photo_thumb bytea NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE saved_cards (
    id bigint NOT NULL,
    customer_id bigint NOT NULL,
    token varchar(60) NOT NULL,
    brand varchar(20) NOT NULL,
    last_four char(4) NOT NULL,
    holder varchar(200) NOT NULL,
    expires char(5) NOT NULL,
    allowed_at timestamptz NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE wish_list_items (
    id bigint NOT NULL,
    customer_id bigint NOT NULL,
    product_id bigint NOT NULL,
    added_at timestamptz NOT NULL,
    is_public boolean NOT NULL,
    note text,
    PRIMARY KEY (id)
);

CREATE TABLE reviews (
    id bigint NOT NULL,
    customer_id bigint,
    email varchar(254) NOT NULL,
    shown_name varchar(100) NOT NULL,
    product_id bigint NOT NULL,
    stars smallint NOT NULL,
    title varchar(200) NOT NULL,
    body text NOT NULL,
    posted_at timestamptz NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE testimonials (
    id bigint NOT NULL,
    email varchar(254) NOT NULL,
    author varchar(200) NOT NULL,
    body text NOT NULL,
    written_at timestamptz NOT NULL,
    consent_at timestamptz,
    is_published boolean NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE gift_recipients (
    id bigint NOT NULL,
    order_id bigint NOT NULL,
    recipient_name varchar(200) NOT NULL,
    recipient_email varchar(254),
    recipient_phone varchar(40),
    recipient_street varchar(200) NOT NULL,
    recipient_city varchar(100) NOT NULL,
    recipient_postcode varchar(20) NOT NULL,
    recipient_country char(2) NOT NULL,
    message text NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE referrals (
    id bigint NOT NULL,
    customer_id bigint NOT NULL,
    friend_name varchar(200) NOT NULL,
    friend_email varchar(254) NOT NULL,
    message text NOT NULL,
    sent_at timestamptz NOT NULL,
    followed_at timestamptz,
    PRIMARY KEY (id)
);

CREATE TABLE prize_draw_entries (
    id bigint NOT NULL,
    email varchar(254) NOT NULL,
    name varchar(200) NOT NULL,
    postcode varchar(20) NOT NULL,
    survey varchar(100) NOT NULL,
    answer text NOT NULL,
    entered_at timestamptz NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE affiliate_purchases (
    id bigint NOT NULL,
    customer_id bigint NOT NULL,
    affiliate varchar(100) NOT NULL,
    item varchar(200) NOT NULL,
    amount numeric(12,2) NOT NULL,
    bought_on date NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE preferences (
    customer_id bigint NOT NULL,
    segment varchar(60) NOT NULL,
    score numeric(6,5) NOT NULL,
    traits jsonb NOT NULL,
    computed_at timestamptz NOT NULL,
    PRIMARY KEY (customer_id)
);

CREATE TABLE catalogue_subscriptions (
    id bigint NOT NULL,
    email varchar(254) NOT NULL,
    name varchar(200) NOT NULL,
    street varchar(240) NOT NULL,
    city varchar(100) NOT NULL,
    postcode varchar(20) NOT NULL,
    country char(2) NOT NULL,
    since date NOT NULL,
    until date,
    PRIMARY KEY (id)
);

CREATE TABLE phone_calls (
    id bigint NOT NULL,
    customer_id bigint,
    caller_number varchar(40) NOT NULL,
    called_at timestamptz NOT NULL,
    seconds integer NOT NULL,
    taken_by varchar(100) NOT NULL,
    summary text NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE staff_notes (
    id bigint NOT NULL,
    customer_id bigint NOT NULL,
    author varchar(100) NOT NULL,
    written_at timestamptz NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (id)
);

-- after the rows are in

CREATE INDEX ON customers (lower(email));
CREATE INDEX ON customers (lower(former_email));
ALTER TABLE customer_addresses ADD FOREIGN KEY (customer_id) REFERENCES customers (id);
ALTER TABLE customer_addresses ADD FOREIGN KEY (address_id) REFERENCES addresses (id);
CREATE INDEX ON customer_addresses (address_id);
ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers (id);
CREATE INDEX ON orders (customer_id);
CREATE INDEX ON orders (lower(email));
ALTER TABLE orders ADD FOREIGN KEY (shipping_address_id) REFERENCES addresses (id);
CREATE INDEX ON orders (shipping_address_id);
ALTER TABLE order_items ADD FOREIGN KEY (order_id) REFERENCES orders (id);
CREATE INDEX ON order_items (order_id);
ALTER TABLE order_items ADD FOREIGN KEY (product_id) REFERENCES products (id);
CREATE INDEX ON order_items (product_id);
ALTER TABLE payments ADD FOREIGN KEY (order_id) REFERENCES orders (id);
CREATE INDEX ON payments (order_id);
ALTER TABLE invoices ADD FOREIGN KEY (order_id) REFERENCES orders (id);
CREATE INDEX ON invoices (order_id);
ALTER TABLE returns ADD FOREIGN KEY (order_id) REFERENCES orders (id);
CREATE INDEX ON returns (order_id);
ALTER TABLE repairs ADD FOREIGN KEY (customer_id) REFERENCES customers (id);
CREATE INDEX ON repairs (customer_id);
ALTER TABLE appraisals ADD FOREIGN KEY (customer_id) REFERENCES customers (id);
CREATE INDEX ON appraisals (customer_id);
ALTER TABLE saved_cards ADD FOREIGN KEY (customer_id) REFERENCES customers (id);
CREATE INDEX ON saved_cards (customer_id);
ALTER TABLE wish_list_items ADD FOREIGN KEY (customer_id) REFERENCES customers (id);
CREATE INDEX ON wish_list_items (customer_id);
ALTER TABLE wish_list_items ADD FOREIGN KEY (product_id) REFERENCES products (id);
ALTER TABLE reviews ADD FOREIGN KEY (customer_id) REFERENCES customers (id);
CREATE INDEX ON reviews (customer_id);
CREATE INDEX ON reviews (lower(email));
ALTER TABLE reviews ADD FOREIGN KEY (product_id) REFERENCES products (id);
CREATE INDEX ON testimonials (lower(email));
ALTER TABLE gift_recipients ADD FOREIGN KEY (order_id) REFERENCES orders (id);
CREATE INDEX ON gift_recipients (order_id);
CREATE INDEX ON gift_recipients (lower(recipient_email));
ALTER TABLE referrals ADD FOREIGN KEY (customer_id) REFERENCES customers (id);
CREATE INDEX ON referrals (customer_id);
CREATE INDEX ON referrals (lower(friend_email));
CREATE INDEX ON prize_draw_entries (lower(email));
ALTER TABLE affiliate_purchases ADD FOREIGN KEY (customer_id) REFERENCES customers (id);
CREATE INDEX ON affiliate_purchases (customer_id);
ALTER TABLE preferences ADD FOREIGN KEY (customer_id) REFERENCES customers (id);
CREATE INDEX ON catalogue_subscriptions (lower(email));
ALTER TABLE phone_calls ADD FOREIGN KEY (customer_id) REFERENCES customers (id);
CREATE INDEX ON phone_calls (customer_id);
CREATE INDEX ON phone_calls (caller_number);
ALTER TABLE staff_notes ADD FOREIGN KEY (customer_id) REFERENCES customers (id);
CREATE INDEX ON staff_notes (customer_id);
