//! Hostile input through every way into the program: seeds are changed at random, the same way in
//! every run, and whatever comes of it, a run ends with complete and good output, or with one clear
//! line and nothing else.
//!
//! `MIGRATE_CASES=20 cargo test --test it fuzz` tries twenty times as many. What fails is kept in the
//! system's folder for temporary files, and becomes a seed in `fuzz/seeds` once it is cured.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use crate::{
    hostile::{
        entry::{ENTRIES, Entry},
        mutate::case_of,
        trial::{End, try_bytes},
    },
    program::times,
};

/// How many changed inputs each way in gets.
const CASES: usize = 150;

/// How many faults are told at once.
const TOLD: usize = 20;

#[test]
fn every_way_in_has_a_target_for_a_fuzzer() {
    let manifest = fs::read_to_string("fuzz/Cargo.toml").expect("the package of targets");
    assert_eq!(manifest.matches("[[bin]]").count(), ENTRIES.len());
    for entry in ENTRIES {
        let path = format!("targets/{}.rs", entry.name);
        assert!(manifest.contains(&format!("path = \"{path}\"")), "{path}");
        let target = fs::read_to_string(format!("fuzz/{path}")).expect("a target");
        assert!(
            target.contains(&format!("run(\"{}\", bytes)", entry.name)),
            "{path}"
        );
    }
}

#[test]
fn every_seed_does_what_it_is_there_for() {
    for entry in ENTRIES {
        let seeds = entry.seeds(Path::new("."));
        assert!(!seeds.is_empty(), "{}: no seed", entry.name);
        let ends = seeds.iter().map(|seed| survive(entry, seed, "seed"));
        let ends: Result<Vec<_>, _> = ends.collect();
        let ends = ends.unwrap_or_else(|fault| panic!("{fault}"));
        let is_taken = ends.iter().any(|end| *end != End::Refused);
        assert!(is_taken, "{}: every seed is refused", entry.name);
    }
}

#[test]
fn hostile_input_does_no_harm() {
    let seeds: Vec<_> = ENTRIES.iter().map(|it| it.seeds(Path::new("."))).collect();
    let cases = ENTRIES.len() * CASES * times::<usize>();
    let next = AtomicUsize::new(0);
    let work = || {
        let (mut faults, mut taken) = (Vec::new(), BTreeMap::<_, usize>::new());
        loop {
            let case = next.fetch_add(1, Ordering::Relaxed);
            if case >= cases || faults.len() > TOLD {
                return (faults, taken);
            }
            let (entry, seeds) = (&ENTRIES[case % ENTRIES.len()], &seeds[case % ENTRIES.len()]);
            let bytes = case_of(entry, seeds, case);
            match survive(entry, &bytes, &format!("{case}")) {
                Ok(End::Refused) => {}
                Ok(_) => *taken.entry(entry.name).or_default() += 1,
                Err(fault) => faults.push(fault),
            }
        }
    };
    let ended = thread::scope(|scope| {
        let workers = [(); 2].map(|()| scope.spawn(work));
        workers.map(|it| it.join().expect("a worker does not panic"))
    });
    let faults: Vec<&String> = ended.iter().flat_map(|(faults, _)| faults).collect();
    assert!(faults.is_empty(), "{faults:#?}");
    // Changes after which nothing is left to read would try nothing.
    for entry in ENTRIES {
        let taken = ended.iter().filter_map(|(_, taken)| taken.get(entry.name));
        assert!(taken.sum::<usize>() > 0, "{}", entry.name);
    }
}

/// Tries bytes in a folder of their own; those that do harm are kept, and the fault is told.
fn survive(entry: &Entry, bytes: &[u8], case: &str) -> Result<End, String> {
    let folder = tempfile::tempdir().unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_migrate"));
    let tried = try_bytes(program, folder.path(), entry, bytes);
    tried.map(|(end, _)| end).map_err(|fault| {
        let kept = std::env::temp_dir().join(format!("migrate-fuzz-{}-{case}", entry.name));
        fs::write(&kept, bytes).unwrap();
        format!("{}: {fault}", kept.display())
    })
}
