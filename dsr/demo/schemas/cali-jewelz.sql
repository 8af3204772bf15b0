-- Cali Jewelz shop database: Names in capitals that must be quoted; order moments carry a zone, site events do not.
-- Past purchases are taken out of the shop's everyday work by "IsActive".

CREATE TABLE "Products" (
    "ProductId" integer NOT NULL,
    "Sku" varchar(40) NOT NULL,
    "Title" varchar(200) NOT NULL,
    "Price" numeric(10,2) NOT NULL,
    PRIMARY KEY ("ProductId")
);

CREATE TABLE "Customers" (
    "CustomerId" integer NOT NULL,
    "CustomerNumber" varchar(20) NOT NULL UNIQUE,
    "Email" varchar(254) NOT NULL,
    "FormerEmail" varchar(254),
    "FirstName" varchar(100) NOT NULL,
    "LastName" varchar(100) NOT NULL,
    "Phone" varchar(40),
    "Gender" varchar(20),
    "Occupation" varchar(100),
    "PasswordHash" varchar(200) NOT NULL,
    "WantsEmails" boolean NOT NULL,
    "WantsMailings" boolean NOT NULL,
    "WantsCalls" boolean NOT NULL,
    "RegisteredAt" timestamptz NOT NULL,
    "LastSeenAt" timestamptz NOT NULL,
    PRIMARY KEY ("CustomerId")
);

CREATE TABLE "Addresses" (
    "AddressId" integer NOT NULL,
    "CustomerId" integer NOT NULL,
    "Street" varchar(200) NOT NULL,
    "Unit" varchar(40),
    "City" varchar(100) NOT NULL,
    "State" varchar(60) NOT NULL,
    "Zip" varchar(20) NOT NULL,
    "Country" char(2) NOT NULL,
    PRIMARY KEY ("AddressId")
);

CREATE TABLE "Orders" (
    "OrderId" integer NOT NULL,
    "OrderNumber" varchar(20) NOT NULL UNIQUE,
    "CustomerId" integer,
    "Email" varchar(254) NOT NULL,
    "ShipName" varchar(200) NOT NULL,
    "ShipStreet" varchar(200) NOT NULL,
    "ShipCity" varchar(100) NOT NULL,
    "ShipZip" varchar(20) NOT NULL,
    "ShipCountry" char(2) NOT NULL,
    "Phone" varchar(40),
    "PlacedAt" timestamptz NOT NULL,
    "Status" varchar(20) NOT NULL,
    "Total" numeric(12,2) NOT NULL,
    "Tax" numeric(12,2) NOT NULL,
    "IpAddress" inet NOT NULL,
    "Note" text,
    "IsActive" boolean NOT NULL,
    PRIMARY KEY ("OrderId")
);

CREATE TABLE "OrderLines" (
    "OrderId" integer NOT NULL,
    "LineNumber" smallint NOT NULL,
    "ProductId" integer NOT NULL,
    "Quantity" integer NOT NULL,
    "UnitPrice" numeric(10,2) NOT NULL,
    "RingSize" varchar(10),
    "Engraving" text,
    "IsActive" boolean NOT NULL,
    PRIMARY KEY ("OrderId", "LineNumber")
);

CREATE TABLE "Payments" (
    "PaymentId" integer NOT NULL,
    "OrderId" integer NOT NULL,
    "Method" varchar(20) NOT NULL,
    "Reference" varchar(60) NOT NULL,
    "LastFour" char(4),
    "Amount" numeric(12,2) NOT NULL,
    "PaidAt" timestamptz NOT NULL,
    "IsActive" boolean NOT NULL,
    PRIMARY KEY ("PaymentId")
);

CREATE TABLE "Returns" (
    "ReturnId" integer NOT NULL,
    "OrderId" integer NOT NULL,
    "AskedAt" timestamptz NOT NULL,
    "Reason" text NOT NULL,
    "Status" varchar(20) NOT NULL,
    "Refund" numeric(12,2),
    "ClosedAt" timestamptz,
    "IsActive" boolean NOT NULL,
    PRIMARY KEY ("ReturnId")
);

CREATE TABLE "Repairs" (
    "RepairId" integer NOT NULL,
    "CustomerId" integer NOT NULL,
    "Item" varchar(200) NOT NULL,
    "Problem" text NOT NULL,
    "ReceivedOn" date NOT NULL,
    "ReturnedOn" date,
    "Price" numeric(10,2) NOT NULL,
    "Goldsmith" varchar(100) NOT NULL,
    PRIMARY KEY ("RepairId")
);

CREATE TABLE "Appraisals" (
    "AppraisalId" integer NOT NULL,
    "CustomerId" integer NOT NULL,
    "Item" varchar(200) NOT NULL,
    "Value" numeric(12,2) NOT NULL,
    "AppraisedOn" date NOT NULL,
    "Appraiser" varchar(100) NOT NULL,
    PRIMARY KEY ("AppraisalId")
);

CREATE TABLE "SavedCards" (
    "CardId" integer NOT NULL,
    "CustomerId" integer NOT NULL,
    "Token" varchar(60) NOT NULL,
    "Brand" varchar(20) NOT NULL,
    "LastFour" char(4) NOT NULL,
    "Holder" varchar(200) NOT NULL,
    "Expires" char(5) NOT NULL,
    "AllowedAt" timestamptz NOT NULL,
    PRIMARY KEY ("CardId")
);

CREATE TABLE "WishLists" (
    "WishId" integer NOT NULL,
    "CustomerId" integer NOT NULL,
    "ProductId" integer NOT NULL,
    "AddedAt" timestamptz NOT NULL,
    "IsPublic" boolean NOT NULL,
    "Note" text,
    PRIMARY KEY ("WishId")
);

CREATE TABLE "Reviews" (
    "ReviewId" integer NOT NULL,
    "CustomerId" integer,
    "Email" varchar(254) NOT NULL,
    "ShownName" varchar(100) NOT NULL,
    "ProductId" integer NOT NULL,
    "Stars" smallint NOT NULL,
    "Title" varchar(200) NOT NULL,
    "Body" text NOT NULL,
    "PostedAt" timestamptz NOT NULL,
    PRIMARY KEY ("ReviewId")
);

CREATE TABLE "GiftRecipients" (
    "GiftId" integer NOT NULL,
    "OrderId" integer NOT NULL,
    "Name" varchar(200) NOT NULL,
    "Email" varchar(254),
    "Phone" varchar(40),
    "Street" varchar(200) NOT NULL,
    "City" varchar(100) NOT NULL,
    "Zip" varchar(20) NOT NULL,
    "Country" char(2) NOT NULL,
    "Message" text NOT NULL,
    "TakesOffers" boolean NOT NULL,
    PRIMARY KEY ("GiftId")
);

CREATE TABLE "Referrals" (
    "ReferralId" integer NOT NULL,
    "CustomerId" integer NOT NULL,
    "FriendName" varchar(200) NOT NULL,
    "FriendEmail" varchar(254) NOT NULL,
    "Message" text NOT NULL,
    "SentAt" timestamptz NOT NULL,
    PRIMARY KEY ("ReferralId")
);

CREATE TABLE "ContestEntries" (
    "EntryId" integer NOT NULL,
    "Email" varchar(254) NOT NULL,
    "Name" varchar(200) NOT NULL,
    "Phone" varchar(40),
    "Zip" varchar(20) NOT NULL,
    "Contest" varchar(100) NOT NULL,
    "Sponsor" varchar(100) NOT NULL,
    "Answer" text NOT NULL,
    "EnteredAt" timestamptz NOT NULL,
    PRIMARY KEY ("EntryId")
);

CREATE TABLE "MarketingData" (
    "DataId" integer NOT NULL,
    "CustomerId" integer NOT NULL,
    "Vendor" varchar(100) NOT NULL,
    "Segment" varchar(60) NOT NULL,
    "IncomeBand" varchar(40) NOT NULL,
    "Likes" varchar(200) NOT NULL,
    "ObtainedOn" date NOT NULL,
    PRIMARY KEY ("DataId")
);

CREATE TABLE "Profiles" (
    "CustomerId" integer NOT NULL,
    "Segment" varchar(60) NOT NULL,
    "Score" numeric(6,5) NOT NULL,
    "Traits" jsonb NOT NULL,
    "ComputedAt" timestamptz NOT NULL,
    PRIMARY KEY ("CustomerId")
);

CREATE TABLE "SiteEvents" (
    "EventId" bigint NOT NULL,
    "CustomerId" integer NOT NULL,
    "At" timestamp NOT NULL,
    "Kind" varchar(20) NOT NULL,
    "Url" text NOT NULL,
    "Referrer" text,
    "IpAddress" inet NOT NULL,
    "Browser" text NOT NULL,
    PRIMARY KEY ("EventId")
);

CREATE TABLE "SmsSubscribers" (
    "SubscriberId" integer NOT NULL,
    "CustomerId" integer,
    "Phone" varchar(40) NOT NULL,
    "OptedInAt" timestamptz NOT NULL,
    "Wording" text NOT NULL,
    "Status" varchar(20) NOT NULL,
    PRIMARY KEY ("SubscriberId")
);

CREATE TABLE "SmsMessages" (
    "MessageId" integer NOT NULL,
    "SubscriberId" integer NOT NULL,
    "SentAt" timestamptz NOT NULL,
    "SetOffBy" varchar(60) NOT NULL,
    "Body" text NOT NULL,
    "ReadAt" timestamptz,
    PRIMARY KEY ("MessageId")
);

CREATE TABLE "CallLog" (
    "CallId" integer NOT NULL,
    "CustomerId" integer,
    "CallerNumber" varchar(40) NOT NULL,
    "At" timestamp NOT NULL,
    "Seconds" integer NOT NULL,
    "TakenBy" varchar(100) NOT NULL,
    "Summary" text NOT NULL,
    PRIMARY KEY ("CallId")
);

CREATE TABLE "CatalogMailings" (
    "MailingId" integer NOT NULL,
    "Email" varchar(254) NOT NULL,
    "Name" varchar(200) NOT NULL,
    "Street" varchar(200) NOT NULL,
    "City" varchar(100) NOT NULL,
    "Zip" varchar(20) NOT NULL,
    "Country" char(2) NOT NULL,
    "Since" date NOT NULL,
    "Until" date,
    PRIMARY KEY ("MailingId")
);

CREATE TABLE "StaffNotes" (
    "NoteId" integer NOT NULL,
    "CustomerId" integer NOT NULL,
    "Author" varchar(100) NOT NULL,
    "WrittenAt" timestamptz NOT NULL,
    "Body" text NOT NULL,
    PRIMARY KEY ("NoteId")
);

-- after the rows are in

CREATE INDEX ON "Customers" (lower("Email"));
CREATE INDEX ON "Customers" (lower("FormerEmail"));
CREATE INDEX ON "Customers" ("Phone");
ALTER TABLE "Addresses" ADD FOREIGN KEY ("CustomerId") REFERENCES "Customers" ("CustomerId");
CREATE INDEX ON "Addresses" ("CustomerId");
ALTER TABLE "Orders" ADD FOREIGN KEY ("CustomerId") REFERENCES "Customers" ("CustomerId");
CREATE INDEX ON "Orders" ("CustomerId");
CREATE INDEX ON "Orders" (lower("Email"));
ALTER TABLE "OrderLines" ADD FOREIGN KEY ("OrderId") REFERENCES "Orders" ("OrderId");
ALTER TABLE "OrderLines" ADD FOREIGN KEY ("ProductId") REFERENCES "Products" ("ProductId");
CREATE INDEX ON "OrderLines" ("ProductId");
ALTER TABLE "Payments" ADD FOREIGN KEY ("OrderId") REFERENCES "Orders" ("OrderId");
CREATE INDEX ON "Payments" ("OrderId");
ALTER TABLE "Returns" ADD FOREIGN KEY ("OrderId") REFERENCES "Orders" ("OrderId");
CREATE INDEX ON "Returns" ("OrderId");
ALTER TABLE "Repairs" ADD FOREIGN KEY ("CustomerId") REFERENCES "Customers" ("CustomerId");
CREATE INDEX ON "Repairs" ("CustomerId");
ALTER TABLE "Appraisals" ADD FOREIGN KEY ("CustomerId") REFERENCES "Customers" ("CustomerId");
CREATE INDEX ON "Appraisals" ("CustomerId");
ALTER TABLE "SavedCards" ADD FOREIGN KEY ("CustomerId") REFERENCES "Customers" ("CustomerId");
CREATE INDEX ON "SavedCards" ("CustomerId");
ALTER TABLE "WishLists" ADD FOREIGN KEY ("CustomerId") REFERENCES "Customers" ("CustomerId");
CREATE INDEX ON "WishLists" ("CustomerId");
ALTER TABLE "WishLists" ADD FOREIGN KEY ("ProductId") REFERENCES "Products" ("ProductId");
ALTER TABLE "Reviews" ADD FOREIGN KEY ("CustomerId") REFERENCES "Customers" ("CustomerId");
CREATE INDEX ON "Reviews" ("CustomerId");
CREATE INDEX ON "Reviews" (lower("Email"));
ALTER TABLE "Reviews" ADD FOREIGN KEY ("ProductId") REFERENCES "Products" ("ProductId");
ALTER TABLE "GiftRecipients" ADD FOREIGN KEY ("OrderId") REFERENCES "Orders" ("OrderId");
CREATE INDEX ON "GiftRecipients" ("OrderId");
CREATE INDEX ON "GiftRecipients" (lower("Email"));
ALTER TABLE "Referrals" ADD FOREIGN KEY ("CustomerId") REFERENCES "Customers" ("CustomerId");
CREATE INDEX ON "Referrals" ("CustomerId");
CREATE INDEX ON "Referrals" (lower("FriendEmail"));
CREATE INDEX ON "ContestEntries" (lower("Email"));
ALTER TABLE "MarketingData" ADD FOREIGN KEY ("CustomerId") REFERENCES "Customers" ("CustomerId");
CREATE INDEX ON "MarketingData" ("CustomerId");
ALTER TABLE "Profiles" ADD FOREIGN KEY ("CustomerId") REFERENCES "Customers" ("CustomerId");
ALTER TABLE "SiteEvents" ADD FOREIGN KEY ("CustomerId") REFERENCES "Customers" ("CustomerId");
CREATE INDEX ON "SiteEvents" ("CustomerId");
ALTER TABLE "SmsSubscribers" ADD FOREIGN KEY ("CustomerId") REFERENCES "Customers" ("CustomerId");
CREATE INDEX ON "SmsSubscribers" ("CustomerId");
CREATE INDEX ON "SmsSubscribers" ("Phone");
ALTER TABLE "SmsMessages" ADD FOREIGN KEY ("SubscriberId") REFERENCES "SmsSubscribers" ("SubscriberId");
CREATE INDEX ON "SmsMessages" ("SubscriberId");
ALTER TABLE "CallLog" ADD FOREIGN KEY ("CustomerId") REFERENCES "Customers" ("CustomerId");
CREATE INDEX ON "CallLog" ("CustomerId");
CREATE INDEX ON "CallLog" ("CallerNumber");
CREATE INDEX ON "CatalogMailings" (lower("Email"));
ALTER TABLE "StaffNotes" ADD FOREIGN KEY ("CustomerId") REFERENCES "Customers" ("CustomerId");
CREATE INDEX ON "StaffNotes" ("CustomerId");
