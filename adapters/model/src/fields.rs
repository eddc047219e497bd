//! The fields of every record, by name: the one list that reads, writes and describes records
//! one by one. What a field is written as is left to the [`FieldVisitor`].

use crate::{
    Attachment, Channel, ChannelRef, ChannelType, Custom, Member, Message, MessageKind, Person,
    Pin, Rank, Reaction, Record, Text, Time, User,
};

/// Something that has named fields.
///
/// The names are those of the struct's fields. The order never changes, and a field that is added
/// stands before `custom`, which is the last.
pub trait Fields<'a> {
    /// Shows every field to a visitor, in order.
    ///
    /// # Errors
    /// The first error that the visitor gives.
    fn each<V: FieldVisitor<'a>>(&mut self, fields: &mut V) -> Result<(), V::Error>;
}

/// Is shown the fields of a record, and may look at them or set them.
pub trait FieldVisitor<'a> {
    /// Why the fields could not be gone through.
    type Error;

    /// A text; empty means that there is none.
    fn text(&mut self, name: &'static str, it: &mut Text<'a>) -> Result<(), Self::Error>;
    /// A list of texts.
    fn texts(&mut self, name: &'static str, it: &mut Vec<Text<'a>>) -> Result<(), Self::Error>;
    /// A flag.
    fn flag(&mut self, name: &'static str, it: &mut bool) -> Result<(), Self::Error>;
    /// A time.
    fn time(&mut self, name: &'static str, it: &mut Option<Time>) -> Result<(), Self::Error>;
    /// A whole number.
    fn integer(&mut self, name: &'static str, it: &mut Option<u64>) -> Result<(), Self::Error>;
    /// A number.
    fn float(&mut self, name: &'static str, it: &mut Option<f64>) -> Result<(), Self::Error>;
    /// A list of numbers.
    fn floats(&mut self, name: &'static str, it: &mut Vec<f64>) -> Result<(), Self::Error>;
    /// The channel of a record.
    fn channel(&mut self, it: &mut ChannelRef<'a>) -> Result<(), Self::Error>;
    /// The type of a channel.
    fn channel_type(&mut self, it: &mut ChannelType<'a>) -> Result<(), Self::Error>;
    /// What a message is.
    fn kind(&mut self, it: &mut MessageKind) -> Result<(), Self::Error>;
    /// How well a person is known.
    fn rank(&mut self, it: &mut Rank) -> Result<(), Self::Error>;
    /// That a message is pinned.
    fn pin(&mut self, it: &mut Option<Pin<'a>>) -> Result<(), Self::Error>;
    /// What hangs on a message.
    fn attachments(&mut self, it: &mut Vec<Attachment<'a>>) -> Result<(), Self::Error>;
    /// Everything else.
    fn custom(&mut self, it: &mut Custom<'a>) -> Result<(), Self::Error>;
}

impl<'a> Fields<'a> for Record<'a> {
    fn each<V: FieldVisitor<'a>>(&mut self, fields: &mut V) -> Result<(), V::Error> {
        match self {
            Record::User(it) => it.each(fields),
            Record::Channel(it) => it.each(fields),
            Record::Member(it) => it.each(fields),
            Record::Message(it) => it.each(fields),
            Record::Reaction(it) => it.each(fields),
        }
    }
}

impl<'a> Fields<'a> for User<'a> {
    fn each<V: FieldVisitor<'a>>(&mut self, fields: &mut V) -> Result<(), V::Error> {
        fields.text("id", &mut self.id)?;
        fields.text("name", &mut self.name)?;
        fields.text("email", &mut self.email)?;
        fields.text("image_url", &mut self.image_url)?;
        fields.text("role", &mut self.role)?;
        fields.texts("teams", &mut self.teams)?;
        fields.flag("invisible", &mut self.invisible)?;
        fields.text("language", &mut self.language)?;
        fields.time("created_at", &mut self.created_at)?;
        fields.time("updated_at", &mut self.updated_at)?;
        fields.time("deactivated_at", &mut self.deactivated_at)?;
        fields.time("deleted_at", &mut self.deleted_at)?;
        fields.texts("muted_user_ids", &mut self.muted_user_ids)?;
        fields.texts("muted_channel_ids", &mut self.muted_channel_ids)?;
        fields.texts("blocked_user_ids", &mut self.blocked_user_ids)?;
        fields.custom(&mut self.custom)
    }
}

impl<'a> Fields<'a> for Channel<'a> {
    fn each<V: FieldVisitor<'a>>(&mut self, fields: &mut V) -> Result<(), V::Error> {
        fields.text("id", &mut self.id)?;
        fields.texts("member_ids", &mut self.member_ids)?;
        fields.channel_type(&mut self.channel_type)?;
        fields.text("name", &mut self.name)?;
        fields.text("image_url", &mut self.image_url)?;
        fields.text("team", &mut self.team)?;
        fields.text("created_by", &mut self.created_by)?;
        fields.flag("frozen", &mut self.frozen)?;
        fields.flag("disabled", &mut self.disabled)?;
        fields.time("created_at", &mut self.created_at)?;
        fields.time("updated_at", &mut self.updated_at)?;
        fields.time("truncated_at", &mut self.truncated_at)?;
        fields.texts("banned_user_ids", &mut self.banned_user_ids)?;
        fields.custom(&mut self.custom)
    }
}

impl<'a> Fields<'a> for Member<'a> {
    fn each<V: FieldVisitor<'a>>(&mut self, fields: &mut V) -> Result<(), V::Error> {
        fields.channel(&mut self.channel)?;
        fields.text("user_id", &mut self.user_id)?;
        fields.text("role", &mut self.role)?;
        fields.time("created_at", &mut self.created_at)?;
        fields.time("last_read", &mut self.last_read)?;
        fields.flag("invited", &mut self.invited)?;
        fields.time("invite_accepted_at", &mut self.invite_accepted_at)?;
        fields.time("invite_rejected_at", &mut self.invite_rejected_at)?;
        fields.flag("hide_channel", &mut self.hide_channel)?;
        fields.time("hide_messages_before", &mut self.hide_messages_before)?;
        fields.time("archived_at", &mut self.archived_at)?;
        fields.custom(&mut self.custom)
    }
}

impl<'a> Fields<'a> for Message<'a> {
    fn each<V: FieldVisitor<'a>>(&mut self, fields: &mut V) -> Result<(), V::Error> {
        fields.text("id", &mut self.id)?;
        fields.channel(&mut self.channel)?;
        fields.text("user_id", &mut self.user_id)?;
        fields.text("text", &mut self.text)?;
        fields.kind(&mut self.kind)?;
        fields.text("parent_id", &mut self.parent_id)?;
        fields.text("parent_user_id", &mut self.parent_user_id)?;
        fields.time("parent_created_at", &mut self.parent_created_at)?;
        fields.flag("show_in_channel", &mut self.show_in_channel)?;
        fields.text("quoted_message_id", &mut self.quoted_message_id)?;
        fields.text("quoted_text", &mut self.quoted_text)?;
        fields.texts("mentioned_user_ids", &mut self.mentioned_user_ids)?;
        fields.flag("mentioned_channel", &mut self.mentioned_channel)?;
        fields.flag("mentioned_here", &mut self.mentioned_here)?;
        fields.texts("restricted_visibility", &mut self.restricted_visibility)?;
        fields.pin(&mut self.pin)?;
        fields.time("created_at", &mut self.created_at)?;
        fields.time("edited_at", &mut self.edited_at)?;
        fields.time("deleted_at", &mut self.deleted_at)?;
        fields.attachments(&mut self.attachments)?;
        fields.custom(&mut self.custom)
    }
}

impl<'a> Fields<'a> for Pin<'a> {
    fn each<V: FieldVisitor<'a>>(&mut self, fields: &mut V) -> Result<(), V::Error> {
        fields.time("at", &mut self.at)?;
        fields.text("by", &mut self.by)?;
        fields.time("until", &mut self.until)
    }
}

impl<'a> Fields<'a> for Attachment<'a> {
    fn each<V: FieldVisitor<'a>>(&mut self, fields: &mut V) -> Result<(), V::Error> {
        fields.text("kind", &mut self.kind)?;
        fields.text("image_url", &mut self.image_url)?;
        fields.text("thumb_url", &mut self.thumb_url)?;
        fields.text("asset_url", &mut self.asset_url)?;
        fields.text("title", &mut self.title)?;
        fields.text("title_link", &mut self.title_link)?;
        fields.text("og_scrape_url", &mut self.og_scrape_url)?;
        fields.text("text", &mut self.text)?;
        fields.text("author_name", &mut self.author_name)?;
        fields.text("author_link", &mut self.author_link)?;
        fields.text("author_icon", &mut self.author_icon)?;
        fields.text("color", &mut self.color)?;
        fields.text("footer", &mut self.footer)?;
        fields.text("mime_type", &mut self.mime_type)?;
        fields.integer("size_bytes", &mut self.size_bytes)?;
        fields.float("duration", &mut self.duration)?;
        fields.integer("width", &mut self.width)?;
        fields.integer("height", &mut self.height)?;
        fields.floats("waveform", &mut self.waveform)?;
        fields.flag("migrate_resources", &mut self.migrate_resources)?;
        fields.custom(&mut self.custom)
    }
}

impl<'a> Fields<'a> for Reaction<'a> {
    fn each<V: FieldVisitor<'a>>(&mut self, fields: &mut V) -> Result<(), V::Error> {
        fields.text("message_id", &mut self.message_id)?;
        fields.channel(&mut self.channel)?;
        fields.text("reaction_type", &mut self.reaction_type)?;
        fields.text("user_id", &mut self.user_id)?;
        fields.time("created_at", &mut self.created_at)?;
        fields.custom(&mut self.custom)
    }
}

impl<'a> Fields<'a> for Person<'a> {
    fn each<V: FieldVisitor<'a>>(&mut self, fields: &mut V) -> Result<(), V::Error> {
        fields.text("id", &mut self.id)?;
        fields.rank(&mut self.rank)?;
        fields.text("name", &mut self.name)?;
        fields.text("image_url", &mut self.image_url)?;
        let mut seen_at = Some(self.seen_at);
        fields.time("seen_at", &mut seen_at)?;
        self.seen_at = seen_at.unwrap_or(self.seen_at);
        fields.custom(&mut self.custom)
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;
    use crate::Value;

    /// Sets every field that it is shown.
    struct Fill(Vec<&'static str>);

    impl<'a> FieldVisitor<'a> for Fill {
        type Error = Infallible;

        fn text(&mut self, name: &'static str, it: &mut Text<'a>) -> Result<(), Infallible> {
            self.0.push(name);
            *it = name.into();
            Ok(())
        }
        fn texts(&mut self, name: &'static str, it: &mut Vec<Text<'a>>) -> Result<(), Infallible> {
            self.0.push(name);
            it.push(name.into());
            Ok(())
        }
        fn flag(&mut self, name: &'static str, it: &mut bool) -> Result<(), Infallible> {
            self.0.push(name);
            *it = true;
            Ok(())
        }
        fn time(&mut self, name: &'static str, it: &mut Option<Time>) -> Result<(), Infallible> {
            self.0.push(name);
            *it = Some(Time::EPOCH);
            Ok(())
        }
        fn integer(&mut self, name: &'static str, it: &mut Option<u64>) -> Result<(), Infallible> {
            self.0.push(name);
            *it = Some(1);
            Ok(())
        }
        fn float(&mut self, name: &'static str, it: &mut Option<f64>) -> Result<(), Infallible> {
            self.0.push(name);
            *it = Some(1.0);
            Ok(())
        }
        fn floats(&mut self, name: &'static str, it: &mut Vec<f64>) -> Result<(), Infallible> {
            self.0.push(name);
            it.push(1.0);
            Ok(())
        }
        fn channel(&mut self, it: &mut ChannelRef<'a>) -> Result<(), Infallible> {
            self.0.push("channel");
            *it = ChannelRef::Id("channel".into());
            Ok(())
        }
        fn channel_type(&mut self, it: &mut ChannelType<'a>) -> Result<(), Infallible> {
            self.0.push("channel_type");
            *it = ChannelType::Direct;
            Ok(())
        }
        fn kind(&mut self, it: &mut MessageKind) -> Result<(), Infallible> {
            self.0.push("kind");
            *it = MessageKind::System;
            Ok(())
        }
        fn rank(&mut self, it: &mut Rank) -> Result<(), Infallible> {
            self.0.push("rank");
            *it = Rank::Label;
            Ok(())
        }
        fn pin(&mut self, it: &mut Option<Pin<'a>>) -> Result<(), Infallible> {
            self.0.push("pin");
            it.insert(Pin::default()).each(&mut Fill(Vec::new()))
        }
        fn attachments(&mut self, it: &mut Vec<Attachment<'a>>) -> Result<(), Infallible> {
            self.0.push("attachments");
            it.push(Attachment::default());
            it[0].each(&mut Fill(Vec::new()))
        }
        fn custom(&mut self, it: &mut Custom<'a>) -> Result<(), Infallible> {
            self.0.push("custom");
            it.set("x", Value::from(1));
            Ok(())
        }
    }

    fn check<'a>(mut it: impl Fields<'a> + std::fmt::Debug) {
        let mut fill = Fill(Vec::new());
        let Ok(()) = it.each(&mut fill);
        let shown = format!("{it:?}");
        for empty in [
            "\"\"",
            "[]",
            "None",
            "false",
            "Unit",
            "Regular",
            ": Channel",
            "rank: Id",
            "Custom([])",
        ] {
            let place = shown.find(empty).map(|at| &shown[at.saturating_sub(40)..]);
            assert_eq!(place, None, "a field is not in the list");
        }
        for (at, name) in fill.0.iter().enumerate() {
            assert!(!fill.0[..at].contains(name), "`{name}` stands twice");
        }
    }

    #[test]
    fn every_field_of_every_record_is_in_its_list_once() {
        check(User::default());
        check(Channel::default());
        check(Member::default());
        check(Message::default());
        check(Pin::default());
        check(Attachment::default());
        check(Reaction::default());
        check(Person {
            id: "".into(),
            rank: Rank::Id,
            name: "".into(),
            image_url: "".into(),
            seen_at: Time::MAX,
            custom: Custom::default(),
        });
    }
}
