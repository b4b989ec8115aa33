// Gets something over HTTPS from a server that we do not know: in limits of size and time, and without following it
// anywhere else.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/ip_address.h"
#include "base/result.h"
#include "http/message.h"
#include "net/task.h"
#include "tls/client_context.h"

namespace yubin::http {

struct Fetch {
  std::string host;  // its certificate must hold for this name
  std::uint16_t port = 443;
  std::string target;                // the path
  std::vector<IpAddress> addresses;  // of the host; tried in turn until one takes the connection
  std::size_t most = 64 * 1024;      // bytes of the body
  std::chrono::seconds limit{60};    // for everything together
};

// GET. A response of any status is a success; redirects are not followed. On the loop's thread. Errors: temporary, it
// cannot be reached or breaks off; denied, its certificate will not do, or it speaks no TLS; syntax, limit, as
// ResponseReader has them.
net::Task<Result<Response>> get(net::Loop& loop, std::shared_ptr<tls::ClientContext const> tls, Fetch what);

}  // namespace yubin::http
