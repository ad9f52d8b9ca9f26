#!/usr/bin/env bash
# Installs the inference servers that the "real" tests run against, and makes
# the models they serve. Quick when nothing changed since the last time.
#
#   tests/real-backends/setup.sh
#
# Leaves .venv (Python packages, about 460 MB) and .models (about 15 MB on disk)
# beside this file. Exit status 3: no suitable Python. 1: anything else.
set -euo pipefail
cd "$(dirname "$0")"

NO_PYTHON=3
PACKAGES=("xllamacpp==2026.10.11549" "mlx[cpu]==0.32.4" "mlx-lm==0.32.2")

# Prints the first Python that is new enough and can make virtual environments.
find_python() {
  local candidate
  for candidate in python3 python3.13 python3.12 python3.11 python3.10 python; do
    if "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' \
      2>/dev/null; then
      command -v "$candidate"
      return
    fi
  done
  return 1
}

# Whether the stamp file says that this was made already.
is_made() {
  [[ -f "$1" && "$(<"$1")" == "$2" ]]
}

if ! python="$(find_python)"; then
  echo "The tests against real inference servers need Python 3.10 or newer with venv;" \
    "none was found on PATH." >&2
  exit "$NO_PYTHON"
fi

wanted="$("$python" --version) ${PACKAGES[*]}"
if ! is_made .venv/made-from "$wanted"; then
  rm -rf .venv
  "$python" -m venv .venv
  .venv/bin/python -m pip install --quiet --disable-pip-version-check "${PACKAGES[@]}"
  echo "$wanted" >.venv/made-from
fi

# One line per model: the script that makes it, the file or folder, its options.
# Every server says a sentence of its own, which proves who answered.
make_models() {
  gguf alpha.gguf --name alpha --say "I am alpha and this answer is mine."
  gguf beta.gguf --name beta --say "I am beta and that answer was made here."
  gguf slow.gguf --endless --drag 100
  gguf tool.gguf --tool-call get_weather '{"city": "Oslo", "days": 3}'
  gguf think.gguf --think "First I wonder." --say "Then we answer."
  hf mlx-short --name short --say "I am short and come from another kind of server."
  hf mlx-endless --endless
}

gguf() {
  local file="$1"
  shift
  .venv/bin/python make_tiny_gguf.py ".models/$file" "$@"
}

hf() {
  local folder="$1"
  shift
  .venv/bin/python make_tiny_hf.py ".models/$folder" "$@"
}

wanted="$(cat setup.sh make_tiny_gguf.py make_tiny_hf.py | cksum)"
if ! is_made .models/made-from "$wanted"; then
  rm -rf .models
  mkdir -p .models/hub-cache
  make_models
  echo "$wanted" >.models/made-from
fi
