#pragma once
// A server on the loopback interface whose answers a test writes byte by byte.

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <thimble/base/fd.h>

namespace thimble::fetch {

struct Received {
  std::string line;    // "GET /path HTTP/1.1"
  std::string head;    // All of it.
  std::string body;    // As many bytes as Content-Length says.
  int connection = 0;  // Which of the server's connections, from 1.

  [[nodiscard]] bool has(std::string_view text) const {
    return head.find(text) != std::string::npos;
  }
};

struct Reply {
  std::string bytes = {};
  bool keep_open = false;    // Another request is read from the same connection.
  std::string endless = {};  // Sent after `bytes`, again and again until the peer goes away.
  bool hold = false;         // Nothing more is sent until the peer goes away.
  bool reset_next = false;   // With keep_open: the next request is met by a reset, unread.
};

// A whole answer with a length, after which the connection stays open.
[[nodiscard]] Reply answer(std::string_view status, std::string_view body,
                           std::string_view headers = {});

// Answers until it is destroyed; `script` is called in one thread for each connection.
class ScriptedServer final {
 public:
  using Script = std::function<Reply(const Received&)>;
  explicit ScriptedServer(Script script);
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;
  ~ScriptedServer();

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::string url(std::string_view path) const;
  [[nodiscard]] std::vector<Received> received();

 private:
  void accept_all();
  void serve(int fd, int connection);

  Script script_;
  Fd listener_;
  std::uint16_t port_ = 0;
  std::mutex mutex_;
  std::vector<Received> received_;
  std::map<int, Fd> open_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace thimble::fetch
