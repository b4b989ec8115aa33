#include "http/session.h"

#include <fmt/format.h>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <deque>
#include <optional>
#include <string>

#include "base/assert.h"
#include "http/parse_input.h"

namespace yubin::http {

namespace {

namespace beast = boost::beast;

std::string_view reason_phrase(unsigned status) {
  return beast::http::obsolete_reason(static_cast<beast::http::status>(status));
}

std::string encode(Response const& response, bool keep_alive) {
  return fmt::format("HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: {}\r\n\r\n{}",
                     response.status, reason_phrase(response.status), response.content_type, response.body.size(),
                     keep_alive ? "keep-alive" : "close", response.body);
}

Response error_response(unsigned status, std::string_view sentence) {
  return {status, "application/json", fmt::format(R"({{"error":"{}"}})", sentence)};
}

Response response_to(beast::error_code const& error) {
  if (error == beast::http::error::header_limit) return error_response(431, "the header section is too large");
  if (error == beast::http::error::body_limit) return error_response(413, "the body is too large");
  return error_response(400, "this is not a complete HTTP/1.1 request");
}

}  // namespace

struct Session::Impl {
  using Parser = beast::http::request_parser<beast::http::string_body>;
  enum class State { reading, asking, closing, closed };

  explicit Impl(Options o) : options(o) { next_request(); }

  void next_request() {
    parser.emplace();
    parser->header_limit(options.header_limit);
    parser->body_limit(options.body_limit);
  }

  Event close_with(Response const& response) {
    state = State::closing;
    return Send{encode(response, false)};
  }

  Options options;
  std::optional<Parser> parser;
  std::string input;  // received, not yet parsed; at most what one read brings beyond a request
  State state = State::reading;
  bool keep_alive = true;
  std::optional<std::string> output;
};

Session::Session(Options options) : impl_(std::make_unique<Impl>(options)) {}
Session::~Session() = default;
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;

void Session::receive(std::string_view bytes) {
  impl_->input.append(bytes);
}

Session::Event Session::poll() {
  Impl& self = *impl_;
  if (self.output) {
    Send send{std::move(*self.output)};
    self.output.reset();
    self.state = self.keep_alive ? Impl::State::reading : Impl::State::closing;
    if (self.keep_alive) self.next_request();
    return send;
  }
  if (self.state == Impl::State::closing) {
    self.state = Impl::State::closed;
    return Close{};
  }
  if (self.state != Impl::State::reading || self.input.empty()) return NeedInput{};

  if (auto error = parse_input(*self.parser, self.input, self.options.header_limit); error)
    return self.close_with(response_to(error));
  if (!self.parser->is_done()) return NeedInput{};

  auto message = self.parser->release();
  self.keep_alive = message.keep_alive();
  self.state = Impl::State::asking;
  return AskHttp{{std::string(message.method_string()), std::string(message.target()), std::move(message.body())}};
}

void Session::resume(Response response) {
  YUBIN_ASSERT(impl_->state == Impl::State::asking);
  impl_->output = encode(response, impl_->keep_alive);
}

void Session::wake(WakeReason reason) {
  if (reason == WakeReason::changed) return;
  impl_->keep_alive = false;
  if (impl_->state == Impl::State::reading) impl_->state = Impl::State::closing;
}

}  // namespace yubin::http
