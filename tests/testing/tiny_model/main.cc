// tiny-model FOLDER [PORT]: serves the model of FOLDER until a signal comes.

#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "tests/testing/tiny_model/server.h"

int main(int argc, char** argv) {
  std::uint16_t port = 0;
  const char* text = argc == 3 ? argv[2] : "0";
  const auto [end, error] = std::from_chars(text, text + std::strlen(text), port);
  if (argc < 2 || argc > 3 || error != std::errc() || *end != '\0') {
    std::fprintf(stderr, "usage: tiny-model FOLDER [PORT]\n");
    return 64;
  }
  // Blocked before there are threads, so that only sigwait below sees them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  const auto server = assay::testing::TinyModelServer::Start(argv[1], port);
  if (!server) {
    std::fprintf(stderr, "tiny-model: %s\n", server.error().message.c_str());
    return 1;
  }
  std::printf("tiny-model listening on %s\n", (*server)->url().c_str());
  std::fflush(stdout);
  int signal = 0;
  sigwait(&signals, &signal);
  return 0;
}
