// CAPA (RFC 2449 section 5).
#include "pop3/command.h"
#include "pop3/login.h"

namespace yubin::pop3 {

namespace {

bool always(Context const&) {
  return true;
}
bool can_start_tls(Context const& context) {
  return !context.maildrop && context.connection.tls == Connection::Tls::offered;
}
// RFC 2595 section 2.2: what would be refused is not announced. After login it is, for it could be given again.
bool can_log_in(Context const& context) {
  return context.may_log_in();
}
bool can_use_user(Context const& context) {
  return context.may_log_in() && takes_plain_passwords(context.services.options->mechanisms);
}

struct Capability {
  std::string_view text;
  bool (*applies)(Context const&);
};

// Only what works and has a transcript under tests/transcripts/pop3.
constexpr Capability kCapabilities[] = {
    {"TOP", always},             // RFC 2449 section 6.1
    {"UIDL", always},            // section 6.8
    {"USER", can_use_user},      // section 6.2
    {"RESP-CODES", always},      // section 6.4
    {"AUTH-RESP-CODE", always},  // RFC 3206 section 6
    {"PIPELINING", always},      // section 6.6
    {"EXPIRE NEVER", always},    // section 6.7: what a client leaves here stays
    {"UTF8 USER", always},       // RFC 6856 section 2.2
    {"STLS", can_start_tls},     // RFC 2595 section 4
    {"IMPLEMENTATION Yubin", always},
};

}  // namespace

Task<Reply> cmd_capa(Context& context, std::string_view) {
  put(context.out, ok("This is possible:"));
  for (Capability const& capability : kCapabilities) {
    if (capability.applies(context)) context.out.append(capability.text).append("\r\n");
  }
  // RFC 5034 section 3
  if (can_log_in(context)) {
    context.out += "SASL";
    for (std::string_view mechanism : offered(context.services.options->mechanisms, channel_of(context)))
      context.out.append(" ").append(mechanism);
    context.out += "\r\n";
  }
  context.out += ".\r\n";
  co_return told();
}

}  // namespace yubin::pop3
