# --- where there is no systemd

# repeat VERB SECONDS: what a timer does, for as long as the supervisor lives. Sleeping holds none of its files open.
repeat() {
  while kill -0 "$$" 2>/dev/null; do
    bash "$BASE/bootstrap.sh" "$1" || true
    sleep "$2" >/dev/null 2>&1
  done
}

# until_done VERB SECONDS: what systemd does with Restart=on-failure, for as long as the supervisor lives.
until_done() {
  local child=''
  trap 'kill "$child" 2>/dev/null || true; exit 0' TERM
  while kill -0 "$$" 2>/dev/null; do
    bash "$BASE/bootstrap.sh" "$1" &
    child=$!
    if wait "$child"; then return; fi
    sleep "$2" >/dev/null 2>&1 &
    child=$!
    wait "$child" || true
  done
}

# What systemd does with Restart=always, where there is none.
supervise() {
  local child='' ending='' repeating='' status
  exec 9>"$BASE/supervisor.lock"
  flock -n 9 || stop 64 "node $NODE_NAME: another process runs it ($BASE/supervisor.lock)"
  trap 'ending=yes; [ -z "$child" ] || kill -TERM "$child" 2>/dev/null || true' TERM INT
  until_done admit 30 9>&- &
  repeating=$!
  if [ "$NODE_ROLE" != runner ]; then
    until_done signal 10 9>&- &
    repeating="$repeating $!"
  fi
  if [ -n "${SECRET_FILES:-}" ]; then
    repeat refresh "$REFRESH_SECONDS" 9>&- &
    repeating="$repeating $!"
  fi
  if measures; then
    repeat measure "$MEASURE_SECONDS" 9>&- &
    repeating="$repeating $!"
  fi
  if has_address; then
    repeat address "$ADDRESS_SECONDS" 9>&- &
    repeating="$repeating $!"
  fi
  while [ -z "$ending" ]; do
    # The process inherits the lock: whatever becomes of this supervisor, there is never a second one beside it.
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
    bash "$BASE/bootstrap.sh" prepare || true
  done
  trap '' TERM INT # asked twice is asked once
  for child in $repeating; do kill "$child" 2>/dev/null || true; done
  log "node $NODE_NAME: stopped as asked"
}

