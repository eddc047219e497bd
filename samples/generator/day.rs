//! What happens in a conversation on one day: who writes when, and who answers whom. The shares
//! are those that real exports of public workspaces showed. What is said is left to `message`.

use super::{
    conversations::Conversation,
    layout,
    random::{Random, mix},
};

const MICROS: u64 = 1_000_000;

/// In ten thousand messages: joins, other notices, tombstones, answers to a message that is not in
/// the export, answers that are shown in the channel as well, messages of bots, answers.
const JOINS: u64 = 200;
const NOTICES: u64 = 20;
const TOMBSTONES: u64 = 5;
const ORPHANS: u64 = 3;
const BROADCASTS: u64 = 50;
const BOTS: u64 = 600;
const REPLIES: u64 = 6_000 - ORPHANS - BROADCASTS;

/// In ten thousand answers: those to a thread of an earlier month. Nearly as many more get into
/// another month of UTC within one day of Los Angeles, which makes two in a hundred.
const LATE: u64 = 105;

/// How many threads go on at the same time, and how many of earlier months are remembered.
const OPEN: usize = 8;
const REMEMBERED: usize = 32;

/// A message before it has words.
#[derive(Clone, Copy, Debug)]
pub(super) struct Planned {
    /// When, in microseconds since 1970; no two in a conversation are the same.
    pub(super) at: u64,
    pub(super) sort: Sort,
    /// The index of the person who writes, or of the bot.
    pub(super) author: u32,
    /// What its words and details hang on.
    pub(super) seed: u64,
    pub(super) thread: Thread,
}

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    Plain,
    Bot,
    Join,
    Notice,
    Tombstone,
    Broadcast,
}

/// Where a message stands in a thread.
#[derive(Clone, Copy, Debug)]
pub(super) enum Thread {
    None,
    Root,
    Reply(Root),
}

/// The message that a thread hangs on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Root {
    pub(super) at: u64,
    pub(super) author: u32,
    pub(super) seed: u64,
}

/// The day and the place that messages are planned for.
pub(super) struct Zone<'z> {
    /// Days since 1970.
    pub(super) day: u64,
    /// How many people there are.
    pub(super) people: u32,
    pub(super) conversation: &'z Conversation,
}

/// What is remembered of a conversation from one day to the next: a bounded number of threads.
#[derive(Default)]
pub(super) struct Planner {
    month: u64,
    open: Vec<Root>,
    old: Vec<Root>,
    last_at: u64,
    /// How many answers are owed, because there was nothing to answer when their turn came.
    owed: u64,
}

impl Planner {
    /// Fills `plan` with `count` messages of one day, in the order of the day file.
    pub(super) fn plan(
        &mut self,
        random: &mut Random,
        zone: &Zone<'_>,
        count: u64,
        plan: &mut Vec<Planned>,
    ) {
        plan.clear();
        self.turn_month(zone.day);
        // Slack cuts days in Los Angeles, so a day begins at eight o'clock UTC in winter.
        let begin = (zone.day * 86_400 + 8 * 3_600) * MICROS;
        let slot = 86_400 * MICROS / count.max(1);
        for place in 0..count {
            let at = if random.chance(70) {
                self.last_at + 1 + random.below(900)
            } else {
                begin + place * slot + random.below(slot)
            };
            self.last_at = at.max(self.last_at + 1).max(begin);
            let message = self.message(random, zone);
            plan.push(message);
        }
        // Some day files of real exports are out of order.
        if count > 3 && random.chance(50) {
            plan.swap(1, 2);
        }
    }

    /// A thread that a later month goes on with is an old one.
    fn turn_month(&mut self, day: u64) {
        let (year, month, _) = layout::civil(day);
        let month = year * 12 + month;
        if month == self.month {
            return;
        }
        self.month = month;
        for root in self.open.drain(..) {
            if self.old.len() < REMEMBERED {
                self.old.push(root);
            } else {
                let place = root.seed as usize % REMEMBERED;
                self.old[place] = root;
            }
        }
    }

    fn message(&mut self, random: &mut Random, zone: &Zone<'_>) -> Planned {
        let mut it = Planned {
            at: self.last_at,
            sort: Sort::Plain,
            author: zone.author(random),
            seed: random.next(),
            thread: Thread::None,
        };
        let mut draw = random.below(10_000);
        let mut falls = |share: u64| {
            let hit = draw < share;
            draw = draw.wrapping_sub(share);
            hit
        };
        let channel = zone.conversation.kind.is_channel();
        if falls(JOINS) {
            it.sort = if channel { Sort::Join } else { Sort::Plain };
        } else if falls(NOTICES) {
            it.sort = if channel { Sort::Notice } else { Sort::Plain };
        } else if falls(TOMBSTONES) {
            it.sort = Sort::Tombstone;
            self.start(&mut it);
        } else if falls(ORPHANS) {
            let days = 1 + random.below(90);
            let at = it.at - days * 86_400 * MICROS - 77;
            it.thread = Thread::Reply(Root {
                at,
                author: it.author,
                seed: mix(it.seed, 1),
            });
        } else if falls(BROADCASTS) {
            it.sort = Sort::Broadcast;
            self.answer(random, &mut it);
        } else if falls(BOTS) {
            it.sort = Sort::Bot;
        } else if falls(REPLIES) {
            self.answer(random, &mut it);
        } else if self.owed > 0 && !self.open.is_empty() {
            self.owed -= 1;
            self.answer(random, &mut it);
        } else if random.chance(1_200) || self.open.is_empty() {
            self.start(&mut it);
        }
        it
    }

    fn start(&mut self, it: &mut Planned) {
        it.thread = Thread::Root;
        let root = Root {
            at: it.at,
            author: it.author,
            seed: it.seed,
        };
        if self.open.len() < OPEN {
            self.open.push(root);
        } else {
            let place = it.seed as usize % OPEN;
            self.open[place] = root;
        }
    }

    fn answer(&mut self, random: &mut Random, it: &mut Planned) {
        let threads = if random.chance(LATE) && !self.old.is_empty() {
            &self.old
        } else {
            &self.open
        };
        if threads.is_empty() {
            it.sort = Sort::Plain;
            self.owed += 1;
            self.start(it);
        } else {
            it.thread = Thread::Reply(random.pick(threads));
        }
    }
}

impl Zone<'_> {
    /// A member, the first ones far more often; in a channel now and then somebody else.
    fn author(&self, random: &mut Random) -> u32 {
        let members = &self.conversation.members;
        if self.conversation.kind.is_channel() && random.chance(200) {
            return random.below(u64::from(self.people)) as u32;
        }
        let bound = random.below(members.len() as u64) + 1;
        let place = random.below(bound) as usize;
        members.get(place).copied().unwrap_or(0)
    }
}
