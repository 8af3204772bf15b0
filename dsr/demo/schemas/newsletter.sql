-- Newsletter service: One service for all five shops; row-level security shows each shop its own rows.

CREATE TABLE issue (
    issue_id integer NOT NULL,
    shop varchar(40) NOT NULL,
    subject varchar(200) NOT NULL,
    sent_at timestamptz NOT NULL,
    PRIMARY KEY (issue_id)
);

CREATE TABLE subscriber (
    subscriber_id integer NOT NULL,
    shop varchar(40) NOT NULL,
    email varchar(254) NOT NULL,
    name varchar(200) NOT NULL,
    customer_number varchar(20),
    state varchar(20) NOT NULL,
    subscribed_at timestamptz NOT NULL,
    wording text NOT NULL,
    PRIMARY KEY (subscriber_id)
);

CREATE TABLE delivery (
    subscriber_id integer NOT NULL,
    issue_id integer NOT NULL,
    shop varchar(40) NOT NULL,
    sent_at timestamptz NOT NULL,
    PRIMARY KEY (subscriber_id, issue_id)
);

CREATE TABLE click (
    click_id integer NOT NULL,
    subscriber_id integer NOT NULL,
    shop varchar(40) NOT NULL,
    url text NOT NULL,
    clicked_at timestamptz NOT NULL,
    PRIMARY KEY (click_id)
);

-- after the rows are in

CREATE UNIQUE INDEX ON subscriber (shop, lower(email));
CREATE INDEX ON subscriber (customer_number);
ALTER TABLE delivery ADD FOREIGN KEY (subscriber_id) REFERENCES subscriber (subscriber_id);
ALTER TABLE delivery ADD FOREIGN KEY (issue_id) REFERENCES issue (issue_id);
CREATE INDEX ON delivery (issue_id);
ALTER TABLE click ADD FOREIGN KEY (subscriber_id) REFERENCES subscriber (subscriber_id);
CREATE INDEX ON click (subscriber_id);

-- Every login sees the rows of one shop: the connection says which (options=-c newsletter.shop=SLUG).
-- FORCE, because the tables' owner is the one who connects; a superuser would still see everything.
ALTER TABLE issue ENABLE ROW LEVEL SECURITY;
ALTER TABLE issue FORCE ROW LEVEL SECURITY;
CREATE POLICY own_shop ON issue USING (shop = current_setting('newsletter.shop', true));
ALTER TABLE subscriber ENABLE ROW LEVEL SECURITY;
ALTER TABLE subscriber FORCE ROW LEVEL SECURITY;
CREATE POLICY own_shop ON subscriber USING (shop = current_setting('newsletter.shop', true));
ALTER TABLE delivery ENABLE ROW LEVEL SECURITY;
ALTER TABLE delivery FORCE ROW LEVEL SECURITY;
CREATE POLICY own_shop ON delivery USING (shop = current_setting('newsletter.shop', true));
ALTER TABLE click ENABLE ROW LEVEL SECURITY;
ALTER TABLE click FORCE ROW LEVEL SECURITY;
CREATE POLICY own_shop ON click USING (shop = current_setting('newsletter.shop', true));
