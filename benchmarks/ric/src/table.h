#pragma once
// Turns what was measured into a table for people, JSON for programs, and a verdict on what
// SPECIFICATION promises.

#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "turns.h"

namespace thimble::bench {

struct Context {
  Machine machine;
  double load_before = 0;
  double load_after = 0;
  double seconds = 0;
  bool quick = false;
  bool one_cpu = false;
};

void print_table(std::FILE* out, const Context& context, const Plan& plan,
                 const std::vector<ClientResult>& clients);
void print_json(std::FILE* out, const Context& context, const Plan& plan,
                const std::vector<ClientResult>& clients);

// Prints each promise with what was measured for each client of ours, and that about the file
// `hello`, unless that is empty. The number of those not held.
int print_promises(std::FILE* out, const Plan& plan, const std::vector<ClientResult>& clients,
                   const std::string& hello);

}  // namespace thimble::bench
