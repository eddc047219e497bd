//! The invented language that people in a generated export speak. How words become messages is
//! left to `text`.

use super::random::{Random, mix};

/// Words beyond ASCII, as invented as the others.
pub(super) const FOREIGN: [&str; 12] = [
    "lörukä",
    "çanié",
    "ñekovía",
    "żurawęk",
    "møllåse",
    "жорал",
    "мирвек",
    "λαμερός",
    "カノメル",
    "霧汐",
    "소라말",
    "🌊",
];

/// Emoji by Slack's name, each with its code points as Slack's blocks give them.
pub(super) const EMOJI: [(&str, &str); 10] = [
    ("wave", "1f44b"),
    ("+1", "1f44d"),
    ("tada", "1f389"),
    ("eyes", "1f440"),
    ("heart", "2764-fe0f"),
    ("rocket", "1f680"),
    ("thinking_face", "1f914"),
    ("white_check_mark", "2705"),
    ("joy", "1f602"),
    ("clap::skin-tone-3", "1f44f-1f3fc"),
];

/// Words in plain letters, common ones first.
pub(super) struct Words {
    all: Vec<String>,
}

impl Words {
    pub(super) fn new() -> Self {
        let mut random = Random::new(0x5eed);
        let mut all: Vec<String> = Vec::with_capacity(800);
        while all.len() < 800 {
            let mut word = String::new();
            for _ in 0..1 + random.below(2) + u64::from(all.len() > 100) {
                word.push_str(random.pick(&ONSETS));
                word.push_str(random.pick(&RHYMES));
            }
            if word.len() > 1 && !all.contains(&word) {
                all.push(word);
            }
        }
        Self { all }
    }

    /// A word, the common ones far more often.
    pub(super) fn pick(&self, random: &mut Random) -> &str {
        let count = self.all.len() as u64;
        let bound = random.below(count) + 1;
        self.at(random.below(bound))
    }

    /// The word that belongs to `number`, with a capital letter.
    pub(super) fn name(&self, number: u64) -> String {
        let word = self.at(40 + mix(number, 0x4a3e) % 700);
        let (first, rest) = word.split_at(1);
        first.to_uppercase() + rest
    }

    /// The word that belongs to `number`.
    pub(super) fn handle(&self, number: u64) -> &str {
        self.at(40 + mix(number, 0x4a3e) % 700)
    }

    fn at(&self, index: u64) -> &str {
        &self.all[(index % self.all.len() as u64) as usize]
    }
}

const ONSETS: [&str; 20] = [
    "b", "d", "f", "g", "h", "k", "l", "m", "n", "p", "r", "s", "t", "v", "w", "z", "br", "st",
    "kl", "",
];

const RHYMES: [&str; 18] = [
    "a", "e", "i", "o", "u", "an", "el", "ir", "ok", "un", "as", "et", "or", "ai", "em", "il",
    "ond", "ur",
];
