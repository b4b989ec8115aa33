#include "http/fetch.h"

#include <fmt/format.h>

#include <algorithm>

#include "http/response_reader.h"
#include "net/connect.h"

namespace yubin::http {

namespace {

constexpr std::chrono::seconds kConnect{20};

std::chrono::seconds left(net::Loop& loop, SteadyTime due) {
  return std::max(std::chrono::floor<std::chrono::seconds>(due - loop.clock().steady()), std::chrono::seconds(1));
}

net::Task<Result<net::Connection>> connect_to_any(net::Loop& loop, Fetch const& what, SteadyTime due) {
  std::string why = "it has no address";
  for (IpAddress const& address : what.addresses) {
    std::chrono::seconds const limit = std::min(left(loop, due), kConnect);
    Result<net::Connection> connection = co_await net::connect(loop, {address, what.port}, limit);
    if (connection) co_return std::move(*connection);
    why = fmt::format("{}: {}", address.text(), connection.error().detail);
  }
  co_return fail(Errc::temporary, fmt::format("{} cannot be reached: {}", what.host, why));
}

net::Task<Result<Response>> read_response(net::Loop& loop, net::Connection& connection, Fetch const& what,
                                          SteadyTime due) {
  ResponseReader reader({.body = what.most});
  while (!reader.done()) {
    net::Ready const ready = co_await connection.readable_or_woken(due);
    if (ready == net::Ready::woken) {
      // Told of a shutdown, or the time is over.
      if (connection.take_wake() || loop.clock().steady() >= due)
        co_return fail(Errc::temporary, fmt::format("{} did not answer in time", what.host));
      continue;
    }
    std::optional<std::string_view> bytes;
    if (ready == net::Ready::bytes) bytes = connection.read();
    if (!bytes) {
      CO_TRY_VOID(reader.end());
      break;
    }
    CO_TRY_VOID(reader.feed(*bytes));
  }
  co_return reader.take();
}

}  // namespace

net::Task<Result<Response>> get(net::Loop& loop, std::shared_ptr<tls::ClientContext const> tls, Fetch what) {
  SteadyTime const due = loop.clock().steady() + what.limit;
  CO_TRY(net::Connection connection, co_await connect_to_any(loop, what, due));
  auto context = tls->wanting({.by = tls::Wanted::By::authorities, .names = {what.host}});
  std::chrono::seconds const limit = left(loop, due);
  bool const secure = co_await connection.start_tls(std::move(context), what.host, limit);
  if (!secure) co_return fail(Errc::denied, fmt::format("TLS with {} failed: {}", what.host, connection.tls_failure()));
  std::string request =
      fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: yubin\r\nAccept: */*\r\nConnection: close\r\n\r\n",
                  what.target, what.host);
  std::chrono::seconds const stall = left(loop, due);
  bool const sent = co_await connection.write(std::move(request), stall);
  if (!sent) co_return fail(Errc::temporary, fmt::format("{} closed the connection", what.host));
  Result<Response> response = co_await read_response(loop, connection, what, due);
  co_return response;
}

}  // namespace yubin::http
