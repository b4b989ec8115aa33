// HTTP/1.1 (RFC 9112) as a session: bytes in, events out, no socket. One request at a time, keep-alive, no upgrade.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <variant>

#include "base/session.h"
#include "http/message.h"

namespace yubin::http {

// A complete request; resume() with its response.
struct AskHttp {
  Request request;
};

class Session {
 public:
  using Event = std::variant<NeedInput, Send, Close, AskHttp>;
  struct Options {
    std::uint32_t header_limit = 16 * 1024;  // bytes; more is answered 431
    std::uint64_t body_limit = 1024 * 1024;  // bytes; more is answered 413
  };

  explicit Session(Options options);
  ~Session();
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;

  void receive(std::string_view bytes);
  Event poll();
  void resume(Response response);
  void resume(Done) {}
  void wake(WakeReason reason);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace yubin::http
