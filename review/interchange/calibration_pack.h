#pragma once
// What a calibration session leaves behind, as one document: the items with what everybody said of them blind, what
// they escalated, where they differed and on what, what was agreed on, and what of the guideline has changed since. For
// those who are to learn by it, and for who asks what became of it. Pure functions, thread-safe.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "review/calibration.h"
#include "review/guideline_changes.h"
#include "review/interchange/exchange_record.h"

namespace assay {

// An item of the session. What withholds its texts withholds what people wrote of them too; what they chose stays.
struct CalibrationPackItem {
  ExchangeRecord record = {};  // with the names of people
  std::string source = {};     // the item that it is a copy of
  std::string withheld = {};   // why its texts are not there; "" they are
};

struct CalibrationPack {
  static constexpr std::string_view kSchema = "assay.calibration_pack/1";
  static constexpr std::size_t kMostText = 16u << 10;  // bytes of one text; the rest is cut, and how much is said
  static constexpr std::size_t kMostTexts = 2u << 20;  // of all texts together, in their order

  std::string project = {};
  std::string queue = {};
  CalibrationSession session = {};
  std::vector<CalibrationPackItem> items = {};  // as those of the session
  std::vector<CalibrationRow> grid = {};
  CalibrationReport report = {};
  RubricSpec rubric = {};                     // of the session
  std::vector<RubricStep> since = {};         // versions after it, oldest first
  std::vector<GuidelineChange> changes = {};  // from the version of the session to the last of these
  PersonNaming naming = {};
  Time made_at{};
};

// One thing of which people did not all say the same.
struct Disagreement {
  std::string criterion = {};
  std::string unit = {};                                      // "" or the claim or call
  std::map<std::string, std::vector<std::string>> said = {};  // people by what they said
};
// In the order of the criteria of an opinion. Nobody who has not judged the item is in it.
std::vector<Disagreement> DisagreementsOf(const CalibrationRow& row, const RubricSpec& rubric);

// In words: "quality 4; errors none".
std::string OpinionInWords(const Opinion& opinion, const RubricSpec& rubric);

// "same", "within" the tolerance of the queue, "differ".
std::string_view WordOfMatch(OpinionMatch match);
// What that person said of an item of calibration; null pointer where they did not.
const Judgement* AnswerOf(const ExchangeRecord& record, std::string_view person);
// Null pointer when there is none.
const CalibrationPackItem* FindPackItem(const CalibrationPack& pack, std::string_view item);

Json ToJson(const CalibrationPack& pack);
// For people. Text of others is escaped.
std::string MarkdownOf(const CalibrationPack& pack);

}  // namespace assay
