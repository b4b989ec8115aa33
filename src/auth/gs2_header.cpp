#include "auth/gs2_header.h"

#include "base/text.h"

namespace yubin::auth {

std::optional<std::string> saslname(std::string_view text) {
  std::string name;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ',' || text[i] == '\0') return std::nullopt;
    if (text[i] != '=') {
      name += text[i];
      continue;
    }
    std::string_view const code = text.substr(i, 3);
    if (code != "=2C" && code != "=3D") return std::nullopt;
    name += code == "=2C" ? ',' : '=';
    i += 2;
  }
  if (name.empty()) return std::nullopt;
  return name;
}

std::string to_saslname(std::string_view name) {
  std::string out;
  for (char c : name) {
    if (c == ',') {
      out += "=2C";
    } else if (c == '=') {
      out += "=3D";
    } else {
      out += c;
    }
  }
  return out;
}

std::string_view gs2_header_of(std::string_view message) {
  std::size_t const first = message.find(',');
  if (first == std::string_view::npos) return {};
  std::size_t const second = message.find(',', first + 1);
  if (second == std::string_view::npos) return {};
  return message.substr(0, second + 1);
}

std::optional<Gs2Header> gs2_header(std::string_view header) {
  auto const parts = split(header, ',');
  if (parts.size() != 3 || !parts[2].empty()) return std::nullopt;
  Gs2Header result{std::string(parts[0]), ""};
  if (parts[1].empty()) return result;
  if (!parts[1].starts_with("a=")) return std::nullopt;
  std::optional<std::string> authzid = saslname(parts[1].substr(2));
  if (!authzid) return std::nullopt;
  result.authzid = *std::move(authzid);
  return result;
}

}  // namespace yubin::auth
