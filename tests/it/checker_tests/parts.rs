//! What the parts of a run owe each other.

use super::{BOTH, Spelling, accept_parts, file, refuse_parts};

const ANN: &str = r#"{"type":"user","data":{"id":"ann"}}"#;
const BOB: &str = r#"{"type":"user","data":{"id":"bob"}}"#;
const CHANNEL: &str = r#"{"type":"channel","data":{"id":"c1","type":"team","created_by":"ann"}}"#;
const DIRECT: &str = r#"{"type":"channel","data":{"member_ids":["ann","bob"],"type":"messaging","created_by":"ann"}}"#;

fn member(user: &str) -> String {
    format!(
        r#"{{"type":"member","data":{{"channel_type":"team","channel_id":"c1","user_id":"{user}"}}}}"#
    )
}

fn direct_member(user: &str) -> String {
    format!(
        r#"{{"type":"member","data":{{"channel_type":"messaging","channel_member_ids":["ann","bob"],"user_id":"{user}"}}}}"#
    )
}

/// A message written at minute `id`, with these further fields.
fn message(id: u32, user: &str, more: &str) -> String {
    format!(
        r#"{{"type":"message","data":{{"id":"m{id}","channel_type":"team","channel_id":"c1","user":"{user}","created_at":"2020-01-01T00:{id:02}:00Z",{more}}}}}"#
    )
}

fn plain(id: u32, user: &str) -> String {
    message(id, user, r#""type":"regular""#)
}

fn reply(id: u32, user: &str, parent: u32) -> String {
    message(
        id,
        user,
        &format!(r#""type":"reply","parent_id":"m{parent}""#),
    )
}

fn reaction(user: &str, message: u32) -> String {
    format!(
        r#"{{"type":"reaction","data":{{"message_id":"m{message}","type":"love","user_id":"{user}","created_at":"2020-01-01T00:00:00Z"}}}}"#
    )
}

fn part(entries: &[&str]) -> Vec<String> {
    entries.iter().map(|entry| (*entry).to_owned()).collect()
}

/// Checks parts whose limit is `spare` bytes above the largest of them.
fn check_spare(parts: &[Vec<String>], spare: u64, expected: Option<&str>) {
    for spelling in BOTH {
        let texts: Vec<String> = parts.iter().map(|part| file(spelling, part)).collect();
        let limit = texts.iter().map(String::len).max().unwrap_or(0) as u64 + spare;
        match expected {
            Some(expected) => refuse_parts(spelling, &texts, limit, expected),
            None => accept_parts(spelling, &texts, limit),
        }
    }
}

fn check(parts: &[Vec<String>], expected: Option<&str>) {
    check_spare(parts, 0, expected);
}

/// Two parts cut inside a thread; the second carries the parent and all it needs.
fn thread(first: &[&str], second: &[&str]) -> [Vec<String>; 2] {
    let mut parts = [
        part(&[ANN, BOB, CHANNEL, &member("ann"), &member("bob")]),
        part(&[ANN, BOB, CHANNEL, &plain(1, "ann"), &reply(3, "bob", 1)]),
    ];
    parts[0].extend([plain(1, "ann"), reply(2, "bob", 1)]);
    parts[0].extend(part(first));
    parts[1].extend(part(second));
    parts
}

#[test]
fn parts_that_stand_alone_are_accepted() {
    check(&thread(&[], &[]), None);
    check(
        &thread(&[&reaction("bob", 1)], &[&reaction("bob", 3)]),
        None,
    );
    check(
        &thread(&[&reaction("bob", 1)], &[&reaction("ann", 1)]),
        None,
    );
}

#[test]
fn what_is_repeated_has_the_same_bytes() {
    let check = |from: &str, to: &str, expected: &str| {
        let mut parts = thread(&[], &[]);
        for entry in &mut parts[1] {
            *entry = entry.replace(from, to);
        }
        self::check(&parts, Some(expected));
    };
    let other = "has other bytes than in an earlier part";
    check(
        r#""id":"ann""#,
        r#""id": "ann""#,
        &format!("user `ann` {other}"),
    );
    check(
        r#""id":"c1""#,
        r#""id": "c1""#,
        &format!("channel `team:c1` {other}"),
    );
    check(
        r#""id":"m1""#,
        r#""id": "m1""#,
        &format!("message `m1` {other}"),
    );
    let mut parts = direct();
    parts[1][3].push(' ');
    parts[1][3] = parts[1][3].replace("}} ", " }}");
    self::check(&parts, Some(other));
}

/// A distinct channel in two parts.
fn direct() -> [Vec<String>; 2] {
    let message = |id| {
        let to = r#""channel_type":"messaging","channel_member_ids":["ann","bob"]"#;
        plain(id, "ann").replace(r#""channel_type":"team","channel_id":"c1""#, to)
    };
    let head = part(&[
        ANN,
        BOB,
        DIRECT,
        &direct_member("ann"),
        &direct_member("bob"),
    ]);
    let mut parts = [head.clone(), head];
    parts[0].push(message(1));
    parts[1].push(message(2));
    parts
}

#[test]
fn the_members_of_a_distinct_channel_stand_in_every_part_of_it() {
    check(&direct(), None);
    let mut parts = direct();
    parts[1].remove(4);
    check(&parts, Some("out-002.json"));
    check(
        &parts,
        Some("the channel's member `bob in messaging:[ann,bob]`"),
    );
}

#[test]
fn a_member_of_an_id_channel_stands_once_over_all_parts() {
    let mut parts = thread(&[], &[]);
    parts[1].insert(3, member("ann"));
    check(
        &parts,
        Some("member `ann in team:c1` stands in an earlier part too"),
    );
}

#[test]
fn a_reaction_stands_in_one_part() {
    let one = reaction("bob", 1);
    let expected = "reaction `love by bob to m1` stands in an earlier part too";
    check(&thread(&[&one], &[&one]), Some(expected));
}

#[test]
fn a_reference_to_another_part_is_no_reference() {
    let mut parts = thread(&[], &[]);
    parts[1].remove(3);
    check(
        &parts,
        Some("`parent_id` refers to message `m1`, which does not stand"),
    );
    let mut parts = thread(&[], &[]);
    parts[1].remove(1);
    check(
        &parts,
        Some("`user` refers to user `bob`, which does not stand"),
    );
}

#[test]
fn a_carried_message_is_needed_in_its_part() {
    let quote = message(5, "bob", r#""type":"regular","quoted_message_id":"m3""#);
    let plain_first = |carried: &[&str]| {
        let mut parts = thread(&[&reply(3, "ann", 1)], &[]);
        parts[1] = part(&[ANN, BOB, CHANNEL]);
        parts[1].extend(part(carried));
        parts
    };
    let needless = "stands in other parts too, and nothing in this one needs it";
    let (m1, m3, m4) = (plain(1, "ann"), reply(3, "ann", 1), plain(4, "bob"));
    check(
        &plain_first(&[&m1, &m4]),
        Some(&format!("message `m1` {needless}")),
    );
    check(&plain_first(&[&m1, &m3, &quote]), None);
    check(
        &plain_first(&[&m1, &m3, &m4]),
        Some(&format!("message `m3` {needless}")),
    );
    check(&plain_first(&[&m1, &m4, &reaction("bob", 1)]), None);
}

#[test]
fn a_repeated_user_or_channel_is_needed_in_its_part() {
    let cy = r#"{"type":"user","data":{"id":"cy","user_mutes":["dee"]}}"#;
    let dee = r#"{"type":"user","data":{"id":"dee"}}"#;
    let needless = "stands in other parts too, and nothing in this one needs it";
    let mut parts = thread(&[&reaction("cy", 1)], &[]);
    for part in &mut parts {
        part.insert(0, cy.to_owned());
        part.insert(0, dee.to_owned());
    }
    check(&parts, Some(&format!("user `cy` {needless}")));
    check(&parts, Some(&format!("user `dee` {needless}")));
    parts[1].push(reaction("cy", 3));
    check(&parts, None);

    let mut parts = thread(&[], &[]);
    let quiet = CHANNEL.replace("c1", "quiet");
    parts[0].insert(3, quiet.clone());
    check(&parts, None);
    parts[1].insert(3, quiet);
    check(&parts, Some(&format!("channel `team:quiet` {needless}")));
}

#[test]
fn people_whom_nothing_refers_to_come_once_and_last() {
    let cy = r#"{"type":"user","data":{"id":"cy"}}"#;
    let mut parts = thread(&[], &[]);
    parts[1].insert(0, cy.to_owned());
    check(&parts, None);
    parts[0].insert(0, cy.to_owned());
    check(&parts, Some("user `cy` stands in other parts too"));
    parts[1].remove(0);
    let expected = "user `cy`, whom nothing refers to, stands before a later part's history";
    check(&parts, Some(expected));
    let people = part(&[&cy.replace("cy", "dee")]);
    check(&[parts[0].clone(), people], None);
}

#[test]
fn every_part_but_the_last_is_full() {
    let [first, second] = thread(&[], &[]);
    // What the first part lacks of the second is the reply alone, and its comma or newline.
    let entry = reply(3, "bob", 1);
    for (spelling, separator) in [(Spelling::Array, 2), (Spelling::Lines, 1)] {
        let texts = [file(spelling, &first), file(spelling, &second)];
        let written = match spelling {
            Spelling::Array => entry.len() + "regular".len() - "reply".len(),
            Spelling::Lines => entry.len(),
        };
        let next = (texts[0].len() + written + separator) as u64;
        accept_parts(spelling, &texts, next - 1);
        refuse_parts(spelling, &texts, next, "out-001.json");
        refuse_parts(spelling, &texts, next, "is not full");
    }
}

#[test]
fn what_an_entry_needs_counts_for_fullness() {
    let cy = r#"{"type":"user","data":{"id":"cy"}}"#;
    let by_cy = plain(4, "cy");
    let first = part(&[
        ANN,
        CHANNEL,
        &member("ann"),
        &plain(1, "ann"),
        &plain(2, "ann"),
    ]);
    let first: Vec<String> = first.into_iter().chain([plain(3, "ann")]).collect();
    let second = part(&[ANN, cy, CHANNEL, &member("cy"), &by_cy]);
    let added = [cy, &member("cy"), &by_cy].map(|it| it.len() + 1);
    let texts = [first, second].map(|part| file(Spelling::Lines, &part));
    let next = (texts[0].len() + added.iter().sum::<usize>()) as u64;
    accept_parts(Spelling::Lines, &texts, next - 1);
    refuse_parts(Spelling::Lines, &texts, next, "is not full");
}

#[test]
fn a_part_with_nothing_new_behind_it_is_not_full() {
    let [first, _] = thread(&[], &[]);
    let again = part(&[ANN, BOB, CHANNEL, &plain(1, "ann")]);
    check_spare(&[first, again], 0, Some("is not full: 0 bytes are left"));
}
