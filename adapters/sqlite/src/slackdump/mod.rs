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
use migrate_model::{LossKind, Opt, Options, Source};

use crate::slackdump::schema::Schema;
use crate::slackdump::source::Slackdump;
use crate::slackdump::store::{Lent, Store};
use crate::{Database, Table};

/// How slackdump calls its database in the folder of an archive.
const DATABASE: &str = "slackdump.sqlite";

/// An option that every database has, and exports as well.
const SHARED: &str = "skip-unreadable";

/// The options that only such a database has: those of exports.
pub const OPTIONS: [Opt; OPTION_COUNT] = options();

/// Every kind of loss that such a database may have.
pub const LOSSES: [LossKind; LOSS_COUNT] = joined_losses();

const OPTION_COUNT: usize = migrate_slack::OPTIONS.len() - 1;
const LOSS_COUNT: usize = losses::ALL.len() + migrate_slack::LOSSES.len();

/// Whether slackdump made a database.
pub fn fits(tables: &[Table]) -> bool {
    Schema::of(tables).is_some()
}

/// The database in the folder of an archive.
pub fn database_in(folder: &Path) -> Option<PathBuf> {
    let path = folder.join(DATABASE);
    path.is_file().then_some(path)
}

/// Opens a database that [`fits`]; `path` is where it lies, beside which downloaded files are looked
/// for if an option asks about them, and `shown` is what people call it. The options are
/// [`OPTIONS`], and `skip-unreadable`.
///
/// # Errors
/// If it is another database or damaged, an option has a value that cannot be used, or reading is
/// stopped.
pub fn open(
    database: Database,
    path: &Path,
    shown: &str,
    options: &Options,
) -> Result<Box<dyn Source>> {
    let tables = database.tables()?;
    let schema = Schema::of(&tables)
        .with_context(|| format!("`{shown}` is no database of slackdump: it has other tables"))?;
    let wants_files = ["file-list", "file-url-prefix"].map(|it| options.get(it).is_some());
    let uploads = match wants_files.contains(&true) {
        true => uploads::beside(path),
        false => Vec::new(),
    };
    let store = Arc::new(Store::new(database, schema, uploads)?);
    let files = Box::new(Lent(Arc::clone(&store)));
    let export = migrate_slack::open(files, shown, options)?;
    Ok(Box::new(Slackdump { export, store }))
}

/// Fails if an option is given that only a database of slackdump has.
///
/// # Errors
/// One line that names the option.
pub fn refuse_options(options: &Options) -> Result<()> {
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

const fn options() -> [Opt; OPTION_COUNT] {
    let all = migrate_slack::OPTIONS;
    let mut others = [all[0]; OPTION_COUNT];
    let (mut from, mut to) = (0, 0);
    while from < all.len() {
        if !is_same(all[from].name, SHARED) {
            others[to] = all[from];
            to += 1;
        }
        from += 1;
    }
    others
}

const fn joined_losses() -> [LossKind; LOSS_COUNT] {
    let mut all = [losses::ALL[0]; LOSS_COUNT];
    let mut at = 0;
    while at < LOSS_COUNT {
        all[at] = match at < losses::ALL.len() {
            true => losses::ALL[at],
            false => migrate_slack::LOSSES[at - losses::ALL.len()],
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
