import { createHash } from 'node:crypto'
import { DATA_CLASSES } from '../core/contract.ts'
import type { FirmwareClass, FirmwareDeeds } from '../core/firmware.ts'
import { AftershockError } from '../core/errors.ts'
import type { Random } from '../core/random.ts'
import type { RecordId } from '../record/history.ts'

/** What a record of sound firmware has. */
export const SOUND = 0
const MALFORMED = 128
const MOST_INSTALLED = MALFORMED - 1
const PAD_CHARS = 4096
const LETTERS = 'ghijklmnopqrstuvwxyz'

interface Installed {
  readonly tag: string
  readonly devices: ReadonlySet<number>
  readonly topicIndex: number
  readonly deeds: FirmwareDeeds
  readonly sinceMs: number
  isGone: boolean
}

/** Wrong firmware as it is on one device, for one of its topics. */
export interface FirmwareOf {
  readonly deeds: FirmwareDeeds
  /** Whether it floods, repeats and garbles what the topic gets. */
  readonly isOfTopic: boolean
  /** Goes with each record that is made under it: how that is written when it is sent, however late. */
  readonly flaw: number
}

/** Which devices run wrong firmware now. A device that was given two does as the later one says. */
export class Firmware {
  readonly #random: Random
  readonly #padding: string
  readonly #installed: Installed[] = []
  #made = 0

  constructor(random: Random) {
    this.#random = random
    let padding = ''
    for (let i = 0; i < PAD_CHARS; i++) padding += LETTERS[random.integer(LETTERS.length)]
    this.#padding = padding
  }

  /** Of devices by their index. Nothing where the tag is installed already. @throws AftershockError `refused` */
  install(
    tag: string,
    devices: readonly number[],
    { deeds, dataClass }: { readonly deeds: FirmwareDeeds; readonly dataClass: FirmwareClass },
    nowMs: number,
  ): boolean {
    if (this.#installed.some(one => one.tag === tag && !one.isGone)) return false
    if (this.#installed.length === MOST_INSTALLED)
      throw new AftershockError('refused', `a fleet was given wrong firmware ${MOST_INSTALLED} times`, {
        hint: 'make it several drills',
      })
    const topicIndex = DATA_CLASSES.indexOf(dataClass)
    const installed = { tag, devices: new Set(devices), topicIndex, deeds, sinceMs: nowMs, isGone: false }
    this.#installed.push(installed)
    return true
  }

  /** @returns its devices, and what it did; null where it is not installed any more. */
  remove(tag: string): { readonly devices: ReadonlySet<number>; readonly deeds: FirmwareDeeds } | null {
    const installed = this.#installed.find(one => one.tag === tag && !one.isGone)
    if (!installed) return null
    installed.isGone = true
    return installed
  }

  of(device: number, topicIndex: number): FirmwareOf | null {
    for (let i = this.#installed.length - 1; i >= 0; i--) {
      const { deeds, devices, isGone, topicIndex: own } = this.#installed[i] as Installed
      if (!isGone && devices.has(device)) return { deeds, isOfTopic: own === topicIndex, flaw: i + 1 }
    }
    return null
  }

  /** Whether it happens this time. */
  draws(share: number | undefined): boolean {
    return share !== undefined && this.#random.next() < share
  }

  /** A record that is none: it has a number of its own, and takes none of its device's sequence. */
  nextMalformed({ flaw }: FirmwareOf): { readonly sequence: number; readonly flaw: number } {
    this.#made += 1
    return { sequence: this.#made, flaw: flaw | MALFORMED }
  }

  isMalformed(flaw: number): boolean {
    return flaw >= MALFORMED
  }

  /** Whether its gateway is given a record of the next version. */
  isVersion2(flaw: number, topicIndex: number): boolean {
    if (flaw === SOUND || this.isMalformed(flaw)) return false
    const { deeds, topicIndex: own } = this.#installed[flaw - 1] as Installed
    return deeds.version2 === true && own === topicIndex
  }

  /**
   * What the device's own clock says when a record was made, in wall milliseconds; null where firmware does not touch it.
   */
  timeOf(flaw: number, madeMs: number, wallOffsetMs: number): number | null {
    if (flaw === SOUND) return null
    const { deeds, sinceMs } = this.#installed[(flaw & ~MALFORMED) - 1] as Installed
    if (deeds.clock === undefined) return null
    if (deeds.clock === 'dead') return Math.max(0, Math.round(madeMs - sinceMs))
    return Math.round(wallOffsetMs + madeMs + deeds.clock)
  }

  /** Bytes in a record's place, the same each time that they are sent. `device` is its number. */
  malformedValue(device: number, sequence: number, sizeBytes = 100): string {
    const head = `\u0002d${device}?${sequence}?`
    const start = (sequence * 61) % (PAD_CHARS - 1024)
    return `${head}${this.#padding.slice(start, start + Math.max(0, Math.min(1024, sizeBytes - head.length)))}`
  }

  /** As readers name it. */
  malformedId(device: number, sequence: number): RecordId {
    return idOfUnreadable(this.malformedValue(device, sequence))
  }
}

/** Of a value that is no record of today’s. */
export const idOfUnreadable = (value: string): RecordId =>
  `?${createHash('sha256').update(value).digest('hex')}`
