//! Where the import may fetch the contents of files, by the user's options.
//!
//! An export holds addresses that need a login, some with a token in place of one. They are used
//! only if the user says so; otherwise files may lie somewhere else, under a prefix, with names
//! that follow from the export.

use std::collections::HashMap;

use anyhow::{Result, bail};
use migrate_model::{LossKind, Options};

use crate::contents::address;
use crate::files::Files;
use crate::foreign::File;
use crate::losses;

/// Where tools put the files of an export, by the ids of the files.
const UPLOADS: &str = "__uploads/";

/// What the user asked for, and which files the export holds itself.
#[derive(Debug, Default)]
pub(crate) struct Hosting {
    /// Whether Slack's addresses keep the tokens that stand for a login.
    pub(crate) keeps_tokens: bool,
    /// Whether the import shall copy what the addresses lead to.
    pub(crate) migrates: bool,
    /// Whether the files of all messages are listed.
    pub(crate) lists: bool,
    /// The address before the name of each file, with a `/` at its end; empty for none.
    prefix: String,
    /// The files that the export holds, by Slack's id: their paths in it.
    uploads: HashMap<String, String>,
}

/// Where a file may be fetched.
#[derive(Debug, PartialEq)]
pub(crate) enum Place {
    /// At an address, which is a thing to be told.
    At(String, LossKind),
    /// Nowhere, and why.
    Nowhere(LossKind),
}

impl Hosting {
    /// Reads the options.
    ///
    /// # Errors
    /// If one has a value that cannot be used.
    pub(crate) fn new(options: &Options) -> Result<Hosting> {
        let keeps_tokens = match options.get("file-tokens") {
            None | Some("strip") => false,
            Some("keep") => true,
            Some(other) => bail!("`--file-tokens` takes `strip` or `keep`, not `{other}`"),
        };
        let mut prefix = options.get("file-url-prefix").unwrap_or("").to_owned();
        if !prefix.is_empty() && !prefix.starts_with("https://") {
            bail!(
                "`--file-url-prefix` takes an address that starts with `https://`, as the import fetches no other, not `{prefix}`"
            );
        }
        if prefix.contains(['?', '#']) {
            bail!(
                "`--file-url-prefix` takes an address without `?` and `#`, as the names of files are put behind it, not `{prefix}`"
            );
        }
        if !prefix.is_empty() && !prefix.ends_with('/') {
            prefix.push('/');
        }
        Ok(Hosting {
            keeps_tokens,
            migrates: options.flag("migrate-resources"),
            lists: options.get("file-list").is_some(),
            prefix,
            uploads: HashMap::new(),
        })
    }

    /// Takes note of the files that the export holds, if anybody asked.
    pub(crate) fn learn(&mut self, files: &dyn Files) {
        if self.prefix.is_empty() && !self.lists {
            return;
        }
        for file in 0..files.count() {
            let path = files.name(file);
            if let Some(id) = upload_id(path) {
                let known = self.uploads.entry(id.to_owned());
                known.or_insert_with(|| path.to_owned());
            }
        }
    }

    /// The path of a file in the export; `None` if the export does not hold it.
    pub(crate) fn path_of(&self, file: &File<'_>) -> Option<&str> {
        self.uploads.get(&*file.id).map(String::as_str)
    }

    /// Where the import may fetch a file.
    pub(crate) fn place(&self, file: &File<'_>) -> Place {
        if file.size.0 == Some(0) {
            return Place::Nowhere(losses::FILE_EMPTY);
        }
        if !self.prefix.is_empty() {
            return match self.below_prefix(file) {
                Some(url) => Place::At(url, losses::FILE_URL_MADE),
                None if self.uploads.is_empty() => Place::Nowhere(losses::FILE_WITHOUT_ID),
                None => Place::Nowhere(losses::FILE_NOT_IN_EXPORT),
            };
        }
        let urls = [&file.url_private, &file.url_private_download];
        let with_token = urls.into_iter().find(|url| {
            url.starts_with("https://") && address::is_slack(url) && address::has_slack_token(url)
        });
        match with_token {
            Some(url) if self.keeps_tokens => Place::At(url.to_string(), losses::FILE_TOKEN_KEPT),
            _ if self.keeps_tokens => Place::Nowhere(losses::FILE_WITHOUT_TOKEN),
            _ => Place::Nowhere(losses::FILE_NEEDS_LOGIN),
        }
    }

    /// The address of a file's small picture, if it may be fetched as the file itself.
    pub(crate) fn thumb<'f>(&self, file: &'f File<'_>) -> &'f str {
        let url: &str = &file.thumb_video;
        let is_open = self.keeps_tokens
            && self.prefix.is_empty()
            && url.starts_with("https://")
            && address::is_slack(url)
            && address::has_slack_token(url);
        if is_open { url } else { "" }
    }

    /// The address of a file below the prefix: `<id>/<name>` as below `__uploads/`, or the path
    /// in the export if the file lies elsewhere in it. `None` if the export holds files and not
    /// this one.
    fn below_prefix(&self, file: &File<'_>) -> Option<String> {
        let mut url = self.prefix.clone();
        match self.path_of(file) {
            Some(path) => {
                let path = path.strip_prefix(UPLOADS).unwrap_or(path);
                push_path(path.split('/'), &mut url);
            }
            None if !self.uploads.is_empty() || file.id.is_empty() => return None,
            None => {
                // No address can end in dots alone, encoded or not.
                let name = if file.name.is_empty() || matches!(&*file.name, "." | "..") {
                    &file.id
                } else {
                    &file.name
                };
                push_path([&*file.id, &**name].into_iter(), &mut url);
            }
        }
        Some(url)
    }
}

fn push_path<'p>(parts: impl Iterator<Item = &'p str>, url: &mut String) {
    for (n, part) in parts.enumerate() {
        if n > 0 {
            url.push('/');
        }
        address::push_encoded(part, url);
    }
}

/// The id of an uploaded file, `__uploads/<id>/<name>` or `<conversation>/attachments/<id>-<name>`.
fn upload_id(path: &str) -> Option<&str> {
    if let Some(inner) = path.strip_prefix(UPLOADS) {
        let (id, name) = inner.split_once('/')?;
        return (!name.is_empty() && !name.contains('/')).then_some(id);
    }
    let (_, inner) = path.split_once('/')?;
    let (id, _) = inner.strip_prefix("attachments/")?.split_once('-')?;
    Some(id).filter(|id| id.starts_with('F') && !id.contains('/'))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use migrate_archive::Archive;
    use migrate_model::Options;

    use super::{Hosting, Place, upload_id};
    use crate::foreign::File;

    fn hosting(options: &[(&'static str, &str)]) -> Result<Hosting, String> {
        let mut given = Options::default();
        for (name, value) in options {
            given.set(name, (*value).to_owned());
        }
        Hosting::new(&given).map_err(|error| error.to_string())
    }

    const FILE: &str = r#"{"id":"F1","name":"ä b.png","size":5,
        "url_private":"https://files.slack.com/a.png?t=xoxe-1"}"#;

    #[test]
    fn a_file_lies_where_the_options_say() {
        let check = |options: &[(&'static str, &str)], file: &str, expected: &str| {
            let file: File<'_> = serde_json::from_str(file).unwrap();
            let found = match hosting(options).unwrap().place(&file) {
                Place::At(url, kind) => format!("{url} {}", kind.kind),
                Place::Nowhere(kind) => kind.kind.to_owned(),
            };
            assert_eq!(found, expected);
        };
        let keep = ("file-tokens", "keep");
        let prefix = ("file-url-prefix", "https://cdn.example/x");
        check(&[], FILE, "slack.file_needs_login");
        check(
            &[keep],
            FILE,
            "https://files.slack.com/a.png?t=xoxe-1 slack.file_token_kept",
        );
        let plain = r#"{"id":"F1","url_private":"https://files.slack.com/a.png"}"#;
        check(&[keep], plain, "slack.file_without_token");
        let foreign = r#"{"id":"F1","url_private":"https://a.example/?t=xoxe-1"}"#;
        check(&[keep], foreign, "slack.file_without_token");
        check(
            &[keep, prefix],
            FILE,
            "https://cdn.example/x/F1/%C3%A4%20b.png slack.file_url_made",
        );
        check(
            &[prefix],
            plain,
            "https://cdn.example/x/F1/F1 slack.file_url_made",
        );
        check(&[prefix], r#"{"id":"F1","size":0}"#, "slack.file_empty");
        check(&[prefix], r#"{"name":"a"}"#, "slack.file_without_id");
        check(
            &[prefix],
            r#"{"id":"F1","name":".."}"#,
            "https://cdn.example/x/F1/F1 slack.file_url_made",
        );
    }

    #[test]
    fn options_that_cannot_work_are_refused() {
        let check = |options: &[(&'static str, &str)], expected: &str| {
            let text = hosting(options).unwrap_err();
            assert!(text.contains(expected), "{text}");
        };
        check(&[("file-url-prefix", "http://a.b")], "`https://`");
        check(&[("file-url-prefix", "https://a.b/?key=")], "without `?`");
        check(&[("file-url-prefix", "https://a.b/#x")], "without `?`");
        check(&[("file-tokens", "x")], "not `x`");
    }

    #[test]
    fn files_of_an_export_are_found_by_their_ids() {
        let folder = tempfile::tempdir().unwrap();
        for file in [
            "__uploads/F1/a b.png",
            "general/attachments/F2-c.pdf",
            "users.json",
        ] {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "[]").unwrap();
        }
        let archive = Archive::open(folder.path(), &["users.json"]).unwrap();
        let mut hosting = hosting(&[("file-url-prefix", "https://cdn.example/")]).unwrap();
        hosting.learn(&archive);
        let check = |id: &str, expected: Option<&str>| {
            let mut file = File::default();
            file.id.0 = id.into();
            let found = match hosting.place(&file) {
                Place::At(url, _) => Some(url),
                Place::Nowhere(_) => None,
            };
            assert_eq!(found.as_deref(), expected);
        };
        check("F1", Some("https://cdn.example/F1/a%20b.png"));
        check(
            "F2",
            Some("https://cdn.example/general/attachments/F2-c.pdf"),
        );
        check("F3", None);
    }

    #[test]
    fn only_uploads_have_an_id() {
        let check = |path: &str, expected: Option<&str>| assert_eq!(upload_id(path), expected);
        check("__uploads/F1/a.png", Some("F1"));
        check("general/attachments/F1-a-b.png", Some("F1"));
        check("general/2024-01-01.json", None);
        check("attachments/F1-a.png", None);
        check("__uploads/F1", None);
    }
}
