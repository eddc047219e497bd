//! People: users of the list, bots known only by their messages, and names that messages tell.

use std::borrow::Cow;
use std::collections::HashMap;

use migrate_model::{Directory, Person, Rank, Sink, Stop, Time, User};

use crate::emoji;
use crate::escape;
use crate::foreign::{self, BotProfile, Profile};
use crate::lenient::Stamp;
use crate::token::{self, Token};

/// Slack's own bot, which most exports leave out of the list of users.
const SLACKBOT: &str = "USLACKBOT";

/// Which user a bot writes as, by the bot's id.
#[derive(Debug, Default)]
pub(crate) struct Bots(HashMap<String, String>);

impl Bots {
    /// Takes note of a user of the list.
    pub(crate) fn learn(&mut self, user: &foreign::User<'_>) {
        let bot_id = &user.profile.bot_id;
        if !bot_id.is_empty() && !user.id.is_empty() {
            let users = self.0.entry(bot_id.to_string());
            users.or_insert_with(|| user.id.to_string());
        }
    }

    /// The user as which a bot writes; the id itself where none is known.
    pub(crate) fn user_of<'s>(&'s self, id: &'s str) -> &'s str {
        self.0.get(id).map_or(id, String::as_str)
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
        }
    }
}

impl<'m> Seen<'m> {
    /// The id of the author; empty where there is none.
    pub(crate) fn author(&self, bots: &'m Bots) -> Cow<'m, str> {
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
        if !has_profile && self.username.is_empty() && self.user != SLACKBOT {
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
            })
        };
        if self.user == SLACKBOT {
            return meet(Rank::Profile, "Slackbot", "");
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
        meet(Rank::Label, self.username.trim(), "")
    }
}

/// Whether an object of this `type` is a message.
pub(crate) fn is_message(kind: &str) -> bool {
    matches!(kind, "" | "message")
}

/// A user of the list. The e-mail address is only told; phone number, title and status are not
/// kept.
pub(crate) fn user<'a>(it: &'a foreign::User<'a>) -> User<'a> {
    let names = [
        profile_name(&it.profile),
        it.real_name.trim(),
        it.name.trim(),
    ];
    let images = [
        &it.profile.image_512,
        &it.profile.image_original,
        &it.profile.image_192,
        &it.profile.image_72,
    ];
    let mut user = User::default();
    user.id = Cow::Borrowed(&*it.id);
    user.name = Cow::Borrowed(first(names));
    user.email = Cow::Borrowed(it.profile.email.trim());
    user.image_url = Cow::Borrowed(first(images.map(|image| https(image))));
    user.updated_at = it.updated.time();
    if it.deleted.0 {
        // Slack does not say when. The last change is the best guess, and without one any time
        // will do that is sure to be past.
        user.deactivated_at = Some(it.updated.time().unwrap_or(Time::EPOCH));
    }
    if it.is_bot.0 || it.is_app_user.0 || &*it.id == SLACKBOT {
        user.custom.set("is_bot", true);
    }
    user
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
fn first<const N: usize>(texts: [&str; N]) -> &str {
    texts.into_iter().find(|it| !it.is_empty()).unwrap_or("")
}

/// The address if it is one that anybody can reach over https.
fn https(url: &str) -> &str {
    let is_https = url.starts_with("https://");
    if is_https { url } else { "" }
}

#[cfg(test)]
mod tests {
    use migrate_model::{Rank, Time};

    use super::{Bots, Seen, user};
    use crate::foreign;
    use crate::testing::Recorder;

    fn person(json: &str) -> migrate_model::User<'static> {
        let json: &'static str = Box::leak(json.to_owned().into_boxed_str());
        let it: &'static foreign::User<'static> =
            Box::leak(Box::new(serde_json::from_str(json).unwrap()));
        user(it)
    }

    #[test]
    fn a_user_has_the_name_that_people_see() {
        let check = |json: &str, expected: &str| assert_eq!(person(json).name, expected);
        let profile = r#"{"display_name":"d","real_name":"r"}"#;
        check(
            &format!(r#"{{"id":"U1","name":"n","profile":{profile}}}"#),
            "d",
        );
        check(
            r#"{"id":"U1","name":"n","profile":{"display_name":" "}, "real_name":"r"}"#,
            "r",
        );
        check(r#"{"id":"U1","name":"n","profile":null}"#, "n");
        check(r#"{"id":"U1"}"#, "");
    }

    #[test]
    fn a_deleted_user_is_deactivated_at_the_last_change_that_is_known() {
        let check = |json: &str, expected: Option<Time>| {
            assert_eq!(person(json).deactivated_at, expected);
        };
        check(r#"{"id":"U1","updated":5}"#, None);
        check(
            r#"{"id":"U1","updated":5,"deleted":true}"#,
            Time::from_seconds(5),
        );
        check(r#"{"id":"U1","deleted":true}"#, Some(Time::EPOCH));
    }

    #[test]
    fn nothing_personal_is_kept_and_bots_are_marked() {
        let ada = person(
            r#"{"id":"U1","profile":{"email":"a@example.com","phone":"1","title":"x","image_512":"http://a.b/c","image_72":"https://a.b/c"}}"#,
        );
        assert!(ada.custom.is_empty());
        assert_eq!(ada.email, "a@example.com", "for a user map alone");
        assert_eq!(ada.image_url, "https://a.b/c");
        assert_eq!(person(r#"{"id":"U1","is_bot":true}"#).custom.len(), 1);
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
    }
}
