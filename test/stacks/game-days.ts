import type { GameDays } from '../../lib/gamedays/schedule.ts'
import { changed, type Synthesized } from './synthesized.ts'

export const GAME_DAYS: GameDays = {
  calendar: 'gamedays.yaml',
  files: { 'gamedays.yaml': 'calendar: Fleet platform\n' },
  days: [
    { id: '2027-01-zone', at: '2027-01-14T09:00:00Z', lastsMs: 7_200_000, approved: true, runMs: 900_000 },
    {
      id: 'monthly-kill',
      at: '2027-02-09T08:30:00Z',
      lastsMs: 3_600_000,
      approved: false,
      runMs: 600_000,
      repeats: { every: 'month', timeZone: 'Europe/Berlin' },
    },
  ],
}

/** An environment that has what days which begin by themselves need. */
export function withGameDays(gameDays: GameDays = GAME_DAYS): Synthesized {
  return changed('kafka', { account: '123456789012', notify: 'ops@example.org' }, { gameDays })
}
