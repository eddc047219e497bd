//! Users of the lists: name, picture, role, and what of a profile is written.
//!
//! People who stand in no list are left to [`crate::people`].

use std::borrow::Cow;
use std::collections::HashMap;

use anyhow::{Result, bail};
use migrate_model::{Time, User};

use crate::foreign;
use crate::people::marks::{Marks, other_team};
use crate::people::{SLACKBOT, first, https};

/// What of a user is written beyond name and picture.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wishes {
    /// Whether owners and admins get the target's role for them.
    pub(crate) maps_roles: bool,
    /// The fields of a profile that become custom fields.
    pub(crate) profile: Vec<&'static ProfileField>,
    /// Whether users of one name are told apart by their handles.
    pub(crate) tells_apart: bool,
}

impl Wishes {
    /// Whether addresses are among the fields.
    pub(crate) fn has_addresses(&self) -> bool {
        self.profile.iter().any(|field| field.name == EMAIL)
    }
}

/// The field that holds an address.
const EMAIL: &str = "email";

/// A field of a profile. Stream shows custom fields to everybody, so none is written unasked.
pub(crate) struct ProfileField {
    name: &'static str,
    custom: &'static str,
    value: for<'m> fn(&'m foreign::User<'m>) -> &'m str,
}

impl std::fmt::Debug for ProfileField {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// All fields that can be asked for.
const PROFILE: &[ProfileField] = &[
    field(EMAIL, "slack_email", |it| &it.profile.email),
    field("first_name", "slack_first_name", |it| {
        &it.profile.first_name
    }),
    field("last_name", "slack_last_name", |it| &it.profile.last_name),
    field("phone", "slack_phone", |it| &it.profile.phone),
    field("pronouns", "slack_pronouns", |it| &it.profile.pronouns),
    field("real_name", "slack_real_name", |it| {
        first([&it.profile.real_name, &it.real_name])
    }),
    field("start_date", "slack_start_date", |it| {
        &it.profile.start_date
    }),
    field("status_emoji", "slack_status_emoji", |it| {
        &it.profile.status_emoji
    }),
    field("status_text", "slack_status_text", |it| {
        &it.profile.status_text
    }),
    field("title", "slack_title", |it| &it.profile.title),
    field("tz", "slack_tz", |it| &it.tz),
];

const fn field(
    name: &'static str,
    custom: &'static str,
    value: for<'m> fn(&'m foreign::User<'m>) -> &'m str,
) -> ProfileField {
    ProfileField {
        name,
        custom,
        value,
    }
}

/// Reads a list of fields such as `email,title`.
///
/// # Errors
/// If one is not known; the text names those that are.
pub(crate) fn profile_fields(list: &str) -> Result<Vec<&'static ProfileField>> {
    let names = list.split(',').map(str::trim).filter(|it| !it.is_empty());
    names
        .map(|name| match PROFILE.iter().find(|it| it.name == name) {
            Some(field) => Ok(field),
            None => {
                let known: Vec<_> = PROFILE.iter().map(|it| it.name).collect();
                bail!(
                    "`--include-profile` takes fields of a profile, and `{name}` is none: give some of {}, separated by commas",
                    known.join(", ")
                )
            }
        })
        .collect()
}

/// What is known of all users together.
#[derive(Default)]
pub(crate) struct Company<'m> {
    /// The workspace to which most users belong; empty where there is no such one.
    pub(crate) home_team: &'m str,
    /// How many users have a name.
    pub(crate) names: HashMap<&'m str, u32>,
}

impl<'m> Company<'m> {
    /// Counts a user.
    pub(crate) fn add(&mut self, it: &'m foreign::User<'m>) {
        *self.names.entry(name(it)).or_default() += 1;
    }

    /// Whether another user has this user's name.
    pub(crate) fn shares_name(&self, it: &foreign::User<'_>) -> bool {
        let name = name(it);
        !name.is_empty() && self.names.get(name).is_some_and(|count| *count > 1)
    }
}

/// The workspace to which most users belong, the first by its id among equals.
pub(crate) fn home_team(users: &[foreign::User<'_>]) -> String {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for it in users.iter().filter(|it| !it.team_id.is_empty()) {
        *counts.entry(&it.team_id).or_default() += 1;
    }
    let most = counts
        .into_iter()
        .max_by_key(|(team, count)| (*count, std::cmp::Reverse(*team)));
    most.map_or(String::new(), |(team, _)| team.to_owned())
}

/// A user of the list. The e-mail address is told, and written only if it was asked for.
pub(crate) fn user<'a>(
    it: &'a foreign::User<'a>,
    wishes: &Wishes,
    company: &Company<'_>,
) -> User<'a> {
    let images = [
        &it.profile.image_512,
        &it.profile.image_original,
        &it.profile.image_192,
        &it.profile.image_72,
    ];
    let mut user = User::default();
    user.id = Cow::Borrowed(&*it.id);
    user.name = Cow::Borrowed(name(it));
    let handle = it.name.trim();
    if wishes.tells_apart && company.shares_name(it) && !handle.is_empty() && handle != user.name {
        user.name = Cow::Owned(format!("{} ({handle})", user.name));
    }
    user.email = Cow::Borrowed(it.profile.email.trim());
    user.image_url = Cow::Borrowed(first(images.map(|image| https(image))));
    user.updated_at = it.updated.time();
    if it.deleted.0 {
        // Slack does not say when. The last change is the best guess, and without one any time
        // will do that is sure to be past.
        user.deactivated_at = Some(it.updated.time().unwrap_or(Time::EPOCH));
    }
    let is_bot = it.is_bot.0 || it.is_app_user.0 || &*it.id == SLACKBOT;
    let marks = Marks::new(is_bot, other_team(&it.team_id, company.home_team));
    user.custom.extend(marks.fields().iter().cloned());
    if let Some(role) = role(it) {
        user.custom.set("slack_role", role);
        // A guest of Stream cannot be a member of a channel, so Slack's guests are ordinary users.
        if wishes.maps_roles && !role.ends_with("guest") {
            user.role = Cow::Borrowed("admin");
        }
    }
    if it.is_stranger.0 {
        user.custom.set("slack_stranger", true);
    }
    for field in &wishes.profile {
        let value = (field.value)(it).trim();
        if !value.is_empty() {
            user.custom.set(field.custom, value);
        }
    }
    user
}

/// The name that people see: the display name, else the real name, else the handle.
fn name<'m>(it: &'m foreign::User<'m>) -> &'m str {
    let profile = &it.profile;
    first([
        profile.display_name.trim(),
        profile.real_name.trim(),
        profile.name.trim(),
        it.real_name.trim(),
        it.name.trim(),
    ])
}

/// What sets a user apart in Slack; `None` for an ordinary member.
fn role(it: &foreign::User<'_>) -> Option<&'static str> {
    let roles = [
        (it.is_primary_owner, "primary_owner"),
        (it.is_owner, "owner"),
        (it.is_admin, "admin"),
        (it.is_ultra_restricted, "single_channel_guest"),
        (it.is_restricted, "guest"),
    ];
    let role = roles.into_iter().find(|(flag, _)| flag.0);
    role.map(|(_, role)| role)
}

#[cfg(test)]
mod tests {
    use migrate_model::{Time, Value};

    use super::{Company, Wishes, home_team, profile_fields, user};
    use crate::foreign;

    fn with(
        json: &str,
        wishes: &Wishes,
        company: &Company<'_>,
        test: impl Fn(migrate_model::User<'_>),
    ) {
        let it: foreign::User<'_> = serde_json::from_str(json).unwrap();
        test(user(&it, wishes, company));
    }

    fn plain(json: &str, test: impl Fn(migrate_model::User<'_>)) {
        with(json, &Wishes::default(), &Company::default(), test);
    }

    #[test]
    fn a_user_has_the_name_that_people_see() {
        let check = |json: &str, expected: &str| plain(json, |it| assert_eq!(it.name, expected));
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
            plain(json, |it| assert_eq!(it.deactivated_at, expected));
        };
        check(r#"{"id":"U1","updated":5}"#, None);
        check(
            r#"{"id":"U1","updated":5,"deleted":true}"#,
            Time::from_seconds(5),
        );
        check(r#"{"id":"U1","deleted":true}"#, Some(Time::EPOCH));
    }

    const ADA: &str = r#"{"id":"U1","name":"ada","tz":"Europe/London","profile":{"display_name":"Ada",
        "email":"a@example.com","phone":"1","title":"x","image_512":"http://a.b/c","image_72":"https://a.b/c"}}"#;

    #[test]
    fn nothing_personal_is_kept_unless_it_is_asked_for() {
        plain(ADA, |it| {
            assert!(it.custom.is_empty());
            assert_eq!(it.email, "a@example.com", "for a user map alone");
            assert_eq!(it.image_url, "https://a.b/c");
        });
        let wishes = Wishes {
            profile: profile_fields("title, email,tz,pronouns").unwrap(),
            ..Wishes::default()
        };
        with(ADA, &wishes, &Company::default(), |it| {
            let fields: Vec<_> = it.custom.iter().collect();
            assert_eq!(
                fields,
                [
                    ("slack_title", &Value::from("x")),
                    ("slack_email", &Value::from("a@example.com")),
                    ("slack_tz", &Value::from("Europe/London")),
                ]
            );
        });
        let refused = profile_fields("email,fax").unwrap_err().to_string();
        assert!(refused.contains("`fax` is none: give some of email, first_name"));
    }

    #[test]
    fn roles_are_told_and_mapped_on_request() {
        let check = |flags: &str, told: Option<&str>, mapped: &str| {
            let json = format!(r#"{{"id":"U1"{flags}}}"#);
            plain(&json, |it| {
                let field = it.custom.iter().next();
                assert_eq!(
                    field,
                    told.map(Value::from).as_ref().map(|it| ("slack_role", it)),
                    "{flags}"
                );
                assert_eq!(it.role, "");
            });
            let wishes = Wishes {
                maps_roles: true,
                ..Wishes::default()
            };
            with(&json, &wishes, &Company::default(), |it| {
                assert_eq!(it.role, mapped, "{flags}");
            });
        };
        check("", None, "");
        check(r#","is_admin":true"#, Some("admin"), "admin");
        check(
            r#","is_admin":true,"is_owner":true"#,
            Some("owner"),
            "admin",
        );
        check(
            r#","is_admin":true,"is_owner":true,"is_primary_owner":true"#,
            Some("primary_owner"),
            "admin",
        );
        check(r#","is_restricted":true"#, Some("guest"), "");
        check(
            r#","is_restricted":true,"is_ultra_restricted":true"#,
            Some("single_channel_guest"),
            "",
        );
    }

    #[test]
    fn people_of_other_workspaces_and_bots_are_marked() {
        let company = Company {
            home_team: "T1",
            ..Company::default()
        };
        let check = |json: &str, expected: &[&str]| {
            with(json, &Wishes::default(), &company, |it| {
                let names: Vec<_> = it.custom.iter().map(|(name, _)| name.to_owned()).collect();
                assert_eq!(names, expected, "{json}");
            });
        };
        check(r#"{"id":"U1","team_id":"T1"}"#, &[]);
        check(r#"{"id":"U1","team_id":"T2"}"#, &["slack_team"]);
        check(
            r#"{"id":"U1","team_id":"T2","is_stranger":true}"#,
            &["slack_team", "slack_stranger"],
        );
        check(r#"{"id":"U1","is_bot":true}"#, &["is_bot"]);
        check(r#"{"id":"USLACKBOT"}"#, &["is_bot"]);
        let users: Vec<foreign::User<'_>> = serde_json::from_str(
            r#"[{"team_id":"T9"},{"team_id":"T2"},{"team_id":"T9"},{"team_id":"T2"},{}]"#,
        )
        .unwrap();
        assert_eq!(home_team(&users), "T2");
        assert_eq!(home_team(&[]), "");
    }

    #[test]
    fn users_of_one_name_are_told_apart_on_request() {
        let users: Vec<foreign::User<'_>> = serde_json::from_str(
            r#"[{"id":"U1","name":"sam1","real_name":"Sam"},{"id":"U2","name":"Sam"},
                {"id":"U3","name":"kit"}]"#,
        )
        .unwrap();
        let mut company = Company::default();
        users.iter().for_each(|it| company.add(it));
        let names = |tells_apart: bool| -> Vec<String> {
            let wishes = Wishes {
                tells_apart,
                ..Wishes::default()
            };
            let users = users.iter().map(|it| user(it, &wishes, &company));
            users.map(|it| it.name.into_owned()).collect()
        };
        assert_eq!(names(false), ["Sam", "Sam", "kit"]);
        assert_eq!(names(true), ["Sam (sam1)", "Sam", "kit"]);
        let shared: Vec<_> = users.iter().map(|it| company.shares_name(it)).collect();
        assert_eq!(shared, [true, true, false]);
    }
}
