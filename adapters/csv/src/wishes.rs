//! The options of the command line, read.

use anyhow::{Context, Result, bail};
use migrate_mapping::{Csv, Delimiter, Mapping};
use migrate_model::{Opt, Options};

use crate::encoding;

pub(crate) const MAX_TEMP_SIZE: Opt = Opt {
    name: "max-temp-size",
    is_rare: true,
    value: Some("SIZE"),
    choices: &[],
    default: None,
    help: "The most that files of a zip may take on the disk, unpacked: bytes, or with kB, MB or GB \
           [default: 20GB]",
};

/// The options that all commands have.
pub(crate) const OPTIONS: [Opt; 8] = [
    Opt {
        name: "delimiter",
        is_rare: true,
        value: Some("CHAR"),
        choices: &[],
        default: None,
        help: "What stands between cells: one character, `tab`, or `auto` [default: found out]",
    },
    Opt {
        name: "encoding",
        is_rare: true,
        value: Some("NAME"),
        choices: &[],
        default: None,
        help: "The encoding of the files, such as `windows-1252` [default: UTF-8, or UTF-16 where a \
               file shows it]",
    },
    migrate_mapping::MAPPING,
    MAX_TEMP_SIZE,
    migrate_mapping::MESSAGE_IDS,
    migrate_mapping::PRESET,
    Opt {
        name: "skip-lines",
        is_rare: true,
        value: Some("N"),
        choices: &[],
        default: None,
        help: "How many lines stand above the header [default: found out]",
    },
    migrate_mapping::TIMEZONE,
];

/// What the options say.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wishes {
    /// What all tables have.
    pub(crate) common: migrate_mapping::Wishes,
    /// How files are read, whatever a mapping says.
    csv: Csv,
}

impl Wishes {
    /// Reads the options.
    ///
    /// # Errors
    /// If one is wrong, or two contradict each other.
    pub(crate) fn of(options: &Options) -> Result<Wishes> {
        let wishes = Wishes {
            csv: Csv {
                delimiter: options.get("delimiter").map(delimiter).transpose()?,
                encoding: options.get("encoding").map(str::to_owned),
                skip_lines: options.get("skip-lines").map(lines).transpose()?,
                ..Csv::default()
            },
            common: migrate_mapping::Wishes::of(options)?,
        };
        if let Some(name) = wishes.csv.encoding.as_deref().filter(|it| *it != "auto") {
            encoding::by_name(name)
                .map_err(anyhow::Error::msg)
                .context("`--encoding`")?;
        }
        Ok(wishes)
    }

    /// How files are read that a mapping says so much about.
    pub(crate) fn csv(&self, mapping: &Csv) -> Csv {
        self.csv.or(mapping)
    }

    /// A mapping as TOML that says what was wished, so that it need not be wished again.
    pub(crate) fn written_into(&self, toml: String) -> String {
        if self.csv == Csv::default() && self.common.is_nothing() {
            return toml;
        }
        migrate_mapping::rewritten(toml, |mapping| self.apply(mapping))
    }

    /// Puts what was wished in the place of what a mapping says.
    pub(crate) fn apply(&self, mapping: &mut Mapping) {
        self.common.apply(mapping);
        mapping.csv = self.csv(&mapping.csv);
    }
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

fn lines(text: &str) -> Result<u32> {
    let number = text.parse().ok();
    number.with_context(|| format!("`--skip-lines` takes a number of lines, not `{text}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_and_win_over_the_mapping() {
        let mut options = Options::default();
        options.set("delimiter", "tab".to_owned());
        let wishes = Wishes::of(&options).unwrap();
        let mapped = Csv {
            delimiter: Some(Delimiter::Char(';')),
            encoding: Some("utf-8".to_owned()),
            ..Csv::default()
        };
        let csv = wishes.csv(&mapped);
        assert_eq!(csv.delimiter, Some(Delimiter::Char('\t')));
        assert_eq!(csv.encoding.as_deref(), Some("utf-8"));
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
        check("skip-lines", "-1", "a number of lines");
        check("encoding", "utf-9", "there is no encoding `utf-9`");
    }
}
