//! Who there is: the people of an invented workspace, those that its list leaves out, and the
//! bots. Who writes where is left to `conversations` and `day`.

use super::{
    Slack,
    json::Json,
    random::{mix, unique_code},
    words::{FOREIGN, Words},
};

/// Everybody who may write a message.
pub(super) struct People {
    all: Vec<Person>,
    pub(super) bots: Vec<Bot>,
}

/// Somebody with a user id.
pub(super) struct Person {
    pub(super) id: String,
    /// The name that has no spaces.
    pub(super) handle: String,
    pub(super) real_name: String,
    /// Empty for some, as Slack allows.
    pub(super) display_name: String,
    pub(super) standing: Standing,
}

/// What an export says of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Listed,
    Deactivated,
    BotUser,
    /// Not listed: labels of mentions from the first day on, a profile only late.
    Mentioned,
    /// Not listed: a profile on their own messages, never mentioned.
    Profiled,
    /// Not listed: an id and nothing else.
    Unknown,
}

/// An integration without a user.
pub(super) struct Bot {
    pub(super) id: String,
    pub(super) app_id: String,
    pub(super) name: String,
}

impl People {
    pub(super) fn new(options: &Slack, words: &Words) -> Self {
        let all = (0..options.users)
            .map(|index| person(index, options, words))
            .collect();
        let bots = (0..3 + options.users / 100)
            .map(|index| Bot {
                id: format!("B{}", unique_code(index, options.seed ^ 0xb)),
                app_id: format!("A{}", unique_code(index, options.seed ^ 0xa)),
                name: words.name(u64::from(index) + 7_000_000) + " Bot",
            })
            .collect();
        Self { all, bots }
    }

    pub(super) fn len(&self) -> u32 {
        self.all.len() as u32
    }

    /// The person at `index`, counted from 0 and round again after the last.
    pub(super) fn get(&self, index: u32) -> &Person {
        &self.all[(index % self.len()) as usize]
    }

    /// The content of `users.json`.
    pub(super) fn write_list(&self, json: &mut Json, team: &str) {
        json.begin_array();
        for (index, person) in self.all.iter().enumerate() {
            if person.is_listed() {
                person.write_entry(json, team, index as u64);
            }
        }
        json.end_array();
    }
}

impl Person {
    pub(super) fn is_listed(&self) -> bool {
        matches!(
            self.standing,
            Standing::Listed | Standing::Deactivated | Standing::BotUser
        )
    }

    /// The `user_profile` that some messages carry.
    pub(super) fn write_profile(&self, json: &mut Json, team: &str) {
        json.key("user_profile").begin_object();
        json.key("avatar_hash").string(&avatar(&self.id));
        json.key("image_72").string(&image(&self.id, 72));
        json.key("first_name")
            .string(self.real_name.split(' ').next().unwrap_or(""));
        json.key("real_name").string(&self.real_name);
        json.key("display_name").string(&self.display_name);
        json.key("team").string(team);
        json.key("name").string(&self.handle);
        json.key("is_restricted").boolean(false);
        json.key("is_ultra_restricted").boolean(false);
        json.end_object();
    }

    fn write_entry(&self, json: &mut Json, team: &str, index: u64) {
        let deleted = self.standing == Standing::Deactivated;
        let is_bot = self.standing == Standing::BotUser;
        json.begin_object();
        json.key("id").string(&self.id);
        json.key("team_id").string(team);
        json.key("name").string(&self.handle);
        json.key("deleted").boolean(deleted);
        // Deactivated people have neither of these in a real export.
        if !deleted {
            json.key("real_name").string(&self.real_name);
            json.key("tz").string("Europe/Vienna");
        }
        json.key("profile").begin_object();
        json.key("title").string(if index.is_multiple_of(3) {
            "Keeper of the kiln"
        } else {
            ""
        });
        json.key("phone").string("");
        json.key("real_name").string(&self.real_name);
        json.key("real_name_normalized").string(&self.real_name);
        json.key("display_name").string(&self.display_name);
        json.key("display_name_normalized")
            .string(&self.display_name);
        json.key("status_text").string("");
        json.key("status_emoji").string("");
        json.key("avatar_hash").string(&avatar(&self.id));
        if is_bot {
            json.key("bot_id").string(&format!("BU{}", &self.id[1..]));
            json.key("api_app_id").string("");
        } else {
            json.key("email")
                .string(&format!("{}@example.com", self.handle));
        }
        for size in [24, 72, 192, 512] {
            json.key(&format!("image_{size}"))
                .string(&image(&self.id, size));
        }
        json.key("team").string(team);
        json.end_object();
        json.key("is_bot").boolean(is_bot);
        json.key("is_app_user").boolean(false);
        json.key("updated").number(1_600_000_000 + index * 977);
        if !deleted {
            json.key("is_admin").boolean(index < 2);
            json.key("is_owner").boolean(index == 0);
            json.key("is_primary_owner").boolean(index == 0);
            json.key("is_restricted").boolean(index % 29 == 13);
            json.key("is_ultra_restricted").boolean(index % 58 == 13);
        }
        json.end_object();
    }
}

fn person(index: u32, options: &Slack, words: &Words) -> Person {
    let number = mix(options.seed, u64::from(index));
    let (first, last) = (words.name(number), words.name(number.rotate_left(32)));
    let real_name = if index % 11 == 5 {
        format!("{first} {}", FOREIGN[index as usize % 10])
    } else {
        format!("{first} {last}")
    };
    let display_name = match index % 7 {
        0 | 3 => String::new(),
        1 => real_name.clone(),
        _ => first.to_lowercase(),
    };
    Person {
        id: format!("U{}", unique_code(index, options.seed)),
        handle: format!("{}{index}", words.handle(number)),
        real_name,
        display_name,
        standing: standing(index, options.strangers_percent),
    }
}

/// The strangers stand evenly among the others, and each sort of them among the strangers.
fn standing(index: u32, strangers_percent: u32) -> Standing {
    let strangers = |people: u32| u64::from(people) * u64::from(strangers_percent) / 100;
    let before = strangers(index);
    if strangers(index + 1) > before {
        return match before % 3 {
            0 => Standing::Mentioned,
            1 => Standing::Profiled,
            _ => Standing::Unknown,
        };
    }
    match index % 50 {
        7 | 32 => Standing::Deactivated,
        11 => Standing::BotUser,
        _ => Standing::Listed,
    }
}

fn avatar(id: &str) -> String {
    let number = id.bytes().fold(0, |sum, byte| mix(sum, u64::from(byte)));
    format!("{:012x}", number >> 16)
}

fn image(id: &str, size: u32) -> String {
    format!("https://avatars.example.com/{id}-{}-{size}.png", avatar(id))
}
