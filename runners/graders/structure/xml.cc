// xml: the response is well-formed XML, or has some in it, and has the elements that are asked for.

#include <optional>
#include <utility>

#include "runners/graders/frame/kind.h"
#include "runners/graders/frame/reason.h"
#include "runners/graders/frame/target.h"
#include "runners/graders/structure/xml_document.h"

namespace assay {
namespace {

struct XmlOptions {
  std::vector<std::string> elements;
  bool embedded = false;
  static const FieldTable<XmlOptions>& Fields();
};

const FieldTable<XmlOptions>& XmlOptions::Fields() {
  static const auto table =
      FieldTable<XmlOptions>()
          .Optional("elements", &XmlOptions::elements,
                    "elements that must be there, by the names from the root on: `order.item.name`, `order.item.1`",
                    {.max_size = 1000, .one_or_list = true})
          .Optional("embedded", &XmlOptions::embedded, "text may stand around the XML");
  return table;
}

class XmlJudge final : public Grader {
 public:
  XmlJudge(std::vector<XmlPath> paths, bool embedded) : paths_(std::move(paths)), embedded_(embedded) {}

  Score Grade(const Case&, const Response& response) const override {
    const std::string_view text = TrimBlanks(response.text);
    if (text.empty()) return Score::Failing("the response is empty");
    if (embedded_) return Embedded(text);
    const XmlReading reading = ReadXml(text, paths_);
    if (!reading.wrong.empty()) {
      const bool is_fenced = text.starts_with("```");
      return Score::Failing((is_fenced ? "the response is wrapped in a code fence: " : "no XML: ") + reading.wrong);
    }
    return Judge(reading.found, "well-formed XML");
  }
  std::vector<std::string> RequiredFields() const override { return {}; }

 private:
  Score Judge(const std::vector<bool>& found, const std::string& what) const {
    std::string missing;
    for (std::size_t i = 0; i < paths_.size(); ++i) {
      if (!found[i] && missing.size() < 500) missing += (missing.empty() ? "" : ", ") + Quoted(paths_[i].source(), 80);
    }
    if (!missing.empty()) return Score::Failing(what + " without " + missing);
    return Score::Pass(paths_.empty() ? what : what + " with all elements");
  }

  Score Embedded(std::string_view text) const {
    std::vector<bool> found(paths_.size(), false);
    std::string wrong = "the response has no XML";
    std::string_view first;
    for (const std::string_view piece : FindXmlInText(text)) {
      const XmlReading reading = ReadXml(piece, paths_);
      if (!reading.wrong.empty()) {
        if (first.empty()) wrong = "what looks like XML is none: " + reading.wrong;
        continue;
      }
      if (first.empty()) first = piece;
      for (std::size_t i = 0; i < found.size(); ++i) found[i] = found[i] || reading.found[i];
      if (paths_.empty()) break;
    }
    if (first.empty()) return Score::Failing(wrong);
    Score score = Judge(found, "has well-formed XML");
    score.evidence = CutText(first, 500);
    return score;
  }

  std::vector<XmlPath> paths_;
  bool embedded_;
};

std::unique_ptr<Grader> MakeXml(const Node& node, const GraderPlace&, Diagnostics& diagnostics) {
  XmlOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  std::vector<XmlPath> paths;
  const Node list = node.Find("elements").value_or(node);
  for (std::size_t i = 0; i < options.elements.size(); ++i) {
    paths.emplace_back(options.elements[i]);
    for (const XmlPath::Step& step : paths.back().steps()) {
      if (!step.name.empty()) continue;
      diagnostics.Add((list.is_sequence() ? list.at(i) : list).At("names an element \"\""));
      return nullptr;
    }
  }
  return std::make_unique<XmlJudge>(std::move(paths), options.embedded);
}

}  // namespace

GraderKind XmlGrader() {
  return {1, "the response is well-formed XML, or has some in it, with elements", &XmlOptions::Fields(), &MakeXml};
}

}  // namespace assay
