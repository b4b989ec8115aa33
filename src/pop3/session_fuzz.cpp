// A whole session over a store in memory, after login. However the bytes are cut, it says the same; no CR or LF stands
// alone; and only QUIT removes messages.
#include <cstdint>
#include <string>

#include "base/assert.h"
#include "tests/kit/pop3_server.h"

using namespace yubin;  // NOLINT

namespace {

std::string answers(std::string_view first, std::string_view second) {
  kit::Pop3Server server;
  server.add("Subject: x\r\n\r\n.\r\ny\r\n");
  server.add("Subject: z\n\n.\ny\r");
  kit::Pop3Connection connection(server, pop3::Connection::Tls::on);
  connection.talk("USER hanako@example.test\r\nPASS secret\r\n");
  connection.send(first);
  connection.send(second);
  YUBIN_ASSERT(connection.is_closed() || server.uids().size() == 2);
  return connection.receive();
}

void check_lines(std::string_view text) {
  while (!text.empty()) {
    std::size_t const end = text.find("\r\n");
    YUBIN_ASSERT(end != std::string_view::npos);
    YUBIN_ASSERT(text.substr(0, end).find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos);
    text.remove_prefix(end + 2);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const input(reinterpret_cast<char const*>(data), size);
  std::size_t const cut = size > 0 ? data[0] % size : 0;
  std::string const whole = answers(input, "");
  YUBIN_ASSERT(whole == answers(input.substr(0, cut), input.substr(cut)));
  check_lines(whole);
  return 0;
}
