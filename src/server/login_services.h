// What the handlers of submission, IMAP and POP3 have in common.
#pragma once

#include <string>
#include <vector>

#include "base/sasl_offer.h"
#include "server/login.h"
#include "server/services.h"

namespace yubin::server {

inline LoginServices login_services(ServiceContext const& context, std::vector<std::string> const& mechanisms) {
  Objects const& objects = context.objects;
  return {.authenticator = objects.authenticator,
          .store = objects.store,
          .journal = objects.journal,
          .generation = context.settings->generation,
          .offers_to_bind = context.tls && is_offered(mechanisms, SaslChannel::tls, "SCRAM-SHA-256-PLUS"),
          .tokens = context.settings->tokens};
}

}  // namespace yubin::server
