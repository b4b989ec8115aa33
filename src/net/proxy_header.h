// The header by which a proxy in front of us says for whom it speaks: the PROXY protocol, versions 1 and 2, as HAProxy
// defines it (proxy-protocol.txt, 2020/03/05). Only a listener that was told to trust a proxy looks for one.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/endpoint.h"

namespace yubin::net {

struct ProxiedEnds {
  Endpoint source;       // the client
  Endpoint destination;  // what it connected to

  friend bool operator==(ProxiedEnds const&, ProxiedEnds const&) = default;
};

// Takes the header as it comes. What stands behind it belongs to TLS or to the session, so it says how much may be read
// without touching that. Memory: at most kLimit bytes.
class ProxyHeader {
 public:
  static constexpr std::size_t kLimit = 2048;

  // How many bytes surely belong to the header and have not come; 0 when it is complete.
  std::size_t wants() const { return wants_; }
  // `bytes` is at most wants() long. After an error the connection is of no use: who is allowed to send a header sends
  // one.
  Result<> take(std::string_view bytes);

  bool complete() const { return wants_ == 0; }
  // Empty when the proxy speaks for itself (a health check) or does not know: then the socket's own ends count.
  std::optional<ProxiedEnds> const& ends() const { return ends_; }

 private:
  Result<> take_beginning();
  Result<> take_line();
  Result<> take_fixed_part();
  Result<> take_addresses();

  using Step = Result<> (ProxyHeader::*)();
  std::string bytes_;
  std::size_t wants_ = 12;
  Step step_ = &ProxyHeader::take_beginning;
  std::optional<ProxiedEnds> ends_;
};

}  // namespace yubin::net
