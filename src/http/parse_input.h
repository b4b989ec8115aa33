// What sessions and readers of responses do with their parser. Private to http.
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>

#include <cstddef>
#include <string>

#include "base/assert.h"

namespace yubin::http {

// Lets the parser take of `input` what it can, and removes that. The parser, which is not eager, stops after each of
// its parts (the header section, a chunk's header, its body), so it is called until it takes no more. What it says must
// not depend on the pieces that bytes come in: it is given a header section whole, and begins no part of a chunked body
// with less than the shortest chunk has, the last one: "0", CR LF and CR LF.
template <class Parser>
boost::beast::error_code parse_input(Parser& parser, std::string& input, std::size_t header_limit) {
  constexpr std::size_t kShortestChunk = 5;
  namespace http = boost::beast::http;
  YUBIN_ASSERT(!parser.eager());
  boost::beast::error_code error;
  if (!parser.is_header_done() && input.find("\r\n\r\n") == std::string::npos) {
    if (input.size() > header_limit) error = http::error::header_limit;
    return error;
  }
  while (!input.empty() && !parser.is_done()) {
    if (parser.is_header_done() && parser.chunked() && input.size() < kShortestChunk) return {};
    std::size_t const used = parser.put(boost::asio::buffer(input), error);
    input.erase(0, used);
    if (error && error != http::error::need_more) return error;
    if (error && used == 0) {
      // It has the whole section and asks for more: its first line is too short.
      if (!parser.is_header_done()) return http::error::partial_message;
      return {};
    }
  }
  return {};
}

}  // namespace yubin::http
