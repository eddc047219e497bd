//! The keys of a line, and which of them a line of each type may have.

use crate::line_type::LineType;

/// A key beside `data`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    Type,
    Data,
    At,
    Record,
    Made,
    Of,
    Kind,
    Count,
    Detail,
    ChannelId,
    ChannelMemberIds,
    Protocol,
    Version,
    Adapter,
    AdapterVersion,
    Losses,
    Counts,
    Done,
    Total,
}

/// All keys, those of messages first.
pub(crate) const KEYS: &[(Key, &str)] = &[
    (Key::Type, "type"),
    (Key::Data, "data"),
    (Key::At, "at"),
    (Key::Record, "record"),
    (Key::Made, "made"),
    (Key::Of, "of"),
    (Key::Kind, "kind"),
    (Key::Count, "count"),
    (Key::Detail, "detail"),
    (Key::ChannelId, "channel_id"),
    (Key::ChannelMemberIds, "channel_member_ids"),
    (Key::Protocol, "protocol"),
    (Key::Version, "version"),
    (Key::Adapter, "adapter"),
    (Key::AdapterVersion, "adapter_version"),
    (Key::Losses, "losses"),
    (Key::Counts, "counts"),
    (Key::Done, "done"),
    (Key::Total, "total"),
];

impl LineType {
    /// The keys that a line of this type may have.
    pub(crate) fn keys(self) -> &'static [Key] {
        use Key::{
            Adapter, AdapterVersion, At, ChannelId, ChannelMemberIds, Count, Counts, Data, Detail,
            Done, Kind, Losses, Made, Of, Protocol, Record, Total, Type, Version,
        };
        match self {
            LineType::User
            | LineType::Channel
            | LineType::Member
            | LineType::Message
            | LineType::Reaction => &[Type, Data, At, Record, Made],
            LineType::Person => &[Type, Data, At, Record],
            LineType::Loss | LineType::LeftOut | LineType::Merged | LineType::Excluded => &[
                Type,
                Of,
                Kind,
                Count,
                Detail,
                ChannelId,
                ChannelMemberIds,
                At,
                Record,
            ],
            LineType::Hello => &[Type, Protocol, Version, Adapter, AdapterVersion, Losses],
            LineType::Progress => &[Type, Done, Total],
            LineType::End => &[Type, Counts],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_belongs_to_a_type_and_has_a_name() {
        for (key, name) in KEYS {
            let belongs = LineType::ALL.iter().any(|line| line.keys().contains(key));
            assert!(belongs, "{name}");
        }
        for line in LineType::ALL {
            assert_eq!(line.keys().first(), Some(&Key::Type));
            for key in line.keys() {
                assert!(KEYS.iter().any(|(it, _)| it == key), "{line:?}");
            }
        }
    }
}
