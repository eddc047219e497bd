//! How messages name the first one of their thread: by its id, by its time, or by that of the thread,
//! which some systems know by its first message.

use super::seen::Seen;
use crate::aliases;

/// From how many characters on values of two columns are not the same by chance.
const LONG: usize = 8;

impl Seen<'_> {
    /// In Slack's exports the time of a message is its id, so a thread names its root by that, also
    /// where the table has another id. Then the time is the id, or no reply would find its root.
    pub(super) fn find_roots_by_time(&mut self) {
        let (Some(parent), Some(id), Some(time)) = (
            self.taken("parent_id"),
            self.taken("id"),
            self.taken("created_at"),
        ) else {
            return;
        };
        let (parents, times) = (self.column(parent), self.column(time));
        if id == time || self.column(id).shares(parents) {
            return;
        }
        let is_called_so = aliases::plain(self.name_of(parent)) == "threadts";
        let is_slack = times.is_slack()
            && !self.column(id).is_slack()
            && (parents.is_slack() || parents.is_empty() && is_called_so);
        let is_time = parents.is_moment() && parents.shares(times);
        if !is_slack && !is_time {
            return;
        }
        let (parent, id, at) = (self.name_of(parent), self.name_of(id), self.name_of(time));
        let (table, names_all) = (self.name(), self.is_unique(time));
        if is_slack && names_all && !self.are_ids_named && self.held("quoted_message_id").is_none()
        {
            let text = format!(
                "{table}: `{parent}` names messages by their time, so `{at}` is their id, and `{id}` is \
                 custom data"
            );
            self.drop_if("id", |_| true);
            self.hold("id", time);
            self.remarks.push(text);
            return;
        }
        self.drop_if("parent_id", |_| true);
        let text = format!(
            "{table}: `{parent}` names messages by their time and not by `{id}`, so nobody can tell of \
             which they are replies; they are ordinary messages, and `{parent}` is custom data"
        );
        self.remarks.push(text);
    }

    /// A thread is known by its first message in some systems; then its id is that of a message.
    pub(super) fn find_parent(&mut self) {
        let (None, Some(id)) = (self.held("parent_id"), self.taken("id")) else {
            return;
        };
        let Some(place) = self.find(&["threadid", "thread"]) else {
            return;
        };
        let threads = self.column(place);
        // Numbers of threads could be those of messages by chance.
        let is_long = threads.filled().all(|cell| cell.len() >= LONG);
        let names_roots = is_long && self.column(id).shares(threads);
        if names_roots && self.left().contains(&place) {
            self.hold("parent_id", place);
        }
    }
}
