#!/bin/sh
# All GPU checks and benchmarks in one call of at most nine minutes; results as JSON in a folder.
#   tests/gpu/run.sh [OUT]            builds for the card found here, then tests and measures (OUT: $OUT, or gpu-results)
#   tests/gpu/run.sh --pack FOLDER    builds here (RECKON_CUDA_ARCHITECTURES, default 80;90a) and puts programs, their
#                                     libraries, a small model and this script into FOLDER: copied to a machine with
#                                     nothing but a driver, FOLDER/run.sh [OUT] does the rest
set -eu
here=$(cd "$(dirname "$0")" && pwd)

build() {  # FOLDER ARCHITECTURES
  cmake -S "$root" -B "$1" -G Ninja -DCMAKE_BUILD_TYPE=Release -DRECKON_CUDA=ON "-DRECKON_CUDA_ARCHITECTURES=$2" >"$1.log" 2>&1 &&
    cmake --build "$1" --target test_cuda_device reckon >>"$1.log" 2>&1 || {
    tail -n 40 "$1.log" >&2
    echo "The build failed; its whole output is in $1.log" >&2
    exit 2
  }
}

if [ "${1:-}" = --pack ]; then
  root=$(cd "$here/../.." && pwd)
  pack=${2:?--pack needs a folder}
  folder=${RECKON_GPU_BUILD:-$root/build-gpu}
  build "$folder" "${RECKON_CUDA_ARCHITECTURES:-80;90a}"
  mkdir -p "$pack/bin" "$pack/lib" "$pack/share/models"
  cp "$folder/tests/gpu/test_cuda_device" "$folder/harness/reckon" "$pack/bin/"
  strip "$pack"/bin/*  # a seventh of them is names of functions
  for program in "$pack"/bin/*; do  # all but the C library's own, which belong to the machine
    ldd "$program" | sed -n 's/.*=> \(\/[^ ]*\) .*/\1/p' | grep -vE '/(libc|libm|libdl|librt|libpthread|ld-linux[^/]*)\.so' || true
  done | sort -u | xargs -r cp -L -t "$pack/lib"
  cp -r "$root/models/reckon-demo-moe" "$pack/share/models/"
  cp -r "$root/share/estimate" "$root/share/hardware" "$pack/share/"
  cp -r "$root/suites/tasks" "$pack/share/suites"
  cp "$here/run.sh" "$here/transformers_decode.py" "$pack/"
  du -sh "$pack"
  exit 0
fi

out=${1:-${OUT:-gpu-results}}
mkdir -p "$out"
if [ -d "$here/bin" ]; then
  programs=$here/bin
  export LD_LIBRARY_PATH="$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
  model=$here/share/models/reckon-demo-moe
  export RECKON_SHARE="$here/share"
  shapes=$here/share/estimate/models
  test=$programs/test_cuda_device reckon=$programs/reckon
else
  root=$(cd "$here/../.." && pwd)
  capability=$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader 2>/dev/null | head -n 1 | tr -d .)
  [ "$capability" != 90 ] || capability=90a
  folder=${RECKON_GPU_BUILD:-$root/build-gpu}
  build "$folder" "${RECKON_CUDA_ARCHITECTURES:-${capability:-90a}}"
  model=$root/models/reckon-demo-moe
  export RECKON_SHARE="$root"
  shapes=$root/share/estimate/models
  test=$folder/tests/gpu/test_cuda_device reckon=$folder/harness/reckon
fi

# cuBLASLt may lie among Python's packages alone.
for folder in $(python3 -c 'import nvidia; print(*nvidia.__path__)' 2>/dev/null); do
  for library in "$folder"/*/lib; do
    [ ! -d "$library" ] || export LD_LIBRARY_PATH="${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$library"
  done
done

nvidia-smi -q >"$out/nvidia-smi.txt" 2>&1 || true
status=0
started=$(date +%s)
total=530  # seconds for all steps; what a step leaves of its own limit is for those behind it
step() {  # SECONDS COMMAND...
  seconds=$1
  shift
  left=$((started + total - $(date +%s)))
  [ "$left" -gt 0 ] || { status=1; echo "no time is left for: $*" >&2; return 0; }
  [ "$seconds" -le "$left" ] || seconds=$left
  timeout "$seconds" "$@" || { status=1; echo "failed or took over $seconds s: $*" >&2; }
}
figure() {  # KEY FILE: the first number of that name in a JSON file
  sed -n "s/.*\"$1\": \([0-9.eE+-]*\).*/\1/p" "$2" 2>/dev/null | head -n 1
}
floor() {  # WHAT WANTED REACHED
  if [ -z "$3" ]; then
    echo "floor $1: not measured (wanted $2) -"
  else
    awk -v what="$1" -v wanted="$2" -v reached="$3" \
      'BEGIN { printf "floor %s: %.3f (wanted %.2f) %s\n", what, reached, wanted, (reached + 0 >= wanted + 0 ? "holds" : "MISSED") }'
  fi
}

# Are results right? Then speed, what memory bounds first; products by mma (the default) beside those by wgmma, where the card has them.
step 120 "$test" "--gtest_output=json:$out/tests.json" --gtest_brief=1 --gtest_color=no --gtest_print_time=0
# The same answers as on the CPU, token by token.
for device in cpu cuda; do
  step 10 "$reckon" generate --model "$model" --device "$device" --model_args activations=float32 --prompt "Anna has 3 apples and buys 4 more." \
    >"$out/answer-$device.txt" 2>"$out/answer-$device.log"
done
cmp -s "$out/answer-cpu.txt" "$out/answer-cuda.txt" || { echo "cpu and cuda answer differently" >&2; status=1; }
step 130 "$reckon" bench --device cuda --output "$out/kernels.json" >"$out/kernels.txt"
layers() {  # SECONDS NAME MODEL LAYERS BATCH CONTEXT [MODEL_ARGS]
  step "$1" "$reckon" bench --model "$shapes/$3.json" --load_format dummy --num_layers "$4" --batch "$5" --context "$6" --device cuda \
    ${7:+--model_args "$7"} --output "$out/$2.json" >"$out/$2.txt"
}
both_products() {  # SECONDS NAME MODEL LAYERS BATCH CONTEXT
  layers "$@"
  [ "$wgmma" = no ] || layers "$1" "$2-wgmma" "$3" "$4" "$5" "$6" tensor_cores=wgmma
}
wgmma=no
[ "$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader 2>/dev/null | head -n 1)" != 9.0 ] || wgmma=yes
both_products 45 llama-batch-1 llama-3.1-8b 32 1 1024
# Four layers of DeepSeek-V3's true size: three dense ones and one with all of its experts.
both_products 65 deepseek-v3-layers deepseek-v3 4 32 4096
both_products 35 llama-batch-32 llama-3.1-8b 32 32 1024
# The same model and step by transformers with torch.compile, where Python has them.
left=$((started + total - $(date +%s)))
[ "$left" -lt 60 ] || left=60
[ "$left" -le 0 ] || timeout "$left" python3 "$here/transformers_decode.py" "$shapes/llama-3.1-8b.json" 32 1024 >"$out/transformers.json" 2>"$out/transformers.log" ||
  tail -n 1 "$out/transformers.log" >&2
step 15 "$reckon" bench --identify --output "$out/card.json"
step 20 "$reckon" bench --engine --model "$model" --device cuda --output "$out/engine.json" >"$out/engine.txt" 2>&1
cards=$(nvidia-smi -L 2>/dev/null | grep -c '^GPU' || true)
if [ "${cards:-0}" -gt 1 ]; then
  step 20 "$reckon" bench --communication --ranks 2 --device cuda --output "$out/communication.json" >"$out/communication.txt"
fi
cat "$out/kernels.txt" "$out"/llama-batch-*.txt "$out"/deepseek-v3-layers*.txt 2>/dev/null || true
tail -n 20 "$out/engine.txt" 2>/dev/null || true

# What the kernels should reach on an H200 (docs/cuda.md); those of single kernels stand below their table.
grep '^floor ' "$out/kernels.txt" || true
theirs=$(figure tokens_per_s "$out/transformers.json")
for by in mma wgmma; do
  suffix=
  [ "$by" = mma ] || suffix=-wgmma
  [ "$by" = mma ] || [ "$wgmma" = yes ] || continue
  floor "whole-model decode, Llama 3.1 8B, BF16, batch 1, by $by: of the copy's bandwidth" 0.75 "$(figure decode_share_of_copy "$out/llama-batch-1$suffix.json")"
  ours=$(figure decode_tokens_per_s "$out/llama-batch-32$suffix.json")
  floor "whole-model decode, Llama 3.1 8B, BF16, batch 32, by $by: times transformers with torch.compile" 2.00 \
    "$([ -z "$ours" ] || [ -z "$theirs" ] || awk -v a="$ours" -v b="$theirs" 'BEGIN { print a / b }')"
done
exit $status
