-- Security Jewelers database: A counter shop with a web shop: four schemas, UUID keys, one party per person, moments with a time zone.

CREATE SCHEMA crm;
CREATE SCHEMA sales;
CREATE SCHEMA service;
CREATE SCHEMA web;

CREATE TABLE sales.product (
    sku varchar(40) NOT NULL,
    title varchar(200) NOT NULL,
    list_price numeric(10,2) NOT NULL,
    PRIMARY KEY (sku)
);

CREATE TABLE crm.party (
    party_id uuid NOT NULL,
    party_no varchar(20) NOT NULL UNIQUE,
    email varchar(254) NOT NULL,
    given_name varchar(100) NOT NULL,
    family_name varchar(100) NOT NULL,
    phone varchar(40),
    birthday date,
    contact_allowed boolean NOT NULL,
    created_at timestamptz NOT NULL,
    last_contact_at timestamptz NOT NULL,
    PRIMARY KEY (party_id)
);

CREATE TABLE crm.party_email (
    party_id uuid NOT NULL,
    email varchar(254) NOT NULL,
    replaced_at timestamptz NOT NULL,
    PRIMARY KEY (party_id, email)
);

CREATE TABLE crm.postal_address (
    address_id uuid NOT NULL,
    line1 varchar(200) NOT NULL,
    line2 varchar(40),
    town varchar(100) NOT NULL,
    state varchar(60) NOT NULL,
    zip varchar(20) NOT NULL,
    country char(2) NOT NULL,
    PRIMARY KEY (address_id)
);

CREATE TABLE crm.party_address (
    party_id uuid NOT NULL,
    address_id uuid NOT NULL,
    since timestamptz NOT NULL,
    PRIMARY KEY (party_id, address_id)
);

CREATE TABLE crm.note (
    note_id uuid NOT NULL,
    party_id uuid NOT NULL,
    author varchar(100) NOT NULL,
    written_at timestamptz NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (note_id)
);

CREATE TABLE crm.call (
    call_id uuid NOT NULL,
    party_id uuid,
    number varchar(40) NOT NULL,
    started_at timestamptz NOT NULL,
    seconds integer NOT NULL,
    taken_by varchar(100) NOT NULL,
    summary text NOT NULL,
    PRIMARY KEY (call_id)
);

CREATE TABLE crm.mailing_list (
    email varchar(254) NOT NULL,
    name varchar(200) NOT NULL,
    opted_in_at timestamptz NOT NULL,
    wording text NOT NULL,
    is_active boolean NOT NULL,
    PRIMARY KEY (email)
);

CREATE TABLE crm.referral (
    referral_id uuid NOT NULL,
    party_id uuid NOT NULL,
    friend_name varchar(200) NOT NULL,
    friend_email varchar(254) NOT NULL,
    said_at timestamptz NOT NULL,
    PRIMARY KEY (referral_id)
);

CREATE TABLE sales.customer_order (
    order_no varchar(20) NOT NULL,
    party_id uuid,
    contact_email varchar(254) NOT NULL,
    contact_name varchar(200) NOT NULL,
    contact_phone varchar(40),
    ship_to uuid NOT NULL,
    ordered_at timestamptz NOT NULL,
    state varchar(20) NOT NULL,
    total numeric(12,2) NOT NULL,
    tax numeric(12,2) NOT NULL,
    remark text,
    PRIMARY KEY (order_no)
);

CREATE TABLE sales.order_line (
    order_no varchar(20) NOT NULL,
    line_no smallint NOT NULL,
    sku varchar(40) NOT NULL,
    quantity integer NOT NULL,
    unit_price numeric(10,2) NOT NULL,
    ring_size varchar(10),
    engraving text,
    PRIMARY KEY (order_no, line_no)
);

CREATE TABLE sales.payment (
    payment_id uuid NOT NULL,
    order_no varchar(20) NOT NULL,
    method varchar(20) NOT NULL,
    last_four char(4),
    amount numeric(12,2) NOT NULL,
    paid_at timestamptz NOT NULL,
    PRIMARY KEY (payment_id)
);

CREATE TABLE sales.invoice (
    invoice_no varchar(30) NOT NULL,
    order_no varchar(20) NOT NULL,
    issued_on date NOT NULL,
    billed_to varchar(200) NOT NULL,
    billing_address varchar(400) NOT NULL,
    total numeric(12,2) NOT NULL,
    PRIMARY KEY (invoice_no)
);

CREATE TABLE sales.return_slip (
    slip_id uuid NOT NULL,
    order_no varchar(20) NOT NULL,
    requested_at timestamptz NOT NULL,
    reason text NOT NULL,
    state varchar(20) NOT NULL,
    refund numeric(12,2),
    closed_at timestamptz,
    PRIMARY KEY (slip_id)
);

CREATE TABLE sales.gift_delivery (
    gift_id uuid NOT NULL,
    order_no varchar(20) NOT NULL,
    recipient_name varchar(200) NOT NULL,
    recipient_email varchar(254),
    recipient_phone varchar(40),
    recipient_address varchar(400) NOT NULL,
    card_text text NOT NULL,
    PRIMARY KEY (gift_id)
);

CREATE TABLE sales.saved_card (
    card_id uuid NOT NULL,
    party_id uuid NOT NULL,
    processor_token varchar(60) NOT NULL,
    brand varchar(20) NOT NULL,
    last_four char(4) NOT NULL,
    expires char(5) NOT NULL,
    allowed_at timestamptz NOT NULL,
    PRIMARY KEY (card_id)
);

CREATE TABLE service.repair (
    ticket uuid NOT NULL,
    party_id uuid NOT NULL,
    item varchar(200) NOT NULL,
    problem text NOT NULL,
    engraving text,
    received_on date NOT NULL,
    handed_back_on date,
    price numeric(10,2) NOT NULL,
    goldsmith varchar(100) NOT NULL,
    bench_note text,
    PRIMARY KEY (ticket)
);

CREATE TABLE service.appraisal (
    appraisal_id uuid NOT NULL,
    party_id uuid NOT NULL,
    item varchar(200) NOT NULL,
    value numeric(12,2) NOT NULL,
    appraised_on date NOT NULL,
    appraiser varchar(100) NOT NULL,
    photo bytea NOT NULL,
    PRIMARY KEY (appraisal_id)
);

CREATE TABLE web.login (
    party_id uuid NOT NULL,
    username varchar(254) NOT NULL,
    password_hash varchar(200) NOT NULL,
    last_login_at timestamptz NOT NULL,
    PRIMARY KEY (party_id)
);

CREATE TABLE web.wish (
    wish_id uuid NOT NULL,
    party_id uuid NOT NULL,
    sku varchar(40) NOT NULL,
    added_at timestamptz NOT NULL,
    is_public boolean NOT NULL,
    note text,
    PRIMARY KEY (wish_id)
);

CREATE TABLE web.review (
    review_id uuid NOT NULL,
    email varchar(254) NOT NULL,
    shown_name varchar(100) NOT NULL,
    sku varchar(40) NOT NULL,
    stars smallint NOT NULL,
    body text NOT NULL,
    posted_at timestamptz NOT NULL,
    PRIMARY KEY (review_id)
);

CREATE TABLE web.testimonial (
    testimonial_id uuid NOT NULL,
    email varchar(254) NOT NULL,
    author varchar(200) NOT NULL,
    body text NOT NULL,
    written_at timestamptz NOT NULL,
    is_published boolean NOT NULL,
    PRIMARY KEY (testimonial_id)
);

CREATE TABLE web.survey_reply (
    reply_id uuid NOT NULL,
    email varchar(254) NOT NULL,
    question text NOT NULL,
    answer text NOT NULL,
    replied_at timestamptz NOT NULL,
    PRIMARY KEY (reply_id)
);

-- after the rows are in

CREATE INDEX ON crm.party (lower(email));
CREATE INDEX ON crm.party (phone);
ALTER TABLE crm.party_email ADD FOREIGN KEY (party_id) REFERENCES crm.party (party_id);
CREATE INDEX ON crm.party_email (lower(email));
ALTER TABLE crm.party_address ADD FOREIGN KEY (party_id) REFERENCES crm.party (party_id);
ALTER TABLE crm.party_address ADD FOREIGN KEY (address_id) REFERENCES crm.postal_address (address_id);
CREATE INDEX ON crm.party_address (address_id);
ALTER TABLE crm.note ADD FOREIGN KEY (party_id) REFERENCES crm.party (party_id);
CREATE INDEX ON crm.note (party_id);
ALTER TABLE crm.call ADD FOREIGN KEY (party_id) REFERENCES crm.party (party_id);
CREATE INDEX ON crm.call (party_id);
CREATE INDEX ON crm.call (number);
CREATE INDEX ON crm.mailing_list (lower(email));
ALTER TABLE crm.referral ADD FOREIGN KEY (party_id) REFERENCES crm.party (party_id);
CREATE INDEX ON crm.referral (party_id);
CREATE INDEX ON crm.referral (lower(friend_email));
ALTER TABLE sales.customer_order ADD FOREIGN KEY (party_id) REFERENCES crm.party (party_id);
CREATE INDEX ON sales.customer_order (party_id);
CREATE INDEX ON sales.customer_order (lower(contact_email));
ALTER TABLE sales.customer_order ADD FOREIGN KEY (ship_to) REFERENCES crm.postal_address (address_id);
CREATE INDEX ON sales.customer_order (ship_to);
ALTER TABLE sales.order_line ADD FOREIGN KEY (order_no) REFERENCES sales.customer_order (order_no);
ALTER TABLE sales.order_line ADD FOREIGN KEY (sku) REFERENCES sales.product (sku);
ALTER TABLE sales.payment ADD FOREIGN KEY (order_no) REFERENCES sales.customer_order (order_no);
CREATE INDEX ON sales.payment (order_no);
ALTER TABLE sales.invoice ADD FOREIGN KEY (order_no) REFERENCES sales.customer_order (order_no);
CREATE INDEX ON sales.invoice (order_no);
ALTER TABLE sales.return_slip ADD FOREIGN KEY (order_no) REFERENCES sales.customer_order (order_no);
CREATE INDEX ON sales.return_slip (order_no);
ALTER TABLE sales.gift_delivery ADD FOREIGN KEY (order_no) REFERENCES sales.customer_order (order_no);
CREATE INDEX ON sales.gift_delivery (order_no);
CREATE INDEX ON sales.gift_delivery (lower(recipient_email));
ALTER TABLE sales.saved_card ADD FOREIGN KEY (party_id) REFERENCES crm.party (party_id);
CREATE INDEX ON sales.saved_card (party_id);
ALTER TABLE service.repair ADD FOREIGN KEY (party_id) REFERENCES crm.party (party_id);
CREATE INDEX ON service.repair (party_id);
ALTER TABLE service.appraisal ADD FOREIGN KEY (party_id) REFERENCES crm.party (party_id);
CREATE INDEX ON service.appraisal (party_id);
ALTER TABLE web.login ADD FOREIGN KEY (party_id) REFERENCES crm.party (party_id);
ALTER TABLE web.wish ADD FOREIGN KEY (party_id) REFERENCES crm.party (party_id);
CREATE INDEX ON web.wish (party_id);
ALTER TABLE web.wish ADD FOREIGN KEY (sku) REFERENCES sales.product (sku);
CREATE INDEX ON web.review (lower(email));
ALTER TABLE web.review ADD FOREIGN KEY (sku) REFERENCES sales.product (sku);
CREATE INDEX ON web.testimonial (lower(email));
CREATE INDEX ON web.survey_reply (lower(email));
