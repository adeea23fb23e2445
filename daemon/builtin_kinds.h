#pragma once
// Every plug-in that this program is built with.

#include "config/catalog.h"
#include "config/plugin_kind.h"

namespace assay {

PluginKinds BuiltinKinds();

// The fields of a dataset file's first row, for the catalog's checks of templates.
DatasetFields BuiltinDatasetFields();

}  // namespace assay
