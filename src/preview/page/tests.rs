//! Pages of previews that are made up.

use std::collections::HashSet;

use migrate_model::{Kind, Time};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::model::{Channel, Count, Example, Message, Note, Part, Preview, User, Why};
use super::{Settings, write};
use crate::books::{Book, Class};

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
            reaction_count: 1,
            reaction_names: vec![(text.to_owned(), 1)],
            parent,
            reply_count: u64::from(parent.is_none()),
            rank: 0,
            why: Why::Loss,
            losses: vec![(text.replace('`', "'"), text.to_owned())],
            loss_count: 1,
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
    // What stands between backticks is shown as code.
    let without_code = text.replace('`', "'");
    let example = Example {
        place: text.to_owned(),
        detail: text.to_owned(),
        message: Some((0, 1)),
    };
    Preview {
        title: text.to_owned(),
        is_dry_run: false,
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
            kind: without_code.clone(),
            text: without_code.clone(),
            count: 2,
            examples: vec![example],
        }],
        remarks: vec![without_code],
        channels: vec![channel],
        channel_count: 1,
        people: vec![count.clone()],
        reactions: vec![count],
        reaction_kinds: 1,
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
        ..Settings::default()
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

/// Asserts that no link within a page is dead.
fn every_link_leads_somewhere(page: &str) {
    let name = |rest: &str| rest.split('"').next().unwrap().to_owned();
    let ids: HashSet<String> = page.split(" id=\"").skip(1).map(name).collect();
    for link in page.split("href=\"#").skip(1).map(name) {
        assert!(ids.contains(&link), "{link}");
    }
}

#[test]
fn links_within_a_page_lead_somewhere() {
    every_link_leads_somewhere(&page(&filled("x", "text")));
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

/// A preview of one channel with so many messages of this length, of which nothing was lost.
fn long(count: usize, bytes: usize) -> Preview {
    let mut preview = filled("x", &"word ".repeat(bytes / 5));
    let channel = &mut preview.channels[0];
    let message = Message {
        why: Why::Newest,
        losses: Vec::new(),
        loss_count: 0,
        reaction_count: 0,
        reaction_names: Vec::new(),
        reply_count: 0,
        ..channel.messages[2].clone()
    };
    channel.messages = vec![message; count];
    for (n, message) in channel.messages.iter_mut().enumerate() {
        let item = json!({
            "id": format!("id-{n}"), "user": "x", "type": "regular", "text": "word ".repeat(bytes / 5),
            "created_at": "2025-11-23T04:05:06.789Z",
        });
        message.entry = json!({"type": "message", "item": item}).to_string();
        message.reactions.clear();
    }
    channel.message_count = count as u64;
    preview.notes[0].examples[0].message = None;
    preview
}

/// The places of the messages that a page shows.
fn shown(page: &str) -> Vec<usize> {
    let anchors = page.split(" id=\"m-0-").skip(1);
    anchors
        .map(|it| it.split('"').next().unwrap().parse().unwrap())
        .collect()
}

#[test]
fn what_says_most_is_shown_where_room_is_short() {
    let mut preview = long(2_000, 5_000);
    preview.notes[0].examples[0].message = Some((0, 700));
    preview.channels[0].messages[900].why = Why::Loss;
    let text = page(&preview);
    let places = shown(&text);
    assert!(
        text.len() < 5_000_000 && text.len() > 4_000_000,
        "{}",
        text.len()
    );
    assert!(places.is_sorted() && places.len() < 2_000);
    for place in [700, 900, 1_997, 1_998, 1_999] {
        assert!(places.contains(&place), "{place}");
    }
    let sample = format!("Shown: {} of 2,000 messages", places.len());
    assert!(text.contains(&sample), "{sample}");
    let sample = format!("{} of 2,000 messages are shown.", places.len());
    assert_eq!(text.matches(&sample).count(), 2, "{sample}");
    let dropped = crate::text::count(2_000 - places.len() as u64);
    assert!(text.contains(&format!("no room in the page for {dropped} more")));
    every_link_leads_somewhere(&text);
}

#[test]
fn messages_are_shown_in_the_order_in_which_they_were_picked() {
    let mut preview = long(2_000, 5_000);
    for (n, message) in preview.channels[0].messages.iter_mut().enumerate() {
        message.rank = n as u32;
    }
    let places = shown(&page(&preview));
    assert!(places.len() < 2_000 && places.iter().copied().eq(0..places.len()));
}

#[test]
fn a_thread_that_is_too_long_is_shown_in_part() {
    let mut preview = long(2_000, 5_000);
    preview.channels[0].messages[0].reply_count = 1_999;
    for message in &mut preview.channels[0].messages[1..] {
        message.parent = Some(0);
    }
    for n in 1..2_000 {
        let entry = &mut preview.channels[0].messages[n].entry;
        let mut value: Value = serde_json::from_str(entry).unwrap();
        value["item"]["quoted_message_id"] = json!(format!("id-{}", 2_000 - n));
        value["item"]["show_in_channel"] = json!(n % 2 == 0);
        *entry = value.to_string();
    }
    let text = page(&preview);
    let places = shown(&text);
    assert!(text.len() < 5_000_000 && places.len() > 100 && places.len() < 1_999);
    assert!(places.contains(&0) && places.contains(&1_999));
    let replies = format!("1,999 replies, {} of them shown", places.len() - 1);
    assert!(text.contains(&replies), "{replies}");
    every_link_leads_somewhere(&text);
}

#[test]
fn as_many_messages_as_are_chosen_find_room_if_they_are_not_long() {
    let mut preview = long(2_000, 350);
    for message in &mut preview.channels[0].messages {
        let text = "word ".repeat(70);
        let record =
            json!({"ts": "1700000000.000100", "user": "U0123", "type": "message", "text": text});
        message.source = Some(record.to_string().into_bytes());
        message.place = "general/2025-11-23.json, record 17".to_owned();
    }
    let text = page(&preview);
    assert!(text.len() < 5_000_000, "{}", text.len());
    assert!(shown(&text).len() >= 1_950, "{}", shown(&text).len());
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

/// A page without tags, and with blanks for ends of lines.
fn words(page: &str) -> String {
    let (_, body) = page.split_once("<body>").expect("a body");
    let pieces = body
        .split('<')
        .map(|it| it.split_once('>').map_or(it, |(_, text)| text));
    let text = pieces.collect::<Vec<_>>().join("");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_deleted_message_shows_nothing_of_what_it_said() {
    let mut preview = filled("x", "hello **GONE**");
    for message in &mut preview.channels[0].messages[..2] {
        let mut value: Value = serde_json::from_str(&message.entry).unwrap();
        value["item"]["deleted_at"] = json!("2026-01-02T03:04:05Z");
        value["item"]["attachments"] = json!([{"title": "GONE", "text": "GONE"}]);
        message.entry = value.to_string();
        message.reactions = vec![json!({"item": {"type": "GONE", "user_id": "u"}}).to_string()];
        message.source = None;
    }
    preview.channels[0].messages.truncate(3);
    let mut value: Value = serde_json::from_str(&preview.channels[0].messages[2].entry).unwrap();
    value["item"]["text"] = json!("it is about this");
    value["item"]["quoted_message_id"] = json!("a");
    preview.channels[0].messages[2].entry = value.to_string();
    let page = page(&preview);
    let (shown, mut rest) = (page.clone(), page.as_str());
    let mut outside = String::new();
    while let Some((before, after)) = rest.split_once("<details class=\"raw\">") {
        outside.push_str(before);
        rest = after.split_once("</details>").expect("an end").1;
    }
    outside.push_str(rest);
    assert!(!outside.contains("GONE"), "{outside}");
    // Two messages, the reply in the channel, and the quote.
    assert_eq!(
        words(&outside).matches("This message was deleted.").count(),
        4
    );
    // What is imported still stands in the entries.
    assert!(shown.contains("GONE"));
}

#[test]
fn the_page_of_a_shard_says_so() {
    let preview = filled("x", "text");
    let of = |shard: &str| {
        let mut page = Vec::new();
        let settings = Settings {
            shard: Some(shard.parse().unwrap()),
            ..Settings::default()
        };
        write(&preview, settings, &mut page).unwrap();
        String::from_utf8(page).unwrap()
    };
    let shown = of("1/4");
    assert!(shown.contains("x – shard 1 of 4 – preview</title>"));
    assert_eq!(words(&shown).matches("Shard 1 of 4").count(), 2);
    assert_eq!(of("0/1"), page(&preview));
}

#[test]
fn lists_have_an_end_and_say_how_much_is_behind_it() {
    let mut preview = filled("x", "text");
    preview.parts = vec![preview.parts[0].clone(); 1_234];
    preview.remarks = vec!["a".to_owned(); 51];
    preview.notes = vec![preview.notes[0].clone(); 102];
    let many = vec![json!({"title": "card"}); 33];
    let to = vec!["u"; 14];
    preview.channels[0].messages.truncate(1);
    preview.channels[0].messages[0].entry =
        json!({"item": {"id": "a", "attachments": many, "restricted_visibility": to}}).to_string();
    let page = page(&preview);
    let text = words(&page);
    for more in [
        "and 1,034 more How",
        "and 2 more kinds",
        "and 3 more",
        "u and 4 more",
    ] {
        assert!(text.contains(more), "{more}: {text}");
    }
    // Of 51 remarks one, and of each kind's two notes.
    assert_eq!(text.matches("and 1 more").count(), 1 + 100);
    assert!(page.len() < 300_000, "{}", page.len());
}

#[test]
fn what_was_lost_of_a_message_is_said_in_words() {
    let mut preview = filled("x", "text");
    preview.notes[0].kind = "core.cut".to_owned();
    preview.notes[0].text = "it was cut, since `text` is longer".to_owned();
    let losses = [("core.cut", "by 5"), ("core.other", "")];
    let losses = losses.map(|(kind, detail)| (kind.to_owned(), detail.to_owned()));
    preview.channels[0].messages[0].losses = losses.to_vec();
    let page = page(&preview);
    let message = element(&page, "m-0-0", "<details");
    assert!(message.contains("it was cut, since <code>text</code> is longer: <bdi>by 5</bdi>"));
    assert!(message.contains("<code>core.other</code></li>"));
    let notes = element(&page, "notes", "</section>");
    assert!(
        notes.contains("since <code>text</code> is longer</p>"),
        "{notes}"
    );
}

#[test]
fn quotes_have_no_marks_of_markdown() {
    let preview = filled(
        "x",
        "**bold** and `code`\n> [a link](https://example.com) <b>",
    );
    let page = page(&preview);
    let quote = element(&page, "m-0-1", "</blockquote>");
    assert!(
        quote.contains("<bdi>bold and code a link &#60;b&#62;</bdi>"),
        "{quote}"
    );
}

#[test]
fn counts_are_those_of_all() {
    let mut preview = filled("x", "text");
    preview.reaction_kinds = 40;
    preview.parts[0].bytes = 14;
    let message = &mut preview.channels[0].messages[0];
    message.reaction_count = 57;
    message.reaction_names = vec![("x".to_owned(), 50), ("y".to_owned(), 5)];
    message.losses = vec![message.losses[0].clone(); 20];
    message.loss_count = 45;
    let page = page(&preview);
    let text = words(&page);
    let message = words(&format!("<body>{}", element(&page, "m-0-0", "</article>")));
    for said in [
        "❌ 50 x: x, …",
        ":y: 5 y: …",
        "and 2 more",
        "20 of 45 are shown",
        "1 of 57 reactions",
    ] {
        assert!(message.contains(said), "{said}: {message}");
    }
    assert!(text.contains("Reactions used 1 of 40"), "{text}");
    assert!(page.contains("aria-label=\"140.0 %\"") && text.contains("140.0 %"));
    assert!(page.contains("width=\"100.0%\"") && !page.contains("width=\"140"));
}

#[test]
fn what_is_long_is_cut_and_says_so() {
    let mut preview = filled("x", "text");
    let long = "long ".repeat(100_000);
    preview.notes[0].examples[0].detail = long.clone();
    preview.remarks = vec![long.clone()];
    for message in &mut preview.channels[0].messages {
        message.losses = vec![("core.cut".to_owned(), long.clone()); 20];
    }
    let shown = page(&preview);
    assert!(shown.len() < 300_000, "{}", shown.len());
    assert!(element(&shown, "notes", "</section>").contains("long …</bdi>"));
    assert!(element(&shown, "remarks-title", "</section>").contains("long …</bdi>"));
    assert!(element(&shown, "m-0-0", "</article>").contains("long …</bdi>"));
}

#[test]
fn the_list_leaves_room_for_messages() {
    let mut preview = filled("x", "text");
    let channel = Channel {
        name: "<".repeat(400),
        ..preview.channels[0].clone()
    };
    preview.channels = vec![channel; 5_000];
    preview.channel_count = 5_000;
    let page = page(&preview);
    assert!(page.len() < 5_000_000, "{}", page.len());
    assert!(page.contains("id=\"m-0-0\"") && words(&page).contains(" more channels."));
    every_link_leads_somewhere(&page);
}

#[test]
fn one_is_said_as_one() {
    let mut preview = filled("x", "text");
    preview.books[0].written = 1;
    preview.channels[0].message_count = 1;
    preview.people[0].count = 1;
    let text = words(&page(&preview));
    assert!(
        text.contains("1 user0 channels") && text.contains("5 bytes in 1 part"),
        "{text}"
    );
    assert!(!text.contains("1 messages"), "{text}");
}

#[test]
fn losses_can_be_asked_for_where_there_are_any() {
    let mut preview = filled("x", "text");
    assert!(page(&preview).contains("value=\"lossy\""));
    for message in &mut preview.channels[0].messages {
        message.losses.clear();
    }
    assert!(!page(&preview).contains("value=\"lossy\""));
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
