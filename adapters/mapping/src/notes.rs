//! What is lost of a row while it is read, until it is told.

use migrate_model::LossKind;

/// What is lost of a row.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    pub(crate) lost: Vec<(&'static str, String, u32)>,
    /// Why the row cannot be used at all.
    pub(crate) refused: Option<(&'static LossKind, String)>,
}

impl Notes {
    /// Takes note of something that is lost.
    pub(crate) fn lose(&mut self, kind: &'static LossKind, detail: String) {
        self.lose_many(kind, detail, 1);
    }

    pub(crate) fn lose_many(&mut self, kind: &'static LossKind, detail: String, count: u32) {
        self.lose_named(kind.kind, &detail, count);
    }

    /// The same for a loss that the mapping declares.
    pub(crate) fn lose_named(&mut self, kind: &'static str, detail: &str, count: u32) {
        let detail = migrate_model::wording::safe(detail, 80);
        self.lost.push((kind, detail, count));
    }

    /// Takes note that the row cannot be used; the first reason counts.
    pub(crate) fn refuse(&mut self, kind: &'static LossKind, detail: &str) {
        if self.refused.is_none() {
            self.refused = Some((kind, migrate_model::wording::safe(detail, 80)));
        }
    }
}
