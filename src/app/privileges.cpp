#include "app/privileges.h"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace yubin::app {

namespace {

struct User {
  uid_t uid;
  gid_t gid;
};

Result<User> find_user(std::string const& name) {
  errno = 0;
  passwd const* const entry = ::getpwnam(name.c_str());  // before threads are started, so nobody else asks
  if (entry == nullptr)
    return fail(
        Errc::not_found,
        fmt::format("there is no system user \"{}\"; add it with `adduser --system --group --no-create-home {}`, "
                    "or set `user` in the configuration",
                    name, name));
  return User{entry->pw_uid, entry->pw_gid};
}

std::unexpected<Error> cannot(std::string_view what, std::string const& whom) {
  return fail(Errc::denied, fmt::format("cannot {} {}: {}", what, whom, std::strerror(errno)));
}

Result<> give_one(User const& user, std::filesystem::path const& path) {
  if (::lchown(path.c_str(), user.uid, user.gid) != 0) return cannot("change the owner of", path.string());
  return {};
}

}  // namespace

bool is_root() {
  return ::geteuid() == 0;
}

bool user_exists(std::string const& name) {
  return ::getpwnam(name.c_str()) != nullptr;
}

Result<> become(std::string const& user) {
  rlimit const none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (!is_root() || user.empty()) return {};
  TRY(User const who, find_user(user));
  if (::initgroups(user.c_str(), who.gid) != 0 || ::setgid(who.gid) != 0 || ::setuid(who.uid) != 0)
    return cannot("become the user", user);
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  return {};
}

Result<> give_to(std::string const& user, std::filesystem::path const& folder) {
  if (!is_root() || user.empty()) return {};
  TRY(User const who, find_user(user));
  TRY_VOID(give_one(who, folder));
  std::error_code error;
  for (auto const& entry : std::filesystem::recursive_directory_iterator(folder, error))
    TRY_VOID(give_one(who, entry.path()));
  if (error) return fail(Errc::denied, fmt::format("cannot read {}: {}", folder.string(), error.message()));
  return {};
}

Result<> let_group_read(std::string const& user, std::filesystem::path const& file) {
  if (!is_root() || user.empty()) return {};
  TRY(User const who, find_user(user));
  if (::lchown(file.c_str(), 0, who.gid) != 0) return cannot("change the group of", file.string());
  bool const folder = std::filesystem::is_directory(file);
  if (::chmod(file.c_str(), folder ? 0750 : 0640) != 0) return cannot("change the mode of", file.string());
  return {};
}

}  // namespace yubin::app
