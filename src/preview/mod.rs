//! The preview: what will be there after the import, and what will not.

pub(crate) mod build;
mod choose;
pub mod conversion;
mod entry;
pub mod files;
pub mod gather;
pub mod model;
pub mod page;
mod pool;
mod rows;
mod tally;

use std::path::Path;

use anyhow::{Context, Result};

use crate::shard::Shard;
use crate::staged::Staged;
use model::Preview;

/// How the page of a preview begins, white space apart.
pub const START: &str = "<!doctypehtml><!--migratepreview-->";

/// Writes the page of a preview; it gets its name when what is returned is published.
///
/// # Errors
/// If the file cannot be written.
pub fn stage(
    preview: &Preview,
    include_profile: bool,
    path: &Path,
    shard: Option<Shard>,
) -> Result<Staged> {
    let mut page = Vec::new();
    let settings = page::Settings {
        include_profile,
        shard,
    };
    page::write(preview, settings, &mut page)?;
    Staged::new(path, shard, &page)
        .with_context(|| format!("could not write the preview `{}`", path.display()))
}
