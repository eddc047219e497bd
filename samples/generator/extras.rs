//! What hangs on a message beside its words: reactions, files, previews of links and the reports
//! of bots. Which message has which is left to `message`.

use super::{
    World,
    conversations::Conversation,
    day::Planned,
    json::Json,
    people::Person,
    random::{Random, code},
};

/// Names of reactions; people use one with and one without a skin tone at the same message.
const REACTIONS: [&str; 10] = [
    "+1",
    "tada",
    "+1::skin-tone-3",
    "eyes",
    "heart",
    "rocket",
    "kiln-hot",
    "white_check_mark",
    "joy",
    "clap::skin-tone-5",
];

/// The kinds of files: ending, media type, Slack's name of the type, how often in a hundred.
const FILES: [(&str, &str, &str, u64); 4] = [
    ("png", "image/png", "PNG", 60),
    ("pdf", "application/pdf", "PDF", 20),
    ("mp4", "video/mp4", "MPEG 4 Video", 8),
    ("txt", "text/plain", "Plain Text", 12),
];

/// Writes the `reactions` of a message: one to three names, each with the people who gave it.
pub(super) fn write_reactions(
    json: &mut Json,
    world: &World,
    place: &Conversation,
    random: &mut Random,
) {
    let names = 1 + random.below(3).min(random.below(3));
    let first_name = random.below(REACTIONS.len() as u64);
    json.key("reactions").begin_array();
    for name in first_name..first_name + names {
        let members = place.members.len() as u64;
        let most = 1 + random.below(6);
        let first = random.below(members);
        let users = (1 + random.below(most)).min(members);
        json.begin_object();
        json.key("name")
            .string(REACTIONS[name as usize % REACTIONS.len()]);
        json.key("users").begin_array();
        for user in first..first + users {
            let member = place.members[(user % members) as usize];
            json.string(&world.people.get(member).id);
        }
        json.end_array();
        json.key("count").number(users);
        json.end_object();
    }
    json.end_array();
}

/// Writes the `files` of a message: one, now and then two, now and then one that is gone.
pub(super) fn write_files(
    json: &mut Json,
    world: &World,
    author: &Person,
    message: &Planned,
    random: &mut Random,
) {
    json.key("files").begin_array();
    for _ in 0..1 + u64::from(random.chance(800)) {
        let id = format!("F0{}", code(random.next(), 9));
        json.begin_object();
        json.key("id").string(&id);
        match random.below(100) {
            0 => json.key("mode").string("tombstone"),
            1..5 => json.key("mode").string("hidden_by_limit"),
            draw => write_file(json, world, author, message, &File { id, draw, random }),
        }
        json.end_object();
    }
    json.end_array();
    json.key("upload").boolean(false);
}

/// What a hosted file is made of.
struct File<'f> {
    id: String,
    draw: u64,
    random: &'f Random,
}

fn write_file(json: &mut Json, world: &World, author: &Person, message: &Planned, file: &File<'_>) {
    let mut random = file.random.clone();
    let mut left = file.draw.saturating_sub(5);
    let mut kind = FILES[0];
    for it in FILES {
        kind = it;
        if left < it.3 {
            break;
        }
        left -= it.3;
    }
    let (ending, media, pretty, _) = kind;
    let name = format!(
        "{}-{}.{ending}",
        world.words.pick(&mut random),
        random.below(1_000)
    );
    let base = format!(
        "https://files.slack.com/files-pri/{}-{}",
        world.team, file.id
    );
    // Real exports carry a secret here; this one opens nothing.
    let secret = "t=xoxe-invented";
    let created = message.at / 1_000_000 - random.below(100);
    json.key("created").number(created);
    json.key("timestamp").number(created);
    json.key("name").string(&name);
    json.key("title").string(&name);
    json.key("mimetype").string(media);
    json.key("filetype").string(ending);
    json.key("pretty_type").string(pretty);
    json.key("user").string(&author.id);
    json.key("user_team").string(&world.team);
    json.key("editable").boolean(ending == "txt");
    json.key("size").number(900 + random.below(4_000_000));
    json.key("mode")
        .string(if ending == "txt" { "snippet" } else { "hosted" });
    json.key("is_external").boolean(false);
    json.key("external_type").string("");
    json.key("is_public").boolean(true);
    json.key("display_as_bot").boolean(false);
    json.key("username").string("");
    json.key("url_private")
        .string(&format!("{base}/{name}?{secret}"));
    json.key("url_private_download")
        .string(&format!("{base}/download/{name}?{secret}"));
    if ending == "png" {
        json.key("thumb_360")
            .string(&format!("{base}/{name}_360.png?{secret}"));
        json.key("original_w").number(640 + random.below(2_000));
        json.key("original_h").number(480 + random.below(2_000));
    }
    if ending == "txt" {
        json.key("preview").string("kiln on\nkiln off");
        json.key("lines").number(2);
        json.key("lines_more").number(0);
    }
    json.key("permalink").string(&format!(
        "https://invented.slack.com/files/{}/{}/{name}",
        author.id, file.id
    ));
}

/// Writes the `attachments` of a message with a link: the preview of the page.
pub(super) fn write_preview(json: &mut Json, world: &World, random: &mut Random) {
    let link = format!("https://example.com/page/{}", code(random.next(), 6));
    let title = format!("{} {}", world.words.pick(random), world.words.pick(random));
    json.key("attachments").begin_array();
    json.begin_object();
    json.key("id").number(1);
    json.key("from_url").string(&link);
    json.key("original_url").string(&link);
    json.key("title").string(&title);
    json.key("title_link").string(&link);
    json.key("text").string(world.words.pick(random));
    json.key("fallback").string(&title);
    json.key("service_name").string("example.com");
    json.key("image_url")
        .string("https://example.com/preview.png");
    json.end_object();
    json.end_array();
}

/// Writes the `attachments` of a bot's message: a table of a few fields.
pub(super) fn write_report(json: &mut Json, world: &World, random: &mut Random) {
    let title = format!("Run {}", random.below(100_000));
    json.key("attachments").begin_array();
    json.begin_object();
    json.key("id").number(1);
    json.key("color").string("2eb886");
    json.key("fallback").string(&title);
    json.key("title").string(&title);
    json.key("text").string(&format!(
        "*{}* took {} s",
        world.words.pick(random),
        random.below(900)
    ));
    json.key("fields").begin_array();
    for _ in 0..1 + random.below(4) {
        json.begin_object();
        json.key("title").string(world.words.pick(random));
        json.key("value").string(world.words.pick(random));
        json.key("short").boolean(true);
        json.end_object();
    }
    json.end_array();
    json.key("mrkdwn_in").begin_array();
    json.string("text");
    json.end_array();
    json.end_object();
    json.end_array();
}
