//! Runs the program and judges what it writes.

mod checker;
mod checker_tests;
