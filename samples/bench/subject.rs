//! What is measured: each kind of run of the program, with its name in the table and its arguments.

use std::{ffi::OsString, path::Path};

/// A kind of run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// `migrate slack`; so many of a hundred people stand in no list.
    Slack { strangers: u32 },
    /// `migrate jsonl` of the records of an export.
    Jsonl { is_shuffled: bool },
    /// `migrate csv` of a table of messages.
    Csv { is_shuffled: bool },
    /// `migrate sqlite` of the same messages, by channel.
    Sqlite,
    /// `migrate validate` of an import file.
    Validate { is_lines: bool },
    /// `migrate split` of the same array.
    Split,
}

impl Subject {
    /// All of a part that can be asked for.
    pub(crate) fn of_part(part: &str, strangers: &[u32]) -> Vec<Subject> {
        let slack = |&strangers: &u32| Subject::Slack { strangers };
        match part {
            "slack" => strangers.iter().map(slack).collect(),
            "jsonl" => [false, true]
                .map(|is_shuffled| Subject::Jsonl { is_shuffled })
                .to_vec(),
            "csv" => [false, true]
                .map(|is_shuffled| Subject::Csv { is_shuffled })
                .to_vec(),
            "sqlite" => vec![Subject::Sqlite],
            "validate" => [false, true]
                .map(|is_lines| Subject::Validate { is_lines })
                .to_vec(),
            "split" => vec![Subject::Split],
            _ => Vec::new(),
        }
    }

    /// What it is called in the table.
    pub(crate) fn name(self) -> String {
        let order = |is_shuffled| match is_shuffled {
            true => "shuffled",
            false => "by channel",
        };
        match self {
            Subject::Slack { strangers } => format!("slack, {strangers} % strangers"),
            Subject::Jsonl { is_shuffled } => format!("jsonl, {}", order(is_shuffled)),
            Subject::Csv { is_shuffled } => format!("csv, {}", order(is_shuffled)),
            Subject::Sqlite => "sqlite, by channel".to_owned(),
            Subject::Validate { is_lines: false } => "validate, array".to_owned(),
            Subject::Validate { is_lines: true } => "validate, JSON Lines".to_owned(),
            Subject::Split => "split, array".to_owned(),
        }
    }

    fn command(self) -> &'static str {
        match self {
            Subject::Slack { .. } => "slack",
            Subject::Jsonl { .. } => "jsonl",
            Subject::Csv { .. } => "csv",
            Subject::Sqlite => "sqlite",
            Subject::Validate { .. } => "validate",
            Subject::Split => "split",
        }
    }

    /// Whether something is converted and a report tells what became of it.
    pub(crate) fn is_conversion(self) -> bool {
        !matches!(self, Subject::Validate { .. } | Subject::Split)
    }

    /// Whether the input may come in any order, for which memory may be used by the message.
    pub(crate) fn is_general(self) -> bool {
        !matches!(self, Subject::Slack { .. })
    }

    /// Whether it takes grouping on disk, which is compared with a copy of the same bytes.
    pub(crate) fn is_grouped(self) -> bool {
        matches!(
            self,
            Subject::Jsonl { is_shuffled: true } | Subject::Csv { is_shuffled: true }
        )
    }

    /// The arguments for one run that writes into `folder`.
    pub(crate) fn arguments(self, input: &Path, threads: u32, folder: &Path) -> Vec<OsString> {
        let mut line: Vec<OsString> = vec![self.command().into(), input.into()];
        if !matches!(self, Subject::Validate { .. }) {
            line.extend(["-o".into(), folder.join("out.json").into()]);
        }
        if self.is_conversion() {
            line.extend([
                "--report".into(),
                folder.join(super::outcome::REPORT).into(),
            ]);
        }
        line.extend(["--threads".into(), threads.to_string().into(), "-q".into()]);
        line
    }

    /// Those with the same text here have to write the same bytes, for any number of threads.
    pub(crate) fn same_bytes(self) -> String {
        match self {
            Subject::Jsonl { is_shuffled: false } => Subject::Slack { strangers: 0 }.name(),
            Subject::Sqlite => Subject::Csv { is_shuffled: false }.name(),
            _ => self.name(),
        }
    }

    /// Those with the same text here have to write the same entries, in any order, and have the
    /// same books.
    pub(crate) fn same_entries(self) -> String {
        match self {
            Subject::Jsonl { .. } => Subject::Slack { strangers: 0 }.name(),
            Subject::Csv { .. } | Subject::Sqlite => Subject::Sqlite.name(),
            _ => self.name(),
        }
    }
}
