// Runs a fuzzer without libFuzzer, as a test: every file of its corpus, then mutations of them, the same ones each
// time.
//
//   NAME_fuzz FOLDER_OR_FILE... [--mutations N] [--seconds S]
//
// An input that crashes, hangs or breaks an invariant is left as NAME_fuzz.crash in the working directory.

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "core/random.h"
#include "tests/fuzz/invariant.h"

// Of AddressSanitizer, where it is linked.
extern "C" __attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)());

namespace assay {
namespace {

constexpr unsigned kSecondsForOne = 30;  // an input that takes longer hangs; generous for sanitizers on a busy machine
constexpr std::size_t kLongest = 16u << 10;

// What is being run, for the handlers below.
std::string current;
std::string crash_file;

void KeepInput() {
  const int file = open(crash_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (file < 0) return;
  if (write(file, current.data(), current.size()) < 0) return;
  close(file);
}

void OnSignal(int number) {
  KeepInput();
  std::signal(number, SIG_DFL);
  std::raise(number);
}

void Run(std::string input) {
  current = std::move(input);
  alarm(kSecondsForOne);
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(current.data()), current.size());
}

class Mutator {
 public:
  explicit Mutator(const std::vector<std::string>& seeds) : seeds_(seeds) {}

  std::string Next() {
    std::string text = Pick();
    for (std::uint64_t rounds = 1 + random_.Below(4); rounds > 0; --rounds) Change(text);
    text.resize(std::min(text.size(), kLongest));
    return text;
  }

 private:
  const std::string& Pick() { return seeds_[random_.Below(seeds_.size())]; }
  std::size_t Place(const std::string& text) { return random_.Below(text.size() + 1); }

  void Change(std::string& text) {
    static const std::vector<std::string> kPieces = {"{",        "}",      "[",
                                                     "]",        "\"",     "\\",
                                                     ",",        ":",      "\n",
                                                     "\r\n",     "-",      "- ",
                                                     "&a ",      "*a",     "<<: ",
                                                     "{{#a}}",   "{{",     "}}",
                                                     "\n----\n", "0",      "-1",
                                                     "1e999",    "1.5e-7", "null",
                                                     "true",     "|",      "\t",
                                                     "\xFF",     "é",      "😀",
                                                     "'",        "#",      "%",
                                                     "!",        "---",    "\\u0000",
                                                     "\\ud800",  "x: ",    "99999999999999999999"};
    const std::size_t at = Place(text);
    const std::size_t length = std::min<std::size_t>(text.size() - at, 1 + random_.Below(16));
    switch (random_.Below(8)) {
      case 0:
        if (at < text.size()) text[at] = static_cast<char>(text[at] ^ (1 << random_.Below(8)));
        break;
      case 1:
        if (at < text.size()) text[at] = static_cast<char>(random_.Next());
        break;
      case 2:
        text.erase(at, length);
        break;
      case 3: {
        const std::string piece = text.substr(at, length);
        for (std::uint64_t times = random_.Below(random_.Below(20) == 0 ? 200 : 4) + 1; times > 0; --times) {
          text.insert(at, piece);
        }
        break;
      }
      case 4:
        text.erase(at);
        break;
      case 5: {  // the beginning of one with the end of another
        const std::string& other = Pick();
        text.replace(at, std::string::npos, other, Place(other));
        break;
      }
      default:
        text.insert(at, kPieces[random_.Below(kPieces.size())]);
    }
  }

  const std::vector<std::string>& seeds_;
  Random random_{20261124};
};

std::vector<std::string> ReadSeeds(const std::vector<std::filesystem::path>& places) {
  std::vector<std::filesystem::path> files;
  for (const std::filesystem::path& place : places) {
    if (!std::filesystem::is_directory(place)) {
      files.push_back(place);
      continue;
    }
    for (const auto& entry : std::filesystem::directory_iterator(place)) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  std::vector<std::string> seeds;
  for (const std::filesystem::path& file : files) {
    std::ifstream stream(file, std::ios::binary);
    if (!stream) {
      std::cerr << file.string() << ": cannot be read\n";
      std::exit(64);
    }
    seeds.emplace_back(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
  }
  return seeds;
}

int Main(const std::vector<std::string>& arguments) {
  std::vector<std::filesystem::path> places;
  int mutations = 0;
  int seconds = 1;
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    if (arguments[i] == "--mutations" && i + 1 < arguments.size()) {
      mutations = std::stoi(arguments[++i]);
    } else if (arguments[i] == "--seconds" && i + 1 < arguments.size()) {
      seconds = std::stoi(arguments[++i]);
    } else {
      places.emplace_back(arguments[i]);
    }
  }
  crash_file = std::filesystem::path(arguments[0]).filename().string() + ".crash";
  for (const int number : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGALRM}) std::signal(number, OnSignal);
  if (__sanitizer_set_death_callback != nullptr) __sanitizer_set_death_callback(KeepInput);

  const std::vector<std::string> seeds = ReadSeeds(places);
  if (seeds.empty()) {
    std::cerr << "no corpus: name its folder\n";
    return 64;
  }
  for (const std::string& seed : seeds) Run(seed);
  Mutator mutator(seeds);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  int done = 0;
  while (done < mutations && std::chrono::steady_clock::now() < end) {
    Run(mutator.Next());
    ++done;
  }
  std::cout << seeds.size() << " inputs and " << done << " mutations of them\n";
  return 0;
}

}  // namespace
}  // namespace assay

int main(int argc, char** argv) { return assay::Main(std::vector<std::string>(argv, argv + argc)); }
