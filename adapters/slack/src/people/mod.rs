//! People as messages tell of them: authors, bots known only by what they wrote, names of mentions.
//!
//! Users of the lists are left to [`crate::people::account`].

pub(crate) mod account;
mod marks;

use std::borrow::Cow;
use std::collections::HashMap;

use migrate_model::{Custom, Directory, Person, Rank, Sink, Stop, Time};

use crate::contents::address;
use crate::foreign::{self, BotProfile, Icons, Profile};
use crate::json::lenient::Stamp;
use crate::people::marks::{Marks, other_team};
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
    team: &'m str,
    user_team: &'m str,
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
            team: &it.team,
            user_team: &it.user_team,
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
            team: &it.team,
            user_team: &it.user_team,
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
        // Most are people. To compare empty texts takes longer than one would think.
        if self.bot_id.is_empty() || self.username.is_empty() {
            return None;
        }
        let name = self.username.trim();
        let bot_name = self.bot_profile.map_or("", |bot| bot.name.trim());
        let is_own = name == bot_name || bots.knows(self.bot_id, name);
        (!name.is_empty() && !is_own).then_some(name)
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
    pub(crate) fn meet(
        &self,
        bots: &'m Bots,
        home_team: &str,
        sink: &mut dyn Sink,
    ) -> Result<(), Stop> {
        let Some(seen_at) = self.ts.time() else {
            return Ok(());
        };
        if !is_message(self.kind) {
            return Ok(());
        }
        let team = other_team(self.team(), home_team);
        self.meet_author(bots, team, seen_at, sink)?;
        meet_mentioned(self.text, bots, seen_at, sink)
    }

    /// Tells about the author; `team` is another workspace that they belong to.
    fn meet_author(
        &self,
        bots: &'m Bots,
        team: &str,
        seen_at: Time,
        sink: &mut dyn Sink,
    ) -> Result<(), Stop> {
        let has_profile = self.user_profile.is_some() || self.bot_profile.is_some();
        let has_user = !self.user.is_empty();
        if has_user && !has_profile && self.username.is_empty() && team.is_empty() {
            return Ok(());
        }
        let id = self.author(bots);
        if id.is_empty() || &*id == SLACKBOT {
            return Ok(());
        }
        let names = self.names(bots).into_iter().flatten();
        let mut names = names.filter(|it| !it.name.is_empty()).peekable();
        let is_marked = !has_user || !team.is_empty();
        let by_id = (names.peek().is_none() && is_marked).then(|| Named {
            rank: Rank::Id,
            name: &id,
            image_url: "",
            is_bot: !has_user,
        });
        for it in names.chain(by_id) {
            sink.meet(Person {
                id: Cow::Borrowed(&*id),
                rank: it.rank,
                name: Cow::Borrowed(it.name),
                image_url: Cow::Borrowed(it.image_url),
                seen_at,
                custom: Custom::from(Marks::new(it.is_bot, team).fields()),
            })?;
        }
        Ok(())
    }

    /// What the message calls its author; some may be empty.
    fn names(&self, bots: &Bots) -> [Option<Named<'m>>; 3] {
        if let Some(name) = self.own_name(bots).filter(|_| bots.split_names) {
            let image_url = self.icon();
            let own = Named {
                rank: Rank::Profile,
                name,
                image_url,
                is_bot: true,
            };
            return [Some(own), None, None];
        }
        let profile = self.user_profile.filter(|_| !self.user.is_empty());
        let profile = profile.map(|it| Named {
            rank: Rank::Profile,
            name: profile_name(it),
            image_url: https(&it.image_72),
            is_bot: false,
        });
        let bot = self.bot_profile.map(|it| Named {
            // An app may write in the name of a person, whose name this is not.
            rank: match self.user {
                "" => Rank::Profile,
                _ => Rank::Label,
            },
            name: it.name.trim(),
            image_url: "",
            is_bot: true,
        });
        let username = Named {
            rank: Rank::Label,
            name: self.username.trim(),
            image_url: self.icon(),
            is_bot: self.user.is_empty() || !self.bot_id.is_empty(),
        };
        [profile, bot, Some(username)]
    }

    /// The workspace of the author; empty where the message does not say.
    fn team(&self) -> &'m str {
        let profile = self.user_profile.map_or("", |it| &it.team);
        first([self.user_team, profile, self.team])
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

/// A name that a message has for its author.
struct Named<'m> {
    rank: Rank,
    name: &'m str,
    image_url: &'m str,
    /// Whether it is that of a bot.
    is_bot: bool,
}

/// Tells about Slackbot, whom no list needs to have and no message has to describe.
pub(crate) fn meet_slackbot(sink: &mut dyn Sink) -> Result<(), Stop> {
    sink.meet(Person {
        id: Cow::Borrowed(SLACKBOT),
        rank: Rank::Profile,
        name: Cow::Borrowed("Slackbot"),
        image_url: Cow::Borrowed(""),
        seen_at: Time::EPOCH,
        custom: Custom::from(Marks::new(true, "").fields()),
    })
}

/// Whether an object of this `type` is a message.
pub(crate) fn is_message(kind: &str) -> bool {
    matches!(kind, "" | "message")
}

fn meet_mentioned(text: &str, bots: &Bots, seen_at: Time, sink: &mut dyn Sink) -> Result<(), Stop> {
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'<', rest.as_bytes()) {
        let token = rest.get(at..).unwrap_or_default();
        rest = token.get(1..).unwrap_or_default();
        // Links are far more frequent, and longer.
        if !rest.starts_with('@') {
            continue;
        }
        let Some((Token::User { id, label }, _)) = token::read(token) else {
            continue;
        };
        let mut name = Cow::Borrowed(label.trim().trim_start_matches('@'));
        if name.contains('&') {
            let mut decoded = String::new();
            escape::decode(&name, &mut decoded);
            name = Cow::Owned(decoded);
        }
        let user = bots.user_of(id);
        if name.is_empty() || user == SLACKBOT {
            continue;
        }
        sink.meet(Person {
            id: Cow::Borrowed(user),
            rank: Rank::Label,
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
    use migrate_model::{Person, Rank, Value};

    use super::{Bots, Seen};
    use crate::foreign;
    use crate::testing::Recorder;

    /// The workspace at home.
    const HOME: &str = "T1";

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
            Seen::from(&it).meet(&bots, HOME, &mut all).unwrap();
            let mut people = Recorder::default();
            Seen::from(&small).meet(&bots, HOME, &mut people).unwrap();
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
        check(r#"{"ts":"1.0","bot_id":"B1"}"#, &[("B1", Rank::Id, "B1")]);
        check(r#"{"ts":"1.0","user":"U1","bot_id":"B1"}"#, &[]);
        // Who Slackbot is, is told once, before any message.
        check(r#"{"ts":"1.0","user":"USLACKBOT","username":"x"}"#, &[]);
        check(
            r#"{"ts":"1.0","bot_id":"B01","text":"<@USLACKBOT|x>"}"#,
            &[],
        );
    }

    #[test]
    fn bots_and_people_of_other_workspaces_are_marked() {
        let check = |json: &str, expected: &[&str]| {
            let it: foreign::Message<'_> = serde_json::from_str(json).unwrap();
            let small: foreign::Sighting<'_> = serde_json::from_str(json).unwrap();
            for seen in [Seen::from(&it), Seen::from(&small)] {
                let mut all = Recorder::default();
                seen.meet(&Bots::default(), HOME, &mut all).unwrap();
                let met = all.people.iter().map(|it| {
                    let marks = it.custom.iter().map(|(name, value)| match value {
                        Value::Text(team) => format!(" {name} {team}"),
                        _ => format!(" {name}"),
                    });
                    format!("{}{}", it.name, marks.collect::<String>())
                });
                assert_eq!(met.collect::<Vec<_>>(), expected, "{json}");
            }
        };
        check(
            r#"{"ts":"1.0","bot_id":"B1","username":"a","bot_profile":{"name":"b"}}"#,
            &["b is_bot", "a is_bot"],
        );
        check(r#"{"ts":"1.0","username":"irc"}"#, &["irc is_bot"]);
        check(r#"{"ts":"1.0","bot_id":"B1"}"#, &["B1 is_bot"]);
        // A person's own words, one that an app wrote for them, and an old upload.
        check(
            r#"{"ts":"1.0","user":"U1","bot_id":"B1","user_profile":{"name":"c"},"bot_profile":{"name":"b"}}"#,
            &["c", "b is_bot"],
        );
        check(r#"{"ts":"1.0","user":"U1","username":"c"}"#, &["c"]);
        check(r#"{"ts":"1.0","text":"<@B1|b> <@U1|c>"}"#, &["b", "c"]);
        let profile = r#""user_profile":{"name":"c","team":"T3"}"#;
        let check_team = |fields: &str, expected: &[&str]| {
            check(&format!(r#"{{"ts":"1.0","user":"U1",{fields}}}"#), expected);
        };
        check_team(profile, &["c slack_team T3"]);
        check_team(r#""team":"T2""#, &["U1 slack_team T2"]);
        check_team(
            &format!(r#"{profile},"team":"T1","user_team":"T2""#),
            &["c slack_team T2"],
        );
        check_team(&format!(r#"{profile},"user_team":"T1""#), &["c"]);
        check_team(r#""team":"T1""#, &[]);
        check(
            r#"{"ts":"1.0","bot_id":"B1","team":"T2"}"#,
            &["B1 is_bot slack_team T2"],
        );
    }

    #[test]
    fn where_no_workspace_is_at_home_nobody_is_of_another() {
        let it = r#"{"ts":"1.0","user":"U1","team":"T2","user_profile":{"name":"c"}}"#;
        let it: foreign::Message<'_> = serde_json::from_str(it).unwrap();
        let mut all = Recorder::default();
        Seen::from(&it)
            .meet(&Bots::default(), "", &mut all)
            .unwrap();
        assert!(all.people[0].custom.is_empty());
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
            seen.meet(&bots, HOME, &mut all).unwrap();
            let is_bot = |it: &Person<'_>| it.custom.iter().any(|(name, _)| name == "is_bot");
            assert!(all.people.iter().all(is_bot), "{json}");
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
