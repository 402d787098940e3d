#!/usr/bin/env bash
# One image of 432 MB into Debian's docker-registry on this machine, by image-push, skopeo and crane: cold, unchanged, and
# with one of its five layers changed. For each: wall time, peak resident memory, requests that the registry answered.
#
#   compare.sh <image-push program> [rounds]
#
# Needs docker-registry, skopeo, GNU time and Python 3.9 on the path; crane is left out where it is not
# (`go install github.com/google/go-containerregistry/cmd/crane@v0.21.9`). Every client begins with an empty registry.
set -euo pipefail

program=$(realpath "$1")
rounds=${2:-3}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
registry=''
stop() {
  [ -z "$registry" ] || { kill "$registry" && wait "$registry" || true; } 2>/dev/null
  registry=''
}
trap 'stop; rm -rf "$work"' EXIT
cd "$work"

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
host=127.0.0.1:$port
cat >registry.yml <<YAML
version: 0.1
log: {level: info}
storage: {filesystem: {rootdirectory: $work/registry}}
http: {addr: '$host'}
YAML
python3 "$here/noise.py" one 86400000 a b c d e
python3 "$here/noise.py" two 86400000 a b c d f

empty() {
  stop
  rm -rf registry
  docker-registry serve registry.yml >registry.log 2>&1 &
  registry=$!
  until python3 -c "import socket; socket.create_connection(('127.0.0.1', $port))" 2>/dev/null; do sleep 0.05; done
}

# measure <client> <what> <command>...
measure() {
  local client=$1 what=$2 before after
  shift 2
  before=$(grep -c 'response completed' registry.log || true)
  command time -f '%e %M' -o figures "$@" >said 2>&1 || { cat said >&2; exit 1; }
  sleep 0.2 # the registry's log
  after=$(grep -c 'response completed' registry.log || true)
  read -r seconds kilobytes <figures
  printf '%-11s %-10s %6s s %4s MB %4s requests\n' "$client" "$what" "$seconds" "$((kilobytes / 1024))" "$((after - before))"
}

towpath() { measure image-push "$1" "$program" --repository "$host/app" --layout "$2" --tag "$3" --evidence "$work/evidence"; }
skopeo_() { measure skopeo "$1" skopeo copy --quiet --dest-tls-verify=false "oci:$2" "docker://$host/app:$3"; }
crane_() { measure crane "$1" crane push "$2" "$host/app:$3"; }

clients=(towpath skopeo_)
command -v crane >/dev/null && clients+=(crane_)
for _ in $(seq "$rounds"); do
  for client in "${clients[@]}"; do
    empty
    $client cold one v1
    $client unchanged one v1
    $client 'one layer' two v2
  done
done
