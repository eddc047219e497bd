//! Counts what was left out, by reason, in bounded memory.

/// How many reasons are told apart.
const MOST: usize = 100;

/// The longest reason, in bytes: it holds names of the dump.
const LONGEST: usize = 300;

/// Something of a dump that was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// What it is and why. Names in it are foreign text.
    pub reason: String,
    /// The table that it is rows of, or makes, if it is that.
    pub table: Option<String>,
    /// How often.
    pub count: u64,
    /// The line, from 1, of the first.
    pub line: u64,
    /// Whether rows or changes of rows are lost with it.
    pub holds_data: bool,
}

impl LeftOut {
    /// Whether any dump has such statements, so that nobody has to be told.
    pub(crate) fn is_usual(&self) -> bool {
        let words = [
            "PRAGMA",
            "BEGIN",
            "COMMIT",
            "END",
            "SAVEPOINT",
            "RELEASE",
            "ANALYZE",
        ];
        !self.holds_data
            && words
                .iter()
                .any(|word| self.reason == format!("`{word}` statements"))
    }
}

/// The reasons so far.
#[derive(Debug, Default)]
pub(crate) struct Tally(Vec<LeftOut>);

impl Tally {
    pub(crate) fn add(&mut self, reason: String, count: u64, holds_data: bool, line: u64) {
        self.add_of(None, reason, count, holds_data, line);
    }

    /// As [`Tally::add`], for rows of a table.
    pub(crate) fn add_of(
        &mut self,
        table: Option<String>,
        mut reason: String,
        count: u64,
        holds_data: bool,
        line: u64,
    ) {
        if reason.len() > LONGEST {
            reason.truncate(reason.floor_char_boundary(LONGEST));
            reason.push('…');
        }
        // The last one takes what is beyond the bound.
        let is_full = self.0.len() >= MOST;
        let found = self
            .0
            .iter_mut()
            .find(|it| it.reason == reason && it.holds_data == holds_data);
        match found {
            Some(known) => known.count = known.count.saturating_add(count),
            None if is_full => self.add_to_rest(count, holds_data, line),
            None => self.0.push(LeftOut {
                reason,
                table,
                count,
                line,
                holds_data,
            }),
        }
    }

    pub(crate) fn into_list(self) -> Vec<LeftOut> {
        self.0
    }

    fn add_to_rest(&mut self, count: u64, holds_data: bool, line: u64) {
        const REST: &str = "other reasons";
        match self.0.get_mut(MOST) {
            Some(rest) => {
                rest.count = rest.count.saturating_add(count);
                rest.holds_data |= holds_data;
            }
            None => self.0.push(LeftOut {
                reason: REST.to_owned(),
                table: None,
                count,
                line,
                holds_data,
            }),
        }
    }
}
