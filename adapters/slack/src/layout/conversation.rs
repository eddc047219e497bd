//! Conversations as channels and their members.

use std::borrow::Cow;
use std::collections::HashSet;

use migrate_model::{
    Channel, ChannelRef, ChannelType, Kind, Member, Origin, Record, Sink, Stop, Time,
};

use crate::foreign::{Conversation, Topic};
use crate::losses::{self, left_out, merged};
use crate::text::escape;

/// Slack opened in 2013. An earlier time of creation is a placeholder, such as 1.
const SLACK_OPENED: Option<Time> = Time::from_seconds(1_356_998_400);

/// One of the four lists of conversations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum List {
    /// Public channels.
    Channels,
    /// Private channels.
    Groups,
    /// Direct messages among several people.
    Mpims,
    /// Direct messages between two people.
    Dms,
}

impl List {
    /// All lists, in the order in which their channels are numbered.
    pub(crate) const ALL: [List; 4] = [List::Channels, List::Groups, List::Mpims, List::Dms];

    /// The file that holds it.
    pub(crate) const fn file(self) -> &'static str {
        match self {
            List::Channels => "channels.json",
            List::Groups => "groups.json",
            List::Mpims => "mpims.json",
            List::Dms => "dms.json",
        }
    }

    const fn is_direct(self) -> bool {
        matches!(self, List::Mpims | List::Dms)
    }
}

/// How direct messages are known in the target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum DmIds {
    /// By their members.
    #[default]
    Distinct,
    /// By the ids that they have in Slack.
    Explicit,
}

/// A conversation of a list as a channel.
pub(crate) fn channel<'a>(list: List, dm_ids: DmIds, it: &'a Conversation<'a>) -> Channel<'a> {
    let mut channel = Channel::default();
    channel.id = Cow::Borrowed(&*it.id);
    if list.is_direct() {
        channel.channel_type = ChannelType::Direct;
        let members = distinct_members(it);
        // A set of one is allowed and would mean nothing: it is a conversation with oneself.
        if dm_ids == DmIds::Distinct && members.len() > 1 {
            channel.member_ids = members.into_iter().map(Cow::Borrowed).collect();
        }
    } else {
        channel.name = Cow::Borrowed(&*it.name);
    }
    channel.created_by = Cow::Borrowed(&*it.creator);
    channel.created_at = it.created.time().filter(|it| Some(*it) >= SLACK_OPENED);
    channel.updated_at = it.updated.time().filter(|it| Some(*it) >= SLACK_OPENED);
    channel.frozen = it.is_archived.0;
    set_topic(&mut channel, "topic", &it.topic);
    set_topic(&mut channel, "purpose", &it.purpose);
    if list == List::Groups || (it.is_private.0 && !list.is_direct()) {
        channel.custom.set("is_private", true);
    }
    if it.is_general.0 {
        channel.custom.set("is_general", true);
    }
    if it.is_ext_shared.0 || it.is_org_shared.0 {
        channel.custom.set("slack_shared", true);
    }
    channel
}

/// A folder that no list names as a channel.
pub(crate) fn unlisted<'a>(id: &'a str, folder: &'a str) -> Channel<'a> {
    let mut channel = Channel::default();
    channel.id = Cow::Borrowed(id);
    if let Some((canvas_id, title)) = canvas(folder) {
        channel.name = Cow::Borrowed(title);
        channel.custom.set("slack_canvas_id", canvas_id);
        return channel;
    }
    if is_direct_folder(folder) {
        channel.channel_type = ChannelType::Direct;
    }
    channel.name = Cow::Borrowed(folder);
    // Public channels have always had ids with a C.
    if folder.starts_with('G') && is_slack_id(folder) {
        channel.custom.set("is_private", true);
    }
    channel.custom.set("slack_unlisted", true);
    channel
}

/// The id of a channel that is made from a folder of a workspace; that is empty at the root.
pub(crate) fn unlisted_id(workspace: &str, folder: &str) -> String {
    if is_slack_id(folder) {
        return folder.to_owned();
    }
    if let Some((canvas_id, _)) = canvas(folder) {
        return format!("slack-canvas-{canvas_id}");
    }
    match workspace.is_empty() {
        true => format!("slack-{folder}"),
        // No name holds a slash, so no other folder has this id.
        false => format!("slack-{workspace}/{folder}"),
    }
}

/// The canvas whose comments a folder holds, `FC:<file id>:<title>`, and its title. Windows has no
/// colon in names.
pub(crate) fn canvas(folder: &str) -> Option<(&str, &str)> {
    let rest = folder.strip_prefix("FC")?.strip_prefix([':', '_'])?;
    let (canvas_id, title) = rest.split_once([':', '_']).unwrap_or((rest, ""));
    let is_file_id = canvas_id.starts_with('F') && is_upper(canvas_id);
    is_file_id.then_some((canvas_id, title))
}

/// Puts the members of a conversation.
pub(crate) fn put_members(
    record: u32,
    it: &Conversation<'_>,
    sink: &mut dyn Sink,
) -> Result<(), Stop> {
    let mut seen: HashSet<&str> = HashSet::with_capacity(it.members.len());
    for user_id in &it.members {
        if user_id.is_empty() {
            let kind = losses::MEMBER_WITHOUT_ID;
            sink.lose(record, left_out(kind, Kind::Member, &*it.id))?;
        } else if !seen.insert(user_id) {
            let kind = losses::REPEATED_MEMBER;
            sink.lose(record, merged(kind, Kind::Member, &**user_id))?;
        } else {
            let mut member = Member::default();
            member.channel = ChannelRef::Id(Cow::Borrowed(&*it.id));
            member.user_id = Cow::Borrowed(user_id);
            sink.put(record, Origin::Read, Record::Member(member))?;
        }
    }
    Ok(())
}

fn distinct_members<'a>(it: &'a Conversation<'a>) -> Vec<&'a str> {
    let mut seen = HashSet::new();
    let ids = it.members.iter().map(|id| &**id);
    ids.filter(|id| !id.is_empty() && seen.insert(*id))
        .collect()
}

fn set_topic<'a>(channel: &mut Channel<'a>, name: &'static str, topic: &'a Topic<'a>) {
    let value = topic.value.trim();
    if value.is_empty() {
        return;
    }
    if !value.contains('&') {
        channel.custom.set(name, value);
        return;
    }
    let mut decoded = String::with_capacity(value.len());
    escape::decode(value, &mut decoded);
    channel.custom.set(name, decoded);
}

/// Whether a folder's name is an id of Slack's. Names of channels are in lower case.
pub(crate) fn is_slack_id(folder: &str) -> bool {
    folder.starts_with(['C', 'D', 'G']) && is_upper(folder)
}

/// Whether a text has capital letters and digits only, and a digit among them.
fn is_upper(text: &str) -> bool {
    text.bytes()
        .all(|it| it.is_ascii_uppercase() || it.is_ascii_digit())
        && text.bytes().any(|it| it.is_ascii_digit())
}

/// Whether a folder's name is one that Slack gives to direct messages.
fn is_direct_folder(folder: &str) -> bool {
    folder.starts_with("mpdm-") || (folder.starts_with('D') && is_slack_id(folder))
}

#[cfg(test)]
mod tests {
    use migrate_model::ChannelType;

    use super::{DmIds, List, channel, put_members, unlisted, unlisted_id};
    use crate::foreign::Conversation;
    use crate::testing::Recorder;

    fn check(list: List, dm_ids: DmIds, json: &str, test: impl Fn(migrate_model::Channel<'_>)) {
        let it: Conversation<'_> = serde_json::from_str(json).unwrap();
        test(channel(list, dm_ids, &it));
    }

    #[test]
    fn a_channel_keeps_its_name_topic_and_creator() {
        let json = r#"{"id":"C1","name":"general","creator":"U1","created":"1700000000",
            "is_archived":true,"is_general":true,"updated":1700000000123,
            "topic":{"value":"R&amp;D"},"purpose":{"value":""}}"#;
        check(List::Channels, DmIds::Distinct, json, |it| {
            assert_eq!(
                (&*it.id, &*it.name, &*it.created_by),
                ("C1", "general", "U1")
            );
            assert_eq!(it.created_at.unwrap().micros(), 1_700_000_000_000_000);
            assert_eq!(it.updated_at.unwrap().micros(), 1_700_000_000_123_000);
            assert!(it.frozen);
            assert_eq!(it.channel_type, ChannelType::Channel);
            let names: Vec<_> = it.custom.iter().map(|(name, _)| name.to_owned()).collect();
            assert_eq!(names, ["topic", "is_general"]);
        });
        let private = r#"{"id":"C1","is_private":true}"#;
        check(List::Channels, DmIds::Distinct, private, |it| {
            assert_eq!(it.custom.iter().next().unwrap().0, "is_private");
        });
        check(List::Dms, DmIds::Distinct, private, |it| {
            assert!(it.custom.is_empty());
        });
        check(
            List::Groups,
            DmIds::Distinct,
            r#"{"id":"G1","created":1}"#,
            |it| {
                assert_eq!(it.created_at, None);
                assert_eq!(it.custom.iter().next().unwrap().0, "is_private");
            },
        );
    }

    #[test]
    fn direct_messages_are_known_by_their_members() {
        let members = |list, dm_ids, json: &str, expected: &[&str]| {
            check(list, dm_ids, json, |it| {
                assert_eq!(it.member_ids, expected);
                assert_eq!(it.channel_type, ChannelType::Direct);
                assert_eq!(it.name, "");
            });
        };
        let pair = r#"{"id":"D1","members":["U1","U2"]}"#;
        members(List::Dms, DmIds::Distinct, pair, &["U1", "U2"]);
        members(List::Dms, DmIds::Explicit, pair, &[]);
        members(
            List::Dms,
            DmIds::Distinct,
            r#"{"id":"D1","members":["U1","U1"]}"#,
            &[],
        );
        members(
            List::Mpims,
            DmIds::Distinct,
            r#"{"id":"G1","name":"mpdm-a--b-1"}"#,
            &[],
        );
    }

    #[test]
    fn members_stand_once() {
        let json = r#"{"id":"D1","members":["U1",null,"U1","U2"]}"#;
        let it: Conversation<'_> = serde_json::from_str(json).unwrap();
        let mut sink = Recorder::default();
        put_members(3, &it, &mut sink).unwrap();
        assert_eq!(
            sink.lines(),
            [
                "3 member D1 U1",
                "3 left out slack.member_without_id 1 member D1",
                "3 merged slack.repeated_member 1 member U1",
                "3 member D1 U2",
            ]
        );
    }

    #[test]
    fn a_folder_has_an_id_of_its_own() {
        let check = |folder: &str, id: &str, kind: ChannelType<'_>| {
            assert_eq!(unlisted_id("", folder), id);
            assert_eq!(unlisted(id, folder).channel_type, kind);
        };
        check("old", "slack-old", ChannelType::Channel);
        check("C012AB", "C012AB", ChannelType::Channel);
        check("D012AB", "D012AB", ChannelType::Direct);
        check("DATA", "slack-DATA", ChannelType::Channel);
        check("mpdm-a--b-1", "slack-mpdm-a--b-1", ChannelType::Direct);
        check("FC:F1:plan", "slack-canvas-F1", ChannelType::Channel);
        check("FC_F1_a_plan", "slack-canvas-F1", ChannelType::Channel);
        check("FC:plan", "slack-FC:plan", ChannelType::Channel);
        assert_eq!(unlisted("slack-canvas-F1", "FC:F1:a:plan").name, "a:plan");
        let is_private = |folder: &str| {
            let mut custom = unlisted("", folder)
                .custom
                .iter()
                .map(|it| it.0.to_owned())
                .collect::<Vec<_>>();
            custom.sort_unstable();
            custom == ["is_private", "slack_unlisted"]
        };
        assert!(is_private("G012AB") && !is_private("C012AB") && !is_private("Games"));
        assert_eq!(unlisted_id("acme", "old"), "slack-acme/old");
        assert_eq!(unlisted_id("acme", "C012AB"), "C012AB");
    }
}
