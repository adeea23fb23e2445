// Label Studio's own forms, its labeling config, its ML backend, and what is wrong with files of it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "review/interchange/label_studio_rows.h"
#include "review/interchange/ml_backend.h"
#include "tests/review/interchange/record_fixture.h"

namespace assay {
namespace {

using ::testing::ElementsAre;
using testing::ExportAll;
using testing::Exported;
using ::testing::HasSubstr;
using testing::ImportAll;
using testing::Imported;
using testing::kEveryKind;
using testing::RandomRecord;

// The task behind the golden vector of Label Studio's converter.
constexpr std::string_view kGoldenTask =
    R"({"id":7,"data":{"prompt":"Hi","meta_obj":{"k":1},"score":"x"},"annotations":[
{"id":11,"completed_by":{"email":"a@x.io"},"lead_time":5.25,"created_at":"2026-11-24T10:00:00Z",
"updated_at":"2026-11-24T10:00:05Z","was_cancelled":false,"result":[
{"from_name":"verdict","type":"choices","value":{"choices":["fail"]}},
{"from_name":"multi","type":"choices","value":{"choices":["a","b"]}},
{"from_name":"score","type":"rating","value":{"rating":4}},
{"from_name":"conf","type":"number","value":{"number":0.8}},
{"from_name":"cmp","type":"pairwise","value":{"selected":"left"}},
{"from_name":"rank","type":"ranker","value":{"ranker":{"rank":["b","a"]}}},
{"from_name":"err","type":"taxonomy","value":{"taxonomy":[["Hallucination","Unsupported"]]}},
{"from_name":"why","type":"textarea","value":{"text":["cites, a \"source\"\nnot there"]}}]}]})";

constexpr std::string_view kGoldenHeader =
    R"("_data_score","annotation_id","annotator","cmp","conf","created_at","err","id","lead_time","meta_obj","multi",)"
    R"("prompt","rank","score","updated_at","verdict","why")";
const std::string kGoldenRow =
    R"("x",11,"a@x.io","[{""selected"":""left""}]","[{""number"":0.8}]","2026-11-24T10:00:00Z",)"
    R"("[{""taxonomy"":[[""Hallucination"",""Unsupported""]]}]",7,5.25,"{""k"":1}","{""choices"":[""a"",""b""]}","Hi",)"
    R"("[{""ranker"":{""rank"":[""b"",""a""]}}]","[{""rating"":4}]","2026-11-24T10:00:05Z","fail",)"
    "\"cites, a \"\"source\"\"\nnot there\"";

TEST(LabelStudioRows, AreThoseOfTheGoldenVector) {
  const Json task = *Json::Parse(kGoldenTask);
  const std::vector<ShortRow> rows = ShortRowsOf(task);
  ASSERT_EQ(rows.size(), 1u);
  const Json cells = CsvCellsOf(rows[0]);
  std::vector<std::string> columns;
  for (const auto& [column, value] : cells.as_object()) columns.push_back(column);
  std::ranges::sort(columns);
  std::string header, row;
  for (const std::string& column : columns) {
    header += (header.empty() ? "" : ",") + CsvCell(nullptr).substr(0, 1) + column + "\"";
    row += (row.empty() ? "" : ",") + CsvCell(cells.Find(column));
  }
  EXPECT_EQ(header, kGoldenHeader);
  EXPECT_EQ(row, kGoldenRow);
  bool hides_data = false;
  const Json min = MinRowOf(rows[0], hides_data);
  EXPECT_TRUE(hides_data) << "the control takes the place of data.score";
  EXPECT_EQ(min.Find("score")->Dump(), R"([{"rating":4}])");
  EXPECT_EQ(min.Find("verdict")->Dump(), R"("fail")");
}

TEST(LabelStudioRows, AreOneForEachAnnotationThatWasNotSkippedTheNewestFirst) {
  const auto rows = [](const std::string& annotations) {
    std::string ids;
    for (const ShortRow& row : ShortRowsOf(*Json::Parse(R"({"id":1,"data":{},"annotations":)" + annotations + "}"))) {
      const Json* id = row.beside.Find("annotation_id");
      ids += (id == nullptr ? "none" : id->Dump()) + " ";
    }
    return ids;
  };
  EXPECT_EQ(rows("[]"), "none ");
  EXPECT_EQ(rows(R"([{"id":1,"was_cancelled":true}])"), "");
  EXPECT_EQ(rows(R"([{"id":1,"created_at":"2026-01-01T00:00:00Z","result":[]},{"id":2,"was_cancelled":true},)"
                 R"({"id":3,"created_at":"2026-01-02T00:00:00Z","result":[]}])"),
            "3 1 ");
}

TEST(LabelStudioRows, AreShortenedAsTheConverterDoes) {
  const auto shortened = [](const std::string& values, std::string_view type) {
    return Shortened(Json::Parse(values)->as_array(), type).Dump();
  };
  EXPECT_EQ(shortened(R"([{"choices":["a"]}])", "choices"), R"("a")");
  EXPECT_EQ(shortened(R"([{"choices":["a","b"]}])", "choices"), R"({"choices":["a","b"]})");
  EXPECT_EQ(shortened(R"([{"text":["a"]},{"text":["b"]}])", "textarea"), R"(["a","b"])");
  EXPECT_EQ(shortened(R"([{"text":["a","b"]}])", "textarea"), R"({"text":["a","b"]})");
  EXPECT_EQ(shortened(R"([{"rating":4}])", "rating"), R"([{"rating":4}])");
}

LabelScheme SchemeOf(ReviewItemKind kind) { return *MakeLabelScheme(testing::ExchangeRubric(), kind); }

TEST(LabelConfig, IsThisForARubric) {
  RubricSpec rubric;
  rubric.name = "r";
  rubric.version = "1.0.0";
  CriterionSpec score{.name = "score", .title = "A <b>"};
  score.scale = ScoreScaleSpec{.from = 1, .to = 5};
  rubric.criteria = {score};
  rubric.taxonomy = {{.name = "top"}, {.name = "below", .parent = "top"}};
  EXPECT_EQ(LabelConfigOf(*MakeLabelScheme(rubric, ReviewItemKind::kRubric)), R"(<View>
  <Text name="prompt" value="$prompt"/>
  <Text name="response" value="$response"/>
  <Header value="A &lt;b&gt;"/>
  <Rating name="score" toName="prompt" maxRating="5" required="true"/>
  <Header value="What is wrong"/>
  <Taxonomy name="errors" toName="prompt">
    <Choice value="top">
      <Choice value="below"/>
    </Choice>
  </Taxonomy>
  <Header value="Why"/>
  <TextArea name="rationale" toName="prompt" rows="3"/>
  <Header value="Clauses of the guideline"/>
  <TextArea name="clauses" toName="prompt" rows="3"/>
  <Header value="The guideline does not say"/>
  <Choices name="ambiguous" toName="prompt" choice="single-radio">
    <Choice value="yes"/>
  </Choices>
  <Header value="What it should say"/>
  <TextArea name="proposal" toName="prompt" rows="3"/>
  <Header value="Harm of severity 1"/>
  <Choices name="severe" toName="prompt" choice="single-radio">
    <Choice value="yes"/>
  </Choices>
</View>
)");
}

TEST(LabelConfig, ReadsBackTheControlsOfEveryKind) {
  for (const ReviewItemKind kind : kEveryKind) {
    const LabelScheme scheme = SchemeOf(kind);
    const std::string xml = LabelConfigOf(scheme);
    const auto controls = ReadLabelConfig(xml);
    ASSERT_TRUE(controls) << controls.error().message;
    EXPECT_EQ(controls->size(), scheme.controls.size());
    EXPECT_TRUE(CheckLabelConfig(xml, scheme)) << WordOf(kind);
  }
}

TEST(LabelConfig, SaysWhereItIsWrong) {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"<View>\n  <Choises name=\"a\" toName=\"b\"/>\n</View>",
       "labeling config, line 2, column 3: <Choises> is no tag that this version knows"},
      {"<View>", "labeling config, line 1, column 7: <View> is not closed"},
      {"<View></Viev>", "labeling config, line 1, column 7: </Viev> closes nothing"},
      {"<View><Choices toName=\"b\"/></View>", "labeling config, line 1, column 7: <Choices> needs a name"},
      {"<View a=b/>", "labeling config, line 1, column 1: <View> has a value without quotes"},
      {"<!DOCTYPE x []><View/>", "labeling config, line 1, column 1: document types and CDATA are not read"},
      {"<Rating name=\"a\"/><Rating name=\"a\"/>",
       "labeling config, line 1, column 19: there is a control \"a\" already"},
      {"words", "labeling config, line 1, column 6: there is no tag"}};
  for (const auto& [xml, message] : rows) {
    const auto controls = ReadLabelConfig(xml);
    ASSERT_FALSE(controls) << xml;
    EXPECT_EQ(controls.error().message, message);
  }
  std::string deep;
  for (int i = 0; i < 70; ++i) deep += "<View>";
  EXPECT_THAT(ReadLabelConfig(deep).error().message, HasSubstr("is more than 64 levels deep"));
}

TEST(LabelScheme, RefusesNamesThatWouldCollide) {
  const auto fault = [](std::vector<std::string> names, ReviewItemKind kind = ReviewItemKind::kRubric) {
    RubricSpec rubric;
    rubric.name = "r";
    for (const std::string& name : names)
      rubric.criteria.push_back({.name = name, .labels = {{.name = "a"}, {.name = "b"}}});
    const Result<LabelScheme> scheme = MakeLabelScheme(rubric, kind);
    return scheme ? "" : scheme.error().message;
  };
  EXPECT_EQ(fault({"tone", "depth"}), "");
  EXPECT_EQ(fault({"prompt"}),
            "control \"prompt\" of rubric \"r\" has the name of a column of the data; rename the criterion");
  EXPECT_EQ(fault({"a-b", "a.b"}),
            "control \"a_b\" of rubric \"r\" is there twice: in Label Studio, names have only letters, digits and "
            "underscores");
  EXPECT_THAT(fault({"rationale"}), HasSubstr("is there twice"));
  EXPECT_EQ(fault({"prompt"}, ReviewItemKind::kPairwise), "") << "there it is better_prompt";
}

std::string TaskWith(const std::string& result, const std::string& data = R"({"prompt":"x","response":"y"})") {
  return "[{\"data\":" + data + ",\n\"annotations\":[{\"id\":1,\"result\":[" + result + "]}]}]";
}

TEST(LabelStudioImport, SaysWhereATaskIsWrong) {
  const ImportOptions options{.rubric = testing::ExchangeRubric()};
  const std::vector<std::pair<std::string, std::string>> rows = {
      {TaskWith(R"({"from_name":"qality","type":"rating","value":{"rating":4}})"),
       R"(1 annotations[0].result[0].from_name: rubric "support" has no control "qality"; did you mean "quality"?)"},
      {TaskWith(R"({"from_name":"quality","type":"stars","value":{"rating":4}})"),
       R"(1 annotations[0].result[0].type: is "stars", and control "quality" is a rating)"},
      {TaskWith(R"({"from_name":"quality","type":"rating","value":4})"),
       "1 annotations[0].result[0].value: expected an object"},
      {TaskWith(R"({"from_name":"quality","type":"rating","value":{"rating":4.5}})"),
       R"(1 annotations[0].result[quality]: expected a whole number as "rating")"},
      {TaskWith(R"({"from_name":"quality","type":"rating","value":{"rating":9}})"),
       R"(1 annotations[0].result: criterion "quality" has no score 9, only 1 to 5)"},
      {TaskWith(R"({"from_name":"tone","type":"choices","value":{"choices":["loud"]}})"),
       R"(1 annotations[0].result[tone]: "loud" is none of its choices)"},
      {TaskWith(""), R"(1 annotations[0].result: criterion "quality" is not answered)"},
      {TaskWith("", R"({"ref":"i","subject":{"kind":"pairwise"}})"),
       R"(1 data.subject.kind: is "pairwise", and the import is of rubric)"},
      {TaskWith("", R"({"ref":"i","subject":{"kind":"rubric","responses":["a","b"]}})"),
       "1 data.subject.responses: are not those of the task"},
      {TaskWith("", R"({"prompt":["x"]})"), "1 data.prompt: expected a text"},
      {R"([{"data":1}])", "1 data: expected an object"},
      {R"([{"data":{},"data":{}}])", R"(1 : is no JSON: the key "data" is there twice)"},
      {"[\n1,\n{\"data\":{}}]", "2 : expected an object"},
      {"[{\"data\":{}}", "1 : ends without the end of the list"},
      {"[{\"data\":{}", "1 : ends in the middle of this object"},
      {"[{\"data\":{}},]", "1 : a comma without a value behind it"},
      {"[{\"data\":{}}{\"data\":{}}]", "1 : a comma is missing before this value"},
      {"[]\n[{}]", "2 : there is more behind the end of the list"}};
  for (const auto& [text, fault] : rows) {
    const Imported imported = ImportAll("label_studio", text, options, 5);
    EXPECT_THAT(imported.faults, ElementsAre(fault)) << text;
    EXPECT_EQ(imported.error, "");
  }
}

TEST(LabelStudioImport, GoesOnBehindWhatIsTooLong) {
  ImportOptions options{.rubric = testing::ExchangeRubric(), .longest_record = 100};
  const std::string task = R"({"data":{"prompt":"x","response":"y"}})";
  const std::string text = "[" + task + ",\n{\"data\":{\"prompt\":\"" + std::string(500, '}') + "\"}},\n" + task + "]";
  const Imported imported = ImportAll("label_studio", text, options, 9);
  EXPECT_EQ(imported.records.size(), 2u);
  EXPECT_THAT(imported.faults, ElementsAre("2 : is longer than 100 bytes, the most that a record may have"));
  options.most_records = 1;
  EXPECT_EQ(ImportAll("label_studio", text, options).error, "the file has more than 1 tasks");
}

TEST(LabelStudioCsvImport, SaysWhereARowIsWrong) {
  const ImportOptions options{.rubric = testing::ExchangeRubric()};
  const auto read = [&](const std::string& text) { return ImportAll("label_studio_csv", text, options, 3); };
  const std::string header = "prompt,response,id,annotation_id,quality,tone\n";
  EXPECT_THAT(read(header + "x,y,1,1,\"[{\"\"rating\"\":9}]\",curt\n").faults,
              ElementsAre(R"(2 : criterion "quality" has no score 9, only 1 to 5)"));
  EXPECT_THAT(read(header + "x,y,1,1,many,curt\n").faults,
              ElementsAre("2 quality: expected a list of values of Rating"));
  EXPECT_THAT(read(header + "x,y\nx,y,1,1,\"[{\"\"rating\"\":4}]\",\"a\"b\n").faults,
              ElementsAre("2 : the row has 2 fields, the header 6",
                          "3 : text follows a closing quote; double the quotes inside of a field"));
  const Imported twice = read("prompt,prompt\nx,y\n");
  EXPECT_THAT(twice.faults, ElementsAre("1 : the header names column \"prompt\" twice"));
  EXPECT_EQ(twice.error, "line 1: the header names column \"prompt\" twice");
  const Imported good = read(
      "\xEF\xBB\xBF\"prompt\",response,id,annotation_id,quality,tone\r\n"
      "x,y,1,1,\"[{\"\"rating\"\":4}]\",curt\r\nx,y,1,2,\"[{\"\"rating\"\":5}]\",curt");
  EXPECT_THAT(good.faults, ElementsAre());
  ASSERT_EQ(good.records.size(), 1u) << "rows of one task are one item";
  EXPECT_EQ(good.records[0].judgements[0].id, "label_studio/2") << "they stand newest first";
  EXPECT_EQ(good.records[0].judgements[1].id, "label_studio/1");
}

TEST(MlBackend, AnswersHealthAndSetup) {
  EXPECT_EQ(MlHealth().Dump(), R"({"status":"UP","model_class":"Assay"})");
  const LabelScheme scheme = SchemeOf(ReviewItemKind::kPairwise);
  const Json body = Json::Of({{"project", "1.2"}, {"schema", LabelConfigOf(scheme)}, {"extra_params", ""}});
  EXPECT_EQ(MlSetup(body, scheme, "judge@1")->Dump(), R"({"model_version":"judge@1"})");
  EXPECT_EQ(MlSetup(Json::Of({{"schema", "<View/>"}}), scheme, "v").error().message,
            "the labeling config lacks control \"preference\" (Choices)");
  EXPECT_EQ(MlSetup(Json::Of({{"schema", "<View><Rating name=\"preference\"/></View>"}}), scheme, "v").error().message,
            "control \"preference\" (Choices) is a Rating in the labeling config");
  EXPECT_EQ(MlSetup(Json(1), scheme, "v").error().message, "schema: expected the labeling config as a text");
}

TEST(MlBackend, SuggestsForEachTaskInItsOrder) {
  const LabelScheme scheme = SchemeOf(ReviewItemKind::kPairwise);
  Random random(9);
  const ExchangeRecord record = RandomRecord(ReviewItemKind::kPairwise, random);
  const LabelStudioOptions options{.draw_key = "k"};
  const Json ours = TaskOf(record, scheme, options);
  const Json body = Json::Of({{"tasks", Json(Json::Array{ours, Json::Of({{"data", Json::Of({{"prompt", "x"}})}})})},
                              {"label_config", LabelConfigOf(scheme)}});
  const auto tasks = ReadMlPredict(body, scheme);
  ASSERT_TRUE(tasks) << tasks.error().message;
  ASSERT_EQ(tasks->size(), 2u);
  EXPECT_EQ((*tasks)[0].ref, record.item.id);
  EXPECT_EQ((*tasks)[1].ref, "");
  const Opinion prefers{.answers = PairwiseAnswers{PairChoice::kWinner, SidesOf(record.item, options)[1], 3}};
  const std::optional<ReviewSuggestion> suggestions[] = {
      ReviewSuggestion{.opinion = prefers, .by = "judge@1", .score = 0.75}, std::nullopt};
  EXPECT_EQ(MlPredictions(*tasks, suggestions, scheme, "judge@2").Dump(),
            R"({"results":[{"model_version":"judge@1","score":0.75,"result":[{"id":"p1_1","from_name":"preference",)"
            R"("to_name":"prompt","type":"choices","origin":"prediction","value":{"choices":["B_much"]}}]},)"
            R"({"model_version":"judge@2","score":0,"result":[]}]})");
  EXPECT_EQ(ReadMlPredict(Json::Of({{"tasks", 1}}), scheme).error().message, "tasks: expected a list");
  EXPECT_EQ(ReadMlPredict(Json::Of({{"tasks", Json(Json::Array{1})}}), scheme).error().message,
            "tasks[0]: expected an object");
}

}  // namespace
}  // namespace assay
