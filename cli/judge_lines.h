#pragma once
// What is known of the judges behind a verdict or a run, in lines for people.

#include <string>
#include <vector>

namespace assay::v1 {
class Run;
class Verdict;
}  // namespace assay::v1

namespace assay {

// Of each rule on a judge's opinion: the judge's rate and the corrected one, and how often the judge is wrong.
std::vector<std::string> JudgeLines(const v1::Verdict& verdict);
std::vector<std::string> JudgeLines(const v1::Run& run);

}  // namespace assay
