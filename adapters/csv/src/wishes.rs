//! The options of the command line, read.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use migrate_mapping::{Csv, Delimiter, Mapping, MessageIds, Zone};
use migrate_model::{Opt, Options};

use crate::encoding;

/// The options that all commands have.
pub(crate) const OPTIONS: [Opt; 6] = [
    Opt {
        name: "delimiter",
        value: Some("CHAR"),
        choices: &[],
        default: None,
        help: "What stands between cells: one character, `tab`, or `auto` [default: found out]",
    },
    Opt {
        name: "encoding",
        value: Some("NAME"),
        choices: &[],
        default: None,
        help: "The encoding of the files, such as `windows-1252` [default: UTF-8, or UTF-16 where a \
               file shows it]",
    },
    Opt {
        name: "mapping",
        value: Some("FILE.toml"),
        choices: &[],
        default: None,
        help: "Which columns become what; `migrate csv init` writes one to begin with",
    },
    Opt {
        name: "message-ids",
        value: Some("SCOPE"),
        choices: &["auto", "global", "channel"],
        default: None,
        help: "Whether ids of messages are unique over all channels or in each alone [default: found out]",
    },
    Opt {
        name: "preset",
        value: Some("NAME"),
        choices: &[],
        default: None,
        help: "Use a mapping that comes with the program; `migrate csv presets` lists them",
    },
    Opt {
        name: "timezone",
        value: Some("ZONE"),
        choices: &[],
        default: None,
        help: "The zone of times that name none, such as `Europe/Berlin` or `+02:00` [default: UTC]",
    },
];

/// What the options say.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wishes {
    /// How files are read, whatever a mapping says.
    csv: Csv,
    timezone: Option<Zone>,
    message_ids: Option<MessageIds>,
    pub(crate) mapping: Option<PathBuf>,
    pub(crate) preset: Option<String>,
}

impl Wishes {
    /// Reads the options.
    ///
    /// # Errors
    /// If one is wrong, or two contradict each other.
    pub(crate) fn of(options: &Options) -> Result<Wishes> {
        let text = |name: &str| options.get(name).map(str::to_owned);
        let wishes = Wishes {
            csv: Csv {
                delimiter: options.get("delimiter").map(delimiter).transpose()?,
                encoding: text("encoding"),
                ..Csv::default()
            },
            timezone: options.get("timezone").map(zone).transpose()?,
            message_ids: match options.get("message-ids") {
                None => None,
                Some("auto") => Some(MessageIds::Auto),
                Some("global") => Some(MessageIds::Global),
                Some("channel") => Some(MessageIds::Channel),
                Some(other) => {
                    bail!("`--message-ids` takes `auto`, `global` or `channel`, not `{other}`")
                }
            },
            mapping: options.get("mapping").map(PathBuf::from),
            preset: text("preset"),
        };
        if let Some(name) = wishes.csv.encoding.as_deref().filter(|it| *it != "auto") {
            encoding::by_name(name)
                .map_err(anyhow::Error::msg)
                .context("`--encoding`")?;
        }
        if wishes.mapping.is_some() && wishes.preset.is_some() {
            bail!("`--mapping` and `--preset` both say what columns become; give one of them");
        }
        Ok(wishes)
    }

    /// How files are read that a mapping says so much about.
    pub(crate) fn csv(&self, mapping: &Csv) -> Csv {
        self.csv.or(mapping)
    }

    /// Puts what was wished in the place of what a mapping says.
    pub(crate) fn apply(&self, mapping: &mut Mapping) {
        if let Some(zone) = self.timezone {
            mapping.timezone = Some(zone);
        }
        if let Some(message_ids) = self.message_ids {
            mapping.message_ids = message_ids;
        }
    }
}

impl Wishes {
    /// A mapping as TOML that says what was wished, so that it need not be wished again; as it is
    /// where nothing was, or where it has to be mended before it can be read.
    pub(crate) fn written_into(&self, toml: String) -> String {
        let is_nothing =
            self.csv == Csv::default() && self.timezone.is_none() && self.message_ids.is_none();
        match Mapping::parse(&toml, "the draft") {
            Ok(mut mapping) if !is_nothing => {
                self.apply(&mut mapping);
                mapping.csv = self.csv(&mapping.csv);
                let comments = toml.lines().take_while(|line| line.starts_with('#'));
                let comments: String = comments.map(|line| format!("{line}\n")).collect();
                comments + &mapping.to_toml()
            }
            _ => toml,
        }
    }
}

/// Reads a mapping file.
///
/// # Errors
/// If it cannot be read or is wrong; with its line.
pub(crate) fn read_mapping(path: &Path) -> Result<Mapping> {
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(path);
    let text = text.with_context(|| format!("could not read the mapping `{shown}`"))?;
    Mapping::parse(&text, &shown)
}

fn delimiter(text: &str) -> Result<Delimiter> {
    let mut characters = text.chars();
    match (text, characters.next(), characters.next()) {
        ("auto", ..) => Ok(Delimiter::Auto),
        ("tab" | "\\t", ..) => Ok(Delimiter::Char('\t')),
        (_, Some(delimiter), None) => Ok(Delimiter::Char(delimiter)),
        _ => bail!("`--delimiter` takes one character, `tab` or `auto`, not `{text}`"),
    }
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
    fn options_are_read_and_win_over_the_mapping() {
        let mut options = Options::default();
        options.set("delimiter", "tab".to_owned());
        options.set("timezone", "Europe/Berlin".to_owned());
        options.set("message-ids", "channel".to_owned());
        let wishes = Wishes::of(&options).unwrap();
        let mapped = Csv {
            delimiter: Some(Delimiter::Char(';')),
            encoding: Some("utf-8".to_owned()),
            ..Csv::default()
        };
        let csv = wishes.csv(&mapped);
        assert_eq!(csv.delimiter, Some(Delimiter::Char('\t')));
        assert_eq!(csv.encoding.as_deref(), Some("utf-8"));
        let mut mapping = Mapping::default();
        wishes.apply(&mut mapping);
        assert_eq!(mapping.message_ids, MessageIds::Channel);
        assert_eq!(mapping.timezone, Zone::parse("Europe/Berlin"));
    }

    #[test]
    fn wrong_options_are_told() {
        let check = |name: &'static str, value: &str, expected: &str| {
            let mut options = Options::default();
            options.set(name, value.to_owned());
            let error = format!("{:#}", Wishes::of(&options).unwrap_err());
            assert!(error.contains(expected), "{error}");
        };
        check("delimiter", ",,", "one character");
        check("encoding", "utf-9", "there is no encoding `utf-9`");
        check("timezone", "Berlin", "there is no zone `Berlin`");
        check("message-ids", "all", "`auto`, `global` or `channel`");
    }
}
