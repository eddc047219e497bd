//! What the row of a message says of its attachments: several in one cell, or one in columns of its
//! own.

use std::borrow::Cow;

use migrate_model::{Attachment, Message, Text};

use crate::attach::{self, Attachments};
use crate::cell::Row;
use crate::fill::{Context, fill};
use crate::step::Step;
use crate::{ids, list, literal, losses};

impl<'r, R: Row + ?Sized> Context<'r, '_, R> {
    /// The attachments of one cell: JSON, what Python prints of the like, or addresses.
    pub(crate) fn listed_attachments(&mut self, step: &'r Step) -> Vec<Attachment<'r>> {
        let text = ids::trimmed(step.whole(self.row, self.notes));
        if text.is_empty() || ids::is_nothing(&text) {
            return Vec::new();
        }
        let transform = &step.transform;
        let is_list = transform.split.is_none() && text.starts_with(['[', '{']);
        if transform.json || is_list {
            let read = attach::of_json(&text, &transform.map);
            let read =
                read.or_else(|| attach::of_json(&literal::json_of_python(&text)?, &transform.map));
            if let Some(read) = read {
                return self.usable(read, &text);
            }
            // Pieces of objects are no addresses.
            if transform.json || has_objects(&text) {
                self.notes.lose(&losses::BAD_JSON, text.into_owned());
                return Vec::new();
            }
        }
        let separator = transform.split.as_deref();
        let read = match text.contains("://") && !list::is_set(&text) {
            true => attach::of_urls(list::addresses(&text, separator)),
            false => {
                let values = match separator {
                    Some(separator) if !list::is_set(&text) => list::split(&text, separator),
                    _ => list::read(&text, None),
                };
                attach::of_urls(values)
            }
        };
        self.usable(read, &text)
    }

    /// The attachments that were read of a cell; others are told.
    fn usable<'t>(&mut self, read: Attachments<'t>, text: &str) -> Vec<Attachment<'t>> {
        if read.bad > 0 {
            let text = text.to_owned();
            self.notes
                .lose_many(&losses::BAD_ATTACHMENT, text, read.bad);
        }
        read.all
    }

    /// Adds the attachment that has columns of its own.
    pub(crate) fn attach(&mut self, message: &mut Message<'r>) {
        let plan = self.plan;
        if plan.attachment.iter().all(Option::is_none) {
            return;
        }
        let mut it = Attachment::default();
        fill(&mut it, &plan.attachment, self);
        for url in [&mut it.asset_url, &mut it.image_url, &mut it.thumb_url] {
            if ids::is_nothing(url) {
                *url = Cow::Borrowed("");
            }
        }
        let texts: [&Text<'_>; 6] = [
            &it.asset_url,
            &it.image_url,
            &it.thumb_url,
            &it.title_link,
            &it.text,
            &it.title,
        ];
        if texts.iter().any(|text| !text.is_empty()) {
            attach::dress(&mut it);
            message.attachments.push(it);
        }
    }
}

/// Whether a text begins as an object does, or a list of objects.
fn has_objects(text: &str) -> bool {
    let inner = text.trim_start_matches(['[', '(', ' ']);
    let key = inner.strip_prefix('{').map(str::trim_start);
    let is_list = inner.len() < text.len();
    key.is_some_and(|key| {
        is_list || key.starts_with('\'') || key.starts_with('"') && key.contains("\":")
    })
}
