BEGIN TRANSACTION;
CREATE TABLE acts (
            seq INTEGER PRIMARY KEY,
            subject TEXT NOT NULL,
            body TEXT NOT NULL
        ) STRICT;
INSERT INTO "acts" VALUES(1,'t4-16gb','{"at":"2026-11-02T12:00:00Z","actor":"local","actor_name":"local","act":"pause","subject":"t4-16gb","reason":"The rack is being moved.","detail":{}}');
CREATE TABLE bands (
            edition TEXT NOT NULL,
            task TEXT NOT NULL,
            hardware TEXT NOT NULL,
            model_class TEXT NOT NULL,
            protocol TEXT NOT NULL,
            reasoning TEXT NOT NULL,
            body TEXT NOT NULL,
            PRIMARY KEY (edition, task, hardware, model_class, protocol, reasoning)
        ) STRICT, WITHOUT ROWID;
INSERT INTO "bands" VALUES('dev-2026-11','sentence-similarity','cpu','','offline-b1','off','{"rule":"quintile","edges":[[0.1,5],[0.2,4],[0.3,3],[0.4,2]],"low":null,"high":null,"references":[{"model":"org/model-0","energy":0.05,"revision":null,"rank":null},{"model":"org/model-1","energy":0.1,"revision":null,"rank":null},{"model":"org/model-2","energy":0.15000000000000002,"revision":null,"rank":null},{"model":"org/model-3","energy":0.2,"revision":null,"rank":null},{"model":"org/model-4","energy":0.25,"revision":null,"rank":null},{"model":"org/model-5","energy":0.30000000000000004,"revision":null,"rank":null},{"model":"org/model-6","energy":0.35000000000000003,"revision":null,"rank":null},{"model":"org/model-7","energy":0.4,"revision":null,"rank":null},{"model":"org/model-8","energy":0.45,"revision":null,"rank":null},{"model":"org/model-9","energy":0.5,"revision":null,"rank":null}],"beside":[],"frozen_at":null}');
CREATE TABLE controls (
            seq INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            board TEXT NOT NULL,
            driver TEXT NOT NULL,
            series TEXT NOT NULL,
            hardware TEXT NOT NULL,
            held INTEGER NOT NULL,
            energy_j REAL NOT NULL,
            at_us INTEGER NOT NULL,
            body TEXT NOT NULL,
            run TEXT NOT NULL
        ) STRICT;
INSERT INTO "controls" VALUES(1,'dea2c681bede','ccd78b7c98000eba','','sentence-transformers/all-MiniLM-L6-v2@d46f7701826b96cba8ae31f4b54fd066f8059af4 sentence-similarity/1 cpu cpu fp32 quick estimated','cpu',1,0.5,1793620860000000,'{"id":"dea2c681bede","board":"ccd78b7c98000eba","driver":null,"hardware":"cpu","series":"sentence-transformers/all-MiniLM-L6-v2@d46f7701826b96cba8ae31f4b54fd066f8059af4 sentence-similarity/1 cpu cpu fp32 quick estimated","model":"sentence-transformers/all-MiniLM-L6-v2","task":"sentence-similarity","energy_per_query_j":0.5,"repeatability_j":0.0,"idle_power_w":null,"at":"2026-11-02T12:01:00Z","provenance":"estimated","outcome":"unverifiable","message":"0 of the 3 readings it needs."}','{"schema_version":1,"run_key":"dea2c681bede70a53d8ad6fa284a58df921f2155537e5a0f6fee66421eeab852","plan":{"schema_version":1,"model":{"repo_id":"sentence-transformers/all-MiniLM-L6-v2","sha":"d46f7701826b96cba8ae31f4b54fd066f8059af4","precision":"fp32"},"task":"sentence-similarity","task_version":1,"task_hash":"0000000000000000000000000000000000000000000000000000000000000000","hardware":"cpu","device":"cpu","protocol":"offline-b1","reasoning":"off","dataset":{"repo_id":"AIEnergyScore/sentence_similarity","config":null,"split":"train","columns":["sentence1","sentence2"],"revision":null},"block":16,"max_input_tokens":128,"output_tokens":null,"seed":1,"profile":{"id":"quick","starts":1,"windows":3,"window_s":1.0,"idle_s":2.0,"warmup_slice_s":1.0,"warmup_tolerance":null,"warmup_queries":10,"block":16},"harness":"0.1.0","occasion":0,"expected_duration_s":20.0},"provenance":"estimated","environment":{"device":"cpu","os":"Linux 6.1","python":"3.11.9","cpu_model":"a CPU","cpu_cores":2,"memory_gb":8.0,"gpu_name":null,"gpu_uuid_hash":null,"gpus":0,"driver":null,"nvml_origin":null,"boards":[],"exclusive":null,"counter_step_s":null,"meter":"CPU time × watts per core","sandbox":"none","threads":1,"packages":{"torch":"2.13.0"},"git_commit":null,"git_dirty":null},"model":{"params":22713216,"active_params":null,"dtype":"float32","architecture":"BertModel","weights_hash":null,"peak_memory_bytes":0,"unused_weights":[],"kept_fp32":[],"reasoning_family":null,"steps":null,"resolution":null,"gpu_uuid_hashes":[]},"started_at":"2026-11-02T12:00:00Z","finished_at":"2026-11-02T12:01:00Z","idle_power_w":null,"windows":[{"phase":"forward","start":0,"repeat":0,"start_s":100.0,"end_s":102.0,"energy_j":32.0,"queries":64,"passes":4,"tokens_in":0,"tokens_out":0,"audio_s":0.0,"answered":null},{"phase":"forward","start":0,"repeat":1,"start_s":102.0,"end_s":104.0,"energy_j":32.0,"queries":64,"passes":4,"tokens_in":0,"tokens_out":0,"audio_s":0.0,"answered":null},{"phase":"forward","start":0,"repeat":2,"start_s":104.0,"end_s":106.0,"energy_j":32.0,"queries":64,"passes":4,"tokens_in":0,"tokens_out":0,"audio_s":0.0,"answered":null}],"energy_per_query_j":0.5,"repeatability_j":0.0,"comparison_j":null,"latency_s":0.03125,"figures":null,"stages":[],"quality":{"metric":"spearman","value":0.82,"reason":"","rows":0,"correct":null,"beside":{}},"findings":[],"harness_hash":null}');
CREATE TABLE decisions (
            seq INTEGER PRIMARY KEY,
            proposal TEXT NOT NULL UNIQUE REFERENCES proposals (id),
            body TEXT NOT NULL
        ) STRICT
        ;
INSERT INTO "decisions" VALUES(1,'nfqkzw8hk6','{"proposal":"nfqkzw8hk6","verdict":"declined","reason":"Not yet.","author":"operator","at":"2026-11-02T12:00:00Z"}');
CREATE TABLE editions (
            id TEXT PRIMARY KEY,
            dated TEXT NOT NULL,
            development INTEGER NOT NULL CHECK (development IN (0, 1)),
            content_hash TEXT NOT NULL,
            body TEXT NOT NULL
        ) STRICT;
INSERT INTO "editions" VALUES('dev-2026-11','2026-11-02',1,'hash of the edition','{"id":"dev-2026-11","title":"Edition dev-2026-11","summary":"For tests.","rule":"quintile","status":"open","dated":"2026-11-02","development":true,"source":null,"tasks":[],"hardware":[],"protocols":[],"reference_models":{},"succeeds":null,"reasoning_beside":{},"stars_are":"ours"}');
CREATE TABLE events (
            seq INTEGER PRIMARY KEY,
            submission_id TEXT NOT NULL REFERENCES submissions (id),
            status TEXT NOT NULL,
            body TEXT NOT NULL
        ) STRICT;
INSERT INTO "events" VALUES(1,'66421eeab852','received','{"status":"received","at":"2026-11-02T12:00:00Z","actor":"local","message":"We have your submission; it is written down and looked at before it goes on.","remedy":"","detail":{}}');
INSERT INTO "events" VALUES(2,'66421eeab852','queued','{"status":"queued","at":"2026-11-02T12:00:00Z","actor":"space","message":"It waits for a runner with the hardware you chose.","remedy":"","detail":{}}');
INSERT INTO "events" VALUES(3,'66421eeab852','claimed','{"status":"claimed","at":"2026-11-02T12:00:00Z","actor":"bench-1","message":"The runner bench-1 has taken it (try 1 of 3).","remedy":"","detail":{"fence":1,"attempt":1}}');
INSERT INTO "events" VALUES(4,'66421eeab852','running','{"status":"running","at":"2026-11-02T12:00:00Z","actor":"space","message":"The model is running and its energy is being measured.","remedy":"","detail":{}}');
INSERT INTO "events" VALUES(5,'66421eeab852','verifying','{"status":"verifying","at":"2026-11-02T12:00:00Z","actor":"space","message":"The measurement is over; its checks are being judged.","remedy":"","detail":{}}');
INSERT INTO "events" VALUES(6,'66421eeab852','done','{"status":"done","at":"2026-11-02T12:00:00Z","actor":"space","message":"Measured and on the board.","remedy":"","detail":{}}');
INSERT INTO "events" VALUES(7,'2003732e1bbd','received','{"status":"received","at":"2026-11-02T12:00:00Z","actor":"local","message":"We have your submission; it is written down and looked at before it goes on.","remedy":"","detail":{}}');
INSERT INTO "events" VALUES(8,'2003732e1bbd','queued','{"status":"queued","at":"2026-11-02T12:00:00Z","actor":"space","message":"It waits for a runner with the hardware you chose.","remedy":"","detail":{}}');
INSERT INTO "events" VALUES(9,'2003732e1bbd','claimed','{"status":"claimed","at":"2026-11-02T12:00:00Z","actor":"bench-1","message":"The runner bench-1 has taken it (try 1 of 3).","remedy":"","detail":{"fence":1,"attempt":1}}');
INSERT INTO "events" VALUES(10,'2003732e1bbd','running','{"status":"running","at":"2026-11-02T12:00:00Z","actor":"space","message":"The model is running and its energy is being measured.","remedy":"","detail":{}}');
INSERT INTO "events" VALUES(11,'2003732e1bbd','verifying','{"status":"verifying","at":"2026-11-02T12:00:00Z","actor":"space","message":"The measurement is over; its checks are being judged.","remedy":"","detail":{}}');
INSERT INTO "events" VALUES(12,'2003732e1bbd','rejected','{"status":"rejected","at":"2026-11-02T12:00:00Z","actor":"space","message":"The run finished, but its checks forbid a figure.","remedy":"","detail":{}}');
INSERT INTO "events" VALUES(13,'fb9b1e3db4d1','received','{"status":"received","at":"2026-11-02T12:00:00Z","actor":"local","message":"We have your submission; it is written down and looked at before it goes on.","remedy":"","detail":{}}');
INSERT INTO "events" VALUES(14,'fb9b1e3db4d1','queued','{"status":"queued","at":"2026-11-02T12:00:00Z","actor":"space","message":"It waits for a runner with the hardware you chose.","remedy":"","detail":{}}');
INSERT INTO "events" VALUES(15,'fb9b1e3db4d1','claimed','{"status":"claimed","at":"2026-11-02T12:00:00Z","actor":"bench-1","message":"The runner bench-1 has taken it (try 1 of 3).","remedy":"","detail":{"fence":1,"attempt":1}}');
INSERT INTO "events" VALUES(16,'fb9b1e3db4d1','running','{"status":"running","at":"2026-11-02T12:00:00Z","actor":"space","message":"The model is running and its energy is being measured.","remedy":"","detail":{}}');
INSERT INTO "events" VALUES(17,'535acd470095','received','{"status":"received","at":"2026-11-02T12:00:00Z","actor":"local","message":"We have your submission; it is written down and looked at before it goes on.","remedy":"","detail":{}}');
INSERT INTO "events" VALUES(18,'535acd470095','queued','{"status":"queued","at":"2026-11-02T12:00:00Z","actor":"space","message":"It waits for a runner with the hardware you chose.","remedy":"","detail":{}}');
CREATE TABLE journal (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            tab TEXT NOT NULL,
            key TEXT NOT NULL,
            UNIQUE (tab, key)
        ) STRICT;
INSERT INTO "journal" VALUES(2,'submissions','[1]');
INSERT INTO "journal" VALUES(3,'submitters','[1]');
INSERT INTO "journal" VALUES(5,'events','[1]');
INSERT INTO "journal" VALUES(6,'events','[2]');
INSERT INTO "journal" VALUES(8,'events','[3]');
INSERT INTO "journal" VALUES(10,'events','[4]');
INSERT INTO "journal" VALUES(11,'states','["66421eeab852"]');
INSERT INTO "journal" VALUES(12,'events','[5]');
INSERT INTO "journal" VALUES(13,'events','[6]');
INSERT INTO "journal" VALUES(14,'runs','[1]');
INSERT INTO "journal" VALUES(17,'editions','["dev-2026-11"]');
INSERT INTO "journal" VALUES(18,'bands','["dev-2026-11","sentence-similarity","cpu","","offline-b1","off"]');
INSERT INTO "journal" VALUES(19,'ratings','["4bvfa8hg8p"]');
INSERT INTO "journal" VALUES(20,'rating_bodies','["4bvfa8hg8p"]');
INSERT INTO "journal" VALUES(21,'submissions','[2]');
INSERT INTO "journal" VALUES(22,'submitters','[2]');
INSERT INTO "journal" VALUES(24,'events','[7]');
INSERT INTO "journal" VALUES(25,'events','[8]');
INSERT INTO "journal" VALUES(27,'events','[9]');
INSERT INTO "journal" VALUES(29,'events','[10]');
INSERT INTO "journal" VALUES(30,'states','["2003732e1bbd"]');
INSERT INTO "journal" VALUES(31,'events','[11]');
INSERT INTO "journal" VALUES(32,'events','[12]');
INSERT INTO "journal" VALUES(33,'runs','[2]');
INSERT INTO "journal" VALUES(34,'submissions','[3]');
INSERT INTO "journal" VALUES(35,'submitters','[3]');
INSERT INTO "journal" VALUES(37,'events','[13]');
INSERT INTO "journal" VALUES(38,'events','[14]');
INSERT INTO "journal" VALUES(40,'events','[15]');
INSERT INTO "journal" VALUES(41,'states','["fb9b1e3db4d1"]');
INSERT INTO "journal" VALUES(42,'events','[16]');
INSERT INTO "journal" VALUES(43,'logs','["fb9b1e3db4d1"]');
INSERT INTO "journal" VALUES(44,'submissions','[4]');
INSERT INTO "journal" VALUES(45,'submitters','[4]');
INSERT INTO "journal" VALUES(46,'states','["535acd470095"]');
INSERT INTO "journal" VALUES(47,'events','[17]');
INSERT INTO "journal" VALUES(48,'events','[18]');
INSERT INTO "journal" VALUES(49,'notices','[1]');
INSERT INTO "journal" VALUES(50,'controls','[1]');
INSERT INTO "journal" VALUES(51,'proposals','[1]');
INSERT INTO "journal" VALUES(52,'decisions','[1]');
INSERT INTO "journal" VALUES(53,'settings','["key"]');
INSERT INTO "journal" VALUES(54,'tokens','["0123456789"]');
INSERT INTO "journal" VALUES(55,'acts','[1]');
CREATE TABLE journal_digests (
            tab TEXT NOT NULL,
            key TEXT NOT NULL,
            digest BLOB NOT NULL,
            PRIMARY KEY (tab, key)
        ) STRICT, WITHOUT ROWID;
CREATE TABLE journal_head (
            only INTEGER PRIMARY KEY CHECK (only = 1),
            position INTEGER NOT NULL,
            manifest TEXT NOT NULL,
            pending TEXT NOT NULL,
            fence_floor INTEGER NOT NULL
        ) STRICT;
INSERT INTO "journal_head" VALUES(1,0,'','',0);
CREATE TABLE logs (
            submission_id TEXT PRIMARY KEY REFERENCES submissions (id),
            tail TEXT NOT NULL
        ) STRICT;
INSERT INTO "logs" VALUES('fb9b1e3db4d1','loading
');
CREATE TABLE meta (
            only INTEGER PRIMARY KEY CHECK (only = 1),
            version INTEGER NOT NULL
        ) STRICT;
INSERT INTO "meta" VALUES(1,23);
CREATE TABLE model_names (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
INSERT INTO "model_names" VALUES(1,'sentence-transformers/all-minilm-l6-v2');
CREATE TABLE notices (
            seq INTEGER PRIMARY KEY,
            subject TEXT NOT NULL,
            body TEXT NOT NULL
        ) STRICT;
INSERT INTO "notices" VALUES(1,'4bvfa8hg8p','{"subject":"4bvfa8hg8p","kind":"disputed","reason":"The run was throttled.","author":"local","at":"2026-11-02T12:00:00Z"}');
CREATE TABLE outbox (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            kind TEXT NOT NULL,
            subject TEXT NOT NULL,
            created_at TEXT NOT NULL,
            UNIQUE (kind, subject)
        ) STRICT;
INSERT INTO "outbox" VALUES(4,'edition','dev-2026-11','2026-11-02T12:00:00+00:00');
CREATE TABLE proposals (
            seq INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            edition TEXT NOT NULL,
            body TEXT NOT NULL
        ) STRICT;
INSERT INTO "proposals" VALUES(1,'nfqkzw8hk6','2026-11','{"id":"nfqkzw8hk6","edition":"2026-11","cause":"half-year","cell":"","extent":1,"reason":"It was frozen on 2026-05-02: half a year ago.","at":"2026-11-02T12:00:00Z"}');
CREATE TABLE rating_bodies (
            id TEXT PRIMARY KEY REFERENCES ratings (id) ON DELETE CASCADE,
            body TEXT NOT NULL
        ) STRICT;
INSERT INTO "rating_bodies" VALUES('4bvfa8hg8p','{"id":"4bvfa8hg8p","edition":"dev-2026-11","task":"sentence-similarity","hardware":"cpu","model_class":"","protocol":"offline-b1","reasoning":"off","model":"sentence-transformers/all-MiniLM-L6-v2","revision":"d46f7701826b96cba8ae31f4b54fd066f8059af4","precision":"fp32","configuration":"","best":true,"energy_wh_per_1000":0.139,"energy_low":null,"energy_high":null,"stars":3,"stars_low":null,"stars_high":null,"not_rated":"","quality":0.82,"quality_metric":"spearman","params":22713216,"active_params":null,"licence":"apache-2.0","library":null,"weights_open":null,"data_open":null,"licence_open":null,"cell_size":10,"provenance":"estimated","development":true,"rule":"quintile","measured_at":"2026-11-02T12:00:00Z","run_id":"dea2c681bede","gpus":null,"batch":null,"latency_s":null,"mean_power_w":null,"published_stars":null,"note":"","source":""}');
CREATE TABLE rating_counts (
        field TEXT NOT NULL,
        edition TEXT NOT NULL,
        task TEXT NOT NULL,
        hardware TEXT NOT NULL,
        model_class TEXT NOT NULL,
        protocol TEXT NOT NULL,
        reasoning TEXT NOT NULL,
        best INTEGER NOT NULL,
        development INTEGER NOT NULL,
        value TEXT NOT NULL,
        number INTEGER NOT NULL,
        PRIMARY KEY (
            field, edition, task, hardware, model_class, protocol, reasoning, best, development, value
        )
    ) STRICT, WITHOUT ROWID
;
INSERT INTO "rating_counts" VALUES('','dev-2026-11','sentence-similarity','cpu','','offline-b1','off',1,1,'',1);
INSERT INTO "rating_counts" VALUES('licence','dev-2026-11','sentence-similarity','cpu','','offline-b1','off',1,1,'apache-2.0',1);
INSERT INTO "rating_counts" VALUES('precision','dev-2026-11','sentence-similarity','cpu','','offline-b1','off',1,1,'fp32',1);
INSERT INTO "rating_counts" VALUES('provenance','dev-2026-11','sentence-similarity','cpu','','offline-b1','off',1,1,'estimated',1);
CREATE TABLE ratings (
            id TEXT PRIMARY KEY,
            edition TEXT NOT NULL,
            task TEXT NOT NULL,
            hardware TEXT NOT NULL,
            model_class TEXT NOT NULL,
            protocol TEXT NOT NULL,
            reasoning TEXT NOT NULL,
            provenance TEXT NOT NULL,
            licence TEXT,
            precision TEXT,
            model TEXT NOT NULL,
            model_lower TEXT NOT NULL,
            org TEXT NOT NULL,
            best INTEGER NOT NULL CHECK (best IN (0, 1)),
            development INTEGER NOT NULL CHECK (development IN (0, 1)),
            energy REAL NOT NULL CHECK (energy > 0),
            stars INTEGER CHECK (stars BETWEEN 1 AND 5),
            quality REAL,
            params INTEGER,
            measured_us INTEGER
        , library TEXT, weights_open INTEGER CHECK (weights_open IN (0, 1)), data_open INTEGER CHECK (data_open IN (0, 1)), licence_open INTEGER CHECK (licence_open IN (0, 1))) STRICT;
INSERT INTO "ratings" VALUES('4bvfa8hg8p','dev-2026-11','sentence-similarity','cpu','','offline-b1','off','estimated','apache-2.0','fp32','sentence-transformers/all-MiniLM-L6-v2','sentence-transformers/all-minilm-l6-v2','sentence-transformers',1,1,0.139,3,0.82,22713216,1793620800000000,NULL,NULL,NULL,NULL);
CREATE TABLE runs (
            seq INTEGER PRIMARY KEY,
            id TEXT NOT NULL,
            run_key TEXT NOT NULL,
            model TEXT NOT NULL,
            submission_id TEXT NOT NULL REFERENCES submissions (id),
            accepted INTEGER NOT NULL CHECK (accepted IN (0, 1)),
            current INTEGER NOT NULL CHECK (current IN (0, 1)),
            finished_us INTEGER NOT NULL,
            body TEXT NOT NULL
        ) STRICT;
INSERT INTO "runs" VALUES(1,'dea2c681bede','dea2c681bede70a53d8ad6fa284a58df921f2155537e5a0f6fee66421eeab852','sentence-transformers/all-MiniLM-L6-v2','66421eeab852',1,1,1793620860000000,'{"schema_version":1,"run_key":"dea2c681bede70a53d8ad6fa284a58df921f2155537e5a0f6fee66421eeab852","plan":{"schema_version":1,"model":{"repo_id":"sentence-transformers/all-MiniLM-L6-v2","sha":"d46f7701826b96cba8ae31f4b54fd066f8059af4","precision":"fp32"},"task":"sentence-similarity","task_version":1,"task_hash":"0000000000000000000000000000000000000000000000000000000000000000","hardware":"cpu","device":"cpu","protocol":"offline-b1","reasoning":"off","dataset":{"repo_id":"AIEnergyScore/sentence_similarity","config":null,"split":"train","columns":["sentence1","sentence2"],"revision":null},"block":16,"max_input_tokens":128,"output_tokens":null,"seed":1,"profile":{"id":"quick","starts":1,"windows":3,"window_s":1.0,"idle_s":2.0,"warmup_slice_s":1.0,"warmup_tolerance":null,"warmup_queries":10,"block":16},"harness":"0.1.0","occasion":0,"expected_duration_s":20.0},"provenance":"estimated","environment":{"device":"cpu","os":"Linux 6.1","python":"3.11.9","cpu_model":"a CPU","cpu_cores":2,"memory_gb":8.0,"gpu_name":null,"gpu_uuid_hash":null,"gpus":0,"driver":null,"nvml_origin":null,"boards":[],"exclusive":null,"counter_step_s":null,"meter":"CPU time × watts per core","sandbox":"none","threads":1,"packages":{"torch":"2.13.0"},"git_commit":null,"git_dirty":null},"model":{"params":22713216,"active_params":null,"dtype":"float32","architecture":"BertModel","weights_hash":null,"peak_memory_bytes":0,"unused_weights":[],"kept_fp32":[],"reasoning_family":null,"steps":null,"resolution":null,"gpu_uuid_hashes":[]},"started_at":"2026-11-02T12:00:00Z","finished_at":"2026-11-02T12:01:00Z","idle_power_w":null,"windows":[{"phase":"forward","start":0,"repeat":0,"start_s":100.0,"end_s":102.0,"energy_j":32.0,"queries":64,"passes":4,"tokens_in":0,"tokens_out":0,"audio_s":0.0,"answered":null},{"phase":"forward","start":0,"repeat":1,"start_s":102.0,"end_s":104.0,"energy_j":32.0,"queries":64,"passes":4,"tokens_in":0,"tokens_out":0,"audio_s":0.0,"answered":null},{"phase":"forward","start":0,"repeat":2,"start_s":104.0,"end_s":106.0,"energy_j":32.0,"queries":64,"passes":4,"tokens_in":0,"tokens_out":0,"audio_s":0.0,"answered":null}],"energy_per_query_j":0.5,"repeatability_j":0.0,"comparison_j":null,"latency_s":0.03125,"figures":null,"stages":[],"quality":{"metric":"spearman","value":0.82,"reason":"","rows":0,"correct":null,"beside":{}},"findings":[],"harness_hash":null}');
INSERT INTO "runs" VALUES(2,'eff296fbbc7e','eff296fbbc7e0e815cd4c6d691670a8349fd2f284be8ec7f148c2003732e1bbd','sentence-transformers/all-MiniLM-L6-v2','2003732e1bbd',0,1,1793620860000000,'{"schema_version":1,"run_key":"eff296fbbc7e0e815cd4c6d691670a8349fd2f284be8ec7f148c2003732e1bbd","plan":{"schema_version":1,"model":{"repo_id":"sentence-transformers/all-MiniLM-L6-v2","sha":"d46f7701826b96cba8ae31f4b54fd066f8059af4","precision":"fp32"},"task":"sentence-similarity","task_version":1,"task_hash":"0000000000000000000000000000000000000000000000000000000000000000","hardware":"cpu","device":"cpu","protocol":"offline-b1","reasoning":"off","dataset":{"repo_id":"AIEnergyScore/sentence_similarity","config":null,"split":"train","columns":["sentence1","sentence2"],"revision":null},"block":16,"max_input_tokens":128,"output_tokens":null,"seed":2,"profile":{"id":"quick","starts":1,"windows":3,"window_s":1.0,"idle_s":2.0,"warmup_slice_s":1.0,"warmup_tolerance":null,"warmup_queries":10,"block":16},"harness":"0.1.0","occasion":0,"expected_duration_s":20.0},"provenance":"estimated","environment":{"device":"cpu","os":"Linux 6.1","python":"3.11.9","cpu_model":"a CPU","cpu_cores":2,"memory_gb":8.0,"gpu_name":null,"gpu_uuid_hash":null,"gpus":0,"driver":null,"nvml_origin":null,"boards":[],"exclusive":null,"counter_step_s":null,"meter":"CPU time × watts per core","sandbox":"none","threads":1,"packages":{"torch":"2.13.0"},"git_commit":null,"git_dirty":null},"model":{"params":22713216,"active_params":null,"dtype":"float32","architecture":"BertModel","weights_hash":null,"peak_memory_bytes":0,"unused_weights":[],"kept_fp32":[],"reasoning_family":null,"steps":null,"resolution":null,"gpu_uuid_hashes":[]},"started_at":"2026-11-02T12:00:00Z","finished_at":"2026-11-02T12:01:00Z","idle_power_w":null,"windows":[{"phase":"forward","start":0,"repeat":0,"start_s":100.0,"end_s":102.0,"energy_j":32.0,"queries":64,"passes":4,"tokens_in":0,"tokens_out":0,"audio_s":0.0,"answered":null},{"phase":"forward","start":0,"repeat":1,"start_s":102.0,"end_s":104.0,"energy_j":32.0,"queries":64,"passes":4,"tokens_in":0,"tokens_out":0,"audio_s":0.0,"answered":null},{"phase":"forward","start":0,"repeat":2,"start_s":104.0,"end_s":106.0,"energy_j":32.0,"queries":64,"passes":4,"tokens_in":0,"tokens_out":0,"audio_s":0.0,"answered":null}],"energy_per_query_j":0.5,"repeatability_j":0.0,"comparison_j":null,"latency_s":0.03125,"figures":null,"stages":[],"quality":{"metric":"spearman","value":0.82,"reason":"","rows":0,"correct":null,"beside":{}},"findings":[],"harness_hash":null}');
CREATE TABLE settings (
            key TEXT PRIMARY KEY,
            value TEXT NOT NULL
        ) STRICT
        ;
INSERT INTO "settings" VALUES('key','value');
CREATE TABLE states (
            submission_id TEXT PRIMARY KEY REFERENCES submissions (id),
            seq INTEGER NOT NULL UNIQUE,
            run_key TEXT NOT NULL,
            hardware TEXT NOT NULL,
            status TEXT NOT NULL,
            final INTEGER NOT NULL CHECK (final IN (0, 1)),
            fence INTEGER NOT NULL CHECK (fence >= 0),
            attempt INTEGER NOT NULL CHECK (attempt >= 0),
            worker TEXT,
            lease_s REAL,
            finished_fence INTEGER,
            progress TEXT
        ) STRICT;
INSERT INTO "states" VALUES('66421eeab852',1,'dea2c681bede70a53d8ad6fa284a58df921f2155537e5a0f6fee66421eeab852','cpu','done',1,1,1,'bench-1',300.0,1,NULL);
INSERT INTO "states" VALUES('2003732e1bbd',2,'eff296fbbc7e0e815cd4c6d691670a8349fd2f284be8ec7f148c2003732e1bbd','cpu','rejected',1,1,1,'bench-1',300.0,1,NULL);
INSERT INTO "states" VALUES('fb9b1e3db4d1',3,'ff9305832da6bc8c82793ab126f71e55e954eb2f9902a915a33afb9b1e3db4d1','cpu','running',0,1,1,'bench-1',300.0,NULL,'{"fraction":0.25,"message":"window 2 of 3","remaining_s":10.0,"heartbeat_at":"2026-11-02T12:00:00Z"}');
INSERT INTO "states" VALUES('535acd470095',4,'e35aa78a01a62eb62f9b782d034c3ab97bd57183376e4e7326c8535acd470095','cpu','queued',0,0,0,NULL,NULL,NULL,NULL);
CREATE TABLE submissions (
            seq INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            run_key TEXT NOT NULL,
            submitted_by TEXT NOT NULL,
            body TEXT NOT NULL
        ) STRICT;
INSERT INTO "submissions" VALUES(1,'66421eeab852','dea2c681bede70a53d8ad6fa284a58df921f2155537e5a0f6fee66421eeab852','local','{"id":"66421eeab852","plan":{"schema_version":1,"model":{"repo_id":"sentence-transformers/all-MiniLM-L6-v2","sha":"d46f7701826b96cba8ae31f4b54fd066f8059af4","precision":"fp32"},"task":"sentence-similarity","task_version":1,"task_hash":"0000000000000000000000000000000000000000000000000000000000000000","hardware":"cpu","device":"cpu","protocol":"offline-b1","reasoning":"off","dataset":{"repo_id":"AIEnergyScore/sentence_similarity","config":null,"split":"train","columns":["sentence1","sentence2"],"revision":null},"block":16,"max_input_tokens":128,"output_tokens":null,"seed":1,"profile":{"id":"quick","starts":1,"windows":3,"window_s":1.0,"idle_s":2.0,"warmup_slice_s":1.0,"warmup_tolerance":null,"warmup_queries":10,"block":16},"harness":"0.1.0","occasion":0,"expected_duration_s":20.0},"facts":{"repo_id":"sentence-transformers/all-MiniLM-L6-v2","sha":"d46f7701826b96cba8ae31f4b54fd066f8059af4","params":22713216,"active_params":null,"licence":"apache-2.0","architectures":["BertModel"],"model_type":"bert","gated":false,"private":false,"library":"sentence-transformers","pipeline_tag":"sentence-similarity","tags":[],"remote_code":false,"safetensors":true,"weights_bytes":90868376,"weights_hash":"e9e2c8815f70dad48afc257ffd2bcf61b63bac429fad1ba1eaefa245bb562a13","missing_weights":[],"empty_weights":[],"index_unread":"","fetched_files":7,"fetched_bytes":91600000,"largest_file_bytes":90868376,"quantised":null,"quantised_oddly":"","access":false},"submitted_by":"local","submitted_by_name":"","owner":"","owner_name":"","submitted_at":"2026-11-02T12:00:00Z","note":""}');
INSERT INTO "submissions" VALUES(2,'2003732e1bbd','eff296fbbc7e0e815cd4c6d691670a8349fd2f284be8ec7f148c2003732e1bbd','local','{"id":"2003732e1bbd","plan":{"schema_version":1,"model":{"repo_id":"sentence-transformers/all-MiniLM-L6-v2","sha":"d46f7701826b96cba8ae31f4b54fd066f8059af4","precision":"fp32"},"task":"sentence-similarity","task_version":1,"task_hash":"0000000000000000000000000000000000000000000000000000000000000000","hardware":"cpu","device":"cpu","protocol":"offline-b1","reasoning":"off","dataset":{"repo_id":"AIEnergyScore/sentence_similarity","config":null,"split":"train","columns":["sentence1","sentence2"],"revision":null},"block":16,"max_input_tokens":128,"output_tokens":null,"seed":2,"profile":{"id":"quick","starts":1,"windows":3,"window_s":1.0,"idle_s":2.0,"warmup_slice_s":1.0,"warmup_tolerance":null,"warmup_queries":10,"block":16},"harness":"0.1.0","occasion":0,"expected_duration_s":20.0},"facts":{"repo_id":"sentence-transformers/all-MiniLM-L6-v2","sha":"d46f7701826b96cba8ae31f4b54fd066f8059af4","params":22713216,"active_params":null,"licence":"apache-2.0","architectures":["BertModel"],"model_type":"bert","gated":false,"private":false,"library":"sentence-transformers","pipeline_tag":"sentence-similarity","tags":[],"remote_code":false,"safetensors":true,"weights_bytes":90868376,"weights_hash":"e9e2c8815f70dad48afc257ffd2bcf61b63bac429fad1ba1eaefa245bb562a13","missing_weights":[],"empty_weights":[],"index_unread":"","fetched_files":7,"fetched_bytes":91600000,"largest_file_bytes":90868376,"quantised":null,"quantised_oddly":"","access":false},"submitted_by":"local","submitted_by_name":"","owner":"","owner_name":"","submitted_at":"2026-11-02T12:00:00Z","note":""}');
INSERT INTO "submissions" VALUES(3,'fb9b1e3db4d1','ff9305832da6bc8c82793ab126f71e55e954eb2f9902a915a33afb9b1e3db4d1','local','{"id":"fb9b1e3db4d1","plan":{"schema_version":1,"model":{"repo_id":"sentence-transformers/all-MiniLM-L6-v2","sha":"d46f7701826b96cba8ae31f4b54fd066f8059af4","precision":"fp32"},"task":"sentence-similarity","task_version":1,"task_hash":"0000000000000000000000000000000000000000000000000000000000000000","hardware":"cpu","device":"cpu","protocol":"offline-b1","reasoning":"off","dataset":{"repo_id":"AIEnergyScore/sentence_similarity","config":null,"split":"train","columns":["sentence1","sentence2"],"revision":null},"block":16,"max_input_tokens":128,"output_tokens":null,"seed":3,"profile":{"id":"quick","starts":1,"windows":3,"window_s":1.0,"idle_s":2.0,"warmup_slice_s":1.0,"warmup_tolerance":null,"warmup_queries":10,"block":16},"harness":"0.1.0","occasion":0,"expected_duration_s":20.0},"facts":{"repo_id":"sentence-transformers/all-MiniLM-L6-v2","sha":"d46f7701826b96cba8ae31f4b54fd066f8059af4","params":22713216,"active_params":null,"licence":"apache-2.0","architectures":["BertModel"],"model_type":"bert","gated":false,"private":false,"library":"sentence-transformers","pipeline_tag":"sentence-similarity","tags":[],"remote_code":false,"safetensors":true,"weights_bytes":90868376,"weights_hash":"e9e2c8815f70dad48afc257ffd2bcf61b63bac429fad1ba1eaefa245bb562a13","missing_weights":[],"empty_weights":[],"index_unread":"","fetched_files":7,"fetched_bytes":91600000,"largest_file_bytes":90868376,"quantised":null,"quantised_oddly":"","access":false},"submitted_by":"local","submitted_by_name":"","owner":"","owner_name":"","submitted_at":"2026-11-02T12:00:00Z","note":""}');
INSERT INTO "submissions" VALUES(4,'535acd470095','e35aa78a01a62eb62f9b782d034c3ab97bd57183376e4e7326c8535acd470095','local','{"id":"535acd470095","plan":{"schema_version":1,"model":{"repo_id":"sentence-transformers/all-MiniLM-L6-v2","sha":"d46f7701826b96cba8ae31f4b54fd066f8059af4","precision":"fp32"},"task":"sentence-similarity","task_version":1,"task_hash":"0000000000000000000000000000000000000000000000000000000000000000","hardware":"cpu","device":"cpu","protocol":"offline-b1","reasoning":"off","dataset":{"repo_id":"AIEnergyScore/sentence_similarity","config":null,"split":"train","columns":["sentence1","sentence2"],"revision":null},"block":16,"max_input_tokens":128,"output_tokens":null,"seed":4,"profile":{"id":"quick","starts":1,"windows":3,"window_s":1.0,"idle_s":2.0,"warmup_slice_s":1.0,"warmup_tolerance":null,"warmup_queries":10,"block":16},"harness":"0.1.0","occasion":0,"expected_duration_s":20.0},"facts":{"repo_id":"sentence-transformers/all-MiniLM-L6-v2","sha":"d46f7701826b96cba8ae31f4b54fd066f8059af4","params":22713216,"active_params":null,"licence":"apache-2.0","architectures":["BertModel"],"model_type":"bert","gated":false,"private":false,"library":"sentence-transformers","pipeline_tag":"sentence-similarity","tags":[],"remote_code":false,"safetensors":true,"weights_bytes":90868376,"weights_hash":"e9e2c8815f70dad48afc257ffd2bcf61b63bac429fad1ba1eaefa245bb562a13","missing_weights":[],"empty_weights":[],"index_unread":"","fetched_files":7,"fetched_bytes":91600000,"largest_file_bytes":90868376,"quantised":null,"quantised_oddly":"","access":false},"submitted_by":"local","submitted_by_name":"","owner":"","owner_name":"","submitted_at":"2026-11-02T12:00:00Z","note":""}');
CREATE TABLE submitters (
            seq INTEGER PRIMARY KEY,
            submission_id TEXT NOT NULL UNIQUE,
            person TEXT NOT NULL,
            owner TEXT NOT NULL,
            address TEXT NOT NULL,
            at_us INTEGER NOT NULL
        ) STRICT;
INSERT INTO "submitters" VALUES(1,'66421eeab852','local','local','',1793620800000000);
INSERT INTO "submitters" VALUES(2,'2003732e1bbd','local','local','',1793620800000000);
INSERT INTO "submitters" VALUES(3,'fb9b1e3db4d1','local','local','',1793620800000000);
INSERT INTO "submitters" VALUES(4,'535acd470095','local','local','',1793620800000000);
CREATE TABLE tickets (
            kind TEXT NOT NULL,
            digest TEXT NOT NULL,
            subject TEXT NOT NULL,
            body TEXT NOT NULL,
            made_us INTEGER NOT NULL,
            expires_us INTEGER NOT NULL,
            used_us INTEGER,
            PRIMARY KEY (kind, digest)
        ) STRICT, WITHOUT ROWID
        ;
INSERT INTO "tickets" VALUES('nonce','2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b','0','{}',1793620800000000,1793707200000000,NULL);
CREATE TABLE tokens (
            id TEXT NOT NULL PRIMARY KEY,
            kind TEXT NOT NULL,
            digest TEXT NOT NULL,
            subject TEXT NOT NULL,
            body TEXT NOT NULL,
            revoked INTEGER NOT NULL,
            UNIQUE (kind, digest)
        ) STRICT;
INSERT INTO "tokens" VALUES('0123456789','person','2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b','0','{}',0);
CREATE TABLE turns (
        hardware TEXT NOT NULL,
        owner TEXT NOT NULL,
        last INTEGER NOT NULL,
        head INTEGER,
        PRIMARY KEY (hardware, owner)
    ) STRICT, WITHOUT ROWID
    ;
INSERT INTO "turns" VALUES('cpu','local',15,4);
CREATE TABLE unfinished (
        seq INTEGER PRIMARY KEY,
        hardware TEXT NOT NULL,
        person TEXT NOT NULL,
        owner TEXT NOT NULL,
        address TEXT NOT NULL,
        queued INTEGER NOT NULL CHECK (queued IN (0, 1)),
        bundle INTEGER NOT NULL CHECK (bundle IN (0, 1))
    ) STRICT
    ;
INSERT INTO "unfinished" VALUES(3,'cpu','local','local','',0,0);
INSERT INTO "unfinished" VALUES(4,'cpu','local','local','',1,0);
CREATE TABLE workers (
            name TEXT PRIMARY KEY,
            hardware TEXT NOT NULL,
            last_seen TEXT NOT NULL
        ) STRICT;
INSERT INTO "workers" VALUES('bench-1','["cpu"]','2026-11-02T12:00:00+00:00');
CREATE INDEX events_of ON events (submission_id, seq);
CREATE UNIQUE INDEX states_open ON states (run_key) WHERE final = 0;
CREATE INDEX states_queue ON states (hardware, seq) WHERE status = 'queued';
CREATE INDEX states_waiting ON states (seq) WHERE final = 0;
CREATE INDEX states_by_status ON states (status, seq);
CREATE UNIQUE INDEX runs_current ON runs (run_key) WHERE current = 1;
CREATE INDEX runs_by_id ON runs (id) WHERE current = 1;
CREATE INDEX runs_of_model ON runs (model, finished_us) WHERE current = 1;
CREATE INDEX ratings_of_model ON ratings (model);
CREATE INDEX notices_on ON notices (subject, seq);
CREATE TRIGGER submissions_no_update BEFORE UPDATE ON submissions BEGIN SELECT RAISE (ABORT, 'submissions only ever grow'); END;
CREATE TRIGGER submissions_no_delete BEFORE DELETE ON submissions BEGIN SELECT RAISE (ABORT, 'submissions only ever grow'); END;
CREATE TRIGGER events_no_update BEFORE UPDATE ON events BEGIN SELECT RAISE (ABORT, 'events only ever grow'); END;
CREATE TRIGGER events_no_delete BEFORE DELETE ON events BEGIN SELECT RAISE (ABORT, 'events only ever grow'); END;
CREATE TRIGGER notices_no_update BEFORE UPDATE ON notices BEGIN SELECT RAISE (ABORT, 'notices only ever grow'); END;
CREATE TRIGGER notices_no_delete BEFORE DELETE ON notices BEGIN SELECT RAISE (ABORT, 'notices only ever grow'); END;
CREATE INDEX ratings_energy ON ratings (energy, id);
CREATE INDEX ratings_model_lower ON ratings (model_lower, id);
CREATE INDEX ratings_stars ON ratings (stars, id);
CREATE INDEX ratings_quality ON ratings (quality, id);
CREATE INDEX ratings_params ON ratings (params, id);
CREATE INDEX ratings_measured_us ON ratings (measured_us, id);
CREATE INDEX ratings_task ON ratings (task, id);
CREATE INDEX controls_series ON controls (board, driver, series, held, at_us, energy_j);
CREATE INDEX controls_at ON controls (at_us, seq);
CREATE INDEX controls_hardware ON controls (hardware, at_us, seq)
        ;
CREATE TRIGGER controls_no_update BEFORE UPDATE ON controls BEGIN SELECT RAISE (ABORT, 'controls only ever grow'); END;
CREATE TRIGGER controls_no_delete BEFORE DELETE ON controls BEGIN SELECT RAISE (ABORT, 'controls only ever grow'); END;
CREATE TRIGGER proposals_no_update BEFORE UPDATE ON proposals BEGIN SELECT RAISE (ABORT, 'proposals only ever grow'); END;
CREATE TRIGGER proposals_no_delete BEFORE DELETE ON proposals BEGIN SELECT RAISE (ABORT, 'proposals only ever grow'); END;
CREATE TRIGGER decisions_no_update BEFORE UPDATE ON decisions BEGIN SELECT RAISE (ABORT, 'decisions only ever grow'); END;
CREATE TRIGGER decisions_no_delete BEFORE DELETE ON decisions BEGIN SELECT RAISE (ABORT, 'decisions only ever grow'); END;
CREATE TRIGGER submissions_journal_insert AFTER INSERT ON submissions BEGIN DELETE FROM journal WHERE tab = 'submissions' AND key = json_array(NEW.seq); INSERT INTO journal (tab, key) VALUES ('submissions', json_array(NEW.seq)); END;
CREATE TRIGGER events_journal_insert AFTER INSERT ON events BEGIN DELETE FROM journal WHERE tab = 'events' AND key = json_array(NEW.seq); INSERT INTO journal (tab, key) VALUES ('events', json_array(NEW.seq)); END;
CREATE TRIGGER notices_journal_insert AFTER INSERT ON notices BEGIN DELETE FROM journal WHERE tab = 'notices' AND key = json_array(NEW.seq); INSERT INTO journal (tab, key) VALUES ('notices', json_array(NEW.seq)); END;
CREATE TRIGGER controls_journal_insert AFTER INSERT ON controls BEGIN DELETE FROM journal WHERE tab = 'controls' AND key = json_array(NEW.seq); INSERT INTO journal (tab, key) VALUES ('controls', json_array(NEW.seq)); END;
CREATE TRIGGER proposals_journal_insert AFTER INSERT ON proposals BEGIN DELETE FROM journal WHERE tab = 'proposals' AND key = json_array(NEW.seq); INSERT INTO journal (tab, key) VALUES ('proposals', json_array(NEW.seq)); END;
CREATE TRIGGER decisions_journal_insert AFTER INSERT ON decisions BEGIN DELETE FROM journal WHERE tab = 'decisions' AND key = json_array(NEW.seq); INSERT INTO journal (tab, key) VALUES ('decisions', json_array(NEW.seq)); END;
CREATE TRIGGER states_journal_insert AFTER INSERT ON states BEGIN DELETE FROM journal WHERE tab = 'states' AND key = json_array(NEW.submission_id); INSERT INTO journal (tab, key) VALUES ('states', json_array(NEW.submission_id)); END;
CREATE TRIGGER states_journal_update AFTER UPDATE OF status, final, fence, attempt, worker, finished_fence ON states BEGIN DELETE FROM journal WHERE tab = 'states' AND key = json_array(NEW.submission_id); INSERT INTO journal (tab, key) VALUES ('states', json_array(NEW.submission_id)); END;
CREATE TRIGGER states_journal_delete AFTER DELETE ON states BEGIN DELETE FROM journal WHERE tab = 'states' AND key = json_array(OLD.submission_id); INSERT INTO journal (tab, key) VALUES ('states', json_array(OLD.submission_id)); END;
CREATE TRIGGER logs_journal_insert AFTER INSERT ON logs BEGIN DELETE FROM journal WHERE tab = 'logs' AND key = json_array(NEW.submission_id); INSERT INTO journal (tab, key) VALUES ('logs', json_array(NEW.submission_id)); END;
CREATE TRIGGER logs_journal_update AFTER UPDATE ON logs BEGIN DELETE FROM journal WHERE tab = 'logs' AND key = json_array(NEW.submission_id); INSERT INTO journal (tab, key) VALUES ('logs', json_array(NEW.submission_id)); END;
CREATE TRIGGER logs_journal_delete AFTER DELETE ON logs BEGIN DELETE FROM journal WHERE tab = 'logs' AND key = json_array(OLD.submission_id); INSERT INTO journal (tab, key) VALUES ('logs', json_array(OLD.submission_id)); END;
CREATE TRIGGER runs_journal_insert AFTER INSERT ON runs BEGIN DELETE FROM journal WHERE tab = 'runs' AND key = json_array(NEW.seq); INSERT INTO journal (tab, key) VALUES ('runs', json_array(NEW.seq)); END;
CREATE TRIGGER runs_journal_update AFTER UPDATE ON runs BEGIN DELETE FROM journal WHERE tab = 'runs' AND key = json_array(NEW.seq); INSERT INTO journal (tab, key) VALUES ('runs', json_array(NEW.seq)); END;
CREATE TRIGGER runs_journal_delete AFTER DELETE ON runs BEGIN DELETE FROM journal WHERE tab = 'runs' AND key = json_array(OLD.seq); INSERT INTO journal (tab, key) VALUES ('runs', json_array(OLD.seq)); END;
CREATE TRIGGER editions_journal_insert AFTER INSERT ON editions BEGIN DELETE FROM journal WHERE tab = 'editions' AND key = json_array(NEW.id); INSERT INTO journal (tab, key) VALUES ('editions', json_array(NEW.id)); END;
CREATE TRIGGER editions_journal_update AFTER UPDATE ON editions BEGIN DELETE FROM journal WHERE tab = 'editions' AND key = json_array(NEW.id); INSERT INTO journal (tab, key) VALUES ('editions', json_array(NEW.id)); END;
CREATE TRIGGER editions_journal_delete AFTER DELETE ON editions BEGIN DELETE FROM journal WHERE tab = 'editions' AND key = json_array(OLD.id); INSERT INTO journal (tab, key) VALUES ('editions', json_array(OLD.id)); END;
CREATE TRIGGER bands_journal_insert AFTER INSERT ON bands BEGIN DELETE FROM journal WHERE tab = 'bands' AND key = json_array(NEW.edition, NEW.task, NEW.hardware, NEW.model_class, NEW.protocol, NEW.reasoning); INSERT INTO journal (tab, key) VALUES ('bands', json_array(NEW.edition, NEW.task, NEW.hardware, NEW.model_class, NEW.protocol, NEW.reasoning)); END;
CREATE TRIGGER bands_journal_update AFTER UPDATE ON bands BEGIN DELETE FROM journal WHERE tab = 'bands' AND key = json_array(NEW.edition, NEW.task, NEW.hardware, NEW.model_class, NEW.protocol, NEW.reasoning); INSERT INTO journal (tab, key) VALUES ('bands', json_array(NEW.edition, NEW.task, NEW.hardware, NEW.model_class, NEW.protocol, NEW.reasoning)); END;
CREATE TRIGGER bands_journal_delete AFTER DELETE ON bands BEGIN DELETE FROM journal WHERE tab = 'bands' AND key = json_array(OLD.edition, OLD.task, OLD.hardware, OLD.model_class, OLD.protocol, OLD.reasoning); INSERT INTO journal (tab, key) VALUES ('bands', json_array(OLD.edition, OLD.task, OLD.hardware, OLD.model_class, OLD.protocol, OLD.reasoning)); END;
CREATE TRIGGER ratings_journal_insert AFTER INSERT ON ratings BEGIN DELETE FROM journal WHERE tab = 'ratings' AND key = json_array(NEW.id); INSERT INTO journal (tab, key) VALUES ('ratings', json_array(NEW.id)); END;
CREATE TRIGGER ratings_journal_update AFTER UPDATE ON ratings BEGIN DELETE FROM journal WHERE tab = 'ratings' AND key = json_array(NEW.id); INSERT INTO journal (tab, key) VALUES ('ratings', json_array(NEW.id)); END;
CREATE TRIGGER ratings_journal_delete AFTER DELETE ON ratings BEGIN DELETE FROM journal WHERE tab = 'ratings' AND key = json_array(OLD.id); INSERT INTO journal (tab, key) VALUES ('ratings', json_array(OLD.id)); END;
CREATE TRIGGER rating_bodies_journal_insert AFTER INSERT ON rating_bodies BEGIN DELETE FROM journal WHERE tab = 'rating_bodies' AND key = json_array(NEW.id); INSERT INTO journal (tab, key) VALUES ('rating_bodies', json_array(NEW.id)); END;
CREATE TRIGGER rating_bodies_journal_update AFTER UPDATE ON rating_bodies BEGIN DELETE FROM journal WHERE tab = 'rating_bodies' AND key = json_array(NEW.id); INSERT INTO journal (tab, key) VALUES ('rating_bodies', json_array(NEW.id)); END;
CREATE TRIGGER rating_bodies_journal_delete AFTER DELETE ON rating_bodies BEGIN DELETE FROM journal WHERE tab = 'rating_bodies' AND key = json_array(OLD.id); INSERT INTO journal (tab, key) VALUES ('rating_bodies', json_array(OLD.id)); END;
CREATE TRIGGER settings_journal_insert AFTER INSERT ON settings BEGIN DELETE FROM journal WHERE tab = 'settings' AND key = json_array(NEW.key); INSERT INTO journal (tab, key) VALUES ('settings', json_array(NEW.key)); END;
CREATE TRIGGER settings_journal_update AFTER UPDATE ON settings BEGIN DELETE FROM journal WHERE tab = 'settings' AND key = json_array(NEW.key); INSERT INTO journal (tab, key) VALUES ('settings', json_array(NEW.key)); END;
CREATE TRIGGER settings_journal_delete AFTER DELETE ON settings BEGIN DELETE FROM journal WHERE tab = 'settings' AND key = json_array(OLD.key); INSERT INTO journal (tab, key) VALUES ('settings', json_array(OLD.key)); END;
CREATE INDEX submitters_person ON submitters (person, at_us);
CREATE INDEX submitters_owner ON submitters (owner, at_us);
CREATE INDEX submitters_address ON submitters (address, at_us);
CREATE INDEX submissions_weights ON submissions (json_extract(body, '$.facts.weights_hash'));
CREATE TRIGGER submitters_no_update BEFORE UPDATE ON submitters BEGIN SELECT RAISE (ABORT, 'submitters only ever grow'); END;
CREATE TRIGGER submitters_no_delete BEFORE DELETE ON submitters BEGIN SELECT RAISE (ABORT, 'submitters only ever grow'); END;
CREATE TRIGGER acts_no_update BEFORE UPDATE ON acts BEGIN SELECT RAISE (ABORT, 'acts only ever grow'); END;
CREATE TRIGGER acts_no_delete BEFORE DELETE ON acts BEGIN SELECT RAISE (ABORT, 'acts only ever grow'); END;
CREATE TRIGGER submitters_journal_insert AFTER INSERT ON submitters BEGIN DELETE FROM journal WHERE tab = 'submitters' AND key = json_array(NEW.seq); INSERT INTO journal (tab, key) VALUES ('submitters', json_array(NEW.seq)); END;
CREATE TRIGGER acts_journal_insert AFTER INSERT ON acts BEGIN DELETE FROM journal WHERE tab = 'acts' AND key = json_array(NEW.seq); INSERT INTO journal (tab, key) VALUES ('acts', json_array(NEW.seq)); END;
CREATE TRIGGER tokens_journal_insert AFTER INSERT ON tokens BEGIN DELETE FROM journal WHERE tab = 'tokens' AND key = json_array(NEW.id); INSERT INTO journal (tab, key) VALUES ('tokens', json_array(NEW.id)); END;
CREATE TRIGGER tokens_journal_update AFTER UPDATE ON tokens BEGIN DELETE FROM journal WHERE tab = 'tokens' AND key = json_array(NEW.id); INSERT INTO journal (tab, key) VALUES ('tokens', json_array(NEW.id)); END;
CREATE TRIGGER tokens_journal_delete AFTER DELETE ON tokens BEGIN DELETE FROM journal WHERE tab = 'tokens' AND key = json_array(OLD.id); INSERT INTO journal (tab, key) VALUES ('tokens', json_array(OLD.id)); END;
CREATE INDEX unfinished_line ON unfinished (hardware, owner, seq) WHERE queued = 1;
CREATE INDEX unfinished_person ON unfinished (bundle, person);
CREATE INDEX unfinished_owner ON unfinished (bundle, owner);
CREATE INDEX unfinished_address ON unfinished (bundle, address);
CREATE INDEX turns_next ON turns (hardware, last, head) WHERE head IS NOT NULL;
CREATE TRIGGER states_begin AFTER INSERT ON states WHEN NEW.final = 0 BEGIN INSERT INTO unfinished (seq, hardware, person, owner, address, queued, bundle) SELECT NEW.seq, NEW.hardware, u.person, u.owner, u.address, NEW.status = 'queued', json_extract(b.body, '$.plan.nonce') IS NOT NULL FROM submitters u JOIN submissions b ON b.id = u.submission_id WHERE u.submission_id = NEW.submission_id; END;
CREATE TRIGGER states_reopen AFTER UPDATE OF final ON states WHEN OLD.final = 1 AND NEW.final = 0 BEGIN INSERT INTO unfinished (seq, hardware, person, owner, address, queued, bundle) SELECT NEW.seq, NEW.hardware, u.person, u.owner, u.address, NEW.status = 'queued', json_extract(b.body, '$.plan.nonce') IS NOT NULL FROM submitters u JOIN submissions b ON b.id = u.submission_id WHERE u.submission_id = NEW.submission_id; END;
CREATE TRIGGER states_end AFTER UPDATE OF final ON states WHEN OLD.final = 0 AND NEW.final = 1 BEGIN DELETE FROM unfinished WHERE seq = NEW.seq; END;
CREATE TRIGGER states_queue AFTER UPDATE OF status ON states WHEN OLD.final = 0 AND NEW.final = 0 AND OLD.status <> NEW.status BEGIN UPDATE unfinished SET queued = (NEW.status = 'queued') WHERE seq = NEW.seq AND queued <> (NEW.status = 'queued'); END;
CREATE TRIGGER states_given_back AFTER UPDATE OF status ON states WHEN NEW.status = 'queued' AND OLD.status IN ('claimed', 'running', 'verifying') BEGIN UPDATE turns SET last = 0 WHERE hardware = NEW.hardware AND owner = (SELECT owner FROM submitters WHERE submission_id = NEW.submission_id); END;
CREATE TRIGGER unfinished_enters AFTER INSERT ON unfinished WHEN NEW.queued = 1 BEGIN INSERT INTO turns (hardware, owner, last, head) VALUES (NEW.hardware, NEW.owner, 0, NEW.seq) ON CONFLICT (hardware, owner) DO UPDATE SET head = min(coalesce(head, NEW.seq), NEW.seq); END;
CREATE TRIGGER unfinished_queued AFTER UPDATE OF queued ON unfinished WHEN NEW.queued = 1 BEGIN INSERT INTO turns (hardware, owner, last, head) VALUES (NEW.hardware, NEW.owner, 0, NEW.seq) ON CONFLICT (hardware, owner) DO UPDATE SET head = min(coalesce(head, NEW.seq), NEW.seq); END;
CREATE TRIGGER unfinished_taken AFTER UPDATE OF queued ON unfinished WHEN NEW.queued = 0 BEGIN UPDATE turns SET head = (SELECT min(seq) FROM unfinished WHERE hardware = OLD.hardware AND owner = OLD.owner AND queued = 1) WHERE hardware = OLD.hardware AND owner = OLD.owner; END;
CREATE TRIGGER unfinished_leaves AFTER DELETE ON unfinished WHEN OLD.queued = 1 BEGIN UPDATE turns SET head = (SELECT min(seq) FROM unfinished WHERE hardware = OLD.hardware AND owner = OLD.owner AND queued = 1) WHERE hardware = OLD.hardware AND owner = OLD.owner; END;
CREATE TRIGGER ratings_counts_insert AFTER INSERT ON ratings BEGIN INSERT INTO rating_counts SELECT v.column1, NEW.edition, NEW.task, NEW.hardware, NEW.model_class, NEW.protocol, NEW.reasoning, NEW.best, NEW.development, v.column2, 1 FROM (VALUES ('', ''), ('provenance', nullif(NEW.provenance, '')), ('licence', nullif(NEW.licence, '')), ('precision', nullif(NEW.precision, '')), ('library', nullif(NEW.library, '')), ('openness', iif(NEW.weights_open = 1, 'weights', NULL)), ('openness', iif(NEW.data_open = 1, 'data', NULL)), ('openness', iif(NEW.licence_open = 1, 'licence', NULL)), ('openness', iif(NEW.weights_open = 1 AND NEW.data_open = 1 AND NEW.licence_open = 1, 'all', NULL))) v WHERE v.column2 IS NOT NULL ON CONFLICT DO UPDATE SET number = number + excluded.number; END;
CREATE TRIGGER ratings_counts_delete AFTER DELETE ON ratings BEGIN INSERT INTO rating_counts SELECT v.column1, OLD.edition, OLD.task, OLD.hardware, OLD.model_class, OLD.protocol, OLD.reasoning, OLD.best, OLD.development, v.column2, -1 FROM (VALUES ('', ''), ('provenance', nullif(OLD.provenance, '')), ('licence', nullif(OLD.licence, '')), ('precision', nullif(OLD.precision, '')), ('library', nullif(OLD.library, '')), ('openness', iif(OLD.weights_open = 1, 'weights', NULL)), ('openness', iif(OLD.data_open = 1, 'data', NULL)), ('openness', iif(OLD.licence_open = 1, 'licence', NULL)), ('openness', iif(OLD.weights_open = 1 AND OLD.data_open = 1 AND OLD.licence_open = 1, 'all', NULL))) v WHERE v.column2 IS NOT NULL ON CONFLICT DO UPDATE SET number = number + excluded.number; DELETE FROM rating_counts WHERE field IN ('', 'provenance', 'licence', 'precision', 'library', 'openness') AND edition = OLD.edition AND task = OLD.task AND hardware = OLD.hardware AND model_class = OLD.model_class AND protocol = OLD.protocol AND reasoning = OLD.reasoning AND best = OLD.best AND development = OLD.development AND number = 0; END;
CREATE TRIGGER ratings_counts_update AFTER UPDATE ON ratings WHEN OLD.edition IS NOT NEW.edition OR OLD.task IS NOT NEW.task OR OLD.hardware IS NOT NEW.hardware OR OLD.model_class IS NOT NEW.model_class OR OLD.protocol IS NOT NEW.protocol OR OLD.reasoning IS NOT NEW.reasoning OR OLD.best IS NOT NEW.best OR OLD.development IS NOT NEW.development OR OLD.provenance IS NOT NEW.provenance OR OLD.licence IS NOT NEW.licence OR OLD.precision IS NOT NEW.precision OR OLD.library IS NOT NEW.library OR OLD.weights_open IS NOT NEW.weights_open OR OLD.data_open IS NOT NEW.data_open OR OLD.licence_open IS NOT NEW.licence_open BEGIN INSERT INTO rating_counts SELECT v.column1, OLD.edition, OLD.task, OLD.hardware, OLD.model_class, OLD.protocol, OLD.reasoning, OLD.best, OLD.development, v.column2, -1 FROM (VALUES ('', ''), ('provenance', nullif(OLD.provenance, '')), ('licence', nullif(OLD.licence, '')), ('precision', nullif(OLD.precision, '')), ('library', nullif(OLD.library, '')), ('openness', iif(OLD.weights_open = 1, 'weights', NULL)), ('openness', iif(OLD.data_open = 1, 'data', NULL)), ('openness', iif(OLD.licence_open = 1, 'licence', NULL)), ('openness', iif(OLD.weights_open = 1 AND OLD.data_open = 1 AND OLD.licence_open = 1, 'all', NULL))) v WHERE v.column2 IS NOT NULL ON CONFLICT DO UPDATE SET number = number + excluded.number; DELETE FROM rating_counts WHERE field IN ('', 'provenance', 'licence', 'precision', 'library', 'openness') AND edition = OLD.edition AND task = OLD.task AND hardware = OLD.hardware AND model_class = OLD.model_class AND protocol = OLD.protocol AND reasoning = OLD.reasoning AND best = OLD.best AND development = OLD.development AND number = 0; INSERT INTO rating_counts SELECT v.column1, NEW.edition, NEW.task, NEW.hardware, NEW.model_class, NEW.protocol, NEW.reasoning, NEW.best, NEW.development, v.column2, 1 FROM (VALUES ('', ''), ('provenance', nullif(NEW.provenance, '')), ('licence', nullif(NEW.licence, '')), ('precision', nullif(NEW.precision, '')), ('library', nullif(NEW.library, '')), ('openness', iif(NEW.weights_open = 1, 'weights', NULL)), ('openness', iif(NEW.data_open = 1, 'data', NULL)), ('openness', iif(NEW.licence_open = 1, 'licence', NULL)), ('openness', iif(NEW.weights_open = 1 AND NEW.data_open = 1 AND NEW.licence_open = 1, 'all', NULL))) v WHERE v.column2 IS NOT NULL ON CONFLICT DO UPDATE SET number = number + excluded.number; END;
CREATE TRIGGER model_names_trigrams AFTER INSERT ON model_names BEGIN INSERT INTO model_trigrams (rowid, name) VALUES (NEW.id, NEW.name); END;
CREATE TRIGGER ratings_names_insert AFTER INSERT ON ratings BEGIN INSERT INTO model_names (name) VALUES (NEW.model_lower) ON CONFLICT (name) DO NOTHING; END;
CREATE TRIGGER ratings_names_update AFTER UPDATE OF model_lower ON ratings BEGIN INSERT INTO model_names (name) VALUES (NEW.model_lower) ON CONFLICT (name) DO NOTHING; END;
CREATE INDEX ratings_edition_task_hardware_model_class ON ratings (edition, task, hardware, model_class, id);
CREATE INDEX ratings_edition_task_hardware_model_class_energy ON ratings (edition, task, hardware, model_class, energy, id);
CREATE INDEX ratings_edition_task_hardware_model_class_model_lower ON ratings (edition, task, hardware, model_class, model_lower, id);
CREATE INDEX ratings_edition_task_hardware_model_class_stars ON ratings (edition, task, hardware, model_class, stars, id);
CREATE INDEX ratings_edition_task_hardware_model_class_quality ON ratings (edition, task, hardware, model_class, quality, id);
CREATE INDEX ratings_edition_task_hardware_model_class_params ON ratings (edition, task, hardware, model_class, params, id);
CREATE INDEX ratings_edition_task_hardware_model_class_measured_us ON ratings (edition, task, hardware, model_class, measured_us, id);
CREATE INDEX ratings_facets ON ratings (edition, task, hardware, protocol, reasoning, model_class, best, provenance, licence, precision, library, weights_open, data_open, licence_open, development, params, org, model_lower);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('journal',55);
INSERT INTO "sqlite_sequence" VALUES('outbox',4);
COMMIT;
CREATE VIRTUAL TABLE model_trigrams USING fts5 (name, content = '', detail = 'none', columnsize = 0, tokenize = 'trigram');
INSERT INTO model_trigrams (rowid, name) SELECT id, name FROM model_names;
PRAGMA user_version = 6;
