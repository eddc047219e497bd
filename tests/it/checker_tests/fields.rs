//! What an item must be by itself.

use super::{BOTH, Spelling, accept_with, file, good, refuse, refuse_file, refuse_with};

#[test]
fn required_fields_are_missed() {
    let check = |field: &str| {
        let name = field.split('"').nth(1).unwrap();
        refuse(field, "", &format!("`{name}` is required"));
    };
    check(r#""id":"ann","#);
    check(r#""created_by":"ann","#);
    check(r#""channel_type":"team","#);
    check(r#""id":"m1","#);
    check(r#""user":"ann","#);
    check(r#""type":"regular","#);
    check(r#""created_at":"2020-02-01T10:00:00.000001Z","#);
    check(r#""message_id":"m1","#);
    check(r#""type":"love","#);
    refuse(r#""c1","type":"team","#, r#""c1","#, "`type` is required");
    refuse(r#"","user_id":"ann","#, r#"","#, "`user_id` is required");
    refuse(
        r#""user_id":"ann","created_at":"2020-02-01T11:00:00Z""#,
        r#""user_id":"ann""#,
        "`created_at` is required",
    );
}

#[test]
fn ids_have_patterns_and_lengths() {
    let long = |length| "x".repeat(length);
    let user = |id: &str| refuse(r#""id":"cy""#, &format!(r#""id":"{id}""#), "`id` is \"");
    for id in ["", "a.b", "a b", "a+b", "a|b", "é", &long(256)] {
        user(id);
    }
    let channel = |id: &str| refuse(r#""id":"quiet""#, &format!(r#""id":"{id}""#), "`id` is \"");
    for id in ["", "!members-x", "a@b", "a.b", &long(65)] {
        channel(id);
    }
    let message = |id: &str| refuse(r#""id":"d1""#, &format!(r#""id":"{id}""#), "`id` is \"");
    for id in ["", "a,b", "a%b", &long(256)] {
        message(id);
    }
    let reaction = |it: &str| refuse("\"love\"", &format!("\"{it}\""), "`type` is \"");
    for it in ["", "a b", "👍", "a,b", &long(31)] {
        reaction(it);
    }
    refuse(
        r#""quiet","type":"team""#,
        r#""quiet","type":"a b""#,
        "`type` is \"a b\"",
    );
    accept_with(&BOTH, r#""id":"quiet""#, &format!(r#""id":"{}""#, long(64)));
    accept_with(&BOTH, r#""id":"d1""#, &format!(r#""id":"{}""#, long(255)));
    accept_with(&BOTH, "\"love\"", &format!("\"{}\"", long(30)));
}

#[test]
fn values_have_the_right_json_type() {
    let check = |from: &str, to: &str, expected: &str| refuse(from, to, expected);
    check(
        r#""name":"Ann""#,
        r#""name":7"#,
        "`name` is a number, not a text",
    );
    check(r#""role":"user""#, r#""role":"""#, "`role` is \"\"");
    check(
        r#""invisible":false"#,
        r#""invisible":0"#,
        "not true or false",
    );
    check(
        r#""teams":["red"]"#,
        r#""teams":"red""#,
        "not a list of texts",
    );
    check(
        r#""teams":["red"]"#,
        r#""teams":["red",1]"#,
        "not a list of texts",
    );
    check(
        r#""name":"Ann""#,
        r#""teams_role":{"red":1}"#,
        "not an object of texts",
    );
    check(
        r#"{"enabled":false}"#,
        r#"{"enabled":false,"x":1}"#,
        "`privacy_settings` is an object",
    );
    check(
        r#"{"enabled":false}"#,
        "{}",
        "`privacy_settings` is an object",
    );
    check(
        r#""name":"Ann""#,
        r#""push_preferences":{"chat_level":"some"}"#,
        "`push_preferences` is an object",
    );
    check(
        r#""title":"1.png""#,
        r#""original_width":1.5"#,
        "not a whole number",
    );
    check(
        r#""text":"in""#,
        r#""attachments":{}"#,
        "`attachments` is an object, not a list",
    );
    check(
        r#""text":"in""#,
        r#""attachments":["x"]"#,
        "attachment 1: is not an object",
    );
}

#[test]
fn times_are_rfc_3339_with_a_zone() {
    let time = |it: &str| {
        let to = format!(r#""created_at":"{it}""#);
        (r#""created_at":"2020-01-01T00:00:00Z""#, to)
    };
    let bad = [
        "",
        "2020-01-01",
        "2020-01-01T00:00:00",
        "2020-01-01 00:00:00Z",
        "2020-01-01t00:00:00z",
        "2020-01-01T00:00Z",
        "2020-1-01T00:00:00Z",
        "2020-13-01T00:00:00Z",
        "2020-00-01T00:00:00Z",
        "2021-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "2020-04-31T00:00:00Z",
        "2020-01-00T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "2020-01-01T24:00:00Z",
        "2020-01-01T00:60:00Z",
        "2020-01-01T00:00:60Z",
        "2020-01-01T00:00:00.Z",
        "2020-01-01T00:00:00.1234567890Z",
        "2020-01-01T00:00:00,5Z",
        "2020-01-01T00:00:00+01",
        "2020-01-01T00:00:00+0100",
        "2020-01-01T00:00:00+24:00",
        "2020-01-01T00:00:00Z ",
        "+020-01-01T00:00:00Z",
        "éééééééééé",
    ];
    for it in bad {
        let (from, to) = time(it);
        refuse(from, &to, "not a time of RFC 3339");
    }
    let good = [
        "2000-02-29T23:59:59.123456789-23:59",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59.9+00:00",
    ];
    for it in good {
        let (from, to) = time(it);
        accept_with(&BOTH, from, &to);
    }
}

#[test]
fn reserved_names_are_refused() {
    let check = |place: &str, name: &str| {
        let expected = format!("`{name}` is a reserved field");
        refuse(place, &format!(r#"{place}"{name}":1,"#), &expected);
    };
    check(r#""id":"ann","#, "online");
    check(r#""id":"c1","#, "cid");
    check(r#""id":"m1","#, "reply_count");
    check(r#""message_id":"m1","#, "user");
    check(r#"[{"type":"image","#, "fields");
    refuse(
        r#"[{"type":"image","#,
        r#"[{"type":"image","custom":{"actions":[]},"#,
        "`custom.actions` is a reserved field",
    );
}

#[test]
fn an_id_excludes_a_member_set() {
    refuse(r#""id":"quiet","#, "", "has neither `id` nor `member_ids`");
    refuse(
        r#""id":"quiet","#,
        r#""id":"quiet","member_ids":["cy"],"#,
        "has both",
    );
    refuse(
        r#""channel_id":"c1","user":"#,
        r#""user":"#,
        "has neither `channel_id`",
    );
    refuse(
        r#""channel_id":"c1","user_id":"#,
        r#""channel_id":"c1","channel_member_ids":["ann","cy"],"user_id":"#,
        "has both `channel_id`",
    );
    refuse(r#"["cy","ann"]"#, "[]", "`member_ids` is empty");
    refuse(
        r#"["cy","ann"]"#,
        r#"["cy","ann","cy"]"#,
        "holds `cy` twice",
    );
}

#[test]
fn custom_data_has_at_most_5000_bytes_with_its_braces() {
    let places = [
        r#""id":"cy","#,
        r#""id":"quiet","#,
        r#""user_id":"bob@x","#,
        r#""id":"d1","#,
        r#""type":"love","#,
        r#"[{"type":"image","#,
    ];
    for place in places {
        // {"x":"…"} has 8 bytes without the text, and a line break counts as two.
        let field = |length| format!(r#"{place}"x":"{}\n","#, "y".repeat(length));
        accept_with(&BOTH, place, &field(4_990));
        refuse(place, &field(4_991), "has 5001 bytes of custom data");
    }
    let name = |length| format!(r#""name":"{}""#, "é".repeat(length));
    refuse(
        r#""name":"Ann""#,
        &name(2_495),
        "has 5001 bytes of custom data",
    );
}

#[test]
fn deletion_and_pin_have_their_times() {
    refuse(
        r#""deleted_at":"2020-02-03T00:00:00Z","#,
        "",
        "stand only together",
    );
    refuse(
        r#""type":"deleted""#,
        r#""type":"system""#,
        "stand only together",
    );
    refuse(
        r#""pinned_by_id":"ann","#,
        "",
        "`pinned_at` and `pinned_by_id`",
    );
    refuse(
        r#""pinned_at":"2020-02-02T00:00:00Z","#,
        "",
        "`pinned_at` and `pinned_by_id`",
    );
    refuse(
        r#""text":"in","#,
        r#""pin_expires":"2020-02-02T00:00:00Z","#,
        "`pin_expires` stands without",
    );
}

#[test]
fn message_types_differ_between_the_spellings() {
    let lines = &[Spelling::Lines];
    let array = &[Spelling::Array];
    refuse_with(lines, "\"system\"", "\"blocked\"", "`type` is \"blocked\"");
    accept_with(array, "\"system\"", "\"blocked\"");
    refuse_with(
        lines,
        "\"reply\"",
        "\"regular\"",
        "but the type is `regular`",
    );
    refuse_with(
        lines,
        "\"regular\",\"text\":\"hi",
        "\"reply\",\"text\":\"hi",
        "no `parent_id`",
    );
    let text = file(Spelling::Array, &good()).replace("\"system\"", "\"reply\"");
    refuse_file(Spelling::Array, &text, "`type` is \"reply\"");
    refuse("\"system\"", "\"other\"", "`type` is \"other\"");
}

#[test]
fn updated_at_is_known_to_the_array_only() {
    for place in [r#""id":"ann","#, r#""id":"c1","#, r#""id":"m1","#] {
        let to = format!(r#"{place}"updated_at":"2020-02-02T00:00:00Z","#);
        refuse_with(&[Spelling::Lines], place, &to, "`updated_at` is no field");
        accept_with(&[Spelling::Array], place, &to);
    }
}

#[test]
fn lines_hold_no_null_at_any_depth() {
    for null in [r#""language":null,"#, r#""x":[{"y":null}],"#] {
        let place = r#""id":"ann","#;
        let to = format!("{place}{null}");
        refuse_with(&[Spelling::Lines], place, &to, "is or holds a null");
        accept_with(&[Spelling::Array], place, &to);
    }
    refuse(r#""user":"ann","#, r#""user":null,"#, "`user` is required");
}

#[test]
fn show_in_channel_needs_a_parent() {
    let shown = r#""text":"in","show_in_channel":true,"#;
    refuse(r#""text":"in","#, shown, "`show_in_channel` stands without");
    let hidden = r#""text":"in","show_in_channel":false,"#;
    let lines = &[Spelling::Lines];
    refuse_with(
        lines,
        r#""text":"in","#,
        hidden,
        "`show_in_channel` stands without",
    );
    accept_with(&[Spelling::Array], r#""text":"in","#, hidden);
}

#[test]
fn a_text_has_at_most_20000_characters() {
    let text = |length| format!(r#""text":"{}""#, "é".repeat(length));
    accept_with(&BOTH, r#""text":"in""#, &text(20_000));
    refuse(
        r#""text":"in""#,
        &text(20_001),
        "`text` has 20001 characters",
    );
}

#[test]
fn attachments_have_a_type_and_are_30_at_most() {
    let list = |count| vec![r#"{"type":"file"}"#; count].join(",");
    let field = |count| format!(r#""text":"in","attachments":[{}]"#, list(count));
    accept_with(&BOTH, r#""text":"in""#, &field(30));
    refuse(r#""text":"in""#, &field(31), "has 31 attachments");
    refuse(
        r#"[{"type":"image","#,
        r#"[{"#,
        "attachment 1: `type` is required",
    );
    refuse(
        r#"[{"type":"image","#,
        r#"[{"type":"","#,
        "attachment 1: `type` is \"\"",
    );
}

#[test]
fn urls_are_https_in_lines_and_web_addresses_in_both() {
    let good = "https://pics.example/1.png";
    for bad in [
        "",
        "ftp://x/1",
        "https://",
        "https:///x",
        "https://x/a b",
        "/1.png",
    ] {
        refuse(good, bad, "`image_url` is \"");
    }
    let plain = "http://pics.example/1.png";
    refuse_with(&[Spelling::Lines], good, plain, "not an `https` URL");
    accept_with(&[Spelling::Array], good, plain);
}

#[test]
fn an_answer_to_an_invitation_needs_one() {
    refuse(r#""invited":true,"#, "", "stands without `invited`");
    refuse(
        r#""invited":true,"#,
        r#""invited":false,"#,
        "stands without `invited`",
    );
}
