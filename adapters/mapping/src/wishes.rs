//! The options of the command line that all adapters for tables have.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use migrate_model::{Opt, Options};

use crate::mapping::{Mapping, MessageIds};
use crate::zone::Zone;

/// Says by `--mapping FILE.toml` which columns become what.
pub const MAPPING: Opt = Opt {
    name: "mapping",
    is_rare: false,
    value: Some("FILE.toml"),
    choices: &[],
    default: None,
    help: "Which columns become what; `init` writes one to begin with",
};

/// Says by `--message-ids SCOPE` where ids of messages are unique.
pub const MESSAGE_IDS: Opt = Opt {
    name: "message-ids",
    is_rare: true,
    value: Some("SCOPE"),
    choices: &["auto", "global", "channel"],
    default: None,
    help: "Whether ids of messages are unique over all channels or in each alone [default: found out]",
};

/// Asks by `--preset NAME` for a mapping that comes with the program.
pub const PRESET: Opt = Opt {
    name: "preset",
    is_rare: false,
    value: Some("NAME"),
    choices: &[],
    default: None,
    help: "Use a mapping that comes with the program; `presets` lists them",
};

/// Says by `--timezone ZONE` in which zone times are that name none.
pub const TIMEZONE: Opt = Opt {
    name: "timezone",
    is_rare: false,
    value: Some("ZONE"),
    choices: &[],
    default: None,
    help: "The zone of times that name none, such as `Europe/Berlin` or `+02:00` [default: UTC]",
};

/// What the options say.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    /// The mapping file.
    pub mapping: Option<PathBuf>,
    /// The name of a preset; never together with a mapping file.
    pub preset: Option<String>,
    timezone: Option<Zone>,
    message_ids: Option<MessageIds>,
}

impl Wishes {
    /// Reads the options.
    ///
    /// # Errors
    /// If one is wrong, or two contradict each other.
    pub fn of(options: &Options) -> Result<Wishes> {
        let wishes = Wishes {
            mapping: options.get(MAPPING.name).map(PathBuf::from),
            preset: options.get(PRESET.name).map(str::to_owned),
            timezone: options.get(TIMEZONE.name).map(zone).transpose()?,
            message_ids: match options.get(MESSAGE_IDS.name) {
                None => None,
                Some("auto") => Some(MessageIds::Auto),
                Some("global") => Some(MessageIds::Global),
                Some("channel") => Some(MessageIds::Channel),
                Some(other) => {
                    bail!("`--message-ids` takes `auto`, `global` or `channel`, not `{other}`")
                }
            },
        };
        if wishes.mapping.is_some() && wishes.preset.is_some() {
            bail!("`--mapping` and `--preset` both say what columns become; give one of them");
        }
        Ok(wishes)
    }

    /// Puts what was wished in the place of what a mapping says.
    pub fn apply(&self, mapping: &mut Mapping) {
        if let Some(zone) = self.timezone {
            mapping.timezone = Some(zone);
        }
        if let Some(message_ids) = self.message_ids {
            mapping.message_ids = message_ids;
        }
    }

    /// Whether nothing was wished that a mapping could say.
    pub fn is_nothing(&self) -> bool {
        self.timezone.is_none() && self.message_ids.is_none()
    }
}

/// A mapping as TOML with changes made, and the comments at its beginning; as it is where it has to
/// be mended before it can be read.
pub fn rewritten(toml: String, change: impl FnOnce(&mut Mapping)) -> String {
    let Ok(mut mapping) = Mapping::parse(&toml, "the draft") else {
        return toml;
    };
    change(&mut mapping);
    let comments = toml.lines().take_while(|line| line.starts_with('#'));
    let comments: String = comments.map(|line| format!("{line}\n")).collect();
    comments + &mapping.to_toml()
}

/// Reads a mapping file.
///
/// # Errors
/// If it cannot be read or is wrong; with its line.
pub fn read_mapping(path: &Path) -> Result<Mapping> {
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(path);
    let text = text.with_context(|| format!("could not read the mapping `{shown}`"))?;
    Mapping::parse(&text, &shown)
}

fn zone(name: &str) -> Result<Zone> {
    Zone::parse(name).with_context(|| {
        format!("`--timezone`: there is no zone `{name}`; write it as `Europe/Berlin` or `+02:00`")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_win_over_the_mapping() {
        let mut options = Options::default();
        options.set("timezone", "Europe/Berlin".to_owned());
        options.set("message-ids", "channel".to_owned());
        let wishes = Wishes::of(&options).unwrap();
        let mut mapping = Mapping::default();
        wishes.apply(&mut mapping);
        assert_eq!(mapping.message_ids, MessageIds::Channel);
        assert_eq!(mapping.timezone, Zone::parse("Europe/Berlin"));
    }

    #[test]
    fn wrong_options_are_told() {
        let check = |given: &[(&'static str, &str)], expected: &str| {
            let mut options = Options::default();
            for (name, value) in given {
                options.set(name, (*value).to_owned());
            }
            let error = format!("{:#}", Wishes::of(&options).unwrap_err());
            assert!(error.contains(expected), "{error}");
        };
        check(&[("timezone", "Berlin")], "there is no zone `Berlin`");
        check(&[("message-ids", "all")], "`auto`, `global` or `channel`");
        check(&[("mapping", "a"), ("preset", "b")], "give one of them");
    }
}
