//! The users that entries refer to: those of the directory, and strangers met on the way.

use hashbrown::{HashMap, HashSet};

use crate::batch::{Batch, UserRef};
use crate::directory::{Directory, UserNumber, encode_stranger};
use crate::getstream::{Spelling, ids};
use crate::people::Stranger;
use crate::user_map::{Claim, Sightings};

/// All users of a pass, by number.
pub struct Known<'a> {
    directory: &'a Directory,
    spelling: Spelling,
    /// Everybody who stands in no list: some in the directory, the others behind it.
    strangers: HashMap<UserNumber, Met>,
    /// Numbers of those behind the directory, by the source's id.
    numbers: HashMap<Box<str>, UserNumber>,
    /// The same, by the id in Stream.
    stream_numbers: HashMap<Box<str>, UserNumber>,
    next: UserNumber,
    /// Of the batch at hand: the numbers of its strangers.
    batch: Vec<UserNumber>,
    /// The source's ids of those people of the user map who occurred in messages.
    claim_ids: HashMap<Claim, Box<str>>,
    /// The claims of those to whom something refers that is written, in order.
    referred: Vec<Claim>,
    is_referred: HashSet<Claim>,
    /// Who of those who are one user was referred to first.
    first_claims: HashMap<UserNumber, Claim>,
    is_void: bool,
}

struct Met {
    it: Stranger,
    entry: Option<Box<[u8]>>,
    /// What the entry lacks of what was told, or of what the user map says: kinds and details.
    losses: Vec<(&'static str, String)>,
    /// Whether the name was written already, in an entry or a mention.
    is_used: bool,
}

impl<'a> Known<'a> {
    /// The users of the directory.
    pub fn new(directory: &'a Directory, spelling: Spelling) -> Self {
        let strangers = directory.users().iter().zip(0..);
        let strangers = strangers.filter(|(user, _)| !user.standing.is_listed());
        let strangers = strangers.map(|(user, number)| (number, Met::new(user.as_stranger())));
        let mut known = Known {
            directory,
            spelling,
            strangers: strangers.collect(),
            numbers: HashMap::new(),
            stream_numbers: HashMap::new(),
            next: directory.user_count(),
            batch: Vec::new(),
            claim_ids: HashMap::new(),
            referred: Vec::new(),
            is_referred: HashSet::new(),
            first_claims: HashMap::new(),
            is_void: false,
        };
        known.refer(directory.references());
        known
    }

    /// Whether somebody proved better than what was written already.
    pub fn is_void(&self) -> bool {
        self.is_void
    }

    /// How many users there are.
    pub fn count(&self) -> u32 {
        self.next
    }

    /// Takes in the strangers of a batch.
    pub fn meet(&mut self, batch: &Batch) {
        for (claim, source_id) in &batch.claims {
            if !self.claim_ids.contains_key(claim) {
                self.claim_ids.insert(*claim, source_id.clone());
            }
        }
        self.batch.clear();
        for stranger in &batch.strangers {
            let number = self.number_of(stranger);
            self.batch.push(number);
            if let Some(met) = self.strangers.get_mut(&number)
                && self.directory.improve(number, &mut met.it, stranger)
            {
                met.entry = None;
                self.is_void |= met.is_used;
            }
        }
    }

    /// Notes that something which is written refers to people of the user map.
    pub fn refer(&mut self, claims: &[Claim]) {
        for claim in claims {
            if self.is_referred.insert(*claim) {
                let number = self.directory.number_of_claim(*claim);
                self.first_claims.entry(number).or_insert(*claim);
                self.referred.push(*claim);
            }
        }
    }

    /// The number of a user of the batch at hand.
    pub fn number(&self, user: UserRef) -> UserNumber {
        match user {
            UserRef::Known(number) => number,
            UserRef::Stranger(place) => self.batch[place as usize],
        }
    }

    /// Notes that a text mentions a user by the name that the directory has.
    pub fn mention(&mut self, number: UserNumber) {
        let Some(met) = self.strangers.get_mut(&number) else {
            return;
        };
        met.is_used = true;
        let written = match self.directory.user(number) {
            Some(user) => &user.name,
            None => &met.it.id,
        };
        self.is_void |= *written != met.it.name;
    }

    /// The entry of a user; from now on it must not change.
    pub fn entry(&mut self, number: UserNumber) -> &[u8] {
        let spelling = self.spelling;
        let app = self.directory.app_user(number);
        match self.strangers.get_mut(&number) {
            Some(met) => {
                met.is_used = true;
                met.entry.get_or_insert_with(|| {
                    met.losses.clear();
                    let mut note = |kind, detail: &str| met.losses.push((kind, detail.to_owned()));
                    encode_stranger(spelling, &met.it, app, &mut note).into()
                })
            }
            None => self.directory.user(number).map_or(&[], |user| &user.entry),
        }
    }

    /// What the entry of a user who stands in no list lacks of what was told, or of what the user
    /// map says: kinds and details.
    pub fn losses(&self, number: UserNumber) -> &[(&'static str, String)] {
        let met = self.strangers.get(&number);
        met.map_or(&[], |met| &met.losses)
    }

    /// The id of a user in Stream.
    pub fn stream_id(&self, number: UserNumber) -> String {
        match (self.directory.user(number), self.strangers.get(&number)) {
            (Some(user), _) => user.stream_id().to_owned(),
            (None, Some(met)) => ids::user(&met.it.id).into_owned(),
            (None, None) => String::new(),
        }
    }

    /// The number of a user by the id in Stream.
    pub fn find_stream_id(&self, id: &str) -> Option<UserNumber> {
        let known = self.directory.find_stream_user(id);
        known.or_else(|| self.stream_numbers.get(id).copied())
    }

    /// Whether a user stands in no list.
    pub fn is_stranger(&self, number: UserNumber) -> bool {
        self.strangers.contains_key(&number)
    }

    /// The number of a stranger, who gets one if new.
    pub fn number_of(&mut self, stranger: &Stranger) -> UserNumber {
        let found = self.directory.find_user(&stranger.id);
        if let Some(number) = found.or_else(|| self.numbers.get(&stranger.id).copied()) {
            return number;
        }
        let number = self.next;
        self.next += 1;
        let stream_id = ids::user(&stranger.id).into_owned().into_boxed_str();
        self.stream_numbers.insert(stream_id, number);
        self.numbers.insert(stranger.id.clone(), number);
        self.strangers.insert(number, Met::new(stranger.clone()));
        number
    }

    /// The id of a user in the source: of several people who are one that of the listed one, else
    /// of who was referred to first.
    pub fn source_id(&self, number: UserNumber) -> &str {
        let Some(met) = self.strangers.get(&number) else {
            return self.directory.user(number).map_or("", |user| &user.id);
        };
        let claim = self.first_claims.get(&number);
        let claimed = claim.map(|claim| match self.claim_ids.get(claim) {
            Some(id) => id,
            None => self.directory.source_id(*claim),
        });
        claimed.unwrap_or(&met.it.id)
    }

    /// What was learnt about people, and where those occurred whom the user map names.
    pub fn into_people(self) -> (Vec<Stranger>, Sightings) {
        let mut people: Vec<_> = self.strangers.into_values().map(|met| met.it).collect();
        people.sort_by(|a, b| a.id.cmp(&b.id));
        let sightings = Sightings {
            seen: self.claim_ids.into_keys().collect(),
            referred: self.referred,
            in_app: HashSet::new(),
        };
        (people, sightings)
    }
}

impl Met {
    fn new(it: Stranger) -> Met {
        Met {
            it,
            entry: None,
            losses: Vec::new(),
            is_used: false,
        }
    }
}
