//! Writes an import file of any size: valid, in Stream's order, and the same bytes for the same
//! options on every machine. An entry is made of its number alone, so nothing is kept of those
//! before it and a file is written as fast as it is read.

use std::io::Write;

use anyhow::{Result, ensure};

use super::random::{Random, mix};

/// What an invented import file shall be like.
#[derive(Clone, Debug)]
pub(crate) struct Import {
    /// How many entries, exactly; at least 16.
    pub(crate) entries: u64,
    /// Whether it is JSON Lines and not an array.
    pub(crate) is_lines: bool,
    /// Whether every field has a line of its own; an array only.
    pub(crate) is_pretty: bool,
    /// Other seeds give other files of the same size.
    pub(crate) seed: u64,
}

/// How many bytes an entry has in the mean, where there are many.
const MEAN_ENTRY_BYTES: u64 = 362;

impl Import {
    /// An array of `entries` entries.
    pub(crate) fn new(entries: u64) -> Import {
        Import {
            entries,
            is_lines: false,
            is_pretty: false,
            seed: 1,
        }
    }

    /// An array of about so many bytes.
    pub(crate) fn of_bytes(bytes: u64) -> Import {
        Import::new((bytes / MEAN_ENTRY_BYTES).max(16))
    }

    /// How many entries of each kind there are.
    pub(crate) fn counts(&self) -> Counts {
        let of = |parts: u64| (self.entries * parts / 1_000).max(2);
        let (users, channels) = (of(10), of(2));
        let members = (users * 2).min(of(20)).max(channels);
        let rest = self.entries.saturating_sub(users + channels + members);
        // Three reactions for ten messages.
        let reactions = rest * 3 / 13;
        Counts {
            users,
            channels,
            members,
            messages: rest - reactions,
            reactions,
        }
    }
}

/// How many entries of each kind an import file has.
#[derive(Clone, Copy)]
pub(crate) struct Counts {
    pub(crate) users: u64,
    pub(crate) channels: u64,
    pub(crate) members: u64,
    pub(crate) messages: u64,
    reactions: u64,
}

/// Writes the file to `out`; gives how many bytes it has.
///
/// # Errors
/// When there are too few entries, and when `out` cannot be written.
pub(crate) fn import<W: Write>(options: &Import, out: W) -> Result<u64> {
    ensure!(options.entries >= 16, "an import needs at least 16 entries");
    ensure!(
        !(options.is_lines && options.is_pretty),
        "JSON Lines cannot be pretty-printed"
    );
    let counts = options.counts();
    let mut file = File {
        out,
        options,
        line: Vec::with_capacity(4_096),
        is_first: true,
        bytes: 0,
    };
    file.begin()?;
    for n in 0..counts.users {
        let image = n % 3 == 0;
        file.entry("user", |it| {
            it.id("id", "user-", n);
            it.text("name", NAMES[(n % NAMES.len() as u64) as usize]);
            if image {
                it.id("image", "https://pictures.example.com/", n);
            }
            it.text("role", "user");
            it.time("created_at", n);
        })?;
    }
    for n in 0..counts.channels {
        file.entry("channel", |it| {
            it.id("id", "channel-", n);
            it.text("type", "messaging");
            it.id("created_by", "user-", n % counts.users);
            it.id("name", "Room ", n);
            it.time("created_at", n);
        })?;
    }
    for n in 0..counts.members {
        let (channel, user) = (n % counts.channels, n / counts.channels);
        file.entry("member", |it| {
            it.text("channel_type", "messaging");
            it.id("channel_id", "channel-", channel);
            it.id("user_id", "user-", (user + channel) % counts.users);
            it.text("channel_role", "channel_member");
        })?;
    }
    let mut random = Random::new(mix(options.seed, 0x1ab0));
    for n in 0..counts.messages {
        file.message(n, &counts, &mut random)?;
    }
    for n in 0..counts.reactions {
        let message = n * counts.messages / counts.reactions.max(1);
        let kind = ["like", "love", "haha", "+1", "wow"][(n % 5) as usize];
        file.entry("reaction", |it| {
            it.id("message_id", "message-", message);
            it.text("type", kind);
            it.id("user_id", "user-", n * 7 % counts.users);
            it.time("created_at", START_OF_MESSAGES + n);
        })?;
    }
    file.end()
}

/// How many seconds the first message is later than the first user.
const START_OF_MESSAGES: u64 = 1_000_000;

/// A file that is being written.
struct File<'o, W> {
    out: W,
    options: &'o Import,
    line: Vec<u8>,
    is_first: bool,
    bytes: u64,
}

impl<W: Write> File<'_, W> {
    fn begin(&mut self) -> Result<()> {
        if !self.options.is_lines {
            self.put(b"[\n")?;
        }
        Ok(())
    }

    fn end(mut self) -> Result<u64> {
        if !self.options.is_lines {
            self.put(b"\n]")?;
        }
        self.put(b"\n")?;
        self.out.flush()?;
        Ok(self.bytes)
    }

    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.bytes += bytes.len() as u64;
        Ok(self.out.write_all(bytes)?)
    }

    fn entry(&mut self, kind: &str, fields: impl FnOnce(&mut Item<'_>)) -> Result<()> {
        let is_pretty = self.options.is_pretty;
        let mut line = std::mem::take(&mut self.line);
        line.clear();
        if !std::mem::take(&mut self.is_first) {
            line.extend_from_slice(if self.options.is_lines { b"\n" } else { b",\n" });
        }
        let mut item = Item {
            out: &mut line,
            is_pretty,
            depth: 0,
            is_first: true,
        };
        item.open(b'{');
        item.text("type", kind);
        item.key(if self.options.is_lines {
            "data"
        } else {
            "item"
        });
        item.open(b'{');
        fields(&mut item);
        item.close(b'}');
        item.close(b'}');
        self.put(&line)?;
        self.line = line;
        Ok(())
    }

    fn message(&mut self, n: u64, counts: &Counts, random: &mut Random) -> Result<()> {
        let channel = n % counts.channels;
        let user = random.below(counts.users);
        // Earlier messages of the same channel.
        let earlier = |back: u64| n.checked_sub(back * counts.channels);
        let what = random.below(100);
        let words = 12 + random.below(50);
        let is_lines = self.options.is_lines;
        self.entry("message", |it| {
            it.id("id", "message-", n);
            it.text("channel_type", "messaging");
            it.id("channel_id", "channel-", channel);
            it.id("user", "user-", user);
            // The parent of a reply must be no reply: one in ten of a channel's messages begins
            // a thread, those behind it may reply.
            let place = n / counts.channels;
            let parent = earlier(place % 10).filter(|_| !place.is_multiple_of(10) && what < 30);
            it.text(
                "type",
                if parent.is_some() && is_lines {
                    "reply"
                } else {
                    "regular"
                },
            );
            it.phrase("text", words, random);
            if let Some(parent) = parent {
                it.id("parent_id", "message-", parent);
            }
            match what {
                90..95 => {
                    if let Some(quoted) = earlier(3) {
                        it.id("quoted_message_id", "message-", quoted);
                    }
                }
                80..90 => it.mention((user + 1) % counts.users),
                95..100 => it.attachment(n),
                _ => {}
            }
            it.time("created_at", START_OF_MESSAGES + n);
        })
    }
}

/// An entry's fields, one after the other.
struct Item<'l> {
    out: &'l mut Vec<u8>,
    is_pretty: bool,
    depth: usize,
    is_first: bool,
}

impl Item<'_> {
    fn open(&mut self, bracket: u8) {
        self.out.push(bracket);
        self.depth += 1;
        self.is_first = true;
    }

    fn close(&mut self, bracket: u8) {
        self.depth -= 1;
        self.new_line();
        self.out.push(bracket);
        self.is_first = false;
    }

    fn new_line(&mut self) {
        if self.is_pretty {
            self.out.push(b'\n');
            self.out.resize(self.out.len() + 2 * self.depth, b' ');
        }
    }

    fn key(&mut self, name: &str) {
        if !std::mem::take(&mut self.is_first) {
            self.out.push(b',');
        }
        self.new_line();
        self.quoted(name);
        self.out.push(b':');
        if self.is_pretty {
            self.out.push(b' ');
        }
    }

    fn quoted(&mut self, text: &str) {
        self.out.push(b'"');
        self.out.extend_from_slice(text.as_bytes());
        self.out.push(b'"');
    }

    fn text(&mut self, name: &str, text: &str) {
        self.key(name);
        self.quoted(text);
    }

    fn id(&mut self, name: &str, prefix: &str, number: u64) {
        self.key(name);
        self.out.push(b'"');
        self.out.extend_from_slice(prefix.as_bytes());
        self.number(number, 1);
        self.out.push(b'"');
    }

    fn number(&mut self, number: u64, digits: usize) {
        let mut place = [b'0'; 20];
        let mut rest = number;
        let mut at = place.len();
        while rest > 0 || place.len() - at < digits {
            at -= 1;
            place[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        self.out.extend_from_slice(&place[at..]);
    }

    /// A time so many seconds into 2021; months of 28 days are enough to be different.
    fn time(&mut self, name: &str, seconds: u64) {
        self.key(name);
        self.out.push(b'"');
        let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
        let (months, years) = (days / 28, days / 336);
        for (number, mark, digits) in [
            (2021 + years, b'-', 4),
            (months % 12 + 1, b'-', 2),
            (days % 28 + 1, b'T', 2),
            (hours % 24, b':', 2),
            (minutes % 60, b':', 2),
            (seconds % 60, b'Z', 2),
        ] {
            self.number(number, digits);
            self.out.push(mark);
        }
        self.out.push(b'"');
    }

    fn phrase(&mut self, name: &str, words: u64, random: &mut Random) {
        self.key(name);
        self.out.push(b'"');
        // Sixteen words from one number.
        let mut bits = 0;
        for word in 0..words {
            if word % 16 == 0 {
                bits = random.next();
            }
            if word > 0 {
                self.out.push(b' ');
            }
            let word = WORDS[(bits & 15) as usize];
            self.out.extend_from_slice(word.as_bytes());
            bits >>= 4;
        }
        self.out.push(b'"');
    }

    fn mention(&mut self, user: u64) {
        self.key("mentioned_users_ids");
        self.out.extend_from_slice(b"[\"user-");
        self.number(user, 1);
        self.out.extend_from_slice(b"\"]");
    }

    fn attachment(&mut self, n: u64) {
        self.key("attachments");
        self.open(b'[');
        self.new_line();
        self.open(b'{');
        self.text("type", "image");
        self.id("image_url", "https://pictures.example.com/", n);
        self.id("title", "IMG_", n);
        self.close(b'}');
        self.close(b']');
    }
}

const NAMES: [&str; 8] = [
    "Maren", "Tobin", "Yuki", "Oskar", "Celia", "Ines", "Zoë", "Bao",
];

/// Some with what has to be escaped, and some beyond ASCII, as chats are.
const WORDS: [&str; 16] = [
    "telescope",
    "the",
    "and",
    "mirror",
    "tonight",
    "we",
    "should",
    "cloudy",
    "für",
    "\\\"yes\\\"",
    "👍",
    "line\\nbreak",
    "dome",
    "is",
    "at",
    "observations",
];
