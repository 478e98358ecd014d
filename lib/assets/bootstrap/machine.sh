# --- the machine

node_user() {
  if [ -n "$ROOT" ]; then id -un; else echo aftershock; fi
}

make_user() {
  local name
  name=$(node_user)
  id -u "$name" >/dev/null 2>&1 && return
  log "user $name: made"
  useradd --system --no-create-home --shell /sbin/nologin "$name"
}

own() {
  [ "$(id -u)" -ne 0 ] || chown -R "$(node_user)" "$@"
}

# What two environments are compared on: an image and its packages are not the same for ever.
record_machine() {
  local token name value text='' version
  token=$(metadata_token) || token=''
  for name in ami-id instance-id instance-type placement/availability-zone placement/availability-zone-id; do
    value=''
    [ -z "$token" ] || value=$(metadata "$token" "$name") || value=''
    text="$text\"${name##*/}\": \"${value:-unknown}\", "
  done
  text="$text\"kernel\": \"$(uname -r)\", \"system\": \"$(system_release)\""
  version=$(java -version 2>&1 | sed -n 1p | tr -d '\042\134') || version=none
  text="$text, \"java\": \"$version\""
  version=$(node_js) && version=$("$version" --version) || version=none
  printf '{%s, "node": "%s"}\n' "$text" "$version" >"$BASE/machine.json"
}

system_release() {
  sed -n 's/^PRETTY_NAME=//p' /etc/os-release 2>/dev/null | tr -d '"'
}

# From Amazon Linux's own repository, which is in S3 and so within reach of a network without NAT.
install_package() {
  local release=()
  [ -z "${PACKAGE_RELEASE:-}" ] || release=("--releasever=$PACKAGE_RELEASE")
  log "package $1: installing${PACKAGE_RELEASE:+ of release $PACKAGE_RELEASE}"
  attempt "package $1" dnf install -y -q ${release[@]+"${release[@]}"} "$1"
}

need_program() {
  local program=$1 package=$2
  command -v "$program" >/dev/null && return
  install_package "$package"
}

NODE_JS=24        # what is installed where there is none: the newest that Amazon Linux 2023 has
OLDEST_NODE_JS=20 # what the program is built for

# The program that is Node.js $OLDEST_NODE_JS or newer. Amazon Linux has one for each version, and calls whichever was
# installed first `node`.
node_js() {
  local program version
  for program in "node-$NODE_JS" node; do
    version=$("$program" --version 2>/dev/null) || continue
    version=${version#v}
    if [ "${version%%.*}" -ge "$OLDEST_NODE_JS" ]; then
      printf '%s' "$program"
      return
    fi
  done
  return 1
}

need_node_js() {
  local package=nodejs$NODE_JS
  node_js >/dev/null && return
  install_package "$package"
  node_js >/dev/null ||
    stop 69 "package $package: is installed, but neither node-$NODE_JS nor node is Node.js $OLDEST_NODE_JS or newer"
}

