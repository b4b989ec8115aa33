// For the tests of net/: PROXY headers as a proxy sends them.
#pragma once

#include <string>

#include "net/proxy_header.h"

namespace yubin::net::kit {

inline std::string const kSignature("\r\n\r\n\0\r\nQUIT\n", 12);

inline std::string number16(std::size_t number) {
  return {static_cast<char>(number >> 8), static_cast<char>(number)};
}

inline std::string proxy_v2(ProxiedEnds const& ends, std::string const& vectors = {}) {
  auto bytes = [](IpAddress const& address) { return std::string(address.bytes().begin(), address.bytes().end()); };
  std::string const rest = bytes(ends.source.address) + bytes(ends.destination.address) + number16(ends.source.port) +
                           number16(ends.destination.port) + vectors;
  return kSignature + "\x21" + (ends.source.address.is_v4() ? "\x11" : "\x21") + number16(rest.size()) + rest;
}

// With a checksum as another implementation has it: a table of bytes, made here.
inline std::string with_checksum(ProxiedEnds const& ends) {
  std::string header = proxy_v2(ends, std::string("\x03\x00\x04\x00\x00\x00\x00", 7));
  std::uint32_t table[256];
  for (std::uint32_t i = 0; i < 256; ++i) {
    table[i] = i;
    for (int bit = 0; bit < 8; ++bit) table[i] = (table[i] & 1) != 0 ? table[i] >> 1 ^ 0x82f63b78u : table[i] >> 1;
  }
  std::uint32_t crc = 0xffffffffu;
  for (char const c : header) crc = crc >> 8 ^ table[(crc ^ static_cast<std::uint8_t>(c)) & 0xff];
  crc = ~crc;
  header.replace(header.size() - 4, 4, number16(crc >> 16) + number16(crc & 0xffff));
  return header;
}

}  // namespace yubin::net::kit
