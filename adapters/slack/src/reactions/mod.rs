//! Reactions: one record for each user.

pub(crate) mod names;

use std::borrow::Cow;
use std::collections::HashSet;

use migrate_model::{Custom, Kind, Origin, Outcome, Reaction, Record, Sink, Stop, Text, Value};

use crate::foreign;
use crate::json::loose::{Loose, lost, readable};
use crate::losses::{self, left_out, loss, merged};
use crate::reactions::names::ReactionNames;

/// What Slack puts between the name of a reaction and its skin tone.
const SKIN_TONE: &str = "::skin-tone-";

/// Up to so many reactions are compared one by one.
const FEW: usize = 16;

/// Puts the reactions to a message that has been put.
pub(crate) fn put(
    record: u32,
    message_id: &str,
    reactions: &[Loose<foreign::Reaction<'_>>],
    names: &ReactionNames,
    sink: &mut dyn Sink,
) -> Result<(), Stop> {
    let mut seen = Seen::default();
    let unread = lost(reactions);
    if unread > 0 {
        let loss = losses::of_message(losses::FIELD_NOT_READ, unread, "`reactions`");
        sink.lose(record, loss)?;
    }
    for reaction in readable(reactions) {
        let (name, tone) = split_tone(&reaction.name);
        let written = names.of(name);
        let missing = missing(reaction);
        if reaction.users.is_empty() && missing == 0 {
            let kind = losses::REACTION_WITHOUT_USER;
            sink.lose(record, left_out(kind, Kind::Reaction, name))?;
        }
        for user_id in &reaction.users {
            let user_id = user_id.0.as_deref().unwrap_or("");
            if name.is_empty() || user_id.is_empty() {
                let kind = losses::REACTION_WITHOUT_USER;
                sink.lose(record, left_out(kind, Kind::Reaction, name))?;
                continue;
            }
            if !seen.is_new(written, user_id) {
                let kind = losses::REPEATED_REACTION;
                sink.lose(record, merged(kind, Kind::Reaction, &*reaction.name))?;
                continue;
            }
            let mut it = Reaction::default();
            it.message_id = Cow::Borrowed(message_id);
            it.reaction_type = Cow::Borrowed(written);
            it.user_id = Cow::Borrowed(user_id);
            if written != name {
                it.custom.set("slack_name", name);
            }
            if !tone.is_empty() {
                it.custom.set("slack_skin_tone", tone);
            }
            sink.put(record, Origin::Read, Record::Reaction(it))?;
        }
        if missing > 0 {
            let kind = losses::REACTION_USERS_MISSING;
            sink.lose(record, losses::of_message(kind, missing, name))?;
        }
    }
    Ok(())
}

/// The name of a reaction and its skin tone, which is empty for most.
fn split_tone(name: &str) -> (&str, &str) {
    // To prepare the search for a text takes longer than to look for its first byte.
    let has_colon = memchr::memchr(b':', name.as_bytes()).is_some();
    let split = has_colon.then(|| name.split_once(SKIN_TONE)).flatten();
    split.unwrap_or((name, ""))
}

/// Keeps how often reactions were given of which not all users are named.
pub(crate) fn keep_counts<'m>(
    reactions: &'m [Loose<foreign::Reaction<'m>>],
    custom: &mut Custom<'m>,
) {
    let mut counts = Custom::default();
    let counted = readable(reactions).filter(|it| missing(it) > 0 && !it.name.is_empty());
    counts.extend(counted.filter_map(|it| {
        let count = it.count.0?;
        Some((Text::Borrowed(&*it.name), Value::from(count)))
    }));
    if !counts.is_empty() {
        custom.set("slack_reaction_counts", Value::Object(counts));
    }
}

/// How many users of a reaction are not named.
fn missing(reaction: &foreign::Reaction<'_>) -> usize {
    let named = reaction.users.len();
    let counted = reaction.count.positive().unwrap_or(0);
    let counted = usize::try_from(counted).unwrap_or(named);
    counted.saturating_sub(named)
}

/// Takes note of the reactions to a message that is not put.
pub(crate) fn lose(
    record: u32,
    outcome: Outcome,
    reactions: &[Loose<foreign::Reaction<'_>>],
    sink: &mut dyn Sink,
) -> Result<(), Stop> {
    let count: usize = readable(reactions).map(|it| it.users.len()).sum();
    if count == 0 {
        return Ok(());
    }
    let kind = match outcome {
        Outcome::Merged => losses::MERGED_REACTION,
        _ => losses::REACTION_WITHOUT_MESSAGE,
    };
    sink.lose(record, loss(kind, outcome, Kind::Reaction, count, ""))
}

/// The reactions of a message so far.
#[derive(Default)]
struct Seen<'r> {
    few: Vec<(&'r str, &'r str)>,
    many: HashSet<(&'r str, &'r str)>,
}

impl<'r> Seen<'r> {
    fn is_new(&mut self, name: &'r str, user_id: &'r str) -> bool {
        let it = (name, user_id);
        if self.few.len() < FEW {
            if self.few.contains(&it) {
                return false;
            }
            self.few.push(it);
            return true;
        }
        !self.few.contains(&it) && self.many.insert(it)
    }
}

#[cfg(test)]
mod tests {
    use super::put;
    use crate::foreign;
    use crate::reactions::names::ReactionNames;
    use crate::testing::Recorder;

    fn check(json: &str, expected: &[&str]) {
        let it: foreign::Message<'_> = serde_json::from_str(json).unwrap();
        let mut sink = Recorder::default();
        put(1, "M", &it.reactions, &ReactionNames::default(), &mut sink).unwrap();
        assert_eq!(sink.lines(), expected);
    }

    #[test]
    fn each_user_has_a_reaction() {
        check(
            r#"{"reactions":[{"name":"+1","users":["U1","U2"],"count":2}]}"#,
            &["1 reaction M +1 U1", "1 reaction M +1 U2"],
        );
    }

    #[test]
    fn skin_tones_are_merged_for_each_user() {
        check(
            r#"{"reactions":[{"name":"clap","users":["U1"],"count":1},
                {"name":"clap::skin-tone-3","users":["U1","U2"],"count":2}]}"#,
            &[
                "1 reaction M clap U1",
                "1 merged slack.repeated_reaction 1 reaction clap::skin-tone-3",
                "1 reaction M clap U2 {slack_skin_tone: 3}",
            ],
        );
    }

    #[test]
    fn users_that_are_not_named_are_counted() {
        check(
            r#"{"reactions":[null,{"name":"x","users":["U1",""],"count":5},{"users":["U1"]}]}"#,
            &[
                "1 field slack.field_not_read 1 message `reactions`",
                "1 reaction M x U1",
                "1 left out slack.reaction_without_user 1 reaction x",
                "1 field slack.reaction_users_missing 3 message x",
                "1 left out slack.reaction_without_user 1 reaction ",
            ],
        );
    }

    #[test]
    fn many_users_are_compared_as_well() {
        let users: Vec<String> = (0..100).map(|it| format!("\"U{}\"", it % 50)).collect();
        let json = format!(
            r#"{{"reactions":[{{"name":"x","users":[{}]}}]}}"#,
            users.join(",")
        );
        let it: foreign::Message<'_> = serde_json::from_str(&json).unwrap();
        let mut sink = Recorder::default();
        put(1, "M", &it.reactions, &ReactionNames::default(), &mut sink).unwrap();
        let merged = sink
            .lines()
            .iter()
            .filter(|it| it.contains("merged"))
            .count();
        assert_eq!(merged, 50);
    }
}
