//! Pages of previews that are made up.

use migrate_model::{Kind, Time};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::model::{Channel, Count, Example, Message, Note, Part, Preview, User, Why};
use super::{Settings, write};
use crate::books::{Book, Class};
use crate::getstream::Spelling;

/// A preview in which every text is `text`, but for those that are Markdown or addresses.
fn filled(text: &str, markdown: &str) -> Preview {
    let message = |id: &str, parent: Option<usize>, more: Value| {
        let mut item = json!({
            "id": id, "user": text, "type": "regular", "text": markdown, "created_at": text,
            "mentioned_users_ids": [text], "custom": text, "pinned_at": text,
        });
        let fields = item.as_object_mut().unwrap();
        fields.extend(more.as_object().unwrap().clone());
        Message {
            entry: json!({"type": "message", "item": item}).to_string(),
            reactions: vec![json!({"item": {"type": text, "user_id": text}}).to_string()],
            parent,
            reply_count: u64::from(parent.is_none()),
            rank: 0,
            why: Why::Loss,
            losses: vec![(text.to_owned(), text.to_owned())],
            place: text.to_owned(),
            source: Some(text.as_bytes().to_vec()),
        }
    };
    let card = json!({
        "type": text, "title": text, "author_name": text, "footer": text, "mime_type": text,
        "text": markdown, "title_link": "https://example.com/",
    });
    let messages = vec![
        message("a", None, json!({ "attachments": [card] })),
        message(
            "b",
            Some(0),
            json!({"show_in_channel": true, "quoted_message_id": "a"}),
        ),
        message(
            "c",
            None,
            json!({"quoted_message_id": text, "restricted_visibility": [text]}),
        ),
        message("d", None, json!({"type": "deleted"})),
        message("e", None, json!({"text": 5})),
    ];
    let channel = Channel {
        cid: text.to_owned(),
        name: text.to_owned(),
        is_direct: false,
        members: 2,
        message_count: 9,
        reaction_count: 1,
        span: Some((Time::EPOCH, Time::EPOCH)),
        entry: json!({"type": "channel", "item": {"id": text, text: text}}).to_string(),
        messages,
    };
    let count = Count {
        id: text.to_owned(),
        name: text.to_owned(),
        count: 3,
    };
    let example = Example {
        place: text.to_owned(),
        detail: text.to_owned(),
        message: Some((0, 1)),
    };
    Preview {
        title: text.to_owned(),
        is_dry_run: false,
        spelling: Spelling::Array,
        books: [Book::default(); Kind::ALL.len()],
        has_source: true,
        span: None,
        days: vec![(0, 9)],
        parts: vec![Part {
            name: text.to_owned(),
            bytes: 5,
            counts: [1; Kind::ALL.len()],
        }],
        part_limit: 10,
        notes: vec![Note {
            class: Class::Loss,
            kind: text.to_owned(),
            text: text.to_owned(),
            count: 2,
            examples: vec![example],
        }],
        remarks: vec![text.to_owned()],
        channels: vec![channel],
        channel_count: 1,
        people: vec![count.clone()],
        reactions: vec![count],
        users: vec![User {
            id: text.to_owned(),
            name: text.to_owned(),
        }],
    }
}

fn page(preview: &Preview) -> String {
    let mut page = Vec::new();
    write(preview, Settings::default(), &mut page).unwrap();
    String::from_utf8(page).unwrap()
}

/// The elements of a page with the names of their attributes, in order.
fn elements(page: &str) -> Vec<String> {
    let start = page.find("<body>").unwrap();
    let tags = page[start..].split('<').skip(1);
    let element = |tag: &str| {
        let tag = tag.split('>').next().unwrap();
        let values = tag.split('"').step_by(2);
        values.collect::<Vec<_>>().join("")
    };
    tags.map(element).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_text_makes_an_element_or_an_attribute(text in "([<>\"'&/= a-z{}%#]|\\PC|[\\x00-\\x1f]){0,40}") {
        let hostile = filled(&format!("x{text}"), "text");
        prop_assert_eq!(elements(&page(&hostile)), elements(&page(&filled("x", "text"))));
    }
}

#[test]
fn no_secret_and_no_address_is_in_a_page() {
    let text = "x xoxe-SECRET https://a.example/?token=SECRET&t=xoxb-SECRET SECRET@a.example";
    let page = page(&filled(text, text));
    assert!(!page.contains("SECRET"), "{page}");
    assert!(!page.contains("xoxe-") && !page.contains("xoxb-"));
    let mut with_profile = Vec::new();
    let settings = Settings {
        include_profile: true,
    };
    write(&filled(text, text), settings, &mut with_profile).unwrap();
    assert!(
        String::from_utf8(with_profile)
            .unwrap()
            .contains("SECRET@a.example")
    );
}

#[test]
fn an_example_leads_to_its_message() {
    let mut preview = filled("x", "text");
    let shown = page(&preview);
    assert!(shown.contains("href=\"#m-0-1\">show the message") && shown.contains("id=\"m-0-1\""));
    preview.notes[0].examples[0].message = Some((0, 77));
    assert!(!page(&preview).contains("show the message"));
}

#[test]
fn every_link_within_a_page_leads_somewhere() {
    let page = page(&filled("x", "text"));
    for link in page.split("href=\"#").skip(1) {
        let id = link.split('"').next().unwrap();
        assert!(page.contains(&format!("id=\"{id}\"")), "{id}");
    }
}

#[test]
fn a_page_is_small_whatever_the_preview_holds() {
    let mut preview = filled("x", &"long ".repeat(2_000));
    let mut channel = preview.channels[0].clone();
    channel.messages = vec![channel.messages[2].clone(); 50];
    preview.channels = vec![channel; 20];
    let shown = page(&preview);
    assert!(shown.len() < 5_000_000, "{}", shown.len());
    assert!(shown.contains("id=\"c-0\"") && shown.contains("id=\"c-19\""));
    let line = preview.channels[0].clone();
    preview.channels = vec![
        Channel {
            messages: Vec::new(),
            ..line
        };
        5_000
    ];
    assert!(page(&preview).len() < 5_500_000);
}

#[test]
fn a_preview_of_nothing_is_a_page() {
    let mut preview = filled("x", "text");
    preview.channels.clear();
    preview.days.clear();
    preview.notes.clear();
    preview.parts.clear();
    preview.part_limit = 0;
    assert!(page(&preview).contains("Nothing was lost"));
}

#[test]
fn threads_in_a_ring_are_shown() {
    let mut preview = filled("x", "text");
    for (message, parent) in preview.channels[0]
        .messages
        .iter_mut()
        .zip([1, 0, 2, 99, 1])
    {
        message.parent = Some(parent);
    }
    let page = page(&preview);
    for n in 0..5 {
        assert!(page.contains(&format!("id=\"m-0-{n}\"")), "{n}");
    }
}

/// What stands between the start of an element with this id and what follows.
fn element<'p>(page: &'p str, id: &str, end: &str) -> &'p str {
    let (_, rest) = page
        .split_once(&format!("id=\"{id}\""))
        .expect("the element");
    rest.split(end).next().unwrap_or_default()
}

#[test]
fn a_reply_that_the_channel_shows_too_stands_in_both_places() {
    let page = page(&filled("x", "hello"));
    let thread = element(&page, "m-0-0", "</details>\n</div>");
    assert!(thread.contains("id=\"m-0-1\"") && thread.contains("also in the channel"));
    let (_, echo) = page.split_once("class=\"message echo\"").unwrap();
    assert!(
        echo.split("</article>")
            .next()
            .unwrap()
            .contains("href=\"#m-0-1\">in a thread")
    );
}

#[test]
fn messages_look_like_what_they_are() {
    let page = page(&filled("x", "hello"));
    assert!(element(&page, "m-0-3", "</article>").contains("This message was deleted."));
    let unread = element(&page, "m-0-4", "</article>");
    assert!(unread.contains("not one of a message") && unread.contains("\"text\": 5"));
    let quote = element(&page, "m-0-1", "</blockquote>");
    assert!(quote.contains("<a href=\"#m-0-0\">") && quote.contains("hello"));
    let quote = element(&page, "m-0-2", "</blockquote>");
    assert!(quote.contains("not shown") && quote.contains("<bdi>x</bdi>"));
}

#[test]
fn both_spellings_look_the_same() {
    let array = filled("x", "hello");
    let mut lines = array.clone();
    for message in &mut lines.channels[0].messages {
        for entry in std::iter::once(&mut message.entry).chain(&mut message.reactions) {
            *entry = entry.replace("\"item\":", "\"data\":");
        }
    }
    let shown = page(&lines).replace("\"data\": {", "\"item\": {");
    assert_eq!(shown, page(&array));
}
