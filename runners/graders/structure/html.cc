// html: the response is HTML, or has some in it.

#include <optional>
#include <utility>

#include "runners/graders/frame/kind.h"
#include "runners/graders/frame/target.h"
#include "runners/graders/structure/html_text.h"

namespace assay {
namespace {

struct HtmlOptions {
  bool embedded = false;
  static const FieldTable<HtmlOptions>& Fields();
};

const FieldTable<HtmlOptions>& HtmlOptions::Fields() {
  static const auto table =
      FieldTable<HtmlOptions>().Optional("embedded", &HtmlOptions::embedded, "text may stand around the HTML");
  return table;
}

class HtmlJudge final : public Grader {
 public:
  explicit HtmlJudge(bool embedded) : embedded_(embedded) {}

  Score Grade(const Case&, const Response& response) const override {
    const std::string_view text = TrimBlanks(response.text);
    if (text.empty()) return Score::Failing("the response is empty");
    if (embedded_) {
      const int signs = SignsOfHtml(text).Count();
      const std::string count = std::to_string(signs) + (signs == 1 ? " sign of HTML" : " signs of HTML");
      return signs >= 2 ? Score::Pass("has HTML: " + count) : Score::Failing("has no HTML: " + count);
    }
    const std::string wrong = WhyNoHtml(text);
    return wrong.empty() ? Score::Pass("is HTML") : Score::Failing("is no HTML: " + wrong);
  }
  std::vector<std::string> RequiredFields() const override { return {}; }

 private:
  bool embedded_;
};

std::unique_ptr<Grader> MakeHtml(const Node& node, const GraderPlace&, Diagnostics& diagnostics) {
  HtmlOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  return std::make_unique<HtmlJudge>(options.embedded);
}

}  // namespace

GraderKind HtmlGrader() { return {1, "the response is HTML, or has some in it", &HtmlOptions::Fields(), &MakeHtml}; }

}  // namespace assay
