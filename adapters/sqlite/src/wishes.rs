//! The options of the command line, read.

use anyhow::Result;
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
    if let Some(bytes) = options.size(MAX_TEMP_SIZE.name)? {
        settings.max_temp_bytes = bytes;
    }
    Ok(settings)
}
