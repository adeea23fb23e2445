#pragma once
// People with tokens and roles who work in queues of a real assayd over its JSON API.

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/daemon/http/api_clients.h"
#include "tests/integration/assay_stack.h"

namespace assay::testing {

// The member at "a.0.b"; null where there is none.
Json At(const Json& json, std::string_view path);
// The same as text and as a number; int64 is text on the wire.
std::string TextAt(const Json& json, std::string_view path);
double NumberAt(const Json& json, std::string_view path);

std::string TokenOf(const std::string& name);

// Whose answer is recorded is known by the case, which people are not told: by item.
using CasesOfItems = std::map<std::string, std::string>;

// One person, on one connection.
class RecordedReviewer {
 public:
  // `cases` outlives it; null pointer where nothing is asked by case.
  RecordedReviewer(int port, std::string name, const CasesOfItems* cases = nullptr);

  // Fails the test and is null where the answer is an error.
  Json Call(const std::string& method, const Json& request);
  // What this person says of the item of a view, which has its case here: the member of Opinion with its value.
  using Opinion = std::function<Json(const Json& view)>;
  // Claims what comes first and submits, until nothing is left for this person in this role; or until the opinion is
  // null. Returns how many items.
  int LabelAll(const std::string& queue, const Opinion& opinion);
  int AdjudicateAll(const std::string& queue, const Opinion& opinion);
  // Claims this item, and submits.
  void Label(const std::string& item, const Opinion& opinion);

 private:
  Json Claim(const Json& request);
  void Submit(const Json& view, const std::string& method, Json request, const Opinion& opinion);

  const std::string name_;
  const CasesOfItems* const cases_;
  HttpConnectionClient connection_;
  int keys_ = 0;
};

// assayd with a token file, in front of an assay-replay that answers what was recorded.
class ReviewedStack {
 public:
  struct Person {
    std::string name;
    std::string roles;  // "reviewer"; "" for a pipeline
  };
  struct Record {
    std::string model;
    std::string prompt;
    std::string answer;
  };

  // The documents of the catalog, in which MODEL stands for the URL of the endpoint, and its files.
  ReviewedStack(std::string documents, const std::map<std::string, std::string>& files,
                const std::vector<Record>& records, const std::vector<Person>& people);

  RecordedReviewer As(const std::string& name) const { return {stack_->http_port(), name, &cases_}; }
  // The command line, with this person's token.
  ProgramEnd Assay(const std::string& name, std::vector<std::string> arguments) const;
  int http_port() const { return stack_->http_port(); }
  // Another content of a file of the catalog; in service once the catalog is read again.
  void Rewrite(const std::string& name, const std::string& text) const { files_.Write("catalog/" + name, text); }
  // Every item of the queue, as a lead lists them, once there are `count`: case id to item.
  std::map<std::string, std::string> AwaitItems(RecordedReviewer& lead, const std::string& queue, std::size_t count);
  // The check, once it has a verdict.
  static Json AwaitVerdict(RecordedReviewer& pipeline, const std::string& check);

 private:
  CasesOfItems cases_;  // of all that were awaited; while nobody judges
  TemporaryFolder files_;
  std::unique_ptr<Server> replay_;
  std::unique_ptr<AssayStack> stack_;
};

}  // namespace assay::testing
