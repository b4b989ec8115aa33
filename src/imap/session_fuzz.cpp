// A whole session over a store in memory, after login. However the bytes are cut, it says the same; and no CR or LF
// stands alone outside a literal. What it says compressed counts as what it stands for.
#include <cstdint>
#include <string>

#include "base/assert.h"
#include "base/text.h"
#include "imap/compression.h"
#include "tests/kit/imap_server.h"

using namespace yubin;  // NOLINT

namespace {

std::string inflated(std::string const& said) {
  constexpr std::string_view kFromNowOn = " OK DEFLATE is active from now on.\r\n";
  std::size_t const at = said.find(kFromNowOn);
  if (at == std::string::npos) return said;
  std::string out = said.substr(0, at + kFromNowOn.size());
  imap::Compression reader;
  reader.receive(std::string_view(said).substr(out.size()));
  while (reader.has_input()) out += reader.inflate().value();
  return out;
}

std::string answers(std::string_view first, std::string_view second) {
  kit::ImapServer server;
  kit::ImapConnection connection(server, imap::Connection::Tls::on);
  connection.talk("l LOGIN hanako@example.test secret\r\n");
  connection.talk("p APPEND INBOX {21+}\r\nSubject: x\r\n\r\nx\r\ny\r\n\r\ns SELECT INBOX\r\n");
  connection.send(first);
  connection.send(second);
  return inflated(connection.receive());
}

// Walks over what was said, literal by literal.
void check_lines(std::string_view text) {
  while (!text.empty()) {
    std::size_t const end = text.find('\n');
    YUBIN_ASSERT(end != std::string_view::npos && end > 0 && text[end - 1] == '\r');
    std::string_view const line = text.substr(0, end - 1);
    YUBIN_ASSERT(line.find('\r') == std::string_view::npos && line.find('\0') == std::string_view::npos);
    text.remove_prefix(end + 1);
    std::size_t const open = line.rfind('{');
    if (!line.ends_with('}') || open == std::string_view::npos) continue;
    auto const size = parse_number(line.substr(open + 1, line.size() - open - 2));
    if (!size) continue;
    YUBIN_ASSERT(*size <= text.size());
    text.remove_prefix(static_cast<std::size_t>(*size));
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
