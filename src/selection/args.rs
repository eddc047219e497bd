//! The command line of a selection.

use anyhow::{Result, bail};
use chrono::{DateTime, NaiveDate, NaiveTime};
use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches, value_parser};
use migrate_model::Time;

use crate::help::SELECTION;

use super::{Channels, MissingParents, Range, Selection};

/// The options of a selection, for every adapter.
pub fn args() -> Vec<Arg> {
    let args = [
        named("channel", "NAME|ID", "Only this channel; may be given several times")
            .long_help("Only this channel: its id in the source, its id in Stream or its name, with or without a leading `#`. May be given several times")
            .action(ArgAction::Append),
        named("exclude-channel", "NAME|ID", "Not this channel; may be given several times")
            .long_help("Not this channel, named as for `--channel`, over which it wins. May be given several times")
            .action(ArgAction::Append),
        named("limit-channels", "N", "Only the first N channels that are left, for a trial")
            .value_parser(value_parser!(u64).range(1..)),
        named("since", "TIME", "Only threads that began at this time or later")
            .long_help("Only threads that began at this time or later, with all their replies: a date such as 2024-03-01, which is its midnight in UTC, or a time such as 2024-03-01T08:00:00+01:00")
            .value_parser(time),
        named("until", "TIME", "Only threads that began before this time")
            .value_parser(time),
        named("written-since", "TIME", "Only messages written, edited or deleted since, and what they need")
            .long_help("Only messages written, edited or deleted at this time or later, with the roots and the quoted messages that they need, each as a run without this option writes it: for the last import before people change over")
            .value_parser(time),
        choice("users", ["all", "referenced"], "Which listed users: all, or those whom something written refers to"),
        choice("system", ["keep", "skip"], "What becomes of system messages, such as that somebody joined"),
        choice("long-text", ["split", "leave-out"], "What becomes of messages with a longer text than --max-text"),
        choice("missing-parents", ["deleted", "placeholder"], "How the start of a thread is made that is not in the source")
            .long_help("How the start of a thread is made that is not in the source: as a deleted message, or as one that says so"),
        named("sample", "N", "With --dry-run: how many entries of each kind to show [default: 1]")
            .requires("dry-run")
            .value_parser(value_parser!(u64).range(0..=1_000)),
    ];
    args.map(|arg| arg.help_heading(SELECTION)).into()
}

impl Selection {
    /// Reads the options of a selection.
    ///
    /// # Errors
    /// If no time can be in the range.
    pub fn of(matches: &ArgMatches) -> Result<Selection> {
        let time = |name: &str| matches.get_one::<Time>(name).copied();
        let texts = |name: &str| {
            let given = matches.get_many::<String>(name);
            given.into_iter().flatten().cloned().collect()
        };
        let is = |name: &str, word: &str| {
            let chosen = matches.get_one::<String>(name);
            chosen.is_some_and(|chosen| chosen == word)
        };
        let range = Range {
            since: time("since"),
            until: time("until"),
        };
        if let (Some(since), Some(until)) = (range.since, range.until)
            && since >= until
        {
            bail!("`--since` is not before `--until`, so no message can be in between");
        }
        Ok(Selection {
            channels: Channels {
                only: texts("channel"),
                except: texts("exclude-channel"),
                limit: matches.get_one::<u64>("limit-channels").copied(),
            },
            range,
            written_since: time("written-since"),
            only_referenced_users: is("users", "referenced"),
            skips_system: is("system", "skip"),
            leaves_out_long_texts: is("long-text", "leave-out"),
            missing_parents: match is("missing-parents", "placeholder") {
                true => MissingParents::Placeholder,
                false => MissingParents::Deleted,
            },
        })
    }
}

fn named(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(value).help(help)
}

/// An option with words to choose from, the first of which is the default.
fn choice(name: &'static str, words: [&'static str; 2], help: &'static str) -> Arg {
    named(name, "WORD", help)
        .default_value(words[0])
        .value_parser(PossibleValuesParser::new(words))
}

/// Reads a date, which is its midnight in UTC, or a time as RFC 3339 writes it.
fn time(text: &str) -> Result<Time, String> {
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
    let midnight = date.map(|date| date.and_time(NaiveTime::MIN).and_utc());
    let moment = midnight.or_else(|| {
        let moment = DateTime::parse_from_rfc3339(text).ok()?;
        Some(moment.to_utc())
    });
    moment
        .and_then(|moment| Time::from_micros(moment.timestamp_micros()))
        .ok_or_else(|| {
            "give a date such as 2024-03-01, or a time such as 2024-03-01T08:00:00Z".to_owned()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, seconds: Option<i64>) {
        let expected = seconds.and_then(Time::from_seconds);
        assert_eq!(time(text).ok(), expected, "{text}");
    }

    #[test]
    fn a_date_is_its_midnight_in_utc_and_a_time_has_a_zone() {
        check("2024-03-01", Some(1_709_251_200));
        check("2024-03-01T00:00:00Z", Some(1_709_251_200));
        check("2024-03-01T01:00:00+01:00", Some(1_709_251_200));
        check("0001-01-01", Some(-62_135_596_800));
        for text in [
            "2024-02-30",
            "2024-3-1x",
            "2024-03-01T00:00:00",
            "yesterday",
            "1709251200",
            "",
            "10000-01-01",
            "0000-12-31",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn a_time_of_a_range_is_in_it_up_to_its_end() {
        let at = |seconds| Time::from_seconds(seconds).unwrap();
        let range = Range {
            since: Some(at(1)),
            until: Some(at(3)),
        };
        let inside: Vec<_> = (0..5).filter(|it| range.contains(at(*it))).collect();
        assert_eq!(inside, [1, 2]);
        assert!(Range::default().contains(Time::MIN));
    }
}
