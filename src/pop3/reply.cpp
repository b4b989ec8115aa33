#include "pop3/reply.h"

namespace yubin::pop3 {

Reply ok(std::string text) {
  return {.status = Reply::Status::ok, .text = std::move(text)};
}
Reply err(std::string text) {
  return {.status = Reply::Status::err, .text = std::move(text)};
}
Reply err(std::string code, std::string text) {
  return {Reply::Status::err, std::move(code), std::move(text)};
}
Reply told() {
  return {.status = Reply::Status::told};
}

Reply failure(Error const& error) {
  if (error.code == Errc::corrupt) return err("SYS/PERM", "This cannot be read; the administrator has to see to it.");
  return err("SYS/TEMP", "Not possible at the moment.");
}

void put(std::string& out, Reply const& reply) {
  if (reply.status == Reply::Status::told) return;
  out += reply.status == Reply::Status::ok ? "+OK " : "-ERR ";
  if (!reply.code.empty()) out.append("[").append(reply.code).append("] ");
  out.append(reply.text).append("\r\n");
}

}  // namespace yubin::pop3
