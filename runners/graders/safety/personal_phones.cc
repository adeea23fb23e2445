// Telephone numbers: digits in groups, as people write them in many countries. What else is written in groups of digits
// (dates, thousands, lists, prices, section numbers) is told apart by its form; so are digits without any group, which
// only count beside a word like "call" or "fax".

#include <re2/re2.h>

#include <algorithm>
#include <string>

#include "runners/graders/safety/pattern_matches.h"
#include "runners/graders/safety/personal_data.h"

namespace assay {
namespace {

struct Group {
  std::size_t begin;
  std::size_t end;
  std::size_t size() const { return end - begin; }
};

// Groups of digits on one line with at most three other characters of telephone numbers between neighbours.
struct Run {
  std::size_t begin = 0;  // of a + or ( before the first group, else of the group
  bool has_plus = false;
  std::vector<Group> groups;
  std::vector<std::string> gaps;  // between a group and the next one
};

bool IsPhoneCharacter(char c) { return c == ' ' || c == '-' || c == '.' || c == '(' || c == ')' || c == '/'; }

// The run whose first digit is at `digit`.
Run RunAt(std::string_view text, std::size_t digit) {
  Run run;
  run.begin = digit;
  while (run.begin > 0 && digit - run.begin < 2 && (text[run.begin - 1] == '(' || text[run.begin - 1] == '+')) {
    --run.begin;
    run.has_plus = run.has_plus || text[run.begin] == '+';
  }
  std::string gap;
  for (std::size_t i = digit; i < text.size() && gap.size() <= 3; ++i) {
    if (IsDigit(text[i])) {
      if (run.groups.empty() || !gap.empty()) {
        if (!run.groups.empty()) run.gaps.push_back(gap);
        run.groups.push_back({i, i});
        gap.clear();
      }
      run.groups.back().end = i + 1;
    } else if (IsPhoneCharacter(text[i])) {
      gap += text[i];
    } else {
      break;
    }
  }
  return run;
}

// Groups [first, last) of a run.
struct Window {
  const Run* run;
  std::size_t first;
  std::size_t last;

  std::size_t count() const { return last - first; }
  const Group& group(std::size_t i) const { return run->groups[first + i]; }
  std::size_t digits() const {
    std::size_t sum = 0;
    for (std::size_t i = 0; i < count(); ++i) sum += group(i).size();
    return sum;
  }
  std::size_t begin() const { return first == 0 ? run->begin : group(0).begin; }
  std::size_t end() const { return run->groups[last - 1].end; }
  bool AllGaps(std::string_view gap) const {
    return std::all_of(run->gaps.begin() + first, run->gaps.begin() + (last - 1),
                       [&](const std::string& each) { return each == gap; });
  }
  bool HasSizes(std::initializer_list<std::size_t> sizes) const {
    return count() == sizes.size() && std::equal(sizes.begin(), sizes.end(), run->groups.begin() + first,
                                                 [](std::size_t size, const Group& g) { return g.size() == size; });
  }
  bool AllSizes(std::size_t low, std::size_t high) const {
    return std::all_of(run->groups.begin() + first, run->groups.begin() + last,
                       [&](const Group& g) { return g.size() >= low && g.size() <= high; });
  }
};

int Number(std::string_view text, const Group& group) {
  int value = 0;
  for (const char c : text.substr(group.begin, std::min<std::size_t>(group.size(), 6))) value = value * 10 + (c - '0');
  return value;
}

bool LooksLikeAYear(std::string_view text, const Group& group) {
  const int value = Number(text, group);
  return group.size() == 4 && value >= 1800 && value <= 2100;
}

// Beginning with a day, month and year in any order, or with two years.
bool LooksLikeADate(std::string_view text, const Window& window) {
  if (window.count() < 2) return false;
  if (LooksLikeAYear(text, window.group(0)) && LooksLikeAYear(text, window.group(1))) return true;
  if (window.count() < 3) return false;
  const auto is_short = [&](std::size_t i) {
    const int value = Number(text, window.group(i));
    return window.group(i).size() <= 2 && value >= 1 && value <= 31;
  };
  if (LooksLikeAYear(text, window.group(0)) && is_short(1) && is_short(2)) return true;
  return is_short(0) && is_short(1) && LooksLikeAYear(text, window.group(2));
}

// 210 - 140 - 105
bool IsADifference(const Window& window) { return window.count() >= 2 && window.AllGaps(" - "); }

// With a sign of the telephone: +, the 00 of international calls, or an area code in brackets.
bool HasAnInternationalPrefix(std::string_view text, const Window& window) {
  const std::size_t digits = window.digits();
  if (window.first != 0 || digits > 15) return false;
  if (window.run->has_plus) return digits >= 7;
  const std::string_view start = text.substr(window.group(0).begin, 3);
  return start.starts_with("00") && start != "000" && digits >= 9 && window.count() >= 2 && window.group(0).size() <= 5;
}

bool HasAnAreaCode(std::string_view text, const Window& window) {
  const std::size_t opening = window.group(0).begin;
  const bool opens = opening > 0 && text[opening - 1] == '(';
  const bool closes = window.count() >= 2 && window.run->gaps[window.first].front() == ')';
  return opens && closes && window.group(0).size() <= 5 && window.digits() >= 7 && window.digits() <= 13;
}

// 944-435-4352, 986.291.2294, 1-800-555-0199.
bool IsNorthAmerican(std::string_view text, const Window& window) {
  if (!window.AllGaps("-") && !window.AllGaps(".")) return false;
  if (window.HasSizes({3, 3, 4})) return true;
  return window.HasSizes({1, 3, 3, 4}) && text[window.group(0).begin] == '1';
}

// 0494 90 04 46, 041-412-293: the 0 before an area code.
bool HasATrunkPrefix(std::string_view text, const Window& window) {
  const std::string_view start = text.substr(window.group(0).begin, 2);
  if (start.front() != '0' || start == "00" || window.digits() < 8 || window.digits() > 12) return false;
  if (window.count() == 1) return window.digits() == 10 || window.digits() == 11;
  return window.AllSizes(2, 8);
}

// 69 987 88 37: groups that no other kind of number has. Not 10 20 30 40, 100 200 300, 1998 1999 2000.
bool IsIrregular(const Window& window) {
  if (window.count() < 3 || !window.AllSizes(2, 4) || window.digits() < 8 || window.digits() > 12) return false;
  if (!window.AllGaps(" ") && !window.AllGaps("-")) return false;
  const std::size_t size = window.group(0).size();
  if (window.AllSizes(size, size)) return false;
  // Thousands in groups: 12 345 678.
  const bool is_grouped_number =
      window.AllGaps(" ") && size < 3 && Window{window.run, window.first + 1, window.last}.AllSizes(3, 3);
  return !is_grouped_number && !window.HasSizes({3, 2, 4});  // the last one is a social security number
}

bool HasAPhoneWord(std::string_view text, const Window& window) {
  constexpr std::size_t kBefore = 40;
  static const RE2& before = PatternOf(
      R"((?i)\b(?:tel|telephone|phone|call|calling|dial|mobile|cell|cellphone|fax|whatsapp|sms|text (?:me|us)|hotline|desk|landline|reach(?:ed)? (?:me|us|him|her|them) (?:at|on)|(?:my|his|her|their|our|your|contact) number(?: is)?)\b[^0-9\n]{0,24}$)");
  static const RE2& after = PatternOf(R"((?i)^ ?\(?(?:office|mobile|fax|desk|cell|home|work|tel)\b)");
  if (window.first != 0 || window.last != window.run->groups.size()) return false;
  if (window.digits() > 15) return false;
  const std::size_t begin = window.begin() - std::min(window.begin(), kBefore);
  const std::string_view lead = text.substr(begin, window.begin() - begin);
  const std::string_view rest = text.substr(window.end(), 12);
  return RE2::PartialMatch({lead.data(), lead.size()}, before) || RE2::PartialMatch({rest.data(), rest.size()}, after);
}

// Neither within a word or number, nor with a sign that says what the number is.
bool StandsAlone(std::string_view text, const Window& window) {
  const std::size_t begin = window.begin();
  if (begin > 0) {
    const char before = text[begin - 1];
    if (IsWordByte(before) || std::string_view("$#%=/.,:-").find(before) != std::string_view::npos) {
      // "Mobile:0412" is fine, "12:0412" and "a=0412" are not.
      if (before != ':' || (begin > 1 && IsDigit(text[begin - 2]))) return false;
    }
  }
  const std::size_t end = window.end();
  if (end >= text.size()) return true;
  const char after = text[end];
  if (after == '%' || after == ':' || after == '=' || text.substr(end).starts_with(" =")) return false;
  if (IsWordByte(after)) return after == 'x' || after == 'e';  // an extension
  const bool goes_on = end + 1 < text.size() && IsDigit(text[end + 1]);
  return !(goes_on && (after == ',' || after == '.' || after == '-' || after == '/'));
}

bool IsPhone(std::string_view text, const Window& window) {
  if (!StandsAlone(text, window) || LooksLikeADate(text, window)) return false;
  if (IsADifference(window)) return false;
  if (HasAnInternationalPrefix(text, window) || HasAnAreaCode(text, window) || IsNorthAmerican(text, window)) {
    return true;
  }
  const bool is_whole = window.first == 0 && window.last == window.run->groups.size();
  return is_whole && (HasATrunkPrefix(text, window) || IsIrregular(window) || HasAPhoneWord(text, window));
}

// Behind an extension ("x38548", " ext. 12"), if there is one.
std::size_t ExtensionEnd(std::string_view text, std::size_t end) {
  static const RE2& extension = PatternOf(R"((?i)^(?: ?(?:x|ext\.?|extension) ?)\d{1,6}\b)");
  re2::StringPiece match;
  const std::string_view rest = text.substr(end, 24);
  if (!extension.Match({rest.data(), rest.size()}, 0, rest.size(), RE2::UNANCHORED, &match, 1)) return end;
  return end + match.size();
}

void AddPhones(std::string_view text, const Run& run, std::vector<Match>& matches) {
  constexpr std::size_t kMostGroups = 7;
  constexpr std::size_t kShortest = 6;
  for (std::size_t first = 0; first < run.groups.size(); ++first) {
    for (std::size_t last = std::min(run.groups.size(), first + kMostGroups); last > first; --last) {
      const Window window{&run, first, last};
      if (window.digits() < kShortest || !IsPhone(text, window)) continue;
      std::size_t begin = window.begin();
      // "(see 555-123-4567)" opens no area code.
      const bool lone_bracket =
          text[begin] == '(' && text.substr(begin, window.end() - begin).find(')') == std::string_view::npos;
      begin += lone_bracket ? 1 : 0;
      matches.push_back({"phone", begin, ExtensionEnd(text, window.end())});
      first = last - 1;
      break;
    }
  }
}

}  // namespace

void FindPhones(std::string_view text, std::vector<Match>& matches) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!IsDigit(text[i])) continue;
    const Run run = RunAt(text, i);
    AddPhones(text, run, matches);
    i = run.groups.back().end;
  }
}

}  // namespace assay
