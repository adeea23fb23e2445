#include "runners/http/place.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(PlaceOf, IsTheSameHoweverItIsWritten) {
  for (const char* url :
       {"http://127.0.0.1/v1", "HTTP://127.0.0.1:80/v1", "http://127.0.0.1:080/v1//", "http://127.1/v1",
        "http://0x7f.0.0.1/v1", "http://2130706433/v1/", "http://127.0.0.1/x/../v1", "http://127.0.0.1/%76%31",
        "http://127.0.0.1/v1?x=1", "http://127.0.0.1/v1#f"}) {
    EXPECT_EQ(PlaceOf(url), "http://127.0.0.1/v1") << url;
  }
  EXPECT_EQ(PlaceOf("https://API.Example.com:443"), "https://api.example.com");
}

TEST(PlaceOf, TellsPlacesApart) {
  EXPECT_EQ(PlaceOf("http://localhost:8080/v1"), "http://localhost:8080/v1");
  EXPECT_EQ(PlaceOf("https://127.0.0.1/v1"), "https://127.0.0.1/v1");
  EXPECT_EQ(PlaceOf("http://127.0.0.1/V1"), "http://127.0.0.1/V1");
  EXPECT_EQ(PlaceOf("not a url"), "not a url");
  EXPECT_EQ(PlaceOf(""), "");
}

}  // namespace
}  // namespace assay
