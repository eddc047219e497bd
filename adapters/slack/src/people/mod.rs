//! People as messages tell of them: authors, bots known only by what they wrote, names of mentions.
//!
//! Users of the lists are left to [`crate::people::account`].

pub(crate) mod account;

use std::borrow::Cow;
use std::collections::HashMap;

use migrate_model::{Custom, Directory, Person, Rank, Sink, Stop, Time};

use crate::contents::address;
use crate::foreign::{self, BotProfile, Icons, Profile};
use crate::json::lenient::Stamp;
use crate::text::emoji;
use crate::text::escape;
use crate::text::token::{self, Token};

/// Slack's own bot, which most exports leave out of the list of users.
pub(crate) const SLACKBOT: &str = "USLACKBOT";

/// The bot as which Slackbot writes in old exports. Source: public exports, read 2026-08.
const OLD_SLACKBOT: &str = "B01";

/// Which user a bot writes as, by the bot's id.
#[derive(Debug, Default)]
pub(crate) struct Bots {
    users: HashMap<String, String>,
    /// The names that the list has for bots, by the bot's id.
    names: HashMap<String, Vec<String>>,
    /// Whether each name under which a bot writes is a user of its own.
    split_names: bool,
}

impl Bots {
    /// No bots yet.
    pub(crate) fn new(split_names: bool) -> Bots {
        Bots {
            split_names,
            ..Bots::default()
        }
    }

    /// Takes note of a user of the list.
    pub(crate) fn learn(&mut self, user: &foreign::User<'_>) {
        let bot_id = &user.profile.bot_id;
        if !bot_id.is_empty() && !user.id.is_empty() {
            let slot = self.users.entry(bot_id.to_string());
            slot.or_insert_with(|| user.id.to_string());
            let profile = &user.profile;
            let names = [&profile.display_name, &profile.real_name, &user.name];
            let names = names.map(|name| name.trim().to_owned());
            self.names.entry(bot_id.to_string()).or_insert(names.into());
        }
    }

    /// Whether the list has a name for a bot.
    fn knows(&self, bot_id: &str, name: &str) -> bool {
        let names = self.names.get(bot_id);
        names.is_some_and(|names| names.iter().any(|known| known == name))
    }

    /// The user as which a bot writes; the id itself where none is known.
    pub(crate) fn user_of<'s>(&'s self, id: &'s str) -> &'s str {
        match self.users.get(id) {
            Some(user) => user,
            None if id == OLD_SLACKBOT => SLACKBOT,
            None => id,
        }
    }
}

/// Where names and bots are looked up.
#[derive(Clone, Copy)]
pub(crate) struct Names<'t> {
    /// The names of users and channels.
    pub(crate) directory: &'t dyn Directory,
    /// The users as which bots write.
    pub(crate) bots: &'t Bots,
    /// The workspace's own emoji.
    pub(crate) emoji: &'t emoji::Custom,
}

/// What a message tells about its author and others.
#[derive(Clone, Copy)]
pub(crate) struct Seen<'m> {
    kind: &'m str,
    ts: Stamp,
    user: &'m str,
    bot_id: &'m str,
    username: &'m str,
    text: &'m str,
    user_profile: Option<&'m Profile<'m>>,
    bot_profile: Option<&'m BotProfile<'m>>,
    icons: Option<&'m Icons<'m>>,
}

impl<'m> From<&'m foreign::Message<'m>> for Seen<'m> {
    fn from(it: &'m foreign::Message<'m>) -> Self {
        Seen {
            kind: &it.kind,
            ts: it.ts,
            user: &it.user,
            bot_id: &it.bot_id,
            username: &it.username,
            text: &it.text,
            user_profile: it.user_profile.as_deref(),
            bot_profile: it.bot_profile.as_deref(),
            icons: it.icons.as_deref(),
        }
    }
}

impl<'m> From<&'m foreign::Sighting<'m>> for Seen<'m> {
    fn from(it: &'m foreign::Sighting<'m>) -> Self {
        Seen {
            kind: &it.kind,
            ts: it.ts,
            user: &it.user,
            bot_id: &it.bot_id,
            username: &it.username,
            text: &it.text,
            user_profile: it.user_profile.as_deref(),
            bot_profile: it.bot_profile.as_deref(),
            icons: it.icons.as_deref(),
        }
    }
}

impl<'m> Seen<'m> {
    /// The id of the author; empty where there is none.
    pub(crate) fn author(&self, bots: &'m Bots) -> Cow<'m, str> {
        let writer = self.writer(bots);
        match self.own_name(bots) {
            Some(name) if bots.split_names => Cow::Owned(format!("{writer}-{name}")),
            _ => writer,
        }
    }

    /// The name that a bot took for this message, if it is not the bot's own. What messages tell
    /// of the bot has no say here: more is known in a second pass than in a first.
    pub(crate) fn own_name(&self, bots: &Bots) -> Option<&'m str> {
        let name = self.username.trim();
        let bot_name = self.bot_profile.map_or("", |bot| bot.name.trim());
        let is_own = name == bot_name || bots.knows(self.bot_id, name);
        (!self.bot_id.is_empty() && !name.is_empty() && !is_own).then_some(name)
    }

    fn writer(&self, bots: &'m Bots) -> Cow<'m, str> {
        if !self.user.is_empty() {
            Cow::Borrowed(self.user)
        } else if !self.bot_id.is_empty() {
            Cow::Borrowed(bots.user_of(self.bot_id))
        } else if !self.username.is_empty() {
            Cow::Owned(format!("slack-bot-{}", self.username))
        } else {
            Cow::Borrowed("")
        }
    }

    /// Tells the sink about everybody whom the message names.
    pub(crate) fn meet(&self, bots: &'m Bots, sink: &mut dyn Sink) -> Result<(), Stop> {
        let Some(seen_at) = self.ts.time() else {
            return Ok(());
        };
        if !is_message(self.kind) {
            return Ok(());
        }
        self.meet_author(bots, seen_at, sink)?;
        meet_mentioned(self.text, bots, seen_at, sink)
    }

    fn meet_author(&self, bots: &'m Bots, seen_at: Time, sink: &mut dyn Sink) -> Result<(), Stop> {
        let has_profile = self.user_profile.is_some() || self.bot_profile.is_some();
        let is_slackbot = self.user == SLACKBOT || bots.user_of(self.bot_id) == SLACKBOT;
        if !has_profile && self.username.is_empty() && !is_slackbot {
            return Ok(());
        }
        let id = self.author(bots);
        let mut meet = |rank: Rank, name: &str, image_url: &str| {
            if name.is_empty() || id.is_empty() {
                return Ok(());
            }
            sink.meet(Person {
                id: Cow::Borrowed(&*id),
                rank,
                name: Cow::Borrowed(name),
                image_url: Cow::Borrowed(image_url),
                seen_at,
                custom: Custom::default(),
            })
        };
        if &*id == SLACKBOT {
            return meet(Rank::Profile, "Slackbot", "");
        }
        if let Some(name) = self.own_name(bots).filter(|_| bots.split_names) {
            return meet(Rank::Profile, name, self.icon());
        }
        if let Some(profile) = self.user_profile.filter(|_| !self.user.is_empty()) {
            let image = https(&profile.image_72);
            meet(Rank::Profile, profile_name(profile), image)?;
        }
        if let Some(bot) = self.bot_profile {
            // An app may write in the name of a person, whose name this is not.
            let rank = match self.user {
                "" => Rank::Profile,
                _ => Rank::Label,
            };
            meet(rank, bot.name.trim(), "")?;
        }
        meet(Rank::Label, self.username.trim(), self.icon())
    }

    /// The picture that a bot chose for this message.
    fn icon(&self) -> &'m str {
        let icon = |icons: &'m Icons<'m>| {
            let all = [&icons.image_72, &icons.image_64, &icons.image_48];
            first(all.map(|image| https(image)))
        };
        self.icons.map_or("", icon)
    }
}

/// Whether an object of this `type` is a message.
pub(crate) fn is_message(kind: &str) -> bool {
    matches!(kind, "" | "message")
}

fn meet_mentioned(text: &str, bots: &Bots, seen_at: Time, sink: &mut dyn Sink) -> Result<(), Stop> {
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        rest = rest.get(at..).unwrap_or_default();
        let token = token::read(rest);
        rest = rest.get(1..).unwrap_or_default();
        let Some((Token::User { id, label }, _)) = token else {
            continue;
        };
        let mut name = Cow::Borrowed(label.trim().trim_start_matches('@'));
        let mut rank = Rank::Label;
        if id == SLACKBOT {
            name = Cow::Borrowed("Slackbot");
            rank = Rank::Profile;
        } else if name.contains('&') {
            let mut decoded = String::new();
            escape::decode(&name, &mut decoded);
            name = Cow::Owned(decoded);
        }
        if name.is_empty() {
            continue;
        }
        sink.meet(Person {
            id: Cow::Borrowed(bots.user_of(id)),
            rank,
            name,
            image_url: Cow::Borrowed(""),
            seen_at,
            custom: Custom::default(),
        })?;
    }
    Ok(())
}

fn profile_name<'m>(profile: &'m Profile<'m>) -> &'m str {
    first([
        profile.display_name.trim(),
        profile.real_name.trim(),
        profile.name.trim(),
    ])
}

/// The first text that is not empty.
pub(crate) fn first<const N: usize>(texts: [&str; N]) -> &str {
    texts.into_iter().find(|it| !it.is_empty()).unwrap_or("")
}

/// The address if it is one that anybody can reach over https: without a token, which would let
/// everybody in.
pub(crate) fn https(url: &str) -> &str {
    let is_open = url.starts_with("https://") && !address::has_slack_token(url);
    if is_open { url } else { "" }
}

#[cfg(test)]
mod tests {
    use migrate_model::Rank;

    use super::{Bots, Seen};
    use crate::foreign;
    use crate::testing::Recorder;

    #[test]
    fn a_picture_with_a_token_is_none() {
        let check = |url: &str, expected: &str| assert_eq!(super::https(url), expected);
        check("https://a.b/c.png", "https://a.b/c.png");
        check("http://a.b/c.png", "");
        check("https://files.slack.com/c.png?t=xoxe-1", "");
    }

    #[test]
    fn messages_tell_names() {
        let check = |json: &str, expected: &[(&str, Rank, &str)]| {
            let it: foreign::Message<'_> = serde_json::from_str(json).unwrap();
            let small: foreign::Sighting<'_> = serde_json::from_str(json).unwrap();
            let mut bots = Bots::default();
            bots.learn(&serde_json::from_str(r#"{"id":"U5","profile":{"bot_id":"B5"}}"#).unwrap());
            let mut all = Recorder::default();
            Seen::from(&it).meet(&bots, &mut all).unwrap();
            let mut people = Recorder::default();
            Seen::from(&small).meet(&bots, &mut people).unwrap();
            let met: Vec<_> = all
                .people
                .iter()
                .map(|it| (&*it.id, it.rank, &*it.name))
                .collect();
            assert_eq!(met, expected, "{json}");
            assert_eq!(all.people, people.people, "{json}");
        };
        check(
            r#"{"ts":"1.000001","user":"U1","user_profile":{"real_name":"Ada"}}"#,
            &[("U1", Rank::Profile, "Ada")],
        );
        check(
            r#"{"ts":"bad","user":"U1","user_profile":{"real_name":"Ada"}}"#,
            &[],
        );
        check(
            r#"{"type":"x","ts":"1.0","user":"U1","user_profile":{"real_name":"Ada"}}"#,
            &[],
        );
        check(
            r#"{"ts":"1.0","bot_id":"B1","username":"hook","bot_profile":{"name":"Bot"}}"#,
            &[("B1", Rank::Profile, "Bot"), ("B1", Rank::Label, "hook")],
        );
        check(
            r#"{"ts":"1.0","bot_id":"B5","username":"x"}"#,
            &[("U5", Rank::Label, "x")],
        );
        check(
            r#"{"ts":"1.0","username":"irc"}"#,
            &[("slack-bot-irc", Rank::Label, "irc")],
        );
        check(
            r#"{"ts":"1.0","user":"U1","bot_id":"B1","bot_profile":{"name":"App"}}"#,
            &[("U1", Rank::Label, "App")],
        );
        check(
            r#"{"ts":"1.0","user":"U1","text":"<@U2|bob> <@U3> `<@U4|R&amp;D>` &lt;@U5|x&gt;"}"#,
            &[("U2", Rank::Label, "bob"), ("U4", Rank::Label, "R&D")],
        );
        check(
            r#"{"ts":"1.0","user":"USLACKBOT"}"#,
            &[("USLACKBOT", Rank::Profile, "Slackbot")],
        );
        check(
            r#"{"ts":"1.0","bot_id":"B01"}"#,
            &[("USLACKBOT", Rank::Profile, "Slackbot")],
        );
    }

    #[test]
    fn a_bot_is_one_user_or_one_for_each_name() {
        let check = |json: &str, kept: &str, split: &str, met: &[(&str, Rank, &str)]| {
            let it: foreign::Message<'_> = serde_json::from_str(json).unwrap();
            let seen = Seen::from(&it);
            assert_eq!(seen.author(&Bots::default()), kept, "{json}");
            let bots = Bots::new(true);
            assert_eq!(seen.author(&bots), split, "{json}");
            let mut all = Recorder::default();
            seen.meet(&bots, &mut all).unwrap();
            let people = all.people.iter();
            let people: Vec<_> = people.map(|it| (&*it.id, it.rank, &*it.name)).collect();
            assert_eq!(people, met, "{json}");
        };
        check(
            r#"{"ts":"1.0","bot_id":"B1","username":"irc: ann","icons":{"image_48":"https://a.b/c"}}"#,
            "B1",
            "B1-irc: ann",
            &[("B1-irc: ann", Rank::Profile, "irc: ann")],
        );
        check(
            r#"{"ts":"1.0","bot_id":"B1","username":"Hook","bot_profile":{"name":"Hook"}}"#,
            "B1",
            "B1",
            &[("B1", Rank::Profile, "Hook"), ("B1", Rank::Label, "Hook")],
        );
        check(
            r#"{"ts":"1.0","username":"irc"}"#,
            "slack-bot-irc",
            "slack-bot-irc",
            &[("slack-bot-irc", Rank::Label, "irc")],
        );
        check(r#"{"ts":"1.0","user":"U1"}"#, "U1", "U1", &[]);
    }
}
