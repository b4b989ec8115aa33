#include "http/response_reader.h"

#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <string>

#include "http/parse_input.h"

namespace yubin::http {

namespace {

namespace beast = boost::beast;

Result<> result_of(beast::error_code const& error) {
  if (!error) return {};
  if (error == beast::http::error::header_limit) return fail(Errc::limit, "the header section is too large");
  if (error == beast::http::error::body_limit) return fail(Errc::limit, "the body is too large");
  return fail(Errc::syntax, "this is no complete HTTP response");
}

}  // namespace

struct ResponseReader::Impl {
  explicit Impl(Limits given) : limits(given) {
    parser.header_limit(limits.header);
    parser.body_limit(limits.body);
  }

  Limits limits;
  beast::http::response_parser<beast::http::string_body> parser;
  std::string input;  // not yet parsed
};

ResponseReader::ResponseReader(Limits limits) : impl_(std::make_unique<Impl>(limits)) {}
ResponseReader::~ResponseReader() = default;
ResponseReader::ResponseReader(ResponseReader&&) noexcept = default;
ResponseReader& ResponseReader::operator=(ResponseReader&&) noexcept = default;

Result<> ResponseReader::feed(std::string_view bytes) {
  impl_->input.append(bytes);
  return result_of(parse_input(impl_->parser, impl_->input, impl_->limits.header));
}

Result<> ResponseReader::end() {
  beast::error_code error;
  // What is left is part of a header section, or of a chunk.
  if (!impl_->input.empty() || !impl_->parser.is_header_done()) error = beast::http::error::partial_message;
  if (!error) impl_->parser.put_eof(error);
  return result_of(error);
}

bool ResponseReader::done() const {
  return impl_->parser.is_done();
}

Response ResponseReader::take() {
  auto message = impl_->parser.release();
  return {message.result_int(), std::string(message[beast::http::field::content_type]), std::move(message.body())};
}

}  // namespace yubin::http
