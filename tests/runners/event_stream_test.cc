#include "runners/http/event_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace assay {
namespace {

using ::testing::ElementsAre;

// "type|data" of each event when the text arrives in pieces of `piece` bytes.
std::vector<std::string> EventsOf(std::string_view text, std::size_t piece) {
  EventStream stream(1000);
  std::vector<std::string> events;
  for (std::size_t at = 0; at < text.size(); at += piece) {
    const Status read = stream.Read(text.substr(at, piece), [&](const ServerEvent& event) {
      events.push_back(event.type + "|" + event.data);
      return Status();
    });
    EXPECT_TRUE(read) << read.error().message;
  }
  return events;
}

TEST(EventStream, ReadsEventsWhereverTheyAreCut) {
  const std::string text =
      "\xEF\xBB\xBF"
      "data: one\n\n"
      ": a comment\n\n"
      "event: delta\r\ndata:two\r\ndata:  three\r\n\r\n"
      "data\n\n"
      "id: 7\nretry: 10\ndata: {\"a\":\"b: c\"}\rdata\r\r"
      "event: nothing\n\n"
      "data: after\n\n"
      "data: cut";
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    EXPECT_THAT(EventsOf(text, piece), ElementsAre("message|one", "delta|two\n three", "message|",
                                                   "message|{\"a\":\"b: c\"}\n", "message|after"))
        << piece;
  }
}

TEST(EventStream, IsBounded) {
  EventStream stream(12);
  const auto ignore = [](const ServerEvent&) { return Status(); };
  EXPECT_TRUE(stream.Read("data: 123\n", ignore));
  EXPECT_TRUE(stream.Read("data: 45\n", ignore).has_value());
  const Status read = stream.Read("data: 6789", ignore);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().message, "an event has more than 12 bytes");
}

TEST(EventStream, EndsWithTheErrorOfItsReader) {
  EventStream stream(100);
  int events = 0;
  const Status read = stream.Read("data: a\n\ndata: b\n\n", [&](const ServerEvent&) -> Status {
    ++events;
    return Fail(ErrorCode::kDataLoss, "enough");
  });
  EXPECT_EQ(read.error().message, "enough");
  EXPECT_EQ(events, 1);
}

TEST(EventStreams, AreKnownByTheirBeginning) {
  struct Row {
    std::string_view beginning;
    std::optional<bool> is_stream;
  };
  for (const Row& row :
       {Row{"", {}}, Row{"\r\n ", {}}, Row{"\xEF\xBB", {}}, Row{"d", {}}, Row{"data", {}}, Row{"\n\nev", {}},
        Row{"data:", true}, Row{"data\n", true}, Row{"\xEF\xBB\xBF\nevent: x", true}, Row{": ping", true},
        Row{"id: 1", true}, Row{"retry: 1", true}, Row{"{\"a\":1}", false}, Row{"<html>", false}, Row{" [", false},
        Row{"database", false}, Row{"datas: 1", false}, Row{"error: 1", false}, Row{"x", false}}) {
    EXPECT_EQ(LooksLikeEvents(row.beginning), row.is_stream) << row.beginning;
  }
}

}  // namespace
}  // namespace assay
