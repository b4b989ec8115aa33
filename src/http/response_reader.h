// Reads one HTTP/1.1 response (RFC 9112) from bytes as they come; no socket.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "http/message.h"

namespace yubin::http {

class ResponseReader {
 public:
  struct Limits {
    std::uint32_t header = 16 * 1024;  // bytes
    std::uint64_t body = 64 * 1024;    // bytes
  };
  explicit ResponseReader(Limits limits);
  ~ResponseReader();
  ResponseReader(ResponseReader&&) noexcept;
  ResponseReader& operator=(ResponseReader&&) noexcept;

  // Errors: syntax, this is no response; limit, it is too large. Nothing may be fed after one, or behind the end.
  Result<> feed(std::string_view bytes);
  // The peer sends nothing more, which is the end of a response that does not tell its length. Errors: syntax.
  Result<> end();
  bool done() const;
  Response take();  // when it is done

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace yubin::http
