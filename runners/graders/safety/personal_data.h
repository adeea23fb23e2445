#pragma once
// Detectors of personal data in a SearchText::Visible. Linear, whatever the text. Only for files of this folder.

#include <string_view>
#include <vector>

#include "runners/graders/safety/findings.h"

namespace assay {

// Adds what it finds; `matches` of one detector do not overlap.
using Detector = void (*)(std::string_view text, std::vector<Match>& matches);

void FindEmails(std::string_view text, std::vector<Match>& matches);
void FindUrls(std::string_view text, std::vector<Match>& matches);
void FindIpAddresses(std::string_view text, std::vector<Match>& matches);
void FindCards(std::string_view text, std::vector<Match>& matches);
void FindIbans(std::string_view text, std::vector<Match>& matches);
void FindSocialSecurityNumbers(std::string_view text, std::vector<Match>& matches);
void FindPhones(std::string_view text, std::vector<Match>& matches);
void FindNames(std::string_view text, std::vector<Match>& matches);
void FindAddresses(std::string_view text, std::vector<Match>& matches);
void FindBirthDates(std::string_view text, std::vector<Match>& matches);
void FindIdNumbers(std::string_view text, std::vector<Match>& matches);

}  // namespace assay
