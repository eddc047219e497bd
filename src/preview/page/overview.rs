//! Numbers: what was read and written, when, by whom, into which parts.

use migrate_model::Kind;

use super::super::model::{self, Preview};
use super::chart::Chart;
use super::conversations::Conversations;
use super::html::Html;
use super::list::First;
use super::people::{self, Face};
use super::times;
use crate::books::Book;
use crate::redact::{Clean, Cleaner};
use crate::text::{count, counted, size};

/// How many of the busiest channels are named.
const BUSIEST: usize = 10;

/// How many parts are listed.
const MOST_PARTS: usize = 200;

/// How many remarks.
const MOST_REMARKS: usize = 50;

/// Longest remark that is shown, in bytes.
const MOST_REMARK_BYTES: usize = 1_000;

/// What the overview shows.
pub struct Overview {
    /// The largest numbers, each with what it counts.
    pub figures: Vec<(String, String)>,
    /// Messages over time.
    pub chart: Option<Chart>,
    /// What is known of the records of each kind.
    pub columns: Vec<&'static str>,
    /// What became of them.
    pub books: Vec<BookRow>,
    /// Whether all columns of the books are known.
    pub has_source: bool,
    /// The channels with the most messages.
    pub channels: Vec<Ranked>,
    /// Who wrote most.
    pub people: Vec<Ranked>,
    /// The reactions used.
    pub reactions: Vec<(Clean, Clean, String)>,
    /// How many kinds of how many are listed, if not all.
    pub reaction_sample: Option<String>,
    /// The parts.
    pub parts: First<PartRow>,
    /// The most that a part may have.
    pub part_limit: String,
    /// How the source was understood.
    pub remarks: First<Html>,
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
    /// How many messages.
    pub count: String,
    /// `message` or `messages`.
    pub noun: &'static str,
    /// How much of the first, from 0 to 100.
    pub percent: u64,
}

/// A part.
pub struct PartRow {
    /// Its file name.
    pub name: Clean,
    /// Its size.
    pub size: String,
    /// How much of the limit that is, in percent with a digit behind the point.
    pub percent: String,
    /// How much of the bar is filled, from 0 to 100.
    pub filled: String,
    /// Whether it is more than a part may have.
    pub is_over: bool,
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
            noun: messages(channel.message_count),
            percent: percent(channel.message_count, most),
        });
        let most = preview.people.first().map_or(0, |it| it.count);
        let people = preview.people.iter().map(|person| Ranked {
            face: Face::new(&person.id, &person.name, "user", cleaner),
            anchor: None,
            count: count(person.count),
            noun: messages(person.count),
            percent: percent(person.count, most),
        });
        let reactions = preview.reactions.iter().map(|it| {
            let sign = people::reaction(&it.id, cleaner);
            (sign, cleaner.text(&it.id), count(it.count))
        });
        let remark = |it: &String| Html::prose(&cleaner.beginning(it, MOST_REMARK_BYTES));
        let part = |part| PartRow::of(part, preview.part_limit, cleaner);
        Overview {
            figures: figures(preview),
            chart: Chart::of(&preview.days),
            columns: columns(preview, &Book::default()).map(|it| it.0).collect(),
            books: books(preview),
            has_source: preview.has_source,
            channels: channels.collect(),
            people: people.collect(),
            reactions: reactions.collect(),
            reaction_sample: of_all(preview.reactions.len(), preview.reaction_kinds),
            parts: First::of(MOST_PARTS, preview.parts.iter().map(part)),
            part_limit: size(preview.part_limit),
            remarks: First::of(MOST_REMARKS, preview.remarks.iter().map(remark)),
        }
    }
}

impl PartRow {
    fn of(part: &model::Part, limit: u64, cleaner: Cleaner) -> PartRow {
        let thousandths = u128::from(part.bytes) * 1000 / u128::from(limit.max(1));
        let percent = |thousandths: u128| format!("{}.{}", thousandths / 10, thousandths % 10);
        PartRow {
            name: cleaner.text(&part.name),
            size: size(part.bytes),
            percent: percent(thousandths),
            filled: percent(thousandths.min(1000)),
            is_over: part.bytes > limit,
            counts: part.counts.iter().map(|&it| count(it)).collect(),
        }
    }
}

/// How many of how many are listed, in words; `None` if all are.
pub fn of_all(listed: usize, all: u64) -> Option<String> {
    let listed = listed as u64;
    (listed < all).then(|| format!("{} of {}", count(listed), count(all)))
}

/// How much `part` is of `whole`, from 0 to 100; of something never 0.
fn percent(part: u64, whole: u64) -> u64 {
    let percent = u128::from(part) * 100 / u128::from(whole.max(1));
    u64::try_from(percent.min(100))
        .unwrap_or(100)
        .max(u64::from(part > 0))
}

/// The noun for so many messages.
pub fn messages(count: u64) -> &'static str {
    if count == 1 { "message" } else { "messages" }
}

fn figures(preview: &Preview) -> Vec<(String, String)> {
    let nouns = ["user", "channel", "membership", "message", "reaction"];
    let books = preview.books.iter().zip(nouns);
    let mut figures: Vec<_> = books
        .map(|(book, noun)| {
            let s = if book.written == 1 { "" } else { "s" };
            (count(book.written), format!("{noun}{s}"))
        })
        .collect();
    let bytes = preview.parts.iter().map(|part| part.bytes).sum();
    let parts = counted(preview.parts.len() as u64, "part");
    figures.push((size(bytes), format!("in {parts}")));
    figures
}

/// What is known of the records of a kind.
fn columns(preview: &Preview, book: &Book) -> impl Iterator<Item = (&'static str, u64)> {
    let has_source = preview.has_source;
    let columns = book.columns().into_iter();
    columns.filter(move |(name, _)| has_source || *name == "written")
}

fn books(preview: &Preview) -> Vec<BookRow> {
    let row = |(kind, book): (Kind, &Book)| BookRow {
        kind: format!("{}s", kind.name()),
        counts: columns(preview, book).map(|(_, it)| count(it)).collect(),
    };
    Kind::ALL.into_iter().zip(&preview.books).map(row).collect()
}

/// The span of all messages, in words.
pub fn span(preview: &Preview) -> Option<String> {
    preview.span.map(|(first, last)| times::span(first, last))
}
