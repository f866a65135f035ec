"""What the tests share: strict HTTP/1.1 over raw sockets, an emulator process, waiting with a deadline."""
