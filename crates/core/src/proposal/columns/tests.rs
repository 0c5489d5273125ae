//! Names and what they look like.

use super::{Personal, is_plain, looks_personal};

/// Each line: what, then names that look like it.
const PERSONAL: &[(Personal, &str)] = &[
    (
        Personal::Email,
        "email Email EMAIL e_mail eMail emailAddress work_email email_id mail correo",
    ),
    (
        Personal::Phone,
        "phone phone_number phoneNumber PhoneNumber mobile mobile_no fax Telefonnummer",
    ),
    (Personal::Phone, "tel cell caller_id msisdn from_number homePhone telefono"),
    (
        Personal::Identity,
        "ssn SSN tax_id taxId passport passport_number passportNo national_id dni",
    ),
    (
        Personal::Identity,
        "driver_license licensePlate documentNumber steuer_id social_security_number",
    ),
    (
        Personal::Bank,
        "iban IBAN account_number card_number cardNumber cvv credit_card cardExpires bic",
    ),
    (
        Personal::Birth,
        "dob birth_date dateOfBirth year_of_birth birthday Geburtsdatum age birthplace",
    ),
    (Personal::Name, "first_name firstName FirstName lastname full_name surname nickname username"),
    (Personal::Name, "vorname Nachname prénom apellidos customer_name contactName owner_name"),
    (
        Personal::Address,
        "address address2 street street_name line1 postal_code zip zip_code plz city",
    ),
    (Personal::Address, "Straße Hausnummer adresse ville ciudad codigo_postal shippingAddress"),
    (Personal::Network, "ip ip_address ipAddress IPAddress client_ip mac_address ipv4 remote_addr"),
    (Personal::Place, "lat latitude lng longitude geo geo_point gps_coordinates location"),
    (
        Personal::Secret,
        "password password_hash passwordHash passwd api_key apiKey secret client_secret",
    ),
    (Personal::Secret, "access_token refresh_token token private_key pin otp salt encryption_key"),
    (Personal::Pay, "salary base_salary Gehalt income hourly_wage salario"),
    (Personal::FreeText, "notes note comment comments remarks bio feedback message body Bemerkung"),
    (
        Personal::Sensitive,
        "religion health_status diagnosis ethnicity nationality disability is_pregnant",
    ),
    (Personal::Gender, "gender sex Geschlecht sexo pronouns"),
    (Personal::Device, "device_id deviceId imei user_agent userAgent browser_fingerprint"),
    (Personal::Recording, "recording_url transcript call_transcript voicemail avatar_url photo"),
];

#[test]
fn names_that_look_personal_are_known_however_they_are_written() {
    for (what, names) in PERSONAL {
        for name in names.split_whitespace() {
            assert_eq!(looks_personal("things", name), Some(*what), "{name}");
        }
    }
}

/// Names that say what they are, and that it is nobody's secret.
const PLAIN: &str = "id order_id orderId userID uuid status order_status kind type created_at \
    updatedAt started_on total item_count quantity unit_price currency is_active hasChildren \
    enabled priority locale country timezone duration_ms year month sort_order queue email_verified \
    email_verified_at emailVerifiedAt phone_type password_changed_at token_type address_id \
    location_id note_id card_id recording_id card_type country_code weight sku batch_size \
    retry_count yearID start_time answer_within_seconds size_bytes valid_from token_expires_at hire_date team_id tipo fecha anzahl";

#[test]
fn names_that_say_what_they_are_are_plain() {
    for name in PLAIN.split_whitespace() {
        assert_eq!(looks_personal("things", name), None, "{name}");
        assert!(is_plain(name), "{name}");
    }
}

/// Names that could be anything.
const NEITHER: &str = "name title description code value data payload x c1 product_name file_name \
    queue_name company_name display_name subject summary details reason attributes tags content \
    number balance";

#[test]
fn names_that_could_be_anything_are_neither() {
    for name in NEITHER.split_whitespace() {
        assert_eq!(looks_personal("things", name), None, "{name}");
        assert!(!is_plain(name), "{name}");
    }
}

#[test]
fn a_name_is_a_persons_in_a_table_of_persons() {
    for table in ["users", "Customer", "crm_contacts", "people", "PatientProfiles", "kunden"] {
        for name in ["name", "Name", "display_name", "displayName"] {
            assert_eq!(looks_personal(table, name), Some(Personal::Name), "{table}.{name}");
        }
    }
    for table in ["products", "user_groups", "queues", "agent_skills", ""] {
        assert_eq!(looks_personal(table, "name"), None, "{table}.name");
    }
    assert_eq!(looks_personal("patients", "weight"), Some(Personal::Sensitive));
    assert_eq!(looks_personal("users", "company_name"), None);
}

#[test]
fn any_text_is_a_name() {
    for name in ["", "_", "42", "\u{0}", "日本語", "a".repeat(300).as_str(), "___", "Ünïcödé"]
    {
        assert_eq!(looks_personal(name, name), None);
        assert!(!is_plain(name));
    }
}
