#include "tests/integration/recorded_reviewers.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <fstream>

#include "core/digest.h"

namespace assay::testing {
namespace {

constexpr std::chrono::seconds kLongestWait{100};

// Asks until the answer is what is waited for; null after a while.
Json Await(const std::function<Json()>& ask, const std::function<bool(const Json&)>& is_it) {
  const auto deadline = std::chrono::steady_clock::now() + kLongestWait;
  while (std::chrono::steady_clock::now() < deadline) {
    Json answer = ask();
    if (is_it(answer)) return answer;
  }
  return {};
}

}  // namespace

std::string TokenOf(const std::string& name) { return "token-of-" + name; }

Json At(const Json& json, std::string_view path) {
  const std::size_t dot = path.find('.');
  const std::string name(path.substr(0, dot));
  const Json* member = nullptr;
  if (json.is_object()) member = json.Find(name);
  if (json.is_array() && std::stoul(name) < json.as_array().size()) member = &json.as_array()[std::stoul(name)];
  if (member == nullptr) return {};
  return dot == std::string_view::npos ? *member : At(*member, path.substr(dot + 1));
}

std::string TextAt(const Json& json, std::string_view path) {
  const Json member = At(json, path);
  return member.is_string() ? member.as_string() : "";
}

double NumberAt(const Json& json, std::string_view path) {
  const Json member = At(json, path);
  if (member.is_string()) return std::stod(member.as_string());
  return member.is_number() ? member.as_number() : std::nan("");
}

RecordedReviewer::RecordedReviewer(int port, std::string name, const CasesOfItems* cases)
    : name_(std::move(name)), cases_(cases), connection_(port) {}

Json RecordedReviewer::Call(const std::string& method, const Json& request) {
  const HttpAnswer answer = connection_.Send(
      {.path = "/assay.v1." + method,
       .headers = {{"Content-Type", "application/json"}, {"Authorization", "Bearer " + TokenOf(name_)}},
       .body = request.Dump()});
  EXPECT_EQ(answer.status, 200) << name_ << ": " << method << ": " << answer.body;
  return answer.status == 200 ? Json::Parse(answer.body).value_or(Json()) : Json();
}

Json RecordedReviewer::Claim(const Json& request) {
  Json view = At(Call("ReviewService/ClaimItem", request), "view");
  if (cases_ == nullptr || view.is_null()) return view;
  const auto known = cases_->find(TextAt(view, "item.id"));
  if (known == cases_->end()) return view;
  Json item = At(view, "item");
  item.Set("case_id", known->second);
  view.Set("item", std::move(item));
  return view;
}

void RecordedReviewer::Submit(const Json& view, const std::string& method, Json request, const Opinion& opinion) {
  request.Set("item", At(view, "item.id"));
  request.Set("token", At(view, "lease.token"));
  request.Set("key", name_ + "-" + std::to_string(++keys_));
  request.Set("content", Json::Of({{"opinion", opinion(view)}, {"active", "3s"}}));
  Call("ReviewService/" + method, request);
}

int RecordedReviewer::LabelAll(const std::string& queue, const Opinion& opinion) {
  for (int items = 0;; ++items) {
    const Json view = Claim(Json::Of({{"queue", queue}, {"role", "LABEL"}}));
    if (view.is_null() || ::testing::Test::HasFailure()) return items;
    Submit(view, "SubmitJudgement", Json(Json::Object{}), opinion);
  }
}

int RecordedReviewer::AdjudicateAll(const std::string& queue, const Opinion& opinion) {
  for (int items = 0;; ++items) {
    const Json view = Claim(Json::Of({{"queue", queue}, {"role", "ADJUDICATE"}}));
    if (view.is_null() || ::testing::Test::HasFailure()) return items;
    Submit(view, "Adjudicate", Json::Of({{"cause", "SUBJECTIVE"}}), opinion);
  }
}

void RecordedReviewer::Label(const std::string& item, const Opinion& opinion) {
  const Json view = Claim(Json::Of({{"item", item}}));
  if (!view.is_null()) Submit(view, "SubmitJudgement", Json(Json::Object{}), opinion);
}

ReviewedStack::ReviewedStack(std::string documents, const std::map<std::string, std::string>& files,
                             const std::vector<Record>& records, const std::vector<Person>& people) {
  std::string recorded;
  for (const Record& record : records) {
    recorded += Json::Of({{"model", record.model},
                          {"messages", Json::Array{Json::Of({{"role", "user"}, {"content", record.prompt}})}},
                          {"response", Json::Of({{"content", record.answer}})}})
                    .Dump() +
                "\n";
  }
  replay_ = std::make_unique<Server>(
      "assay-replay",
      std::vector<std::string>{"--listen", "127.0.0.1:0", files_.Write("records.jsonl", recorded).string()});
  const std::string url = "http://127.0.0.1:" + std::to_string(replay_->PortAfter("http://127.0.0.1:")) + "/v1";
  for (std::size_t at = documents.find("MODEL"); at != std::string::npos; at = documents.find("MODEL"))
    documents.replace(at, 5, url);
  std::filesystem::create_directories(files_.path() / "catalog");
  files_.Write("catalog/catalog.yaml", documents);
  for (const auto& [name, text] : files) files_.Write("catalog/" + name, text);
  std::string tokens;
  for (const Person& person : people) {
    tokens += person.name + " sha256:" + Sha256Hex(TokenOf(person.name)) +
              (person.roles.empty() ? "" : " roles=" + person.roles) + "\n";
  }
  const std::string config =
      files_.Write("assayd.yaml", "auth: {tokens: " + files_.Write("tokens", tokens).string() + "}\n").string();
  stack_ = std::make_unique<AssayStack>(files_.path() / "catalog", std::vector<std::string>{"--config", config});
  EXPECT_TRUE(stack_->Start()) << stack_->daemon().errors();
}

ProgramEnd ReviewedStack::Assay(const std::string& name, std::vector<std::string> arguments) const {
  arguments.insert(arguments.end(), {"--token-file", files_.Write("token-" + name, TokenOf(name)).string()});
  return stack_->Assay(std::move(arguments));
}

std::map<std::string, std::string> ReviewedStack::AwaitItems(RecordedReviewer& lead, const std::string& queue,
                                                             std::size_t count) {
  const auto open = [&] { return lead.Call("ReviewService/ListQueues", Json(Json::Object{})); };
  const auto are_there = [&](const Json& status) {
    return ::testing::Test::HasFailure() || NumberAt(status, "queues.0.open") == static_cast<double>(count);
  };
  EXPECT_FALSE(Await(open, are_there).is_null()) << "the items have not entered; " << open().Dump();
  std::map<std::string, std::string> items;
  for (std::string page;;) {
    const Json listed =
        lead.Call("ReviewService/ListItems", Json::Of({{"queue", queue}, {"page_size", 1000}, {"page_token", page}}));
    const Json found = At(listed, "items");
    if (!found.is_array()) return items;
    for (const Json& item : found.as_array()) {
      items[TextAt(item, "case_id")] = TextAt(item, "id");
      cases_[TextAt(item, "id")] = TextAt(item, "case_id");
    }
    page = TextAt(listed, "next_page_token");
    if (page.empty()) return items;
  }
}

Json ReviewedStack::AwaitVerdict(RecordedReviewer& pipeline, const std::string& check) {
  const auto ask = [&] { return At(pipeline.Call("GateService/GetCheck", Json::Of({{"id", check}})), "check"); };
  return Await(
      ask, [](const Json& answer) { return ::testing::Test::HasFailure() || TextAt(answer, "state") != "PENDING"; });
}

}  // namespace assay::testing
