// The parameters of MAIL and RCPT: SIZE (RFC 1870), BODY (RFC 6152, RFC 3030), SMTPUTF8 (RFC 6531), AUTH (RFC 4954),
// RET, ENVID, NOTIFY and ORCPT (RFC 3461), REQUIRETLS (RFC 8689).
#pragma once

#include <expected>
#include <string_view>
#include <vector>

#include "smtp/envelope.h"
#include "smtp/grammar.h"
#include "smtp/reply.h"

namespace yubin::smtp {

// Which of them are announced here; another one is answered 555 (RFC 5321 section 4.1.1.11), one with a wrong value or
// given twice 501.
struct Announced {
  bool auth = false;
  bool dsn = false;
  bool require_tls = false;
};
std::expected<MailParameters, Reply> mail_parameters_of(std::vector<EsmtpParamView> const& params, Announced announced);
std::expected<RecipientParameters, Reply> recipient_parameters_of(std::vector<EsmtpParamView> const& params,
                                                                  Announced announced);

// xtext = *( xchar / hexchar ) (RFC 3461 section 4), decoded: printable ASCII and spaces. Errc::syntax: it is none.
Result<std::string> xtext(std::string_view text);
// utf-8-addr-xtext and utf-8-addr-unitext (RFC 6533 section 3), decoded to UTF-8. Errc::syntax: it is neither.
Result<std::string> utf8_address_text(std::string_view text);

// The parameters as a client writes them, each with a space before it. SIZE, BODY and SMTPUTF8 are for who asks; these
// are RFC 3461's, for a server that announces DSN.
std::string dsn_parameters(MailParameters const& parameters);
std::string dsn_parameters(RecipientParameters const& parameters);

std::string encode_xtext(std::string_view text);
// utf-8-addr-xtext, which fits any session (RFC 6533 section 3); `text` is UTF-8.
std::string encode_utf8_address(std::string_view text);

}  // namespace yubin::smtp
