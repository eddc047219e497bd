//! What stands in several rows or tables, and to which message it comes.

use crate::testing::Fixture;

/// What is read of files, in short: of messages the place, id and channel with what the test is about;
/// of losses kind, count and line.
fn read(files: &[(&str, &str)], toml: &str) -> Vec<String> {
    let files: Vec<_> = files
        .iter()
        .map(|(name, content)| (*name, content.as_bytes()))
        .collect();
    let fixture = Fixture::new(&files);
    let fixture = match toml {
        "" => fixture,
        toml => fixture.mapped(&format!("version = 1\n{toml}")),
    };
    let lines = fixture.lines();
    lines.iter().filter_map(|line| shown(line)).collect()
}

fn shown(line: &str) -> Option<String> {
    let line: serde_json::Value = serde_json::from_str(line).unwrap();
    let data = &line["data"];
    let text = |name: &str| data[name].as_str().unwrap_or_default().to_owned();
    let kind = line["type"].as_str().unwrap_or_default();
    match kind {
        "message" => {
            let mut shown = format!("{} in {}: {}", text("id"), text("channel_id"), text("text"));
            let all = data["attachments"].as_array();
            for it in all.into_iter().flatten() {
                let url = ["image_url", "asset_url"].map(|name| it[name].as_str());
                let url = url.into_iter().flatten().next().unwrap_or_default();
                shown += &format!(" +{}", url.rsplit('/').next().unwrap());
            }
            Some(shown)
        }
        "reaction" => Some(format!(
            "{} of {} to {}",
            text("reaction_type"),
            text("user_id"),
            text("message_id")
        )),
        "channel" => Some(format!("channel {} {}", text("id"), text("name"))),
        "user" | "person" | "member" => None,
        _ if line["kind"] == "csv.file_not_read" || line["kind"] == "mapping.zone_assumed" => None,
        _ => Some(format!(
            "{kind} {} {} {}",
            line["kind"].as_str().unwrap_or_default(),
            line["detail"].as_str().unwrap_or_default(),
            line["record"]
        )),
    }
}

#[track_caller]
fn check(files: &[(&str, &str)], toml: &str, expected: &[&str]) {
    assert_eq!(read(files, toml), expected);
}

const TWO_ROOMS: (&str, &str) = (
    "messages.csv",
    "id,channel_id,user_id,text,created_at\n\
     1,a,u,one,2026-01-02T12:00:00Z\n\
     1,b,u,other,2026-01-02T12:00:01Z\n\
     2,b,u,two,2026-01-02T12:00:02Z\n",
);

#[test]
fn attachments_of_a_table_hang_in_their_own_channel() {
    let table = (
        "attachments.csv",
        "message_id,channel_id,url\n1,a,https://x/a.png\n2,b,https://x/b.png\n2,a,https://x/c.png\n",
    );
    check(
        &[TWO_ROOMS, table],
        "",
        &[
            "loss csv.stray_attachment 2 4",
            "1 in a: one +a.png",
            "1 in b: other",
            "2 in b: two +b.png",
        ],
    );
}

#[test]
fn attachments_without_a_channel_hang_on_no_message_of_several() {
    let table = (
        "attachments.csv",
        "message_id,url\n1,https://x/a.png\n2,https://x/b.png\n",
    );
    check(
        &[TWO_ROOMS, table],
        "",
        &[
            "loss csv.unclear_attachment 1 2",
            "1 in a: one",
            "1 in b: other",
            "2 in b: two +b.png",
        ],
    );
    // The same message in two exports that overlap is one.
    let again = (
        "messages-again.csv",
        "id,channel_id,user_id,text,created_at\n2,b,u,two,2026-01-02T12:00:02Z\n",
    );
    check(
        &[TWO_ROOMS, again, table],
        "",
        &[
            "loss csv.unclear_attachment 1 2",
            "2 in b: two +b.png",
            "1 in a: one",
            "1 in b: other",
            "2 in b: two +b.png",
        ],
    );
}

#[test]
fn what_rows_of_attachments_lose_is_told() {
    let toml = "[[messages]]\nfiles = \"messages.csv\"\nid = \"id\"\nchannel_id = \"channel_id\"\nuser_id = \"user_id\"\ntext = \"text\"\ncreated_at = \"created_at\"\n\
        [[attachments]]\nfiles = \"attachments.csv\"\nmessage_id = \"message_id\"\nasset_url = \"url\"\nsize_bytes = \"size\"\nwhere = { column = \"url\", empty = false }\n";
    check(
        &[
            TWO_ROOMS,
            (
                "attachments.csv",
                "message_id,url,size\n\
                 2,https://x/a.png,12 kB\n\
                 ,https://x/lost.png,1\n\
                 2,,1\n\
                 4.58E+17,https://x/cut.png,1\n\
                 2 ,https://x/b.png,1\n",
            ),
        ],
        toml,
        &[
            "loss mapping.bad_number size_bytes 12 kB 2",
            "loss mapping.attachment_of_none  3",
            "loss mapping.filtered  4",
            "loss mapping.damaged_id message_id 4.58E+17 5",
            "1 in a: one",
            "1 in b: other",
            "2 in b: two +a.png +b.png",
        ],
    );
}

const GROUPED: &str = "[[messages]]\nid = \"id\"\nchannel_id = \"c\"\nuser_id = \"u\"\ntext = \"text\"\ncreated_at = \"at\"\n\
    attachment = { asset_url = \"file\" }\nreaction = { reaction_type = \"emoji\", user_id = \"who\" }\n";

#[test]
fn further_rows_of_a_message_add_attachments_and_reactions() {
    let toml = format!("{GROUPED}group_by = \"id\"\n");
    check(
        &[(
            "m.csv",
            "id,c,u,text,at,file,emoji,who\n\
             1,c,u,two files,2026-01-02T12:00:00Z,https://x/a.png,like,v\n\
             2,c,u,bad first,yesterday,https://x/c.png,like,v\n\
             1,c,u,two files,2026-01-02T12:00:00Z,https://x/b.png,like,w\n\
             1,c,u,two files,2026-01-02T12:00:00Z,https://x/b.png,sad,w\n\
             2,c,u,good,2026-01-02T12:00:01Z,https://x/d.png,like,w\n\
             3,c,u,never,yesterday,,,\n\
             3,c,u,never,yesterday,,,\n",
        )],
        &toml,
        &[
            "1 in c: two files +a.png +b.png",
            "like of v to 1",
            "merged mapping.grouped  3",
            "like of v to 2",
            "merged mapping.grouped  4",
            "like of w to 1",
            "merged mapping.grouped  5",
            "sad of w to 1",
            "2 in c: good +d.png +c.png",
            "like of w to 2",
            "left_out mapping.bad_time yesterday 7",
            "left_out mapping.bad_time yesterday 8",
        ],
    );
}

#[test]
fn rows_that_name_no_group_are_messages_of_their_own() {
    let toml = GROUPED.replace(
        "id = \"id\"",
        "id = { hash = [\"user_id\", \"created_at\"] }",
    );
    let toml = format!("{toml}group_by = \"id\"\n");
    let found = read(
        &[(
            "m.csv",
            "id,c,u,text,at,file,emoji,who\n\
             ,c,u,first,2026-01-02T12:00:00Z,,,\n\
             ,c,u,second,2026-01-02T12:00:01Z,,,\n\
             5,c,u,third,2026-01-02T12:00:02Z,,,\n\
             5,c,u,third,2026-01-02T12:00:03Z,,like,v\n",
        )],
        &toml,
    );
    let [first, second, third, merged, reaction] = &found[..] else {
        panic!("{found:?}")
    };
    assert!(
        first.ends_with("first") && second.ends_with("second"),
        "{found:?}"
    );
    assert_eq!(merged, "merged mapping.grouped  5");
    // The further row has another time, so its own id would be another.
    let id = third.split(' ').next().unwrap();
    assert_eq!(*reaction, format!("like of v to {id}"));
}

#[test]
fn groups_of_two_channels_are_two() {
    let toml = format!("{GROUPED}group_by = \"id\"\n");
    check(
        &[(
            "m.csv",
            "id,c,u,text,at,file,emoji,who\n\
             1,a,u,one,2026-01-02T12:00:00Z,,,\n\
             1,b,u,other,2026-01-02T12:00:00Z,,,\n",
        )],
        &toml,
        &["1 in a: one", "1 in b: other"],
    );
}

/// Messages without ids: how many different ones there are.
#[track_caller]
fn check_ids(files: &[(&str, &str)], toml: &str, expected: usize) {
    let found = read(files, toml);
    let messages = found.iter().filter(|line| line.contains(" in "));
    let ids: std::collections::BTreeSet<_> = messages.map(|it| it.split(' ').next()).collect();
    assert_eq!(ids.len(), expected, "{found:?}");
}

#[test]
fn messages_with_equal_derived_ids_are_numbered() {
    let header = "channel_id,user_id,text,created_at\n";
    let of = |rows: &str| format!("{header}{rows}");
    let toml = "[[messages]]\nid = { hash = [\"channel_id\", \"user_id\", \"created_at\", \"text\"] }\nchannel_id = \"channel_id\"\nuser_id = { column = \"user_id\", lower = true }\ntext = \"text\"\ncreated_at = \"created_at\"\n";
    for rows in [
        "c,u,ok,2026-01-02T12:00:00.1234567Z\nc,u,ok,2026-01-02T12:00:00.1234568Z\nc,u,ok,2026-01-02T14:00:00.1234568+02:00\n",
        "c,u,ok,2026-01-02 10:00Z\nc,u,ok,2026-01-02 10:00:00Z\nc,U,ok,2026-01-02T10:00:00Z\n",
        "c,u,ok,1/13/2026 10:00\n c ,u,ok,1/13/2026 10:00:00\nc,u,ok,01/13/2026 10:00\n",
    ] {
        check_ids(&[("m.csv", &of(rows))], toml, 3);
    }
    // Two exports that overlap have one message, and two parts of one export have two.
    let row = of("c,u,ok,2026-01-02 10:00:00Z\n");
    check_ids(&[("a.csv", &row), ("b.csv", &row)], toml, 1);
    check_ids(
        &[("a [part 1].csv", &row), ("a [part 2].csv", &row)],
        toml,
        2,
    );
}

#[test]
fn a_channel_has_the_name_of_the_first_row_that_has_one() {
    let toml = "[[messages]]\nid = \"id\"\nchannel_id = \"channel_id\"\nuser_id = \"user_id\"\ntext = \"text\"\ncreated_at = \"created_at\"\n[[channels]]\nfrom = \"messages\"\nname = \"channel\"\n";
    check(
        &[(
            "m.csv",
            "id,channel_id,channel,user_id,text,created_at\n\
             1,c1,General,u,x,nonsense\n\
             2,c2,,u,y,2026-01-02T12:00:00Z\n\
             3,c1,General,u,z,2026-01-02T12:00:01Z\n\
             4, c2,Other,u,z,2026-01-02T12:00:02Z\n\
             5,c2,Third,u,z,2026-01-02T12:00:02Z\n",
        )],
        toml,
        &[
            "channel c1 General",
            "left_out mapping.bad_time nonsense 2",
            "2 in c2: y",
            "3 in c1: z",
            "channel c2 Other",
            "4 in c2: z",
            "5 in c2: z",
        ],
    );
}

#[test]
fn a_channel_in_tables_of_two_layouts_is_one() {
    check(
        &[
            (
                "a.csv",
                "id,channel_id,channel_name,user_id,text,created_at\n1,c,General,u,x,2026-01-02T12:00:00Z\n",
            ),
            (
                "b.csv",
                "message_id,channel_id,channel_name,user_id,text,created_at\n2,c,General,u,y,2026-01-02T12:00:00Z\n",
            ),
        ],
        "",
        &["channel c General", "1 in c: x", "2 in c: y"],
    );
}

const WITH_IDS: &str = "[[messages]]\nid = \"id\"\nchannel_id = \"c\"\nuser_id = \"u\"\ntext = \"text\"\n\
    created_at = \"at\"\nedited_at = \"edited\"\n";

const VERSIONS: (&str, &str) = (
    "m.csv",
    "id,c,u,text,at,edited\n\
     1,a,u,newest,2026-01-02T12:00:00Z,2026-01-02T14:00:00Z\n\
     1,a,u,helo,2026-01-02T12:00:00Z,\n\
     1,a,u,hello,2026-01-02T12:00:00Z,2026-01-02T13:00:00Z\n\
     1,b,u,other channel,2026-01-02T12:00:00Z,\n\
     2,a,u,same,2026-01-02T12:00:01Z,\n\
     2,a,u,same,2026-01-02T12:00:01Z,\n\
     3,a,u,mine,2026-01-02T12:00:02Z,\n\
     3,a,v,not mine,2026-01-02T12:00:02Z,\n\
     4,a,u,good,2026-01-02T12:00:03Z,\n\
     4,a,u,bad,yesterday,\n",
);

#[test]
fn the_last_version_of_a_message_counts() {
    check(
        &[VERSIONS],
        WITH_IDS,
        &[
            "1 in a: newest",
            "merged mapping.earlier_version 1 3",
            "merged mapping.earlier_version 1 4",
            "1 in b: other channel",
            // The core merges what is equal, and leaves out what is not.
            "2 in a: same",
            "2 in a: same",
            "3 in a: mine",
            "3 in a: not mine",
            "4 in a: good",
            "left_out mapping.bad_time yesterday 11",
        ],
    );
}

#[test]
fn where_no_edit_tells_the_later_version_nothing_is_merged() {
    check(
        &[(
            "m.csv",
            "id,c,u,text,at,edited,deleted\n\
             1,a,u,one line,2026-01-02T12:00:00Z,,\n\
             1,a,u,and another,2026-01-02T12:00:00Z,,\n\
             2,a,u,gone,2026-01-02T12:00:00Z,,2026-01-02T12:01:00Z\n\
             2,a,u,not gone,2026-01-02T12:00:00Z,2026-01-02T13:00:00Z,\n",
        )],
        &format!("{WITH_IDS}deleted_at = \"deleted\"\n"),
        &[
            "1 in a: one line",
            "1 in a: and another",
            // What is deleted does not come back.
            "2 in a: gone",
            "merged mapping.earlier_version 2 5",
        ],
    );
}

#[test]
fn a_mapping_says_which_of_equal_ids_counts() {
    let first = read(
        &[VERSIONS],
        &format!("{WITH_IDS}repeated_ids = \"first\"\n"),
    );
    assert!(first.iter().all(|line| !line.contains("version")));
    assert_eq!(first.len(), 10);
    check(
        &[VERSIONS],
        &format!("{WITH_IDS}repeated_ids = \"last\"\n"),
        &[
            "1 in a: newest",
            "merged mapping.earlier_version 1 3",
            "merged mapping.earlier_version 1 4",
            "1 in b: other channel",
            "merged mapping.earlier_version 2 6",
            "2 in a: same",
            "merged mapping.earlier_version 3 8",
            "3 in a: not mine",
            "4 in a: good",
            "left_out mapping.bad_time yesterday 11",
        ],
    );
}

#[test]
fn versions_may_stand_in_several_files_and_far_apart() {
    let head = "id,channel,user,text,time,edited_at\n";
    let many = |from: u32| {
        let rows = (from..from + 2000).map(|id| format!("{id},a,u,text,2026-01-02T12:00:00Z,\n"));
        rows.collect::<String>()
    };
    let early = format!("{head}1,a,u,early,2026-01-02T12:00:00Z,\n{}", many(2));
    let late = format!(
        "{head}{}1,a,u,late,2026-01-02T12:00:00Z,2026-01-02T13:00:00Z\n",
        many(3000)
    );
    let found = read(&[("1.csv", &early), ("2.csv", &late)], "");
    assert_eq!(found.len(), 4002);
    assert_eq!(found[0], "merged mapping.earlier_version 1 2");
    assert_eq!(found[4001], "1 in a: late");
}
