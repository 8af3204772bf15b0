-- A German customer file as it comes out of Microsoft Access: no foreign keys, spaces and umlauts in names. Ours.
CREATE TABLE "tblKunden" ("KdNr" INTEGER PRIMARY KEY, "Anrede" TEXT, "Titel" TEXT, "Vorname" TEXT, "Nachname" TEXT, "Firma" TEXT, "Straße" TEXT, "Hausnr" TEXT, "PLZ" TEXT, "Ort" TEXT, "Land" TEXT, "Telefon privat" TEXT, "Mobil" TEXT, "E-Mail" TEXT, "Geburtstag" DATE, "Bemerkung" TEXT, "IBAN" TEXT, "Kontoinhaber" TEXT, "Newsletter" BOOLEAN, "Angelegt am" DATETIME, "Rabattgruppe" TEXT);
CREATE TABLE "tblAuftraege" ("AuftragNr" INTEGER PRIMARY KEY, "KdNr" INTEGER, "Auftragsdatum" DATETIME, "Status" TEXT, "Lieferanschrift" TEXT, "Zahlungsart" TEXT, "Summe" NUMERIC, "Bearbeiter" TEXT, "Interne Notiz" TEXT);
CREATE TABLE "tblAuftragspositionen" ("PosNr" INTEGER PRIMARY KEY, "AuftragNr" INTEGER, "ArtikelNr" TEXT, "Menge" INTEGER, "Einzelpreis" NUMERIC, "Gravur" TEXT, "Ringgröße" TEXT);
CREATE TABLE "tblArtikel" ("ArtikelNr" TEXT PRIMARY KEY, "Bezeichnung" TEXT, "Warengruppe" INTEGER, "Preis" NUMERIC, "Lagerbestand" INTEGER, "Beschreibung" TEXT);
CREATE TABLE "tblWarengruppen" ("ID" INTEGER PRIMARY KEY, "Name" TEXT);
CREATE TABLE "tblRechnungen" ("RechnungNr" TEXT PRIMARY KEY, "AuftragNr" INTEGER, "Rechnungsdatum" DATE, "Empfänger" TEXT, "Anschrift" TEXT, "Betrag" NUMERIC, "MwSt" NUMERIC, "Bezahlt am" DATE);
CREATE TABLE "tblReparaturen" ("ID" INTEGER PRIMARY KEY, "KdNr" INTEGER, "Annahme" DATE, "Gegenstand" TEXT, "Mangel" TEXT, "Rückruf unter" TEXT, "Kosten" NUMERIC, "Abgeholt" BOOLEAN);
CREATE TABLE "tblLieferanten" ("LiefNr" INTEGER PRIMARY KEY, "Firma" TEXT, "Ansprechpartner" TEXT, "Telefon" TEXT, "E-Mail" TEXT, "Kundennummer bei uns" TEXT);
CREATE TABLE "tblEinstellungen" ("Schlüssel" TEXT PRIMARY KEY, "Wert" TEXT);
