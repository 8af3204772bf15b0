"""What people call the columns of a database, in several languages: meanings, and the words that say them.

General words only: a name that one product alone uses has no place here. A phrase is one or more words that stand next to
one another; ``firstname`` and ``first_name`` are the same phrase to :mod:`words`.
"""

from __future__ import annotations

from dataclasses import dataclass

from dsr.sources.draft.listed import listed

TEXT = frozenset({"text"})
CODE = frozenset({"text", "integer"})
NUMBER = frozenset({"text", "integer", "number"})
MOMENT = frozenset({"date", "datetime", "text", "integer"})
FLAG = frozenset({"boolean", "integer", "text", "datetime"})
LONG = frozenset({"text", "json", "bytes"})


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a column may say. ``weight`` 2 is about a person by itself, 1 only in a person's row, 0 never.

    ``types`` are the words of ``type_word`` that can hold it, ``phrases`` the names, separated by commas.
    """

    category: str
    weight: int
    words: str
    types: frozenset[str]
    phrases: str


MEANINGS: dict[str, Meaning] = {
    "email": Meaning("user.contact.email", 2, "e-mail address", TEXT,
        "email, e mail, mail, mail address, email address, correo, correo electronico, courriel, courrier electronique, "
        "adresse mail, e post, epost, mailadresse, emailadres, indirizzo email, posta elettronica, poczta, email addr, "
        "mel, sahkoposti, emailaddr, mailbox"),
    "phone": Meaning("user.contact.phone_number", 2, "phone number", CODE,
        "phone, telephone, tel, mobile, cell, cellphone, cell phone, handy, telefon, telefono, telefonnummer, telefoon, "
        "telefone, celular, movil, portable, gsm, msisdn, mobil, mobilnummer, handynummer, phone number, phone no, "
        "phonenumber, fon, rufnummer, cellulare, telefonszam, telefonnr, telephone number, landline, whatsapp, puhelin, "
        "sms number, mobile number, contact number, contact no, call number, caller number, from number, to number, "
        "home phone, work phone, mob, ph no, ph"),
    "fax": Meaning("user.contact.fax_number", 2, "fax number", CODE, "fax, fax number, faxnummer, telefax, telecopie"),
    "first_name": Meaning("user.name.first", 2, "first name", TEXT,
        "first name, firstname, fname, given name, givenname, forename, vorname, prenom, primer nombre, nome "
        "proprio, voornaam, fornavn, fornamn, etunimi, imie, first, middle name, middlename, mname, middle initial, "
        "second name, christian name, zwischenname, deuxieme prenom, preferred name"),
    "last_name": Meaning("user.name.last", 2, "last name", TEXT,
        "last name, lastname, lname, surname, family name, familyname, nachname, familienname, nom de famille, apellido, "
        "apellidos, cognome, sobrenome, achternaam, efternavn, efternamn, sukunimi, nazwisko, last, maiden name, "
        "geburtsname, birth name, nom famille, patronymic, apellido paterno, apellido materno"),
    "full_name": Meaning("user.name", 2, "name of a person", TEXT,
        "full name, fullname, person name, customer name, client name, contact name, contact person, recipient name, "
        "display name, displayname, real name, realname, nick, nickname, nick name, user name display, card holder, "
        "cardholder, account holder, holder name, name on card, holder, kundenname, nom complet, nom client, nombre completo, "
        "nome completo, ansprechpartner, addressee, recipient, empfaenger, empfanger, destinataire, destinatario, "
        "author name, guest name, member name, buyer name, ship name, bill name, billing name, shipping name, attn, "
        "attention, subscriber name, user fullname, signature name, signed by, salutation name, patient name, "
        "student name, employee name, passenger name, traveller name, applicant name, owner name, screen name, "
        "friend name, sender name, caller name, visitor name, attendee name, participant name, donor name, beneficiary "
        "name, spouse name, child name, emergency contact, next of kin, referee name, reviewer name, commenter name, "
        "goldsmith, appraiser, salutation line, legal name, to name, from name, author, reviewer, commenter, "
        "care of, co name, c o, name line"),
    "name": Meaning("user.name", 1, "name", TEXT, "name, nombre, nom, naam, navn, namn, nome, nimi, nazwa, names, nev"),
    "honorific": Meaning("user.name", 1, "form of address", CODE,
        "salutation, anrede, civilite, honorific, name prefix, prefix, suffix, name suffix, tratamiento, aanhef, "
        "courtesy title, initials, initialen, titre, pronouns"),
    "title": Meaning("user.name", 0, "title", TEXT, "title"),
    "username": Meaning("user.account.username", 2, "user name", TEXT,
        "username, user name, login, login name, loginname, user login, screenname, handle, benutzername, benutzer, "
        "nom utilisateur, utilisateur, identifiant, usuario, nombre usuario, nombre de usuario, gebruikersnaam, "
        "user handle, alias name, nicename, user nicename, logon, logon name, account name, twitter handle, uname"),
    "password": Meaning("user.authorization.password", 2, "password", LONG,
        "password, passwd, pwd, pass, password hash, passwort, kennwort, mot de passe, motdepasse, mdp, contrasena, "
        "contrasenia, senha, wachtwoord, pwhash, passhash, passphrase, pin, pin code, user pass, hashed password, "
        "pw, pwd hash, password digest, encrypted password, password salt, salt, salasana, haslo, geslo, adgangskode, "
        "losenord, passord, parola"),
    "credential": Meaning("user.authorization.credentials", 2, "secret that opens an account", LONG,
        "token, secret, api key, apikey, access token, refresh token, auth token, reset token, rp token, otp, otp secret, "
        "totp, totp secret, activation key, activation code, activation token, confirmation token, confirm token, "
        "verification token, verification code, remember token, magic link, session token, recovery code, "
        "recovery codes, recovery token, security answer, security question, secret answer, private key, reset key, "
        "reset code, password reset, reset password, csrf, two factor secret, mfa secret, backup codes, auth key, "
        "unsubscribe token, unsubscribe code, codigo baja, token baja, abmeldecode, code desinscription, "
        "optin token, invite token, invitation token, credential, credentials, key hash, "
        "confirmation key, confirmation code, confirm code, validation token, client secret, nonce, authenticator, "
        "jeton, webhook secret, login token, token hash, pat, oauth"),
    "session": Meaning("user.device.cookie", 2, "contents of a session", LONG,
        "session data, session payload, session value, cookie, cookies, session contents"),
    "session_id": Meaning("user.device.cookie_id", 1, "session or cookie number", CODE,
        "session id, session, sessionid, session key, sid, visitor id, visitor uuid, visitor, cookie id, guest token, "
        "anonymous id, client token, tracking id, ga client, gclid, fbclid, cart token, visitor token, visit token"),
    "ip": Meaning("user.device.ip_address", 2, "internet address", CODE,
        "ip, ip address, ipaddress, ip addr, remote ip, remote addr, remote address, client ip, user ip, ipaddr, "
        "adresse ip, direccion ip, ip adresse, signup ip, last ip, remote host, author ip, ipv4, ipv6, request ip, "
        "created ip, login ip, x forwarded for"),
    "user_agent": Meaning("user.device", 2, "browser", TEXT,
        "user agent, useragent, ua, browser, http user agent, agent string, browser info, navigateur, browser name, "
        "os version, operating system, device type, device name, device model, platform version, device info, device"),
    "device_id": Meaning("user.device.device_id", 2, "number of a device", CODE,
        "device id, deviceid, imei, mac address, fingerprint, device token, push token, idfa, advertising id, udid, "
        "fcm token, apns token, device uuid, device fingerprint, browser fingerprint, android id"),
    "birth_date": Meaning("user.demographic.date_of_birth", 2, "date of birth", MOMENT,
        "birth date, birthdate, birthday, date of birth, dob, geburtsdatum, geburtstag, geb datum, gebdat, date naissance, "
        "date de naissance, naissance, fecha nacimiento, fecha de nacimiento, nacimiento, data nascita, data di nascita, "
        "data nascimento, geboortedatum, fodselsdato, fodelsedatum, birth, born, born on, birth year, year of birth, yob, "
        "geburtsjahr, bday, birth day, birth month, anniversary, death date, date of death, date birth, d o b"),
    "age": Meaning("user.demographic.age_range", 1, "age", NUMBER, "age, age range, age group, alter, edad, eta, leeftijd"),
    "gender": Meaning("user.demographic.gender", 2, "gender", CODE,
        "gender, sex, geschlecht, sexe, sexo, genero, genre personne, sesso, geslacht, kon, gender code, gender identity"),
    "marital": Meaning("user.demographic.marital_status", 2, "marital status", CODE,
        "marital status, marital, familienstand, civil status, estado civil, etat civil, marriage status, burgerlijke staat"),
    "nationality": Meaning("user.demographic.race_ethnicity", 2, "nationality or origin", CODE,
        "nationality, citizenship, staatsangehoerigkeit, staatsangehorigkeit, nationalite, nacionalidad, ethnicity, race "
        "ethnicity, ethnic group, ethnic origin, cittadinanza"),
    "religion": Meaning("user.demographic.religious_belief", 2, "religion", TEXT, "religion, konfession, faith, denomination"),
    "politics": Meaning("user.demographic.political_opinion", 2, "political opinion", TEXT,
        "political party, political opinion, party affiliation, political view"),
    "orientation": Meaning("user.demographic.sexual_orientation", 2, "sexual orientation", TEXT, "sexual orientation"),
    "health": Meaning("user.health_and_medical", 2, "health", LONG | NUMBER,
        "allergy, allergies, diagnosis, medication, medications, blood type, blood group, medical history, medical notes, "
        "disability, symptoms, prescription, health condition, medical condition, weight kg, height cm, krankenkasse, "
        "dietary requirements, dietary restrictions, dietary needs, diet, treatment, wrist size, ring size, body weight"),
    "language": Meaning("user.demographic.language", 1, "language", CODE,
        "language, lang, locale, preferred language, langue, idioma, sprache, lingua, taal, language code, lang code"),
    "street": Meaning("user.contact.address.street", 2, "street", TEXT,
        "street, street address, address, addr, address line, addr line, line1, line2, line3, address1, address2, "
        "address3, line 4, line 5, addr1, addr2, address 1, address 2, line 1, line 2, line 3, strasse, str, hausnummer, "
        "hausnr, rue, "
        "adresse, direccion, calle, domicilio, indirizzo, via, endereco, rua, straat, huisnummer, adres, osoite, gata, "
        "gade, house number, house no, houseno, apartment, apt, suite, unit number, street name, street number, streetno, "
        "postal address, mailing address, home address, delivery address, shipping address, billing address, postfach, "
        "po box, anschrift, lieferadresse, rechnungsadresse, thoroughfare, building name, numero civico, colonia, "
        "adresszusatz, complement adresse, street line, ulica, utca, vej, floor number, address full, full address, "
        "address text, ship street, bill street, block number, ship addr, bill addr, ship address, bill address, unit no"),
    "address": Meaning("user.contact.address", 2, "address", LONG, "address search text, formatted address"),
    "city": Meaning("user.contact.address.city", 1, "city", TEXT,
        "city, town, ort, stadt, wohnort, ville, ciudad, citta, cidade, plaats, stad, by navn, postort, kaupunki, miasto, "
        "locality, municipality, municipio, comune, localite, poblacion, suburb, village, city name, town name, "
        "woonplaats, commune, poststed, neighborhood, bairro, district name, ship city, bill city, hometown, birthplace, "
        "place of birth, geburtsort, lugar nacimiento, city town"),
    "state": Meaning("user.contact.address.state", 1, "state or region", TEXT | CODE,
        "state, province, region, county, bundesland, provincia, estado, departement, kanton, prefecture, provincie, "
        "state code, province code, region code, state province, administrative area, state name, region name, regione, "
        "state or province, lan, fylke, voivodeship, kraj"),
    "postcode": Meaning("user.contact.address.postal_code", 2, "postcode", CODE,
        "postcode, post code, postal code, postalcode, zip, zip code, zipcode, plz, postleitzahl, code postal, codepostal, "
        "cp, codigo postal, cap, cep, postnummer, postinumero, postnr, pincode, kod pocztowy, eircode, zip postal, "
        "postal, iranyitoszam, postalcode zip"),
    "country": Meaning("user.contact.address.country", 1, "country", CODE,
        "country, land, pays, pais, paese, country code, country iso, countrycode, country name, maa, kraj kod, "
        "country iso2, country of residence, landcode, ship country, bill country, nation"),
    "geo": Meaning("user.location.precise", 1, "coordinates", NUMBER | LONG,
        "latitude, longitude, lat, lng, lon, long, geo, geolocation, coordinates, gps, geo point, geopoint, lat lng, "
        "breitengrad, laengengrad, latitud, longitud, coords, geom, location point"),
    "location": Meaning("user.location.imprecise", 1, "place", TEXT,
        "location, time zone, timezone, tz, geo city, geo country, geo region, zeitzone, fuseau horaire, zona horaria"),
    "company": Meaning("user.contact.organization", 1, "company", TEXT,
        "company, company name, organization, organisation, firma, firmenname, entreprise, societe, empresa, azienda, "
        "bedrijf, employer, arbeitgeber, organization name, business name, ragione sociale, razon social, firm, "
        "raison sociale, bedrijfsnaam, foretag, organisation name, school, university, organisme, company title"),
    "job": Meaning("user.job_title", 1, "job", TEXT,
        "job title, jobtitle, job, occupation, profession, beruf, position title, position name, job position, metier, "
        "ocupacion, funcion, profesion, department, role title, jobdescription, employment, working for, function title, "
        "profesi, beroep, professione"),
    "income": Meaning("user.financial", 2, "income", NUMBER,
        "salary, income, wage, gehalt, salaire, salario, net worth, credit score, annual income, household income, "
        "credit limit, stipendio, hourly rate, pay rate, income bracket, credit rating"),
    "url": Meaning("user.contact.url", 1, "web address", TEXT,
        "website, homepage, home page, web site, personal url, blog, blog url, webseite, site web, profile url, "
        "web, url, uri, user url, author url"),
    "page_url": Meaning("user.behavior.browsing_history", 1, "page visited", TEXT,
        "referrer, referer, landing page, page url, url visited, request url, http referer, visited url, request uri, "
        "referrer url, exit page, page path, page view, request path, landing url, utm source, utm medium, utm campaign"),
    "search": Meaning("user.behavior.search_history", 1, "what was searched for", TEXT,
        "search, search term, search query, query, keywords searched, search text query, query text, suchbegriff, "
        "search keyword, search terms, keyword searched, recherche"),
    "social": Meaning("user.social", 2, "account on a social network", TEXT,
        "facebook, twitter, instagram, linkedin, tiktok, facebook id, google id, twitter id, linkedin url, github, "
        "skype, telegram, discord, facebook url, instagram handle, snapchat, social id, social profile, wechat, xing, "
        "line id, apple id, provider uid, oauth uid, youtube"),
    "photo": Meaning("user.content.self_image", 2, "picture of a person", LONG,
        "avatar, photo, profile picture, picture profile, profile image, profile photo, selfie, portrait, headshot, foto, "
        "avatar url, photo url, gravatar, user image, lichtbild, profilbild, face image"),
    "card": Meaning("user.financial.credit_card", 2, "card number", CODE,
        "card number, cc number, cc num, credit card, creditcard, card no, cardnumber, kreditkarte, "
        "numero tarjeta, carte bancaire, cc, cvv, cvc, cvv2, card token, card cvv, payment token, kreditkartennummer, "
        "credit card number, ccnumber, ccnum, security code, gateway token, masked cc, cc masked, card pan, "
        "payment method token, cc number enc, track data, numero carte"),
    "card_part": Meaning("user.financial", 2, "part of a card", CODE | MOMENT,
        "last four, last 4, last4, card last4, cc last4, card brand, card type, cc type, card expiry, cc exp, expiry date "
        "card, card exp, exp month, exp year, expiry month, expiry year, cc last 4, card last four, card expires, "
        "expiration month, expiration year, card exp month, card exp year, cc exp month, cc exp year, card fingerprint"),
    "bank": Meaning("user.financial.bank_account", 2, "bank account", CODE,
        "iban, bank account, account number bank, bank account number, kontonummer, routing number, sort code, bic, "
        "swift, bankverbindung, kontoinhaber, rib, clabe, numero cuenta, cuenta bancaria, bank iban, bankleitzahl, blz, "
        "bank code, rekeningnummer, bankgiro, sepa mandate, mandate reference, numero compte, bank account no, aba, "
        "conto corrente, bank acct, bank name, account no bank, clabe interbancaria"),
    "national_id": Meaning("user.government_id.national_identification_number", 2, "national identity number", CODE,
        "ssn, social security, social security number, national id, nationalid, national identification, dni, nif, nie, "
        "cpf, cnpj, codice fiscale, tax id, taxid, tax number, steuernummer, steuer id, sin, nino, bsn, personnummer, "
        "cedula, rut, curp, rfc, pesel, nss, sozialversicherungsnummer, id number, id card, identity card, id card number, "
        "personalausweis, ausweisnummer, passport id, aadhaar, pan number, tin, vat id, vat number, ustid, identification "
        "number, insurance number, national insurance, versicherungsnummer, numero securite sociale, personal code, "
        "identity number, government id, id document, document number identity, egn, oib, cnp, svnr, ahv"),
    "passport": Meaning("user.government_id.passport_number", 2, "passport number", CODE,
        "passport, passport number, passport no, reisepass, passeport, pasaporte, passnummer, passaporto"),
    "licence": Meaning("user.government_id.drivers_license_number", 2, "driving licence", CODE,
        "driver license, drivers license, driving licence, license number driver, fuehrerschein, fuhrerschein, permis "
        "conduire, driver licence, licencia conducir, license no driver, drivers licence, dl number"),
    "vehicle": Meaning("user.government_id.vehicle_registration", 2, "number plate", CODE,
        "license plate, number plate, kennzeichen, licence plate, plate number, vin, vehicle registration, immatriculation, "
        "matricula, nummernschild, registration plate"),
    "biometric": Meaning("user.biometric", 2, "biometric mark", LONG,
        "biometric, face template, voice print, voiceprint, retina, iris, fingerprint template, signature image"),
    "customer_number": Meaning("user.unique_id", 2, "customer number", CODE,
        "customer number, customer no, customer nr, customer code, customernumber, customerno, client number, client no, "
        "client code, member number, member no, membership number, account number, account no, kundennummer, kundennr, "
        "kunden nr, kdnr, knr, numero client, num client, numero cliente, cliente numero, codigo cliente, klantnummer, "
        "loyalty number, loyalty card, loyalty card number, loyalty no, patient number, subscriber number, debitor "
        "number, debitornr, mitgliedsnummer, no client, ref client, mitglied nr, customer reference, cust no, acct no, "
        "custno, cust number, guest number, student number, medical record number, mrn, personalnummer, employee number, "
        "employee no, staff number, card number loyalty, frequent flyer number, membership id"),
    "consent": Meaning("user.privacy_preferences", 1, "what the person agreed to", FLAG | LONG,
        "consent, opt in, optin, opt out, optout, newsletter, marketing, subscribed, unsubscribed, accepts marketing, gdpr, "
        "wants emails, wants newsletter, accepts newsletter, permission, do not contact, do not call, privacy, terms "
        "accepted, agreed terms, accept terms, receive emails, allow, allow contact, einwilligung, consentement, "
        "consentimiento, werbung, email notifications, receive newsletter, subscribe, subscription status, notify, "
        "cookie consent, marketing consent, sms opt in, takes offers, wants mailings, "
        "wants calls, dsgvo, rgpd, lgpd, "
        "promotions, promo, offers, wants, receive, accepts, "
        "by email, by post, by sms, by phone, "
        "unsubscribe, opted in, opted out, unsub, unsub date, wording, newsletter optin, mailing, "
        "do not email, preferences, suppressed"),
    "note": Meaning("user.content.private", 1, "free text", LONG,
        "note, notes, comment, comments, remark, remarks, message, body, content, text, description, bemerkung, "
        "bemerkungen, notiz, notizen, kommentar, observaciones, comentario, comentarios, commentaire, remarque, memo, "
        "feedback, reason, instructions, delivery instructions, nota, note interne, opmerking, opmerkingen, bio, "
        "biography, about, about me, about you, summary, engraving, gift message, greeting, answer, question, complaint, "
        "inquiry, "
        "enquiry, transcript, subject, reply, response, excerpt, internal note, staff note, interests, hobbies, wish, "
        "wishes, request, special request, special requests, details, mensaje, nachricht, betreff, asunto, objet, "
        "anmerkung, observations, notas, observacoes, viesti, wiadomosc, review, testimonial, quote, essay, cover letter, "
        "resume, cv, curriculum, statement, dedication, personalization, personalisation, gravur, inscription"),
    "role": Meaning("user.authorization", 1, "what the account may do", FLAG | LONG,
        "is staff, is superuser, is admin, superuser, admin, role, roles, permission id, permissions, user level, capabilities, "
        "access level, group id, user type, user role, user group, rights, privileges, scopes, is moderator"),
    "segment": Meaning("user.demographic.profile", 1, "what was concluded about the person", NUMBER | LONG,
        "segment, customer segment, propensity, lifetime value, ltv, clv, rfm, churn, churn risk, persona, credit class, "
        "score segment, interest profile, cluster, household size, affinity, customer group, loyalty tier, tier, vip, "
        "children, num children, number of children, education, has children, household"),
}  # fmt: skip

SPOILERS = listed(
    "type types status count counts template templates format formats label labels enabled verified valid validated "
    "total subject hash count max min length len limit limits mode flag sent opened clicked bounced rate icon color "
    "colour size sort order position required visible visibility regex mask pattern placeholder help error errors "
    "option options field fields provider server host port class style css attempts failed count num amount price cost "
    "tax fee currency version sku stock"
)
"""A name that ends in one of these is about the thing before it: ``email_status`` is no e-mail address."""

PEOPLE = listed(
    "customer client user account member subscriber contact person people guest visitor patient employee student buyer "
    "purchaser shopper lead prospect applicant candidate donor donateur spender "
    "attendee participant entrant passenger traveller traveler "
    "tenant resident citizen player author reviewer recipient beneficiary friend kunde kunden client cliente clientes "
    "klant klanten benutzer nutzer utilisateur utilisateurs usuario usuarios utente utenti persona personas person "
    "personne personnes mitglied mitglieder abonne abonnes abonnent abonnenten suscriptor suscriptores socio socios "
    "empleado empleados mitarbeiter gast gaeste invite huesped teilnehmer patienten paciente pacientes asiakas kayttaja "
    "uzytkownik klient klienci profile subscription subscriptions registrant borrower reader holder owner consumer "
    "householder volunteer speaker panelist respondent caller rider driver teacher instructor trainee pupil child parent "
    "guardian cliente fan follower tutor pet_owner medlem kund anvandare bruger kunder ospite ospiti identity"
)
"""Words for people: a table whose name ends in one of them is about them."""

STAFF = listed(
    "organiser organizer admin staff employee agent operator moderator editor technician "
    "salesperson salesman rep assignee handler creator "
    "modifier approver author manager clerk cashier goldsmith appraiser bearbeiter sachbearbeiter ersteller mitarbeiter "
    "vendeur responsable empleado vendedor verkaeufer verkaufer worker supervisor superuser operador created updated "
    "modified deleted edited approved assigned processed handled resolved reviewed uploaded changed entered closed "
    "verified cancelled issued taken written packed picked shipped printed logged published checked added"
)
"""Words for those who work in the shop, and the verbs of ``created_by``."""

THIRD = {
    "gift": "gift recipient", "giftee": "gift recipient", "referred": "referred friend", "referee": "referee",
    "referral": "referred friend", "friend": "friend", "invitee": "invited person", "invited": "invited person",
    "spouse": "relative", "partner_name": "relative", "emergency": "emergency contact", "kin": "relative",
    "child": "child", "children": "child", "guardian": "guardian", "parent_name": "parent", "beneficiary": "beneficiary",
    "beschenkte": "gift recipient", "beschenkter": "gift recipient", "empfohlen": "referred friend", "freund": "friend",
    "ami": "friend", "amigo": "friend", "parrain": "referred friend", "filleul": "referred friend", "relative": "relative",
    "recommended": "referred friend", "companion": "companion", "witness": "witness", "shared": "friend",
}  # fmt: skip
"""Words for a second person whom somebody named to the shop."""

ORGANISATIONS = listed(
    "shop store site website setting settings config configuration option options preference_default brand manufacturer "
    "supplier vendor warehouse branch location office newsletter mailinglist template templates category categories "
    "country countries product products domain server channel tenant_setting smtp carrier shipper courier merchant "
    "organisation organization company companies firm partner partners "
    "partenaire partenaires property properties  lieferant lieferanten hersteller proveedor "
    "proveedores fournisseur fournisseurs filiale filialen magasin tienda laden department departments region regions "
    "city cities state states currency currencies language languages module modules plugin plugins theme themes menu "
    "page pages campaign campaigns audience tag tags term terms taxonomy taxonomies attribute attributes variant variants "
    "catalog catalogue catalogs collection collections coupon coupons voucher vouchers promotion promotions discount "
    "rule rules tax taxes zone zones permission permissions role roles group groups migration migrations cron job_queue "
    "artikel produkt produkte produit produits producto productos prodotto prodotti articulo articulos article "
    "articles kategorie kategorien categorie categoria lager hotel restaurant school venue airport airline agency "
    "bank_branch sender mailer feature features flag flags status statuses type types method methods queue queues "
    "room rooms service services course courses plan plans banner banners stock inventory sku price prices pricelist "
    "translation translations asset assets webhook webhooks clinic clinics hospital publisher"
)
"""Words for what is no person: catalogues, configuration, companies."""

ROLE_MAILBOXES = listed(
    "info sales support contact office shop store admin administrator noreply no-reply donotreply hello service mail "
    "webmaster postmaster billing orders team help news newsletter marketing kontakt vertrieb root abuse"
)
"""Local parts of addresses that belong to an office, not to a person."""
