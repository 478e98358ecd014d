#!/usr/bin/env bash
# Makes a machine into one node of an environment and keeps its process running. lib/assets/README.md documents
# what it reads. May be run again at any time: each step looks at what is there before it acts.
#
#   bootstrap.sh NODE_ENV    all of it; NODE_ENV is the file of settings that user data fetched
#   bootstrap.sh prepare     before each start: the volume, what is kept in memory, addresses of brokers
#   bootstrap.sh serve       becomes the node's process, as the node's user
#   bootstrap.sh refresh     now and then: secrets that have been rotated
#   bootstrap.sh measure     each minute: how full the volume is
#
# For machines that are not EC2, from the environment: AFTERSHOCK_ROOT (a folder in front of every path of a node),
# AFTERSHOCK_DEVICES (default /dev/disk/by-id), AFTERSHOCK_ADDRESS (instead of the metadata service's),
# AFTERSHOCK_WAIT_SECONDS (for AWS, volumes and packages; default 900), AFTERSHOCK_REFRESH_SECONDS (default 300),
# AFTERSHOCK_MEASURE_SECONDS (default 60), and the AWS CLI's own (AWS_ENDPOINT_URL, ...).
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
DEVICES=${AFTERSHOCK_DEVICES:-/dev/disk/by-id}
WAIT_SECONDS=${AFTERSHOCK_WAIT_SECONDS:-900}
REFRESH_SECONDS=${AFTERSHOCK_REFRESH_SECONDS:-300}
MEASURE_SECONDS=${AFTERSHOCK_MEASURE_SECONDS:-60}
SETTINGS=$BASE/node.env
UNIT=aftershock-node
NODE_JS=24        # what is installed where there is none: the newest that Amazon Linux 2023 has
OLDEST_NODE_JS=20 # what the program is built for
changed='' # whether the node's process must be started again
export AWS_RETRY_MODE=${AWS_RETRY_MODE:-standard} AWS_MAX_ATTEMPTS=${AWS_MAX_ATTEMPTS:-5} AWS_PAGER=''

log() {
  printf '%s bootstrap: %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$*" >&2
}

stop() {
  local status=$1
  shift
  log "stopped: $*"
  exit "$status"
}

# --- settings

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
    kafka | automq | connect | fleet) ;;
    *) stop 64 "$SETTINGS: NODE_ROLE is $NODE_ROLE; expected kafka, automq, connect or fleet" ;;
  esac
}

# The machine's own address, from the metadata service once: a restart must not depend on it.
address() {
  local kept=$BASE/address service=http://169.254.169.254/latest token
  if [ -n "${AFTERSHOCK_ADDRESS:-}" ]; then
    printf '%s' "$AFTERSHOCK_ADDRESS" >"$kept"
  elif [ ! -s "$kept" ]; then
    token=$(curl -sf -m 5 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' "$service/api/token") || token=''
    curl -sf -m 5 -H "X-aws-ec2-metadata-token: $token" "$service/meta-data/local-ipv4" >"$kept.new" ||
      stop 69 'the metadata service did not answer'
    mv "$kept.new" "$kept"
  fi
  cat "$kept"
}

# Brokers without names write their addresses into parameters /1, /2, ...; one that is up is enough to start with.
broker_addresses() {
  local index value known='' began=$SECONDS
  if [ -n "${BOOTSTRAP_SERVERS:-}" ]; then
    printf '%s' "$BOOTSTRAP_SERVERS"
    return
  fi
  until [ -n "$known" ]; do
    [ $((SECONDS - began)) -lt "$WAIT_SECONDS" ] || stop 69 "no broker wrote its address into $BOOTSTRAP_SERVERS_PATH"
    for ((index = 1; ; index++)); do
      value=$(aws ssm get-parameter --name "$BOOTSTRAP_SERVERS_PATH/$index" --query Parameter.Value --output text 2>/dev/null) || break
      [ "$value" = none ] || known=${known:+$known,}$value
    done
    [ -n "$known" ] || sleep 2
  done
  printf '%s' "$known"
}

# Stateless nodes have no name of their own, and their clients learn addresses when they start.
fill_in() {
  local text value
  text=$(cat "$1")
  if [[ $text == *@PRIVATE_IP@* ]]; then
    value=$(address)
    text=${text//@PRIVATE_IP@/$value}
  fi
  if [[ $text == *@BOOTSTRAP_SERVERS@* ]]; then
    value=$(broker_addresses)
    text=${text//@BOOTSTRAP_SERVERS@/$value}
  fi
  printf '%s\n' "$text"
}

# --- things that take a while

# attempt WHAT COMMAND...: again until it succeeds or the time is over. The last complaint is logged.
attempt() {
  local what=$1 began=$SECONDS pause=1 complaint
  shift
  until complaint=$("$@" 2>&1 >/dev/null); do
    [ $((SECONDS - began)) -lt "$WAIT_SECONDS" ] ||
      stop 69 "$what: $(tr '\n' ' ' <<<"$complaint" | cut -c 1-300)"
    [ "$pause" -gt 1 ] || log "$what: trying again until it works ($(tr '\n' ' ' <<<"$complaint" | cut -c 1-300))"
    sleep "$pause"
    pause=$((pause < 16 ? pause * 2 : 16))
  done
}

fetch_parameter() {
  aws ssm get-parameter --name "$1" --query Parameter.Value --output text >"$2"
}

digest_is() {
  [ "$(sha256sum "$1" | cut -d ' ' -f 1)" = "$2" ]
}

# --- the machine

node_user() {
  if [ -n "$ROOT" ]; then id -un; else echo aftershock; fi
}

make_user() {
  local name
  name=$(node_user)
  id -u "$name" >/dev/null 2>&1 && return
  log "user $name: made"
  useradd --system --no-create-home --shell /sbin/nologin "$name"
}

own() {
  [ "$(id -u)" -ne 0 ] || chown -R "$(node_user)" "$@"
}

# From Amazon Linux's own repository, which is in S3 and so within reach of a network without NAT.
need_program() {
  local program=$1 package=$2
  command -v "$program" >/dev/null && return
  log "package $package: installing"
  attempt "package $package" dnf install -y -q "$package"
}

# The program that is Node.js $OLDEST_NODE_JS or newer. Amazon Linux has one for each version, and calls whichever was
# installed first `node`.
node_js() {
  local program version
  for program in "node-$NODE_JS" node; do
    version=$("$program" --version 2>/dev/null) || continue
    version=${version#v}
    if [ "${version%%.*}" -ge "$OLDEST_NODE_JS" ]; then
      printf '%s' "$program"
      return
    fi
  done
  return 1
}

need_node_js() {
  local package=nodejs$NODE_JS
  node_js >/dev/null && return
  log "package $package: installing"
  attempt "package $package" dnf install -y -q "$package"
  node_js >/dev/null ||
    stop 69 "package $package: is installed, but neither node-$NODE_JS nor node is Node.js $OLDEST_NODE_JS or newer"
}

# --- the disk

# No signature of any file system or partition table, and a first mebibyte of zeros.
is_empty_disk() {
  local status=0
  blkid -p "$1" >/dev/null 2>&1 || status=$?
  [ "$status" -eq 2 ] && cmp -s -n 1048576 "$1" /dev/zero
}

# The volume comes after the machine: CloudFormation attaches it, or somebody who replaced the machine does.
mount_disk() {
  local device began=$SECONDS
  [ -n "${VOLUME_ID:-}" ] || return 0
  if mountpoint -q "$DATA"; then
    log "volume $VOLUME_ID: is mounted at $DATA"
    return
  fi
  device=$DEVICES/nvme-Amazon_Elastic_Block_Store_${VOLUME_ID/-/}
  [ -r "$device" ] || log "volume $VOLUME_ID: waiting until it is attached"
  until [ -r "$device" ]; do
    [ $((SECONDS - began)) -lt "$WAIT_SECONDS" ] || stop 69 "volume $VOLUME_ID: there is no $device"
    sleep 1
  done
  device=$(readlink -f "$device")
  if is_empty_disk "$device"; then
    log "volume $VOLUME_ID: empty, making a file system"
    if command -v mkfs.xfs >/dev/null; then mkfs.xfs -q "$device"; else mkfs.ext4 -q -F "$device"; fi
  else
    log "volume $VOLUME_ID: not empty, kept as it is"
  fi
  mkdir -p "$DATA"
  mount -o noatime,nodev,nosuid "$device" "$DATA" || stop 65 "volume $VOLUME_ID: cannot be mounted; it was not changed"
  log "volume $VOLUME_ID: mounted at $DATA"
}

measures() {
  [ -n "${VOLUME_ID:-}" ] && [ -n "${METRIC_NAMESPACE:-}" ]
}

# EC2 does not see into a file system, and a broker ends when its volume is full.
measure() {
  local used
  if ! measures || ! mountpoint -q "$DATA"; then return 0; fi
  used=$(df --output=pcent "$DATA" | tail -n 1 | tr -dc 0-9)
  aws cloudwatch put-metric-data --namespace "$METRIC_NAMESPACE" --metric-name DataVolumeUsed --unit Percent \
    --value "$used" --dimensions "Node=$NODE_NAME" 2>"$BASE/measure.log" ||
    log "metric DataVolumeUsed: not published ($(tr '\n' ' ' <"$BASE/measure.log" | cut -c 1-300))"
}

# --- what the node runs

install_archive() {
  local name=$1 uri=$2 digest=$3 folder=$BASE/$1 inner
  [[ $digest =~ ^[0-9a-f]{64}$ ]] || stop 64 "$name: no SHA-256 is set for $uri"
  if [ "$(cat "$folder/.digest" 2>/dev/null)" = "$digest" ]; then
    log "$name: is there, $digest"
    return
  fi
  log "$name: fetching $uri"
  rm -rf "$folder.new" "$folder.download"
  mkdir -p "$folder.new"
  attempt "fetch $uri" aws s3 cp --only-show-errors "$uri" "$folder.download"
  if ! digest_is "$folder.download" "$digest"; then
    rm -rf "$folder.new" "$folder.download"
    stop 65 "$name: the SHA-256 of $uri is not $digest; nothing of it was unpacked"
  fi
  tar --extract --no-same-owner --file "$folder.download" --directory "$folder.new"
  rm -f "$folder.download"
  # Releases pack everything into one folder that has the version in its name.
  inner=$(find "$folder.new" -mindepth 1 -maxdepth 1)
  if [ "$(wc -l <<<"$inner")" -eq 1 ] && [ -d "$inner" ] && [ "$(basename "$inner")" != libs ]; then
    mv "$inner" "$folder.inner"
    rmdir "$folder.new"
    mv "$folder.inner" "$folder.new"
  fi
  printf '%s' "$digest" >"$folder.new/.digest"
  rm -rf "$folder"
  mkdir -p "$(dirname "$folder")"
  mv "$folder.new" "$folder"
  changed=yes
  log "$name: unpacked, SHA-256 as expected"
}

# A program that is bundled when it is deployed has no digest at synthesis; its key in the bucket names its sources.
install_program() {
  log "program: fetching $PROGRAM_URI"
  attempt "fetch $PROGRAM_URI" aws s3 cp --only-show-errors "$PROGRAM_URI" "$BASE/aftershock.mjs.new"
  replace "$BASE/aftershock.mjs"
}

install_distribution() {
  local plugin name rest
  if [ "$NODE_ROLE" = fleet ]; then
    need_node_js
    install_program
    return
  fi
  need_program java java-17-amazon-corretto-headless
  install_archive distribution "${DISTRIBUTION_URI:-}" "${DISTRIBUTION_SHA256:-}"
  for plugin in ${PLUGINS:-}; do
    name=${plugin%%=*}
    rest=${plugin#*=}
    install_archive "plugins/$name" "${rest%%#*}" "${rest##*#}"
  done
}

# PATH.new becomes PATH in one step: a process never reads half a file.
replace() {
  cmp -s "$1.new" "$1" || changed=yes
  mv "$1.new" "$1"
}

fetch_files() {
  local name
  mkdir -p "$BASE/source"
  for name in ${FILES:-}; do
    attempt "parameter $PARAMETER_PATH/$name" fetch_parameter "$PARAMETER_PATH/$name" "$BASE/source/$name.new"
    replace "$BASE/source/$name"
    log "$name: as in $PARAMETER_PATH/$name"
  done
}

fill_in_files() {
  local name
  mkdir -p "$BASE/config"
  for name in ${FILES:-}; do
    fill_in "$BASE/source/$name" >"$BASE/config/$name.new"
    replace "$BASE/config/$name"
  done
}

# Into memory only: they are fetched again after a reboot.
install_secrets() {
  install_certificates
  install_secret_files
}

install_certificates() {
  [ -n "${TLS_SECRET:-}" ] || return 0
  [ ! -s "$SECRETS/authority.pem" ] || return 0
  umask 077
  mkdir -p "$SECRETS"
  attempt "secret $TLS_SECRET" fetch_secret "$TLS_SECRET" "$SECRETS/tls.json"
  python3 - "$SECRETS" <<'PYTHON' || stop 65 "secret $TLS_SECRET: expected JSON with node.pem and authority.pem"
import json, pathlib, sys
folder = pathlib.Path(sys.argv[1])
secret = json.loads((folder / 'tls.json').read_text())
for name in ('node.pem', 'authority.pem'):
    (folder / name).write_text(secret[name])
PYTHON
  rm -f "$SECRETS/tls.json"
  umask 022
  own "$SECRETS"
  log "secret $TLS_SECRET: node.pem and authority.pem are in $SECRETS"
}

fetch_secret() {
  aws secretsmanager get-secret-value --secret-id "$1" --query SecretString --output text >"$2"
}

# What configurations name as ${file:/run/aftershock/NAME.properties:KEY}. A start takes what is there: it must not
# depend on AWS, and `refresh` keeps it new.
install_secret_files() {
  local pair name
  for pair in ${SECRET_FILES:-}; do
    name=${pair%%=*}
    [ ! -s "$SECRETS/$name.properties" ] || continue
    attempt "secret ${pair#*=}" fetch_secret_file "$name" "${pair#*=}"
    mv "$SECRETS/$name.properties.new" "$SECRETS/$name.properties"
    log "secret ${pair#*=}: is in $SECRETS/$name.properties"
  done
}

# fetch_secret_file NAME SECRET makes NAME.properties.new, which only the node's user reads.
fetch_secret_file() {
  local file=$SECRETS/$1.properties.new status=0
  (
    umask 077
    mkdir -p "$SECRETS"
    fetch_secret "$2" "$file.secret" && secret_properties "$file.secret" "$file"
  ) || status=$?
  rm -f "$file.secret"
  [ "$status" -eq 0 ] || return "$status"
  own "$SECRETS"
}

# JSON becomes a property for each of its keys; anything else is a password.
secret_properties() {
  python3 - "$1" "$2" <<'PYTHON'
import json, pathlib, sys
text = pathlib.Path(sys.argv[1]).read_text(encoding='utf-8').rstrip('\n')
try:
    secret = json.loads(text)
except ValueError:
    secret = None
if not isinstance(secret, dict):
    secret = {'password': text}
ESCAPES = {'\\': r'\\', '\n': r'\n', '\r': r'\r', '\t': r'\t', '\f': r'\f'}
def escaped(text, also=''):
    return ''.join(ESCAPES.get(c, '\\' + c if c in also else c) for c in text)
lines = []
for key, value in secret.items():
    value = value if isinstance(value, str) else json.dumps(value)
    blanks = len(value) - len(value.lstrip(' '))
    lines.append(escaped(key, ' =:#!') + '=' + '\\ ' * blanks + escaped(value[blanks:]) + '\n')
pathlib.Path(sys.argv[2]).write_text(''.join(lines), encoding='utf-8')
PYTHON
}

# Secrets rotate while the node runs. A configuration is read when a task starts: those of this worker that name the
# file are started again, and again next time if that did not work.
refresh() {
  local pair name file
  for pair in ${SECRET_FILES:-}; do
    name=${pair%%=*}
    file=$SECRETS/$name.properties
    if ! fetch_secret_file "$name" "${pair#*=}" 2>"$BASE/refresh.log"; then
      log "secret ${pair#*=}: what is there stays ($(tr '\n' ' ' <"$BASE/refresh.log" | cut -c 1-300))"
      continue
    fi
    if cmp -s "$file.new" "$file"; then
      rm -f "$file.new"
    else
      touch "$file.changed"
      mv "$file.new" "$file"
      log "secret ${pair#*=}: has changed, and is in $file"
    fi
    if [ -e "$file.changed" ] && restart_tasks "$file"; then rm -f "$file.changed"; fi
  done
}

# Each worker starts its own: others may not have the new secret yet.
restart_tasks() {
  local worker restarted
  [ "$NODE_ROLE" = connect ] || return 0
  worker=$(property rest.advertised.host.name worker):$(property rest.advertised.port worker)
  if ! restarted=$(tasks_that_name "$1" "$worker" 2>"$BASE/refresh.log"); then
    log "tasks that name $1: not started again yet ($(tail -n 1 "$BASE/refresh.log" | cut -c 1-300))"
    return 1
  fi
  log "tasks here that name $1, started again: ${restarted:-none}"
}

tasks_that_name() {
  python3 - "$1" "$2" <<'PYTHON'
import json, sys, urllib.parse, urllib.request
file, worker = sys.argv[1:]
def call(method, path):
    request = urllib.request.Request(f'http://{worker}{path}', method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read()
found = []
for name, connector in json.loads(call('GET', '/connectors?expand=info&expand=status')).items():
    if any('${file:' + file + ':' in (value or '') for value in connector['info']['config'].values()):
        for task in connector['status']['tasks']:
            if task['worker_id'] == worker:
                call('POST', f"/connectors/{urllib.parse.quote(name, safe='')}/tasks/{task['id']}/restart")
                found.append(f"{name} {task['id']}")
print(', '.join(found))
PYTHON
}

# --- the node's data

property() {
  sed -n "s/^$1=//p" "$BASE/config/${2:-server}.properties"
}

java_in_distribution() {
  # JVM_OPTIONS is a list of words.
  # shellcheck disable=SC2086
  "$1" ${2:-} -cp "$BASE/distribution/libs/*" "${@:3}"
}

prepare_data() {
  local folder key found wanted
  [[ $NODE_ROLE =~ ^(kafka|automq)$ ]] || return 0
  folder=$(property log.dirs)
  mkdir -p "$folder"
  if [ -f "$folder/meta.properties" ]; then
    for key in cluster.id node.id; do
      found=$(sed -n "s/^$key=//p" "$folder/meta.properties")
      wanted=$CLUSTER_ID
      [ "$key" = cluster.id ] || wanted=$(property node.id)
      [ "$found" = "$wanted" ] || stop 65 "$folder: belongs to $key $found, not to $wanted; nothing was changed"
    done
    log "$folder: of this node (cluster $CLUSTER_ID, node $(property node.id)), taken up again"
  elif [ -n "$(ls -A "$folder")" ]; then
    stop 65 "$folder: has files but no meta.properties; nothing was changed"
  elif [ "$NODE_ROLE" = kafka ]; then
    log "$folder: empty, formatting it for cluster $CLUSTER_ID, node $(property node.id)"
    format_kafka || stop 65 "$folder: formatting failed"
  fi
  own "$folder"
}

# Nobody can log in yet, and nodes need not: they show certificates. `admit` does the rest.
format_kafka() {
  java_in_distribution java '-Xmx256m' kafka.tools.StorageTool format --ignore-formatted \
    --cluster-id "$CLUSTER_ID" --config "$BASE/config/server.properties" >&2
}

# --- the node's process

serve() {
  local logging=-Dlog4j2.configurationFile=$BASE/config/log4j2.properties program
  case $NODE_ROLE in
    kafka) java_in_distribution exec_java "${JVM_OPTIONS:-}" "$logging" kafka.Kafka "$BASE/config/server.properties" ;;
    automq)
      # Its own start script, which formats and knows its class path; ours are all settings that it would guess.
      # The folder of logs is only looked for: its log goes to standard output.
      export KAFKA_HEAP_OPTS=${JVM_OPTIONS:-} KAFKA_JVM_PERFORMANCE_OPTS=-server KAFKA_OPTS=-Djava.awt.headless=true
      export KAFKA_LOG4J_OPTS=-Dlog4j.configuration=file:$BASE/config/log4j.properties EXTRA_ARGS='' LOG_DIR=$DATA
      exec bash "$BASE/distribution/bin/kafka-server-start.sh" "$BASE/config/server.properties"
      ;;
    connect)
      java_in_distribution exec_java "${JVM_OPTIONS:-}" "$logging" org.apache.kafka.connect.cli.ConnectDistributed \
        "$BASE/config/worker.properties"
      ;;
    fleet)
      BOOTSTRAP_SERVERS=$(broker_addresses)
      export BOOTSTRAP_SERVERS
      program=$(node_js) || stop 69 "there is no Node.js $OLDEST_NODE_JS or newer"
      exec "$program" "$BASE/aftershock.mjs" fleet
      ;;
  esac
}

exec_java() {
  exec java "$@"
}

# Who may do what, and then who may log in: one node says so, as the node that it is, once the cluster is up. Saying it
# again changes nothing but passwords, if their secrets have changed since.
admit() {
  local rules=$BASE/config/access-rules.txt server pair unnamed
  if [ ! -s "$rules" ] || [ "$(property node.id)" != 1 ]; then return 0; fi
  server=$(property advertised.listeners | grep -o 'REPL://[^,]*')
  server=${server#REPL://}
  unnamed=$(grep -o 'ssl\.endpoint\.identification\.algorithm=$' "$BASE/config/server.properties") || unnamed=''
  printf '%s\n' security.protocol=SSL ssl.keystore.type=PEM "ssl.keystore.location=$(property ssl.keystore.location)" \
    ssl.truststore.type=PEM "ssl.truststore.location=$(property ssl.truststore.location)" "$unnamed" >"$BASE/config/admin.properties"
  attempt 'access rules' add_access_rules "$server" "$rules"
  log "access rules: $(wc -l <"$rules") in force"
  for pair in ${SCRAM_SECRETS:-}; do
    attempt "login of ${pair%%=*}" set_password "$server" "${pair%%=*}" "${pair#*=}"
  done
  log "logins: as in the secrets of $(wc -w <<<"${SCRAM_SECRETS:-}") principals"
}

add_access_rules() {
  local rule
  while read -r rule; do
    # shellcheck disable=SC2086
    kafka_tool kafka-acls.sh org.apache.kafka.tools.AclCommand --bootstrap-server "$1" \
      --command-config "$BASE/config/admin.properties" $rule </dev/null || return
  done <"$2"
}

# set_password SERVER PRINCIPAL SECRET: through a file in memory, because anybody may read a command line.
set_password() {
  local file=$SECRETS/admit.properties status=0
  (
    umask 077
    mkdir -p "$SECRETS"
    fetch_secret "$3" "$file.secret" &&
      printf 'SCRAM-SHA-512=password=%s\n' "$(sed 's/\\/\\\\/g' "$file.secret")" >"$file" &&
      kafka_tool kafka-configs.sh kafka.admin.ConfigCommand --bootstrap-server "$1" \
        --command-config "$BASE/config/admin.properties" --alter --entity-type users --entity-name "$2" \
        --add-config-file "$file"
  ) || status=$?
  rm -f "$file" "$file.secret"
  return "$status"
}

# kafka_tool SCRIPT CLASS ARGUMENTS...: the distribution's own script, where it has one, knows where the class is.
kafka_tool() {
  local script=$BASE/distribution/bin/$1 class=$2
  shift 2
  if [ -f "$script" ]; then
    KAFKA_HEAP_OPTS=-Xmx128m KAFKA_JVM_PERFORMANCE_OPTS=-server KAFKA_OPTS=-Djava.awt.headless=true LOG_DIR=$DATA \
      KAFKA_LOG4J_OPTS=-Dlog4j.configuration=file:$BASE/config/log4j.properties bash "$script" "$@"
  else
    java_in_distribution java -Xmx128m "$class" "$@"
  fi
}

has_systemd() {
  [ -z "$ROOT" ] && [ -d /run/systemd/system ]
}

start_with_systemd() {
  cat >"/etc/systemd/system/$UNIT.service" <<UNIT_FILE
[Unit]
Description=aftershock $NODE_NAME
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=0

[Service]
User=$(node_user)
ExecStartPre=+/bin/bash $BASE/bootstrap.sh prepare
ExecStart=/bin/bash $BASE/bootstrap.sh serve
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
UNIT_FILE
  [ -z "${SECRET_FILES:-}" ] ||
    repeat_with_systemd secrets refresh "$REFRESH_SECONDS" 'secrets that have been rotated'
  if measures; then repeat_with_systemd volume measure "$MEASURE_SECONDS" 'how full the volume is'; fi
  systemctl daemon-reload
  systemctl enable --quiet "$UNIT"
  if [ -z "$changed" ] && systemctl is-active --quiet "$UNIT"; then
    log "node $NODE_NAME: runs already, and nothing has changed"
  else
    systemctl restart "$UNIT"
    log "node $NODE_NAME: started by systemd as $UNIT"
  fi
}

# repeat_with_systemd NAME VERB SECONDS WHAT
repeat_with_systemd() {
  cat >"/etc/systemd/system/$UNIT-$1.service" <<UNIT_FILE
[Unit]
Description=aftershock $NODE_NAME: $4
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
ExecStart=/bin/bash $BASE/bootstrap.sh $2
StandardOutput=append:/var/log/aftershock-node.log
StandardError=inherit
TimeoutStartSec=120
UNIT_FILE
  cat >"/etc/systemd/system/$UNIT-$1.timer" <<UNIT_FILE
[Unit]
Description=aftershock $NODE_NAME: $4

[Timer]
OnActiveSec=$3
OnUnitActiveSec=$3
AccuracySec=10

[Install]
WantedBy=timers.target
UNIT_FILE
  systemctl daemon-reload
  systemctl enable --quiet --now "$UNIT-$1.timer"
}

# repeat VERB SECONDS: the same where there is no systemd, for as long as the supervisor lives. Sleeping holds none of its
# files open.
repeat() {
  while sleep "$2" >/dev/null 2>&1 && kill -0 "$$" 2>/dev/null; do
    bash "$BASE/bootstrap.sh" "$1" || true
  done
}

# What systemd does with Restart=always, where there is none.
supervise() {
  local child='' ending='' repeating='' status
  exec 9>"$BASE/supervisor.lock"
  flock -n 9 || stop 64 "node $NODE_NAME: another process runs it ($BASE/supervisor.lock)"
  trap 'ending=yes; [ -z "$child" ] || kill -TERM "$child" 2>/dev/null || true' TERM INT
  if [ -n "${SECRET_FILES:-}" ]; then
    repeat refresh "$REFRESH_SECONDS" 9>&- &
    repeating=$!
  fi
  if measures; then
    repeat measure "$MEASURE_SECONDS" 9>&- &
    repeating="$repeating $!"
  fi
  while [ -z "$ending" ]; do
    # The process inherits the lock: whatever becomes of this supervisor, there is never a second one beside it.
    bash "$BASE/bootstrap.sh" prepare || true
    bash "$BASE/bootstrap.sh" serve &
    child=$!
    [ -z "$ending" ] || kill -TERM "$child" 2>/dev/null || true
    log "node $NODE_NAME: started, process $child"
    status=0
    wait "$child" || status=$?
    # A signal to this process ends the wait early; the node's process is waited for again.
    while kill -0 "$child" 2>/dev/null; do
      status=0
      wait "$child" || status=$?
    done
    [ -z "$ending" ] || break
    log "node $NODE_NAME: ended with status $status, starting again in 2 s"
    sleep 2 &
    wait $! || true
  done
  trap '' TERM INT # asked twice is asked once
  for child in $repeating; do kill "$child" 2>/dev/null || true; done
  log "node $NODE_NAME: stopped as asked"
}

# The node's log goes to CloudWatch; `truncate` keeps the machine's own copy small.
ship_logs() {
  local agent=/opt/aws/amazon-cloudwatch-agent
  [ -n "${LOG_GROUP:-}" ] || return 0
  need_program "$agent/bin/amazon-cloudwatch-agent-ctl" amazon-cloudwatch-agent
  cat >/etc/logrotate.d/aftershock <<'ROTATE'
/var/log/aftershock-node.log { size 100M rotate 2 copytruncate missingok }
ROTATE
  cat >"$BASE/log-agent.json" <<AGENT
{"logs": {"logs_collected": {"files": {"collect_list": [
  {"file_path": "/var/log/aftershock-node.log", "log_group_name": "$LOG_GROUP", "log_stream_name": "$NODE_NAME/{instance_id}"},
  {"file_path": "/var/log/cloud-init-output.log", "log_group_name": "$LOG_GROUP", "log_stream_name": "$NODE_NAME/{instance_id}/bootstrap"}
]}}}}
AGENT
  "$agent/bin/amazon-cloudwatch-agent-ctl" -a fetch-config -m ec2 -s -c "file:$BASE/log-agent.json" >/dev/null
  log "log: goes to $LOG_GROUP"
}

# --- in order

everything() {
  mkdir -p "$BASE"
  [ "$1" -ef "$SETTINGS" ] || install -m 644 "$1" "$SETTINGS"
  [ "$0" -ef "$BASE/bootstrap.sh" ] || install "$0" "$BASE/bootstrap.sh"
  load_settings
  attempt "parameter $PARAMETER_PATH/node.env" fetch_parameter "$PARAMETER_PATH/node.env" "$SETTINGS.new"
  replace "$SETTINGS"
  load_settings
  chmod 755 "$BASE" "$BASE/bootstrap.sh"
  chmod 644 "$SETTINGS"
  log "node $NODE_NAME: $NODE_ROLE, settings of $PARAMETER_PATH"
  make_user
  if has_systemd; then ship_logs; fi
  mount_disk
  install_distribution
  fetch_files
  fill_in_files
  install_secrets
  prepare_data
  if [ -n "${ADDRESS_PARAMETER:-}" ]; then
    attempt "parameter $ADDRESS_PARAMETER" aws ssm put-parameter --overwrite --name "$ADDRESS_PARAMETER" \
      --value "$(address):$ADDRESS_PORT"
  fi
  if has_systemd; then
    start_with_systemd
    admit
  else
    admit &
    supervise
  fi
}

prepare() {
  mount_disk
  install_secrets
  fill_in_files
}

case ${1:-} in
  prepare | serve | refresh | measure)
    load_settings
    "$1"
    ;;
  */*) everything "$1" ;;
  *) stop 64 'usage: bootstrap.sh /path/of/node.env | prepare | serve | refresh | measure' ;;
esac
