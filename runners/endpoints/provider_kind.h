#pragma once
// A provider's options as the catalog sees them and as the provider reads them, from one field table.

#include <string>
#include <utility>

#include "config/fields.h"
#include "config/plugin_kind.h"
#include "core/result.h"

namespace assay {

// Name is filled in from builtin.def.
template <class Options>
PluginKind ProviderKindOf(std::string help) {
  PluginKind kind;
  kind.help = std::move(help);
  kind.schema = SchemaOf(Options::Fields());
  kind.check = [](const Node& node, Diagnostics& diagnostics) {
    Options options;
    ReadFields(node, options, diagnostics);
  };
  return kind;
}

// The defaults when there are none. kInvalidArgument with the first thing that is wrong.
template <class Options>
Result<Options> ReadProviderOptions(const Node& node) {
  Options options;
  Diagnostics diagnostics;
  if (!node.is_mapping() || ReadFields(node, options, diagnostics)) return options;
  return Fail(ErrorCode::kInvalidArgument, diagnostics.Sorted().front().message);
}

}  // namespace assay
