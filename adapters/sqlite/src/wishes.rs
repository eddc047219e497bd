//! The options of the command line, read.

use anyhow::{Result, bail};
use migrate_model::{Opt, Options};

use crate::settings::Settings;
use crate::slackdump;

const MAX_TEMP_SIZE: Opt = Opt {
    name: "max-temp-size",
    is_rare: true,
    value: Some("SIZE"),
    choices: &[],
    default: None,
    help: "The most that loaded dumps, copies and kept rows may take on the disk: bytes, or with kB, \
           MB or GB [default: 20GB]",
};

const SKIP_UNREADABLE: Opt = Opt {
    name: "skip-unreadable",
    is_rare: true,
    value: None,
    choices: &[],
    default: None,
    help: "Go on with what can be read of a damaged database, or of a dump that is cut off",
};

/// The options that the conversion of any database and `init` have.
pub(crate) const OPTIONS: [Opt; 6] = [
    migrate_mapping::MAPPING,
    MAX_TEMP_SIZE,
    migrate_mapping::MESSAGE_IDS,
    migrate_mapping::PRESET,
    SKIP_UNREADABLE,
    migrate_mapping::TIMEZONE,
];

/// The options of the conversion: those that every database has, and those of slackdump's.
pub(crate) static ALL: [Opt; OPTIONS.len() + slackdump::OPTIONS.len()] =
    slackdump::joined(&OPTIONS, &slackdump::OPTIONS);

/// The options that say how a database is opened.
pub(crate) const OPENING: [Opt; 2] = [MAX_TEMP_SIZE, SKIP_UNREADABLE];

/// How a database is opened by what was asked for.
///
/// # Errors
/// If an option is wrong.
pub(crate) fn settings(options: &Options) -> Result<Settings> {
    let mut settings = Settings::new(options.work_folder()?.to_owned());
    settings.skip_unreadable = options.flag(SKIP_UNREADABLE.name);
    settings.stop = options.stop();
    if let Some(text) = options.get(MAX_TEMP_SIZE.name) {
        settings.max_temp_bytes = size(text)?;
    }
    Ok(settings)
}

fn size(text: &str) -> Result<u64> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let (number, unit) = text.split_at(digits.len());
    let unit = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "tb" => 1_000_000_000_000,
        _ => 0,
    };
    let bytes = number
        .parse::<u64>()
        .ok()
        .and_then(|it| it.checked_mul(unit));
    match bytes {
        Some(bytes @ 1..) => Ok(bytes),
        _ => bail!(
            "`--max-temp-size {}`: write it as `500MB` or `20GB`",
            migrate_model::wording::safe(text, 40)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_are_read() {
        let check =
            |text: &str, expected: Option<u64>| assert_eq!(size(text).ok(), expected, "{text}");
        check("17", Some(17));
        check("500MB", Some(500_000_000));
        check("20gb", Some(20_000_000_000));
        check("1.5GB", None);
        check("0", None);
        check("5 potatoes", None);
        check("99999999999TB", None);
        check("", None);
    }
}
