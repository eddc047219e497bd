//! Single cases: what a promise means where it is easily broken, and every fault that a property
//! has found, each in a workspace of a few lines.

mod channels;
mod contents;
mod maps;
mod parts;
mod people;
mod quotes;
mod repeats;
mod selected;
mod threads;

use migrate::books::Class;

use super::{
    expected::noted,
    run::{Output, Way, run},
};
use crate::memory::{Item, Workspace};

/// A workspace of ann, bob and cat with one channel, whose units hold these items.
fn room<const N: usize>(units: [Vec<Item>; N]) -> Workspace {
    let mut workspace = Workspace::of_users(&["ann", "bob", "cat"]);
    let channel = workspace.channel("general", &["ann"]);
    for items in units {
        workspace.unit(channel, items);
    }
    workspace
}

/// Converts into one part, and holds it against the format.
fn converted(workspace: &Workspace) -> Output {
    let output = run(workspace, &Way::default());
    output.good();
    output
}

/// Converts into parts of that size, and holds them against the format.
fn in_parts(workspace: &Workspace, part_bytes: u64) -> Output {
    let way = Way {
        part_bytes,
        ..Way::default()
    };
    let output = run(workspace, &way);
    output.good();
    output
}

fn lost(output: &Output, kind: &str) -> u64 {
    noted(&output.packed.ledger, Class::Loss, kind)
}

fn left_out(output: &Output, kind: &str) -> u64 {
    noted(&output.packed.ledger, Class::LeftOut, kind)
}

fn merged(output: &Output, kind: &str) -> u64 {
    noted(&output.packed.ledger, Class::Merged, kind)
}
