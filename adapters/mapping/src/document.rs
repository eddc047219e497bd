//! A TOML document whose parts know their lines.

use anyhow::{Error, Result, anyhow};
use migrate_model::wording;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// How much of a foreign word an error shows, in characters.
const SHOWN: usize = 60;

/// A text that is to be TOML, such as a mapping file.
pub struct Document<'t> {
    text: &'t str,
    name: &'t str,
    /// Where lines end.
    ends: Vec<usize>,
}

/// A key with its value.
#[derive(Clone, Copy)]
pub struct Entry<'d> {
    /// Its name.
    pub key: &'d str,
    /// The line of the key, from 1.
    pub line: u32,
    /// What it is, with its place.
    pub value: &'d Spanned<DeValue<'d>>,
}

impl<'t> Document<'t> {
    /// A text, and what people call its file; the name is shown as it is.
    pub fn new(text: &'t str, name: &'t str) -> Document<'t> {
        let ends = text.match_indices('\n').map(|(at, _)| at).collect();
        Document { text, name, ends }
    }

    /// The whole as a table.
    ///
    /// # Errors
    /// If it is not TOML.
    pub fn table(&self) -> Result<DeTable<'t>> {
        let parsed = DeTable::parse(self.text);
        let parsed = parsed.map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            self.error(self.line_of(at), format!("not TOML: {}", error.message()))
        })?;
        Ok(parsed.into_inner())
    }

    /// The entries of a table in the order of the file.
    pub fn entries<'d>(&self, table: &'d DeTable<'d>) -> Vec<Entry<'d>> {
        let mut places: Vec<(usize, Entry<'d>)> = table
            .iter()
            .map(|(key, value)| {
                let at = key.span().start;
                let entry = Entry {
                    key: key.get_ref(),
                    line: self.line_of(at),
                    value,
                };
                (at, entry)
            })
            .collect();
        places.sort_by_key(|(at, _)| *at);
        places.into_iter().map(|(_, entry)| entry).collect()
    }

    /// An error at a line.
    pub fn error(&self, line: u32, text: impl std::fmt::Display) -> Error {
        at_line(self.name, line, text)
    }

    pub(crate) fn line_of(&self, at: usize) -> u32 {
        let lines = self.ends.partition_point(|end| *end < at);
        u32::try_from(lines + 1).unwrap_or(u32::MAX)
    }

    /// An error about a value that is not what is wanted.
    fn not(&self, it: &Entry<'_>, wanted: &str) -> Error {
        let found = match it.value.get_ref() {
            DeValue::String(text) => format!("the text `{}`", wording::safe(text, SHOWN)),
            DeValue::Array(_) => "a list".to_owned(),
            DeValue::Table(_) => "a table".to_owned(),
            DeValue::Boolean(flag) => format!("`{flag}`"),
            DeValue::Integer(number) => format!("the number {}", number.as_str()),
            DeValue::Float(number) => format!("the number {}", number.as_str()),
            DeValue::Datetime(_) => "a time".to_owned(),
        };
        let key = wording::safe(it.key, SHOWN);
        self.error(
            it.line,
            format!("`{key}`: expected {wanted}, found {found}"),
        )
    }

    /// A text.
    pub(crate) fn text<'d>(&self, it: &Entry<'d>) -> Result<&'d str> {
        let text = it.value.get_ref().as_str();
        text.ok_or_else(|| self.not(it, "a text"))
    }

    /// A text with something in it.
    pub(crate) fn some_text<'d>(&self, it: &Entry<'d>) -> Result<&'d str> {
        let text = self.text(it)?;
        match text.is_empty() {
            true => Err(self.error(it.line, format!("`{}` is empty", it.key))),
            false => Ok(text),
        }
    }

    /// A text, or one written as a number or a flag.
    pub(crate) fn any_text(&self, it: &Entry<'_>) -> Result<String> {
        match it.value.get_ref() {
            DeValue::String(text) => Ok(text.clone().into_owned()),
            DeValue::Boolean(flag) => Ok(flag.to_string()),
            DeValue::Integer(number) if number.radix() == 10 => Ok(number.as_str().to_owned()),
            _ => Err(self.not(it, "a text")),
        }
    }

    /// A list of texts; a text alone is a list of one.
    ///
    /// # Errors
    /// If it is something else.
    pub fn texts(&self, it: &Entry<'_>) -> Result<Vec<String>> {
        let list = match it.value.get_ref() {
            DeValue::String(text) => return Ok(vec![text.clone().into_owned()]),
            DeValue::Array(list) => list,
            _ => return Err(self.not(it, "a list of texts")),
        };
        let texts = list.iter().map(|value| {
            let line = self.line_of(value.span().start);
            self.any_text(&Entry {
                key: it.key,
                line,
                value,
            })
        });
        texts.collect()
    }

    /// A text, or one written as a number or a time, as words of a command line have it.
    ///
    /// # Errors
    /// If it is something else.
    pub fn value(&self, it: &Entry<'_>) -> Result<String> {
        match it.value.get_ref() {
            DeValue::Datetime(time) => Ok(time.to_string()),
            DeValue::Boolean(_) => Err(self.not(it, "a text or a number")),
            _ => self.any_text(it),
        }
    }

    /// True or false.
    ///
    /// # Errors
    /// If it is something else.
    pub fn flag(&self, it: &Entry<'_>) -> Result<bool> {
        let flag = it.value.get_ref().as_bool();
        flag.ok_or_else(|| self.not(it, "true or false"))
    }

    /// A single character.
    pub(crate) fn character(&self, it: &Entry<'_>) -> Result<char> {
        let mut characters = self.text(it)?.chars();
        match (characters.next(), characters.next()) {
            (Some(c), None) => Ok(c),
            _ => Err(self.not(it, "one character")),
        }
    }

    /// A table.
    ///
    /// # Errors
    /// If it is something else.
    pub fn table_of<'d>(&self, it: &Entry<'d>) -> Result<Vec<Entry<'d>>> {
        let table = it.value.get_ref().as_table();
        let table = table.ok_or_else(|| self.not(it, "a table"))?;
        Ok(self.entries(table))
    }

    /// A list of tables, each with its line; a table alone is a list of one.
    pub(crate) fn tables_of<'d>(&self, it: &Entry<'d>) -> Result<Vec<(u32, Vec<Entry<'d>>)>> {
        let list = match it.value.get_ref() {
            DeValue::Table(table) => return Ok(vec![(it.line, self.entries(table))]),
            DeValue::Array(list) => list,
            _ => return Err(self.not(it, &format!("tables: `[[{}]]`", it.key))),
        };
        let tables = list.iter().map(|value| {
            let line = self.line_of(value.span().start);
            let table = value.get_ref().as_table();
            let table = table.ok_or_else(|| self.not(it, "a list of tables"))?;
            Ok((line, self.entries(table)))
        });
        tables.collect()
    }

    /// One of a few words.
    pub(crate) fn word<T: Copy>(&self, it: &Entry<'_>, all: &[(T, &'static str)]) -> Result<T> {
        let word = self.text(it)?;
        let found = all.iter().find(|(_, name)| *name == word);
        found.map(|(value, _)| *value).ok_or_else(|| {
            let names: Vec<&str> = all.iter().map(|(_, name)| *name).collect();
            let otherwise = format!(", expected one of {}", wording::list(&names));
            let text = wording::unknown("word", word, &names, &otherwise);
            self.error(it.line, format!("`{}`: {text}", it.key))
        })
    }

    /// An error about a key that nobody knows.
    pub fn unknown_key(&self, it: &Entry<'_>, what: &str, names: &[&str]) -> Error {
        let otherwise = format!(", expected one of {}", wording::list(names));
        self.error(it.line, wording::unknown(what, it.key, names, &otherwise))
    }
}

/// An error at a line of a file of TOML; line 0 is the file as a whole.
pub(crate) fn at_line(name: &str, line: u32, text: impl std::fmt::Display) -> Error {
    match line {
        0 => anyhow!("{name}: {text}"),
        line => anyhow!("{name}, line {line}: {text}"),
    }
}
