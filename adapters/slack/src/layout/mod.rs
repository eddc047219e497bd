//! Where things stand in an export: at its root and, in an Enterprise Grid, in its workspaces.
//!
//! The export of an organisation holds `teams/<workspace>/…`, each laid out like an export of its
//! own, and at the root what the workspaces share. Source: Slack help, "How to read Slack data
//! exports", read 2026-08. What the files say is left to others.

pub(crate) mod conversation;
pub(crate) mod export;
#[cfg(test)]
mod export_tests;
#[cfg(test)]
mod grid_tests;
pub(crate) mod identify;
pub(crate) mod listing;
pub(crate) mod numbers;

use crate::files::Files;
use crate::layout::conversation::List;

/// The list of users of a workspace.
pub(crate) const USERS: &str = "users.json";
/// The list of users of an organisation.
pub(crate) const ORG_USERS: &str = "org_users.json";
/// The canvases of a conversation, in its folder.
const CANVASES_OF_FOLDER: &str = "canvas_in_the_conversation.json";
/// Where the workspaces of an organisation stand.
const WORKSPACES: &str = "teams/";

/// A part of an export with lists and conversations of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Scope {
    /// What its files' names begin with; empty for the root.
    prefix: String,
}

impl Scope {
    /// The name of one of its files in the export.
    pub(crate) fn path(&self, file: &str) -> String {
        format!("{}{file}", self.prefix)
    }

    /// The workspace; empty for the root.
    pub(crate) fn workspace(&self) -> &str {
        let inner = self.prefix.strip_prefix(WORKSPACES).unwrap_or_default();
        inner.strip_suffix('/').unwrap_or_default()
    }
}

/// The parts of an export.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    /// The root, then the workspaces in the order of their names with a slash behind.
    scopes: Vec<Scope>,
}

/// Where a file stands that belongs to a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place<'n> {
    /// The number of the scope, from 0 for the root.
    pub(crate) scope: usize,
    /// The folder of the conversation.
    pub(crate) folder: &'n str,
    /// The file in it.
    pub(crate) file: &'n str,
}

impl Place<'_> {
    /// Whether the file lists canvases instead of messages.
    pub(crate) fn is_list_of_canvases(&self) -> bool {
        self.file == CANVASES_OF_FOLDER
    }
}

impl Layout {
    /// The parts of the export that these files are.
    pub(crate) fn of(files: &dyn Files) -> Layout {
        let workspaces = || (0..files.count()).filter_map(|it| in_workspace(files.name(it)));
        // A channel may be called `teams` and have folders of files.
        let is_grid =
            files.find(ORG_USERS).is_some() || workspaces().any(|(_, rest)| is_list(rest));
        let mut scopes = vec![Scope {
            prefix: String::new(),
        }];
        for (workspace, rest) in workspaces().filter(|_| is_grid) {
            // Files of one workspace stand together.
            let is_known = scopes.last().is_some_and(|it| it.workspace() == workspace);
            if !is_known && (is_list(rest) || day_folder(rest).is_some()) {
                scopes.push(Scope {
                    prefix: format!("{WORKSPACES}{workspace}/"),
                });
            }
        }
        Layout { scopes }
    }

    /// The parts: the root, then the workspaces.
    pub(crate) fn scopes(&self) -> &[Scope] {
        &self.scopes
    }

    /// The workspace of a scope; empty for the root.
    pub(crate) fn workspace(&self, scope: usize) -> &str {
        self.scopes.get(scope).map_or("", Scope::workspace)
    }

    /// Whether this is the export of an organisation.
    pub(crate) fn is_grid(&self) -> bool {
        self.scopes.len() > 1
    }

    /// Whether a file lists the canvases of a conversation. All are asked, so that first which is cheap.
    pub(crate) fn lists_canvases(&self, name: &str) -> bool {
        name.ends_with(CANVASES_OF_FOLDER)
            && self.place(name).is_some_and(|it| it.is_list_of_canvases())
    }

    /// The place of a file that belongs to a conversation.
    pub(crate) fn place<'n>(&self, name: &'n str) -> Option<Place<'n>> {
        let inner = in_workspace(name).filter(|_| self.is_grid());
        let in_scope = inner.and_then(|(_, rest)| {
            let prefix_bytes = name.len() - rest.len();
            let prefix = name.get(..prefix_bytes)?;
            let scope = self
                .scopes
                .binary_search_by(|it| (*it.prefix).cmp(prefix))
                .ok()?;
            Some((scope, rest))
        });
        let (scope, rest) = in_scope.unwrap_or((0, name));
        let (folder, file) = conversation_folder(rest)?;
        Some(Place {
            scope,
            folder,
            file,
        })
    }
}

/// The folder of a conversation's file, `<folder>/<file>.json`. The title in the name of a canvas's
/// folder may have slashes.
fn conversation_folder(name: &str) -> Option<(&str, &str)> {
    let (folder, file) = match name.starts_with(CANVAS_FOLDER) {
        true => name.rsplit_once('/')?,
        false => split_first(name)?,
    };
    let is_json = has_extension(file, ".json") && split_first(file).is_none();
    // Uploaded files may be JSON as well, and some tools put them here.
    let is_conversation = !folder.is_empty() && !folder.starts_with(['.', '_']);
    (is_json && is_conversation).then_some((folder, file))
}

/// What stands before and behind the first slash. Names are short, so that a search takes longer to begin
/// than to look at each byte.
fn split_first(name: &str) -> Option<(&str, &str)> {
    let at = name.bytes().position(|byte| byte == b'/')?;
    Some((name.get(..at)?, name.get(at + 1..)?))
}

/// The folder of a file that is named by its day.
pub(crate) fn day_folder(name: &str) -> Option<&str> {
    let (folder, file) = conversation_folder(name)?;
    is_day_file(file).then_some(folder)
}

/// How the name of the folder of comments on a canvas begins.
pub(crate) const CANVAS_FOLDER: &str = "FC:";

fn has_extension(name: &str, extension: &str) -> bool {
    let at = name.len().checked_sub(extension.len());
    let end = at.and_then(|at| name.get(at..));
    end.is_some_and(|end| end.eq_ignore_ascii_case(extension))
}

/// Whether a name, of which the path does not count, is that of a file of messages, perhaps packed.
pub(crate) fn looks_like_day_file(name: &str) -> bool {
    let file = name.rsplit_once('/').map_or(name, |(_, file)| file);
    let packed = has_extension(file, ".gz").then(|| file.len() - 3);
    is_day_file(file.get(..packed.unwrap_or(file.len())).unwrap_or(file))
}

/// Whether a file that is no conversation's may hold messages all the same: JSON of a name that
/// exports do not have. Files that were shared stand in folders `attachments` or with a `_` before.
pub(crate) fn may_hold_messages(name: &str) -> bool {
    let rest = in_workspace(name).map_or(name, |(_, rest)| rest);
    let mut folders = rest.split('/').rev().skip(1);
    let is_content = |folder: &str| folder == "attachments" || folder.starts_with(['.', '_']);
    has_extension(name, ".json") && !is_of_exports(rest) && !folders.any(is_content)
}

/// Whether a file at the top of an export is one that exports have. Source: public exports and
/// Slack help, "How to read Slack data exports", read 2026-08.
fn is_of_exports(name: &str) -> bool {
    const OTHERS: [&str; 9] = [
        ORG_USERS,
        "integration_logs.json",
        "file_conversations.json",
        "content_flags.json",
        "canvases.json",
        "lists.json",
        "huddle_transcripts.json",
        "emoji.json",
        "manifest.json",
    ];
    is_list(name) || OTHERS.contains(&name)
}

/// Whether a name is `2024-01-31.json`.
pub(crate) fn is_day_file(name: &str) -> bool {
    if !has_extension(name, ".json") {
        return false;
    }
    let day = name.get(..name.len() - 5).unwrap_or_default();
    day.len() == 10
        && day.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}

/// The workspace of a file `teams/<workspace>/<rest>`, and the rest.
fn in_workspace(name: &str) -> Option<(&str, &str)> {
    let (workspace, rest) = name.strip_prefix(WORKSPACES)?.split_once('/')?;
    (!workspace.is_empty()).then_some((workspace, rest))
}

fn is_list(name: &str) -> bool {
    name == USERS || List::ALL.iter().any(|list| list.file() == name)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use migrate_archive::Archive;

    use super::{Layout, Place, conversation_folder};
    use crate::layout::identify::ROOTS;

    fn layout(files: &[&str]) -> Layout {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "[]").unwrap();
        }
        Layout::of(&Archive::open(folder.path(), &ROOTS).unwrap())
    }

    #[test]
    fn workspaces_are_found_by_what_they_hold() {
        let check = |files: &[&str], expected: &[&str]| {
            let layout = layout(files);
            let workspaces: Vec<_> = layout.scopes().iter().map(|it| it.workspace()).collect();
            assert_eq!(workspaces, expected, "{files:?}");
        };
        check(&["users.json", "teams/2024-01-31.json"], &[""]);
        check(
            &["users.json", "teams/2024-01-31.json", "teams/files/a.json"],
            &[""],
        );
        check(
            &["channels.json", "teams/b/channels.json", "teams/a/dms.json"],
            &["", "a", "b"],
        );
        check(
            &["teams/a/channels.json", "teams/b/y/2024-01-01.json"],
            &["", "a", "b"],
        );
        check(
            &[
                "org_users.json",
                "teams/a b/users.json",
                "teams/a/c/2024-01-31.json",
            ],
            &["", "a b", "a"],
        );
        check(&["users.json", "teams/a/c/2024-01-31.json"], &[""]);
    }

    #[test]
    fn files_of_conversations_have_a_place() {
        let layout = layout(&[
            "org_users.json",
            "teams/a/users.json",
            "teams/b/users.json",
            "general/2024-01-31.json",
        ]);
        let check = |name: &str, expected: Option<(usize, &str, &str)>| {
            let expected = expected.map(|(scope, folder, file)| Place {
                scope,
                folder,
                file,
            });
            assert_eq!(layout.place(name), expected, "{name}");
        };
        check(
            "general/2024-01-31.json",
            Some((0, "general", "2024-01-31.json")),
        );
        check(
            "teams/b/general/2024-01-31.json",
            Some((2, "general", "2024-01-31.json")),
        );
        check(
            "teams/2024-01-31.json",
            Some((0, "teams", "2024-01-31.json")),
        );
        check("teams/a/users.json", None);
        check("teams/x/users.json", None);
        check("teams/a/c/attachments/x.json", None);
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
