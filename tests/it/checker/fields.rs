//! The fields of one item: which there are, of what shape, and how they go together. Nothing here
//! looks beyond the item; references, order and duplicates are left to `part` and `across`.

use super::{
    container::Spelling,
    json::{self, Json, Object},
    schema::{self, Field, Rule, Shape},
    things::Kind,
    time,
};

/// Longest text of a message, in characters. Source: OpenAPI description,
/// `ChannelConfig.max_message_length`; the classic validator for a type that it does not know.
const MAX_TEXT: usize = 20_000;

/// Most custom data of one object, in bytes. Source: Stream docs, "Importing data" ("5KB"; the
/// tables say 5 KiB, so this is the smaller reading), read 2026-08. Measured as a JSON object of
/// the keys that the importer does not know (so `name` and `image` count), braces, quotes and
/// commas included, without white space and needless escapes; an attachment is an object of its
/// own and does not count for its message.
const MAX_CUSTOM_BYTES: usize = 5_000;

/// Most attachments of a message. Source: JSON Schema of messages, 2026; API limits.
const MAX_ATTACHMENTS: usize = 30;

/// Longest id of a user or a message, in bytes. Source: classic validator; API limits.
const MAX_ID_BYTES: usize = 255;

/// Longest id or type of a channel, in bytes. Source: classic validator; JSON Schema of channels.
const MAX_CHANNEL_BYTES: usize = 64;

/// Longest type of a reaction, in bytes. Source: classic validator; OpenAPI description.
const MAX_REACTION_BYTES: usize = 30;

/// Reports whatever is wrong with an item by itself.
pub(super) fn check(
    kind: Kind,
    item: &Object<'_>,
    spelling: Spelling,
    report: &mut dyn FnMut(String),
) {
    if spelling == Spelling::Current {
        for (key, _) in item.0.iter().filter(|(_, value)| value.has_null()) {
            report(format!(
                "`{key}` is or holds a null, which this spelling has not"
            ));
        }
    }
    let (known, reserved) = (schema::known(kind), schema::reserved(kind));
    check_table(known, reserved, item, spelling, report);
    match kind {
        Kind::Channel => check_either(item, "id", "member_ids", report),
        Kind::Member => {
            check_either(item, "channel_id", "channel_member_ids", report);
            check_invitation(item, report);
        }
        Kind::Message => {
            check_either(item, "channel_id", "channel_member_ids", report);
            check_message(item, spelling, report);
        }
        Kind::User | Kind::Reaction => {}
    }
}

fn check_table(
    table: &[Field],
    reserved: &[&str],
    item: &Object<'_>,
    spelling: Spelling,
    report: &mut dyn FnMut(String),
) {
    let known = |key: &str| table.iter().find(|field| field.name == key);
    for (key, value) in &item.0 {
        if reserved.contains(&key.as_ref()) {
            report(format!("`{key}` is a reserved field"));
        }
        let Some(field) = known(key) else { continue };
        if field.rule == Rule::Classic && spelling == Spelling::Current {
            report(format!("`{key}` is no field of this spelling"));
        }
        if !matches!(value, Json::Null) {
            check_shape(field, value, spelling, report);
        }
    }
    for field in table.iter().filter(|field| field.rule == Rule::Required) {
        if item.get(field.name).is_none() {
            report(format!("`{}` is required", field.name));
        }
    }
    let is_custom = |key: &str| known(key).is_none_or(|field| field.rule == Rule::Custom);
    let custom_bytes = json::fields_bytes(item.0.iter().filter(|(key, _)| is_custom(key)));
    if custom_bytes > MAX_CUSTOM_BYTES {
        report(format!(
            "has {custom_bytes} bytes of custom data, over the limit of {MAX_CUSTOM_BYTES}"
        ));
    }
}

fn check_shape(
    field: &Field,
    value: &Json<'_>,
    spelling: Spelling,
    report: &mut dyn FnMut(String),
) {
    let name = field.name;
    if let Shape::Attachments = field.shape {
        return check_attachments(value, spelling, report);
    }
    let wanted = match (field.shape, value) {
        (Shape::Text, Json::Text(_))
        | (Shape::Flag, Json::Flag(_))
        | (Shape::Whole, Json::Number(json::Number { whole: true, .. })) => return,
        (Shape::Text, _) => "a text",
        (Shape::Flag, _) => "true or false",
        (Shape::Whole, _) => "a whole number",
        (Shape::Texts | Shape::Set, Json::List(list)) => {
            if value.texts().count() == list.len() {
                if let Shape::Set = field.shape {
                    check_set(name, value, report);
                }
                return;
            }
            "a list of texts"
        }
        (Shape::Texts | Shape::Set, _) => "a list of texts",
        (Shape::TextByKey, Json::Object(it)) if it.0.iter().all(|(_, to)| to.text().is_some()) => {
            return;
        }
        (Shape::TextByKey, _) => "an object of texts",
        (Shape::PushPreferences, Json::Object(it)) if are_push_preferences(it) => return,
        (Shape::PushPreferences, _) => "`chat_level` and `disabled_until`, and legal",
        (Shape::PrivacySettings, Json::Object(it)) if are_privacy_settings(it) => return,
        (Shape::PrivacySettings, _) => "the three settings, each `{enabled}`",
        (shape, Json::Text(text)) => match check_text(shape, text, spelling) {
            None => return,
            Some(wanted) => wanted,
        },
        _ => "a text",
    };
    report(format!("`{name}` is {}, not {wanted}", shown(value)));
}

/// What the text of a shape should have been; `None` if it is that.
fn check_text(shape: Shape, text: &str, spelling: Spelling) -> Option<&'static str> {
    let within = |max: usize| (1..=max).contains(&text.len());
    let only = |others: &str| {
        text.chars()
            .all(|it| it.is_ascii_alphanumeric() || others.contains(it))
    };
    let (good, wanted) = match shape {
        Shape::Filled => (!text.is_empty(), "a text that is not empty"),
        Shape::Time => (time::parse(text).is_some(), "a time of RFC 3339"),
        Shape::UserId => (
            within(MAX_ID_BYTES) && only("@_-"),
            "1 to 255 letters, digits, `@`, `_` and `-`",
        ),
        Shape::ChannelWord => (
            within(MAX_CHANNEL_BYTES) && only("_-"),
            "1 to 64 letters, digits, `_` and `-`",
        ),
        Shape::MessageId => (
            within(MAX_ID_BYTES) && !text.contains([',', '%']),
            "1 to 255 bytes without `,` and `%`",
        ),
        Shape::ReactionType => (
            within(MAX_REACTION_BYTES) && only("_-+:."),
            "1 to 30 letters, digits and `_-+:.`",
        ),
        Shape::MessageType => match spelling {
            Spelling::Classic => (
                ["regular", "system", "deleted", "blocked"].contains(&text),
                "`regular`, `system`, `deleted` or `blocked`",
            ),
            Spelling::Current => (
                ["regular", "reply", "system", "deleted"].contains(&text),
                "`regular`, `reply`, `system` or `deleted`",
            ),
        },
        Shape::Url => match spelling {
            Spelling::Classic => (
                is_url(text, "http://") || is_url(text, "https://"),
                "an `http` or `https` URL",
            ),
            Spelling::Current => (is_url(text, "https://"), "an `https` URL"),
        },
        _ => (true, ""),
    };
    (!good).then_some(wanted)
}

fn is_url(text: &str, scheme: &str) -> bool {
    let rest = text.strip_prefix(scheme).unwrap_or_default();
    let has_host = !rest.is_empty() && !rest.starts_with(['/', '?', '#']);
    has_host && !rest.contains(|it: char| it.is_whitespace() || it.is_control())
}

fn check_set(name: &str, value: &Json<'_>, report: &mut dyn FnMut(String)) {
    let mut ids: Vec<&str> = value.texts().collect();
    if ids.is_empty() {
        report(format!("`{name}` is empty"));
    }
    ids.sort_unstable();
    if let Some(pair) = ids.windows(2).find(|pair| pair[0] == pair[1]) {
        report(format!("`{name}` holds `{}` twice", pair[0]));
    }
}

/// Source: JSON Schema of users, 2026: no other keys, and these words only.
fn are_push_preferences(it: &Object<'_>) -> bool {
    it.0.iter().all(|(key, value)| match key.as_ref() {
        "chat_level" => value
            .text()
            .is_some_and(|level| ["all", "none", "mentions"].contains(&level)),
        "disabled_until" => value.text().and_then(time::parse).is_some(),
        _ => false,
    })
}

/// Source: JSON Schema of users, 2026: no other keys, `enabled` required.
fn are_privacy_settings(it: &Object<'_>) -> bool {
    let settings = ["typing_indicators", "read_receipts", "delivery_receipts"];
    it.0.iter().all(|(key, value)| {
        let enabled = value.object().is_some_and(|setting| {
            setting.0.len() == 1 && matches!(setting.get("enabled"), Some(Json::Flag(_)))
        });
        enabled && settings.contains(&key.as_ref())
    })
}

fn check_either(item: &Object<'_>, one: &str, other: &str, report: &mut dyn FnMut(String)) {
    match (item.get(one), item.get(other)) {
        (Some(_), Some(_)) => report(format!("has both `{one}` and `{other}`")),
        (None, None) => report(format!("has neither `{one}` nor `{other}`")),
        _ => {}
    }
}

/// Source: JSON Schema of members, 2026.
fn check_invitation(item: &Object<'_>, report: &mut dyn FnMut(String)) {
    for name in ["invite_accepted_at", "invite_rejected_at"] {
        if item.get(name).is_some() && !item.is_true("invited") {
            report(format!("`{name}` stands without `invited`"));
        }
    }
}

fn check_message(item: &Object<'_>, spelling: Spelling, report: &mut dyn FnMut(String)) {
    let has = |name: &str| item.get(name).is_some();
    let kind = item.text("type").unwrap_or_default();
    let characters = item.text("text").map_or(0, |text| text.chars().count());
    if characters > MAX_TEXT {
        report(format!(
            "`text` has {characters} characters, over the limit of {MAX_TEXT}"
        ));
    }
    if (kind == "deleted") != has("deleted_at") {
        report("`deleted_at` and the type `deleted` stand only together".to_owned());
    }
    if has("pinned_at") != has("pinned_by_id") {
        report("`pinned_at` and `pinned_by_id` stand only together".to_owned());
    }
    if has("pin_expires") && !(has("pinned_at") && has("pinned_by_id")) {
        report("`pin_expires` stands without `pinned_at` and `pinned_by_id`".to_owned());
    }
    // The schema takes even `false` as a statement that only a reply can make.
    let shown_in_channel = match spelling {
        Spelling::Classic => item.is_true("show_in_channel"),
        Spelling::Current => has("show_in_channel"),
    };
    if shown_in_channel && !has("parent_id") {
        report("`show_in_channel` stands without `parent_id`".to_owned());
    }
    if spelling == Spelling::Current && kind == "reply" && !has("parent_id") {
        report("the type is `reply`, but there is no `parent_id`".to_owned());
    }
    if spelling == Spelling::Current && kind == "regular" && has("parent_id") {
        report("there is a `parent_id`, but the type is `regular`".to_owned());
    }
}

fn check_attachments(value: &Json<'_>, spelling: Spelling, report: &mut dyn FnMut(String)) {
    let Json::List(attachments) = value else {
        return report(format!("`attachments` is {}, not a list", shown(value)));
    };
    if attachments.len() > MAX_ATTACHMENTS {
        let count = attachments.len();
        report(format!(
            "has {count} attachments, over the limit of {MAX_ATTACHMENTS}"
        ));
    }
    for (index, attachment) in attachments.iter().enumerate() {
        let mut report = |text| report(format!("attachment {}: {text}", index + 1));
        let Some(attachment) = attachment.object() else {
            report("is not an object".to_owned());
            continue;
        };
        check_table(
            schema::ATTACHMENT,
            schema::ATTACHMENT_RESERVED,
            attachment,
            spelling,
            &mut report,
        );
        // The classic validator looks for these names inside a key `custom`.
        if let Some(custom) = attachment.get("custom").and_then(Json::object) {
            for key in schema::ATTACHMENT_RESERVED {
                if custom.0.iter().any(|(name, _)| name == key) {
                    report(format!("`custom.{key}` is a reserved field"));
                }
            }
        }
    }
}

/// A value as a finding shows it: short, and escaped as Rust does it.
fn shown(value: &Json<'_>) -> String {
    match value {
        Json::Text(text) if text.chars().count() > 60 => {
            let start: String = text.chars().take(60).collect();
            format!("{start:?}… of {} bytes", text.len())
        }
        Json::Text(text) => format!("{text:?}"),
        Json::Null => "null".to_owned(),
        Json::Flag(flag) => flag.to_string(),
        Json::Number(_) => "a number".to_owned(),
        Json::List(_) => "a list".to_owned(),
        Json::Object(_) => "an object".to_owned(),
    }
}
