//! Runs the program and judges what it writes.
#![allow(
    clippy::unwrap_used,
    reason = "these are tests, outside of the functions that clippy knows as such"
)]

mod architecture;
mod bench;
mod checker;
mod checker_tests;
mod config;
mod csv;
mod damage;
mod detect;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod device;
mod docs;
#[cfg(unix)]
mod external;
mod failures;
mod files;
mod fuzz;
#[path = "../../samples/generator/mod.rs"]
mod generator;
mod goldens;
mod grouped;
mod help;
#[cfg(unix)]
mod hindered;
#[path = "../../samples/torture/hostile/mod.rs"]
mod hostile;
mod lines;
mod maps;
mod memory;
mod mistakes;
mod odd_export;
#[cfg(unix)]
mod pages;
mod part_names;
mod presets;
mod preview;
mod program;
mod promises;
mod report;
mod report_merge;
mod roles;
mod secrets;
mod selection;
mod shards;
mod slack_exports;
mod slack_layouts;
mod slackdump;
mod split;
mod sqlite;
mod stopped;
mod supply;
mod validate;
mod zips;
