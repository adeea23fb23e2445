#pragma once
// Readings of a text whose letters were changed so that no list of words knows them. Only for files of this folder.

#include <string>
#include <string_view>
#include <vector>

#include "runners/graders/safety/search_text.h"

namespace assay {

struct Reading {
  SearchText text;
  // Of each byte whether it was a single letter between separators ("b a d"): there every letter may begin or end a
  // word. Empty: none was.
  std::vector<bool> spaced = {};
};

// `folded` without accents, its letters that look like Latin ones as those. What phrases are compared in too.
SearchText WithPlainLetters(const SearchText& folded);

// Of a WithPlainLetters text, those that differ from it: digits and signs in words as the letters that they look like
// (once 1 is i, once l), signs within words left out, single letters with separators joined, letters that are repeated
// three times and more once and twice.
std::vector<Reading> Readings(const SearchText& plain);

}  // namespace assay
