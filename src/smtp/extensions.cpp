#include "smtp/extensions.h"

#include <algorithm>

#include "base/text.h"
#include "smtp/grammar.h"

namespace yubin::smtp {

namespace {

struct Flag {
  std::string_view keyword;
  bool Extensions::* member;
};
constexpr Flag kFlags[] = {
    {"PIPELINING", &Extensions::pipelining},  {"8BITMIME", &Extensions::eight_bit_mime},
    {"BINARYMIME", &Extensions::binary_mime}, {"CHUNKING", &Extensions::chunking},
    {"SMTPUTF8", &Extensions::smtputf8},      {"DSN", &Extensions::dsn},
    {"STARTTLS", &Extensions::starttls},      {"REQUIRETLS", &Extensions::require_tls},
};

std::vector<std::string_view> words(std::string_view text) {
  auto pieces = split(text, ' ');
  std::erase(pieces, std::string_view());
  return pieces;
}

// RFC 9422 section 3: "RCPTMAX=100 MAILMAX=20"
void take_limits(Extensions& out, std::vector<std::string_view> const& limits) {
  for (std::string_view limit : limits) {
    std::size_t const equals = std::min(limit.find('='), limit.size());
    auto const value = parse_number(limit.substr(std::min(equals + 1, limit.size())));
    if (!value || *value == 0) continue;
    if (iequals(limit.substr(0, equals), "RCPTMAX")) out.rcpt_max = value;
    if (iequals(limit.substr(0, equals), "MAILMAX")) out.mail_max = value;
  }
}

// "AUTH PLAIN LOGIN", and "AUTH=PLAIN LOGIN" of very old servers.
void take_auth(Extensions& out, std::vector<std::string_view> const& mechanisms) {
  for (std::string_view name : mechanisms) {
    std::string upper = to_upper(name);
    if (std::ranges::find(out.mechanisms, upper) == out.mechanisms.end()) out.mechanisms.push_back(std::move(upper));
  }
}

// ehlo-line = ehlo-keyword *( SP ehlo-param )
void take_line(Extensions& out, std::string_view line) {
  Cursor in(line);
  std::string_view const keyword = in.take_while([](char c) { return is_alpha(c) || is_digit(c) || c == '-'; });
  bool const is_auth = iequals(keyword, "AUTH");
  if (is_auth) in.skip('=');
  auto const parameters = words(in.rest());
  for (Flag const& flag : kFlags)
    if (iequals(flag.keyword, keyword)) out.*flag.member = true;
  if (is_auth) take_auth(out, parameters);
  if (iequals(keyword, "LIMITS")) take_limits(out, parameters);
  // RFC 1870 section 4: zero, or no number at all, is no fixed limit.
  if (iequals(keyword, "SIZE") && !parameters.empty()) {
    auto const size = parse_number(parameters.front());
    if (size && *size > 0) out.size = size;
  }
}

}  // namespace

Extensions Extensions::parse(RemoteReply const& reply) {
  Extensions out;
  // The first line is the greeting with the server's name.
  for (std::size_t i = 1; i < reply.lines.size(); ++i) take_line(out, reply.lines[i]);
  return out;
}

}  // namespace yubin::smtp
