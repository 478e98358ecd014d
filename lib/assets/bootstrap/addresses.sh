# --- addresses, this machine's and the brokers'

metadata_token() {
  curl -sf -m 5 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' "$METADATA/api/token"
}

# metadata TOKEN NAME: of the instance, as EC2 tells it.
metadata() {
  curl -sf -m 5 -H "X-aws-ec2-metadata-token: $1" "$METADATA/meta-data/$2"
}

# The machine's own address, from the metadata service once: a restart must not depend on it.
address() {
  local kept=$BASE/address known=${AFTERSHOCK_ADDRESS:-}
  if [ ! -s "$kept" ] || [ -n "$known" ]; then
    [ -n "$known" ] || known=$(metadata "$(metadata_token)" local-ipv4) ||
      stop 69 'the metadata service did not answer'
    [[ $known =~ ^[0-9]+(\.[0-9]+){3}$ ]] || stop 69 "the metadata service gave no address: $(one_line <<<"$known")"
    printf '%s' "$known" >"$kept"
  fi
  cat "$kept"
}

# What another machine wrote is put into files of properties, where a new line would be a property of its choice.
is_address() {
  [[ $1 =~ ^[0-9a-z][0-9a-z.-]*:[0-9]{1,5}$ ]]
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
      if is_address "$value"; then
        known=${known:+$known,}$value
      elif [ "$value" != none ]; then
        log "$BOOTSTRAP_SERVERS_PATH/$index: passed over, because it is not host:port ($(one_line <<<"$value"))"
      fi
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

has_address() {
  [ -n "${ADDRESS_PARAMETER:-}" ]
}

# A deployment may write `none` again at any time, so this looks each minute.
write_address() {
  local mine there
  has_address || return 0
  mine=$(address):$ADDRESS_PORT
  there=$(aws ssm get-parameter --name "$ADDRESS_PARAMETER" --query Parameter.Value --output text 2>/dev/null) || there=''
  [ "$there" != "$mine" ] || return 0
  aws ssm put-parameter --overwrite --type String --name "$ADDRESS_PARAMETER" --value "$mine" \
    >/dev/null 2>"$BASE/address.log" || {
    log "address: not written into $ADDRESS_PARAMETER yet ($(one_line <"$BASE/address.log"))"
    return 69
  }
  log "address: $mine is in $ADDRESS_PARAMETER"
}

