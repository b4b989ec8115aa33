#include "tls/names.h"

#include <algorithm>
#include <array>
#include <memory>

#include "base/ip_address.h"
#include "base/text.h"
#include "tls/openssl.h"

namespace yubin::tls {
namespace {

std::string_view bytes_of(ASN1_STRING const* string) {
  return {reinterpret_cast<char const*>(ASN1_STRING_get0_data(string)),
          static_cast<std::size_t>(ASN1_STRING_length(string))};
}

std::string address_text(std::string_view bytes) {
  if (std::array<std::uint8_t, 4> four{}; bytes.size() == four.size()) {
    std::ranges::copy(bytes, four.begin());
    return IpAddress::v4(four).text();
  }
  if (std::array<std::uint8_t, 16> sixteen{}; bytes.size() == sixteen.size()) {
    std::ranges::copy(bytes, sixteen.begin());
    return IpAddress::v6(sixteen).text();
  }
  return {};
}

}  // namespace

std::vector<std::string> names_of(X509* certificate) {
  std::unique_ptr<GENERAL_NAMES, Freed<&GENERAL_NAMES_free>> const all(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::vector<std::string> names;
  for (int i = 0; all && i < sk_GENERAL_NAME_num(all.get()); ++i) {
    GENERAL_NAME const* one = sk_GENERAL_NAME_value(all.get(), i);
    std::string name;
    if (one->type == GEN_DNS) name = to_lower(bytes_of(one->d.dNSName));
    if (one->type == GEN_IPADD) name = address_text(bytes_of(one->d.iPAddress));
    // A NUL inside a name was once read as its end, by those who compare C strings.
    if (!name.empty() && !name.contains('\0')) names.push_back(std::move(name));
  }
  return names;
}

std::size_t NameIndex::find(std::string_view server_name, std::size_t otherwise) const {
  std::string name = to_lower(server_name);
  if (name.ends_with('.')) name.pop_back();
  if (auto const exact = things_.find(name); exact != things_.end()) return exact->second;
  std::size_t const dot = name.find('.');
  if (dot == std::string::npos || dot == 0) return otherwise;
  auto const wild = things_.find("*" + name.substr(dot));
  return wild != things_.end() ? wild->second : otherwise;
}

}  // namespace yubin::tls
