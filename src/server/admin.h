// The admin service: the API's HTTP on a unix socket, for who may open that socket.
#pragma once

#include <filesystem>
#include <memory>

#include "api/api.h"
#include "base/executor.h"
#include "http/session.h"
#include "net/listener.h"
#include "net/serve.h"

namespace yubin::server {

class AdminAnswers {
 public:
  AdminAnswers(api::Api& api, Executor& pool) : api_(api), pool_(pool) {}

  net::Task<> body(std::string_view chunk);
  net::Task<http::Response> answer(http::Session& session, http::AskHttp question);
  void secured(tls::Facts const&) {}
  void ended(http::Session&, net::Ending) {}

 private:
  api::Api& api_;
  Executor& pool_;
};

// A socket that the server's own user (and root) may open. A file left by a server that is gone is replaced.
Result<net::ListeningSocket> listen_on_path(std::filesystem::path const& path);

}  // namespace yubin::server
