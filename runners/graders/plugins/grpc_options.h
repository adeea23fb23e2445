#pragma once
// What a suite says of a grader that is a gRPC server: where it is and how it is reached. Private to grpc.cc.

#include <optional>
#include <string>
#include <string_view>

#include "config/daemon_config.h"
#include "runners/graders/plugins/plugin_grading.h"
#include "runners/graders/plugins/remote_plugin.h"

namespace assay {

struct GrpcOptions : PluginOptions {
  GrpcOptions() { concurrency = 16; }
  std::string address;
  std::optional<bool> tls;
  std::optional<std::string> ca_file;
  std::optional<ApiKeySpec> token;
  static const FieldTable<GrpcOptions>& Fields();

  bool is_socket() const { return address.starts_with("unix:"); }
  std::string_view host() const {
    const std::string_view text = std::string_view(address).substr(0, address.rfind(':'));
    return text.starts_with("[") && text.ends_with("]") ? text.substr(1, text.size() - 2) : text;
  }
  bool is_local() const { return is_socket() || IsLoopback(host()); }
  bool has_tls() const { return tls.value_or(!is_local()); }
};

}  // namespace assay
