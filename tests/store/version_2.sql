PRAGMA application_id = 1852992633;
PRAGMA user_version = 2;
BEGIN TRANSACTION;
CREATE TABLE bodies (
  message INTEGER PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
  body    BLOB NOT NULL
) STRICT;
INSERT INTO "bodies" VALUES(24,X'6D616E6966657374');
INSERT INTO "bodies" VALUES(346,X'7761697473');
INSERT INTO "bodies" VALUES(347,X'7761697473');
INSERT INTO "bodies" VALUES(348,X'6F6E65');
INSERT INTO "bodies" VALUES(349,X'74776F');
INSERT INTO "bodies" VALUES(350,X'7468726565');
INSERT INTO "bodies" VALUES(352,X'66697665');
INSERT INTO "bodies" VALUES(354,X'626F6479');
INSERT INTO "bodies" VALUES(355,X'626F6479');
INSERT INTO "bodies" VALUES(356,X'626F6479');
INSERT INTO "bodies" VALUES(358,X'626F6479');
INSERT INTO "bodies" VALUES(359,X'626F6479');
INSERT INTO "bodies" VALUES(360,X'626F6479');
INSERT INTO "bodies" VALUES(361,X'626F6479');
INSERT INTO "bodies" VALUES(364,X'6D616E6966657374');
INSERT INTO "bodies" VALUES(366,X'6D616E6966657374');
INSERT INTO "bodies" VALUES(374,X'6D616E6966657374');
CREATE TABLE clock (
  one           INTEGER PRIMARY KEY CHECK (one = 1),
  boot_id       TEXT NOT NULL,
  offset_s      REAL NOT NULL,
  unix_offset_s REAL NOT NULL
) STRICT;
INSERT INTO "clock" VALUES(1,'boot',-1000.0,1000001000.0);
CREATE TABLE connections (
  peer      TEXT    PRIMARY KEY,
  handle    INTEGER NOT NULL DEFAULT -1,
  failures  INTEGER NOT NULL DEFAULT 0,
  due_s     REAL    NOT NULL DEFAULT 0,      -- when it may be asked again
  changed_s REAL    NOT NULL DEFAULT 0,
  down_s    REAL,                            -- since when none could be had; NULL while one is open
  reason    TEXT    NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;
INSERT INTO "connections" VALUES('silent',-1,1,29.0,20.0,20.0,'connection refused');
INSERT INTO "connections" VALUES('there',3,0,0.0,20.0,NULL,'');
CREATE TABLE events (
  seq        INTEGER PRIMARY KEY,
  message    INTEGER NOT NULL,
  event      TEXT    NOT NULL,
  from_state TEXT    NOT NULL,
  to_state   TEXT    NOT NULL,
  walk       TEXT    NOT NULL,               -- every state it passed, in order
  effect     TEXT,
  actor      TEXT    NOT NULL,
  reason     TEXT,
  at_s       REAL    NOT NULL
) STRICT;
INSERT INTO "events" VALUES(1,1,'created','-','S-2','- N-1 N-2 S-1 S-2','cut','importer',NULL,0.0);
INSERT INTO "events" VALUES(2,2,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(3,1,'all-cut','S-2','S-2W','S-2 S-2W',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(4,3,'created','-','S-2','- N-1 N-2 S-1 S-2','cut','importer',NULL,0.0);
INSERT INTO "events" VALUES(5,4,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(6,3,'all-cut','S-2','S-2W','S-2 S-2W',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(7,5,'created','-','S-2','- N-1 N-2 S-1 S-2','cut','importer',NULL,0.0);
INSERT INTO "events" VALUES(8,6,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(9,5,'all-cut','S-2','S-2W','S-2 S-2W',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(10,7,'created','-','S-2','- N-1 N-2 S-1 S-2','cut','importer',NULL,0.0);
INSERT INTO "events" VALUES(11,8,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(12,7,'all-cut','S-2','S-2W','S-2 S-2W',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(13,9,'created','-','S-2','- N-1 N-2 S-1 S-2','cut','importer',NULL,0.0);
INSERT INTO "events" VALUES(14,10,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(15,9,'all-cut','S-2','S-2W','S-2 S-2W',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(16,11,'created','-','S-2','- N-1 N-2 S-1 S-2','cut','importer',NULL,0.0);
INSERT INTO "events" VALUES(17,12,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(18,11,'all-cut','S-2','S-2W','S-2 S-2W',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(19,13,'created','-','S-2','- N-1 N-2 S-1 S-2','cut','importer',NULL,0.0);
INSERT INTO "events" VALUES(20,14,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(21,13,'all-cut','S-2','S-2W','S-2 S-2W',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(22,4,'handed','S-4','S-4W','S-4 S-4W',NULL,'processor_s',NULL,0.0);
INSERT INTO "events" VALUES(23,6,'handed','S-4','S-4W','S-4 S-4W',NULL,'processor_s',NULL,0.0);
INSERT INTO "events" VALUES(24,8,'handed','S-4','S-4W','S-4 S-4W',NULL,'processor_s',NULL,0.0);
INSERT INTO "events" VALUES(25,10,'handed','S-4','S-4W','S-4 S-4W',NULL,'processor_s',NULL,0.0);
INSERT INTO "events" VALUES(26,6,'nacked','S-4W','S-4','S-4W S-1 S-4',NULL,'processor_s','NO_ROOM: its disk is full',0.0);
INSERT INTO "events" VALUES(27,8,'acked','S-4W','F','S-4W S-2W F',NULL,'processor_s',NULL,0.0);
INSERT INTO "events" VALUES(28,7,'pieces-done','S-2W','S-2W','S-2W S-2W',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(29,10,'acked','S-4W','F','S-4W S-2W F',NULL,'processor_s',NULL,0.0);
INSERT INTO "events" VALUES(30,9,'pieces-done','S-2W','S-2W','S-2W S-2W',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(31,15,'arrived','-','F','- N-1 N-2 N-3 N-4 F','receipts','processor_r',NULL,0.0);
INSERT INTO "events" VALUES(32,9,'receipted','S-2W','F','S-2W F','drop','engine',NULL,0.0);
INSERT INTO "events" VALUES(33,11,'cancelled','S-2W','D','S-2W D','drop','person','taken back',0.0);
INSERT INTO "events" VALUES(34,12,'parent-died','S-4','D','S-4 D',NULL,'engine','what it is a piece of died',0.0);
INSERT INTO "events" VALUES(35,13,'cancelled','S-2W','D','S-2W D','drop','person','taken back',0.0);
INSERT INTO "events" VALUES(36,14,'parent-died','S-4','D','S-4 D',NULL,'engine','what it is a piece of died',0.0);
INSERT INTO "events" VALUES(37,13,'retry','D','S-2','D N-1 N-2 S-1 S-2','cut','person',NULL,0.0);
INSERT INTO "events" VALUES(38,16,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(39,13,'all-cut','S-2','S-2W','S-2 S-2W',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(40,17,'created','-','S-2','- N-1 N-2 S-1 S-2','cut','importer',NULL,0.0);
INSERT INTO "events" VALUES(41,18,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(42,19,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(43,20,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(44,21,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(45,22,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(46,17,'all-cut','S-2','S-2W','S-2 S-2W',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(47,23,'created','-','S-2','- N-1 N-2 S-1 S-2','cut','importer',NULL,0.0);
INSERT INTO "events" VALUES(48,24,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(49,25,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(50,26,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(51,27,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(52,28,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(53,23,'all-cut','S-2','S-2W','S-2 S-2W',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(54,24,'handed','S-4','S-4W','S-4 S-4W',NULL,'processor_s',NULL,0.0);
INSERT INTO "events" VALUES(55,24,'acked','S-4W','F','S-4W F',NULL,'processor_s',NULL,0.0);
INSERT INTO "events" VALUES(56,25,'handed','S-4','S-4W','S-4 S-4W',NULL,'processor_s',NULL,0.0);
INSERT INTO "events" VALUES(57,25,'acked','S-4W','F','S-4W F',NULL,'processor_s',NULL,0.0);
INSERT INTO "events" VALUES(58,26,'handed','S-4','S-4W','S-4 S-4W',NULL,'processor_s',NULL,0.0);
INSERT INTO "events" VALUES(59,27,'handed','S-4','S-4W','S-4 S-4W',NULL,'processor_s',NULL,0.0);
INSERT INTO "events" VALUES(60,27,'nacked','S-4W','S-4','S-4W S-1 S-4',NULL,'processor_s','NO_ROOM: its disk is full',0.0);
INSERT INTO "events" VALUES(61,29,'created','-','S-2','- N-1 N-2 S-1 S-2','cut','importer',NULL,0.0);
INSERT INTO "events" VALUES(62,30,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(63,31,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(64,32,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(65,33,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(66,29,'all-cut','S-2','S-2W','S-2 S-2W',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(67,30,'handed','S-4','S-4W','S-4 S-4W',NULL,'processor_s',NULL,0.0);
INSERT INTO "events" VALUES(68,34,'created','-','S-2','- N-1 N-2 S-1 S-2','cut','importer',NULL,0.0);
INSERT INTO "events" VALUES(69,35,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(70,36,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(71,37,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(72,38,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(73,39,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(74,40,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(75,41,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(76,42,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(77,43,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(78,44,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(79,45,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(80,46,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(81,47,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(82,48,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(83,49,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(84,50,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(85,51,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(86,52,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(87,53,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(88,54,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(89,55,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(90,56,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(91,57,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(92,58,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(93,59,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(94,60,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(95,61,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(96,62,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(97,63,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(98,64,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(99,65,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(100,66,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(101,67,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(102,68,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(103,69,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(104,70,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(105,71,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(106,72,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(107,73,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(108,74,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(109,75,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(110,76,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(111,77,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(112,78,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(113,79,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(114,80,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(115,81,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(116,82,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(117,83,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(118,84,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(119,85,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(120,86,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(121,87,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(122,88,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(123,89,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(124,90,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(125,91,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(126,92,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(127,93,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(128,94,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(129,95,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(130,96,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(131,97,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(132,98,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(133,99,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(134,100,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(135,101,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(136,102,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(137,103,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(138,104,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(139,105,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(140,106,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(141,107,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(142,108,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(143,109,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(144,110,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(145,111,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(146,112,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(147,113,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(148,114,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(149,115,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(150,116,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(151,117,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(152,118,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(153,119,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(154,120,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(155,121,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(156,122,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(157,123,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(158,124,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(159,125,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(160,126,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(161,127,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(162,128,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(163,129,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(164,130,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(165,131,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(166,132,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(167,133,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(168,134,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(169,135,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(170,136,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(171,137,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(172,138,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(173,139,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(174,140,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(175,141,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(176,142,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(177,143,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(178,144,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(179,145,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(180,146,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(181,147,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(182,148,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(183,149,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(184,150,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(185,151,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(186,152,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(187,153,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(188,154,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(189,155,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(190,156,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(191,157,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(192,158,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(193,159,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(194,160,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(195,161,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(196,162,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(197,163,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(198,164,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(199,165,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(200,166,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(201,167,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(202,168,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(203,169,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(204,170,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(205,171,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(206,172,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(207,173,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(208,174,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(209,175,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(210,176,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(211,177,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(212,178,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(213,179,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(214,180,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(215,181,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(216,182,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(217,183,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(218,184,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(219,185,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(220,186,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(221,187,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(222,188,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(223,189,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(224,190,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(225,191,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(226,192,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(227,193,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(228,194,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(229,195,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(230,196,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(231,197,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(232,198,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(233,199,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(234,200,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(235,201,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(236,202,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(237,203,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(238,204,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(239,205,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(240,206,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(241,207,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(242,208,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(243,209,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(244,210,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(245,211,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(246,212,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(247,213,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(248,214,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(249,215,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(250,216,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(251,217,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(252,218,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(253,219,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(254,220,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(255,221,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(256,222,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(257,223,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(258,224,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(259,225,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(260,226,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(261,227,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(262,228,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(263,229,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(264,230,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(265,231,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(266,232,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(267,233,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(268,234,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(269,235,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(270,236,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(271,237,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(272,238,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(273,239,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(274,240,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(275,241,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(276,242,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(277,243,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(278,244,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(279,245,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(280,246,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(281,247,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(282,248,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(283,249,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(284,250,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(285,251,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(286,252,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(287,253,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(288,254,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(289,255,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(290,256,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(291,257,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(292,258,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(293,259,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(294,260,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(295,261,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(296,262,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(297,263,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(298,264,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(299,265,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(300,266,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(301,267,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(302,268,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(303,269,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(304,270,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(305,271,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(306,272,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(307,273,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(308,274,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(309,275,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(310,276,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(311,277,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(312,278,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(313,279,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(314,280,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(315,281,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(316,282,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(317,283,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(318,284,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(319,285,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(320,286,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(321,287,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(322,288,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(323,289,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(324,290,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(325,291,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(326,292,'created','-','S-2','- N-1 N-2 S-1 S-2','cut','importer',NULL,0.0);
INSERT INTO "events" VALUES(327,293,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(328,294,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(329,295,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(330,296,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(331,292,'all-cut','S-2','S-2W','S-2 S-2W',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(332,294,'changed','S-4','D','S-4 D',NULL,'processor_s','the file changed while it was being sent',0.0);
INSERT INTO "events" VALUES(333,292,'piece-died','S-2W','D','S-2W D','drop','engine','piece 294: the file changed while it was being sent',0.0);
INSERT INTO "events" VALUES(334,295,'parent-died','S-4','D','S-4 D',NULL,'engine','what it is a piece of died',0.0);
INSERT INTO "events" VALUES(335,296,'parent-died','S-4','D','S-4 D',NULL,'engine','what it is a piece of died',0.0);
INSERT INTO "events" VALUES(336,293,'parent-died','S-4','D','S-4 D',NULL,'engine','what it is a piece of died',0.0);
INSERT INTO "events" VALUES(337,297,'created','-','S-1','- N-1 N-2 S-1 S-1','hello','importer',NULL,0.0);
INSERT INTO "events" VALUES(338,298,'made','-','S-5','- N-1 N-2 S-1 S-5',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(339,299,'created','-','S-1','- N-1 N-2 S-1 S-1',NULL,'importer',NULL,0.0);
INSERT INTO "events" VALUES(340,300,'created','-','S-2','- N-1 N-2 S-1 S-2','cut','importer',NULL,0.0);
INSERT INTO "events" VALUES(341,301,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(342,302,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(343,303,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(344,304,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(345,305,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(346,300,'all-cut','S-2','S-2W','S-2 S-2W',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(347,301,'handed','S-4','S-4W','S-4 S-4W',NULL,'processor_s',NULL,0.0);
INSERT INTO "events" VALUES(348,301,'acked','S-4W','F','S-4W F',NULL,'processor_s',NULL,0.0);
INSERT INTO "events" VALUES(349,302,'handed','S-4','S-4W','S-4 S-4W',NULL,'processor_s',NULL,0.0);
INSERT INTO "events" VALUES(350,306,'created','-','S-2','- N-1 N-2 S-1 S-2','cut','importer',NULL,0.0);
INSERT INTO "events" VALUES(351,307,'cut','-','S-4','- S-4',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(352,306,'all-cut','S-2','S-2W','S-2 S-2W',NULL,'engine',NULL,0.0);
INSERT INTO "events" VALUES(353,307,'resized','S-4','S-1','S-4 S-1 S-1','hello','engine',NULL,20.0);
INSERT INTO "events" VALUES(354,308,'made','-','S-5','- N-1 N-2 S-1 S-5',NULL,'engine',NULL,20.0);
INSERT INTO "events" VALUES(355,303,'resized','S-4','S-1','S-4 S-1 S-1','hello','engine',NULL,20.0);
INSERT INTO "events" VALUES(356,304,'resized','S-4','S-1','S-4 S-1 S-1','hello','engine',NULL,20.0);
INSERT INTO "events" VALUES(357,305,'resized','S-4','S-1','S-4 S-1 S-1','hello','engine',NULL,20.0);
INSERT INTO "events" VALUES(358,309,'created','-','S-2','- N-1 N-2 S-1 S-2','cut','importer',NULL,20.0);
INSERT INTO "events" VALUES(359,310,'cut','-','S-4','- S-4',NULL,'engine',NULL,20.0);
INSERT INTO "events" VALUES(360,311,'cut','-','S-4','- S-4',NULL,'engine',NULL,20.0);
INSERT INTO "events" VALUES(361,312,'cut','-','S-4','- S-4',NULL,'engine',NULL,20.0);
INSERT INTO "events" VALUES(362,309,'all-cut','S-2','S-2W','S-2 S-2W',NULL,'engine',NULL,20.0);
INSERT INTO "events" VALUES(363,310,'handed','S-4','S-4W','S-4 S-4W',NULL,'processor_s',NULL,20.0);
INSERT INTO "events" VALUES(364,310,'acked','S-4W','F','S-4W F',NULL,'processor_s',NULL,20.0);
INSERT INTO "events" VALUES(365,313,'created','-','S-2','- N-1 N-2 S-1 S-2','cut','importer',NULL,20.0);
INSERT INTO "events" VALUES(366,314,'cut','-','S-4','- S-4',NULL,'engine',NULL,20.0);
INSERT INTO "events" VALUES(367,313,'all-cut','S-2','S-2W','S-2 S-2W',NULL,'engine',NULL,20.0);
INSERT INTO "events" VALUES(368,315,'created','-','S-2','- N-1 N-2 S-1 S-2','cut','importer',NULL,20.0);
INSERT INTO "events" VALUES(369,316,'cut','-','S-4','- S-4',NULL,'engine',NULL,20.0);
INSERT INTO "events" VALUES(370,315,'all-cut','S-2','S-2W','S-2 S-2W',NULL,'engine',NULL,20.0);
INSERT INTO "events" VALUES(371,316,'handed','S-4','S-4W','S-4 S-4W',NULL,'processor_s',NULL,20.0);
INSERT INTO "events" VALUES(372,317,'arrived','-','S-4','- N-1 N-2 S-1 S-4',NULL,'processor_r',NULL,20.0);
INSERT INTO "events" VALUES(373,314,'resized','S-4','S-2','S-4 S-1 S-2','cut','engine',NULL,20.0);
INSERT INTO "events" VALUES(374,318,'cut','-','S-4','- S-4',NULL,'engine',NULL,20.0);
INSERT INTO "events" VALUES(375,319,'cut','-','S-4','- S-4',NULL,'engine',NULL,20.0);
INSERT INTO "events" VALUES(376,320,'cut','-','S-4','- S-4',NULL,'engine',NULL,20.0);
INSERT INTO "events" VALUES(377,314,'all-cut','S-2','S-2W','S-2 S-2W',NULL,'engine',NULL,20.0);
INSERT INTO "events" VALUES(378,317,'resized','S-4','S-2','S-4 S-1 S-2','cut','engine',NULL,20.0);
INSERT INTO "events" VALUES(379,321,'cut','-','S-4','- S-4',NULL,'engine',NULL,20.0);
INSERT INTO "events" VALUES(380,322,'cut','-','S-4','- S-4',NULL,'engine',NULL,20.0);
INSERT INTO "events" VALUES(381,323,'cut','-','S-4','- S-4',NULL,'engine',NULL,20.0);
INSERT INTO "events" VALUES(382,317,'all-cut','S-2','S-2W','S-2 S-2W',NULL,'engine',NULL,20.0);
INSERT INTO "events" VALUES(383,311,'resized','S-4','S-2','S-4 S-1 S-2','cut','engine',NULL,20.0);
INSERT INTO "events" VALUES(384,324,'cut','-','S-4','- S-4',NULL,'engine',NULL,20.0);
INSERT INTO "events" VALUES(385,325,'cut','-','S-4','- S-4',NULL,'engine',NULL,20.0);
INSERT INTO "events" VALUES(386,326,'cut','-','S-4','- S-4',NULL,'engine',NULL,20.0);
INSERT INTO "events" VALUES(387,327,'cut','-','S-4','- S-4',NULL,'engine',NULL,20.0);
INSERT INTO "events" VALUES(388,328,'cut','-','S-4','- S-4',NULL,'engine',NULL,20.0);
INSERT INTO "events" VALUES(389,329,'cut','-','S-4','- S-4',NULL,'engine',NULL,20.0);
INSERT INTO "events" VALUES(390,330,'cut','-','S-4','- S-4',NULL,'engine',NULL,20.0);
INSERT INTO "events" VALUES(391,331,'cut','-','S-4','- S-4',NULL,'engine',NULL,20.0);
INSERT INTO "events" VALUES(392,332,'cut','-','S-4','- S-4',NULL,'engine',NULL,20.0);
INSERT INTO "events" VALUES(393,333,'cut','-','S-4','- S-4',NULL,'engine',NULL,20.0);
INSERT INTO "events" VALUES(394,334,'cut','-','S-4','- S-4',NULL,'engine',NULL,20.0);
INSERT INTO "events" VALUES(395,335,'cut','-','S-4','- S-4',NULL,'engine',NULL,20.0);
INSERT INTO "events" VALUES(396,336,'cut','-','S-4','- S-4',NULL,'engine',NULL,20.0);
INSERT INTO "events" VALUES(397,337,'cut','-','S-4','- S-4',NULL,'engine',NULL,20.0);
INSERT INTO "events" VALUES(398,338,'cut','-','S-4','- S-4',NULL,'engine',NULL,20.0);
INSERT INTO "events" VALUES(399,339,'cut','-','S-4','- S-4',NULL,'engine',NULL,20.0);
INSERT INTO "events" VALUES(400,311,'all-cut','S-2','S-2W','S-2 S-2W',NULL,'engine',NULL,20.0);
INSERT INTO "events" VALUES(401,312,'resized','S-4','S-2','S-4 S-1 S-2','cut','engine',NULL,20.0);
INSERT INTO "events" VALUES(402,340,'cut','-','S-4','- S-4',NULL,'engine',NULL,20.0);
INSERT INTO "events" VALUES(403,341,'cut','-','S-4','- S-4',NULL,'engine',NULL,20.0);
INSERT INTO "events" VALUES(404,342,'cut','-','S-4','- S-4',NULL,'engine',NULL,20.0);
INSERT INTO "events" VALUES(405,312,'all-cut','S-2','S-2W','S-2 S-2W',NULL,'engine',NULL,20.0);
INSERT INTO "events" VALUES(406,316,'lost','S-4W','S-2','S-4W S-1 S-2','cut','processor_s',NULL,20.0);
INSERT INTO "events" VALUES(407,343,'cut','-','S-4','- S-4',NULL,'engine',NULL,20.0);
INSERT INTO "events" VALUES(408,344,'cut','-','S-4','- S-4',NULL,'engine',NULL,20.0);
INSERT INTO "events" VALUES(409,345,'cut','-','S-4','- S-4',NULL,'engine',NULL,20.0);
INSERT INTO "events" VALUES(410,316,'all-cut','S-2','S-2W','S-2 S-2W',NULL,'engine',NULL,20.0);
INSERT INTO "events" VALUES(411,318,'handed','S-4','S-4W','S-4 S-4W',NULL,'processor_s',NULL,20.0);
INSERT INTO "events" VALUES(412,318,'acked','S-4W','F','S-4W S-2W F',NULL,'processor_s',NULL,20.0);
INSERT INTO "events" VALUES(413,319,'handed','S-4','S-4W','S-4 S-4W',NULL,'processor_s',NULL,20.0);
INSERT INTO "events" VALUES(414,343,'handed','S-4','S-4W','S-4 S-4W',NULL,'processor_s',NULL,20.0);
INSERT INTO "events" VALUES(415,343,'acked','S-4W','F','S-4W S-2W F',NULL,'processor_s',NULL,20.0);
INSERT INTO "events" VALUES(416,344,'handed','S-4','S-4W','S-4 S-4W',NULL,'processor_s',NULL,20.0);
INSERT INTO "events" VALUES(417,321,'handed','S-4','S-4W','S-4 S-4W',NULL,'processor_s',NULL,20.0);
INSERT INTO "events" VALUES(418,321,'acked','S-4W','F','S-4W S-2W F',NULL,'processor_s',NULL,20.0);
INSERT INTO "events" VALUES(419,322,'handed','S-4','S-4W','S-4 S-4W',NULL,'processor_s',NULL,20.0);
INSERT INTO "events" VALUES(420,324,'handed','S-4','S-4W','S-4 S-4W',NULL,'processor_s',NULL,20.0);
INSERT INTO "events" VALUES(421,324,'acked','S-4W','F','S-4W F',NULL,'processor_s',NULL,20.0);
INSERT INTO "events" VALUES(422,346,'created','-','S-1','- N-1 N-2 S-1 S-1','hello','person',NULL,20.0);
INSERT INTO "events" VALUES(423,347,'created','-','S-1','- N-1 N-2 S-1 S-1',NULL,'person',NULL,20.0);
INSERT INTO "events" VALUES(424,348,'created','-','S-4','- N-1 N-2 S-1 S-4',NULL,'person',NULL,20.0);
INSERT INTO "events" VALUES(425,349,'created','-','S-4','- N-1 N-2 S-1 S-4',NULL,'person',NULL,20.0);
INSERT INTO "events" VALUES(426,350,'created','-','S-4','- N-1 N-2 S-1 S-4',NULL,'person',NULL,20.0);
INSERT INTO "events" VALUES(427,351,'created','-','S-4','- N-1 N-2 S-1 S-4',NULL,'person',NULL,20.0);
INSERT INTO "events" VALUES(428,352,'created','-','S-4','- N-1 N-2 S-1 S-4',NULL,'person',NULL,20.0);
INSERT INTO "events" VALUES(429,349,'handed','S-4','S-4W','S-4 S-4W',NULL,'processor_s',NULL,20.0);
INSERT INTO "events" VALUES(430,350,'handed','S-4','S-4W','S-4 S-4W',NULL,'processor_s',NULL,20.0);
INSERT INTO "events" VALUES(431,351,'handed','S-4','S-4W','S-4 S-4W',NULL,'processor_s',NULL,20.0);
INSERT INTO "events" VALUES(432,350,'acked','S-4W','S-2W','S-4W S-2W',NULL,'processor_s',NULL,20.0);
INSERT INTO "events" VALUES(433,351,'acked','S-4W','S-2W','S-4W S-2W',NULL,'processor_s',NULL,20.0);
INSERT INTO "events" VALUES(434,353,'arrived','-','F','- N-1 N-2 N-3 N-4 F','receipts','processor_r',NULL,20.0);
INSERT INTO "events" VALUES(435,351,'receipted','S-2W','F','S-2W F','drop','engine',NULL,20.0);
INSERT INTO "events" VALUES(436,352,'cancelled','S-4','D','S-4 D',NULL,'person','taken back',20.0);
INSERT INTO "events" VALUES(437,354,'made','-','S-1','- N-1 N-2 S-1 S-1','hello','processor_s',NULL,20.0);
INSERT INTO "events" VALUES(438,355,'made','-','S-4','- N-1 N-2 S-1 S-4',NULL,'processor_s',NULL,20.0);
INSERT INTO "events" VALUES(439,356,'made','-','S-4','- N-1 N-2 S-1 S-4',NULL,'processor_s',NULL,20.0);
INSERT INTO "events" VALUES(440,356,'handed','S-4','S-4W','S-4 S-4W',NULL,'processor_s',NULL,20.0);
INSERT INTO "events" VALUES(441,357,'made','-','S-4','- N-1 N-2 S-1 S-4',NULL,'processor_s',NULL,20.0);
INSERT INTO "events" VALUES(442,357,'handed','S-4','S-4W','S-4 S-4W',NULL,'processor_s',NULL,20.0);
INSERT INTO "events" VALUES(443,357,'acked','S-4W','F','S-4W F',NULL,'processor_s',NULL,20.0);
INSERT INTO "events" VALUES(444,358,'made','-','S-4','- N-1 N-2 S-1 S-4',NULL,'processor_s',NULL,20.0);
INSERT INTO "events" VALUES(445,358,'handed','S-4','S-4W','S-4 S-4W',NULL,'processor_s',NULL,20.0);
INSERT INTO "events" VALUES(446,358,'refused','S-4W','D','S-4W D',NULL,'processor_s','refused for good',20.0);
INSERT INTO "events" VALUES(447,359,'made','-','S-1','- N-1 N-2 S-1 S-1','hello','processor_s',NULL,20.0);
INSERT INTO "events" VALUES(448,360,'made','-','S-4','- N-1 N-2 S-1 S-4',NULL,'processor_s',NULL,20.0);
INSERT INTO "events" VALUES(449,361,'made','-','S-4','- N-1 N-2 S-1 S-4',NULL,'processor_s',NULL,20.0);
INSERT INTO "events" VALUES(450,361,'handed','S-4','S-4W','S-4 S-4W',NULL,'processor_s',NULL,20.0);
INSERT INTO "events" VALUES(451,362,'made','-','S-4','- N-1 N-2 S-1 S-4',NULL,'processor_s',NULL,20.0);
INSERT INTO "events" VALUES(452,362,'handed','S-4','S-4W','S-4 S-4W',NULL,'processor_s',NULL,20.0);
INSERT INTO "events" VALUES(453,362,'acked','S-4W','F','S-4W F',NULL,'processor_s',NULL,20.0);
INSERT INTO "events" VALUES(454,363,'made','-','S-4','- N-1 N-2 S-1 S-4',NULL,'processor_s',NULL,20.0);
INSERT INTO "events" VALUES(455,363,'handed','S-4','S-4W','S-4 S-4W',NULL,'processor_s',NULL,20.0);
INSERT INTO "events" VALUES(456,363,'refused','S-4W','D','S-4W D',NULL,'processor_s','refused for good',20.0);
INSERT INTO "events" VALUES(457,364,'arrived','-','N-4','- N-1 N-2 N-3 N-4',NULL,'processor_r',NULL,20.0);
INSERT INTO "events" VALUES(458,365,'arrived','-','F','- N-1 N-2 N-3 N-4 F','cover','processor_r',NULL,20.0);
INSERT INTO "events" VALUES(459,366,'arrived','-','N-4','- N-1 N-2 N-3 N-4',NULL,'processor_r',NULL,20.0);
INSERT INTO "events" VALUES(460,367,'arrived','-','F','- N-1 N-2 N-3 N-4 F','cover','processor_r',NULL,20.0);
INSERT INTO "events" VALUES(461,368,'arrived','-','F','- N-1 N-2 N-3 N-4 F','cover','processor_r',NULL,20.0);
INSERT INTO "events" VALUES(462,369,'arrived','-','F','- N-1 N-2 N-3 N-4 F','cover','processor_r',NULL,20.0);
INSERT INTO "events" VALUES(463,370,'arrived','-','N-4','- N-1 N-2 N-3 N-4',NULL,'processor_r',NULL,20.0);
INSERT INTO "events" VALUES(464,371,'arrived','-','F','- N-1 N-2 N-3 N-4 F','cover','processor_r',NULL,20.0);
INSERT INTO "events" VALUES(465,372,'arrived','-','F','- N-1 N-2 N-3 N-4 F','cover','processor_r',NULL,20.0);
INSERT INTO "events" VALUES(466,373,'arrived','-','F','- N-1 N-2 N-3 N-4 F','cover','processor_r',NULL,20.0);
INSERT INTO "events" VALUES(467,370,'exported','N-4','F','N-4 F','confirm','exporter',NULL,20.0);
INSERT INTO "events" VALUES(468,374,'arrived','-','N-4','- N-1 N-2 N-3 N-4',NULL,'processor_r',NULL,20.0);
INSERT INTO "events" VALUES(469,375,'arrived','-','F','- N-1 N-2 N-3 N-4 F','cover','processor_r',NULL,20.0);
INSERT INTO "events" VALUES(470,376,'arrived','-','F','- N-1 N-2 N-3 N-4 F','receipts','processor_r',NULL,20.0);
INSERT INTO "events" VALUES(471,374,'withdrawn','N-4','D','N-4 D',NULL,'engine','name of there gave it up: it was taken back',20.0);
INSERT INTO "events" VALUES(472,377,'arrived','-','N-4','- N-1 N-2 N-3 N-4',NULL,'processor_r',NULL,20.0);
INSERT INTO "events" VALUES(473,378,'arrived','-','N-4','- N-1 N-2 N-3 N-4',NULL,'processor_r',NULL,20.0);
INSERT INTO "events" VALUES(474,378,'exported','N-4','F','N-4 F','confirm','exporter',NULL,20.0);
INSERT INTO "events" VALUES(475,379,'arrived','-','N-4','- N-1 N-2 N-3 N-4',NULL,'processor_r',NULL,20.0);
INSERT INTO "events" VALUES(476,379,'undeliverable','N-4','D','N-4 D','fail','exporter','it cannot be put into the inbox',20.0);
INSERT INTO "events" VALUES(477,380,'arrived','-','N-4','- N-1 N-2 N-3 N-4',NULL,'processor_r',NULL,20.0);
INSERT INTO "events" VALUES(478,381,'arrived','-','D','- N-1 D',NULL,'processor_r','the body is not what was sent',20.0);
INSERT INTO "events" VALUES(479,382,'arrived','-','D','- N-1 N-2 N-3 D',NULL,'processor_r','unknown type',20.0);
INSERT INTO "events" VALUES(480,383,'arrived','-','F','- N-1 N-2 N-3 N-4 F','confirm','processor_r',NULL,20.0);
INSERT INTO "events" VALUES(481,384,'arrived','-','F','- N-1 N-2 N-3 N-4 F','confirm','processor_r',NULL,20.0);
INSERT INTO "events" VALUES(482,385,'arrived','-','F','- N-1 N-2 N-3 N-4 F','seen','processor_r',NULL,20.0);
INSERT INTO "events" VALUES(483,386,'arrived','-','S-1','- N-1 N-2 S-1 S-1','hello','processor_r',NULL,20.0);
INSERT INTO "events" VALUES(484,387,'arrived','-','S-1','- N-1 N-2 S-1 S-1','hello','processor_r',NULL,20.0);
INSERT INTO "events" VALUES(485,388,'arrived','-','S-1','- N-1 N-2 S-1 S-1','hello','processor_r',NULL,20.0);
INSERT INTO "events" VALUES(486,389,'arrived','-','S-1','- N-1 N-2 S-1 S-1','hello','processor_r',NULL,20.0);
INSERT INTO "events" VALUES(487,390,'arrived','-','S-4','- N-1 N-2 S-1 S-4',NULL,'processor_r',NULL,20.0);
INSERT INTO "events" VALUES(488,391,'arrived','-','S-4','- N-1 N-2 S-1 S-4',NULL,'processor_r',NULL,20.0);
INSERT INTO "events" VALUES(489,392,'arrived','-','S-4','- N-1 N-2 S-1 S-4',NULL,'processor_r',NULL,20.0);
INSERT INTO "events" VALUES(490,393,'arrived','-','S-4','- N-1 N-2 S-1 S-4',NULL,'processor_r',NULL,20.0);
INSERT INTO "events" VALUES(491,394,'arrived','-','S-4','- N-1 N-2 S-1 S-4',NULL,'processor_r',NULL,20.0);
INSERT INTO "events" VALUES(492,394,'handed','S-4','S-4W','S-4 S-4W',NULL,'processor_s',NULL,20.0);
INSERT INTO "events" VALUES(493,395,'arrived','-','S-4','- N-1 N-2 S-1 S-4',NULL,'processor_r',NULL,20.0);
INSERT INTO "events" VALUES(494,395,'handed','S-4','S-4W','S-4 S-4W',NULL,'processor_s',NULL,20.0);
INSERT INTO "events" VALUES(495,396,'arrived','-','S-4','- N-1 N-2 S-1 S-4',NULL,'processor_r',NULL,20.0);
INSERT INTO "events" VALUES(496,396,'handed','S-4','S-4W','S-4 S-4W',NULL,'processor_s',NULL,20.0);
INSERT INTO "events" VALUES(497,397,'arrived','-','S-4','- N-1 N-2 S-1 S-4',NULL,'processor_r',NULL,20.0);
INSERT INTO "events" VALUES(498,397,'handed','S-4','S-4W','S-4 S-4W',NULL,'processor_s',NULL,20.0);
INSERT INTO "events" VALUES(499,398,'arrived','-','S-4','- N-1 N-2 S-1 S-4',NULL,'processor_r',NULL,20.0);
INSERT INTO "events" VALUES(500,398,'handed','S-4','S-4W','S-4 S-4W',NULL,'processor_s',NULL,20.0);
INSERT INTO "events" VALUES(501,398,'acked','S-4W','F','S-4W S-2W F',NULL,'processor_s',NULL,20.0);
INSERT INTO "events" VALUES(502,399,'arrived','-','S-4','- N-1 N-2 S-1 S-4',NULL,'processor_r',NULL,20.0);
INSERT INTO "events" VALUES(503,399,'handed','S-4','S-4W','S-4 S-4W',NULL,'processor_s',NULL,20.0);
INSERT INTO "events" VALUES(504,399,'acked','S-4W','F','S-4W F',NULL,'processor_s',NULL,20.0);
INSERT INTO "events" VALUES(505,400,'arrived','-','S-4','- N-1 N-2 S-1 S-4',NULL,'processor_r',NULL,20.0);
INSERT INTO "events" VALUES(506,400,'handed','S-4','S-4W','S-4 S-4W',NULL,'processor_s',NULL,20.0);
INSERT INTO "events" VALUES(507,400,'acked','S-4W','F','S-4W F',NULL,'processor_s',NULL,20.0);
INSERT INTO "events" VALUES(508,401,'arrived','-','S-4','- N-1 N-2 S-1 S-4',NULL,'processor_r',NULL,20.0);
INSERT INTO "events" VALUES(509,401,'handed','S-4','S-4W','S-4 S-4W',NULL,'processor_s',NULL,20.0);
INSERT INTO "events" VALUES(510,401,'acked','S-4W','F','S-4W F',NULL,'processor_s',NULL,20.0);
INSERT INTO "events" VALUES(511,402,'arrived','-','S-4','- N-1 N-2 S-1 S-4',NULL,'processor_r',NULL,20.0);
INSERT INTO "events" VALUES(512,402,'handed','S-4','S-4W','S-4 S-4W',NULL,'processor_s',NULL,20.0);
INSERT INTO "events" VALUES(513,402,'refused','S-4W','D','S-4W D',NULL,'processor_s','refused for good',20.0);
INSERT INTO "events" VALUES(514,403,'arrived','-','S-4','- N-1 N-2 S-1 S-4',NULL,'processor_r',NULL,20.0);
INSERT INTO "events" VALUES(515,403,'handed','S-4','S-4W','S-4 S-4W',NULL,'processor_s',NULL,20.0);
INSERT INTO "events" VALUES(516,403,'refused','S-4W','D','S-4W D',NULL,'processor_s','refused for good',20.0);
INSERT INTO "events" VALUES(517,404,'arrived','-','S-4','- N-1 N-2 S-1 S-4',NULL,'processor_r',NULL,20.0);
INSERT INTO "events" VALUES(518,404,'handed','S-4','S-4W','S-4 S-4W',NULL,'processor_s',NULL,20.0);
INSERT INTO "events" VALUES(519,404,'refused','S-4W','D','S-4W D',NULL,'processor_s','refused for good',20.0);
INSERT INTO "events" VALUES(520,405,'arrived','-','S-4','- N-1 N-2 S-1 S-4',NULL,'processor_r',NULL,20.0);
INSERT INTO "events" VALUES(521,405,'handed','S-4','S-4W','S-4 S-4W',NULL,'processor_s',NULL,20.0);
INSERT INTO "events" VALUES(522,405,'refused','S-4W','D','S-4W D',NULL,'processor_s','refused for good',20.0);
INSERT INTO "events" VALUES(523,406,'arrived','-','F','- N-1 N-2 N-3 N-4 F','settle','initial_receiver',NULL,20.0);
INSERT INTO "events" VALUES(524,407,'made','-','S-5','- N-1 N-2 S-1 S-5',NULL,'engine',NULL,20.0);
INSERT INTO "events" VALUES(525,408,'arrived','-','F','- N-1 N-2 N-3 N-4 F','settle','initial_receiver',NULL,20.0);
INSERT INTO "events" VALUES(526,409,'made','-','S-5','- N-1 N-2 S-1 S-5',NULL,'engine',NULL,20.0);
INSERT INTO "events" VALUES(527,409,'sent','S-5','F','S-5 F',NULL,'initial_sender',NULL,20.0);
INSERT INTO "events" VALUES(528,410,'arrived','-','F','- N-1 N-2 N-3 N-4 F','settle','initial_receiver',NULL,20.0);
INSERT INTO "events" VALUES(529,303,'size-known','S-1','S-4','S-1 S-1 S-4',NULL,'engine',NULL,20.0);
INSERT INTO "events" VALUES(530,304,'size-known','S-1','S-4','S-1 S-1 S-4',NULL,'engine',NULL,20.0);
INSERT INTO "events" VALUES(531,305,'size-known','S-1','S-4','S-1 S-1 S-4',NULL,'engine',NULL,20.0);
INSERT INTO "events" VALUES(532,307,'size-known','S-1','S-4','S-1 S-1 S-4',NULL,'engine',NULL,20.0);
INSERT INTO "events" VALUES(533,411,'made','-','S-5','- N-1 N-2 S-1 S-5',NULL,'engine',NULL,20.0);
INSERT INTO "events" VALUES(534,411,'expired','S-5','D','S-5 D',NULL,'initial_sender','lifetime used up',20.0);
INSERT INTO "events" VALUES(535,412,'made','-','S-5','- N-1 N-2 S-1 S-5',NULL,'engine',NULL,20.0);
INSERT INTO "events" VALUES(536,413,'arrived','-','F','- N-1 N-2 N-3 N-4 F','adopt','initial_receiver',NULL,20.0);
INSERT INTO "events" VALUES(537,412,'agreed','S-5','F','S-5 F',NULL,'engine',NULL,20.0);
INSERT INTO "events" VALUES(538,414,'made','-','S-5','- N-1 N-2 S-1 S-5',NULL,'engine',NULL,20.0);
INSERT INTO "events" VALUES(539,414,'expired','S-5','D','S-5 D','ask','initial_sender','lifetime used up, or nobody waits for it any more',20.0);
CREATE TABLE files (
  id          INTEGER PRIMARY KEY,
  source      TEXT    NOT NULL,
  destination TEXT    NOT NULL,
  epoch       BLOB    NOT NULL,
  sequence    INTEGER NOT NULL,
  name        TEXT    NOT NULL,              -- for people; bytes that are not UTF-8 are escaped
  kind        INTEGER NOT NULL DEFAULT 1 CHECK (kind IN (1, 3)),   -- file, directory
  size_bytes  INTEGER NOT NULL CHECK (size_bytes >= 0),            -- of a directory: of its stream
  mtime_ns    INTEGER NOT NULL,
  path        BLOB,                          -- ours: the claim, relative to the home
  fingerprint TEXT,                          -- ours: inode, size, mtime, ctime at the claim; of a directory: a hash of all of them
  inbox_name  TEXT,                          -- theirs: chosen and committed before the name is made
  kept        BLOB,                          -- ours: in sent/ or failed/, relative to the home; for failed/ chosen
                                             -- and committed before it is moved there
  kept_s      REAL,                          -- ours: since when it lies in sent/
  unix_s      INTEGER NOT NULL,              -- when it was claimed or admitted
  closed      INTEGER NOT NULL DEFAULT 0,    -- ours: put away into sent/ or failed/; theirs: in the inbox
  UNIQUE (source, destination, epoch, sequence)   -- delivered once
) STRICT;
INSERT INTO "files" VALUES(1,'here','there',X'3132333435363738',1,'there-1',1,5,5,X'64726F702F2E636C61696D65642F74686572652F312F74686572652D31','fingerprint',NULL,NULL,NULL,1700000000,0);
INSERT INTO "files" VALUES(2,'here','there',X'3132333435363738',2,'there-2',1,6,5,X'64726F702F2E636C61696D65642F74686572652F312F74686572652D32','fingerprint',NULL,NULL,NULL,1700000000,0);
INSERT INTO "files" VALUES(3,'here','there',X'3132333435363738',3,'there-3',1,7,5,X'64726F702F2E636C61696D65642F74686572652F312F74686572652D33','fingerprint',NULL,NULL,NULL,1700000000,0);
INSERT INTO "files" VALUES(4,'here','there',X'3132333435363738',4,'there-4',1,8,5,X'64726F702F2E636C61696D65642F74686572652F312F74686572652D34','fingerprint',NULL,NULL,NULL,1700000000,0);
INSERT INTO "files" VALUES(5,'here','there',X'3132333435363738',5,'there-5',1,9,5,X'64726F702F2E636C61696D65642F74686572652F312F74686572652D35','fingerprint',NULL,X'73656E742F74686572652F6E616D65',0.0,1700000000,1);
INSERT INTO "files" VALUES(6,'here','there',X'3132333435363738',6,'there-6',1,10,5,X'64726F702F2E636C61696D65642F74686572652F312F74686572652D36','fingerprint',NULL,X'6661696C65642F74686572652F6E616D65',NULL,1700000000,1);
INSERT INTO "files" VALUES(7,'here','there',X'3132333435363738',7,'there-7',1,11,5,X'64726F702F2E636C61696D65642F74686572652F312F74686572652D37','fingerprint',NULL,NULL,NULL,1700000000,0);
INSERT INTO "files" VALUES(8,'here','there',X'3132333435363738',8,'there-9',1,204800,5,X'64726F702F2E636C61696D65642F74686572652F312F74686572652D39','fingerprint',NULL,NULL,NULL,1700000000,0);
INSERT INTO "files" VALUES(9,'here','there',X'3132333435363738',9,'there-10',1,256000,5,X'64726F702F2E636C61696D65642F74686572652F312F74686572652D3130','fingerprint',NULL,NULL,NULL,1700000000,0);
INSERT INTO "files" VALUES(10,'here','there',X'3132333435363738',10,'there-11',1,133120,5,X'64726F702F2E636C61696D65642F74686572652F312F74686572652D3131','fingerprint',NULL,NULL,NULL,1700000000,0);
INSERT INTO "files" VALUES(11,'here','there',X'3132333435363738',11,'there-12',1,16842752,5,X'64726F702F2E636C61696D65642F74686572652F312F74686572652D3132','fingerprint',NULL,NULL,NULL,1700000000,0);
INSERT INTO "files" VALUES(12,'here','there',X'3132333435363738',12,'there-13',1,143360,5,X'64726F702F2E636C61696D65642F74686572652F312F74686572652D3133','fingerprint',NULL,NULL,NULL,1700000000,0);
INSERT INTO "files" VALUES(13,'here','silent',X'3132333435363738',1,'silent-14',1,5,5,X'64726F702F2E636C61696D65642F73696C656E742F312F73696C656E742D3134','fingerprint',NULL,NULL,NULL,1700000000,0);
INSERT INTO "files" VALUES(14,'here','nowhere',X'3132333435363738',1,'nowhere-15',1,5,5,X'64726F702F2E636C61696D65642F6E6F77686572652F312F6E6F77686572652D3135','fingerprint',NULL,NULL,NULL,1700000000,0);
INSERT INTO "files" VALUES(15,'here','lost',X'3132333435363738',1,'lost-16',1,204800,5,X'64726F702F2E636C61696D65642F6C6F73742F312F6C6F73742D3136','fingerprint',NULL,NULL,NULL,1700000000,0);
INSERT INTO "files" VALUES(16,'here','lost',X'3132333435363738',2,'lost-17',1,5,5,X'64726F702F2E636C61696D65642F6C6F73742F312F6C6F73742D3137','fingerprint',NULL,NULL,NULL,1700000000,0);
INSERT INTO "files" VALUES(17,'here','shrunk',X'3132333435363738',1,'shrunk-18',1,1228800,5,X'64726F702F2E636C61696D65642F736872756E6B2F312F736872756E6B2D3138','fingerprint',NULL,NULL,NULL,1700000000,0);
INSERT INTO "files" VALUES(18,'here','shrunk',X'3132333435363738',2,'shrunk-19',1,184320,5,X'64726F702F2E636C61696D65642F736872756E6B2F312F736872756E6B2D3139','fingerprint',NULL,NULL,NULL,1700000000,0);
INSERT INTO "files" VALUES(19,'here','shrunk',X'3132333435363738',3,'shrunk-20',1,194560,5,X'64726F702F2E636C61696D65642F736872756E6B2F312F736872756E6B2D3230','fingerprint',NULL,NULL,NULL,1700000000,0);
INSERT INTO "files" VALUES(20,'there','here',X'6162636465666768',23,'half',1,196608,5,NULL,NULL,NULL,NULL,NULL,1800000000,0);
INSERT INTO "files" VALUES(21,'there','here',X'6162636465666768',24,'whole',1,196608,5,NULL,NULL,NULL,NULL,NULL,1800000000,0);
INSERT INTO "files" VALUES(22,'there','here',X'6162636465666768',25,'delivered',1,196608,5,NULL,NULL,'delivered',NULL,NULL,1800000000,1);
INSERT INTO "files" VALUES(23,'there','here',X'6162636465666768',26,'withdrawn',1,196608,5,NULL,NULL,NULL,NULL,NULL,1800000000,0);
INSERT INTO "files" VALUES(24,'there','here',X'6162636465666768',28,'single',1,100,5,NULL,NULL,NULL,NULL,NULL,1800000000,0);
INSERT INTO "files" VALUES(25,'there','here',X'6162636465666768',29,'delivered single',1,100,5,NULL,NULL,'delivered single',NULL,NULL,1800000000,1);
INSERT INTO "files" VALUES(26,'there','here',X'6162636465666768',30,'dead single',1,100,5,NULL,NULL,NULL,NULL,NULL,1800000000,0);
INSERT INTO "files" VALUES(27,'there','here',X'6162636465666768',31,'single in parts',1,100,5,NULL,NULL,NULL,NULL,NULL,1800000000,0);
CREATE TABLE hooks (
  file         INTEGER PRIMARY KEY REFERENCES files (id),
  message      INTEGER NOT NULL,             -- the message that brought it
  exit_status  INTEGER,                      -- as a shell gives it: 128 + signal when killed, 127 not found
  ended_unix_s INTEGER,
  output       TEXT                          -- the beginning of what it said
) STRICT;
INSERT INTO "hooks" VALUES(22,370,127,1800000000,'not found');
INSERT INTO "hooks" VALUES(25,378,NULL,NULL,NULL);
CREATE TABLE keys (
  source   TEXT NOT NULL,
  epoch    BLOB NOT NULL,
  key_id   BLOB NOT NULL,
  envelope BLOB NOT NULL,
  body     BLOB NOT NULL,
  born_s   REAL NOT NULL,
  PRIMARY KEY (source, key_id)
) STRICT, WITHOUT ROWID;
INSERT INTO "keys" VALUES('there',X'6162636465666768',X'6B6579206964',X'656E76656C6F7065',X'626F6479',20.0);
CREATE TABLE logs (
  id      INTEGER PRIMARY KEY,
  unix_s  REAL    NOT NULL,
  at_s    REAL    NOT NULL,
  process TEXT    NOT NULL,
  level   TEXT    NOT NULL CHECK (level IN ('error', 'warning', 'notice')),
  event   TEXT    NOT NULL,
  message INTEGER,                           -- the messages row it is about
  peer    TEXT,
  text    TEXT    NOT NULL
) STRICT;
INSERT INTO "logs" VALUES(1,1800000000.0,1.0,'sender','warning','stranger',NULL,NULL,'somebody');
CREATE TABLE messages (
  id           INTEGER PRIMARY KEY,
  type         INTEGER NOT NULL,
  state        TEXT    NOT NULL DEFAULT '-',
  source       TEXT    NOT NULL,
  destination  TEXT    NOT NULL,
  epoch        BLOB    NOT NULL,
  sequence     INTEGER NOT NULL,             -- dense for each source, destination and epoch
  attempt      INTEGER NOT NULL DEFAULT 1,   -- a person's retry makes a new one
  "offset"     INTEGER NOT NULL DEFAULT 0,   -- plaintext range of the whole that this row carries
  size_bytes   INTEGER NOT NULL DEFAULT 0,
  total_bytes  INTEGER NOT NULL DEFAULT 0,   -- plaintext size of the whole
  inner_bytes  INTEGER NOT NULL DEFAULT 0,   -- job: size of the inner header if it goes as a single
  parent       INTEGER NOT NULL DEFAULT 0,   -- what this is a piece of; 0 is the root
  file         INTEGER REFERENCES files (id),
  next_hop     TEXT,
  previous_hop TEXT,
  envelope     BLOB,                         -- end-to-end header as it came, byte for byte
  salt         BLOB,                         -- carried for another: of the sealing, from the hop header
  hash         BLOB,                         -- BLAKE3-256 the previous hop claimed
  found        BLOB,                         -- the same, computed here
  birth        TEXT    NOT NULL,
  actor        TEXT    NOT NULL,
  priority     INTEGER NOT NULL DEFAULT 4 CHECK (priority BETWEEN 0 AND 9),  -- 0 first
  lifetime_s   INTEGER NOT NULL DEFAULT 0,
  age_s        REAL    NOT NULL DEFAULT 0,   -- when it was born here
  hops         INTEGER NOT NULL DEFAULT 0,
  born_s       REAL    NOT NULL DEFAULT (clock()),
  due_s        REAL    NOT NULL DEFAULT 0,
  expires_s    REAL,                         -- NULL: its parent's lifetime covers it
  refusals     INTEGER NOT NULL DEFAULT 0,
  repeats      INTEGER NOT NULL DEFAULT 0,
  hints        INTEGER NOT NULL DEFAULT 0,   -- job: how often a relay said that it could not carry it on
  turn         REAL    NOT NULL DEFAULT 0,   -- S-4, chunk: its place among the jobs for one hop (engine.sql)
  cut_bytes    INTEGER NOT NULL DEFAULT 0,   -- S-2: how far it is split
  pieces_left  INTEGER NOT NULL DEFAULT 0,   -- S-2W: pieces not yet acknowledged
  effect       TEXT,                         -- what the last move has to bring about
  last_event   INTEGER NOT NULL DEFAULT 0,
  reason       TEXT,
  info         TEXT CHECK (info IS NULL OR json_valid(info)),
  CHECK (state <> 'D' OR reason IS NOT NULL)
) STRICT;
INSERT INTO "messages" VALUES(0,0,'N-0','','',X'',0,1,0,0,0,0,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'','',4,0,0.0,0,1.0,0.0,NULL,0,0,0,0.0,0,0,NULL,0,NULL,NULL);
INSERT INTO "messages" VALUES(1,6,'S-2W','here','there',X'3132333435363738',1,1,0,5,5,20,0,1,'there',NULL,NULL,NULL,NULL,NULL,'created','importer',4,3600,0.0,0,0.0,30.0,3600.0,0,0,0,0.0,5,1,'cut',3,NULL,NULL);
INSERT INTO "messages" VALUES(2,1,'S-4','here','there',X'3132333435363738',1,1,0,25,25,20,1,1,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,0.0,0,0,NULL,2,NULL,NULL);
INSERT INTO "messages" VALUES(3,6,'S-2W','here','there',X'3132333435363738',2,1,0,6,6,20,0,2,'there',NULL,NULL,NULL,NULL,NULL,'created','importer',4,3600,0.0,0,0.0,30.0,3600.0,0,0,0,0.0,6,1,'cut',6,NULL,NULL);
INSERT INTO "messages" VALUES(4,1,'S-4W','here','there',X'3132333435363738',2,1,0,26,26,20,3,2,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,0.0,0,0,NULL,22,NULL,NULL);
INSERT INTO "messages" VALUES(5,6,'S-2W','here','there',X'3132333435363738',3,1,0,7,7,20,0,3,'there',NULL,NULL,NULL,NULL,NULL,'created','importer',4,3600,0.0,0,0.0,30.0,3600.0,0,0,0,0.0,7,1,'cut',9,NULL,NULL);
INSERT INTO "messages" VALUES(6,1,'S-4','here','there',X'3132333435363738',3,1,0,27,27,20,5,3,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,60.0,NULL,1,0,0,0.0,0,0,NULL,26,'NO_ROOM: its disk is full',NULL);
INSERT INTO "messages" VALUES(7,6,'S-2W','here','there',X'3132333435363738',4,1,0,8,8,20,0,4,'there',NULL,NULL,NULL,NULL,NULL,'created','importer',4,3600,0.0,0,0.0,30.0,3600.0,0,0,0,0.0,8,0,'cut',28,NULL,NULL);
INSERT INTO "messages" VALUES(8,1,'F','here','there',X'3132333435363738',4,1,0,28,28,20,7,4,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,0.0,0,0,NULL,27,NULL,NULL);
INSERT INTO "messages" VALUES(9,6,'F','here','there',X'3132333435363738',5,1,0,9,9,20,0,5,'there',NULL,NULL,NULL,NULL,NULL,'created','importer',4,3600,0.0,0,0.0,0.0,3600.0,0,0,0,0.0,9,0,'drop',32,NULL,NULL);
INSERT INTO "messages" VALUES(10,1,'F','here','there',X'3132333435363738',5,1,0,29,29,20,9,5,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,0.0,0,0,NULL,29,NULL,NULL);
INSERT INTO "messages" VALUES(11,6,'D','here','there',X'3132333435363738',6,1,0,10,10,20,0,6,'there',NULL,NULL,NULL,NULL,NULL,'created','importer',4,3600,0.0,0,0.0,0.0,3600.0,0,0,0,0.0,10,1,'drop',33,'taken back',NULL);
INSERT INTO "messages" VALUES(12,1,'D','here','there',X'3132333435363738',6,1,0,30,30,20,11,6,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,0.0,0,0,NULL,34,'what it is a piece of died',NULL);
INSERT INTO "messages" VALUES(13,6,'S-2W','here','there',X'3132333435363738',7,2,0,11,11,20,0,7,'there',NULL,NULL,NULL,NULL,NULL,'created','importer',4,3600,0.0,0,0.0,30.0,3600.0,0,0,0,0.0,11,1,'cut',39,'taken back',NULL);
INSERT INTO "messages" VALUES(14,1,'D','here','there',X'3132333435363738',7,1,0,31,31,20,13,7,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,0.0,0,0,NULL,36,'what it is a piece of died',NULL);
INSERT INTO "messages" VALUES(15,7,'F','there','here',X'6162636465666768',8,1,0,0,100,0,0,NULL,NULL,'there',NULL,NULL,X'6868686868686868686868686868686868686868686868686868686868686868',X'6868686868686868686868686868686868686868686868686868686868686868','arrived','processor_r',4,3600,0.0,0,0.0,0.0,3600.0,0,0,0,0.0,0,0,'receipts',31,NULL,'{"words": [["there", "3132333435363738", 5, 1, 1, [], ""]]}');
INSERT INTO "messages" VALUES(16,1,'S-4','here','there',X'3132333435363738',7,2,0,31,31,20,13,7,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,0.0,0,0,NULL,38,NULL,NULL);
INSERT INTO "messages" VALUES(17,6,'S-2W','here','there',X'3132333435363738',8,1,0,204800,204800,20,0,8,'there',NULL,NULL,NULL,NULL,NULL,'created','importer',4,3600,0.0,0,0.0,30.0,3600.0,0,0,0,0.0,204800,5,'cut',46,NULL,NULL);
INSERT INTO "messages" VALUES(18,3,'S-4','here','there',X'3132333435363738',8,1,0,0,204800,20,17,8,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,0.0,0,0,NULL,41,NULL,NULL);
INSERT INTO "messages" VALUES(19,2,'S-4','here','there',X'3132333435363738',8,1,0,65536,204800,20,17,8,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,0.0,0,0,NULL,42,NULL,NULL);
INSERT INTO "messages" VALUES(20,2,'S-4','here','there',X'3132333435363738',8,1,65536,65536,204800,20,17,8,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,3.125,0,0,NULL,43,NULL,NULL);
INSERT INTO "messages" VALUES(21,2,'S-4','here','there',X'3132333435363738',8,1,131072,65536,204800,20,17,8,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,6.25,0,0,NULL,44,NULL,NULL);
INSERT INTO "messages" VALUES(22,2,'S-4','here','there',X'3132333435363738',8,1,196608,8192,204800,20,17,8,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,9.375,0,0,NULL,45,NULL,NULL);
INSERT INTO "messages" VALUES(23,6,'S-2W','here','there',X'3132333435363738',9,1,0,256000,256000,20,0,9,'there',NULL,NULL,NULL,NULL,NULL,'created','importer',4,3600,0.0,0,0.0,30.0,3600.0,0,0,0,0.0,256000,3,'cut',53,NULL,NULL);
INSERT INTO "messages" VALUES(24,3,'F','here','there',X'3132333435363738',9,1,0,0,256000,20,23,9,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,0.0,0,0,NULL,55,NULL,NULL);
INSERT INTO "messages" VALUES(25,2,'F','here','there',X'3132333435363738',9,1,0,65536,256000,20,23,9,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,0.0,0,0,NULL,57,NULL,NULL);
INSERT INTO "messages" VALUES(26,2,'S-4W','here','there',X'3132333435363738',9,1,65536,65536,256000,20,23,9,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,3.90625,0,0,NULL,58,NULL,NULL);
INSERT INTO "messages" VALUES(27,2,'S-4','here','there',X'3132333435363738',9,1,131072,65536,256000,20,23,9,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,60.0,NULL,1,0,0,7.8125,0,0,NULL,60,'NO_ROOM: its disk is full',NULL);
INSERT INTO "messages" VALUES(28,2,'S-4','here','there',X'3132333435363738',9,1,196608,59392,256000,20,23,9,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,11.71875,0,0,NULL,52,NULL,NULL);
INSERT INTO "messages" VALUES(29,6,'S-2W','here','there',X'3132333435363738',10,1,0,133120,133120,20,0,10,'there',NULL,NULL,NULL,NULL,NULL,'created','importer',4,3600,0.0,0,0.0,30.0,3600.0,0,0,0,0.0,133120,4,'cut',66,NULL,NULL);
INSERT INTO "messages" VALUES(30,3,'S-4W','here','there',X'3132333435363738',10,1,0,0,133120,20,29,10,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,0.0,0,0,NULL,67,NULL,NULL);
INSERT INTO "messages" VALUES(31,2,'S-4','here','there',X'3132333435363738',10,1,0,65536,133120,20,29,10,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,3.90625,0,0,NULL,63,NULL,NULL);
INSERT INTO "messages" VALUES(32,2,'S-4','here','there',X'3132333435363738',10,1,65536,65536,133120,20,29,10,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,5.9375,0,0,NULL,64,NULL,NULL);
INSERT INTO "messages" VALUES(33,2,'S-4','here','there',X'3132333435363738',10,1,131072,2048,133120,20,29,10,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,7.96875,0,0,NULL,65,NULL,NULL);
INSERT INTO "messages" VALUES(34,6,'S-2','here','there',X'3132333435363738',11,1,0,16842752,16842752,20,0,11,'there',NULL,NULL,NULL,NULL,NULL,'created','importer',4,3600,0.0,0,0.0,0.0,3600.0,0,0,0,0.0,16777216,257,'cut',68,NULL,NULL);
INSERT INTO "messages" VALUES(35,3,'S-4','here','there',X'3132333435363738',11,1,0,0,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,0.0,0,0,NULL,69,NULL,NULL);
INSERT INTO "messages" VALUES(36,2,'S-4','here','there',X'3132333435363738',11,1,0,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,3.90625,0,0,NULL,70,NULL,NULL);
INSERT INTO "messages" VALUES(37,2,'S-4','here','there',X'3132333435363738',11,1,65536,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,260.90625,0,0,NULL,71,NULL,NULL);
INSERT INTO "messages" VALUES(38,2,'S-4','here','there',X'3132333435363738',11,1,131072,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,517.90625,0,0,NULL,72,NULL,NULL);
INSERT INTO "messages" VALUES(39,2,'S-4','here','there',X'3132333435363738',11,1,196608,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,774.90625,0,0,NULL,73,NULL,NULL);
INSERT INTO "messages" VALUES(40,2,'S-4','here','there',X'3132333435363738',11,1,262144,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,1031.90625,0,0,NULL,74,NULL,NULL);
INSERT INTO "messages" VALUES(41,2,'S-4','here','there',X'3132333435363738',11,1,327680,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,1288.90625,0,0,NULL,75,NULL,NULL);
INSERT INTO "messages" VALUES(42,2,'S-4','here','there',X'3132333435363738',11,1,393216,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,1545.90625,0,0,NULL,76,NULL,NULL);
INSERT INTO "messages" VALUES(43,2,'S-4','here','there',X'3132333435363738',11,1,458752,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,1802.90625,0,0,NULL,77,NULL,NULL);
INSERT INTO "messages" VALUES(44,2,'S-4','here','there',X'3132333435363738',11,1,524288,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,2059.90625,0,0,NULL,78,NULL,NULL);
INSERT INTO "messages" VALUES(45,2,'S-4','here','there',X'3132333435363738',11,1,589824,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,2316.90625,0,0,NULL,79,NULL,NULL);
INSERT INTO "messages" VALUES(46,2,'S-4','here','there',X'3132333435363738',11,1,655360,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,2573.90625,0,0,NULL,80,NULL,NULL);
INSERT INTO "messages" VALUES(47,2,'S-4','here','there',X'3132333435363738',11,1,720896,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,2830.90625,0,0,NULL,81,NULL,NULL);
INSERT INTO "messages" VALUES(48,2,'S-4','here','there',X'3132333435363738',11,1,786432,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,3087.90625,0,0,NULL,82,NULL,NULL);
INSERT INTO "messages" VALUES(49,2,'S-4','here','there',X'3132333435363738',11,1,851968,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,3344.90625,0,0,NULL,83,NULL,NULL);
INSERT INTO "messages" VALUES(50,2,'S-4','here','there',X'3132333435363738',11,1,917504,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,3601.90625,0,0,NULL,84,NULL,NULL);
INSERT INTO "messages" VALUES(51,2,'S-4','here','there',X'3132333435363738',11,1,983040,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,3858.90625,0,0,NULL,85,NULL,NULL);
INSERT INTO "messages" VALUES(52,2,'S-4','here','there',X'3132333435363738',11,1,1048576,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,4115.90625,0,0,NULL,86,NULL,NULL);
INSERT INTO "messages" VALUES(53,2,'S-4','here','there',X'3132333435363738',11,1,1114112,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,4372.90625,0,0,NULL,87,NULL,NULL);
INSERT INTO "messages" VALUES(54,2,'S-4','here','there',X'3132333435363738',11,1,1179648,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,4629.90625,0,0,NULL,88,NULL,NULL);
INSERT INTO "messages" VALUES(55,2,'S-4','here','there',X'3132333435363738',11,1,1245184,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,4886.90625,0,0,NULL,89,NULL,NULL);
INSERT INTO "messages" VALUES(56,2,'S-4','here','there',X'3132333435363738',11,1,1310720,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,5143.90625,0,0,NULL,90,NULL,NULL);
INSERT INTO "messages" VALUES(57,2,'S-4','here','there',X'3132333435363738',11,1,1376256,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,5400.90625,0,0,NULL,91,NULL,NULL);
INSERT INTO "messages" VALUES(58,2,'S-4','here','there',X'3132333435363738',11,1,1441792,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,5657.90625,0,0,NULL,92,NULL,NULL);
INSERT INTO "messages" VALUES(59,2,'S-4','here','there',X'3132333435363738',11,1,1507328,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,5914.90625,0,0,NULL,93,NULL,NULL);
INSERT INTO "messages" VALUES(60,2,'S-4','here','there',X'3132333435363738',11,1,1572864,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,6171.90625,0,0,NULL,94,NULL,NULL);
INSERT INTO "messages" VALUES(61,2,'S-4','here','there',X'3132333435363738',11,1,1638400,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,6428.90625,0,0,NULL,95,NULL,NULL);
INSERT INTO "messages" VALUES(62,2,'S-4','here','there',X'3132333435363738',11,1,1703936,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,6685.90625,0,0,NULL,96,NULL,NULL);
INSERT INTO "messages" VALUES(63,2,'S-4','here','there',X'3132333435363738',11,1,1769472,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,6942.90625,0,0,NULL,97,NULL,NULL);
INSERT INTO "messages" VALUES(64,2,'S-4','here','there',X'3132333435363738',11,1,1835008,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,7199.90625,0,0,NULL,98,NULL,NULL);
INSERT INTO "messages" VALUES(65,2,'S-4','here','there',X'3132333435363738',11,1,1900544,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,7456.90625,0,0,NULL,99,NULL,NULL);
INSERT INTO "messages" VALUES(66,2,'S-4','here','there',X'3132333435363738',11,1,1966080,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,7713.90625,0,0,NULL,100,NULL,NULL);
INSERT INTO "messages" VALUES(67,2,'S-4','here','there',X'3132333435363738',11,1,2031616,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,7970.90625,0,0,NULL,101,NULL,NULL);
INSERT INTO "messages" VALUES(68,2,'S-4','here','there',X'3132333435363738',11,1,2097152,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,8227.90625,0,0,NULL,102,NULL,NULL);
INSERT INTO "messages" VALUES(69,2,'S-4','here','there',X'3132333435363738',11,1,2162688,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,8484.90625,0,0,NULL,103,NULL,NULL);
INSERT INTO "messages" VALUES(70,2,'S-4','here','there',X'3132333435363738',11,1,2228224,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,8741.90625,0,0,NULL,104,NULL,NULL);
INSERT INTO "messages" VALUES(71,2,'S-4','here','there',X'3132333435363738',11,1,2293760,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,8998.90625,0,0,NULL,105,NULL,NULL);
INSERT INTO "messages" VALUES(72,2,'S-4','here','there',X'3132333435363738',11,1,2359296,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,9255.90625,0,0,NULL,106,NULL,NULL);
INSERT INTO "messages" VALUES(73,2,'S-4','here','there',X'3132333435363738',11,1,2424832,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,9512.90625,0,0,NULL,107,NULL,NULL);
INSERT INTO "messages" VALUES(74,2,'S-4','here','there',X'3132333435363738',11,1,2490368,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,9769.90625,0,0,NULL,108,NULL,NULL);
INSERT INTO "messages" VALUES(75,2,'S-4','here','there',X'3132333435363738',11,1,2555904,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,10026.90625,0,0,NULL,109,NULL,NULL);
INSERT INTO "messages" VALUES(76,2,'S-4','here','there',X'3132333435363738',11,1,2621440,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,10283.90625,0,0,NULL,110,NULL,NULL);
INSERT INTO "messages" VALUES(77,2,'S-4','here','there',X'3132333435363738',11,1,2686976,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,10540.90625,0,0,NULL,111,NULL,NULL);
INSERT INTO "messages" VALUES(78,2,'S-4','here','there',X'3132333435363738',11,1,2752512,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,10797.90625,0,0,NULL,112,NULL,NULL);
INSERT INTO "messages" VALUES(79,2,'S-4','here','there',X'3132333435363738',11,1,2818048,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,11054.90625,0,0,NULL,113,NULL,NULL);
INSERT INTO "messages" VALUES(80,2,'S-4','here','there',X'3132333435363738',11,1,2883584,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,11311.90625,0,0,NULL,114,NULL,NULL);
INSERT INTO "messages" VALUES(81,2,'S-4','here','there',X'3132333435363738',11,1,2949120,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,11568.90625,0,0,NULL,115,NULL,NULL);
INSERT INTO "messages" VALUES(82,2,'S-4','here','there',X'3132333435363738',11,1,3014656,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,11825.90625,0,0,NULL,116,NULL,NULL);
INSERT INTO "messages" VALUES(83,2,'S-4','here','there',X'3132333435363738',11,1,3080192,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,12082.90625,0,0,NULL,117,NULL,NULL);
INSERT INTO "messages" VALUES(84,2,'S-4','here','there',X'3132333435363738',11,1,3145728,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,12339.90625,0,0,NULL,118,NULL,NULL);
INSERT INTO "messages" VALUES(85,2,'S-4','here','there',X'3132333435363738',11,1,3211264,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,12596.90625,0,0,NULL,119,NULL,NULL);
INSERT INTO "messages" VALUES(86,2,'S-4','here','there',X'3132333435363738',11,1,3276800,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,12853.90625,0,0,NULL,120,NULL,NULL);
INSERT INTO "messages" VALUES(87,2,'S-4','here','there',X'3132333435363738',11,1,3342336,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,13110.90625,0,0,NULL,121,NULL,NULL);
INSERT INTO "messages" VALUES(88,2,'S-4','here','there',X'3132333435363738',11,1,3407872,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,13367.90625,0,0,NULL,122,NULL,NULL);
INSERT INTO "messages" VALUES(89,2,'S-4','here','there',X'3132333435363738',11,1,3473408,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,13624.90625,0,0,NULL,123,NULL,NULL);
INSERT INTO "messages" VALUES(90,2,'S-4','here','there',X'3132333435363738',11,1,3538944,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,13881.90625,0,0,NULL,124,NULL,NULL);
INSERT INTO "messages" VALUES(91,2,'S-4','here','there',X'3132333435363738',11,1,3604480,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,14138.90625,0,0,NULL,125,NULL,NULL);
INSERT INTO "messages" VALUES(92,2,'S-4','here','there',X'3132333435363738',11,1,3670016,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,14395.90625,0,0,NULL,126,NULL,NULL);
INSERT INTO "messages" VALUES(93,2,'S-4','here','there',X'3132333435363738',11,1,3735552,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,14652.90625,0,0,NULL,127,NULL,NULL);
INSERT INTO "messages" VALUES(94,2,'S-4','here','there',X'3132333435363738',11,1,3801088,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,14909.90625,0,0,NULL,128,NULL,NULL);
INSERT INTO "messages" VALUES(95,2,'S-4','here','there',X'3132333435363738',11,1,3866624,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,15166.90625,0,0,NULL,129,NULL,NULL);
INSERT INTO "messages" VALUES(96,2,'S-4','here','there',X'3132333435363738',11,1,3932160,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,15423.90625,0,0,NULL,130,NULL,NULL);
INSERT INTO "messages" VALUES(97,2,'S-4','here','there',X'3132333435363738',11,1,3997696,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,15680.90625,0,0,NULL,131,NULL,NULL);
INSERT INTO "messages" VALUES(98,2,'S-4','here','there',X'3132333435363738',11,1,4063232,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,15937.90625,0,0,NULL,132,NULL,NULL);
INSERT INTO "messages" VALUES(99,2,'S-4','here','there',X'3132333435363738',11,1,4128768,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,16194.90625,0,0,NULL,133,NULL,NULL);
INSERT INTO "messages" VALUES(100,2,'S-4','here','there',X'3132333435363738',11,1,4194304,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,16451.90625,0,0,NULL,134,NULL,NULL);
INSERT INTO "messages" VALUES(101,2,'S-4','here','there',X'3132333435363738',11,1,4259840,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,16708.90625,0,0,NULL,135,NULL,NULL);
INSERT INTO "messages" VALUES(102,2,'S-4','here','there',X'3132333435363738',11,1,4325376,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,16965.90625,0,0,NULL,136,NULL,NULL);
INSERT INTO "messages" VALUES(103,2,'S-4','here','there',X'3132333435363738',11,1,4390912,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,17222.90625,0,0,NULL,137,NULL,NULL);
INSERT INTO "messages" VALUES(104,2,'S-4','here','there',X'3132333435363738',11,1,4456448,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,17479.90625,0,0,NULL,138,NULL,NULL);
INSERT INTO "messages" VALUES(105,2,'S-4','here','there',X'3132333435363738',11,1,4521984,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,17736.90625,0,0,NULL,139,NULL,NULL);
INSERT INTO "messages" VALUES(106,2,'S-4','here','there',X'3132333435363738',11,1,4587520,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,17993.90625,0,0,NULL,140,NULL,NULL);
INSERT INTO "messages" VALUES(107,2,'S-4','here','there',X'3132333435363738',11,1,4653056,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,18250.90625,0,0,NULL,141,NULL,NULL);
INSERT INTO "messages" VALUES(108,2,'S-4','here','there',X'3132333435363738',11,1,4718592,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,18507.90625,0,0,NULL,142,NULL,NULL);
INSERT INTO "messages" VALUES(109,2,'S-4','here','there',X'3132333435363738',11,1,4784128,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,18764.90625,0,0,NULL,143,NULL,NULL);
INSERT INTO "messages" VALUES(110,2,'S-4','here','there',X'3132333435363738',11,1,4849664,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,19021.90625,0,0,NULL,144,NULL,NULL);
INSERT INTO "messages" VALUES(111,2,'S-4','here','there',X'3132333435363738',11,1,4915200,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,19278.90625,0,0,NULL,145,NULL,NULL);
INSERT INTO "messages" VALUES(112,2,'S-4','here','there',X'3132333435363738',11,1,4980736,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,19535.90625,0,0,NULL,146,NULL,NULL);
INSERT INTO "messages" VALUES(113,2,'S-4','here','there',X'3132333435363738',11,1,5046272,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,19792.90625,0,0,NULL,147,NULL,NULL);
INSERT INTO "messages" VALUES(114,2,'S-4','here','there',X'3132333435363738',11,1,5111808,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,20049.90625,0,0,NULL,148,NULL,NULL);
INSERT INTO "messages" VALUES(115,2,'S-4','here','there',X'3132333435363738',11,1,5177344,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,20306.90625,0,0,NULL,149,NULL,NULL);
INSERT INTO "messages" VALUES(116,2,'S-4','here','there',X'3132333435363738',11,1,5242880,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,20563.90625,0,0,NULL,150,NULL,NULL);
INSERT INTO "messages" VALUES(117,2,'S-4','here','there',X'3132333435363738',11,1,5308416,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,20820.90625,0,0,NULL,151,NULL,NULL);
INSERT INTO "messages" VALUES(118,2,'S-4','here','there',X'3132333435363738',11,1,5373952,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,21077.90625,0,0,NULL,152,NULL,NULL);
INSERT INTO "messages" VALUES(119,2,'S-4','here','there',X'3132333435363738',11,1,5439488,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,21334.90625,0,0,NULL,153,NULL,NULL);
INSERT INTO "messages" VALUES(120,2,'S-4','here','there',X'3132333435363738',11,1,5505024,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,21591.90625,0,0,NULL,154,NULL,NULL);
INSERT INTO "messages" VALUES(121,2,'S-4','here','there',X'3132333435363738',11,1,5570560,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,21848.90625,0,0,NULL,155,NULL,NULL);
INSERT INTO "messages" VALUES(122,2,'S-4','here','there',X'3132333435363738',11,1,5636096,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,22105.90625,0,0,NULL,156,NULL,NULL);
INSERT INTO "messages" VALUES(123,2,'S-4','here','there',X'3132333435363738',11,1,5701632,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,22362.90625,0,0,NULL,157,NULL,NULL);
INSERT INTO "messages" VALUES(124,2,'S-4','here','there',X'3132333435363738',11,1,5767168,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,22619.90625,0,0,NULL,158,NULL,NULL);
INSERT INTO "messages" VALUES(125,2,'S-4','here','there',X'3132333435363738',11,1,5832704,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,22876.90625,0,0,NULL,159,NULL,NULL);
INSERT INTO "messages" VALUES(126,2,'S-4','here','there',X'3132333435363738',11,1,5898240,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,23133.90625,0,0,NULL,160,NULL,NULL);
INSERT INTO "messages" VALUES(127,2,'S-4','here','there',X'3132333435363738',11,1,5963776,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,23390.90625,0,0,NULL,161,NULL,NULL);
INSERT INTO "messages" VALUES(128,2,'S-4','here','there',X'3132333435363738',11,1,6029312,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,23647.90625,0,0,NULL,162,NULL,NULL);
INSERT INTO "messages" VALUES(129,2,'S-4','here','there',X'3132333435363738',11,1,6094848,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,23904.90625,0,0,NULL,163,NULL,NULL);
INSERT INTO "messages" VALUES(130,2,'S-4','here','there',X'3132333435363738',11,1,6160384,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,24161.90625,0,0,NULL,164,NULL,NULL);
INSERT INTO "messages" VALUES(131,2,'S-4','here','there',X'3132333435363738',11,1,6225920,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,24418.90625,0,0,NULL,165,NULL,NULL);
INSERT INTO "messages" VALUES(132,2,'S-4','here','there',X'3132333435363738',11,1,6291456,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,24675.90625,0,0,NULL,166,NULL,NULL);
INSERT INTO "messages" VALUES(133,2,'S-4','here','there',X'3132333435363738',11,1,6356992,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,24932.90625,0,0,NULL,167,NULL,NULL);
INSERT INTO "messages" VALUES(134,2,'S-4','here','there',X'3132333435363738',11,1,6422528,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,25189.90625,0,0,NULL,168,NULL,NULL);
INSERT INTO "messages" VALUES(135,2,'S-4','here','there',X'3132333435363738',11,1,6488064,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,25446.90625,0,0,NULL,169,NULL,NULL);
INSERT INTO "messages" VALUES(136,2,'S-4','here','there',X'3132333435363738',11,1,6553600,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,25703.90625,0,0,NULL,170,NULL,NULL);
INSERT INTO "messages" VALUES(137,2,'S-4','here','there',X'3132333435363738',11,1,6619136,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,25960.90625,0,0,NULL,171,NULL,NULL);
INSERT INTO "messages" VALUES(138,2,'S-4','here','there',X'3132333435363738',11,1,6684672,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,26217.90625,0,0,NULL,172,NULL,NULL);
INSERT INTO "messages" VALUES(139,2,'S-4','here','there',X'3132333435363738',11,1,6750208,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,26474.90625,0,0,NULL,173,NULL,NULL);
INSERT INTO "messages" VALUES(140,2,'S-4','here','there',X'3132333435363738',11,1,6815744,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,26731.90625,0,0,NULL,174,NULL,NULL);
INSERT INTO "messages" VALUES(141,2,'S-4','here','there',X'3132333435363738',11,1,6881280,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,26988.90625,0,0,NULL,175,NULL,NULL);
INSERT INTO "messages" VALUES(142,2,'S-4','here','there',X'3132333435363738',11,1,6946816,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,27245.90625,0,0,NULL,176,NULL,NULL);
INSERT INTO "messages" VALUES(143,2,'S-4','here','there',X'3132333435363738',11,1,7012352,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,27502.90625,0,0,NULL,177,NULL,NULL);
INSERT INTO "messages" VALUES(144,2,'S-4','here','there',X'3132333435363738',11,1,7077888,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,27759.90625,0,0,NULL,178,NULL,NULL);
INSERT INTO "messages" VALUES(145,2,'S-4','here','there',X'3132333435363738',11,1,7143424,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,28016.90625,0,0,NULL,179,NULL,NULL);
INSERT INTO "messages" VALUES(146,2,'S-4','here','there',X'3132333435363738',11,1,7208960,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,28273.90625,0,0,NULL,180,NULL,NULL);
INSERT INTO "messages" VALUES(147,2,'S-4','here','there',X'3132333435363738',11,1,7274496,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,28530.90625,0,0,NULL,181,NULL,NULL);
INSERT INTO "messages" VALUES(148,2,'S-4','here','there',X'3132333435363738',11,1,7340032,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,28787.90625,0,0,NULL,182,NULL,NULL);
INSERT INTO "messages" VALUES(149,2,'S-4','here','there',X'3132333435363738',11,1,7405568,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,29044.90625,0,0,NULL,183,NULL,NULL);
INSERT INTO "messages" VALUES(150,2,'S-4','here','there',X'3132333435363738',11,1,7471104,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,29301.90625,0,0,NULL,184,NULL,NULL);
INSERT INTO "messages" VALUES(151,2,'S-4','here','there',X'3132333435363738',11,1,7536640,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,29558.90625,0,0,NULL,185,NULL,NULL);
INSERT INTO "messages" VALUES(152,2,'S-4','here','there',X'3132333435363738',11,1,7602176,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,29815.90625,0,0,NULL,186,NULL,NULL);
INSERT INTO "messages" VALUES(153,2,'S-4','here','there',X'3132333435363738',11,1,7667712,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,30072.90625,0,0,NULL,187,NULL,NULL);
INSERT INTO "messages" VALUES(154,2,'S-4','here','there',X'3132333435363738',11,1,7733248,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,30329.90625,0,0,NULL,188,NULL,NULL);
INSERT INTO "messages" VALUES(155,2,'S-4','here','there',X'3132333435363738',11,1,7798784,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,30586.90625,0,0,NULL,189,NULL,NULL);
INSERT INTO "messages" VALUES(156,2,'S-4','here','there',X'3132333435363738',11,1,7864320,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,30843.90625,0,0,NULL,190,NULL,NULL);
INSERT INTO "messages" VALUES(157,2,'S-4','here','there',X'3132333435363738',11,1,7929856,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,31100.90625,0,0,NULL,191,NULL,NULL);
INSERT INTO "messages" VALUES(158,2,'S-4','here','there',X'3132333435363738',11,1,7995392,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,31357.90625,0,0,NULL,192,NULL,NULL);
INSERT INTO "messages" VALUES(159,2,'S-4','here','there',X'3132333435363738',11,1,8060928,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,31614.90625,0,0,NULL,193,NULL,NULL);
INSERT INTO "messages" VALUES(160,2,'S-4','here','there',X'3132333435363738',11,1,8126464,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,31871.90625,0,0,NULL,194,NULL,NULL);
INSERT INTO "messages" VALUES(161,2,'S-4','here','there',X'3132333435363738',11,1,8192000,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,32128.90625,0,0,NULL,195,NULL,NULL);
INSERT INTO "messages" VALUES(162,2,'S-4','here','there',X'3132333435363738',11,1,8257536,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,32385.90625,0,0,NULL,196,NULL,NULL);
INSERT INTO "messages" VALUES(163,2,'S-4','here','there',X'3132333435363738',11,1,8323072,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,32642.90625,0,0,NULL,197,NULL,NULL);
INSERT INTO "messages" VALUES(164,2,'S-4','here','there',X'3132333435363738',11,1,8388608,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,32899.90625,0,0,NULL,198,NULL,NULL);
INSERT INTO "messages" VALUES(165,2,'S-4','here','there',X'3132333435363738',11,1,8454144,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,33156.90625,0,0,NULL,199,NULL,NULL);
INSERT INTO "messages" VALUES(166,2,'S-4','here','there',X'3132333435363738',11,1,8519680,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,33413.90625,0,0,NULL,200,NULL,NULL);
INSERT INTO "messages" VALUES(167,2,'S-4','here','there',X'3132333435363738',11,1,8585216,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,33670.90625,0,0,NULL,201,NULL,NULL);
INSERT INTO "messages" VALUES(168,2,'S-4','here','there',X'3132333435363738',11,1,8650752,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,33927.90625,0,0,NULL,202,NULL,NULL);
INSERT INTO "messages" VALUES(169,2,'S-4','here','there',X'3132333435363738',11,1,8716288,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,34184.90625,0,0,NULL,203,NULL,NULL);
INSERT INTO "messages" VALUES(170,2,'S-4','here','there',X'3132333435363738',11,1,8781824,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,34441.90625,0,0,NULL,204,NULL,NULL);
INSERT INTO "messages" VALUES(171,2,'S-4','here','there',X'3132333435363738',11,1,8847360,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,34698.90625,0,0,NULL,205,NULL,NULL);
INSERT INTO "messages" VALUES(172,2,'S-4','here','there',X'3132333435363738',11,1,8912896,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,34955.90625,0,0,NULL,206,NULL,NULL);
INSERT INTO "messages" VALUES(173,2,'S-4','here','there',X'3132333435363738',11,1,8978432,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,35212.90625,0,0,NULL,207,NULL,NULL);
INSERT INTO "messages" VALUES(174,2,'S-4','here','there',X'3132333435363738',11,1,9043968,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,35469.90625,0,0,NULL,208,NULL,NULL);
INSERT INTO "messages" VALUES(175,2,'S-4','here','there',X'3132333435363738',11,1,9109504,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,35726.90625,0,0,NULL,209,NULL,NULL);
INSERT INTO "messages" VALUES(176,2,'S-4','here','there',X'3132333435363738',11,1,9175040,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,35983.90625,0,0,NULL,210,NULL,NULL);
INSERT INTO "messages" VALUES(177,2,'S-4','here','there',X'3132333435363738',11,1,9240576,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,36240.90625,0,0,NULL,211,NULL,NULL);
INSERT INTO "messages" VALUES(178,2,'S-4','here','there',X'3132333435363738',11,1,9306112,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,36497.90625,0,0,NULL,212,NULL,NULL);
INSERT INTO "messages" VALUES(179,2,'S-4','here','there',X'3132333435363738',11,1,9371648,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,36754.90625,0,0,NULL,213,NULL,NULL);
INSERT INTO "messages" VALUES(180,2,'S-4','here','there',X'3132333435363738',11,1,9437184,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,37011.90625,0,0,NULL,214,NULL,NULL);
INSERT INTO "messages" VALUES(181,2,'S-4','here','there',X'3132333435363738',11,1,9502720,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,37268.90625,0,0,NULL,215,NULL,NULL);
INSERT INTO "messages" VALUES(182,2,'S-4','here','there',X'3132333435363738',11,1,9568256,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,37525.90625,0,0,NULL,216,NULL,NULL);
INSERT INTO "messages" VALUES(183,2,'S-4','here','there',X'3132333435363738',11,1,9633792,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,37782.90625,0,0,NULL,217,NULL,NULL);
INSERT INTO "messages" VALUES(184,2,'S-4','here','there',X'3132333435363738',11,1,9699328,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,38039.90625,0,0,NULL,218,NULL,NULL);
INSERT INTO "messages" VALUES(185,2,'S-4','here','there',X'3132333435363738',11,1,9764864,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,38296.90625,0,0,NULL,219,NULL,NULL);
INSERT INTO "messages" VALUES(186,2,'S-4','here','there',X'3132333435363738',11,1,9830400,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,38553.90625,0,0,NULL,220,NULL,NULL);
INSERT INTO "messages" VALUES(187,2,'S-4','here','there',X'3132333435363738',11,1,9895936,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,38810.90625,0,0,NULL,221,NULL,NULL);
INSERT INTO "messages" VALUES(188,2,'S-4','here','there',X'3132333435363738',11,1,9961472,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,39067.90625,0,0,NULL,222,NULL,NULL);
INSERT INTO "messages" VALUES(189,2,'S-4','here','there',X'3132333435363738',11,1,10027008,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,39324.90625,0,0,NULL,223,NULL,NULL);
INSERT INTO "messages" VALUES(190,2,'S-4','here','there',X'3132333435363738',11,1,10092544,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,39581.90625,0,0,NULL,224,NULL,NULL);
INSERT INTO "messages" VALUES(191,2,'S-4','here','there',X'3132333435363738',11,1,10158080,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,39838.90625,0,0,NULL,225,NULL,NULL);
INSERT INTO "messages" VALUES(192,2,'S-4','here','there',X'3132333435363738',11,1,10223616,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,40095.90625,0,0,NULL,226,NULL,NULL);
INSERT INTO "messages" VALUES(193,2,'S-4','here','there',X'3132333435363738',11,1,10289152,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,40352.90625,0,0,NULL,227,NULL,NULL);
INSERT INTO "messages" VALUES(194,2,'S-4','here','there',X'3132333435363738',11,1,10354688,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,40609.90625,0,0,NULL,228,NULL,NULL);
INSERT INTO "messages" VALUES(195,2,'S-4','here','there',X'3132333435363738',11,1,10420224,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,40866.90625,0,0,NULL,229,NULL,NULL);
INSERT INTO "messages" VALUES(196,2,'S-4','here','there',X'3132333435363738',11,1,10485760,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,41123.90625,0,0,NULL,230,NULL,NULL);
INSERT INTO "messages" VALUES(197,2,'S-4','here','there',X'3132333435363738',11,1,10551296,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,41380.90625,0,0,NULL,231,NULL,NULL);
INSERT INTO "messages" VALUES(198,2,'S-4','here','there',X'3132333435363738',11,1,10616832,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,41637.90625,0,0,NULL,232,NULL,NULL);
INSERT INTO "messages" VALUES(199,2,'S-4','here','there',X'3132333435363738',11,1,10682368,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,41894.90625,0,0,NULL,233,NULL,NULL);
INSERT INTO "messages" VALUES(200,2,'S-4','here','there',X'3132333435363738',11,1,10747904,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,42151.90625,0,0,NULL,234,NULL,NULL);
INSERT INTO "messages" VALUES(201,2,'S-4','here','there',X'3132333435363738',11,1,10813440,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,42408.90625,0,0,NULL,235,NULL,NULL);
INSERT INTO "messages" VALUES(202,2,'S-4','here','there',X'3132333435363738',11,1,10878976,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,42665.90625,0,0,NULL,236,NULL,NULL);
INSERT INTO "messages" VALUES(203,2,'S-4','here','there',X'3132333435363738',11,1,10944512,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,42922.90625,0,0,NULL,237,NULL,NULL);
INSERT INTO "messages" VALUES(204,2,'S-4','here','there',X'3132333435363738',11,1,11010048,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,43179.90625,0,0,NULL,238,NULL,NULL);
INSERT INTO "messages" VALUES(205,2,'S-4','here','there',X'3132333435363738',11,1,11075584,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,43436.90625,0,0,NULL,239,NULL,NULL);
INSERT INTO "messages" VALUES(206,2,'S-4','here','there',X'3132333435363738',11,1,11141120,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,43693.90625,0,0,NULL,240,NULL,NULL);
INSERT INTO "messages" VALUES(207,2,'S-4','here','there',X'3132333435363738',11,1,11206656,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,43950.90625,0,0,NULL,241,NULL,NULL);
INSERT INTO "messages" VALUES(208,2,'S-4','here','there',X'3132333435363738',11,1,11272192,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,44207.90625,0,0,NULL,242,NULL,NULL);
INSERT INTO "messages" VALUES(209,2,'S-4','here','there',X'3132333435363738',11,1,11337728,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,44464.90625,0,0,NULL,243,NULL,NULL);
INSERT INTO "messages" VALUES(210,2,'S-4','here','there',X'3132333435363738',11,1,11403264,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,44721.90625,0,0,NULL,244,NULL,NULL);
INSERT INTO "messages" VALUES(211,2,'S-4','here','there',X'3132333435363738',11,1,11468800,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,44978.90625,0,0,NULL,245,NULL,NULL);
INSERT INTO "messages" VALUES(212,2,'S-4','here','there',X'3132333435363738',11,1,11534336,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,45235.90625,0,0,NULL,246,NULL,NULL);
INSERT INTO "messages" VALUES(213,2,'S-4','here','there',X'3132333435363738',11,1,11599872,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,45492.90625,0,0,NULL,247,NULL,NULL);
INSERT INTO "messages" VALUES(214,2,'S-4','here','there',X'3132333435363738',11,1,11665408,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,45749.90625,0,0,NULL,248,NULL,NULL);
INSERT INTO "messages" VALUES(215,2,'S-4','here','there',X'3132333435363738',11,1,11730944,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,46006.90625,0,0,NULL,249,NULL,NULL);
INSERT INTO "messages" VALUES(216,2,'S-4','here','there',X'3132333435363738',11,1,11796480,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,46263.90625,0,0,NULL,250,NULL,NULL);
INSERT INTO "messages" VALUES(217,2,'S-4','here','there',X'3132333435363738',11,1,11862016,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,46520.90625,0,0,NULL,251,NULL,NULL);
INSERT INTO "messages" VALUES(218,2,'S-4','here','there',X'3132333435363738',11,1,11927552,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,46777.90625,0,0,NULL,252,NULL,NULL);
INSERT INTO "messages" VALUES(219,2,'S-4','here','there',X'3132333435363738',11,1,11993088,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,47034.90625,0,0,NULL,253,NULL,NULL);
INSERT INTO "messages" VALUES(220,2,'S-4','here','there',X'3132333435363738',11,1,12058624,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,47291.90625,0,0,NULL,254,NULL,NULL);
INSERT INTO "messages" VALUES(221,2,'S-4','here','there',X'3132333435363738',11,1,12124160,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,47548.90625,0,0,NULL,255,NULL,NULL);
INSERT INTO "messages" VALUES(222,2,'S-4','here','there',X'3132333435363738',11,1,12189696,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,47805.90625,0,0,NULL,256,NULL,NULL);
INSERT INTO "messages" VALUES(223,2,'S-4','here','there',X'3132333435363738',11,1,12255232,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,48062.90625,0,0,NULL,257,NULL,NULL);
INSERT INTO "messages" VALUES(224,2,'S-4','here','there',X'3132333435363738',11,1,12320768,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,48319.90625,0,0,NULL,258,NULL,NULL);
INSERT INTO "messages" VALUES(225,2,'S-4','here','there',X'3132333435363738',11,1,12386304,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,48576.90625,0,0,NULL,259,NULL,NULL);
INSERT INTO "messages" VALUES(226,2,'S-4','here','there',X'3132333435363738',11,1,12451840,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,48833.90625,0,0,NULL,260,NULL,NULL);
INSERT INTO "messages" VALUES(227,2,'S-4','here','there',X'3132333435363738',11,1,12517376,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,49090.90625,0,0,NULL,261,NULL,NULL);
INSERT INTO "messages" VALUES(228,2,'S-4','here','there',X'3132333435363738',11,1,12582912,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,49347.90625,0,0,NULL,262,NULL,NULL);
INSERT INTO "messages" VALUES(229,2,'S-4','here','there',X'3132333435363738',11,1,12648448,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,49604.90625,0,0,NULL,263,NULL,NULL);
INSERT INTO "messages" VALUES(230,2,'S-4','here','there',X'3132333435363738',11,1,12713984,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,49861.90625,0,0,NULL,264,NULL,NULL);
INSERT INTO "messages" VALUES(231,2,'S-4','here','there',X'3132333435363738',11,1,12779520,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,50118.90625,0,0,NULL,265,NULL,NULL);
INSERT INTO "messages" VALUES(232,2,'S-4','here','there',X'3132333435363738',11,1,12845056,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,50375.90625,0,0,NULL,266,NULL,NULL);
INSERT INTO "messages" VALUES(233,2,'S-4','here','there',X'3132333435363738',11,1,12910592,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,50632.90625,0,0,NULL,267,NULL,NULL);
INSERT INTO "messages" VALUES(234,2,'S-4','here','there',X'3132333435363738',11,1,12976128,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,50889.90625,0,0,NULL,268,NULL,NULL);
INSERT INTO "messages" VALUES(235,2,'S-4','here','there',X'3132333435363738',11,1,13041664,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,51146.90625,0,0,NULL,269,NULL,NULL);
INSERT INTO "messages" VALUES(236,2,'S-4','here','there',X'3132333435363738',11,1,13107200,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,51403.90625,0,0,NULL,270,NULL,NULL);
INSERT INTO "messages" VALUES(237,2,'S-4','here','there',X'3132333435363738',11,1,13172736,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,51660.90625,0,0,NULL,271,NULL,NULL);
INSERT INTO "messages" VALUES(238,2,'S-4','here','there',X'3132333435363738',11,1,13238272,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,51917.90625,0,0,NULL,272,NULL,NULL);
INSERT INTO "messages" VALUES(239,2,'S-4','here','there',X'3132333435363738',11,1,13303808,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,52174.90625,0,0,NULL,273,NULL,NULL);
INSERT INTO "messages" VALUES(240,2,'S-4','here','there',X'3132333435363738',11,1,13369344,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,52431.90625,0,0,NULL,274,NULL,NULL);
INSERT INTO "messages" VALUES(241,2,'S-4','here','there',X'3132333435363738',11,1,13434880,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,52688.90625,0,0,NULL,275,NULL,NULL);
INSERT INTO "messages" VALUES(242,2,'S-4','here','there',X'3132333435363738',11,1,13500416,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,52945.90625,0,0,NULL,276,NULL,NULL);
INSERT INTO "messages" VALUES(243,2,'S-4','here','there',X'3132333435363738',11,1,13565952,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,53202.90625,0,0,NULL,277,NULL,NULL);
INSERT INTO "messages" VALUES(244,2,'S-4','here','there',X'3132333435363738',11,1,13631488,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,53459.90625,0,0,NULL,278,NULL,NULL);
INSERT INTO "messages" VALUES(245,2,'S-4','here','there',X'3132333435363738',11,1,13697024,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,53716.90625,0,0,NULL,279,NULL,NULL);
INSERT INTO "messages" VALUES(246,2,'S-4','here','there',X'3132333435363738',11,1,13762560,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,53973.90625,0,0,NULL,280,NULL,NULL);
INSERT INTO "messages" VALUES(247,2,'S-4','here','there',X'3132333435363738',11,1,13828096,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,54230.90625,0,0,NULL,281,NULL,NULL);
INSERT INTO "messages" VALUES(248,2,'S-4','here','there',X'3132333435363738',11,1,13893632,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,54487.90625,0,0,NULL,282,NULL,NULL);
INSERT INTO "messages" VALUES(249,2,'S-4','here','there',X'3132333435363738',11,1,13959168,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,54744.90625,0,0,NULL,283,NULL,NULL);
INSERT INTO "messages" VALUES(250,2,'S-4','here','there',X'3132333435363738',11,1,14024704,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,55001.90625,0,0,NULL,284,NULL,NULL);
INSERT INTO "messages" VALUES(251,2,'S-4','here','there',X'3132333435363738',11,1,14090240,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,55258.90625,0,0,NULL,285,NULL,NULL);
INSERT INTO "messages" VALUES(252,2,'S-4','here','there',X'3132333435363738',11,1,14155776,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,55515.90625,0,0,NULL,286,NULL,NULL);
INSERT INTO "messages" VALUES(253,2,'S-4','here','there',X'3132333435363738',11,1,14221312,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,55772.90625,0,0,NULL,287,NULL,NULL);
INSERT INTO "messages" VALUES(254,2,'S-4','here','there',X'3132333435363738',11,1,14286848,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,56029.90625,0,0,NULL,288,NULL,NULL);
INSERT INTO "messages" VALUES(255,2,'S-4','here','there',X'3132333435363738',11,1,14352384,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,56286.90625,0,0,NULL,289,NULL,NULL);
INSERT INTO "messages" VALUES(256,2,'S-4','here','there',X'3132333435363738',11,1,14417920,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,56543.90625,0,0,NULL,290,NULL,NULL);
INSERT INTO "messages" VALUES(257,2,'S-4','here','there',X'3132333435363738',11,1,14483456,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,56800.90625,0,0,NULL,291,NULL,NULL);
INSERT INTO "messages" VALUES(258,2,'S-4','here','there',X'3132333435363738',11,1,14548992,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,57057.90625,0,0,NULL,292,NULL,NULL);
INSERT INTO "messages" VALUES(259,2,'S-4','here','there',X'3132333435363738',11,1,14614528,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,57314.90625,0,0,NULL,293,NULL,NULL);
INSERT INTO "messages" VALUES(260,2,'S-4','here','there',X'3132333435363738',11,1,14680064,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,57571.90625,0,0,NULL,294,NULL,NULL);
INSERT INTO "messages" VALUES(261,2,'S-4','here','there',X'3132333435363738',11,1,14745600,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,57828.90625,0,0,NULL,295,NULL,NULL);
INSERT INTO "messages" VALUES(262,2,'S-4','here','there',X'3132333435363738',11,1,14811136,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,58085.90625,0,0,NULL,296,NULL,NULL);
INSERT INTO "messages" VALUES(263,2,'S-4','here','there',X'3132333435363738',11,1,14876672,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,58342.90625,0,0,NULL,297,NULL,NULL);
INSERT INTO "messages" VALUES(264,2,'S-4','here','there',X'3132333435363738',11,1,14942208,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,58599.90625,0,0,NULL,298,NULL,NULL);
INSERT INTO "messages" VALUES(265,2,'S-4','here','there',X'3132333435363738',11,1,15007744,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,58856.90625,0,0,NULL,299,NULL,NULL);
INSERT INTO "messages" VALUES(266,2,'S-4','here','there',X'3132333435363738',11,1,15073280,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,59113.90625,0,0,NULL,300,NULL,NULL);
INSERT INTO "messages" VALUES(267,2,'S-4','here','there',X'3132333435363738',11,1,15138816,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,59370.90625,0,0,NULL,301,NULL,NULL);
INSERT INTO "messages" VALUES(268,2,'S-4','here','there',X'3132333435363738',11,1,15204352,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,59627.90625,0,0,NULL,302,NULL,NULL);
INSERT INTO "messages" VALUES(269,2,'S-4','here','there',X'3132333435363738',11,1,15269888,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,59884.90625,0,0,NULL,303,NULL,NULL);
INSERT INTO "messages" VALUES(270,2,'S-4','here','there',X'3132333435363738',11,1,15335424,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,60141.90625,0,0,NULL,304,NULL,NULL);
INSERT INTO "messages" VALUES(271,2,'S-4','here','there',X'3132333435363738',11,1,15400960,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,60398.90625,0,0,NULL,305,NULL,NULL);
INSERT INTO "messages" VALUES(272,2,'S-4','here','there',X'3132333435363738',11,1,15466496,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,60655.90625,0,0,NULL,306,NULL,NULL);
INSERT INTO "messages" VALUES(273,2,'S-4','here','there',X'3132333435363738',11,1,15532032,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,60912.90625,0,0,NULL,307,NULL,NULL);
INSERT INTO "messages" VALUES(274,2,'S-4','here','there',X'3132333435363738',11,1,15597568,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,61169.90625,0,0,NULL,308,NULL,NULL);
INSERT INTO "messages" VALUES(275,2,'S-4','here','there',X'3132333435363738',11,1,15663104,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,61426.90625,0,0,NULL,309,NULL,NULL);
INSERT INTO "messages" VALUES(276,2,'S-4','here','there',X'3132333435363738',11,1,15728640,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,61683.90625,0,0,NULL,310,NULL,NULL);
INSERT INTO "messages" VALUES(277,2,'S-4','here','there',X'3132333435363738',11,1,15794176,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,61940.90625,0,0,NULL,311,NULL,NULL);
INSERT INTO "messages" VALUES(278,2,'S-4','here','there',X'3132333435363738',11,1,15859712,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,62197.90625,0,0,NULL,312,NULL,NULL);
INSERT INTO "messages" VALUES(279,2,'S-4','here','there',X'3132333435363738',11,1,15925248,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,62454.90625,0,0,NULL,313,NULL,NULL);
INSERT INTO "messages" VALUES(280,2,'S-4','here','there',X'3132333435363738',11,1,15990784,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,62711.90625,0,0,NULL,314,NULL,NULL);
INSERT INTO "messages" VALUES(281,2,'S-4','here','there',X'3132333435363738',11,1,16056320,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,62968.90625,0,0,NULL,315,NULL,NULL);
INSERT INTO "messages" VALUES(282,2,'S-4','here','there',X'3132333435363738',11,1,16121856,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,63225.90625,0,0,NULL,316,NULL,NULL);
INSERT INTO "messages" VALUES(283,2,'S-4','here','there',X'3132333435363738',11,1,16187392,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,63482.90625,0,0,NULL,317,NULL,NULL);
INSERT INTO "messages" VALUES(284,2,'S-4','here','there',X'3132333435363738',11,1,16252928,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,63739.90625,0,0,NULL,318,NULL,NULL);
INSERT INTO "messages" VALUES(285,2,'S-4','here','there',X'3132333435363738',11,1,16318464,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,63996.90625,0,0,NULL,319,NULL,NULL);
INSERT INTO "messages" VALUES(286,2,'S-4','here','there',X'3132333435363738',11,1,16384000,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,64253.90625,0,0,NULL,320,NULL,NULL);
INSERT INTO "messages" VALUES(287,2,'S-4','here','there',X'3132333435363738',11,1,16449536,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,64510.90625,0,0,NULL,321,NULL,NULL);
INSERT INTO "messages" VALUES(288,2,'S-4','here','there',X'3132333435363738',11,1,16515072,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,64767.90625,0,0,NULL,322,NULL,NULL);
INSERT INTO "messages" VALUES(289,2,'S-4','here','there',X'3132333435363738',11,1,16580608,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,65024.90625,0,0,NULL,323,NULL,NULL);
INSERT INTO "messages" VALUES(290,2,'S-4','here','there',X'3132333435363738',11,1,16646144,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,65281.90625,0,0,NULL,324,NULL,NULL);
INSERT INTO "messages" VALUES(291,2,'S-4','here','there',X'3132333435363738',11,1,16711680,65536,16842752,20,34,11,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,65538.90625,0,0,NULL,325,NULL,NULL);
INSERT INTO "messages" VALUES(292,6,'D','here','there',X'3132333435363738',12,1,0,143360,143360,20,0,12,'there',NULL,NULL,NULL,NULL,NULL,'created','importer',4,3600,0.0,0,0.0,0.0,3600.0,0,0,0,0.0,143360,4,'drop',333,'piece 294: the file changed while it was being sent',NULL);
INSERT INTO "messages" VALUES(293,3,'D','here','there',X'3132333435363738',12,1,0,0,143360,20,292,12,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,0.0,0,0,NULL,336,'what it is a piece of died',NULL);
INSERT INTO "messages" VALUES(294,2,'D','here','there',X'3132333435363738',12,1,0,65536,143360,20,292,12,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,3.90625,0,0,NULL,332,'the file changed while it was being sent',NULL);
INSERT INTO "messages" VALUES(295,2,'D','here','there',X'3132333435363738',12,1,65536,65536,143360,20,292,12,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,6.09375,0,0,NULL,334,'what it is a piece of died',NULL);
INSERT INTO "messages" VALUES(296,2,'D','here','there',X'3132333435363738',12,1,131072,12288,143360,20,292,12,'there',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,8.28125,0,0,NULL,335,'what it is a piece of died',NULL);
INSERT INTO "messages" VALUES(297,6,'S-1','here','silent',X'3132333435363738',1,1,0,5,5,20,0,13,'silent',NULL,NULL,NULL,NULL,NULL,'created','importer',4,3600,0.0,0,0.0,0.0,3600.0,0,0,0,0.0,0,0,'hello',337,NULL,NULL);
INSERT INTO "messages" VALUES(298,4,'S-5','here','silent',X'3132333435363738',2,1,0,0,0,0,0,NULL,'silent',NULL,NULL,NULL,NULL,NULL,'made','engine',4,3600,0.0,0,0.0,0.0,3600.0,0,0,0,0.0,0,0,NULL,338,NULL,NULL);
INSERT INTO "messages" VALUES(299,6,'S-1','here','nowhere',X'3132333435363738',1,1,0,5,5,20,0,14,NULL,NULL,NULL,NULL,NULL,NULL,'created','importer',4,3600,0.0,0,0.0,0.0,3600.0,0,0,0,0.0,0,0,NULL,339,NULL,NULL);
INSERT INTO "messages" VALUES(300,6,'S-2W','here','lost',X'3132333435363738',1,1,0,204800,204800,20,0,15,'lost',NULL,NULL,NULL,NULL,NULL,'created','importer',4,3600,0.0,0,0.0,30.0,3600.0,0,0,0,0.0,204800,4,'cut',346,NULL,NULL);
INSERT INTO "messages" VALUES(301,3,'F','here','lost',X'3132333435363738',1,1,0,0,204800,20,300,15,'lost',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,0.0,0,0,NULL,348,NULL,NULL);
INSERT INTO "messages" VALUES(302,2,'S-4W','here','lost',X'3132333435363738',1,1,0,65536,204800,20,300,15,'lost',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,0.0,0,0,NULL,349,NULL,NULL);
INSERT INTO "messages" VALUES(303,2,'S-4','here','lost',X'3132333435363738',1,1,65536,65536,204800,20,300,15,'lost',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,0.0,0,0,'hello',529,NULL,NULL);
INSERT INTO "messages" VALUES(304,2,'S-4','here','lost',X'3132333435363738',1,1,131072,65536,204800,20,300,15,'lost',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,3.125,0,0,'hello',530,NULL,NULL);
INSERT INTO "messages" VALUES(305,2,'S-4','here','lost',X'3132333435363738',1,1,196608,8192,204800,20,300,15,'lost',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,6.25,0,0,'hello',531,NULL,NULL);
INSERT INTO "messages" VALUES(306,6,'S-2W','here','lost',X'3132333435363738',2,1,0,5,5,20,0,16,'lost',NULL,NULL,NULL,NULL,NULL,'created','importer',4,3600,0.0,0,0.0,30.0,3600.0,0,0,0,0.0,5,1,'cut',352,NULL,NULL);
INSERT INTO "messages" VALUES(307,1,'S-4','here','lost',X'3132333435363738',2,1,0,25,25,20,306,16,'lost',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,0.0,0.0,NULL,0,0,0,0.0,0,0,'hello',532,NULL,NULL);
INSERT INTO "messages" VALUES(308,4,'S-5','here','lost',X'3132333435363738',4,1,0,0,0,0,0,NULL,'lost',NULL,NULL,NULL,NULL,NULL,'made','engine',4,3600,0.0,0,20.0,0.0,3620.0,0,0,0,0.0,0,0,NULL,354,NULL,NULL);
INSERT INTO "messages" VALUES(309,6,'S-2W','here','shrunk',X'3132333435363738',1,1,0,1228800,1228800,20,0,17,'shrunk',NULL,NULL,NULL,NULL,NULL,'created','importer',4,3600,0.0,0,20.0,50.0,3620.0,0,0,0,0.0,1228800,2,'cut',362,NULL,NULL);
INSERT INTO "messages" VALUES(310,3,'F','here','shrunk',X'3132333435363738',1,1,0,0,1228800,20,309,17,'shrunk',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,20.0,0.0,NULL,0,0,0,0.0,0,0,NULL,364,NULL,NULL);
INSERT INTO "messages" VALUES(311,2,'S-2W','here','shrunk',X'3132333435363738',1,1,0,1048576,1228800,20,309,17,'shrunk',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,20.0,50.0,NULL,0,0,0,0.0,1048576,15,'cut',400,NULL,NULL);
INSERT INTO "messages" VALUES(312,2,'S-2W','here','shrunk',X'3132333435363738',1,1,1048576,180224,1228800,20,309,17,'shrunk',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,20.0,50.0,NULL,0,0,0,300.0,180224,3,'cut',405,NULL,NULL);
INSERT INTO "messages" VALUES(313,6,'S-2W','here','shrunk',X'3132333435363738',2,1,0,184320,184320,20,0,18,'shrunk',NULL,NULL,NULL,NULL,NULL,'created','importer',4,3600,0.0,0,20.0,50.0,3620.0,0,0,0,0.0,184320,1,'cut',367,NULL,NULL);
INSERT INTO "messages" VALUES(314,1,'S-2W','here','shrunk',X'3132333435363738',2,1,0,184340,184340,20,313,18,'shrunk',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,20.0,50.0,NULL,0,0,0,0.0,184340,2,'cut',377,NULL,NULL);
INSERT INTO "messages" VALUES(315,6,'S-2W','here','shrunk',X'3132333435363738',3,1,0,194560,194560,20,0,19,'shrunk',NULL,NULL,NULL,NULL,NULL,'created','importer',4,3600,0.0,0,20.0,50.0,3620.0,0,0,0,0.0,194560,1,'cut',370,NULL,NULL);
INSERT INTO "messages" VALUES(316,1,'S-2W','here','shrunk',X'3132333435363738',3,1,0,194580,194580,20,315,19,'shrunk',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,20.0,50.0,NULL,0,0,0,0.0,194580,2,'cut',410,NULL,NULL);
INSERT INTO "messages" VALUES(317,1,'S-2W','there','shrunk',X'6162636465666768',21,1,0,174080,174080,0,0,NULL,'shrunk','there',X'656E76656C6F7065',X'73616C74',X'6868686868686868686868686868686868686868686868686868686868686868',X'6868686868686868686868686868686868686868686868686868686868686868','arrived','processor_r',4,3600,0.0,0,20.0,50.0,3620.0,0,0,0,0.0,174080,2,'cut',382,NULL,NULL);
INSERT INTO "messages" VALUES(318,1,'F','here','shrunk',X'3132333435363738',2,1,0,65536,184340,20,314,18,'shrunk',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,20.0,0.0,NULL,0,0,0,0.0,0,0,NULL,412,NULL,NULL);
INSERT INTO "messages" VALUES(319,1,'S-4W','here','shrunk',X'3132333435363738',2,1,65536,65536,184340,20,314,18,'shrunk',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,20.0,0.0,NULL,0,0,0,0.0,0,0,NULL,413,NULL,NULL);
INSERT INTO "messages" VALUES(320,1,'S-4','here','shrunk',X'3132333435363738',2,1,131072,53268,184340,20,314,18,'shrunk',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,20.0,0.0,NULL,0,0,0,0.0,0,0,NULL,376,NULL,NULL);
INSERT INTO "messages" VALUES(321,1,'F','there','shrunk',X'6162636465666768',21,1,0,65536,174080,0,317,NULL,'shrunk','there',X'656E76656C6F7065',X'73616C74',NULL,NULL,'cut','engine',4,3600,0.0,0,20.0,0.0,NULL,0,0,0,0.0,0,0,NULL,418,NULL,NULL);
INSERT INTO "messages" VALUES(322,1,'S-4W','there','shrunk',X'6162636465666768',21,1,65536,65536,174080,0,317,NULL,'shrunk','there',X'656E76656C6F7065',X'73616C74',NULL,NULL,'cut','engine',4,3600,0.0,0,20.0,0.0,NULL,0,0,0,0.0,0,0,NULL,419,NULL,NULL);
INSERT INTO "messages" VALUES(323,1,'S-4','there','shrunk',X'6162636465666768',21,1,131072,43008,174080,0,317,NULL,'shrunk','there',X'656E76656C6F7065',X'73616C74',NULL,NULL,'cut','engine',4,3600,0.0,0,20.0,0.0,NULL,0,0,0,0.0,0,0,NULL,381,NULL,NULL);
INSERT INTO "messages" VALUES(324,2,'F','here','shrunk',X'3132333435363738',1,1,0,65536,1228800,20,311,17,'shrunk',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,20.0,0.0,NULL,0,0,0,300.0,0,0,NULL,421,NULL,NULL);
INSERT INTO "messages" VALUES(325,2,'S-4','here','shrunk',X'3132333435363738',1,1,65536,65536,1228800,20,311,17,'shrunk',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,20.0,0.0,NULL,0,0,0,300.0,0,0,NULL,385,NULL,NULL);
INSERT INTO "messages" VALUES(326,2,'S-4','here','shrunk',X'3132333435363738',1,1,131072,65536,1228800,20,311,17,'shrunk',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,20.0,0.0,NULL,0,0,0,318.75,0,0,NULL,386,NULL,NULL);
INSERT INTO "messages" VALUES(327,2,'S-4','here','shrunk',X'3132333435363738',1,1,196608,65536,1228800,20,311,17,'shrunk',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,20.0,0.0,NULL,0,0,0,337.5,0,0,NULL,387,NULL,NULL);
INSERT INTO "messages" VALUES(328,2,'S-4','here','shrunk',X'3132333435363738',1,1,262144,65536,1228800,20,311,17,'shrunk',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,20.0,0.0,NULL,0,0,0,356.25,0,0,NULL,388,NULL,NULL);
INSERT INTO "messages" VALUES(329,2,'S-4','here','shrunk',X'3132333435363738',1,1,327680,65536,1228800,20,311,17,'shrunk',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,20.0,0.0,NULL,0,0,0,375.0,0,0,NULL,389,NULL,NULL);
INSERT INTO "messages" VALUES(330,2,'S-4','here','shrunk',X'3132333435363738',1,1,393216,65536,1228800,20,311,17,'shrunk',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,20.0,0.0,NULL,0,0,0,393.75,0,0,NULL,390,NULL,NULL);
INSERT INTO "messages" VALUES(331,2,'S-4','here','shrunk',X'3132333435363738',1,1,458752,65536,1228800,20,311,17,'shrunk',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,20.0,0.0,NULL,0,0,0,412.5,0,0,NULL,391,NULL,NULL);
INSERT INTO "messages" VALUES(332,2,'S-4','here','shrunk',X'3132333435363738',1,1,524288,65536,1228800,20,311,17,'shrunk',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,20.0,0.0,NULL,0,0,0,431.25,0,0,NULL,392,NULL,NULL);
INSERT INTO "messages" VALUES(333,2,'S-4','here','shrunk',X'3132333435363738',1,1,589824,65536,1228800,20,311,17,'shrunk',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,20.0,0.0,NULL,0,0,0,450.0,0,0,NULL,393,NULL,NULL);
INSERT INTO "messages" VALUES(334,2,'S-4','here','shrunk',X'3132333435363738',1,1,655360,65536,1228800,20,311,17,'shrunk',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,20.0,0.0,NULL,0,0,0,468.75,0,0,NULL,394,NULL,NULL);
INSERT INTO "messages" VALUES(335,2,'S-4','here','shrunk',X'3132333435363738',1,1,720896,65536,1228800,20,311,17,'shrunk',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,20.0,0.0,NULL,0,0,0,487.5,0,0,NULL,395,NULL,NULL);
INSERT INTO "messages" VALUES(336,2,'S-4','here','shrunk',X'3132333435363738',1,1,786432,65536,1228800,20,311,17,'shrunk',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,20.0,0.0,NULL,0,0,0,506.25,0,0,NULL,396,NULL,NULL);
INSERT INTO "messages" VALUES(337,2,'S-4','here','shrunk',X'3132333435363738',1,1,851968,65536,1228800,20,311,17,'shrunk',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,20.0,0.0,NULL,0,0,0,525.0,0,0,NULL,397,NULL,NULL);
INSERT INTO "messages" VALUES(338,2,'S-4','here','shrunk',X'3132333435363738',1,1,917504,65536,1228800,20,311,17,'shrunk',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,20.0,0.0,NULL,0,0,0,543.75,0,0,NULL,398,NULL,NULL);
INSERT INTO "messages" VALUES(339,2,'S-4','here','shrunk',X'3132333435363738',1,1,983040,65536,1228800,20,311,17,'shrunk',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,20.0,0.0,NULL,0,0,0,562.5,0,0,NULL,399,NULL,NULL);
INSERT INTO "messages" VALUES(340,2,'S-4','here','shrunk',X'3132333435363738',1,1,1048576,65536,1228800,20,312,17,'shrunk',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,20.0,0.0,NULL,0,0,0,581.25,0,0,NULL,402,NULL,NULL);
INSERT INTO "messages" VALUES(341,2,'S-4','here','shrunk',X'3132333435363738',1,1,1114112,65536,1228800,20,312,17,'shrunk',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,20.0,0.0,NULL,0,0,0,300.0,0,0,NULL,403,NULL,NULL);
INSERT INTO "messages" VALUES(342,2,'S-4','here','shrunk',X'3132333435363738',1,1,1179648,49152,1228800,20,312,17,'shrunk',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,20.0,0.0,NULL,0,0,0,318.75,0,0,NULL,404,NULL,NULL);
INSERT INTO "messages" VALUES(343,1,'F','here','shrunk',X'3132333435363738',3,1,0,65536,194580,20,316,19,'shrunk',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,20.0,0.0,NULL,0,0,0,0.0,0,0,NULL,415,NULL,NULL);
INSERT INTO "messages" VALUES(344,1,'S-4W','here','shrunk',X'3132333435363738',3,1,65536,65536,194580,20,316,19,'shrunk',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,20.0,0.0,NULL,0,0,0,0.0,0,0,NULL,416,NULL,NULL);
INSERT INTO "messages" VALUES(345,1,'S-4','here','shrunk',X'3132333435363738',3,1,131072,63508,194580,20,316,19,'shrunk',NULL,NULL,NULL,NULL,NULL,'cut','engine',4,3600,0.0,0,20.0,0.0,NULL,0,0,0,0.0,0,0,NULL,409,NULL,NULL);
INSERT INTO "messages" VALUES(346,1,'S-1','here','silent',X'3132333435363738',2,1,0,5,5,0,0,NULL,'silent',NULL,NULL,NULL,NULL,NULL,'created','person',4,3600,0.0,0,20.0,0.0,3620.0,0,0,0,0.0,0,0,'hello',422,NULL,NULL);
INSERT INTO "messages" VALUES(347,1,'S-1','here','nowhere',X'3132333435363738',2,1,0,5,5,0,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'created','person',4,3600,0.0,0,20.0,0.0,3620.0,0,0,0,0.0,0,0,NULL,423,NULL,NULL);
INSERT INTO "messages" VALUES(348,1,'S-4','here','there',X'3132333435363738',13,1,0,3,3,0,0,NULL,'there',NULL,NULL,NULL,NULL,NULL,'created','person',3,3600,0.0,0,20.0,0.0,3620.0,0,0,0,0.0,0,0,NULL,424,NULL,NULL);
INSERT INTO "messages" VALUES(349,1,'S-4W','here','there',X'3132333435363738',14,1,0,3,3,0,0,NULL,'there',NULL,NULL,NULL,NULL,NULL,'created','person',3,3600,0.0,0,20.0,0.0,3620.0,0,0,0,0.0,0,0,NULL,429,NULL,NULL);
INSERT INTO "messages" VALUES(350,1,'S-2W','here','there',X'3132333435363738',15,1,0,5,5,0,0,NULL,'there',NULL,NULL,NULL,NULL,NULL,'created','person',3,3600,0.0,0,20.0,50.0,3620.0,0,0,0,0.0,0,0,NULL,432,NULL,NULL);
INSERT INTO "messages" VALUES(351,1,'F','here','there',X'3132333435363738',16,1,0,4,4,0,0,NULL,'there',NULL,NULL,NULL,NULL,NULL,'created','person',3,3600,0.0,0,20.0,0.0,3620.0,0,0,0,0.0,0,0,'drop',435,NULL,NULL);
INSERT INTO "messages" VALUES(352,1,'D','here','there',X'3132333435363738',17,1,0,4,4,0,0,NULL,'there',NULL,NULL,NULL,NULL,NULL,'created','person',3,3600,0.0,0,20.0,0.0,3620.0,0,0,0,0.0,0,0,NULL,436,'taken back',NULL);
INSERT INTO "messages" VALUES(353,7,'F','there','here',X'6162636465666768',22,1,0,0,100,0,0,NULL,NULL,'there',NULL,NULL,X'6868686868686868686868686868686868686868686868686868686868686868',X'6868686868686868686868686868686868686868686868686868686868686868','arrived','processor_r',4,3600,0.0,0,20.0,0.0,3620.0,0,0,0,0.0,0,0,'receipts',434,NULL,'{"words": [["there", "3132333435363738", 16, 1, 1, [], ""]]}');
INSERT INTO "messages" VALUES(354,3,'S-1','here','silent',X'3132333435363738',3,1,0,0,0,0,0,NULL,'silent',NULL,NULL,NULL,NULL,NULL,'made','processor_s',1,3600,0.0,0,20.0,0.0,3620.0,0,0,0,0.0,0,0,'hello',437,NULL,'{"kind": "key"}');
INSERT INTO "messages" VALUES(355,3,'S-4','here','there',X'3132333435363738',18,1,0,0,0,0,0,NULL,'there',NULL,NULL,NULL,NULL,NULL,'made','processor_s',1,3600,0.0,0,20.0,0.0,3620.0,0,0,0,0.0,0,0,NULL,438,NULL,'{"kind": "key"}');
INSERT INTO "messages" VALUES(356,3,'S-4W','here','there',X'3132333435363738',19,1,0,0,0,0,0,NULL,'there',NULL,NULL,NULL,NULL,NULL,'made','processor_s',1,3600,0.0,0,20.0,0.0,3620.0,0,0,0,0.0,0,0,NULL,440,NULL,'{"kind": "key"}');
INSERT INTO "messages" VALUES(357,3,'F','here','there',X'3132333435363738',20,1,0,0,0,0,0,NULL,'there',NULL,NULL,NULL,NULL,NULL,'made','processor_s',1,3600,0.0,0,20.0,0.0,3620.0,0,0,0,0.0,0,0,NULL,443,NULL,'{"kind": "key"}');
INSERT INTO "messages" VALUES(358,3,'D','here','there',X'3132333435363738',21,1,0,0,0,0,0,NULL,'there',NULL,NULL,NULL,NULL,NULL,'made','processor_s',1,3600,0.0,0,20.0,0.0,3620.0,0,0,0,0.0,0,0,NULL,446,'refused for good','{"kind": "key"}');
INSERT INTO "messages" VALUES(359,7,'S-1','here','silent',X'3132333435363738',4,1,0,0,0,0,0,NULL,'silent',NULL,NULL,NULL,NULL,NULL,'made','processor_s',1,3600,0.0,0,20.0,0.0,3620.0,0,0,0,0.0,0,0,'hello',447,NULL,NULL);
INSERT INTO "messages" VALUES(360,7,'S-4','here','there',X'3132333435363738',22,1,0,0,0,0,0,NULL,'there',NULL,NULL,NULL,NULL,NULL,'made','processor_s',1,3600,0.0,0,20.0,0.0,3620.0,0,0,0,0.0,0,0,NULL,448,NULL,NULL);
INSERT INTO "messages" VALUES(361,7,'S-4W','here','there',X'3132333435363738',23,1,0,0,0,0,0,NULL,'there',NULL,NULL,NULL,NULL,NULL,'made','processor_s',1,3600,0.0,0,20.0,0.0,3620.0,0,0,0,0.0,0,0,NULL,450,NULL,NULL);
INSERT INTO "messages" VALUES(362,7,'F','here','there',X'3132333435363738',24,1,0,0,0,0,0,NULL,'there',NULL,NULL,NULL,NULL,NULL,'made','processor_s',1,3600,0.0,0,20.0,0.0,3620.0,0,0,0,0.0,0,0,NULL,453,NULL,NULL);
INSERT INTO "messages" VALUES(363,7,'D','here','there',X'3132333435363738',25,1,0,0,0,0,0,NULL,'there',NULL,NULL,NULL,NULL,NULL,'made','processor_s',1,3600,0.0,0,20.0,0.0,3620.0,0,0,0,0.0,0,0,NULL,456,'refused for good',NULL);
INSERT INTO "messages" VALUES(364,3,'N-4','there','here',X'6162636465666768',23,1,0,0,196608,0,0,20,NULL,'there',X'656E76656C6F7065',NULL,X'6868686868686868686868686868686868686868686868686868686868686868',X'6868686868686868686868686868686868686868686868686868686868686868','arrived','processor_r',4,3600,0.0,0,20.0,0.0,3620.0,0,0,0,0.0,0,0,NULL,457,NULL,'{"kind": "file"}');
INSERT INTO "messages" VALUES(365,2,'F','there','here',X'6162636465666768',23,1,0,65536,196608,0,364,20,NULL,'there',NULL,NULL,X'6868686868686868686868686868686868686868686868686868686868686868',X'6868686868686868686868686868686868686868686868686868686868686868','arrived','processor_r',4,3600,0.0,0,20.0,0.0,NULL,0,0,0,0.0,0,0,'cover',458,NULL,NULL);
INSERT INTO "messages" VALUES(366,3,'N-4','there','here',X'6162636465666768',24,1,0,0,196608,0,0,21,NULL,'there',X'656E76656C6F7065',NULL,X'6868686868686868686868686868686868686868686868686868686868686868',X'6868686868686868686868686868686868686868686868686868686868686868','arrived','processor_r',4,3600,0.0,0,20.0,0.0,3620.0,0,0,0,0.0,0,0,NULL,459,NULL,'{"kind": "file"}');
INSERT INTO "messages" VALUES(367,2,'F','there','here',X'6162636465666768',24,1,0,65536,196608,0,366,21,NULL,'there',NULL,NULL,X'6868686868686868686868686868686868686868686868686868686868686868',X'6868686868686868686868686868686868686868686868686868686868686868','arrived','processor_r',4,3600,0.0,0,20.0,0.0,NULL,0,0,0,0.0,0,0,'cover',460,NULL,NULL);
INSERT INTO "messages" VALUES(368,2,'F','there','here',X'6162636465666768',24,1,65536,65536,196608,0,366,21,NULL,'there',NULL,NULL,X'6868686868686868686868686868686868686868686868686868686868686868',X'6868686868686868686868686868686868686868686868686868686868686868','arrived','processor_r',4,3600,0.0,0,20.0,0.0,NULL,0,0,0,0.0,0,0,'cover',461,NULL,NULL);
INSERT INTO "messages" VALUES(369,2,'F','there','here',X'6162636465666768',24,1,131072,65536,196608,0,366,21,NULL,'there',NULL,NULL,X'6868686868686868686868686868686868686868686868686868686868686868',X'6868686868686868686868686868686868686868686868686868686868686868','arrived','processor_r',4,3600,0.0,0,20.0,0.0,NULL,0,0,0,0.0,0,0,'cover',462,NULL,NULL);
INSERT INTO "messages" VALUES(370,3,'F','there','here',X'6162636465666768',25,1,0,0,196608,0,0,22,NULL,'there',X'656E76656C6F7065',NULL,X'6868686868686868686868686868686868686868686868686868686868686868',X'6868686868686868686868686868686868686868686868686868686868686868','arrived','processor_r',4,3600,0.0,0,20.0,0.0,3620.0,0,0,0,0.0,0,0,'confirm',467,NULL,'{"kind": "file"}');
INSERT INTO "messages" VALUES(371,2,'F','there','here',X'6162636465666768',25,1,0,65536,196608,0,370,22,NULL,'there',NULL,NULL,X'6868686868686868686868686868686868686868686868686868686868686868',X'6868686868686868686868686868686868686868686868686868686868686868','arrived','processor_r',4,3600,0.0,0,20.0,0.0,NULL,0,0,0,0.0,0,0,'cover',464,NULL,NULL);
INSERT INTO "messages" VALUES(372,2,'F','there','here',X'6162636465666768',25,1,65536,65536,196608,0,370,22,NULL,'there',NULL,NULL,X'6868686868686868686868686868686868686868686868686868686868686868',X'6868686868686868686868686868686868686868686868686868686868686868','arrived','processor_r',4,3600,0.0,0,20.0,0.0,NULL,0,0,0,0.0,0,0,'cover',465,NULL,NULL);
INSERT INTO "messages" VALUES(373,2,'F','there','here',X'6162636465666768',25,1,131072,65536,196608,0,370,22,NULL,'there',NULL,NULL,X'6868686868686868686868686868686868686868686868686868686868686868',X'6868686868686868686868686868686868686868686868686868686868686868','arrived','processor_r',4,3600,0.0,0,20.0,0.0,NULL,0,0,0,0.0,0,0,'cover',466,NULL,NULL);
INSERT INTO "messages" VALUES(374,3,'D','there','here',X'6162636465666768',26,1,0,0,196608,0,0,23,NULL,'there',X'656E76656C6F7065',NULL,X'6868686868686868686868686868686868686868686868686868686868686868',X'6868686868686868686868686868686868686868686868686868686868686868','arrived','processor_r',4,3600,0.0,0,20.0,0.0,3620.0,0,0,0,0.0,0,0,NULL,471,'name of there gave it up: it was taken back','{"kind": "file"}');
INSERT INTO "messages" VALUES(375,2,'F','there','here',X'6162636465666768',26,1,0,65536,196608,0,374,23,NULL,'there',NULL,NULL,X'6868686868686868686868686868686868686868686868686868686868686868',X'6868686868686868686868686868686868686868686868686868686868686868','arrived','processor_r',4,3600,0.0,0,20.0,0.0,NULL,0,0,0,0.0,0,0,'cover',469,NULL,NULL);
INSERT INTO "messages" VALUES(376,7,'F','there','here',X'6162636465666768',27,1,0,0,100,0,0,NULL,NULL,'there',NULL,NULL,X'6868686868686868686868686868686868686868686868686868686868686868',X'6868686868686868686868686868686868686868686868686868686868686868','arrived','processor_r',4,3600,0.0,0,20.0,0.0,3620.0,0,0,0,0.0,0,0,'receipts',470,NULL,'{"words": [["here", "6162636465666768", 26, 1, 5, [], "it was taken back"]]}');
INSERT INTO "messages" VALUES(377,1,'N-4','there','here',X'6162636465666768',28,1,0,100,100,0,0,24,NULL,'there',X'656E76656C6F7065',NULL,X'6868686868686868686868686868686868686868686868686868686868686868',X'6868686868686868686868686868686868686868686868686868686868686868','arrived','processor_r',4,3600,0.0,0,20.0,0.0,3620.0,0,0,0,0.0,0,0,NULL,472,NULL,NULL);
INSERT INTO "messages" VALUES(378,1,'F','there','here',X'6162636465666768',29,1,0,100,100,0,0,25,NULL,'there',X'656E76656C6F7065',NULL,X'6868686868686868686868686868686868686868686868686868686868686868',X'6868686868686868686868686868686868686868686868686868686868686868','arrived','processor_r',4,3600,0.0,0,20.0,0.0,3620.0,0,0,0,0.0,0,0,'confirm',474,NULL,NULL);
INSERT INTO "messages" VALUES(379,1,'D','there','here',X'6162636465666768',30,1,0,100,100,0,0,26,NULL,'there',X'656E76656C6F7065',NULL,X'6868686868686868686868686868686868686868686868686868686868686868',X'6868686868686868686868686868686868686868686868686868686868686868','arrived','processor_r',4,3600,0.0,0,20.0,0.0,3620.0,0,0,0,0.0,0,0,'fail',476,'it cannot be put into the inbox',NULL);
INSERT INTO "messages" VALUES(380,1,'N-4','there','here',X'6162636465666768',31,1,0,100,100,0,0,27,NULL,'there',X'656E76656C6F7065',NULL,X'6868686868686868686868686868686868686868686868686868686868686868',X'6868686868686868686868686868686868686868686868686868686868686868','arrived','processor_r',4,3600,0.0,0,20.0,0.0,3620.0,0,0,0,0.0,0,0,NULL,477,NULL,NULL);
INSERT INTO "messages" VALUES(381,1,'D','there','here',X'6162636465666768',32,1,0,100,100,0,0,NULL,NULL,'there',NULL,NULL,X'6868686868686868686868686868686868686868686868686868686868686868',X'6666666666666666666666666666666666666666666666666666666666666666','arrived','processor_r',4,3600,0.0,0,20.0,0.0,3620.0,0,0,0,0.0,0,0,NULL,478,'the body is not what was sent',NULL);
INSERT INTO "messages" VALUES(382,9,'D','there','here',X'6162636465666768',33,1,0,100,100,0,0,NULL,NULL,'there',NULL,NULL,X'6868686868686868686868686868686868686868686868686868686868686868',X'6868686868686868686868686868686868686868686868686868686868686868','arrived','processor_r',4,3600,0.0,0,20.0,0.0,3620.0,0,0,0,0.0,0,0,NULL,479,'unknown type',NULL);
INSERT INTO "messages" VALUES(383,1,'F','there','here',X'6162636465666768',34,1,0,100,100,0,0,NULL,NULL,'there',X'65',NULL,X'6868686868686868686868686868686868686868686868686868686868686868',X'6868686868686868686868686868686868686868686868686868686868686868','arrived','processor_r',4,3600,0.0,0,20.0,0.0,3620.0,0,0,0,0.0,0,0,'confirm',480,NULL,'{"kind": "text"}');
INSERT INTO "messages" VALUES(384,1,'F','there','here',X'6162636465666768',35,1,0,100,100,0,0,NULL,NULL,'there',X'65',NULL,X'6868686868686868686868686868686868686868686868686868686868686868',X'6868686868686868686868686868686868686868686868686868686868686868','arrived','processor_r',4,3600,0.0,0,20.0,0.0,3620.0,0,0,0,0.0,0,0,'confirm',481,NULL,'{"kind": "text"}');
INSERT INTO "messages" VALUES(385,3,'F','there','here',X'6162636465666768',36,1,0,0,100,0,0,NULL,NULL,'there',X'65',NULL,X'6868686868686868686868686868686868686868686868686868686868686868',X'6868686868686868686868686868686868686868686868686868686868686868','arrived','processor_r',4,3600,0.0,0,20.0,0.0,3620.0,0,0,0,0.0,0,0,'seen',482,NULL,'{"kind": "key"}');
INSERT INTO "messages" VALUES(386,1,'S-1','there','silent',X'6162636465666768',37,1,0,65536,65536,0,0,NULL,'silent','there',X'656E76656C6F7065',X'73616C74',X'6868686868686868686868686868686868686868686868686868686868686868',X'6868686868686868686868686868686868686868686868686868686868686868','arrived','processor_r',4,3600,0.0,0,20.0,0.0,3620.0,0,0,0,0.0,0,0,'hello',483,NULL,NULL);
INSERT INTO "messages" VALUES(387,2,'S-1','there','silent',X'6162636465666768',38,1,0,65536,196608,0,0,NULL,'silent','there',X'656E76656C6F7065',X'73616C74',X'6868686868686868686868686868686868686868686868686868686868686868',X'6868686868686868686868686868686868686868686868686868686868686868','arrived','processor_r',4,3600,0.0,0,20.0,0.0,3620.0,0,0,0,0.0,0,0,'hello',484,NULL,NULL);
INSERT INTO "messages" VALUES(388,3,'S-1','there','silent',X'6162636465666768',39,1,0,0,100,0,0,NULL,'silent','there',X'656E76656C6F7065',NULL,X'6868686868686868686868686868686868686868686868686868686868686868',X'6868686868686868686868686868686868686868686868686868686868686868','arrived','processor_r',4,3600,0.0,0,20.0,0.0,3620.0,0,0,0,0.0,0,0,'hello',485,NULL,NULL);
INSERT INTO "messages" VALUES(389,7,'S-1','there','silent',X'6162636465666768',40,1,0,0,100,0,0,NULL,'silent','there',X'656E76656C6F7065',NULL,X'6868686868686868686868686868686868686868686868686868686868686868',X'6868686868686868686868686868686868686868686868686868686868686868','arrived','processor_r',4,3600,0.0,0,20.0,0.0,3620.0,0,0,0,0.0,0,0,'hello',486,NULL,NULL);
INSERT INTO "messages" VALUES(390,1,'S-4','there','other',X'6162636465666768',41,1,0,65536,65536,0,0,NULL,'other','there',X'656E76656C6F7065',X'73616C74',X'6868686868686868686868686868686868686868686868686868686868686868',X'6868686868686868686868686868686868686868686868686868686868686868','arrived','processor_r',4,3600,0.0,0,20.0,0.0,3620.0,0,0,0,0.0,0,0,NULL,487,NULL,NULL);
INSERT INTO "messages" VALUES(391,2,'S-4','there','other',X'6162636465666768',42,1,0,65536,196608,0,0,NULL,'other','there',X'656E76656C6F7065',X'73616C74',X'6868686868686868686868686868686868686868686868686868686868686868',X'6868686868686868686868686868686868686868686868686868686868686868','arrived','processor_r',4,3600,0.0,0,20.0,0.0,3620.0,0,0,0,0.0,0,0,NULL,488,NULL,NULL);
INSERT INTO "messages" VALUES(392,3,'S-4','there','other',X'6162636465666768',43,1,0,0,100,0,0,NULL,'other','there',X'656E76656C6F7065',NULL,X'6868686868686868686868686868686868686868686868686868686868686868',X'6868686868686868686868686868686868686868686868686868686868686868','arrived','processor_r',4,3600,0.0,0,20.0,0.0,3620.0,0,0,0,0.0,0,0,NULL,489,NULL,NULL);
INSERT INTO "messages" VALUES(393,7,'S-4','there','other',X'6162636465666768',44,1,0,0,100,0,0,NULL,'other','there',X'656E76656C6F7065',NULL,X'6868686868686868686868686868686868686868686868686868686868686868',X'6868686868686868686868686868686868686868686868686868686868686868','arrived','processor_r',4,3600,0.0,0,20.0,0.0,3620.0,0,0,0,0.0,0,0,NULL,490,NULL,NULL);
INSERT INTO "messages" VALUES(394,1,'S-4W','there','other',X'6162636465666768',45,1,0,65536,65536,0,0,NULL,'other','there',X'656E76656C6F7065',X'73616C74',X'6868686868686868686868686868686868686868686868686868686868686868',X'6868686868686868686868686868686868686868686868686868686868686868','arrived','processor_r',4,3600,0.0,0,20.0,0.0,3620.0,0,0,0,0.0,0,0,NULL,492,NULL,NULL);
INSERT INTO "messages" VALUES(395,2,'S-4W','there','other',X'6162636465666768',46,1,0,65536,196608,0,0,NULL,'other','there',X'656E76656C6F7065',X'73616C74',X'6868686868686868686868686868686868686868686868686868686868686868',X'6868686868686868686868686868686868686868686868686868686868686868','arrived','processor_r',4,3600,0.0,0,20.0,0.0,3620.0,0,0,0,0.0,0,0,NULL,494,NULL,NULL);
INSERT INTO "messages" VALUES(396,3,'S-4W','there','other',X'6162636465666768',47,1,0,0,100,0,0,NULL,'other','there',X'656E76656C6F7065',NULL,X'6868686868686868686868686868686868686868686868686868686868686868',X'6868686868686868686868686868686868686868686868686868686868686868','arrived','processor_r',4,3600,0.0,0,20.0,0.0,3620.0,0,0,0,0.0,0,0,NULL,496,NULL,NULL);
INSERT INTO "messages" VALUES(397,7,'S-4W','there','other',X'6162636465666768',48,1,0,0,100,0,0,NULL,'other','there',X'656E76656C6F7065',NULL,X'6868686868686868686868686868686868686868686868686868686868686868',X'6868686868686868686868686868686868686868686868686868686868686868','arrived','processor_r',4,3600,0.0,0,20.0,0.0,3620.0,0,0,0,0.0,0,0,NULL,498,NULL,NULL);
INSERT INTO "messages" VALUES(398,1,'F','there','other',X'6162636465666768',49,1,0,65536,65536,0,0,NULL,'other','there',X'656E76656C6F7065',X'73616C74',X'6868686868686868686868686868686868686868686868686868686868686868',X'6868686868686868686868686868686868686868686868686868686868686868','arrived','processor_r',4,3600,0.0,0,20.0,0.0,3620.0,0,0,0,0.0,0,0,NULL,501,NULL,NULL);
INSERT INTO "messages" VALUES(399,2,'F','there','other',X'6162636465666768',50,1,0,65536,196608,0,0,NULL,'other','there',X'656E76656C6F7065',X'73616C74',X'6868686868686868686868686868686868686868686868686868686868686868',X'6868686868686868686868686868686868686868686868686868686868686868','arrived','processor_r',4,3600,0.0,0,20.0,0.0,3620.0,0,0,0,0.0,0,0,NULL,504,NULL,NULL);
INSERT INTO "messages" VALUES(400,3,'F','there','other',X'6162636465666768',51,1,0,0,100,0,0,NULL,'other','there',X'656E76656C6F7065',NULL,X'6868686868686868686868686868686868686868686868686868686868686868',X'6868686868686868686868686868686868686868686868686868686868686868','arrived','processor_r',4,3600,0.0,0,20.0,0.0,3620.0,0,0,0,0.0,0,0,NULL,507,NULL,NULL);
INSERT INTO "messages" VALUES(401,7,'F','there','other',X'6162636465666768',52,1,0,0,100,0,0,NULL,'other','there',X'656E76656C6F7065',NULL,X'6868686868686868686868686868686868686868686868686868686868686868',X'6868686868686868686868686868686868686868686868686868686868686868','arrived','processor_r',4,3600,0.0,0,20.0,0.0,3620.0,0,0,0,0.0,0,0,NULL,510,NULL,NULL);
INSERT INTO "messages" VALUES(402,1,'D','there','other',X'6162636465666768',53,1,0,65536,65536,0,0,NULL,'other','there',X'656E76656C6F7065',X'73616C74',X'6868686868686868686868686868686868686868686868686868686868686868',X'6868686868686868686868686868686868686868686868686868686868686868','arrived','processor_r',4,3600,0.0,0,20.0,0.0,3620.0,0,0,0,0.0,0,0,NULL,513,'refused for good',NULL);
INSERT INTO "messages" VALUES(403,2,'D','there','other',X'6162636465666768',54,1,0,65536,196608,0,0,NULL,'other','there',X'656E76656C6F7065',X'73616C74',X'6868686868686868686868686868686868686868686868686868686868686868',X'6868686868686868686868686868686868686868686868686868686868686868','arrived','processor_r',4,3600,0.0,0,20.0,0.0,3620.0,0,0,0,0.0,0,0,NULL,516,'refused for good',NULL);
INSERT INTO "messages" VALUES(404,3,'D','there','other',X'6162636465666768',55,1,0,0,100,0,0,NULL,'other','there',X'656E76656C6F7065',NULL,X'6868686868686868686868686868686868686868686868686868686868686868',X'6868686868686868686868686868686868686868686868686868686868686868','arrived','processor_r',4,3600,0.0,0,20.0,0.0,3620.0,0,0,0,0.0,0,0,NULL,519,'refused for good',NULL);
INSERT INTO "messages" VALUES(405,7,'D','there','other',X'6162636465666768',56,1,0,0,100,0,0,NULL,'other','there',X'656E76656C6F7065',NULL,X'6868686868686868686868686868686868686868686868686868686868686868',X'6868686868686868686868686868686868686868686868686868686868686868','arrived','processor_r',4,3600,0.0,0,20.0,0.0,3620.0,0,0,0,0.0,0,0,NULL,522,'refused for good',NULL);
INSERT INTO "messages" VALUES(406,4,'F','there','here',X'6162636465666768',100,1,0,0,0,0,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'arrived','initial_receiver',4,600,0.0,0,20.0,0.0,620.0,0,0,0,0.0,0,0,'settle',523,NULL,'{"addresses": ["10.0.0.9"], "commsport": 7411, "dataports": [7412], "capacity": 65536}');
INSERT INTO "messages" VALUES(407,5,'S-5','here','there',X'3132333435363738',100,1,0,0,0,0,0,NULL,'there',NULL,NULL,NULL,NULL,NULL,'made','engine',4,600,0.0,0,20.0,0.0,620.0,0,0,0,0.0,0,0,NULL,524,NULL,'{"echo":"6162636465666768","size":65536}');
INSERT INTO "messages" VALUES(408,4,'F','other','here',X'6162636465666768',100,1,0,0,0,0,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'arrived','initial_receiver',4,600,0.0,0,20.0,0.0,620.0,0,0,0,0.0,0,0,'settle',525,NULL,'{"addresses": ["10.0.0.9"], "commsport": 7411, "dataports": [7412], "capacity": 65536}');
INSERT INTO "messages" VALUES(409,5,'F','here','other',X'3132333435363738',100,1,0,0,0,0,0,NULL,'other',NULL,NULL,NULL,NULL,NULL,'made','engine',4,600,0.0,0,20.0,0.0,620.0,0,0,0,0.0,0,0,NULL,527,NULL,'{"echo":"6162636465666768","size":65536}');
INSERT INTO "messages" VALUES(410,4,'F','lost','here',X'6162636465666768',100,1,0,0,0,0,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'arrived','initial_receiver',4,600,0.0,0,20.0,0.0,620.0,0,0,0,0.0,0,0,'settle',528,NULL,'{"addresses": ["10.0.0.9"], "commsport": 7411, "dataports": [7412], "capacity": 65536}');
INSERT INTO "messages" VALUES(411,5,'D','here','lost',X'3132333435363738',100,1,0,0,0,0,0,NULL,'lost',NULL,NULL,NULL,NULL,NULL,'made','engine',4,600,0.0,0,20.0,0.0,620.0,0,0,0,0.0,0,0,NULL,534,'lifetime used up','{"echo":"6162636465666768","size":65536}');
INSERT INTO "messages" VALUES(412,4,'F','here','other',X'3132333435363738',102,1,0,0,0,0,0,NULL,'other',NULL,NULL,NULL,NULL,NULL,'made','engine',4,3600,0.0,0,20.0,0.0,3620.0,0,0,0,0.0,0,0,NULL,537,NULL,NULL);
INSERT INTO "messages" VALUES(413,5,'F','other','here',X'6162636465666768',102,1,0,0,0,0,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'arrived','initial_receiver',4,600,0.0,0,20.0,0.0,620.0,0,0,0,0.0,0,0,'adopt',536,NULL,'{"addresses": ["10.0.0.9"], "commsport": 7411, "dataports": [7412], "echo": "3132333435363738", "size": 65536}');
INSERT INTO "messages" VALUES(414,4,'D','here','there',X'3132333435363738',102,1,0,0,0,0,0,NULL,'there',NULL,NULL,NULL,NULL,NULL,'made','engine',4,3600,0.0,0,20.0,0.0,3620.0,0,0,0,0.0,0,0,'ask',539,'lifetime used up, or nobody waits for it any more',NULL);
CREATE TABLE peers (
  node           TEXT    PRIMARY KEY,
  name           TEXT    NOT NULL UNIQUE,    -- names the drop and inbox folders
  certificate    BLOB    NOT NULL,           -- DER
  pin            BLOB    NOT NULL UNIQUE CHECK (length(pin) = 32),  -- SHA-256 of the certificate
  sealing_key    BLOB    NOT NULL,           -- for sealing to it, from its card
  addresses      TEXT    NOT NULL DEFAULT '[]' CHECK (json_valid(addresses)),
  commsport      INTEGER NOT NULL DEFAULT 7411 CHECK (commsport BETWEEN 1 AND 65535),
  said_addresses TEXT    NOT NULL DEFAULT '[]' CHECK (json_valid(said_addresses)),  -- by its last hello or reply
  said_commsport INTEGER,                    -- likewise; NULL: it has said none since a person last did
  seen_address   TEXT    NOT NULL DEFAULT '',  -- where it last called from
  via            TEXT,                       -- next hop; itself = direct; NULL = no route
  quota_bytes    INTEGER,                    -- how much it may keep on our disk; NULL = what the disk has
  paused_s       REAL,                       -- since when a person lets nothing be offered to it; NULL: not paused
  -- how fast it is sent to as a next hop; NULL = as fast as the line goes (netrelay/core/token_bucket.py)
  limit_bytes_per_s INTEGER CHECK (limit_bytes_per_s BETWEEN 4096 AND 10737418240),
  last_agreement INTEGER NOT NULL DEFAULT 0  -- highest agreement number seen with it
) STRICT, WITHOUT ROWID;
INSERT INTO "peers" VALUES('lost','name of lost',X'6365727469666963617465206F66206C6F7374',X'6C6F737400000000000000000000000000000000000000000000000000000000',X'6B6579206F66206C6F7374','[]',7411,'["10.0.0.9"]',7411,'','lost',NULL,NULL,NULL,100);
INSERT INTO "peers" VALUES('nowhere','name of nowhere',X'6365727469666963617465206F66206E6F7768657265',X'6E6F776865726500000000000000000000000000000000000000000000000000',X'6B6579206F66206E6F7768657265','[]',7411,'[]',NULL,'',NULL,NULL,1.0,NULL,0);
INSERT INTO "peers" VALUES('other','name of other',X'6365727469666963617465206F66206F74686572',X'6F74686572000000000000000000000000000000000000000000000000000000',X'6B6579206F66206F74686572','[]',7411,'["10.0.0.9"]',7411,'','other',NULL,NULL,NULL,102);
INSERT INTO "peers" VALUES('shrunk','name of shrunk',X'6365727469666963617465206F6620736872756E6B',X'736872756E6B0000000000000000000000000000000000000000000000000000',X'6B6579206F6620736872756E6B','[]',7411,'["10.0.0.9"]',7411,'','shrunk',NULL,NULL,NULL,4);
INSERT INTO "peers" VALUES('silent','name of silent',X'6365727469666963617465206F662073696C656E74',X'73696C656E740000000000000000000000000000000000000000000000000000',X'6B6579206F662073696C656E74','[]',7411,'[]',NULL,'','silent',NULL,NULL,NULL,2);
INSERT INTO "peers" VALUES('there','name of there',X'6365727469666963617465206F66207468657265',X'7468657265000000000000000000000000000000000000000000000000000000',X'6B6579206F66207468657265','[]',7411,'["10.0.0.9"]',7411,'','there',NULL,NULL,NULL,102);
CREATE TABLE ranges (
  message INTEGER NOT NULL,
  first   INTEGER NOT NULL,
  last    INTEGER NOT NULL CHECK (last > first),
  PRIMARY KEY (message, first)
) STRICT, WITHOUT ROWID;
INSERT INTO "ranges" VALUES(364,0,65536);
INSERT INTO "ranges" VALUES(366,0,196608);
INSERT INTO "ranges" VALUES(380,0,60);
CREATE TABLE receipts_due (
  addressee   TEXT    NOT NULL,
  destination TEXT    NOT NULL,              -- of the message that the word is about
  epoch       BLOB    NOT NULL,
  sequence    INTEGER NOT NULL,
  attempt     INTEGER NOT NULL,
  verdict     INTEGER NOT NULL CHECK (verdict BETWEEN 1 AND 5),
  message     INTEGER NOT NULL,
  reason      TEXT    NOT NULL DEFAULT '',
  PRIMARY KEY (addressee, destination, epoch, sequence, attempt)
) STRICT, WITHOUT ROWID;
INSERT INTO "receipts_due" VALUES('other','other',X'6162636465666768',905,1,5,0,'why');
INSERT INTO "receipts_due" VALUES('there','here',X'6162636465666768',25,1,1,370,'');
INSERT INTO "receipts_due" VALUES('there','here',X'6162636465666768',29,1,1,378,'');
INSERT INTO "receipts_due" VALUES('there','here',X'6162636465666768',30,1,3,379,'it cannot be put into the inbox');
INSERT INTO "receipts_due" VALUES('there','here',X'6162636465666768',34,1,1,383,'');
INSERT INTO "receipts_due" VALUES('there','here',X'6162636465666768',35,1,1,384,'');
INSERT INTO "receipts_due" VALUES('there','here',X'6162636465666768',901,1,1,0,'why');
INSERT INTO "receipts_due" VALUES('there','here',X'6162636465666768',902,1,2,0,'why');
INSERT INTO "receipts_due" VALUES('there','here',X'6162636465666768',903,1,3,0,'why');
INSERT INTO "receipts_due" VALUES('there','here',X'6162636465666768',904,1,4,0,'why');
INSERT INTO "receipts_due" VALUES('there','other',X'6162636465666768',53,1,3,402,'refused for good');
INSERT INTO "receipts_due" VALUES('there','other',X'6162636465666768',54,1,3,403,'refused for good');
INSERT INTO "receipts_due" VALUES('there','other',X'6162636465666768',55,1,3,404,'refused for good');
CREATE TABLE rights (
  peer    TEXT NOT NULL REFERENCES peers (node) ON DELETE CASCADE,
  verb    TEXT NOT NULL CHECK (verb IN ('deliver', 'relay', 'carry')),
  subject TEXT NOT NULL DEFAULT '',          -- carry: the third node whose messages it may bring
  PRIMARY KEY (peer, verb, subject)
) STRICT, WITHOUT ROWID;
INSERT INTO "rights" VALUES('there','carry','other');
INSERT INTO "rights" VALUES('there','deliver','');
INSERT INTO "rights" VALUES('there','relay','');
CREATE TABLE seen (
  source TEXT    NOT NULL,
  epoch  BLOB    NOT NULL,
  first  INTEGER NOT NULL,
  last   INTEGER NOT NULL CHECK (last > first),
  PRIMARY KEY (source, epoch, first)
) STRICT, WITHOUT ROWID;
INSERT INTO "seen" VALUES('there',X'6162636465666768',8,9);
INSERT INTO "seen" VALUES('there',X'6162636465666768',22,23);
INSERT INTO "seen" VALUES('there',X'6162636465666768',25,26);
INSERT INTO "seen" VALUES('there',X'6162636465666768',27,28);
INSERT INTO "seen" VALUES('there',X'6162636465666768',29,30);
INSERT INTO "seen" VALUES('there',X'6162636465666768',34,37);
CREATE TABLE selfinfo (
  one         INTEGER PRIMARY KEY CHECK (one = 1),
  node        TEXT    NOT NULL,              -- node id, from the identity key
  name        TEXT    NOT NULL,              -- what people call it
  ipaddress   TEXT    NOT NULL,              -- listening address; a wildcard is said to peers as none
  commsport   INTEGER NOT NULL CHECK (commsport BETWEEN 1 AND 65535),
  dataports   TEXT    NOT NULL CHECK (json_array_length(dataports) BETWEEN 1 AND 4),
  capacity    INTEGER NOT NULL CHECK (capacity BETWEEN 65536 AND 16777216 AND capacity % 65536 = 0),
  lifetime_s  INTEGER NOT NULL CHECK (lifetime_s > 0),
  epoch       BLOB    NOT NULL CHECK (length(epoch) = 8)  -- new when the database is made, and at every start
) STRICT;
INSERT INTO "selfinfo" VALUES(1,'here','here','::',7411,'[7412]',65536,3600,X'3132333435363738');
CREATE TABLE sequences (
  destination TEXT PRIMARY KEY,
  next        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "sequences" VALUES('lost',3);
INSERT INTO "sequences" VALUES('nowhere',3);
INSERT INTO "sequences" VALUES('shrunk',4);
INSERT INTO "sequences" VALUES('silent',5);
INSERT INTO "sequences" VALUES('there',26);
CREATE TABLE sysinfo (
  node             TEXT    PRIMARY KEY,
  ipaddress        TEXT    NOT NULL,         -- JSON array of literal addresses it named, may be empty
  commsport        INTEGER NOT NULL,
  dataports        TEXT    NOT NULL CHECK (json_array_length(dataports) BETWEEN 1 AND 4),
  message_size     INTEGER NOT NULL CHECK (message_size BETWEEN 65536 AND 16777216),
  agreement_number INTEGER NOT NULL,
  epoch            BLOB    NOT NULL,         -- of the other node's database when this was settled
  settled_s        REAL    NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
INSERT INTO "sysinfo" VALUES('lost','["10.0.0.9"]',7411,'[7412]',65536,100,X'6162636465666768',20.0);
INSERT INTO "sysinfo" VALUES('other','["10.0.0.9"]',7411,'[7412]',65536,102,X'6162636465666768',20.0);
INSERT INTO "sysinfo" VALUES('shrunk','["10.0.0.9"]',7411,'[7412, 7413]',65536,4,X'6162636465666768',20.0);
INSERT INTO "sysinfo" VALUES('there','["10.0.0.9"]',7411,'[7412]',65536,100,X'6162636465666768',20.0);
CREATE TABLE texts (
  id             INTEGER PRIMARY KEY AUTOINCREMENT,  -- never again, also when all were removed
  message        INTEGER NOT NULL,
  source         TEXT    NOT NULL,
  epoch          BLOB    NOT NULL,
  sequence       INTEGER NOT NULL,
  written_unix_s INTEGER NOT NULL,
  unix_s         INTEGER NOT NULL,
  text           TEXT    NOT NULL,
  UNIQUE (source, epoch, sequence)             -- delivered once
) STRICT;
INSERT INTO "texts" VALUES(1,383,'there',X'6162636465666768',34,1799999991,1800000000,'hello');
INSERT INTO "texts" VALUES(2,384,'there',X'6162636465666768',35,1799999991,1800000000,'good bye');
CREATE TABLE transitions (
  from_state TEXT    NOT NULL,
  event      TEXT    NOT NULL,
  type       INTEGER NOT NULL,               -- 1 to 7; 0 stands for every type we do not know
  to_state   TEXT    NOT NULL,
  effect     TEXT,
  actor      TEXT    NOT NULL,
  why        TEXT    NOT NULL,
  PRIMARY KEY (from_state, event, type)
) STRICT, WITHOUT ROWID;
INSERT INTO "transitions" VALUES('-','arrived',0,'N-1',NULL,'processor_r','an unknown type: kept only to die with a reason');
INSERT INTO "transitions" VALUES('-','arrived',1,'N-1',NULL,'processor_r','a peer delivered it');
INSERT INTO "transitions" VALUES('-','arrived',2,'N-1',NULL,'processor_r','a peer delivered it');
INSERT INTO "transitions" VALUES('-','arrived',3,'N-1',NULL,'processor_r','a peer delivered it');
INSERT INTO "transitions" VALUES('-','arrived',4,'N-1',NULL,'initial_receiver','came over the commsport');
INSERT INTO "transitions" VALUES('-','arrived',5,'N-1',NULL,'initial_receiver','came over the commsport');
INSERT INTO "transitions" VALUES('-','arrived',7,'N-1',NULL,'processor_r','a peer delivered it');
INSERT INTO "transitions" VALUES('-','created',1,'N-1',NULL,'person','a text, by netrelay message');
INSERT INTO "transitions" VALUES('-','created',6,'N-1',NULL,'importer','a file was dropped; 6 is never born otherwise');
INSERT INTO "transitions" VALUES('-','cut',1,'S-4',NULL,'engine','a piece of a split: same hop, fits by construction');
INSERT INTO "transitions" VALUES('-','cut',2,'S-4',NULL,'engine','a piece of a split: same hop, fits by construction');
INSERT INTO "transitions" VALUES('-','cut',3,'S-4',NULL,'engine','a piece of a split: same hop, fits by construction');
INSERT INTO "transitions" VALUES('-','made',3,'N-1',NULL,'processor_s','a key for singles, a receipt');
INSERT INTO "transitions" VALUES('-','made',4,'N-1',NULL,'engine','consensus asked for or answered');
INSERT INTO "transitions" VALUES('-','made',5,'N-1',NULL,'engine','consensus asked for or answered');
INSERT INTO "transitions" VALUES('-','made',7,'N-1',NULL,'processor_s','a key for singles, a receipt');
INSERT INTO "transitions" VALUES('D','acked',1,'D',NULL,'processor_s','too late');
INSERT INTO "transitions" VALUES('D','acked',2,'D',NULL,'processor_s','too late');
INSERT INTO "transitions" VALUES('D','acked',3,'D',NULL,'processor_s','too late');
INSERT INTO "transitions" VALUES('D','acked',7,'D',NULL,'processor_s','too late');
INSERT INTO "transitions" VALUES('D','again',1,'N-1',NULL,'processor_r','a fresh copy came: live again');
INSERT INTO "transitions" VALUES('D','again',2,'N-1',NULL,'processor_r','a fresh copy came: live again');
INSERT INTO "transitions" VALUES('D','again',3,'N-1',NULL,'processor_r','a fresh copy came: live again');
INSERT INTO "transitions" VALUES('D','again',4,'F','settle','initial_receiver','asked again');
INSERT INTO "transitions" VALUES('D','again',5,'S-1',NULL,'engine','asked again');
INSERT INTO "transitions" VALUES('D','agreed',4,'F',NULL,'engine','the reply came after all');
INSERT INTO "transitions" VALUES('D','changed',1,'D',NULL,'processor_s','too late');
INSERT INTO "transitions" VALUES('D','changed',2,'D',NULL,'processor_s','too late');
INSERT INTO "transitions" VALUES('D','deferred',1,'D',NULL,'processor_s','too late');
INSERT INTO "transitions" VALUES('D','deferred',2,'D',NULL,'processor_s','too late');
INSERT INTO "transitions" VALUES('D','deferred',3,'D',NULL,'processor_s','too late');
INSERT INTO "transitions" VALUES('D','deferred',7,'D',NULL,'processor_s','too late');
INSERT INTO "transitions" VALUES('D','expired',4,'D',NULL,'initial_sender','too late');
INSERT INTO "transitions" VALUES('D','expired',5,'D',NULL,'initial_sender','too late');
INSERT INTO "transitions" VALUES('D','failed',1,'D',NULL,'engine','already dead');
INSERT INTO "transitions" VALUES('D','failed',6,'D',NULL,'engine','already dead');
INSERT INTO "transitions" VALUES('D','lost',1,'D',NULL,'processor_s','too late');
INSERT INTO "transitions" VALUES('D','lost',2,'D',NULL,'processor_s','too late');
INSERT INTO "transitions" VALUES('D','lost',3,'D',NULL,'processor_s','too late');
INSERT INTO "transitions" VALUES('D','lost',7,'D',NULL,'processor_s','too late');
INSERT INTO "transitions" VALUES('D','nacked',1,'D',NULL,'processor_s','too late');
INSERT INTO "transitions" VALUES('D','nacked',2,'D',NULL,'processor_s','too late');
INSERT INTO "transitions" VALUES('D','nacked',3,'D',NULL,'processor_s','too late');
INSERT INTO "transitions" VALUES('D','nacked',7,'D',NULL,'processor_s','too late');
INSERT INTO "transitions" VALUES('D','need-manifest',2,'D',NULL,'processor_s','too late');
INSERT INTO "transitions" VALUES('D','parent-died',1,'D',NULL,'engine','already dead');
INSERT INTO "transitions" VALUES('D','parent-died',2,'D',NULL,'engine','already dead');
INSERT INTO "transitions" VALUES('D','parent-died',3,'D',NULL,'engine','already dead');
INSERT INTO "transitions" VALUES('D','parent-done',1,'F','drop','engine','what it is a piece of arrived after all');
INSERT INTO "transitions" VALUES('D','parent-done',2,'F','drop','engine','what it is a piece of arrived after all');
INSERT INTO "transitions" VALUES('D','parent-done',3,'F','drop','engine','what it is a piece of arrived after all');
INSERT INTO "transitions" VALUES('D','piece-died',1,'D',NULL,'engine','already dead');
INSERT INTO "transitions" VALUES('D','piece-died',2,'D',NULL,'engine','already dead');
INSERT INTO "transitions" VALUES('D','piece-died',6,'D',NULL,'engine','already dead');
INSERT INTO "transitions" VALUES('D','receipted',1,'F','drop','engine','it had arrived after all');
INSERT INTO "transitions" VALUES('D','receipted',6,'F','drop','engine','it had arrived after all');
INSERT INTO "transitions" VALUES('D','refused',1,'D',NULL,'processor_s','too late');
INSERT INTO "transitions" VALUES('D','refused',2,'D',NULL,'processor_s','too late');
INSERT INTO "transitions" VALUES('D','refused',3,'D',NULL,'processor_s','too late');
INSERT INTO "transitions" VALUES('D','refused',7,'D',NULL,'processor_s','too late');
INSERT INTO "transitions" VALUES('D','repeat',1,'S-1',NULL,'engine','what it is a piece of lives again');
INSERT INTO "transitions" VALUES('D','repeat',2,'S-1',NULL,'engine','what it is a piece of lives again');
INSERT INTO "transitions" VALUES('D','repeat',3,'S-1',NULL,'engine','what it is a piece of lives again');
INSERT INTO "transitions" VALUES('D','resend',1,'D',NULL,'engine','already dead');
INSERT INTO "transitions" VALUES('D','resend',6,'D',NULL,'engine','already dead');
INSERT INTO "transitions" VALUES('D','retry',1,'N-1',NULL,'person','everything is judged anew, as a new attempt');
INSERT INTO "transitions" VALUES('D','retry',6,'N-1',NULL,'person','everything is judged anew, as a new attempt');
INSERT INTO "transitions" VALUES('D','sent',4,'D',NULL,'initial_sender','too late');
INSERT INTO "transitions" VALUES('D','sent',5,'D',NULL,'initial_sender','too late');
INSERT INTO "transitions" VALUES('D','unsent',4,'D',NULL,'initial_sender','too late');
INSERT INTO "transitions" VALUES('D','unsent',5,'D',NULL,'initial_sender','too late');
INSERT INTO "transitions" VALUES('F','acked',1,'F',NULL,'processor_s','a repeat');
INSERT INTO "transitions" VALUES('F','acked',2,'F',NULL,'processor_s','a repeat');
INSERT INTO "transitions" VALUES('F','acked',3,'F',NULL,'processor_s','a repeat');
INSERT INTO "transitions" VALUES('F','acked',7,'F',NULL,'processor_s','a repeat');
INSERT INTO "transitions" VALUES('F','again',1,'F','answer','processor_r','repeated by its source: the receipt was lost');
INSERT INTO "transitions" VALUES('F','again',2,'N-1',NULL,'processor_r','its range is missing again');
INSERT INTO "transitions" VALUES('F','again',3,'F','answer','processor_r','repeated by its source: the receipt was lost');
INSERT INTO "transitions" VALUES('F','again',4,'F','settle','initial_receiver','our reply was lost: answer again');
INSERT INTO "transitions" VALUES('F','again',5,'S-1',NULL,'engine','our reply was lost: answer again');
INSERT INTO "transitions" VALUES('F','agreed',4,'F',NULL,'engine','a repeat');
INSERT INTO "transitions" VALUES('F','answered',5,'F','adopt','initial_receiver','answers again, perhaps what was asked since');
INSERT INTO "transitions" VALUES('F','carry',1,'N-1',NULL,'processor_r','repeated by its source, and for another: carried again');
INSERT INTO "transitions" VALUES('F','carry',3,'N-1',NULL,'processor_r','repeated by its source, and for another: carried again');
INSERT INTO "transitions" VALUES('F','changed',1,'F',NULL,'processor_s','too late');
INSERT INTO "transitions" VALUES('F','changed',2,'F',NULL,'processor_s','too late');
INSERT INTO "transitions" VALUES('F','deferred',1,'F',NULL,'processor_s','too late');
INSERT INTO "transitions" VALUES('F','deferred',2,'F',NULL,'processor_s','too late');
INSERT INTO "transitions" VALUES('F','deferred',3,'F',NULL,'processor_s','too late');
INSERT INTO "transitions" VALUES('F','deferred',7,'F',NULL,'processor_s','too late');
INSERT INTO "transitions" VALUES('F','expired',4,'F',NULL,'initial_sender','too late: its type 5 is here');
INSERT INTO "transitions" VALUES('F','failed',1,'F',NULL,'engine','too late');
INSERT INTO "transitions" VALUES('F','failed',6,'F',NULL,'engine','too late');
INSERT INTO "transitions" VALUES('F','lost',1,'F',NULL,'processor_s','too late');
INSERT INTO "transitions" VALUES('F','lost',2,'F',NULL,'processor_s','too late');
INSERT INTO "transitions" VALUES('F','lost',3,'F',NULL,'processor_s','too late');
INSERT INTO "transitions" VALUES('F','lost',7,'F',NULL,'processor_s','too late');
INSERT INTO "transitions" VALUES('F','nacked',1,'F',NULL,'processor_s','too late');
INSERT INTO "transitions" VALUES('F','nacked',2,'F',NULL,'processor_s','too late');
INSERT INTO "transitions" VALUES('F','nacked',3,'F',NULL,'processor_s','too late');
INSERT INTO "transitions" VALUES('F','nacked',7,'F',NULL,'processor_s','too late');
INSERT INTO "transitions" VALUES('F','need-manifest',2,'F',NULL,'processor_s','too late');
INSERT INTO "transitions" VALUES('F','parent-died',1,'F',NULL,'engine','already finished');
INSERT INTO "transitions" VALUES('F','parent-died',2,'F',NULL,'engine','already finished');
INSERT INTO "transitions" VALUES('F','parent-died',3,'F',NULL,'engine','already finished');
INSERT INTO "transitions" VALUES('F','parent-done',1,'F',NULL,'engine','already finished');
INSERT INTO "transitions" VALUES('F','parent-done',2,'F',NULL,'engine','already finished');
INSERT INTO "transitions" VALUES('F','parent-done',3,'F',NULL,'engine','already finished');
INSERT INTO "transitions" VALUES('F','receipted',1,'F',NULL,'engine','a repeat');
INSERT INTO "transitions" VALUES('F','receipted',6,'F',NULL,'engine','a repeat');
INSERT INTO "transitions" VALUES('F','refused',1,'F',NULL,'processor_s','too late');
INSERT INTO "transitions" VALUES('F','refused',2,'F',NULL,'processor_s','too late');
INSERT INTO "transitions" VALUES('F','refused',3,'F',NULL,'processor_s','too late');
INSERT INTO "transitions" VALUES('F','refused',7,'F',NULL,'processor_s','too late');
INSERT INTO "transitions" VALUES('F','repeat',1,'S-1',NULL,'engine','no receipt came: once more');
INSERT INTO "transitions" VALUES('F','repeat',2,'S-1',NULL,'engine','its destination lacks this range');
INSERT INTO "transitions" VALUES('F','repeat',3,'S-1',NULL,'engine','no receipt came: once more');
INSERT INTO "transitions" VALUES('F','resend',1,'F',NULL,'engine','too late');
INSERT INTO "transitions" VALUES('F','resend',6,'F',NULL,'engine','too late');
INSERT INTO "transitions" VALUES('F','sent',4,'F',NULL,'initial_sender','its type 5 was faster than the word that it was sent');
INSERT INTO "transitions" VALUES('F','unsent',4,'F',NULL,'initial_sender','too late: its type 5 is here');
INSERT INTO "transitions" VALUES('N-1','hash-bad',0,'D',NULL,'engine','the body is not what was sent');
INSERT INTO "transitions" VALUES('N-1','hash-bad',1,'D',NULL,'engine','the body is not what was sent');
INSERT INTO "transitions" VALUES('N-1','hash-bad',2,'D',NULL,'engine','the body is not what was sent');
INSERT INTO "transitions" VALUES('N-1','hash-bad',3,'D',NULL,'engine','the body is not what was sent');
INSERT INTO "transitions" VALUES('N-1','hash-bad',4,'D',NULL,'engine','the body is not what was sent');
INSERT INTO "transitions" VALUES('N-1','hash-bad',5,'D',NULL,'engine','the body is not what was sent');
INSERT INTO "transitions" VALUES('N-1','hash-bad',6,'D',NULL,'engine','the body is not what was sent');
INSERT INTO "transitions" VALUES('N-1','hash-bad',7,'D',NULL,'engine','the body is not what was sent');
INSERT INTO "transitions" VALUES('N-1','hash-good',0,'N-2',NULL,'engine','hash found is the hash claimed (none if made here)');
INSERT INTO "transitions" VALUES('N-1','hash-good',1,'N-2',NULL,'engine','hash found is the hash claimed (none if made here)');
INSERT INTO "transitions" VALUES('N-1','hash-good',2,'N-2',NULL,'engine','hash found is the hash claimed (none if made here)');
INSERT INTO "transitions" VALUES('N-1','hash-good',3,'N-2',NULL,'engine','hash found is the hash claimed (none if made here)');
INSERT INTO "transitions" VALUES('N-1','hash-good',4,'N-2',NULL,'engine','hash found is the hash claimed (none if made here)');
INSERT INTO "transitions" VALUES('N-1','hash-good',5,'N-2',NULL,'engine','hash found is the hash claimed (none if made here)');
INSERT INTO "transitions" VALUES('N-1','hash-good',6,'N-2',NULL,'engine','hash found is the hash claimed (none if made here)');
INSERT INTO "transitions" VALUES('N-1','hash-good',7,'N-2',NULL,'engine','hash found is the hash claimed (none if made here)');
INSERT INTO "transitions" VALUES('N-2','elsewhere',0,'D',NULL,'engine','an unknown type is not carried');
INSERT INTO "transitions" VALUES('N-2','elsewhere',1,'S-1',NULL,'engine','the destination is another node');
INSERT INTO "transitions" VALUES('N-2','elsewhere',2,'S-1',NULL,'engine','the destination is another node');
INSERT INTO "transitions" VALUES('N-2','elsewhere',3,'S-1',NULL,'engine','the destination is another node');
INSERT INTO "transitions" VALUES('N-2','elsewhere',4,'S-1',NULL,'engine','the destination is another node');
INSERT INTO "transitions" VALUES('N-2','elsewhere',5,'S-1',NULL,'engine','the destination is another node');
INSERT INTO "transitions" VALUES('N-2','elsewhere',6,'S-1',NULL,'engine','the destination is another node');
INSERT INTO "transitions" VALUES('N-2','elsewhere',7,'S-1',NULL,'engine','the destination is another node');
INSERT INTO "transitions" VALUES('N-2','for-us',0,'N-3',NULL,'engine','the destination is this node');
INSERT INTO "transitions" VALUES('N-2','for-us',1,'N-3',NULL,'engine','the destination is this node');
INSERT INTO "transitions" VALUES('N-2','for-us',2,'N-3',NULL,'engine','the destination is this node');
INSERT INTO "transitions" VALUES('N-2','for-us',3,'N-3',NULL,'engine','the destination is this node');
INSERT INTO "transitions" VALUES('N-2','for-us',4,'N-3',NULL,'engine','the destination is this node');
INSERT INTO "transitions" VALUES('N-2','for-us',5,'N-3',NULL,'engine','the destination is this node');
INSERT INTO "transitions" VALUES('N-2','for-us',6,'N-3',NULL,'engine','the destination is this node');
INSERT INTO "transitions" VALUES('N-2','for-us',7,'N-3',NULL,'engine','the destination is this node');
INSERT INTO "transitions" VALUES('N-3','type-known',1,'N-4',NULL,'engine','its action is next');
INSERT INTO "transitions" VALUES('N-3','type-known',2,'N-4',NULL,'engine','its action is next');
INSERT INTO "transitions" VALUES('N-3','type-known',3,'N-4',NULL,'engine','its action is next');
INSERT INTO "transitions" VALUES('N-3','type-known',4,'N-4',NULL,'engine','its action is next');
INSERT INTO "transitions" VALUES('N-3','type-known',5,'N-4',NULL,'engine','its action is next');
INSERT INTO "transitions" VALUES('N-3','type-known',6,'D',NULL,'engine','a job to ourselves goes nowhere');
INSERT INTO "transitions" VALUES('N-3','type-known',7,'N-4',NULL,'engine','its action is next');
INSERT INTO "transitions" VALUES('N-3','type-unknown',0,'D',NULL,'engine','unknown type');
INSERT INTO "transitions" VALUES('N-4','acted',4,'F','settle','engine','agreement stored, type 5 made');
INSERT INTO "transitions" VALUES('N-4','acted',5,'F','adopt','engine','agreement stored, hello agreed');
INSERT INTO "transitions" VALUES('N-4','acted',7,'F','receipts','engine','each word handed to its subject');
INSERT INTO "transitions" VALUES('N-4','again',1,'N-4','answer','processor_r','repeated by its source: say what is missing');
INSERT INTO "transitions" VALUES('N-4','again',3,'N-4','answer','processor_r','repeated by its source: say what is missing');
INSERT INTO "transitions" VALUES('N-4','cancelled',1,'D','fail','person','taken back here');
INSERT INTO "transitions" VALUES('N-4','cancelled',3,'D','fail','person','taken back here');
INSERT INTO "transitions" VALUES('N-4','expired',1,'D','fail','exporter','lifetime used up');
INSERT INTO "transitions" VALUES('N-4','expired',3,'D','fail','exporter','lifetime used up');
INSERT INTO "transitions" VALUES('N-4','exported',1,'F','confirm','exporter','in the inbox; receipt owed');
INSERT INTO "transitions" VALUES('N-4','exported',3,'F','confirm','exporter','in the inbox; receipt owed');
INSERT INTO "transitions" VALUES('N-4','kept',1,'F','confirm','engine','a text: it lies in its table');
INSERT INTO "transitions" VALUES('N-4','key-stored',3,'F','seen','engine','a manifest of kind key is a key for singles');
INSERT INTO "transitions" VALUES('N-4','piece-stored',2,'F','cover','engine','its bytes are durable in the whole''s file');
INSERT INTO "transitions" VALUES('N-4','undeliverable',1,'D','fail','exporter','it cannot be put into the inbox');
INSERT INTO "transitions" VALUES('N-4','undeliverable',3,'D','fail','exporter','it cannot be put into the inbox');
INSERT INTO "transitions" VALUES('N-4','withdrawn',3,'D',NULL,'engine','its source gave it up');
INSERT INTO "transitions" VALUES('S-1','acked',1,'S-2W',NULL,'processor_s','late acknowledgement: it had arrived');
INSERT INTO "transitions" VALUES('S-1','acked',2,'F',NULL,'processor_s','late acknowledgement: it had arrived');
INSERT INTO "transitions" VALUES('S-1','acked',3,'F',NULL,'processor_s','late acknowledgement: it had arrived');
INSERT INTO "transitions" VALUES('S-1','acked',7,'F',NULL,'processor_s','late acknowledgement: it had arrived');
INSERT INTO "transitions" VALUES('S-1','any-size',6,'S-2','cut','engine','a job is always split, if only into one type 1');
INSERT INTO "transitions" VALUES('S-1','cancelled',1,'D','drop','person','taken back');
INSERT INTO "transitions" VALUES('S-1','cancelled',6,'D','drop','person','taken back');
INSERT INTO "transitions" VALUES('S-1','consensus',4,'S-5',NULL,'engine','goes by the commsport');
INSERT INTO "transitions" VALUES('S-1','consensus',5,'S-5',NULL,'engine','goes by the commsport');
INSERT INTO "transitions" VALUES('S-1','expired',1,'D','drop','processor_s','lifetime used up');
INSERT INTO "transitions" VALUES('S-1','expired',2,'D','drop','processor_s','lifetime used up');
INSERT INTO "transitions" VALUES('S-1','expired',3,'D','drop','processor_s','lifetime used up');
INSERT INTO "transitions" VALUES('S-1','expired',6,'D','drop','processor_s','lifetime used up');
INSERT INTO "transitions" VALUES('S-1','expired',7,'D','drop','processor_s','lifetime used up');
INSERT INTO "transitions" VALUES('S-1','failed',1,'D','drop','engine','its destination gave it up');
INSERT INTO "transitions" VALUES('S-1','failed',6,'D','drop','engine','its destination gave it up');
INSERT INTO "transitions" VALUES('S-1','fits',1,'S-4',NULL,'engine','one piece is enough');
INSERT INTO "transitions" VALUES('S-1','fits',2,'S-4',NULL,'engine','one piece is enough');
INSERT INTO "transitions" VALUES('S-1','fits',3,'S-4',NULL,'engine','one piece is enough');
INSERT INTO "transitions" VALUES('S-1','fits',7,'S-4',NULL,'engine','one piece is enough');
INSERT INTO "transitions" VALUES('S-1','no-route',1,'S-1',NULL,'engine','waits for a route or its lifetime');
INSERT INTO "transitions" VALUES('S-1','no-route',2,'S-1',NULL,'engine','waits for a route or its lifetime');
INSERT INTO "transitions" VALUES('S-1','no-route',3,'S-1',NULL,'engine','waits for a route or its lifetime');
INSERT INTO "transitions" VALUES('S-1','no-route',6,'S-1',NULL,'engine','waits for a route or its lifetime');
INSERT INTO "transitions" VALUES('S-1','no-route',7,'S-1',NULL,'engine','waits for a route or its lifetime');
INSERT INTO "transitions" VALUES('S-1','no-size',1,'S-1','hello','engine','a type 4 is made unless one is out');
INSERT INTO "transitions" VALUES('S-1','no-size',2,'S-1','hello','engine','a type 4 is made unless one is out');
INSERT INTO "transitions" VALUES('S-1','no-size',3,'S-1','hello','engine','a type 4 is made unless one is out');
INSERT INTO "transitions" VALUES('S-1','no-size',6,'S-1','hello','engine','a type 4 is made unless one is out');
INSERT INTO "transitions" VALUES('S-1','no-size',7,'S-1','hello','engine','a type 4 is made unless one is out');
INSERT INTO "transitions" VALUES('S-1','parent-died',1,'D','drop','engine','what it is a piece of died');
INSERT INTO "transitions" VALUES('S-1','parent-died',2,'D','drop','engine','what it is a piece of died');
INSERT INTO "transitions" VALUES('S-1','parent-died',3,'D','drop','engine','what it is a piece of died');
INSERT INTO "transitions" VALUES('S-1','parent-done',1,'F','drop','engine','what it is a piece of arrived');
INSERT INTO "transitions" VALUES('S-1','parent-done',2,'F','drop','engine','what it is a piece of arrived');
INSERT INTO "transitions" VALUES('S-1','parent-done',3,'F','drop','engine','what it is a piece of arrived');
INSERT INTO "transitions" VALUES('S-1','receipted',1,'F','drop','engine','late receipt: it had arrived after all');
INSERT INTO "transitions" VALUES('S-1','receipted',6,'F','drop','engine','late receipt: it had arrived after all');
INSERT INTO "transitions" VALUES('S-1','size-known',1,'S-1',NULL,'engine','agreement or route changed: look again');
INSERT INTO "transitions" VALUES('S-1','size-known',2,'S-1',NULL,'engine','agreement or route changed: look again');
INSERT INTO "transitions" VALUES('S-1','size-known',3,'S-1',NULL,'engine','agreement or route changed: look again');
INSERT INTO "transitions" VALUES('S-1','size-known',6,'S-1',NULL,'engine','agreement or route changed: look again');
INSERT INTO "transitions" VALUES('S-1','size-known',7,'S-1',NULL,'engine','agreement or route changed: look again');
INSERT INTO "transitions" VALUES('S-1','too-big',1,'S-2','cut','engine','larger than the agreed size');
INSERT INTO "transitions" VALUES('S-1','too-big',2,'S-2','cut','engine','larger than the agreed size');
INSERT INTO "transitions" VALUES('S-1','withdrawn',1,'D','drop','processor_r','carried for another: its source gave it up');
INSERT INTO "transitions" VALUES('S-1','withdrawn',2,'D','drop','processor_r','carried for another: its source gave it up');
INSERT INTO "transitions" VALUES('S-1','withdrawn',3,'D','drop','processor_r','carried for another: its source gave it up');
INSERT INTO "transitions" VALUES('S-2','acked',1,'S-2',NULL,'processor_s','late; its pieces carry on');
INSERT INTO "transitions" VALUES('S-2','acked',2,'S-2',NULL,'processor_s','late; its pieces carry on');
INSERT INTO "transitions" VALUES('S-2','all-cut',1,'S-2W',NULL,'engine','the last piece is made');
INSERT INTO "transitions" VALUES('S-2','all-cut',2,'S-2W',NULL,'engine','the last piece is made');
INSERT INTO "transitions" VALUES('S-2','all-cut',6,'S-2W',NULL,'engine','the last piece is made');
INSERT INTO "transitions" VALUES('S-2','cancelled',1,'D','drop','person','taken back');
INSERT INTO "transitions" VALUES('S-2','cancelled',6,'D','drop','person','taken back');
INSERT INTO "transitions" VALUES('S-2','cut-on',1,'S-2','cut','processor_s','the next pieces');
INSERT INTO "transitions" VALUES('S-2','cut-on',2,'S-2','cut','processor_s','the next pieces');
INSERT INTO "transitions" VALUES('S-2','cut-on',6,'S-2','cut','processor_s','the next pieces');
INSERT INTO "transitions" VALUES('S-2','expired',1,'D','drop','processor_s','lifetime used up');
INSERT INTO "transitions" VALUES('S-2','expired',2,'D','drop','processor_s','lifetime used up');
INSERT INTO "transitions" VALUES('S-2','expired',6,'D','drop','processor_s','lifetime used up');
INSERT INTO "transitions" VALUES('S-2','failed',1,'D','drop','engine','its destination gave it up');
INSERT INTO "transitions" VALUES('S-2','failed',6,'D','drop','engine','its destination gave it up');
INSERT INTO "transitions" VALUES('S-2','parent-died',1,'D','drop','engine','what it is a piece of died');
INSERT INTO "transitions" VALUES('S-2','parent-died',2,'D','drop','engine','what it is a piece of died');
INSERT INTO "transitions" VALUES('S-2','parent-done',1,'F','drop','engine','what it is a piece of arrived');
INSERT INTO "transitions" VALUES('S-2','parent-done',2,'F','drop','engine','what it is a piece of arrived');
INSERT INTO "transitions" VALUES('S-2','piece-died',1,'D','drop','engine','a piece died');
INSERT INTO "transitions" VALUES('S-2','piece-died',2,'D','drop','engine','a piece died');
INSERT INTO "transitions" VALUES('S-2','piece-died',6,'D','drop','engine','a piece died');
INSERT INTO "transitions" VALUES('S-2','receipted',1,'F','drop','engine','late receipt: it had arrived after all');
INSERT INTO "transitions" VALUES('S-2','receipted',6,'F','drop','engine','late receipt: it had arrived after all');
INSERT INTO "transitions" VALUES('S-2','withdrawn',1,'D','drop','processor_r','carried for another: its source gave it up');
INSERT INTO "transitions" VALUES('S-2','withdrawn',2,'D','drop','processor_r','carried for another: its source gave it up');
INSERT INTO "transitions" VALUES('S-2W','acked',1,'S-2W',NULL,'processor_s','a repeat; its pieces carry on');
INSERT INTO "transitions" VALUES('S-2W','acked',2,'S-2W',NULL,'processor_s','a repeat; its pieces carry on');
INSERT INTO "transitions" VALUES('S-2W','cancelled',1,'D','drop','person','taken back');
INSERT INTO "transitions" VALUES('S-2W','cancelled',6,'D','drop','person','taken back');
INSERT INTO "transitions" VALUES('S-2W','expired',1,'D','drop','processor_s','lifetime used up');
INSERT INTO "transitions" VALUES('S-2W','expired',2,'D','drop','processor_s','lifetime used up');
INSERT INTO "transitions" VALUES('S-2W','expired',6,'D','drop','processor_s','lifetime used up');
INSERT INTO "transitions" VALUES('S-2W','failed',1,'D','drop','engine','its destination gave it up');
INSERT INTO "transitions" VALUES('S-2W','failed',6,'D','drop','engine','its destination gave it up');
INSERT INTO "transitions" VALUES('S-2W','hinted',1,'S-2W',NULL,'engine','a relay could not carry it on: shown, and repeated sooner');
INSERT INTO "transitions" VALUES('S-2W','hinted',6,'S-2W',NULL,'engine','a relay could not carry it on: shown, and repeated sooner');
INSERT INTO "transitions" VALUES('S-2W','hop-enough',1,'F',NULL,'engine','a piece, or carried for another: the hop''s word is enough');
INSERT INTO "transitions" VALUES('S-2W','hop-enough',2,'F',NULL,'engine','a piece, or carried for another: the hop''s word is enough');
INSERT INTO "transitions" VALUES('S-2W','parent-died',1,'D','drop','engine','what it is a piece of died');
INSERT INTO "transitions" VALUES('S-2W','parent-died',2,'D','drop','engine','what it is a piece of died');
INSERT INTO "transitions" VALUES('S-2W','parent-done',1,'F','drop','engine','what it is a piece of arrived');
INSERT INTO "transitions" VALUES('S-2W','parent-done',2,'F','drop','engine','what it is a piece of arrived');
INSERT INTO "transitions" VALUES('S-2W','piece-died',1,'D','drop','engine','a piece died');
INSERT INTO "transitions" VALUES('S-2W','piece-died',2,'D','drop','engine','a piece died');
INSERT INTO "transitions" VALUES('S-2W','piece-died',6,'D','drop','engine','a piece died');
INSERT INTO "transitions" VALUES('S-2W','pieces-done',1,'S-2W',NULL,'engine','every piece is acknowledged: look again');
INSERT INTO "transitions" VALUES('S-2W','pieces-done',2,'S-2W',NULL,'engine','every piece is acknowledged: look again');
INSERT INTO "transitions" VALUES('S-2W','pieces-done',6,'S-2W',NULL,'engine','every piece is acknowledged: look again');
INSERT INTO "transitions" VALUES('S-2W','receipted',1,'F','drop','engine','durable at its destination');
INSERT INTO "transitions" VALUES('S-2W','receipted',6,'F','drop','engine','durable at its destination');
INSERT INTO "transitions" VALUES('S-2W','repeat',1,'S-1',NULL,'processor_s','no receipt came: once more');
INSERT INTO "transitions" VALUES('S-2W','repeat',6,'S-2W','remind','processor_s','no receipt came: its manifest or single once more');
INSERT INTO "transitions" VALUES('S-2W','resend',1,'S-1',NULL,'engine','its destination could not open it: sealed anew');
INSERT INTO "transitions" VALUES('S-2W','resend',6,'S-2W','remind','engine','its destination could not open it: once more');
INSERT INTO "transitions" VALUES('S-2W','wanted',6,'S-2W','remind','engine','a relay lacks its manifest: once more');
INSERT INTO "transitions" VALUES('S-2W','withdrawn',1,'D','drop','processor_r','carried for another: its source gave it up');
INSERT INTO "transitions" VALUES('S-2W','withdrawn',2,'D','drop','processor_r','carried for another: its source gave it up');
INSERT INTO "transitions" VALUES('S-4','acked',1,'S-2W',NULL,'processor_s','late acknowledgement: it had arrived');
INSERT INTO "transitions" VALUES('S-4','acked',2,'F',NULL,'processor_s','late acknowledgement: it had arrived');
INSERT INTO "transitions" VALUES('S-4','acked',3,'F',NULL,'processor_s','late acknowledgement: it had arrived');
INSERT INTO "transitions" VALUES('S-4','acked',7,'F',NULL,'processor_s','late acknowledgement: it had arrived');
INSERT INTO "transitions" VALUES('S-4','cancelled',1,'D',NULL,'person','taken back');
INSERT INTO "transitions" VALUES('S-4','changed',1,'D',NULL,'processor_s','the file changed while it was being sent');
INSERT INTO "transitions" VALUES('S-4','changed',2,'D',NULL,'processor_s','the file changed while it was being sent');
INSERT INTO "transitions" VALUES('S-4','exhausted',1,'D',NULL,'processor_s','refused too often');
INSERT INTO "transitions" VALUES('S-4','exhausted',2,'D',NULL,'processor_s','refused too often');
INSERT INTO "transitions" VALUES('S-4','exhausted',3,'D',NULL,'processor_s','refused too often');
INSERT INTO "transitions" VALUES('S-4','exhausted',7,'D',NULL,'processor_s','refused too often');
INSERT INTO "transitions" VALUES('S-4','expired',1,'D',NULL,'processor_s','lifetime used up');
INSERT INTO "transitions" VALUES('S-4','expired',2,'D',NULL,'processor_s','lifetime used up');
INSERT INTO "transitions" VALUES('S-4','expired',3,'D',NULL,'processor_s','lifetime used up');
INSERT INTO "transitions" VALUES('S-4','expired',7,'D',NULL,'processor_s','lifetime used up');
INSERT INTO "transitions" VALUES('S-4','failed',1,'D',NULL,'engine','its destination gave it up');
INSERT INTO "transitions" VALUES('S-4','handed',1,'S-4W',NULL,'processor_s','given to sender');
INSERT INTO "transitions" VALUES('S-4','handed',2,'S-4W',NULL,'processor_s','given to sender');
INSERT INTO "transitions" VALUES('S-4','handed',3,'S-4W',NULL,'processor_s','given to sender');
INSERT INTO "transitions" VALUES('S-4','handed',7,'S-4W',NULL,'processor_s','given to sender');
INSERT INTO "transitions" VALUES('S-4','parent-died',1,'D',NULL,'engine','what it is a piece of died');
INSERT INTO "transitions" VALUES('S-4','parent-died',2,'D',NULL,'engine','what it is a piece of died');
INSERT INTO "transitions" VALUES('S-4','parent-died',3,'D',NULL,'engine','what it is a piece of died');
INSERT INTO "transitions" VALUES('S-4','parent-done',1,'F',NULL,'engine','what it is a piece of arrived');
INSERT INTO "transitions" VALUES('S-4','parent-done',2,'F',NULL,'engine','what it is a piece of arrived');
INSERT INTO "transitions" VALUES('S-4','parent-done',3,'F',NULL,'engine','what it is a piece of arrived');
INSERT INTO "transitions" VALUES('S-4','receipted',1,'F',NULL,'engine','late receipt: it had arrived after all');
INSERT INTO "transitions" VALUES('S-4','resized',1,'S-1',NULL,'engine','agreed size or route changed');
INSERT INTO "transitions" VALUES('S-4','resized',2,'S-1',NULL,'engine','agreed size or route changed');
INSERT INTO "transitions" VALUES('S-4','resized',3,'S-1',NULL,'engine','agreed size or route changed');
INSERT INTO "transitions" VALUES('S-4','resized',7,'S-1',NULL,'engine','agreed size or route changed');
INSERT INTO "transitions" VALUES('S-4','withdrawn',1,'D',NULL,'processor_r','carried for another: its source gave it up');
INSERT INTO "transitions" VALUES('S-4','withdrawn',2,'D',NULL,'processor_r','carried for another: its source gave it up');
INSERT INTO "transitions" VALUES('S-4','withdrawn',3,'D',NULL,'processor_r','carried for another: its source gave it up');
INSERT INTO "transitions" VALUES('S-4W','acked',1,'S-2W',NULL,'processor_s','durable at the next hop');
INSERT INTO "transitions" VALUES('S-4W','acked',2,'F',NULL,'processor_s','durable at the next hop');
INSERT INTO "transitions" VALUES('S-4W','acked',3,'F',NULL,'processor_s','durable at the next hop');
INSERT INTO "transitions" VALUES('S-4W','acked',7,'F',NULL,'processor_s','durable at the next hop');
INSERT INTO "transitions" VALUES('S-4W','cancelled',1,'D',NULL,'person','taken back');
INSERT INTO "transitions" VALUES('S-4W','deferred',1,'S-1',NULL,'processor_s','refused for now by no fault of its own: costs no attempt');
INSERT INTO "transitions" VALUES('S-4W','deferred',2,'S-1',NULL,'processor_s','refused for now by no fault of its own: costs no attempt');
INSERT INTO "transitions" VALUES('S-4W','deferred',3,'S-1',NULL,'processor_s','refused for now by no fault of its own: costs no attempt');
INSERT INTO "transitions" VALUES('S-4W','deferred',7,'S-1',NULL,'processor_s','refused for now by no fault of its own: costs no attempt');
INSERT INTO "transitions" VALUES('S-4W','expired',1,'D',NULL,'processor_s','lifetime used up');
INSERT INTO "transitions" VALUES('S-4W','expired',2,'D',NULL,'processor_s','lifetime used up');
INSERT INTO "transitions" VALUES('S-4W','expired',3,'D',NULL,'processor_s','lifetime used up');
INSERT INTO "transitions" VALUES('S-4W','expired',7,'D',NULL,'processor_s','lifetime used up');
INSERT INTO "transitions" VALUES('S-4W','failed',1,'D',NULL,'engine','its destination gave it up');
INSERT INTO "transitions" VALUES('S-4W','lost',1,'S-1',NULL,'processor_s','connection gone: size and route judged anew');
INSERT INTO "transitions" VALUES('S-4W','lost',2,'S-1',NULL,'processor_s','connection gone: size and route judged anew');
INSERT INTO "transitions" VALUES('S-4W','lost',3,'S-1',NULL,'processor_s','connection gone: size and route judged anew');
INSERT INTO "transitions" VALUES('S-4W','lost',7,'S-1',NULL,'processor_s','connection gone: size and route judged anew');
INSERT INTO "transitions" VALUES('S-4W','nacked',1,'S-1',NULL,'processor_s','refused for now; due again later');
INSERT INTO "transitions" VALUES('S-4W','nacked',2,'S-1',NULL,'processor_s','refused for now; due again later');
INSERT INTO "transitions" VALUES('S-4W','nacked',3,'S-1',NULL,'processor_s','refused for now; due again later');
INSERT INTO "transitions" VALUES('S-4W','nacked',7,'S-1',NULL,'processor_s','refused for now; due again later');
INSERT INTO "transitions" VALUES('S-4W','need-manifest',2,'S-4','remind','processor_s','its manifest is not there: it goes first, once more');
INSERT INTO "transitions" VALUES('S-4W','parent-died',1,'D',NULL,'engine','what it is a piece of died');
INSERT INTO "transitions" VALUES('S-4W','parent-died',2,'D',NULL,'engine','what it is a piece of died');
INSERT INTO "transitions" VALUES('S-4W','parent-died',3,'D',NULL,'engine','what it is a piece of died');
INSERT INTO "transitions" VALUES('S-4W','parent-done',1,'F',NULL,'engine','what it is a piece of arrived');
INSERT INTO "transitions" VALUES('S-4W','parent-done',2,'F',NULL,'engine','what it is a piece of arrived');
INSERT INTO "transitions" VALUES('S-4W','parent-done',3,'F',NULL,'engine','what it is a piece of arrived');
INSERT INTO "transitions" VALUES('S-4W','receipted',1,'F',NULL,'engine','the receipt overtook the acknowledgement');
INSERT INTO "transitions" VALUES('S-4W','refused',1,'D',NULL,'processor_s','refused for good');
INSERT INTO "transitions" VALUES('S-4W','refused',2,'D',NULL,'processor_s','refused for good');
INSERT INTO "transitions" VALUES('S-4W','refused',3,'D',NULL,'processor_s','refused for good');
INSERT INTO "transitions" VALUES('S-4W','refused',7,'D',NULL,'processor_s','refused for good');
INSERT INTO "transitions" VALUES('S-4W','withdrawn',1,'D',NULL,'processor_r','carried for another: its source gave it up');
INSERT INTO "transitions" VALUES('S-4W','withdrawn',2,'D',NULL,'processor_r','carried for another: its source gave it up');
INSERT INTO "transitions" VALUES('S-4W','withdrawn',3,'D',NULL,'processor_r','carried for another: its source gave it up');
INSERT INTO "transitions" VALUES('S-5','again',5,'S-5',NULL,'engine','asked again while it waits');
INSERT INTO "transitions" VALUES('S-5','agreed',4,'F',NULL,'engine','its type 5 is here');
INSERT INTO "transitions" VALUES('S-5','expired',4,'D','ask','initial_sender','lifetime used up, or nobody waits for it any more');
INSERT INTO "transitions" VALUES('S-5','expired',5,'D',NULL,'initial_sender','lifetime used up');
INSERT INTO "transitions" VALUES('S-5','peer-gone',4,'D',NULL,'engine','the peer was removed');
INSERT INTO "transitions" VALUES('S-5','peer-gone',5,'D',NULL,'engine','the peer was removed');
INSERT INTO "transitions" VALUES('S-5','sent',4,'S-5',NULL,'initial_sender','stays until its type 5 is here; due again');
INSERT INTO "transitions" VALUES('S-5','sent',5,'F',NULL,'initial_sender','the other asks again if it was lost');
INSERT INTO "transitions" VALUES('S-5','unsent',4,'S-5',NULL,'initial_sender','could not be sent; due again');
INSERT INTO "transitions" VALUES('S-5','unsent',5,'S-5',NULL,'initial_sender','could not be sent; due again');
CREATE TABLE wishes (
  id         INTEGER PRIMARY KEY,
  inode      INTEGER NOT NULL,
  mtime_ns   INTEGER NOT NULL,
  priority   INTEGER CHECK (priority BETWEEN 0 AND 9),
  lifetime_s INTEGER CHECK (lifetime_s > 0),
  job        INTEGER,
  born_s     REAL    NOT NULL
) STRICT;
INSERT INTO "wishes" VALUES(1,4711,5,2,600,NULL,20.0);
INSERT INTO "wishes" VALUES(2,4712,5,NULL,NULL,1,20.0);
CREATE INDEX files_open ON files (id) WHERE closed = 0;
CREATE INDEX files_sent ON files (kept_s) WHERE kept_s IS NOT NULL;
CREATE INDEX wishes_open ON wishes (inode) WHERE job IS NULL;
CREATE INDEX hooks_owed ON hooks (file) WHERE exit_status IS NULL;
CREATE UNIQUE INDEX messages_identity ON messages
  (source, destination, epoch, sequence, attempt, type, "offset", size_bytes) WHERE hash IS found;
CREATE INDEX messages_to_route ON messages (next_hop, id) WHERE state = 'S-1';
CREATE INDEX messages_to_split ON messages (id) WHERE state = 'S-2';
CREATE INDEX messages_to_send ON messages (next_hop, priority, (type NOT IN (3, 7)) + (type = 2), turn, id)
  WHERE state = 'S-4';
CREATE INDEX messages_postponed ON messages (due_s) WHERE state = 'S-4' AND due_s > 0;
CREATE INDEX messages_exhausted ON messages (id) WHERE state = 'S-4' AND refusals >= 12;
CREATE INDEX messages_in_flight ON messages (next_hop, priority, turn) WHERE state = 'S-4W';
CREATE INDEX messages_to_greet ON messages (due_s) WHERE state = 'S-5';
CREATE INDEX messages_to_export ON messages (type, id) WHERE state = 'N-4';
CREATE INDEX messages_to_repeat ON messages (due_s) WHERE state = 'S-2W' AND pieces_left = 0;
CREATE INDEX messages_pieces ON messages (parent, type, "offset") WHERE parent > 0;
CREATE INDEX messages_lifetime ON messages (expires_s)
  WHERE expires_s IS NOT NULL AND state NOT IN ('F', 'D', 'S-5');
CREATE INDEX messages_unfinished ON messages (destination, source, epoch, sequence)
  WHERE parent = 0 AND type IN (1, 3, 6, 7) AND state <> 'F';
CREATE INDEX messages_carried ON messages (source, destination, epoch, sequence, attempt, "offset")
  WHERE salt IS NOT NULL AND state NOT IN ('F', 'D');
CREATE INDEX messages_over ON messages (last_event) WHERE parent = 0 AND state IN ('F', 'D');
CREATE INDEX messages_file ON messages (file) WHERE file IS NOT NULL;
CREATE INDEX events_of_message ON events (message, seq);
CREATE VIEW machine (digest) AS SELECT '4d0c0ee129b2d63f6434cd8614e921342d72efbad9a8c9c58bdb77709962abfd';
CREATE VIEW facts (message, event, actor, reason, due_s) AS
SELECT NULL, NULL, NULL, NULL, NULL WHERE 0;
CREATE TRIGGER fact_reported INSTEAD OF INSERT ON facts BEGIN
  INSERT INTO events (message, event, from_state, to_state, walk, effect, actor, reason, at_s)
  WITH RECURSIVE
    subject (id, state, type, kind) AS (
      SELECT id, state, type, CASE WHEN type BETWEEN 1 AND 7 THEN type ELSE 0 END
        FROM messages WHERE id = NEW.message),
    walk (step, event, from_state, to_state, effect, why, path) AS (
      SELECT 0, t.event, t.from_state, t.to_state, t.effect, t.why, t.from_state || ' ' || t.to_state
        FROM subject s JOIN transitions t
          ON t.from_state = s.state AND t.event = NEW.event AND t.type = s.kind AND t.actor = NEW.actor
      UNION ALL
      SELECT w.step + 1, t.event, t.from_state, t.to_state, t.effect, t.why, w.path || ' ' || t.to_state
        FROM walk w JOIN messages m ON m.id = NEW.message JOIN subject s
        JOIN transitions t ON t.from_state = w.to_state AND t.type = s.kind AND t.actor = 'engine'
         AND t.event = CASE w.to_state
           WHEN 'N-1' THEN CASE WHEN m.hash IS m.found THEN 'hash-good' ELSE 'hash-bad' END
           WHEN 'N-2' THEN CASE WHEN m.destination = (SELECT node FROM selfinfo) THEN 'for-us' ELSE 'elsewhere' END
           WHEN 'N-3' THEN CASE WHEN s.kind = 0 THEN 'type-unknown' ELSE 'type-known' END
           WHEN 'N-4' THEN CASE s.kind WHEN 2 THEN 'piece-stored'
                                       WHEN 3 THEN CASE WHEN m.info ->> 'kind' = 'key' THEN 'key-stored' END
                                       WHEN 1 THEN CASE WHEN m.info ->> 'kind' = 'text' THEN 'kept' END
                                       ELSE 'acted' END
           WHEN 'S-1' THEN CASE WHEN s.kind IN (4, 5) THEN 'consensus' ELSE
             coalesce((SELECT CASE WHEN y.message_size IS NULL THEN 'no-size'
                                   WHEN s.kind = 6 THEN 'any-size'
                                   WHEN s.kind IN (3, 7) OR m.size_bytes <= y.message_size THEN 'fits'
                                   ELSE 'too-big' END
                         FROM peers p LEFT JOIN sysinfo y ON y.node = p.via
                        WHERE p.node = m.destination AND p.via IS NOT NULL), 'no-route') END
           WHEN 'S-2W' THEN CASE WHEN m.pieces_left = 0 AND s.kind IN (1, 2)
             AND (m.parent > 0 OR m.source <> (SELECT node FROM selfinfo)) THEN 'hop-enough' END
         END
       -- A move that stays where it was ends the walk, unless the fact asked to look again.
       WHERE w.to_state <> w.from_state OR w.step = 0 AND w.event IN ('size-known', 'pieces-done'))
  SELECT NEW.message, NEW.event, (SELECT state FROM subject), to_state, path, effect, NEW.actor,
         coalesce(NEW.reason, CASE WHEN to_state = 'D' THEN why END), clock()
    FROM walk ORDER BY step DESC LIMIT 1;
  SELECT refuse('no such move: message ' || NEW.message || ' '
      || coalesce((SELECT 'in ' || state || ' of type ' || type FROM messages WHERE id = NEW.message), '(there is none)')
      || ', ' || NEW.event || ' by ' || NEW.actor)
   WHERE changes() = 0;
  -- On its own: whatever names `attempt` writes the largest index of all anew.
  UPDATE messages SET attempt = attempt + 1
   WHERE id = NEW.message AND NEW.event = 'retry' AND source = (SELECT node FROM selfinfo);
  UPDATE messages SET
    state = e.to_state, last_event = e.seq, reason = coalesce(e.reason, messages.reason),
    refusals = CASE WHEN e.event IN ('retry', 'again', 'carry', 'repeat') THEN 0 ELSE refusals + (e.event = 'nacked') END,
    repeats = CASE e.event WHEN 'retry' THEN 0 WHEN 'repeat' THEN repeats + 1 ELSE repeats END,
    hints = CASE e.event WHEN 'retry' THEN 0 ELSE hints + (e.event IN ('hinted', 'wanted')) END,
    expires_s = CASE WHEN e.event = 'retry' THEN clock() + lifetime_s
                     -- what was cut lives as long as its whole
                     WHEN e.from_state = '-' THEN CASE WHEN parent = 0 THEN clock() + max(lifetime_s - age_s, 0) END
                     -- pieces too: what they were cut from may be over
                     WHEN e.event IN ('again', 'carry') AND e.from_state IN ('F', 'D')
                     THEN clock() + max(lifetime_s - age_s, 0) ELSE expires_s END,
    -- a new attempt begins without pieces
    pieces_left = CASE WHEN e.event = 'retry' AND source = (SELECT node FROM selfinfo) THEN 0 ELSE pieces_left END,
    cut_bytes = CASE WHEN e.to_state = 'S-2' AND e.from_state <> 'S-2' THEN 0 ELSE cut_bytes END,
    next_hop = CASE WHEN e.to_state = 'S-5' THEN destination
                    WHEN e.to_state IN ('S-1', 'S-2', 'S-2W', 'S-4') AND e.event <> 'cut'
                    THEN (SELECT via FROM peers WHERE node = messages.destination) ELSE next_hop END,
    -- A chunk's turn comes after that of the piece before it, by its size times that of its whole: so jobs share
    -- a hop by turns, each with the less the larger it is, and none is starved (start-time fair queueing: Goyal,
    -- Vin and Cheng, SIGCOMM 1996). What has no piece before it that waits too begins where the others are.
    turn = CASE WHEN type = 2 AND e.to_state = 'S-4' THEN coalesce(
      (SELECT CASE WHEN p.state = 'S-4' THEN p.turn + (p.size_bytes / 65536.0) * (p.total_bytes / 65536.0) END
         FROM messages p
        WHERE p.source = messages.source AND p.destination = messages.destination AND p.epoch = messages.epoch
          AND p.sequence = messages.sequence AND p.attempt = messages.attempt AND p.type = 2 AND p.hash IS p.found
          AND p."offset" < messages."offset" ORDER BY p."offset" DESC LIMIT 1),
      (SELECT max(
          coalesce((SELECT max(v.turn) FROM messages v
            WHERE v.state = 'S-4W' AND v.next_hop = q.via AND v.priority = messages.priority), 0),
          coalesce((SELECT min(v.turn) FROM messages v
            WHERE v.state = 'S-4' AND v.next_hop = q.via AND v.priority = messages.priority
              AND (v.type NOT IN (3, 7)) + (v.type = 2) = 2), 0))
         FROM peers q WHERE q.node = messages.destination),
      0) ELSE turn END,
    due_s = coalesce(NEW.due_s, CASE e.to_state
      -- no receipt yet: 30 s after the last piece was acknowledged, doubling to an hour
      WHEN 'S-2W' THEN clock() + min(3600, 30 << min(repeats, 7)) ELSE 0 END)
   FROM (SELECT * FROM events ORDER BY seq DESC LIMIT 1) e WHERE messages.id = NEW.message;
  UPDATE messages SET effect = (SELECT e.effect FROM events e WHERE e.seq = last_event)
   WHERE id = NEW.message AND (SELECT e.effect FROM events e WHERE e.seq = last_event) IS NOT NULL;
  SELECT wake(CASE WHEN state IN ('S-4', 'S-2W') OR state = 'F' AND type = 3 THEN 'processor_s' WHEN state = 'S-5' THEN 'initial_sender'
                   WHEN state = 'N-4' AND type = 1 THEN 'exporter'
                   WHEN state IN ('F', 'D') AND type = 6 THEN 'importer'
                   WHEN state IN ('F', 'D') AND salt IS NOT NULL AND parent = 0 THEN 'processor_r'
                   -- what lies in the staging folder of it goes
                   WHEN state = 'D' AND type IN (1, 3) AND file IS NOT NULL AND parent = 0 THEN 'processor_r' END)
    FROM messages WHERE id = NEW.message;
END;
CREATE TRIGGER message_born AFTER INSERT ON messages WHEN NEW.state = '-' BEGIN
  INSERT INTO facts (message, event, actor) VALUES (NEW.id, NEW.birth, NEW.actor);
END;
CREATE TRIGGER piece_finished AFTER UPDATE OF state ON messages
WHEN NEW.parent > 0 AND NEW.birth = 'cut' AND NEW.state = 'F' AND OLD.state <> 'F' BEGIN
  UPDATE messages SET pieces_left = pieces_left - 1 WHERE id = NEW.parent AND attempt = NEW.attempt;
  INSERT INTO facts (message, event, actor)
  SELECT id, 'pieces-done', 'engine' FROM messages
   WHERE id = NEW.parent AND attempt = NEW.attempt AND pieces_left = 0 AND state = 'S-2W';
  -- Admitted: the pieces that waited for it begin where the others are now.
  UPDATE messages SET turn = turn + late.turns
    FROM (SELECT f.turn - c.turn AS turns FROM messages c
           JOIN (SELECT max(turn) AS turn FROM messages
                  WHERE state = 'S-4W' AND next_hop = NEW.next_hop AND priority = NEW.priority) f
           WHERE c.parent = NEW.parent AND c.parent > 0 AND c.type = 2 AND c.attempt = NEW.attempt AND c.state = 'S-4'
           ORDER BY c."offset" LIMIT 1) late
   WHERE NEW.type = 3 AND parent = NEW.parent AND parent > 0 AND type = 2 AND attempt = NEW.attempt AND state = 'S-4'
     AND late.turns > 0 AND (SELECT pieces_left <= 256 FROM messages WHERE id = NEW.parent);
END;
CREATE TRIGGER piece_revived AFTER UPDATE OF state ON messages
WHEN NEW.parent > 0 AND NEW.birth = 'cut' AND NEW.state <> 'F' AND OLD.state = 'F' BEGIN
  UPDATE messages SET pieces_left = pieces_left + 1 WHERE id = NEW.parent AND attempt = NEW.attempt;
END;
CREATE TRIGGER piece_died AFTER UPDATE OF state ON messages
WHEN NEW.parent > 0 AND NEW.birth = 'cut' AND NEW.state = 'D' AND OLD.state NOT IN ('D', 'F') BEGIN
  INSERT INTO facts (message, event, actor, reason)
  SELECT id, 'piece-died', 'engine', 'piece ' || NEW.id || ': ' || NEW.reason FROM messages
   WHERE id = NEW.parent AND attempt = NEW.attempt AND state IN ('S-2', 'S-2W');
END;
CREATE TRIGGER whole_finished AFTER UPDATE OF state ON messages
WHEN NEW.parent = 0 AND NEW.state IN ('F', 'D') AND OLD.state NOT IN ('F', 'D') BEGIN
  DELETE FROM bodies WHERE message = NEW.id AND NOT (NEW.type IN (1, 3) AND NEW.state = 'D');
  DELETE FROM bodies WHERE NEW.type = 6 AND NEW.state = 'F'
     AND message IN (SELECT id FROM messages WHERE parent = NEW.id AND parent > 0 AND type = 3);
  DELETE FROM ranges WHERE message = NEW.id;
  -- Carried for another: without its manifest nothing of a file opens. Its source brings both again.
  INSERT INTO facts (message, event, actor, reason)
  SELECT id, 'parent-died', 'engine', 'its manifest: ' || NEW.reason FROM messages
   WHERE NEW.type = 3 AND NEW.state = 'D' AND NEW.envelope IS NOT NULL AND NEW.hash IS NEW.found
     AND NEW.destination <> (SELECT node FROM selfinfo)
     AND source = NEW.source AND destination = NEW.destination AND epoch = NEW.epoch AND sequence = NEW.sequence
     AND attempt = NEW.attempt AND salt IS NOT NULL AND state NOT IN ('F', 'D') AND parent = 0 AND type = 2;
  -- It is at the next hop: what was refused there for want of it goes at once.
  UPDATE messages SET due_s = 0
   WHERE NEW.type = 3 AND NEW.state = 'F' AND NEW.envelope IS NOT NULL AND due_s > 0
     AND source = NEW.source AND destination = NEW.destination AND epoch = NEW.epoch AND sequence = NEW.sequence
     AND attempt = NEW.attempt AND salt IS NOT NULL AND state NOT IN ('F', 'D') AND state = 'S-4' AND type = 2;
END;
CREATE TRIGGER word_owed AFTER INSERT ON events
WHEN NEW.to_state = 'D' AND NEW.from_state <> 'D'
     AND NEW.event IN ('expired', 'exhausted', 'refused', 'changed', 'cancelled', 'piece-died')
  OR NEW.event = 'need-manifest' AND NEW.from_state = 'S-4W' BEGIN
  INSERT OR REPLACE INTO receipts_due
  SELECT m.source, m.destination, m.epoch, m.sequence, m.attempt,
         CASE NEW.event WHEN 'changed' THEN 2 WHEN 'need-manifest' THEN 4 ELSE 3 END, m.id, coalesce(NEW.reason, '')
    FROM messages m JOIN selfinfo s
   WHERE m.id = NEW.message AND m.envelope IS NOT NULL AND m.type IN (1, 2, 3) AND m.total_bytes > 0
     AND NEW.event NOT IN ('cancelled', 'piece-died')
     AND m.source <> s.node AND m.destination <> s.node
     -- the manifest may be on its way from here
     AND NOT (NEW.event = 'need-manifest' AND EXISTS (
       SELECT 1 FROM messages x WHERE x.source = m.source AND x.destination = m.destination AND x.epoch = m.epoch
          AND x.sequence = m.sequence AND x.attempt = m.attempt AND x.type = 3 AND x.hash IS x.found
          AND x.state NOT IN ('F', 'D')));
  -- A job of ours that went out: its destination keeps room for it, and a relay its bytes. 5 given up by its source.
  INSERT OR REPLACE INTO receipts_due
  SELECT m.destination, m.destination, m.epoch, m.sequence, m.attempt, 5, m.id, coalesce(NEW.reason, '')
    FROM messages m JOIN selfinfo s ON s.node = m.source JOIN peers p ON p.node = m.destination
   WHERE m.id = NEW.message AND m.type = 6 AND p.via IS NOT NULL
     AND EXISTS (SELECT 1 FROM messages c JOIN events h ON h.message = c.id AND h.event = 'handed'
       WHERE c.parent = m.id AND c.parent > 0 AND c.type IN (1, 3) AND c.attempt = m.attempt);
  SELECT wake('processor_s');
END;
CREATE TRIGGER late_delivery AFTER UPDATE OF state ON messages
WHEN NEW.parent = 0 AND NEW.type = 6 AND NEW.state = 'F' AND OLD.state = 'D' BEGIN
  UPDATE files SET closed = 0 WHERE id = NEW.file AND kept IS NOT NULL;
END;
CREATE TRIGGER effect_cut AFTER UPDATE OF effect ON messages
WHEN NEW.effect = 'cut' BEGIN
  INSERT INTO messages (type, source, destination, epoch, sequence, attempt, "offset", size_bytes, total_bytes,
      inner_bytes, parent, file, next_hop, previous_hop, birth, actor, priority, lifetime_s, age_s, hops, envelope, salt)
  WITH RECURSIVE
    hop (size) AS (SELECT coalesce((SELECT message_size FROM sysinfo WHERE node = NEW.next_hop), 65536)),
    -- beyond the next hop any size may be agreed, down to the smallest: a single is never cut on its way
    whole (one) AS (SELECT NEW.type = 6 AND NEW.total_bytes + NEW.inner_bytes
        <= CASE WHEN NEW.next_hop = NEW.destination THEN size ELSE 65536 END FROM hop),
    range (n, at) AS (
      SELECT 1, NEW.cut_bytes FROM whole WHERE NOT one AND NEW.cut_bytes < NEW.size_bytes
      UNION ALL
      SELECT n + 1, at + size FROM range, hop WHERE n < 256 AND at + size < NEW.size_bytes),
    piece (type, "offset", bytes, total) AS (
      SELECT 1, 0, NEW.total_bytes + NEW.inner_bytes, NEW.total_bytes + NEW.inner_bytes FROM whole WHERE one
      UNION ALL
      SELECT 3, 0, 0, NEW.total_bytes FROM whole WHERE NOT one AND NEW.type = 6 AND NEW.cut_bytes = 0
      UNION ALL
      SELECT CASE NEW.type WHEN 6 THEN 2 ELSE NEW.type END, NEW."offset" + at,
             min(size, NEW.size_bytes - at), NEW.total_bytes FROM range, hop)
  SELECT p.type, NEW.source, NEW.destination, NEW.epoch, NEW.sequence, NEW.attempt, p."offset", p.bytes, p.total,
         NEW.inner_bytes, NEW.id, NEW.file, NEW.next_hop, NEW.previous_hop, 'cut', 'engine', NEW.priority,
         NEW.lifetime_s, NEW.age_s + clock() - coalesce(NEW.born_s, clock()), NEW.hops, NEW.envelope, NEW.salt
    FROM piece p WHERE true
  ON CONFLICT DO NOTHING;
  UPDATE messages SET pieces_left = pieces_left + changes(), cut_bytes = min(size_bytes, cut_bytes
      + 256 * coalesce((SELECT message_size FROM sysinfo WHERE node = NEW.next_hop), 65536))
   WHERE id = NEW.id;
  -- Carried, and cut once before: its source has sealed it anew.
  UPDATE messages SET salt = NEW.salt, envelope = NEW.envelope, hash = NULL, found = NULL, hops = NEW.hops,
      age_s = NEW.age_s + clock() - coalesce(NEW.born_s, clock()), born_s = clock()
   WHERE parent = NEW.id AND parent > 0 AND attempt = NEW.attempt AND state IN ('F', 'D') AND NEW.cut_bytes = 0
     AND type = NEW.type AND NEW.salt IS NOT NULL;
  -- The agreement or the route went while it was cut: its pieces ask for a new one.
  INSERT INTO facts (message, event, actor)
  SELECT id, 'resized', 'engine' FROM messages
   WHERE parent = NEW.id AND parent > 0 AND state = 'S-4' AND attempt = NEW.attempt
     AND NOT EXISTS (SELECT 1 FROM sysinfo WHERE node = NEW.next_hop);
  -- Cut once before, and all of it has to go again.
  INSERT INTO facts (message, event, actor)
  SELECT m.id, 'repeat', 'engine' FROM messages m
   WHERE m.parent = NEW.id AND m.parent > 0 AND m.attempt = NEW.attempt AND m.state IN ('F', 'D') AND NEW.cut_bytes = 0
     AND m.type = NEW.type;
  INSERT INTO facts (message, event, actor)
  SELECT id, 'all-cut', 'engine' FROM messages WHERE id = NEW.id AND cut_bytes >= size_bytes AND state = 'S-2';
  SELECT wake('processor_s');
END;
CREATE TRIGGER effect_drop AFTER UPDATE OF effect ON messages
WHEN NEW.effect = 'drop' BEGIN
  INSERT INTO facts (message, event, actor)
  SELECT id, CASE NEW.state WHEN 'F' THEN 'parent-done' ELSE 'parent-died' END, 'engine' FROM messages
   WHERE parent = NEW.id AND parent > 0 AND birth = 'cut' AND attempt = NEW.attempt AND state <> 'F'
     AND (state <> 'D' OR NEW.state = 'F');
END;
CREATE TRIGGER effect_remind AFTER UPDATE OF effect ON messages
WHEN NEW.effect = 'remind' BEGIN
  INSERT INTO facts (message, event, actor)
  SELECT id, 'repeat', 'engine' FROM messages
   WHERE source = NEW.source AND destination = NEW.destination AND epoch = NEW.epoch AND sequence = NEW.sequence
     AND attempt = NEW.attempt AND type IN (1, 3) AND hash IS found AND parent > 0 AND state = 'F'
     AND (parent = NEW.id OR NEW.type = 2);
  -- Carried for another, it has to come again from its source: the other chunks need not ask for it, too.
  UPDATE messages SET due_s = max(due_s, NEW.due_s)
   WHERE NEW.envelope IS NOT NULL AND source = NEW.source AND destination = NEW.destination AND epoch = NEW.epoch
     AND sequence = NEW.sequence AND attempt = NEW.attempt AND salt IS NOT NULL AND state NOT IN ('F', 'D')
     AND state = 'S-4' AND type = 2;
  -- The agreement may have changed while the chunk was on its way.
  INSERT INTO facts (message, event, actor)
  SELECT id, 'resized', 'engine' FROM messages
   WHERE id = NEW.id AND state = 'S-4'
     AND size_bytes > coalesce((SELECT message_size FROM sysinfo WHERE node = NEW.next_hop), -1);
END;
CREATE TRIGGER effect_hello AFTER UPDATE OF effect ON messages
WHEN NEW.effect = 'hello' AND NEW.next_hop IS NOT NULL BEGIN
  INSERT INTO wanted_agreements VALUES (NEW.next_hop);
END;
CREATE VIEW wanted_agreements (node) AS SELECT NULL WHERE 0;
CREATE TRIGGER agreement_wanted INSTEAD OF INSERT ON wanted_agreements
WHEN NOT EXISTS (SELECT 1 FROM messages h WHERE h.state = 'S-5' AND h.type = 4 AND h.destination = NEW.node) BEGIN
  -- Agreement numbers are 2 * counter + (1 if the asking node's id is the greater): one order for both sides.
  UPDATE peers SET last_agreement = 2 * (last_agreement / 2 + 1) + ((SELECT node FROM selfinfo) > node)
   WHERE node = NEW.node;
  INSERT INTO messages (type, source, destination, epoch, sequence, birth, actor, lifetime_s)
  SELECT 4, s.node, p.node, s.epoch, p.last_agreement, 'made', 'engine', s.lifetime_s
    FROM selfinfo s JOIN peers p ON p.node = NEW.node;
END;
CREATE TRIGGER effect_ask AFTER UPDATE OF effect ON messages
WHEN NEW.effect = 'ask' BEGIN
  INSERT INTO facts (message, event, actor)
  SELECT id, 'size-known', 'engine' FROM messages WHERE state = 'S-1' AND next_hop = NEW.destination;
END;
CREATE VIEW agreements (node, ipaddress, commsport, dataports, message_size, agreement_number, epoch) AS
SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL WHERE 0;
CREATE TRIGGER agreement_settled INSTEAD OF INSERT ON agreements BEGIN
  -- Never so high that no next number is left: 2^62. A peer may say 2^63 - 1.
  UPDATE peers SET last_agreement = max(last_agreement, min(NEW.agreement_number, 4611686018427387904))
   WHERE node = NEW.node;
  INSERT INTO sysinfo VALUES (NEW.node, NEW.ipaddress, NEW.commsport, NEW.dataports, NEW.message_size,
                              NEW.agreement_number, NEW.epoch, clock())
  ON CONFLICT (node) DO UPDATE SET
    ipaddress = excluded.ipaddress, commsport = excluded.commsport, dataports = excluded.dataports,
    message_size = excluded.message_size, agreement_number = excluded.agreement_number, epoch = excluded.epoch,
    settled_s = excluded.settled_s
   WHERE excluded.epoch <> sysinfo.epoch OR excluded.agreement_number >= sysinfo.agreement_number;
END;
CREATE VIEW unknown_agreements (node, agreement_number) AS SELECT NULL, NULL WHERE 0;
CREATE TRIGGER agreement_unknown INSTEAD OF INSERT ON unknown_agreements BEGIN
  DELETE FROM sysinfo
   WHERE node = NEW.node AND agreement_number = NEW.agreement_number
     AND ((SELECT selfinfo.node FROM selfinfo) > node = agreement_number % 2 OR settled_s + 10 <= clock());
END;
CREATE TRIGGER effect_settle AFTER UPDATE OF effect ON messages
WHEN NEW.effect = 'settle' BEGIN
  INSERT INTO agreements
  SELECT NEW.source, NEW.info -> 'addresses', NEW.info ->> 'commsport', NEW.info -> 'dataports',
         min(capacity, NEW.info ->> 'capacity'), NEW.sequence, NEW.epoch
    FROM selfinfo;
  INSERT INTO messages (type, source, destination, epoch, sequence, birth, actor, lifetime_s, info)
  SELECT 5, s.node, NEW.source, s.epoch, NEW.sequence, 'made', 'engine', min(600, s.lifetime_s),
         json_object('echo', hex(NEW.epoch), 'size', min(s.capacity, NEW.info ->> 'capacity'))
    FROM selfinfo s WHERE true
  ON CONFLICT DO NOTHING;
  -- Asked again: the old reply goes again, with what holds now.
  UPDATE messages SET info = json_object('echo', hex(NEW.epoch), 'size',
      (SELECT min(capacity, NEW.info ->> 'capacity') FROM selfinfo)), expires_s = clock() + min(600, lifetime_s)
   WHERE type = 5 AND source = NEW.destination AND destination = NEW.source AND sequence = NEW.sequence
     AND epoch = (SELECT epoch FROM selfinfo) AND state IN ('F', 'D', 'S-5') AND attempt = 1 AND hash IS found;
  INSERT INTO facts (message, event, actor)
  SELECT id, 'again', 'engine' FROM messages
   WHERE type = 5 AND source = NEW.destination AND destination = NEW.source AND sequence = NEW.sequence
     AND epoch = (SELECT epoch FROM selfinfo) AND (state IN ('F', 'D') OR state = 'S-5' AND due_s > clock())
     AND attempt = 1 AND hash IS found;
END;
CREATE TRIGGER effect_adopt AFTER UPDATE OF effect ON messages
WHEN NEW.effect = 'adopt'
 AND EXISTS (SELECT 1 FROM messages h JOIN selfinfo s WHERE h.type = 4 AND h.state IN ('S-5', 'D') AND h.source = s.node
     AND h.destination = NEW.source AND h.sequence = NEW.sequence AND h.attempt = 1
     AND NEW.info ->> 'echo' = hex(s.epoch)) BEGIN
  INSERT INTO agreements
  SELECT NEW.source, NEW.info -> 'addresses', NEW.info ->> 'commsport', NEW.info -> 'dataports',
         min(capacity, NEW.info ->> 'size'), NEW.sequence, NEW.epoch
    FROM selfinfo;
  INSERT INTO facts (message, event, actor)
  SELECT h.id, 'agreed', 'engine' FROM messages h JOIN selfinfo s
   WHERE h.type = 4 AND h.state IN ('S-5', 'D') AND h.source = s.node AND h.destination = NEW.source
     AND h.sequence = NEW.sequence AND h.attempt = 1;
END;
CREATE VIEW covered (message, first, last) AS SELECT NULL, NULL, NULL WHERE 0;
CREATE TRIGGER range_covered INSTEAD OF INSERT ON covered BEGIN
  INSERT OR REPLACE INTO ranges
  WITH before (first) AS (
    SELECT coalesce((SELECT CASE WHEN last >= NEW.first THEN first END FROM ranges
      WHERE message = NEW.message AND first <= NEW.first ORDER BY first DESC LIMIT 1), NEW.first))
  SELECT NEW.message, before.first, max(NEW.last, coalesce((SELECT max(last) FROM ranges
      WHERE message = NEW.message AND first BETWEEN before.first AND NEW.last), 0))
    FROM before;
  DELETE FROM ranges WHERE message = NEW.message AND first > NEW.first AND first <= (
    SELECT last FROM ranges WHERE message = NEW.message AND first <= NEW.first ORDER BY first DESC LIMIT 1);
END;
CREATE VIEW finished (source, epoch, first, last) AS SELECT NULL, NULL, NULL, NULL WHERE 0;
CREATE TRIGGER sequence_finished INSTEAD OF INSERT ON finished BEGIN
  INSERT OR REPLACE INTO seen
  WITH before (first) AS (
    SELECT coalesce((SELECT CASE WHEN last >= NEW.first THEN first END FROM seen
      WHERE source = NEW.source AND epoch = NEW.epoch AND first <= NEW.first ORDER BY first DESC LIMIT 1), NEW.first))
  SELECT NEW.source, NEW.epoch, before.first, max(NEW.last, coalesce((SELECT max(last) FROM seen
      WHERE source = NEW.source AND epoch = NEW.epoch AND first BETWEEN before.first AND NEW.last), 0))
    FROM before;
  DELETE FROM seen WHERE source = NEW.source AND epoch = NEW.epoch AND first > NEW.first AND first <= (
    SELECT last FROM seen WHERE source = NEW.source AND epoch = NEW.epoch AND first <= NEW.first
     ORDER BY first DESC LIMIT 1);
END;
CREATE TRIGGER effect_cover AFTER UPDATE OF effect ON messages
WHEN NEW.effect = 'cover' BEGIN
  INSERT INTO covered VALUES (NEW.parent, NEW."offset", NEW."offset" + NEW.size_bytes);
  SELECT wake('exporter') FROM ranges WHERE message = NEW.parent AND first = 0 AND last >= NEW.total_bytes;
END;
CREATE TRIGGER effect_seen AFTER UPDATE OF effect ON messages
WHEN NEW.effect = 'seen' BEGIN
  INSERT INTO finished VALUES (NEW.source, NEW.epoch, NEW.sequence, NEW.sequence + 1);
END;
CREATE TRIGGER effect_confirm AFTER UPDATE OF effect ON messages
WHEN NEW.effect = 'confirm' BEGIN
  INSERT INTO finished VALUES (NEW.source, NEW.epoch, NEW.sequence, NEW.sequence + 1);
  INSERT OR REPLACE INTO receipts_due
  VALUES (NEW.source, NEW.destination, NEW.epoch, NEW.sequence, NEW.attempt, 1, NEW.id, '');
  SELECT wake('processor_s');
END;
CREATE TRIGGER effect_fail AFTER UPDATE OF effect ON messages
WHEN NEW.effect = 'fail' BEGIN
  INSERT OR REPLACE INTO receipts_due
  VALUES (NEW.source, NEW.destination, NEW.epoch, NEW.sequence, NEW.attempt, 3, NEW.id, NEW.reason);
  SELECT wake('processor_s');
END;
CREATE TRIGGER effect_answer AFTER UPDATE OF effect ON messages
WHEN NEW.effect = 'answer' BEGIN
  INSERT OR REPLACE INTO receipts_due VALUES (NEW.source, NEW.destination, NEW.epoch, NEW.sequence, NEW.attempt,
      CASE NEW.state WHEN 'F' THEN 1 ELSE 2 END, NEW.id, '');
  SELECT wake('processor_s');
END;
CREATE TRIGGER effect_receipts AFTER UPDATE OF effect ON messages
WHEN NEW.effect = 'receipts' BEGIN
  INSERT INTO finished VALUES (NEW.source, NEW.epoch, NEW.sequence, NEW.sequence + 1);
  INSERT INTO facts (message, event, actor, reason)
  SELECT m.id, CASE w.value ->> 4 WHEN 1 THEN 'receipted' WHEN 3 THEN 'failed' ELSE 'resend' END, 'engine',
         CASE w.value ->> 4 WHEN 3 THEN 'its destination says: ' || (w.value ->> 6) END
    FROM json_each(NEW.info, '$.words') w CROSS JOIN messages m
      ON m.source = NEW.destination AND m.destination = NEW.source AND m.epoch = unhex(w.value ->> 1)
     AND m.sequence = w.value ->> 2 AND m.type IN (1, 6) AND m.parent = 0 AND m.hash IS m.found
   WHERE w.value ->> 0 = NEW.source AND w.value ->> 4 IN (1, 3, 4)
     AND (w.value ->> 4 = 1 OR m.attempt = w.value ->> 3)
     -- a single of which pieces are still out goes whole again only when they are in
     AND (w.value ->> 4 <> 4 OR m.state IN ('F', 'D') OR m.state = 'S-2W' AND (m.type = 6 OR m.pieces_left = 0));
  INSERT INTO facts (message, event, actor)
  SELECT DISTINCT c.id, 'repeat', 'engine'
    FROM json_each(NEW.info, '$.words') w, json_each(w.value, '$[5]') r
    CROSS JOIN messages m ON m.source = NEW.destination AND m.destination = NEW.source AND m.epoch = unhex(w.value ->> 1)
     AND m.sequence = w.value ->> 2 AND m.attempt = w.value ->> 3 AND m.type = 6 AND m.parent = 0 AND m.hash IS m.found
    CROSS JOIN messages c ON c.parent = m.id AND c.parent > 0 AND c.type = 2 AND c.attempt = m.attempt AND c.state = 'F'
     AND c."offset" < (r.value ->> 0) + (r.value ->> 1) AND c."offset" + c.size_bytes > r.value ->> 0
   WHERE w.value ->> 0 = NEW.source AND w.value ->> 4 = 2 AND m.state = 'S-2W';
  INSERT INTO facts (message, event, actor, reason, due_s)
  SELECT id, CASE WHEN verdict = 4 AND type = 6 THEN 'wanted' ELSE 'hinted' END, 'engine', said,
         CASE verdict WHEN 2 THEN min(due_s, soon_s) ELSE due_s END
    FROM (
    SELECT m.id, m.type, m.due_s, w.value ->> 4 AS verdict, clock() + (1 << m.hints) AS soon_s, m.reason AS known,
           coalesce((SELECT name FROM peers WHERE node = NEW.source), NEW.source) || CASE w.value ->> 4
             WHEN 2 THEN ' lost a part of it: ' WHEN 4 THEN ' lacks its manifest: ' ELSE ' gave it up: ' END
             || (w.value ->> 6) AS said
      FROM json_each(NEW.info, '$.words') w CROSS JOIN messages m
        ON m.source = NEW.destination AND m.destination = w.value ->> 0 AND m.epoch = unhex(w.value ->> 1)
       AND m.sequence = w.value ->> 2 AND m.attempt = w.value ->> 3 AND m.type IN (1, 6) AND m.parent = 0
       AND m.hash IS m.found
     WHERE w.value ->> 0 <> NEW.source AND w.value ->> 4 IN (2, 3, 4) AND m.state = 'S-2W' AND m.hints < 8
     GROUP BY m.id)
   WHERE said IS NOT known OR verdict = 4 OR verdict = 2 AND due_s > soon_s;
  -- 5: a source gave up what is not whole here. What is whole goes into the inbox, and its source hears of it.
  INSERT INTO facts (message, event, actor, reason)
  SELECT m.id, 'withdrawn', 'engine',
         coalesce((SELECT name FROM peers WHERE node = NEW.source), NEW.source) || ' gave it up: ' || (w.value ->> 6)
    FROM json_each(NEW.info, '$.words') w CROSS JOIN messages m
      ON m.source = NEW.source AND m.destination = NEW.destination AND m.epoch = unhex(w.value ->> 1)
     AND m.sequence = w.value ->> 2 AND m.attempt = w.value ->> 3 AND m.type = 3 AND m.parent = 0
     AND m.hash IS m.found
   WHERE w.value ->> 0 = NEW.destination AND w.value ->> 4 = 5 AND m.state = 'N-4'
     AND NOT EXISTS (SELECT 1 FROM ranges r WHERE r.message = m.id AND r.first = 0 AND r.last >= m.total_bytes)
   GROUP BY m.id;
END;
CREATE TRIGGER agreement_made AFTER INSERT ON sysinfo BEGIN
  UPDATE peers SET said_addresses = NEW.ipaddress, said_commsport = NEW.commsport WHERE node = NEW.node;
  INSERT INTO facts (message, event, actor)
  SELECT id, 'size-known', 'engine' FROM messages WHERE state = 'S-1' AND next_hop = NEW.node;
  SELECT wake('processor_r'), wake('processor_s');
END;
CREATE TRIGGER agreement_changed AFTER UPDATE ON sysinfo BEGIN
  UPDATE peers SET said_addresses = NEW.ipaddress, said_commsport = NEW.commsport WHERE node = NEW.node;
  INSERT INTO facts (message, event, actor)
  SELECT id, 'resized', 'engine' FROM messages
   WHERE state = 'S-4' AND next_hop = NEW.node AND size_bytes > NEW.message_size;
  INSERT INTO facts (message, event, actor)
  SELECT id, 'size-known', 'engine' FROM messages WHERE state = 'S-1' AND next_hop = NEW.node;
  SELECT wake('processor_r'), wake('processor_s');
END;
CREATE TRIGGER agreement_gone AFTER DELETE ON sysinfo BEGIN
  INSERT INTO facts (message, event, actor)
  SELECT id, 'resized', 'engine' FROM messages WHERE state = 'S-4' AND next_hop = OLD.node;
  SELECT wake('processor_r'), wake('processor_s');
END;
CREATE TRIGGER route_made AFTER INSERT ON peers BEGIN
  INSERT INTO facts (message, event, actor)
  SELECT id, 'size-known', 'engine' FROM messages
   WHERE state = 'S-1' AND (destination = NEW.node OR next_hop = NEW.node);
  SELECT wake('receiver'), wake('initial_receiver'), wake('initial_sender'), wake('sender'), wake('importer'),
         wake('processor_s'), wake('processor_r');
END;
CREATE TRIGGER route_changed AFTER UPDATE OF via ON peers WHEN NEW.via IS NOT OLD.via BEGIN
  INSERT INTO facts (message, event, actor)
  SELECT id, 'size-known', 'engine' FROM messages WHERE state = 'S-1' AND destination = NEW.node;
  INSERT INTO facts (message, event, actor)
  SELECT id, 'resized', 'engine' FROM messages WHERE state = 'S-4' AND destination = NEW.node;
  SELECT wake('processor_s'), wake('processor_r');
END;
CREATE TRIGGER right_given AFTER INSERT ON rights BEGIN
  SELECT wake('processor_r');
END;
CREATE TRIGGER peer_changed AFTER UPDATE OF name, certificate, pin, sealing_key, addresses, commsport, quota_bytes, paused_s, limit_bytes_per_s
ON peers BEGIN
  -- Where a person says that it is counts for more than what it said before, until it says something else.
  UPDATE peers SET said_addresses = '[]', said_commsport = NULL
   WHERE node = NEW.node AND (NEW.addresses <> OLD.addresses OR NEW.commsport <> OLD.commsport);
  UPDATE sysinfo SET ipaddress = '[]', commsport = NEW.commsport
   WHERE node = NEW.node AND (NEW.addresses <> OLD.addresses OR NEW.commsport <> OLD.commsport);
  INSERT INTO wanted_agreements
  SELECT node FROM sysinfo WHERE node = NEW.node AND (NEW.addresses <> OLD.addresses OR NEW.commsport <> OLD.commsport);
  INSERT INTO contacts
  SELECT NEW.node, '' WHERE NEW.addresses <> OLD.addresses OR NEW.commsport <> OLD.commsport;
  SELECT wake('receiver'), wake('initial_receiver'), wake('initial_sender'), wake('sender'), wake('importer'),
         wake('processor_s'), wake('processor_r');
END;
CREATE TRIGGER route_gone AFTER DELETE ON peers BEGIN
  INSERT INTO facts (message, event, actor)
  SELECT id, 'peer-gone', 'engine' FROM messages WHERE state = 'S-5' AND destination = OLD.node;
  INSERT INTO facts (message, event, actor)
  SELECT id, CASE state WHEN 'S-1' THEN 'size-known' ELSE 'resized' END, 'engine' FROM messages
   WHERE state IN ('S-1', 'S-4') AND destination = OLD.node;
  DELETE FROM sysinfo WHERE node = OLD.node;
  -- What went by it waits for another way; what it may bring, and is owed, is nobody's any more.
  UPDATE peers SET via = NULL WHERE via = OLD.node;
  DELETE FROM rights WHERE subject = OLD.node;
  DELETE FROM receipts_due WHERE addressee = OLD.node;
  DELETE FROM connections WHERE peer = OLD.node;
  SELECT wake('receiver'), wake('initial_receiver'), wake('initial_sender'), wake('sender'), wake('importer'),
         wake('processor_s'), wake('processor_r');
END;
CREATE TRIGGER self_changed AFTER UPDATE OF ipaddress, commsport, dataports, capacity ON selfinfo BEGIN
  INSERT INTO wanted_agreements SELECT node FROM sysinfo;
  DELETE FROM sysinfo;
END;
CREATE VIEW contacts (peer, address) AS SELECT NULL, NULL WHERE 0;
CREATE TRIGGER contact_made INSTEAD OF INSERT ON contacts BEGIN
  UPDATE peers SET seen_address = NEW.address WHERE node = NEW.peer AND seen_address <> NEW.address;
  UPDATE connections SET due_s = max(clock(), changed_s + 1)
   WHERE peer = NEW.peer AND handle = -1 AND due_s > max(clock(), changed_s + 1);
  UPDATE messages SET due_s = max(clock(), 1 + (SELECT e.at_s FROM events e WHERE e.seq = last_event))
   WHERE state = 'S-5' AND destination = NEW.peer
     AND due_s > max(clock(), 1 + (SELECT e.at_s FROM events e WHERE e.seq = last_event));
  SELECT wake('processor_s'), wake('initial_sender');
END;
CREATE TRIGGER guard_message_born BEFORE INSERT ON messages
WHEN writer() <> 1 OR NEW.state <> '-' AND NOT (NEW.id = 0 AND NEW.state = 'N-0') BEGIN
  SELECT RAISE(ABORT, 'a message is born in state -');
END;
CREATE TRIGGER guard_message_moved BEFORE UPDATE ON messages
WHEN writer() <> 1 OR OLD.id = 0 OR NEW.state <> OLD.state AND NOT EXISTS (
  SELECT 1 FROM events WHERE seq = NEW.last_event AND message = NEW.id
     AND from_state = OLD.state AND to_state = NEW.state) BEGIN
  SELECT RAISE(ABORT, 'a state is moved by the engine alone: report a fact');
END;
CREATE TRIGGER guard_message_gone BEFORE DELETE ON messages
WHEN writer() <> 1 OR OLD.id = 0 OR OLD.state NOT IN ('F', 'D') BEGIN
  SELECT RAISE(ABORT, 'only what is finished or dead can be removed');
END;
CREATE TRIGGER guard_event_changed BEFORE UPDATE ON events BEGIN
  SELECT RAISE(ABORT, 'the audit is not rewritten');
END;
CREATE TRIGGER guard_event_made BEFORE INSERT ON events WHEN writer() <> 1 BEGIN
  SELECT RAISE(ABORT, 'only netrelay writes here');
END;
CREATE TRIGGER guard_event_gone BEFORE DELETE ON events WHEN writer() <> 1 BEGIN
  SELECT RAISE(ABORT, 'only netrelay writes here');
END;
CREATE TRIGGER guard_agreement_made BEFORE INSERT ON sysinfo WHEN writer() <> 1 BEGIN
  SELECT RAISE(ABORT, 'only netrelay writes here');
END;
CREATE TRIGGER guard_agreement_changed BEFORE UPDATE ON sysinfo WHEN writer() <> 1 BEGIN
  SELECT RAISE(ABORT, 'only netrelay writes here');
END;
CREATE TRIGGER guard_agreement_gone BEFORE DELETE ON sysinfo WHEN writer() <> 1 BEGIN
  SELECT RAISE(ABORT, 'only netrelay writes here');
END;
CREATE TRIGGER guard_peer_made BEFORE INSERT ON peers WHEN writer() <> 1 BEGIN
  SELECT RAISE(ABORT, 'only netrelay writes here');
END;
CREATE TRIGGER guard_peer_changed BEFORE UPDATE ON peers WHEN writer() <> 1 BEGIN
  SELECT RAISE(ABORT, 'only netrelay writes here');
END;
CREATE TRIGGER guard_peer_gone BEFORE DELETE ON peers WHEN writer() <> 1 BEGIN
  SELECT RAISE(ABORT, 'only netrelay writes here');
END;
CREATE TRIGGER guard_self_changed BEFORE UPDATE ON selfinfo WHEN writer() <> 1 BEGIN
  SELECT RAISE(ABORT, 'only netrelay writes here');
END;
CREATE TRIGGER guard_self_made BEFORE INSERT ON selfinfo WHEN writer() <> 1 BEGIN
  SELECT RAISE(ABORT, 'only netrelay writes here');
END;
CREATE TRIGGER guard_self_gone BEFORE DELETE ON selfinfo WHEN writer() <> 1 BEGIN
  SELECT RAISE(ABORT, 'only netrelay writes here');
END;
CREATE TRIGGER guard_right_given BEFORE INSERT ON rights WHEN writer() <> 1 BEGIN
  SELECT RAISE(ABORT, 'only netrelay writes here');
END;
CREATE TRIGGER guard_right_changed BEFORE UPDATE ON rights WHEN writer() <> 1 BEGIN
  SELECT RAISE(ABORT, 'only netrelay writes here');
END;
CREATE TRIGGER guard_right_taken BEFORE DELETE ON rights WHEN writer() <> 1 BEGIN
  SELECT RAISE(ABORT, 'only netrelay writes here');
END;
CREATE TRIGGER guard_machine_made BEFORE INSERT ON transitions WHEN writer() <> 1 BEGIN
  SELECT RAISE(ABORT, 'the machine is changed in transitions.txt');
END;
CREATE TRIGGER guard_machine_changed BEFORE UPDATE ON transitions BEGIN
  SELECT RAISE(ABORT, 'the machine is changed in transitions.txt');
END;
CREATE TRIGGER guard_machine_gone BEFORE DELETE ON transitions WHEN writer() <> 1 BEGIN
  SELECT RAISE(ABORT, 'the machine is changed in transitions.txt');
END;
CREATE VIEW work_initial_sender AS
SELECT m.id, m.type, m.destination, m.sequence, m.info, m.expires_s, p.name, p.said_addresses, p.seen_address,
       p.addresses, coalesce(p.said_commsport, p.commsport) AS commsport,
       m.type = 4
         AND CASE WHEN y.node IS NULL THEN p.said_commsport IS NULL
                  ELSE (SELECT e.event FROM events e WHERE e.seq = m.last_event) = 'sent' END
         AND NOT EXISTS (SELECT 1 FROM messages w WHERE w.state = 'S-1' AND w.next_hop = m.destination)
         AND NOT EXISTS (SELECT 1 FROM connections c WHERE c.peer = m.destination AND c.handle = -1 AND c.failures > 1
           AND EXISTS (SELECT 1 FROM messages w WHERE w.state = 'S-4' AND w.next_hop = m.destination))
         AS in_vain
  FROM messages m JOIN peers p ON p.node = m.destination LEFT JOIN sysinfo y ON y.node = m.destination
 WHERE m.state = 'S-5' AND m.due_s <= clock();
CREATE VIEW work_processor_r AS
SELECT y.node, y.agreement_number, y.message_size FROM sysinfo y JOIN peers p ON p.node = y.node;
CREATE VIEW work_connect AS
SELECT p.node, p.name, y.ipaddress AS settled_addresses, p.seen_address, p.addresses, y.dataports,
       y.agreement_number, y.message_size
  FROM sysinfo y JOIN peers p ON p.node = y.node LEFT JOIN connections c ON c.peer = y.node
 WHERE coalesce(c.handle, -1) = -1 AND coalesce(c.due_s, 0) <= clock() AND p.paused_s IS NULL
   AND EXISTS (SELECT 1 FROM messages m WHERE m.state = 'S-4' AND m.next_hop = y.node AND m.due_s <= clock());
CREATE VIEW work_send AS
SELECT m.id, m.type, m.source, m.destination, m.epoch, m.sequence, m.attempt, m."offset", m.size_bytes,
       m.total_bytes, m.parent, m.file, m.next_hop, m.envelope, m.salt, m.found, m.priority, m.lifetime_s, m.age_s, m.hops,
       m.born_s, m.birth, m.refusals, m.info, f.name, f.path, f.fingerprint, f.mtime_ns, f.size_bytes AS file_bytes,
       CASE WHEN m.type = 1 AND m.file IS NULL AND m.envelope IS NULL
            THEN (SELECT body FROM bodies WHERE message = m.id) END AS text_body
  FROM messages m LEFT JOIN files f ON f.id = m.file
 WHERE m.state = 'S-4' AND m.due_s <= clock() AND m.refusals < 12
   AND m.next_hop NOT IN (SELECT node FROM peers WHERE paused_s IS NOT NULL)
   AND (m.type <> 2 OR m.birth <> 'cut' OR NOT EXISTS (
        SELECT 1 FROM messages s WHERE s.parent = m.parent AND s.parent > 0 AND s.attempt = m.attempt
           AND s.type = 3 AND s.state <> 'F'))
   AND (m.type <> 2 OR m.salt IS NULL OR NOT EXISTS (
        SELECT 1 FROM messages s WHERE s.source = m.source AND s.destination = m.destination AND s.epoch = m.epoch
           AND s.sequence = m.sequence AND s.attempt = m.attempt AND s.type = 3 AND s.hash IS s.found
           AND s.state <> 'F'))
 ORDER BY m.priority, (m.type NOT IN (3, 7)) + (m.type = 2), m.turn, m.id;
CREATE VIEW work_timer AS
SELECT id, 'expired' AS event, 'processor_s' AS actor FROM messages
 WHERE expires_s IS NOT NULL AND expires_s <= clock() AND state NOT IN ('F', 'D', 'S-5')
   AND state IN ('S-1', 'S-2', 'S-2W', 'S-4', 'S-4W')
UNION ALL
SELECT id, 'exhausted', 'processor_s' FROM messages WHERE state = 'S-4' AND refusals >= 12
UNION ALL
-- of a job that waits for its manifest to be admitted, no more pieces than there are
SELECT id, 'cut-on', 'processor_s' FROM messages m WHERE state = 'S-2' AND (type <> 6 OR NOT EXISTS (
  SELECT 1 FROM messages s WHERE s.parent = m.id AND s.parent > 0 AND s.type = 3 AND s.attempt = m.attempt
     AND s.state <> 'F'))
UNION ALL
SELECT id, 'repeat', 'processor_s' FROM messages
 WHERE state = 'S-2W' AND pieces_left = 0 AND due_s <= clock() AND type IN (1, 6)
UNION ALL
SELECT id, 'expired', 'exporter' FROM messages
 WHERE expires_s IS NOT NULL AND expires_s <= clock() AND state NOT IN ('F', 'D', 'S-5') AND state = 'N-4';
CREATE VIEW work_receipts AS
SELECT node AS addressee FROM peers p
 WHERE via IS NOT NULL AND EXISTS (SELECT 1 FROM receipts_due r WHERE r.addressee = p.node);
CREATE VIEW work_exporter AS
SELECT m.id, m.type, m.source, m.sequence, m.total_bytes, m.file, f.name, f.inbox_name, f.mtime_ns, f.size_bytes, f.kind,
       m.epoch, m.attempt, f.closed, coalesce(p.name, m.source) AS source_name
  FROM messages m JOIN files f ON f.id = m.file LEFT JOIN peers p ON p.node = m.source
 WHERE m.state = 'N-4' AND m.type IN (1, 3)
   AND (EXISTS (SELECT 1 FROM ranges r WHERE r.message = m.id AND r.first = 0 AND r.last >= m.total_bytes)
     -- a single that a relay did not cut has no ranges: it is here in one piece
     OR m.type = 1 AND m.size_bytes >= m.total_bytes AND NOT EXISTS (SELECT 1 FROM ranges r WHERE r.message = m.id));
CREATE VIEW work_hook AS
SELECT h.file, h.message, f.source, coalesce(p.name, f.source) AS source_name, f.inbox_name, f.size_bytes, f.mtime_ns, f.kind
  FROM hooks h JOIN files f ON f.id = h.file LEFT JOIN peers p ON p.node = f.source
 WHERE h.exit_status IS NULL ORDER BY h.file;
CREATE VIEW work_importer AS
SELECT f.id, f.path, f.kept, f.name, coalesce(p.name, f.destination) AS destination_name, m.id AS job, m.state, m.reason
  FROM files f JOIN messages m ON m.file = f.id AND m.type = 6 LEFT JOIN peers p ON p.node = f.destination
 WHERE f.closed = 0 AND f.path IS NOT NULL AND m.state IN ('F', 'D');
CREATE VIEW next_due AS
SELECT 'initial_sender' AS process, min(due_s) AS due_s FROM messages WHERE state = 'S-5'
UNION ALL
SELECT 'processor_s', min(due_s) FROM (
  SELECT min(due_s) AS due_s FROM messages WHERE state = 'S-2W' AND pieces_left = 0
  UNION ALL
  -- what is in N-4 is exporter's to end
  SELECT min(expires_s) FROM messages WHERE expires_s IS NOT NULL AND state NOT IN ('F', 'D', 'S-5') AND state <> 'N-4'
  UNION ALL
  SELECT min(due_s) FROM messages WHERE state = 'S-4' AND due_s > 0 AND due_s > clock()
  UNION ALL
  SELECT min(c.due_s) FROM connections c WHERE c.handle = -1 AND c.due_s > clock() AND EXISTS (
    SELECT 1 FROM messages m WHERE m.state = 'S-4' AND m.next_hop = c.peer))
UNION ALL
SELECT 'exporter', min(expires_s) FROM messages
 WHERE expires_s IS NOT NULL AND state NOT IN ('F', 'D', 'S-5') AND state = 'N-4';
CREATE VIEW versions (views, schema) AS SELECT 1, 2;
CREATE VIEW node_time (now_s, unix_offset_s) AS
SELECT (julianday('now') - 2440587.5) * 86400.0 - unix_offset_s, unix_offset_s FROM clock;
CREATE VIEW names (node, name) AS
SELECT node, name FROM selfinfo UNION ALL SELECT node, name FROM peers;
CREATE VIEW jobs (job, kind, direction, name, size_bytes, source, destination, state, priority, attempt,
                  given_at, expires_at, finished_at, place, reason) AS
SELECT m.id,
       CASE WHEN f.kind = 3 THEN 'directory' WHEN m.type = 6 OR m.file IS NOT NULL THEN 'file' WHEN m.envelope IS NOT NULL THEN 'sealed' ELSE 'text' END,
       CASE s.node WHEN m.source THEN 'out' WHEN m.destination THEN 'in' ELSE 'through' END,
       f.name, coalesce(f.size_bytes, m.total_bytes),
       coalesce((SELECT name FROM names WHERE node = m.source), m.source),
       coalesce((SELECT name FROM names WHERE node = m.destination), m.destination),
       m.state, m.priority, m.attempt,
       datetime(m.born_s + k.unix_offset_s, 'unixepoch'),
       CASE WHEN m.state NOT IN ('F', 'D') THEN datetime(m.expires_s + k.unix_offset_s, 'unixepoch') END,
       CASE WHEN m.state IN ('F', 'D') THEN datetime(k.unix_offset_s + (SELECT at_s FROM events e
          WHERE e.message = m.id AND e.from_state <> e.to_state ORDER BY seq DESC LIMIT 1), 'unixepoch') END,
       coalesce('inbox/' || coalesce((SELECT name FROM names WHERE node = m.source), m.source) || '/' || f.inbox_name,
          -- bytes where the name is no text, which shows in how it is escaped
          CASE WHEN instr(f.name, '\x') = 0 THEN CAST(CASE f.closed WHEN 0 THEN f.path ELSE f.kept END AS TEXT)
               ELSE CASE f.closed WHEN 0 THEN f.path ELSE f.kept END END),
       m.reason
  FROM messages m JOIN selfinfo s LEFT JOIN clock k LEFT JOIN files f ON f.id = m.file
 WHERE m.parent = 0 AND m.id > 0
   AND (m.type IN (1, 6) OR m.type = 3 AND (m.file IS NOT NULL OR m.envelope IS NOT NULL));
CREATE VIEW causes (job, cause, waits_for, since_s, reason, next_try_s, tries, pieces_left, done_bytes) AS
WITH piece (job, id) AS NOT MATERIALIZED (
  SELECT m.id, CASE WHEN m.state IN ('S-2', 'S-2W') AND m.pieces_left > 0 THEN coalesce(
      (SELECT id FROM messages WHERE parent = m.id AND parent > 0 AND type IN (1, 3)
          AND attempt = m.attempt AND state NOT IN ('F', 'D') LIMIT 1),
      (SELECT id FROM (SELECT id, state, due_s, attempt FROM messages
          WHERE parent = m.id AND parent > 0 AND type = 2 LIMIT 300)
        WHERE attempt = m.attempt AND state IN ('S-1', 'S-4', 'S-4W')
        ORDER BY state = 'S-4' AND due_s > 0 DESC, state, id LIMIT 1),
      m.id) ELSE m.id END
    FROM messages m),
place AS NOT MATERIALIZED (
  SELECT m.id, m.type, m.state, m.pieces_left, m.last_event, m.reason AS whole_reason, m.born_s, m.due_s AS whole_due_s,
         m.repeats, m.hints, m.total_bytes, m.size_bytes, m.cut_bytes, p.id AS piece, p.state AS piece_state,
         p.reason AS piece_reason, p.due_s AS piece_due_s, p.refusals,
         m.source = s.node AS is_ours, m.destination = s.node AS is_coming,
         d.node IS NULL AS is_unknown, d.via, h.paused_s, y.message_size,
         coalesce(c.handle, -1) AS handle, coalesce(c.failures, 0) AS failures, c.due_s AS dial_due_s, c.down_s,
         c.reason AS dial_reason, g.reason AS hello_reason, g.due_s AS hello_due_s, g.born_s AS hello_born_s,
         coalesce(h.name, d.via) AS hop,
         coalesce((SELECT name FROM names WHERE node = m.source), m.source) AS source,
         coalesce((SELECT name FROM names WHERE node = m.destination), m.destination) AS destination,
         coalesce(t.now_s, 0) AS now_s,
         (SELECT count(*) FROM events e WHERE e.message = g.id AND e.event = 'unsent') AS hello_failures,
         CASE WHEN m.destination = s.node THEN coalesce((SELECT sum(last - first) FROM ranges r WHERE r.message = m.id),
             CASE WHEN m.type = 1 THEN m.size_bytes ELSE 0 END) END AS here_bytes,
         CASE WHEN m.state = 'D' THEN (SELECT event FROM events WHERE seq = m.last_event) END AS death
    FROM messages m JOIN selfinfo s LEFT JOIN node_time t JOIN piece i ON i.job = m.id JOIN messages p ON p.id = i.id
    LEFT JOIN peers d ON d.node = m.destination
    LEFT JOIN peers h ON h.node = d.via
    LEFT JOIN sysinfo y ON y.node = d.via
    LEFT JOIN connections c ON c.peer = d.via
    LEFT JOIN messages g ON g.id = (SELECT id FROM messages
        WHERE state = 'S-5' AND type = 4 AND destination = d.via LIMIT 1)
   WHERE m.parent = 0 AND m.id > 0
     AND (m.type IN (1, 6) OR m.type = 3 AND (m.file IS NOT NULL OR m.envelope IS NOT NULL))),
judged AS NOT MATERIALIZED (
  SELECT *, CASE
    WHEN state = 'F' AND is_ours THEN 'delivered'
    WHEN state = 'F' AND is_coming THEN 'received'
    WHEN state = 'F' THEN 'carried'
    WHEN state = 'D' AND death IN ('expired', 'cancelled') THEN death
    WHEN state = 'D' THEN 'dead'
    WHEN is_coming THEN CASE WHEN here_bytes >= total_bytes THEN 'being-delivered' ELSE 'coming' END
    WHEN is_unknown THEN 'no-peer'
    WHEN via IS NULL THEN 'no-route'
    WHEN state = 'S-2W' AND pieces_left = 0 THEN 'receipt'
    WHEN paused_s IS NOT NULL THEN 'paused'
    WHEN message_size IS NULL THEN 'no-agreement'
    WHEN piece_state = 'S-4' AND piece_due_s > now_s THEN CASE substr(piece_reason, 1, instr(piece_reason, ':') - 1)
      WHEN 'NOT_PERMITTED' THEN 'right-missing' WHEN 'NO_ROOM' THEN 'disk-full' WHEN 'QUOTA' THEN 'quota'
      WHEN 'NO_ROUTE' THEN 'no-route-there' WHEN 'HELD' THEN 'on-its-way' ELSE 'refused' END
    WHEN handle = -1 AND failures > 0 THEN 'no-connection'
    WHEN handle = -1 THEN 'ready'
    ELSE 'on-its-way' END AS cause
    FROM place)
SELECT id, cause,
       CASE WHEN cause IN ('coming', 'received') THEN source
            WHEN cause IN ('receipt', 'no-peer', 'no-route', 'delivered') THEN destination
            WHEN cause NOT IN ('carried', 'expired', 'cancelled', 'dead', 'being-delivered') THEN hop END,
       CASE WHEN cause = 'paused' THEN max(born_s, paused_s)
            WHEN cause = 'no-agreement' THEN max(born_s, coalesce(hello_born_s, born_s))
            WHEN cause = 'no-connection' THEN max(born_s, coalesce(down_s, born_s))
            WHEN cause IN ('right-missing', 'disk-full', 'quota', 'no-route-there', 'refused') THEN
              (SELECT at_s FROM events WHERE message = judged.piece AND event IN ('deferred', 'nacked') ORDER BY seq LIMIT 1)
            WHEN cause = 'receipt' THEN (SELECT at_s FROM events
               WHERE message = judged.id AND event IN ('pieces-done', 'acked') ORDER BY seq DESC LIMIT 1)
            WHEN cause IN ('delivered', 'received', 'carried', 'dead', 'expired', 'cancelled') THEN
              (SELECT at_s FROM events WHERE message = judged.id AND from_state <> to_state ORDER BY seq DESC LIMIT 1)
            ELSE born_s END,
       CASE cause WHEN 'no-agreement' THEN hello_reason WHEN 'no-connection' THEN dial_reason
            WHEN 'right-missing' THEN piece_reason WHEN 'disk-full' THEN piece_reason WHEN 'quota' THEN piece_reason
            WHEN 'no-route-there' THEN piece_reason WHEN 'refused' THEN piece_reason
            WHEN 'dead' THEN whole_reason WHEN 'cancelled' THEN whole_reason
            -- what a relay on the way said
            WHEN 'receipt' THEN CASE WHEN hints > 0 THEN whole_reason END
            -- what kept it, as far as it is known
            WHEN 'expired' THEN coalesce((SELECT e.reason FROM messages o JOIN events e ON e.message = o.id
               WHERE o.parent = judged.id AND o.parent > 0 AND o.type IN (1, 3) AND e.event IN ('deferred', 'nacked')
               ORDER BY e.seq DESC LIMIT 1),
               CASE WHEN failures > 0 THEN dial_reason WHEN via IS NULL THEN 'there was no route' ELSE hello_reason END,
               whole_reason) END,
       CASE cause WHEN 'no-agreement' THEN hello_due_s WHEN 'no-connection' THEN dial_due_s
            WHEN 'right-missing' THEN piece_due_s WHEN 'disk-full' THEN piece_due_s WHEN 'quota' THEN piece_due_s
            WHEN 'no-route-there' THEN piece_due_s WHEN 'refused' THEN piece_due_s
            WHEN 'receipt' THEN whole_due_s END,
       CASE cause WHEN 'no-agreement' THEN hello_failures WHEN 'no-connection' THEN failures
            WHEN 'refused' THEN refusals WHEN 'receipt' THEN repeats END,
       CASE WHEN is_coming OR state IN ('F', 'D') THEN 0 WHEN state = 'S-2W' THEN pieces_left ELSE max(pieces_left, 1) END,
       CASE WHEN state = 'F' THEN total_bytes WHEN is_coming THEN here_bytes
            WHEN state = 'S-2W' AND pieces_left = 0 THEN total_bytes
            WHEN state = 'S-2W' AND type = 6 THEN coalesce((SELECT sum(size_bytes) FROM (SELECT size_bytes, state
              FROM messages c WHERE c.parent = judged.id AND c.parent > 0 AND c.type = 2 LIMIT 100000) WHERE state = 'F'), 0)
            ELSE 0 END
  FROM judged;
CREATE VIEW queue (job, kind, direction, name, size_bytes, done_bytes, source, destination, state, cause, waits_for,
                   since_at, waited_s, next_try_at, tries, pieces_left, priority, expires_at, reason) AS
SELECT j.job, j.kind, j.direction, j.name, j.size_bytes, c.done_bytes, j.source, j.destination, j.state, c.cause,
       c.waits_for, datetime(c.since_s + t.unix_offset_s, 'unixepoch'), CAST(t.now_s - c.since_s AS INTEGER),
       datetime(c.next_try_s + t.unix_offset_s, 'unixepoch'), c.tries, c.pieces_left, j.priority, j.expires_at, c.reason
  FROM jobs j JOIN causes c ON c.job = j.job LEFT JOIN node_time t
 WHERE j.state NOT IN ('F', 'D')
   AND j.job IN (SELECT id FROM messages WHERE parent = 0 AND type IN (1, 3, 6, 7) AND state <> 'F');
CREATE VIEW stuck (job, name, size_bytes, source, destination, state, cause, waits_for, since_at, waited_s, next_try_at,
                   tries, reason) AS
SELECT j.job, j.name, j.size_bytes, j.source, j.destination, j.state, c.cause, c.waits_for,
       datetime(c.since_s + t.unix_offset_s, 'unixepoch'), CAST(t.now_s - c.since_s AS INTEGER),
       datetime(c.next_try_s + t.unix_offset_s, 'unixepoch'), c.tries, c.reason
  FROM jobs j JOIN causes c ON c.job = j.job LEFT JOIN node_time t
 WHERE j.job IN (SELECT id FROM messages WHERE parent = 0 AND type IN (1, 3, 6, 7) AND state <> 'F')
   AND c.cause NOT IN ('on-its-way', 'ready', 'coming', 'being-delivered')
   AND NOT (c.cause = 'receipt' AND c.tries = 0) AND NOT (c.cause = 'no-agreement' AND c.tries = 0);
CREATE VIEW deliveries (job, direction, delivered_at, name, size_bytes, source, destination, took_s, place) AS
SELECT j.job, j.direction, j.finished_at, j.name, j.size_bytes, j.source, j.destination,
       round((julianday(j.finished_at) - julianday(j.given_at)) * 86400), CASE j.direction WHEN 'in' THEN j.place END
  FROM jobs j WHERE j.state = 'F' AND j.direction IN ('in', 'out');
CREATE VIEW peer_overview (peer, node, route, may, addresses, commsport, agreed_bytes, connection, down_since_at,
                           failures, reason, next_try_at, paused_since_at, ready, in_flight, quota_bytes, used_bytes,
                           limit_bytes_per_s) AS
SELECT p.name, p.node,
       CASE p.via WHEN p.node THEN 'direct' ELSE coalesce((SELECT name FROM names WHERE node = p.via), p.via) END,
       (SELECT group_concat(trim(verb || ' ' || coalesce((SELECT name FROM names WHERE node = subject), subject)), ', ')
          FROM rights WHERE peer = p.node),
       (SELECT group_concat(value, ' ') FROM json_each(p.addresses)), p.commsport, y.message_size,
       CASE WHEN c.handle >= 0 THEN 'open' WHEN c.failures > 0 THEN 'failing' ELSE 'none' END,
       datetime(c.down_s + k.unix_offset_s, 'unixepoch'), coalesce(c.failures, 0),
       CASE WHEN y.node IS NULL THEN g.reason WHEN c.handle = -1 THEN nullif(c.reason, '') END,
       datetime(nullif(CASE WHEN y.node IS NULL THEN g.due_s WHEN c.handle = -1 THEN c.due_s END, 0)
          + k.unix_offset_s, 'unixepoch'),
       datetime(p.paused_s + k.unix_offset_s, 'unixepoch'),
       (SELECT count(*) FROM messages WHERE state = 'S-4' AND next_hop = p.node),
       (SELECT count(*) FROM messages WHERE state = 'S-4W' AND next_hop = p.node),
       p.quota_bytes,
       (SELECT coalesce(sum(size_bytes), 0) FROM files f WHERE closed = 0 AND path IS NULL AND source = p.node
           AND NOT EXISTS (SELECT 1 FROM messages WHERE file = f.id AND type IN (1, 3) AND state = 'D')),
       p.limit_bytes_per_s
  FROM peers p LEFT JOIN clock k LEFT JOIN sysinfo y ON y.node = p.node LEFT JOIN connections c ON c.peer = p.node
  LEFT JOIN messages g ON g.id = (SELECT id FROM messages
      WHERE state = 'S-5' AND type = 4 AND destination = p.node LIMIT 1);
CREATE VIEW traffic_by_day (day, peer, files_out, bytes_out, files_in, bytes_in, sealed_through, bytes_through) AS
SELECT date(finished_at), CASE direction WHEN 'in' THEN source ELSE destination END,
       sum(direction = 'out'), sum(iif(direction = 'out', size_bytes, 0)),
       sum(direction = 'in'), sum(iif(direction = 'in', size_bytes, 0)),
       sum(direction = 'through'), sum(iif(direction = 'through', size_bytes, 0))
  FROM jobs WHERE state = 'F' GROUP BY 1, 2 ORDER BY 1, 2;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('texts',2);
COMMIT;
