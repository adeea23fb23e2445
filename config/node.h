#pragma once
// A YAML value that knows where it stands. One immutable tree per document is shared by all nodes that point into it,
// so a Node is cheap to copy, outlives the parse, and may be read from any thread.
//
// Typing follows the core schema of YAML 1.2: quoted scalars are strings, `yes` and `on` too; JSON is read the same
// way. Anchors, aliases and merge keys (`<<`) are resolved: explicit keys win, then earlier maps of the list.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostics.h"
#include "core/json.h"

namespace assay {

class Node {
 public:
  enum class Type { kNull, kBool, kInteger, kNumber, kString, kSequence, kMapping };

  Node() = default;  // null, without a place

  Type type() const;
  bool is_null() const { return type() == Type::kNull; }
  bool is_bool() const { return type() == Type::kBool; }
  bool is_integer() const { return type() == Type::kInteger; }
  bool is_number() const { return type() == Type::kInteger || type() == Type::kNumber; }
  bool is_string() const { return type() == Type::kString; }
  bool is_sequence() const { return type() == Type::kSequence; }
  bool is_mapping() const { return type() == Type::kMapping; }

  // Each needs the type of its name; as_number() serves both kinds of number.
  bool as_bool() const;
  std::int64_t as_integer() const;
  double as_number() const;
  const std::string& as_string() const;

  // Elements of a sequence or members of a mapping; 0 for scalars.
  std::size_t size() const;
  // Element `index` of a sequence, value `index` of a mapping; index < size().
  Node at(std::size_t index) const;
  // The key of member `index` of a mapping.
  const std::string& key(std::size_t index) const;
  // Where that key is written.
  Position key_position(std::size_t index) const;
  // The member of a mapping; absent when there is none or this is no mapping. Linear in size().
  std::optional<Node> Find(std::string_view name) const;
  // This mapping without the members named; places and path stay.
  Node Without(std::span<const std::string> names) const;

  // Where the value is written; of an empty value (`key:`) where its key is.
  Position position() const;
  // Where the key of this value is written; of list items and documents the value itself.
  Position key_position() const;
  // "" | "graders[1].value".
  const std::string& path() const { return path_; }
  // The name given to ParseYaml; "" without a place.
  const std::string& file() const;

  // Diagnostics about the value, about its key, about the key of member `index` of this mapping.
  Diagnostic At(std::string message) const;
  Diagnostic AtKey(std::string message) const;
  Diagnostic AtKey(std::size_t index, std::string message) const;

  // What stands there, for messages: `null`, `true`, `12`, `"text"` (cut after 40 characters), `a list`, `a mapping`.
  std::string Describe() const;

  Json ToJson() const;

 private:
  struct Tree;      // one value and what is below it
  struct Document;  // the file's name
  friend class TreeBuilder;

  Node(std::shared_ptr<const Tree> tree, std::shared_ptr<const Document> document, std::string path, Position key)
      : tree_(std::move(tree)), document_(std::move(document)), path_(std::move(path)), key_position_(key) {}

  std::shared_ptr<const Tree> tree_;
  std::shared_ptr<const Document> document_;
  std::string path_;
  Position key_position_;
};

// Bounds of a file. Aliases count as often as they are used, so that a few lines cannot become gigabytes.
struct YamlLimits {
  std::size_t bytes = 16u << 20;
  int depth = 64;
  std::size_t nodes = 1'000'000;           // of one file, after aliases and merges
  std::size_t expanded_bytes = 64u << 20;  // of keys and scalars of one file, after aliases and merges
};

// One document of a file with the text between its markers.
struct YamlDocument {
  Node root;
  std::string text;
};

// Every non-empty document of `text`. Errors (syntax, UTF-8, duplicate keys, unknown anchors, bounds) go to
// `diagnostics`; after a syntax error the documents before it are returned. `file` names the text in messages.
std::vector<YamlDocument> ParseYaml(std::string file, std::string text, Diagnostics& diagnostics,
                                    const YamlLimits& limits = {});
// The same for a file. Unreadable: one diagnostic at line 0.
std::vector<YamlDocument> ReadYamlFile(const std::string& file, Diagnostics& diagnostics,
                                       const YamlLimits& limits = {});

}  // namespace assay
