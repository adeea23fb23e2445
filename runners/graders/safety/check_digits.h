#pragma once
// Numbers that carry a check. Only for files of this folder.

#include <string_view>

namespace assay {

// ISO/IEC 7812: the sum of the digits, every second one doubled. `digits` are ASCII digits.
bool PassesLuhn(std::string_view digits);

// Of a network of payment cards by its first digits, as long as its cards are, and PassesLuhn.
bool IsCardNumber(std::string_view digits);

// ISO 13616: as long as the IBANs of its country are, and the remainder by 97 is 1. Capitals and digits, no spaces.
bool IsIban(std::string_view text);

// How long the IBANs of a country are; 0 for what is no country with IBANs. `country` has two capitals.
int IbanLength(std::string_view country);

// By the rules of the Social Security Administration: not 000, 666 or 9xx, not 00, not 0000. 9 digits.
bool IsSocialSecurityNumber(std::string_view digits);

}  // namespace assay
