/**
 * Colours by role. Charts are drawn with stand-in colours that the page replaces by CSS variables, so that
 * one drawing follows the reader's light or dark setting. Hues are from Okabe and Ito's set, which people
 * with any common colour blindness can tell apart; verdicts carry a sign and a word as well.
 */
export const ROLES = {
  ink: '#0a0b01',
  muted: '#0a0b02',
  line: '#0a0b03',
  surface: '#0a0b04',
  blue: '#0a0b05',
  sky: '#0a0b06',
  green: '#0a0b07',
  orange: '#0a0b08',
  vermilion: '#0a0b09',
  purple: '#0a0b0a',
  fault: '#0a0b0b',
  action: '#0a0b0c',
} as const
export type Role = keyof typeof ROLES

export const LIGHT: Readonly<Record<Role, string>> = {
  ink: '#1c2128',
  muted: '#57606a',
  line: '#d9dde2',
  surface: '#ffffff',
  blue: '#0067a3',
  sky: '#4aa3d8',
  green: '#00805c',
  orange: '#c98500',
  vermilion: '#c24a00',
  purple: '#a14e80',
  fault: '#c24a00',
  action: '#0067a3',
}

export const DARK: Readonly<Record<Role, string>> = {
  ink: '#e6e9ed',
  muted: '#a3acb7',
  line: '#333a43',
  surface: '#181c22',
  blue: '#58b0ea',
  sky: '#8fd0f5',
  green: '#3fc79b',
  orange: '#f0b429',
  vermilion: '#ff8a4c',
  purple: '#e08bbd',
  fault: '#ff8a4c',
  action: '#58b0ea',
}

export const ZONE_ROLES: readonly Role[] = ['blue', 'orange', 'purple', 'green', 'vermilion', 'sky']

/** Replaces the stand-ins by `var(--role)`, which SVG attributes take as well as style sheets do. */
export function themed(svg: string): string {
  let text = svg
  for (const [role, standIn] of Object.entries(ROLES)) text = text.replaceAll(standIn, `var(--${role})`)
  return text
}

export function variables(colours: Readonly<Record<Role, string>>): string {
  return Object.entries(colours)
    .map(([role, colour]) => `--${role}:${colour}`)
    .join(';')
}
