#include "server/gates.h"

#include <gtest/gtest.h>

namespace yubin::server {
namespace {

Service service(std::string_view name, TlsUse tls = TlsUse::by_command) {
  Service result{};
  result.name = name;
  result.tls = tls;
  return result;
}

TEST(Gates, a_refused_client_is_told_in_its_own_protocol) {
  EXPECT_EQ(refusal_line(service("mx"), "mx.example.test"),
            "421 4.7.0 mx.example.test Too many connections, try again later\r\n");
  EXPECT_EQ(refusal_line(service("submission"), "mx.example.test").substr(0, 10), "421 4.7.0 ");
  EXPECT_EQ(refusal_line(service("imap"), "mx.example.test"), "* BYE Too many connections, try again later\r\n");
  EXPECT_EQ(refusal_line(service("pop3"), "mx.example.test"),
            "-ERR [SYS/TEMP] Too many connections, try again later\r\n");
  EXPECT_EQ(refusal_line(service("imaps", TlsUse::at_once), "mx.example.test"), "");
}

TEST(Gates, listeners_of_a_service_share_a_gate_and_services_do_not) {
  SystemClock const clock;
  Gates gates({}, clock);
  Service const mx = service("mx");
  auto const first = gates.listener(mx, "mx.example.test");
  EXPECT_EQ(gates.listener(mx, "mx.example.test").gate, first.gate);
  EXPECT_NE(gates.listener(service("imap"), "mx.example.test").gate, first.gate);
  auto const admitted = first.gate->admit(IpAddress::v4({192, 0, 2, 1}));
  EXPECT_EQ(gates.counters().at("mx").connections, 1u);
  EXPECT_EQ(gates.counters().at("imap").connections, 0u);
}

}  // namespace
}  // namespace yubin::server
