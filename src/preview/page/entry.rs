//! Entries as a page reads them, in both spellings.
//!
//! Whoever wrote them: a field may be absent or null. An entry that says who wrote what in another way
//! is not read, and shown as it stands; other fields that are of another type are passed over.

use serde::Deserialize;

use super::super::entry::lenient;

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
    #[serde(deserialize_with = "lenient")]
    pub show_in_channel: Option<bool>,
    /// `mentioned_users_ids`
    #[serde(deserialize_with = "lenient")]
    pub mentioned_users_ids: Option<Vec<String>>,
    /// `mentioned_channel`
    #[serde(deserialize_with = "lenient")]
    pub mentioned_channel: Option<bool>,
    /// `mentioned_here`
    #[serde(deserialize_with = "lenient")]
    pub mentioned_here: Option<bool>,
    /// `quoted_message_id`
    #[serde(deserialize_with = "lenient")]
    pub quoted_message_id: Option<String>,
    /// `restricted_visibility`
    #[serde(deserialize_with = "lenient")]
    pub restricted_visibility: Option<Vec<String>>,
    /// `attachments`
    #[serde(deserialize_with = "lenient")]
    pub attachments: Option<Vec<Attachment>>,
    /// `created_at`
    #[serde(deserialize_with = "lenient")]
    pub created_at: Option<String>,
    /// `updated_at`, in the array only
    #[serde(deserialize_with = "lenient")]
    pub updated_at: Option<String>,
    /// Custom in JSON Lines, where there is no `updated_at`
    #[serde(deserialize_with = "lenient")]
    pub edited_at: Option<String>,
    /// `deleted_at`
    #[serde(deserialize_with = "lenient")]
    pub deleted_at: Option<String>,
    /// `pinned_at`
    #[serde(deserialize_with = "lenient")]
    pub pinned_at: Option<String>,
}

/// What is shown of an attachment.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Attachment {
    /// `type`
    #[serde(rename = "type", deserialize_with = "lenient")]
    pub kind: Option<String>,
    /// `title`
    #[serde(deserialize_with = "lenient")]
    pub title: Option<String>,
    /// `title_link`
    #[serde(deserialize_with = "lenient")]
    pub title_link: Option<String>,
    /// `image_url`
    #[serde(deserialize_with = "lenient")]
    pub image_url: Option<String>,
    /// `thumb_url`
    #[serde(deserialize_with = "lenient")]
    pub thumb_url: Option<String>,
    /// `asset_url`
    #[serde(deserialize_with = "lenient")]
    pub asset_url: Option<String>,
    /// `og_scrape_url`
    #[serde(deserialize_with = "lenient")]
    pub og_scrape_url: Option<String>,
    /// `author_name`
    #[serde(deserialize_with = "lenient")]
    pub author_name: Option<String>,
    /// `text`
    #[serde(deserialize_with = "lenient")]
    pub text: Option<String>,
    /// `footer`
    #[serde(deserialize_with = "lenient")]
    pub footer: Option<String>,
    /// `mime_type`
    #[serde(deserialize_with = "lenient")]
    pub mime_type: Option<String>,
    /// `file_size`, in bytes
    #[serde(deserialize_with = "lenient")]
    pub file_size: Option<u64>,
}

/// What is shown of a reaction.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Reaction {
    /// `type`
    #[serde(rename = "type", deserialize_with = "lenient")]
    pub kind: Option<String>,
    /// `user_id`
    #[serde(deserialize_with = "lenient")]
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
        let odd = br#"{"item":{"id":"a","edited_at":5,"mentioned_users_ids":[1],"attachments":[{"title":"b","file_size":"12"}]}}"#;
        let message: Message = item(odd).unwrap();
        assert_eq!(message.id.as_deref(), Some("a"));
        assert!(message.edited_at.is_none() && message.mentioned_users_ids.is_none());
        let attachment = &message.attachments.unwrap()[0];
        assert_eq!(attachment.title.as_deref(), Some("b"));
        assert_eq!(attachment.file_size, None);
        assert!(item::<Message>(br#"{"item":{"id":5}}"#).is_none());
        assert!(item::<Message>(b"").is_none());
    }
}
