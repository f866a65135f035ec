# Sourced by run, soak and parallel: builds the benchmark programs and says where they and our emulator are.
# THIMBLE_BENCH_BUILD chooses another build folder.

root=$(cd "$(dirname "$0")/../.." && pwd)
build=${THIMBLE_BENCH_BUILD:-$root/build/benchmarks}
if ! log=$({ cmake -S "$root/benchmarks" -B "$build" -DCMAKE_BUILD_TYPE=Release && cmake --build "$build"; } 2>&1); then
  printf '%s\n' "$log" >&2
  exit 2
fi

# Sets `ours` to the flags that add our emulator: none when the command line names one or it has not been built.
find_ours() {
  ours=
  for argument in "$@"; do
    case $argument in --emulator | --help | -h) return ;; esac
  done
  if [ -x "$root/build/bin/aws-lambda-rie" ]; then
    ours=--emulator
  else
    echo "no $root/build/bin/aws-lambda-rie: measuring without our emulator (make build)" >&2
  fi
}
