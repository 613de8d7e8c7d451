-- The knowledge base. SQLite; all text UTF-8; times UTC 'YYYY-MM-DDTHH:MM:SSZ'; dates 'YYYY-MM-DD' in Asia/Shanghai.
-- NULL = not stated; no column has a default that looks like a statement. JSON arrays are sorted, empty = '[]'.
-- Ids are hashes of normalized content and canonical address (kb/ids.py), never row numbers.
-- Codes are terms of parsers/vocab (table terms); the vocabulary of a coded column is named in its comment as <name>.
-- Every line of a column carries its comment: kb/schema.py reads them for the documentation and expands @shared.

-- ============ 1. about this base ==========================================================================
CREATE TABLE meta (                 -- facts about this base: schema version, build id, parser and vocabulary versions
  key   TEXT PRIMARY KEY,           -- name of the fact: schema_version, build_id, last_run, parser_version, ...
  value TEXT NOT NULL               -- its value as text
) WITHOUT ROWID;

-- ============ 2. reference data ===========================================================================
CREATE TABLE regions (              -- administrative divisions, GB/T 2260; 100000 = the nation
  adcode        TEXT PRIMARY KEY,   -- six digits, as text
  name          TEXT NOT NULL,      -- official name
  short_name    TEXT,               -- name without its level word
  level         TEXT NOT NULL,      -- <level>: national, provincial, municipal, county
  parent_adcode TEXT REFERENCES regions(adcode), -- division it belongs to; NULL = the nation
  valid_from    TEXT,               -- date from which the code is in use, where known
  valid_to      TEXT                -- date on which the code ended; NULL = in use
);
CREATE TABLE terms (                -- controlled vocabularies: every code used anywhere in this base
  vocabulary TEXT NOT NULL,         -- name of the vocabulary
  code       TEXT NOT NULL,         -- the code, never changed once published
  label_zh   TEXT NOT NULL,         -- Chinese label
  label_en   TEXT,                  -- English label
  parent     TEXT,                  -- code of the wider term in the same vocabulary
  definition TEXT,                  -- what it means and what it does not
  PRIMARY KEY (vocabulary, code)
);
CREATE TABLE term_forms (           -- words by which pages name a term
  vocabulary TEXT NOT NULL,         -- name of the vocabulary
  code       TEXT NOT NULL,         -- the term
  form       TEXT NOT NULL,         -- a surface form
  PRIMARY KEY (vocabulary, code, form),
  FOREIGN KEY (vocabulary, code) REFERENCES terms(vocabulary, code)
);
CREATE TABLE documents (            -- policy documents that pages cite
  id            TEXT PRIMARY KEY,   -- for example nhsa-2022-22
  title         TEXT NOT NULL,      -- title without quotation marks
  doc_no        TEXT,               -- document number
  issuer        TEXT,               -- issuing bodies
  region_adcode TEXT REFERENCES regions(adcode), -- where it is in force
  issued        TEXT,               -- date of issue
  effective     TEXT,               -- date from which it is in force
  superseded_by TEXT REFERENCES documents(id), -- the document that replaced it
  basis         TEXT                -- how far this row has been verified: second_hand, verified
);

CREATE TABLE national_rules (       -- national rules held second-hand (kb/national.yml): for flags and bounds, never an answer
  id           TEXT PRIMARY KEY,    -- name of the rule
  topic_key    TEXT NOT NULL,       -- what it is about, as in facts.topic_key
  filing_types TEXT NOT NULL,       -- JSON array of <filing_type>; [] = everybody
  statement    TEXT NOT NULL,       -- the rule in our words
  operator     TEXT,                -- <operator>
  amount       REAL,                -- number in unit
  unit         TEXT,                -- <deadline_unit>
  days_min     REAL,                -- lower bound in calendar days
  days_max     REAL,                -- upper bound in calendar days
  document_id  TEXT NOT NULL REFERENCES documents(id), -- document it stands in
  article      TEXT,                -- place in the document
  basis        TEXT NOT NULL        -- how far it has been verified: second_hand, unverified
);

-- ============ 3. where things come from ===================================================================
CREATE TABLE sources (              -- one row per source definition ever used in a run, newest wording
  id            TEXT PRIMARY KEY,   -- identity of the source
  name          TEXT NOT NULL,      -- display name
  publisher     TEXT,               -- who publishes the site
  authority     TEXT,               -- <authority> of the source: A to E
  region_adcode TEXT REFERENCES regions(adcode), -- region the site is about; NULL = several or none
  host          TEXT,               -- host of the first start address
  start_urls    TEXT NOT NULL,      -- JSON array of start addresses
  layout        TEXT,               -- site system named in the definition; NULL = found by content
  min_guides    INTEGER,            -- fewest guide pages expected
  max_drop      REAL,               -- largest share of its guides that may be missing against the run before; NULL = any
  verified      TEXT,               -- date on which a person saw this entry work on the live site
  first_run     TEXT,               -- first run it took part in
  last_run      TEXT                -- last run it took part in
);
CREATE TABLE runs (                 -- one row per crawl
  run         TEXT PRIMARY KEY,     -- ISO week in Asia/Shanghai, for example 2026-W47
  started_at  TEXT NOT NULL,        -- UTC
  finished_at TEXT,                 -- UTC; NULL = not ended
  complete    INTEGER NOT NULL,     -- 1 = every source was worked through
  run_date    TEXT NOT NULL         -- date of the end of the run; ages count from here
);
CREATE TABLE run_sources (          -- what became of each source in each run
  run         TEXT NOT NULL REFERENCES runs(run), -- the run
  source_id   TEXT NOT NULL REFERENCES sources(id), -- the source
  started_at  TEXT,                 -- UTC
  finished_at TEXT,                 -- UTC
  status      TEXT,                 -- <source_status>: ok, partial, failed, empty, skipped
  reason      TEXT,                 -- why it is not ok
  pages       INTEGER,              -- pages fetched
  failures    INTEGER,              -- fetches that failed
  PRIMARY KEY (run, source_id)
);
CREATE TABLE pages (                -- one row per address that was read as a page
  id            TEXT PRIMARY KEY,   -- hash of the canonical address
  source_id     TEXT NOT NULL REFERENCES sources(id), -- source through which it was first read
  url           TEXT NOT NULL UNIQUE, -- canonical address
  title         TEXT,               -- title as printed
  page_type     TEXT,               -- <page_type>
  relevant      INTEGER,            -- 1 = about filing or settlement away from home; NULL = never read
  scope         TEXT,               -- <scope> of the page: national ... county, generic
  region_adcode TEXT REFERENCES regions(adcode), -- insured region the page is about; NULL = none in particular
  region_basis  TEXT,               -- <region_basis>: where the region was read
  authority     TEXT,               -- <authority> of the page, or of its source
  schemes       TEXT NOT NULL,      -- JSON array of <scheme> the page is about
  publisher     TEXT,               -- publisher as printed
  published     TEXT,               -- date printed on the page; never the crawl date
  effective     TEXT,               -- date from which the page says its rules hold
  layout        TEXT,               -- how the main text was cut out
  encoding      TEXT,               -- character encoding found
  breadcrumb    TEXT NOT NULL,      -- JSON array in page order
  content_outcome TEXT,             -- <content_outcome> of the last fetch with a body
  snapshot_id   TEXT,               -- newest good version (snapshots.id); NULL = never read well
  first_seen    TEXT,               -- date of the first good reading; NULL = never read well
  last_seen     TEXT,               -- date of the last good reading
  last_checked  TEXT,               -- date of the last answer that tells about the page: a good reading or gone
  stale_since   TEXT,               -- date from which fetches fail in a row; NULL = the last attempt told something
  missed        INTEGER NOT NULL,   -- runs in a row in which the page was reported gone
  gone_on       TEXT,               -- date on which it was found gone for the second time running; NULL = there
  copy_of       TEXT REFERENCES pages(id) -- oldest page of the same region with nearly the same text; NULL = original
);
CREATE TABLE page_readings (        -- which reading a page rests on, for the next build; not published
  page_id      TEXT PRIMARY KEY REFERENCES pages(id), -- the page
  reading      TEXT,                -- key of the last good reading (readings.key)
  last_reading TEXT,                -- key of the last reading, good or not
  sha256       TEXT,                -- of the last good reading: hash of the raw bytes
  outcome      TEXT,                -- of the last good reading: <content_outcome>, before pages are compared
  text_sha256  TEXT                 -- of the last good reading: hash of the main text
) WITHOUT ROWID;
CREATE TABLE snapshots (            -- one row per page and distinct main text
  id             TEXT PRIMARY KEY,  -- hash of the address and the main text
  page_id        TEXT NOT NULL REFERENCES pages(id), -- the page
  sha256         TEXT NOT NULL,     -- hash of the raw bytes, key into the archive
  text_sha256    TEXT NOT NULL,     -- hash of the main text
  fetched_at     TEXT NOT NULL,     -- UTC; when this text was first seen
  main_text      TEXT NOT NULL,     -- main text; offsets of evidence count its code points
  parser_version TEXT NOT NULL,     -- parser that read it
  UNIQUE (page_id, text_sha256)
);
CREATE TABLE fetches (              -- the log of the crawl and what the build made of every answer
  run             TEXT NOT NULL REFERENCES runs(run), -- the run
  source_id       TEXT NOT NULL REFERENCES sources(id), -- the source
  url             TEXT NOT NULL,    -- canonical address asked for
  final_url       TEXT,             -- address after redirects
  fetched_at      TEXT NOT NULL,    -- UTC
  role            TEXT,             -- <fetch_role>: page, list, attachment, robots
  outcome         TEXT NOT NULL,    -- <fetch_outcome>: what became of it in transport
  status          INTEGER,          -- HTTP status
  change          TEXT,             -- <fetch_change> against the last good fetch: new, changed, same, not_modified, gone
  content_outcome TEXT,             -- <content_outcome> judged from the content; NULL = not a page or no body
  sha256          TEXT,             -- hash of the raw bytes
  content_type    TEXT,             -- as sent by the server
  snapshot_id     TEXT REFERENCES snapshots(id), -- main text it showed
  detail          TEXT,             -- details of a failure
  PRIMARY KEY (run, source_id, url)
);
CREATE TABLE page_links (           -- related pages and attachments of a page's newest version: never facts
  page_id  TEXT NOT NULL REFERENCES pages(id), -- the page that shows the link
  kind     TEXT NOT NULL,           -- <link_kind>: related, attachment
  position INTEGER NOT NULL,        -- place in the page, from 1
  title    TEXT NOT NULL,           -- text of the link
  url      TEXT,                    -- where it leads
  teaser   TEXT,                    -- text under it
  date     TEXT,                    -- date beside it
  PRIMARY KEY (page_id, kind, position)
);
CREATE TABLE readings (             -- cache: what the parser said about a body, so that only what changed is parsed again
  key            TEXT PRIMARY KEY,  -- hash of body, address, source hints and parser version
  sha256         TEXT NOT NULL,     -- hash of the raw bytes
  parser_version TEXT NOT NULL,     -- parser that read it
  outcome        TEXT NOT NULL,     -- <content_outcome>, before pages are compared
  text_sha256    TEXT NOT NULL,     -- hash of the main text
  guide          TEXT NOT NULL      -- the Guide as JSON
) WITHOUT ROWID;

-- ============ 4. facts ====================================================================================
CREATE TABLE facts (                -- what all facts share; one row per statement of a page
  id            TEXT PRIMARY KEY,   -- hash of address, kind and semantic key; stable through weeks and machines
  kind          TEXT NOT NULL,      -- <fact_kind>: the table that holds the rest
  page_id       TEXT NOT NULL REFERENCES pages(id), -- the page that states it
  region_adcode TEXT REFERENCES regions(adcode), -- insured region it is about; NULL = no region in particular
  filing_types  TEXT NOT NULL,      -- JSON array of <filing_type>; [] = everybody
  scheme        TEXT,               -- <scheme>; NULL = not stated
  geo_scope     TEXT,               -- <geo_scope>; NULL = not stated
  service_scope TEXT,               -- <service_scope>; NULL = not stated
  modality      TEXT,               -- <modality>; NULL = not stated
  condition     TEXT,               -- the clause under which it holds, verbatim
  topic_key     TEXT NOT NULL,      -- what it can be compared with, for example deadlines/makeup_window
  value_key     TEXT NOT NULL,      -- normalized value, for example lte:10:day:after:admission
  authority     TEXT,               -- <authority>, copied from the page so that comparisons stay flat
  valid_from    TEXT,               -- policy time: in force from, as stated
  valid_to      TEXT,               -- policy time: in force until, as stated
  first_seen    TEXT NOT NULL,      -- observation: date on which we first read it
  last_seen     TEXT NOT NULL,      -- observation: date on which we last read it
  last_checked  TEXT NOT NULL,      -- observation: date of the last answer of its page
  gone_on       TEXT,               -- date of the good reading that no longer had it; NULL = not ended
  withdrawn_on  TEXT,               -- date on which its page was found gone; the statement stays, withdrawn at its source
  stale_since   TEXT,               -- date from which its page could not be read; NULL = fresh
  flag          TEXT,               -- <flag>: why to be careful; NULL = nothing known
  rule          TEXT,               -- rule of the parser that read it
  correction    TEXT REFERENCES corrections(id) -- reviewed correction applied to it
);
CREATE TABLE evidence (             -- the exact words; substr(main_text, start + 1, end - start) = quote
  fact_id     TEXT NOT NULL REFERENCES facts(id), -- the fact
  snapshot_id TEXT NOT NULL REFERENCES snapshots(id), -- version of the page
  start       INTEGER NOT NULL,     -- first code point in main_text, from 0
  "end"       INTEGER NOT NULL,     -- code point after the last
  ord         INTEGER NOT NULL,     -- 1 = the best quote
  quote       TEXT NOT NULL,        -- the words (personal mobile numbers masked digit for digit)
  PRIMARY KEY (fact_id, snapshot_id, start, "end")
);
CREATE TABLE best (                 -- the words shown with a fact: best quote of the newest version that has it; not published
  fact_id        TEXT PRIMARY KEY REFERENCES facts(id), -- the fact
  snapshot_id    TEXT NOT NULL,     -- version of the page
  start          INTEGER NOT NULL,  -- first code point in main_text
  "end"          INTEGER NOT NULL,  -- code point after the last
  quote          TEXT NOT NULL,     -- the words
  fetched_at     TEXT NOT NULL,     -- UTC; when the version was first fetched
  parser_version TEXT NOT NULL      -- parser that read it
);
CREATE TABLE fact_filing_types (    -- filing types of a fact, for joins; no row = everybody
  fact_id     TEXT NOT NULL REFERENCES facts(id), -- the fact
  filing_type TEXT NOT NULL,        -- <filing_type>
  PRIMARY KEY (fact_id, filing_type)
);
CREATE TABLE filing_types (         -- groups of persons a page names
  fact_id    TEXT PRIMARY KEY REFERENCES facts(id), -- the fact
  code       TEXT NOT NULL,         -- <filing_type>
  label      TEXT NOT NULL,         -- words of the page
  parent     TEXT,                  -- <filing_type> it belongs to on this page
  definition TEXT                   -- definition given by the page
);
CREATE TABLE channels (             -- ways to file, ask or claim
  fact_id   TEXT PRIMARY KEY REFERENCES facts(id), -- the fact
  kind      TEXT NOT NULL,          -- <channel_kind>: medium
  level     TEXT NOT NULL,          -- <level> of who runs it, unspecified where the page does not say
  name      TEXT,                   -- proper name
  code      TEXT,                   -- <channel> where the name is known
  operations TEXT NOT NULL,         -- JSON array of <operation> it serves
  menu_path TEXT NOT NULL           -- JSON array of menu names in order
);
CREATE TABLE channel_operations (   -- operations of a channel, for joins
  fact_id   TEXT NOT NULL REFERENCES channels(fact_id), -- the channel
  operation TEXT NOT NULL,          -- <operation>
  PRIMARY KEY (fact_id, operation)
);
CREATE TABLE steps (                -- what a person, hospital or agency does, in order
  fact_id      TEXT PRIMARY KEY REFERENCES facts(id), -- the fact
  flow         TEXT NOT NULL,       -- <step_flow>
  ord          INTEGER NOT NULL,    -- place in the flow, from 1
  text         TEXT NOT NULL,       -- the step, verbatim
  channel_kind TEXT NOT NULL,       -- JSON array of <channel_kind>
  actor        TEXT,                -- <actor>: applicant, hospital, agency, employer
  action       TEXT NOT NULL,       -- JSON array of <step_action>
  menu_path    TEXT NOT NULL        -- JSON array of menu names in order
);
CREATE TABLE materials (            -- papers and data to hand in
  fact_id      TEXT PRIMARY KEY REFERENCES facts(id), -- the fact
  code         TEXT NOT NULL,       -- <material>
  name         TEXT NOT NULL,       -- words of the page
  flow         TEXT NOT NULL,       -- <material_flow>: filing, treatment, reimbursement
  form         TEXT,                -- <material_form>: document, information, declaration
  alternatives TEXT NOT NULL,       -- JSON array of <material> that do instead
  examples     TEXT NOT NULL,       -- JSON array of <material> named as examples
  original     INTEGER,             -- 1 = the original is asked for
  copies       INTEGER,             -- number of copies
  count        INTEGER,             -- number of pieces
  issuer       TEXT,                -- who issues it
  requirement  TEXT,                -- what it must show or carry
  channel_kind TEXT                 -- <channel_kind> it is asked for in
);
CREATE TABLE material_alternatives ( -- alternatives and examples of a material, for joins
  fact_id  TEXT NOT NULL REFERENCES materials(fact_id), -- the material
  code     TEXT NOT NULL,           -- <material>
  relation TEXT NOT NULL,           -- <material_relation>: alternative, example
  PRIMARY KEY (fact_id, code, relation)
);
CREATE TABLE deadlines (            -- periods and points in time
  fact_id    TEXT PRIMARY KEY REFERENCES facts(id), -- the fact
  kind       TEXT NOT NULL,         -- <deadline_kind>
  operator   TEXT NOT NULL,         -- <operator>
  amount     REAL,                  -- number, or the lower end of a range
  amount_max REAL,                  -- upper end of a range
  unit       TEXT,                  -- <deadline_unit>
  workdays   INTEGER NOT NULL,      -- 1 = the text counts working days
  anchor     TEXT,                  -- <anchor>: event it counts from
  direction  TEXT,                  -- <direction>: before, after, from
  due        TEXT,                  -- fixed date '+N-MM-DD', N = years after the anchor's year
  raw        TEXT,                  -- the number as printed
  days_min   REAL,                  -- lower bound in calendar days, for sorting (workday 1.4, month 30, year 365)
  days_max   REAL                   -- upper bound in calendar days, for sorting
);
CREATE TABLE operations (           -- what may or may not be done with a filing
  fact_id TEXT PRIMARY KEY REFERENCES facts(id), -- the fact
  op      TEXT NOT NULL,            -- <operation>
  allowed INTEGER NOT NULL,         -- 1 = allowed, 0 = refused
  text    TEXT NOT NULL             -- the sentence
);
CREATE TABLE settlements (          -- how costs are settled
  fact_id       TEXT PRIMARY KEY REFERENCES facts(id), -- the fact
  mode          TEXT NOT NULL,      -- <settlement_mode>
  filing_status TEXT,               -- <filing_status>
  place         TEXT,               -- <settlement_place>: where the treatment takes place
  text          TEXT NOT NULL       -- the sentence
);
CREATE TABLE benefits (             -- what filing, not filing or being away does to benefits
  fact_id       TEXT PRIMARY KEY REFERENCES facts(id), -- the fact
  effect        TEXT NOT NULL,      -- <benefit_effect>
  filing_status TEXT,               -- <filing_status>
  min           REAL,               -- lower end, in unit
  max           REAL,               -- upper end, in unit
  unit          TEXT,               -- <benefit_unit>: pp, percent, percent_unspecified
  operator      TEXT,               -- <operator>
  raw           TEXT,               -- the number as printed
  text          TEXT NOT NULL       -- the sentence
);
CREATE TABLE exemptions (           -- what is not needed
  fact_id       TEXT PRIMARY KEY REFERENCES facts(id), -- the fact
  kind          TEXT NOT NULL,      -- <exemption_kind>
  material_code TEXT,               -- <material> that is not needed
  text          TEXT NOT NULL       -- the sentence
);
CREATE TABLE legal_basis (          -- rules a page cites
  fact_id     TEXT PRIMARY KEY REFERENCES facts(id), -- the fact
  title       TEXT NOT NULL,        -- cited title
  doc_no      TEXT,                 -- cited document number
  article     TEXT,                 -- cited article
  document_id TEXT                  -- documents.id where it is a known document
);
CREATE TABLE contacts (             -- numbers, addresses and hours of agencies
  fact_id TEXT PRIMARY KEY REFERENCES facts(id), -- the fact
  kind    TEXT NOT NULL,            -- <contact_kind>
  value   TEXT NOT NULL,            -- number or address (personal mobile numbers masked)
  holder  TEXT,                     -- whose it is
  hours   TEXT                      -- when it answers
);
CREATE TABLE faqs (                 -- questions and answers inside a page
  fact_id  TEXT PRIMARY KEY REFERENCES facts(id), -- the fact
  question TEXT NOT NULL,           -- the question
  answer   TEXT NOT NULL            -- the answer
);
CREATE TABLE corrections (          -- reviewed corrections (data/corrections.yml), applied at build
  id          TEXT PRIMARY KEY,     -- hash of page, quote and action
  url         TEXT NOT NULL,        -- page
  kind        TEXT NOT NULL,        -- <fact_kind> it concerns
  quote       TEXT NOT NULL,        -- quote by which the fact is found
  action      TEXT NOT NULL,        -- <correction_action>: accept, reject, amend
  changes     TEXT NOT NULL,        -- JSON object of amended fields
  reviewer    TEXT NOT NULL,        -- who reviewed it
  reviewed_on TEXT NOT NULL,        -- when
  note        TEXT,                 -- why
  matched     INTEGER NOT NULL      -- facts it applied to in this build; 0 = it no longer matches
);

-- ============ 5. history ==================================================================================
CREATE TABLE spells (               -- unbroken times in which a fact stood; as_of queries read this table
  fact_id  TEXT NOT NULL REFERENCES facts(id), -- the fact
  since    TEXT NOT NULL,           -- first date of this state
  until    TEXT,                    -- first date of the next state; NULL = to this day
  state    TEXT NOT NULL,           -- <spell_state>: observed on its page, or withdrawn with it
  PRIMARY KEY (fact_id, since)
);
CREATE TABLE fact_events (          -- what happened to facts, run by run
  id               TEXT PRIMARY KEY, -- hash of run, fact and event
  run              TEXT NOT NULL REFERENCES runs(run), -- the run
  on_date          TEXT NOT NULL,   -- date of the reading
  fact_id          TEXT NOT NULL REFERENCES facts(id), -- the fact (for a change: the new one)
  event            TEXT NOT NULL,   -- <event>: appeared, value_changed, wording_changed, disappeared, returned, page_gone
  previous_fact_id TEXT REFERENCES facts(id), -- the fact it replaced
  before           TEXT,            -- value (or words) before
  after            TEXT             -- value (or words) after
);
CREATE TABLE aliases (              -- ids that changed through a correction of parser or vocabulary
  old_id  TEXT PRIMARY KEY,         -- id as once published
  fact_id TEXT NOT NULL REFERENCES facts(id), -- the fact that carries it on
  since   TEXT NOT NULL,            -- date of the run after which the id changed
  reason  TEXT NOT NULL             -- for example the parser versions before and after
);

-- ============ 6. judged and measured ======================================================================
CREATE TABLE issues (               -- what was not understood, refused or left open
  id      TEXT PRIMARY KEY,         -- hash of its content
  run     TEXT REFERENCES runs(run), -- run in which it arose
  source_id TEXT REFERENCES sources(id), -- source it concerns
  page_id TEXT REFERENCES pages(id), -- page it concerns
  url     TEXT,                     -- address it concerns
  code    TEXT NOT NULL,            -- <issue_code>
  detail  TEXT NOT NULL,            -- what exactly
  start   INTEGER,                  -- place in the main text
  "end"   INTEGER                   -- end of the place
);
CREATE TABLE conflicts (            -- facts that contradict each other; derived after every build
  id        TEXT PRIMARY KEY,       -- both sides
  fact_a    TEXT NOT NULL REFERENCES facts(id), -- one side
  fact_b    TEXT REFERENCES facts(id), -- the other side; NULL = a national rule
  rule_b    TEXT REFERENCES national_rules(id), -- the national rule that is the other side
  topic_key TEXT NOT NULL,          -- what they disagree about
  kind      TEXT NOT NULL,          -- <conflict_kind>: same_region, generic_vs_official, local_vs_national, within_page
  preferred TEXT,                   -- id of the side to prefer; NULL = open
  reason    TEXT NOT NULL           -- <preference_reason>: tier, newer, in_force, national_must, open
);
CREATE TABLE conflict_flags (       -- which flag a conflict gives to which side; the gravest is facts.flag; not published
  conflict_id TEXT NOT NULL REFERENCES conflicts(id), -- the conflict
  fact_id     TEXT NOT NULL REFERENCES facts(id), -- the side to be careful with
  flag        TEXT NOT NULL,        -- <flag>
  PRIMARY KEY (conflict_id, fact_id)
) WITHOUT ROWID;
CREATE TABLE agreements (           -- facts that say the same as another, which speaks for them in conflicts; not published
  fact_id TEXT PRIMARY KEY REFERENCES facts(id), -- the fact
  speaker TEXT NOT NULL REFERENCES facts(id) -- the newest fact that says so: its flags are theirs too
) WITHOUT ROWID;
CREATE TABLE quality (              -- measured quality of extraction on annotated pages
  field     TEXT PRIMARY KEY,       -- field of the Guide, or MICRO, MACRO
  precision REAL,                   -- share of read facts that are right
  recall    REAL,                   -- share of facts on the pages that were read
  f1        REAL,                   -- their harmonic mean
  support   INTEGER,                -- annotated facts
  pages     INTEGER,                -- annotated pages
  measured_on TEXT,                 -- date of the measurement
  parser_version TEXT               -- parser measured
);
CREATE TABLE check_results (        -- result of the gate for this base
  id       TEXT PRIMARY KEY,        -- name of the assertion in kb/checks.yml
  severity TEXT NOT NULL,           -- <severity>: abort, warn
  passed   INTEGER NOT NULL,        -- 1 = holds
  value    TEXT,                    -- what was measured
  limit_value TEXT,                 -- what was asked
  detail   TEXT                     -- which rows, where it does not hold
);
CREATE TABLE acceptances (          -- reasons given with --accept, which let a base pass the gate
  run      TEXT NOT NULL,           -- newest run of the base
  check_id TEXT NOT NULL,           -- assertion that was overruled
  reason   TEXT NOT NULL,           -- reason given
  PRIMARY KEY (run, check_id)
);

-- ============ 7. the public layer v1 ======================================================================
-- Tables in a release; in a base, those of facts and of changes are views (kb/views.py). Columns are only ever added. One
-- row per fact in the tables of facts.
-- @define shared
  fact_id       TEXT PRIMARY KEY,   -- permanent id of the fact; /fact/{fact_id}
  adcode        TEXT REFERENCES regions(adcode), -- insured region it is about; NULL = no region in particular
  region        TEXT,               -- name of the region
  filing_types  TEXT NOT NULL,      -- JSON array of <filing_type>; [] = everybody
  scheme        TEXT,               -- <scheme>; NULL = not stated
  geo_scope     TEXT,               -- <geo_scope>; NULL = not stated
  service_scope TEXT,               -- <service_scope>; NULL = not stated
  modality      TEXT,               -- <modality>; NULL = not stated
  condition     TEXT,               -- the clause under which it holds, verbatim
  authority     TEXT,               -- <authority> tier A to E of who says it
  published     TEXT,               -- date printed on the page
  valid_from    TEXT,               -- in force from, as stated
  valid_to      TEXT,               -- in force until, as stated
  first_seen    TEXT NOT NULL,      -- date on which we first read it
  last_seen     TEXT NOT NULL,      -- date on which we last read it
  last_checked  TEXT NOT NULL,      -- date of the last answer of its page
  gone_on       TEXT,               -- date of the good reading that no longer had it; NULL = not ended
  withdrawn_on  TEXT,               -- date on which its page was found gone; NULL = page still there
  stale_since   TEXT,               -- date from which its page could not be read; NULL = fresh
  flag          TEXT,               -- <flag>: why to be careful; NULL = nothing known
  quote         TEXT NOT NULL,      -- exact words it was read from
  page_title    TEXT,               -- title of the page
  url           TEXT NOT NULL,      -- address of the page
  source        TEXT NOT NULL REFERENCES sources(id), -- source of the page
  fetched_at    TEXT NOT NULL,      -- UTC; when this version of the page was first fetched
  page_id       TEXT NOT NULL REFERENCES v1_guides(page_id), -- the page; /page/{page_id}
  snapshot_id   TEXT NOT NULL REFERENCES snapshots(id), -- version of the page the quote stands in
  start         INTEGER NOT NULL,   -- first code point of the quote in snapshots.main_text, from 0
  "end"         INTEGER NOT NULL,   -- code point after the last
  topic_key     TEXT NOT NULL,      -- what it can be compared with
  value_key     TEXT NOT NULL,      -- normalized value
  rule          TEXT,               -- rule of the parser that read it
  parser_version TEXT NOT NULL,     -- parser that read it
-- @end
CREATE TABLE v1_guides (            -- one row per page that was read
  page_id       TEXT PRIMARY KEY,   -- id of the page; /page/{page_id}
  adcode        TEXT REFERENCES regions(adcode), -- insured region it is about; NULL = none in particular
  region        TEXT,               -- name of the region
  region_basis  TEXT,               -- <region_basis>: where the region was read
  title         TEXT,               -- title as printed
  url           TEXT NOT NULL,      -- address
  source        TEXT NOT NULL REFERENCES sources(id), -- source
  publisher     TEXT,               -- publisher as printed, or of the source
  authority     TEXT,               -- <authority> tier
  page_type     TEXT,               -- <page_type>
  scope         TEXT,               -- <scope>
  schemes       TEXT NOT NULL,      -- JSON array of <scheme>
  relevant      INTEGER,            -- 1 = about filing or settlement away from home
  published     TEXT,               -- date printed on the page
  effective     TEXT,               -- date from which the page says its rules hold
  first_seen    TEXT,               -- date of the first good reading
  last_seen     TEXT,               -- date of the last good reading
  last_checked  TEXT,               -- date of the last answer that tells about the page
  stale_since   TEXT,               -- date from which fetches fail in a row
  gone_on       TEXT,               -- date on which the page was found gone
  content_outcome TEXT,             -- <content_outcome> of the last fetch with a body
  copy_of       TEXT,               -- page_id of the original, where this is a copy
  facts         INTEGER NOT NULL,   -- facts that hold
  kinds         TEXT NOT NULL,      -- JSON array of <fact_kind> stated
  completeness  INTEGER NOT NULL,   -- elements of a guide that are stated, 0 to 8
  issues        INTEGER NOT NULL,   -- things on the page that were not understood
  fetched_at    TEXT,               -- UTC; when this version was first fetched
  snapshot_id   TEXT REFERENCES snapshots(id), -- newest good version
  main_text     TEXT,               -- main text of that version (personal mobile numbers masked)
  parser_version TEXT               -- parser that read it
);
CREATE TABLE v1_filing_types (      -- groups of persons, one row per fact
  -- @shared
  code       TEXT NOT NULL,         -- <filing_type>
  label      TEXT NOT NULL,         -- words of the page
  parent     TEXT,                  -- <filing_type> it belongs to on this page
  definition TEXT                   -- definition given by the page
);
CREATE TABLE v1_channels (          -- ways to file, ask or claim, one row per fact
  -- @shared
  kind       TEXT NOT NULL,         -- <channel_kind>: medium
  level      TEXT NOT NULL,         -- <level> of who runs it
  name       TEXT,                  -- proper name
  code       TEXT,                  -- <channel> where the name is known
  operations TEXT NOT NULL,         -- JSON array of <operation>
  menu_path  TEXT NOT NULL          -- JSON array of menu names in order
);
CREATE TABLE v1_steps (             -- steps of a procedure, one row per fact
  -- @shared
  flow         TEXT NOT NULL,       -- <step_flow>
  ord          INTEGER NOT NULL,    -- place in the flow, from 1
  text         TEXT NOT NULL,       -- the step, verbatim
  channel_kind TEXT NOT NULL,       -- JSON array of <channel_kind>
  actor        TEXT,                -- <actor>
  action       TEXT NOT NULL,       -- JSON array of <step_action>
  menu_path    TEXT NOT NULL        -- JSON array of menu names in order
);
CREATE TABLE v1_materials (         -- papers and data to hand in, one row per fact
  -- @shared
  code         TEXT NOT NULL,       -- <material>
  name         TEXT NOT NULL,       -- words of the page
  flow         TEXT NOT NULL,       -- <material_flow>: filing, treatment, reimbursement
  form         TEXT,                -- <material_form>: document, information, declaration
  alternatives TEXT NOT NULL,       -- JSON array of <material> that do instead
  examples     TEXT NOT NULL,       -- JSON array of <material> named as examples
  original     INTEGER,             -- 1 = the original is asked for
  copies       INTEGER,             -- number of copies
  count        INTEGER,             -- number of pieces
  issuer       TEXT,                -- who issues it
  requirement  TEXT,                -- what it must show or carry
  channel_kind TEXT                 -- <channel_kind> it is asked for in
);
CREATE TABLE v1_deadlines (         -- periods and points in time, one row per fact
  -- @shared
  kind       TEXT NOT NULL,         -- <deadline_kind>
  operator   TEXT NOT NULL,         -- <operator>
  amount     REAL,                  -- number, or the lower end of a range
  amount_max REAL,                  -- upper end of a range
  unit       TEXT,                  -- <deadline_unit>
  workdays   INTEGER NOT NULL,      -- 1 = the text counts working days
  anchor     TEXT,                  -- <anchor>: event it counts from
  direction  TEXT,                  -- <direction>: before, after, from
  due        TEXT,                  -- fixed date '+N-MM-DD'
  raw        TEXT,                  -- the number as printed
  days_min   REAL,                  -- lower bound in calendar days, for sorting
  days_max   REAL                   -- upper bound in calendar days, for sorting
);
CREATE TABLE v1_operations (        -- what may or may not be done with a filing, one row per fact
  -- @shared
  op      TEXT NOT NULL,            -- <operation>
  allowed INTEGER NOT NULL,         -- 1 = allowed, 0 = refused
  text    TEXT NOT NULL             -- the sentence
);
CREATE TABLE v1_settlements (       -- how costs are settled, one row per fact
  -- @shared
  mode          TEXT NOT NULL,      -- <settlement_mode>
  filing_status TEXT,               -- <filing_status>
  place         TEXT,               -- <settlement_place>
  text          TEXT NOT NULL       -- the sentence
);
CREATE TABLE v1_benefits (          -- effects on benefits, one row per fact
  -- @shared
  effect        TEXT NOT NULL,      -- <benefit_effect>
  filing_status TEXT,               -- <filing_status>
  min           REAL,               -- lower end, in unit
  max           REAL,               -- upper end, in unit
  unit          TEXT,               -- <benefit_unit>: pp, percent, percent_unspecified
  operator      TEXT,               -- <operator>
  raw           TEXT,               -- the number as printed
  text          TEXT NOT NULL       -- the sentence
);
CREATE TABLE v1_exemptions (        -- what is not needed, one row per fact
  -- @shared
  kind          TEXT NOT NULL,      -- <exemption_kind>
  material_code TEXT,               -- <material> that is not needed
  text          TEXT NOT NULL       -- the sentence
);
CREATE TABLE v1_legal_basis (       -- rules a page cites, one row per fact
  -- @shared
  title       TEXT NOT NULL,        -- cited title
  doc_no      TEXT,                 -- cited document number
  article     TEXT,                 -- cited article
  document_id TEXT                  -- documents.id where it is a known document
);
CREATE TABLE v1_contacts (          -- numbers, addresses and hours of agencies, one row per fact
  -- @shared
  kind    TEXT NOT NULL,            -- <contact_kind>
  value   TEXT NOT NULL,            -- number or address (personal mobile numbers masked)
  holder  TEXT,                     -- whose it is
  hours   TEXT                      -- when it answers
);
CREATE TABLE v1_faqs (              -- questions and answers inside a page, one row per fact
  -- @shared
  question TEXT NOT NULL,           -- the question
  answer   TEXT NOT NULL            -- the answer
);
CREATE TABLE v1_answers (           -- region x question: the coded answer, or why there is none
  id          TEXT PRIMARY KEY,     -- adcode-question, for example 130500-q01
  adcode      TEXT NOT NULL REFERENCES regions(adcode), -- region
  region      TEXT NOT NULL,        -- name of the region
  question    TEXT NOT NULL,        -- q01 to q10 of kb/questions.yml
  presence    TEXT NOT NULL,        -- <presence>: stated, stated_none, not_stated, not_held
  answer      TEXT,                 -- coded answer of the question (questions.yml); NULL = none stated
  answer_zh   TEXT,                 -- its Chinese label
  value       TEXT,                 -- value in comparable words, for example 入院后≤10日
  days        REAL,                 -- value in calendar days, where the question asks for a time
  amount      REAL,                 -- value in unit, where the question asks for a number
  unit        TEXT,                 -- unit of amount
  fact_ids    TEXT NOT NULL,        -- JSON array of the facts behind the answer
  claim_ids   TEXT NOT NULL,        -- JSON array of tier D and E facts about the region: shown, never an answer
  sources     INTEGER NOT NULL,     -- independent pages behind the answer (copies counted once)
  authority   TEXT,                 -- best <authority> tier behind the answer
  disputed    INTEGER NOT NULL,     -- 1 = current sources of the region disagree
  flag        TEXT,                 -- <flag> of the facts behind the answer; NULL = none is flagged
  withdrawn_on TEXT,                -- every page behind the answer is gone since
  inherited_from TEXT REFERENCES regions(adcode), -- nearest wider region that answers officially where this one does not, or only by tier C
  inherited_answer TEXT,            -- its coded answer: shown as inherited, never copied into answer
  inherited_value TEXT,             -- its value in comparable words
  inherited_fact_ids TEXT NOT NULL, -- JSON array of the facts behind it
  published   TEXT                  -- newest date printed on the pages behind the answer
);
CREATE TABLE v1_changes (           -- what happened to facts, newest last
  id        TEXT PRIMARY KEY,       -- id of the event
  run       TEXT NOT NULL REFERENCES runs(run), -- run
  on_date   TEXT NOT NULL,          -- date
  event     TEXT NOT NULL,          -- <event>
  fact_id   TEXT NOT NULL,          -- the fact (for a change: the new one)
  previous_fact_id TEXT,            -- the fact it replaced
  kind      TEXT NOT NULL,          -- <fact_kind>
  topic_key TEXT NOT NULL,          -- what it is about
  adcode    TEXT REFERENCES regions(adcode), -- region
  region    TEXT,                   -- name of the region
  authority TEXT,                   -- <authority> tier
  before    TEXT,                   -- value (or words) before
  after     TEXT,                   -- value (or words) after
  quote     TEXT,                   -- exact words
  page_title TEXT,                  -- title of the page
  url       TEXT NOT NULL,          -- address of the page
  source    TEXT NOT NULL REFERENCES sources(id) -- source
);
CREATE TABLE v1_conflicts (         -- facts that contradict each other
  id          TEXT PRIMARY KEY,     -- both sides
  kind        TEXT NOT NULL,        -- <conflict_kind>
  topic_key   TEXT NOT NULL,        -- what they disagree about
  preferred   TEXT,                 -- fact id (or national rule) of the preferred side; NULL = open
  reason      TEXT NOT NULL,        -- <preference_reason>
  reason_zh   TEXT NOT NULL,        -- the reason in a sentence
  fact_a      TEXT NOT NULL,        -- one side
  adcode_a    TEXT REFERENCES regions(adcode), -- its region
  region_a    TEXT,                 -- name of its region
  authority_a TEXT,                 -- its tier
  published_a TEXT,                 -- its date
  value_a     TEXT NOT NULL,        -- its value
  quote_a     TEXT NOT NULL,        -- its words
  url_a       TEXT NOT NULL,        -- its page
  fact_b      TEXT,                 -- the other side; NULL = a national rule
  rule_b      TEXT REFERENCES national_rules(id), -- the national rule that is the other side, held second-hand
  adcode_b    TEXT REFERENCES regions(adcode), -- its region
  region_b    TEXT,                 -- name of its region
  authority_b TEXT,                 -- its tier
  published_b TEXT,                 -- its date
  value_b     TEXT NOT NULL,        -- its value
  quote_b     TEXT,                 -- its words; NULL = a national rule
  url_b       TEXT                  -- its page; NULL = a national rule
);
CREATE TABLE v1_coverage (          -- every province, prefecture and province-run county, held or not
  adcode        TEXT PRIMARY KEY REFERENCES regions(adcode), -- region
  region        TEXT NOT NULL,      -- name of the region
  level         TEXT NOT NULL,      -- <level>
  parent_adcode TEXT REFERENCES regions(adcode), -- province
  province      TEXT,               -- name of the province
  held          INTEGER NOT NULL,   -- 1 = at least one relevant page
  pages         INTEGER NOT NULL,   -- relevant pages still there
  pages_a INTEGER NOT NULL,         -- of them tier A
  pages_b INTEGER NOT NULL,         -- of them tier B
  pages_c INTEGER NOT NULL,         -- of them tier C
  pages_d INTEGER NOT NULL,         -- of them tier D
  pages_e INTEGER NOT NULL,         -- of them tier E
  sources       INTEGER NOT NULL,   -- independent sources (copies counted once)
  facts         INTEGER NOT NULL,   -- facts that hold
  kinds         TEXT NOT NULL,      -- JSON array of <fact_kind> stated
  questions     INTEGER NOT NULL,   -- questions 1 to 10 answered by the region itself
  completeness  INTEGER NOT NULL,   -- elements of a guide that are stated, 0 to 8
  elements      TEXT NOT NULL,      -- JSON array of the elements stated
  missing       TEXT NOT NULL,      -- JSON array of the elements not stated
  newest_published TEXT,            -- newest date printed on its pages
  last_checked  TEXT,               -- last answer of any of its pages
  children      INTEGER NOT NULL,   -- prefectures below it in this table
  children_held INTEGER NOT NULL    -- of them held
);
CREATE TABLE v1_sources (           -- sources and their state after the newest run
  source       TEXT PRIMARY KEY REFERENCES sources(id), -- identity
  name         TEXT NOT NULL,       -- display name
  publisher    TEXT,                -- who publishes it
  authority    TEXT,                -- <authority> tier
  adcode       TEXT REFERENCES regions(adcode), -- region the site is about
  region       TEXT,                -- name of the region
  host         TEXT,                -- host
  start_urls   TEXT NOT NULL,       -- JSON array of start addresses
  verified     TEXT,                -- date on which a person saw it work
  last_run     TEXT,                -- last run it took part in
  last_status  TEXT,                -- <source_status> of that run
  last_reason  TEXT,                -- why it is not ok
  last_ok_run  TEXT,                -- last run that ended well
  last_ok_on   TEXT,                -- date of that run
  age_days     INTEGER,             -- days from that date to the end of the newest run
  failures_in_a_row INTEGER NOT NULL, -- runs since then
  stale_since  TEXT,                -- date of the first failed run in a row; NULL = fresh
  pages        INTEGER NOT NULL,    -- pages still there
  guides       INTEGER NOT NULL,    -- of them relevant
  facts        INTEGER NOT NULL,    -- facts that hold
  fetches      INTEGER NOT NULL,    -- fetches in the newest run
  failures     INTEGER NOT NULL     -- of them failed
);
CREATE TABLE v1_quality (           -- measured quality of extraction, per field
  field     TEXT PRIMARY KEY,       -- field of the Guide, or MICRO, MACRO
  precision REAL,                   -- share of read facts that are right
  recall    REAL,                   -- share of facts on the pages that were read
  f1        REAL,                   -- their harmonic mean
  support   INTEGER,                -- annotated facts
  pages     INTEGER,                -- annotated pages
  facts     INTEGER,                -- facts of this field in this base that hold
  measured_on TEXT,                 -- date of the measurement
  parser_version TEXT               -- parser measured
);
