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
  log "$name: unpacked, SHA-256 as expected"
}

# install_program NAME FILE URI DIGEST
install_program() {
  local name=$1 program=$2 uri=$3 digest=$4
  [[ $digest =~ ^[0-9a-f]{64}$ ]] || stop 64 "$name: no SHA-256 is set for $uri"
  if [ -f "$program" ] && digest_is "$program" "$digest"; then
    log "$name: is there, $digest"
    return
  fi
  log "$name: fetching $uri"
  attempt "fetch $uri" aws s3 cp --only-show-errors "$uri" "$program.new"
  if ! digest_is "$program.new" "$digest"; then
    rm -f "$program.new"
    stop 65 "$name: the SHA-256 of $uri is not $digest; it was not kept"
  fi
  replace "$program"
}

# What drills do to links of this machine takes programs that Amazon Linux does not have of itself, and for delays a
# module of the running kernel. Nothing waits for them: without them such a fault is not injected, and says why.
tools() {
  local kernel series=''
  need_program nft nftables
  need_program tc iproute-tc
  kernel=$(uname -r)
  [[ $kernel = 6.1.* ]] || series=$(cut -d . -f 1-2 <<<"$kernel")
  if command -v modprobe >/dev/null && ! modprobe --dry-run --quiet sch_netem; then
    install_package "kernel$series-modules-extra-$kernel"
  fi
  log 'tools: what drills do to links can be done here'
}

# What the agent runs, and the key that it has in common with who runs drills, in memory.
agent_files() {
  need_node_js
  install_program agent "$BASE/agent.mjs" "$AGENT_URI" "${AGENT_SHA256:-}"
  umask 077
  mkdir -p "$SECRETS"
  attempt "secret $AGENT_SECRET" fetch_agent_key
  mv "$SECRETS/agent.key.new" "$SECRETS/agent.key"
  umask 022
  own "$SECRETS"
}

# Through Systems Manager, which hands on what Secrets Manager has: a node needs no way to that.
fetch_agent_key() {
  aws ssm get-parameter --with-decryption --name "/aws/reference/secretsmanager/$AGENT_SECRET" \
    --query Parameter.Value --output text >"$SECRETS/agent.key.new"
}

# The node's own process is known among all by the file of its log's configuration.
agent() {
  local program
  program=$(node_js) || stop 69 "there is no Node.js $OLDEST_NODE_JS or newer"
  case $NODE_ROLE in
    kafka) export NODE_MARK=-Dlog4j2.configurationFile=$BASE/config/log4j2.properties ;;
    automq) export NODE_MARK=-Dlog4j.configuration=file:$BASE/config/log4j.properties ;;
  esac
  [[ ! $NODE_ROLE =~ ^(kafka|automq)$ ]] || NODE_LOG_DIR=$(property log.dirs)
  export NODE_LOG_DIR=${NODE_LOG_DIR:-}
  exec "$program" "$BASE/agent.mjs" agent --key-file "$SECRETS/agent.key"
}

install_programs() {
  local plugin name rest
  if [ "$NODE_ROLE" = fleet ]; then
    need_node_js
    install_program program "$BASE/aftershock.mjs" "$PROGRAM_URI" "${PROGRAM_SHA256:-}"
    return
  fi
  if [ "$NODE_ROLE" = runner ]; then
    need_node_js
    install_archive program "$PROGRAM_URI" "${PROGRAM_SHA256:-}"
    install_program days "$BASE/game-days.json" "$GAME_DAYS_URI" "${GAME_DAYS_SHA256:-}"
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

