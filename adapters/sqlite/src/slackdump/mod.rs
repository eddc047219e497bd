//! Databases of slackdump, which keep Slack's own JSON: they are read as the export of which they
//! hold the pieces, by the code that reads exports.
//!
//! [`fits`] tells such a database, and [`open`] makes a source of it. What users, messages and files
//! become is left to `migrate_slack`.

mod cells;
#[cfg(test)]
mod docs_tests;
mod lists;
mod losses;
mod members;
mod messages;
mod object;
mod schema;
mod source;
mod store;
#[cfg(test)]
mod tests;
mod uploads;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use migrate_mapping::Preset;
use migrate_model::{LossKind, Opt, Options, Source};

use crate::slackdump::schema::Schema;
use crate::slackdump::source::Slackdump;
use crate::slackdump::store::{Lent, Store};
use crate::source::Note;
use crate::{Database, Table};

/// How slackdump calls its database in the folder of an archive.
const DATABASE: &str = "slackdump.sqlite";

/// The options of exports that are none of such a database alone: every database has the second, and
/// the first is about files.
const LEFT: [&str; 2] = ["max-file-size", "skip-unreadable"];

/// The options that only such a database has: those of exports.
pub(crate) const OPTIONS: [Opt; migrate_slack::OPTIONS.len() - LEFT.len()] = options();

/// Every kind of loss that only such a database may have.
pub(crate) const LOSSES: [LossKind; losses::ALL.len() + migrate_slack::LOSSES.len()] =
    joined(losses::ALL, migrate_slack::LOSSES);

/// How presets list it, though there is no mapping that could be changed.
pub(crate) const PRESET: Preset = Preset {
    name: "slackdump",
    title: "archives of slackdump, read as exports of Slack",
    text: "# An archive of slackdump holds Slack's own JSON. It is read as an export of Slack by code, and\n\
           # not by a mapping that could be changed: `migrate sqlite slackdump.sqlite -o out.json`\n",
};

/// Whether slackdump made a database.
pub(crate) fn fits(tables: &[Table]) -> bool {
    Schema::of(tables).is_some()
}

/// The database in the folder of an archive.
pub(crate) fn database_in(folder: &Path) -> Option<PathBuf> {
    let path = folder.join(DATABASE);
    path.is_file().then_some(path)
}

/// An opened archive.
pub(crate) struct Archive {
    pub(crate) database: Database,
    /// Where it lies, beside which files that were downloaded are looked for if an option asks about
    /// them.
    pub(crate) path: PathBuf,
    /// What people call it.
    pub(crate) shown: String,
    /// What was lost by opening it.
    pub(crate) notes: Vec<Note>,
}

/// Makes a source of a database that [`fits`]. The options are [`OPTIONS`], and `skip-unreadable`.
///
/// # Errors
/// If it is another database or damaged, an option has a value that cannot be used, or reading is
/// stopped.
pub(crate) fn open(archive: Archive, options: &Options) -> Result<Box<dyn Source>> {
    let Archive {
        database,
        path,
        shown,
        notes,
    } = archive;
    let schema = Schema::of(&database.tables()?);
    let schema = schema.with_context(|| {
        format!(
            "`{shown}` is no database of slackdump, which has the tables `MESSAGE`, `CHUNK`, `CHANNEL` and `S_USER`: `migrate sqlite tables` shows what there is"
        )
    })?;
    let wants_files = ["file-list", "file-url-prefix"].map(|it| options.get(it).is_some());
    let uploads = match wants_files.contains(&true) {
        true => uploads::beside(&path),
        false => Vec::new(),
    };
    let store = Arc::new(Store::new(database, schema, uploads)?);
    let files = Box::new(Lent(Arc::clone(&store)));
    let export = migrate_slack::open(files, &format!("`{shown}`"), options)?;
    Ok(Box::new(Slackdump {
        export,
        store,
        notes,
    }))
}

/// Fails if an option is given that only a database of slackdump has.
///
/// # Errors
/// One line that names the option.
pub(crate) fn refuse_options(options: &Options) -> Result<()> {
    for opt in &OPTIONS {
        let given = options.get(opt.name);
        if given.is_some() && given != opt.default {
            bail!(
                "`--{}` is for the database of slackdump alone, and this is another: leave it away",
                opt.name
            );
        }
    }
    Ok(())
}

const fn options() -> [Opt; migrate_slack::OPTIONS.len() - LEFT.len()] {
    let all = migrate_slack::OPTIONS;
    let mut others = [all[0]; migrate_slack::OPTIONS.len() - LEFT.len()];
    let (mut from, mut to) = (0, 0);
    while from < all.len() {
        if !is_same(all[from].name, LEFT[0]) && !is_same(all[from].name, LEFT[1]) {
            others[to] = all[from];
            // Most databases are others, for which none of these is there.
            others[to].is_rare = true;
            to += 1;
        }
        from += 1;
    }
    others
}

/// One list behind the other; `COUNT` is how many there are in both.
pub(crate) const fn joined<T: Copy, const COUNT: usize>(first: &[T], second: &[T]) -> [T; COUNT] {
    let mut all = [first[0]; COUNT];
    let mut at = 0;
    while at < COUNT {
        all[at] = match at < first.len() {
            true => first[at],
            false => second[at - first.len()],
        };
        at += 1;
    }
    all
}

/// Whether two texts are equal, where the library's way cannot be used yet.
const fn is_same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut at = 0;
    while at < one.len() && at < other.len() && one[at] == other[at] {
        at += 1;
    }
    at == one.len() && at == other.len()
}
