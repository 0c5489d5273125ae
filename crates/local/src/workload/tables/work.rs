//! The families `queues`, `communication`, `orders` and `reporting`.

use super::super::values::Kind::{
    self, Amount, Email, Flag, Id, Integer, Name, Now, Number, Numbered, OneOf, Phone, Prose,
    Reference, ReferenceNumber, Secret, Street,
};
use super::{
    BeforeImage, Producer, ReplicaIdentity, Table, changing, fixed, key, later, mix, touched,
};

const USER: Kind = Reference("user-", 200);
const AGENT: Kind = Reference("agent-", 80);
const QUEUE: Kind = ReferenceNumber(20);

const CHANNELS: [&str; 4] = ["voice", "chat", "email", "callback"];

const SAID: [&str; 6] = [
    "Hello, how can I help?",
    "My parcel says \"delivered\", but it isn't.",
    "One moment, I'll look it up …",
    "My card ends in 4242 and my number is +1-202-555-0143.",
    "Thank you! 🙂",
    "C:\\temp\\log.txt\tshows nothing.",
];

const SUMMARIES: [&str; 4] = [
    "Asked about a late delivery; promised a call back.",
    "Changed the address; e-mail ada@example.com confirmed.",
    "Complaint about \"hold music\".",
    "Cancelled the order, refund under way.",
];

pub(super) const QUEUES: Table = Table {
    name: "queues",
    producer: Producer::Dms(BeforeImage::Columns),
    share: 3,
    mix: mix(10, 4),
    keys_return: false,
    moves: false,
    columns: &[
        key("id", Number(0)),
        changing("name", Numbered(&["Billing", "Support", "Sales", "Café & Catering"], 9)),
        fixed("channel", OneOf(&CHANNELS)),
        changing("priority", Integer(10)),
        changing("strategy", OneOf(&["longest_idle", "round_robin", "skills"])),
        changing("max_wait_seconds", Integer(1800)),
        changing("service_level_target", Amount(100)),
        changing("open", Flag),
        touched("updated_at"),
    ],
};

pub(super) const ROUTING_RULES: Table = Table {
    name: "routing_rules",
    producer: Producer::Native,
    share: 2,
    mix: mix(15, 10),
    keys_return: false,
    moves: false,
    columns: &[
        key("id", Number(300)),
        fixed("queue_id", QUEUE),
        changing("position", Integer(50)),
        changing("condition", OneOf(&["wait > 60", "lang = \"es\" and hour < 18", "vip"])),
        changing("target_queue_id", QUEUE),
        later("target_skill_id", ReferenceNumber(8)),
        changing("enabled", Flag),
        touched("updated_at"),
    ],
};

pub(super) const CALLS: Table = Table {
    name: "calls",
    producer: Producer::Dms(BeforeImage::Object),
    share: 20,
    mix: mix(30, 5),
    keys_return: false,
    moves: false,
    columns: &[
        key("id", Number(8_000_000)),
        fixed("direction", OneOf(&["inbound", "outbound"])),
        changing("status", OneOf(&["ringing", "queued", "active", "on_hold", "ended"])),
        fixed("user_id", USER),
        later("agent_id", AGENT),
        changing("queue_id", QUEUE),
        fixed("from_number", Phone),
        fixed("to_number", Phone),
        later("recording_url", Secret("https://rec.example.com/", 12)),
        fixed("started_at", Now),
        later("answered_at", Now),
        later("ended_at", Now),
        changing("wait_seconds", Integer(900)),
        changing("talk_seconds", Integer(3600)),
        changing("cost", Amount(40)),
        later("disposition", OneOf(&["resolved", "escalated", "voicemail", "abandoned"])),
        touched("updated_at"),
    ],
};

/// Its transcript is large, so that PostgreSQL doesn't tell it where it didn't change.
pub(super) const CHATS: Table = Table {
    name: "chats",
    producer: Producer::Debezium { wrapped: false, identity: ReplicaIdentity::Default },
    share: 10,
    mix: mix(20, 6),
    keys_return: false,
    moves: false,
    columns: &[
        key("id", Id("chat-")),
        changing("status", OneOf(&["waiting", "open", "closed"])),
        fixed("channel", OneOf(&["web", "app", "sms"])),
        fixed("user_id", USER),
        later("agent_id", AGENT),
        changing("queue_id", QUEUE),
        fixed("visitor_name", Name),
        changing("visitor_email", Email),
        fixed("started_at", Now),
        later("ended_at", Now),
        changing("message_count", Integer(120)),
        changing("transcript", Prose(&SAID, 12)),
        touched("updated_at"),
    ],
};

/// Ids beyond what a double can hold: 2⁵³ and on.
pub(super) const INTERACTIONS: Table = Table {
    name: "interactions",
    producer: Producer::Debezium { wrapped: true, identity: ReplicaIdentity::Full },
    share: 8,
    mix: mix(40, 4),
    keys_return: false,
    moves: false,
    columns: &[
        key("id", Number(9_007_199_254_740_992)),
        fixed("user_id", USER),
        changing("agent_id", AGENT),
        fixed("kind", OneOf(&["call", "chat", "email", "order"])),
        fixed("reference_id", ReferenceNumber(9_000_000)),
        changing("outcome", OneOf(&["resolved", "follow_up", "none"])),
        changing("sentiment", OneOf(&["positive", "neutral", "negative"])),
        changing("summary", Prose(&SUMMARIES, 3)),
        fixed("occurred_at", Now),
        touched("updated_at"),
    ],
};

pub(super) const ORDERS: Table = Table {
    name: "orders",
    producer: Producer::Native,
    share: 7,
    mix: mix(25, 3),
    keys_return: false,
    moves: false,
    columns: &[
        key("id", Number(40_000)),
        fixed("order_number", Id("SO-2024-")),
        fixed("user_id", USER),
        later("agent_id", AGENT),
        changing("status", OneOf(&["placed", "paid", "packed", "shipped", "returned"])),
        fixed("currency", OneOf(&["EUR", "USD", "BRL"])),
        changing("total", Amount(2000)),
        fixed("card_last4", OneOf(&["4242", "0005", "1117"])),
        fixed("shipping_name", Name),
        changing("shipping_address", Street),
        fixed("placed_at", Now),
        touched("updated_at"),
    ],
};

pub(super) const ORDER_ITEMS: Table = Table {
    name: "order_items",
    producer: Producer::Native,
    share: 7,
    mix: mix(30, 10),
    keys_return: false,
    moves: false,
    columns: &[
        key("order_id", Kind::Group(4)),
        key("line_number", Kind::Member(4)),
        fixed("product_id", Reference("P-", 900)),
        fixed("description", OneOf(&["Headset, 2 m cable", "15\" stand", "Café crème (×12)"])),
        changing("quantity", Integer(20)),
        changing("unit_price", Amount(300)),
        later("discount", Amount(20)),
        touched("updated_at"),
    ],
};

/// Append-only and without a primary key.
pub(super) const QUEUE_METRICS: Table = Table {
    name: "queue_metrics",
    producer: Producer::Dms(BeforeImage::Object),
    share: 6,
    mix: mix(100, 0),
    keys_return: false,
    moves: false,
    columns: &[
        fixed("queue_id", QUEUE),
        fixed("measured_at", Now),
        fixed("waiting", Integer(40)),
        fixed("longest_wait_seconds", Integer(900)),
        fixed("agents_available", Integer(30)),
        fixed("agents_busy", Integer(60)),
        fixed("answered", Integer(500)),
        fixed("abandoned", Integer(50)),
        fixed("service_level", Amount(100)),
    ],
};
