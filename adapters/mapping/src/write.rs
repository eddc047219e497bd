//! Mapping files, written as TOML with comments.

use std::fmt::Write as _;

use migrate_model::Outcome;

use crate::declared::Declared;
use crate::mapping::{
    Condition, Csv, Delimiter, Field, Header, Input, Mapping, RepeatedIds, Section, SectionKind,
    Test,
};
use crate::pattern::Pattern;
use crate::read::{
    BAD_ROWS, MENTIONS, MESSAGE_IDS, OUTCOMES, REPEATED_IDS, SOURCES, TEXT_FORMATS,
    UNKNOWN_COLUMNS, VERSION,
};
use crate::read_transform::{BLOBS, TIMES, UNESCAPES};
use crate::time_form::TimeForm;
use crate::transform::{Source, Transform};

impl Mapping {
    /// The mapping as TOML, with comments; reading it gives the same mapping.
    pub fn to_toml(&self) -> String {
        let mut out = String::new();
        line(&mut out, "version", VERSION);
        if let Some(source) = self.source {
            line(&mut out, "source", &quoted(word(SOURCES, source)));
        }
        if let Some(origin) = &self.origin {
            out.push_str("# what made users are called by, as in NAME-unknown\n");
            line(&mut out, "origin", &quoted(origin));
        }
        if !self.id_prefix.is_empty() {
            out.push_str("# stands before every id\n");
            line(&mut out, "id_prefix", &quoted(&self.id_prefix));
        }
        match self.timezone {
            Some(zone) => line(&mut out, "timezone", &quoted(&zone.to_string())),
            None => out.push_str(
                "# the zone of times that name none; without this they count as UTC\n# timezone = \"Europe/Berlin\"\n",
            ),
        }
        out.push_str("# columns that no field names: custom, ignore or error\n");
        let word_of = word(UNKNOWN_COLUMNS, self.unknown_columns);
        line(&mut out, "unknown_columns", &quoted(word_of));
        out.push_str("# whether ids of messages are unique everywhere: auto, global or channel\n");
        line(
            &mut out,
            "message_ids",
            &quoted(word(MESSAGE_IDS, self.message_ids)),
        );
        csv(&mut out, "csv", &self.csv);
        if !self.tables.is_empty() {
            out.push_str("\n[tables]\n");
            for (name, file) in &self.tables {
                line(&mut out, &key(name), &quoted(file));
            }
        }
        losses(&mut out, &self.losses);
        for it in &self.sections {
            section(&mut out, it);
        }
        out
    }
}

fn losses(out: &mut String, all: &[Declared]) {
    if all.is_empty() {
        return;
    }
    out.push_str("\n# what rows may say is lost of them, or takes their place\n[losses]\n");
    for it in all {
        let text = quoted(&it.text);
        let value = match it.outcome {
            Outcome::LeftOut => text,
            outcome => {
                let outcome = quoted(word(OUTCOMES, outcome));
                format!("{{ text = {text}, outcome = {outcome} }}")
            }
        };
        line(out, &key(it.kind), &value);
    }
}

fn csv(out: &mut String, name: &str, it: &Csv) {
    if *it == Csv::default() {
        return;
    }
    let _ = write!(out, "\n[{name}]\n");
    match it.delimiter {
        Some(Delimiter::Auto) => line(out, "delimiter", "\"auto\""),
        Some(Delimiter::Char(c)) => line(out, "delimiter", &quoted(&c.to_string())),
        None => {}
    }
    if let Some(encoding) = &it.encoding {
        line(out, "encoding", &quoted(encoding));
    }
    match &it.header {
        Some(Header::FirstRow) => line(out, "header", "true"),
        Some(Header::Absent) => line(out, "header", "false"),
        Some(Header::Names(names)) => line(out, "header", &list(names)),
        None => {}
    }
    if let Some(skipped) = it.skip_lines {
        line(out, "skip_lines", &skipped.to_string());
    }
    if let Some(values) = &it.null_values {
        line(out, "null_values", &list(values));
    }
    if let Some(bad_rows) = it.bad_rows {
        line(out, "bad_rows", &quoted(word(BAD_ROWS, bad_rows)));
    }
    match it.quote {
        Some(Some(c)) => line(out, "quote", &quoted(&c.to_string())),
        Some(None) => line(out, "quote", "\"none\""),
        None => {}
    }
    if let Some(c) = it.escape {
        line(out, "escape", &quoted(&c.to_string()));
    }
}

fn section(out: &mut String, it: &Section) {
    let name = it.kind.name();
    let _ = write!(out, "\n# {}\n[[{name}]]\n", about(it));
    match &it.input {
        Input::Unsaid => {}
        Input::Files(all) => patterns(out, "files", all),
        Input::Table(name) => line(out, "table", &quoted(name)),
        Input::Query(query) => line(out, "query", &long(query)),
        Input::QueryFile(file) => line(out, "query_file", &quoted(file)),
        Input::Messages => line(out, "from", "\"messages\""),
    }
    if !it.except.is_empty() {
        patterns(out, "except", &it.except);
    }
    if let Some(table) = &it.range {
        line(out, "range", &quoted(table));
    }
    if it.text_format != crate::mapping::TextFormat::default() {
        line(
            out,
            "text_format",
            &quoted(word(TEXT_FORMATS, it.text_format)),
        );
    }
    if let Some(mentions) = it.mentions {
        line(out, "mentions", &quoted(word(MENTIONS, mentions)));
    }
    match it.filter.as_slice() {
        [] => {}
        [only] => line(out, "where", &condition(only)),
        all => {
            let all: Vec<String> = all.iter().map(condition).collect();
            line(out, "where", &format!("[{}]", all.join(", ")));
        }
    }
    if let Some(loss) = &it.loss {
        line(out, "loss", &transform(loss));
    }
    if !it.group_by.is_empty() {
        line(out, "group_by", &list(&it.group_by));
    }
    if it.repeated_ids != RepeatedIds::default() {
        let repeated_ids = word(REPEATED_IDS, it.repeated_ids);
        line(out, "repeated_ids", &quoted(repeated_ids));
    }
    fields(out, &it.fields);
    csv(out, &format!("{name}.csv"), &it.csv);
    for (table, all) in [
        ("attachment", &it.attachment),
        ("reaction", &it.reaction),
        ("pin", &it.pin),
    ] {
        if !all.is_empty() {
            let _ = write!(out, "\n[{name}.{table}]\n");
            fields(out, all);
        }
    }
    if !it.custom.is_empty() {
        let _ = write!(
            out,
            "\n# what the model has no field for; `false` leaves a column out\n[{name}.custom]\n"
        );
        for (name, value) in &it.custom {
            let value = value.as_ref().map_or_else(|| "false".to_owned(), transform);
            line(out, &key(name), &value);
        }
    }
}

fn patterns(out: &mut String, key: &str, all: &[Pattern]) {
    match all {
        [only] => line(out, key, &quoted(&only.0)),
        all => {
            let all: Vec<String> = all.iter().map(|it| it.0.clone()).collect();
            line(out, key, &list(&all));
        }
    }
}

/// What a section is, for a comment.
fn about(it: &Section) -> &'static str {
    match (it.kind, &it.input) {
        (SectionKind::Users, Input::Messages) => "whoever writes messages",
        (SectionKind::Channels, Input::Messages) => "whatever messages are written in",
        (SectionKind::Members, Input::Messages) => "whoever writes in a channel is a member of it",
        (SectionKind::Users, _) => "one user a row",
        (SectionKind::Channels, _) => "one channel a row",
        (SectionKind::Members, _) => "one member of a channel a row",
        (SectionKind::Messages, _) if !it.group_by.is_empty() => {
            "rows that are one message together"
        }
        (SectionKind::Messages, _) => "one message a row",
        (SectionKind::Reactions, _) => "one reaction a row",
        (SectionKind::Attachments, _) => "one attachment of a message a row",
    }
}

fn fields(out: &mut String, all: &[Field]) {
    for field in all {
        line(out, field.name, &transform(&field.value));
    }
}

pub(crate) fn transform(it: &Transform) -> String {
    let plain = Transform {
        source: it.source.clone(),
        ..Transform::default()
    };
    if *it == plain {
        match &it.source {
            Source::Column(name) => return quoted(name),
            Source::Columns(names) => return list(names),
            _ => {}
        }
    }
    let mut keys: Vec<(&str, String)> = vec![source(&it.source)];
    let mut push = |is_set: bool, key, value: &dyn Fn() -> String| {
        if is_set {
            keys.push((key, value()));
        }
    };
    let yes = || "true".to_owned();
    push(it.optional, "optional", &yes);
    if let Some(blob) = it.blob {
        push(true, "blob", &|| quoted(word(BLOBS, blob)));
    }
    push(it.trim, "trim", &yes);
    push(!it.null_if.is_empty(), "null_if", &|| list(&it.null_if));
    push(!it.unescape.is_empty(), "unescape", &|| {
        let words = it.unescape.iter().map(|it| word(UNESCAPES, *it).to_owned());
        list(&words.collect::<Vec<_>>())
    });
    if let Some(prefix) = &it.strip_prefix {
        push(true, "strip_prefix", &|| quoted(prefix));
    }
    push(it.lower, "lower", &yes);
    if let Some(separator) = &it.split {
        push(true, "split", &|| quoted(separator));
    }
    push(it.json, "json", &yes);
    if let Some(form) = &it.counts {
        push(true, "counts", &|| quoted(form));
    }
    push(!it.map.is_empty(), "map", &|| {
        let pairs = { it.map.iter() }.map(|(from, to)| format!("{} = {}", key(from), quoted(to)));
        format!("{{ {} }}", pairs.collect::<Vec<_>>().join(", "))
    });
    if let Some(lookup) = &it.lookup {
        push(true, "lookup", &|| quoted(lookup.section.name()));
        push(true, "by", &|| quoted(&lookup.by));
    }
    if let Some(form) = &it.time {
        push(true, "time", &|| quoted(&time(form)));
    }
    push(it.number, "number", &yes);
    push(it.bool, "bool", &yes);
    let pairs: Vec<String> = keys
        .iter()
        .map(|(key, value)| format!("{key} = {value}"))
        .collect();
    format!("{{ {} }}", pairs.join(", "))
}

fn source(it: &Source) -> (&'static str, String) {
    match it {
        Source::Column(name) => ("column", quoted(name)),
        Source::Columns(names) => ("columns", list(names)),
        Source::Const(text) => ("const", quoted(text)),
        Source::Template(text) => ("template", quoted(text)),
        Source::Path(name) => ("path", quoted(name)),
        Source::Hash(fields) => ("hash", list(fields)),
    }
}

/// What a way to write times is called in a mapping file.
pub(crate) fn time(form: &TimeForm) -> String {
    match form {
        TimeForm::Pattern(pattern) => pattern.clone(),
        form => {
            let found = TIMES.iter().find(|(it, _)| it == form);
            // `epoch_auto` and its like have names as well, so that every form has one.
            found.map_or("auto", |(_, name)| name).to_owned()
        }
    }
}

pub(crate) fn condition(it: &Condition) -> String {
    let test = match &it.test {
        Test::In(values) => format!("in = {}", list(values)),
        Test::NotIn(values) => format!("not_in = {}", list(values)),
        Test::Empty(is_empty) => format!("empty = {is_empty}"),
    };
    format!("{{ column = {}, {test} }}", quoted(&it.column))
}

fn line(out: &mut String, key: &str, value: &str) {
    let _ = writeln!(out, "{key} = {value}");
}

/// The word for a value; all values have one.
fn word<T: PartialEq>(words: &[(T, &'static str)], it: T) -> &'static str {
    let found = words.iter().find(|(value, _)| *value == it);
    found.map_or("", |(_, word)| word)
}

fn list(texts: &[String]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
    format!("[{}]", texts.join(", "))
}

/// A key, in quotes where it needs them.
fn key(name: &str) -> String {
    let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    match !name.is_empty() && name.bytes().all(is_bare) {
        true => name.to_owned(),
        false => quoted(name),
    }
}

/// Text over several lines, as it is where TOML allows that.
fn long(text: &str) -> String {
    let is_plain = |c: char| c == '\n' || c == '\t' || !c.is_control();
    let fits = text.contains('\n') && !text.contains("'''") && !text.ends_with('\'');
    match fits && text.chars().all(is_plain) {
        true => format!("'''\n{text}'''"),
        false => quoted(text),
    }
}

/// A TOML string.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if c.is_control() => _ = write!(out, "\\u{:04X}", u32::from(c)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
