//! The files that slackdump downloaded, which lie in a folder beside its database.

use std::fs;
use std::path::Path;

/// The folder of downloaded files, `__uploads/<file id>/<name>`.
const UPLOADS: &str = "__uploads";

/// The names of the files, from the folder of the database on, in order. What cannot be listed is
/// as good as not there.
pub(super) fn beside(database: &Path) -> Vec<String> {
    let Some(folder) = database.parent().map(|it| it.join(UPLOADS)) else {
        return Vec::new();
    };
    let mut names = Vec::new();
    for id in entries(&folder) {
        for name in entries(&folder.join(&id)) {
            names.push(format!("{UPLOADS}/{id}/{name}"));
        }
    }
    names.sort_unstable();
    names
}

fn entries(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect()
}
