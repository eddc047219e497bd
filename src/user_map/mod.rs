//! The user map: which people of the source are which users of the app.
//!
//! Somebody is known to the map by a *claim*: a row whose key is the source's id or e-mail
//! address, or an id in Stream that a row gives to somebody else. Several people with claims to
//! one user of the app are one user. How the file is read is left to `read`, what becomes of
//! numbers and entries to the [`directory`](crate::directory).

mod read;

use std::borrow::Cow;

use anyhow::{Result, ensure};
use hashbrown::{HashMap, HashSet};
use migrate_model as model;
use serde::{Deserialize, Serialize};

use crate::getstream::roles::Roles;
use crate::getstream::{ids, item, legal};
use crate::people::Stranger;

/// Which people of the source are which users of the app.
#[derive(Debug, Default)]
pub struct UserMap {
    /// In the order of the file; each key once.
    rows: Vec<Row>,
    /// In the order in which rows name them.
    users: Vec<AppUser>,
    keys: HashMap<Box<str>, u32>,
    /// Rows whose key may be an e-mail address, by it in lower case.
    addresses: HashMap<Box<str>, u32>,
    /// The app's users by their id.
    ids: HashMap<Box<str>, u32>,
}

/// A row of the map.
#[derive(Debug)]
pub struct Row {
    /// The source's id of a user, or an e-mail address.
    pub key: Box<str>,
    /// The line of the file, from 1.
    pub line: u64,
    /// The place of the app's user in the map, from 0.
    pub user: u32,
}

/// A user of the app. What is empty is left to the source.
#[derive(Clone, Debug, Default)]
pub struct AppUser {
    /// The id in Stream.
    pub id: Box<str>,
    /// The name.
    pub name: Box<str>,
    /// The picture.
    pub image_url: Box<str>,
    /// The role.
    pub role: Box<str>,
    /// The teams.
    pub teams: Vec<Box<str>>,
    /// Custom fields: name and text.
    pub custom: Vec<(Box<str>, Box<str>)>,
}

/// Why somebody of the source is a user of the app: the number of a row, from 0, or behind the
/// rows that of the app's user whose id the person has anyway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Claim(u32);

/// Whether those whom the map names are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MappedUsers {
    /// They are written, which overwrites the app's user.
    #[default]
    Write,
    /// They are referred to and not written: the app has them.
    Refer,
}

/// Where a pass came upon the people of a map.
#[derive(Clone, Debug, Default)]
pub struct Sightings {
    /// The claims of those who occur in messages, written or not.
    pub seen: Vec<Claim>,
    /// The claims of those to whom something refers that was written, in order.
    pub referred: Vec<Claim>,
    /// The users of the app whom the app has to have, by number.
    pub in_app: HashSet<u32>,
}

/// What became of a map in a run.
#[derive(Clone, Debug)]
pub struct MapUse {
    /// How many rows it has.
    pub rows: u64,
    /// How many of them have a key that nobody in the source has.
    pub unused: u64,
    /// The first of those: the line, from 1, and the key.
    pub examples: Vec<(u64, String)>,
    /// How many users of the app were referred to and not written.
    pub referred: u64,
}

impl UserMap {
    /// Checks that the app has all roles that the map gives.
    ///
    /// # Errors
    /// If it lacks one.
    pub fn check_roles(&self, roles: &Roles) -> Result<()> {
        for row in &self.rows {
            let role = &self.users[row.user as usize].role;
            ensure!(
                role.is_empty() || roles.has(role),
                "the user map, line {}: the app has no role `{}`, as far as is known; name all that it has with `--roles`",
                row.line,
                role.escape_debug()
            );
        }
        Ok(())
    }

    /// The rows, in the order of the file.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The users of the app, in the order in which rows name them.
    pub fn users(&self) -> &[AppUser] {
        &self.users
    }

    /// How many claims there may be; each is below that.
    pub fn claim_count(&self) -> usize {
        self.rows.len() + self.users.len()
    }

    /// The claim of a row, by its number from 0.
    pub fn claim_of_row(&self, row: u32) -> Claim {
        Claim(row)
    }

    /// The claim of somebody whose id in Stream is that of a user of the app, by place in the map.
    pub fn claim_of_own_id(&self, user: u32) -> Claim {
        Claim(self.rows.len() as u32 + user)
    }

    /// Whether a claim is that of an own id.
    pub fn is_own_id(&self, claim: Claim) -> bool {
        claim.index() >= self.rows.len()
    }

    /// The claim of the row with that key.
    pub fn claim_by_key(&self, source_id: &str) -> Option<Claim> {
        self.keys.get(source_id).map(|row| Claim(*row))
    }

    /// The claim of somebody of the source whose id in Stream is that of a user of the app.
    pub fn claim_by_stream_id(&self, source_id: &str) -> Option<Claim> {
        let user = self.ids.get(&*ids::user(source_id))?;
        Some(self.claim_of_own_id(*user))
    }

    /// The claim of somebody with that e-mail address; case does not count.
    pub fn claim_by_address(&self, address: &str) -> Option<Claim> {
        if self.addresses.is_empty() || address.is_empty() {
            return None;
        }
        let address = address.trim().to_lowercase();
        self.addresses.get(&*address).map(|row| Claim(*row))
    }

    /// The user of the app whom a claim is about, by place in the map.
    pub fn user_of(&self, claim: Claim) -> u32 {
        match self.rows.get(claim.0 as usize) {
            Some(row) => row.user,
            None => claim.0 - self.rows.len() as u32,
        }
    }

    /// The id that stands for a claim: the key of its row, or the app's own id.
    pub fn source_id(&self, claim: Claim) -> &str {
        match self.rows.get(claim.0 as usize) {
            Some(row) => &row.key,
            None => &self.users[self.user_of(claim) as usize].id,
        }
    }
}

impl Claim {
    /// A number below [`UserMap::claim_count`].
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl AppUser {
    /// Puts what the map says over what a source's record says.
    fn overlay<'a>(&'a self, it: &mut model::User<'a>) {
        let put = |field: &mut model::Text<'a>, text: &'a str| {
            if !text.is_empty() {
                *field = Cow::Borrowed(text);
            }
        };
        put(&mut it.name, &self.name);
        put(&mut it.image_url, &self.image_url);
        put(&mut it.role, &self.role);
        if !self.teams.is_empty() {
            it.teams = self.teams.iter().map(|it| Cow::Borrowed(&**it)).collect();
        }
        for (name, text) in &self.custom {
            it.custom.set(&**name, &**text);
        }
    }

    /// A legal user with what the map says over what a source's record says. Where there is no room
    /// for all custom fields, the source's are dropped first.
    pub fn legal_user<'a>(
        &'a self,
        mut it: model::User<'a>,
        scratch: &'a mut Vec<u8>,
        note: legal::Noter<'_>,
    ) -> item::User<'a> {
        self.overlay(&mut it);
        let is_of_map = |name: &str| self.custom.iter().any(|(own, _)| **own == *name);
        legal::user_keeping(&is_of_map, (&*self.id).into(), it, scratch, note)
    }

    /// The name and the picture of a person as a message tells them, with those of the map over
    /// them.
    pub fn over(&self, told: &Stranger) -> Stranger {
        let mut it = told.clone();
        if !self.name.is_empty() {
            it.name = self.name.clone();
        }
        if !self.image_url.is_empty() {
            it.image_url = self.image_url.clone();
        }
        it
    }

    /// Whether a person who stands in no list is shown with nothing but what messages tell.
    pub fn is_as_told(&self) -> bool {
        self.name.is_empty() && self.image_url.is_empty()
    }
}
