//! What reactions are called: as in Slack, in the set that Stream's SDKs draw, or as a file says.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use migrate_model::Options;

/// The names of reactions that the user asked for.
#[derive(Debug, Default)]
pub(crate) struct ReactionNames {
    /// Whether the set of Stream's SDKs is used.
    is_stream: bool,
    /// The names of a file, by Slack's.
    map: HashMap<String, String>,
}

/// The reactions that every SDK of Stream draws unless it is told otherwise, and what of Slack's
/// comes close. Source: stream-chat-react 14.12 and Stream's pages on reactions, 2026-08.
const STREAM: [(&str, &[&str]); 5] = [
    ("like", &["+1", "thumbsup", "thumbsup_all"]),
    (
        "love",
        &[
            "heart",
            "hearts",
            "heart_eyes",
            "heart_eyes_cat",
            "smiling_face_with_3_hearts",
            "two_hearts",
            "sparkling_heart",
            "heartbeat",
            "heartpulse",
            "revolving_hearts",
            "orange_heart",
            "yellow_heart",
            "green_heart",
            "blue_heart",
            "purple_heart",
            "black_heart",
            "white_heart",
            "brown_heart",
        ],
    ),
    (
        "haha",
        &[
            "joy",
            "joy_cat",
            "laughing",
            "satisfied",
            "rolling_on_the_floor_laughing",
        ],
    ),
    (
        "wow",
        &["open_mouth", "astonished", "hushed", "exploding_head"],
    ),
    (
        "sad",
        &[
            "cry",
            "sob",
            "disappointed",
            "pensive",
            "slightly_frowning_face",
            "white_frowning_face",
            "frowning",
            "crying_cat_face",
        ],
    ),
];

impl ReactionNames {
    /// Reads the options, and the file that one of them names.
    ///
    /// # Errors
    /// If an option has a value that cannot be used, or the file cannot be read; a mistake in it
    /// is named with its line.
    pub(crate) fn new(options: &Options) -> Result<ReactionNames> {
        let is_stream = match options.get("reactions") {
            None | Some("slack") => false,
            Some("stream") => true,
            Some(other) => bail!("`--reactions` takes `slack` or `stream`, not `{other}`"),
        };
        let map = match options.get("reaction-map") {
            None => HashMap::new(),
            Some(path) => {
                let context = || format!("could not read the reaction map `{path}`");
                let bytes = fs::read(Path::new(path)).with_context(context)?;
                let text = String::from_utf8(bytes).with_context(context)?;
                parse(&text).with_context(context)?
            }
        };
        Ok(ReactionNames { is_stream, map })
    }

    /// The name of a reaction, which Slack calls `name`, without its skin tone.
    pub(crate) fn of<'n>(&'n self, name: &'n str) -> &'n str {
        if let Some(mapped) = self.map.get(name) {
            return mapped;
        }
        if !self.is_stream {
            return name;
        }
        let found = STREAM.iter().find(|(_, names)| names.contains(&name));
        found.map_or(name, |(stream, _)| stream)
    }
}

/// Reads lines `slack,stream`. A first line of just these words is a heading.
fn parse(text: &str) -> Result<HashMap<String, String>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut map: HashMap<String, String> = HashMap::new();
    for (line, number) in text.lines().zip(1_usize..) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') || (number == 1 && line == "slack,stream") {
            continue;
        }
        let Some((name, stream)) = line.split_once(',') else {
            bail!("line {number} has no comma; write `slack,stream`, such as `tada,wow`");
        };
        let (name, stream) = (bare(name), bare(stream));
        if name.is_empty() || stream.is_empty() || stream.contains(',') {
            bail!("line {number} has to hold two names, `slack,stream`, such as `tada,wow`");
        }
        let before = map.insert(name.to_owned(), stream.to_owned());
        if before.is_some_and(|before| before != stream) {
            bail!("line {number} names `{name}` again, with another name in Stream");
        }
    }
    Ok(map)
}

/// A name without the colons, quotes and space around it.
fn bare(name: &str) -> &str {
    let name = name.trim().trim_matches('"');
    let inner = name.strip_prefix(':').and_then(|it| it.strip_suffix(':'));
    inner.unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use migrate_model::Options;

    use super::{ReactionNames, STREAM, parse};

    #[test]
    fn names_follow_the_options() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("map.csv");
        fs::write(
            &path,
            "slack,stream\n# ours\n:tada:, wow\r\n\n\"+1\",\"great\"\n",
        )
        .unwrap();
        let check = |reactions: &str, has_map: bool, name: &str, expected: &str| {
            let mut options = Options::default();
            options.set("reactions", reactions.to_owned());
            if has_map {
                options.set("reaction-map", path.display().to_string());
            }
            assert_eq!(ReactionNames::new(&options).unwrap().of(name), expected);
        };
        check("slack", false, "+1", "+1");
        check("stream", false, "+1", "like");
        check("stream", false, "sob", "sad");
        check("stream", false, "tada", "tada");
        check("slack", true, "tada", "wow");
        check("stream", true, "+1", "great");
        check("stream", true, "joy", "haha");
    }

    #[test]
    fn a_mistake_in_a_map_is_shown_with_its_line() {
        let check = |text: &str, expected: &str| {
            let text = parse(text).unwrap_err().to_string();
            assert!(text.starts_with(expected), "{text}");
        };
        check("a,b\ntada", "line 2 has no comma");
        check("\n\ntada,", "line 3 has to hold two names");
        check(",x", "line 1 has to hold two names");
        check("a,b,c", "line 1 has to hold two names");
        check("a,b\na,b\na,c", "line 3 names `a` again");
    }

    #[test]
    fn no_name_of_slack_stands_in_the_set_twice() {
        let mut names: Vec<&str> = STREAM
            .iter()
            .flat_map(|(_, names)| *names)
            .copied()
            .collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
