# Sourced by examples/build, examples/test, tools/demo and the integration tests' builder: where the
# examples' programs and caches go, and how each language is built. Everything stays in build/.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
venv=${VENV:-$root/build/venv}
out=$root/build/examples

export GOCACHE=$out/go-cache CGO_ENABLED=0
export CARGO_TARGET_DIR=$out/cargo
# Where the system has no Go that is new enough, the virtual environment has one.
[[ ! -x $venv/bin/go ]] || PATH=$venv/bin:$PATH
# The module's own checksums decide what is used: never a newer version.
export GOFLAGS="-trimpath -tags=lambda.norpc -mod=readonly -buildvcs=false"

# build_go FOLDER PROGRAM: a static program.
build_go() {
  go -C "$1" build -ldflags="-s -w" -o "$2" .
}

# cargo_static ARGS...: cargo for programs that need no shared library, not even libc, so that they
# run in an image FROM scratch. The target is named because build scripts must stay dynamic.
cargo_static() {
  rust_target=${rust_target:-$(rustc -vV | sed -n 's/^host: //p')}
  RUSTFLAGS="-C target-feature=+crt-static" cargo "$@" --locked --quiet --release --target "$rust_target"
}

# build_rust FOLDER BINARY PROGRAM
build_rust() {
  cargo_static build --manifest-path "$1/Cargo.toml" --bin "$2"
  install -D "$CARGO_TARGET_DIR/$rust_target/release/$2" "$3"
}
