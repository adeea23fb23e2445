#pragma once
// What a candidate was asked, and did not pass, that is nearly what it is asked now: nobody but who releases it knows
// whether it is the same, so that it is said and not charged for.

#include <string>
#include <vector>

#include "daemon/asked_texts.h"
#include "gates/verdict.h"

namespace assay {

struct AskedElsewhere {
  Store& store;
  const PluginKinds& kinds;
  AskedTexts& texts;
  const CheckRecord& check;
  const std::vector<std::string>& suites;  // that the check asks
  Time until;
};

// Blocking. Whether candidate and `other` ask the same model of the same endpoint. Errors as of ReadStored.
Result<bool> AsksAsCandidate(const AskedElsewhere& asked, const ModelIdentity& other);

// Blocking. Sets `renamed`, `other_cases` and `other_suites`, with what they name, as of a run of the candidate, the
// root of its retries. Documents that cannot be read say nothing.
Status SeeElsewhere(const AskedElsewhere& asked, const RunRecord& run, RunPast& past);

}  // namespace assay
