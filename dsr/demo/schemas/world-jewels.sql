-- World Jewels shop database: An old shop: short table names, texts as keys, naive moments in Los Angeles time, one test card number left in clear.

CREATE TABLE wj_prod (
    prod_code varchar(20) NOT NULL,
    descr varchar(200) NOT NULL,
    list_price numeric(9,2) NOT NULL,
    PRIMARY KEY (prod_code)
);

CREATE TABLE wj_addr (
    addr_id integer NOT NULL,
    addr1 varchar(200) NOT NULL,
    addr2 varchar(40),
    city varchar(100) NOT NULL,
    st varchar(60) NOT NULL,
    zip varchar(20) NOT NULL,
    ctry char(2) NOT NULL,
    PRIMARY KEY (addr_id)
);

CREATE TABLE wj_cust (
    cust_no varchar(20) NOT NULL,
    email varchar(254) NOT NULL,
    old_email varchar(254),
    fname varchar(100) NOT NULL,
    lname varchar(100) NOT NULL,
    tel varchar(40),
    passwd varchar(200) NOT NULL,
    ssn varchar(11),
    addr_id integer NOT NULL,
    promo_mail boolean NOT NULL,
    promo_email boolean NOT NULL,
    promo_tel boolean NOT NULL,
    crt_dt timestamp NOT NULL,
    last_dt timestamp NOT NULL,
    bounce_dt timestamp,
    memo text,
    PRIMARY KEY (cust_no)
);

CREATE TABLE wj_ord (
    ord_no varchar(20) NOT NULL,
    cust_no varchar(20),
    email varchar(254) NOT NULL,
    ship_name varchar(200) NOT NULL,
    ship_addr integer NOT NULL,
    tel varchar(40),
    ord_dt timestamp NOT NULL,
    stat varchar(20) NOT NULL,
    amt numeric(12,2) NOT NULL,
    instr text,
    PRIMARY KEY (ord_no)
);

CREATE TABLE wj_ordline (
    ord_no varchar(20) NOT NULL,
    ln smallint NOT NULL,
    prod_code varchar(20) NOT NULL,
    qty integer NOT NULL,
    price numeric(9,2) NOT NULL,
    rsize varchar(10),
    engr text,
    PRIMARY KEY (ord_no, ln)
);

CREATE TABLE wj_pay (
    pay_id integer NOT NULL,
    ord_no varchar(20) NOT NULL,
    gateway varchar(40) NOT NULL,
    auth_code varchar(60) NOT NULL,
    card_no varchar(19),
    last4 char(4),
    amt numeric(12,2) NOT NULL,
    pay_dt timestamp NOT NULL,
    PRIMARY KEY (pay_id)
);

CREATE TABLE wj_rma (
    rma_no integer NOT NULL,
    ord_no varchar(20) NOT NULL,
    ln smallint NOT NULL,
    why text NOT NULL,
    stat varchar(20) NOT NULL,
    open_dt timestamp NOT NULL,
    close_dt timestamp,
    PRIMARY KEY (rma_no)
);

CREATE TABLE wj_repair (
    rep_no integer NOT NULL,
    cust_no varchar(20) NOT NULL,
    item varchar(200) NOT NULL,
    fault text NOT NULL,
    in_dt date NOT NULL,
    out_dt date,
    fee numeric(9,2) NOT NULL,
    PRIMARY KEY (rep_no)
);

CREATE TABLE wj_testim (
    tst_id integer NOT NULL,
    email varchar(254) NOT NULL,
    author varchar(200) NOT NULL,
    txt text NOT NULL,
    wr_dt timestamp NOT NULL,
    consent_dt timestamp,
    shown boolean NOT NULL,
    PRIMARY KEY (tst_id)
);

CREATE TABLE wj_friend (
    fr_id integer NOT NULL,
    cust_no varchar(20) NOT NULL,
    fr_name varchar(200) NOT NULL,
    fr_email varchar(254) NOT NULL,
    note text NOT NULL,
    sent_dt timestamp NOT NULL,
    came_dt timestamp,
    PRIMARY KEY (fr_id)
);

CREATE TABLE wj_call (
    call_id integer NOT NULL,
    cust_no varchar(20),
    tel varchar(40) NOT NULL,
    call_dt timestamp NOT NULL,
    secs integer NOT NULL,
    clerk varchar(100) NOT NULL,
    memo text NOT NULL,
    PRIMARY KEY (call_id)
);

CREATE TABLE wj_maillist (
    ml_id integer NOT NULL,
    email varchar(254) NOT NULL,
    name varchar(200) NOT NULL,
    addr varchar(300) NOT NULL,
    zip varchar(20) NOT NULL,
    from_dt date NOT NULL,
    to_dt date,
    PRIMARY KEY (ml_id)
);

-- after the rows are in

CREATE INDEX ON wj_cust (lower(email));
CREATE INDEX ON wj_cust (lower(old_email));
ALTER TABLE wj_cust ADD FOREIGN KEY (addr_id) REFERENCES wj_addr (addr_id);
CREATE INDEX ON wj_cust (addr_id);
ALTER TABLE wj_ord ADD FOREIGN KEY (cust_no) REFERENCES wj_cust (cust_no);
CREATE INDEX ON wj_ord (cust_no);
CREATE INDEX ON wj_ord (lower(email));
ALTER TABLE wj_ord ADD FOREIGN KEY (ship_addr) REFERENCES wj_addr (addr_id);
CREATE INDEX ON wj_ord (ship_addr);
ALTER TABLE wj_ordline ADD FOREIGN KEY (ord_no) REFERENCES wj_ord (ord_no);
ALTER TABLE wj_ordline ADD FOREIGN KEY (prod_code) REFERENCES wj_prod (prod_code);
ALTER TABLE wj_pay ADD FOREIGN KEY (ord_no) REFERENCES wj_ord (ord_no);
CREATE INDEX ON wj_pay (ord_no);
ALTER TABLE wj_rma ADD FOREIGN KEY (ord_no) REFERENCES wj_ord (ord_no);
CREATE INDEX ON wj_rma (ord_no);
ALTER TABLE wj_repair ADD FOREIGN KEY (cust_no) REFERENCES wj_cust (cust_no);
CREATE INDEX ON wj_repair (cust_no);
CREATE INDEX ON wj_testim (lower(email));
ALTER TABLE wj_friend ADD FOREIGN KEY (cust_no) REFERENCES wj_cust (cust_no);
CREATE INDEX ON wj_friend (cust_no);
CREATE INDEX ON wj_friend (lower(fr_email));
ALTER TABLE wj_call ADD FOREIGN KEY (cust_no) REFERENCES wj_cust (cust_no);
CREATE INDEX ON wj_call (cust_no);
CREATE INDEX ON wj_call (tel);
CREATE INDEX ON wj_maillist (lower(email));
