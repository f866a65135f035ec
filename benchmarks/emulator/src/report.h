#pragma once
// Turns what was measured into a table for people, JSON for programs, and a verdict on what
// SPECIFICATION promises.

#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "measure.h"

namespace thimble::bench {

struct Context {
  Machine machine;
  double load_before = 0;
  double load_after = 0;
  double seconds = 0;
  bool quick = false;
  bool one_cpu = false;
};

// `value` of each batch of `subject` over that of the same round of `other`, then their spread.
Spread paired_ratio(const PayloadResult& subject, const PayloadResult& other,
                    double Batch::* value);

// The first subject is the floor: ratios are against it.
void print_table(std::FILE* out, const Context& context, const Plan& plan,
                 const std::vector<SubjectResult>& subjects);
void print_json(std::FILE* out, const Context& context, const Plan& plan,
                const std::vector<SubjectResult>& subjects);

// Prints each promise with what was measured for the subject called "thimble"; the number of those
// not held. Those about CPU need a peer called "incumbent" or, failing that, the first peer.
int print_promises(std::FILE* out, const Plan& plan, const std::vector<SubjectResult>& subjects);

}  // namespace thimble::bench
