//! The list of adapters that come with the program. Help, detection and docs are made from it.

use migrate_model::Adapter;

/// Every built-in adapter.
pub const ADAPTERS: &[&dyn Adapter] = &[
    &migrate_slack::Slack,
    &migrate_csv::CSV,
    &migrate_jsonl::JSONL,
    &migrate_sqlite::SQLITE,
];
