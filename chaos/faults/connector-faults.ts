import { z } from 'zod'
import {
  chooseSink,
  chooseWorker,
  combineConnect,
  type ConnectReading,
  connectorSelector,
  connectorsOf,
  describeConnect,
  doubtOfSinks,
  doubtOfWorkers,
  readConnect,
  sinksAreWellAgain,
  sinksOf,
  type SinkTarget,
  WORKER_WITHIN_MS,
  type WorkerTarget,
  workerSelector,
  workersServe,
} from './connector-reading.ts'
import { defineFault, type Fault, type Own } from './fault.ts'

const workerSpec = z.strictObject({ worker: workerSelector })
const sinkSpec = z.strictObject({ connector: connectorSelector })
type WorkerFault = Fault<z.output<typeof workerSpec>, WorkerTarget, ConnectReading>
type SinkFault = Fault<z.output<typeof sinkSpec>, SinkTarget, ConnectReading>

/** A fault of a Connect worker: seen by its process, its REST interface, and what the database has of it. */
export const defineWorkerFault = (own: Own<WorkerFault>): Fault =>
  defineFault<z.output<typeof workerSpec>, WorkerTarget, ConnectReading>({
    dimension: 'connector-restart',
    needs: ['connectors'],
    spec: workerSpec,
    deadlines: { healMs: WORKER_WITHIN_MS },
    choose: (driver, { worker }, random) => chooseWorker(driver, worker, random),
    probe: (driver, { workers }) => readConnect(driver, workers, connectorsOf(driver).names),
    baseline: combineConnect,
    doubt: doubtOfWorkers,
    isHealed: (now, before) => workersServe(now) && sinksAreWellAgain(now, before),
    describe: describeConnect,
    ...own,
  })

/** A fault of a sink: seen by its tasks and what the database has of it. */
export const defineSinkFault = (own: Own<SinkFault>): Fault =>
  defineFault<z.output<typeof sinkSpec>, SinkTarget, ConnectReading>({
    dimension: 'connector-restart',
    needs: ['connectors'],
    spec: sinkSpec,
    choose: async (_driver, { connector }) => chooseSink(connector),
    probe: (driver, target) => readConnect(driver, [], sinksOf(driver, target)),
    baseline: combineConnect,
    doubt: doubtOfSinks,
    isHealed: sinksAreWellAgain,
    describe: describeConnect,
    ...own,
  })
