#pragma once
// What reports of a check say of the waivers that cover it. A waived verdict never looks like one that passed.

#include <string>
#include <vector>

namespace assay::v1 {
class AppliedWaiver;
class Check;
class Verdict;
}  // namespace assay::v1

namespace assay {

// Whether live waivers let it ship although it did not pass.
bool IsWaived(const v1::Check& check);
bool IsWaived(const v1::Verdict& verdict);
// "FAIL, WAIVED"; the bare state of one that is not.
std::string StateWithWaivers(const v1::Check& check);
std::string StateWithWaivers(const v1::Verdict& verdict);
// A sentence for each waiver: "WAIVED until T: rule a, rule b. Asked for by P, approved by Q, ticket T-1: reason".
std::vector<std::string> WaiverLines(const v1::Verdict& verdict);
// Of one rule: "waived until T (ticket T-1)"; "" when no waiver covers it.
std::string WaivedNote(const v1::Verdict& verdict, const std::string& rule);
// How to ask for one, for a check that does not ship and could be waived; else "".
std::string WaiverHint(const v1::Check& check);

}  // namespace assay
