//! The program `migrate`, with the adapters that come with it.

use std::process::ExitCode;

/// That of musl has one lock for all threads: an export took half as long again with it on two threads.
#[cfg(all(target_env = "musl", target_arch = "x86_64"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    migrate::main(migrate::ADAPTERS)
}
