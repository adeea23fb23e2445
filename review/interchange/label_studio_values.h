#pragma once
// What people say, as the values of Label Studio's controls and back. Pure, thread-safe.

#include <map>
#include <string>
#include <vector>

#include "review/interchange/exchange_format.h"
#include "review/interchange/label_studio_controls.h"

namespace assay {

// The value objects of each control: {"choices": ["a"]}, {"rating": 4}; by control, in the order of the annotation.
using ControlValues = std::map<std::string, Json::Array>;

// A value and where it goes.
struct ControlValue {
  std::string control = {};
  std::string to_name = {};
  LabelTag tag = LabelTag::kChoices;
  Json value = {};
};

// The part of a judgement that people choose and write. `sides` are the ids of the responses as they stand in the task:
// A and B of a pair. In the order of the controls; criteria that the scheme does not ask are left out.
std::vector<ControlValue> ValuesOf(const JudgementContent& content, const LabelScheme& scheme,
                                   const ReviewSubject& subject, const std::vector<std::string>& sides);
std::vector<ControlValue> ValuesOf(const Opinion& opinion, const LabelScheme& scheme, const ReviewSubject& subject,
                                   const std::vector<std::string>& sides);

// The inverse: criteria in the order of the rubric, claims and calls in that of the subject. A fault has the control as
// its path: values of another form, choices that are none, answers that CheckOpinion refuses. Everything that is not a
// value of a control (times, source, ...) is left as it is by default.
struct ReadContent {
  JudgementContent content = {};
  std::optional<ImportFault> fault = {};
};
ReadContent ContentOf(const ControlValues& values, const LabelScheme& scheme, const ReviewSubject& subject,
                      const std::vector<std::string>& sides);

}  // namespace assay
