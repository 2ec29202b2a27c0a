# Sourced by every recipe, so that a command by hand and a recipe use the same compiler, flags and tools.
# WASM_TOOLCHAIN=debian takes Debian's compiler; unset takes rustup's, unless setup found no way to its WASM target.
# shellcheck shell=bash
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/mandate

cargo_leptos_version=0.3.11
binaryen_version=132.0.0
wasm_bindgen_version=$(sed -n 's/^wasm-bindgen = "=\(.*\)"$/\1/p' "$root/Cargo.toml")

if [ -z "${WASM_TOOLCHAIN:-}" ] && [ -f "$cache/wasm-toolchain" ]; then
    WASM_TOOLCHAIN=$(cat "$cache/wasm-toolchain")
fi
export WASM_TOOLCHAIN=${WASM_TOOLCHAIN:-}

if [ "$WASM_TOOLCHAIN" = debian ]; then
    export PATH="/usr/bin:$PATH"
    export CARGO=/usr/bin/cargo RUSTC=/usr/bin/rustc RUSTFMT=/usr/bin/rustfmt
    export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=wasm-ld-22
fi

export PATH="$cache/cargo-leptos-$cargo_leptos_version/bin:$cache/wasm-bindgen-$wasm_bindgen_version/bin:$cache/binaryen-$binaryen_version/node_modules/.bin:$PATH"

say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }
