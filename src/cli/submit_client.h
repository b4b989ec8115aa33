// Hands a message to the server on this machine: SMTP over its submission socket, blocking, for a command-line program.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace yubin::cli {

class SubmitClient {
 public:
  // Waits up to half a minute for a server that is being started. Errors: temporary (none came), denied.
  static Result<SubmitClient> connect(std::string const& socket);
  SubmitClient(SubmitClient&& other) noexcept;
  SubmitClient& operator=(SubmitClient&&) = delete;
  ~SubmitClient();

  struct Reply {
    int code = 0;
    std::string text{};  // "550 5.1.1 no such user", lines joined by blanks
    bool is_good() const { return code >= 200 && code < 400; }
    bool is_temporary() const { return code < 500; }
  };
  // The server's name, from its greeting.
  std::string const& host() const { return host_; }
  Result<Reply> say(std::string_view command);  // without its line end
  // The message behind DATA, dot-stuffed here; lines end in CR LF.
  Result<Reply> send_data(std::string_view message);

  // Copies between the standard streams and the server until either side is done.
  Result<> talk_through();

 private:
  explicit SubmitClient(int descriptor) : descriptor_(descriptor) {}
  Result<Reply> read_reply();
  Result<> write(std::string_view bytes);

  int descriptor_;
  std::string host_;
  std::string pending_;   // what came behind the last reply
  std::string greeting_;  // for talk_through()
};

}  // namespace yubin::cli
