//! One message as an object of a day file, with the keys that Slack gives it. When it was written
//! and what it answers comes from `day`, its words from `text`, its files, reactions and
//! previews from `extras`.

use super::{
    World,
    blocks::write_blocks,
    conversations::{Conversation, Kind},
    day::{Planned, Root, Sort, Thread},
    extras,
    json::Json,
    layout::SPAN,
    people::{Person, Standing},
    random::{Random, mix},
    text::Text,
};

/// How many messages after a root are looked through for its answers on the same day.
const SIGHT: usize = 200;

/// In ten thousand messages: those with a profile, with reactions, with files, edited, pinned.
const PROFILES: u64 = 1_980;
const REACTIONS: u64 = 2_150;
const FILES: u64 = 330;
const EDITED: u64 = 770;
const PINNED: u64 = 12;

/// Writes messages, with the memory that it needs for the words of one.
#[derive(Default)]
pub(super) struct Messages {
    text: Text,
    marked: String,
}

/// Where a message is written.
struct Scene<'s> {
    world: &'s World,
    place: &'s Conversation,
    plan: &'s [Planned],
    index: usize,
}

impl Messages {
    /// Writes the message at `index` of the day's `plan`.
    pub(super) fn write(
        &mut self,
        json: &mut Json,
        world: &World,
        place: &Conversation,
        plan: &[Planned],
        index: usize,
    ) {
        let Some(it) = plan.get(index) else { return };
        let scene = Scene {
            world,
            place,
            plan,
            index,
        };
        let mut random = Random::new(it.seed);
        json.begin_object();
        match it.sort {
            Sort::Plain | Sort::Broadcast => self.write_plain(json, &scene, it, &mut random),
            Sort::Bot => self.write_bot(json, &scene, it, &mut random),
            Sort::Join => write_join(json, &scene, it),
            Sort::Notice => write_notice(json, &scene, it, &mut random),
            Sort::Tombstone => {
                json.key("user").string("USLACKBOT");
                json.key("type").string("message");
                json.key("subtype").string("tombstone");
                json.key("ts").stamp(it.at);
                json.key("text").string("This message was deleted.");
                json.key("hidden").boolean(true);
                scene.write_thread(json, it);
            }
        }
        json.end_object();
    }

    fn write_plain(
        &mut self,
        json: &mut Json,
        scene: &Scene<'_>,
        it: &Planned,
        random: &mut Random,
    ) {
        let world = scene.world;
        let author = world.people.get(it.author);
        self.compose(random, scene, it.seed);
        if it.sort == Sort::Broadcast {
            json.key("subtype").string("thread_broadcast");
        } else {
            json.key("client_msg_id").string(&client_id(it.seed));
        }
        json.key("user").string(&author.id);
        json.key("type").string("message");
        json.key("ts").stamp(it.at);
        json.key("text").string(&self.marked);
        json.key("team").string(&world.team);
        if carries_profile(author, it.at, random) {
            json.key("user_team").string(&world.team);
            json.key("source_team").string(&world.team);
            author.write_profile(json, &world.team);
        }
        if random.chance(FILES) {
            extras::write_files(json, world, author, it, random);
        }
        scene.write_thread(json, it);
        write_blocks(&self.text, json, world, it.seed);
        if let (Sort::Broadcast, Thread::Reply(root)) = (it.sort, &it.thread) {
            self.write_root(json, scene, root);
        }
        if random.chance(EDITED) {
            json.key("edited").begin_object();
            json.key("user").string(&author.id);
            // Slack gives the time of an edit in whole seconds.
            json.key("ts")
                .stamp((it.at / 1_000_000 + 30 + random.below(900)) * 1_000_000);
            json.end_object();
        }
        if random.chance(REACTIONS) {
            extras::write_reactions(json, world, scene.place, random);
        }
        if random.chance(150) {
            extras::write_preview(json, world, random);
        }
        if random.chance(PINNED) {
            json.key("pinned_to").begin_array();
            json.string(&scene.place.id);
            json.end_array();
            json.key("pinned_info").begin_object();
            json.key("channel").string(&scene.place.id);
            json.key("pinned_by").string(&author.id);
            json.key("pinned_ts").number(it.at / 1_000_000 + 400);
            json.end_object();
        }
    }

    /// A message that has a `bot_id`, a name of its own and no user.
    fn write_bot(&mut self, json: &mut Json, scene: &Scene<'_>, it: &Planned, random: &mut Random) {
        self.compose(random, scene, it.seed);
        let bots = &scene.world.people.bots;
        let bot = &bots[it.author as usize % bots.len()];
        json.key("type").string("message");
        json.key("subtype").string("bot_message");
        json.key("ts").stamp(it.at);
        json.key("text").string(&self.marked);
        json.key("username").string(&bot.name);
        json.key("bot_id").string(&bot.id);
        json.key("app_id").string(&bot.app_id);
        if random.chance(3_000) {
            json.key("icons").begin_object();
            json.key("emoji").string(":bell:");
            json.end_object();
        }
        if random.chance(6_000) {
            extras::write_report(json, scene.world, random);
        }
        if random.chance(REACTIONS) {
            extras::write_reactions(json, scene.world, scene.place, random);
        }
    }

    /// The copy of its root that a broadcast carries: the same words, made once more.
    fn write_root(&mut self, json: &mut Json, scene: &Scene<'_>, root: &Root) {
        self.compose(&mut Random::new(root.seed), scene, root.seed);
        json.key("root").begin_object();
        json.key("user")
            .string(&scene.world.people.get(root.author).id);
        json.key("type").string("message");
        json.key("ts").stamp(root.at);
        json.key("text").string(&self.marked);
        json.key("thread_ts").stamp(root.at);
        json.end_object();
    }

    fn compose(&mut self, random: &mut Random, scene: &Scene<'_>, seed: u64) {
        // The words hang on the seed alone, so that a copy of a root can be made from it.
        *random = Random::new(seed);
        self.text.compose(random, scene.world, scene.place);
        self.marked.clear();
        self.text.write_marked(&mut self.marked, scene.world);
    }
}

impl Scene<'_> {
    /// The keys of a message that starts or continues a thread.
    fn write_thread(&self, json: &mut Json, it: &Planned) {
        match &it.thread {
            Thread::None => {}
            Thread::Reply(root) => {
                json.key("thread_ts").stamp(root.at);
                json.key("parent_user_id")
                    .string(&self.world.people.get(root.author).id);
            }
            Thread::Root => self.write_replies(json, it),
        }
    }

    /// What a root tells of its answers: those of the same day.
    fn write_replies(&self, json: &mut Json, it: &Planned) {
        let answers = || {
            let is_answer =
                |other: &&Planned| matches!(&other.thread, Thread::Reply(root) if root.at == it.at);
            self.plan
                .iter()
                .skip(self.index + 1)
                .take(SIGHT)
                .filter(is_answer)
        };
        json.key("thread_ts").stamp(it.at);
        let Some(latest) = answers().map(|answer| answer.at).max() else {
            return;
        };
        let mut users: Vec<u32> = answers().map(|answer| answer.author).collect();
        let count = users.len();
        users.sort_unstable();
        users.dedup();
        json.key("reply_count").number(count as u64);
        json.key("reply_users_count").number(users.len() as u64);
        json.key("latest_reply").stamp(latest);
        json.key("reply_users").begin_array();
        for &user in &users {
            json.string(&self.world.people.get(user).id);
        }
        json.end_array();
        json.key("is_locked").boolean(false);
        json.key("subscribed").boolean(false);
    }
}

fn write_join(json: &mut Json, scene: &Scene<'_>, it: &Planned) {
    let user = &scene.world.people.get(it.author).id;
    let private = scene.place.kind == Kind::Private;
    json.key("user").string(user);
    json.key("type").string("message");
    json.key("subtype").string(if private {
        "group_join"
    } else {
        "channel_join"
    });
    json.key("ts").stamp(it.at);
    json.key("text")
        .string(&format!("<@{user}> has joined the channel"));
}

fn write_notice(json: &mut Json, scene: &Scene<'_>, it: &Planned, random: &mut Random) {
    let user = &scene.world.people.get(it.author).id;
    let word = scene.world.words.pick(random);
    let (key, said) = random.pick(&[
        ("topic", "set the channel topic"),
        ("purpose", "set the channel purpose"),
    ]);
    let sort = if scene.place.kind == Kind::Private {
        "group"
    } else {
        "channel"
    };
    json.key("user").string(user);
    json.key("type").string("message");
    json.key("subtype").string(&format!("{sort}_{key}"));
    json.key("ts").stamp(it.at);
    json.key("text")
        .string(&format!("<@{user}> {said}: {word}"));
    json.key(key).string(word);
}

/// Of the unlisted, some get a profile only when the export is half over, and some never do.
fn carries_profile(author: &Person, at: u64, random: &mut Random) -> bool {
    const HALF: u64 = (18_631 + SPAN / 2) * 86_400 * 1_000_000;
    let wanted = random.chance(PROFILES);
    match author.standing {
        Standing::Mentioned => at > HALF,
        Standing::Profiled => true,
        Standing::Unknown => false,
        _ => wanted,
    }
}

fn client_id(seed: u64) -> String {
    let (high, low) = (mix(seed, 1), mix(seed, 2));
    format!(
        "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        low >> 52,
        low & 0xffff_ffff_ffff
    )
}
