// quoted_spans: how many of the response's quotations stand word for word in the sources.

#include <cstring>
#include <optional>
#include <utility>

#include "runners/graders/frame/kind.h"
#include "runners/graders/frame/reason.h"
#include "runners/graders/text/target_texts.h"
#include "runners/graders/text/text_units.h"
#include "runners/graders/text/unicode_text.h"

namespace assay {
namespace {

struct QuotedSpansOptions {
  std::vector<std::string> sources;
  std::int64_t min_words = 3;
  bool ignore_case = true;
  static const FieldTable<QuotedSpansOptions>& Fields();
};

const FieldTable<QuotedSpansOptions>& QuotedSpansOptions::Fields() {
  static const auto table =
      FieldTable<QuotedSpansOptions>()
          .Required("sources", &QuotedSpansOptions::sources,
                    "the texts that may be quoted; templates over the case, `\"{{field}}\"` alone stands for the "
                    "elements of a field that is a list",
                    {.min_size = 1, .max_size = 1000, .one_or_list = true})
          .Optional("min_words", &QuotedSpansOptions::min_words, "shorter quotations are not looked at", {.min = 1})
          .Optional("ignore_case", &QuotedSpansOptions::ignore_case, "compare by Unicode's full case folding");
  return table;
}

// The mark that closes what `c` opens; 0 when it opens nothing. A straight single quote is mostly an apostrophe.
char32_t CloserOf(char32_t c) {
  switch (c) {
    case '"':
      return '"';
    case U'“':
      return U'”';
    case U'„':
      return U'“';
    case U'«':
      return U'»';
    case U'»':
      return U'«';
    case U'「':
      return U'」';
    case U'『':
      return U'』';
    default:
      return 0;
  }
}

// What stands between pairs of marks, from the first opening one on. A mark that is not closed before a blank line
// opens nothing.
std::vector<std::string_view> QuotationsOf(std::string_view text) {
  std::vector<std::string_view> spans;
  const std::string_view all = text;
  char32_t closer = 0;
  std::size_t begin = 0;
  bool is_line_blank = false;
  while (!text.empty()) {
    const std::size_t at = all.size() - text.size();
    const char32_t c = TakeCharacter(text);
    if (c == '\n') {
      if (is_line_blank) closer = 0;
      is_line_blank = true;
    } else if (!IsSpaceCharacter(c)) {
      is_line_blank = false;
    }
    if (closer != 0 && (c == closer || (closer == U'“' && c == U'”'))) {
      spans.push_back(all.substr(begin, at - begin));
      closer = 0;
    } else if (closer == 0) {
      closer = CloserOf(c);
      begin = all.size() - text.size();
    }
  }
  return spans;
}

class QuotedSpans final : public Grader {
 public:
  QuotedSpans(const QuotedSpansOptions& options, TargetTexts sources)
      : min_words_(static_cast<std::size_t>(options.min_words)),
        ignore_case_(options.ignore_case),
        sources_(std::move(sources)) {}

  Score Grade(const Case& item, const Response& response) const override {
    constexpr std::size_t kMostBytes = 4'000'000'000;  // searched in all: a second or two
    const auto texts = sources_.For(item);
    if (!texts) return texts.error();
    if (TrimBlanks(response.text).empty()) return Score::Failing("the response is empty");
    std::vector<std::string_view> spans;
    for (const std::string_view span : QuotationsOf(response.text)) {
      if (CountWords(span) >= min_words_) spans.push_back(span);
    }
    if (spans.empty()) {
      return Score::Failing("the response quotes nothing of at least " + std::to_string(min_words_) + " words");
    }
    std::vector<std::string> sources;
    std::size_t bytes = 0;
    for (const std::string& text : *texts) {
      sources.push_back(Comparable(text));
      bytes += sources.back().size();
    }
    if (bytes > kMostBytes / spans.size()) return Score::Broken("too many quotations for so long sources");
    std::size_t found = 0;
    std::string missing;
    for (const std::string_view span : spans) {
      if (Occurs(Comparable(WithoutStop(span)), sources)) {
        ++found;
      } else if (missing.size() < 400) {
        missing += (missing.empty() ? "; not in the sources: " : ", ") + Quoted(span, 100);
      }
    }
    return Score::Measured(
        static_cast<double>(found) / static_cast<double>(spans.size()),
        std::to_string(found) + " of " + std::to_string(spans.size()) + " quotations are in the sources" + missing);
  }
  std::vector<std::string> RequiredFields() const override { return sources_.RequiredFields(); }

 private:
  std::string Comparable(std::string_view text) const {
    return WithSingleSpaces(ignore_case_ ? CaseFolded(text) : std::string(text));
  }

  // A quotation may take in the punctuation of the sentence that it stands in: “…, he said.”
  static std::string_view WithoutStop(std::string_view span) {
    span = Trimmed(span);
    while (span.size() > 1 && std::string_view(".,;:!?").find(span.back()) != std::string_view::npos)
      span.remove_suffix(1);
    return span;
  }

  static bool Occurs(std::string_view span, const std::vector<std::string>& sources) {
    for (const std::string& source : sources) {
      if (::memmem(source.data(), source.size(), span.data(), span.size()) != nullptr) return true;
    }
    return false;
  }

  std::size_t min_words_;
  bool ignore_case_;
  TargetTexts sources_;
};

std::unique_ptr<Grader> MakeQuotedSpans(const Node& node, const GraderPlace&, Diagnostics& diagnostics) {
  QuotedSpansOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  auto sources = TargetTexts::Compile(node, "sources", options.sources, diagnostics);
  if (!sources) return nullptr;
  return std::make_unique<QuotedSpans>(options, *std::move(sources));
}

}  // namespace

GraderKind QuotedSpansGrader() {
  return {.version = 1,
          .help = "the response's quotations stand word for word in the sources",
          .fields = &QuotedSpansOptions::Fields(),
          .make = &MakeQuotedSpans,
          .value = GraderValue::kShare};
}

}  // namespace assay
