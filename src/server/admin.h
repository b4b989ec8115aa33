// The admin service: the API's HTTP on a unix socket, for who may open that socket.
#pragma once

#include <filesystem>
#include <functional>

#include "base/executor.h"
#include "http/session.h"
#include "net/listener.h"
#include "net/serve.h"

namespace yubin::server {

// Answers a request: on the storage pool, by calling back once, on any thread. `peer` names who asks.
using HandleRequest =
    std::function<void(http::Request request, std::string peer, std::move_only_function<void(http::Response)> reply)>;

class AdminAnswers {
 public:
  AdminAnswers(HandleRequest const& handle, Executor& pool) : handle_(handle), pool_(pool) {}

  net::Task<> body(std::string_view chunk);
  net::Task<http::Response> answer(http::Session& session, http::AskHttp question);
  void secured(tls::Facts const&) {}
  void ended(http::Session&, net::Ending) {}

 private:
  HandleRequest const& handle_;  // outlives the connections
  Executor& pool_;
};

// A socket for whom its mode lets in: the server's own user (and root), or everybody on this machine. A file left by a
// server that is gone is replaced.
enum class WhoMay : unsigned { owner = 0600, everybody = 0666 };
Result<net::ListeningSocket> listen_on_path(std::filesystem::path const& path, WhoMay who = WhoMay::owner);

}  // namespace yubin::server
