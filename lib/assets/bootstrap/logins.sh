# --- logins

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
  admission >"$BASE/admitted"
  log "logins: as in the secrets of $(wc -w <<<"${SCRAM_SECRETS:-}") principals"
}

# A digest of what `admit` has said: a node that comes back need not say it again, and each rule costs a JVM.
admission() {
  { echo "${SCRAM_SECRETS:-}" && cat "$BASE/config/access-rules.txt" 2>/dev/null; } | sha256sum
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
    fetch_secret "$3" "$file.secret" && is_password "$file.secret" &&
      printf 'SCRAM-SHA-512=password=%s\n' "$(sed 's/\\/\\\\/g' "$file.secret")" >"$file" &&
      kafka_tool kafka-configs.sh kafka.admin.ConfigCommand --bootstrap-server "$1" \
        --command-config "$BASE/config/admin.properties" --alter --entity-type users --entity-name "$2" \
        --add-config-file "$file"
  ) || status=$?
  rm -f "$file" "$file.secret"
  return "$status"
}

# One line: a second one would be a property of its own.
is_password() {
  [ "$(wc -l <"$1")" -eq 1 ] && ! LC_ALL=C grep -q '[^ -~]' "$1" && return
  echo 'the secret is not one line of ASCII' >&2
  return 1
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

