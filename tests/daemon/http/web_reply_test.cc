// The web page as a browser, a cache and a program get it.

#include <gmock/gmock.h>

#include "daemon/rpc/authenticator.h"
#include "tests/daemon/http/api_clients.h"
#include "tests/daemon/http/api_fixture.h"

namespace assay::testing {
namespace {

using Headers = std::map<std::string, std::string>;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr WebFile kFiles[] = {
    {"/assets/page-1a2b.js", "text/javascript; charset=utf-8", "\"aa\"", true, "the script", "GZ"},
    {"/assets/tiny-3c4d.css", "text/css; charset=utf-8", "\"bb\"", true, "p{}", ""},
    {"/index.html", "text/html; charset=utf-8", "\"cc\"", false, "<!doctype html>the page", "GZIPPED"},
    {"/theme.js", "text/javascript; charset=utf-8", "\"dd\"", false, "theme", ""},
};
const Headers kBrowser = {{"Accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}};

class WebReplyTest : public ApiTest {
 protected:
  void SetUp() override { pages_.web = kFiles; }
  HttpAnswer Send(const std::string& verb, const std::string& path, const Headers& headers = {}) {
    return HttpSend(http_port_, {.verb = verb, .path = path, .headers = headers, .body = ""});
  }
  HttpAnswer Get(const std::string& path, const Headers& headers = {}) { return Send("GET", path, headers); }
};

TEST_F(WebReplyTest, FilesAreServedAsTheyAreAndAssetsForEver) {
  StartHttp();
  const HttpAnswer script = Get("/assets/page-1a2b.js");
  EXPECT_EQ(script.status, 200);
  EXPECT_EQ(script.body, "the script");
  EXPECT_EQ(script.headers.at("content-type"), "text/javascript; charset=utf-8");
  EXPECT_EQ(script.headers.at("cache-control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(script.headers.at("etag"), "\"aa\"");
  EXPECT_EQ(script.headers.at("vary"), "Accept-Encoding");
  EXPECT_EQ(script.headers.at("x-content-type-options"), "nosniff");
  EXPECT_EQ(Get("/theme.js").headers.at("cache-control"), "no-cache") << "its name stays when it changes";
  EXPECT_EQ(Get("/").headers.at("cache-control"), "no-cache");
}

TEST_F(WebReplyTest, ThePolicyAllowsNothingFromElsewhere) {
  StartHttp();
  const std::string policy = Get("/").headers.at("content-security-policy");
  EXPECT_EQ(policy,
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri "
            "'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types "
            "'none'");
  EXPECT_EQ(Get("/").headers.at("referrer-policy"), "no-referrer");
}

TEST_F(WebReplyTest, ThePageIsAtEveryAddressThatABrowserGoesTo) {
  StartHttp();
  for (const char* path : {"/", "/gates", "/runs/019a/cases/4", "/models/bot@2026.11.2", "/catalog?kind=GATE"}) {
    const HttpAnswer page = Get(path, kBrowser);
    EXPECT_EQ(page.status, 200) << path;
    EXPECT_EQ(page.body, "<!doctype html>the page") << path;
  }
  EXPECT_EQ(Get("/").body, "<!doctype html>the page") << "whoever asks";
}

TEST_F(WebReplyTest, OthersAreToldOfAWrongPath) {
  StartHttp();
  struct Case {
    std::string path;
    Headers headers;
  };
  const Case cases[] = {{"/gates", {{"Accept", "application/json"}}},
                        {"/gates", {}},
                        {"/gates", {{"Accept", "*/*"}}},
                        {"/assets/page-gone.js", kBrowser},
                        {"/assay.v1.GateService/Nothing", kBrowser}};
  for (const Case& test : cases) {
    const HttpAnswer answer = Get(test.path, test.headers);
    EXPECT_EQ(answer.status, 404) << test.path;
    EXPECT_THAT(answer.body, HasSubstr("nothing is served at this path; /api lists what is")) << test.path;
  }
  EXPECT_EQ(Send("POST", "/", {}).status, 405);
  EXPECT_EQ(Send("POST", "/theme.js", {}).headers.at("allow"), "GET, HEAD");
  EXPECT_EQ(Send("POST", "/gates", kBrowser).status, 404);
}

TEST_F(WebReplyTest, ProbesAndMethodsStayWhatTheyAreForABrowserToo) {
  pages_.metrics = [] { return "assay_catalog_errors 0\n"; };
  StartHttp();
  EXPECT_EQ(Get("/healthz", kBrowser).body, "ok\n");
  EXPECT_EQ(Get("/readyz", kBrowser).body, "ready\n");
  EXPECT_EQ(Get("/metrics", kBrowser).body, "assay_catalog_errors 0\n");
  EXPECT_THAT(Get("/api", kBrowser).body, HasSubstr("/assay.v1.GateService/CheckGate"));
  const HttpAnswer call = Get("/assay.v1.GateService/CheckGate", kBrowser);
  EXPECT_EQ(call.status, 405);
  EXPECT_EQ(call.headers.at("allow"), "POST");
}

TEST_F(WebReplyTest, CompressesForThoseWhoTakeIt) {
  StartHttp();
  struct Case {
    std::string accept_encoding;
    bool is_zipped;
  };
  const Case cases[] = {{"gzip", true},      {"br, GZIP;q=0.5", true},  {"deflate, gzip;q=1.0, *;q=0.5", true},
                        {"gzip;q=0", false}, {"gzip ; q=0.000", false}, {"gzip;q=", true},
                        {"br, gzip", true},  {"identity", false},       {"x-gzip-like, br", false}};
  for (const Case& test : cases) {
    const HttpAnswer answer = Get("/assets/page-1a2b.js", {{"Accept-Encoding", test.accept_encoding}});
    EXPECT_EQ(answer.body, test.is_zipped ? "GZ" : "the script") << test.accept_encoding;
    EXPECT_EQ(answer.headers.contains("content-encoding"), test.is_zipped) << test.accept_encoding;
  }
  const HttpAnswer tiny = Get("/assets/tiny-3c4d.css", {{"Accept-Encoding", "gzip"}});
  EXPECT_EQ(tiny.body, "p{}");
  EXPECT_FALSE(tiny.headers.contains("content-encoding"));
}

TEST_F(WebReplyTest, WhatABrowserHasIsNotSentAgain) {
  StartHttp();
  HttpConnectionClient connection(http_port_);
  const auto ask = [&](const std::string& tag) {
    return connection.Send(
        {.verb = "GET", .path = "/gates", .headers = {{"Accept", "text/html"}, {"If-None-Match", tag}}, .body = ""});
  };
  for (const char* tag : {"\"cc\"", "W/\"cc\"", "\"old\", \"cc\"", "*"}) {
    const HttpAnswer answer = ask(tag);
    EXPECT_EQ(answer.status, 304) << tag;
    EXPECT_EQ(answer.body, "") << tag;
    EXPECT_EQ(answer.headers.at("etag"), "\"cc\"");
    EXPECT_FALSE(answer.headers.contains("content-length"));
    EXPECT_THAT(answer.headers, Not(::testing::Contains(::testing::Key("content-encoding"))));
  }
  EXPECT_EQ(ask("\"other\"").status, 200) << "the connection goes on";
}

TEST_F(WebReplyTest, NeedsNoTokenAndStillAnswersToLoopbackNamesOnly) {
  const std::string file = ::testing::TempDir() + "/web_reply_tokens";
  std::FILE* tokens = std::fopen(file.c_str(), "w");
  std::fputs(("ann sha256:" + std::string(64, 'a') + "\n").c_str(), tokens);
  std::fclose(tokens);
  authenticator_ = *Authenticator::FromFile(file);
  StartHttp();
  EXPECT_EQ(Get("/").status, 200) << "it asks for the token";
  const HttpAnswer call = HttpSend(http_port_, {.path = "/assay.v1.GateService/ListVerdicts"});
  EXPECT_EQ(call.status, 401);
  const HttpAnswer rebound =
      HttpSend(http_port_, {.verb = "GET", .path = "/", .headers = kBrowser, .body = "", .host = "evil.example"});
  EXPECT_EQ(rebound.status, 403);
}

}  // namespace
}  // namespace assay::testing
