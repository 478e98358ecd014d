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

install_program() {
  local program=$BASE/aftershock.mjs digest=${PROGRAM_SHA256:-}
  [[ $digest =~ ^[0-9a-f]{64}$ ]] || stop 64 "program: no SHA-256 is set for $PROGRAM_URI"
  if [ -f "$program" ] && digest_is "$program" "$digest"; then
    log "program: is there, $digest"
    return
  fi
  log "program: fetching $PROGRAM_URI"
  attempt "fetch $PROGRAM_URI" aws s3 cp --only-show-errors "$PROGRAM_URI" "$program.new"
  if ! digest_is "$program.new" "$digest"; then
    rm -f "$program.new"
    stop 65 "program: the SHA-256 of $PROGRAM_URI is not $digest; it was not kept"
  fi
  replace "$program"
}

install_programs() {
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

