#!/bin/sh
# tests/gpu/run.sh itself, with programs in place of reckon, the tests, the card's tool and Python: what it asks for, in which order,
# what it makes of the figures, and that all steps together end in time.
#   run_script_test.sh RUN_SH
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder/bin" "$folder/lib" "$folder/tools" "$folder/share/models"
cp "$1" "$folder/run.sh"
touch "$folder/transformers_decode.py"

cat >"$folder/bin/test_cuda_device" <<'END'
#!/bin/sh
echo "tests" >>"$CALLS"
END
cat >"$folder/bin/reckon" <<'END'
#!/bin/sh
echo "$*" >>"$CALLS"
case "$*" in
  generate*) echo "7" ;;
  *llama-batch-1.json) rate='"decode_tokens_per_s": 200.5, "decode_share_of_copy": 0.801' ;;
  *llama-batch-1-wgmma.json) rate='"decode_tokens_per_s": 100.5, "decode_share_of_copy": 0.402' ;;
  *llama-batch-32.json) rate='"decode_tokens_per_s": 3000.0' ;;
  *llama-batch-32-wgmma.json) rate='"decode_tokens_per_s": 1500.0' ;;
  "bench --device cuda"*) echo "floor MLA decode: 0.9 (wanted 0.80) holds" ;;
esac
while [ $# -gt 0 ]; do
  [ "$1" != --output ] || printf '{\n  %s\n}\n' "${rate:-}" | sed 's/, /,\n  /g' >"$2"
  shift
done
END
cat >"$folder/tools/nvidia-smi" <<'END'
#!/bin/sh
case "$*" in
  *compute_cap*) echo "$CAPABILITY" ;;
  -L) echo "GPU 0: a card" ;;
esac
END
cat >"$folder/tools/python3" <<'END'
#!/bin/sh
case "$1" in
  -c) exit 1 ;;
esac
echo '  "tokens_per_s": 1000.0'
END
# Time goes by only where a test says so.
cat >"$folder/tools/date" <<'END'
#!/bin/sh
if [ -n "${SLOW:-}" ] && grep -q "$SLOW" "$CALLS" 2>/dev/null; then echo 1600; else echo 1000; fi
END
chmod +x "$folder"/bin/* "$folder"/tools/*

run() {  # CAPABILITY [SLOW]
  rm -rf "$folder/out" "$folder/calls"
  CAPABILITY=$1 SLOW=${2:-} CALLS="$folder/calls" PATH="$folder/tools:$PATH" sh "$folder/run.sh" "$folder/out" >"$folder/log" 2>&1
}
fail() {
  echo "FAILED: $1" >&2
  cat "$folder/log" "$folder/calls" >&2
  exit 1
}
says() { grep -q -e "$1" "$folder/log" || fail "it does not say: $1"; }
calls() { grep -c -e "$1" "$folder/calls" || true; }
line_of() { grep -n -e "$1" "$folder/calls" | head -n 1 | cut -d: -f1; }

run 9.0 || fail "status $?"
says 'batch 1, by mma: .*: 0.801 (wanted 0.75) holds'
says 'batch 1, by wgmma: .*: 0.402 (wanted 0.75) MISSED'
says 'batch 32, by mma: .*: 3.000 (wanted 2.00) holds'
says 'batch 32, by wgmma: .*: 1.500 (wanted 2.00) MISSED'
[ "$(calls 'tensor_cores=wgmma')" = 3 ] || fail "wgmma is timed with three models"
[ "$(line_of tests)" = 1 ] || fail "tests come first"
[ "$(line_of 'bench --device cuda')" -lt "$(line_of llama-batch-1.json)" ] || fail "single kernels come before models"
[ "$(line_of llama-batch-1-wgmma.json)" -lt "$(line_of deepseek-v3-layers.json)" ] || fail "what memory bounds comes first"

run 8.0 || fail "status $?"
[ "$(calls 'tensor_cores=wgmma')" = 0 ] || fail "a card without wgmma is not asked for it"
says 'batch 1, by mma'
! grep -q 'by wgmma' "$folder/log" || fail "no floor of wgmma without it"

! run 9.0 llama-batch-1.json || fail "steps without time are a failure"
says 'no time is left for: .*deepseek-v3'
[ "$(calls deepseek-v3-layers)" = 0 ] || fail "what has no time left is not started"
says 'batch 1, by mma: .*: 0.801'
says 'batch 32, by mma: .*: not measured'
echo "passed"
