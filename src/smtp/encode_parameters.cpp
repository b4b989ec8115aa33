// RFC 3461's parameters as a client writes them.
#include <fmt/format.h>

#include "smtp/parameters.h"

namespace yubin::smtp {

namespace {

// Which printable characters stand for themselves in both encodings.
bool is_plain(char c) {
  return c > ' ' && c < 0x7f && c != '+' && c != '=';
}

// Takes one character off the front of well-formed UTF-8.
char32_t take_character(std::string_view& text) {
  auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  unsigned char const first = byte(0);
  std::size_t const length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  static constexpr unsigned char kBits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
  char32_t character = first & kBits[length];
  for (std::size_t i = 1; i < length && i < text.size(); ++i) character = character << 6 | (byte(i) & 0x3f);
  text.remove_prefix(std::min(length, text.size()));
  return character;
}

std::string notify_text(Notify const& notify) {
  std::string out;
  auto add = [&out](bool wanted, std::string_view word) {
    if (wanted) out += fmt::format("{}{}", out.empty() ? "" : ",", word);
  };
  add(notify.success, "SUCCESS");
  add(notify.failure, "FAILURE");
  add(notify.delay, "DELAY");
  return out.empty() ? "NEVER" : out;
}

}  // namespace

std::string encode_xtext(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (is_plain(c)) {
      out += c;
    } else {
      out += fmt::format("+{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

std::string encode_utf8_address(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    char const first = text.front();
    char32_t const character = take_character(text);
    if (character < 0x80 && is_plain(first) && first != '\\') {
      out += first;
    } else {
      out += fmt::format("\\x{{{:02X}}}", static_cast<std::uint32_t>(character));
    }
  }
  return out;
}

std::string dsn_parameters(MailParameters const& parameters) {
  std::string out;
  if (parameters.ret) out += *parameters.ret == Return::full ? " RET=FULL" : " RET=HDRS";
  if (!parameters.envelope_id.empty()) out += " ENVID=" + encode_xtext(parameters.envelope_id);
  return out;
}

std::string dsn_parameters(RecipientParameters const& parameters) {
  std::string out;
  if (parameters.notify) out += " NOTIFY=" + notify_text(*parameters.notify);
  if (auto const& original = parameters.original) {
    bool const utf8 = original->type == "utf-8";
    out += fmt::format(" ORCPT={};{}", original->type,
                       utf8 ? encode_utf8_address(original->address) : encode_xtext(original->address));
  }
  return out;
}

}  // namespace yubin::smtp
