//! Numbers: what was read and written, when, by whom, into which parts.

use migrate_model::Kind;

use super::super::model::{self, Preview};
use super::super::redact::{Clean, Cleaner};
use super::chart::Chart;
use super::conversations::Conversations;
use super::people::{self, Face};
use super::times;
use crate::books::Book;
use crate::text::{count, size};

/// How many of the busiest channels are named.
const BUSIEST: usize = 10;

/// What the overview shows.
pub struct Overview {
    /// The largest numbers, each with what it counts.
    pub figures: Vec<(String, &'static str)>,
    /// Messages over time.
    pub chart: Option<Chart>,
    /// What became of the records of each kind.
    pub books: Vec<BookRow>,
    /// Whether all columns of the books are known.
    pub has_source: bool,
    /// The channels with the most messages.
    pub channels: Vec<Ranked>,
    /// Who wrote most.
    pub people: Vec<Ranked>,
    /// The reactions used.
    pub reactions: Vec<(Clean, Clean, String)>,
    /// The parts.
    pub parts: Vec<PartRow>,
    /// The most that a part may have.
    pub part_limit: String,
    /// How the source was understood.
    pub remarks: Vec<Clean>,
}

/// What became of the records of a kind.
pub struct BookRow {
    /// The kind.
    pub kind: String,
    /// The counts: all columns, or what was written alone.
    pub counts: Vec<String>,
}

/// A line of a list by how much.
pub struct Ranked {
    /// Who or what.
    pub face: Face,
    /// Where it stands in the page.
    pub anchor: Option<String>,
    /// How much.
    pub count: String,
    /// How much of the first, from 0 to 100.
    pub percent: u64,
}

/// A part.
pub struct PartRow {
    /// Its file name.
    pub name: Clean,
    /// Its size.
    pub size: String,
    /// How much of the limit that is, from 0 to 100, with a digit behind the point.
    pub percent: String,
    /// How many entries of each kind it has.
    pub counts: Vec<String>,
}

impl Overview {
    /// What a preview has of it.
    pub fn of(preview: &Preview, conversations: &Conversations, cleaner: Cleaner) -> Overview {
        let lines = conversations.list.iter().zip(&preview.channels);
        let lines = lines.take_while(|(_, channel)| channel.message_count > 0);
        let most = preview.channels.first().map_or(0, |it| it.message_count);
        let channels = lines.take(BUSIEST).map(|(line, channel)| Ranked {
            face: line.face.clone(),
            anchor: line.anchor.clone(),
            count: count(channel.message_count),
            percent: percent(channel.message_count, most),
        });
        let most = preview.people.first().map_or(0, |it| it.count);
        let people = preview.people.iter().map(|person| Ranked {
            face: Face::new(&person.id, &person.name, "user", cleaner),
            anchor: None,
            count: count(person.count),
            percent: percent(person.count, most),
        });
        let reactions = preview.reactions.iter().map(|it| {
            let sign = people::reaction(&it.id, cleaner);
            (sign, cleaner.text(&it.id), count(it.count))
        });
        let part = |part| PartRow::of(part, preview.part_limit, cleaner);
        Overview {
            figures: figures(preview),
            chart: Chart::of(&preview.days),
            books: books(preview),
            has_source: preview.has_source,
            channels: channels.collect(),
            people: people.collect(),
            reactions: reactions.collect(),
            parts: preview.parts.iter().map(part).collect(),
            part_limit: size(preview.part_limit),
            remarks: preview.remarks.iter().map(|it| cleaner.text(it)).collect(),
        }
    }
}

impl PartRow {
    fn of(part: &model::Part, limit: u64, cleaner: Cleaner) -> PartRow {
        let thousandths = u128::from(part.bytes) * 1000 / u128::from(limit.max(1));
        let thousandths = thousandths.min(1000);
        PartRow {
            name: cleaner.text(&part.name),
            size: size(part.bytes),
            percent: format!("{}.{}", thousandths / 10, thousandths % 10),
            counts: part.counts.iter().map(|&it| count(it)).collect(),
        }
    }
}

/// How much `part` is of `whole`, from 0 to 100; of something never 0.
fn percent(part: u64, whole: u64) -> u64 {
    let percent = u128::from(part) * 100 / u128::from(whole.max(1));
    u64::try_from(percent.min(100))
        .unwrap_or(100)
        .max(u64::from(part > 0))
}

fn figures(preview: &Preview) -> Vec<(String, &'static str)> {
    let names = ["users", "channels", "memberships", "messages", "reactions"];
    let books = preview.books.iter().zip(names);
    let mut figures: Vec<_> = books
        .map(|(book, name)| (count(book.written), name))
        .collect();
    let bytes = preview.parts.iter().map(|part| part.bytes).sum();
    let name = match preview.parts.len() {
        1 => "in one part",
        _ => "in all parts",
    };
    figures.push((size(bytes), name));
    figures
}

fn books(preview: &Preview) -> Vec<BookRow> {
    let row = |(kind, book): (Kind, &Book)| BookRow {
        kind: format!("{}s", kind.name()),
        counts: match preview.has_source {
            true => [
                book.read,
                book.made,
                book.written,
                book.merged,
                book.excluded,
                book.left_out,
            ]
            .map(count)
            .to_vec(),
            false => vec![count(book.written)],
        },
    };
    Kind::ALL.into_iter().zip(&preview.books).map(row).collect()
}

/// The span of all messages, in words.
pub fn span(preview: &Preview) -> Option<String> {
    preview.span.map(|(first, last)| times::span(first, last))
}
