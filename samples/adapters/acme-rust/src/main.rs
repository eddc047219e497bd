//! `migrate` with one adapter more, that for the logs of Acme Chat, which is invented.

mod acme;

use std::process::ExitCode;

use acme::Acme;

fn main() -> ExitCode {
    migrate::main(&[migrate::ADAPTERS, &[&Acme]].concat())
}
