//! A row of the table: what was done, how often, and what came of it.

use std::time::Duration;

use crate::hostile::trial::End;

/// A row of the table.
#[derive(Debug, Default)]
pub(crate) struct Row {
    /// What was done.
    pub(crate) what: String,
    /// How many runs ended so.
    pub(crate) complete: usize,
    pub(crate) left_out: usize,
    pub(crate) refused: usize,
    /// How many were ended from outside, and nothing was left of them but work files that the next run
    /// took away.
    pub(crate) ended: usize,
    /// What was wrong, one text a run.
    pub(crate) faults: Vec<String>,
    /// The longest run.
    pub(crate) slowest: Duration,
    /// The most memory of any run, in bytes; `None` where it is not measured.
    pub(crate) peak_bytes: Option<u64>,
}

impl Row {
    pub(crate) fn new(what: &str) -> Row {
        Row {
            what: what.to_owned(),
            ..Row::default()
        }
    }

    /// Takes how a run ended and how long it took, or what was wrong.
    pub(crate) fn take(&mut self, end: Result<(End, Duration), String>) {
        match end {
            Ok((end, wall)) => {
                *match end {
                    End::Complete => &mut self.complete,
                    End::LeftOut => &mut self.left_out,
                    End::Refused => &mut self.refused,
                } += 1;
                self.slowest = self.slowest.max(wall);
            }
            Err(fault) => self.faults.push(format!("{}: {fault}", self.what)),
        }
    }

    /// Adds what another row of the same has.
    pub(crate) fn add(&mut self, other: Row) {
        self.complete += other.complete;
        self.left_out += other.left_out;
        self.refused += other.refused;
        self.ended += other.ended;
        self.faults.extend(other.faults);
        self.slowest = self.slowest.max(other.slowest);
        self.peak_bytes = self.peak_bytes.max(other.peak_bytes);
    }

    fn runs(&self) -> usize {
        self.complete + self.left_out + self.refused + self.ended + self.faults.len()
    }
}

/// The table, printed as it grows: a row in Markdown to standard output, faults to standard error.
pub(crate) struct Table {
    faults: usize,
}

impl Table {
    /// Prints the head.
    pub(crate) fn new() -> Table {
        println!(
            "| what | runs | complete | in part | refused | ended | faults | slowest | peak |"
        );
        println!("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
        Table { faults: 0 }
    }

    /// Prints a row.
    pub(crate) fn add(&mut self, row: &Row) {
        let peak = row.peak_bytes.map_or("".to_owned(), |bytes| {
            format!("{} MB", bytes.div_ceil(1_000_000))
        });
        println!(
            "| {} | {} | {} | {} | {} | {} | {} | {:.1} s | {peak} |",
            row.what,
            row.runs(),
            row.complete,
            row.left_out,
            row.refused,
            row.ended,
            row.faults.len(),
            row.slowest.as_secs_f64(),
        );
        for fault in &row.faults {
            eprintln!("fault: {fault}");
        }
        self.faults += row.faults.len();
    }

    /// Whether nothing was wrong.
    pub(crate) fn is_faultless(&self) -> bool {
        self.faults == 0
    }
}
