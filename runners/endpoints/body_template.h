#pragma once
// The body of a request of provider `http`: JSON whose texts are mustache templates over the request. What is filled in
// becomes a JSON value or part of a JSON text, so that no prompt can change the structure of a body.

#include <memory>
#include <string>

#include "config/diagnostics.h"
#include "config/node.h"
#include "core/json.h"
#include "core/response.h"
#include "core/result.h"

namespace assay {

// Immutable after Compile, cheap to copy, thread-safe.
class BodyTemplate {
 public:
  // Reports all that is wrong with a body, at its place.
  static void Check(const Node& body, Diagnostics& diagnostics);
  // A mapping or list, or a text that is JSON. kInvalidArgument with the first thing that is wrong.
  static Result<BodyTemplate> Compile(const Node& body);

  // A text that is one `{{variable}}` becomes the variable's value; other texts are rendered. Members and elements that
  // need a value the request does not set (sampling, tools) are left out. kInvalidArgument when the request has
  // something that the body has no place for, kResourceExhausted for a text over 1 MiB.
  Result<std::string> Render(const ModelRequest& request, const std::string& model) const;

  // Whether a text of it has this variable.
  bool Names(const std::string& variable) const;

  struct Part;

 private:
  explicit BodyTemplate(std::shared_ptr<const Part> root) : root_(std::move(root)) {}
  std::shared_ptr<const Part> root_;
};

}  // namespace assay
