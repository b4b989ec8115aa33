// What LOGIN and AUTHENTICATE have in common.
#pragma once

#include "base/sasl_offer.h"
#include "imap/context.h"

namespace yubin::imap {

// What mechanisms there are depends on.
inline SaslChannel channel_of(Context const& context) {
  return context.connection.tls == Connection::Tls::on ? SaslChannel::tls : SaslChannel::in_clear;
}

// Takes the answer to who this is: on success the session is authenticated and the reply tells the new capabilities.
Reply logged_in(Context& context);

// RFC 9051 section 6.2.3: no password in clear; whoever sent one is told so.
Reply privacy_required();

}  // namespace yubin::imap
