#include "core/case.h"

namespace assay {

const Json* FindField(const Json& fields, std::string_view field) {
  if (const Json* found = fields.Find(field)) return found;
  for (std::size_t dot = field.find('.'); dot != std::string_view::npos; dot = field.find('.', dot + 1)) {
    if (const Json* parent = fields.Find(field.substr(0, dot))) {
      if (const Json* found = FindField(*parent, field.substr(dot + 1))) return found;
    }
  }
  return nullptr;
}

}  // namespace assay
