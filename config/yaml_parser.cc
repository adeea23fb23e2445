// The only file that knows yaml-cpp. Its event interface is used, not its node tree: the tree of ours is built from the
// events, so that aliases can be counted before they are followed and every key keeps its place. What yaml-cpp throws
// is caught in ParseYaml; our own errors that end a parse travel through it as Abort.

#include "config/node.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <unordered_map>
#include <utility>

#include "config/node_tree.h"
#include "config/scalar.h"
#include "config/yaml_text.h"
#include "core/file.h"

namespace assay {

namespace {

// Ends the parse of a file after its error was reported.
struct Abort {};

}  // namespace

class TreeBuilder : public YAML::EventHandler {
 public:
  using Tree = Node::Tree;
  using Type = Node::Type;

  TreeBuilder(std::string file, std::string_view text, const JoinedSurrogates& source, const YamlLimits& limits,
              Diagnostics& diagnostics)
      : file_(std::move(file)),
        text_(text),
        source_(source),
        lines_(text),
        limits_(limits),
        diagnostics_(diagnostics) {}

  const std::shared_ptr<const Tree>& root() const { return root_; }
  std::size_t start() const { return start_; }

  static Node MakeNode(std::shared_ptr<const Tree> tree, const std::string& file) {
    const Position position = tree->position;
    return Node(std::move(tree), std::make_shared<const Node::Document>(file), "", position);
  }

  Position At(const YAML::Mark& mark) const { return lines_.At(Offset(mark)); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    // At a token that begins no value (`,`) yaml-cpp makes one empty document after the other without end.
    if (const std::size_t start = Offset(mark); std::exchange(last_start_, start) == start) {
      Fail(At(mark), "not valid YAML: this begins no value");
    }
    start_ = *last_start_;
    if (text_.substr(std::min(start_, text_.size())).starts_with("---")) start_ += 3;
    root_ = nullptr;
    anchors_.clear();
    open_.clear();
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    auto tree = std::make_shared<Tree>();
    tree->position = At(mark);
    // The mark of an empty value is that of the next token: somewhere behind.
    if (!IsNullWord(Offset(mark))) tree->position = EmptyPosition(Offset(mark));
    Add(std::move(tree), anchor, mark);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) Fail(At(mark), "the alias stands inside of what it names");
    const std::shared_ptr<const Tree> tree = found->second;
    Spend(tree->nodes, tree->bytes, At(mark));
    Place(tree, At(mark));
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (IsUnclosedQuote(text_, Offset(mark))) Fail(At(mark), "not valid YAML: the quote is not closed");
    auto tree = std::make_shared<Tree>();
    tree->position = At(mark);
    tree->text = value;
    tree->bytes = value.size();
    tree->merge_word = tag == "?" && value == "<<";
    tree->type = Type::kString;
    if (tag != "!" && tag != "tag:yaml.org,2002:str") Resolve(*tree, tag, !Frame() || !Frame()->expects_key);
    Add(std::move(tree), anchor, mark);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Open(Type::kSequence, mark, tag, "tag:yaml.org,2002:seq", anchor);
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    Open(Type::kMapping, mark, tag, "tag:yaml.org,2002:map", anchor);
  }
  void OnMapEnd() override { Close(); }

 private:
  // A collection whose end has not come.
  struct OpenCollection {
    std::shared_ptr<Tree> tree;
    YAML::anchor_t anchor = 0;
    bool expects_key = false;
    bool merges = false;  // the key that waits for its value is `<<`
    std::string key;
    Position key_position;
    std::map<std::string, Position, std::less<>> keys;
    std::vector<std::shared_ptr<const Tree>> merged;
  };

  OpenCollection* Frame() { return open_.empty() ? nullptr : &open_.back(); }

  std::size_t Offset(const YAML::Mark& mark) const {
    return mark.pos < 0 ? 0 : source_.Original(static_cast<std::size_t>(mark.pos));
  }

  void Report(Position position, std::string message) {
    diagnostics_.Add({file_, position.line, position.column, "", std::move(message)});
  }
  [[noreturn]] void Fail(Position position, std::string message) {
    Report(position, std::move(message));
    throw Abort{};
  }

  bool IsNullWord(std::size_t offset) const {
    const std::string_view rest = text_.substr(std::min(offset, text_.size()));
    if (rest.starts_with('~')) return true;
    if (!rest.starts_with("null") && !rest.starts_with("Null") && !rest.starts_with("NULL")) return false;
    return rest.size() == 4 || std::string_view(" \t\r\n,]}#").find(rest[4]) != std::string_view::npos;
  }

  // Where an empty value is that ends before `next`: at its key, at the dash of its list item, else where its list is.
  Position EmptyPosition(std::size_t next) {
    const OpenCollection* frame = Frame();
    if (!frame) return lines_.At(next);
    if (frame->tree->type == Type::kMapping && !frame->expects_key) return frame->key_position;
    std::size_t end = std::min(next, text_.size());
    while (end > 0) {
      const std::size_t newline = text_.rfind('\n', end - 1);
      const std::size_t begin = newline == std::string_view::npos ? 0 : newline + 1;
      std::string_view line = text_.substr(begin, end - begin);
      line = line.substr(0, line.starts_with('#') ? 0 : line.find(" #"));
      const std::size_t last = line.find_last_not_of(" \t\r\n");
      if (last != std::string_view::npos) return line[last] == '-' ? lines_.At(begin + last) : frame->tree->position;
      end = newline == std::string_view::npos ? 0 : newline;
    }
    return frame->tree->position;
  }

  void Resolve(Tree& tree, const std::string& tag, bool is_value) {
    const Scalar scalar = ParsePlainScalar(tree.text);
    constexpr std::string_view kPrefix = "tag:yaml.org,2002:";
    if (tag != "?") {
      const std::string_view name = tag.starts_with(kPrefix) ? std::string_view(tag).substr(kPrefix.size()) : "";
      const bool fits = (name == "int" && scalar.type == Type::kInteger) ||
                        (name == "bool" && scalar.type == Type::kBool) ||
                        (name == "null" && scalar.type == Type::kNull) ||
                        (name == "float" && (scalar.type == Type::kNumber || scalar.type == Type::kInteger));
      if (!fits) {
        Report(tree.position, name == "int" || name == "bool" || name == "null" || name == "float"
                                  ? QuotedForPeople(tree.text) + " does not fit its tag !!" + std::string(name)
                                  : "tag " + QuotedForPeople(tag) + " is not supported; remove it");
        return;
      }
    }
    if (!is_value) return;  // keys are text whatever they look like
    if (!scalar.is_finite) {
      Report(tree.position, QuotedForPeople(tree.text) + " is no finite number; put it in quotes if it is text");
      return;
    }
    tree.type = scalar.type;
    tree.boolean = scalar.boolean;
    tree.integer = scalar.integer;
    tree.number = scalar.number;
  }

  void Spend(std::size_t nodes, std::size_t bytes, Position position) {
    nodes_ += nodes;
    bytes_ += bytes;
    if (nodes_ > limits_.nodes) {
      Fail(position,
           "more than " + std::to_string(limits_.nodes) + " values, counting aliases as often as they are used");
    }
    if (bytes_ > limits_.expanded_bytes) {
      Fail(position, "more than " + std::to_string(limits_.expanded_bytes) +
                         " bytes, counting aliases as often as they are used");
    }
  }

  void Add(std::shared_ptr<Tree> tree, YAML::anchor_t anchor, const YAML::Mark& mark) {
    Spend(1, tree->bytes, At(mark));
    if (anchor != 0) anchors_[anchor] = tree;
    const Position position = tree->position;
    Place(std::move(tree), position);
  }

  void Open(Type type, const YAML::Mark& mark, const std::string& tag, std::string_view own_tag,
            YAML::anchor_t anchor) {
    const Position position = At(mark);
    if (!tag.empty() && tag != "?" && tag != "!" && tag != own_tag) {
      Report(position, "tag " + QuotedForPeople(tag) + " is not supported; remove it");
    }
    if (Frame() && Frame()->expects_key) Fail(position, "a key must be text, got a list or mapping");
    if (open_.size() >= static_cast<std::size_t>(limits_.depth)) {
      Fail(position, "nested deeper than " + std::to_string(limits_.depth) + " levels");
    }
    Spend(1, 0, position);
    OpenCollection frame;
    frame.tree = std::make_shared<Tree>();
    frame.tree->type = type;
    frame.tree->position = position;
    frame.anchor = anchor;
    frame.expects_key = type == Type::kMapping;
    open_.push_back(std::move(frame));
  }

  void Close() {
    OpenCollection frame = std::move(open_.back());
    open_.pop_back();
    for (const auto& merged : frame.merged) Merge(frame, *merged);
    Tree& tree = *frame.tree;
    for (const auto& item : tree.items) Count(tree, *item, 0);
    for (const auto& member : tree.members) Count(tree, *member.value, member.key.size());
    if (frame.anchor != 0) anchors_[frame.anchor] = frame.tree;
    const Position position = tree.position;
    Place(std::move(frame.tree), position);
  }

  static void Count(Tree& tree, const Tree& child, std::size_t key_bytes) {
    tree.nodes += child.nodes;
    tree.bytes += child.bytes + key_bytes;
    tree.height = std::max(tree.height, child.height + 1);
  }

  // The members of `merged` that `frame` has not.
  void Merge(OpenCollection& frame, const Tree& merged) {
    for (const auto& member : merged.members) {
      if (!frame.keys.emplace(member.key, member.key_position).second) continue;
      Spend(member.value->nodes, member.value->bytes + member.key.size(), frame.tree->position);
      frame.tree->members.push_back(member);
    }
  }

  // Gives a finished value to the collection that is open, or makes it the root.
  void Place(std::shared_ptr<const Tree> tree, Position position) {
    if (static_cast<int>(open_.size()) + tree->height > limits_.depth + 1) {
      Fail(position, "nested deeper than " + std::to_string(limits_.depth) + " levels");
    }
    OpenCollection* frame = Frame();
    if (!frame) {
      root_ = std::move(tree);
    } else if (frame->tree->type == Type::kSequence) {
      frame->tree->items.push_back(std::move(tree));
    } else if (frame->expects_key) {
      if (tree->type != Type::kString) Fail(position, "a key must be text");
      frame->expects_key = false;
      frame->merges = tree->merge_word;
      frame->key = tree->text;
      frame->key_position = position;
    } else {
      frame->expects_key = true;
      if (frame->merges) {
        PlaceMerge(*frame, std::move(tree), position);
      } else {
        PlaceMember(*frame, std::move(tree));
      }
    }
  }

  void PlaceMember(OpenCollection& frame, std::shared_ptr<const Tree> tree) {
    const auto [known, is_new] = frame.keys.emplace(frame.key, frame.key_position);
    if (!is_new) {
      Report(frame.key_position, "key " + QuotedForPeople(frame.key) + " appears twice; first on line " +
                                     std::to_string(known->second.line));
      return;
    }
    Spend(0, frame.key.size(), frame.key_position);
    frame.tree->members.push_back({std::move(frame.key), frame.key_position, std::move(tree)});
  }

  void PlaceMerge(OpenCollection& frame, std::shared_ptr<const Tree> tree, Position position) {
    if (!frame.merged.empty()) {
      Report(frame.key_position, "key \"<<\" appears twice; merge several mappings with a list");
      return;
    }
    if (tree->type == Type::kMapping) {
      frame.merged.push_back(std::move(tree));
      return;
    }
    const bool good = tree->type == Type::kSequence && !tree->items.empty() &&
                      std::ranges::all_of(tree->items, [](const auto& item) { return item->type == Type::kMapping; });
    if (!good) {
      Report(position, "`<<` merges a mapping or a list of mappings");
      return;
    }
    frame.merged = tree->items;
  }

  std::string file_;
  std::string_view text_;
  const JoinedSurrogates& source_;
  LineIndex lines_;
  const YamlLimits& limits_;
  Diagnostics& diagnostics_;
  std::shared_ptr<const Tree> root_;
  std::size_t start_ = 0;
  std::optional<std::size_t> last_start_;
  std::vector<OpenCollection> open_;
  std::unordered_map<YAML::anchor_t, std::shared_ptr<const Tree>> anchors_;
  std::size_t nodes_ = 0;
  std::size_t bytes_ = 0;
};

std::vector<YamlDocument> ParseYaml(std::string file, std::string text, Diagnostics& diagnostics,
                                    const YamlLimits& limits) {
  std::vector<YamlDocument> documents;
  if (text.size() > limits.bytes) {
    diagnostics.Add({file, 0, 0, "", "larger than " + std::to_string(limits.bytes) + " bytes"});
    return documents;
  }
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  const auto kept = std::make_shared<const std::string>(std::move(text));
  diagnostics.AddSource(file, kept);
  if (const auto fault = FindTextFault(*kept)) {
    const Position position = LineIndex(*kept).At(fault->offset);
    diagnostics.Add({file, position.line, position.column, "", fault->message});
    return documents;
  }
  const JoinedSurrogates source = JoinSurrogates(*kept);
  const std::vector<TextSegment> segments = SplitDocuments(*kept);
  TreeBuilder builder(file, *kept, source, limits, diagnostics);
  const TextSegment* last_segment = nullptr;
  try {
    std::istringstream stream(source.text);
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
      if (!builder.root() || builder.root()->type == Node::Type::kNull) continue;
      const auto after = std::ranges::upper_bound(segments, builder.start(), {}, &TextSegment::begin);
      const TextSegment& segment =
          segments[static_cast<std::size_t>(std::max<std::ptrdiff_t>(after - segments.begin(), 1)) - 1];
      // yaml-cpp takes what follows a complete value for another document.
      if (&segment == last_segment) {
        const Position position = builder.root()->position;
        diagnostics.Add({file, position.line, position.column, "",
                         "text after the end of the document; separate documents with a line `---`"});
        return documents;
      }
      last_segment = &segment;
      std::string part = kept->substr(segment.begin, segment.end - segment.begin);
      const std::size_t first_line = part.rfind('\n', part.find_first_not_of(" \t\r\n"));
      if (first_line != std::string::npos) part.erase(0, first_line + 1);
      documents.push_back({TreeBuilder::MakeNode(builder.root(), file), std::move(part)});
    }
  } catch (const Abort&) {
  } catch (const YAML::Exception& error) {
    const Position position = builder.At(error.mark);
    diagnostics.Add({file, position.line, position.column, "", "not valid YAML: " + error.msg});
  }
  return documents;
}

std::vector<YamlDocument> ReadYamlFile(const std::string& file, Diagnostics& diagnostics, const YamlLimits& limits) {
  auto text = ReadFile(file, limits.bytes);
  if (!text) {
    diagnostics.Add({file, 0, 0, "", text.error().message});
    return {};
  }
  return ParseYaml(file, *std::move(text), diagnostics, limits);
}

}  // namespace assay
