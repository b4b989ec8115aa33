#include "imap/capability.h"

#include "imap/login.h"

namespace yubin::imap {

namespace {

bool always(Context const&) {
  return true;
}
bool before_login(Context const& context) {
  return !context.login;
}
bool after_login(Context const& context) {
  return context.login.has_value();
}
bool can_start_tls(Context const& context) {
  return !context.login && context.connection.tls == Connection::Tls::offered;
}
bool can_compress(Context const& context) {
  return context.login && !context.compressed;
}
bool can_log_in(Context const& context) {
  return !context.login && context.may_log_in();
}
bool no_login_command(Context const& context) {
  return !context.login && !(context.may_log_in() && takes_plain_passwords(context.services.options->mechanisms));
}

struct Capability {
  std::string_view name;
  bool (*applies)(Context const&);
};

// Only what works and has a transcript under tests/transcripts/imap.
constexpr Capability kCapabilities[] = {
    {"IMAP4rev1", always},                // RFC 3501
    {"IMAP4rev2", always},                // RFC 9051
    {"LITERAL-", before_login},           // RFC 7888: an unknown peer sends at most 4096
                                          // bytes unasked
    {"LITERAL+", after_login},            // RFC 7888
    {"SASL-IR", before_login},            // RFC 4959
    {"ID", always},                       // RFC 2971
    {"STARTTLS", can_start_tls},          // RFC 9051 section 6.2.1
    {"LOGINDISABLED", no_login_command},  // RFC 9051 section 6.2.3
    {"AUTH=", can_log_in},                // RFC 9051 section 7.2.2; one for each mechanism
    {"ENABLE", always},                   // RFC 5161; Python's imaplib looks for it in the greeting only
    {"IDLE", always},                     // RFC 2177
    {"NAMESPACE", after_login},           // RFC 2342
    {"CHILDREN", after_login},            // RFC 3348
    {"LIST-EXTENDED", after_login},       // RFC 5258
    {"LIST-STATUS", after_login},         // RFC 5819
    {"SPECIAL-USE", after_login},         // RFC 6154
    {"CREATE-SPECIAL-USE", after_login},  // RFC 6154 section 3
    {"STATUS=SIZE", after_login},         // RFC 8438
    {"UIDPLUS", after_login},             // RFC 4315
    {"UNSELECT", after_login},            // RFC 3691
    {"MOVE", after_login},                // RFC 6851
    {"ESEARCH", after_login},             // RFC 4731
    {"SEARCHRES", after_login},           // RFC 5182
    {"CONDSTORE", after_login},           // RFC 7162
    {"QRESYNC", after_login},             // RFC 7162
    {"WITHIN", after_login},              // RFC 5032
    {"MULTIAPPEND", after_login},         // RFC 3502
    {"APPENDLIMIT=", after_login},        // RFC 7889; Options::max_message
    {"BINARY", after_login},              // RFC 3516
    {"OBJECTID", after_login},            // RFC 8474
    {"SAVEDATE", after_login},            // RFC 8514
    {"PREVIEW", after_login},             // RFC 8970
    {"UTF8=ACCEPT", after_login},         // RFC 6855
    {"PARTIAL", after_login},             // RFC 9394
    {"QUOTA", after_login},               // RFC 9208; not QUOTASET
    {"QUOTA=RES-STORAGE", after_login},   // RFC 9208 section 5.1
    {"QUOTA=RES-MESSAGE", after_login},   // RFC 9208 section 5.2
    {"COMPRESS=DEFLATE", can_compress},   // RFC 4978
};

}  // namespace

std::string capabilities(Context const& context) {
  std::string out;
  auto add = [&](std::string_view name, std::string_view value) {
    if (!out.empty()) out += ' ';
    out.append(name).append(value);
  };
  for (Capability const& capability : kCapabilities) {
    if (!capability.applies(context)) continue;
    if (capability.name == "AUTH=") {
      for (std::string_view mechanism : offered(context.services.options->mechanisms, channel_of(context)))
        add(capability.name, mechanism);
    } else if (capability.name == "APPENDLIMIT=") {
      add(capability.name, std::to_string(context.services.options->max_message));
    } else {
      add(capability.name, "");
    }
  }
  return out;
}

}  // namespace yubin::imap
