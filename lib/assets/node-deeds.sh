#!/bin/bash
# What the environment's document does on a node, as root. Whatever it breaks has a name: `unit`, or the tag of the
# fault on links. Before it breaks anything it arms that one's lease, a timer of the machine's own that heals it without
# network and without anybody. To heal is the same from everywhere, and may be repeated. All of it is in /run, which is
# memory: a machine that is started again has neither holds nor rules, and is whole.
#
# Needs nft for links, tc (sch_htb, and sch_netem for delays) and `ss -K` for some of what is done to them.
set -euo pipefail
deed='{{ Deed }}'
lease='{{ LeaseSeconds }}'
tag='{{ Tag }}'
links='{{ Links }}'
mode='{{ Mode }}'
milliseconds='{{ Milliseconds }}'
jitter='{{ Jitter }}'
rate='{{ BytesPerSecond }}'
share='{{ Share }}'
unit=aftershock-node.service
hold=/run/systemd/system/$unit.d/50-aftershock-hold.conf
faults=/run/aftershock-faults
mender=/run/aftershock-heal.sh
resetter=/run/aftershock-reset.sh

fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

# One that runs must not be written over: bash reads what it runs as it goes.
script() {
  cat >"$1.new"
  mv "$1.new" "$1"
}

mkdir -p "$faults"
script "$mender" <<'MENDER'
# Heals each fault that is named, and says so.
set -u
faults=/run/aftershock-faults
unit=aftershock-node.service
hold=/run/systemd/system/$unit.d/50-aftershock-hold.conf
if [ -z "${LOCKED:-}" ]; then
  exec 9>"$faults.lock"
  flock 9
fi
status=0
for fault in "$@"; do
  left=0
  was=$(head -n 1 "$faults/$fault" 2>/dev/null) || was=''
  if [ "$fault" = unit ]; then
    rm -f "$hold"
    systemctl daemon-reload
    systemctl kill --kill-whom=main --signal=CONT "$unit" 2>/dev/null
    systemctl start --no-block "$unit" || left=1
  else
    systemctl stop "aftershock-reset-$fault.service" 2>/dev/null
    nft delete table ip "aftershock_$fault" 2>/dev/null
    if nft list table ip "aftershock_$fault" >/dev/null 2>&1; then left=1; fi
    sed -n 's/^class //p' "$faults/$fault" 2>/dev/null | while read -r device class; do
      tc class del dev "$device" classid "$class" 2>/dev/null
      [ -n "$(tc class show dev "$device" root 2>/dev/null)" ] || tc qdisc del dev "$device" root handle 175: 2>/dev/null
    done
  fi
  if [ "$left" = 0 ]; then
    rm -f "$faults/$fault"
    [ -z "$was" ] || echo "healed: $fault ($was)"
  else
    status=1
  fi
done
exit "$status"
MENDER

script "$resetter" <<'RESETTER'
# Connections on these links are reset so many milliseconds after they are first seen, each with this chance in a million.
fault=$1 after=$2 share=$3 filter=$4
declare -A since
while [ -e "/run/aftershock-faults/$fault" ]; do
  now=$(date +%s%3N)
  declare -A seen=()
  while read -r _ _ own peer _; do
    [ -n "$peer" ] || continue
    key="$own $peer"
    begun=${since[$key]:-}
    if [ -z "$begun" ]; then
      begun=$now
      [ $(((RANDOM << 15 | RANDOM) % 1000000)) -lt "$share" ] || begun=spared
    fi
    seen[$key]=$begun
    if [ "$begun" != spared ] && [ $((now - begun)) -ge "$after" ]; then
      address=${peer%:*}
      address=${address#[}
      address=${address%]}
      ss -K -tnH "sport = :${own##*:} and dport = :${peer##*:} and dst ${address#::ffff:}" >/dev/null 2>&1
      unset "seen[$key]"
    fi
  done < <(ss -tnH state established "$filter")
  since=()
  for key in "${!seen[@]}"; do since[$key]=${seen[$key]}; done
  sleep 0.05
done
RESETTER

mend() { LOCKED=1 bash "$mender" "$@"; }

disarm() {
  local fault
  for fault in "$@"; do
    systemctl stop "aftershock-heal-$fault.timer" 2>/dev/null || true
    systemctl reset-failed "aftershock-heal-$fault.timer" "aftershock-heal-$fault.service" 2>/dev/null || true
  done
}

# arm FAULT WHAT: the lease, and then what is about to be done, for whoever looks.
arm() {
  disarm "$1"
  systemd-run --quiet --unit="aftershock-heal-$1" --on-active="$lease" --timer-property=AccuracySec=1s \
    /bin/bash "$mender" "$1"
  printf '%s\n' "$2" >"$faults/$1"
}

# Without it, systemd undoes a kill in two seconds.
keep_down() {
  arm unit "$deed"
  mkdir -p "$(dirname "$hold")"
  printf '[Service]\nRestart=no\n' >"$hold"
  systemctl daemon-reload
}

# --- links: `10.0.0.0/24=9092` is who reaches this node's own port, `10.0.0.9/32>9092` whose port this machine reaches

needs() { command -v "$1" >/dev/null || fail "there is no $1 on this machine: install $2"; }

# rules ACTION: of what comes in, and of what goes out.
rules() {
  local link peer port own=dport theirs=sport
  for link in ${links//,/ }; do
    peer=${link%%[=>]*}
    port=${link##*[=>]}
    case $link in
      *=*) own=dport theirs=sport ;;
      *) own=sport theirs=dport ;;
    esac
    into="${into:-}    ip saddr $peer tcp $own $port $1
"
    out="${out:-}    ip daddr $peer tcp $theirs $port $1
"
  done
}

# In one step: what was there under this name, of a call whose answer was lost, is replaced.
table() {
  nft -f - <<NFT
table ip aftershock_$tag {}
delete table ip aftershock_$tag
table ip aftershock_$tag {
  chain into {
    type filter hook input priority -300; policy accept;
    ${2:-}
$into  }
  chain out {
    type filter hook output priority $1; policy accept;
    ${2:-}
$out  }
}
NFT
}

# Connections of before too, and without conntrack, which may be off. A reset of ours is not to be answered by another.
cut() {
  local into='' out=''
  case $mode in
    drop) rules drop && table -300 ;;
    refuse) rules 'reject with tcp reset' && table -300 'tcp flags & rst == rst accept' ;;
  esac
}

# A class for each link, so that links do not share a limit; nft says which packet is whose.
shape() {
  local device link number=0 into='' out='' all='' links_of=$links
  needs tc iproute-tc
  device=$(ip -o -4 route show default | sed -n 's/.* dev \([^ ]*\).*/\1/p' | head -n 1)
  [ -n "$device" ] || fail 'there is no default route to tell the interface by'
  tc qdisc show dev "$device" root | grep -q '^qdisc htb 175:' ||
    tc qdisc replace dev "$device" root handle 175: htb default 0
  for link in ${links_of//,/ }; do
    number=$((number + 1))
    while tc class show dev "$device" classid "175:$number" | grep -q .; do number=$((number + 1)); done
    printf 'class %s 175:%s\n' "$device" "$number" >>"$faults/$tag"
    case $mode in
      narrow)
        tc class add dev "$device" parent 175: classid "175:$number" htb rate "${rate}bps" burst 4k cburst 4k
        tc qdisc add dev "$device" parent "175:$number" fq_codel 2>/dev/null ||
          tc qdisc add dev "$device" parent "175:$number" pfifo limit 64
        ;;
      delay)
        tc class add dev "$device" parent 175: classid "175:$number" htb rate 10gbit
        tc qdisc add dev "$device" parent "175:$number" netem delay "${milliseconds}ms" "${jitter}ms" limit 100000 ||
          fail 'this kernel has no netem: install kernel-modules-extra'
        ;;
    esac
    links=$link into='' out=''
    rules "meta priority set 175:$number"
    all=$all$out
  done
  links=$links_of into='' out=$all
  table -150
}

reset() {
  local link peer port filter=''
  needs ss iproute
  for link in ${links//,/ }; do
    peer=${link%%=*}
    port=${link##*=}
    filter="$filter${filter:+ or }( sport = :$port and dst $peer )"
  done
  systemctl reset-failed "aftershock-reset-$tag.service" 2>/dev/null || true
  systemctl stop "aftershock-reset-$tag.service" 2>/dev/null || true
  systemd-run --quiet --collect --unit="aftershock-reset-$tag" /bin/bash "$resetter" "$tag" "$milliseconds" "$share" \
    "( $filter )"
}

# Whole, or not at all.
impose() {
  [ "$tag" != unit ] && [ "$tag" != none ] || fail 'a fault on links has a name of its own'
  [ "$links" != none ] || fail 'no link was named'
  needs nft nftables
  arm "$tag" "$mode"
  trap 'mend "$tag"; disarm "$tag"' EXIT
  case $mode in
    drop | refuse) cut ;;
    narrow | delay) shape ;;
    reset) reset ;;
    *) fail "nothing is done to links in mode $mode" ;;
  esac
  trap - EXIT
}

exec 9>"$faults.lock"
flock 9
case $deed in
  heal)
    mapfile -t others < <(ls --ignore=unit "$faults")
    mend unit "${others[@]}"
    disarm unit "${others[@]}"
    ;;
  start)
    mend unit
    disarm unit
    ;;
  clear)
    mend "$tag"
    disarm "$tag"
    ;;
  kill)
    keep_down
    systemctl kill --kill-whom=main --signal=KILL "$unit"
    ;;
  stop)
    keep_down
    systemctl stop "$unit"
    ;;
  pause)
    keep_down
    systemctl kill --kill-whom=main --signal=STOP "$unit"
    ;;
  wipe)
    [ -e "$hold" ] || fail 'the node is not held: what runs, or may start, is not wiped'
    ! systemctl is-active --quiet "$unit" || fail 'the node runs: it is not wiped'
    keep_down
    bash /opt/aftershock/bootstrap.sh wipe
    ;;
  link) impose ;;
esac
