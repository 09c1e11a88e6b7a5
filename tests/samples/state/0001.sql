BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE alert_minutes (
	minute BIGINT NOT NULL, 
	platform_id VARCHAR NOT NULL, 
	severity VARCHAR NOT NULL, 
	count BIGINT NOT NULL, 
	CONSTRAINT pk_alert_minutes PRIMARY KEY (minute, platform_id, severity)
);
INSERT INTO "alert_minutes" VALUES(29396666,'tang_rat','high',1);
CREATE TABLE alerts (
	id VARCHAR NOT NULL, 
	rule_id VARCHAR NOT NULL, 
	rule_title TEXT NOT NULL, 
	rule_title_th TEXT NOT NULL, 
	severity VARCHAR NOT NULL, 
	platform_id VARCHAR NOT NULL, 
	feed_id VARCHAR NOT NULL, 
	first_at BIGINT NOT NULL, 
	last_at BIGINT NOT NULL, 
	raised_at BIGINT NOT NULL, 
	count BIGINT NOT NULL, 
	entities TEXT NOT NULL, 
	event_ids TEXT NOT NULL, 
	tags TEXT NOT NULL, 
	drill BOOLEAN NOT NULL, 
	incident_id INTEGER, 
	reason TEXT, 
	waiting BOOLEAN NOT NULL, 
	CONSTRAINT pk_alerts PRIMARY KEY (id), 
	CONSTRAINT fk_alerts_incident_id FOREIGN KEY(incident_id) REFERENCES incidents (id)
);
INSERT INTO "alerts" VALUES('a1','r1','Credential stuffing','เดารหัสผ่าน','high','tang_rat','web',1763800000000000,1763800100000000,1763800100000000,9,'[["ip", "203.0.113.9"]]','[1]','["attack.t1110"]',0,1,'{"why": "first"}',0);
CREATE TABLE content_faults (
	file VARCHAR NOT NULL, 
	line INTEGER NOT NULL, 
	reason TEXT NOT NULL, 
	CONSTRAINT pk_content_faults PRIMARY KEY (file, line)
);
INSERT INTO "content_faults" VALUES('feeds/x.yml',3,'no such field');
CREATE TABLE drafts (
	actor VARCHAR NOT NULL, 
	place VARCHAR NOT NULL, 
	text TEXT NOT NULL, 
	saved_at BIGINT NOT NULL, 
	CONSTRAINT pk_drafts PRIMARY KEY (actor, place)
);
INSERT INTO "drafts" VALUES('วิภา','incident/1/note','half a sent',1763800300000000);
CREATE TABLE feed_states (
	feed_id VARCHAR NOT NULL, 
	platform_id VARCHAR NOT NULL, 
	title_th TEXT NOT NULL, 
	title_en TEXT NOT NULL, 
	drill BOOLEAN NOT NULL, 
	read_at BIGINT, 
	event_at BIGINT, 
	received_at BIGINT, 
	lag_bytes BIGINT NOT NULL, 
	error TEXT, 
	silent_after_seconds BIGINT NOT NULL, 
	CONSTRAINT pk_feed_states PRIMARY KEY (feed_id)
);
INSERT INTO "feed_states" VALUES('web','tang_rat','เว็บ','Web',0,1763800000000000,1763800000000000,1763800000000000,0,NULL,900);
CREATE TABLE incident_entities (
	incident_id INTEGER NOT NULL, 
	kind VARCHAR NOT NULL, 
	value VARCHAR NOT NULL, 
	CONSTRAINT pk_incident_entities PRIMARY KEY (incident_id, kind, value), 
	CONSTRAINT fk_incident_entities_incident_id FOREIGN KEY(incident_id) REFERENCES incidents (id)
);
INSERT INTO "incident_entities" VALUES(1,'ip','203.0.113.9');
CREATE TABLE incident_log (
	id INTEGER NOT NULL, 
	incident_id INTEGER NOT NULL, 
	at BIGINT NOT NULL, 
	actor VARCHAR NOT NULL, 
	action VARCHAR NOT NULL, 
	body TEXT NOT NULL, 
	CONSTRAINT pk_incident_log PRIMARY KEY (id), 
	CONSTRAINT fk_incident_log_incident_id FOREIGN KEY(incident_id) REFERENCES incidents (id)
);
INSERT INTO "incident_log" VALUES(1,1,1763800000000000,'worker','opened','{}');
INSERT INTO "incident_log" VALUES(2,1,1763800200000000,'วิภา','acknowledged','{}');
INSERT INTO "incident_log" VALUES(3,1,1763800300000000,'วิภา','closed','{"text": "blocked"}');
CREATE TABLE incidents (
	id INTEGER NOT NULL, 
	title TEXT NOT NULL, 
	title_th TEXT NOT NULL, 
	severity VARCHAR NOT NULL, 
	status VARCHAR NOT NULL, 
	disposition VARCHAR, 
	platform_id VARCHAR NOT NULL, 
	drill BOOLEAN NOT NULL, 
	assignee VARCHAR, 
	opened_at BIGINT NOT NULL, 
	first_at BIGINT NOT NULL, 
	last_at BIGINT NOT NULL, 
	acknowledged_at BIGINT, 
	closed_at BIGINT, 
	alert_count BIGINT NOT NULL, 
	event_count BIGINT NOT NULL, 
	version BIGINT NOT NULL, 
	updated_at BIGINT NOT NULL, 
	CONSTRAINT pk_incidents PRIMARY KEY (id)
);
INSERT INTO "incidents" VALUES(1,'Credential stuffing','เดารหัสผ่าน','high','closed','true_positive','tang_rat',0,'วิภา',1763800000000000,1763800000000000,1763800100000000,1763800200000000,1763800300000000,1,9,5,1763800300000000);
CREATE TABLE leases (
	name VARCHAR NOT NULL, 
	holder VARCHAR NOT NULL, 
	renewed_at BIGINT NOT NULL, 
	CONSTRAINT pk_leases PRIMARY KEY (name)
);
INSERT INTO "leases" VALUES('writer','old-host:77:abcd',1763800000000000);
CREATE TABLE ledger (
	feed_id VARCHAR NOT NULL, 
	minute BIGINT NOT NULL, 
	received BIGINT NOT NULL, 
	stored BIGINT NOT NULL, 
	rejected BIGINT NOT NULL, 
	evaluated BIGINT NOT NULL, 
	CONSTRAINT pk_ledger PRIMARY KEY (feed_id, minute)
);
INSERT INTO "ledger" VALUES('web',29396666,10,9,1,9);
CREATE TABLE meta (
	"key" VARCHAR NOT NULL, 
	value TEXT NOT NULL, 
	CONSTRAINT pk_meta PRIMARY KEY ("key")
);
INSERT INTO "meta" VALUES('last_event_id','1834567890123456789');
CREATE TABLE positions (
	feed_id VARCHAR NOT NULL, 
	source VARCHAR NOT NULL, 
	position TEXT NOT NULL, 
	updated_at BIGINT NOT NULL, 
	CONSTRAINT pk_positions PRIMARY KEY (feed_id, source)
);
INSERT INTO "positions" VALUES('web','source-1','{"offset": 4711}',1763800000000000);
CREATE TABLE segments (
	id INTEGER NOT NULL, 
	path VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	feed_id VARCHAR NOT NULL, 
	day VARCHAR NOT NULL, 
	rows BIGINT NOT NULL, 
	bytes BIGINT NOT NULL, 
	sha256 VARCHAR NOT NULL, 
	min_ts BIGINT NOT NULL, 
	max_ts BIGINT NOT NULL, 
	min_id BIGINT NOT NULL, 
	max_id BIGINT NOT NULL, 
	created_at BIGINT NOT NULL, 
	replayed_at BIGINT, 
	CONSTRAINT pk_segments PRIMARY KEY (id), 
	CONSTRAINT uq_segments_path UNIQUE (path)
);
INSERT INTO "segments" VALUES(1,'events/2026-11-21/a.parquet','events','web','2026-11-21',9,1234,'00',1,2,3,4,1763800000000000,NULL);
CREATE TABLE sessions (
	token_sha256 BLOB NOT NULL, 
	actor VARCHAR NOT NULL, 
	language VARCHAR NOT NULL, 
	created_at BIGINT NOT NULL, 
	seen_at BIGINT NOT NULL, 
	revoked_at BIGINT, 
	CONSTRAINT pk_sessions PRIMARY KEY (token_sha256)
);
INSERT INTO "sessions" VALUES(X'BF06905F46B52FFE0C9BC1713FC8E333C552DB44A5D183E3345824A210F2A287','วิภา','th',4102444700000000,4102444700000000,NULL);
CREATE TABLE signin_links (
	token_sha256 BLOB NOT NULL, 
	created_at BIGINT NOT NULL, 
	expires_at BIGINT NOT NULL, 
	used_at BIGINT, 
	CONSTRAINT pk_signin_links PRIMARY KEY (token_sha256)
);
INSERT INTO "signin_links" VALUES(X'588B9F1E95537051B709A8502C21A2DEB79FFBA08F090121FCEE4A775A11D913',1763800000000000,4102444800000000,NULL);
CREATE TABLE topics (
	topic VARCHAR NOT NULL, 
	version BIGINT NOT NULL, 
	CONSTRAINT pk_topics PRIMARY KEY (topic)
);
INSERT INTO "topics" VALUES('incidents',7);
INSERT INTO "topics" VALUES('alerts',9);
CREATE INDEX ix_incidents_platform_id_last_at ON incidents (platform_id, last_at);
CREATE INDEX ix_incidents_status_severity ON incidents (status, severity);
CREATE INDEX ix_segments_kind_max_ts ON segments (kind, max_ts);
CREATE INDEX ix_alerts_incident_id ON alerts (incident_id);
CREATE INDEX ix_alerts_raised_at ON alerts (raised_at);
CREATE INDEX ix_alerts_waiting ON alerts (waiting);
CREATE INDEX ix_incident_entities_kind_value ON incident_entities (kind, value);
CREATE INDEX ix_incident_log_incident_id_id ON incident_log (incident_id, id);
COMMIT;
