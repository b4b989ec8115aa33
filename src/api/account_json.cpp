#include "api/account_json.h"

#include "api/json.h"

namespace yubin::api {

namespace json = boost::json;

json::array json_of(directory::LoginServices services) {
  json::array list;
  for (std::string const& name : services.names()) list.push_back(json::string(name));
  return list;
}

json::array json_of(std::vector<IpNetwork> const& networks) {
  json::array list;
  for (IpNetwork const& network : networks) list.push_back(json::string(network.text()));
  return list;
}

Result<std::optional<directory::LoginServices>> find_services(json::object const& object) {
  TRY(std::optional<std::vector<std::string>> names, find_texts(object, "services"));
  if (!names) return std::nullopt;
  TRY(directory::LoginServices services, directory::LoginServices::parse(*names));
  return services;
}

Result<std::optional<std::vector<IpNetwork>>> find_networks(json::object const& object) {
  TRY(std::optional<std::vector<std::string>> texts, find_texts(object, "networks"));
  if (!texts) return std::nullopt;
  std::vector<IpNetwork> networks;
  for (std::string const& text : *texts) {
    TRY(IpNetwork network, IpNetwork::parse(text));
    networks.push_back(network);
  }
  return networks;
}

}  // namespace yubin::api
