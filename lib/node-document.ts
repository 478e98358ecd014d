/** As `chaos/drivers/aws/node-deeds.ts` asks for it. */
export const NODE_DEEDS = ['kill', 'stop', 'pause', 'heal'] as const
const MOST_LEASE_SECONDS = 43_200

/**
 * What the document does on a node, as root. Before it breaks anything it arms the lease, a timer of the machine's own
 * that heals without network and without anybody; then it holds the unit, which systemd would start again in two seconds.
 * `/run` is memory: a machine that is started again has neither, and is whole. To heal is the same from everywhere.
 */
const SCRIPT = `#!/bin/bash
set -euo pipefail
deed='{{ Deed }}'
lease='{{ LeaseSeconds }}'
unit=aftershock-node.service
hold=/run/systemd/system/$unit.d/50-aftershock-hold.conf
timer=aftershock-heal
healing=/run/aftershock-heal.sh
disarm() {
  systemctl stop "$timer.timer" 2>/dev/null || true
  systemctl reset-failed "$timer.timer" "$timer.service" 2>/dev/null || true
}
heal() { bash "$healing"; }
cat >"$healing" <<HEAL
set -u
rm -f '$hold'
systemctl daemon-reload
systemctl kill --kill-whom=main --signal=CONT '$unit' 2>/dev/null || true
systemctl start --no-block '$unit'
HEAL
if [ "$deed" = heal ]; then
  heal
  disarm
  exit 0
fi
disarm
systemd-run --quiet --unit="$timer" --on-active="$lease" --timer-property=AccuracySec=1s /bin/bash "$healing"
mkdir -p "$(dirname "$hold")"
printf '[Service]\\nRestart=no\\n' >"$hold"
systemctl daemon-reload
case $deed in
  kill) systemctl kill --kill-whom=main --signal=KILL "$unit" ;;
  stop) systemctl stop "$unit" ;;
  pause) systemctl kill --kill-whom=main --signal=STOP "$unit" ;;
esac
`

/** A command document of schema 2.2: nothing that is given to it is free text. */
export function nodeDocument(): object {
  return {
    schemaVersion: '2.2',
    description:
      'aftershock: holds, kills, stops or freezes the node on its machine, with a lease that heals it',
    parameters: {
      Deed: { type: 'String', allowedValues: [...NODE_DEEDS], description: 'heal undoes all of the others' },
      LeaseSeconds: {
        type: 'String',
        allowedPattern: '^([6-9][0-9]|[1-9][0-9]{2,3}|[1-3][0-9]{4}|4[0-2][0-9]{3}|43[01][0-9]{2}|43200)$',
        description: `After which the machine heals itself: 60 to ${MOST_LEASE_SECONDS}`,
      },
    },
    mainSteps: [
      {
        action: 'aws:runShellScript',
        name: 'deed',
        precondition: { StringEquals: ['platformType', 'Linux'] },
        inputs: { timeoutSeconds: '300', runCommand: SCRIPT.split('\n') },
      },
    ],
  }
}
