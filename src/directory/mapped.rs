//! What a user map does to the directory: several ids of the source lead to one user, who has the
//! app's own id, and the books say who was put together.

use std::sync::Arc;

use hashbrown::{HashMap, HashSet};
use migrate_model as model;
use migrate_model::{Kind, Outcome, Value};

use super::{Directory, NONE, User, UserNumber};
use crate::books::{Ledger, Place};
use crate::shard::MapShare;
use crate::user_map::{AppUser, Claim, MapUse, Sightings, UserMap};

/// A user map in use.
pub(super) struct Mapped {
    pub(super) map: Arc<UserMap>,
    /// By the place of the app's user in the map: the number here, or [`NONE`].
    pub(super) numbers: Vec<UserNumber>,
    /// The claims of users who were found by e-mail address, by the source's id.
    aliases: HashMap<Box<str>, Claim>,
    /// The source's ids of the listed users who are in the map.
    listed: HashSet<Box<str>>,
    /// By claim: whether somebody in the source has it.
    sightings: Vec<Sighting>,
    /// The source's ids of those whose id in Stream is that of a user of the app.
    own_ids: HashMap<Claim, Box<str>>,
    /// The claims of those to whom channels and members refer that are written, in order.
    pub(super) references: Vec<Claim>,
}

/// How somebody with a claim stands in the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Sighting {
    /// Not at all.
    Nowhere,
    /// Referred to, or met in a message.
    Seen,
    /// In the list of users.
    Listed,
}

/// How many unused rows are named.
const EXAMPLES: usize = 5;

impl Mapped {
    pub(super) fn new(map: Arc<UserMap>) -> Mapped {
        Mapped {
            numbers: vec![NONE; map.users().len()],
            aliases: HashMap::new(),
            listed: HashSet::new(),
            sightings: vec![Sighting::Nowhere; map.claim_count()],
            own_ids: HashMap::new(),
            references: Vec::new(),
            map,
        }
    }

    /// The claim of somebody of the source by id.
    pub(super) fn claim(&self, source_id: &str) -> Option<Claim> {
        self.map
            .claim_by_key(source_id)
            .or_else(|| self.aliases.get(source_id).copied())
            .or_else(|| self.map.claim_by_stream_id(source_id))
    }

    fn see(&mut self, claim: Claim, how: Sighting) {
        let sighting = &mut self.sightings[claim.index()];
        *sighting = how.max(*sighting);
    }

    /// By the place of the app's user in the map: the claims of those who stand in no list and to
    /// whom something refers.
    fn strangers(&self, referred: &[Claim]) -> Vec<Vec<Claim>> {
        let referred: HashSet<Claim> = referred.iter().copied().collect();
        let (rows, users) = (self.map.rows().len(), self.map.users().len());
        let own = (0..users).map(|user| self.map.claim_of_own_id(user as u32));
        let rows = (0..rows).map(|row| self.map.claim_of_row(row as u32));
        let mut strangers = vec![Vec::new(); users];
        for claim in rows.chain(own) {
            let is_listed = self.sightings[claim.index()] == Sighting::Listed;
            if referred.contains(&claim) && !is_listed {
                strangers[self.map.user_of(claim) as usize].push(claim);
            }
        }
        strangers
    }

    /// The rows that nobody in the source has: line and key.
    fn unused(&self) -> impl Iterator<Item = (u64, String)> {
        let rows = self.map.rows().iter().zip(&self.sightings);
        let unused = rows.filter(|(_, sighting)| **sighting == Sighting::Nowhere);
        unused.map(|(row, _)| (row.line, row.key.to_string()))
    }

    fn map_use(&self, referred: u64) -> MapUse {
        MapUse {
            rows: self.map.rows().len() as u64,
            unused: self.unused().count() as u64,
            examples: self.unused().take(EXAMPLES).collect(),
            referred,
        }
    }
}

impl Directory {
    /// The claim to a user of the app that somebody of the source has.
    pub fn claim(&self, source_id: &str) -> Option<Claim> {
        self.mapped.as_ref()?.claim(source_id)
    }

    /// The user of the app who a user is; `None` for one who is not in the map.
    pub fn app_user(&self, number: UserNumber) -> Option<&AppUser> {
        let app = self.user(number)?.app;
        self.mapped.as_ref()?.map.users().get(app as usize)
    }

    /// Whether all that is known of somebody is what messages tell, and nothing what the map says.
    pub fn is_as_told(&self, source_id: &str) -> bool {
        let number = self.find_user(source_id);
        let app = number.and_then(|number| self.app_user(number));
        app.is_none_or(AppUser::is_as_told)
    }

    /// The number of the user of the app who somebody is; `None` for one who is not in the map.
    pub fn number_of_app_user(&self, source_id: &str) -> Option<UserNumber> {
        self.claim(source_id)
            .map(|claim| self.number_of_claim(claim))
    }

    /// The number of the user of the app whom a claim is about, or [`NONE`].
    pub fn number_of_claim(&self, claim: Claim) -> UserNumber {
        let mapped = self.mapped.as_ref();
        mapped.map_or(NONE, |it| it.numbers[it.map.user_of(claim) as usize])
    }

    /// The source's id of somebody with a claim whom the directory came upon.
    pub fn source_id(&self, claim: Claim) -> &str {
        let Some(mapped) = &self.mapped else {
            return "";
        };
        let own = mapped.own_ids.get(&claim);
        own.map_or(mapped.map.source_id(claim), |id| id)
    }

    /// The claims of those to whom channels and members refer that are written, in order.
    pub fn references(&self) -> &[Claim] {
        self.mapped.as_ref().map_or(&[], |it| &it.references)
    }

    /// Takes note that somebody occurs.
    pub(super) fn see(&mut self, source_id: &str) {
        if let Some(mapped) = &mut self.mapped
            && let Some(claim) = mapped.claim(source_id)
        {
            mapped.see(claim, Sighting::Seen);
            if mapped.map.is_own_id(claim) && !mapped.own_ids.contains_key(&claim) {
                mapped.own_ids.insert(claim, source_id.into());
            }
        }
    }

    /// The number of somebody who is referred to.
    pub(super) fn refer(&mut self, source_id: &str) -> UserNumber {
        self.see(source_id);
        self.number_of(source_id)
    }

    /// Leaves one of each number of a user of the app, who may be several people.
    pub(super) fn keep_each_once(&self, numbers: &mut Vec<UserNumber>) {
        let mut seen = HashSet::new();
        numbers.retain(|number| self.app_user(*number).is_none() || seen.insert(*number));
    }

    /// Finds a user of the source's list in the map, by id, else by e-mail address.
    pub(super) fn look_up(&mut self, it: &model::User<'_>) {
        if self.mapped.is_none() {
            return;
        }
        let is_listed = |number: UserNumber| self.users[number as usize].standing.is_listed();
        let is_unmapped = self.claim(&it.id).is_none();
        let is_known = is_unmapped && self.find_user(&it.id).is_some_and(is_listed);
        let Some(mapped) = &mut self.mapped else {
            return;
        };
        // A second record does not make somebody another.
        let is_second = is_known || mapped.listed.contains(&*it.id);
        if !is_second && mapped.map.claim_by_key(&it.id).is_none() {
            let claim = mapped.map.claim_by_address(address(it));
            let alias = claim.map(|claim| (it.id.as_ref().into(), claim));
            mapped.aliases.extend(alias);
        }
        self.see(&it.id);
    }

    /// Takes note that somebody stands in the source's list; whether that is so for the first
    /// time.
    pub(super) fn list(&mut self, source_id: &str) -> bool {
        let Some(mapped) = &mut self.mapped else {
            return false;
        };
        let Some(claim) = mapped.claim(source_id) else {
            return false;
        };
        mapped.see(claim, Sighting::Listed);
        mapped.listed.insert(source_id.into())
    }

    /// Adds a user of the app to whom somebody has a claim.
    pub(super) fn add_app_user(&mut self, source_id: &str, claim: Claim) {
        let number = self.user_count();
        let Some(mapped) = &mut self.mapped else {
            return;
        };
        let app = mapped.map.user_of(claim);
        let it = &mapped.map.users()[app as usize];
        mapped.numbers[app as usize] = number;
        self.mapped_users.insert(it.id.clone(), number);
        let name = if it.name.is_empty() { &it.id } else { &it.name };
        self.users.push(User {
            mapped_id: Some(it.id.clone()),
            name: name.clone(),
            image_url: it.image_url.clone(),
            teams: it.teams.clone().into(),
            app,
            ..User::by_id(source_id)
        });
    }

    /// Gives a number to those of the map whom nothing referred to yet: workers may meet them.
    pub(super) fn add_rest_of_map(&mut self) {
        let Some(map) = self.mapped.as_ref().map(|it| Arc::clone(&it.map)) else {
            return;
        };
        for row in map.rows() {
            self.number_of(&row.key);
        }
    }

    /// Settles what a finished run made of the map: who was put together, who is left to the app.
    pub fn settle(&mut self, sightings: &Sightings, ledger: &mut Ledger) -> Option<MapUse> {
        let mapped = self.mapped.as_mut()?;
        for claim in &sightings.seen {
            mapped.see(*claim, Sighting::Seen);
        }
        let mapped = self.mapped.as_ref()?;
        let map = &mapped.map;
        let strangers = mapped.strangers(&sightings.referred);
        let place = Place::nowhere();
        let mut referred = 0;
        let users = map.users().iter().zip(&mapped.numbers);
        for ((app, number), strangers) in users.zip(&strangers) {
            let user = self.user(*number);
            let is_listed = user.is_some_and(|user| user.standing.is_listed());
            let others = if is_listed { 0 } else { 1 };
            for claim in strangers.iter().skip(others) {
                let text = format!("{} -> {}", map.source_id(*claim), app.id);
                ledger.made(Kind::User, "user_met", &place, &app.id);
                let kind = "user_mapped_together";
                ledger.lose(Kind::User, Outcome::Merged, kind, 1, &place, &text);
            }
            if !sightings.in_app.contains(number) {
                continue;
            }
            referred += 1;
            if is_listed && !self.owns_user(*number) {
                // That stands in the books of the shard that has the record.
                continue;
            }
            if !is_listed {
                ledger.made(Kind::User, "user_met", &place, &app.id);
            }
            let place = user.map_or(&place, |user| &user.place);
            let kind = "user_in_app";
            ledger.lose(Kind::User, Outcome::Excluded, kind, 1, place, &app.id);
        }
        Some(mapped.map_use(referred))
    }

    /// What other shards may have come upon of the map as well; `None` without one.
    pub fn map_share(&self, sightings: &Sightings) -> Option<MapShare> {
        let mapped = self.mapped.as_ref()?;
        let users = mapped.map.users().iter().zip(&mapped.numbers);
        let in_app = users.filter(|(_, number)| sightings.in_app.contains(*number));
        let mut in_app: Vec<String> = in_app.map(|(app, _)| app.id.to_string()).collect();
        in_app.sort_unstable();
        let strangers = mapped.strangers(&sightings.referred);
        let claims = mapped.map.users().iter().zip(strangers);
        let claims = claims.filter(|(_, claims)| !claims.is_empty());
        Some(MapShare {
            unused: mapped.unused().collect(),
            in_app,
            claims: claims.map(|(app, it)| (app.id.to_string(), it)).collect(),
        })
    }
}

/// The e-mail address of a user: where the model has it, or the custom field of that name.
fn address<'i>(it: &'i model::User<'_>) -> &'i str {
    if !it.email.is_empty() {
        return &it.email;
    }
    let mut fields = it.custom.iter();
    let field = fields.find(|(name, _)| name.eq_ignore_ascii_case("email"));
    match field {
        Some((_, Value::Text(address))) => address,
        _ => "",
    }
}
