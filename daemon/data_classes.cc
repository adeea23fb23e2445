#include "daemon/data_classes.h"

#include <algorithm>

namespace assay {

// The document is not read as a whole: one that a later version cannot read any more keeps its class.
Result<std::string> DataClassOfRun(Store& store, const RunRecord& run) {
  ASSAY_ASSIGN(const DocumentRecord suite,
               store.GetDocumentVersion(run.project, Name(DocumentKind::kSuite), run.suite, run.suite_version));
  ASSAY_ASSIGN(const Json json, Json::Parse(suite.json));
  const Json* data_class = json.Find("data_class");
  return data_class != nullptr && data_class->is_string() ? data_class->as_string() : std::string();
}

std::string DataClassOfSuite(const Catalog& catalog, std::string_view suite) {
  const CatalogDocument* document = catalog.FindSuite(suite);
  return document == nullptr ? "" : document->suite()->data_class.value_or("");
}

std::set<std::string> DataClassesOfQueues(const Catalog& catalog, std::string_view suite) {
  std::set<std::string> classes;
  for (const CatalogDocument& document : catalog.documents) {
    const QueueSpec* queue = document.queue();
    const bool is_of_it = queue != nullptr && std::ranges::find(queue->suites, suite) != queue->suites.end();
    if (is_of_it && queue->data_class) classes.insert(*queue->data_class);
  }
  return classes;
}

std::set<std::string> DataClassesOfQueue(const Catalog& catalog, const QueueSpec& queue) {
  if (queue.data_class) return {*queue.data_class};
  std::set<std::string> classes;
  for (const std::string& suite : queue.suites) classes.insert(DataClassOfSuite(catalog, suite));
  classes.erase("");
  return classes;
}

}  // namespace assay
