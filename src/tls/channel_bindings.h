// What a login over a TLS connection can be bound to.
#pragma once

#include "base/channel_binding.h"

struct ssl_st;

namespace yubin::tls {

// Of the server's side, after a completed handshake:
//
//   tls-exporter           RFC 9266, in TLS 1.3
//   tls-unique             RFC 5929 section 3, in TLS 1.2 with the extended master secret (RFC 7627), without which it
//   is
//                          not unique
//   tls-server-end-point   RFC 5929 section 4, one for each certificate that this server may have shown
ChannelBindings channel_bindings_of(ssl_st* ssl);

}  // namespace yubin::tls
