// What a server answers us (RFC 5321 section 4.2): the client's view of a reply, read from bytes that nobody vouches
// for.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "smtp/framer.h"
#include "smtp/reply.h"

namespace yubin::smtp {

struct RemoteReply {
  int code = 0;                            // 200 to 599
  std::optional<EnhancedStatus> status{};  // of its first line, if its class is the code's first digit (RFC 2034)
  // What stands behind the code, at least one line, the enhanced status code too. UTF-8 without controls.
  std::vector<std::string> lines{};

  int first_digit() const { return code / 100; }
  bool is_positive() const { return first_digit() == 2; }
  std::string text() const;  // "550 5.1.1 no such user", the lines joined by blanks: for the journal and for DSNs

  friend bool operator==(RemoteReply const&, RemoteReply const&) = default;
};

// Finds complete replies. Lines that end in a bare LF are taken: a reply is told apart by its code, so nothing can be
// smuggled, and such servers exist. When the codes of a reply's lines differ, against RFC 5321 section 4.2.1, the last
// one counts, since it is the one that ends the reply.
class ReplyFramer {
 public:
  static constexpr std::size_t kMaxLine = 4096;     // octets; RFC 5321 section 4.5.3.1.5 has 512
  static constexpr std::size_t kMaxLines = 256;     // of a reply
  static constexpr std::size_t kMaxReply = 32'768;  // octets of a reply

  enum class Fault {
    not_a_reply,  // a line does not begin with a code
    too_long,     // one of the limits above
  };
  using Step = std::variant<NeedMore, RemoteReply, Fault>;
  // After a Fault the bytes have no meaning any more; do not go on.
  Step next(Input& input);

 private:
  std::optional<Step> take(std::string_view line);

  RemoteReply reply_;
  std::size_t size_ = 0;     // octets of its lines so far
  std::size_t scanned_ = 0;  // so many bytes of the unfinished line hold no LF
};

}  // namespace yubin::smtp
