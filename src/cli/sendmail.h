// The names under which programs send mail: sendmail, mailq, newaliases, all of them this binary.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace yubin::cli {

// The submission socket of the server, unless the environment's YUBIN_SUBMIT_SOCKET names another.
inline constexpr char kSubmitSocket[] = "/run/yubin/submit.sock";

// Whether the program, called by this name, is one of them.
bool is_sendmail_name(std::string_view program);

// Runs it; an exit code of sysexits.h. What is wrong is one line on standard error.
int run_sendmail(std::string_view program, std::span<std::string const> arguments);

}  // namespace yubin::cli
