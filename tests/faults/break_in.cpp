// Somebody who has taken over the server, as a library that is loaded into it (LD_PRELOAD): at SIGUSR1 it tries what he
// would try, in the thread that happens to get the signal, and writes one line for each attempt to standard error:
// "break-in: read 13", with the errno or 0. Raw system calls, so that no library's own care is what is tested.
//
//   BREAK_IN_READ=/path   a file that the server's user may read (/etc/shadow is tried too: "shadow")
//   BREAK_IN_WRITE=/path  a file that the server's user may make
//   BREAK_IN_PORT=n       of 127.0.0.1, on which somebody listens
#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace {

char const* read_path;
char const* write_path;
unsigned short port;

int result(long returned) {
  if (returned < 0) return errno;
  ::syscall(SYS_close, returned);
  return 0;
}

int open_file(char const* path, int flags) {
  return path == nullptr ? -1 : result(::syscall(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC, 0600));
}

int connect_out() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  long const socket = ::syscall(SYS_socket, AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return errno;
  int const error = ::syscall(SYS_connect, socket, &address, sizeof address) == 0 ? 0 : errno;
  ::syscall(SYS_close, socket);
  return error;
}

// In a child, since it would not come back.
int run_shell() {
  long const child = ::syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr);
  if (child < 0) return errno;
  if (child == 0) {
    char const* const arguments[] = {"/bin/sh", "-c", "exit 0", nullptr};
    char const* const environment[] = {nullptr};
    ::syscall(SYS_execve, arguments[0], arguments, environment);
    ::syscall(SYS_exit_group, errno);
  }
  int status = 0;
  ::syscall(SYS_wait4, child, &status, 0, nullptr);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void tell(char const* attempt, int error) {
  char line[64];
  int const length = std::snprintf(line, sizeof line, "break-in: %s %d\n", attempt, error);
  ::syscall(SYS_write, STDERR_FILENO, line, static_cast<size_t>(length));
}

void break_in(int) {
  int const before = errno;
  tell("shadow", open_file("/etc/shadow", O_RDONLY));
  tell("read", open_file(read_path, O_RDONLY));
  tell("write", open_file(write_path, O_WRONLY | O_CREAT));
  tell("connect", connect_out());
  tell("shell", run_shell());
  tell("done", 0);
  errno = before;
}

__attribute__((constructor)) void prepare() {
  read_path = std::getenv("BREAK_IN_READ");
  write_path = std::getenv("BREAK_IN_WRITE");
  char const* const number = std::getenv("BREAK_IN_PORT");
  port = static_cast<unsigned short>(number == nullptr ? 0 : std::atoi(number));
  struct sigaction action{};
  action.sa_handler = &break_in;
  ::sigaction(SIGUSR1, &action, nullptr);
}

}  // namespace
