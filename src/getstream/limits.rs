//! Every limit of the target, once, with its source.

use migrate_model::Time;

/// Largest import file, in bytes.
///
/// Source: classic and current page, "300 MB". Taken as decimal: an older page gave the same
/// limit as "286MB", and 300,000,000 bytes are 286.1 MiB.
pub const PART_BYTES: u64 = 300_000_000;

/// The size of a part where none is asked for, in bytes: under every reading of the limit that
/// was ever published ("300 MB", "286MB" as MiB).
pub const DEFAULT_PART_BYTES: u64 = 299_000_000;

/// Longest text of a message that any channel type can allow, in characters.
///
/// Source: API, `max_message_length` of a channel type, at most 20,000.
pub const TEXT_CHARS: usize = 20_000;

/// Longest text of a message that a channel type allows unless it was changed, in characters.
///
/// Source: Stream's Go client, default of `max_message_length`, 2026-03.
pub const DEFAULT_TEXT_CHARS: usize = 5_000;

/// Shortest limit that a text can be continued under, in characters.
pub const MIN_TEXT_CHARS: usize = 100;

/// Longest user id, in bytes. Source: validator; schema.
pub const USER_ID_BYTES: usize = 255;

/// Longest id of a device, in bytes. Source: validator; schema; API.
pub const DEVICE_ID_BYTES: usize = 255;

/// Longest channel id, in bytes. Source: classic and current page, validator, schema.
pub const CHANNEL_ID_BYTES: usize = 64;

/// Longest channel type, in bytes. Source: schema.
pub const CHANNEL_TYPE_BYTES: usize = 64;

/// Longest message id, in bytes. Source: validator; API.
pub const MESSAGE_ID_BYTES: usize = 255;

/// Longest reaction type, in bytes. Source: validator; API.
pub const REACTION_TYPE_BYTES: usize = 30;

/// Most attachments of one message. Source: schema; API.
pub const ATTACHMENTS: usize = 30;

/// Most that all attachments of one message have together, in bytes of JSON.
///
/// Source: API, "5KB"; the smaller reading is used.
pub const ATTACHMENTS_BYTES: usize = 5_000;

/// Most custom data of one object, in bytes of JSON.
///
/// Source: classic and current page, "5KB"; the tables say "5 KiB". The smaller reading is used.
pub const CUSTOM_BYTES: usize = 5_000;

/// What is kept free of [`CUSTOM_BYTES`] in a message for what is learnt after it was encoded:
/// `source_created_at`, `source_parent_id` and `source_quoted_message_id`, two of them ids, of
/// which every byte may need an escape.
pub const CUSTOM_RESERVE_BYTES: usize = 1_100;

/// Most of what a quoted message says that is kept beside the quote, in characters. Ours: it counts
/// as custom data while nobody knows whether the quoted message is there.
pub const QUOTED_TEXT_CHARS: usize = 1_000;

/// Largest entry that can be checked, in bytes. Ours: it bounds memory, and is far above all that
/// the other limits leave an entry.
pub const ENTRY_BYTES: usize = 16 << 20;

/// Latest time of a message. Ours: a second before the last time that can be written, so that
/// its replies and continuations can be later.
pub const LATEST: Time = match Time::from_micros(Time::MAX.micros() - 1_000_000) {
    Some(time) => time,
    None => Time::MAX,
};

/// Longest chain of quotes that an entry may need beside it, in messages. Ours: it bounds what
/// has to be carried from part to part.
pub const QUOTE_CHAIN: u8 = 16;
