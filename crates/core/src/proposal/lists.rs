//! The words by which columns are told apart: English, with what is common in German, French and
//! Spanish. Without accents, in lower case; several words with underscores.

use super::columns::Personal;

/// What makes a name look personal.
pub(super) struct Telling {
    pub(super) what: Personal,
    /// Words that stand in the name, whole and in a row.
    pub(super) phrases: &'static str,
    /// Letters that stand anywhere in it.
    pub(super) stems: &'static str,
}

/// In this order: `email_address` is an e-mail address, `ip_address` a network's, and `voicemail` has
/// an `email` in it.
pub(super) const PERSONAL: &[Telling] = &[
    Telling {
        what: Personal::Secret,
        phrases: "pwd pass kennwort contrasena mot_de_passe mdp token tokens secret credential \
            credentials api_key apikey access_key private_key encryption_key signing_key \
            key_material otp totp pin pin_code puk salt jwt bearer cookie cookies nonce seed \
            recovery_code recovery_codes backup_codes verification_code auth_code access_code \
            security_answer security_question signature",
        stems: "passw passphrase passcode secretkey apikey accesstoken refreshtoken privatekey \
            sessiontoken",
    },
    Telling {
        what: Personal::Recording,
        phrases: "recording recordings voice audio video photo photos picture pictures selfie avatar \
            portrait face foto aufnahme grabacion",
        stems: "transcript voicemail",
    },
    Telling {
        what: Personal::Email,
        phrases: "mail mails e_mail mailbox correo courriel",
        stems: "email",
    },
    Telling {
        what: Personal::Network,
        phrases: "ip ips ipv_4 ipv_6 mac remote_addr",
        stems: "ipaddr macaddr",
    },
    Telling {
        what: Personal::Device,
        phrases: "device_id device_token deviceid imei imsi iccid udid idfa gaid advertising_id \
            user_agent browser serial_number",
        stems: "useragent fingerprint",
    },
    Telling {
        what: Personal::Identity,
        phrases: "ssn sin nin nino itin tin ein social_security national_id nationalid id_card \
            id_number identity_number tax_id taxid tax_number vat_id vat_number license_number \
            licence_number driver_license drivers_license driver_licence driving_licence \
            license_plate licence_plate plate_number kennzeichen vin personalausweis ausweis \
            document_number policy_number steuer_id steuernummer steuerid sozialversicherungsnummer versichertennummer dni nie \
            nif nss curp rfc cpf aadhaar pesel bsn nir mrn medicare insurance_number \
            employee_number personnel_number",
        stems: "passport reisepass passeport pasaporte socialsecurity",
    },
    Telling {
        what: Personal::Bank,
        phrases: "iban bic swift account_number account_no routing_number sort_code bank_account \
            kontonummer konto blz card cards pan cvv cvc cc cc_number tarjeta net_worth \
            credit_score",
        stems: "creditcard debitcard cardnumber cardholder kreditkarte bankaccount",
    },
    Telling {
        what: Personal::Phone,
        phrases: "tel mobile mobil movil portable cell cellular fax handy msisdn ani caller callee \
            caller_id called_number calling_number from_number to_number whatsapp rufnummer sms",
        stems: "phone telefon faxnumber mobilenumber callerid",
    },
    Telling {
        what: Personal::Birth,
        phrases: "dob bday age alter edad gebdat gebdatum",
        stems: "birth geburt naissance nacimiento",
    },
    Telling {
        what: Personal::Gender,
        phrases: "sex sexe sexo geschlecht genero pronoun pronouns salutation anrede",
        stems: "gender",
    },
    Telling {
        what: Personal::Sensitive,
        phrases: "race ethnic health blood_type blood_group allergy allergies symptom symptoms illness \
            treatment krankheit konfession union_member trade_union political politics biometric \
            biometrics genetic dna conviction convictions criminal marital_status married spouse \
            familienstand citizenship death deceased smoker",
        stems: "religi ethnicity nationalit diagnos disease medical medication disabilit pregnan \
            sexualorient politicalparty",
    },
    Telling {
        what: Personal::Name,
        phrases: "first_name firstname fname last_name lastname lname full_name fullname given_name \
            givenname family_name middle_name middlename maiden_name birth_name legal_name \
            preferred_name initials user_name username login login_name screen_name vorname \
            nachname familienname prenom nom_de_famille nombres apellido apellidos primer_nombre \
            benutzername",
        stems: "surname forename nickname vorname nachname",
    },
    Telling {
        what: Personal::Place,
        phrases: "lat lng lon geo geolocation geohash geom geometry gps coordinate coordinates coords \
            location standort position_x position_y",
        stems: "latitude longitude",
    },
    Telling {
        what: Personal::Address,
        phrases: "address addresses addr adresse anschrift direccion street strasse rue calle \
            house_number house_no hausnummer hausnr apartment line_1 line_2 line_3 zip plz \
            postal postcode post_code city town ort wohnort ville ciudad code_postal \
            codigo_postal",
        stems: "postalcode zipcode addressline postleitzahl",
    },
    Telling {
        what: Personal::Pay,
        phrases: "wage wages payroll pay_rate base_pay income compensation bonus lohn einkommen sueldo \
            salario",
        stems: "salar gehalt",
    },
    Telling {
        what: Personal::FreeText,
        phrases: "note notes notiz notizen comment comments commentaire kommentar comentario \
            comentarios remark remarks bemerkung bemerkungen memo bio biography about about_me \
            feedback message messages nachricht mensaje body free_text freetext freitext \
            testimonial review answer answers emergency_contact next_of_kin",
        stems: "freetext",
    },
];

/// Words at the end that turn a name into something about the personal thing, and not the thing:
/// `email_verified_at`, `phone_type`.
pub(super) const ABOUT: &str = "\
    at on count counts type kind status verified confirmed validated enabled disabled valid \
    attempts version length language locale optin opt_in since until template provider format \
    category seconds minutes hours ms bytes size percent typ tipo";

/// Who is named by a column `…_name`, and whose tables have a `name` that is a person's.
pub(super) const PERSONS: &str = "\
    user customer contact person people employee agent patient member client guest lead \
    student profile caller callee claimant driver subscriber candidate applicant passenger \
    beneficiary beneficiaries owner holder cardholder recipient sender author manager \
    supervisor staff personnel teacher doctor kunde kunden mitarbeiter benutzer nutzer \
    visitor shipping billing personne utilisateur employe usuario cliente persona empleado paciente";

/// Words for a name, of a person or not.
pub(super) const NAME: &str = "\
    name names nom nombre display_name displayname";

/// Words at the end of a name that say what a column holds, and that it is nobody's secret:
/// references, kinds and states, counts and amounts, times, switches, languages and countries (enough
/// to route by, not to find somebody).
pub(super) const PLAIN: &str = "\
    id ids uuid guid oid rowid userid sku queue team role roles \
    status state stage phase step kind kinds type types category categories priority severity \
    level tier rank mode method outcome action operation format channel direction source \
    environment env color colour flag flags statut estado typ tipo status_code error_code \
    reason_code http_status \
    count counts total totals quantity qty amount amounts price cost fee discount currency \
    rate ratio percent percentage weight length width height size bytes unit units limit max min avg \
    average sum attempts retries version revision index idx position order sequence anzahl menge betrag \
    preis waehrung cantidad precio montant prix quantite currency_code \
    at on date time timestamp ts datetime since until year month day week weekday quarter hour \
    minute start end valid_from duration seconds minutes hours ms millis timeout delay created updated modified \
    deleted started ended opened closed expires expired datum zeit fecha erstellt \
    active inactive enabled disabled archived verified confirmed valid visible public default \
    optin opt_in \
    language lang locale timezone time_zone tz country region country_code language_code";

/// Words at the beginning that make a column a switch or a count.
pub(super) const PLAIN_FIRST: &str = "\
    is has can num count total max min";
