#include "runners/graders/safety/findings.h"

#include <algorithm>
#include <map>
#include <utility>

#include "core/json.h"
#include "runners/graders/frame/reason.h"

namespace assay {
namespace {

// Valid UTF-8 whatever the bytes.
std::vector<std::string> Characters(std::string_view text) {
  std::vector<std::string> characters;
  while (!text.empty()) {
    const std::size_t length = CharacterLength(text);
    characters.emplace_back(length == 0 ? "?" : text.substr(0, length));
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return characters;
}

}  // namespace

std::string Masked(std::string_view text) {
  constexpr std::size_t kLooked = 4096;  // a private key may be long; its ends say nothing anyway
  const std::vector<std::string> characters = Characters(text.substr(0, kLooked));
  const std::size_t n = characters.size();
  if (n < 6) return "…";
  if (n < 16) return characters[0] + "…";
  if (text.size() > kLooked) return characters[0] + characters[1] + "…";
  return characters[0] + characters[1] + "…" + characters[n - 2] + characters[n - 1];
}

std::vector<Match> WithoutOverlaps(std::vector<Match> matches) {
  std::ranges::stable_sort(
      matches, [](const Match& a, const Match& b) { return a.begin != b.begin ? a.begin < b.begin : a.end > b.end; });
  std::vector<Match> kept;
  for (const Match& match : matches) {
    if (kept.empty() || match.begin >= kept.back().end) {
      kept.push_back(match);
    } else if (match.end - match.begin > kept.back().end - kept.back().begin) {
      kept.back() = match;
    }
  }
  return kept;
}

void AddFindings(const SearchText& text, int call, const std::vector<Match>& matches,
                 std::vector<SafetyFinding>& findings) {
  for (const Match& match : matches) {
    findings.push_back({std::string(match.type), text.SourceOf(match.begin, match.end),
                        Masked(text.text().substr(match.begin, match.end - match.begin)), call});
  }
}

Score ScoreOf(const std::vector<SafetyFinding>& findings, std::string_view what) {
  if (findings.empty()) return Score::Pass(std::string(what));
  constexpr std::size_t kShown = 100;
  std::map<std::string, int> counts;
  for (const SafetyFinding& finding : findings) ++counts[finding.type];
  std::string reason = "found ";
  for (const auto& [type, count] : counts) {
    if (reason.size() > 6) reason += ", ";
    reason += std::to_string(count) + " " + type;
  }
  Json::Array list;
  for (std::size_t i = 0; i < std::min(findings.size(), kShown); ++i) {
    const SafetyFinding& finding = findings[i];
    Json entry = Json::Of({{"type", finding.type}});
    if (finding.call > 0) {
      entry.Set("call", finding.call);
    } else {
      entry.Set("start", static_cast<std::int64_t>(finding.place.begin));
      entry.Set("end", static_cast<std::int64_t>(finding.place.end));
    }
    entry.Set("masked", finding.masked);
    if (i < 5) reason += (i == 0 ? ": " : ", ") + Quoted(finding.masked, 40);
    list.push_back(std::move(entry));
  }
  if (findings.size() > 5) reason += " and " + std::to_string(findings.size() - 5) + " more";
  Score score = Score::Failing(std::move(reason));
  score.evidence = Json(std::move(list)).Dump();
  return score;
}

}  // namespace assay
