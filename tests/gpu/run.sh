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
  for program in "$pack"/bin/*; do  # all but the C library's own, which belong to the machine
    ldd "$program" | sed -n 's/.*=> \(\/[^ ]*\) .*/\1/p' | grep -vE '/(libc|libm|libdl|librt|libpthread|ld-linux[^/]*)\.so' || true
  done | sort -u | xargs -r cp -L -t "$pack/lib"
  cp -r "$root/models/reckon-demo-moe" "$pack/share/models/"
  cp -r "$root/share/estimate" "$root/share/hardware" "$pack/share/"
  cp -r "$root/suites/tasks" "$pack/share/suites"
  cp "$here/run.sh" "$pack/run.sh"
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

nvidia-smi -q >"$out/nvidia-smi.txt" 2>&1 || true
status=0
timeout 160 "$test" "--gtest_output=json:$out/tests.json" --gtest_brief=1 --gtest_color=no --gtest_print_time=0 || status=1
timeout 120 "$reckon" bench --device cuda --output "$out/kernels.json" >"$out/kernels.txt" || status=1
timeout 40 "$reckon" bench --engine --model "$model" --device cuda --output "$out/engine.json" >"$out/engine.txt" 2>&1 || status=1
timeout 20 "$reckon" bench --identify --output "$out/card.json" || status=1
# Four layers of DeepSeek-V3's true size: three dense ones and one with all of its experts.
mkdir -p "$out/deepseek-v3"
cp "$shapes/deepseek-v3.json" "$out/deepseek-v3/config.json"
timeout 120 "$reckon" bench --layers --model "$out/deepseek-v3" --model-args load_format=dummy,num_layers=4,ignore_config_keys=source \
  --device cuda --output "$out/layers.json" >"$out/layers.txt" || status=1
cards=$(nvidia-smi -L 2>/dev/null | grep -c '^GPU' || true)
if [ "${cards:-0}" -gt 1 ]; then
  timeout 30 "$reckon" bench --communication --ranks 2 --device cuda --output "$out/communication.json" >"$out/communication.txt" || status=1
fi
# The same answers as on the CPU, token by token.
for device in cpu cuda; do
  timeout 25 "$reckon" generate --model "$model" --device "$device" --model_args activations=float32 --prompt "Anna has 3 apples and buys 4 more." \
    >"$out/answer-$device.txt" 2>"$out/answer-$device.log" || status=1
done
cmp -s "$out/answer-cpu.txt" "$out/answer-cuda.txt" || { echo "cpu and cuda answer differently" >&2; status=1; }
cat "$out/kernels.txt" "$out/layers.txt"
tail -n 20 "$out/engine.txt"
exit $status
