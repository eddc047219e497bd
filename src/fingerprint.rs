//! What decides what a run writes, as one number: shards in which it differs do not add up.

use std::fmt::{self, Write};
use std::fs;
use std::path::Path;

use anyhow::Result;
use migrate_model::{Adapter, Options};
use sha2::{Digest, Sha256};

use crate::convert::Plan;
use crate::file_list;
use crate::parts::by_content;

/// The hash of what decides what is written of a source, in 64 hexadecimal digits: the adapter and
/// its options, the options that select and convert, what the user map and the people file hold,
/// and the version of this program. Where files stand, how large parts are, and what is written
/// beside them has no part in it.
///
/// # Errors
/// If a file cannot be read that an option of the adapter names.
pub fn of(adapter: &dyn Adapter, options: &Options, plan: &Plan) -> Result<String> {
    let about = adapter.about();
    let names = about.options.iter().map(|it| it.name);
    let given = names.filter_map(|name| Some((name, options.get(name)?)));
    let given = given.filter(|(name, _)| *name != file_list::OPTION);
    let given = given.map(|(name, value)| Ok((name, meaning(value)?)));
    let map = plan.user_map.as_ref().map(|map| (map.rows(), map.users()));
    let all = (
        (env!("CARGO_PKG_VERSION"), about.name),
        given.collect::<Result<Vec<_>>>()?,
        (plan.checks, &plan.defaults),
        (map, plan.mapped_users, &plan.selection, &plan.people),
    );
    let mut hasher = Hasher(Sha256::new());
    write!(hasher, "{all:?}")?;
    let mut text = String::new();
    for byte in hasher.0.finalize() {
        write!(text, "{byte:02x}")?;
    }
    Ok(text)
}

/// What a value says: of a file what it holds, wherever it stands.
fn meaning(value: &str) -> Result<String> {
    match fs::metadata(value) {
        Ok(it) if it.is_file() => by_content::checksum(Path::new(value)),
        _ => Ok(value.to_owned()),
    }
}

struct Hasher(Sha256);

impl Write for Hasher {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.update(text.as_bytes());
        Ok(())
    }
}
