//! The program `migrate`, with the adapters that come with it.

use std::process::ExitCode;

fn main() -> ExitCode {
    migrate::main(migrate::ADAPTERS)
}
