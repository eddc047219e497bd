//! Tells an export that can be read from one that cannot, and says what to do.

use std::path::Path;

use anyhow::{Result, bail};
use migrate_archive::Archive;

use crate::conversation::List;

/// What stands at the top of an export.
pub(crate) const ROOTS: [&str; 7] = [
    "users.json",
    List::Channels.file(),
    List::Groups.file(),
    List::Mpims.file(),
    List::Dms.file(),
    ORG_USERS,
    "integration_logs.json",
];

const ORG_USERS: &str = "org_users.json";

/// Fails for everything but the export of one workspace.
///
/// # Errors
/// One line that says what was found and what to give instead.
pub(crate) fn check(archive: &Archive, path: &Path) -> Result<()> {
    let shown = path.display();
    let names = || (0..archive.len()).map(|entry| archive.name(entry));
    let has_teams = names().any(is_in_team);
    if has_teams && archive.find(ORG_USERS).is_some() || names().any(is_list_of_team) {
        bail!(
            "`{shown}` is an Enterprise Grid export of several workspaces: unpack it and give each folder below `teams` alone"
        );
    }
    let has_list = ROOTS.iter().any(|root| archive.find(root).is_some());
    if has_list || names().any(|name| day_folder(name).is_some()) {
        return Ok(());
    }
    if archive.is_empty() {
        bail!(
            "`{shown}` holds no files: give the zip that Slack made, or the folder it unpacks to"
        );
    }
    if names().any(|name| name.ends_with(".json.gz")) {
        bail!(
            "`{shown}` is an archive of slackdump, not an export: let `slackdump convert` make an export of it and give that"
        );
    }
    if names().any(is_conversation_as_text) {
        bail!(
            "`{shown}` is a single-user export in text form, which holds too little to be converted: ask Slack for the JSON form"
        );
    }
    if names().any(is_day_file) {
        bail!(
            "`{shown}` holds the files of one conversation only: give the whole export, which is the folder above it"
        );
    }
    let example = archive.name(0).escape_debug();
    bail!(
        "`{shown}` holds none of the files of a Slack export, but others such as `{example}`: give the zip that Slack made, with `users.json`, `channels.json` and a folder for each channel, or the folder it unpacks to"
    );
}

/// The folder of a conversation's file, `<folder>/<file>.json`.
pub(crate) fn conversation_folder(name: &str) -> Option<(&str, &str)> {
    let (folder, file) = name.split_once('/')?;
    let is_json = file.ends_with(".json") && !file.contains('/');
    // Uploaded files may be JSON as well, and some tools put them here.
    let is_conversation = !folder.is_empty() && !folder.starts_with(['.', '_']);
    (is_json && is_conversation).then_some((folder, file))
}

/// The folder of a file that is named by its day.
fn day_folder(name: &str) -> Option<&str> {
    let (folder, file) = conversation_folder(name)?;
    is_day_file(file).then_some(folder)
}

/// Whether a name is `2024-01-31.json`.
fn is_day_file(name: &str) -> bool {
    let Some(day) = name.strip_suffix(".json") else {
        return false;
    };
    day.len() == 10
        && day.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}

fn is_in_team(name: &str) -> bool {
    let inner = name.strip_prefix("teams/");
    inner.is_some_and(|inner| inner.contains('/'))
}

fn is_list_of_team(name: &str) -> bool {
    let inner = name.strip_prefix("teams/").unwrap_or_default();
    let file = inner.split_once('/').map_or("", |(_, file)| file);
    matches!(file, "users.json" | "channels.json")
}

fn is_conversation_as_text(name: &str) -> bool {
    let is_there = ["channels/", "dms/", "groups/", "mpims/"]
        .iter()
        .any(|folder| name.starts_with(folder));
    is_there && name.ends_with(".txt")
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use migrate_archive::Archive;

    use super::{ROOTS, check, conversation_folder};

    fn outcome(files: &[&str]) -> Result<(), String> {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "[]").unwrap();
        }
        let archive = Archive::open(folder.path(), &ROOTS).map_err(|it| it.to_string())?;
        check(&archive, Path::new("in")).map_err(|it| it.to_string())
    }

    #[test]
    fn what_can_be_read_is_read() {
        for files in [
            &["users.json"] as &[&str],
            &["channels.json"],
            &["general/2024-01-31.json"],
            &[
                "channels.json",
                "teams/2024-01-31.json",
                "__uploads/F1/a.json.gz",
            ],
            &["org_users.json", "general/2024-01-31.json"],
        ] {
            assert_eq!(outcome(files), Ok(()), "{files:?}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let check = |files: &[&str], expected: &str| {
            let text = outcome(files).unwrap_err();
            assert!(text.contains(expected), "{text}");
            assert!(!text.contains('\n') && !text.ends_with('.'), "{text}");
        };
        check(
            &["org_users.json", "teams/a/general/2024-01-31.json"],
            "Enterprise Grid",
        );
        check(
            &["teams/a/channels.json", "teams/b/channels.json"],
            "Enterprise Grid",
        );
        check(&["C1.json.gz", "channels.json.gz"], "slackdump");
        check(&["channels/general.txt", "metadata.txt"], "text form");
        check(&["2024-01-31.json", "2024-02-01.json"], "one conversation");
        check(&["a/b.json", "readme.md"], "such as `a/b.json`");
        check(&[], "holds no files");
    }

    #[test]
    fn only_files_directly_in_a_folder_are_days() {
        assert_eq!(
            conversation_folder("a b/tss.json"),
            Some(("a b", "tss.json"))
        );
        for name in [
            "a.json",
            "a/b/c.json",
            "a/b.txt",
            "__uploads/x.json",
            ".git/x.json",
        ] {
            assert_eq!(conversation_folder(name), None, "{name}");
        }
    }
}
