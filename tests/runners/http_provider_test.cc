// Provider `http`: bodies from templates, answers by paths.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/yaml_text.h"
#include "core/file.h"
#include "runners/endpoints/endpoint.h"
#include "runners/endpoints/provider.h"

namespace assay {
namespace {

std::string HttpData(const std::string& name) {
  auto text = ReadFile(std::string(ASSAY_SOURCE_DIR) + "/tests/runners/testdata/endpoints/http/" + name);
  EXPECT_TRUE(text) << name;
  return text.value_or("");
}

Node OptionsNode(const std::string& yaml) {
  Diagnostics diagnostics;
  const auto documents = ParseYaml("m.yaml", yaml, diagnostics);
  EXPECT_TRUE(diagnostics.empty()) << yaml;
  return documents.at(0).root;
}

Result<std::unique_ptr<Provider>> MakeHttp(const std::string& yaml, std::map<std::string, std::string> headers = {}) {
  return FindProvider("http")({.url = "http://h/generate?v=2",
                               .model = "sup\"port",
                               .api_key = "sk-secret",
                               .headers = std::move(headers),
                               .options = OptionsNode(yaml)});
}

ModelRequest Asking(const std::string& text) {
  ModelRequest request;
  request.messages = {{.role = Role::kUser, .content = text}};
  return request;
}

std::string BodyOf(const std::string& body, const ModelRequest& request) {
  const auto provider = MakeHttp("{text: .t, body: " + body + "}");
  EXPECT_TRUE(provider) << body << ": " << provider.error().message;
  const auto made = (*provider)->MakeRequest(request);
  return made ? made->body : "error: " + made.error().message;
}

std::expected<Response, AttemptFailure> ReadHttp(const std::string& paths, int status, std::string body) {
  HttpResponse answer;
  answer.status = status;
  answer.body = std::move(body);
  answer.content_type = "application/json";
  const auto provider = MakeHttp("{body: {p: '{{prompt}}'}, " + paths + "}");
  EXPECT_TRUE(provider) << paths << ": " << provider.error().message;
  return (*provider)->Read(answer);
}

TEST(HttpProvider, SendsWhatTheTemplateSays) {
  ModelRequest request = Asking("Danke. Grüße?");
  request.messages.insert(request.messages.begin(), {.role = Role::kSystem, .content = "Be \"brief\"."});
  request.sampling = {.temperature = 0.5, .top_p = 0.9, .max_tokens = 256, .seed = 7, .stop = {"END"}};
  const auto made = MakeHttp(HttpData("options.yaml")).value()->MakeRequest(request);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->method, HttpMethod::kPost);
  EXPECT_EQ(made->url, "http://h/generate?v=2");
  EXPECT_EQ(Json::Parse(made->body)->DumpIndented() + "\n", HttpData("request.json"));
  EXPECT_THAT(made->headers, ::testing::ElementsAre("Content-Type: application/json", "Accept: application/json",
                                                    "Authorization: Bearer sk-secret"));
}

TEST(HttpProvider, FillsInValuesAndTexts) {
  ModelRequest request = Asking("hi");
  request.messages.insert(request.messages.begin(), {.role = Role::kSystem, .content = "be nice"});
  request.sampling.temperature = 0.5;
  request.sampling.max_tokens = 10;
  const std::pair<const char*, const char*> rows[] = {
      {"{m: '{{messages}}'}", R"({"m":[{"role":"system","content":"be nice"},{"role":"user","content":"hi"}]})"},
      {"{p: '{{prompt}}', t: '{{sampling.temperature}}'}", R"({"p":"be nice\n\nhi","t":0.5})"},
      {"{s: '{{ system }}', u: '{{{user}}}', m: '{{&model}}'}", R"({"s":"be nice","u":"hi","m":"sup\"port"})"},
      {"{p: '<{{prompt}}> at {{sampling.temperature}}'}", R"({"p":"<be nice\n\nhi> at 0.5"})"},
      {"{p: '{{#messages}}[{{role}}] {{content}} {{/messages}}'}", R"({"p":"[system] be nice [user] hi "})"},
      {"{p: '{{prompt}}', seed: '{{sampling.seed}}', n: {stop: '{{sampling.stop}}'}, l: ['{{sampling.seed}}', 1]}",
       R"({"p":"be nice\n\nhi","n":{},"l":[1]})"},
      {"{p: '{{prompt}}', note: 'seed {{sampling.seed}}', max: '{{sampling.max_tokens}}'}",
       R"({"p":"be nice\n\nhi","max":10})"},
      {"{p: '{{prompt}}', on: true, n: null, f: 1.5, i: 3, l: [], o: {}}",
       R"({"p":"be nice\n\nhi","on":true,"n":null,"f":1.5,"i":3,"l":[],"o":{}})"},
      {"['{{prompt}}', {k: [['{{model}}']]}]", R"(["be nice\n\nhi",{"k":[["sup\"port"]]}])"},
      {R"('{"inputs": "{{prompt}}", "k": 1}')", R"({"inputs":"be nice\n\nhi","k":1})"},
  };
  for (const auto& [body, expected] : rows) EXPECT_EQ(BodyOf(body, request), expected) << body;
}

TEST(HttpProvider, NoTextChangesTheStructureOfABody) {
  for (const std::string hostile : {"\"}, \"admin\": true, {\"", "\\", "\\\"", "a\nb\r\n\tc", "{{model}}", "{{{user}}}",
                                    "{{#messages}}", "{{=<% %>=}}", "]}", "\x01\x1f", "\xE2\x80\xA8", "null", "0.5",
                                    "&lt;&amp;<b>", "", "Content-Length: 0\r\n\r\nGET / HTTP/1.1"}) {
    for (const char* body : {"{p: '{{user}}', k: 1}", "{p: 'x {{user}} y', k: 1}", "{p: '{{{prompt}}}', k: 1}",
                             R"('{"p": "{{user}}", "k": 1}')"}) {
      const Result<Json> sent = Json::Parse(BodyOf(body, Asking(hostile)));
      ASSERT_TRUE(sent) << body << " with " << hostile;
      const bool has_frame = std::string(body).find("x {{") != std::string::npos;
      EXPECT_EQ(*sent, Json::Of({{"p", has_frame ? "x " + hostile + " y" : hostile}, {"k", 1}})) << body;
    }
    const Result<Json> listed = Json::Parse(BodyOf("{p: '{{messages}}'}", Asking(hostile)));
    ASSERT_TRUE(listed) << hostile;
    EXPECT_EQ(*listed, Json::Of({{"p", Json(Json::Array{Json::Of({{"role", "user"}, {"content", hostile}})})}}));
  }
}

TEST(HttpProvider, RefusesRequestsThatTheBodyHasNoPlaceFor) {
  ModelRequest with_system = Asking("hi");
  with_system.messages.push_back({.role = Role::kSystem, .content = "s"});
  ModelRequest turns = Asking("hi");
  turns.messages.push_back({.role = Role::kAssistant, .content = "yes?"});
  turns.messages.push_back({.role = Role::kUser, .content = "bye"});
  ModelRequest images = Asking("hi");
  images.messages[0].images = {{.url = "http://i"}};
  ModelRequest tools = Asking("hi");
  tools.tools = {{.name = "f", .description = "", .parameters = Json(Json::Object{})}};
  struct Row {
    const ModelRequest& request;
    const char* body;
    const char* expected;
  };
  for (const Row& row :
       {Row{with_system, "{p: '{{user}}'}",
            "error: the prompt has a system message, for which body has no {{system}}, {{messages}} or {{prompt}}"},
        Row{with_system, "{p: '{{user}}', s: '{{system}}'}", R"({"p":"hi","s":"s"})"},
        Row{turns, "{p: '{{user}}'}",
            "error: the prompt has several turns, for which body has no {{messages}} or {{prompt}}"},
        Row{turns, "{p: '{{prompt}}'}", R"({"p":"hi\n\nyes?\n\nbye"})"},
        Row{images, "{p: '{{prompt}}'}", "error: the prompt has images, for which body has no {{messages}}"},
        Row{tools, "{p: '{{messages}}'}", "error: the prompt has tools, for which body has no {{tools}}"},
        Row{tools, "{p: '{{prompt}}', f: '{{tools}}'}",
            R"({"p":"hi","f":[{"type":"function","function":{"name":"f","description":"","parameters":{}}}]})"}}) {
    EXPECT_EQ(BodyOf(row.body, row.request), row.expected);
  }
  EXPECT_EQ(BodyOf("{p: 'x{{user}}'}", Asking(std::string(2u << 20, 'x'))),
            "error: the rendered template is longer than 1 MiB");
}

TEST(HttpProvider, SendsTheKeyAsTheServerWantsIt) {
  const std::pair<const char*, const char*> rows[] = {
      {"{}", "Authorization: Bearer sk-secret"},
      {"{api_key_header: X-Api-Key}", "X-Api-Key: sk-secret"},
      {"{api_key_scheme: Token}", "Authorization: Token sk-secret"},
      {"{api_key_scheme: ''}", "Authorization: sk-secret"},
      {"{api_key_header: X-Auth, api_key_scheme: Key}", "X-Auth: Key sk-secret"},
  };
  for (const auto& [options, header] : rows) {
    const std::string inner = std::string(options).substr(1, std::string(options).size() - 2);
    const auto provider = MakeHttp("{text: .t, body: {p: '{{prompt}}'}, " + inner + "}", {{"X-Model", "m={{model}}"}});
    ASSERT_TRUE(provider) << provider.error().message;
    const auto headers = (*provider)->MakeRequest(Asking("hi"))->headers;
    EXPECT_THAT(headers, ::testing::Contains(header));
    EXPECT_THAT(headers, ::testing::Contains("X-Model: m=sup\"port"));
  }
  EXPECT_EQ(MakeHttp("{text: .t, body: {p: '{{prompt}}'}}", {{"X-P", "{{prompt}}"}}).error().message,
            "headers: X-P: the only variable of a header is {{model}}");
  EXPECT_EQ(MakeHttp("{method: PUT, text: .t, body: {p: '{{prompt}}'}}").value()->MakeRequest(Asking("hi"))->method,
            HttpMethod::kPut);
}

TEST(HttpProvider, LintSaysWhatIsWrongAndWhere) {
  const std::pair<const char*, const char*> rows[] = {
      {"{body: {p: '{{prompt}}'}}", "m.yaml:1:1: needs \"text\""},
      {"{text: .t}", "m.yaml:1:1: needs \"body\""},
      {"{text: map(.t), body: {p: '{{prompt}}'}}",
       "m.yaml:1:8: text: is no path: \"map(.t)\" at character 1; write one like .choices[0].message.content, with [] "
       "for every element, ? and //"},
      {"{text: .t, tokens_in: '.u[]', body: {p: '{{prompt}}'}}",
       "m.yaml:1:23: tokens_in: must lead to one value, without []"},
      {"{text: .t, body: {p: '{{promt}}'}}",
       "m.yaml:1:22: body.p: unknown variable \"promt\"; did you mean \"prompt\"?"},
      {"{text: .t, body: {p: ['{{prompt}}', '{{question}}']}}",
       "m.yaml:1:37: body.p[1]: unknown variable \"question\"; known are messages, prompt, system, user, model, tools, "
       "tool_choice, sampling.temperature, sampling.top_p, sampling.max_tokens, sampling.seed, sampling.stop"},
      {"{text: .t, body: {p: '{{prompt'}}", "m.yaml:1:22: body.p: template line 1: a tag is opened but not closed"},
      {"{text: .t, body: {'{{prompt}}': 1, p: '{{prompt}}'}}",
       "m.yaml:1:19: body[\"{{prompt}}\"]: key \"{{prompt}}\": keys are no templates"},
      {"{text: .t, body: {p: '{{model}}'}}",
       "m.yaml:1:18: body: has no place for the prompt: none of {{messages}}, {{prompt}} and {{user}}"},
      {"{text: .t, body: '{\"p\": {{prompt}}}'}",
       "m.yaml:1:18: body: must be JSON whose texts are templates, such as {\"inputs\": \"{{prompt}}\"}: "},
      {"{text: .t, body: 3}", "m.yaml:1:18: body: must be a mapping, a list or a text that is JSON"},
      {"{text: .t, body: '{{prompt}}'}", "m.yaml:1:18: body: must be JSON whose texts are templates"},
      {"{text: .t, body: {p: '{{prompt}}'}, api_key_header: 'a b'}", "m.yaml:1:53: api_key_header: is no header name"},
      {"{text: .t, body: {p: '{{prompt}}'}, api_key_scheme: \"a\\nb\"}",
       "m.yaml:1:53: api_key_scheme: must be one word, such as Bearer"},
      {"{text: .t, body: {p: '{{prompt}}'}, method: GET}", "m.yaml:1:45: method: "},
  };
  const std::vector<PluginKind> kinds = ProviderKinds();
  for (const auto& [yaml, expected] : rows) {
    Diagnostics diagnostics;
    FindKind(kinds, "http")->check(OptionsNode(yaml), diagnostics);
    ASSERT_EQ(diagnostics.size(), 1u) << yaml;
    EXPECT_THAT(ToString(diagnostics.Sorted().front()), ::testing::StartsWith(expected)) << yaml;
  }
}

TEST(HttpProvider, ReadsAnAnswer) {
  HttpResponse answer;
  answer.status = 200;
  answer.body = HttpData("response.json");
  const auto response = MakeHttp(HttpData("options.yaml")).value()->Read(answer);
  ASSERT_TRUE(response) << response.error().error.message;
  EXPECT_EQ(response->text, "Die Antwort ist \"4\".\nGrüße");
  EXPECT_EQ(response->finish_reason, "eos_token");
  EXPECT_EQ(response->usage.tokens_in, std::nullopt);
  EXPECT_EQ(response->usage.tokens_out, 9);
}

TEST(HttpProvider, ReadsTextsOfManyShapes) {
  struct Row {
    const char* path;
    const char* body;
    const char* text;
  };
  for (const Row& row :
       {Row{"'.[0].t'", R"([{"t":"x"}])", "x"}, Row{"'.c[].t'", R"({"c":[{"t":"a"},{},{"t":"b"}]})", "ab"},
        Row{"'.a // .b'", R"({"b":"x"})", "x"}, Row{".t", R"({"t":""})", ""}, Row{".t", R"({"t":0.25})", "0.25"},
        Row{".t", R"({"t":{"label":"spam"}})", R"({"label":"spam"})"}, Row{".t", R"({"t":"x","error":null})", "x"},
        Row{".t", R"({"t":"x","error":""})", "x"}, Row{".t", R"({"t":"x","error":false})", "x"}}) {
    const auto response = ReadHttp("text: " + std::string(row.path), 200, row.body);
    ASSERT_TRUE(response) << row.path << " " << row.body << ": " << response.error().error.message;
    EXPECT_EQ(response->text, row.text) << row.body;
  }
}

TEST(HttpProvider, ReadsToolCallsOfManyShapes) {
  const std::vector<ToolCall> expected = {{"f", R"({"n":9007199254740993})", "c1"}};
  for (const char* body : {R"({"calls":[{"id":"c1","function":{"name":"f","arguments":"{\"n\":9007199254740993}"}}]})",
                           R"({"calls":[{"id":"c1","name":"f","arguments":{"n":9007199254740993}}]})",
                           R"({"calls":[{"id":"c1","name":"f","input":{"n":9007199254740993}}]})",
                           R"({"calls":{"id":"c1","name":"f","args":{"n":9007199254740993}}})"}) {
    const auto response = ReadHttp("text: .t, tool_calls: .calls", 200, body);
    ASSERT_TRUE(response) << response.error().error.message;
    EXPECT_EQ(response->tool_calls, expected) << body;
  }
  const auto each = ReadHttp("text: .t, tool_calls: '.parts[].call'", 200,
                             R"({"parts":[{"text":"x"},{"call":{"name":"f"}},{"call":{"name":"g"}}]})");
  ASSERT_TRUE(each) << each.error().error.message;
  EXPECT_EQ(each->tool_calls, (std::vector<ToolCall>{{"f", "{}", ""}, {"g", "{}", ""}}));
}

TEST(HttpProvider, RefusesWhatIsNoAnswer) {
  struct Row {
    int status;
    const char* body;
    FailureKind kind;
    const char* message;
  };
  const std::string paths =
      "text: .t, tool_calls: .calls, tokens_in: .in, finish_reason: '.why', error: '.fault.text? // .fault'";
  for (const Row& row :
       {Row{200, "", FailureKind::kMalformed, "answered 200 with an empty body instead of JSON; check url"},
        Row{200, "<html>sign in", FailureKind::kMalformed, "answered 200 with an HTML page instead of JSON; check url"},
        Row{200, "{}", FailureKind::kMalformed, "answered 200 with JSON that has no answer: text (.t): there is none"},
        Row{200, "3", FailureKind::kMalformed, "answered 200 with what is not JSON (\"3\") instead of JSON; check url"},
        Row{200, R"({"t":"x","t":"y"})", FailureKind::kMalformed, "answered 200 with JSON that is ambiguous: "},
        Row{200, "[]", FailureKind::kMalformed,
            "answered 200 with JSON that has no answer: error (.fault.text? // .fault): cannot index array "
            "with string \"fault\""},
        Row{200, R"({"t":"x","in":"7"})", FailureKind::kMalformed,
            "answered 200 with JSON that has no answer: tokens_in (.in): is no count"},
        Row{200, R"({"t":"x","calls":[{"arguments":{}}]})", FailureKind::kMalformed,
            "answered 200 with JSON that has no answer: tool_calls (.calls): no call with a name and arguments"},
        Row{200, R"({"t":"x","fault":{"text":"boom sk-secret"}})", FailureKind::kMalformed,
            "answered 200 with an error: boom [api_key]"},
        Row{200, R"({"t":"x","fault":{"message":"bang"}})", FailureKind::kMalformed,
            "answered 200 with an error: bang"},
        Row{200, R"({"t":"x","fault":true})", FailureKind::kMalformed, "answered 200 with an error: true"},
        Row{202, R"({"t":"x"})", FailureKind::kMalformed, "answered 202 instead of 200: that is no whole answer"},
        Row{400, R"({"fault":{"text":"no such adapter"}})", FailureKind::kBadRequest,
            "answered 400 bad request: no such adapter"},
        Row{401, "{}", FailureKind::kAuth, "answered 401 unauthorized; check api_key"},
        Row{429, R"({"fault":"slow down"})", FailureKind::kRateLimited, "answered 429 too many requests: slow down"},
        Row{424, R"({"error":"Request failed during generation"})", FailureKind::kBadRequest,
            "answered 424: Request failed during generation"},
        Row{503, "oops", FailureKind::kTransient, "answered 503 service unavailable"}}) {
    const auto response = ReadHttp(paths, row.status, row.body);
    ASSERT_FALSE(response) << row.status << " " << row.body;
    EXPECT_EQ(response.error().kind, row.kind) << row.body;
    EXPECT_THAT(response.error().error.message, ::testing::StartsWith(row.message)) << row.body;
  }
  const auto cut = ReadHttp(paths, 200, R"({"why":"length"})");
  ASSERT_TRUE(cut) << cut.error().error.message;
  EXPECT_EQ(cut->text, "");
  EXPECT_FALSE(ReadHttp("text: .t", 200, HttpData("error.json")));
}

TEST(HttpProvider, RefusesWhatDidNotComeToAnEnd) {
  for (const char* why : {"error", "ERROR", "abort", "Cancelled", "failed", "timeout", "in_progress"}) {
    for (const std::string text : {"\"half\"", "null"}) {
      const auto none = ReadHttp("text: .t, finish_reason: .why", 200, R"({"t":)" + text + R"(,"why":")" + why + "\"}");
      ASSERT_FALSE(none) << why;
      EXPECT_EQ(none.error().kind, FailureKind::kMalformed);
      EXPECT_EQ(none.error().error.message,
                "answered 200 without a finished answer: finish_reason is \"" + std::string(why) + "\"");
    }
  }
  for (const char* why : {R"("length")", R"("COMPLETE")", R"("a word of its own")", "true", "3", "null", R"("")"}) {
    EXPECT_TRUE(ReadHttp("text: .t, finish_reason: .why", 200, std::string(R"({"t":"x","why":)") + why + "}")) << why;
  }
}

TEST(HttpProvider, RefusesACutAnswer) {
  const std::string whole = HttpData("response.json");
  for (std::size_t length = 0; length + 2 < whole.size(); length += 7) {
    EXPECT_FALSE(ReadHttp("text: .generated_text", 200, whole.substr(0, length))) << length;
  }
}

}  // namespace
}  // namespace assay
