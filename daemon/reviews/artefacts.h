#pragma once
// Documents that human review leaves behind, for people and programs: coroutines on plain values, as those of
// review_operations.h. docs/review.md says what is in each.

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "daemon/services.h"
#include "review/gold_sets.h"

namespace assay {

struct CalibrationPackArguments {
  std::string session = {};
  std::vector<std::string> data_classes = {};  // whose texts may leave; those without a class always may
  bool with_names = false;                     // of persons, instead of pseudonyms: for leads
};

struct AuditReportArguments {
  std::string queue = {};
  std::optional<Time> from = {};  // absent: 30 days before `to`
  std::optional<Time> to = {};    // absent: now
  bool with_names = false;        // as above
};

// The same document twice: Markdown for people, JSON for programs.
struct ArtefactText {
  std::string markdown = {};
  std::string document = {};
};

struct GoldSetArguments {
  std::string queue = {};
  std::string intent = {};  // "" as before
  std::string reason = {};  // why there is another version; "" of the first
};

struct GoldSets {
  std::vector<GoldSetVersion> versions = {};  // of a queue, oldest first
  GoldSetDifference undeclared = {};          // from the last of them to what people may be asked now
};

class ReviewArtefacts {
 public:
  virtual ~ReviewArtefacts() = default;
  // Of a session that is closed, else kFailedPrecondition. That somebody took it is kept among the exports, before they
  // have it. kPermissionDenied for who may not export, for a class of data that they are not cleared for, and for names
  // without the role lead; kNotFound for a session that is none of theirs.
  virtual boost::asio::awaitable<Result<ArtefactText>> GetCalibrationPack(
      const Caller& caller, const CalibrationPackArguments& arguments) = 0;
  // Errors likewise. kResourceExhausted beyond 200,000 items.
  virtual boost::asio::awaitable<Result<ArtefactText>> GetAuditReport(const Caller& caller,
                                                                      const AuditReportArguments& arguments) = 0;

  // The known answers of a queue as they are, as the next version of its set. By leads. Errors of NextGoldSet.
  virtual boost::asio::awaitable<Result<GoldSets>> DeclareGoldSet(const Caller& caller,
                                                                  const GoldSetArguments& arguments) = 0;
  virtual boost::asio::awaitable<Result<GoldSets>> ListGoldSets(const Caller& caller, std::string_view queue) = 0;
};

}  // namespace assay
