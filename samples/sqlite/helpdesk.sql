-- A help desk of one's own making: names that nobody could guess, numbers for kinds, times in
-- milliseconds, and staff known by address only.
BEGIN TRANSACTION;
CREATE TABLE kase (nr INTEGER PRIMARY KEY, subject TEXT, opened INTEGER, customer TEXT);
INSERT INTO kase VALUES(101,'Dome stuck',1767348000000,'ines@example.org');
INSERT INTO kase VALUES(102,'Lost key',1767434400000,'tobin@example.org');
CREATE TABLE entry (nr INTEGER PRIMARY KEY, kase_nr INTEGER, by_mail TEXT, kind INTEGER, body TEXT, at INTEGER);
INSERT INTO entry VALUES(1,101,'ines@example.org',1,'The dome does not move.',1767348060000);
INSERT INTO entry VALUES(2,101,'maren@example.org',1,'Is the <b>lock</b> open?',1767348120000);
INSERT INTO entry VALUES(3,101,'maren@example.org',2,'internal: call the workshop',1767348180000);
INSERT INTO entry VALUES(4,102,'tobin@example.org',1,'Who has the second key?',1767434460000);
CREATE TABLE scan (entry_nr INTEGER, address TEXT, label TEXT);
INSERT INTO scan VALUES(1,'https://example.org/dome.jpg','dome.jpg');
COMMIT;
