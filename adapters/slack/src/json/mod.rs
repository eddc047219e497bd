//! Reading JSON that may be damaged: each fault costs its own element.

pub(crate) mod characters;
pub(crate) mod cut;
pub(crate) mod fill;
pub(crate) mod lenient;
pub(crate) mod loose;
pub(crate) mod mend;
pub(crate) mod strict;
pub(crate) mod trouble;
