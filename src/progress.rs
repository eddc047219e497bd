//! The progress bar: what is read, how fast, how long it will take.

use std::io::{self, IsTerminal, Write as _};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use migrate_model::{Unit, Watch};

/// A bar by bytes on standard error; nothing where that is no terminal. Clones are the same bar.
#[derive(Clone, Debug)]
pub struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// A bar that is shown unless `is_quiet`.
    pub fn new(is_quiet: bool) -> Progress {
        let is_shown = !is_quiet && std::io::stderr().is_terminal();
        let bar = ProgressBar::with_draw_target(
            None,
            match is_shown {
                true => ProgressDrawTarget::stderr_with_hz(8),
                false => ProgressDrawTarget::hidden(),
            },
        );
        let style = ProgressStyle::with_template(
            "{msg} [{wide_bar}] {bytes}/{total_bytes} {bytes_per_sec} {eta} left",
        );
        if let Ok(style) = style {
            bar.set_style(style.progress_chars("=> "));
        }
        Progress { bar }
    }

    /// A pass over the units begins; `round` counts from 1.
    pub fn begin<'u>(&self, round: u32, units: impl Iterator<Item = &'u Unit>) {
        self.start(
            sum(units),
            match round {
                1 => "converting",
                _ => "converting again",
            },
        );
    }

    fn start(&self, bytes: u64, what: &'static str) {
        self.bar.set_message(what);
        self.bar.set_position(0);
        self.bar.set_length(bytes);
        self.bar.reset_eta();
        self.bar.enable_steady_tick(Duration::from_millis(250));
    }

    /// Units are read whose records belong to no channel in particular.
    pub fn gather(&self, units: &[Unit]) {
        self.start(sum(units.iter()), "reading");
    }

    /// Files of so many bytes are looked at.
    pub fn look(&self, bytes: u64) {
        self.start(bytes, "checking");
    }

    /// What is done from here on.
    pub fn say(&self, what: &'static str) {
        self.bar.set_message(what);
    }

    /// So many bytes of the source were read, perhaps for people only.
    pub fn add(&self, bytes: u64, only_people: bool) {
        if only_people {
            self.bar.set_message("looking for people");
        }
        self.bar.inc(bytes);
    }

    /// Does something while the bar is out of the way, such as writing to the terminal.
    pub fn suspend<T>(&self, act: impl FnOnce() -> T) -> T {
        self.bar.suspend(act)
    }

    /// Removes the bar.
    pub fn end(&self) {
        self.bar.finish_and_clear();
    }
}

impl Watch for Progress {
    fn begin_reading(&self, what: &'static str, bytes: u64) {
        self.start(bytes, what);
    }

    fn have_read(&self, bytes: u64) {
        self.bar.inc(bytes);
    }

    fn tell(&self, line: &str) {
        // Nobody who reads standard error is no reason to end a run.
        self.suspend(|| {
            let _ = writeln!(io::stderr(), "{line}");
        });
    }
}

fn sum<'u>(units: impl Iterator<Item = &'u Unit>) -> u64 {
    units.map(|unit| unit.bytes).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_while_inputs_are_opened_is_seen() {
        let progress = Progress::new(true);
        let watch: &dyn Watch = &progress.clone();
        watch.begin_reading("looking at rows", 30);
        watch.have_read(10);
        watch.have_read(15);
        assert_eq!(
            (progress.bar.position(), progress.bar.length()),
            (25, Some(30))
        );
        assert_eq!(progress.bar.message(), "looking at rows");
        progress.gather(&[]);
        assert_eq!(
            (progress.bar.position(), progress.bar.length()),
            (0, Some(0))
        );
        progress.end();
    }
}
