#pragma once
// What is kept beside items and changes as a whole: known answers, calibration sessions, pauses of people. Read once,
// written through. Not thread-safe: of the desk's thread.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "daemon/store/review_store.h"
#include "review/calibration.h"
#include "review/gold.h"

namespace assay {

struct GoldEntry {
  std::string item = {};  // of gold
  std::string project = {};
  std::string queue = {};
  std::string source_item = {};
  ItemPurpose purpose = ItemPurpose::kGold;
  GoldAnswer answer = {};
  std::string approval = {};
  std::string made_by = {};
  Time made_at{};
  bool is_retired = false;
  std::string retired_by = {};
  std::string retired_why = {};
  std::optional<Time> retired_at = {};
  std::int64_t revision = 0;
};

struct CalibrationEntry {
  CalibrationSession session = {};
  std::string project = {};
  std::string queue = {};
  std::vector<std::string> sources = {};  // items that those of the session are copies of
  std::int64_t revision = 0;
};

// The highest version of a rubric that a person has said to have read; "" none.
Result<std::string> AcknowledgedVersion(ReviewStore& store, const std::string& project, const std::string& person,
                                        const std::string& rubric);
Status Acknowledge(ReviewStore& store, const std::string& project, const std::string& person, const std::string& rubric,
                   const std::string& version, Time now);

class ReviewBooks {
 public:
  explicit ReviewBooks(ReviewStore& store) : store_(store) {}

  // Of all projects in `projects`; again adds what is new.
  Status Load(const std::string& project);

  // Null pointer when the item is no gold.
  const GoldEntry* FindGold(std::string_view item) const;
  bool IsSourceOfGold(std::string_view item) const;
  std::set<std::string> SourcesOfGold(std::string_view project) const;
  // Items that are given to people, in no order.
  const std::vector<std::string>& ActiveGold(const std::string& project, const std::string& queue,
                                             ItemPurpose purpose) const;
  std::vector<const GoldEntry*> GoldOf(std::string_view project, std::string_view queue) const;
  Status Put(GoldEntry entry, Time now, const std::string& principal);

  // Who has seen the answer of the item before it was a known one: proposed it, or looked at it to approve it. They are
  // not asked it.
  bool KnowsAnswer(const std::string& project, const std::string& source_item, const std::string& person) const;
  Status NoteKnows(const std::string& project, const std::string& source_item, const std::string& person, Time now);

  const CalibrationEntry* FindCalibration(std::string_view id) const;
  // The session that an item of calibration is of, or null pointer.
  const CalibrationEntry* CalibrationOf(std::string_view item) const;
  // Whether one of the blind sessions of this person has a copy of the item: what was settled of it is the answer that
  // they are asked for.
  bool IsSourceOfBlind(std::string_view item, std::string_view person) const;
  // Of these, and the items of the sessions themselves.
  std::set<std::string> BlindFor(std::string_view project, std::string_view person) const;
  std::vector<const CalibrationEntry*> Calibrations(std::string_view project) const;
  Status Put(CalibrationEntry entry, Time now, const std::string& principal);

  // Why a person may not claim from a queue now; "" they may.
  std::string WhyPaused(const std::string& project, const std::string& person, const std::string& queue) const;
  // Queues in which a person is paused.
  std::vector<std::string> PausedIn(const std::string& project, const std::string& person) const;
  // `why` "" ends it.
  Status Pause(const std::string& project, const std::string& person, const std::string& queue, const std::string& why,
               const std::string& reason, Time now, const std::string& principal);

 private:
  struct Paused {
    std::string why = {};
    std::int64_t revision = 0;
  };
  void Keep(GoldEntry entry);
  void Keep(CalibrationEntry entry);

  ReviewStore& store_;
  std::map<std::string, GoldEntry, std::less<>> gold_;  // by item
  std::map<std::tuple<std::string, std::string, ItemPurpose>, std::vector<std::string>>
      active_gold_;                                                       // by project, queue and purpose
  std::map<std::string, std::string, std::less<>> gold_sources_;          // the newest item of gold, by its source
  std::set<std::pair<std::string, std::string>> knowing_;                 // by project, "ITEM\nPERSON"
  std::map<std::string, CalibrationEntry, std::less<>> calibrations_;     // by id
  std::map<std::string, std::set<std::string>, std::less<>> calibrated_;  // ids of sessions, by the items they are on
  std::map<std::string, std::string, std::less<>> session_of_item_;
  std::map<std::pair<std::string, std::string>, Paused> paused_;  // by project, "PERSON\nQUEUE"
};

}  // namespace assay
