//! Entries as a page reads them, in both spellings.
//!
//! Whoever wrote them: a field may be absent or null. An entry that is otherwise is not read, and
//! shown as it stands.

use serde::Deserialize;

/// What is shown of a message.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Message {
    /// `id`
    pub id: Option<String>,
    /// `user`
    pub user: Option<String>,
    /// `type`
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// `text`
    pub text: Option<String>,
    /// `show_in_channel`
    pub show_in_channel: Option<bool>,
    /// `mentioned_users_ids`
    pub mentioned_users_ids: Option<Vec<String>>,
    /// `mentioned_channel`
    pub mentioned_channel: Option<bool>,
    /// `mentioned_here`
    pub mentioned_here: Option<bool>,
    /// `quoted_message_id`
    pub quoted_message_id: Option<String>,
    /// `restricted_visibility`
    pub restricted_visibility: Option<Vec<String>>,
    /// `attachments`
    pub attachments: Option<Vec<Attachment>>,
    /// `created_at`
    pub created_at: Option<String>,
    /// `updated_at`, in the array only
    pub updated_at: Option<String>,
    /// Custom in JSON Lines, where there is no `updated_at`
    pub edited_at: Option<String>,
    /// `deleted_at`
    pub deleted_at: Option<String>,
    /// `pinned_at`
    pub pinned_at: Option<String>,
}

/// What is shown of an attachment.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Attachment {
    /// `type`
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// `title`
    pub title: Option<String>,
    /// `title_link`
    pub title_link: Option<String>,
    /// `image_url`
    pub image_url: Option<String>,
    /// `thumb_url`
    pub thumb_url: Option<String>,
    /// `asset_url`
    pub asset_url: Option<String>,
    /// `og_scrape_url`
    pub og_scrape_url: Option<String>,
    /// `author_name`
    pub author_name: Option<String>,
    /// `text`
    pub text: Option<String>,
    /// `footer`
    pub footer: Option<String>,
    /// `mime_type`
    pub mime_type: Option<String>,
    /// `file_size`, in bytes
    pub file_size: Option<u64>,
}

/// What is shown of a reaction.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Reaction {
    /// `type`
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// `user_id`
    pub user_id: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::super::super::entry::item;
    use super::*;

    #[test]
    fn both_spellings_are_read_and_nulls_are_nothing() {
        for name in ["item", "data"] {
            let entry =
                format!(r#"{{"type":"message","{name}":{{"id":"a","text":null,"x":[1]}}}}"#);
            let message: Message = item(entry.as_bytes()).unwrap();
            assert_eq!(message.id.as_deref(), Some("a"));
            assert_eq!(message.text, None);
        }
        assert!(item::<Message>(br#"{"item":{"id":5}}"#).is_none());
        assert!(item::<Message>(b"").is_none());
    }
}
