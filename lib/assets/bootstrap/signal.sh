# --- telling CloudFormation

# Whether the process serves, and what it keeps is as safe as before: a line that says why not, and 1 or 3, else.
node_serves() {
  local worker shard
  case $NODE_ROLE in
    kafka | automq)
      [ -s "$BASE/config/server.properties" ] || {
        echo 'its configuration is not there yet'
        return 1
      }
      kafka_answers "$BASE/config/server.properties"
      ;;
    connect)
      worker=$(property rest.advertised.host.name worker):$(property rest.advertised.port worker)
      curl -sf -m 10 -o "$BASE/connectors.json" "http://$worker/connectors" || {
        echo "the worker does not answer at $worker"
        return 1
      }
      ;;
    fleet)
      shard=$(find "$SHARD_DIR" -mindepth 1 -maxdepth 1 -name "$NODE_NAME-*" 2>/dev/null | sort | tail -n 1)
      grep -q '"acked":[1-9]' "$shard/samples/fleet.jsonl" 2>/dev/null || {
        echo 'no broker has acknowledged a record yet'
        return 1
      }
      ;;
  esac
}

kafka_answers() {
  python3 - "$1" <<'PYTHON'
#include node-answers.py
PYTHON
}

# The parameter has a line for each thing that CloudFormation waits for: its name, and where to put the answer.
#   next    it may go on to the next node
#   serves  the stack may be complete
# A slot whose disk has never served opens the way for the others before it serves: it cannot without them.
signal() {
  local began=$SECONDS list=$BASE/signals told='' why='' status
  attempt "parameter $PARAMETER_PATH/signals" fetch_parameter "$PARAMETER_PATH/signals" "$list.new"
  chmod 600 "$list.new"
  replace "$list"
  while [ -n "$(untold "$list")" ]; do
    status=0
    why=$(node_serves 2>&1) || status=$?
    if [ "$status" -eq 0 ]; then
      [ -z "${VOLUME_ID:-}" ] || ! mountpoint -q "$DATA" || touch "$DATA/aftershock-served"
      tell "$list" SUCCESS 'it serves, and what it keeps is in sync' next serves
    elif [ "$status" -eq 3 ] && is_new_slot; then
      tell "$list" SUCCESS 'it waits for the nodes after it' next
    elif grep -qs '^6[45] ' "$BASE/stopped"; then
      tell "$list" FAILURE "$(cut -d ' ' -f 2- "$BASE/stopped")" next serves
    elif [ $((SECONDS - began)) -ge "$SIGNAL_SECONDS" ]; then
      [ ! -s "$BASE/stopped" ] || why=$(cut -d ' ' -f 2- "$BASE/stopped")
      tell "$list" FAILURE "it does not serve: $(one_line <<<"$why")" next serves
    fi
    [ "$why" = "$told" ] || log "does not serve yet: $(one_line <<<"$why")"
    told=$why
    [ -z "$(untold "$list")" ] || sleep 3
  done
}

is_new_slot() {
  [ -n "${VOLUME_ID:-}" ] && mountpoint -q "$DATA" && [ ! -e "$DATA/aftershock-served" ]
}

# Names of signals whose place has not been told anything yet. A new deployment of the node has new places.
untold() {
  local name url
  while read -r name url; do
    grep -qsxF "$name $(url_digest "$url")" "$BASE/told" || echo "$name"
  done <"$1"
}

# Without what only the deployment and CloudFormation should know.
url_digest() {
  sha256sum <<<"$1" | cut -d ' ' -f 1
}

# tell LIST STATUS REASON NAME...
tell() {
  local list=$1 status=$2 why name url pending answer
  why=$(one_line <<<"$3" | plain)
  shift 3
  pending=" $(untold "$list" | tr '\n' ' ')"
  while read -r name url; do
    [[ " $* " == *" $name "* && $pending == *" $name "* ]] || continue
    [[ $url =~ ^https?://[^[:space:]\"]+$ ]] || stop 64 "signals: $name has no address"
    printf '{"Status":"%s","Reason":"%s","UniqueId":"%s","Data":"%s"}' \
      "$status" "$NODE_NAME: $why" "$NODE_NAME-$(instance_id)" "$(one_line <"$BASE/machine.json" | plain)" >"$BASE/signal.json"
    # The address is signed for a request without a type. Told that it is over (403) or gone, CloudFormation does not wait.
    answer=$(curl -s -m 20 -o /dev/null -w '%{http_code}' -H 'Content-Type:' --upload-file "$BASE/signal.json" -K - <<<"url = \"$url\"") || answer=000
    case $answer in
      200 | 403 | 404)
        printf '%s %s\n' "$name" "$(url_digest "$url")" >>"$BASE/told"
        log "signal $name: $status, $why (HTTP $answer)"
        ;;
      *) log "signal $name: not told yet (HTTP $answer)" ;;
    esac
  done <"$list"
}

# Nothing that would end a text of JSON.
plain() {
  tr -d '\042\134' | sed 's/ *$//'
}

# Two machines of one group are two signals.
instance_id() {
  sed -n 's/.*"instance-id": "\([^"]*\)".*/\1/p' "$BASE/machine.json"
}

