//! What is done to cells, read from TOML.

use anyhow::Result;
use migrate_model::shape::Shape;
use migrate_model::wording;

use crate::document::{Document, Entry};
use crate::mapping::{Line, Section, SectionKind};
use crate::names::{self, Holds};
use crate::template;
use crate::time_form::{TimeForm, Unit};
use crate::transform::{Blob, Lookup, Source, Transform, Unescape};

/// The keys of a transform.
pub(crate) const KEYS: &[&str] = &[
    "column",
    "columns",
    "const",
    "template",
    "path",
    "hash",
    "optional",
    "blob",
    "trim",
    "null_if",
    "unescape",
    "strip_prefix",
    "lower",
    "split",
    "json",
    "counts",
    "map",
    "lookup",
    "by",
    "time",
    "number",
    "bool",
];

pub(crate) const BLOBS: &[(Blob, &str)] = &[(Blob::AppleAttributed, "apple_attributed")];

pub(crate) const UNESCAPES: &[(Unescape, &str)] = &[
    (Unescape::Backslash, "backslash"),
    (Unescape::Formula, "formula"),
    (Unescape::Arithmetic, "arithmetic"),
    (Unescape::Html, "html"),
];

/// Times by name; a text with `%` is a pattern.
pub(crate) const TIMES: &[(TimeForm, &str)] = &[
    (TimeForm::Auto, "auto"),
    (TimeForm::DayFirst, "day_first"),
    (TimeForm::MonthFirst, "month_first"),
    (TimeForm::Rfc3339, "rfc3339"),
    (TimeForm::Epoch(Some(Unit::Seconds)), "epoch_s"),
    (TimeForm::Epoch(Some(Unit::Milliseconds)), "epoch_ms"),
    (TimeForm::Epoch(Some(Unit::Microseconds)), "epoch_us"),
    (TimeForm::Epoch(Some(Unit::Nanoseconds)), "epoch_ns"),
    (TimeForm::Epoch(None), "epoch_auto"),
    (TimeForm::Slack, "slack"),
    (TimeForm::Apple(Some(Unit::Seconds)), "apple_s"),
    (TimeForm::Apple(Some(Unit::Nanoseconds)), "apple_ns"),
    (TimeForm::Apple(None), "apple_auto"),
    (TimeForm::Excel, "excel"),
    (TimeForm::DotnetTicks, "dotnet_ticks"),
    (TimeForm::FileTime, "filetime"),
    (TimeForm::Webkit, "webkit"),
    (TimeForm::Julian, "julian"),
    (TimeForm::DiscordId, "discord_id"),
];

/// What is done for a field of the model.
///
/// # Errors
/// If it is not as it should be, or makes no sense for what the field holds.
pub(crate) fn of_field(document: &Document<'_>, it: &Entry<'_>, holds: Holds) -> Result<Transform> {
    let transform = read(document, it, None)?;
    fitting(document, it, &transform, holds)?;
    check_keys(document, it, &transform, holds)?;
    Ok(transform)
}

/// What is done for a custom field; without anything else it is the column of its name.
///
/// # Errors
/// If it is not as it should be.
pub(crate) fn custom(document: &Document<'_>, it: &Entry<'_>) -> Result<Transform> {
    let transform = read(document, it, Some(it.key))?;
    let types = [
        transform.number,
        transform.bool,
        transform.json,
        transform.split.is_some(),
        transform.time.is_some(),
    ];
    if types.into_iter().filter(|it| *it).count() > 1 {
        let text = "a custom field has one of `number`, `bool`, `json`, `split` and `time`";
        return Err(document.error(it.line, text));
    }
    if transform.counts.is_some() {
        return Err(document.error(it.line, "`counts` is for the field `reactions`"));
    }
    Ok(transform)
}

fn read(document: &Document<'_>, it: &Entry<'_>, column: Option<&str>) -> Result<Transform> {
    let mut transform = Transform {
        line: Line(it.line),
        ..Transform::default()
    };
    let value = it.value.get_ref();
    if value.is_str() {
        transform.source = Source::Column(document.some_text(it)?.to_owned());
        return Ok(transform);
    }
    if value.is_array() {
        transform.source = columns(document, it)?;
        return Ok(transform);
    }
    let mut source = None;
    let mut by = None;
    let mut looks_up = None;
    for entry in document.table_of(it)? {
        if let Some(found) = source_of(document, &entry)? {
            if source.replace(found).is_some() {
                let text = "a field has one of `column`, `columns`, `const`, `template`, `path` and `hash`";
                return Err(document.error(entry.line, text));
            }
            continue;
        }
        match entry.key {
            "lookup" => {
                let sections = [SectionKind::Users, SectionKind::Channels];
                let sections = sections.map(|kind| (kind, kind.name()));
                looks_up = Some((entry.line, document.word(&entry, &sections)?));
            }
            "by" => by = Some(document.some_text(&entry)?.to_owned()),
            _ => step(document, &entry, &mut transform)?,
        }
    }
    transform.lookup = match (looks_up, by) {
        (Some((_, section)), Some(by)) => Some(Lookup { section, by }),
        (None, None) => None,
        _ => {
            let text = "`lookup` and `by` go together: `lookup = \"users\", by = \"email\"`";
            return Err(document.error(it.line, text));
        }
    };
    let source = source.or_else(|| column.map(|name| Source::Column(name.to_owned())));
    transform.source = source.ok_or_else(|| {
        let text = format!(
            "`{}` does not say what it is made from; write `column = \"…\"`",
            wording::safe(it.key, 40)
        );
        document.error(it.line, text)
    })?;
    Ok(transform)
}

fn columns(document: &Document<'_>, it: &Entry<'_>) -> Result<Source> {
    let columns = document.texts(it)?;
    if columns.is_empty() {
        return Err(document.error(it.line, "a list of columns needs at least one"));
    }
    Ok(Source::Columns(columns))
}

fn source_of(document: &Document<'_>, it: &Entry<'_>) -> Result<Option<Source>> {
    let source = match it.key {
        "column" => Source::Column(document.some_text(it)?.to_owned()),
        "columns" => columns(document, it)?,
        "const" => Source::Const(document.any_text(it)?),
        "template" => {
            let text = document.some_text(it)?;
            let pieces = template::pieces(text);
            pieces.map_err(|fault| document.error(it.line, format!("`template`: {fault}")))?;
            Source::Template(text.to_owned())
        }
        "path" => Source::Path(document.some_text(it)?.to_owned()),
        "hash" => {
            let fields = document.texts(it)?;
            if fields.is_empty() {
                return Err(document.error(it.line, "`hash` needs at least one field"));
            }
            Source::Hash(fields)
        }
        _ => return Ok(None),
    };
    Ok(Some(source))
}

fn step(document: &Document<'_>, it: &Entry<'_>, transform: &mut Transform) -> Result<()> {
    match it.key {
        "optional" => transform.optional = document.flag(it)?,
        "blob" => transform.blob = Some(document.word(it, BLOBS)?),
        "trim" => transform.trim = document.flag(it)?,
        "null_if" => transform.null_if = document.texts(it)?,
        "unescape" => transform.unescape = unescapes(document, it)?,
        "strip_prefix" => transform.strip_prefix = Some(document.some_text(it)?.to_owned()),
        "lower" => transform.lower = document.flag(it)?,
        "split" => transform.split = Some(document.some_text(it)?.to_owned()),
        "json" => transform.json = document.flag(it)?,
        "counts" => {
            let form = document.some_text(it)?;
            if !crate::counts::is_form(form) {
                let text = "`counts` shows how one is written, with `name` for what and `n` for how many, such as `name (n)`, `name:n` or `n name`";
                return Err(document.error(it.line, text));
            }
            transform.counts = Some(form.to_owned());
        }
        "map" => {
            for it in document.table_of(it)? {
                let value = document.any_text(&it)?;
                transform.map.push((it.key.to_owned(), value));
            }
        }
        "time" => transform.time = Some(time(document, it)?),
        "number" => transform.number = document.flag(it)?,
        "bool" => transform.bool = document.flag(it)?,
        _ => return Err(document.unknown_key(it, "key", KEYS)),
    }
    Ok(())
}

fn unescapes(document: &Document<'_>, it: &Entry<'_>) -> Result<Vec<Unescape>> {
    let words = document.texts(it)?;
    let found = words.iter().map(|word| {
        let known = UNESCAPES.iter().find(|(_, name)| name == word);
        known.map(|(it, _)| *it).ok_or_else(|| {
            let names: Vec<&str> = UNESCAPES.iter().map(|(_, name)| *name).collect();
            let otherwise = format!(", expected {}", wording::list(&names));
            let text = wording::unknown("word", word, &names, &otherwise);
            document.error(it.line, format!("`unescape`: {text}"))
        })
    });
    found.collect()
}

fn time(document: &Document<'_>, it: &Entry<'_>) -> Result<TimeForm> {
    let word = document.some_text(it)?;
    if let Some((form, _)) = TIMES.iter().find(|(_, name)| *name == word) {
        return Ok(form.clone());
    }
    if word.contains('%') {
        let fault = crate::strptime::fault(word);
        return match fault {
            Some(fault) => Err(document.error(it.line, format!("`time`: {fault}"))),
            None => Ok(TimeForm::Pattern(word.to_owned())),
        };
    }
    let names: Vec<&str> = TIMES.iter().map(|(_, name)| *name).collect();
    let otherwise = format!(
        ", expected one of {} or a pattern such as `%d.%m.%Y %H:%M`",
        wording::list(&names)
    );
    let text = wording::unknown("word", word, &names, &otherwise);
    Err(document.error(it.line, format!("`time`: {text}")))
}

/// Whether the steps make sense for what the field holds.
fn fitting(
    document: &Document<'_>,
    it: &Entry<'_>,
    transform: &Transform,
    holds: Holds,
) -> Result<()> {
    let is = |shapes: &[Shape]| matches!(holds, Holds::Shape(shape) if shapes.contains(&shape));
    let is_list = is(&[Shape::Texts, Shape::Numbers, Shape::Attachments]);
    let is_split = is_list || [Holds::Reactions, Holds::Members].contains(&holds);
    let is_reactions = holds == Holds::Reactions;
    let wrong = [
        (
            transform.time.is_some() && !is(&[Shape::Time]),
            "time",
            "a time",
        ),
        (
            transform.number && !is(&[Shape::Integer, Shape::Number]),
            "number",
            "a number",
        ),
        (
            transform.bool && !is(&[Shape::Flag]),
            "bool",
            "true or false",
        ),
        (transform.split.is_some() && !is_split, "split", "a list"),
        (
            transform.json && !is_list && !is_reactions,
            "json",
            "a list",
        ),
        (
            transform.counts.is_some() && !is_reactions,
            "counts",
            "reactions",
        ),
    ];
    if let Some((_, key, what)) = wrong.into_iter().find(|(is_wrong, ..)| *is_wrong) {
        let field = wording::safe(it.key, 40);
        let text = format!("`{key}` is for fields that hold {what}, and `{field}` does not");
        return Err(document.error(it.line, text));
    }
    Ok(())
}

/// Whether the keys of JSON are given for fields that there are. Without `json` other values may be
/// meant by `map`.
fn check_keys(
    document: &Document<'_>,
    it: &Entry<'_>,
    transform: &Transform,
    holds: Holds,
) -> Result<()> {
    let names: Vec<&str> = match holds {
        Holds::Reactions => vec!["reaction_type", "user_id", "count"],
        Holds::Shape(Shape::Attachments) => {
            let names = names::of_attachment().into_iter();
            names.map(|(name, _)| name).collect()
        }
        _ => return Ok(()),
    };
    if !transform.json {
        return Ok(());
    }
    for map in document.table_of(it)?.iter().filter(|it| it.key == "map") {
        let entries = document.table_of(map)?;
        let unknown = entries.iter().find(|it| !names.contains(&it.key));
        if let Some(unknown) = unknown {
            return Err(document.unknown_key(unknown, "field", &names));
        }
    }
    Ok(())
}

/// What can only be known of the whole section.
///
/// # Errors
/// If a field is made from one that is not there, or from a part of the path that has no name.
pub(crate) fn check(
    document: &Document<'_>,
    section: &Section,
    known: &[&str],
    captures: &[&str],
) -> Result<()> {
    let custom = section.custom.iter().filter_map(|(_, it)| it.as_ref());
    let lists = [
        &section.fields,
        &section.attachment,
        &section.reaction,
        &section.pin,
    ];
    let named = lists.into_iter().flatten().map(|field| &field.value);
    for transform in named.chain(custom) {
        match &transform.source {
            Source::Path(name) if !captures.contains(&name.as_str()) => {
                let otherwise = "; name it in `files`, as in `files = \"{channel}/*.csv\"`";
                let text = wording::unknown("part of the path", name, captures, otherwise);
                return Err(document.error(transform.line.0, text));
            }
            Source::Hash(fields) => {
                let mut id = section.fields.iter().filter(|field| field.name == "id");
                let is_id = id.any(|id| std::ptr::eq(&id.value, transform));
                if section.kind != SectionKind::Messages || !is_id {
                    let text = "`hash` makes an `id` of a message and nothing else";
                    return Err(document.error(transform.line.0, text));
                }
                for name in fields {
                    hashed(document, section, transform, known, name)?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn hashed(
    document: &Document<'_>,
    section: &Section,
    transform: &Transform,
    known: &[&str],
    name: &str,
) -> Result<()> {
    let line = transform.line.0;
    let field = section.fields.iter().find(|field| field.name == name);
    match field.map(|field| &field.value.source) {
        None if !known.contains(&name) => {
            let text = wording::unknown("field", name, known, "");
            Err(document.error(line, format!("`hash`: {text}")))
        }
        // The columns of the query may have it.
        None if section.is_query() => Ok(()),
        None => {
            let text = format!("`hash`: the section does not say `{name}`");
            Err(document.error(line, text))
        }
        Some(Source::Hash(_)) => {
            let text = format!("`hash`: `{name}` is a hash itself");
            Err(document.error(line, text))
        }
        Some(_) => Ok(()),
    }
}
