//! What the paths of files tell: whether they name channels, and by which pattern.

use std::collections::HashSet;

use crate::aliases;
use crate::pattern::Pattern;

/// Words that files of messages are called by, whatever channel they are of.
const GENERIC: &[&str] = &[
    "all",
    "archive",
    "backup",
    "chat",
    "chatlog",
    "chats",
    "comment",
    "comments",
    "content",
    "conversation",
    "conversations",
    "csv",
    "data",
    "database",
    "direct",
    "directmessages",
    "dm",
    "dms",
    "document",
    "download",
    "dump",
    "example",
    "export",
    "exported",
    "exports",
    "file",
    "files",
    "full",
    "history",
    "im",
    "import",
    "in",
    "input",
    "inbox",
    "list",
    "log",
    "logs",
    "mail",
    "message",
    "messages",
    "msg",
    "msgs",
    "my",
    "new",
    "old",
    "out",
    "outbox",
    "output",
    "page",
    "part",
    "post",
    "posts",
    "private",
    "query",
    "raw",
    "report",
    "result",
    "results",
    "sample",
    "sent",
    "sheet",
    "slack",
    "sms",
    "table",
    "temp",
    "test",
    "text",
    "texts",
    "tmp",
    "transcript",
    "transcripts",
    "untitled",
    "utf",
    "whatsapp",
    "nachricht",
    "nachrichten",
    "verlauf",
    "chatverlauf",
    "mappe",
    "tabelle",
    "ausgabe",
    "daten",
];

/// How the channel of files is found that have no column for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The name of the file is that of the channel.
    File,
    /// The folder, so many levels above the file, from 1.
    Folder(usize),
    /// Nobody can tell.
    Unknown,
}

impl Place {
    /// A pattern for files with this ending; nothing if nobody can tell.
    pub(super) fn pattern(&self, ending: &str) -> Option<Pattern> {
        let pattern = match self {
            Place::File => format!("{{channel}}.{ending}"),
            Place::Folder(above) => format!("{{channel}}{}.{ending}", "/*".repeat(*above)),
            Place::Unknown => return None,
        };
        Some(Pattern(pattern))
    }
}

/// Where several files name their channels: in the first part of their paths, from the end, that
/// is another word in each and not one for messages or a date.
pub(super) fn of_many(paths: &[&str]) -> Place {
    let stems: Vec<&str> = paths.iter().map(|path| stem_as_written(path)).collect();
    let distinct: HashSet<&str> = stems.iter().copied().collect();
    let generic = stems.iter().filter(|stem| is_generic(stem)).count();
    if distinct.len() == stems.len() && generic * 2 <= stems.len() && !are_pieces(&stems) {
        return Place::File;
    }
    let depth = paths.iter().map(|path| path.matches('/').count()).min();
    for above in 1..=depth.unwrap_or_default() {
        let folders = paths.iter().map(|path| path.rsplit('/').nth(above));
        let folders: HashSet<&str> = folders.flatten().collect();
        let generic = folders.iter().filter(|it| is_generic(it)).count();
        if folders.len() > 1 && generic * 2 <= folders.len() {
            return Place::Folder(above);
        }
    }
    Place::Unknown
}

/// What standard input is called among paths.
const STDIN: &str = "standard input";

/// Where one file names its channel.
pub(super) fn of_one(path: &str) -> Place {
    let stem = stem_as_written(path);
    match path == STDIN || is_generic(stem) || stem.chars().count() < 3 {
        true => Place::Unknown,
        false => Place::File,
    }
}

/// Whether names are alike but for a date at their end: pieces of something else than a channel
/// each.
fn are_pieces(stems: &[&str]) -> bool {
    let without = |stem: &&str| {
        let end = stem.trim_end_matches(|c: char| c.is_ascii_digit() || "-_. ".contains(c));
        let date = stem.get(end.len()..).unwrap_or_default();
        let digits = date.bytes().filter(u8::is_ascii_digit).count();
        (digits >= 4).then(|| end.to_owned())
    };
    let starts: Vec<String> = stems.iter().filter_map(without).collect();
    let distinct: HashSet<&String> = starts.iter().collect();
    distinct.len() < starts.len()
}

/// Whether a name is a date, a number, or made of words for messages alone.
fn is_generic(name: &str) -> bool {
    let words = name.split(|c: char| !c.is_alphanumeric());
    let words = words.map(|word| word.trim_matches(|c: char| c.is_ascii_digit()));
    let mut words = words.filter(|word| !word.is_empty() && *word != "T" && *word != "Z");
    words.all(|word| is_word(&aliases::plain(word)))
}

/// Whether a word is one for messages, or two of them written as one: `chatexport`.
fn is_word(word: &str) -> bool {
    let is = |word: &str| {
        let mut tables = aliases::TABLES.iter();
        GENERIC.contains(&word) || tables.any(|(_, names)| names.contains(&word))
    };
    let mut cuts = word.char_indices().skip(1);
    is(word)
        || cuts.any(|(at, _)| {
            let (start, end) = word.split_at(at);
            is(start) && is(end)
        })
}

/// The name of a table without folders and ending, as it is compared.
pub(super) fn stem(path: &str) -> String {
    let stem = stem_as_written(path);
    let stem = stem.trim_end_matches(|c: char| c.is_ascii_digit() || "-_ ".contains(c));
    aliases::plain(stem)
}

fn stem_as_written(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.split_once('.').map_or(name, |(stem, _)| stem)
}

/// The ending of a file's name.
pub(super) fn ending(path: &str) -> &str {
    match path.rsplit_once('.') {
        Some((_, ending)) if !ending.contains('/') => ending,
        _ => "csv",
    }
}

/// A pattern that fits a path; what would mean something else is any text.
pub(super) fn literal(path: &str) -> Pattern {
    let mut pattern = String::with_capacity(path.len());
    for c in path.chars() {
        match c {
            '{' | '}' | '*' if pattern.ends_with('*') => {}
            '{' | '}' => pattern.push('*'),
            c => pattern.push(c),
        }
    }
    let parts = pattern.split('/').filter(|part| !part.is_empty());
    Pattern(parts.collect::<Vec<_>>().join("/"))
}

/// Patterns for some of all files: those files themselves, or where there are many, a pattern that
/// fits them and no other.
pub(super) fn patterns(own: &[&str], all: &[&str]) -> Vec<Pattern> {
    /// So many files are listed by name.
    const LISTED: usize = 8;
    let literals = || {
        let mut patterns: Vec<Pattern> = Vec::new();
        for path in own {
            let pattern = literal(path);
            if patterns.last() != Some(&pattern) {
                patterns.push(pattern);
            }
        }
        patterns
    };
    let Some(first) = own.first().filter(|_| own.len() > LISTED) else {
        return literals();
    };
    let ending = ending(first);
    let (start, folders) = (common_start(own), first.matches('/').count());
    let above = "*/".repeat(folders);
    let wide = [format!("{above}{start}*.{ending}"), format!("*.{ending}")];
    let own: HashSet<&str> = own.iter().copied().collect();
    let fits_alone = |pattern: &Pattern| {
        let fits = all.iter().filter(|path| pattern.captures(path).is_some());
        let fits: HashSet<&str> = fits.copied().collect();
        fits == own
    };
    let found = wide.into_iter().map(Pattern).find(|it| fits_alone(it));
    found.map_or_else(literals, |pattern| vec![pattern])
}

/// How all names of files begin, without folders and without what a pattern would take for
/// something else.
fn common_start(paths: &[&str]) -> String {
    let mut names = paths.iter().map(|path| stem_as_written(path));
    let first = names.next().unwrap_or_default();
    let mut length = first.len();
    for name in names {
        let same = first.chars().zip(name.chars()).take_while(|(a, b)| a == b);
        length = length.min(same.map(|(c, _)| c.len_utf8()).sum());
    }
    let start = first.get(..length).unwrap_or_default();
    let start = start.trim_end_matches(|c: char| c.is_ascii_digit());
    match start.contains(['{', '}', '*']) {
        true => String::new(),
        false => start.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_files_name_their_channels_where_they_differ() {
        let check = |paths: &[&str], expected: Place| {
            assert_eq!(of_many(paths), expected, "{paths:?}");
        };
        check(&["general.csv", "random.csv"], Place::File);
        check(&["general.csv", "chat.csv"], Place::File);
        check(&["room1.csv", "room2.csv"], Place::File);
        for name in [
            "messages", "chat", "export", "data", "log", "2025-01", "20250101",
        ] {
            let paths = [format!("general/{name}.csv"), format!("random/{name}.csv")];
            check(&[&paths[0], &paths[1]], Place::Folder(1));
        }
        check(
            &["general/2025/01.csv", "random/2025/01.csv"],
            Place::Folder(2),
        );
        check(&["x/general/m.csv", "x/random/m.csv"], Place::Folder(1));
        check(&["2025-01.csv", "2025-02.csv"], Place::Unknown);
        check(&["messages-2024.csv", "messages-2025.csv"], Place::Unknown);
        check(&["general-2024.csv", "general-2025.csv"], Place::Unknown);
        check(
            &["export/2025-01.csv", "export/2025-02.csv"],
            Place::Unknown,
        );
        check(&["chat-1.csv", "chat-2.csv", "export.csv"], Place::Unknown);
    }

    #[test]
    fn one_file_names_its_channel_if_its_name_is_no_word_for_messages() {
        for name in [
            "general.csv",
            "x/night-shift.csv",
            "team alpha.tsv",
            "Büro.csv",
        ] {
            assert_eq!(of_one(name), Place::File, "{name}");
        }
        let generic = [
            "messages.csv",
            "chatdump.csv",
            "dump_2025.csv",
            "export.csv",
            "ChatExport.csv",
            "dm.csv",
            "2025-01.csv",
            STDIN,
            "m.csv",
            "chat export (2).csv",
            "Tabelle1.csv",
            "sms.csv",
        ];
        for name in generic {
            assert_eq!(of_one(name), Place::Unknown, "{name}");
        }
    }

    #[test]
    fn many_files_are_a_pattern_that_fits_no_other() {
        let months: Vec<String> = (1..=12)
            .map(|it| format!("x/messages-{it:02}.csv"))
            .collect();
        let own: Vec<&str> = months.iter().map(String::as_str).collect();
        let mut all = own.clone();
        all.push("x/users.csv");
        assert_eq!(
            patterns(&own, &all),
            [Pattern("*/messages-*.csv".to_owned())]
        );
        all.push("x/messages-about.csv");
        assert_eq!(patterns(&own, &all).len(), 12);
        assert_eq!(patterns(&own[..2], &all).len(), 2);
    }
}
