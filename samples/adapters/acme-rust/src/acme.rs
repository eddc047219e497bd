//! Logs of Acme Chat: a message a line, `seconds|room|person|words`, in any order.
//!
//! A log is read once, and the core brings what it says into order, so that an adapter needs no more
//! than this.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use migrate_model::{
    About, Adapter, ChannelRef, Fit, Kind, Loss, LossKind, Message, Options, Origin, Outcome,
    Reader, Record, Sink, Source, Time, Unit, Want,
};

/// The adapter, for the list that `main` hands over.
pub struct Acme;

static ABOUT: About = About {
    name: "acme-log",
    title: "Converts logs of Acme Chat",
    help: "Each line is `seconds since 1970|room|person|words`.",
    input: "the logs",
    example: "acme-migrate acme-log acme.log -o out.json",
    options: &[],
    losses: &[NOT_READ],
};

const NOT_READ: LossKind = LossKind {
    kind: "acme-log.not_read",
    text: "a line is none of `seconds|room|person|words`; mend it in the log",
};

impl Adapter for Acme {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn open(&self, inputs: &[PathBuf], _options: &Options) -> Result<Box<dyn Source>> {
        let mut logs = Logs::default();
        for (path, key) in inputs.iter().zip(0..) {
            let found = path.metadata();
            let found = found.with_context(|| format!("could not read `{}`", path.display()))?;
            let (bytes, channel) = (found.len(), None);
            logs.units.push(Unit {
                key,
                bytes,
                channel,
            });
            logs.paths.push(path.clone());
        }
        Ok(Box::new(logs))
    }

    fn fits(&self, _input: &Path, head: &[u8]) -> Fit {
        let line = head.split(|byte| *byte == b'\n').next();
        let mut cells = line.unwrap_or_default().split(|byte| *byte == b'|');
        let first = cells.next().unwrap_or_default();
        let begins_with_time = !first.is_empty() && first.iter().all(u8::is_ascii_digit);
        match begins_with_time && cells.count() == 3 {
            true => Fit::Surely,
            false => Fit::No,
        }
    }
}

/// Opened logs: a unit each, of no channel in particular.
#[derive(Default)]
struct Logs {
    paths: Vec<PathBuf>,
    units: Vec<Unit>,
}

impl Source for Logs {
    /// Nobody is known before the messages are read.
    fn directory(&self, _sink: &mut dyn Sink) -> Result<()> {
        Ok(())
    }

    fn units(&self) -> &[Unit] {
        &self.units
    }

    fn unit_name(&self, unit: &Unit) -> String {
        self.path(unit)
            .map_or_else(String::new, |path| path.display().to_string())
    }

    fn reader(&self) -> Result<Box<dyn Reader + '_>> {
        Ok(Box::new(self))
    }
}

impl Logs {
    fn path(&self, unit: &Unit) -> Option<&PathBuf> {
        usize::try_from(unit.key)
            .ok()
            .and_then(|key| self.paths.get(key))
    }
}

impl Reader for &Logs {
    fn read(&mut self, unit: &Unit, want: Want<'_>, sink: &mut dyn Sink) -> Result<()> {
        // Messages tell nothing about people but their ids.
        if matches!(want, Want::People) {
            return Ok(());
        }
        let path = self.path(unit).context("there is no such log")?;
        let could_not = || format!("could not read `{}`", path.display());
        let mut log = BufReader::new(File::open(path).with_context(could_not)?);
        let (mut line, mut number) = (String::new(), 0);
        while log.read_line(&mut line).with_context(could_not)? > 0 {
            number += 1;
            match message(line.trim_end(), number) {
                Some(it) => sink.put(number, Origin::Read, Record::Message(it))?,
                None => sink.lose(number, not_read(&line))?,
            }
            line.clear();
        }
        Ok(())
    }
}

/// The message of a line, which borrows from it. Logs have no ids, so its time and number are one.
fn message(line: &str, number: u32) -> Option<Message<'_>> {
    let mut fields = line.splitn(4, '|');
    let seconds = fields.next()?.parse().ok()?;
    let mut message = Message::default();
    message.id = format!("{seconds}-{number}").into();
    message.created_at = Time::from_seconds(seconds);
    message.channel = ChannelRef::Id(fields.next()?.into());
    message.user_id = fields.next()?.into();
    message.text = fields.next()?.into();
    Some(message)
}

fn not_read(line: &str) -> Loss<'_> {
    Loss {
        kind: NOT_READ.kind,
        outcome: Outcome::LeftOut,
        of: Kind::Message,
        channel: ChannelRef::Unit,
        count: 1,
        detail: line.trim_end().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_message() {
        let it = message("1740819600|greenhouse|ines|a|b", 7).unwrap();
        assert_eq!(
            (it.id, it.user_id, it.text),
            ("1740819600-7".into(), "ines".into(), "a|b".into())
        );
        assert!(message("1740819600|greenhouse|ines", 1).is_none());
        assert!(message("yesterday|greenhouse|ines|hi", 1).is_none());
    }
}
