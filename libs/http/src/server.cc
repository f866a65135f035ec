#include "thimble/http/server.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "connection.h"

namespace thimble::http {
namespace {

constexpr int kBacklog = 4096;
constexpr int kAcceptsAtOnce = 64;
constexpr Milliseconds kPauseWithoutDescriptors{50};

Result<Fd> listen_on(const addrinfo& where) {
  Fd socket(::socket(where.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket.is_open()) return fail(system_error("socket"));
  const int on = 1;
  ::setsockopt(socket.number(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(socket.number(), where.ai_addr, where.ai_addrlen) != 0)
    return fail(system_error("bind"));
  if (::listen(socket.number(), kBacklog) != 0) return fail(system_error("listen"));
  return socket;
}

std::uint16_t port_of(int socket) {
  sockaddr_storage where{};
  socklen_t size = sizeof where;
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&where), &size) != 0) return 0;
  if (where.ss_family == AF_INET6)
    return ntohs(reinterpret_cast<const sockaddr_in6&>(where).sin6_port);
  return ntohs(reinterpret_cast<const sockaddr_in&>(where).sin_port);
}

Result<Fd> listen_on(const Address& address) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const std::string port = std::to_string(address.port);
  const int error = ::getaddrinfo(address.host.empty() ? nullptr : address.host.c_str(),
                                  port.c_str(), &hints, &found);
  if (error != 0) {
    return fail(ErrorCode::kInvalid, "listen on " + address.text() + ": " + ::gai_strerror(error));
  }
  Result<Fd> socket = fail(ErrorCode::kInvalid, "no address");
  for (const addrinfo* each = found; each != nullptr && !socket; each = each->ai_next)
    socket = listen_on(*each);
  ::freeaddrinfo(found);
  if (!socket) return fail(std::move(socket.error()).during("listen on " + address.text()));
  return socket;
}

}  // namespace

class Server::Impl final {
 public:
  Impl(const Options& options, Address address, Fd socket)
      : context_{.loop = options.loop,
                 .buffers = options.buffers,
                 .handler = options.handler,
                 .limits = options.limits,
                 .date = DateText(options.loop.clock()),
                 .on_closed = [this](Connection& connection) { on_closed(connection); }},
        address_(std::move(address)),
        socket_(std::move(socket)),
        watch_(options.loop, [this](Readiness) { accept(); }),
        pause_(options.loop, [this] { watch_.ask({.readable = true}); }),
        bury_(options.loop, [this] { closed_.clear(); }) {}

  ~Impl() {
    watch_.stop();
    close_connections();
  }

  void read_pending() {
    if (socket_.is_open()) accept();  // a peer may have connected, sent and gone
    // Connections may close while we look; they stay where they are until the loop's next wait.
    std::vector<Connection*> all;
    all.reserve(connections_.size());
    for (const auto& connection : connections_) all.push_back(connection.get());
    for (Connection* connection : all) connection->read_pending();
  }

  void close_connections() {
    // Closing one tells somebody, who may come here again.
    std::vector<Connection*> all;
    all.reserve(connections_.size());
    for (const auto& connection : connections_) all.push_back(connection.get());
    for (Connection* connection : all) connection->close();
  }

  [[nodiscard]] bool has_connections() const { return !connections_.empty(); }

  Result<void> start() { return watch_.start(socket_.number(), {.readable = true}); }
  [[nodiscard]] const Address& address() const { return address_; }

  void stop_accepting() {
    pause_.cancel();
    watch_.stop();
    socket_.reset();
    for (std::size_t i = connections_.size(); i-- > 0;) {
      if (connections_[i]->is_idle()) connections_[i]->close();
    }
  }

 private:
  void accept() {
    for (int i = 0; i < kAcceptsAtOnce; ++i) {
      Fd socket(::accept4(socket_.number(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (!socket.is_open()) {
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
          // The connection waits in the backlog until a descriptor is free.
          watch_.ask({});
          pause_.start_after(kPauseWithoutDescriptors);
        }
        return;
      }
      add(std::move(socket));
    }
  }

  void add(Fd socket) {
    const int on = 1;
    ::setsockopt(socket.number(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const bool is_full = connections_.size() >= context_.limits.connections;
    const bool made_room = is_full && close_longest_idle();
    auto connection = std::make_unique<Connection>(context_, std::move(socket));
    connection->index = connections_.size();
    connections_.push_back(std::move(connection));
    Connection& added = *connections_.back();
    if (!added.start()) {
      added.close();
    } else if (is_full && !made_room) {
      added.refuse_as_busy();
    }
  }

  bool close_longest_idle() {
    Connection* longest = nullptr;
    for (auto& connection : connections_) {
      if (connection->is_idle() &&
          (longest == nullptr || connection->idle_since() < longest->idle_since())) {
        longest = connection.get();
      }
    }
    if (longest != nullptr) longest->close();
    return longest != nullptr;
  }

  // It may be deep in one of its own functions: it is destroyed before the loop's next wait.
  void on_closed(Connection& connection) {
    const std::size_t index = connection.index;
    connections_.back()->index = index;
    connections_[index].swap(connections_.back());
    closed_.push_back(std::move(connections_.back()));
    connections_.pop_back();
    bury_.schedule();
  }

  ConnectionContext context_;
  Address address_;
  Fd socket_;
  FdWatch watch_;
  Timer pause_;
  Deferred bury_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<std::unique_ptr<Connection>> closed_;
};

Result<std::unique_ptr<Server>> Server::listen(const Address& address, const Options& options) {
  auto socket = listen_on(address);
  if (!socket) return fail(std::move(socket.error()));
  Address bound = address;
  bound.port = port_of(socket->number());
  auto impl = std::make_unique<Impl>(options, std::move(bound), std::move(*socket));
  if (auto started = impl->start(); !started) return fail(std::move(started.error()));
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;
const Address& Server::address() const {
  return impl_->address();
}
void Server::read_pending() {
  impl_->read_pending();
}
void Server::close_connections() {
  impl_->close_connections();
}

bool Server::has_connections() const {
  return impl_->has_connections();
}
void Server::stop_accepting() {
  impl_->stop_accepting();
}

}  // namespace thimble::http
