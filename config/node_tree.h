#pragma once
// What a Node is a view of. Private to node.cc, which reads it, and yaml_parser.cc, which builds it.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/node.h"

namespace assay {

struct Node::Document {
  std::string file;
};

struct Node::Tree {
  struct Member {
    std::string key;
    Position key_position;
    std::shared_ptr<const Tree> value;
  };

  Type type = Type::kNull;
  bool boolean = false;
  bool merge_word = false;  // the plain scalar `<<`
  std::int64_t integer = 0;
  double number = 0;
  std::string text;
  std::vector<std::shared_ptr<const Tree>> items;
  std::vector<Member> members;
  Position position;
  // Of the whole subtree, aliases followed.
  std::size_t nodes = 1;
  std::size_t bytes = 0;
  int height = 1;
};

// For messages: quoted, and cut at `max` bytes between characters.
std::string QuotedForPeople(std::string_view text, std::size_t max = 40);

}  // namespace assay
