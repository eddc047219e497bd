#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| migrate_fuzz::run("user_map", bytes));
