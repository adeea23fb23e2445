#!/usr/bin/env python3
"""Writes the profiles of langdetect as C++ arrays, for language_profiles.cc.

    language_profiles.py PACKAGE OUTPUT      PACKAGE: the folder of the Python package langdetect
"""

import json
import pathlib
import sys


def numbers(name, type_, values):
    lines = [f"constexpr {type_} {name}[] = {{"]
    for i in range(0, len(values), 16):
        lines.append(",".join(f"0x{value:X}" for value in values[i:i + 16]) + ",")
    return "\n".join(lines) + "\n};\n"


def gram(text):
    packed = len(text)
    for character in text.rjust(3, "\0"):
        packed = packed << 16 | ord(character)
    return packed


def main(package, output):
    profiles = [json.loads(path.read_text("utf-8")) for path in sorted((package / "profiles").iterdir())]
    counts = {}
    for language, profile in enumerate(profiles):
        for text, count in profile["freq"].items():
            if 1 <= len(text) <= 3:
                counts.setdefault(gram(text), []).append((language, count))
    grams = sorted(counts)
    starts = [0]
    for key in grams:
        starts.append(starts[-1] + len(counts[key]))

    # Chinese characters that are used alike: the first of each list stands for all of it.
    representatives = {}
    for line in (package / "utils" / "messages.properties").read_text("utf-8").splitlines():
        key, _, value = line.partition("=")
        if key.strip().startswith("NGram.KANJI"):
            characters = value.strip().encode("ascii").decode("unicode_escape")
            representatives.update((ord(c), ord(characters[0])) for c in characters)
    characters = sorted(representatives)

    codes = ", ".join(f'"{profile["name"]}"' for profile in profiles)
    output.write_text(
        f"constexpr std::string_view kCodes[] = {{{codes}}};\n" +
        numbers("kTotals", "std::uint32_t", [total for profile in profiles for total in profile["n_words"][:3]]) +
        numbers("kGrams", "std::uint64_t", grams) + numbers("kStarts", "std::uint32_t", starts) +
        numbers("kLanguages", "std::uint8_t", [language for key in grams for language, _ in counts[key]]) +
        numbers("kCounts", "std::uint32_t", [count for key in grams for _, count in counts[key]]) +
        numbers("kCharacters", "char16_t", characters) +
        numbers("kRepresentatives", "char16_t", [representatives[c] for c in characters]), "utf-8")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
