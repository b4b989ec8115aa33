// One HTTP request and its response, whole: the admin API and small pages need no streaming.
#pragma once

#include <string>

namespace yubin::http {

struct Request {
  std::string method;  // GET, POST, PUT, PATCH, DELETE
  std::string target;  // as sent: /api/v1/accounts?limit=10
  std::string body;
};

struct Response {
  unsigned status = 200;
  std::string content_type = "application/json";
  std::string body;
};

}  // namespace yubin::http
