#include "http/session.h"

#include <gtest/gtest.h>

#include <string>

namespace yubin::http {
namespace {

struct Exchange {
  std::string output;
  std::vector<Request> requests;
  bool closed = false;
};

// Feeds `input` in pieces and answers each request with its own method and target.
Exchange run(std::string_view input, std::size_t piece, Session::Options options = {}) {
  Session session(options);
  Exchange exchange;
  auto pump = [&] {
    for (;;) {
      Session::Event event = session.poll();
      if (std::holds_alternative<NeedInput>(event)) return;
      if (auto* send = std::get_if<Send>(&event)) exchange.output += send->bytes;
      if (auto* ask = std::get_if<AskHttp>(&event)) {
        exchange.requests.push_back(ask->request);
        session.resume(Response{200, "text/plain", ask->request.method + " " + ask->request.target});
      }
      if (std::holds_alternative<Close>(event)) {
        exchange.closed = true;
        return;
      }
    }
  };
  while (!input.empty() && !exchange.closed) {
    session.receive(input.substr(0, piece));
    input.remove_prefix(std::min(piece, input.size()));
    pump();
  }
  return exchange;
}

constexpr std::string_view kTwoRequests =
    "GET /api/v1/status HTTP/1.1\r\nHost: x\r\n\r\n"
    "POST /api/v1/accounts HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody";

TEST(HttpSession, pieces_of_any_size_give_the_same) {
  Exchange whole = run(kTwoRequests, kTwoRequests.size());
  ASSERT_EQ(whole.requests.size(), 2u);
  EXPECT_EQ(whole.requests[0].method, "GET");
  EXPECT_EQ(whole.requests[0].target, "/api/v1/status");
  EXPECT_EQ(whole.requests[1].body, "body");
  EXPECT_TRUE(whole.closed);
  for (std::size_t piece : {1u, 2u, 7u}) {
    Exchange split = run(kTwoRequests, piece);
    EXPECT_EQ(split.output, whole.output) << piece;
    EXPECT_TRUE(split.closed);
  }
}

// The parser takes a chunk's size that is no number for a fault as soon as its line is whole, but does not see a line
// that came alone.
TEST(HttpSession, what_follows_a_header_is_judged_the_same_when_it_comes_alone) {
  std::string_view const head = "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (std::string_view chunk : {"\x0f\n\r\n", "\x0f\n\r\n\r\n", "1\r\na\r\n\x0f\r\n"}) {
    std::string const text = std::string(head) + std::string(chunk);
    Exchange whole = run(text, text.size());
    for (std::size_t piece : {std::size_t{1}, head.size() - 1, head.size(), head.size() + 1})
      EXPECT_EQ(run(text, piece).output, whole.output) << text << " by " << piece;
  }
}

TEST(HttpSession, junk_is_answered_400_and_closed) {
  for (std::string_view junk :
       {"EHLO x\r\n\r\n", "\x01\x02\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GED /api: x\r\n\r\n"}) {
    Exchange exchange = run(junk, 1);
    EXPECT_TRUE(exchange.requests.empty()) << junk;
    EXPECT_TRUE(exchange.closed) << junk;
    EXPECT_TRUE(exchange.output.starts_with("HTTP/1.1 400 ")) << exchange.output;
  }
}

TEST(HttpSession, limits) {
  std::string header = "GET / HTTP/1.1\r\nX: " + std::string(100, 'a') + "\r\n\r\n";
  EXPECT_TRUE(run(header, 10, {.header_limit = 64}).output.starts_with("HTTP/1.1 431 "));
  std::string body = "POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\n" + std::string(100, 'a');
  EXPECT_TRUE(run(body, 10, {.body_limit = 64}).output.starts_with("HTTP/1.1 413 "));
}

TEST(HttpSession, shutdown_closes_an_idle_connection_and_finishes_a_running_request) {
  Session idle({});
  idle.wake(WakeReason::shutdown);
  EXPECT_TRUE(std::holds_alternative<Close>(idle.poll()));

  Session busy({});
  busy.receive("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(std::holds_alternative<AskHttp>(busy.poll()));
  busy.wake(WakeReason::shutdown);
  busy.resume(Response{});
  EXPECT_TRUE(std::holds_alternative<Send>(busy.poll()));
  EXPECT_TRUE(std::holds_alternative<Close>(busy.poll()));
}

}  // namespace
}  // namespace yubin::http
