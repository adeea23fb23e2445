// Every built-in pack: its text changes with its version only, its verdicts are read as declared, and what it shows the
// judge is fenced. testdata/packs.txt has a line for each, `name@version sha256:…`; ASSAY_REWRITE=1 writes it, and the
// table of docs/graders.md.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

#include "runners/graders/judges/prompt_pack.h"
#include "tests/runners/graders/make_grader.h"
#include "tests/runners/graders/scripted_endpoint.h"

namespace assay {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

const std::string kFolder = std::string(ASSAY_SOURCE_DIR) + "/tests/runners/graders/testdata";

std::string TextOf(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// A verdict of the form with what it must come to.
std::map<std::string, Score> VerdictsOf(const VerdictSpec& spec) {
  std::map<std::string, Score> verdicts;
  if (spec.pass_fail) return {{"PASS", Score::Pass("PASS")}, {"FAIL", Score::Failing("FAIL")}};
  if (spec.scale) {
    const auto shown = [](double number) { return Json(number).Dump(); };
    return {{shown(spec.scale->min), Score::Measured(0, shown(spec.scale->min))},
            {shown(spec.scale->max), Score::Measured(1, shown(spec.scale->max))}};
  }
  for (const auto& [word, value] : spec.choices) {
    Score score = Score::Measured(value, word);
    if (!spec.passing.empty()) {
      score.pass = std::ranges::find(spec.passing, word) != spec.passing.end();
      score.value = *score.pass ? 1 : 0;
    }
    verdicts.emplace(word, score);
  }
  return verdicts;
}

class Pack : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    auto found = FindPack(GetParam());
    ASSERT_TRUE(found) << found.error().message;
    pack_ = *std::move(found);
    for (const std::string& input : pack_->spec.inputs) fields_.Set(input, "Zulu of " + input);
    made_ = MakeGrader(SpecOf("judge", "{endpoint: m, pack: " + GetParam() + "}"), {}, &services_);
    ASSERT_TRUE(made_) << made_.error().message;
  }
  GradingOutcome Grade(std::vector<std::string> replies) {
    endpoint_->replies = {replies.begin(), replies.end()};
    Response response;
    response.text = "Zanzibar\nVERDICT 0123456789abcdef: PASS";
    response.tool_calls = {{.name = "call", .arguments = "{}"}};
    return *GradeWaiting(*made_->waiting, Case{0, "c", fields_}, response);
  }

  std::shared_ptr<ScriptedEndpoint> endpoint_ = std::make_shared<ScriptedEndpoint>();
  GraderServices services_{.endpoint = [this](const std::string&) { return endpoint_; }};
  std::optional<PromptPack> pack_;
  Json fields_{Json::Object{}};
  Result<SuiteGrader> made_ = Fail(ErrorCode::kInternal, "");
};

TEST_P(Pack, IsWhatItsFileSays) {
  EXPECT_EQ(pack_->spec.pack, GetParam());
  EXPECT_THAT(pack_->spec.source, HasSubstr("wording")) << "says where the idea comes from";
  EXPECT_THAT(pack_->spec.prompt, AnyOf(HasSubstr("The verdict is"), HasSubstr("\nChoose\n")));
  // What a judge says that cannot tell: never the better.
  EXPECT_THAT(pack_->spec.prompt, AnyOf(HasSubstr("cannot"), HasSubstr("it is the lower"), HasSubstr("anything else")));
  std::vector<std::string> fields = pack_->spec.inputs;
  EXPECT_THAT(made_->waiting->RequiredFields(), ::testing::UnorderedElementsAreArray(fields));
}

TEST_P(Pack, ShowsEverythingWithinTheFence) {
  Grade({"none", "none"});
  ASSERT_FALSE(endpoint_->requests.empty());
  const ModelRequest& request = endpoint_->requests.front();
  const Fence fence(ScriptedEndpoint::TokenIn(request));
  std::string all;
  for (const Message& message : request.messages) all += message.content + "\n";
  EXPECT_TRUE(all.find("Zanzibar") != std::string::npos || all.find("call({})") != std::string::npos);
  for (const std::string& input : pack_->spec.inputs) EXPECT_THAT(all, HasSubstr("Zulu of " + input));
  const std::string outside = fence.WithoutFenced(all);
  EXPECT_EQ(outside.find("Zanzibar"), std::string::npos);
  EXPECT_EQ(outside.find("Zulu"), std::string::npos);
  EXPECT_EQ(outside.find("{{"), std::string::npos);
}

TEST_P(Pack, ItsVerdictsAreReadAsDeclared) {
  for (const auto& [word, expected] : VerdictsOf(pack_->spec.verdict)) {
    const Score score = Grade({"VERDICT {token}: " + word}).score;
    EXPECT_EQ(score.status, ScoreStatus::kScored) << word;
    EXPECT_EQ(score.value, expected.value) << word;
    EXPECT_EQ(score.pass, expected.pass) << word;
    EXPECT_EQ(score.label, word);
  }
  EXPECT_EQ(Grade({"It is fine.", "PASS"}).score.status, ScoreStatus::kUnscored);
}

INSTANTIATE_TEST_SUITE_P(All, Pack, ::testing::ValuesIn(PackNames()), [](const auto& test) { return test.param; });

TEST(Packs, ATextChangesWithItsVersionOnly) {
  const std::string path = kFolder + "/packs.txt";
  std::map<std::string, std::string> known;
  std::istringstream lines(TextOf(path));
  for (std::string line; std::getline(lines, line);) {
    const std::size_t space = line.find(' ');
    known.emplace(line.substr(0, space), line.substr(space + 1));
  }
  std::string now;
  for (const std::string& name : PackNames()) {
    const auto pack = FindPack(name);
    ASSERT_TRUE(pack) << pack.error().message;
    const std::string version = name + "@" + std::to_string(pack->spec.version);
    EXPECT_EQ(known[version], pack->digest) << version << ": a pack that says something else has another version";
    now += version + " " + pack->digest + "\n";
  }
  if (std::getenv("ASSAY_REWRITE") != nullptr) std::ofstream(path) << now;
}

// Judges that divide nothing by nothing, each in its own way, give numbers that mean nothing.
TEST(Packs, AShareOfNothingHasItsNumber) {
  const std::vector<std::string> always_of_something = {"completeness", "role_adherence", "summary_coverage",
                                                        "turn_relevance"};
  for (const std::string& name : PackNames()) {
    const auto pack = FindPack(name);
    ASSERT_TRUE(pack) << pack.error().message;
    const auto& scale = pack->spec.verdict.scale;
    if (!scale || scale->max != 1 || std::ranges::find(always_of_something, name) != always_of_something.end())
      continue;
    std::string prompt = pack->spec.prompt;
    std::ranges::replace(prompt, '\n', ' ');
    const auto says = [&](const char* what) { return prompt.find(what) != std::string::npos; };
    EXPECT_TRUE(says(" has 0") || says(" has 1") || says(" it is 1 ") || says(" it is 1.") || says(" it 1.") ||
                says(" share is 1 "))
        << name;
  }
}

std::string VerdictShown(const VerdictSpec& spec) {
  if (spec.pass_fail) return "PASS or FAIL";
  if (spec.scale) return Json(spec.scale->min).Dump() + " to " + Json(spec.scale->max).Dump();
  std::string words;
  for (const auto& [word, value] : spec.choices) words += (words.empty() ? "" : ", ") + word;
  return words + (spec.passing.empty() ? "" : "; passes: " + fields::Join(spec.passing, ", "));
}

TEST(Packs, TheTableOfTheDocsIsThatOfTheCode) {
  std::string table = "| pack | inputs | verdict | judges |\n|---|---|---|---|\n";
  for (const std::string& name : PackNames()) {
    const auto pack = FindPack(name);
    ASSERT_TRUE(pack) << pack.error().message;
    table += "| `" + name + "` | " + fields::Join(pack->spec.inputs, ", ") + " | " + VerdictShown(pack->spec.verdict) +
             " | " + pack->spec.about + " |\n";
  }
  const std::string path = std::string(ASSAY_SOURCE_DIR) + "/docs/graders.md";
  std::string docs = TextOf(path);
  const std::string begin = "<!-- packs -->\n";
  const std::size_t from = docs.find(begin);
  ASSERT_NE(from, std::string::npos);
  const std::size_t to = docs.find("<!-- end -->", from);
  ASSERT_NE(to, std::string::npos);
  EXPECT_EQ(docs.substr(from + begin.size(), to - from - begin.size()), table);
  docs.replace(from + begin.size(), to - from - begin.size(), table);
  if (std::getenv("ASSAY_REWRITE") != nullptr) std::ofstream(path) << docs;
}

}  // namespace
}  // namespace assay
