#pragma once
// What leaves a daemon on a real store and comes into one, as tests of it take and bring it.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/json.h"
#include "tests/daemon/reviews/review_desk.h"
#include "tests/testing/postgres_cluster.h"

namespace assay::testing {

// What came of an export: its bytes, or why it was refused.
struct TakenFile {
  std::string bytes = {};
  std::optional<KeptExport> ended = {};
  std::string refusal = {};
};

inline std::string RefusalOf(const Error& error) { return std::string(Name(error.code)) + ": " + error.message; }

class ReviewFiles : public ReviewDeskTest {
 protected:
  // Two items, of which ann and bob have judged the first, with 4 and 5: it is done.
  std::vector<std::string> JudgedItems() {
    RunSuite();
    AwaitItems(2);
    const auto items = Ask(reviews_->ListItems(As("lea"), {}, {}));
    std::vector<std::string> ids;
    for (const ItemSummary& item : items->items) ids.insert(ids.begin(), item.id);
    Judges("ann", ids[0], 4);
    Judges("bob", ids[0], 5);
    clock_.Add(std::chrono::minutes(11));
    return ids;
  }

  TakenFile Takes(const std::string& person, const ExportArguments& arguments) {
    auto parts = Ask(reviews_->ExportReviews(As(person), arguments));
    if (!parts) return {.refusal = RefusalOf(parts.error())};
    return Rest(**parts);
  }
  TakenFile Rest(ExportParts& parts) {
    TakenFile file;
    for (;;) {
      auto part = Ask(parts.Next());
      if (!part) return {.bytes = file.bytes, .refusal = RefusalOf(part.error())};
      if (!*part) return file;
      file.bytes += (*part)->bytes;
      if ((*part)->ended) file.ended = (*part)->ended;
    }
  }
  std::vector<KeptExport> Kept() { return Ask(reviews_->ListExports(As("lea"))).value_or(std::vector<KeptExport>{}); }
  // In pieces of `piece` bytes, so that they end anywhere.
  Result<ImportProgress> Brings(const std::string& person, const std::string& bytes, ImportArguments arguments,
                                std::size_t piece = 100) {
    ImportProgress all;
    for (std::size_t at = 0;; at += piece) {
      const bool is_last = at + piece >= bytes.size();
      const ImportPiece next{.import = all.import,
                             .arguments = arguments,
                             .offset = static_cast<std::int64_t>(at),
                             .bytes = std::string_view(bytes).substr(at, piece),
                             .is_last = is_last};
      auto progress = Ask(reviews_->ImportReviews(As(person), next));
      if (!progress) return progress;
      all.rows.insert(all.rows.end(), progress->rows.begin(), progress->rows.end());
      progress->rows = all.rows;
      all = *std::move(progress);
      if (is_last) return all;
    }
  }
  // The same catalog over an empty store, as another installation has it.
  void GoElsewhere() {
    Stop();
    location_ =
        GetParam() ? PostgresCluster::Shared().CreateDatabase() : "sqlite:" + (files_.path() / "elsewhere.db").string();
    Start();
  }
  std::string Approves(const ExportArguments& arguments) {
    const auto preview = Ask(reviews_->PreviewExport(As("lea"), arguments));
    EXPECT_TRUE(preview) << preview.error().message;
    const auto change = Ask(reviews_->ProposeChange(As("lea"), ReviewChange::kTrainingExport, "for training",
                                                    preview->approval_diff, "a test"));
    EXPECT_TRUE(change) << change.error().message;
    for (const std::string person : {"ann", "max"}) {
      const auto answered =
          Ask(reviews_->AnswerChange(As(person), change->request.id, true, change->request.diff_hash, ""));
      EXPECT_TRUE(answered) << answered.error().message;
    }
    return change->request.id;
  }
};

inline std::string CountsOf(const Result<ImportProgress>& progress) {
  if (!progress) return RefusalOf(progress.error());
  return std::to_string(progress->items) + " items: " + std::to_string(progress->items_new) + " new, " +
         std::to_string(progress->items_changed) + " changed, " + std::to_string(progress->items_unchanged) +
         " unchanged; " + std::to_string(progress->judgements_new) + " judgements new, " +
         std::to_string(progress->refused) + " refused";
}

inline std::string RowsOf(const Result<ImportProgress>& progress) {
  if (!progress) return RefusalOf(progress.error());
  std::string rows;
  for (const RefusedRow& row : progress->rows)
    rows += std::to_string(row.fault.line) + " " + row.fault.path + ": " + row.fault.reason + "\n";
  return rows;
}

// A task that was labelled in Label Studio by this person.
inline std::string Labelled(const std::string& tasks, const std::string& item, const std::string& person, int quality) {
  Json json = *Json::Parse(tasks);
  Json::Array kept;
  for (Json& task : json.as_array()) {
    if (task.Find("data")->Find("ref")->as_string() != item) continue;
    const Json result = Json::Of({{"from_name", "quality"},
                                  {"to_name", "prompt"},
                                  {"type", "rating"},
                                  {"value", Json::Of({{"rating", quality}})}});
    const Json annotation = Json::Of({{"unique_id", "ls-" + person},
                                      {"completed_by", Json::Of({{"email", person + "@people.invalid"}})},
                                      {"result", Json(Json::Array{result})},
                                      {"created_at", "2026-11-27T09:00:00Z"},
                                      {"lead_time", 30}});
    task.Set("annotations", Json(Json::Array{annotation}));
    kept.push_back(task);
  }
  return Json(std::move(kept)).Dump();
}

}  // namespace assay::testing
