/**
 * The unit of a node's process. It exists before anything else does, and its first step brings the rest: so every boot,
 * and every failure of one, is systemd's to repeat. In `/run`, which is gone after the machine's end, is noted that this
 * boot has done so: a process that is started again in it waits for nothing but its disk.
 */
export const NODE_UNIT = `[Unit]
Description=aftershock node
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=0

[Service]
User=aftershock
ExecStartPre=+/bin/bash /opt/aftershock/boot.sh
ExecStart=/bin/bash /opt/aftershock/bootstrap.sh serve
Restart=always
RestartSec=2
SuccessExitStatus=143
LimitNOFILE=100000
StandardOutput=append:/var/log/aftershock-node.log
StandardError=inherit
TimeoutStartSec=infinity
TimeoutStopSec=120

[Install]
WantedBy=multi-user.target
`

/**
 * Brings settings and script, and hands over to the script. It tries for five minutes, with pauses of up to a minute,
 * before it leaves that to systemd, which goes on for ever: a role may be known to an instance before its permissions
 * are, and a network may be cut while its machines start. A node that has run before does not wait for AWS: after 20
 * seconds it starts with what it has.
 */
function bootScript(path: string): string {
  return `#!/bin/bash
# Before each start of the node. \`boot.sh apply\`, by hand: takes a new configuration to a node that runs.
set -euo pipefail
umask 077
cd /opt/aftershock
if [ -z "\${1:-}" ] && [ -e /run/aftershock-node.booted ]; then exec bash bootstrap.sh prepare; fi
parameter='${path}/node.env'
patience=\${AFTERSHOCK_BOOT_SECONDS:-300}
if [ -e installed ]; then patience=\${AFTERSHOCK_RENEW_SECONDS:-20}; fi
export AWS_MAX_ATTEMPTS=\${AWS_MAX_ATTEMPTS:-2} AWS_PAGER=''
say() { echo "$(date -u +%FT%TZ) boot: $*" >&2; }
try() {
  local what=$1 pause=1 tries=1
  shift
  until "$@"; do
    if [ $((SECONDS + pause)) -gt "$patience" ]; then
      say "$what could not be had (tries: $tries)"
      return 69
    fi
    say "$what: try $tries failed, again in $pause s"
    sleep "$pause"
    pause=$((pause < 32 ? pause * 2 : 60))
    tries=$((tries + 1))
  done
}
ask() { aws --cli-connect-timeout 5 --cli-read-timeout 30 "$@"; }
# What is not settings, whoever answered with it, must not be read as a program.
settings() {
  ask ssm get-parameter --name "$parameter" --query Parameter.Value --output text >node.env.new &&
    grep -q "^BOOTSTRAP_SHA256='" node.env.new && ! grep -qvE "^([A-Z][A-Z0-9_]*='[^']*')?$" node.env.new
}
script() { ask s3 cp --quiet "$BOOTSTRAP_URI" bootstrap.new; }
bring() {
  try "$parameter" settings || return
  . ./node.env.new || return
  try "$BOOTSTRAP_URI" script || return
  if ! echo "$BOOTSTRAP_SHA256  bootstrap.new" | sha256sum --check --status; then
    say "stopped: the SHA-256 of $BOOTSTRAP_URI is not $BOOTSTRAP_SHA256"
    return 65
  fi
  mv bootstrap.new bootstrap.sh
  mv node.env.new node.env
}
bring || {
  status=$?
  if [ -n "\${1:-}" ] || [ ! -e installed ]; then
    [ -n "\${1:-}\${AFTERSHOCK_ROOT:-}" ] || sleep "\${AFTERSHOCK_AGAIN_SECONDS:-30}"
    exit "$status"
  fi
  say 'starts with what is here'
}
exec bash bootstrap.sh "\${1:-boot}"
`
}

/**
 * Tiny, so that it never has a reason to change: all that does is behind the parameter. cloud-init runs it once; the unit
 * that it makes is there at every boot.
 */
export function userDataScript(path: string): string {
  return `#!/bin/bash
set -euo pipefail
umask 077
mkdir -p /opt/aftershock
cat >/opt/aftershock/boot.sh <<'BOOT'
${bootScript(path)}BOOT
# Where there is no systemd, whoever runs this sees how it ends.
if [ -n "\${AFTERSHOCK_ROOT:-}" ]; then exec bash /opt/aftershock/boot.sh; fi
cat >/etc/systemd/system/aftershock-node.service <<'UNIT'
${NODE_UNIT}UNIT
id -u aftershock >/dev/null 2>&1 || useradd --system --no-create-home --shell /sbin/nologin aftershock
systemctl daemon-reload
systemctl enable --quiet aftershock-node
systemctl start --no-block aftershock-node
`
}
