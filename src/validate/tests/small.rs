//! Small import files in both spellings, made of lines. The library's tests and those of the
//! program share them.

use super::RuleSet;

/// A file in which nothing is wrong by either set: one entry a line, type and item. The ban does
/// not stand in an array.
const GOOD: &str = r#"
user {"id":"ann","name":"Ann","role":"user","teams":["red"],"created_at":"2020-01-01T00:00:00Z"}
user {"id":"bob","name":"Bob","teams":["red","blue"],"user_mutes":["ann"],"channel_mutes":["team:c1"]}
user {"id":"cy","teams":["red"]}
user {"id":"dee"}
device {"id":"token","user_id":"ann","push_provider_type":"apn","created_at":"2020-01-01T00:00:00Z"}
future_channel_ban {"target_id":"dee","created_by":"ann"}
channel {"id":"c1","type":"team","created_by":"ann","team":"red","name":"One"}
channel {"member_ids":["cy","ann"],"type":"messaging","created_by":"cy","team":"red"}
member {"channel_type":"team","channel_id":"c1","user_id":"ann"}
member {"channel_type":"team","channel_id":"c1","user_id":"bob"}
member {"channel_type":"messaging","channel_member_ids":["ann","cy"],"user_id":"ann"}
member {"channel_type":"messaging","channel_member_ids":["cy","ann"],"user_id":"cy"}
message {"id":"m1","channel_type":"team","channel_id":"c1","user":"ann","type":"regular","text":"hi @Bob","mentioned_users_ids":["bob"],"created_at":"2020-02-01T10:00:00Z","attachments":[{"type":"image","image_url":"https://pics.example/1.png"}]}
message {"id":"m2","channel_type":"team","channel_id":"c1","user":"bob","type":"reply","parent_id":"m1","show_in_channel":true,"text":"yes","created_at":"2020-02-01T10:00:01Z"}
message {"id":"m3","channel_type":"team","channel_id":"c1","user":"bob","type":"regular","quoted_message_id":"m2","text":"so","pinned_at":"2020-02-02T00:00:00Z","pinned_by_id":"ann","created_at":"2020-02-01T12:00:00+01:00"}
message {"id":"m4","channel_type":"team","channel_id":"c1","user":"cy","type":"deleted","deleted_at":"2020-02-03T00:00:00Z","created_at":"2020-02-01T13:00:00Z"}
message {"id":"d1","channel_type":"messaging","channel_member_ids":["ann","cy"],"user":"cy","type":"system","text":"in","created_at":"2019-02-01T11:00:00Z"}
reaction {"message_id":"m1","type":"+1::skin-tone-2","user_id":"bob","created_at":"2020-02-01T11:00:00Z"}
reaction {"message_id":"m2","type":"love","user_id":"ann","created_at":"2020-02-01T11:00:00Z"}
"#;

/// The two sets that files are held to.
pub(crate) const SETS: [RuleSet; 2] = [RuleSet::Classic, RuleSet::Current];

/// The lines of the good file.
pub(crate) fn good() -> Vec<String> {
    GOOD.trim().lines().map(str::to_owned).collect()
}

/// The good file with more lines, each behind the last of its type.
pub(crate) fn with(more: &str) -> Vec<String> {
    let mut lines = good();
    for line in long(more).lines() {
        let kind = kind_of(line);
        let last = lines.iter().rposition(|it| kind_of(it) == kind);
        let at = last.map_or(lines.len(), |last| last + 1);
        lines.insert(at, line.to_owned());
    }
    lines
}

/// A text in which `<N>` stands for N times an x, and `<N:text>` for N times the text with
/// commas between.
pub(crate) fn long(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('<') {
        out.push_str(before);
        let (token, behind) = behind.split_once('>').expect("a `<` has its `>`");
        match token.split_once(':') {
            Some((count, text)) => {
                let count = count.parse().expect("a number");
                out.push_str(&vec![text; count].join(","));
            }
            None => out.push_str(&"x".repeat(token.parse().expect("a number"))),
        }
        rest = behind;
    }
    out + rest
}

fn kind_of(line: &str) -> &str {
    line.split_once(' ').map_or(line, |(kind, _)| kind)
}

/// One line as an entry.
pub(crate) fn entry(set: RuleSet, line: &str) -> String {
    let (kind, item) = line.split_once(' ').expect("a line has a type and an item");
    match set {
        RuleSet::Classic => format!(r#"{{"type":"{kind}","item":{item}}}"#),
        _ => format!(r#"{{"type":"{kind}","data":{item}}}"#),
    }
}

/// The file that holds some lines.
pub(crate) fn file<S: AsRef<str>>(set: RuleSet, lines: &[S]) -> String {
    let lines = lines.iter().map(AsRef::as_ref);
    let lines = lines.filter(|it| set != RuleSet::Classic || kind_of(it) != "future_channel_ban");
    let entries: Vec<String> = lines.map(|line| entry(set, line)).collect();
    match set {
        RuleSet::Classic => format!("[\n{}\n]\n", entries.join(",\n")),
        _ => entries.join("\n") + "\n",
    }
}
