// What PASS and AUTH have in common.
#pragma once

#include "base/sasl_offer.h"
#include "pop3/context.h"

namespace yubin::pop3 {

// What mechanisms there are depends on.
inline SaslChannel channel_of(Context const& context) {
  return context.connection.tls == Connection::Tls::on ? SaslChannel::tls : SaslChannel::in_clear;
}

// Takes the answer to who this is: on success the maildrop is opened and the session is in the TRANSACTION state.
Task<Reply> logged_in(Context& context);

// RFC 2595 section 2.2: no password in clear; whoever sends one is told so.
Reply privacy_required(Context const& context);

// The same where no password is taken as it is, in TLS either.
Reply mechanism_required();

}  // namespace yubin::pop3
