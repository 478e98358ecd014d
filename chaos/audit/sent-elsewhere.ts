import type { HistorySink, Operation } from './operation.ts'

/**
 * What devices sent to another cluster, by the handles of records. A mirror may have copied it into this one: that it is
 * stored here says nothing of what became of the sends to this cluster.
 */
export class SentElsewhere implements HistorySink {
  readonly handles = new Set<number>()

  operation({ sends }: Operation): void {
    for (const { handles } of sends) for (const handle of handles) this.handles.add(handle)
  }

  assignment(): void {}
  crash(): void {}
  commit(): void {}
  found(): void {}
  drop(): void {}
  repeat(): void {}
  faulty(): void {}
  repaired(): void {}
}
