# --- the node's data

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

# For a drill, which holds the node down: as if its disk was lost, and an empty one came.
wipe() {
  local folder
  [[ $NODE_ROLE =~ ^(kafka|automq)$ ]] || stop 64 "wipe: a node of the role $NODE_ROLE keeps nothing"
  folder=$(property log.dirs)
  [[ $folder = "$DATA"/?* ]] || stop 64 "wipe: $folder is not below $DATA; nothing was removed"
  [ ! -d "$folder" ] || find "$folder" -mindepth 1 -delete
  log "$folder: wiped"
  prepare_data
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
      # Names of zones are not the same places in another account.
      NODE_ZONE_ID=$(zone_id)
      export BOOTSTRAP_SERVERS NODE_ZONE_ID
      program=$(node_js) || stop 69 "there is no Node.js $OLDEST_NODE_JS or newer"
      exec "$program" "$BASE/aftershock.mjs" fleet
      ;;
    runner)
      program=$(node_js) || stop 69 "there is no Node.js $OLDEST_NODE_JS or newer"
      mkdir -p "$DAYS_DIR"
      cd "$DAYS_DIR"
      export GAME_DAYS_FILE=$BASE/game-days.json HOME=$DAYS_DIR XDG_STATE_HOME=$DAYS_DIR
      exec "$program" "$BASE/program/dist/cli.js" gameday attend
      ;;
  esac
}

zone_id() {
  sed -n 's/.*"availability-zone-id": "\([a-z0-9-]*-az[0-9]*\)".*/\1/p' "$BASE/machine.json" 2>/dev/null || true
}

exec_java() {
  exec java "$@"
}

