//! The roles that users and members may have.

use std::collections::BTreeSet;

/// The user roles that every app has. Source: Stream docs on roles, 2026-08.
const OF_USERS: [&str; 5] = ["user", "guest", "anonymous", "moderator", "admin"];

/// The channel roles that every app has. Source: schema, 2026-03.
const OF_MEMBERS: [&str; 2] = ["channel_member", "channel_moderator"];

/// The roles of an app.
#[derive(Clone, Debug)]
pub struct Roles {
    named: BTreeSet<String>,
}

impl Default for Roles {
    /// Those that every app has.
    fn default() -> Self {
        Roles::new(OF_USERS.map(str::to_owned))
    }
}

impl Roles {
    /// The roles that somebody named.
    pub fn new(named: impl IntoIterator<Item = String>) -> Roles {
        Roles {
            named: named.into_iter().collect(),
        }
    }

    /// Whether a user may have a role.
    pub fn has(&self, role: &str) -> bool {
        self.named.contains(role)
    }

    /// Whether a member may have a role.
    pub fn has_of_members(&self, role: &str) -> bool {
        OF_MEMBERS.contains(&role) || self.has(role)
    }
}
