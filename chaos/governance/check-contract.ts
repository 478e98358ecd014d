import type { Clock } from '../core/clock.ts'
import type { Contract } from '../core/contract.ts'
import { AftershockError, messageOf } from '../core/errors.ts'
import type { Address } from '../core/network.ts'
import { combineVerdicts, type Verdict } from '../core/verdict.ts'
import { within } from '../core/wait.ts'
import { adminClient, endAdmin } from '../kafka/admin.ts'
import { type BrokerLogin, openBrokerSocket } from '../kafka/broker-login.ts'
import { describeLogDirsRequest, readLogDirs } from '../kafka/log-dirs.ts'
import { logIn } from '../kafka/log-in.ts'
import { ProbeConnection } from '../kafka/probe-connection.ts'
import type { ContractFinding } from './contract-finding.ts'
import { checkCluster, type LiveCheckOptions } from './live-check.ts'
import { observeCluster } from './observe-cluster.ts'
import { checkTerms } from './terms-check.ts'

export interface ContractReport {
  readonly contract: string
  readonly verdict: Verdict
  /** null: the contract alone was looked at. */
  readonly cluster: { readonly brokers: number; readonly watchedMs: number } | null
  readonly findings: readonly ContractFinding[]
  /** Topics of the cluster that the contract does not name. */
  readonly uncovered: readonly string[]
}

export interface ClusterToCheck extends LiveCheckOptions {
  readonly bootstrap: readonly Address[]
  readonly login: BrokerLogin | null
  readonly watchMs: number
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly progress: (line: string) => void
}

/**
 * A contract alone, or held against a running cluster, of which nothing is changed.
 * @throws AftershockError `unavailable` when the cluster does not answer
 */
export async function checkContract(
  contract: Contract,
  cluster: ClusterToCheck | null,
): Promise<ContractReport> {
  const terms = checkTerms(contract)
  if (cluster === null) return reportOf(contract, terms, null, [])
  const observed = await observe(contract, cluster)
  return reportOf(
    contract,
    [...terms, ...checkCluster(contract, observed, cluster)],
    { brokers: observed.brokers, watchedMs: observed.watchedMs },
    observed.uncovered,
  )
}

function reportOf(
  { contract }: Contract,
  findings: readonly ContractFinding[],
  cluster: ContractReport['cluster'],
  uncovered: readonly string[],
): ContractReport {
  const verdict = combineVerdicts(findings.map(finding => finding.verdict))
  return { contract, verdict, cluster, findings, uncovered }
}

const OBSERVE_MS = 120_000
const ANSWER_MS = 5000

/** Looks at a cluster, and changes nothing. @throws AftershockError `unavailable` when it does not answer */
export async function observe(
  contract: Contract,
  { bootstrap, login, watchMs, clock, signal, progress }: ClusterToCheck,
) {
  const names = bootstrap.map(({ host, port }) => `${host}:${port}`).join(', ')
  const admin = adminClient({ clientId: 'aftershock-contract', brokers: bootstrap, login, retries: 2 })
  const work = async () => {
    progress(`connecting to ${names}`)
    await admin.connect()
    const logSizes = (broker: Address) => sizesOn(broker, login, clock)
    return observeCluster({ admin, contract, logSizes, clock, watchMs, progress, signal })
  }
  try {
    return await within(`the brokers of ${names} to answer`, work(), {
      clock,
      deadlineMs: OBSERVE_MS + watchMs,
      signal,
    })
  } catch (error) {
    if (signal.aborted || error instanceof AftershockError) throw error
    throw new AftershockError('unavailable', `cannot look at the cluster of ${names}: ${messageOf(error)}`, {
      hint: 'Do the brokers run, can this machine reach them as they advertise themselves, and is the login right?',
      cause: error,
    })
  } finally {
    await endAdmin(admin, clock)
  }
}

/** Empty where the broker would not tell. */
async function sizesOn(
  { host, port }: Address,
  login: BrokerLogin | null,
  clock: Clock,
): Promise<Readonly<Record<string, number>>> {
  const address = { host, port }
  const connection = login
    ? new ProbeConnection(address, openBrokerSocket(address, host, login))
    : new ProbeConnection(address)
  try {
    if (login) await logIn(connection, login, ANSWER_MS, clock)
    return readLogDirs(await connection.request(describeLogDirsRequest(1), ANSWER_MS, clock))
  } catch {
    return {}
  } finally {
    connection.close()
  }
}
