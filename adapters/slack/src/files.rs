//! Files as attachments, without their contents.
//!
//! Slack's addresses need a login, or carry a token that stands for one. They must not stand where
//! the import would fetch them, and no token leaves this module.

use std::borrow::Cow;

use migrate_model::{Attachment, LossKind};

use crate::foreign::{File, Message};
use crate::losses;

/// What becomes of a file.
pub(crate) enum Fate<'a> {
    /// It is kept, and this is what is lost of it.
    Kept(Box<Attachment<'a>>, LossKind),
    /// The export tells nothing that could be shown.
    Lost(LossKind),
}

/// The files of a message, in their order, with their names.
pub(crate) fn of<'a>(message: &'a Message<'a>) -> impl Iterator<Item = (&'a str, Fate<'a>)> {
    let files = message.files.iter().flatten();
    let single = message.file.as_deref();
    let single = single.filter(|it| !message.files.iter().flatten().any(|file| file.id == it.id));
    files.chain(single).map(|file| (name(file), fate(file)))
}

fn fate<'a>(file: &'a File<'a>) -> Fate<'a> {
    match (&*file.mode, &*file.file_access) {
        ("tombstone", _) => return Fate::Lost(losses::FILE_DELETED),
        ("hidden_by_limit", _) => return Fate::Lost(losses::FILE_HIDDEN_BY_LIMIT),
        (_, "access_denied" | "file_not_found" | "check_file_info") => {
            return Fate::Lost(losses::FILE_ACCESS_DENIED);
        }
        _ => {}
    }
    let mut it = Attachment::default();
    it.kind = Cow::Borrowed(kind(file));
    it.title = Cow::Borrowed(name(file));
    it.mime_type = Cow::Borrowed(&*file.mimetype);
    it.size_bytes = file.size.positive();
    it.width = file.original_w.positive();
    it.height = file.original_h.positive();
    it.duration = file.duration_ms.positive().map(|it| it as f64 / 1000.0);
    let urls = [
        &file.url_private,
        &file.url_private_download,
        &file.permalink,
    ];
    let url = urls.into_iter().find(|it| !it.is_empty());
    if let Some(url) = url {
        it.custom.set("source_url", without_secrets(url));
    }
    if !file.name.is_empty() && *file.name != *it.title {
        it.custom.set("file_name", &*file.name);
    }
    if !file.id.is_empty() {
        it.custom.set("slack_file_id", &*file.id);
    }
    let is_elsewhere = &*file.mode == "external" || url.is_some_and(|url| !is_slack(url));
    let loss = match is_elsewhere {
        true => losses::FILE_ELSEWHERE,
        false => losses::FILE_NEEDS_LOGIN,
    };
    Fate::Kept(Box::new(it), loss)
}

fn kind(file: &File<'_>) -> &'static str {
    match &*file.subtype {
        "slack_audio" => return "audio",
        "slack_video" => return "video",
        _ => {}
    }
    match file.mimetype.split('/').next() {
        Some("image") => "image",
        Some("video") => "video",
        Some("audio") => "audio",
        _ => "file",
    }
}

fn name<'a>(file: &'a File<'a>) -> &'a str {
    let names = [&file.title, &file.name, &file.id];
    names
        .into_iter()
        .map(|it| it.trim())
        .find(|it| !it.is_empty())
        .unwrap_or("")
}

/// The address without anything that opens a door.
fn without_secrets(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let host_end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, path) = rest.split_at(host_end);
    let host = host.rsplit('@').next().unwrap_or(host);
    let (path, fragment) = path.split_once('#').unwrap_or((path, ""));
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let mut safe = String::with_capacity(url.len());
    if !scheme.is_empty() {
        safe.push_str(scheme);
        safe.push_str("://");
    }
    safe.push_str(host);
    safe.push_str(path);
    if is_slack(url) {
        return safe;
    }
    let mut mark = '?';
    for parameter in query
        .split('&')
        .filter(|it| !it.is_empty() && !is_secret(it))
    {
        safe.push(mark);
        safe.push_str(parameter);
        mark = '&';
    }
    if !fragment.is_empty() && !is_secret(fragment) {
        safe.push('#');
        safe.push_str(fragment);
    }
    safe
}

/// What the names of parameters hold that open a door: tokens, and the signatures and keys of
/// addresses that storage services sign.
const SECRETS: [&str; 11] = [
    "auth", "code", "cred", "key", "pass", "pwd", "secret", "session", "sid", "sig", "token",
];

/// Whether a parameter of an address is a token. Slack's begin with `xox` and a letter.
fn is_secret(parameter: &str) -> bool {
    let lower = parameter.to_ascii_lowercase();
    let name = lower.split('=').next().unwrap_or("");
    lower.contains("xox") || SECRETS.iter().any(|secret| name.contains(secret))
}

fn is_slack(url: &str) -> bool {
    const HOSTS: [&str; 3] = ["slack.com", "slack-files.com", "slack-edge.com"];
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next().unwrap_or("");
    let host = host.rsplit('@').next().unwrap_or(host);
    let host = host.split(':').next().unwrap_or(host).to_ascii_lowercase();
    HOSTS.iter().any(|slack| {
        let sub = host.strip_suffix(slack);
        sub.is_some_and(|sub| sub.is_empty() || sub.ends_with('.'))
    })
}

#[cfg(test)]
mod tests {
    use migrate_model::Value;

    use super::{Fate, of, without_secrets};
    use crate::foreign::Message;

    #[test]
    fn secrets_do_not_get_into_an_address() {
        let check = |url: &str, expected: &str| assert_eq!(without_secrets(url), expected);
        check(
            "https://files.slack.com/a/b.png?t=xoxe-1",
            "https://files.slack.com/a/b.png",
        );
        check(
            "https://files.slack.com/a?x=1&token=xoxe-1#y",
            "https://files.slack.com/a",
        );
        check(
            "https://slack-files.com/T1-F1?pub_secret=1",
            "https://slack-files.com/T1-F1",
        );
        check("https://me:pw@example.com/a", "https://example.com/a");
        check(
            "https://example.com/a?t=30&b=xoxp-1#z",
            "https://example.com/a?t=30#z",
        );
        check(
            "https://example.com/a?access_token=1",
            "https://example.com/a",
        );
        check(
            "https://slack.com.example.org/a?t=1",
            "https://slack.com.example.org/a?t=1",
        );
        check("nonsense?t=xoxe-1", "nonsense");
    }

    #[test]
    fn a_file_keeps_what_is_known_of_it() {
        let json = r#"{"files":[{"id":"F1","name":"a.png","title":"A","mimetype":"image/png",
            "size":12,"original_w":3,"original_h":"4","mode":"hosted",
            "url_private":"https://files.slack.com/a.png?t=xoxe-1"}]}"#;
        let message: Message<'_> = serde_json::from_str(json).unwrap();
        let (name, fate) = of(&message).next().unwrap();
        let Fate::Kept(it, loss) = fate else {
            panic!("the file is kept");
        };
        assert_eq!((name, loss.kind), ("A", "slack.file_needs_login"));
        assert_eq!(
            (&*it.kind, &*it.title, &*it.mime_type),
            ("image", "A", "image/png")
        );
        assert_eq!(
            (it.size_bytes, it.width, it.height),
            (Some(12), Some(3), Some(4))
        );
        assert_eq!(
            (&*it.image_url, &*it.asset_url, &*it.thumb_url),
            ("", "", "")
        );
        let custom: Vec<_> = it.custom.iter().collect();
        assert_eq!(
            custom,
            [
                ("source_url", &Value::from("https://files.slack.com/a.png")),
                ("file_name", &Value::from("a.png")),
                ("slack_file_id", &Value::from("F1")),
            ]
        );
    }

    #[test]
    fn what_is_lost_of_a_file_has_a_name() {
        let check = |file: &str, expected: &str| {
            let json = format!(r#"{{"files":[{file}]}}"#);
            let message: Message<'_> = serde_json::from_str(&json).unwrap();
            let (_, fate) = of(&message).next().unwrap();
            let (Fate::Kept(_, loss) | Fate::Lost(loss)) = fate;
            assert_eq!(loss.kind, expected, "{file}");
        };
        check(r#"{"id":"F1","mode":"tombstone"}"#, "slack.file_deleted");
        check(
            r#"{"id":"F1","mode":"hidden_by_limit"}"#,
            "slack.file_hidden_by_limit",
        );
        check(
            r#"{"id":"F1","file_access":"access_denied"}"#,
            "slack.file_access_denied",
        );
        check(
            r#"{"id":"F1","file_access":"check_file_info"}"#,
            "slack.file_access_denied",
        );
        check(
            r#"{"mode":"external","url_private":"https://a.b"}"#,
            "slack.file_elsewhere",
        );
        check(
            r#"{"id":"F1","file_access":"visible"}"#,
            "slack.file_needs_login",
        );
    }

    #[test]
    fn the_old_single_file_counts_unless_it_is_listed_as_well() {
        let check = |json: &str, expected: usize| {
            let message: Message<'_> = serde_json::from_str(json).unwrap();
            assert_eq!(of(&message).count(), expected);
        };
        check(r#"{"file":{"id":"F1"}}"#, 1);
        check(r#"{"file":{"id":"F1"},"files":[{"id":"F1"}]}"#, 1);
        check(r#"{"file":{"id":"F1"},"files":[null,{"id":"F2"}]}"#, 2);
        check(r#"{"file":null,"files":null}"#, 0);
    }
}
