//! Every kind of loss that rows can have, with what happened and what to do.

use migrate_model::LossKind;

/// All kinds, in the order in which help lists them.
pub const ALL: &[LossKind] = &[];
