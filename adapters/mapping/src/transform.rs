//! The closed list of what can be done to cells on the way to a field.
//!
//! Steps are taken in the order of [`Transform`]'s fields, however a mapping file orders them.

use crate::mapping::Line;
use crate::time_form::TimeForm;

/// Where a field comes from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Transform {
    /// What it is made from.
    pub source: Source,
    /// Where a table lacks the column, it has no such field; otherwise that is an error.
    pub optional: bool,
    /// How bytes are read that are no text.
    pub blob: Option<Blob>,
    /// White space at both ends is taken off.
    pub trim: bool,
    /// Values that stand for nothing, beside the file's own.
    pub null_if: Vec<String>,
    /// How characters were written that would have been in the way.
    pub unescape: Vec<Unescape>,
    /// Taken off the start of a value that begins with it.
    pub strip_prefix: Option<String>,
    /// Letters become lower case.
    pub lower: bool,
    /// What stands between the values of a list; `None` in a field that holds a list: it is seen
    /// by the cell.
    pub split: Option<String>,
    /// The cell is JSON.
    pub json: bool,
    /// Reactions are written as counts, such as `name (n)`.
    pub counts: Option<String>,
    /// Other values for some; in a field that holds objects: the names of their keys, by field.
    pub map: Vec<(String, String)>,
    /// The value is exchanged for the id of the row of another section that has it.
    pub lookup: Option<Lookup>,
    /// How a time is written; `None` in a field that holds a time: it is found out.
    pub time: Option<TimeForm>,
    /// A custom field becomes a number.
    pub number: bool,
    /// A custom field becomes true or false.
    pub bool: bool,
    /// Where it stands.
    pub line: Line,
}

impl Transform {
    /// The cell of a column as it is.
    pub fn column(name: impl Into<String>) -> Transform {
        Transform {
            source: Source::Column(name.into()),
            ..Transform::default()
        }
    }
}

/// What a value is made from.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// A column.
    Column(String),
    /// The first of several columns that is not empty. Those that a file does not have count as
    /// empty, but for the case that it has none.
    Columns(Vec<String>),
    /// This text.
    Const(String),
    /// Text with columns in braces: `room-{room}`. `{{` is a brace. Empty if all its columns are.
    Template(String),
    /// What a name in braces stood for in the pattern of the file.
    Path(String),
    /// A stable id, made from these fields of the same record.
    Hash(Vec<String>),
}

impl Default for Source {
    fn default() -> Source {
        Source::Const(String::new())
    }
}

/// How bytes are read that are no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blob {
    /// As an attributed string of Apple's programs. What stands for attachments in its text goes,
    /// also where the cell is that text already.
    AppleAttributed,
}

/// How characters were written that would have been in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unescape {
    /// `\n`, `\t`, `\\` and the like.
    Backslash,
    /// A `'` before `=`, `+`, `-` or `@`, which keeps a spreadsheet from computing.
    Formula,
    /// The same, but `'@` stays, since it was written by somebody.
    Arithmetic,
    /// `&amp;` and the like.
    Html,
}

/// The value is exchanged for the id of the row of another section that has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// The section, `users` or `channels`.
    pub section: crate::mapping::SectionKind,
    /// The field of that section that has the value.
    pub by: String,
}
