#include "cli/sendmail_message.h"

#include <algorithm>

#include "base/text.h"
#include "mime/address_list.h"
#include "mime/compose.h"
#include "mime/header.h"

namespace yubin::cli {

namespace {

std::string with_crlf(std::string_view input) {
  std::string out;
  out.reserve(input.size() + input.size() / 32);
  for (std::size_t i = 0; i < input.size(); ++i) {
    if (input[i] == '\r' && i + 1 < input.size() && input[i + 1] == '\n') continue;
    if (input[i] == '\r' || input[i] == '\n') {
      out += "\r\n";
    } else {
      out += input[i];
    }
  }
  if (!out.ends_with("\r\n")) out += "\r\n";
  return out;
}

std::string text_of(mime::ListedAddress const& one) {
  return one.domain.empty() ? one.local_part : one.local_part + "@" + one.domain;
}

void add_addresses(mime::HeaderSection const& header, std::string_view field, std::vector<std::string>& out) {
  for (mime::FieldView const& one : header.find_all(field))
    for (mime::ListedAddress const& address : mime::parse_address_list(one.value()).addresses)
      if (address.kind == mime::ListedAddress::Kind::mailbox && !address.local_part.empty())
        out.push_back(text_of(address));
}

// RFC 5322 section 3.6.6: of a message that is sent on, the Resent- fields.
std::vector<std::string> recipients_of(mime::HeaderSection const& header) {
  std::vector<std::string> out;
  for (std::string_view field : {"Resent-To", "Resent-Cc", "Resent-Bcc"}) add_addresses(header, field, out);
  if (!out.empty()) return out;
  for (std::string_view field : {"To", "Cc", "Bcc"}) add_addresses(header, field, out);
  return out;
}

std::string from_field(std::string const& name, std::string const& address) {
  auto const parsed = mime::Address::parse(address);
  if (!parsed) return "From: <" + address + ">\r\n";
  return mime::address_field("From", {{name, *parsed}});
}

// cron writes "From: root (Cron Daemon)": of whom is not said where more than one machine is.
std::string qualified_from(mime::FieldView const& field, MessageOrigin const& origin) {
  mime::AddressList const list = mime::parse_address_list(field.value()).addresses;
  bool const is_one = list.size() == 1 && list[0].kind == mime::ListedAddress::Kind::mailbox;
  if (!is_one || !list[0].domain.empty() || list[0].local_part.empty()) return std::string(field.raw);
  std::string const domain = origin.address.substr(std::min(origin.address.find('@'), origin.address.size()));
  return from_field(list[0].name, list[0].local_part + domain);
}

bool has_eight_bit(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

}  // namespace

std::size_t find_lone_dot(std::string_view input) {
  for (std::size_t at = 0; at < input.size();) {
    std::size_t const end = std::min(input.find('\n', at), input.size());
    std::string_view const line = input.substr(at, end - at);
    if (line == "." || line == ".\r") return at;
    at = end + 1;
  }
  return input.size();
}

LocalMessage make_local_message(std::string_view input, MessageOrigin const& origin) {
  std::string text = with_crlf(input);
  if (text.starts_with("From ")) text.erase(0, text.find("\r\n") + 2);
  mime::HeaderSection const header = mime::HeaderSection::parse(text);
  LocalMessage message{.text = {}, .recipients = recipients_of(header)};
  // One that is longer than any real one goes as it is.
  if (!header.complete()) {
    message.eight_bit = has_eight_bit(text);
    message.text = std::move(text);
    return message;
  }
  bool has_from = false;
  for (mime::FieldView const field : header) {
    bool const is_from = field.name.size() == 4 && to_lower(field.name) == "from";
    message.text += is_from ? qualified_from(field, origin) : std::string(field.raw);
    has_from = has_from || is_from;
  }
  if (!has_from) message.text += from_field(origin.full_name, origin.address);
  std::string_view const body = std::string_view(text).substr(header.body_offset());
  message.text += "\r\n";
  message.text += body;
  message.eight_bit = has_eight_bit(message.text);
  return message;
}

}  // namespace yubin::cli
