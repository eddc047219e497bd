//! Inputs that are made to do harm, and the judgement of what comes of them: the ways into the
//! program (`entry`), changes of what goes in (`mutate`, `odd`), and one run with all that may and may
//! not be there after it (`trial`). The test `fuzz` and the example `torture` use the same.

pub(crate) mod entry;
pub(crate) mod mutate;
pub(crate) mod odd;
pub(crate) mod trial;
