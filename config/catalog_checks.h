#pragma once
// What can be wrong between the parts of a catalog. Every problem is reported at its place.

#include "config/catalog.h"

namespace assay {

// Plug-in options against the tables of plug-ins: types, providers, rule keys, unknown options. Sets kind and option of
// the rules. Works on specs that were only partly read, so that all errors of a document come at once. Graders whose
// files are missing are not checked further.
void CheckPlugins(SuiteSpec& suite, const Node& root, const PluginKinds& kinds, Diagnostics& diagnostics);
void CheckPlugins(ModelSpec& model, const Node& root, const PluginKinds& kinds, Diagnostics& diagnostics);
void CheckPlugins(GateSpec& gate, const Node& root, const PluginKinds& kinds, Diagnostics& diagnostics);

// The texts of a suite's prompt that are templates.
std::vector<Node> TemplatesOfPrompt(const Node& prompt);

// Fields that prompt, graders, slices and id name against those that the datasets have.
void CheckDatasetFields(const CatalogDocument& document, const PluginKinds& kinds, const DatasetFields& dataset_fields,
                        Diagnostics& diagnostics);

// The sentinels of judges against what these need. The files are there.
void CheckSentinels(const CatalogDocument& document, const PluginKinds& kinds, Diagnostics& diagnostics);

// Reports names given twice among all documents, also those with errors of their own. A model version may be repeated
// with the same content.
void CheckUniqueNames(const std::vector<Node>& roots, Diagnostics& diagnostics);
// Keeps the first of what repeats a model version with the same content.
void RemoveRepeatedModels(std::vector<CatalogDocument>& documents);

// The models that graders of a suite ask, against `models`: the names of all Models, also of those with errors.
void CheckModelsOfGraders(const SuiteSpec& suite, const Node& root, const std::vector<std::string>& models,
                          const PluginKinds& kinds, Diagnostics& diagnostics);

// A gate against the suites it names. `known_suites` are the names of all suites, also of those with errors of their
// own.
void CheckGateReferences(const GateSpec& gate, const Node& root, const Catalog& catalog,
                         const std::vector<std::string>& known_suites, const PluginKinds& kinds,
                         Diagnostics& diagnostics);

// A rubric above its first version, 1.0.0, says why in its change log. Of documents that are written now: what was
// stored before stays readable.
void CheckChangeLog(const RubricSpec& rubric, const Node& root, Diagnostics& diagnostics);

// Likewise a queue against its suites and its rubric: graders and slices that it names, and what its kind of item
// needs.
void CheckQueueReferences(const QueueSpec& queue, const Node& root, const Catalog& catalog,
                          const std::vector<std::string>& known_suites, const std::vector<std::string>& known_rubrics,
                          Diagnostics& diagnostics);

// A schedule against its gate; `known_gates` as `known_suites` above.
void CheckScheduleReferences(const ScheduleSpec& schedule, const Node& root,
                             const std::vector<std::string>& known_gates, Diagnostics& diagnostics);

// Metrics of what people settle, against the queues: each must draw by chance from this suite.
void CheckHumanMetrics(const SuiteSpec& suite, const Node& root, const Catalog& catalog,
                       const std::vector<std::string>& known_queues, Diagnostics& diagnostics);

}  // namespace assay
