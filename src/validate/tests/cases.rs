//! For every rule a file that breaks it and nothing else, and one near it that does not. The
//! library's tests and those of the program share them.

use super::small::{entry, file, good, with};
use super::{RULES, Rule, RuleSet};

/// A rule, lines that break it when they are added to the good file, and lines that do not.
/// Behind the rule's name stands what cannot but be broken with it.
const ADDED: &[(&str, &str, &str)] = &[
    (
        "json.surrogate",
        r#"user {"id":"no","name":"\ud83d"}"#,
        r#"user {"id":"no","name":"\ud83d\udc4d"}"#,
    ),
    (
        "json.type",
        r#"channel {"id":"c2","type":"team","created_by":"ann","frozen":"no"}"#,
        r#"channel {"id":"c2","type":"team","created_by":"ann","frozen":false}"#,
    ),
    (
        "json.time",
        r#"user {"id":"no","created_at":"2020-01-01 00:00:00Z"}"#,
        r#"user {"id":"no","created_at":"2020-01-01T00:00:00.5+01:00"}"#,
    ),
    (
        "json.null",
        r#"user {"id":"no","deleted_at":null}"#,
        r#"user {"id":"no"}"#,
    ),
    ("entry.type", r#"users {"id":"no"}"#, r#"user {"id":"no"}"#),
    (
        "custom.size",
        r#"user {"id":"no","x":"<4993>"}"#,
        r#"user {"id":"no","x":"<4992>"}"#,
    ),
    (
        "key.not_allowed",
        r#"device {"id":"t2","user_id":"ann","push_provider_type":"apn","created_at":"2020-01-01T00:00:00Z","model":"x"}"#,
        r#"device {"id":"t2","user_id":"ann","push_provider_type":"apn","created_at":"2020-01-01T00:00:00Z","push_provider_name":"x"}"#,
    ),
    (
        "user.id_required",
        r#"user {"name":"No"}"#,
        r#"user {"id":"no"}"#,
    ),
    (
        "user.id_length",
        r#"user {"id":"<256>"}"#,
        r#"user {"id":"<255>"}"#,
    ),
    (
        "user.id_pattern",
        r#"user {"id":"a.b"}"#,
        r#"user {"id":"a-b@C_9"}"#,
    ),
    (
        "user.reserved",
        r#"user {"id":"no","pk":1}"#,
        r#"user {"id":"no","PK":1}"#,
    ),
    (
        "user.role",
        r#"user {"id":"no","role":"vip"}"#,
        r#"user {"id":"no","role":"admin"}"#,
    ),
    (
        "user.mute_format",
        r#"user {"id":"no","channel_mutes":["c1"]}"#,
        r#"user {"id":"no","channel_mutes":["team:c1"]}"#,
    ),
    (
        "user.muted_channel",
        r#"user {"id":"no","channel_mutes":["team:c9"]}"#,
        r#"user {"id":"no","channel_mutes":["team:c1"]}"#,
    ),
    (
        "user.muted_user",
        r#"user {"id":"no","user_mutes":["zoe"]}"#,
        r#"user {"id":"no","user_mutes":["ann"]}"#,
    ),
    (
        "user.blocked",
        r#"user {"id":"no","blocked_user_ids":["zoe"]}"#,
        r#"user {"id":"no","blocked_user_ids":["ann"]}"#,
    ),
    (
        "user.chat_level",
        r#"user {"id":"no","push_preferences":{"chat_level":"loud"}}"#,
        r#"user {"id":"no","push_preferences":{"chat_level":"mentions"}}"#,
    ),
    (
        "user.privacy_settings",
        r#"user {"id":"no","privacy_settings":{"read_receipts":{}}}"#,
        r#"user {"id":"no","privacy_settings":{"read_receipts":{"enabled":false}}}"#,
    ),
    (
        "user.duplicate",
        r#"user {"id":"dee"}"#,
        r#"user {"id":"Dee"}"#,
    ),
    (
        "device.id_required",
        r#"device {"user_id":"ann","push_provider_type":"apn","created_at":"2020-01-01T00:00:00Z"}"#,
        r#"device {"id":"t2","user_id":"ann","push_provider_type":"apn","created_at":"2020-01-01T00:00:00Z"}"#,
    ),
    (
        "device.id_length",
        r#"device {"id":"<256>","user_id":"ann","push_provider_type":"apn","created_at":"2020-01-01T00:00:00Z"}"#,
        r#"device {"id":"<255>","user_id":"ann","push_provider_type":"apn","created_at":"2020-01-01T00:00:00Z"}"#,
    ),
    (
        "device.user_required",
        r#"device {"id":"t2","push_provider_type":"apn","created_at":"2020-01-01T00:00:00Z"}"#,
        r#"device {"id":"t2","user_id":"bob","push_provider_type":"apn","created_at":"2020-01-01T00:00:00Z"}"#,
    ),
    (
        "device.user_length",
        r#"device {"id":"t2","user_id":"<256>","push_provider_type":"apn","created_at":"2020-01-01T00:00:00Z"}"#,
        r#"device {"id":"t2","user_id":"<255>","push_provider_type":"apn","created_at":"2020-01-01T00:00:00Z"}"#,
    ),
    (
        "device.created_at_required",
        r#"device {"id":"t2","user_id":"bob","push_provider_type":"apn"}"#,
        r#"device {"id":"t2","user_id":"bob","push_provider_type":"apn","created_at":"2020-01-01T00:00:00Z"}"#,
    ),
    (
        "device.provider_required",
        r#"device {"id":"t2","user_id":"bob","created_at":"2020-01-01T00:00:00Z"}"#,
        r#"device {"id":"t2","user_id":"bob","push_provider_type":"xiaomi","created_at":"2020-01-01T00:00:00Z"}"#,
    ),
    (
        "device.provider",
        r#"device {"id":"t2","user_id":"bob","push_provider_type":"web","created_at":"2020-01-01T00:00:00Z"}"#,
        r#"device {"id":"t2","user_id":"bob","push_provider_type":"huawei","created_at":"2020-01-01T00:00:00Z"}"#,
    ),
    (
        "device.user",
        r#"device {"id":"t2","user_id":"zoe","push_provider_type":"apn","created_at":"2020-01-01T00:00:00Z"}"#,
        r#"device {"id":"t2","user_id":"cy","push_provider_type":"apn","created_at":"2020-01-01T00:00:00Z"}"#,
    ),
    (
        "device.duplicate",
        r#"device {"id":"token","user_id":"bob","push_provider_type":"apn","created_at":"2020-01-01T00:00:00Z"}"#,
        r#"device {"id":"Token","user_id":"bob","push_provider_type":"apn","created_at":"2020-01-01T00:00:00Z"}"#,
    ),
    (
        "future_channel_ban.target_required",
        r#"future_channel_ban {"created_by":"ann"}"#,
        r#"future_channel_ban {"target_id":"cy","created_by":"ann","reason":"noise","shadow":true}"#,
    ),
    (
        "future_channel_ban.created_by_required",
        r#"future_channel_ban {"target_id":"cy"}"#,
        r#"future_channel_ban {"target_id":"cy","created_by":"ann"}"#,
    ),
    (
        "future_channel_ban.target",
        r#"future_channel_ban {"target_id":"zoe","created_by":"ann"}"#,
        r#"future_channel_ban {"target_id":"cy","created_by":"ann"}"#,
    ),
    (
        "future_channel_ban.created_by",
        r#"future_channel_ban {"target_id":"cy","created_by":"zoe"}"#,
        r#"future_channel_ban {"target_id":"cy","created_by":"dee"}"#,
    ),
    (
        "future_channel_ban.duplicate",
        r#"future_channel_ban {"target_id":"dee","created_by":"ann","shadow":true}"#,
        r#"future_channel_ban {"target_id":"dee","created_by":"bob"}"#,
    ),
    (
        "channel.id_or_members",
        r#"channel {"type":"team","created_by":"ann"}"#,
        r#"channel {"id":"c2","type":"team","created_by":"ann"}"#,
    ),
    (
        "channel.id_and_members",
        r#"channel {"id":"c2","member_ids":["dee"],"type":"team","created_by":"ann"}"#,
        r#"channel {"id":"c2","member_ids":[],"type":"team","created_by":"ann"}"#,
    ),
    (
        "channel.id_length",
        r#"channel {"id":"<65>","type":"team","created_by":"ann"}"#,
        r#"channel {"id":"<64>","type":"team","created_by":"ann"}"#,
    ),
    (
        "channel.id_pattern",
        r#"channel {"id":"!members-x","type":"team","created_by":"ann"}"#,
        r#"channel {"id":"members-X_9","type":"team","created_by":"ann"}"#,
    ),
    (
        "channel.type_required",
        r#"channel {"id":"c2","created_by":"ann"}"#,
        r#"channel {"id":"c2","type":"team","created_by":"ann"}"#,
    ),
    (
        "channel.type_length",
        r#"channel {"id":"c2","type":"<65>","created_by":"ann"}"#,
        r#"channel {"id":"c2","type":"<64>","created_by":"ann"}"#,
    ),
    (
        "channel.type_pattern",
        r#"channel {"id":"c2","type":"a.b","created_by":"ann"}"#,
        r#"channel {"id":"c2","type":"a_b","created_by":"ann"}"#,
    ),
    (
        "channel.created_by_required",
        r#"channel {"id":"c2","type":"team"}"#,
        r#"channel {"id":"c2","type":"team","created_by":"dee"}"#,
    ),
    (
        "channel.reserved",
        r#"channel {"id":"c2","type":"team","created_by":"ann","cid":"x"}"#,
        r#"channel {"id":"c2","type":"team","created_by":"ann","cId":"x"}"#,
    ),
    (
        "channel.type_exists",
        r#"channel {"id":"c2","type":"support","created_by":"ann"}"#,
        r#"channel {"id":"c2","type":"messaging","created_by":"ann"}"#,
    ),
    (
        "channel.created_by",
        r#"channel {"id":"c2","type":"team","created_by":"zoe"}"#,
        r#"channel {"id":"c2","type":"team","created_by":"dee"}"#,
    ),
    (
        "channel.member member.missing",
        r#"channel {"member_ids":["zoe"],"type":"team","created_by":"ann"}"#,
        "channel {\"member_ids\":[\"dee\"],\"type\":\"team\",\"created_by\":\"ann\"}\n\
         member {\"channel_type\":\"team\",\"channel_member_ids\":[\"dee\"],\"user_id\":\"dee\"}",
    ),
    (
        "channel.banned",
        r#"channel {"id":"c2","type":"team","created_by":"ann","banned_users":["zoe"]}"#,
        r#"channel {"id":"c2","type":"team","created_by":"ann","banned_users":["dee"]}"#,
    ),
    (
        "channel.duplicate",
        r#"channel {"id":"c1","type":"team","created_by":"bob"}"#,
        r#"channel {"id":"c1","type":"messaging","created_by":"bob"}"#,
    ),
    (
        "member.channel_type_required",
        r#"member {"channel_id":"c1","user_id":"cy"}"#,
        r#"member {"channel_type":"team","channel_id":"c1","user_id":"cy"}"#,
    ),
    (
        "member.channel_id_or_members",
        r#"member {"channel_type":"team","user_id":"cy"}"#,
        r#"member {"channel_type":"team","channel_id":"c1","user_id":"cy"}"#,
    ),
    (
        "member.channel_id_and_members",
        r#"member {"channel_type":"team","channel_id":"c1","channel_member_ids":["cy"],"user_id":"cy"}"#,
        r#"member {"channel_type":"team","channel_id":"c1","channel_member_ids":[],"user_id":"cy"}"#,
    ),
    (
        "member.user_required",
        r#"member {"channel_type":"team","channel_id":"c1"}"#,
        r#"member {"channel_type":"team","channel_id":"c1","user_id":"cy"}"#,
    ),
    (
        "member.invite",
        r#"member {"channel_type":"team","channel_id":"c1","user_id":"cy","invite_accepted_at":"2020-01-01T00:00:00Z"}"#,
        r#"member {"channel_type":"team","channel_id":"c1","user_id":"cy","invited":true,"invite_accepted_at":"2020-01-01T00:00:00Z"}"#,
    ),
    (
        "member.channel",
        r#"member {"channel_type":"team","channel_id":"c9","user_id":"cy"}"#,
        r#"member {"channel_type":"team","channel_id":"c1","user_id":"cy"}"#,
    ),
    (
        "member.distinct_channel",
        r#"member {"channel_type":"team","channel_member_ids":["dee"],"user_id":"dee"}"#,
        "channel {\"member_ids\":[\"dee\"],\"type\":\"team\",\"created_by\":\"ann\"}\n\
         member {\"channel_type\":\"team\",\"channel_member_ids\":[\"dee\"],\"user_id\":\"dee\"}",
    ),
    (
        "member.user",
        r#"member {"channel_type":"team","channel_id":"c1","user_id":"zoe"}"#,
        r#"member {"channel_type":"team","channel_id":"c1","user_id":"cy"}"#,
    ),
    (
        "member.not_in_set",
        r#"member {"channel_type":"messaging","channel_member_ids":["ann","cy"],"user_id":"bob"}"#,
        r#"member {"channel_type":"team","channel_id":"c1","user_id":"cy"}"#,
    ),
    (
        "member.team",
        r#"member {"channel_type":"team","channel_id":"c1","user_id":"dee"}"#,
        r#"member {"channel_type":"team","channel_id":"c1","user_id":"cy"}"#,
    ),
    (
        "member.missing",
        "user {\"id\":\"eve\"}\n\
         channel {\"member_ids\":[\"dee\",\"eve\"],\"type\":\"team\",\"created_by\":\"ann\"}\n\
         member {\"channel_type\":\"team\",\"channel_member_ids\":[\"dee\",\"eve\"],\"user_id\":\"dee\"}",
        "user {\"id\":\"eve\"}\n\
         channel {\"member_ids\":[\"dee\",\"eve\"],\"type\":\"team\",\"created_by\":\"ann\"}\n\
         member {\"channel_type\":\"team\",\"channel_member_ids\":[\"dee\",\"eve\"],\"user_id\":\"dee\"}\n\
         member {\"channel_type\":\"team\",\"channel_member_ids\":[\"eve\",\"dee\"],\"user_id\":\"eve\"}",
    ),
    (
        "member.duplicate",
        r#"member {"channel_type":"team","channel_id":"c1","user_id":"bob"}"#,
        r#"member {"channel_type":"team","channel_id":"c1","user_id":"cy"}"#,
    ),
    (
        "member.duplicate_distinct member.not_in_set",
        r#"member {"channel_type":"messaging","channel_member_ids":["ann","cy"],"user_id":"cy"}"#,
        r#"member {"channel_type":"team","channel_id":"c1","user_id":"cy"}"#,
    ),
    (
        "message.id_required",
        r#"message {"channel_type":"team","channel_id":"c1","user":"ann"}"#,
        r#"message {"id":"x","channel_type":"team","channel_id":"c1","user":"ann"}"#,
    ),
    (
        "message.id_length",
        r#"message {"id":"<256>","channel_type":"team","channel_id":"c1","user":"ann"}"#,
        r#"message {"id":"<255>","channel_type":"team","channel_id":"c1","user":"ann"}"#,
    ),
    (
        "message.channel_type_required",
        r#"message {"id":"x","channel_id":"c1","user":"ann"}"#,
        r#"message {"id":"x","channel_type":"team","channel_id":"c1","user":"ann"}"#,
    ),
    (
        "message.channel_id_or_members",
        r#"message {"id":"x","channel_type":"team","user":"ann"}"#,
        r#"message {"id":"x","channel_type":"team","channel_id":"c1","user":"ann"}"#,
    ),
    (
        "message.channel_id_and_members",
        r#"message {"id":"x","channel_type":"team","channel_id":"c1","channel_member_ids":["ann"],"user":"ann"}"#,
        r#"message {"id":"x","channel_type":"team","channel_id":"c1","user":"ann"}"#,
    ),
    (
        "message.user_required",
        r#"message {"id":"x","channel_type":"team","channel_id":"c1","user_id":"ann"}"#,
        r#"message {"id":"x","channel_type":"team","channel_id":"c1","user":"ann"}"#,
    ),
    (
        "message.type",
        r#"message {"id":"x","channel_type":"team","channel_id":"c1","user":"ann","type":"joined"}"#,
        r#"message {"id":"x","channel_type":"team","channel_id":"c1","user":"ann","type":"system"}"#,
    ),
    (
        "message.deleted_without_time",
        r#"message {"id":"x","channel_type":"team","channel_id":"c1","user":"ann","type":"deleted"}"#,
        r#"message {"id":"x","channel_type":"team","channel_id":"c1","user":"ann","type":"deleted","deleted_at":"2020-01-01T00:00:00Z"}"#,
    ),
    (
        "message.deleted_at",
        r#"message {"id":"x","channel_type":"team","channel_id":"c1","user":"ann","deleted_at":"2020-01-01T00:00:00Z"}"#,
        r#"message {"id":"x","channel_type":"team","channel_id":"c1","user":"ann","type":"deleted","deleted_at":"2020-01-01T00:00:00Z"}"#,
    ),
    (
        "message.pinned_by",
        r#"message {"id":"x","channel_type":"team","channel_id":"c1","user":"ann","pinned_by_id":"ann"}"#,
        r#"message {"id":"x","channel_type":"team","channel_id":"c1","user":"ann","pinned_by_id":"ann","pinned_at":"2020-01-01T00:00:00Z"}"#,
    ),
    (
        "message.pinned_at",
        r#"message {"id":"x","channel_type":"team","channel_id":"c1","user":"ann","pinned_at":"2020-01-01T00:00:00Z"}"#,
        r#"message {"id":"x","channel_type":"team","channel_id":"c1","user":"ann","pinned_by_id":"ann","pinned_at":"2020-01-01T00:00:00Z"}"#,
    ),
    (
        "message.pin_expires",
        r#"message {"id":"x","channel_type":"team","channel_id":"c1","user":"ann","pin_expires":"2020-01-01T00:00:00Z"}"#,
        r#"message {"id":"x","channel_type":"team","channel_id":"c1","user":"ann","pinned_by_id":"ann","pinned_at":"2020-01-01T00:00:00Z","pin_expires":"2020-01-02T00:00:00Z"}"#,
    ),
    (
        "message.reply_parent",
        r#"message {"id":"x","channel_type":"team","channel_id":"c1","user":"ann","type":"reply"}"#,
        r#"message {"id":"x","channel_type":"team","channel_id":"c1","user":"ann","type":"reply","parent_id":"m1"}"#,
    ),
    (
        "message.show_in_channel",
        r#"message {"id":"x","channel_type":"team","channel_id":"c1","user":"ann","show_in_channel":false}"#,
        r#"message {"id":"x","channel_type":"team","channel_id":"c1","user":"ann","show_in_channel":false,"parent_id":"m1"}"#,
    ),
    (
        "message.reserved",
        r#"message {"id":"x","channel_type":"team","channel_id":"c1","user":"ann","command":"giphy"}"#,
        r#"message {"id":"x","channel_type":"team","channel_id":"c1","user":"ann","commands":"giphy"}"#,
    ),
    (
        "message.attachments",
        r#"message {"id":"x","channel_type":"team","channel_id":"c1","user":"ann","attachments":[<31:{"type":"file"}>]}"#,
        r#"message {"id":"x","channel_type":"team","channel_id":"c1","user":"ann","attachments":[<30:{"type":"file"}>]}"#,
    ),
    (
        "attachment.type",
        r#"message {"id":"x","channel_type":"team","channel_id":"c1","user":"ann","attachments":[{"title":"x"}]}"#,
        r#"message {"id":"x","channel_type":"team","channel_id":"c1","user":"ann","attachments":[{"title":"x","type":"file"}]}"#,
    ),
    (
        "attachment.reserved",
        r#"message {"id":"x","channel_type":"team","channel_id":"c1","user":"ann","attachments":[{"type":"file","custom":{"actions":[]}}]}"#,
        r#"message {"id":"x","channel_type":"team","channel_id":"c1","user":"ann","attachments":[{"type":"file","actions":[]}]}"#,
    ),
    (
        "attachment.url",
        r#"message {"id":"x","channel_type":"team","channel_id":"c1","user":"ann","attachments":[{"type":"file","asset_url":"http://x.example/1"}]}"#,
        r#"message {"id":"x","channel_type":"team","channel_id":"c1","user":"ann","attachments":[{"type":"file","asset_url":"https://x.example/1","title_link":"http://x.example"}]}"#,
    ),
    (
        "message.parent",
        r#"message {"id":"x","channel_type":"team","channel_id":"c1","user":"ann","parent_id":"m9"}"#,
        r#"message {"id":"x","channel_type":"team","channel_id":"c1","user":"ann","parent_id":"m1"}"#,
    ),
    (
        "message.parent_is_reply",
        r#"message {"id":"x","channel_type":"team","channel_id":"c1","user":"ann","parent_id":"m2"}"#,
        r#"message {"id":"x","channel_type":"team","channel_id":"c1","user":"ann","parent_id":"m3"}"#,
    ),
    (
        "message.channel",
        r#"message {"id":"x","channel_type":"messaging","channel_id":"c1","user":"ann"}"#,
        r#"message {"id":"x","channel_type":"team","channel_id":"c1","user":"ann"}"#,
    ),
    (
        "message.distinct_channel",
        r#"message {"id":"x","channel_type":"messaging","channel_member_ids":["ann","bob"],"user":"ann"}"#,
        r#"message {"id":"x","channel_type":"messaging","channel_member_ids":["cy","ann"],"user":"ann"}"#,
    ),
    (
        "message.user",
        r#"message {"id":"x","channel_type":"team","channel_id":"c1","user":"zoe"}"#,
        r#"message {"id":"x","channel_type":"team","channel_id":"c1","user":"dee"}"#,
    ),
    (
        "message.mention",
        r#"message {"id":"x","channel_type":"team","channel_id":"c1","user":"ann","mentioned_users_ids":["bob","zoe"]}"#,
        r#"message {"id":"x","channel_type":"team","channel_id":"c1","user":"ann","mentioned_users_ids":["bob","dee"]}"#,
    ),
    (
        "message.visibility",
        r#"message {"id":"x","channel_type":"team","channel_id":"c1","user":"ann","restricted_visibility":["zoe"]}"#,
        r#"message {"id":"x","channel_type":"team","channel_id":"c1","user":"ann","restricted_visibility":["dee"]}"#,
    ),
    (
        "message.pinner",
        r#"message {"id":"x","channel_type":"team","channel_id":"c1","user":"ann","pinned_by_id":"zoe","pinned_at":"2020-01-01T00:00:00Z"}"#,
        r#"message {"id":"x","channel_type":"team","channel_id":"c1","user":"ann","pinned_by_id":"dee","pinned_at":"2020-01-01T00:00:00Z"}"#,
    ),
    (
        "message.quote",
        r#"message {"id":"x","channel_type":"team","channel_id":"c1","user":"ann","quoted_message_id":"m9"}"#,
        r#"message {"id":"x","channel_type":"team","channel_id":"c1","user":"ann","quoted_message_id":"m4"}"#,
    ),
    (
        "message.text",
        r#"message {"id":"x","channel_type":"team","channel_id":"c1","user":"ann","text":"<20000>é"}"#,
        r#"message {"id":"x","channel_type":"team","channel_id":"c1","user":"ann","text":"<19999>é"}"#,
    ),
    (
        "message.duplicate",
        r#"message {"id":"m1","channel_type":"messaging","channel_member_ids":["cy","ann"],"user":"ann"}"#,
        r#"message {"id":"M1","channel_type":"messaging","channel_member_ids":["cy","ann"],"user":"ann"}"#,
    ),
    (
        "reaction.message_required",
        r#"reaction {"type":"love","user_id":"ann","created_at":"2020-01-01T00:00:00Z"}"#,
        r#"reaction {"message_id":"m1","type":"love","user_id":"ann","created_at":"2020-01-01T00:00:00Z"}"#,
    ),
    (
        "reaction.type_required",
        r#"reaction {"message_id":"m1","user_id":"ann","created_at":"2020-01-01T00:00:00Z"}"#,
        r#"reaction {"message_id":"m1","type":"love","user_id":"ann","created_at":"2020-01-01T00:00:00Z"}"#,
    ),
    (
        "reaction.type_length",
        r#"reaction {"message_id":"m1","type":"<31>","user_id":"ann","created_at":"2020-01-01T00:00:00Z"}"#,
        r#"reaction {"message_id":"m1","type":"<30>","user_id":"ann","created_at":"2020-01-01T00:00:00Z"}"#,
    ),
    (
        "reaction.type_pattern",
        r#"reaction {"message_id":"m1","type":"👍","user_id":"ann","created_at":"2020-01-01T00:00:00Z"}"#,
        r#"reaction {"message_id":"m1","type":"+1_a-b:c.d","user_id":"ann","created_at":"2020-01-01T00:00:00Z"}"#,
    ),
    (
        "reaction.user_required",
        r#"reaction {"message_id":"m1","type":"love","created_at":"2020-01-01T00:00:00Z"}"#,
        r#"reaction {"message_id":"m1","type":"love","user_id":"ann","created_at":"2020-01-01T00:00:00Z"}"#,
    ),
    (
        "reaction.created_at_required",
        r#"reaction {"message_id":"m1","type":"love","user_id":"ann"}"#,
        r#"reaction {"message_id":"m1","type":"love","user_id":"ann","created_at":"2020-01-01T00:00:00Z"}"#,
    ),
    (
        "reaction.reserved",
        r#"reaction {"message_id":"m1","type":"love","user_id":"ann","created_at":"2020-01-01T00:00:00Z","user":{}}"#,
        r#"reaction {"message_id":"m1","type":"love","user_id":"ann","created_at":"2020-01-01T00:00:00Z","score":2}"#,
    ),
    (
        "reaction.message",
        r#"reaction {"message_id":"m9","type":"love","user_id":"ann","created_at":"2020-01-01T00:00:00Z"}"#,
        r#"reaction {"message_id":"d1","type":"love","user_id":"ann","created_at":"2020-01-01T00:00:00Z"}"#,
    ),
    (
        "reaction.user",
        r#"reaction {"message_id":"m1","type":"love","user_id":"zoe","created_at":"2020-01-01T00:00:00Z"}"#,
        r#"reaction {"message_id":"m1","type":"love","user_id":"dee","created_at":"2020-01-01T00:00:00Z"}"#,
    ),
    (
        "reaction.duplicate",
        r#"reaction {"message_id":"m2","type":"love","user_id":"ann","created_at":"2021-01-01T00:00:00Z"}"#,
        r#"reaction {"message_id":"m2","type":"like","user_id":"ann","created_at":"2021-01-01T00:00:00Z"}"#,
    ),
];

/// A file that breaks rules, and the one near it.
pub(crate) struct Case {
    /// The rules that the bad file breaks, with spaces between.
    pub(crate) rules: &'static str,
    pub(crate) bad: Vec<u8>,
    pub(crate) good: Vec<u8>,
}

fn rule(name: &str) -> &'static Rule {
    let found = RULES.iter().find(|rule| rule.name == name);
    found.unwrap_or_else(|| panic!("there is no rule `{name}`"))
}

/// All cases of a set but the large ones.
pub(crate) fn cases(set: RuleSet) -> Vec<Case> {
    let first = |rules: &str| rule(rules.split(' ').next().unwrap_or_default());
    let added = ADDED.iter().filter(|(rules, ..)| first(rules).is_in(set));
    let added = added.map(|(rules, bad, good)| Case {
        rules,
        bad: file(set, &with(bad)).into_bytes(),
        good: file(set, &with(good)).into_bytes(),
    });
    let mut cases: Vec<Case> = added.collect();
    let mut whole = |rules: &'static str, bad: &[u8], good: &[u8]| {
        cases.push(Case {
            rules,
            bad: bad.to_vec(),
            good: good.to_vec(),
        });
    };
    let user = entry(set, r#"user {"id":"no"}"#);
    let one = file(set, &[r#"user {"id":"no"}"#]);
    whole("file.empty", b"", one.as_bytes());
    let mut bytes = file(set, &[r#"user {"id":"no","name":"ab"}"#]).into_bytes();
    let sound = bytes.clone();
    let at = bytes.iter().position(|byte| *byte == b'b').unwrap();
    bytes[at] = 0xe9;
    whole("json.utf8", &bytes, &sound);
    match set {
        RuleSet::Classic => {
            let two = entry(set, r#"user {"id":"yes"}"#);
            whole("file.no_entries", b"[]", one.as_bytes());
            whole("file.format", user.as_bytes(), one.as_bytes());
            let missing = format!("[{user}\n{two}]");
            whole("json.syntax", missing.as_bytes(), one.as_bytes());
            let other = one.replace("\"item\"", "\"data\"");
            whole("entry.item", other.as_bytes(), one.as_bytes());
        }
        _ => {
            let array = format!("[{user}]");
            whole("file.format", array.as_bytes(), one.as_bytes());
            let missing = one.replace("\"no\"}", "\"no\"");
            whole("json.syntax", missing.as_bytes(), one.as_bytes());
            let none = r#"{"type":"user"}"#;
            whole("entry.item", none.as_bytes(), one.as_bytes());
            let more = one.replace(r#"{"type""#, r#"{"v":1,"type""#);
            whole("entry.key", more.as_bytes(), one.as_bytes());
            let mut lines = good();
            let last = lines.remove(0);
            lines.push(last);
            let behind = file(set, &lines);
            whole("order", behind.as_bytes(), file(set, &good()).as_bytes());
        }
    }
    cases
}
