//! Mappings that come with the program, for databases whose tables are known.

use std::collections::HashSet;

use anyhow::{Result, bail};
use migrate_mapping::Preset;
use migrate_model::wording;

use crate::slackdump;
use crate::tables::Table;

/// A mapping that comes with the program, and what databases it is for.
#[derive(Debug)]
pub(crate) struct Known {
    /// Its name is that of the program which made the database, and behind a `/` which of several
    /// layouts that program had, as in `whatsapp/new`.
    pub(crate) preset: Preset,
    /// The columns, as `table.column`, of which a database has all if it is of this layout; case does
    /// not count.
    pub(crate) signature: &'static [&'static str],
}

/// All presets, in the order in which they are listed and tried.
static ALL: &[Known] = &[
    Known {
        preset: Preset {
            name: "campfire",
            title: "the database of a Campfire that one runs oneself",
            text: include_str!("../presets/campfire.toml"),
        },
        signature: &[
            "action_text_rich_texts.record_id",
            "active_storage_attachments.blob_id",
            "active_storage_blobs.key",
            "boosts.booster_id",
            "memberships.involvement",
            "messages.client_message_id",
            "rooms.creator_id",
            "users.email_address",
        ],
    },
    Known {
        preset: Preset {
            name: "discord-history-tracker/new",
            title: "a file of Discord History Tracker, versions 9 and later",
            text: include_str!("../presets/discord-history-tracker.toml"),
        },
        signature: &[
            "attachments.download_url",
            "channels.nsfw",
            "message_attachments.attachment_id",
            "message_edit_timestamps.edit_timestamp",
            "message_embeds.json",
            "message_reactions.emoji_name",
            "message_replied_to.replied_to_id",
            "messages.sender_id",
            "servers.type",
            "users.display_name",
        ],
    },
    Known {
        preset: Preset {
            name: "discord-history-tracker/old",
            title: "the same, versions 3 to 8",
            text: include_str!("../presets/discord-history-tracker-old.toml"),
        },
        signature: &[
            "attachments.message_id",
            "channels.nsfw",
            "edit_timestamps.edit_timestamp",
            "embeds.json",
            "messages.sender_id",
            "reactions.emoji_name",
            "replied_to.replied_to_id",
            "servers.type",
            "users.discriminator",
        ],
    },
    Known {
        preset: Preset {
            name: "imessage",
            title: "`chat.db` of Messages on a Mac, or `sms.db` of an iPhone",
            text: include_str!("../presets/imessage.toml"),
        },
        signature: &[
            "attachment.transfer_name",
            "chat.chat_identifier",
            "chat.style",
            "chat_handle_join.handle_id",
            "chat_message_join.chat_id",
            "handle.id",
            "message.group_action_type",
            "message.guid",
            "message.is_from_me",
            "message.item_type",
            "message_attachment_join.attachment_id",
        ],
    },
    Known {
        preset: slackdump::PRESET,
        // It is recognised apart, since it has no mapping.
        signature: &[],
    },
    Known {
        preset: Preset {
            name: "synapse",
            title: "the database of Synapse, a Matrix server, where it is SQLite",
            text: include_str!("../presets/synapse.toml"),
        },
        signature: &[
            "account_data.account_data_type",
            "current_state_events.state_key",
            "event_json.json",
            "event_relations.aggregation_key",
            "events.outlier",
            "events.rejection_reason",
            "events.state_key",
            "profiles.displayname",
            "redactions.redacts",
            "room_memberships.display_name",
            "rooms.is_public",
            "users.creation_ts",
        ],
    },
    Known {
        preset: Preset {
            name: "whatsapp/lid",
            title: "`msgstore.db` of WhatsApp for Android, since 2024 or so",
            text: include_str!("../presets/whatsapp-lid.toml"),
        },
        signature: &[
            "chat.jid_row_id",
            "jid.device",
            "jid_map.jid_row_id",
            "jid_map.lid_row_id",
            "message.message_type",
            "message.text_data",
            "message_add_on.parent_message_row_id",
            "message_add_on_reaction.reaction",
            "message_edit_info.edited_timestamp",
            "message_forwarded.forward_score",
            "message_location.place_name",
            "message_media.media_caption",
            "message_quoted.key_id",
            "message_revoked.revoke_timestamp",
            "message_system.action_type",
            "message_vcard.vcard",
            "props.value",
        ],
    },
    Known {
        preset: Preset {
            name: "whatsapp/new",
            title: "the same, of 2022 and 2023 or so",
            text: include_str!("../presets/whatsapp.toml"),
        },
        signature: &[
            "chat.jid_row_id",
            "jid.device",
            "message.message_type",
            "message.text_data",
            "message_add_on.parent_message_row_id",
            "message_add_on_reaction.reaction",
            "message_edit_info.edited_timestamp",
            "message_forwarded.forward_score",
            "message_location.place_name",
            "message_media.media_caption",
            "message_quoted.key_id",
            "message_revoked.revoke_timestamp",
            "message_system.action_type",
            "message_vcard.vcard",
            "props.value",
        ],
    },
    Known {
        preset: Preset {
            name: "whatsapp/old",
            title: "the same, up to 2022 or so",
            text: include_str!("../presets/whatsapp-old.toml"),
        },
        signature: &[
            "chat_list.creation",
            "group_participants.gjid",
            "messages.edit_version",
            "messages.key_remote_jid",
            "messages.media_wa_type",
            "messages.quoted_row_id",
            "messages_quotes.key_id",
        ],
    },
];

impl Known {
    /// Whether it is a mapping at all, and no database that code reads.
    fn is_mapping(&self) -> bool {
        !self.signature.is_empty()
    }

    /// The program that made the database.
    pub(crate) fn origin(&self) -> &'static str {
        family(self.preset.name)
    }

    /// The columns that a database lacks.
    fn lacks(&self, columns: &HashSet<String>) -> Vec<&'static str> {
        let wanted = self.signature.iter().copied();
        wanted
            .filter(|name| !columns.contains(&name.to_ascii_lowercase()))
            .collect()
    }
}

/// All presets.
pub(crate) fn all() -> impl Iterator<Item = &'static Preset> + Clone {
    ALL.iter().map(|known| &known.preset)
}

/// The first preset whose tables a database has.
pub(crate) fn of(tables: &[Table]) -> Option<&'static Known> {
    let columns = columns(tables);
    let mut known = ALL.iter().filter(|it| it.is_mapping());
    known.find(|known| known.lacks(&columns).is_empty())
}

/// The preset that somebody asks for: by its whole name, or by that of the program, of whose layouts
/// the one is taken that a database has.
///
/// # Errors
/// If there is none of that name, or no layout of the program fits; with what the database lacks.
pub(crate) fn asked(name: &str, tables: &[Table]) -> Result<&'static Known> {
    let exact = ALL.iter().find(|known| known.preset.name == name);
    let of_program: Vec<&Known> = ALL.iter().filter(|known| known.origin() == name).collect();
    if let Some(known) = exact {
        return match of(tables) {
            Some(fitting) if fitting.origin() == known.origin() && fitting.preset.name != name => {
                bail!(
                    "the preset `{name}` does not fit the database, and `{}`, another layout of the same program, does",
                    fitting.preset.name
                )
            }
            _ => Ok(known),
        };
    }
    if of_program.is_empty() {
        return Err(Preset::by_name(all(), name).map_or_else(|error| error, |_| unlisted(name)));
    }
    let columns = columns(tables);
    let lacks = of_program
        .iter()
        .map(|known| (known.lacks(&columns), *known));
    match lacks.min_by_key(|(lacks, _)| lacks.len()) {
        Some((lacks, known)) if lacks.is_empty() => Ok(known),
        Some((lacks, known)) => bail!(
            "no layout of the preset `{name}` fits the database; the nearest is `{}`, which needs {}; \
             `migrate sqlite tables` shows what there is",
            known.preset.name,
            wording::list(&lacks)
        ),
        None => Err(unlisted(name)),
    }
}

/// The preset of that name, to be shown.
///
/// # Errors
/// If there is none, or it is the name of a program with several layouts.
pub(crate) fn named(name: &str) -> Result<&'static Preset> {
    let layouts = ALL.iter().filter(|known| known.origin() == name);
    let layouts: Vec<&str> = layouts.map(|known| known.preset.name).collect();
    if layouts.len() > 1 {
        bail!(
            "each layout of `{name}` has a preset of its own, and a database is read by the one that fits: show {}",
            wording::list(&layouts)
        );
    }
    Preset::by_name(all(), name)
}

fn unlisted(name: &str) -> anyhow::Error {
    anyhow::anyhow!("there is no preset `{}`", wording::safe(name, 40))
}

fn family(name: &'static str) -> &'static str {
    name.split_once('/').map_or(name, |(family, _)| family)
}

fn columns(tables: &[Table]) -> HashSet<String> {
    let tables = tables.iter().flat_map(|table| {
        let columns = table.columns.iter();
        columns.map(|column| format!("{}.{}", table.name, column.name).to_ascii_lowercase())
    });
    tables.collect()
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::path::Path;
    use std::{env, fs};

    use migrate_mapping::Declared;
    use migrate_model::Outcome;

    use super::*;

    /// What the tables of losses on the page begin with.
    const LOSSES: &str = "| loss | outcome | what happened |\n| --- | --- | --- |\n";

    #[test]
    fn names_are_in_order_and_signatures_name_columns() {
        let names: Vec<_> = ALL.iter().map(|known| known.preset.name).collect();
        assert!(names.is_sorted_by(|one, other| one < other), "{names:?}");
        for known in ALL {
            let is_column = |it: &&str| it.split('.').count() == 2;
            assert!(known.signature.iter().all(is_column));
            assert!(known.signature.is_sorted(), "{}", known.preset.name);
            // So a draft of the preset calls people as the preset does.
            let mapping = known.is_mapping().then(|| known.preset.mapping().unwrap());
            let is_own = |origin: Option<String>| origin.as_deref() == Some(known.origin());
            assert!(
                mapping.is_none_or(|it| is_own(it.origin)),
                "{}",
                known.preset.name
            );
        }
    }

    /// The losses that a preset declares. That of slackdump is no mapping.
    fn losses(known: &Known) -> Vec<Declared> {
        let is_mapping = known.preset.text.contains("version = 1");
        let mapping = is_mapping.then(|| known.preset.mapping().unwrap());
        mapping.map_or_else(Vec::new, |it| it.losses)
    }

    /// The page with the losses that presets declare.
    fn expected(page: &str) -> String {
        let mut sections = page.split("\n## ");
        let mut expected = sections.next().unwrap_or_default().to_owned();
        for section in sections {
            let (name, _) = section.split_once('\n').expect("a line");
            let Some((head, _)) = section.split_once(LOSSES) else {
                write!(expected, "\n## {section}").unwrap();
                continue;
            };
            write!(expected, "\n## {head}{LOSSES}").unwrap();
            let mut listed = HashSet::new();
            for known in ALL.iter().filter(|known| known.origin() == name) {
                for loss in losses(known) {
                    let outcome = match loss.outcome {
                        Outcome::Field => "field",
                        Outcome::LeftOut => "left out",
                        Outcome::Merged => "merged",
                        Outcome::Excluded => "excluded",
                    };
                    if listed.insert(loss.kind) {
                        let (kind, text) = (loss.kind, loss.text);
                        writeln!(expected, "| `{kind}` | {outcome} | {text} |").unwrap();
                    }
                }
            }
        }
        expected
    }

    #[test]
    fn losses_of_presets_are_documented() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../docs/adapters/sqlite-presets.md"
        );
        let path = Path::new(path);
        let page = fs::read_to_string(path).unwrap();
        let expected = expected(&page);
        let declares = |known: &&Known| !losses(known).is_empty();
        for known in ALL.iter().filter(declares) {
            assert!(page.contains(&format!("\n## {}\n", known.origin())));
        }
        if env::var_os("MIGRATE_BLESS").is_some() {
            return fs::write(path, expected).unwrap();
        }
        assert!(
            page == expected,
            "`MIGRATE_BLESS=1 cargo test -p migrate-sqlite documented` mends it"
        );
    }
}
