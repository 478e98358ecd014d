#!/usr/bin/env bash
# Makes a machine into one node of an environment and keeps its process running. lib/assets/README.md documents
# what it reads. May be run again at any time: each step looks at what is there before it acts. This is one file of
# several, joined by lib/constructs/bootstrap-script.ts.
#
#   bootstrap.sh boot        all of it, at each boot of the machine
#   bootstrap.sh apply       the same, on a node that runs: its process is started again if something has changed
#   bootstrap.sh prepare     before each other start: the volume, what is kept in memory, addresses of brokers
#   bootstrap.sh serve       becomes the node's process, as the node's user
#   bootstrap.sh signal      until CloudFormation knows that the node serves
#   bootstrap.sh admit       who may do what, and who may log in, once the cluster is up
#   bootstrap.sh ship        sends the node's log to CloudWatch
#   bootstrap.sh address     each minute: where a broker without a name is
#   bootstrap.sh refresh     now and then: secrets that have been rotated
#   bootstrap.sh measure     each minute: how full the volume is
#   bootstrap.sh agent_files and agent: the prober of drills, before its start and as it
#   bootstrap.sh tools       installs what drills need to break links of this machine
#   bootstrap.sh wipe        for a drill: the node's data is gone, and its folder formatted as a new one
#
# For machines that are not EC2, from the environment: AFTERSHOCK_ROOT (a folder in front of every path of a node),
# AFTERSHOCK_DEVICES (default /dev/disk/by-id), AFTERSHOCK_ADDRESS (instead of the metadata service's),
# AFTERSHOCK_METADATA (its address), AFTERSHOCK_WAIT_SECONDS (for AWS, volumes and packages; default 900),
# AFTERSHOCK_RENEW_SECONDS (the same for what a node has already; default 20), AFTERSHOCK_AGAIN_SECONDS (pause after a
# boot that failed; default 30), AFTERSHOCK_SIGNAL_SECONDS (until a node that does not serve says so; default 1500),
# AFTERSHOCK_REFRESH_SECONDS (default 300), AFTERSHOCK_MEASURE_SECONDS and AFTERSHOCK_ADDRESS_SECONDS (default 60), and
# the AWS CLI's own (AWS_ENDPOINT_URL, ...).
#
# Exit status: 64 bad command line or settings; 65 a digest, disk or identity is not what it must be, and nothing
# was overwritten; 69 AWS, a volume or a package could not be had in time.
set -euo pipefail
set -f # words of settings are never file name patterns
umask 022

ROOT=${AFTERSHOCK_ROOT:-}
BASE=$ROOT/opt/aftershock
DATA=$ROOT/var/lib/aftershock
SECRETS=$ROOT/run/aftershock
BOOTED=$ROOT/run/aftershock-node.booted
DEVICES=${AFTERSHOCK_DEVICES:-/dev/disk/by-id}
METADATA=${AFTERSHOCK_METADATA:-http://169.254.169.254/latest}
WAIT_SECONDS=${AFTERSHOCK_WAIT_SECONDS:-900}
RENEW_SECONDS=${AFTERSHOCK_RENEW_SECONDS:-20}
AGAIN_SECONDS=${AFTERSHOCK_AGAIN_SECONDS:-30}
SIGNAL_SECONDS=${AFTERSHOCK_SIGNAL_SECONDS:-1500}
REFRESH_SECONDS=${AFTERSHOCK_REFRESH_SECONDS:-300}
MEASURE_SECONDS=${AFTERSHOCK_MEASURE_SECONDS:-60}
ADDRESS_SECONDS=${AFTERSHOCK_ADDRESS_SECONDS:-60}
SETTINGS=$BASE/node.env
UNIT=aftershock-node
reason='' # why this stopped, for those who wait for the node
export AWS_RETRY_MODE=${AWS_RETRY_MODE:-standard} AWS_MAX_ATTEMPTS=${AWS_MAX_ATTEMPTS:-5} AWS_PAGER=''

log() {
  printf '%s bootstrap: %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$*" >&2
}

stop() {
  local status=$1
  shift
  reason=$*
  log "stopped: $reason"
  exit "$status"
}

# The file is the deployment's own, from a parameter that only it may write; it is shell, as user data reads it too.
load_settings() {
  local name
  [ -r "$SETTINGS" ] || stop 64 "no settings in $SETTINGS"
  set -a
  # shellcheck source=/dev/null
  . "$SETTINGS"
  set +a
  export AWS_DEFAULT_REGION=${AWS_REGION:-}
  for name in AWS_REGION PARAMETER_PATH NODE_ROLE NODE_NAME; do
    [ -n "${!name:-}" ] || stop 64 "$SETTINGS does not set $name"
  done
  case $NODE_ROLE in
    kafka | automq | connect | fleet | runner) ;;
    *) stop 64 "$SETTINGS: NODE_ROLE is $NODE_ROLE; expected kafka, automq, connect, fleet or runner" ;;
  esac
}

has_systemd() {
  [ -z "$ROOT" ] && [ -d /run/systemd/system ]
}

# --- things that take a while

# attempt WHAT COMMAND...: again until it succeeds or the time is over. The last complaint is logged.
attempt() {
  local what=$1 began=$SECONDS pause=1 complaint
  shift
  until complaint=$("$@" 2>&1 >/dev/null); do
    [ $((SECONDS - began)) -lt "$WAIT_SECONDS" ] || stop 69 "$what: $(one_line <<<"$complaint")"
    [ "$pause" -gt 1 ] || log "$what: trying again until it works ($(one_line <<<"$complaint"))"
    sleep "$pause"
    pause=$((pause < 16 ? pause * 2 : 16))
  done
}

one_line() {
  tr '\n' ' ' | cut -c 1-300
}

# renew VERB: what a node has run with is good enough to start with, if AWS cannot be had now. In a process of its own,
# which may stop.
renew() {
  if [ ! -e "$BASE/installed" ]; then
    "$1"
    return
  fi
  AFTERSHOCK_WAIT_SECONDS=$RENEW_SECONDS bash "$BASE/bootstrap.sh" "$1" ||
    log "$1: what is here stays, until it can be had"
}

fetch_parameter() {
  aws ssm get-parameter --name "$1" --query Parameter.Value --output text >"$2"
}

# PATH.new becomes PATH in one step: a process never reads half a file.
replace() {
  mv "$1.new" "$1"
}

digest_is() {
  [ "$(sha256sum "$1" | cut -d ' ' -f 1)" = "$2" ]
}

property() {
  sed -n "s/^$1=//p" "$BASE/config/${2:-server}.properties"
}

