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
    log "metric DataVolumeUsed: not published ($(one_line <"$BASE/measure.log"))"
}

