//! What is said, word for word: the former validator's texts for arrays, and those that the
//! import itself answers, as far as pages show them.

use super::small::{entry, file, long, with};
use super::{RuleSet, texts_told};

const T: &str = "2020-01-01T00:00:00Z";

/// What is said of arrays, each the good file with some lines more.
fn check(words: &str, cases: &[(&str, &[&str])]) {
    let files: Vec<String> = cases
        .iter()
        .map(|(more, _)| file(RuleSet::Classic, &with(&more.replace("$T", T))))
        .collect();
    let told = texts_told(words, &files);
    assert_eq!(told.len(), cases.len());
    for ((more, expected), said) in cases.iter().zip(told) {
        let expected = expected.iter().map(|text| long(&text.replace("$T", T)));
        assert_eq!(said, expected.collect::<Vec<_>>(), "{more}");
    }
}

/// What is said of whole files: all that is wrong with each, in order.
fn check_whole(words: &str, cases: &[(&str, &[&str])]) {
    let files: Vec<String> = cases.iter().map(|(text, _)| (*text).to_owned()).collect();
    let told = texts_told(words, &files);
    assert_eq!(told.len(), cases.len());
    for ((text, expected), said) in cases.iter().zip(told) {
        assert_eq!(said, *expected, "{text}");
    }
}

#[test]
fn the_container_in_the_validators_words() {
    let user = r#"{"type":"user","item":{"id":"a"}}"#;
    let missing_comma = format!("[{user}\n{user}]").replacen("\"a\"", "\"b\"", 1);
    check_whole(
        "cli",
        &[
            ("", &["parse error: EOF"]),
            (" \n", &["parse error: EOF"]),
            (user, &["parse error: invalid format"]),
            (
                &format!("[,{user}]"),
                &["invalid character ',' looking for beginning of value"],
            ),
            (&missing_comma, &["expected comma after array element"]),
            (
                r#"[{"type":"foobar","item":{}}]"#,
                &["parse error: invalid item type \"foobar\""],
            ),
            (r#"[{"item":{}}]"#, &["parse error: invalid item type \"\""]),
            (
                r#"[{"type":"user","data":{"id":"a"}}]"#,
                &["parse error: unexpected end of JSON input"],
            ),
            (
                r#"[{"type":"user","item":null}]"#,
                &["validation error: user.id required"],
            ),
        ],
    );
}

#[test]
fn values_of_another_kind_in_the_validators_words() {
    let wrong = |value: &str, rest: &str, element: &str| {
        format!(
            r#"parse error: parsing time "\"{value}\"" as "\"2006-01-02T15:04:05Z07:00\"": cannot parse "{rest}" as "{element}""#
        )
    };
    check(
        "cli",
        &[
            (
                r#"user {"id":5}"#,
                &[
                    "parse error: json: cannot unmarshal number into Go struct field userItem.id of type string",
                ],
            ),
            (
                r#"channel {"id":"c2","type":"team","created_by":"ann","frozen":"yes"}"#,
                &[
                    "parse error: json: cannot unmarshal string into Go struct field channelItem.frozen of type bool",
                ],
            ),
            (
                r#"user {"id":"a","created_at":""}"#,
                &[&wrong("", r#"\""#, "2006")],
            ),
            (
                r#"user {"id":"a","created_at":"2020-01-01 00:00:00Z"}"#,
                &[&wrong("2020-01-01 00:00:00Z", r#" 00:00:00Z\""#, "T")],
            ),
            (
                r#"user {"id":"a","created_at":"2020-01-01T00:00:00"}"#,
                &[&wrong("2020-01-01T00:00:00", r#"\""#, "Z07:00")],
            ),
            // A null is no value, even where an empty one is wrong.
            (
                r#"user {"id":"a","role":null,"teams":null,"created_at":null,"invisible":null}"#,
                &[],
            ),
            (
                r#"message {"id":"x","channel_type":"team","channel_id":"c1","user":"ann","type":null,"deleted_at":null}"#,
                &[],
            ),
            // An entry that cannot be read is looked at no further.
            (
                r#"user {"id":"a.b","pk":1,"created_at":5}"#,
                &[
                    r#"parse error: parsing time "5" as "\"2006-01-02T15:04:05Z07:00\"": cannot parse "5" as "\"""#,
                ],
            ),
        ],
    );
}

#[test]
fn users_and_devices_in_the_validators_words() {
    check(
        "cli",
        &[
            (r#"user {"id":""}"#, &["validation error: user.id required"]),
            (
                r#"user {"id":"<256>"}"#,
                &["validation error: user.id max length exceeded (255)"],
            ),
            // Bytes are counted, so the length counts before the characters do.
            (
                &format!(r#"user {{"id":"{}"}}"#, "é".repeat(128)),
                &["validation error: user.id max length exceeded (255)"],
            ),
            (
                r#"user {"id":"é"}"#,
                &[r#"validation error: user.id invalid ("^[@\w-]*$" allowed)"#],
            ),
            (
                r#"user {"id":"a","app_pk":1,"online":1,"pk":1,"user_pk":1,"last_active":1}"#,
                &[
                    "validation error: user.app_pk is a reserved field",
                    "validation error: user.online is a reserved field",
                    "validation error: user.pk is a reserved field",
                    "validation error: user.user_pk is a reserved field",
                    "validation error: user.last_active is a reserved field",
                ],
            ),
            (
                r#"user {"id":"a","role":"vip"}"#,
                &[r#"reference error: user.role "vip" doesn't exist (user "a")"#],
            ),
            (
                r#"user {"id":"a","role":""}"#,
                &[r#"reference error: user.role "" doesn't exist (user "a")"#],
            ),
            (
                r#"user {"id":"a","channel_mutes":["c1","team:c9"],"user_mutes":["zoe"]}"#,
                &[
                    r#"reference error: channel "c1" should have the following format "type:id""#,
                    r#"reference error: muted channel "team:c9" by user "a" doesn't exist"#,
                    r#"reference error: muted user "zoe" by user "a" doesn't exist"#,
                ],
            ),
            (
                "device {}",
                &[
                    "validation error: device.id required",
                    "validation error: device.user_id required",
                    "validation error: device.created_at required",
                    "validation error: device.push_provider_type required",
                ],
            ),
            (
                r#"device {"id":"<256>","user_id":"<256>","push_provider_type":"web","created_at":"$T"}"#,
                &[
                    "validation error: device.id max length exceeded (255)",
                    "validation error: device.user_id max length exceeded (255)",
                    "validation error: device.push_provider_type invalid, available options are: firebase,huawei,apn,xiaomi",
                    r#"reference error: device.user_id "<256>" doesn't exist"#,
                ],
            ),
        ],
    );
}

#[test]
fn channels_and_members_in_the_validators_words() {
    check(
        "cli",
        &[
            (
                r#"channel {"type":"team","created_by":"ann"}"#,
                &["validation error: either channel.id or channel.member_ids required"],
            ),
            (
                r#"channel {"id":"c2","member_ids":["ann"],"type":"team","created_by":"ann"}"#,
                &["validation error: either channel.id or channel.member_ids required"],
            ),
            (
                r#"channel {"id":"<65>","type":"team","created_by":"ann"}"#,
                &["validation error: channel.id max length exceeded (64)"],
            ),
            (
                r#"channel {"id":"a!","type":"team","created_by":"ann"}"#,
                &[r#"validation error: channel.id "a!" invalid ("^[\w-]*$" allowed)"#],
            ),
            (
                r#"channel {"id":"c2"}"#,
                &[
                    "validation error: channel.type required",
                    "validation error: channel.created_by required",
                ],
            ),
            (
                r#"channel {"id":"c2","type":"team","created_by":"ann","last_message_at":1,"cid":1,"created_by_pk":1,"members":1,"config":1,"app_pk":1,"pk":1}"#,
                &[
                    "validation error: channel.last_message_at is a reserved field",
                    "validation error: channel.cid is a reserved field",
                    "validation error: channel.created_by_pk is a reserved field",
                    "validation error: channel.members is a reserved field",
                    "validation error: channel.config is a reserved field",
                    "validation error: channel.app_pk is a reserved field",
                    "validation error: channel.pk is a reserved field",
                ],
            ),
            (
                r#"channel {"id":"c2","type":"support","created_by":"zoe"}"#,
                &[
                    r#"reference error: channel.type "support" doesn't exist (channel "support:c2")"#,
                    r#"reference error: channel.created_by "zoe" doesn't exist (channel "support:c2")"#,
                ],
            ),
            (
                r#"channel {"member_ids":["dee","bob"],"type":"support","created_by":"ann"}"#,
                &[
                    r#"reference error: channel.type "support" doesn't exist (channel "support:[bob dee]")"#,
                    r#"validation error: distinct channel: ["bob" "dee"] is missing members: ["bob" "dee"]. Please include all members as separate member entries"#,
                ],
            ),
            (
                "member {}",
                &[
                    "validation error: member.channel_type required",
                    "validation error: either member.channel_id or member.channel_member_ids required",
                    "validation error: member.user_id required",
                ],
            ),
            (
                r#"member {"channel_type":"team","channel_id":"c9","user_id":"zoe"}"#,
                &[
                    r#"reference error: channel "team:c9" doesn't exist"#,
                    r#"reference error: user "zoe" doesn't exist"#,
                ],
            ),
            (
                r#"member {"channel_type":"team","channel_member_ids":["cy","bob"],"user_id":"cy"}"#,
                &[
                    r#"reference error: distinct channel with type "team" and members:[bob cy] doesn't exist"#,
                ],
            ),
            (
                r#"member {"channel_type":"messaging","channel_member_ids":["cy","ann"],"user_id":"bob"}"#,
                &[
                    r#"reference error: user "bob" specified as channel member but not present in channel_members_ids: [ann cy]"#,
                ],
            ),
            (
                r#"member {"channel_type":"team","channel_id":"c1","user_id":"dee"}"#,
                &[
                    r#"reference error: user "dee" with teams map[] cannot be a member of channel team:c1 with team "red""#,
                ],
            ),
            (
                "channel {\"id\":\"open\",\"type\":\"team\",\"created_by\":\"ann\"}\n\
                 member {\"channel_type\":\"team\",\"channel_id\":\"open\",\"user_id\":\"bob\"}",
                &[
                    r#"reference error: user "bob" with teams map[blue:{} red:{}] cannot be a member of channel team:open with team """#,
                ],
            ),
        ],
    );
}

#[test]
fn messages_in_the_validators_words() {
    let message = |fields: &str| {
        format!(
            r#"message {{"id":"x","channel_type":"team","channel_id":"c1","user":"ann",{fields}}}"#
        )
    };
    let reserved = [
        "tmp_id",
        "app_pk",
        "latest_reactions",
        "own_reactions",
        "reactions_count",
        "reply_count",
        "command",
        "pk",
        "quoted_message",
        "pinned_by",
    ];
    let reserved_fields: Vec<String> = reserved.iter().map(|it| format!("\"{it}\":1")).collect();
    let reserved_texts: Vec<String> = reserved
        .iter()
        .map(|it| format!("validation error: message.{it} is a reserved field"))
        .collect();
    let reserved_texts: Vec<&str> = reserved_texts.iter().map(String::as_str).collect();
    check(
        "cli",
        &[
            (
                r#"message {"id":"<256>","channel_type":"team","channel_id":"c1","user":"ann"}"#,
                &["validation error: message.id max length exceeded (255)"],
            ),
            (
                r#"message {"id":"x"}"#,
                &[
                    "validation error: message.channel_type required",
                    "validation error: either message.channel_id or message.channel_member_ids required",
                    "validation error: message.user required",
                ],
            ),
            (
                &message(r#""type":"""#),
                &[
                    r#"validation error: message.type invalid ("regular", "deleted", "system" and "reply" allowed)"#,
                ],
            ),
            (&message(r#""type":"blocked""#), &[]),
            (
                &message(r#""type":"deleted""#),
                &[r#"validation error: message.type "deleted" while message.deleted_at is null"#],
            ),
            (
                &message(r#""deleted_at":"2022-02-14T12:34:30Z""#),
                &[
                    r#"validation error: message.deleted_at "2022-02-14T12:34:30Z" while message.type is "regular""#,
                ],
            ),
            (
                &message(r#""pinned_by_id":"ann""#),
                &[r#"validation error: message.pinned_by_id "ann" while pinned_at is null"#],
            ),
            (
                &message(r#""pinned_at":"$T""#),
                &[
                    r#"validation error: message.pinned_at "2020-01-01 00:00:00 +0000 UTC" while pinned_by_id is null"#,
                ],
            ),
            (
                &message(r#""pin_expires":"2020-01-01T00:00:00.25Z""#),
                &[
                    r#"validation error: message.pin_expires "2020-01-01 00:00:00.25 +0000 UTC" while pinned_at/pinned_by_id is null"#,
                ],
            ),
            (
                &message(r#""attachments":[{},{"type":"x","custom":{"fields":1,"actions":1}}]"#),
                &[
                    "validation error: attachment.type required",
                    "validation error: attachment.fields is a reserved field",
                    "validation error: attachment.actions is a reserved field",
                ],
            ),
            (&message(&reserved_fields.join(",")), &reserved_texts),
            (
                &message(r#""parent_id":"m2""#),
                &["reference error: only one level thread is supported"],
            ),
            (
                &message(r#""parent_id":"m9""#),
                &[r#"reference error: message parent_id "m9" doesn't exist"#],
            ),
            (
                r#"message {"id":"x","channel_type":"team","channel_id":"c9","user":"zoe","mentioned_users_ids":["yan"]}"#,
                &[
                    r#"reference error: channel "team:c9" doesn't exist"#,
                    r#"reference error: user "zoe" doesn't exist (message_id x)"#,
                    r#"reference error: mentioned user "yan" doesn't exist (message_id "x")"#,
                ],
            ),
            (
                &message(r#""text":"<20001>""#),
                &["reference error: message.text max length exceeded (20000)"],
            ),
            // What the validator did not look at.
            (
                &message(
                    r#""quoted_message_id":"m9","pinned_by_id":"zoe","pinned_at":"$T","show_in_channel":false"#,
                ),
                &[],
            ),
        ],
    );
}

#[test]
fn duplicates_in_the_validators_words() {
    check(
        "cli",
        &[
            (r#"user {"id":"dee"}"#, &[r#"duplicate user found "dee""#]),
            (
                r#"channel {"id":"c1","type":"team","created_by":"bob"}"#,
                &["duplicate channel 'team:c1'"],
            ),
            (
                r#"channel {"member_ids":["ann","cy"],"type":"messaging","created_by":"cy"}"#,
                &["duplicate channel 'messaging:[ann cy]'"],
            ),
            (
                r#"member {"channel_type":"team","channel_id":"c1","user_id":"bob"}"#,
                &[r#"duplicate member "bob" (channel "team:c1")"#],
            ),
            // The first one has taken the place in the set.
            (
                r#"member {"channel_type":"messaging","channel_member_ids":["ann","cy"],"user_id":"cy"}"#,
                &[
                    r#"reference error: user "cy" specified as channel member but not present in channel_members_ids: [ann cy]"#,
                    r#"duplicate member "cy" (channel with type "messaging" and members:[ann cy])"#,
                ],
            ),
            (
                r#"message {"id":"m1","channel_type":"messaging","channel_member_ids":["cy","ann"],"user":"ann"}"#,
                &[r#"duplicate message "m1""#],
            ),
            (
                "message {\"channel_type\":\"team\",\"channel_id\":\"c1\",\"user\":\"ann\"}\n\
                 message {\"channel_type\":\"team\",\"channel_id\":\"c1\",\"user\":\"ann\"}",
                &[r#"duplicate message """#],
            ),
            (
                r#"reaction {"message_id":"m2","type":"love","user_id":"ann","created_at":"$T"}"#,
                &["duplicate reaction message:m2:type:love:user:ann"],
            ),
            (
                r#"device {"id":"token","user_id":"bob","push_provider_type":"apn","created_at":"$T"}"#,
                &["duplicate device id:token"],
            ),
        ],
    );
}

#[test]
fn reactions_in_the_validators_words() {
    check(
        "cli",
        &[
            (
                "reaction {}",
                &[
                    "validation error: reaction.message_id required",
                    "validation error: reaction.type required",
                    "validation error: reaction.user_id required",
                    "validation error: reaction.created_at required",
                ],
            ),
            (
                r#"reaction {"message_id":"m1","type":"<31>","user_id":"ann","created_at":"$T"}"#,
                &["validation error: reaction.type max length exceeded (30)"],
            ),
            (
                r#"reaction {"message_id":"m1","type":"two words","user_id":"ann","created_at":"$T"}"#,
                &[r#"validation error: reaction.type invalid ("^[\w-+:.]*$" allowed)"#],
            ),
            (
                r#"reaction {"message_id":"m1","type":"love","user_id":"ann","created_at":"$T","app_pk":1,"pk":1,"user":1,"user_pk":1}"#,
                &[
                    "validation error: reaction.app_pk is a reserved field",
                    "validation error: reaction.pk is a reserved field",
                    "validation error: reaction.user is a reserved field",
                    "validation error: reaction.user_pk is a reserved field",
                ],
            ),
            (
                r#"reaction {"message_id":"m9","type":"love","user_id":"zoe","created_at":"$T"}"#,
                &[
                    r#"reference error: message_id "m9" doesn't exist"#,
                    r#"reference error: user "zoe" doesn't exist"#,
                ],
            ),
        ],
    );
}

#[test]
fn what_refers_to_an_entry_that_breaks_a_rule_refers_to_nothing() {
    check(
        "cli",
        &[
            (
                "user {\"id\":\"eve\",\"pk\":1,\"user_mutes\":[\"zoe\"]}\n\
                 member {\"channel_type\":\"team\",\"channel_id\":\"c1\",\"user_id\":\"eve\"}",
                &[
                    "validation error: user.pk is a reserved field",
                    r#"reference error: muted user "zoe" by user "eve" doesn't exist"#,
                    r#"reference error: user "eve" doesn't exist"#,
                ],
            ),
            // Neither does one that stands twice stand at all while the first is refused.
            (
                "user {\"id\":\"eve\",\"pk\":1}\nuser {\"id\":\"eve\"}\n\
                 device {\"id\":\"t\",\"user_id\":\"eve\",\"push_provider_type\":\"apn\",\"created_at\":\"$T\"}",
                &["validation error: user.pk is a reserved field"],
            ),
            // What breaks a rule about others is there all the same.
            (
                "user {\"id\":\"eve\",\"role\":\"vip\"}\n\
                 device {\"id\":\"t\",\"user_id\":\"eve\",\"push_provider_type\":\"apn\",\"created_at\":\"$T\"}",
                &[r#"reference error: user.role "vip" doesn't exist (user "eve")"#],
            ),
        ],
    );
}

#[test]
fn the_imports_own_words() {
    check(
        "server",
        &[
            (
                r#"channel {"id":"<65>","type":"team","created_by":"ann"}"#,
                &["Validation error: max channelID length exceeded (64)"],
            ),
            (
                r#"user {"id":"<256>"}"#,
                &[r#"Validation error: max "userID" length exceeded (255)"#],
            ),
            (
                r#"channel {"id":"c2","member_ids":["ann"],"type":"team","created_by":"ann"}"#,
                &[
                    "Validation error: either channel.id or channel.member_ids should be provided, but not both",
                ],
            ),
            (
                r#"channel {"type":"team","created_by":"ann"}"#,
                &["Validation error: channel.id or channel.member_ids required, but not both"],
            ),
            (
                r#"channel {"id":"c2","created_by":"ann"}"#,
                &[r#"Validation error: "channel.type" required"#],
            ),
            (
                r#"channel {"id":"c2","type":"team","created_by":"ann","cid":1}"#,
                &[r#"Validation error: "cid" is a reserved field"#],
            ),
            (
                r#"user {"id":"dee"}"#,
                &[r#"Validation error: duplicated user "dee""#],
            ),
            (
                r#"channel {"id":"abc","type":"messaging","created_by":"zoe"}"#,
                &[
                    r#"Validation error: created_by user "zoe" doesn't exist (channel "messaging:abc"). please include all users as separate user entries"#,
                ],
            ),
            (
                r#"message {"id":"x","channel_type":"team","channel_id":"c1","user":"ann","type":"joined"}"#,
                &["Validation error: 'joined' is not a valid message.type"],
            ),
            (
                "channel {\"id\":\"open\",\"type\":\"team\",\"created_by\":\"ann\"}\n\
                 member {\"channel_type\":\"team\",\"channel_id\":\"open\",\"user_id\":\"bob\"}",
                &[
                    r#"Validation error: user bob with teams ["blue" "red"] cannot be a member of channel team:open with team "#,
                ],
            ),
            (
                r#"foobar {"id":"x"}"#,
                &[r#"Parse error: invalid item type "foobar""#],
            ),
        ],
    );
    let user = entry(RuleSet::Classic, r#"user {"id":"a"}"#);
    check_whole(
        "server",
        &[
            (
                &format!("[{user},,{}]", user.replace("\"a\"", "\"b\"")),
                &["Parse error: invalid character ',' looking for beginning of value"],
            ),
            (
                &format!("[{user}{}]", user.replace("\"a\"", "\"b\"")),
                &["Parse error: invalid character '{' after array element"],
            ),
        ],
    );
}
