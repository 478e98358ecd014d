# Into memory only: they are fetched again after a reboot.
install_secrets() {
  install_certificates
  install_secret_files
}

install_certificates() {
  [ -n "${TLS_SECRET:-}" ] || return 0
  [ ! -s "$SECRETS/authority.pem" ] || return 0
  umask 077
  mkdir -p "$SECRETS"
  attempt "secret $TLS_SECRET" fetch_secret "$TLS_SECRET" "$SECRETS/tls.json"
  python3 - "$SECRETS" <<'PYTHON' || stop 65 "secret $TLS_SECRET: expected JSON with node.pem and authority.pem"
import json, pathlib, sys
folder = pathlib.Path(sys.argv[1])
secret = json.loads((folder / 'tls.json').read_text())
for name in ('node.pem', 'authority.pem'):
    (folder / name).write_text(secret[name])
PYTHON
  rm -f "$SECRETS/tls.json"
  umask 022
  own "$SECRETS"
  log "secret $TLS_SECRET: node.pem and authority.pem are in $SECRETS"
}

fetch_secret() {
  aws secretsmanager get-secret-value --secret-id "$1" --query SecretString --output text >"$2"
}

# What configurations name as ${file:/run/aftershock/NAME.properties:KEY}. A start takes what is there: it must not
# depend on AWS, and `refresh` keeps it new.
install_secret_files() {
  local pair name
  for pair in ${SECRET_FILES:-}; do
    name=${pair%%=*}
    [ ! -s "$SECRETS/$name.properties" ] || continue
    attempt "secret ${pair#*=}" fetch_secret_file "$name" "${pair#*=}"
    mv "$SECRETS/$name.properties.new" "$SECRETS/$name.properties"
    log "secret ${pair#*=}: is in $SECRETS/$name.properties"
  done
}

# fetch_secret_file NAME SECRET makes NAME.properties.new, which only the node's user reads.
fetch_secret_file() {
  local file=$SECRETS/$1.properties.new status=0
  (
    umask 077
    mkdir -p "$SECRETS"
    fetch_secret "$2" "$file.secret" && secret_properties "$file.secret" "$file"
  ) || status=$?
  rm -f "$file.secret"
  [ "$status" -eq 0 ] || return "$status"
  own "$SECRETS"
}

# JSON becomes a property for each of its keys; anything else is a password.
secret_properties() {
  python3 - "$1" "$2" <<'PYTHON'
import json, pathlib, sys
text = pathlib.Path(sys.argv[1]).read_text(encoding='utf-8').rstrip('\n')
try:
    secret = json.loads(text)
except ValueError:
    secret = None
if not isinstance(secret, dict):
    secret = {'password': text}
ESCAPES = {'\\': r'\\', '\n': r'\n', '\r': r'\r', '\t': r'\t', '\f': r'\f'}
def escaped(text, also=''):
    return ''.join(ESCAPES.get(c, '\\' + c if c in also else c) for c in text)
lines = []
for key, value in secret.items():
    value = value if isinstance(value, str) else json.dumps(value)
    blanks = len(value) - len(value.lstrip(' '))
    lines.append(escaped(key, ' =:#!') + '=' + '\\ ' * blanks + escaped(value[blanks:]) + '\n')
pathlib.Path(sys.argv[2]).write_text(''.join(lines), encoding='utf-8')
PYTHON
}

# Secrets rotate while the node runs. A configuration is read when a task starts: those of this worker that name the
# file are started again, and again next time if that did not work.
refresh() {
  local pair name file
  for pair in ${SECRET_FILES:-}; do
    name=${pair%%=*}
    file=$SECRETS/$name.properties
    if ! fetch_secret_file "$name" "${pair#*=}" 2>"$BASE/refresh.log"; then
      log "secret ${pair#*=}: what is there stays ($(one_line <"$BASE/refresh.log"))"
      continue
    fi
    if cmp -s "$file.new" "$file"; then
      rm -f "$file.new"
    else
      touch "$file.changed"
      mv "$file.new" "$file"
      log "secret ${pair#*=}: has changed, and is in $file"
    fi
    if [ -e "$file.changed" ] && restart_tasks "$file"; then rm -f "$file.changed"; fi
  done
}

# Each worker starts its own: others may not have the new secret yet.
restart_tasks() {
  local worker restarted
  [ "$NODE_ROLE" = connect ] || return 0
  worker=$(property rest.advertised.host.name worker):$(property rest.advertised.port worker)
  if ! restarted=$(tasks_that_name "$1" "$worker" 2>"$BASE/refresh.log"); then
    log "tasks that name $1: not started again yet ($(tail -n 1 "$BASE/refresh.log" | cut -c 1-300))"
    return 1
  fi
  log "tasks here that name $1, started again: ${restarted:-none}"
}

tasks_that_name() {
  python3 - "$1" "$2" <<'PYTHON'
import json, sys, urllib.parse, urllib.request
file, worker = sys.argv[1:]
def call(method, path):
    request = urllib.request.Request(f'http://{worker}{path}', method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read()
found = []
for name, connector in json.loads(call('GET', '/connectors?expand=info&expand=status')).items():
    if any('${file:' + file + ':' in (value or '') for value in connector['info']['config'].values()):
        for task in connector['status']['tasks']:
            if task['worker_id'] == worker:
                call('POST', f"/connectors/{urllib.parse.quote(name, safe='')}/tasks/{task['id']}/restart")
                found.append(f"{name} {task['id']}")
print(', '.join(found))
PYTHON
}

