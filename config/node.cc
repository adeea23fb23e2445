// Views of a tree of values: what yaml_parser.cc has built.

#include "config/node.h"

#include <algorithm>
#include <utility>

#include "config/node_tree.h"

namespace assay {
namespace {

std::string ChildPath(const std::string& path, const std::string& key) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  if (key.empty() || !std::ranges::all_of(key, plain)) return path + "[" + QuotedForPeople(key) + "]";
  return path.empty() ? key : path + "." + key;
}

}  // namespace

std::string QuotedForPeople(std::string_view text, std::size_t max) {
  if (text.size() <= max) return Json(text).Dump();
  while (max > 0 && (static_cast<unsigned char>(text[max]) & 0xC0) == 0x80) --max;
  return Json(std::string(text.substr(0, max)) + "…").Dump();
}

Node::Type Node::type() const { return tree_ ? tree_->type : Type::kNull; }
bool Node::as_bool() const { return tree_->boolean; }
std::int64_t Node::as_integer() const { return tree_->integer; }
double Node::as_number() const { return is_integer() ? static_cast<double>(tree_->integer) : tree_->number; }
const std::string& Node::as_string() const { return tree_->text; }

std::size_t Node::size() const { return tree_ ? tree_->items.size() + tree_->members.size() : 0; }

Node Node::at(std::size_t index) const {
  if (is_sequence()) {
    const auto& item = tree_->items[index];
    return Node(item, document_, path_ + "[" + std::to_string(index) + "]", item->position);
  }
  const Tree::Member& member = tree_->members[index];
  return Node(member.value, document_, ChildPath(path_, member.key), member.key_position);
}

const std::string& Node::key(std::size_t index) const { return tree_->members[index].key; }
Position Node::key_position(std::size_t index) const { return tree_->members[index].key_position; }

std::optional<Node> Node::Find(std::string_view name) const {
  if (!is_mapping()) return std::nullopt;
  for (std::size_t i = 0; i < tree_->members.size(); ++i) {
    if (tree_->members[i].key == name) return at(i);
  }
  return std::nullopt;
}

Node Node::Without(std::span<const std::string> names) const {
  if (!is_mapping()) return *this;
  auto tree = std::make_shared<Tree>(*tree_);
  std::erase_if(tree->members,
                [names](const Tree::Member& member) { return std::ranges::find(names, member.key) != names.end(); });
  return Node(std::move(tree), document_, path_, key_position_);
}

Position Node::position() const { return tree_ ? tree_->position : Position{}; }
Position Node::key_position() const { return key_position_; }

const std::string& Node::file() const {
  static const std::string nowhere;
  return document_ ? document_->file : nowhere;
}

Diagnostic Node::At(std::string message) const {
  return {file(), position().line, position().column, path_, std::move(message)};
}
Diagnostic Node::AtKey(std::string message) const {
  return {file(), key_position_.line, key_position_.column, path_, std::move(message)};
}
Diagnostic Node::AtKey(std::size_t index, std::string message) const {
  const Position position = key_position(index);
  return {file(), position.line, position.column, ChildPath(path_, key(index)), std::move(message)};
}

std::string Node::Describe() const {
  switch (type()) {
    case Type::kNull:
      return "nothing";
    case Type::kSequence:
      return "a list";
    case Type::kMapping:
      return "a mapping";
    case Type::kString:
      return QuotedForPeople(as_string());
    case Type::kBool:
    case Type::kInteger:
    case Type::kNumber:
      return tree_->text;
  }
  return "";
}

Json Node::ToJson() const {
  // Recurses over the trees, not over nodes, whose paths would be made for nothing. The depth is bounded.
  struct Converter {
    static Json Convert(const Tree& tree) {
      switch (tree.type) {
        case Type::kNull:
          return Json();
        case Type::kBool:
          return Json(tree.boolean);
        case Type::kInteger:
          return Json(tree.integer);
        case Type::kNumber:
          return Json(tree.number);
        case Type::kString:
          return Json(tree.text);
        case Type::kSequence: {
          Json::Array array;
          array.reserve(tree.items.size());
          for (const auto& item : tree.items) array.push_back(Convert(*item));
          return Json(std::move(array));
        }
        case Type::kMapping: {
          Json::Object object;
          object.reserve(tree.members.size());
          for (const auto& member : tree.members) object.emplace_back(member.key, Convert(*member.value));
          return Json(std::move(object));
        }
      }
      return Json();
    }
  };
  return tree_ ? Converter::Convert(*tree_) : Json();
}

}  // namespace assay
