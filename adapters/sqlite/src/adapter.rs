//! The adapter: what it is called, and how its parts come together.

use std::path::{Path, PathBuf};

use anyhow::Result;
use migrate_model::{About, Adapter, Command, Fit, Options, Source};

use crate::identify::{self, Kind};
use crate::{commands, losses, open, slackdump, wishes};

/// The adapter, for lists of adapters.
pub static SQLITE: Sqlite = Sqlite;

/// Reads SQLite databases, and dumps of them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sqlite;

static ABOUT: About = About {
    name: "sqlite",
    title: "SQLite databases of any chat, and dumps of them",
    help: "Reads messages, and users, channels, members, reactions and attachments where they are \
           there, from a database that nothing is written to, or from what `sqlite3 chat.db .dump` \
           prints. Which table and column becomes what is found out by names, or said by a mapping \
           file, whose queries may join tables; `migrate sqlite init` writes one to begin with. Known \
           programs (`migrate sqlite presets`) are recognised. An archive of slackdump, or the folder in \
           which it lies, is read as an export of Slack; the options from `--bot-names` on are for it alone.",
    input: "a database or a dump of one, `-` for a dump that is piped in, and files of delimited text \
            that the mapping names under `[tables]`",
    example: "migrate sqlite samples/sqlite/chat.sql -o out.json",
    options: &wishes::ALL,
    losses: &losses::WITH_SLACKDUMP,
};

impl Adapter for Sqlite {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn open(&self, inputs: &[PathBuf], options: &Options) -> Result<Box<dyn Source>> {
        open::source(inputs, options)
    }

    fn fits(&self, input: &Path, head: &[u8]) -> Fit {
        let is_sql = input
            .extension()
            .is_some_and(|it| it.eq_ignore_ascii_case("sql"));
        match identify::identify(input, head) {
            Kind::Database => Fit::Surely,
            Kind::Dump if is_sql => Fit::Surely,
            Kind::Dump if identify::has_statement(head) => Fit::Perhaps,
            Kind::Dump => Fit::No,
            Kind::Other { .. } if slackdump::database_in(input).is_some() => Fit::Surely,
            Kind::Other { .. } => Fit::No,
        }
    }

    fn commands(&self) -> &'static [Command] {
        commands::ALL
    }
}
