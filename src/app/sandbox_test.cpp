// What somebody who has taken over the process tries, in a child that is in the sandbox.
#include "app/sandbox.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <thread>

#include "app/landlock.h"
#include "base/log.h"
#include "net/listener.h"

namespace yubin::app {
namespace {

constexpr int kNoSandbox = 200;

class SandboxTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "yubin-sandbox-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    for (char const* name : {"store", "tls", "elsewhere"}) std::filesystem::create_directory(folder_ / name);
    write(folder_ / "tls" / "key.pem");
    write(folder_ / "elsewhere" / "secret");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  static int write(std::filesystem::path const& path) {
    int const fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) return errno;
    ::close(fd);
    return 0;
  }
  static int read(std::filesystem::path const& path) {
    int const fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return errno;
    ::close(fd);
    return 0;
  }
  static int result(long returned) { return returned < 0 ? errno : 0; }

  // What `attempt` returns in the sandbox: 0 or an errno.
  template <class Attempt>
  int inside(Attempt attempt) {
    pid_t const child = ::fork();
    if (child == 0) {
      set_log_sink([](LogLevel, std::string_view) {});
      SandboxOptions const options{.read = {folder_ / "tls"}, .read_write = {folder_ / "store"}, .connect = {allowed_}};
      Result<Sandbox> const sandbox = enter_sandbox(options);
      ::_exit(!sandbox || !sandbox->system_calls ? kNoSandbox : attempt());
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

  static int connect_to(std::uint16_t port) {
    net::Descriptor const socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return result(::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address));
  }

  std::filesystem::path folder_;
  net::ListeningSocket const listener_ = net::listen_on(net::Endpoint::parse("127.0.0.1:0").value()).value();
  net::ListeningSocket const other_ = net::listen_on(net::Endpoint::parse("127.0.0.1:0").value()).value();
  std::uint16_t const allowed_ = listener_.local.port;
};

TEST_F(SandboxTest, the_servers_own_work_goes_on) {
  EXPECT_EQ(inside([&] { return write(folder_ / "store" / "row"); }), 0);
  EXPECT_EQ(inside([&] {
              std::error_code error;
              std::filesystem::create_directories(folder_ / "store" / "a" / "b", error);
              std::filesystem::rename(folder_ / "store" / "a" / "b", folder_ / "store" / "c", error);
              std::filesystem::remove_all(folder_ / "store" / "a", error);
              return error.value();
            }),
            0);
  EXPECT_EQ(inside([&] { return read(folder_ / "tls" / "key.pem"); }), 0);
  EXPECT_EQ(inside([&] { return connect_to(allowed_); }), 0);
  EXPECT_EQ(inside([] { return net::listen_on(net::Endpoint::parse("127.0.0.1:0").value()) ? 0 : 1; }), 0);
  EXPECT_EQ(inside([] {
              int done = 1;
              std::thread([&] { done = 0; }).join();
              return done;
            }),
            0);
}

TEST_F(SandboxTest, a_file_is_open_by_its_folder_and_by_where_links_lead) {
  std::filesystem::create_symlink(folder_ / "elsewhere" / "secret", folder_ / "tls" / "link.pem");
  std::filesystem::path const files[] = {folder_ / "tls" / "key.pem", folder_ / "tls" / "link.pem",
                                         folder_ / "gone" / "file", "", "/etc/hostname"};
  std::vector<std::filesystem::path> const expected = {folder_ / "tls", folder_ / "elsewhere", folder_ / "gone",
                                                       "/etc/hostname"};
  EXPECT_EQ(folders_of(files), expected);
}

TEST_F(SandboxTest, a_program_that_is_named_may_start_and_no_other) {
  if (landlock_version() == 0) GTEST_SKIP() << "this kernel has no Landlock";
  auto start = [](char const* program) {
    SandboxOptions const options =
        with_sanitizers({.read = {}, .read_write = {}, .execute = {std::filesystem::canonical("/bin/true")}});
    pid_t const child = ::fork();
    if (child == 0) {
      set_log_sink([](LogLevel, std::string_view) {});
      if (!enter_sandbox(options)) ::_exit(kNoSandbox);
      char const* const arguments[] = {program, nullptr};
      ::execv(program, const_cast<char**>(arguments));
      ::_exit(errno);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WEXITSTATUS(status);
  };
  EXPECT_EQ(start("/bin/true"), 0);
  EXPECT_EQ(start("/bin/false"), EACCES);
}

TEST_F(SandboxTest, files_elsewhere_stay_closed) {
  if (landlock_version() == 0) GTEST_SKIP() << "this kernel has no Landlock";
  EXPECT_EQ(inside([&] { return read("/etc/shadow"); }), EACCES);
  EXPECT_EQ(inside([&] { return read(folder_ / "elsewhere" / "secret"); }), EACCES);
  EXPECT_EQ(inside([&] { return write(folder_ / "elsewhere" / "new"); }), EACCES);
  EXPECT_EQ(inside([&] { return write(folder_ / "tls" / "key.pem"); }), EACCES);
  EXPECT_EQ(inside([&] { return result(::unlink((folder_ / "tls" / "key.pem").c_str())); }), EACCES);
  EXPECT_EQ(inside([&] { return result(::mkdir((folder_ / "elsewhere" / "new").c_str(), 0700)); }), EACCES);
}

TEST_F(SandboxTest, other_ports_stay_closed) {
  if (landlock_version() < kLandlockWithPorts) GTEST_SKIP() << "this kernel cannot restrict connections";
  EXPECT_EQ(inside([&] { return connect_to(other_.local.port); }), EACCES);
}

TEST_F(SandboxTest, no_program_is_started_and_the_kernel_is_left_alone) {
  EXPECT_EQ(inside([] {
              char const* const arguments[] = {"/bin/sh", "-c", "exit 0", nullptr};
              return result(::execv(arguments[0], const_cast<char**>(arguments)));
            }),
            EPERM);
  EXPECT_EQ(inside([] { return result(::ptrace(PTRACE_ATTACH, ::getppid(), nullptr, nullptr)); }), EPERM);
  EXPECT_EQ(inside([] { return result(::mount("none", "/tmp", "tmpfs", 0, nullptr)); }), EPERM);
  EXPECT_EQ(inside([] { return result(::unshare(CLONE_NEWNET)); }), EPERM);
  EXPECT_EQ(inside([] { return result(::syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, nullptr, nullptr, nullptr, 0)); }),
            EPERM);
  EXPECT_EQ(inside([] { return result(::setuid(0)); }), EPERM);
  EXPECT_EQ(inside([&] { return result(::mkfifo((folder_ / "store" / "fifo").c_str(), 0600)); }), EPERM);
  EXPECT_EQ(inside([] { return result(::socket(AF_PACKET, SOCK_RAW, 0)); }), EAFNOSUPPORT);
  EXPECT_EQ(inside([] {
              void* const memory =
                  ::mmap(nullptr, 4096, PROT_WRITE | PROT_EXEC | PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
              return memory == MAP_FAILED ? errno : 0;
            }),
            EPERM);
}

TEST_F(SandboxTest, nothing_can_be_gained_or_dumped) {
  EXPECT_EQ(inside([] { return ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0); }), 1);
  EXPECT_EQ(inside([] { return ::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0); }), 0);
  EXPECT_EQ(inside([&] { return result(::chown((folder_ / "store").c_str(), 1, 1)); }), EPERM);
}

}  // namespace
}  // namespace yubin::app
