#!/usr/bin/env bash
set -euo pipefail

target=${1:-staging}
release=$(git rev-parse --short HEAD)

log() {
    printf '%s %s\n' "$(date -u +%FT%TZ)" "$*"
}

build() {
    log "building $release"
    make -j4 all
}

upload() {
    local host=$1
    log "uploading to $host"
    scp build/harbour "$host:/srv/harbour/$release"
}

switch_over() {
    ssh "$1" "ln -sfn /srv/harbour/$release /srv/harbour/current && systemctl restart harbour"
}

build
for host in $(cat "hosts.$target"); do
    upload "$host"
    switch_over "$host"
done
