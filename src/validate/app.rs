//! What the app has that a file is imported into: roles, channel types, and perhaps users and
//! channels.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::ids::Ids;
use super::index::{Key, Known};
use crate::getstream::limits;
use crate::getstream::roles::Roles;
use crate::whole;

/// What the app has.
#[derive(Debug)]
pub struct App {
    roles: Roles,
    /// The longest text of each channel type, in characters.
    channel_types: BTreeMap<String, usize>,
    users: Ids,
    channels: Ids,
}

/// The channel types that an app has from the start. Source: Stream docs on channel types and
/// Stream's Go client, 2026-08; pages differ about `ai` and `commerce`, so both are taken.
const CHANNEL_TYPES: &[&str] = &[
    "messaging",
    "team",
    "livestream",
    "gaming",
    "commerce",
    "ai",
];

/// What was said about the app.
#[derive(Debug, Default)]
pub struct AppOptions {
    /// A file with all of it.
    pub app: Option<PathBuf>,
    /// The roles.
    pub roles: Vec<String>,
    /// The channel types, each with `=CHARS` behind it if its texts are limited.
    pub channel_types: Vec<String>,
    /// A file with the ids of users, one a line.
    pub existing_users: Option<PathBuf>,
    /// A file with `type:id` of channels, one a line.
    pub existing_channels: Option<PathBuf>,
}

/// A file about the app.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AppFile {
    roles: Option<Vec<String>>,
    channel_types: Option<BTreeMap<String, Limit>>,
    existing_users: Option<PathBuf>,
    existing_channels: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "a channel type is the longest text in characters, or a table with `max_message_length`"
)]
enum Limit {
    Chars(usize),
    Table(LimitTable),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LimitTable {
    max_message_length: Option<usize>,
}

impl App {
    /// The app as the options describe it; what they leave open is as in a new app.
    ///
    /// # Errors
    /// If a file cannot be read, or an option has no meaning.
    pub fn new(options: &AppOptions) -> Result<App> {
        let mut app = App {
            roles: Roles::default(),
            channel_types: CHANNEL_TYPES
                .iter()
                .map(|name| ((*name).to_owned(), limits::TEXT_CHARS))
                .collect(),
            users: Ids::default(),
            channels: Ids::default(),
        };
        let mut users = options.existing_users.clone();
        let mut channels = options.existing_channels.clone();
        if let Some(path) = &options.app {
            let file = app.read(path)?;
            let folder = path.parent().unwrap_or(Path::new(""));
            users = users.or(file.existing_users.map(|path| folder.join(path)));
            channels = channels.or(file.existing_channels.map(|path| folder.join(path)));
        }
        if options.roles.iter().any(String::is_empty) {
            bail!("`--roles`: a role has a name");
        }
        if !options.roles.is_empty() {
            app.roles = Roles::new(options.roles.iter().cloned());
        }
        if !options.channel_types.is_empty() {
            let types = options.channel_types.iter().map(|text| channel_type(text));
            app.channel_types = types.collect::<Result<_>>()?;
        }
        if let Some(path) = users {
            each_line(&path, |id| {
                app.users.push(Key::id(id).with_traits(false, false));
                Ok(())
            })?;
        }
        if let Some(path) = channels {
            each_line(&path, |cid| {
                let Some((channel_type, id)) = cid.split_once(':') else {
                    bail!("`{cid}` is no channel; write `type:id`");
                };
                let key = Key::channel_id(channel_type, id);
                app.channels.push(key.with_traits(false, false));
                Ok(())
            })?;
        }
        Ok(app)
    }

    fn read(&mut self, path: &Path) -> Result<AppFile> {
        let place = || format!("could not read `{}`", path.display());
        let text = whole::read_text(path).with_context(place)?;
        let mut file: AppFile = toml::from_str(&text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start));
            let line = before.map_or(1, |before| before.lines().count().max(1));
            anyhow::anyhow!("`{}`, line {line}: {}", path.display(), error.message())
        })?;
        if let Some(roles) = file.roles.take() {
            self.roles = Roles::new(roles);
        }
        if let Some(types) = file.channel_types.take() {
            let types = types.into_iter().map(|(name, limit)| {
                let chars = match limit {
                    Limit::Chars(chars) => chars,
                    Limit::Table(it) => it.max_message_length.unwrap_or(limits::TEXT_CHARS),
                };
                let is_legal = (1..=limits::TEXT_CHARS).contains(&chars);
                match is_legal && !name.is_empty() {
                    true => Ok((name, chars)),
                    false => bail!("`{}`: {}", path.display(), wrong_type(&name, chars)),
                }
            });
            self.channel_types = types.collect::<Result<_>>()?;
        }
        Ok(file)
    }

    /// Whether the app has a role.
    pub fn has_role(&self, role: &str) -> bool {
        self.roles.has(role)
    }

    /// Whether the app has a channel type.
    pub fn has_channel_type(&self, name: &str) -> bool {
        self.channel_types.contains_key(name)
    }

    /// Longest text of a message in channels of a type, in characters.
    pub fn max_text_chars(&self, channel_type: &str) -> usize {
        let known = self.channel_types.get(channel_type);
        known.copied().unwrap_or(limits::TEXT_CHARS)
    }

    /// What is known of a user.
    pub fn user(&self, key: Key) -> Known {
        self.users.find(key)
    }

    /// What is known of a channel.
    pub fn channel(&self, key: Key) -> Known {
        self.channels.find(key)
    }
}

/// `messaging` or `messaging=5000`.
fn channel_type(text: &str) -> Result<(String, usize)> {
    let (name, chars) = match text.split_once('=') {
        None => (text, limits::TEXT_CHARS),
        Some((name, chars)) => {
            let chars = chars.parse().with_context(|| {
                format!(
                    "`--channel-types {text}`: behind `=` stands the longest text in characters"
                )
            })?;
            (name, chars)
        }
    };
    if name.is_empty() || !(1..=limits::TEXT_CHARS).contains(&chars) {
        bail!("`--channel-types {text}`: {}", wrong_type(name, chars));
    }
    Ok((name.to_owned(), chars))
}

fn wrong_type(name: &str, chars: usize) -> String {
    match name {
        "" => "a channel type has a name".to_owned(),
        _ => format!(
            "the longest text of `{name}` is from 1 to {} characters, not {chars}",
            limits::TEXT_CHARS
        ),
    }
}

fn each_line(path: &Path, mut line: impl FnMut(&str) -> Result<()>) -> Result<()> {
    let place = || format!("could not read `{}`", path.display());
    let text = whole::read_text(path).with_context(place)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    for (n, id) in text.lines().enumerate() {
        let id = id.trim();
        if !id.is_empty() {
            line(id).with_context(|| format!("`{}`, line {}", path.display(), n + 1))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_channel_type_may_lower_the_limit_of_texts() {
        let app = App::new(&AppOptions {
            channel_types: vec!["messaging=500".to_owned(), "support".to_owned()],
            ..AppOptions::default()
        });
        let app = app.unwrap();
        assert_eq!(app.max_text_chars("messaging"), 500);
        assert_eq!(app.max_text_chars("support"), 20_000);
        assert_eq!(app.max_text_chars("else"), 20_000);
        assert!(!app.has_channel_type("team") && app.has_role("admin"));
    }

    #[test]
    fn a_file_says_all_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.toml");
        let text = "roles = [\"user\", \"vip\"]\nexisting_users = \"users.txt\"\n[channel_types]\nmessaging = 300\nteam = { max_message_length = 400 }\n";
        fs::write(&path, text).unwrap();
        fs::write(folder.path().join("users.txt"), "\u{feff}ann\r\n\n bob \n").unwrap();
        let app = App::new(&AppOptions {
            app: Some(path),
            ..AppOptions::default()
        });
        let app = app.unwrap();
        assert!(app.has_role("vip") && !app.has_role("admin"));
        assert_eq!(
            (app.max_text_chars("messaging"), app.max_text_chars("team")),
            (300, 400)
        );
        assert!(app.user(Key::id("bob")).is_there() && !app.user(Key::id("cy")).is_there());
    }
}
