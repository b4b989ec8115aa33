// yubin_bench_machine DIR: what this machine can do at best, beside which all other figures stand.
#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "bench/group_commit.h"
#include "bench/measure.h"
#include "tls/context.h"
#include "tls/test_ca.h"

namespace yubin::bench {
namespace {

constexpr double kSeconds = 2;  // of each measurement

int open_file(std::filesystem::path const& path) {
  int const file = ::open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
  if (file < 0) throw std::system_error(errno, std::generic_category(), path.string());
  return file;
}

// Appends of `size` bytes, each synced before the next.
void measure_syncs(std::filesystem::path const& directory, std::size_t size) {
  std::filesystem::path const path = directory / "syncs";
  int const file = open_file(path);
  std::string const bytes(size, 'x');
  Latencies latencies;
  double const start = seconds_now();
  double now = start;
  while (now < start + kSeconds) {
    if (::write(file, bytes.data(), bytes.size()) < 0 || ::fdatasync(file) != 0)
      throw std::system_error(errno, std::generic_category(), "write and fdatasync");
    double const then = std::exchange(now, seconds_now());
    latencies.add(now - then);
  }
  ::close(file);
  std::filesystem::remove(path);
  double const per_second = static_cast<double>(latencies.count()) / (now - start);
  Row("machine.sync")
      .set("size", static_cast<double>(size))
      .set("rate", per_second)
      .set("mb_per_s", per_second * static_cast<double>(size) / 1e6)
      .set("p50_ms", latencies.percentile(0.5))
      .set("p99_ms", latencies.percentile(0.99))
      .print();
}

// Both ends of a full TLS 1.3 handshake in memory, on one core.
void measure_handshakes() {
  WallTime const now = SystemClock().now();
  tls::Identity const authority = tls::make_test_ca("bench", now).value();
  std::string const names[] = {"localhost"};
  tls::Identity const identity = tls::issue_test_certificate(authority, names, now, now + std::chrono::days(1)).value();
  auto const context = tls::Context::make(identity, {.name = "bench", .alpn = {}}).value();
  SSL_CTX* const client_context = SSL_CTX_new(TLS_client_method());
  std::uint64_t count = 0;
  double const start = seconds_now();
  while (seconds_now() < start + kSeconds) {
    BIO* one = nullptr;
    BIO* other = nullptr;
    BIO_new_bio_pair(&one, 0, &other, 0);
    tls::Ssl const owner = context->new_connection();
    SSL* const server = owner.get();
    SSL* const client = SSL_new(client_context);
    SSL_set_bio(server, one, one);
    SSL_set_bio(client, other, other);
    SSL_set_accept_state(server);
    SSL_set_connect_state(client);
    bool done = false;
    while (!done) {
      int const here = SSL_do_handshake(client);
      done = SSL_do_handshake(server) == 1 && here == 1;
    }
    SSL_free(client);
    ++count;
  }
  SSL_CTX_free(client_context);
  Row("machine.tls_handshake").set("rate", static_cast<double>(count) / (seconds_now() - start)).print();
}

struct OpenSocket {
  int const socket;
  ~OpenSocket() {
    ::shutdown(socket, SHUT_RDWR);
    ::close(socket);
  }
};

int checked(ssize_t result, char const* call) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), call);
  return static_cast<int>(result);
}

// A request of one line and a reply of 4 KB between two threads over a connection of loopback, one after the other:
// what a client that waits for each reply can get from any server.
void measure_round_trips() {
  OpenSocket const listening{checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket")};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  checked(::bind(listening.socket, generic, length), "bind");
  checked(::listen(listening.socket, 1), "listen");
  checked(::getsockname(listening.socket, generic, &length), "getsockname");
  int const connecting = checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
  checked(::connect(connecting, generic, length), "connect");
  OpenSocket const server{checked(::accept4(listening.socket, nullptr, nullptr, SOCK_CLOEXEC), "accept")};
  std::string const reply(4096, 'x');
  std::jthread const answering([&] {
    char request[64];
    while (::read(server.socket, request, sizeof request) > 0 &&
           ::write(server.socket, reply.data(), reply.size()) > 0) {
    }
  });
  OpenSocket const client{connecting};  // closed before the thread is waited for, which ends by it
  std::uint64_t count = 0;
  double const start = seconds_now();
  while (seconds_now() < start + kSeconds) {
    checked(::write(client.socket, "RETR 1\r\n", 8), "write");
    char bytes[4096];
    for (std::size_t got = 0; got < reply.size();) {
      int const more = checked(::read(client.socket, bytes, sizeof bytes), "read");
      if (more == 0) throw std::runtime_error("the other end of a round trip has gone");
      got += static_cast<std::size_t>(more);
    }
    ++count;
  }
  Row("machine.round_trip").set("rate", static_cast<double>(count) / (seconds_now() - start)).print();
}

void measure_group_commit(std::filesystem::path const& directory, std::size_t size, unsigned writers,
                          std::uint64_t messages) {
  Rate rate = run_group_commit(directory, size, writers, messages);
  Row("machine.group_commit")
      .set("size", static_cast<double>(size))
      .set("writers", writers)
      .set("rate", rate.per_second())
      .set("p50_ms", rate.latencies.percentile(0.5))
      .set("p99_ms", rate.latencies.percentile(0.99))
      .print();
}

}  // namespace
}  // namespace yubin::bench

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: yubin_bench_machine DIR\n");
    return 2;
  }
  std::filesystem::path const directory = argv[1];
  using namespace yubin::bench;
  try {
    std::filesystem::create_directories(directory);
    measure_syncs(directory, 4096);
    measure_syncs(directory, 1024 * 1024);
    measure_handshakes();
    measure_round_trips();
    measure_group_commit(directory, 4096, 1, 5000);
    measure_group_commit(directory, 4096, 16, 50000);
    measure_group_commit(directory, 4096, 200, 100000);
  } catch (std::exception const& error) {
    fmt::print(stderr, "yubin_bench_machine: {}\n", error.what());
    return 1;
  }
  return 0;
}
