//! The bench runs, on inputs so small that its times mean nothing.

use std::{path::Path, process::Command};

#[test]
fn the_bench_measures_and_compares_what_is_written() {
    let program = Path::new(env!("CARGO_BIN_EXE_migrate"));
    let bench = program.with_file_name("examples").join("bench");
    assert!(
        bench.is_file(),
        "this test needs the examples: `cargo build --examples`"
    );
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(bench)
        .args(["--size", "1MB", "--runs", "1", "--only", "slack,jsonl"])
        .arg("--check")
        .arg("--program")
        .arg(program)
        .arg("--dir")
        .arg(folder.path())
        .output()
        .unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    let table = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<Vec<&str>> = table
        .lines()
        .map(|line| line.split('|').map(str::trim).collect())
        .collect();
    let whats: Vec<&str> = lines.iter().map(|line| line[1]).collect();
    let expected = [
        ("what", 1),
        ("---", 1),
        ("`unzip -p`", 1),
        ("slack, 0 % strangers", 2),
        ("`unzip -p`", 1),
        ("slack, 5 % strangers", 2),
        ("jsonl, by channel", 2),
        ("jsonl, shuffled", 2),
        ("copy in and out", 1),
    ];
    let expected = expected.map(|(what, times)| vec![what; times]).concat();
    assert_eq!(whats, expected, "{complaint}");
    assert!(lines.iter().all(|line| line.len() == lines[0].len()));
}
