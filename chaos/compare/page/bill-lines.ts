import type { LineName } from '../../record/cost-file.ts'
import { ROLES, type Role } from '../../page/palette.ts'

/** The colour of a line of the bill, and the pattern that tells it from others without colour. */
interface LineLook {
  readonly role: Role
  readonly pattern: keyof typeof PATTERNS
}

const LINE_LOOKS: Readonly<Record<LineName, LineLook>> = {
  compute: { role: 'blue', pattern: 'plain' },
  'broker-storage': { role: 'orange', pattern: 'rising' },
  'object-storage': { role: 'green', pattern: 'plain' },
  'object-requests': { role: 'green', pattern: 'dots' },
  'network-transfer': { role: 'purple', pattern: 'plain' },
  'read-fan-out': { role: 'purple', pattern: 'falling' },
  'cross-zone-paths': { role: 'vermilion', pattern: 'falling' },
  'inter-region': { role: 'vermilion', pattern: 'plain' },
  'operator-time': { role: 'muted', pattern: 'level' },
  replays: { role: 'sky', pattern: 'dots' },
  'broker-losses': { role: 'vermilion', pattern: 'upright' },
}

const STRIPES = { symbol: 'rect', dashArrayX: [1, 0], color: ROLES.surface }
/** Patterns in the colour of the surface, so that they show on light and on dark. */
const PATTERNS = {
  plain: { symbol: 'none' },
  rising: { ...STRIPES, dashArrayY: [1.5, 5], rotation: -Math.PI / 4 },
  falling: { ...STRIPES, dashArrayY: [1.5, 5], rotation: Math.PI / 4 },
  level: { ...STRIPES, dashArrayY: [1.5, 4] },
  upright: { ...STRIPES, dashArrayY: [1.5, 4], rotation: Math.PI / 2 },
  dots: {
    symbol: 'circle',
    symbolSize: 0.75,
    dashArrayX: [
      [4, 4],
      [0, 4, 4, 0],
    ],
    dashArrayY: [4, 0],
    color: ROLES.surface,
  },
}

export function fillOf(line: LineName) {
  const { role, pattern } = LINE_LOOKS[line]
  return { color: ROLES[role], decal: PATTERNS[pattern] }
}
