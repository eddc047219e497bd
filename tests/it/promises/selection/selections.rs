//! Any selection that a workspace may be converted with.

use migrate::selection::{Channels, MissingParents, Range, Selection};
use migrate_model::Time;
use proptest::{collection::vec, prelude::*, sample::Index};

use crate::memory::{Workspace, at};

/// A selection whose channels are told by their place in a workspace.
#[derive(Clone, Debug)]
pub(in crate::promises) struct SelectionPlan {
    only: Vec<Index>,
    except: Vec<Index>,
    limit: Option<u64>,
    rest: Selection,
}

impl SelectionPlan {
    /// The selection for a workspace.
    pub(in crate::promises) fn build(&self, workspace: &Workspace) -> Selection {
        let known: Vec<&str> = workspace
            .channels
            .iter()
            .map(|it| &*it.id)
            .filter(|id| !id.is_empty() && is_usable(id, workspace))
            .collect();
        let named = |places: &[Index]| match known.is_empty() {
            true => Vec::new(),
            false => places.iter().map(|it| it.get(&known).to_string()).collect(),
        };
        Selection {
            channels: Channels {
                only: named(&self.only),
                except: named(&self.except),
                limit: self.limit,
            },
            ..self.rest.clone()
        }
    }
}

/// Whether a record with that id certainly becomes a channel under that id.
fn is_usable(id: &str, workspace: &Workspace) -> bool {
    let first = workspace.channels.iter().find(|it| it.id == id);
    let is_plain = |id: &str| id.len() == 2 && id.starts_with('c');
    first.is_some() && is_plain(id)
}

pub(super) fn any_time() -> impl Strategy<Value = Time> {
    (-1i64..41).prop_map(at)
}

pub(super) fn any_range() -> impl Strategy<Value = Range> {
    let ends = (any_time(), any_time()).prop_map(|(one, other)| (one.min(other), one.max(other)));
    (ends, 0..3).prop_map(|((since, until), which)| Range {
        since: (which != 0).then_some(since),
        until: (which != 1).then_some(until.plus_micros(1)),
    })
}

pub(in crate::promises) fn any_selection() -> impl Strategy<Value = SelectionPlan> {
    let channels = (
        vec(any::<Index>(), 0..2),
        vec(any::<Index>(), 0..2),
        prop::option::weighted(0.2, 1u64..4),
    );
    let rest = (
        prop::option::of(any_range()),
        prop::option::weighted(0.4, any_time()),
        any::<[bool; 4]>(),
    );
    (channels, rest).prop_map(|((only, except, limit), (range, since, flags))| {
        let [users, system, long, made] = flags;
        SelectionPlan {
            only,
            except,
            limit,
            rest: Selection {
                channels: Channels::default(),
                range: range.unwrap_or_default(),
                written_since: since,
                only_referenced_users: users,
                skips_system: system,
                leaves_out_long_texts: long,
                missing_parents: match made {
                    true => MissingParents::Placeholder,
                    false => MissingParents::Deleted,
                },
            },
        }
    })
}
