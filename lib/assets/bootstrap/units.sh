# --- units beside the node's own, which user data makes (lib/constructs/user-data.ts)

# All of them are of this boot: what is written into /run is gone after the next.
install_units() {
  make_timers
  [ "$NODE_ROLE" = runner ] || make_service signal 'tells CloudFormation that the node serves' 10
  make_service admit 'who may log in, and do what' 30
  make_service ship 'sends the log to CloudWatch' 60
  if [ -n "${AGENT_SECRET:-}" ]; then
    make_agent
    make_service tools 'installs what drills need to break links' 60
  fi
  systemctl daemon-reload
  # Nothing waits for any of them: without them, the node serves all the same.
  [ "$NODE_ROLE" = runner ] || systemctl start --no-block "$UNIT-signal.service"
  [ -z "${LOG_GROUP:-}" ] || systemctl start --no-block "$UNIT-ship.service"
  [ -z "${AGENT_SECRET:-}" ] || systemctl start --no-block "$UNIT-agent.service" "$UNIT-tools.service"
}

# The prober of drills. It is the node's neighbour and never its parent: whatever becomes of the one, the other runs on.
make_agent() {
  unit_file agent.service <<UNIT_FILE
[Unit]
Description=aftershock $NODE_NAME: the agent, which drills ask
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=0

[Service]
User=aftershock
ExecStartPre=+/bin/bash $BASE/bootstrap.sh agent_files
ExecStart=/bin/bash $BASE/bootstrap.sh agent
Restart=always
RestartSec=10
TimeoutStartSec=infinity
StandardOutput=append:/var/log/aftershock-node.log
StandardError=inherit
UNIT_FILE
}

make_timers() {
  [ -z "${SECRET_FILES:-}" ] || make_timer refresh 'secrets that have been rotated' "$REFRESH_SECONDS"
  if measures; then make_timer measure 'how full the volume is' "$MEASURE_SECONDS"; fi
  if has_address; then make_timer address 'where the broker is' "$ADDRESS_SECONDS"; fi
}

# make_service VERB WHAT SECONDS: once, and again after so many seconds until it has worked.
make_service() {
  unit_file "$1.service" <<UNIT_FILE
[Unit]
Description=aftershock $NODE_NAME: $2
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=0

[Service]
Type=exec
ExecStart=/bin/bash $BASE/bootstrap.sh $1
Restart=on-failure
RestartSec=$3
StandardOutput=append:/var/log/aftershock-node.log
StandardError=inherit
UNIT_FILE
}

# make_timer VERB WHAT SECONDS
make_timer() {
  unit_file "$1.service" <<UNIT_FILE
[Unit]
Description=aftershock $NODE_NAME: $2
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
ExecStart=/bin/bash $BASE/bootstrap.sh $1
StandardOutput=append:/var/log/aftershock-node.log
StandardError=inherit
TimeoutStartSec=120
UNIT_FILE
  unit_file "$1.timer" <<UNIT_FILE
[Unit]
Description=aftershock $NODE_NAME: $2

[Timer]
OnActiveSec=0
OnUnitActiveSec=$3
AccuracySec=1
UNIT_FILE
}

unit_file() {
  mkdir -p /run/systemd/system
  cat >"/run/systemd/system/$UNIT-$1"
}

# What a node has beside its process, once its files are there.
start_units() {
  local name
  for name in refresh measure address; do
    [ ! -e "/run/systemd/system/$UNIT-$name.timer" ] || systemctl restart --no-block "$UNIT-$name.timer"
  done
  [ "$(cat "$BASE/admitted" 2>/dev/null)" = "$(admission)" ] || systemctl restart --no-block "$UNIT-admit.service"
}

# The node's log goes to CloudWatch; `copytruncate` keeps the machine's own copy small.
ship() {
  local agent=/opt/aws/amazon-cloudwatch-agent
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
  "$agent/bin/amazon-cloudwatch-agent-ctl" -a fetch-config -m ec2 -s -c "file:$BASE/log-agent.json" >"$BASE/log-agent.log" 2>&1 ||
    stop 69 "the agent of CloudWatch did not start: $(tail -n 3 "$BASE/log-agent.log" | one_line)"
  log "log: goes to $LOG_GROUP"
}

