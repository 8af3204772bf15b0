-- MiniLuxe shop database: A Magento-like shop: entity tables, naive moments in UTC, addresses copied to each order.

CREATE TABLE catalog_product_entity (
    entity_id bigint NOT NULL,
    sku varchar(64) NOT NULL,
    name varchar(255) NOT NULL,
    price numeric(20,4) NOT NULL,
    PRIMARY KEY (entity_id)
);

CREATE TABLE customer_entity (
    entity_id bigint NOT NULL,
    increment_id varchar(20) NOT NULL UNIQUE,
    email varchar(255) NOT NULL,
    firstname varchar(255) NOT NULL,
    lastname varchar(255) NOT NULL,
    dob date,
    gender varchar(20),
    password_hash varchar(255) NOT NULL,
    rp_token varchar(64),
    is_active boolean NOT NULL,
    created_at timestamp NOT NULL,
    last_login_at timestamp NOT NULL,
    PRIMARY KEY (entity_id)
);

CREATE TABLE customer_email_history (
    id bigint NOT NULL,
    customer_id bigint NOT NULL,
    email varchar(255) NOT NULL,
    used_until timestamp NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE customer_address_entity (
    entity_id bigint NOT NULL,
    parent_id bigint NOT NULL,
    name varchar(255) NOT NULL,
    street text NOT NULL,
    city varchar(255) NOT NULL,
    region varchar(255) NOT NULL,
    postcode varchar(255) NOT NULL,
    country_id char(2) NOT NULL,
    telephone varchar(255),
    PRIMARY KEY (entity_id)
);

CREATE TABLE sales_order (
    entity_id bigint NOT NULL,
    increment_id varchar(32) NOT NULL UNIQUE,
    customer_id bigint,
    customer_is_guest boolean NOT NULL,
    customer_email varchar(255) NOT NULL,
    status varchar(32) NOT NULL,
    subtotal numeric(20,4) NOT NULL,
    tax_amount numeric(20,4) NOT NULL,
    shipping_amount numeric(20,4) NOT NULL,
    grand_total numeric(20,4) NOT NULL,
    remote_ip inet NOT NULL,
    customer_note text,
    created_at timestamp NOT NULL,
    PRIMARY KEY (entity_id)
);

CREATE TABLE sales_order_address (
    entity_id bigint NOT NULL,
    parent_id bigint NOT NULL,
    name varchar(255) NOT NULL,
    street text NOT NULL,
    city varchar(255) NOT NULL,
    region varchar(255) NOT NULL,
    postcode varchar(255) NOT NULL,
    country_id char(2) NOT NULL,
    telephone varchar(255),
    PRIMARY KEY (entity_id)
);

CREATE TABLE sales_order_item (
    item_id bigint NOT NULL,
    order_id bigint NOT NULL,
    product_id bigint NOT NULL,
    name varchar(255) NOT NULL,
    qty_ordered numeric(12,4) NOT NULL,
    price numeric(20,4) NOT NULL,
    product_options jsonb NOT NULL,
    PRIMARY KEY (item_id)
);

CREATE TABLE sales_order_payment (
    entity_id bigint NOT NULL,
    parent_id bigint NOT NULL,
    method varchar(128) NOT NULL,
    last_trans_id varchar(255) NOT NULL,
    cc_last_4 varchar(4),
    amount_paid numeric(20,4) NOT NULL,
    PRIMARY KEY (entity_id)
);

CREATE TABLE sales_order_status_history (
    entity_id bigint NOT NULL,
    parent_id bigint NOT NULL,
    comment text NOT NULL,
    created_at timestamp NOT NULL,
    PRIMARY KEY (entity_id)
);

CREATE TABLE rma_request (
    rma_id bigint NOT NULL,
    order_id bigint NOT NULL,
    reason text NOT NULL,
    status varchar(32) NOT NULL,
    refunded numeric(20,4),
    created_at timestamp NOT NULL,
    closed_at timestamp,
    PRIMARY KEY (rma_id)
);

CREATE TABLE repair_ticket (
    ticket_id bigint NOT NULL,
    customer_id bigint NOT NULL,
    item varchar(255) NOT NULL,
    problem text NOT NULL,
    received_on date NOT NULL,
    returned_on date,
    price numeric(20,4) NOT NULL,
    goldsmith varchar(100) NOT NULL,
    PRIMARY KEY (ticket_id)
);

CREATE TABLE vault_payment_token (
    entity_id bigint NOT NULL,
    customer_id bigint NOT NULL,
    gateway_token varchar(255) NOT NULL,
    type varchar(20) NOT NULL,
    masked_cc varchar(4) NOT NULL,
    expiration varchar(7) NOT NULL,
    created_at timestamp NOT NULL,
    PRIMARY KEY (entity_id)
);

CREATE TABLE wishlist (
    wishlist_id bigint NOT NULL,
    customer_id bigint NOT NULL UNIQUE,
    shared boolean NOT NULL,
    sharing_code varchar(32) NOT NULL,
    PRIMARY KEY (wishlist_id)
);

CREATE TABLE wishlist_item (
    wishlist_item_id bigint NOT NULL,
    wishlist_id bigint NOT NULL,
    product_id bigint NOT NULL,
    added_at timestamp NOT NULL,
    description text,
    PRIMARY KEY (wishlist_item_id)
);

CREATE TABLE review_detail (
    review_id bigint NOT NULL,
    customer_id bigint,
    email varchar(255) NOT NULL,
    nickname varchar(128) NOT NULL,
    product_id bigint NOT NULL,
    rating smallint NOT NULL,
    title varchar(255) NOT NULL,
    detail text NOT NULL,
    created_at timestamp NOT NULL,
    PRIMARY KEY (review_id)
);

CREATE TABLE gift_delivery (
    gift_id bigint NOT NULL,
    order_id bigint NOT NULL,
    recipient varchar(255) NOT NULL,
    recipient_email varchar(255),
    recipient_telephone varchar(255),
    recipient_address text NOT NULL,
    message text NOT NULL,
    PRIMARY KEY (gift_id)
);

CREATE TABLE customer_inference (
    customer_id bigint NOT NULL,
    segment varchar(60) NOT NULL,
    propensity double precision NOT NULL,
    traits jsonb NOT NULL,
    computed_at timestamp NOT NULL,
    PRIMARY KEY (customer_id)
);

CREATE TABLE report_event (
    event_id bigint NOT NULL,
    customer_id bigint NOT NULL,
    logged_at timestamp NOT NULL,
    event_type varchar(20) NOT NULL,
    url text NOT NULL,
    referer text,
    remote_ip inet NOT NULL,
    http_user_agent text NOT NULL,
    PRIMARY KEY (event_id)
);

CREATE TABLE sms_subscriber (
    subscriber_id bigint NOT NULL,
    customer_id bigint,
    phone varchar(20) NOT NULL,
    opted_in_at timestamp NOT NULL,
    opt_in_text text NOT NULL,
    status varchar(20) NOT NULL,
    PRIMARY KEY (subscriber_id)
);

CREATE TABLE sms_message (
    message_id bigint NOT NULL,
    subscriber_id bigint NOT NULL,
    sent_at timestamp NOT NULL,
    trigger_name varchar(60) NOT NULL,
    body text NOT NULL,
    read_at timestamp,
    PRIMARY KEY (message_id)
);

CREATE TABLE job_application (
    application_id bigint NOT NULL,
    email varchar(255) NOT NULL,
    full_name varchar(255) NOT NULL,
    phone varchar(255),
    position varchar(100) NOT NULL,
    letter text NOT NULL,
    referee_name varchar(255) NOT NULL,
    applied_at timestamp NOT NULL,
    PRIMARY KEY (application_id)
);

CREATE TABLE survey_answer (
    answer_id bigint NOT NULL,
    respondent_email varchar(255) NOT NULL,
    question text NOT NULL,
    answer text NOT NULL,
    answered_at timestamp NOT NULL,
    PRIMARY KEY (answer_id)
);

-- after the rows are in

CREATE INDEX ON customer_entity (lower(email));
ALTER TABLE customer_email_history ADD FOREIGN KEY (customer_id) REFERENCES customer_entity (entity_id);
CREATE INDEX ON customer_email_history (customer_id);
CREATE INDEX ON customer_email_history (lower(email));
ALTER TABLE customer_address_entity ADD FOREIGN KEY (parent_id) REFERENCES customer_entity (entity_id);
CREATE INDEX ON customer_address_entity (parent_id);
ALTER TABLE sales_order ADD FOREIGN KEY (customer_id) REFERENCES customer_entity (entity_id);
CREATE INDEX ON sales_order (customer_id);
CREATE INDEX ON sales_order (lower(customer_email));
ALTER TABLE sales_order_address ADD FOREIGN KEY (parent_id) REFERENCES sales_order (entity_id);
CREATE INDEX ON sales_order_address (parent_id);
ALTER TABLE sales_order_item ADD FOREIGN KEY (order_id) REFERENCES sales_order (entity_id);
CREATE INDEX ON sales_order_item (order_id);
ALTER TABLE sales_order_item ADD FOREIGN KEY (product_id) REFERENCES catalog_product_entity (entity_id);
ALTER TABLE sales_order_payment ADD FOREIGN KEY (parent_id) REFERENCES sales_order (entity_id);
CREATE INDEX ON sales_order_payment (parent_id);
ALTER TABLE sales_order_status_history ADD FOREIGN KEY (parent_id) REFERENCES sales_order (entity_id);
CREATE INDEX ON sales_order_status_history (parent_id);
ALTER TABLE rma_request ADD FOREIGN KEY (order_id) REFERENCES sales_order (entity_id);
CREATE INDEX ON rma_request (order_id);
ALTER TABLE repair_ticket ADD FOREIGN KEY (customer_id) REFERENCES customer_entity (entity_id);
CREATE INDEX ON repair_ticket (customer_id);
ALTER TABLE vault_payment_token ADD FOREIGN KEY (customer_id) REFERENCES customer_entity (entity_id);
CREATE INDEX ON vault_payment_token (customer_id);
ALTER TABLE wishlist ADD FOREIGN KEY (customer_id) REFERENCES customer_entity (entity_id);
ALTER TABLE wishlist_item ADD FOREIGN KEY (wishlist_id) REFERENCES wishlist (wishlist_id);
CREATE INDEX ON wishlist_item (wishlist_id);
ALTER TABLE wishlist_item ADD FOREIGN KEY (product_id) REFERENCES catalog_product_entity (entity_id);
ALTER TABLE review_detail ADD FOREIGN KEY (customer_id) REFERENCES customer_entity (entity_id);
CREATE INDEX ON review_detail (customer_id);
CREATE INDEX ON review_detail (lower(email));
ALTER TABLE review_detail ADD FOREIGN KEY (product_id) REFERENCES catalog_product_entity (entity_id);
ALTER TABLE gift_delivery ADD FOREIGN KEY (order_id) REFERENCES sales_order (entity_id);
CREATE INDEX ON gift_delivery (order_id);
CREATE INDEX ON gift_delivery (lower(recipient_email));
ALTER TABLE customer_inference ADD FOREIGN KEY (customer_id) REFERENCES customer_entity (entity_id);
ALTER TABLE report_event ADD FOREIGN KEY (customer_id) REFERENCES customer_entity (entity_id);
CREATE INDEX ON report_event (customer_id);
ALTER TABLE sms_subscriber ADD FOREIGN KEY (customer_id) REFERENCES customer_entity (entity_id);
CREATE INDEX ON sms_subscriber (customer_id);
CREATE INDEX ON sms_subscriber (phone);
ALTER TABLE sms_message ADD FOREIGN KEY (subscriber_id) REFERENCES sms_subscriber (subscriber_id);
CREATE INDEX ON sms_message (subscriber_id);
CREATE INDEX ON job_application (lower(email));
CREATE INDEX ON survey_answer (lower(respondent_email));
