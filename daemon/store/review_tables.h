#pragma once
// The tables of human review: a step of migrations.cc. docs/store.md explains them to people.

#include <string_view>

namespace assay {

// The facts of an item are its truth; the columns of review_item say which item it is and how to find it. `is_open` is
// whether a daemon has to look at it: it is closed once nothing changes by itself any more, and open again with the
// next fact.
inline constexpr std::string_view kReviews = R"sql(
CREATE TABLE review_item (
  item_key $KEY,
  id TEXT NOT NULL UNIQUE,
  project TEXT NOT NULL,
  queue TEXT NOT NULL,
  identity TEXT NOT NULL UNIQUE,
  purpose TEXT NOT NULL,
  suite TEXT NOT NULL,
  run TEXT NOT NULL,
  case_id TEXT NOT NULL,
  entered $INT NOT NULL,
  touched $INT NOT NULL,
  is_open $SMALL NOT NULL
)$TABLE;
CREATE INDEX review_item_open ON review_item (item_key) WHERE is_open = 1;
CREATE INDEX review_item_queue ON review_item (project, queue, item_key);
CREATE INDEX review_item_touched ON review_item (project, queue, touched);
CREATE INDEX review_item_run ON review_item (project, run, item_key);

CREATE TABLE review_fact (
  item_key $INT NOT NULL,
  seq $INT NOT NULL,
  fact $JSON NOT NULL,
  PRIMARY KEY (item_key, seq)
)$NARROW;

CREATE TABLE review_content (
  project TEXT NOT NULL,
  hash TEXT NOT NULL,
  content $JSON NOT NULL,
  PRIMARY KEY (project, hash)
)$TABLE;

CREATE TABLE review_draft (
  item TEXT NOT NULL,
  person TEXT NOT NULL,
  project TEXT NOT NULL,
  epoch $INT NOT NULL,
  revision $INT NOT NULL,
  saved $INT NOT NULL,
  draft TEXT NOT NULL,
  PRIMARY KEY (item, person)
)$TABLE;
CREATE INDEX review_draft_person ON review_draft (project, person, saved);

CREATE TABLE review_record (
  record_key $KEY,
  project TEXT NOT NULL,
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  revision $INT NOT NULL,
  updated $INT NOT NULL,
  principal TEXT NOT NULL,
  body $JSON NOT NULL,
  UNIQUE (project, kind, id)
)$TABLE;

CREATE TABLE review_offer (
  run_key $INT NOT NULL,
  queue TEXT NOT NULL,
  offered $INT NOT NULL,
  PRIMARY KEY (run_key, queue)
)$TABLE;
)sql";

}  // namespace assay
