# Sourced by the scripts beside it, with the program in `migrate`: finds a browser, installs the
# client that drives it outside of the checkout, once, and makes the pages. Where that cannot be done
# it says so and ends the script with success: these tests are no part of the test command.
migrate=$(realpath "$migrate")
checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
folder=${MIGRATE_BROWSER_DIR:-${TMPDIR:-/tmp}/migrate-browser-$(id -u)}

browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
if [[ -z $browser ]]; then
  echo "browser: skipped, there is no chromium"
  exit 0
fi
if ! command -v npm >/dev/null; then
  echo "browser: skipped, there is no npm"
  exit 0
fi
mkdir -p "$folder"
if ! cmp -s "$checkout/tests/browser/package-lock.json" "$folder/installed"; then
  cp "$checkout"/tests/browser/package{,-lock}.json "$folder/"
  if ! timeout 180 npm ci --prefix "$folder" --ignore-scripts --no-audit --no-fund \
    --loglevel=error >"$folder/install.log" 2>&1; then
    echo "browser: skipped, the client cannot be installed (see $folder/install.log)"
    exit 0
  fi
  cp "$checkout/tests/browser/package-lock.json" "$folder/installed"
fi
cp "$checkout"/tests/browser/*.mjs "$folder/"

pages=$(mktemp -d)
trap 'rm -rf "$pages"' EXIT
# Makes a page; status 1 says that records were left out.
page() {
  local name=$1 code=0
  shift
  (cd "$checkout" && "$migrate" "$@" --dry-run --preview "$pages/$name.html" >"$pages/log" 2>&1) || code=$?
  if ((code > 1)); then
    cat "$pages/log"
    exit 1
  fi
}
