// Responses, whole and byte by byte.
#include "http/response_reader.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace yubin::http {
namespace {

std::string read(std::string_view text, std::size_t piece) {
  ResponseReader reader({.header = 200, .body = 10});
  for (std::size_t at = 0; at < text.size() && !reader.done(); at += piece)
    if (Result<> fed = reader.feed(text.substr(at, piece)); !fed) return fed.error().detail;
  if (!reader.done())
    if (Result<> ended = reader.end(); !ended) return ended.error().detail;
  Response const response = reader.take();
  return fmt::format("{} {} [{}]", response.status, response.content_type, response.body);
}

struct Case {
  std::string_view text;
  std::string_view expected;
};
constexpr std::string_view kNone = "this is no complete HTTP response";
constexpr Case kCases[] = {
    {"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nabc", "200 text/plain [abc]"},
    {"HTTP/1.0 200 OK\r\n\r\nuntil end", "200  [until end]"},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n", "200  [abc]"},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "200  []"},
    {"HTTP/1.1 301 Moved\r\nLocation: https://x.test/\r\nContent-Length: 0\r\n\r\n", "301  []"},
    {"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n12345678901", "the body is too large"},
    {"HTTP/1.0 200 OK\r\n\r\n12345678901", "the body is too large"},
    {"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc", kNone},
    {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n", kNone},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", kNone},
    {"220 mx.test ESMTP\r\n\r\n", kNone},
    {"", kNone},
};

TEST(ResponseReader, reads_what_comes_in_any_pieces) {
  for (Case const& one : kCases)
    for (std::size_t const piece : {std::size_t{1}, std::size_t{7}, std::size_t{1000}})
      EXPECT_EQ(read(one.text, piece), one.expected) << one.text << " by " << piece;
}

TEST(ResponseReader, bounds_the_header_section) {
  std::string const endless = "HTTP/1.1 200 OK\r\nX: " + std::string(300, 'x');
  EXPECT_EQ(read(endless, 1), "the header section is too large");
  EXPECT_EQ(read(endless + "\r\n\r\n", 1000), "the header section is too large");
}

}  // namespace
}  // namespace yubin::http
