//! The families `users` and `agents`.

use super::super::values::Kind::{
    self, Day, Email, Flag, Group, Id, IpAddress, Member, MemberOf, Name, Now, Number, Numbered,
    OneOf, Phone, Prose, Reference, ReferenceNumber, Secret, Ssn, Street, Uuid,
};
use super::{
    BeforeImage, Producer, ReplicaIdentity::Full, Table, changing, fixed, key, later, mix, touched,
};

const USER: Kind = Reference("user-", 200);
const AGENT: Kind = Reference("agent-", 80);

const SETTINGS: [&str; 6] = ["theme", "language", "callback", "newsletter", "voice", "contrast"];

/// Free text as agents write it: with quotes, line ends, and what does not belong there.
const NOTES: [&str; 6] = [
    "Prefers to be called after 5 pm.",
    "Said \"never again\" — twice.",
    "Wants invoices by post, not by e-mail.",
    "Gave 000-12-3456 as the number on file; check.",
    "Speaks français and español.",
    "Path on the share: \\\\files\\callers\\open",
];

pub(super) const USERS: Table = Table {
    name: "users",
    producer: Producer::Native,
    share: 10,
    mix: mix(20, 8),
    keys_return: false,
    moves: false,
    columns: &[
        key("id", Id("user-")),
        fixed("name", Name),
        changing("email", Email),
        changing("phone", Phone),
        fixed("ssn", Ssn),
        later("bio", Prose(&NOTES, 3)),
        changing("status", OneOf(&["active", "inactive", "suspended", "invited"])),
        changing("password_hash", Secret("$example$", 24)),
        touched("updated_at"),
    ],
};

pub(super) const PROFILES: Table = Table {
    name: "profiles",
    producer: Producer::Dms(BeforeImage::Columns),
    share: 5,
    mix: mix(20, 8),
    keys_return: false,
    moves: false,
    columns: &[
        key("id", Number(1000)),
        fixed("user_id", USER),
        changing("display_name", Name),
        fixed("date_of_birth", Day(1940, 2006)),
        fixed("gender", OneOf(&["female", "male", "diverse"])),
        changing("avatar_url", Secret("https://img.example.com/", 8)),
        changing(
            "timezone",
            OneOf(&["Europe/Berlin", "America/Lima", "Asia/Tokyo", "Africa/Lagos"]),
        ),
        changing("locale", OneOf(&["de-DE", "es-PE", "ja-JP", "en-NG"])),
        later("notes", Prose(&NOTES, 4)),
        fixed("created_at", Now),
        touched("updated_at"),
    ],
};

/// Signing in renews the id of the session at hand, as it should.
pub(super) const SESSIONS: Table = Table {
    name: "sessions",
    producer: Producer::Debezium { wrapped: false, identity: Full },
    share: 10,
    mix: mix(30, 25),
    keys_return: false,
    moves: true,
    columns: &[
        key("id", Uuid),
        fixed("user_id", USER),
        fixed("device_type", OneOf(&["phone", "desktop", "tablet"])),
        changing("ip_address", IpAddress),
        fixed("user_agent", OneOf(&["Example/1.0 (X11; Linux)", "Example/2.1 (Phone; \"beta\")"])),
        changing("refresh_token", Secret("rt_", 16)),
        fixed("started_at", Now),
        touched("last_seen_at"),
        later("ended_at", Now),
    ],
};

pub(super) const PREFERENCES: Table = Table {
    name: "preferences",
    producer: Producer::Native,
    share: 5,
    mix: mix(20, 10),
    keys_return: true,
    moves: true,
    columns: &[
        key("user_id", Group(SETTINGS.len() as u64)),
        key("name", MemberOf(&SETTINGS)),
        changing("value", OneOf(&["on", "off", "default", "dark", "{\"size\":2}", "ja"])),
        touched("updated_at"),
    ],
};

pub(super) const ADDRESSES: Table = Table {
    name: "addresses",
    producer: Producer::Debezium { wrapped: true, identity: Full },
    share: 5,
    mix: mix(20, 8),
    keys_return: false,
    moves: false,
    columns: &[
        key("id", Number(5000)),
        fixed("user_id", USER),
        fixed("kind", OneOf(&["home", "work", "billing"])),
        changing("line1", Street),
        later("line2", Numbered(&["Floor", "Apt.", "Unit"], 40)),
        changing("city", OneOf(&["Köln", "Springfield", "São Paulo", "Ōsaka"])),
        changing("postal_code", Numbered(&["EX"], 99_999)),
        changing("region", OneOf(&["NRW", "IL", "SP", "27"])),
        fixed("country", OneOf(&["DE", "US", "BR", "JP"])),
        changing("verified", Flag),
        touched("updated_at"),
    ],
};

pub(super) const AGENTS: Table = Table {
    name: "agents",
    producer: Producer::Dms(BeforeImage::Object),
    share: 4,
    mix: mix(10, 5),
    keys_return: false,
    moves: false,
    columns: &[
        key("id", Id("agent-")),
        fixed("employee_number", Number(70_000)),
        fixed("name", Name),
        changing("email", Email),
        changing("phone", Phone),
        changing("extension", Number(100)),
        changing("team_id", ReferenceNumber(12)),
        later("supervisor_id", AGENT),
        changing("role", OneOf(&["agent", "senior", "supervisor", "trainee"])),
        changing("status", OneOf(&["active", "on_leave", "left"])),
        fixed("hired_at", Day(2009, 2024)),
        touched("updated_at"),
    ],
};

pub(super) const AGENT_SKILLS: Table = Table {
    name: "agent_skills",
    producer: Producer::Dms(BeforeImage::Columns),
    share: 4,
    mix: mix(20, 15),
    keys_return: true,
    moves: true,
    columns: &[
        key("agent_id", Group(8)),
        key("skill_id", Member(8)),
        changing("level", Kind::Integer(10)),
        later("certified_until", Day(2025, 2029)),
        touched("updated_at"),
    ],
};

/// A row an agent that is logged in, rewritten with each change of state.
pub(super) const AGENT_STATES: Table = Table {
    name: "agent_states",
    producer: Producer::Debezium { wrapped: false, identity: Full },
    share: 20,
    mix: mix(6, 4),
    keys_return: true,
    moves: false,
    columns: &[
        key("agent_id", Id("agent-")),
        changing("state", OneOf(&["available", "busy", "wrap_up", "break", "offline"])),
        later("reason", OneOf(&["lunch", "training", "coaching", "technical"])),
        changing("queue_id", ReferenceNumber(20)),
        later("call_id", ReferenceNumber(9_000_000)),
        touched("since"),
        touched("updated_at"),
    ],
};
