-- An invented msgstore.db of WhatsApp for Android, as of 2023, with the tables and columns that matter.
BEGIN TRANSACTION;
CREATE TABLE props (_id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT UNIQUE, value TEXT);
INSERT INTO props VALUES(1,'user_push_name','Juno Vale');
CREATE TABLE jid (_id INTEGER PRIMARY KEY AUTOINCREMENT, user TEXT NOT NULL, server TEXT NOT NULL, agent INTEGER, device INTEGER, type INTEGER, raw_string TEXT);
INSERT INTO jid VALUES(1,'4915550000001','s.whatsapp.net',0,0,0,'4915550000001@s.whatsapp.net');
INSERT INTO jid VALUES(2,'4915550000002','s.whatsapp.net',0,0,0,'4915550000002@s.whatsapp.net');
INSERT INTO jid VALUES(3,'120363000000000001','g.us',0,0,1,'120363000000000001@g.us');
INSERT INTO jid VALUES(4,'status','broadcast',0,0,5,'status@broadcast');
INSERT INTO jid VALUES(5,'4915550000001','s.whatsapp.net',0,2,17,'4915550000001:2@s.whatsapp.net');
INSERT INTO jid VALUES(6,'880000000000006','lid',0,0,18,'880000000000006@lid');
CREATE TABLE chat (_id INTEGER PRIMARY KEY AUTOINCREMENT, jid_row_id INTEGER UNIQUE, hidden INTEGER, subject TEXT, created_timestamp INTEGER, archived INTEGER, sort_timestamp INTEGER, group_type INTEGER NOT NULL DEFAULT 0);
INSERT INTO chat VALUES(1,1,0,NULL,NULL,0,1767700300000,0);
INSERT INTO chat VALUES(2,3,0,'Allotment 7',1767600000000,0,1767700900000,0);
INSERT INTO chat VALUES(3,4,1,NULL,NULL,0,1767700400000,0);
CREATE TABLE message (_id INTEGER PRIMARY KEY AUTOINCREMENT, chat_row_id INTEGER NOT NULL, from_me INTEGER NOT NULL, key_id TEXT NOT NULL, sender_jid_row_id INTEGER, status INTEGER, broadcast INTEGER, recipient_count INTEGER, origin INTEGER, timestamp INTEGER, received_timestamp INTEGER, message_type INTEGER, text_data TEXT, starred INTEGER, sort_id INTEGER NOT NULL DEFAULT 0, message_add_on_flags INTEGER, view_mode INTEGER);
INSERT INTO message VALUES(1,1,0,'KEY0000000001',0,0,0,0,0,1767700000000,1767700000400,0,'Is the *shed* open?',0,1,1,0);
INSERT INTO message VALUES(2,1,1,'KEY0000000002',0,13,0,0,0,1767700060000,0,0,'yes, key is under the pot',1,2,0,0);
INSERT INTO message VALUES(3,1,0,'KEY0000000003',0,0,0,0,0,1767700120000,1767700120400,1,'the new lock',0,3,0,0);
INSERT INTO message VALUES(4,1,1,'KEY0000000004',0,5,0,0,0,1767700180000,0,15,NULL,0,4,0,0);
INSERT INTO message VALUES(5,1,0,'KEY0000000005',0,0,0,0,0,1767700240000,1767700240400,5,NULL,0,5,0,0);
INSERT INTO message VALUES(6,1,0,'KEY0000000006',0,0,0,0,0,1767700300000,1767700300400,10,NULL,0,6,0,0);
INSERT INTO message VALUES(7,2,0,'KEY0000000007',2,6,0,0,0,1767700360000,0,7,'Allotment 7',0,7,0,0);
INSERT INTO message VALUES(8,2,0,'KEY0000000008',2,6,0,0,0,1767700420000,0,7,'',0,8,0,0);
INSERT INTO message VALUES(9,2,0,'KEY0000000009',2,0,0,0,0,1767700480000,1767700480400,0,'@4915550000001 bring the rake',0,9,1,0);
INSERT INTO message VALUES(10,2,0,'KEY0000000010',1,0,0,0,0,1767700540000,1767700540400,0,'will do',0,10,0,0);
INSERT INTO message VALUES(11,2,0,'KEY0000000011',6,0,0,0,0,1767700600000,1767700600400,4,NULL,0,11,0,0);
INSERT INTO message VALUES(12,2,1,'KEY0000000012',0,13,0,0,0,1767700660000,0,66,'When do we dig?',0,12,0,0);
INSERT INTO message VALUES(13,2,0,'KEY0000000013',2,0,0,0,0,1767700720000,1767700720400,99,NULL,0,13,0,0);
INSERT INTO message VALUES(14,3,0,'KEY0000000014',2,0,0,0,0,1767700400000,1767700400400,0,'at the sea!',0,14,0,0);
-- A copy of message 2 that went to a second chat under the same key.
INSERT INTO message VALUES(15,2,1,'KEY0000000002',0,13,0,0,0,1767700780000,0,0,'key is under the pot',0,15,0,0);
CREATE TABLE message_system (message_row_id INTEGER PRIMARY KEY, action_type INTEGER NOT NULL);
INSERT INTO message_system VALUES(7,1);
INSERT INTO message_system VALUES(8,12);
CREATE TABLE message_media (message_row_id INTEGER PRIMARY KEY, chat_row_id INTEGER, file_path TEXT, file_size INTEGER, media_key BLOB, width INTEGER, height INTEGER, direct_path TEXT, message_url TEXT, mime_type TEXT, file_length INTEGER, media_name TEXT, file_hash TEXT, media_duration INTEGER, media_caption TEXT);
INSERT INTO message_media VALUES(3,1,'Media/WhatsApp Images/IMG-20260106-WA0001.jpg',88012,X'00',1280,960,'/v/invented','https://mmg.whatsapp.example/invented','image/jpeg',88012,NULL,'aW52ZW50ZWQ=',0,NULL);
CREATE TABLE message_location (message_row_id INTEGER PRIMARY KEY, chat_row_id INTEGER, latitude REAL, longitude REAL, place_name TEXT, place_address TEXT, url TEXT);
INSERT INTO message_location VALUES(5,1,53.5461,9.9667,'Landing stage 3','Pier Road 1','https://maps.example/pier3');
CREATE TABLE message_quoted (message_row_id INTEGER PRIMARY KEY AUTOINCREMENT, chat_row_id INTEGER NOT NULL, parent_message_chat_row_id INTEGER NOT NULL, from_me INTEGER NOT NULL, sender_jid_row_id INTEGER, key_id TEXT NOT NULL, timestamp INTEGER, message_type INTEGER, text_data TEXT);
INSERT INTO message_quoted VALUES(2,1,1,0,1,'KEY0000000001',1767700000000,0,'Is the *shed* open?');
CREATE TABLE message_edit_info (message_row_id INTEGER PRIMARY KEY, original_key_id TEXT NOT NULL, edited_timestamp INTEGER NOT NULL, sender_timestamp INTEGER NOT NULL);
INSERT INTO message_edit_info VALUES(10,'KEY0000000010OLD',1767700560000,1767700560000);
CREATE TABLE message_revoked (message_row_id INTEGER PRIMARY KEY, revoked_key_id TEXT NOT NULL, admin_jid_row_id INTEGER, revoke_timestamp INTEGER);
INSERT INTO message_revoked VALUES(4,'KEY0000000004OLD',NULL,1767700200000);
CREATE TABLE message_forwarded (message_row_id INTEGER PRIMARY KEY, forward_score INTEGER);
INSERT INTO message_forwarded VALUES(9,2);
CREATE TABLE message_vcard (_id INTEGER PRIMARY KEY AUTOINCREMENT, message_row_id INTEGER, vcard TEXT);
INSERT INTO message_vcard VALUES(1,11,'BEGIN:VCARD
VERSION:3.0
FN:Seed Shop
END:VCARD');
CREATE TABLE message_add_on (_id INTEGER PRIMARY KEY AUTOINCREMENT, chat_row_id INTEGER, from_me INTEGER, key_id TEXT, sender_jid_row_id INTEGER, parent_message_row_id INTEGER, timestamp INTEGER, message_add_on_type INTEGER, status INTEGER);
INSERT INTO message_add_on VALUES(1,1,1,'ADD1',0,1,1767700010000,56,5);
INSERT INTO message_add_on VALUES(2,2,0,'ADD2',1,9,1767700490000,56,0);
INSERT INTO message_add_on VALUES(3,2,0,'ADD3',6,9,1767700500000,56,0);
INSERT INTO message_add_on VALUES(4,2,0,'ADD4',1,999,1767700510000,56,0);
INSERT INTO message_add_on VALUES(5,3,1,'ADD5',0,14,1767700520000,56,0);
CREATE TABLE message_add_on_reaction (message_add_on_row_id INTEGER PRIMARY KEY, reaction TEXT, sender_timestamp INTEGER);
INSERT INTO message_add_on_reaction VALUES(1,'👍',1767700010500);
INSERT INTO message_add_on_reaction VALUES(2,'🌱',1767700490500);
INSERT INTO message_add_on_reaction VALUES(3,'',1767700500500);
INSERT INTO message_add_on_reaction VALUES(4,'❤️',1767700510500);
INSERT INTO message_add_on_reaction VALUES(5,'😮',1767700520500);
-- What deleted chats leave behind: messages and reactions without a chat, and a chat without its jid.
INSERT INTO chat VALUES(9,99,0,'Gone',NULL,0,1767700800000,0);
INSERT INTO message VALUES(91,99,0,'KEY0000000091',2,0,0,0,0,1767700800000,0,0,'in no chat',0,91,0,0);
INSERT INTO message VALUES(92,9,0,'KEY0000000092',2,0,0,0,0,1767700810000,0,0,'in a chat without a number',0,92,0,0);
INSERT INTO message_add_on_reaction VALUES(91,'👍',1767700820000);
INSERT INTO message_add_on VALUES(92,9,0,'ADD92',2,92,1767700830000,56,0);
INSERT INTO message_add_on_reaction VALUES(92,'👍',1767700830000);
-- A group as the sender is nobody, and a file of which nothing is known.
INSERT INTO message VALUES(93,2,0,'KEY0000000093',3,0,0,0,0,1767700840000,0,0,'from the group itself',0,93,0,0);
INSERT INTO message VALUES(94,2,0,'KEY0000000094',2,0,0,0,0,1767700850000,0,9,NULL,0,94,0,0);
INSERT INTO message_media(message_row_id) VALUES(94);
COMMIT;
