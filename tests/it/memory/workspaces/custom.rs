//! Custom data, also under names that are taken and in sizes that are too large.

use migrate_model::{Custom, Value};
use proptest::{collection::vec, prelude::*};

pub(super) fn custom() -> impl Strategy<Value = Custom<'static>> {
    let name = prop::sample::select(vec![
        "x",
        "",
        "a\"b\\",
        "id",
        "user",
        "source_user",
        "text",
        "type",
        "reply_count",
        "members",
        "actions",
        "custom",
        "edited_at",
        "source_ids",
        "source_created_at",
        "source_parent_id",
    ]);
    let fields = prop_oneof![6 => Just(Vec::new()), 1 => vec((name, value()), 1..4)];
    fields.prop_map(|fields| {
        let mut custom = Custom::default();
        for (name, value) in fields {
            custom.set(name, value);
        }
        custom
    })
}

fn value() -> impl Strategy<Value = Value<'static>> {
    let leaf = prop_oneof![
        Just(Value::Bool(true)),
        Just(Value::Integer(i64::MIN)),
        Just(Value::Float(f64::NAN)),
        Just(Value::Float(1.5e300)),
        Just(Value::from("a \"text\"\n")),
        (0usize..7_000).prop_map(|n| Value::from("z".repeat(n))),
    ];
    prop_oneof![
        4 => leaf.clone(),
        1 => vec(leaf.clone(), 0..3).prop_map(Value::List),
        1 => leaf.prop_map(|leaf| {
            let mut fields = Custom::default();
            fields.set("actions", leaf.clone());
            fields.set("é\"", leaf);
            Value::Object(fields)
        }),
    ]
}
