#include "app/system_calls.h"

#include <fmt/format.h>
#include <linux/sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>

namespace yubin::app {
namespace {

// By name, since this header's kernel may be older than the one we run on; names that libseccomp does not know are no
// calls of this architecture.
constexpr char const* kForbidden[] = {
    // other programs
    "execve",
    "execveat",
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "process_madvise",
    "kcmp",
    "pidfd_getfd",
    // another view of the file system
    "mount",
    "umount",
    "umount2",
    "pivot_root",
    "chroot",
    "move_mount",
    "open_tree",
    "fsopen",
    "fsconfig",
    "fsmount",
    "fspick",
    "mount_setattr",
    "swapon",
    "swapoff",
    "quotactl",
    "quotactl_fd",
    "acct",
    "mknod",
    "mknodat",
    "name_to_handle_at",
    "open_by_handle_at",
    "fanotify_init",
    // namespaces, identity
    "unshare",
    "setns",
    "setuid",
    "setgid",
    "setreuid",
    "setregid",
    "setresuid",
    "setresgid",
    "setfsuid",
    "setfsgid",
    "setgroups",
    "capset",
    "personality",
    "setdomainname",
    "sethostname",
    // the kernel itself
    "bpf",
    "perf_event_open",
    "userfaultfd",
    "init_module",
    "finit_module",
    "delete_module",
    "kexec_load",
    "kexec_file_load",
    "reboot",
    "syslog",
    "iopl",
    "ioperm",
    "modify_ldt",
    "lookup_dcookie",
    "nfsservctl",
    "vhangup",
    "add_key",
    "request_key",
    "keyctl",
    "io_uring_setup",
    "io_uring_enter",
    "io_uring_register",
    "create_module",
    "settimeofday",
    "stime",
    "clock_settime",
    "clock_adjtime",
    "adjtimex",
    "memfd_secret",
    "vmsplice",
    "migrate_pages",
    "move_pages",
};

using Filter = std::unique_ptr<void, decltype(&seccomp_release)>;

// The argument at `position`, compared as 64 bits.
scmp_arg_cmp has_bits(unsigned position, std::uint64_t bits) {
  return {.arg = position, .op = SCMP_CMP_MASKED_EQ, .datum_a = bits, .datum_b = bits};
}
scmp_arg_cmp is(unsigned position, std::uint64_t value) {
  return {.arg = position, .op = SCMP_CMP_EQ, .datum_a = value, .datum_b = 0};
}
scmp_arg_cmp is_above(unsigned position, std::uint64_t value) {
  return {.arg = position, .op = SCMP_CMP_GT, .datum_a = value, .datum_b = 0};
}

class Rules {
 public:
  explicit Rules(scmp_filter_ctx filter) : filter_(filter) {}

  void forbid(int call, unsigned error = EPERM) {
    note(seccomp_rule_add_array(filter_, SCMP_ACT_ERRNO(error), call, 0, nullptr));
  }
  void forbid_if(int call, scmp_arg_cmp const& argument, unsigned error = EPERM) {
    note(seccomp_rule_add_array(filter_, SCMP_ACT_ERRNO(error), call, 1, &argument));
  }
  int error() const { return error_; }

 private:
  void note(int result) {
    if (result < 0 && error_ == 0) error_ = -result;
  }
  scmp_filter_ctx filter_;
  int error_ = 0;
};

constexpr std::uint64_t kNamespaces[] = {CLONE_NEWUSER, CLONE_NEWNET, CLONE_NEWNS,    CLONE_NEWPID,
                                         CLONE_NEWIPC,  CLONE_NEWUTS, CLONE_NEWCGROUP};

void forbid_by_argument(Rules& rules) {
  // A thread is fine, a new namespace is not. clone3 hides its flags in memory; glibc then uses clone.
  for (std::uint64_t const flag : kNamespaces) rules.forbid_if(SCMP_SYS(clone), has_bits(0, flag));
  rules.forbid(SCMP_SYS(clone3), ENOSYS);
  // No memory that is written and then executed.
  rules.forbid_if(SCMP_SYS(mmap), has_bits(2, PROT_WRITE | PROT_EXEC));
  rules.forbid_if(SCMP_SYS(mprotect), has_bits(2, PROT_EXEC));
  rules.forbid_if(SCMP_SYS(pkey_mprotect), has_bits(2, PROT_EXEC));
  // AF_NETLINK is how the C library learns which addresses the machine has. All others are old and full of holes.
  rules.forbid_if(SCMP_SYS(socket), is_above(0, AF_NETLINK), EAFNOSUPPORT);
  for (std::uint64_t family = AF_INET + 1; family < AF_NETLINK; ++family)
    if (family != AF_INET6) rules.forbid_if(SCMP_SYS(socket), is(0, family), EAFNOSUPPORT);
}

}  // namespace

Result<> forbid_system_calls() {
  Filter const filter(seccomp_init(SCMP_ACT_ALLOW), &seccomp_release);
  if (!filter) return fail(Errc::internal, "seccomp: no filter");
  (void)seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_TSYNC, 1);
  // A tree instead of a line: every call passes the filter.
  (void)seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);
  Rules rules(filter.get());
  for (char const* name : kForbidden) {
    int const call = seccomp_syscall_resolve_name(name);
    if (call != __NR_SCMP_ERROR) rules.forbid(call);
  }
  forbid_by_argument(rules);
  int const error = rules.error() != 0 ? rules.error() : -seccomp_load(filter.get());
  if (error != 0) return fail(Errc::denied, fmt::format("seccomp: {}", std::strerror(error)));
  return {};
}

}  // namespace yubin::app
