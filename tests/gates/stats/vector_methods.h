#pragma once
// The golden vectors of statistics: which function of ours computes each method that the file names. One table a topic,
// each in a .cc of its own beside this header; stats_vectors_test.cc runs them all.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/json.h"
#include "gates/stats/interval.h"

namespace assay {

// What a method computes, in the order of the file; nested lists are one list. NaN stands for no information. Where
// some rows of a method have the result only and others what leads to it before (an estimate, a statistic), all of it.
using Numbers = std::vector<double>;
using Method = std::function<Numbers(const Json& inputs)>;
using MethodTable = std::map<std::string, Method>;

MethodTable IntervalMethods();
MethodTable PairedMethods();
MethodTable BootstrapMethods();
MethodTable PlanningMethods();
MethodTable RepeatedTrialsMethods();
MethodTable SequentialMethods();
MethodTable JudgeMethods();
MethodTable PreferenceMethods();
MethodTable AttestationMethods();

// All tables together. A method that two of them have is an error of the test program: it throws.
const MethodTable& VectorMethods();

// Inputs of a vector. A key that is absent or of another type throws, so that the test of its method fails.
double NumberIn(const Json& inputs, const char* key);  // also a fraction as text: "1/9"
double NumberIn(const Json& inputs, const char* key, double otherwise);
std::int64_t WholeIn(const Json& inputs, const char* key);
Numbers NumbersIn(const Json& inputs, const char* key);  // a list, of lists too
const std::string& TextIn(const Json& inputs, const char* key);

// The bytes of a text, where a method gives one.
Numbers BytesOf(std::string_view text);

// For a result that may be absent.
double OrNaN(const std::optional<double>& value);
Numbers LimitsOrNaN(const std::optional<Interval>& interval);
// The confidence of one limit of a two-sided interval that has the confidence "conf", 0.95 without it.
double LimitConfidence(const Json& inputs);

}  // namespace assay
