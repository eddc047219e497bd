//! Which messages of a channel are shown: its newest, and those that have something special.
//!
//! Picks come in an order of which any beginning makes sense, with levels by which all channels get
//! their turn: first what explains a loss, then the newest few of each channel, then by rounds one
//! more of each kind. A reply comes behind the message that it replies to.

use std::cmp::Reverse;

use hashbrown::{HashMap, HashSet};

use super::model::Why;

/// A message of a channel, as far as choosing goes by it; 24 bytes.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// When it was written, in microseconds since 1970.
    pub micros: i64,
    /// How long its entry is, in bytes.
    pub len: u32,
    /// The place in the channel of the message that it replies to, or [`NONE`].
    pub parent: u32,
    /// How many reactions it has.
    pub reactions: u32,
    /// See [`WRITTEN`] and its neighbours.
    pub traits: u8,
}

/// No message.
pub const NONE: u32 = u32::MAX;
/// The message is written; one without this is none.
pub const WRITTEN: u8 = 1;
/// It has attachments.
pub const ATTACHMENTS: u8 = 2;
/// Something of it was lost.
pub const LOSS: u8 = 4;
/// What was lost of it is the first of its kind.
pub const EXAMPLE: u8 = 8;
/// It continues another message of the same record.
pub const CONTINUED: u8 = 16;

impl Seen {
    /// The place of a message that is not written.
    pub const HOLE: Seen = Seen {
        micros: 0,
        len: 0,
        parent: NONE,
        reactions: 0,
        traits: 0,
    };

    /// Whether it has a trait.
    pub fn has(&self, of: u8) -> bool {
        self.traits & of != 0
    }

    /// Whether it may be shown: it is written and not too long.
    fn is_showable(&self) -> bool {
        self.has(WRITTEN) && self.len <= LONGEST_ENTRY
    }
}

/// A message that may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pick {
    /// Its place in the channel.
    pub at: u32,
    /// The round in which it was picked; 0 for what explains a loss.
    pub level: u32,
    /// Why it is shown.
    pub why: Why,
}

/// How many bytes the entry of a message that is shown has at most: more nobody would read on a
/// page, and few of them would leave no room for others.
pub const LONGEST_ENTRY: u32 = 200_000;
/// How many of the newest messages a channel that is shown has at least, if it has so many.
pub const NEWEST: usize = 3;
/// From how many bytes on an entry is long.
const LONG_BYTES: u32 = 1_500;
/// From how many reactions on they are many.
const MANY_REACTIONS: u32 = 3;
/// From how many replies on a thread is one to show, and how many of them are.
const MANY_REPLIES: u32 = 2;
const SHOWN_REPLIES: usize = 3;
/// How many messages of a kind are special.
const SPECIAL: usize = 20;
/// How many messages a round picks at most: one of each kind, and what those reply to.
const ROUND: usize = 12;

/// Picks messages of a channel, at most `most` and only those up to a level.
///
/// `replies` says for each message how many it has.
pub fn choose(seen: &[Seen], replies: &[u32], most: usize, last_level: u32) -> Vec<Pick> {
    let rounds = (last_level as usize).min(most);
    let newest_count = (2 * NEWEST + 1 + ROUND * rounds).min(most);
    let newest = top(seen, newest_count, |at, it| Some((it.micros, at)));
    let examples = seen.iter().zip(0..);
    let examples: Vec<u32> = examples
        .filter(|(it, _)| it.is_showable() && it.has(EXAMPLE))
        .map(|(_, at)| at)
        .collect();
    let mut picks = Picks {
        seen,
        replies,
        most,
        level: 0,
        picked: HashSet::new(),
        list: Vec::new(),
    };
    examples.iter().for_each(|at| picks.add(*at));
    if examples.is_empty() {
        picks.level = 1;
    }
    newest.iter().take(NEWEST).for_each(|at| picks.add(*at));
    let special = [losses(seen), threads(seen, replies)];
    let lists = [
        top(seen, SPECIAL, |at, it| {
            (it.reactions >= MANY_REACTIONS).then_some((it.reactions, Reverse(at)))
        }),
        top(seen, SPECIAL, |at, it| {
            (it.len >= LONG_BYTES).then_some((it.len, Reverse(at)))
        }),
        top(seen, SPECIAL, |at, it| {
            it.has(ATTACHMENTS).then_some((it.micros, at))
        }),
        newest,
    ];
    let mut lists: Vec<_> = special
        .into_iter()
        .chain(lists)
        .map(Vec::into_iter)
        .collect();
    picks.level = 1;
    while picks.level < last_level && picks.list.len() < most {
        picks.level += 1;
        let before = picks.list.len();
        for list in &mut lists {
            if let Some(at) = list.find(|at| !picks.picked.contains(at)) {
                picks.add(at);
            }
        }
        if picks.list.len() == before {
            break;
        }
    }
    picks.list
}

/// What was picked so far.
struct Picks<'s> {
    seen: &'s [Seen],
    replies: &'s [u32],
    most: usize,
    level: u32,
    picked: HashSet<u32>,
    list: Vec<Pick>,
}

impl Picks<'_> {
    /// Picks a message, and before it the one that it replies to, if there is room for both.
    fn add(&mut self, at: u32) {
        let it = self.seen[at as usize];
        let parent = self.seen.get(it.parent as usize);
        let parent = parent.filter(|parent| parent.is_showable() && it.parent != at);
        let parent = parent.map(|_| it.parent);
        let parent = parent.filter(|parent| !self.picked.contains(parent));
        let more = 1 + usize::from(parent.is_some());
        if self.picked.contains(&at) || self.list.len() + more > self.most {
            return;
        }
        let is_parent = parent.map(|parent| (parent, Why::Needed));
        for (at, why) in is_parent.into_iter().chain([(at, Why::Newest)]) {
            self.picked.insert(at);
            self.list.push(Pick {
                at,
                level: self.level,
                why: self.why(at).max(why),
            });
        }
    }

    /// The most special thing about a message.
    fn why(&self, at: u32) -> Why {
        let it = &self.seen[at as usize];
        let replies = |at: u32| self.replies.get(at as usize).copied().unwrap_or(0);
        let thread = match it.parent {
            NONE => replies(at),
            parent => replies(parent),
        };
        match () {
            () if it.has(LOSS) => Why::Loss,
            () if thread >= MANY_REPLIES => Why::Thread,
            () if it.reactions >= MANY_REACTIONS => Why::Reactions,
            () if it.len >= LONG_BYTES => Why::Long,
            () if it.has(ATTACHMENTS) => Why::Attachments,
            () => Why::Newest,
        }
    }
}

/// The messages that may be shown with the greatest keys, the greatest first; those without a key
/// are none of them. Keys are all different.
fn top<K: Ord>(seen: &[Seen], count: usize, key: impl Fn(u32, &Seen) -> Option<K>) -> Vec<u32> {
    let mut found: Vec<(Reverse<K>, u32)> = Vec::new();
    for (it, at) in seen.iter().zip(0..).filter(|(it, _)| it.is_showable()) {
        if let Some(key) = key(at, it) {
            found.push((Reverse(key), at));
        }
        // So a large channel does not take more memory than a small one.
        if found.len() >= 2 * count + SPECIAL {
            found.select_nth_unstable(count);
            found.truncate(count);
        }
    }
    found.sort_unstable();
    found.truncate(count);
    found.into_iter().map(|(_, at)| at).collect()
}

/// The first messages of which something was lost.
fn losses(seen: &[Seen]) -> Vec<u32> {
    let lost = seen.iter().zip(0..);
    let lost = lost.filter(|(it, _)| it.is_showable() && it.has(LOSS));
    lost.map(|(_, at)| at).take(SPECIAL).collect()
}

/// The threads with the most replies: of each its start and its newest replies.
fn threads(seen: &[Seen], replies: &[u32]) -> Vec<u32> {
    let count = |at: u32| replies.get(at as usize).copied().unwrap_or(0);
    let roots = top(seen, SPECIAL, |at, _| {
        (count(at) >= MANY_REPLIES).then_some((count(at), Reverse(at)))
    });
    let mut shown: HashMap<u32, Vec<(i64, u32)>> =
        roots.iter().map(|at| (*at, Vec::new())).collect();
    if roots.is_empty() {
        return roots;
    }
    for (it, at) in seen.iter().zip(0..).filter(|(it, _)| it.is_showable()) {
        if let Some(newest) = shown.get_mut(&it.parent) {
            newest.push((it.micros, at));
            newest.sort_unstable_by(|a, b| b.cmp(a));
            newest.truncate(SHOWN_REPLIES);
        }
    }
    let mut all = Vec::new();
    for root in roots {
        all.push(root);
        all.extend(shown[&root].iter().map(|(_, at)| at));
    }
    all
}

/// How many replies each message has; one that says that it replies to itself is none of them.
pub fn reply_counts(seen: &[Seen]) -> Vec<u32> {
    let mut counts = vec![0; seen.len()];
    for (it, at) in seen.iter().zip(0..).filter(|(it, _)| it.has(WRITTEN)) {
        if it.parent != at
            && let Some(count) = counts.get_mut(it.parent as usize)
        {
            *count += 1;
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_seen() -> impl Strategy<Value = Vec<Seen>> {
        let one = (0i64..40, 0u32..3_000, any::<Option<u8>>(), 0u32..6, 0u8..32);
        let seen = prop::collection::vec(one, 0..60);
        seen.prop_map(|all| {
            let all = all.into_iter().zip(0u32..);
            let seen = all.map(|((micros, len, parent, reactions, traits), at)| Seen {
                micros,
                // Some are too long.
                len: if len % 10 == 9 {
                    LONGEST_ENTRY + len
                } else {
                    len
                },
                parent: parent.map_or(NONE, |parent| u32::from(parent) % (at + 1)),
                reactions,
                traits,
            });
            let mut seen: Vec<Seen> = seen.collect();
            // A parent is written, and replies to nothing but itself.
            for it in seen.iter_mut().filter(|it| !it.has(WRITTEN)) {
                it.parent = NONE;
            }
            for at in 0..seen.len() {
                let to = seen[at].parent;
                if let Some(parent) = seen.get(to as usize).copied()
                    && (!parent.has(WRITTEN) || ![NONE, to].contains(&parent.parent))
                {
                    seen[at].parent = NONE;
                }
            }
            seen
        })
    }

    #[test]
    fn an_example_comes_first_where_one_before_it_finds_no_room_for_its_parent() {
        let one = |parent, traits| Seen {
            micros: 1,
            len: 1,
            parent,
            traits: WRITTEN | traits,
            ..Seen::HOLE
        };
        // The second needs a place for its parent as well, the third none.
        let seen = [
            one(NONE, EXAMPLE),
            one(3, EXAMPLE),
            one(NONE, EXAMPLE),
            one(NONE, 0),
        ];
        let picks = choose(&seen, &reply_counts(&seen), 2, u32::MAX);
        let picked: Vec<_> = picks.iter().map(|it| (it.at, it.level)).collect();
        assert_eq!(picked, [(0, 0), (2, 0)]);
    }

    proptest! {
        #[test]
        fn any_beginning_of_picks_can_stand(seen in any_seen(), most in 0usize..80) {
            let replies = reply_counts(&seen);
            let picks = choose(&seen, &replies, most, u32::MAX);
            prop_assert!(picks.len() <= most);
            prop_assert!(picks.is_sorted_by_key(|it| it.level));
            let places: Vec<u32> = picks.iter().map(|it| it.at).collect();
            for (n, pick) in picks.iter().enumerate() {
                let it = seen[pick.at as usize];
                prop_assert!(it.is_showable());
                prop_assert!(!places[..n].contains(&pick.at));
                let parent = seen.get(it.parent as usize);
                let needs = parent.is_some_and(|to| to.is_showable() && it.parent != pick.at);
                prop_assert!(!needs || places[..n].contains(&it.parent));
                prop_assert_eq!(pick.why == Why::Loss, it.has(LOSS));
            }
            let written: Vec<u32> = (0..seen.len() as u32)
                .filter(|at| seen[*at as usize].is_showable())
                .collect();
            if written.len() <= most {
                prop_assert_eq!(picks.len(), written.len());
            }
            // All that explains a loss comes first, then the newest.
            if most >= 2 * (written.len() + NEWEST) {
                let newest = written.iter().max_by_key(|at| (seen[**at as usize].micros, **at));
                let first = |at: &&u32| picks.iter().find(|it| it.at == **at);
                prop_assert!(newest.as_ref().and_then(first).is_none_or(|it| it.level <= 1));
            }
            for pick in picks.iter().filter(|it| seen[it.at as usize].has(EXAMPLE)) {
                prop_assert_eq!(pick.level, 0);
            }
        }

        #[test]
        fn fewer_levels_are_a_beginning_of_more(seen in any_seen(), last in 0u32..9) {
            let replies = reply_counts(&seen);
            let all = choose(&seen, &replies, 1_000, u32::MAX);
            let some = choose(&seen, &replies, 1_000, last);
            let expected: Vec<Pick> =
                all.into_iter().filter(|it| it.level <= last.max(1)).collect();
            prop_assert_eq!(some, expected);
        }
    }
}
