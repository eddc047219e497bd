//! Every rule is told of the file that breaks it, and none of the one near it.

use std::collections::BTreeSet;

use super::cases::cases;
use super::small::{SETS, long};
use super::{RULES, rules_told};

/// What takes a file of its own size to break; see the tests for these.
const LARGE: &[&str] = &["file.size", "entry.size"];

#[test]
fn every_rule_has_a_case_in_each_set_that_has_it() {
    for set in SETS {
        let cases = cases(set);
        let tried: BTreeSet<&str> = cases
            .iter()
            .filter_map(|case| case.rules.split(' ').next())
            .chain(LARGE.iter().copied())
            .collect();
        let rules = RULES.iter().filter(|rule| rule.is_in(set));
        let rules: BTreeSet<&str> = rules.map(|rule| rule.name).collect();
        assert_eq!(tried, rules, "{set:?}");
    }
}

#[test]
fn a_file_that_breaks_one_rule_is_told_that_rule_and_the_one_near_it_none() {
    // What has to be there for a rule to be broken alone.
    let users = long("<256>\n<255>\n");
    let types = long("messaging,team,a.b,a_b,<64>,<65>");
    for set in SETS {
        let cases = cases(set);
        let files = cases
            .iter()
            .flat_map(|case| [&case.bad[..], &case.good[..]]);
        let told = rules_told(set, &files.collect::<Vec<_>>(), &users, &types);
        for (case, told) in cases.iter().zip(told.chunks(2)) {
            let mut expected: Vec<&str> = case.rules.split(' ').collect();
            expected.sort_unstable();
            assert_eq!(told[0], expected, "{set:?} {}", case.rules);
            assert!(
                told[1].is_empty(),
                "{set:?}, near {}: {:?}",
                case.rules,
                told[1]
            );
        }
    }
}
