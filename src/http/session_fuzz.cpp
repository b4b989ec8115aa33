#include <cstddef>
#include <cstdint>
#include <string>

#include "base/assert.h"
#include "http/session.h"

namespace {

using namespace yubin;
using namespace yubin::http;

// Everything a session said and asked, as text.
std::string transcript(std::string_view first, std::string_view second) {
  Session session({.header_limit = 1024, .body_limit = 1024});
  std::string out;
  for (std::string_view piece : {first, second}) {
    session.receive(piece);
    for (bool more = true; more;) {
      Session::Event event = session.poll();
      if (std::holds_alternative<NeedInput>(event)) more = false;
      if (auto* send = std::get_if<Send>(&event)) out += send->bytes;
      if (auto* ask = std::get_if<AskHttp>(&event)) {
        out += "<" + ask->request.method + " " + ask->request.target + " " + ask->request.body + ">";
        session.resume(Response{});
      }
      if (std::holds_alternative<Close>(event)) return out + "<close>";
    }
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view input(reinterpret_cast<char const*>(data), size);
  std::size_t cut = size != 0 ? data[0] % size : 0;
  YUBIN_ASSERT(transcript(input, {}) == transcript(input.substr(0, cut), input.substr(cut)));
  return 0;
}
