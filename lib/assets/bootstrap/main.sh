# --- in order

boot() {
  trap remember_failure EXIT
  everything
  rm -f "$BASE/stopped"
  trap - EXIT
  if has_systemd; then : >"$BOOTED"; else supervise; fi
}

# systemd starts what failed again, for ever: not so often that it would be a load on what it waits for.
remember_failure() {
  local status=$?
  [ "$status" -ne 0 ] || return 0
  printf '%s %s\n' "$status" "${reason:-a step of the bootstrap failed; the log of the node says which}" >"$BASE/stopped"
  if has_systemd; then
    log "node $NODE_NAME: again in $AGAIN_SECONDS s"
    sleep "$AGAIN_SECONDS"
  fi
}

everything() {
  chmod 755 "$BASE" "$BASE/bootstrap.sh"
  chmod 644 "$SETTINGS"
  log "node $NODE_NAME: $NODE_ROLE, settings of $PARAMETER_PATH"
  make_user
  record_machine
  if has_systemd; then install_units; fi
  limit_life
  mount_disk
  renew fetch_files
  prepare
  renew install_programs
  prepare_data
  record_machine
  log "machine: $(cat "$BASE/machine.json")"
  starts_with >"$BASE/started-with"
  : >"$BASE/installed"
  if has_systemd; then start_units; fi
}

# A machine that is there for one day, and that nobody ended, ends itself: its launch template has it terminated then.
limit_life() {
  [ -n "${LIFE_MINUTES:-}" ] && has_systemd || return 0
  [ -e /run/systemd/shutdown/scheduled ] || shutdown -P "+$LIFE_MINUTES" >/dev/null 2>&1 ||
    log "life: nobody ends this machine after $LIFE_MINUTES minutes"
}

prepare() {
  mount_disk
  install_secrets
  fill_in_files
  starts_with >"$BASE/started-with"
  # It runs beside the start, which must not wait for AWS.
  if has_address && has_systemd; then systemctl start --no-block "$UNIT-address.service"; fi
}

# A digest of what the process is started with.
starts_with() {
  local file
  {
    # The agent is no part of the node's process, and another one no reason to start that again.
    grep -v '^AGENT_' "$SETTINGS" || true
    cat "$BASE/aftershock.mjs" 2>/dev/null || true
    for file in ${FILES:-}; do cat "$BASE/config/$file"; done
    find "$BASE/distribution" "$BASE/plugins" -maxdepth 2 -name .digest -exec cat {} + 2>/dev/null || true
  } | sha256sum
}

apply() {
  local before
  has_systemd || stop 64 'apply: there is no systemd here'
  before=$(cat "$BASE/started-with" 2>/dev/null) || before=''
  everything
  : >"$BOOTED"
  if [ "$before" = "$(cat "$BASE/started-with")" ] && systemctl is-active --quiet "$UNIT"; then
    log "node $NODE_NAME: runs already, and nothing has changed"
  else
    systemctl restart "$UNIT"
    log "node $NODE_NAME: started by systemd as $UNIT"
  fi
  admit
}

verb=${1:-}
case $verb in
  boot | apply | prepare | serve | signal | admit | ship | refresh | measure | fetch_files | install_programs | agent_files | agent | tools | wipe)
    load_settings
    "$verb"
    ;;
  address)
    load_settings
    write_address
    ;;
  *) stop 64 'usage: bootstrap.sh boot | apply | prepare | serve | signal | admit | ship | address | refresh | measure' ;;
esac
