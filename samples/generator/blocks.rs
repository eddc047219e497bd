//! The `rich_text` block of a message, made from the same runs as its `text`. The runs come from
//! `text`.

use super::{
    World,
    json::Json,
    random::code,
    text::{Run, Shape, Style, Text, link},
    words::EMOJI,
};

/// Writes the `blocks` of a message.
pub(super) fn write_blocks(text: &Text, json: &mut Json, world: &World, seed: u64) {
    json.key("blocks").begin_array();
    json.begin_object();
    json.key("type").string("rich_text");
    json.key("block_id").string(&code(seed, 5));
    json.key("elements").begin_array();
    for section in &text.sections {
        let runs = &text.runs[section.runs.clone()];
        json.begin_object();
        json.key("type").string(match section.shape {
            Shape::Paragraph => "rich_text_section",
            Shape::Code => "rich_text_preformatted",
            Shape::Quote => "rich_text_quote",
            Shape::List => "rich_text_list",
        });
        json.key("elements").begin_array();
        for (line, run) in runs.iter().enumerate() {
            match section.shape {
                Shape::List => {
                    json.begin_object();
                    json.key("type").string("rich_text_section");
                    json.key("elements").begin_array();
                    write_element(text, json, run, world);
                    json.end_array();
                    json.end_object();
                }
                Shape::Quote if line > 0 => {
                    write_plain(json, "\n");
                    write_element(text, json, run, world);
                }
                _ => write_element(text, json, run, world),
            }
        }
        json.end_array();
        if section.shape == Shape::List {
            json.key("style").string("bullet");
            json.key("indent").number(0);
        }
        if matches!(section.shape, Shape::List | Shape::Code) {
            json.key("border").number(0);
        }
        json.end_object();
    }
    json.end_array();
    json.end_object();
    json.end_array();
}

fn write_element(text: &Text, json: &mut Json, run: &Run, world: &World) {
    let letters = &text.letters[run.letters.clone()];
    let style = match run.style {
        Style::Plain => return write_plain(json, letters),
        Style::Bold => "bold",
        Style::Italic => "italic",
        Style::Strike => "strike",
        _ => "code",
    };
    json.begin_object();
    match run.style {
        Style::Here => {
            json.key("type").string("broadcast");
            json.key("range").string("here");
        }
        Style::Emoji(number) => {
            json.key("type").string("emoji");
            json.key("name").string(EMOJI[number].0);
            json.key("unicode").string(EMOJI[number].1);
        }
        Style::Link(number) => {
            json.key("type").string("link");
            json.key("url").string(&link(number));
            if !letters.is_empty() {
                json.key("text").string(letters);
            }
        }
        Style::Person(index) => {
            json.key("type").string("user");
            json.key("user_id").string(&world.people.get(index).id);
        }
        Style::Conversation(index) => {
            json.key("type").string("channel");
            json.key("channel_id")
                .string(&world.conversations[index].id);
        }
        _ => {
            json.key("type").string("text");
            json.key("text").string(letters);
            json.key("style").begin_object();
            json.key(style).boolean(true);
            json.end_object();
        }
    }
    json.end_object();
}

fn write_plain(json: &mut Json, letters: &str) {
    json.begin_object();
    json.key("type").string("text");
    json.key("text").string(letters);
    json.end_object();
}
